"""What a round releases gives no site's rating away, and is otherwise worth reading."""

import json
import os
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.disclosure import (
    ALL,
    Basis,
    Member,
    Release,
    TooFewChanged,
    choose_groups,
    release_round,
    restate_round,
    shortfall,
)
from tests.hubapp.attacker import ABSENT, Found, exhaustively, literally

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
SCALE = (1, 3, 5)
VALUES = (1, 3, 5, None)
BANDS = ("wte:under-3", "wte:3-8", "wte:8-over")
KINDS = ("kind:acute", "kind:ambulance")
ONE = {"governance": ["GR1"]}
TWO = {"governance": ["GR1", "GR2"]}


def told(release):
    """All that anybody is told of ratings, as one text."""
    return json.dumps(release.to_dict(), sort_keys=True)


def first(members, values, k, sub_domains=None, candidates=(*BANDS, *KINDS)):
    return release_round(
        Basis(tuple(members), values),
        k=k,
        scale=SCALE,
        candidates=candidates,
        sub_domains=sub_domains or {"all": list(values)},
    )


@st.composite
def rounds(draw, largest=9, indicators=("GR1",)):
    """Members, ratings per indicator and k, of rounds that may or may not be large enough."""
    size = draw(st.integers(1, largest))
    bands = draw(st.sampled_from([BANDS, BANDS[:2], BANDS[:1]]))
    members = [
        Member(site, frozenset({draw(st.sampled_from(bands)), draw(st.sampled_from(KINDS))}))
        for site in range(size)
    ]
    likely = draw(st.sampled_from([VALUES, (1, 1, 1, 1, 3, 5), (3, 3, 3, 5, 5, 5, None)]))
    values = {
        code: {site: draw(st.sampled_from(likely)) for site in range(size)} for code in indicators
    }
    return members, values, draw(st.sampled_from([2, 2, 2, 3, 4, 5]))


# An example to read.

SMALL = [Member(site, frozenset({BANDS[0]})) for site in range(7)]
MEDIUM = [Member(site, frozenset({BANDS[1]})) for site in range(7, 10)]
LARGE = [Member(site, frozenset({BANDS[2]})) for site in range(10, 18)]


def test_eighteen_sites_and_what_is_shown_of_them():
    members = [*SMALL, *MEDIUM, *LARGE]
    values = {
        # The small mostly 1 and 3, the others mostly 3 and 5: every group is shown.
        "GR1": dict(enumerate([1, 1, 1, 1, 3, 3, 5, 3, 3, 3, 3, 5, 5, 5, 5, 5, 5, 1])),
        # Six of the seven small ones agree, which says too much of them: all together only.
        "GR2": dict(enumerate([1, 1, 1, 1, 1, 1, 5, 1, 1, 3, 3, 5, 5, 5, 5, 5, 5, 5])),
        # All but one agree: nothing.
        "GR3": dict(enumerate([1] * 17 + [5])),
        # Only four have rated: nothing, and not how many.
        "GR4": {0: 1, 1: 3, 8: 5, 12: 5},
    }
    release = first(members, values, k=5, sub_domains={"governance": list(values)})
    # Three sites between 3 and 8 WTE are too few to be a group; and with "8 and over" released
    # beside "under 3" they would be what is left of all.
    assert dict(release.groups) == {ALL: 18, BANDS[0]: 7}
    all_of_one = release.cell("GR1")
    assert (all_of_one.n, all_of_one.lower, all_of_one.median, all_of_one.upper) == (18, 1, 3, 5)
    small = release.cell("GR1", BANDS[0])
    assert (small.n, small.lower, small.median, small.upper) == (7, 1, 1, 3)
    assert release.cell("GR2").n == 18
    assert release.cell("GR2", BANDS[0]) is None
    assert release.cell("GR3") is None
    assert release.cell("GR4") is None
    pool = release.pools["governance"]
    assert (pool.shown, pool.of, pool.n) == (2, 4, 36)
    assert dict(pool.counts) == {1: 13, 3: 8, 5: 15}


# Nobody is read: every attacker, every world.


def told_of(members, k, codes):
    """What is told of ratings in their members' order; each different round computed once."""
    blocks = [
        [at for at, member in enumerate(members) if member.groups == groups]
        for groups in sorted({member.groups for member in members}, key=sorted)
    ]

    @cache
    def compute(*ratings):
        ratings = iter(ratings)
        values = {
            code: {
                members[at].site: value
                for block in blocks
                for at, value in zip(block, next(ratings), strict=True)
            }
            for code in codes
        }
        return told(first(members, values, k, {"governance": list(codes)}))

    def tell(world):
        # Sorted, each indicator for itself: who of a block gave which rating is not told, as
        # test_it_does_not_matter_who_is_who holds.
        return compute(
            *(
                tuple(sorted([world[at][position] for at in block], key=VALUES.index))
                for position in range(len(codes))
                for block in blocks
            )
        )

    return tell


@given(rounds(), st.data())
def test_an_attacker_finds_two_values_for_every_other_site(case, data):
    members, values, k = case
    attacker = data.draw(st.sampled_from([None, *range(len(members))]))
    truth = [(values["GR1"][member.site],) for member in members]
    possible = literally(told_of(members, k, ["GR1"]), truth, VALUES, attacker)
    for place, histories in enumerate(possible):
        assert place == attacker or all(len(each) > 1 for each in histories)


@given(rounds(largest=6, indicators=("GR1", "GR2")))
def test_nor_is_anybody_read_from_two_indicators_and_their_sum(case):
    members, values, k = case
    truth = [(values["GR1"][member.site], values["GR2"][member.site]) for member in members]
    tell = told_of(members, k, ["GR1", "GR2"])
    for attacker in (None, *range(len(members))):
        possible = literally(tell, truth, VALUES, attacker)
        for place, histories in enumerate(possible):
            assert place == attacker or all(len(each) > 1 for each in histories)


def partitions(total, least):
    """Sizes of blocks, each at least ``least``."""
    yield (total,)
    for part in range(least, total // 2 + 1):
        for rest in partitions(total - part, least):
            if rest[0] >= part:
                yield (part, *rest)


def structures():
    """Every k, and every way to split a round of up to 9 sites into blocks of more than k."""
    for k in (2, 3, 4, 5):
        for total in range(k + 1, 12 if DEEP else 10):
            for sizes in partitions(total, k + 1):
                yield k, sizes, [frozenset({BANDS[at % 3]}) for at in range(len(sizes) - 1)]
                if len(sizes) == 3 and DEEP:
                    # Two groups that overlap in the middle block.
                    yield (
                        k,
                        sizes,
                        [frozenset(BANDS[:1]), frozenset(BANDS[:2]), frozenset(BANDS[1:2])],
                    )


def members_of(sizes, groups):
    """Members by blocks; blocks beyond ``groups`` are in no group but "all"."""
    sites = iter(range(sum(sizes)))
    groups = [*groups, *[frozenset()] * (len(sizes) - len(groups))]
    return [
        [Member(next(sites), own) for _ in range(size)]
        for size, own in zip(sizes, groups, strict=True)
    ]


def flat(blocks):
    return [member for block in blocks for member in block]


def ratings_of(members, world, position=0):
    """``{site: rating}`` of a world of the exhaustive attacker."""
    histories = [history for each in world for history in each]
    return {
        member.site: history[position]
        for member, history in zip(members, histories, strict=True)
        if history[position] != ABSENT
    }


@pytest.mark.parametrize(("k", "sizes", "groups"), list(structures()))
def test_no_round_of_this_shape_gives_anybody_away(k, sizes, groups):
    """All ratings there can be, all attackers; and "all" with its counts is what they see."""
    members = flat(members_of(sizes, groups))
    assert len(choose_groups(members, k=k, candidates=BANDS)) == len(sizes)

    def tell(world):
        return told(first(members, {"GR1": ratings_of(members, world)}, k))

    worlds = exhaustively(tell, [(size, [(value,) for value in VALUES]) for size in sizes])
    assert worlds > 1


# The attacker is good enough: rules that look right and are not.


def cell_by_cell(blocks, groups, k, *, differ=2, ways=2, together=True):
    """A rule written down a second time, with its parts to be loosened.

    :param differ: how many ratings have to differ from the most frequent one
    :param ways: how many ways to fail "all" alone needs
    :param together: whether a group is shown only where all are; else each cell by itself
    """

    def enough(ratings):
        counts = Counter(value for value in ratings if value is not None)
        rated = sum(counts.values())
        return rated >= k + 1 and rated - counts.most_common(1)[0][1] >= differ

    def figures(ratings):
        return sorted(value for value in ratings if value is not None)

    everybody = [value for block in blocks for value in block]
    cells = {
        code: [value for at in places for value in blocks[at]] for code, places in groups.items()
    }
    if not together:
        return {
            code: figures(ratings)
            for code, ratings in {ALL: everybody, **cells}.items()
            if enough(ratings)
        }
    if all(enough(block) for block in blocks):
        return {code: figures(ratings) for code, ratings in {ALL: everybody, **cells}.items()}
    if not enough(everybody):
        return {}
    rated = [sum(value is not None for value in block) for block in blocks]
    failing = [
        (at, rating)
        for at in range(len(blocks))
        for rating in SCALE
        if everybody.count(rating) >= rated[at] + 1
    ]
    if min(rated) <= k or len(failing) >= ways:
        return {ALL: figures(everybody)}
    return {}


def attack_on(sizes, groups, k, **loosened):
    def tell(world):
        blocks = [[history[0] for history in each] for each in world]
        return str(cell_by_cell(blocks, groups, k, **loosened))

    # Fifteen sites and "not rated" would be many worlds, and are not needed to be caught.
    values = VALUES if sum(sizes) < 9 else SCALE
    return exhaustively(tell, [(size, [(value,) for value in values]) for size in sizes])


@pytest.mark.parametrize(
    ("sizes", "groups", "k", "loosened"),
    [
        # The one site that differs reads all the others.
        pytest.param((4,), {}, 3, {"differ": 1}, id="one site differs"),
        # "All" less the group is two sites.
        pytest.param((4, 2), {"small": [0]}, 3, {"together": False}, id="a small rest"),
        # Every rule of the group itself is kept, and the rest is large enough: but what is
        # withheld in one cell is told by the other two.
        pytest.param(
            (3, 3), {"small": [0], "large": [1]}, 2, {"together": False}, id="cell by cell"
        ),
        # "All" alone says that a block failed; with one way to fail, in which way.
        pytest.param((6, 9), {"small": [0]}, 5, {"ways": 1}, id="one way to fail"),
        pytest.param((6, 9), {"small": [0]}, 5, {"ways": 0}, id="no way to fail"),
    ],
)
def test_a_looser_rule_is_caught(sizes, groups, k, loosened):
    with pytest.raises(Found):
        attack_on(sizes, groups, k, **loosened)


def test_the_same_rule_unloosened_is_not_caught():
    attack_on((4,), {}, 3)
    attack_on((3, 3), {"small": [0], "large": [1]}, 2)
    attack_on((6, 9), {"small": [0]}, 5)


@given(
    st.data(), st.sampled_from([(2, (3,)), (2, (3, 5)), (2, (4, 3, 3)), (3, (6, 4)), (5, (7, 9))])
)
def test_the_rule_written_down_twice_shows_the_same(data, shape):
    k, sizes = shape
    blocks = members_of(sizes, [frozenset({band}) for band in BANDS[: len(sizes) - 1]])
    likely = data.draw(st.sampled_from([VALUES, (1, 1, 1, 1, 3), (3, 3, 3, 3, 5, 5, None)]))
    values = {member.site: data.draw(st.sampled_from(likely)) for member in flat(blocks)}
    release = first(flat(blocks), {"GR1": values}, k)
    again = cell_by_cell(
        [[values[member.site] for member in block] for block in blocks],
        {band: [at] for at, band in enumerate(BANDS[: len(sizes) - 1])},
        k,
    )
    assert set(release.cells.get("GR1", {})) == set(again)
    for code, ratings in again.items():
        cell = release.cell("GR1", code)
        assert (cell.n, cell.median) == (len(ratings), ratings[(len(ratings) + 1) // 2 - 1])


# What holds of every release.


@given(rounds(largest=40, indicators=("GR1", "GR2")))
def test_released_groups_differ_by_nobody_or_by_more_than_k(case):
    members, _, k = case
    codes = choose_groups(members, k=k, candidates=(*BANDS, *KINDS))
    groups = [{m.site for m in members if code == ALL or code in m.groups} for code in codes]
    for group in groups:
        assert len(group) > k
    for one, other in combinations(groups, 2):
        for rest in (one - other, other - one, one & other):
            assert not rest or len(rest) > k


@given(rounds(largest=40, indicators=("GR1", "GR2")))
def test_a_shown_cell_has_k_others_and_two_ratings_for_everybody_in_it(case):
    members, values, k = case
    release = first(members, values, k, TWO)
    for indicator, shown in release.cells.items():
        assert ALL in shown
        for code, cell in shown.items():
            ratings = sorted(
                value
                for member in members
                if code in {*member.groups, ALL}
                and (value := values[indicator][member.site]) is not None
            )
            assert cell.n == len(ratings) > k
            for at in range(len(ratings)):
                assert len({*ratings[:at], *ratings[at + 1 :]}) > 1
            # Counted afresh: the smallest rating that a quarter, half, three quarters reach.
            for share, shown_rating in ((1, cell.lower), (2, cell.median), (3, cell.upper)):
                reached = [
                    rating
                    for rating in SCALE
                    if 4 * sum(each <= rating for each in ratings) >= share * cell.n
                ]
                assert shown_rating == reached[0]


@given(rounds(largest=40, indicators=("GR1", "GR2")))
def test_sums_are_of_shown_indicators_only(case):
    members, values, k = case
    release = first(members, values, k, TWO)
    shown = [code for code in ("GR1", "GR2") if release.cell(code)]
    if not shown:
        assert not release.pools
        return
    pool = release.pools["governance"]
    for rating in SCALE:
        assert pool.counts[rating] == sum(
            list(values[code].values()).count(rating) for code in shown
        )
    assert (pool.shown, pool.of) == (len(shown), 2)
    assert pool.n == sum(release.cell(code).n for code in shown)


@given(rounds(largest=40, indicators=("GR1", "GR2")))
def test_of_what_is_withheld_nothing_is_kept(case):
    """Not even how many rated: other ratings that are withheld as well give the same release."""
    members, values, k = case
    release = first(members, values, k, TWO)
    for indicator in ("GR1", "GR2"):
        if not release.cell(indicator):
            assert told(first(members, {**values, indicator: {}}, k, TWO)) == told(release)


@given(rounds(largest=20, indicators=("GR1", "GR2")), st.randoms())
def test_it_does_not_matter_who_is_who(case, random):
    """Within a block, ratings may change hands, each indicator for itself."""
    members, values, k = case
    swapped = {}
    for code, ratings in values.items():
        swapped[code] = dict(ratings)
        for groups in {member.groups for member in members}:
            sites = [member.site for member in members if member.groups == groups]
            hands = random.sample(sites, len(sites))
            swapped[code].update(zip(sites, [ratings[site] for site in hands], strict=True))
    listed = random.sample(members, len(members))
    assert told(first(listed, swapped, k, TWO)) == told(first(members, values, k, TWO))


@given(rounds(largest=20, indicators=("GR1", "GR2")))
def test_releases_survive_json(case):
    members, values, k = case
    basis = Basis(tuple(members), values, frozenset({1, 2}))
    release = first(members, values, k, TWO)
    assert Release.from_dict(json.loads(json.dumps(release.to_dict()))) == release
    assert Basis.from_dict(json.loads(json.dumps(basis.to_dict()))) == basis


def test_250_sites_and_100_indicators_are_quick():
    """Seconds would show here; it takes well under one."""
    codes = [f"I{at}" for at in range(100)]
    members = [
        Member(site, frozenset({BANDS[site % 3], KINDS[site % 2], f"kind:{site % 5}"}))
        for site in range(250)
    ]
    values = {
        code: {site: VALUES[(site * 7 + at * site) % 4] for site in range(250)}
        for at, code in enumerate(codes)
    }
    release = first(members, values, 5, {"all": codes}, (*BANDS, *KINDS, "kind:0", "kind:1"))
    assert len(release.groups) > 3
    assert len(release.cells) > 50


@pytest.mark.parametrize(
    ("members", "values", "k", "sub_domains"),
    [
        (SMALL, {"GR1": {0: 1}}, 1, ONE),
        ([*SMALL, SMALL[0]], {"GR1": {0: 1}}, 5, ONE),
        (SMALL, {"GR1": {99: 1}}, 5, ONE),
        (SMALL, {"GR1": {0: 2}}, 5, ONE),
        (SMALL, {"GR9": {0: 1}}, 5, ONE),
        (SMALL, {"GR1": {0: 1}}, 5, {"a": ["GR1"], "b": ["GR1"]}),
    ],
)
def test_what_cannot_be_is_refused(members, values, k, sub_domains):
    with pytest.raises(ValueError, match=r"\w"):
        first(members, values, k, sub_domains)


# Restatements.


def story(editions, k, candidates=BANDS):
    """The releases of ``editions``: each (members, ratings of GR1, changed sites)."""
    told_so_far = []
    for number, (members, ratings, changed) in enumerate(editions, 1):
        basis = Basis(tuple(members), {"GR1": ratings}, frozenset(changed))
        if number == 1:
            release = release_round(basis, k=k, scale=SCALE, candidates=candidates, sub_domains=ONE)
        else:
            release = restate_round(told_so_far, basis)
        told_so_far.append((release, basis))
    return [release for release, _ in told_so_far]


def histories(pattern, values):
    """Histories of a site: letters are values, the same letter the same value, "-" is absence."""
    letters = sorted(set(pattern) - {"-"})
    found = [{}]
    for letter in letters:
        found = [{**each, letter: value} for each in found for value in values]
    return [tuple(ABSENT if at == "-" else each[at] for at in pattern) for each in found]


SOME = (1, 5, None)
RATED = (1, 5)
STORIES = [
    # (k, values, [(sites, groups, pattern over the releases)])
    pytest.param(2, VALUES, [(3, "", "aa"), (3, "", "-b")], id="three late"),
    pytest.param(3, RATED, [(4, "", "aa"), (4, "", "ab")], id="four reopened"),
    pytest.param(3, RATED, [(4, "", "aa"), (4, "", "ab"), (3, "", "-b")], id="reopened and late"),
    pytest.param(3, SOME, [(4, "", "aa"), (4, "", "a-"), (4, "", "-b")], id="left and late"),
    pytest.param(2, RATED, [(4, "s", "aa"), (4, "", "aa"), (4, "s", "ab")], id="in one group"),
    pytest.param(2, RATED, [(4, "s", "aa"), (4, "", "aa"), (4, "s", "-b")], id="late in one group"),
    pytest.param(2, RATED, [(4, "", "abb"), (4, "", "aab")], id="twice, others"),
    pytest.param(2, RATED, [(4, "", "aaa"), (4, "", "abc")], id="twice, the same"),
    pytest.param(2, RATED, [(4, "", "aab"), (4, "", "-bb"), (4, "", "aaa")], id="late, reopened"),
]
if DEEP:
    STORIES += [
        pytest.param(
            2, RATED, [(4, "", "aaa"), (4, "", "abb"), (4, "", "aab")], id="twice, some never"
        ),
        pytest.param(2, RATED, [(4, "", "abb"), (4, "", "abc")], id="twice, some again"),
        pytest.param(3, SOME, [(4, "", "aa"), (4, "", "ab")], id="four reopened, not rated"),
        pytest.param(
            2, SOME, [(4, "s", "aa"), (4, "", "aa"), (4, "s", "-b")], id="late in one, not rated"
        ),
        pytest.param(2, VALUES, [(3, "", "aa"), (3, "", "ab")], id="three reopened, all values"),
        pytest.param(
            2, RATED, [(4, "s", "aa"), (4, "", "aa"), (4, "s", "ab"), (4, "", "ab")], id="in both"
        ),
    ]


def telling(k, classes):
    """What is told of a world of sites of these classes, over all releases."""
    groups = [frozenset(BANDS[:1]) if code else frozenset() for _, code, _ in classes]
    blocks = members_of([size for size, _, _ in classes], groups)
    length = len(classes[0][2])

    def present(number):
        return [
            member
            for block, (_, _, pattern) in zip(blocks, classes, strict=True)
            if pattern[number] != "-"
            for member in block
        ]

    changed = [
        [
            member.site
            for block, (_, _, pattern) in zip(blocks, classes, strict=True)
            if number and pattern[number] != pattern[number - 1]
            for member in block
        ]
        for number in range(length)
    ]

    def editions(world):
        return [
            (present(number), ratings_of(flat(blocks), world, number), changed[number])
            for number in range(length)
        ]

    return editions


@pytest.mark.parametrize(("k", "values", "classes"), STORIES)
def test_releases_one_after_another_give_nobody_away(k, values, classes):
    editions = telling(k, classes)
    kinds = set()

    def tell(world):
        releases = story(editions(world), k)
        cell = releases[-1].cell("GR1")
        kinds.add(cell and cell.release)
        return "".join(map(told, releases))

    exhaustively(tell, [(size, histories(pattern, values)) for size, _, pattern in classes])
    # Withheld, kept and restated each time: all came up.
    assert kinds == {None, *range(1, len(classes[0][2]) + 1)}


def test_simply_releasing_again_is_caught():
    """Each release fine by itself, one site late: the difference is that site."""
    classes = [(4, "", "aa"), (1, "", "-b")]
    editions = telling(2, classes)

    def tell(world):
        return "".join(
            told(first(members, {"GR1": ratings}, 2)) for members, ratings, _ in editions(world)
        )

    with pytest.raises(Found):
        exhaustively(tell, [(size, histories(pattern, SOME)) for size, _, pattern in classes])


def closed(ratings, members=None):
    members = members or [Member(site) for site in ratings]
    basis = Basis(tuple(members), {"GR1": ratings})
    release = release_round(basis, k=5, scale=SCALE, candidates=BANDS, sub_domains=ONE)
    return release, basis


TWELVE = dict(enumerate([1, 1, 1, 3, 3, 5] * 2))


def later(ratings, changed):
    return Basis(tuple(Member(site) for site in ratings), {"GR1": ratings}, frozenset(changed))


def test_one_late_joiner_changes_nothing_and_is_told_how_many_it_takes():
    former = [closed(TWELVE)]
    late = later({**TWELVE, 12: 5}, [12])
    assert shortfall(former, late) == 5
    with pytest.raises(TooFewChanged, match="at least 5 more sites join or are reopened"):
        restate_round(former, late)


def test_six_late_joiners_change_the_figures():
    former = [closed(TWELVE)]
    late = later(
        {**TWELVE, **dict(zip(range(12, 18), [5, 5, 5, 5, 3, 3], strict=True))}, range(12, 18)
    )
    assert shortfall(former, late) == 0
    release = restate_round(former, late)
    assert release.number == 2
    assert dict(release.groups) == {ALL: 18}
    cell = release.cell("GR1")
    assert (cell.n, cell.median, cell.upper, cell.release) == (18, 3, 5, 2)
    assert dict(release.pools["governance"].counts) == {1: 6, 3: 6, 5: 6}


def test_late_joiners_who_agree_leave_the_figures_as_they_were():
    former = [closed(TWELVE)]
    late = later({**TWELVE, **dict.fromkeys(range(12, 18), 5)}, range(12, 18))
    release = restate_round(former, late)
    assert release.cell("GR1") == former[0][0].cell("GR1")
    assert dict(release.pools["governance"].counts) == {1: 6, 3: 4, 5: 2}
    # For good: reopened once more and now of several minds, it is still what it was.
    several = dict(zip(range(12, 18), [1, 1, 3, 3, 5, 5], strict=True))
    again = restate_round([*former, (release, late)], later({**TWELVE, **several}, range(12, 18)))
    assert again.cell("GR1") == former[0][0].cell("GR1")


def test_all_but_one_reopened_waits_for_the_last():
    former = [closed(TWELVE)]
    assert shortfall(former, later(TWELVE, range(11))) == 1
    assert shortfall(former, later(TWELVE, range(12))) == 0


def test_sites_that_only_leave_change_nothing():
    former = [closed({**TWELVE, **{site + 12: value for site, value in TWELVE.items()}})]
    assert shortfall(former, later(TWELVE, range(12, 24))) == 6


def test_a_site_stays_in_the_group_that_it_was_in():
    members = [*SMALL, *LARGE]
    ratings = {member.site: SCALE[member.site % 3] for member in members}
    former = [closed(ratings, members)]
    assert dict(former[0][0].groups) == {ALL: 15, BANDS[0]: 7, BANDS[2]: 8}
    grown = [replace(member, groups=frozenset({BANDS[2]})) for member in members]
    basis = Basis(tuple(grown), {"GR1": ratings}, frozenset(member.site for member in members))
    assert dict(restate_round(former, basis).groups) == {ALL: 15, BANDS[0]: 7, BANDS[2]: 8}


def test_changes_nobody_spoke_of_are_refused():
    former = [closed(TWELVE)]
    with pytest.raises(ValueError, match="not said to"):
        restate_round(former, later({**TWELVE, 0: 5}, range(1, 9)))


def test_a_round_too_small_at_first_releases_when_it_is_large_enough():
    small = closed({0: 1, 1: 3, 2: 5})
    assert (dict(small[0].groups), dict(small[0].cells)) == ({}, {})
    with pytest.raises(ValueError, match="first release"):
        restate_round([small], later(TWELVE, TWELVE))
    release = release_round(
        later(TWELVE, ()), k=5, scale=SCALE, candidates=BANDS, sub_domains=ONE, number=2
    )
    assert release.cell("GR1").release == 2
