"""One innovation: what it says, what was thought of it, what happened to it."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.hooks import Reference
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date, working_days_between
from portfolio.enums import STOPPED, State, WaitsOn
from portfolio.models import (
    Decision,
    DecisionReason,
    Innovation,
)
from portfolio.models.innovation import where_read
from portfolio.queries.clocks import party_words
from portfolio.queries.texts import texts_beside
from portfolio.queries.timeline import Entry, History, history_of, latest_of

__all__ = ["Entry", "History", "history_of", "latest_of"]


def innovation_for(viewer: Viewer, site: Site, ref: str) -> Innovation | None:
    """One innovation of a site by its reference, if the viewer may read it."""
    ref = normalise_ref(ref)
    if viewer.is_key:
        found = _whole(Innovation.objects.visible_to(viewer).at(site).filter(ref=ref))
        return found.first()
    rows = _one_read_at(**where_read(viewer), site_id=site.pk, ref=ref)
    return rows[0] if rows else None


def _whole(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    """With what the pages of one idea show of other tables."""
    return rows.select_related("submission__submitter", "assignee__person", "site", "call")


@compiled
def _one_read_at(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    site_id: int,
    ref: str,
) -> QuerySet[Innovation]:
    rows = Innovation.objects.read_at(
        desk=desk, readers=readers, assigned_at=assigned_at, user_id=user_id
    )
    return _whole(rows.filter(site_id=site_id, ref=ref)).order_by("pk")[:1]


def decision_of(innovation: Innovation, ref: str) -> Decision | None:
    """One decision on an innovation that the viewer was let in to."""
    return innovation.decisions.filter(ref=normalise_ref(ref)).first()


def innovation_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → name and address, of those the viewer may read; one query."""
    rows = Innovation.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


def all_texts_of(innovation: Innovation) -> list[str]:
    """Every text about an innovation that somebody may have put details into, as sent and as kept."""
    rows = [innovation, *([innovation.submission] if innovation.submission else [])]
    texts = [
        getattr(row, name) for row in rows for name in ("title", "problem", "for_whom", "idea")
    ]
    texts += texts_beside([innovation])
    return texts


# -- deciding ------------------------------------------------------------------------
def reasons_for(site: Site, kind: str) -> list[DecisionReason]:
    """The reasons a site offers for one kind of decision, in its order."""
    return list(
        DecisionReason.objects.filter(site=site, kind=kind, is_active=True).order_by(
            "position", "pk"
        )
    )


def all_reasons(site: Site) -> list[DecisionReason]:
    """Every reason of a site, those no longer offered too."""
    return list(
        DecisionReason.objects.filter(site=site).order_by("kind", "-is_active", "position", "pk")
    )


def reason_at(site: Site, ref: str) -> DecisionReason | None:
    """One reason of a site by its reference."""
    return DecisionReason.objects.filter(site=site, ref=normalise_ref(ref)).first()


# -- the clock, in one sentence ---------------------------------------------------------
def clock_in_words(innovation: Innovation, today: dt.date | None = None) -> str:
    """What the clock says, as a sentence."""
    today = today or london_date(timezone.now())
    if innovation.clock_started_on is None:
        return "No clock runs: it was imported."
    if innovation.state in STOPPED:
        since = london_date(innovation.state_since)
        days = _days(working_days_between(since, today))
        who = party_words(innovation.waits_on or WaitsOn.SUBMITTER, innovation.waits_on_function)
        return f"Stopped since {_day(since)} ({days}) while we wait for {who}."
    if innovation.due_on:
        left = working_days_between(today, innovation.due_on)
        if innovation.due_on < today:
            late = working_days_between(innovation.due_on, today)
            return f"Was due on {_day(innovation.due_on)}" + (
                f", {_days(late)} ago." if late else "."
            )
        if not left:
            return f"Due today, {_day(innovation.due_on)}."
        return f"Due on {_day(innovation.due_on)}, {_days(left)} left."
    return _ended_words(innovation)


def _ended_words(innovation: Innovation) -> str:
    """The sentence of a clock that has ended."""
    if (
        innovation.decision_days is not None
        and innovation.clock_due_on
        and innovation.clock_ended_on
    ):
        punctual = "on time" if innovation.clock_ended_on <= innovation.clock_due_on else "late"
        return f"Decided after {_days(innovation.decision_days)}, {punctual}."
    if innovation.state == State.WITHDRAWN:
        return "Stopped: it was withdrawn before a decision."
    return "No clock runs."


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%B %Y}"


def _days(count: int) -> str:
    return f"{count:,} working day{'' if count == 1 else 's'}"
