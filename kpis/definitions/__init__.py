"""What each KPI means and how it is counted; the registry of all of them."""

from kpis.definitions.base import Contribution, Definition, Result
from kpis.definitions.innovations import (
    DECIDED_ON_TIME,
    INNOVATIONS_SUBMITTED,
    MEDIAN_DAYS_TO_DECISION,
)

# In the order in which pages, files and the API list them.
REGISTRY: dict[str, Definition] = {
    definition.key: definition
    for definition in (INNOVATIONS_SUBMITTED, MEDIAN_DAYS_TO_DECISION, DECIDED_ON_TIME)
}


def fingerprint() -> str:
    """Which definitions in which versions there are; months computed under another are computed again."""
    return ",".join(f"{definition.key}:{definition.version}" for definition in REGISTRY.values())


__all__ = ["REGISTRY", "Contribution", "Definition", "Result", "fingerprint"]
