"""Where the portfolio asks upper apps, in bulk: one call for a page of ideas, never one for a row.

Upper apps register in their ``wiring.py``, as with :mod:`hubapp.hooks`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.hooks import Registry
from portfolio.models import Innovation


@dataclass(frozen=True, slots=True)
class Helped:
    """What helped elsewhere, in the words of who did it."""

    who: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Flag:
    """What the desk should know when it decides on an idea.

    ``title`` is a few words ("Handover risk"), also for a mark on a row;
    ``words`` one sentence; ``href`` where it comes from, for this viewer.
    """

    title: str
    words: str
    href: str = ""
    href_words: str = ""
    # Said of every idea, so that a mark on a row would tell nothing.
    is_general: bool = False
    helped: tuple[Helped, ...] = ()


# Innovation id -> the codes of its benefit areas; ideas without any may be left out.
Areas = Mapping[int, set[str]]
# (viewer, site, innovations, their benefit areas) -> {innovation id: flags}: of ideas of one site on one page.
# Ideas without flags may be left out. A hook decides who may see its flags, and asks the database at most once.
FlagsOf = Callable[[Viewer, Site, Sequence[Innovation], Areas], dict[int, list[Flag]]]
innovation_flags: Registry[FlagsOf] = Registry()


def flags_of(
    viewer: Viewer, site: Site, innovations: Iterable[Innovation], areas: Areas
) -> dict[int, list[Flag]]:
    """The flags of every app for a page of ideas, by the id of the idea.

    :param areas: their benefit areas, which the page has read
    """
    rows = list(innovations)
    found: dict[int, list[Flag]] = {}
    if not rows:
        return found
    for hook in innovation_flags:
        for pk, flags in hook(viewer, site, rows, areas).items():
            found.setdefault(pk, []).extend(flags)
    return found


def flags_of_one(viewer: Viewer, site: Site, innovation: Innovation, areas: set[str]) -> list[Flag]:
    """The flags of every app for one idea, with what helped elsewhere; ``areas`` are its benefit areas."""
    return flags_of(viewer, site, [innovation], {innovation.pk: areas}).get(innovation.pk, [])
