"""What a maturity round releases to its sites, so that no figure gives one site's rating away.

Plain arithmetic on ids and values: no database. A round that closes calls
``release_round`` once; reopened assessments and late joiners change what was
released by ``restate_round`` only. Both answer with a frozen ``Release``, and
nothing else about other sites' ratings may be shown where ratings are not named.

**Words.** A *cell* is one indicator in one group. A site *stands in* a cell when
it rated the indicator; "not applicable" and "not answered" are both ``None``
here. A *block* is a set of sites that all released groups treat alike: sites
that are in exactly the same released groups (and, once restated, changed in
exactly the same restatements). Some ratings *pass* when at least k + 1 of them
are there and at least two differ from the most frequent one, so that whichever
site looks, k others stand there and hold two different ratings.

**Rule for a first release.**

1. The groups come from membership alone: "all", then the candidates in their
   order, each taken if every block then has at least k + 1 sites. Two groups, a
   group's rest and any overlap are made of whole blocks: they differ by 0 or by
   at least k + 1 sites.
2. Per indicator: every group is shown if every block passes. Else "all" alone
   is shown, if all ratings together pass and either some block has k ratings or
   fewer, or there are two *ways to fail*: two pairs of a block and a rating,
   where the rating was given more often in the whole round than the block has
   ratings. Else the indicator is withheld in every group, without its n.
3. A shown cell has n and the quartiles by nearest rank. "All" also has, per
   sub-domain, the counts of each rating over its shown indicators.

**Why nobody can be read from it.** The attacker is a site that knows its own
ratings, who is in which group, who rated which indicator, this rule, k, and all
that is released or withheld. We show that every other site could have given two
different ratings. Indicators are decided one by one and counts are sums, so it
is enough to change one indicator and keep what is told of it.

- *Every group shown.* All that is told, and that it is told, depends on the
  ratings in each block and not on who gave which. Two sites of one block may
  swap theirs. Each block passes, so beside the attacker it holds two different
  ratings, and every other site of it may have either.
- *Withheld.* If all others had given the same rating, whichever, at most one
  would differ, nothing would pass, and the same would be withheld.
- *"All" alone because a block has k ratings or fewer.* That stays so whoever
  gave which of the ratings, so any two sites of the round may swap theirs.
- *"All" alone because of two ways to fail.* What is told depends on all ratings
  together, and on some block failing. Let a site that rated u have rated some
  other y, and fill a block Z, all or all but one, with a rating v given at least
  once more than Z has ratings. That works unless both the attacker, who did not
  rate v, and a site that must move away from u = v are in Z: two would differ.
  Of two ways, either the blocks differ, and the site is in one of them only, or
  the ratings differ, and u is one of them only. So one way always works.
- *A site that did not rate* may have: it swaps with a site of its block that
  did. If no other of its block did, that block has at most two ratings
  afterwards, which is k or fewer, and it may swap with any site.

An outsider knows less than a site. Two sites that pool what they know, or one
person who works at two, know more: against them nothing is claimed.

**Rule for a restatement.** The caller says which sites changed: joined, left, or
were reopened, *by what was done and not by comparing ratings*, since sites can
see what was done. Groups and every site's place in them stay as they were first.
Blocks are split by who changed. It is refused (``TooFewChanged``) unless every
block has 0 or at least k + 1 sites before and after, and some changed site is
still there. An indicator is restated when each block passes with the new ratings and
with those of every former release. Else it keeps its former figures, marked with the
release that they are of. It then keeps them for good, and so do indicators shown for
"all" alone or withheld: some block failed, and whatever part of it is looked at later
fails as well.

- *Restated.* All that was ever told of it depends on the ratings in each of the
  finer blocks, in each release. Two sites of one may swap theirs; who did not
  change rated the same before and after, and swaps both.
- *Kept.* Had the changed sites of one block all rated alike now, whichever
  rating, it would have been kept whatever the others did. So new ratings may be
  anything, and former ones may be swapped as before. Later releases tell
  nothing of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

ALL = "all"
"""The code of the group of all sites of the round."""

SMALLEST_K = 2
"""With fewer than two others in a cell one site reads the other."""


class TooFewChanged(ValueError):
    """A restatement would give away who changed. ``more``: how many more have to, at least."""

    def __init__(self, more: int) -> None:
        self.more = more
        super().__init__(
            f"The figures stay as released until at least {more} more "
            f"{'site joins or is' if more == 1 else 'sites join or are'} reopened: "
            "with fewer, the difference would show whose ratings changed."
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A site of the round, and the codes of the candidate groups that it belongs to."""

    site: int
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release is computed from. Kept beside the release, never shown.

    :ivar members: the sites whose assessment is final
    :ivar values: per indicator, each site's rating; ``None`` or missing: not rated
    :ivar changed: sites that joined, left or were reopened since the former release;
        at the first release empty
    """

    members: tuple[Member, ...]
    values: Mapping[str, Mapping[int, int | None]]
    changed: frozenset[int] = frozenset()

    @property
    def sites(self) -> frozenset[int]:
        return frozenset(member.site for member in self.members)

    def ratings(self, indicator: str, sites: Iterable[int]) -> Counter[int]:
        """How often each rating was given by ``sites``, who rated."""
        given = self.values.get(indicator, {})
        return Counter(value for site in sites if (value := given.get(site)) is not None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it. Sites are pairs, since JSON has no numbers for keys."""
        return {
            "members": [[member.site, sorted(member.groups)] for member in self.members],
            "values": {code: sorted(given.items()) for code, given in sorted(self.values.items())},
            "changed": sorted(self.changed),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Basis:
        return cls(
            tuple(Member(site, frozenset(groups)) for site, groups in data["members"]),
            {code: dict(given) for code, given in data["values"].items()},
            frozenset(data["changed"]),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown of an indicator in a group: quartiles by nearest rank, never averages.

    :ivar n: sites that rated
    :ivar release: number of the release that the figures are of (1 is the first)
    """

    n: int
    lower: int
    median: int
    upper: int
    release: int = 1


@dataclass(frozen=True, slots=True)
class Pool:
    """All ratings of a sub-domain over its shown indicators, in the group of all sites.

    :ivar counts: for each rating of the scale, how often it was given
    :ivar shown: how many of the sub-domain's indicators are shown
    :ivar of: how many it has
    """

    counts: Mapping[int, int]
    shown: int
    of: int

    @property
    def n(self) -> int:
        """Ratings given, over sites and shown indicators."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Release:
    """What a round shows of its sites together. An indicator or group without a cell is withheld.

    :ivar number: 1 for the first, one more for each restatement
    :ivar groups: per released group, in order, how many sites it has; empty if the round is too
        small to release anything
    :ivar sub_domains: per sub-domain its indicators, in the framework's order
    :ivar cells: per indicator, per group; withheld ones are missing
    :ivar pools: per sub-domain that has a shown indicator
    """

    number: int
    k: int
    scale: tuple[int, ...]
    groups: Mapping[str, int]
    sub_domains: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(code for codes in self.sub_domains.values() for code in codes)

    def cell(self, indicator: str, group: str = ALL) -> Cell | None:
        """The figures, or ``None`` where they are withheld."""
        return self.cells.get(indicator, {}).get(group)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "number": self.number,
            "k": self.k,
            "scale": list(self.scale),
            # Pairs: JSON kept in a database may lose the order of keys.
            "groups": [[code, sites] for code, sites in self.groups.items()],
            "sub_domains": [[code, list(parts)] for code, parts in self.sub_domains.items()],
            "cells": {
                indicator: {
                    group: [cell.n, cell.lower, cell.median, cell.upper, cell.release]
                    for group, cell in shown.items()
                }
                for indicator, shown in self.cells.items()
            },
            "pools": {
                code: {"counts": list(pool.counts.items()), "shown": pool.shown, "of": pool.of}
                for code, pool in self.pools.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Release:
        return cls(
            number=data["number"],
            k=data["k"],
            scale=tuple(data["scale"]),
            groups=dict(data["groups"]),
            sub_domains={code: tuple(parts) for code, parts in data["sub_domains"]},
            cells={
                indicator: {group: Cell(*cell) for group, cell in shown.items()}
                for indicator, shown in data["cells"].items()
            },
            pools={
                code: Pool(dict(pool["counts"]), pool["shown"], pool["of"])
                for code, pool in data["pools"].items()
            },
        )


def choose_groups(
    members: Iterable[Member], *, k: int, candidates: Sequence[str]
) -> tuple[str, ...]:
    """The groups that a round of these members releases, by membership alone.

    :param candidates: codes in the order in which they are tried
    :returns: ``"all"`` and those taken; nothing if there are fewer than k + 1 members
    :raises ValueError: k under 2, or a site twice
    """
    members = tuple(members)
    _check_members(members, k)
    taken: tuple[str, ...] = ()
    for code in (ALL, *candidates):
        if code != ALL and not any(code in member.groups for member in members):
            continue
        blocks = _blocks(members, (*taken, code))
        if blocks and all(len(sites) > k for sites in blocks.values()):
            taken = (*taken, code)
        elif code == ALL:
            return ()
    return taken


def passes(ratings: Counter[int], k: int) -> bool:
    """Whether each who rated sees at least k others, among them two different ratings."""
    n = ratings.total()
    return n > k and n - max(ratings.values()) >= 2


def release_round(
    basis: Basis,
    *,
    k: int,
    scale: Sequence[int],
    candidates: Sequence[str],
    sub_domains: Mapping[str, Sequence[str]],
    number: int = 1,
) -> Release:
    """The first release of a round.

    :param k: how many others have to stand in a shown cell; at least 2
    :param scale: the ratings there are
    :param candidates: codes of groups in the order in which they are tried
    :param sub_domains: per sub-domain its indicators
    :param number: more than 1 if earlier ones had too few sites to release anything
    :raises ValueError: k under 2, a site or indicator twice, a rating off the scale or of a
        site that is no member, an unknown indicator
    """
    codes = choose_groups(basis.members, k=k, candidates=candidates)
    empty = Release(
        number=number,
        k=k,
        scale=tuple(scale),
        groups=_sizes(basis.members, codes),
        sub_domains={code: tuple(parts) for code, parts in sub_domains.items()},
    )
    _check_values(basis, empty)
    if not codes:
        return empty
    blocks = _blocks(basis.members, codes)
    cells: dict[str, Mapping[str, Cell]] = {}
    for indicator in empty.indicators:
        ratings = {key: basis.ratings(indicator, sites) for key, sites in blocks.items()}
        if all(passes(each, k) for each in ratings.values()):
            cells[indicator] = _cells(ratings, codes, number)
        elif _all_alone(list(ratings.values()), k):
            cells[indicator] = _cells(ratings, (ALL,), number)
    return _with_pools(empty, cells, {number: basis})


def shortfall(former: Sequence[tuple[Release, Basis]], basis: Basis) -> int:
    """How many more sites have to change, at least, before a restatement; 0: it may be made.

    It depends on who is there and who changed, never on ratings.
    """
    bases, codes, k = _history(former)
    after = [*bases, basis]

    def sizes(sites: frozenset[int]) -> list[int]:
        return [len(sites & each.sites) for each in after]

    missing = 0 if basis.changed & basis.sites else k + 1
    for sites in _blocks(_placed(after), codes, bases[1:]).values():
        changed = sizes(sites & basis.changed)
        same = sizes(sites - basis.changed)
        more = max((k + 1 - size for size in changed if 0 < size <= k), default=0)
        if any(0 < size - more <= k for size in same):
            # Too few would stay the same: they would be told by what did not change.
            more = max(same)
        missing += more
    return missing


def restate_round(former: Sequence[tuple[Release, Basis]], basis: Basis) -> Release:
    """The next release of a round that has released before.

    :param former: every release of the round with what it was computed from, oldest first
    :param basis: as things are now; who was there before keeps its groups, whatever it says
    :raises TooFewChanged: it would give away whose ratings changed
    :raises ValueError: a site's ratings or presence differ and it is not among the changed

    k, scale, groups and indicators are those of the first release. If none has released
    anything yet for want of sites, use ``release_round``.
    """
    bases, codes, k = _history(former)
    last = former[-1][0]
    _check_values(basis, last)
    _check_changed(bases[-1], basis)
    if more := shortfall(former, basis):
        raise TooFewChanged(more)
    bases.append(basis)
    number = last.number + 1
    members = [member for member in _placed(bases) if member.site in basis.sites]
    finer = _blocks(_placed(bases), codes, bases[1:]).values()
    now = _blocks(members, codes)
    parts = [(each, sites & each.sites) for sites in finer for each in bases]

    def passes_throughout(indicator: str) -> bool:
        return all(passes(each.ratings(indicator, part), k) for each, part in parts if part)

    cells: dict[str, Mapping[str, Cell]] = {}
    for indicator in last.cells:
        if passes_throughout(indicator):
            ratings = {key: basis.ratings(indicator, sites) for key, sites in now.items()}
            cells[indicator] = _cells(ratings, codes, number)
        else:
            cells[indicator] = last.cells[indicator]
    empty = replace(last, number=number, groups=_sizes(members, codes))
    numbers = [release.number for release, _ in former if release.groups]
    return _with_pools(empty, cells, dict(zip([*numbers, number], bases, strict=True)))


Key = tuple[frozenset[str], tuple[bool, ...]]
"""What a block's sites share: the released groups they are in, and which changes they were in."""


def _blocks(
    members: Iterable[Member], codes: Sequence[str], changes: Sequence[Basis] = ()
) -> dict[Key, frozenset[int]]:
    """The sites by what is told of them."""
    blocks: dict[Key, set[int]] = defaultdict(set)
    for member in members:
        groups = frozenset(codes) & (member.groups | {ALL})
        blocks[groups, tuple(member.site in each.changed for each in changes)].add(member.site)
    return {key: frozenset(sites) for key, sites in blocks.items()}


def _sizes(members: Sequence[Member], codes: Sequence[str]) -> dict[str, int]:
    return {code: sum(code in member.groups | {ALL} for member in members) for code in codes}


def _placed(bases: Sequence[Basis]) -> list[Member]:
    """Every site that ever was a member, in the groups that it was in first."""
    first: dict[int, Member] = {}
    for basis in bases:
        for member in basis.members:
            first.setdefault(member.site, member)
    return list(first.values())


def _history(former: Sequence[tuple[Release, Basis]]) -> tuple[list[Basis], tuple[str, ...], int]:
    """What former releases were computed from, the groups they released, and k."""
    released = [(release, basis) for release, basis in former if release.groups]
    if not released:
        raise ValueError("Nothing was released yet: this is a first release.")
    release = released[0][0]
    return [basis for _, basis in released], tuple(release.groups), release.k


def _all_alone(blocks: Sequence[Counter[int]], k: int) -> bool:
    """Whether "all" may be shown although some block does not pass, and that be known."""
    together: Counter[int] = Counter()
    for ratings in blocks:
        together.update(ratings)
    if not passes(together, k):
        return False
    if any(ratings.total() <= k for ratings in blocks):
        return True
    ways = sum(given > each.total() for each in blocks for given in together.values())
    return ways >= 2


def _cells(
    blocks: Mapping[Key, Counter[int]], codes: Sequence[str], number: int
) -> dict[str, Cell]:
    cells = {}
    for code in codes:
        ratings: Counter[int] = Counter()
        for (groups, _), each in blocks.items():
            if code in groups:
                ratings.update(each)
        # A group may have lost all its sites since it was first released.
        if ratings:
            in_order = sorted(ratings.elements())
            n = len(in_order)
            # Nearest rank: the smallest rating that at least this share did not exceed.
            lower, median, upper = (in_order[-(-n * share // 4) - 1] for share in (1, 2, 3))
            cells[code] = Cell(n, lower, median, upper, number)
    return cells


def _with_pools(
    empty: Release, cells: Mapping[str, Mapping[str, Cell]], bases: Mapping[int, Basis]
) -> Release:
    """The release with its cells, and what they sum to. ``bases``: by number of release."""
    pools = {}
    for code, indicators in empty.sub_domains.items():
        shown = [indicator for indicator in indicators if indicator in cells]
        if shown:
            counts: Counter[int] = Counter()
            for indicator in shown:
                basis = bases[cells[indicator][ALL].release]
                counts.update(basis.ratings(indicator, basis.sites))
            in_order = {rating: counts[rating] for rating in empty.scale}
            pools[code] = Pool(in_order, len(shown), len(indicators))
    return replace(empty, cells=cells, pools=pools)


def _check_members(members: Sequence[Member], k: int) -> None:
    if k < SMALLEST_K:
        raise ValueError(f"k is at least {SMALLEST_K}, not {k}.")
    if len({member.site for member in members}) < len(members):
        raise ValueError("A site is a member twice.")


def _check_values(basis: Basis, release: Release) -> None:
    _check_members(basis.members, release.k)
    if len(set(release.indicators)) < len(release.indicators):
        raise ValueError("An indicator is in two places.")
    if unknown := set(basis.values) - set(release.indicators):
        raise ValueError(f"Not indicators of this round: {', '.join(sorted(unknown))}.")
    sites = basis.sites
    for indicator, given in basis.values.items():
        for site, value in given.items():
            if site not in sites:
                raise ValueError(f"Site {site} rated {indicator} and is no member.")
            if value is not None and value not in release.scale:
                raise ValueError(f"{value} for {indicator} is not on the scale.")


def _check_changed(before: Basis, after: Basis) -> None:
    differ = set(before.sites ^ after.sites)
    for indicator in {*before.values, *after.values}:
        old, new = before.values.get(indicator, {}), after.values.get(indicator, {})
        differ.update(site for site in before.sites & after.sites if old.get(site) != new.get(site))
    if unsaid := differ - after.changed:
        raise ValueError(f"Sites that changed and are not said to: {sorted(unsaid)}.")
