"""Which ideas look alike, as stored for the queue; what is published; introductions elsewhere."""

import csv
import datetime as dt

import pytest
import time_machine
from django.db import connection

from accounts.enums import Role
from accounts.models import NetworkSite, Site
from hubapp.events.models import Event
from hubapp.notifications.models import Delivery
from hubapp.outbox.models import OutboxMessage
from hubapp.problems import Refused, Stale
from portfolio.models import Enquiry, Innovation, LookElsewhere, SimilarIdea, TriageSettings
from portfolio.queries import similar as queries
from portfolio.services import innovations, introductions, publishing, similar, submissions
from portfolio.similarity import Likeness
from tests import factories

BY = factories.TEST
SENSOR = "Wearable sensor for early pressure damage"


def similar_titles(innovation):
    viewer = factories.member(innovation.site).viewer
    return [pair.other.title for pair in queries.similar_to(viewer, innovation)]


def counts(site):
    return dict(Innovation.objects.filter(site=site).values_list("title", "similar_count"))


# -- stored by the task -----------------------------------------------------------
def test_a_received_idea_is_compared_by_the_task(site, run_outbox):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, "Sensor worn for early pressure damages")
    factories.innovation(site, "Carers stay during the memory clinic")
    run_outbox()
    assert similar_titles(first) == [second.title]
    assert similar_titles(second) == [first.title]
    assert counts(site) == {SENSOR: 1, second.title: 1, "Carers stay during the memory clinic": 0}
    assert Event.objects.filter(verb="innovation.similar_found").count() == 2


@pytest.mark.parametrize(
    "title",
    [
        "Early pressure damage sensor, wearable",
        "Wearable sensr for early presure damage",
        "Wearable senssor for erly pressure dammage",
        "Sensor that warns of pressure damage",
        "WEARABLE SENSORS: EARLY PRESSURE DAMAGE",
    ],
)
def test_edits_and_typos_are_found_among_many(site, title):
    for number in range(60):
        factories.innovation(site, f"Quieter bins number {number} on night wards")
    wanted = factories.innovation(site, SENSOR)
    asked = factories.innovation(site, title)
    assert similar.find_similar(innovation=asked, by=BY) == 1
    assert similar_titles(asked) == [wanted.title]


def test_the_same_text_under_another_title_is_found(site):
    told = (
        "Letters are written after the ward round, so patients wait for their tablets until the"
        " evening, blocking discharge lounges."
    )
    wanted = factories.innovation(site, "Home by noon", problem=told)
    asked = factories.innovation(site, "Print at the bedside", problem=told)
    similar.find_similar(innovation=asked, by=BY)
    assert similar_titles(asked) == [wanted.title]


def test_only_the_five_likest_are_stored_in_each_direction(site, run_outbox):
    for number in range(8):
        factories.innovation(site, f"{SENSOR} number {number}")
    run_outbox()
    assert set(counts(site).values()) == {5}
    stored = SimilarIdea.objects.values_list("innovation", flat=True)
    assert max(list(stored).count(pk) for pk in set(stored)) == 5


def test_another_site_is_never_looked_at(site, other_site, run_outbox):
    factories.innovation(site, SENSOR)
    factories.innovation(other_site, SENSOR)
    run_outbox()
    assert not SimilarIdea.objects.exists()


def test_a_corrected_title_is_compared_anew(site, run_outbox):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, "Carers stay during the memory clinic")
    run_outbox()
    assert not similar_titles(first)
    second.refresh_from_db()
    innovations.correct(innovation=second, title=SENSOR, by=BY)
    run_outbox()
    assert similar_titles(first) == [SENSOR]
    second.refresh_from_db()
    innovations.correct(innovation=second, title="Something else altogether", by=BY)
    run_outbox()
    assert not similar_titles(first)
    assert set(counts(site).values()) == {0}


def test_a_withdrawn_idea_is_like_nothing(site, run_outbox):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, SENSOR)
    run_outbox()
    submissions.withdraw(submission=second.submission, by=BY)
    run_outbox()
    assert not similar_titles(first)
    assert set(counts(site).values()) == {0}


def test_what_was_merged_into_an_idea_is_not_like_it(site, run_outbox):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, SENSOR)
    third = factories.innovation(site, f"{SENSOR} again")
    run_outbox()
    assert len(similar_titles(first)) == 2
    Innovation.objects.filter(pk=second.pk).update(state="merged", merged_into=first, due_on=None)
    # Not shown at once, before the task comes to it.
    assert similar_titles(first) == [third.title]
    second.refresh_from_db()
    similar.find_similar(innovation=second, by=BY)
    assert similar_titles(second) == [third.title]
    first.refresh_from_db()
    assert first.similar_count == 1


def test_changes_while_the_task_waits_are_one_task(site):
    idea = factories.innovation(site, SENSOR)
    for number in range(3):
        innovations.correct(innovation=idea, title=f"{SENSOR} {number}", by=BY)
    waiting = OutboxMessage.objects.filter(topic=similar.TOPIC)
    assert [message.payload for message in waiting] == [{"refs": [idea.ref]}]


def test_an_import_is_one_task_for_five_hundred(site):
    ideas = [Innovation(site=site, ref=f"{number:010d}") for number in range(1100)]
    similar.look_again_at(ideas)
    waiting = OutboxMessage.objects.filter(topic=similar.TOPIC).order_by("pk")
    assert [len(message.payload["refs"]) for message in waiting] == [500, 500, 100]


def test_comparing_again_changes_nothing(site, run_outbox):
    idea = factories.innovation(site, SENSOR)
    factories.innovation(site, SENSOR)
    run_outbox()
    before = list(SimilarIdea.objects.order_by("pk").values())
    told = Event.objects.count()
    idea.refresh_from_db()
    version = idea.version
    assert similar.find_similar(innovation=idea, by=BY) == 1
    assert list(SimilarIdea.objects.order_by("pk").values()) == before
    assert Event.objects.count() == told
    idea.refresh_from_db()
    assert idea.version == version, "nobody's page is out of date by it"


def test_titles_without_words_are_no_trouble(site, run_outbox):
    for title in (
        "???",
        "the of and",
        "a",
        "'; DROP TABLE",
        "at1 & (x | y):*",
        "%%%",
        "日本語のアイデア",
        "x" * 200,
    ):
        factories.innovation(site, title, problem="!!! & | :* ()")
    run_outbox()
    assert not OutboxMessage.objects.filter(topic=similar.TOPIC, done_at=None).exists()


@pytest.mark.postgresql
def test_candidates_come_from_the_indexes(site):
    for number in range(300):
        factories.innovation(site, f"Idea {number}") if number < 3 else None
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'portfolio_innovation'")
        names = {name for (name,) in cursor.fetchall()}
    assert {f"portfolio_innovation_like_{kind}" for kind in ("words", "letters", "texts")} <= names


# -- not the same -------------------------------------------------------------------
@pytest.fixture
def pair(site, run_outbox):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, SENSOR)
    run_outbox()
    return first, second


def test_a_pair_that_is_not_the_same_stays_hidden(pair, site, run_outbox):
    first, second = pair
    similar.dismiss(innovation=first, other=second, by=BY)
    assert not similar_titles(first)
    assert not similar_titles(second)
    assert set(counts(site).values()) == {0}
    assert SimilarIdea.objects.count() == 2, "the rows are kept"
    second.refresh_from_db()
    innovations.correct(innovation=second, title=f"{SENSOR} too", by=BY)
    run_outbox()
    assert not similar_titles(first)
    assert not similar_titles(second)
    similar.restore(innovation=second, other=first, by=BY)
    assert similar_titles(first)
    assert set(counts(site).values()) == {1}
    verbs = Event.objects.filter(verb__contains="similar_").values_list("verb", flat=True)
    assert {"innovation.similar_dismissed", "innovation.similar_restored"} <= set(verbs)


def test_saying_it_twice_or_of_an_old_page_is_refused(pair):
    first, second = pair
    version = SimilarIdea.objects.get(innovation=first).version
    similar.dismiss(innovation=first, other=second, version=version, by=BY)
    with pytest.raises(Refused, match="already"):
        similar.dismiss(innovation=first, other=second, by=BY)
    with pytest.raises(Stale):
        similar.restore(innovation=first, other=second, version=version, by=BY)
    with pytest.raises(Refused, match="do not look alike"):
        similar.dismiss(innovation=first, other=factories.innovation(first.site, "Else"), by=BY)


# -- who sees what --------------------------------------------------------------------
def test_a_confidential_idea_is_like_nothing_for_whoever_may_not_read_it(site, run_outbox):
    open_one = factories.innovation(site, SENSOR)
    factories.innovation(site, SENSOR, is_confidential=True)
    run_outbox()
    executive = factories.member(site, Role.EXECUTIVE).viewer
    desk = factories.member(site).viewer
    assert len(queries.similar_to(desk, open_one)) == 1
    assert queries.similar_to(executive, open_one) == []
    rows = Innovation.objects.visible_to(executive)
    assert not queries.with_similar(rows, executive, [site.pk]).exists()
    assert queries.with_similar(Innovation.objects.all(), desk, [site.pk]).count() == 2
    assert queries.like_typed(executive, [site], SENSOR) != []
    assert len(queries.like_typed(executive, [site], SENSOR)) == 1


def test_lists_filters_and_files_do_not_tell_of_a_confidential_idea(sign_in, site, run_outbox):
    idea = factories.innovation(site, SENSOR)
    factories.innovation(site, SENSOR, is_confidential=True)
    run_outbox()
    seen = {}
    for role in (Role.EXECUTIVE, Role.HUB_STAFF):
        client = sign_in(factories.member(site, role))
        page = client.get(f"/{site.slug}/innovations/?similar=yes").content.decode()
        found = client.get("/api/v1/innovations/?has_similar=true").json()["results"]
        without = client.get("/api/v1/innovations/?has_similar=false").json()["results"]
        file = b"".join(client.get(f"/{site.slug}/innovations/export.csv"))
        row = next(
            each
            for each in csv.DictReader(file.decode("utf-8-sig").splitlines())
            if each["Reference"] == idea.ref
        )
        refs = [each["ref"] for each in found], [each["ref"] for each in without]
        seen[role] = (
            idea.ref in page,
            idea.ref in refs[0],
            idea.ref in refs[1],
            row["Similar ideas"],
        )
    assert seen[Role.EXECUTIVE] == (False, False, True, "0")
    assert seen[Role.HUB_STAFF] == (True, True, False, "1")


@pytest.fixture
def showing(site):
    """A site that shows visitors what it published."""
    TriageSettings.objects.create(site=site, shows_published=True)
    return site


def publish(site, summary="A sensor that warns before pressure damages the skin", **fields):
    idea = factories.innovation(
        site, "Secret title of an inventor", idea="Hidden graphene", **fields
    )
    return publishing.publish(innovation=idea, summary=summary, by=BY)


@pytest.mark.parametrize("role", [None, Role.STAFF, Role.REVIEWER])
def test_who_may_not_read_the_portfolio_sees_only_what_was_published(showing, role):
    publish(showing)
    factories.innovation(showing, "Sensor that warns of pressure damage")
    viewer = factories.member(showing, role).viewer if role else None
    found = queries.like_typed(viewer, [showing], "Sensor that warns of pressure damage")
    assert [each.words for each in found] == [
        "A sensor that warns before pressure damages the skin"
    ]
    assert found[0].href == "" and found[0].state == ""  # noqa: PT018 - one thing: nothing but the summary


@pytest.mark.parametrize(
    "typed", ["Secret title of an inventor", "Hidden graphene inventor secret"]
)
def test_hidden_words_of_a_published_idea_cannot_be_guessed(showing, typed):
    publish(showing)
    assert queries.like_typed(None, [showing], typed) == []


def test_nothing_is_shown_by_default(site):
    publish(site)
    assert queries.like_typed(None, [site], "A sensor that warns before pressure damages") == []


def test_what_is_no_longer_public_is_gone_at_once(showing):
    typed = "A sensor that warns before pressure damages"
    idea = publish(showing)
    assert queries.like_typed(None, [showing], typed)
    submissions.withdraw(submission=idea.submission, by=BY)
    assert queries.like_typed(None, [showing], typed) == []


def test_publishing(site):
    idea = factories.innovation(site, SENSOR)
    publishing.publish(innovation=idea, summary="  A sensor. ", by=BY)
    idea.refresh_from_db()
    assert idea.public_summary == "A sensor."
    first = idea.published_at
    publishing.publish(innovation=idea, summary="A better sensor.", by=BY)
    assert idea.published_at == first
    publishing.unpublish(innovation=idea, by=BY)
    idea.refresh_from_db()
    assert (idea.public_summary, idea.published_at) == ("", None)
    assert publishing.unpublish(innovation=idea, by=BY) == idea, "twice is once"
    told = Event.objects.filter(subject_ref=idea.ref, verb__endswith="published")
    assert [event.verb for event in told.order_by("pk")] == [
        "innovation.published",
        "innovation.published",
        "innovation.unpublished",
    ]
    assert "sensor" not in str(list(told.values_list("changes", flat=True)))


@pytest.mark.parametrize(
    ("summary", "fields", "why"),
    [
        ("Open", {"is_confidential": True}, "confidential"),
        ("  ", {}, "Write the summary"),
        ("Ring 943 476 5919", {}, "NHS number"),
    ],
)
def test_what_cannot_be_published(site, summary, fields, why):
    idea = factories.innovation(site, SENSOR, **fields)
    with pytest.raises(Refused, match=why):
        publishing.publish(innovation=idea, summary=summary, by=BY)
    idea.refresh_from_db()
    assert idea.published_at is None


# -- introductions elsewhere ------------------------------------------------------------
@pytest.fixture
def two(site, other_site):
    """Two sites of a network in which the other one and a third offer introductions."""
    network = factories.NetworkFactory()
    factories.place(network, site)
    for offering in (other_site, factories.SiteFactory()):
        factories.place(network, offering)
        TriageSettings.objects.create(site=offering, offers_introductions=True)
    return site, other_site


def look(innovation):
    introductions.look_elsewhere(innovation=innovation, by=BY)
    return queries.elsewhere_for(innovation)


def test_a_team_elsewhere_works_on_this_and_nothing_more(two, run_outbox):
    site, other_site = two
    factories.innovation(other_site, SENSOR, email="inventor@test.example")
    mine = factories.innovation(site, SENSOR)
    run_outbox()
    found = queries.elsewhere_for(mine)
    assert found == queries.Elsewhere(asked_at=None)
    # Everything that the site's own records and events say of it.
    told = str(list(Event.objects.filter(site_id=site.pk).values()))
    assert other_site.code not in told
    assert other_site.ref not in told
    assert Innovation.objects.get(site=other_site).ref not in told


def test_asking_makes_an_enquiry_there_and_tells_nothing_else(two, run_outbox):
    site, other_site = two
    theirs = factories.innovation(other_site, SENSOR)
    mine = factories.innovation(site, SENSOR, idea="Our own hidden words", email="us@test.example")
    run_outbox()
    user = factories.member(site)
    deliveries = Delivery.objects.count()
    introductions.ask_for_introduction(innovation=mine, user=user, by=factories.actor_of(user))
    enquiry = Enquiry.objects.get()
    assert (enquiry.site, enquiry.kind, enquiry.state) == (other_site, "introduction", "open")
    assert enquiry.enquirer.email == user.person.email
    said = f"{enquiry.subject} {enquiry.detail}"
    assert site.name in said
    assert theirs.ref in said
    for secret in (mine.ref, mine.title, "hidden words", "us@test.example"):
        assert secret not in said
    assert Delivery.objects.count() == deliveries, "nobody is mailed"
    assert queries.elsewhere_for(mine).asked_at
    told = str(list(Event.objects.filter(site_id=site.pk).values()))
    assert other_site.ref not in told
    assert enquiry.ref not in told
    with pytest.raises(Refused, match="asked already"):
        introductions.ask_for_introduction(innovation=mine, user=user, by=BY)
    assert Enquiry.objects.count() == 1


def test_many_teams_look_like_one(two):
    site, other_site = two
    third = Site.objects.exclude(pk__in=[site.pk, other_site.pk]).get()
    factories.innovation(other_site, SENSOR)
    one = factories.innovation(site, SENSOR)
    assert look(one) == queries.Elsewhere()
    factories.innovation(third, SENSOR)
    many = factories.innovation(site, SENSOR)
    assert look(many) == queries.Elsewhere()
    user = factories.member(site)
    introductions.ask_for_introduction(innovation=many, user=user, by=BY)
    assert {enquiry.site for enquiry in Enquiry.objects.all()} == {other_site, third}


@pytest.mark.parametrize("why", ["two", "offers", "closed", "left", "elsewhere"])
def test_where_one_site_alone_could_be_meant_nothing_is_said(two, why):
    """Trying to learn what the only other site has: neither a new idea nor one looked for before tells."""
    site, other_site = two
    third = Site.objects.exclude(pk__in=[site.pk, other_site.pk]).get()
    factories.innovation(other_site, SENSOR)
    before = factories.innovation(site, SENSOR)
    assert look(before), "two could be meant"
    if why == "two":
        NetworkSite.objects.filter(site=third).delete()
    elif why == "offers":
        TriageSettings.objects.filter(site=third).update(offers_introductions=False)
    elif why == "closed":
        Site.objects.filter(pk=third.pk).update(closed_on=factories.today())
    elif why == "left":
        yesterday = factories.today() - dt.timedelta(days=1)
        NetworkSite.objects.filter(site=third).update(valid_to=yesterday)
    else:
        # In a network with the other one, and not with whoever asks.
        NetworkSite.objects.filter(site=third).delete()
        theirs = factories.NetworkFactory()
        for one in (other_site, third):
            factories.place(theirs, one)
    assert queries.elsewhere_for(before) is None
    user = factories.member(site)
    with pytest.raises(Refused, match="nobody to ask"):
        introductions.ask_for_introduction(innovation=before, user=user, by=BY)
    assert look(factories.innovation(site, SENSOR)) is None
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize(
    "why", ["off", "network", "left", "confidential", "declined", "mine", "close"]
)
def test_what_hides_that_somebody_works_on_it(site, other_site, two, why):
    their_title, fields = SENSOR, {}
    if why == "close":
        their_title = "Sensor that warns of heel damage"
    if why == "confidential":
        fields = {"is_confidential": True}
    theirs = factories.innovation(other_site, their_title, **fields)
    mine = factories.innovation(site, SENSOR, is_confidential=why == "mine")
    if why == "off":
        TriageSettings.objects.update(offers_introductions=False)
    elif why == "network":
        NetworkSite.objects.filter(site=other_site).delete()
    elif why == "left":
        NetworkSite.objects.filter(site=other_site).update(
            valid_to=factories.today() - dt.timedelta(days=1)
        )
    elif why == "declined":
        Innovation.objects.filter(pk=theirs.pk).update(state="declined", due_on=None)
    assert look(mine) is None


@pytest.mark.parametrize("change", ["off", "confidential", "declined"])
def test_what_changes_later_hides_it_again(two, change):
    site, other_site = two
    theirs = factories.innovation(other_site, SENSOR)
    mine = factories.innovation(site, SENSOR)
    assert look(mine)
    if change == "off":
        TriageSettings.objects.update(offers_introductions=False)
    elif change == "confidential":
        Innovation.objects.filter(pk=theirs.pk).update(is_confidential=True)
    else:
        Innovation.objects.filter(pk=theirs.pk).update(state="declined", due_on=None)
    assert queries.elsewhere_for(mine) is None
    with pytest.raises(Refused, match="nobody to ask"):
        introductions.ask_for_introduction(innovation=mine, user=factories.member(site), by=BY)
    assert not Enquiry.objects.exists()


def test_guessing_with_made_up_titles_leads_nowhere(two, run_outbox):
    """One title for an idea, fifty ideas a day, none from a file, none while typing."""
    site, other_site = two
    theirs = factories.innovation(other_site, SENSOR)
    probe = factories.innovation(site, "Something that nobody has")
    run_outbox()
    assert queries.elsewhere_for(probe) is None
    probe.refresh_from_db()
    innovations.correct(innovation=probe, title=SENSOR, by=BY)
    run_outbox()
    assert queries.elsewhere_for(probe) is None, "a corrected title asks nothing again"
    imported = factories.innovation(site, SENSOR)
    Innovation.objects.filter(pk=imported.pk).update(channel="import")
    imported.refresh_from_db()
    LookElsewhere.objects.filter(innovation=imported).delete()
    assert look(imported) is None
    desk = factories.member(site).viewer
    typed = queries.like_typed(desk, [site], SENSOR)
    assert all(theirs.get_absolute_url() != each.href for each in typed)


def test_a_day_has_so_many_looks(two, monkeypatch):
    site, other_site = two
    factories.innovation(other_site, SENSOR)
    monkeypatch.setattr(introductions, "LOOKS_A_DAY", 2)
    ideas = [factories.innovation(site, SENSOR) for _ in range(3)]
    assert [bool(look(idea)) for idea in ideas] == [True, True, False]
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)):
        assert look(ideas[2]), "tomorrow"


def test_one_idea_sent_to_both_sites_is_no_news(two):
    site, other_site = two
    mine = factories.innovation(site, SENSOR)
    innovations.open_at_site(
        submission=mine.submission, site=other_site, at=mine.received_at, by=BY
    )
    assert look(mine) is None


def test_scores_in_words(pair):
    first, _ = pair
    viewer = factories.member(first.site).viewer
    assert queries.likeness_of(queries.similar_to(viewer, first)[0]) == Likeness.SAME
