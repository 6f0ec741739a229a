"""Which weak sub-domains matter to which ideas: data, in a file for each framework and version."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).resolve().parent / "insites.v1.json"
# Names of conditions in the file.
CONDITIONS = ("types", "focus", "sources", "areas")


@dataclass(frozen=True, slots=True)
class Rule:
    """One weak sub-domain and the ideas to which it matters; no condition: to every idea."""

    sub_domain: str
    title: str
    words: str
    types: frozenset[str] = frozenset()
    focus: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    @property
    def is_for_every_idea(self) -> bool:
        """Whether it has no condition."""
        return not (self.types or self.focus or self.sources or self.areas)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one framework, by its key; ``weak_at_least`` in per cent of a sub-domain's ratings."""

    framework: str
    weak_at_least: int
    rules: tuple[Rule, ...]

    def is_weak(self, lowest: int, n: int) -> bool:
        """Whether so many lowest ratings of so many make a sub-domain weak; nothing rated is not weak."""
        return n > 0 and 100 * lowest >= self.weak_at_least * n


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The shipped rules, read once."""
    data = json.loads(FILE.read_bytes())
    return Rules(
        data["framework"],
        data["weak_at_least"],
        tuple(
            Rule(
                each["sub_domain"],
                each["title"],
                each["words"],
                **{name: frozenset(each.get("when", {}).get(name, ())) for name in CONDITIONS},
            )
            for each in data["rules"]
        ),
    )
