"""Enquiries: logged, answered or signposted, and counted apart from ideas."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.enums import DESK
from accounts.models import Person, Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import EnquiryState
from portfolio.models import Enquiry
from portfolio.services.members import must_hold_a_role

CHANGED = (
    "Somebody else changed this enquiry since you opened it. Look at what they did, then try again."
)


@transaction.atomic
def log(
    *,
    site: Site,
    kind: str,
    subject: str,
    by: Actor,
    detail: str = "",
    name: str = "",
    email: str = "",
    assignee: User | None = None,
    once_key: str | None = None,
) -> Enquiry:
    """Log an enquiry, received now. The same ``once_key`` never makes a second one.

    :raises ValidationError: no subject, an unknown kind, a text too long, a wrong address
    :raises Refused: ``assignee`` does not work at the site's desk
    """
    key = f"{site.pk}:{once_key}"[:80] if once_key else None
    if key:
        earlier = Enquiry.objects.filter(once_key=key).first()
        if earlier:
            return earlier
    now = instants.now()
    enquiry = Enquiry(
        site=site,
        kind=kind,
        subject=subject.strip(),
        detail=detail.strip(),
        assignee=assignee,
        received_at=now,
        received_on=london_date(now),
        updated_at=now,
        once_key=key,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    enquiry.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    if assignee:
        must_hold_a_role(assignee, site_id=site.pk, roles=DESK)
    if name.strip() or email.strip():
        person = Person(name=name.strip(), email=email)
        person.full_clean()
        person.save()
        enquiry.enquirer = person
    try:
        with transaction.atomic():
            enquiry.save()
    except IntegrityError:
        # The other press was first; its person is the one that counts.
        if enquiry.enquirer:
            enquiry.enquirer.delete()
        return Enquiry.objects.get(once_key=key)
    events.record("enquiry.logged", by=by, subject=enquiry, changes={"kind": kind})
    return enquiry


@transaction.atomic
def answer(*, enquiry: Enquiry, answer: str, by: Actor, version: int | None = None) -> Enquiry:
    """Write down what was answered; the enquiry is closed.

    :raises Refused: nothing written, or it is closed already
    :raises Stale: somebody else changed it in the meantime
    """
    if not answer.strip():
        raise Refused("Write what you answered.")
    return _close(
        enquiry, EnquiryState.ANSWERED, by, version, answer=answer.strip(), signposted_to=""
    )


@transaction.atomic
def signpost(
    *, enquiry: Enquiry, to: str, by: Actor, answer: str = "", version: int | None = None
) -> Enquiry:
    """Write down who can help instead; the enquiry is closed.

    :raises Refused: nobody named, or it is closed already
    :raises Stale: somebody else changed it in the meantime
    """
    if not to.strip():
        raise Refused("Write who you signposted them to.")
    return _close(
        enquiry,
        EnquiryState.SIGNPOSTED,
        by,
        version,
        answer=answer.strip(),
        signposted_to=to.strip(),
    )


@transaction.atomic
def reopen(*, enquiry: Enquiry, by: Actor, version: int | None = None) -> Enquiry:
    """Take a closed enquiry up again; what was answered stays to be read.

    :raises Refused: it is open
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(enquiry, version)
    if enquiry.state == EnquiryState.OPEN:
        raise Refused("This enquiry is open already.")
    before = enquiry.state
    _change(enquiry, state=EnquiryState.OPEN, closed_at=None, closed_on=None)
    events.record(
        "enquiry.reopened", by=by, subject=enquiry, changes={"state": [before, enquiry.state]}
    )
    return enquiry


@transaction.atomic
def assign(*, enquiry: Enquiry, to: User | None, by: Actor, version: int | None = None) -> Enquiry:
    """Give the enquiry to a member, or to nobody. Giving it to whoever has it changes nothing.

    :raises Refused: ``to`` does not work at the site's desk
    :raises Stale: somebody else changed it in the meantime
    """
    if (to.pk if to else None) == enquiry.assignee_id:
        return enquiry
    _fresh(enquiry, version)
    if to:
        must_hold_a_role(to, site_id=enquiry.site_id, roles=DESK)
    before = enquiry.assignee.ref if enquiry.assignee else None
    _change(enquiry, assignee_id=to.pk if to else None)
    events.record(
        "enquiry.assigned",
        by=by,
        subject=enquiry,
        changes={"assignee": [before, to.ref if to else None]},
    )
    return enquiry


def _fresh(enquiry: Enquiry, version: int | None) -> None:
    if version is not None and version != enquiry.version:
        raise Stale(CHANGED)


def _close(
    enquiry: Enquiry, state: EnquiryState, by: Actor, version: int | None, **columns: Any
) -> Enquiry:
    _fresh(enquiry, version)
    if enquiry.state != EnquiryState.OPEN:
        raise Refused(f"This enquiry is closed already: {enquiry.get_state_display().lower()}.")
    now = instants.now()
    before = {name: getattr(enquiry, name) for name in columns}
    for name, value in columns.items():
        setattr(enquiry, name, value)
    try:
        enquiry.clean_fields(
            exclude=[field.name for field in enquiry._meta.fields if field.name not in columns]
        )
    except Exception:
        for name, value in before.items():
            setattr(enquiry, name, value)
        raise
    _change(enquiry, state=state, closed_at=now, closed_on=london_date(now), **columns)
    events.record(
        f"enquiry.{state.value}",
        by=by,
        subject=enquiry,
        changes={"state": [EnquiryState.OPEN, state]},
    )
    return enquiry


def _change(enquiry: Enquiry, **columns: Any) -> None:
    columns |= {"version": enquiry.version + 1, "updated_at": instants.now()}
    if not Enquiry.objects.filter(pk=enquiry.pk, version=enquiry.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(enquiry, name, value)
