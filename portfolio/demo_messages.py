"""Demo notes for the team, files and a template, at a demo site only; the files are made here."""

import datetime as dt

from accounts.models import Site, User
from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor, link
from hubapp.instants import acting_at, now
from portfolio.models import Attachment, Innovation, MessageTemplate, Note
from portfolio.safefiles import check
from portfolio.services import attachments, messages, notes, templates

CHATTED, WASHED = "Evening blood tests", "Splint that can be washed"
SURVEY = "Day,Would come after 5pm\nTuesday,41\nThursday,38\nFriday,12\n"
TEMPLATE = "Invitation to the innovation group"


def load(by: Actor) -> None:
    """Add what is not there yet; needs the demo ideas."""
    site, hub = site_by_code("DEMO1"), account_with("hub@demo.example")
    if site is None or hub is None:
        return
    _add_template(site, hub)
    talked = Innovation.objects.filter(site=site, title=CHATTED).first()
    if talked and not Note.objects.filter(innovation=talked).exists():
        _talk(talked, hub)
    splint = Innovation.objects.filter(site=site, title=WASHED).first()
    if splint and not Attachment.objects.filter(innovation=splint).exists():
        leaflet = check("Demo splint leaflet.pdf", _pdf("Demo splint: wash at 60 degrees."))
        with acting_at(_after(splint, hours=3)):
            attachments.attach(innovation=splint, files=[leaflet], by=hub.actor)


def _add_template(site: Site, hub: User) -> None:
    if not MessageTemplate.objects.filter(site=site, name=TEMPLATE).exists():
        templates.add(
            site=site,
            name=TEMPLATE,
            body="Hello {name},\n\nOur demo innovation group would like to hear about “{title}” from you."
            " It meets on the first Monday of the month at 4pm, on screen. Ten minutes are enough.\n\n"
            "Would you come?\n\n{site}",
            by=hub.actor,
        )


def _talk(idea: Innovation, hub: User) -> None:
    """Two notes, and a message with a file from the submitter."""
    assert idea.submission is not None
    with acting_at(_after(idea, hours=24)):
        notes.add(
            innovation=idea,
            body="The demo pathology lead says the machines run until 9pm anyway. Staffing is the question.",
            once_key="demo-1",
            by=hub.actor,
        )
    with acting_at(_after(idea, hours=24 * 8)):
        messages.write_to_hub(
            innovation=idea,
            body="I asked in the waiting room. The numbers are in the file.",
            once_key="demo-survey",
            files=[check("Demo survey.csv", SURVEY.encode())],
            by=link(idea.submission.ref),
        )
    with acting_at(_after(idea, hours=24 * 8 + 1)):
        notes.add(
            innovation=idea,
            body="79 people in two evenings: worth taking to the demo outpatient board.",
            once_key="demo-2",
            by=hub.actor,
        )


def _after(idea: Innovation, *, hours: int) -> dt.datetime:
    """So long after it came in, and never in the future."""
    began = idea.received_at or idea.created_at
    return min(began + dt.timedelta(hours=hours), now() - dt.timedelta(minutes=20))


def _pdf(words: str) -> bytes:
    """A PDF of one page with one line."""
    drawn = f"BT /F1 18 Tf 72 720 Td ({words}) Tj ET".encode("ascii")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(parts) + 1, table, len(parts) + 1, start)
    )
