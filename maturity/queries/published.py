"""What a published framework asks, read once in a process: a published version never changes.

The rows are shared by everybody who asks, so nobody may change them.
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from hubapp.db.compiled import compiled
from maturity.models import Framework, Indicator, SubDomain

# Frameworks kept in a process; when there are more, the oldest goes.
MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The sub-domains of a framework with their domains, and the indicators with both; in order."""

    sub_domains: tuple[SubDomain, ...]
    indicators: tuple[Indicator, ...]

    @property
    def rated(self) -> list[SubDomain]:
        """The sub-domains that are rated, not described."""
        return [each for each in self.sub_domains if each.is_rated]


# By their random references, which no other framework ever gets.
_kept: dict[str, Asked] = {}


def asked_by(framework: Framework) -> Asked:
    """What one framework asks; two queries the first time, none later."""
    found = _kept.get(framework.ref)
    if found is None:
        found = _read(framework)
        if len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[framework.ref] = found
    return found


def _read(framework: Framework) -> Asked:
    sub_domains = _sub_domains(framework_id=framework.pk)
    by_pk = {each.pk: each for each in sub_domains}
    indicators = _indicators(framework_id=framework.pk)
    for sub_domain in sub_domains:
        sub_domain.framework = framework
    for row in indicators:
        row.sub_domain, row.framework = by_pk[row.sub_domain_id], framework
    return Asked(tuple(sub_domains), tuple(indicators))


@compiled
def _sub_domains(*, framework_id: int) -> QuerySet[SubDomain]:
    rows = SubDomain.objects.filter(framework=framework_id)
    return rows.select_related("domain").order_by("position")


@compiled
def _indicators(*, framework_id: int) -> QuerySet[Indicator]:
    return Indicator.objects.filter(framework=framework_id).order_by("position")
