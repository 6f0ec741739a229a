"""Pages of a list: walked to the end, forwards and back, they are the list."""

import datetime as dt
import secrets

import pytest
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubapp.db.search import Holding, containing, fold
from hubapp.web import paging
from hubapp.web.paging import counted, counted_by_reading, keyset_page, so_many_of
from portfolio.models import Innovation
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db

DAY = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
WORDS = ("clinic", "cl", "ward", "100%", "a_b", "back\\slash", "’quoted’", "café", "ﬁt")


def put(site, texts):
    """Rows of these texts, several to an hour, so that the id has to break ties."""
    rows = [
        Innovation(
            ref=secrets.token_hex(5).upper(),
            site=site,
            channel="front_door",
            title=text or "-",
            search_text=fold(text),
            state_since=DAY,
            queued_at=DAY + dt.timedelta(hours=(number * 7) % 11),
        )
        for number, text in enumerate(texts)
    ]
    Innovation.objects.bulk_create(rows)
    return Innovation.objects.filter(site=site)


def walk(rows, *, order, size, holding):
    """Every page forwards, and then every page back from the last."""
    forwards, cursor = [], ""
    while True:
        page = keyset_page(rows, order=order, cursor=cursor, size=size, holding=holding)
        forwards.append(page)
        if not page.next:
            break
        cursor = page.next
        assert len(page.rows) == size
    back, page = [], forwards[-1]
    while page.previous:
        page = keyset_page(rows, order=order, cursor=page.previous, size=size, holding=holding)
        back.append(page)
    return forwards, back


def ids(pages):
    return [[row.pk for row in page.rows] for page in pages]


texts = st.lists(
    st.lists(st.sampled_from([*WORDS, "other", "words"]), max_size=4).map(" ".join), max_size=45
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=texts,
    asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
    order=st.sampled_from(["queued_at", "-queued_at"]),
    size=st.integers(1, 7),
    read_first=st.sampled_from([(3, 9), (10, 30), (100, 1500)]),
)
def test_the_pages_of_words_are_what_a_plain_filter_keeps(
    texts, asked, order, size, read_first, monkeypatch
):
    monkeypatch.setattr(paging, "READ_FIRST", read_first)
    rows = put(SiteFactory(), texts)
    kept = [row for row in rows if all(word in row.search_text for word in fold(asked).split())]
    kept.sort(key=lambda row: (row.queued_at, row.pk), reverse=order.startswith("-"))
    wanted = [row.pk for row in kept]
    forwards, back = walk(rows, order=order, size=size, holding=Holding("search_text", asked))
    assert [pk for page in ids(forwards) for pk in page] == wanted
    # Going back shows the pages that were seen, and ends at the first.
    assert ids(back) == ids(forwards)[-2::-1] if len(forwards) > 1 else back == []
    assert forwards[0].is_whole == (len(forwards) == 1)
    # Both ways of asking for the words find the same, as does the list without pages.
    plain = rows.order_by(order, order.replace("queued_at", "pk")).filter(
        containing("search_text", asked)
    )
    assert [row.pk for row in plain] == wanted


@pytest.mark.parametrize("read_first", [(3, 9), (100, 1500)])
@pytest.mark.parametrize("share", [1, 2, 5, 40])
def test_a_word_is_found_however_common_it_is(monkeypatch, read_first, share):
    monkeypatch.setattr(paging, "READ_FIRST", read_first)
    rows = put(SiteFactory(), ["clinic" if number % share == 0 else "" for number in range(60)])
    put(SiteFactory(), ["clinic"] * 5)
    for order in ("queued_at", "-queued_at"):
        forwards, _ = walk(rows, order=order, size=4, holding=Holding("search_text", "clinic"))
        assert sum(map(len, ids(forwards))) == len(range(0, 60, share))


def test_a_common_word_fills_a_page_with_one_statement_that_asks_no_index(
    django_assert_num_queries,
):
    rows = put(SiteFactory(), ["clinic"] * 30)
    with django_assert_num_queries(1):
        page = keyset_page(rows, order="queued_at", holding=Holding("search_text", "clinic"))
    assert (page.is_common, page.is_whole, len(page.rows)) == (True, False, 25)


def test_a_short_list_is_read_once(django_assert_num_queries):
    rows = put(SiteFactory(), ["clinic", "ward", "ward"])
    with django_assert_num_queries(1):
        page = keyset_page(rows, order="queued_at", holding=Holding("search_text", "clinic"))
    assert (len(page.rows), page.is_whole) == (1, True)


def test_counts_stop_at_a_thousand(monkeypatch):
    monkeypatch.setattr(paging, "COUNT_STOPS_AT", 10)
    monkeypatch.setattr(paging, "PAST_COUNTING", "10+")
    site = SiteFactory()
    rows = put(site, ["clinic"] * 11 + ["ward"] * 10)
    clinics, wards = (rows.filter(containing("search_text", word)) for word in ("clinic", "ward"))
    assert [counted(each) for each in (clinics, wards, Innovation.objects.none(), rows)] == [
        "10+", "10", "0", "10+",
    ]  # fmt: skip
    # As a column beside others: as far as it has to be counted.
    (told,) = type(site).objects.filter(pk=site.pk).annotate(n=so_many_of(rows)).values_list("n")
    assert told == (11,)


def test_reading_counts_what_it_read_and_says_when_that_is_not_enough(monkeypatch):
    monkeypatch.setattr(paging, "COUNT_STOPS_AT", 10)
    monkeypatch.setattr(paging, "PAST_COUNTING", "10+")
    rows = put(SiteFactory(), ["ward", "clinic", "clinic"] * 7)

    def count(word, reading):
        monkeypatch.setattr(paging, "READ_TO_COUNT", reading)
        return counted_by_reading(rows, order="queued_at", holding=Holding("search_text", word))

    assert count("ward", 21) == "7"
    assert count("ward", 20) in ("7", "7+")  # the last hour may be whole
    assert count("ward", 3) == "1+"
    assert count("clinic", 21) == "10+"


def test_what_was_found_before_the_end_is_said_roundly():
    said = [paging.at_least(number) for number in (7, 42, 347, 1000, 1001)]
    assert said == ["7+", "42+", "340+", "1,000+", "1,000+"]


def test_a_page_of_words_reads_no_more_rows_than_it_said(monkeypatch):
    """What is read in order ends with the value of the last row that was to be read."""
    from django.db import connection

    monkeypatch.setattr(paging, "READ_FIRST", (5, 50))
    rows = put(SiteFactory(), [""] * 40)
    with CaptureQueriesContext(connection) as queries:
        page = keyset_page(rows, order="queued_at", holding=Holding("search_text", "zeppelin"))
    # None among five: the index is asked next.
    assert (page.rows, page.is_whole, len(queries)) == ([], True, 2)
