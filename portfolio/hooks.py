"""Where the portfolio asks upper apps, in bulk: one call for a page of ideas, never one for a row.

Upper apps register in their ``wiring.py``, as with :mod:`hubapp.hooks`.
"""

from collections.abc import Callable, Iterable, Sequence
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


# (viewer, site, innovations) -> {innovation id: flags}: of ideas of one site on one page. Ideas without
# flags may be left out. A hook decides who may see its flags, and asks the database at most once.
FlagsOf = Callable[[Viewer, Site, Sequence[Innovation]], dict[int, list[Flag]]]
innovation_flags: Registry[FlagsOf] = Registry()


def flags_of(
    viewer: Viewer, site: Site, innovations: Iterable[Innovation]
) -> dict[int, list[Flag]]:
    """The flags of every app for a page of ideas, by the id of the idea."""
    rows = list(innovations)
    found: dict[int, list[Flag]] = {}
    if not rows:
        return found
    for hook in innovation_flags:
        for pk, flags in hook(viewer, site, rows).items():
            found.setdefault(pk, []).extend(flags)
    return found


def flags_of_one(viewer: Viewer, site: Site, innovation: Innovation) -> list[Flag]:
    """The flags of every app for one idea, with what helped elsewhere."""
    return flags_of(viewer, site, [innovation]).get(innovation.pk, [])
