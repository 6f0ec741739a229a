"""What a site's own weak sub-domains say about ideas, for its desk alone: its ratings are its own."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from maturity.enums import Answer
from maturity.flag_rules import Rule, rules
from maturity.models import Rating
from maturity.queries.actions import (
    PUBLISHED_SHOWN,
    latest_counted,
    published_in_networks_of,
    reads_flags,
    today,
)
from portfolio.enums import benefit_areas
from portfolio.hooks import Flag, Helped
from portfolio.models import Innovation


@dataclass(frozen=True, slots=True)
class Weak:
    """One weak sub-domain: how many of how many ratings are the lowest, and where that was said."""

    name: str
    assessment_ref: str
    bottom: int
    lowest: int
    n: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a site's ratings say, and of what other sites published what was asked for."""

    # Code → weak sub-domain, of those with a rule.
    weak: dict[str, Weak]
    # Code → what helped elsewhere, latest first.
    helped: dict[str, list[Helped]]


# Where a request keeps it: the queue asks for its rows and for the idea beside them.
KEPT = "_weak_sub_domains"


def weak_sub_domains(site: Site) -> dict[str, Weak]:
    """Code → weak sub-domain of the site's latest self-assessment that counts, of those with a rule; one query."""
    return _asked_of(site, with_helped=False).weak


def _asked_of(site: Site, *, with_helped: bool) -> Asked:
    """One query; none more for the same ``site`` object, which lives as long as a request does.

    :param with_helped: whether what helped elsewhere is asked for too, if it is asked now
    """
    kept = vars(site).get(KEPT)
    if kept is None:
        kept = vars(site)[KEPT] = _asked_anew(site, with_helped)
    return kept


def _asked_anew(site: Site, with_helped: bool) -> Asked:
    wanted = rules()
    codes = sorted({rule.sub_domain for rule in wanted.rules})
    if with_helped:
        rows = _told_with_helped(
            site_id=site.pk, codes=codes, framework=wanted.framework, day=today()
        )
    else:
        rows = _told_of_ratings(site_id=site.pk, codes=codes, framework=wanted.framework)
    ratings: dict[str, list[int]] = {}
    facts: dict[str, tuple[str, str, int]] = {}
    helped: dict[str, list[Helped]] = {}
    for is_rating, code, name, value, ref, words, _ in sorted(
        rows, key=lambda row: row[-1], reverse=True
    ):
        if is_rating:
            ratings.setdefault(code, []).append(value)
            if code not in facts:
                facts[code] = (name, ref, min(point["value"] for point in json.loads(words)))
        elif len(shown := helped.setdefault(code, [])) < PUBLISHED_SHOWN:
            shown.append(Helped(name, ref, words))
    weak = {}
    for code, values in ratings.items():
        name, ref, bottom = facts[code]
        lowest = values.count(bottom)
        if wanted.is_weak(lowest, len(values)):
            weak[code] = Weak(name, ref, bottom, lowest, len(values))
    return Asked(weak, helped)


# (is a rating, code of a sub-domain, its or a site's name, rating, reference or title, scale or outcome,
# when it was published)
Told = QuerySet[Any, tuple[int, str, str, int, str, str, str]]
_TEXT: TextField = TextField()


def _told(rows: QuerySet, is_rating: int, *columns: Any) -> Told:
    named = {f"told_{at}": column for at, column in enumerate((Value(is_rating), *columns))}
    return rows.order_by().annotate(**named).values_list(*named)


def _ratings_told(site_id: int, codes: list[str], framework: str) -> Told:
    latest = latest_counted(site_id, framework)
    rows = Rating.objects.filter(
        assessment=Subquery(latest.values("pk")),
        is_current=True,
        answer=Answer.RATED,
        indicator__sub_domain__code__in=codes,
    )
    return _told(
        rows,
        1,
        Cast("indicator__sub_domain__code", _TEXT),
        Cast("indicator__sub_domain__name", _TEXT),
        Coalesce("value", 0, output_field=IntegerField()),
        Cast("assessment__ref", _TEXT),
        Cast("indicator__framework__scale", _TEXT),
        Value("", _TEXT),
    )


@compiled
def _told_of_ratings(*, site_id: int, codes: list[str], framework: str) -> Told:
    return _ratings_told(site_id, codes, framework)


@compiled
def _told_with_helped(*, site_id: int, codes: list[str], framework: str, day: dt.date) -> Told:
    helped = _told(
        published_in_networks_of(site_id, codes, framework, day),
        0,
        Cast("sub_domain__code", _TEXT),
        Cast("site__name", _TEXT),
        Value(0, IntegerField()),
        Cast("title", _TEXT),
        Cast("outcome", _TEXT),
        Cast("published_at", _TEXT),
    )
    return _ratings_told(site_id, codes, framework).union(helped, all=True)


def flags_of_weak_sub_domains(
    viewer: Viewer, site: Site, innovations: Sequence[Innovation]
) -> dict[int, list[Flag]]:
    """For :data:`portfolio.hooks.innovation_flags`: rules that the site's ratings and the idea meet.

    One query. Of one idea alone they say what raised the sub-domains elsewhere in the networks.
    """
    if not reads_flags(viewer, site):
        return {}
    asked = _asked_of(site, with_helped=len(innovations) == 1)
    helped = asked.helped if len(innovations) == 1 else {}
    # One flag for each rule, whichever ideas it is about.
    flags = [
        (rule, _flag(site, rule, asked.weak[rule.sub_domain], helped))
        for rule in rules().rules
        if rule.sub_domain in asked.weak
    ]
    found = {}
    for row in innovations:
        if met := [flag for rule, flag in flags if is_met(rule, row)]:
            found[row.pk] = met
    return found


def is_met(rule: Rule, innovation: Innovation) -> bool:
    """Whether a rule is about an idea like this."""
    return (
        rule.is_for_every_idea
        or innovation.innovation_type in rule.types
        or innovation.focus in rule.focus
        or innovation.source in rule.sources
        or bool(rule.areas & benefit_areas(innovation.benefits))
    )


def _flag(site: Site, rule: Rule, weak: Weak, helped: Mapping[str, list[Helped]]) -> Flag:
    report = reverse("maturity:report", kwargs={"site": site.slug, "ref": weak.assessment_ref})
    return Flag(
        title=rule.title,
        words=(
            f"{weak.name}: your site gave {weak.lowest} of its {weak.n}"
            f" {'rating' if weak.n == 1 else 'ratings'} as {weak.bottom}, the lowest. {rule.words}"
        ),
        href=f"{report}#{rule.sub_domain}",
        href_words="Your ratings",
        is_general=rule.is_for_every_idea,
        helped=tuple(helped.get(rule.sub_domain, ())),
    )
