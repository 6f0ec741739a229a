"""Demo ideas and enquiries, through the services, told as of the days on which they happened.

Plainly invented, at demo sites only. Each idea is known again by its sender's
address, so that a second run adds nothing.
"""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Site, User
from accounts.queries import account_with, network_by_slug, people_with_address, site_by_code
from hubapp.actors import Actor, link
from hubapp.instants import acting_at, now
from hubapp.workdays import LONDON, add_working_days, london_date
from portfolio.enums import DecisionKind, EnquiryKind, InnovationType, SubmitterKind
from portfolio.models import Checklist, DecisionReason, Innovation, Submission
from portfolio.services import (
    assessments,
    decisions,
    enquiries,
    innovations,
    messages,
    submissions,
)

STAFF, PUBLIC = SubmitterKind.STAFF, SubmitterKind.PUBLIC
COMPANY, UNIVERSITY, OTHER = (
    SubmitterKind.COMPANY,
    SubmitterKind.UNIVERSITY,
    SubmitterKind.OTHER_NHS,
)
MEDICINE, DEVICE = InnovationType.MEDICINE, InnovationType.DEVICE
DIGITAL, SERVICE = InnovationType.DIGITAL, InnovationType.SERVICE


@dataclass(frozen=True, slots=True)
class DemoIdea:
    """One idea: ``days_ago`` counts calendar days, every later number working days after it arrived."""

    days_ago: int
    kind: str
    type: str
    title: str
    problem: str
    for_whom: str
    idea: str
    # (working days, decision, reason code)
    decided: tuple[int, str, str] | None = None
    # (working days, reason code, working days until the submitter's reply or None)
    asked: tuple[int, str, int | None] | None = None
    # (working days, from the submitter?, words)
    written: tuple[tuple[int, bool, str], ...] = ()
    withdrawn: int | None = None
    confidential: bool = False
    assigned: bool = False
    assessed: bool = False


FORWARD, DECLINE = DecisionKind.SCOPING, DecisionKind.DECLINE

DEMO1 = (
    DemoIdea(
        176, STAFF, SERVICE, "Discharge letters ready by noon",
        "Letters are written after the ward round, so patients wait for them until the evening.",
        "Patients going home from the medical wards, and the bed team.",
        "Write the letter during the ward round on a trolley computer. Demo Ward 3 tried it for two weeks.",
        decided=(9, FORWARD, "clear-need"), assigned=True, assessed=True,
    ),
    DemoIdea(
        171, PUBLIC, DIGITAL, "One number to ring about outpatient letters",
        "The letter has four telephone numbers and none says which to ring.",
        "Everybody who gets an appointment letter.",
        "One number, and a short menu that asks what the letter is about.",
        decided=(14, DECLINE, "already-exists"),
    ),
    DemoIdea(
        163, COMPANY, DEVICE, "Wearable sensor for early pressure damage",
        "Pressure damage is seen late on darker skin.",
        "Patients who cannot turn themselves.",
        "A thin sensor under the heel that warns before the skin breaks. Used in two invented trusts.",
        decided=(18, DECLINE, "not-enough-evidence"), assessed=True,
    ),
    DemoIdea(
        158, STAFF, DIGITAL, "Shared list of who speaks which language",
        "We wait for an interpreter while somebody two doors away speaks the language.",
        "Patients who speak little English, and emergency staff.",
        "A list on the intranet that staff add themselves to, for small talk and directions only.",
        decided=(6, FORWARD, "fits-priority"), assigned=True,
    ),
    DemoIdea(
        149, STAFF, SERVICE, "Pharmacist at the pre-operative clinic",
        "Operations are put off because blood thinners were not stopped.",
        "Patients before planned surgery.",
        "A pharmacist sees the list of medicines one week before.",
        decided=(20, FORWARD, "proven-elsewhere"), assessed=True,
    ),
    DemoIdea(
        142, OTHER, SERVICE, "Same-day heart failure clinic",
        "People with heart failure are admitted for one injection.",
        "Adults with known heart failure.",
        "Two chairs, one nurse, the injection and home again. It halved admissions in our demo town.",
        asked=(5, "evidence", 8), decided=(19, FORWARD, "proven-elsewhere"), assigned=True,
        written=((13, True, "The numbers are in the report that we published last year: 41 patients, 9 admitted."),),
    ),
    DemoIdea(
        135, UNIVERSITY, DIGITAL, "Speech test for early Parkinson's disease",
        "The diagnosis comes years after the first signs.",
        "People over 60.",
        "A two-minute recording, read by a model that we trained. We look for a clinic to test it with.",
        decided=(27, DECLINE, "no-capacity"),
    ),
    DemoIdea(
        128, STAFF, DEVICE, "Quieter bins on night wards",
        "Bin lids wake patients every night.",
        "Patients on all wards.",
        "Bins with soft-closing lids, starting with one ward, and a sleep diary before and after.",
        decided=(4, FORWARD, "clear-need"),
    ),
    DemoIdea(
        121, PUBLIC, SERVICE, "Carers stay during the memory clinic",
        "My wife answers for me when I forget, but she had to wait outside.",
        "People with dementia and those who care for them.",
        "Ask before the appointment who should be in the room.",
        decided=(11, FORWARD, "fits-priority"),
    ),
    DemoIdea(
        113, COMPANY, DIGITAL, "Scheduling engine for theatre lists",
        "Lists overrun because operations take longer than booked.",
        "Theatre teams.",
        "Software that books by how long each surgeon really takes.",
        decided=(22, DECLINE, "out-of-scope"), confidential=True, assessed=True,
    ),
    DemoIdea(
        104, STAFF, SERVICE, "Walking meetings for junior staff support",
        "Supervision is cancelled when rooms are full.",
        "Nurses in their first year.",
        "Supervision outdoors, half an hour, once a fortnight.",
        withdrawn=7,
    ),
    DemoIdea(
        97, STAFF, DIGITAL, "Photograph instead of fax for ECGs",
        "ECGs are faxed from the demo community hospital and cannot be read.",
        "Patients with chest pain.",
        "A safe app that takes a picture and puts it into the record.",
        asked=(3, "owner", 12), decided=(19, FORWARD, "clear-need"), assigned=True, assessed=True,
        written=((15, True, "Demo Sister of the community hospital will lead it. She has two days a month."),),
    ),
    DemoIdea(
        90, PUBLIC, SERVICE, "A map for wheelchair users",
        "The lift that is signposted does not reach the clinic.",
        "Wheelchair users and people with prams.",
        "A map that shows only ways without steps. I would test it with our demo access group.",
        decided=(12, FORWARD, "clear-need"),
        written=(
            (13, False, "Thank you. May we contact the access group through you?"),
            (15, True, "Yes, please. We meet on the first Tuesday of the month."),
        ),
    ),
    DemoIdea(
        83, STAFF, MEDICINE, "Ready-made syringes for the emergency trolley",
        "Drawing up in an emergency takes minutes and goes wrong.",
        "Patients who collapse on a ward.",
        "Buy pre-filled syringes for the four medicines that we use most.",
        decided=(16, DECLINE, "not-a-priority"),
    ),
    DemoIdea(
        71, STAFF, SERVICE, "Physiotherapist in the emergency department",
        "Older people who fell are admitted since nobody can say whether they manage at home.",
        "People over 75 after a fall.",
        "A physiotherapist from 10 to 6 who tests walking and stairs.",
        decided=(13, FORWARD, "fits-priority"), assessed=True,
    ),
    DemoIdea(
        64, UNIVERSITY, SERVICE, "Teaching kitchen for kidney patients",
        "The diet sheet is not followed because nobody knows how to cook it.",
        "People with kidney disease.",
        "Four evenings in our teaching kitchen, with a dietitian.",
        decided=(24, DECLINE, "no-capacity"),
    ),
    DemoIdea(
        55, STAFF, DIGITAL, "Text message before a home visit",
        "One visit in ten finds nobody at home.",
        "People visited by the community nurses.",
        "A text message one hour before, sent from the rota.",
        decided=(10, FORWARD, "proven-elsewhere"), assigned=True,
    ),
    # From here on everything still waits.
    DemoIdea(
        48, COMPANY, DEVICE, "Cooling cap without ice",
        "Patients stop wearing the cap because it hurts.",
        "People who have chemotherapy.",
        "A cap cooled by a small pump. We offer six for a trial.",
        assigned=True,
    ),
    DemoIdea(
        38, STAFF, SERVICE, "Swap board for unwanted shifts",
        "Swapping a shift takes ten calls.",
        "Nurses and health care assistants.",
        "A board by the rota where swaps are offered, and the sister signs them off.",
    ),
    DemoIdea(
        29, STAFF, DIGITAL, "Warning when two medicines quarrel",
        "Warnings are so many that all are clicked away.",
        "Doctors who prescribe.",
        "Show only those warnings that changed a prescription in the last year.",
        asked=(4, "problem-unclear", None), assigned=True,
    ),
    DemoIdea(
        20, PUBLIC, SERVICE, "Evening blood tests",
        "I lose half a day's pay for a blood test.",
        "People who work.",
        "Open the blood test room until 8 on two days.",
        written=((6, False, "Thank you. Which days would suit you best?"), (7, True, "Tuesday and Thursday."))
    ),
    DemoIdea(
        13, OTHER, DEVICE, "Splint that can be washed",
        "Splints are thrown away after one patient.",
        "Patients after hand surgery.",
        "A splint of a material that stands the steriliser. We have used it for a year.",
    ),
    DemoIdea(
        6, STAFF, DIGITAL, "Search for guidelines that finds them",
        "The intranet search returns minutes of meetings.",
        "All clinical staff.",
        "Index only the guideline folder, and show the date of each.",
        confidential=True,
    ),
    DemoIdea(
        1, PUBLIC, "", "Tell us when the clinic runs late",
        "I sat for two hours and nobody said why.",
        "People in the waiting room.",
        "A board with the delay of each clinic, changed by the nurse every half hour.",
    ),
)  # fmt: skip

DEMO2 = (
    DemoIdea(
        60, STAFF, DEVICE, "Cot that fits into the small ambulance",
        "Newborns travel in the large vehicle only.",
        "Families after a home birth.",
        "A folding cot with its own straps.",
        decided=(15, FORWARD, "clear-need"),
    ),
    DemoIdea(
        33, STAFF, SERVICE, "Paramedic calls the family doctor first",
        "People are brought in because the doctor cannot be reached.",
        "Older people at home.",
        "One line that the practices answer within five minutes.",
    ),
    DemoIdea(
        4, PUBLIC, DIGITAL, "Show the crew my care plan",
        "The crew did not know about my mother's care plan.",
        "People with a care plan.",
        "A code on the fridge door that opens the plan.",
    ),
)  # fmt: skip

TO_ROUTE = DemoIdea(
    3, PUBLIC, SERVICE, "Lift to appointments for people without a car",
    "There is no bus to the hospital after four.",
    "People in the villages.",
    "Volunteers who drive, booked through one number. I do not know who should run it.",
)  # fmt: skip

UNCONFIRMED = (
    DemoIdea(
        2, STAFF, DIGITAL, "Timer for hand washing", "We wash too briefly.", "All staff.",
        "A lamp above the basin that counts to twenty.",
    ),
    DemoIdea(
        5, PUBLIC, SERVICE, "Quiet hour in the waiting room", "Noise is hard for autistic people.",
        "Autistic people.", "One hour a week without announcements.",
    ),
)  # fmt: skip

# (kind, subject, detail, days ago, what became of it)
ENQUIRIES = (
    (
        EnquiryKind.QUESTION, "Does an idea from a volunteer count?",
        "I help in the demo café and have thought of something.", 34,
        ("answer", "Yes. Use the front door and choose that you are a member of the public."),
    ),
    (
        EnquiryKind.BID, "Letter of support for a demo research bid",
        "The call closes at the end of next month.", 16,
        ("signpost", "The demo research office, which writes letters of support within a week."),
    ),
    (
        EnquiryKind.INTRODUCTION, "Who runs the demo diabetes clinic?",
        "We make an invented glucose sensor and would like to meet the team.", 3, None,
    ),
)  # fmt: skip


def load(by: Actor) -> None:
    """Make what is not there yet; needs the demo sites and sign-ins of ``accounts``."""
    hub = account_with("hub@demo.example")
    assert hub is not None, "accounts.demo comes first"
    for code, ideas in (("DEMO1", DEMO1), ("DEMO2", DEMO2)):
        site = site_by_code(code)
        assert site is not None
        for number, idea in enumerate(ideas, start=1):
            tell(site, idea, f"{code.lower()}-idea{number:02}@demo.example", hub)
    site = site_by_code("DEMO1")
    assert site is not None
    for number, idea in enumerate(UNCONFIRMED, start=1):
        _send(idea, f"unconfirmed{number}@demo.example", {"sites": [site.code]})
    network = network_by_slug("demo")
    if network:
        sent = _send(TO_ROUTE, "not-sure@demo.example", {"network": network.slug})
        if sent:
            with acting_at(sent.created_at + dt.timedelta(minutes=7)):
                submissions.confirm(submission=sent, by=link(sent.ref))
    for number, (kind, subject, detail, days_ago, outcome) in enumerate(ENQUIRIES, start=1):
        _enquire(site, f"demo-{number}", kind, subject, detail, days_ago, outcome, hub)
    _send_signed_in(site)


def _at(days_ago: int, hour: int, minute: int) -> dt.datetime:
    """A working day about ``days_ago`` days ago, at a London time that has passed."""
    day = add_working_days(london_date(now()) - dt.timedelta(days=days_ago + 1), 1)
    at = dt.datetime.combine(day, dt.time(hour, minute), tzinfo=LONDON)
    return min(at, now() - dt.timedelta(hours=1)).astimezone(dt.UTC)


def after(start: dt.datetime, working_days: int, hour: int) -> dt.datetime:
    """``working_days`` after ``start``, at a full hour, and never in the future."""
    day = add_working_days(london_date(start), working_days)
    at = dt.datetime.combine(day, dt.time(hour, 20), tzinfo=LONDON).astimezone(dt.UTC)
    return min(at, now() - dt.timedelta(minutes=30))


def _send(idea: DemoIdea, email: str, where: dict) -> Submission | None:
    """Draft and send one idea as of its day; None if its sender is known already."""
    if people_with_address(email):
        return None
    name = email.split("@")[0].replace("-", " ").title()
    by = link("front-door")
    with acting_at(_at(idea.days_ago, 9 + idea.days_ago % 7, 12 + idea.days_ago % 40)):
        draft = submissions.start_draft(submitter_kind=idea.kind, entry_site=None, by=by)
        submissions.save_draft(
            draft=draft,
            by=by,
            answers={
                **where,
                "title": idea.title,
                "problem": idea.problem,
                "for_whom": idea.for_whom,
                "idea": idea.idea,
                "innovation_type": idea.type,
                "is_confidential": idea.confidential,
            },
            person={
                "name": f"Demo {name}",
                "email": email,
                "organisation_words": "Demo organisation"
                if idea.kind in (COMPANY, UNIVERSITY, OTHER)
                else "",
                "role_words": "Demo ward" if idea.kind == STAFF else "",
            },
        )
        return submissions.send_draft(draft=draft, by=by)


def tell(site: Site, idea: DemoIdea, email: str, hub: User) -> Innovation | None:
    """One idea from being sent to where it is today; None if it is there already."""
    submission = _send(idea, email, {"sites": [site.code]})
    if submission is None:
        return None
    start = submission.created_at + dt.timedelta(minutes=9)
    sender = link(submission.ref)
    with acting_at(start):
        submissions.confirm(submission=submission, by=sender)
    innovation = submission.innovations.get(site=site)
    if idea.assigned:
        with acting_at(after(start, 1, 11)):
            innovations.assign(innovation=innovation, to=hub, by=hub.actor)
    if idea.assessed:
        with acting_at(after(start, 2, 14)):
            _assess(innovation, hub)
    steps: list[tuple[int, int, object]] = []
    if idea.asked:
        steps.append((idea.asked[0], 10, ("ask", idea.asked[1])))
    steps += [(days, 12, ("write", from_sender, said)) for days, from_sender, said in idea.written]
    if idea.decided:
        steps.append((idea.decided[0], 15, ("decide", idea.decided[1], idea.decided[2])))
    if idea.withdrawn is not None:
        steps.append((idea.withdrawn, 16, ("withdraw",)))
    for days, hour, what in sorted(steps, key=lambda each: each[:2]):
        with acting_at(after(start, days, hour)):
            _do(innovation, submission, what, hub, sender)
    return innovation


def _do(innovation: Innovation, submission: Submission, what, hub: User, sender: Actor) -> None:
    innovation.refresh_from_db()
    match what:
        case ("ask", code):
            _decide(innovation, DecisionKind.ASK, code, hub)
        case ("decide", kind, code):
            _decide(innovation, kind, code, hub)
        case ("write", True, said):
            messages.write_to_hub(innovation=innovation, body=said, by=sender)
        case ("write", False, said):
            messages.write_to_submitter(innovation=innovation, body=said, by=hub.actor)
        case ("withdraw",):
            submissions.withdraw(submission=submission, by=sender)


def _decide(innovation: Innovation, kind: str, code: str, hub: User) -> None:
    reason = DecisionReason.objects.get(site_id=innovation.site_id, kind=kind, code=code)
    decisions.decide(
        innovation=innovation,
        kind=kind,
        reason_code=code,
        words=reason.words,
        next_step=reason.next_step,
        would_change=reason.would_change,
        by=hub.actor,
    )


def _assess(innovation: Innovation, hub: User) -> None:
    """Answers that differ from idea to idea, by rule and not by chance."""
    checklist = Checklist.objects.filter(key="manchester-8").order_by("-version").first()
    if checklist is None:
        return
    values = ("yes", "partly", "yes", "dont_know", "yes", "no", "partly", "yes")
    shift = len(innovation.title) % len(values)
    answers = {
        item.code: (values[(item.position + shift) % len(values)], "Demo note: to be looked at with the team." if item.position % 4 == 0 else "")
        for item in checklist.items.all()
    }  # fmt: skip
    assessment = assessments.save_answers(
        innovation=innovation, checklist=checklist, answers=answers, by=hub.actor, assessor=hub
    )
    assessments.finish(assessment=assessment, by=hub.actor)


def _enquire(site, once_key, kind, subject, detail, days_ago, outcome, hub: User) -> None:
    email = f"{once_key}-enquiry@demo.example"
    if people_with_address(email):
        return
    at = _at(days_ago, 10, 5)
    with acting_at(at):
        enquiry = enquiries.log(
            site=site, kind=kind, subject=subject, detail=detail, name="Demo Enquirer", email=email,
            once_key=once_key, by=hub.actor,
        )  # fmt: skip
    if outcome is None:
        return
    with acting_at(after(at, 2, 11)):
        if outcome[0] == "answer":
            enquiries.answer(enquiry=enquiry, answer=outcome[1], by=hub.actor)
        else:
            enquiries.signpost(enquiry=enquiry, to=outcome[1], by=hub.actor)


def _send_signed_in(site: Site) -> None:
    """One idea of the demo submitter with an account, so that their page shows it."""
    nurse = account_with("staff@demo.example")
    if nurse is None or Submission.objects.filter(submitter=nurse.person).exists():
        return
    with acting_at(_at(9, 13, 40)):
        draft = submissions.start_draft(submitter_kind=STAFF, entry_site=site, by=nurse.actor)
        submissions.save_draft(
            draft=draft,
            by=nurse.actor,
            answers={
                "sites": [site.code],
                "title": "Spare chargers for ward tablets",
                "problem": "Tablets are flat by the afternoon and the chargers walk away.",
                "for_whom": "Nurses who record at the bedside.",
                "idea": "Fix two chargers to the wall at each nurses' station.",
                "innovation_type": DEVICE,
                "is_confidential": False,
            },
        )
        submissions.send_draft(draft=draft, by=nurse.actor, confirmed_person=nurse.person)
