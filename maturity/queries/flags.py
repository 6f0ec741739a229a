"""What a site's own weak sub-domains say about ideas, for its desk alone: its ratings are its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Subquery
from django.urls import reverse

from accounts.models import Site
from accounts.viewers import Viewer
from maturity.enums import Answer
from maturity.flag_rules import Rule, rules
from maturity.models import Rating
from maturity.queries.actions import latest_counted, published_elsewhere, reads_flags
from portfolio.hooks import Flag, Helped
from portfolio.models import Innovation
from portfolio.queries.classification import benefit_areas_of


@dataclass(frozen=True, slots=True)
class Weak:
    """One weak sub-domain: how many of how many ratings are the lowest, and where that was said."""

    name: str
    assessment_ref: str
    bottom: int
    lowest: int
    n: int


# Where a request keeps them: the queue asks for its rows and for the idea beside them.
KEPT = "_weak_sub_domains"


def weak_sub_domains(site: Site) -> dict[str, Weak]:
    """Code → weak sub-domain of the site's latest self-assessment that counts, of those with a rule; one query.

    Asked for once of one ``site`` object, which lives as long as a request does.
    """
    kept = vars(site).get(KEPT)
    if kept is None:
        kept = vars(site)[KEPT] = _weak_sub_domains(site)
    return kept


def _weak_sub_domains(site: Site) -> dict[str, Weak]:
    wanted = rules()
    latest = latest_counted(site.pk, wanted.framework)
    rows = Rating.objects.filter(
        assessment=Subquery(latest.values("pk")),
        is_current=True,
        answer=Answer.RATED,
        indicator__sub_domain__code__in=[rule.sub_domain for rule in wanted.rules],
    ).values_list(
        "indicator__sub_domain__code",
        "indicator__sub_domain__name",
        "value",
        "assessment__ref",
        "indicator__framework__scale",
    )
    ratings: dict[str, list[int]] = {}
    facts: dict[str, tuple[str, str, int]] = {}
    for code, name, value, ref, scale in rows:
        ratings.setdefault(code, []).append(value or 0)
        facts[code] = (name, ref, min(point["value"] for point in scale))
    found = {}
    for code, values in ratings.items():
        name, ref, bottom = facts[code]
        lowest = values.count(bottom)
        if wanted.is_weak(lowest, len(values)):
            found[code] = Weak(name, ref, bottom, lowest, len(values))
    return found


def flags_of_weak_sub_domains(
    viewer: Viewer, site: Site, innovations: Sequence[Innovation]
) -> dict[int, list[Flag]]:
    """For :data:`portfolio.hooks.innovation_flags`: rules that the site's ratings and the idea meet.

    One query for a page; one more where a rule asks for benefit areas, and, of
    one idea alone, one for what raised the sub-domains elsewhere in the networks.
    """
    if not reads_flags(viewer, site):
        return {}
    weak = weak_sub_domains(site)
    matter = [rule for rule in rules().rules if rule.sub_domain in weak]
    if not matter:
        return {}
    areas: Mapping[int, set[str]] = {}
    if any(rule.areas for rule in matter):
        areas = benefit_areas_of([row.pk for row in innovations])
    met = {
        row.pk: [rule for rule in matter if is_met(rule, row, areas.get(row.pk, set()))]
        for row in innovations
    }
    helped: dict[str, list[Helped]] = {}
    if len(innovations) == 1 and any(met.values()):
        codes = [rule.sub_domain for rule in met[innovations[0].pk]]
        helped = {
            code: [Helped(each.site_name, each.title, each.outcome) for each in found]
            for code, found in published_elsewhere(site, codes, rules().framework).items()
        }
    return {
        pk: [_flag(site, rule, weak[rule.sub_domain], helped) for rule in found]
        for pk, found in met.items()
        if found
    }


def is_met(rule: Rule, innovation: Innovation, areas: set[str]) -> bool:
    """Whether a rule is about an idea like this."""
    return (
        rule.is_for_every_idea
        or innovation.innovation_type in rule.types
        or innovation.focus in rule.focus
        or innovation.source in rule.sources
        or bool(rule.areas & areas)
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
