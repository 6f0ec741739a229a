"""What a round releases: computed once at closing, frozen, and changed only by a restatement.

The arithmetic and its proof are in :mod:`hubapp.disclosure.rounds`; here is
only what goes in and what is kept.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet, Subquery

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.db.compiled import compiled
from hubapp.disclosure import rounds as disclosure
from hubapp.problems import Refused
from hubapp.workdays import london_date
from maturity.enums import Answer, AssessmentState, RoundState, SiteKind, WteBand
from maturity.models import (
    AssessmentMove,
    Indicator,
    Rating,
    Release,
    ReleaseMember,
    Round,
    SelfAssessment,
)
from maturity.models.assessment import REASON_TEXT
from maturity.queries.network import groups_of

# In the order in which groups are tried: sizes first, then kinds.
CANDIDATES = (
    *(f"wte-{band.value}" for band in WteBand),
    *(f"kind-{kind.value}" for kind in SiteKind),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a restatement would change: how many sites have changed, and how many more would have to."""

    changed: int
    more: int


@transaction.atomic
def release(*, round: Round, by: Actor) -> Release | None:
    """Release a round that closes, once; None for a site's own round, which compares with nobody."""
    if round.network_id is None:
        return None
    known = Release.objects.filter(round=round).order_by("-number").first()
    if known:
        return known
    basis, assessments = _basis_of(round)
    content = disclosure.release_round(
        basis,
        k=round.min_others,
        scale=round.framework.values,
        candidates=CANDIDATES,
        sub_domains=_sub_domains_of(round),
    )
    return _keep(round, content, basis, assessments, "", by)


@transaction.atomic
def restate(*, round: Round, reason: str, by: Actor) -> Release:
    """Release anew what late joiners and reopened self-assessments changed; every earlier release stays.

    :raises Refused: no reason, nothing released yet, nothing changed, or so few changed that the
        difference would give them away
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Enter why you restate it: sites read it beside the figures.")
    if len(reason) > REASON_TEXT:
        raise Refused(f"The reason must be {REASON_TEXT:,} characters or fewer.")
    former = _former_of(round)
    if round.state != RoundState.CLOSED or not former:
        raise Refused("Only what was released can be restated: close the round first.")
    basis, assessments = _basis_of(round)
    basis = disclosure.Basis(basis.members, basis.values, _changed_since(round, basis, former))
    if not basis.changed:
        raise Refused("No site has joined, left or been reopened since the last release.")
    try:
        if any(content.groups for content, _ in former):
            content = disclosure.restate_round(former, basis)
        else:
            # There were too few sites to release anything: it is still the first time.
            content = disclosure.release_round(
                basis,
                k=round.min_others,
                scale=round.framework.values,
                candidates=CANDIDATES,
                sub_domains=_sub_domains_of(round),
                number=former[-1][0].number + 1,
            )
    except disclosure.TooFewChanged as error:
        raise Refused(str(error)) from error
    return _keep(round, content, basis, assessments, reason, by)


def standing_of(round: Round) -> Standing:
    """How many sites have changed since the last release, and how many more a restatement needs."""
    # Whoever joined, left or was reopened has moved; mostly nobody has, and nothing else is read.
    if not _moved_since_release(round_id=round.pk):
        return Standing(0, 0)
    former = _former_of(round)
    if not former:
        return Standing(0, 0)
    basis, _ = _basis_of(round)
    changed = _changed_since(round, basis, former)
    if not changed or not any(content.groups for content, _ in former):
        return Standing(len(changed), 0)
    basis = disclosure.Basis(basis.members, basis.values, changed)
    return Standing(len(changed), disclosure.shortfall(former, basis))


@compiled
def _moved_since_release(*, round_id: int) -> QuerySet[AssessmentMove, tuple[int]]:
    last = Release.objects.filter(round=round_id).order_by("-number").values("at")[:1]
    rows = AssessmentMove.objects.filter(assessment__round=round_id, at__gt=Subquery(last))
    return rows.order_by().values_list("pk")[:1]


def _keep(
    round: Round,
    content: disclosure.Release,
    basis: disclosure.Basis,
    assessments: dict[int, SelfAssessment],
    reason: str,
    by: Actor,
) -> Release:
    now = instants.now()
    row = Release.objects.create(
        round=round,
        number=content.number,
        at=now,
        on=london_date(now),
        reason=reason,
        min_others=content.k,
        sites=len(basis.members),
        changed=sorted(basis.changed),
        content=content.to_dict(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    given: dict[int, dict[str, int]] = {}
    for code, values in basis.values.items():
        for site, value in values.items():
            if value is not None:
                given.setdefault(site, {})[code] = value
    ReleaseMember.objects.bulk_create(
        [
            ReleaseMember(
                release=row,
                site_id=member.site,
                assessment=assessments[member.site],
                groups=sorted(member.groups),
                values=given.get(member.site, {}),
            )
            for member in basis.members
        ]
    )
    events.record(
        "round.released" if content.number == 1 else "round.restated",
        by=by,
        subject=round,
        changes={"release": row.number, "sites": row.sites, "shown": len(content.cells)},
    )
    return row


def _sub_domains_of(round: Round) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in (
        Indicator.objects.filter(framework=round.framework)
        .select_related("sub_domain")
        .order_by("position")
    ):
        found.setdefault(row.sub_domain.code, []).append(row.code)
    return found


def _basis_of(round: Round) -> tuple[disclosure.Basis, dict[int, SelfAssessment]]:
    """The final self-assessments of a round with their groups and ratings; three queries."""
    rows = {
        row.site_id: row
        for row in SelfAssessment.objects.filter(
            round=round, state=AssessmentState.FINAL
        ).select_related("profile")
    }
    values: dict[str, dict[int, int | None]] = {}
    ratings = Rating.objects.filter(
        round=round,
        is_current=True,
        answer=Answer.RATED,
        assessment__state=AssessmentState.FINAL,
    ).values_list("indicator__code", "site_id", "value")
    for code, site, value in ratings:
        values.setdefault(code, {})[site] = value
    members = tuple(
        disclosure.Member(site, frozenset(groups_of(row))) for site, row in sorted(rows.items())
    )
    return disclosure.Basis(members, values), rows


def _former_of(round: Round) -> list[tuple[disclosure.Release, disclosure.Basis]]:
    """Every release of the round with what it was computed from, oldest first."""
    found = []
    for row in Release.objects.filter(round=round).prefetch_related("members").order_by("number"):
        values: dict[str, dict[int, int | None]] = {}
        members = []
        for member in row.members.all():
            members.append(disclosure.Member(member.site_id, frozenset(member.groups)))
            for code, value in member.values.items():
                values.setdefault(code, {})[member.site_id] = value
        members.sort(key=lambda each: each.site)
        basis = disclosure.Basis(tuple(members), values, frozenset(row.changed))
        found.append((disclosure.Release.from_dict(row.content), basis))
    return found


def _changed_since(
    round: Round,
    basis: disclosure.Basis,
    former: list[tuple[disclosure.Release, disclosure.Basis]],
) -> frozenset[int]:
    """Who joined, left or was reopened since the last release, by what was done and not by comparing ratings."""
    last = Release.objects.filter(round=round).order_by("-number").values_list("at", flat=True)[0]
    reopened = AssessmentMove.objects.filter(
        assessment__round=round, at__gt=last, to_state=AssessmentState.DRAFT
    ).values_list("site_id", flat=True)
    there = basis.sites
    before = former[-1][1].sites
    return frozenset((there ^ before) | (set(reopened) & (there | before)))
