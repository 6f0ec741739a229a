"""One thing done to many ideas of a site at once: in few statements, with an event for each."""

import datetime as dt
from collections.abc import Iterable, Sequence
from operator import attrgetter

from django.db import transaction
from django.db.models import Count, F, Q

from accounts.enums import ASSIGNABLE
from accounts.models import Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.events.services import record_many
from hubapp.notifications import send_many
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import IN_TRIAGE, Direction, LabelKind, Priority
from portfolio.models import Innovation, InnovationLabel, Message
from portfolio.services import news
from portfolio.services.classification import LONGEST_TAG, MOST_TAGS, tag_of
from portfolio.services.members import must_hold_a_role
from portfolio.services.messages import acknowledgement_words

# The most that one press changes: one transaction stays short.
MOST = 500
# How often one looks for what nobody else acknowledges at this moment.
LOOKS = 5


def _few_enough(innovations: Iterable[Innovation], site: Site) -> list[Innovation]:
    # In one order: of two who write to the same ideas at one moment, the second waits for the first.
    rows = sorted({row.pk: row for row in innovations}.values(), key=attrgetter("pk"))
    if len(rows) > MOST:
        raise Refused(f"Choose at most {MOST} ideas at a time.")
    if any(row.site_id != site.pk for row in rows):
        raise Refused("Choose ideas of one site.")
    return rows


@transaction.atomic
def assign(*, site: Site, innovations: Sequence[Innovation], to: User | None, by: Actor) -> int:
    """Give ideas to somebody, or to nobody; returns how many changed hands.

    :raises Refused: more than 500, or ``to`` could not open them
    """
    rows = _few_enough(innovations, site)
    if to:
        must_hold_a_role(to, site_id=site.pk, roles=ASSIGNABLE)
    rows = [row for row in rows if row.assignee_id != (to.pk if to else None)]
    refs = dict(User.objects.filter(assigned_innovations__in=rows).values_list("pk", "ref"))
    _update(rows, assignee_id=to.pk if to else None)
    record_many(
        "innovation.assigned",
        by=by,
        subjects=[
            (row, {"assignee": [refs.get(row.assignee_id or 0), to.ref if to else None]})
            for row in rows
        ],
    )
    return len(rows)


@transaction.atomic
def set_priority(*, site: Site, innovations: Sequence[Innovation], priority: str, by: Actor) -> int:
    """Give ideas a priority, or with "" none; returns how many changed.

    :raises Refused: more than 500, or no such priority
    """
    if priority and priority not in Priority.values:
        raise Refused("Choose high, normal, low or none.")
    rows = [row for row in _few_enough(innovations, site) if row.priority != priority]
    _update(rows, priority=priority)
    record_many(
        "innovation.classified",
        by=by,
        subjects=[(row, {"priority": [row.priority, priority]}) for row in rows],
    )
    return len(rows)


@transaction.atomic
def tag(*, site: Site, innovations: Sequence[Innovation], word: str, by: Actor) -> int:
    """Give ideas a tag; returns how many did not have it. Those with ten tags already are left alone.

    :raises Refused: more than 500, no tag, or it is too long
    """
    value = tag_of(word)
    if not value:
        raise Refused("Enter a tag.")
    if len(value) > LONGEST_TAG:
        raise Refused(f"The tag is too long: use at most {LONGEST_TAG} letters.")
    rows = _few_enough(innovations, site)
    counts = dict(
        InnovationLabel.objects.filter(innovation__in=rows, kind=LabelKind.TAG)
        .order_by()
        .values("innovation")
        .annotate(
            tags=Count("pk") + Count("pk", filter=Q(value=value)) * MOST_TAGS,
        )
        .values_list("innovation", "tags")
    )
    rows = [row for row in rows if counts.get(row.pk, 0) < MOST_TAGS]
    InnovationLabel.objects.bulk_create(
        (
            InnovationLabel(site=site, innovation=row, kind=LabelKind.TAG, value=value)
            for row in rows
        ),
        # Somebody else gave one of them the same tag at this moment.
        ignore_conflicts=True,
    )
    _update(rows)
    record_many(
        "innovation.classified", by=by, subjects=[(row, {"tags": "changed"}) for row in rows]
    )
    return len(rows)


@transaction.atomic
def acknowledge(*, site: Site, innovations: Sequence[Innovation], by: Actor) -> int:
    """Send the standard acknowledgement to every submitter who waits for one; returns to how many.

    Ideas that are acknowledged, not in triage, or have nobody to write to are left alone.

    :raises Refused: more than 500
    :raises Stale: others acknowledge the same ones all the time
    """
    now = instants.now()
    rows = _claim_unacknowledged(_few_enough(innovations, site), now)
    with events.operation():
        written = Message.objects.bulk_create(
            Message(
                site=site,
                innovation=row,
                direction=Direction.TO_SUBMITTER,
                body=acknowledgement_words(row),
                at=now,
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
            for row in rows
        )
        record_many(
            "message.added",
            by=by,
            subjects=[
                (
                    message,
                    {"direction": message.direction, "innovation": message.innovation.ref},
                )
                for message in written
            ],
        )
    news.look_again(row.pk for row in rows)
    send_many(
        "portfolio.message",
        [
            (row.submission.submitter, f"message:{message.ref}", {"message": message.ref})
            for row, message in zip(rows, written, strict=True)
            if row.submission
        ],
        site_id=site.pk,
    )
    return len(rows)


def _claim_unacknowledged(chosen: Sequence[Innovation], now: dt.datetime) -> list[Innovation]:
    """Those of ``chosen`` that wait to be acknowledged, marked so that nobody else writes to them too.

    All that were looked at or, where somebody else was quicker with one, none: then one looks again.
    """
    waiting = (
        Innovation.objects.filter(
            pk__in=[row.pk for row in chosen], acknowledged_on=None, state__in=IN_TRIAGE
        )
        .exclude(submission=None)
        .exclude(submission__submitter=None)
        .exclude(submission__submitter__email="")
        .select_related("submission__submitter")
    )
    for _ in range(LOOKS):
        rows = list(waiting.all())
        found = Innovation.objects.filter(
            pk__in=[row.pk for row in rows], acknowledged_on=None, state__in=IN_TRIAGE
        )
        point = transaction.savepoint()
        if found.update(acknowledged_on=london_date(now), updated_at=now) == len(rows):
            transaction.savepoint_commit(point)
            return rows
        transaction.savepoint_rollback(point)
    raise Stale(
        "Somebody else is acknowledging these ideas. Look at what they did, then try again."
    )


def _update(rows: Sequence[Innovation], **columns) -> None:
    """Set columns of all rows and raise their versions, whatever they are: bulk overrides nobody's typing."""
    Innovation.objects.filter(pk__in=[row.pk for row in rows]).update(
        **columns, version=F("version") + 1, updated_at=instants.now()
    )
