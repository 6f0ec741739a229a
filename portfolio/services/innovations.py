"""Opening an innovation at a site, and correcting it."""

import datetime as dt

from django.db import transaction

from accounts.enums import ASSIGNABLE
from accounts.models import Site, User
from hubapp import events
from hubapp.actors import Actor
from hubapp.db.search import fold
from hubapp.problems import Stale
from hubapp.workdays import add_working_days, london_date
from portfolio.enums import SOURCE_OF, MoveReason, State, SubmitterKind
from portfolio.models import Call, Innovation, StageMove, Submission
from portfolio.queries.front_door import front_door_of
from portfolio.queries.settings import triage_settings_of
from portfolio.services import similar
from portfolio.services.members import must_hold_a_role
from portfolio.services.moves import CHANGED, change


def search_text_of(innovation: Innovation) -> str:
    """What the text filter looks in: reference, title and texts, folded, each word once.

    Words are looked for one by one, so that their repetitions would only be read in vain.
    """
    folded = fold(
        innovation.ref, innovation.title, innovation.problem, innovation.for_whom, innovation.idea
    )
    return " ".join(dict.fromkeys(folded.split(" ")))


def open_at_site(
    *, submission: Submission, site: Site, at: dt.datetime, by: Actor, call: Call | None = None
) -> Innovation:
    """The site's record of a confirmed submission, its clock running from ``at``. Inside a transaction.

    ``received_on`` is the day the submission was confirmed (the KPI's month);
    the clock starts on the day it reached this site, which is later for an
    idea that a coordinator had to route.
    """
    assert submission.confirmed_at is not None
    assert submission.confirmed_on is not None
    started_on = london_date(at)
    allowed = front_door_of(site).decision_days
    innovation = Innovation(
        site=site,
        submission=submission,
        call=call,
        channel=submission.channel,
        submitter_kind=submission.submitter_kind,
        title=submission.title,
        problem=submission.problem,
        for_whom=submission.for_whom,
        idea=submission.idea,
        innovation_type=submission.innovation_type,
        is_confidential=submission.is_confidential,
        state=State.WAITING,
        state_since=at,
        received_at=submission.confirmed_at,
        received_on=submission.confirmed_on,
        queued_at=submission.confirmed_at,
        clock_started_on=started_on,
        days_allowed=allowed,
        due_on=add_working_days(started_on, allowed),
        sort_due=add_working_days(started_on, allowed),
        acknowledge_by=_acknowledge_by(submission, site, started_on),
        source=SOURCE_OF.get(SubmitterKind(submission.submitter_kind), "")
        if submission.submitter_kind
        else "",
        created_at=at,
        updated_at=at,
    )
    innovation.search_text = search_text_of(innovation)
    innovation.full_clean(exclude=["ref"])
    innovation.save()
    StageMove.objects.create(
        site=site,
        innovation=innovation,
        number=1,
        to_state=State.WAITING,
        reason=MoveReason.RECEIVED,
        at=at,
        on=started_on,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    events.record(
        "innovation.received", by=by, subject=innovation, changes={"channel": innovation.channel}
    )
    similar.look_again(innovation)
    return innovation


def _acknowledge_by(submission: Submission, site: Site, started_on: dt.date) -> dt.date | None:
    """Until when somebody should have written to the submitter; None if there is nobody to write to."""
    if submission.submitter is None or not submission.submitter.email:
        return None
    return add_working_days(started_on, triage_settings_of(site).acknowledge_days)


@transaction.atomic
def assign(*, innovation: Innovation, to: User | None, by: Actor) -> Innovation:
    """Give the innovation to somebody, or to nobody. Giving it to whoever has it changes nothing.

    :raises Refused: ``to`` is no member of the site, or could not open the idea
    :raises Stale: somebody changed it in the meantime
    """
    if (to.pk if to else None) == innovation.assignee_id:
        return innovation
    if to:
        must_hold_a_role(to, site_id=innovation.site_id, roles=ASSIGNABLE)
    before = innovation.assignee.ref if innovation.assignee else None
    change(innovation, assignee_id=to.pk if to else None)
    events.record(
        "innovation.assigned",
        by=by,
        subject=innovation,
        changes={"assignee": [before, to.ref if to else None]},
    )
    return innovation


@transaction.atomic
def correct(
    *,
    innovation: Innovation,
    by: Actor,
    title: str | None = None,
    innovation_type: str | None = None,
    version: int | None = None,
) -> Innovation:
    """Correct title or type. What the submitter sent stays in the submission.

    :param version: the innovation's version on the page it was corrected from
    :raises ValidationError: an empty or too long title, an unknown type
    :raises Stale: somebody changed it in the meantime
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    columns: dict[str, str] = {}
    changes: dict[str, object] = {}
    if title is not None and title.strip() != innovation.title:
        columns["title"] = title.strip()
        changes["title"] = "changed"
    if innovation_type is not None and innovation_type != innovation.innovation_type:
        columns["innovation_type"] = innovation_type
        changes["innovation_type"] = [innovation.innovation_type, innovation_type]
    if not columns:
        return innovation
    before = {name: getattr(innovation, name) for name in columns}
    for name, value in columns.items():
        setattr(innovation, name, value)
    try:
        innovation.clean_fields(
            exclude=[f.name for f in innovation._meta.fields if f.name not in columns]
        )
        change(innovation, **columns, search_text=search_text_of(innovation))
    except Exception:
        for name, value in before.items():
            setattr(innovation, name, value)
        raise
    events.record("innovation.corrected", by=by, subject=innovation, changes=changes)
    return innovation
