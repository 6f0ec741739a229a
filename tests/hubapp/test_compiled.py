"""Queries that are built once: the same rows as built anew, and no answer of yesterday."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Person, Site, User
from hubapp.db.compiled import NotFixed, compiled
from portfolio.models import Innovation
from tests import factories

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@compiled
def members_at(*, site_ids: list[int], since: dt.datetime, but: int | None) -> QuerySet[User]:
    held = Membership.objects.filter(user=OuterRef("pk"), site_id__in=site_ids)
    rows = User.objects.filter(Exists(held), date_joined__gte=since).select_related("person")
    return (rows if but is None else rows.exclude(pk=but)).order_by("pk")


@pytest.fixture
def three(db):
    """Three sites with a member each."""
    sites = [factories.SiteFactory() for _ in range(3)]
    return sites, [factories.member(site) for site in sites]


def test_other_values_give_their_own_rows(three):
    sites, users = three
    for site, user in zip(sites, users, strict=True):
        assert members_at(site_ids=[site.pk], since=LONG_AGO, but=None) == [user]
    ids = [site.pk for site in sites]
    assert members_at(site_ids=ids[:2], since=LONG_AGO, but=None) == users[:2]
    assert members_at(site_ids=ids[1:], since=LONG_AGO, but=users[1].pk) == users[2:]
    assert members_at(site_ids=[], since=LONG_AGO, but=None) == []
    later = timezone.now() + dt.timedelta(days=1)
    assert members_at(site_ids=ids, since=later, but=None) == []


def test_rows_come_whole_with_what_is_joined_in_one_query(three):
    sites, users = three
    members_at(site_ids=[sites[0].pk], since=LONG_AGO, but=None)
    with CaptureQueriesContext(connection) as queries:
        (found,) = members_at(site_ids=[sites[1].pk], since=LONG_AGO, but=None)
        said = found.person.name, found.date_joined
    assert len(queries) == 1
    assert said == (users[1].person.name, users[1].date_joined)


def test_a_changed_row_is_read_as_it_is_now(three):
    sites, users = three
    before = members_at(site_ids=[sites[0].pk], since=LONG_AGO, but=None)
    Person.objects.filter(pk=users[0].person_id).update(name="Somebody else")
    after = members_at(site_ids=[sites[0].pk], since=LONG_AGO, but=None)
    assert before[0].person.name != after[0].person.name == "Somebody else"


def test_a_list_longer_than_any_page_is_read_too(three):
    sites, users = three
    ids = [site.pk for site in sites] + list(range(-200, 0))
    assert members_at(site_ids=ids, since=LONG_AGO, but=None) == users


def test_unions_of_texts_are_read_with_what_each_row_is(three):
    sites, _ = three

    @compiled
    def named(*, first: int, slug: str, day: dt.date) -> QuerySet:
        rows = Site.objects.filter(Q(closed_on=None) | Q(closed_on__gt=day)).order_by()
        one = rows.filter(pk=first).annotate(kind=Value("first"))
        other = rows.filter(slug=slug).annotate(kind=Value("100% other"))
        return one.values_list("kind", "pk").union(other.values_list("kind", "pk"), all=True)

    today = dt.date(2026, 3, 27)
    one, two, three_ = sites
    assert sorted(named(first=one.pk, slug=two.slug, day=today)) == [
        ("100% other", two.pk),
        ("first", one.pk),
    ]
    assert sorted(named(first=three_.pk, slug=one.slug, day=today)) == [
        ("100% other", one.pk),
        ("first", three_.pk),
    ]


def test_numbers_of_small_columns_are_compared_too(three):
    sites, _ = three

    @compiled
    def ready(*, site_id: int, most: int) -> QuerySet[Innovation]:
        return Innovation.objects.filter(site=site_id, trl__lte=most).order_by("trl")

    early, late = (factories.innovation(sites[0]) for _ in range(2))
    for idea, trl in ((early, 2), (late, 7)):
        Innovation.objects.filter(pk=idea.pk).update(trl=trl)
    assert ready(site_id=sites[0].pk, most=9) == [early, late]
    assert ready(site_id=sites[0].pk, most=5) == [early]
    assert ready(site_id=sites[1].pk, most=5) == []


def test_a_time_that_would_stay_as_it_was_is_refused():
    @compiled
    def lately(*, pk: int) -> QuerySet[User]:
        return User.objects.filter(pk=pk, date_joined__gte=timezone.now())

    @compiled
    def today(*, pk: int) -> QuerySet[Site]:
        return Site.objects.filter(pk=pk, closed_on=dt.date(2026, 3, 27))

    for read in (lately, today):
        with pytest.raises(NotFixed, match="Give dates and times"):
            read(pk=1)


def test_a_value_that_is_made_into_something_else_is_refused():
    @compiled
    def holding(*, words: str) -> QuerySet[Site]:
        return Site.objects.filter(name__contains=words)

    @compiled
    def first(*, most: int) -> QuerySet[Site]:
        return Site.objects.order_by("pk")[:most]

    with pytest.raises(NotFixed, match="depends on more"):
        holding(words="a")
    with pytest.raises(NotFixed, match="depends on more"):
        first(most=3)


def test_what_is_no_value_is_refused(three):
    @compiled
    def at(*, site: Site) -> QuerySet[Site]:
        return Site.objects.filter(pk=site.pk)

    with pytest.raises(NotFixed, match="site is neither"):
        at(site=three[0][0])
