"""The two clocks of an idea on its pages, what stops them, what they leave out, and the site's settings."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import link
from hubapp.events.models import Event
from portfolio.models import FrontDoor, Innovation, Message, TriageSettings
from portfolio.queries.clocks import clock_of
from portfolio.services import decisions, holds, messages, reasons, settings
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    # A Monday; sessions end before a fortnight does.
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False) as travelling:
        yield travelling


@pytest.fixture
def idea(site, clock):
    reasons.install_for_site(site=site, by=TEST)
    return factories.innovation(site, "Labels that stick", email="ann@test.example")


def url(name, idea):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref})


def page(client, address):
    return client.get(address, follow=True).content.decode()


def again(idea):
    return Innovation.objects.select_related("site", "submission__submitter").get(pk=idea.pk)


# -- acknowledging -----------------------------------------------------------------
def test_one_press_acknowledges_in_the_standard_words(hub, idea, clock):
    html = page(hub, idea.get_absolute_url())
    assert "Acknowledge by 4 November 2026: 2 working days left" in html
    clock.shift(dt.timedelta(days=1))
    done = hub.post(url("acknowledge", idea), follow=True).content.decode()
    assert "Acknowledged on 3 November 2026, after 1 working day" in done
    assert "We have read it" in Message.objects.get().body
    assert url("acknowledge", idea) not in done
    twice = hub.post(url("acknowledge", idea), follow=True).content.decode()
    assert "has written to the submitter already" in twice
    assert Message.objects.count() == 1


def test_it_goes_back_to_where_it_was_pressed(hub, idea):
    queue = reverse("portfolio:triage_item", kwargs={"site": idea.site.slug, "ref": idea.ref})
    assert url("acknowledge", idea) in page(hub, queue)
    response = hub.post(url("acknowledge", idea), {"next": queue})
    assert response["Location"] == queue
    elsewhere = hub.post(url("acknowledge", idea), {"next": "https://elsewhere.example/"})
    assert elsewhere["Location"] == idea.get_absolute_url()


def test_what_is_late_is_said_in_words_and_by_a_tag(hub, idea, clock):
    clock.shift(dt.timedelta(days=4))
    html = page(hub, idea.get_absolute_url())
    assert "Not acknowledged in time" in html
    assert "Should have been acknowledged by 4 November 2026, 2 working days ago" in html
    messages.acknowledge(innovation=again(idea), by=TEST)
    html = page(hub, idea.get_absolute_url())
    assert "Not acknowledged in time" not in html
    assert "it was due on 4 November 2026" in html


def test_without_an_address_nobody_is_acknowledged(hub, site, clock):
    idea = factories.innovation(site, "Overheard")
    html = page(hub, idea.get_absolute_url())
    assert url("acknowledge", idea) not in html
    assert "Acknowledge by" not in html


# -- stopping -------------------------------------------------------------------------
def test_the_clock_is_stopped_for_somebody_and_started_again(hub, idea, clock):
    form = {"waits_on": "function", "function": "ig", "reason": "assurance"}
    hub.post(url("hold", idea), {**form, "version": idea.version})
    clock.shift(dt.timedelta(days=3))
    html = page(hub, idea.get_absolute_url())
    assert "The clock stands still: waiting for information governance" in html
    assert "from 2 November 2026 until now, 3 working days" in html
    assert "With the hub 0, with information governance 3 working days" in html
    assert "Waiting for others" in html
    done = hub.post(url("resume", idea), follow=True).content.decode()
    assert "the clock runs" in done
    assert "from 2 November 2026 to 5 November 2026, 3 working days" in done
    assert "Taken up again; the clock runs" in done
    assert again(idea).due_on == dt.date(2026, 12, 3)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"reason": "advice"}, "Select who has to act"),
        ({"waits_on": "person"}, "Select what you are waiting for"),
        ({"waits_on": "function", "reason": "advice"}, "Select which enabling function"),
        (
            {"waits_on": "submitter", "reason": "advice"},
            "Choose the answer to “Who has to act?” from the list",
        ),
    ],
)
def test_a_stop_without_whom_or_why_gets_a_sentence(hub, idea, form, sentence):
    response = hub.post(url("hold", idea), {**form, "version": idea.version})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert again(idea).state == "waiting"


def test_a_function_folded_away_by_another_choice_is_not_meant(hub, idea):
    form = {"waits_on": "person", "function": "ig", "reason": "advice", "version": idea.version}
    assert hub.post(url("hold", idea), form).status_code == 302
    assert (again(idea).waits_on, again(idea).waits_on_function) == ("person", "")


def test_who_stops_it_second_is_told(hub, idea):
    form = {"waits_on": "person", "reason": "advice", "version": idea.version}
    hub.post(url("hold", idea), form)
    response = hub.post(url("hold", idea), form)
    assert response.status_code == 422
    assert "Somebody else changed this idea" in response.content.decode()


def test_every_stop_is_counted_for_whom_it_was(idea, clock):
    def days(count):
        clock.shift(dt.timedelta(days=count))

    def decide(kind, code):
        decisions.decide(
            innovation=again(idea), kind=kind, reason_code=code, words="Words", by=TEST
        )

    days(1)
    decide("ask", "evidence")
    days(2)
    messages.write_to_hub(innovation=again(idea), body="Here.", by=link(again(idea).submission.ref))
    days(5)
    holds.hold(
        innovation=again(idea), waits_on="function", function="ig", reason="assurance", by=TEST
    )
    days(1)
    decisions.resume(innovation=again(idea), by=TEST)
    days(1)
    decide("decline", "unsafe")
    days(30)
    seen = clock_of(again(idea))
    assert [(stop.who, stop.why, stop.days) for stop in seen.stops] == [
        ("The submitter", "More information", 2),
        ("Information governance", "Checks that have to be made", 1),
    ]
    assert seen.shares == (
        "with the hub 5, with the submitter 2, with information governance 1 working days"
    )
    assert [row.values for row in seen.chart.rows] == [[5, 2, 1]]
    assert seen.decide.words == "Decided on 12 November 2026, after 5 working days"
    assert not seen.decide.late


def test_an_imported_idea_has_no_clock(hub, site, clock):
    idea = factories.innovation(site, "Imported")
    Innovation.objects.filter(pk=idea.pk).update(
        clock_started_on=None, days_allowed=None, due_on=None, acknowledge_by=None
    )
    html = page(hub, idea.get_absolute_url())
    assert "No clock runs" in html
    assert "Exempt from the clock" not in html


# -- exempting --------------------------------------------------------------------------
def test_exempted_with_a_note_that_only_the_team_reads(hub, sign_in, site, idea):
    form = {"reason": "capacity", "note": "Half of us were away.", "version": idea.version}
    hub.post(url("exempt", idea), form)
    html = page(hub, idea.get_absolute_url())
    assert "Does not count against the clock: capacity" in html
    assert "Half of us were away." in html
    lifted = {"version": again(idea).version}
    executive = page(sign_in(factories.member(site, Role.EXECUTIVE)), idea.get_absolute_url())
    assert "capacity" in executive
    assert "Half of us" not in executive
    desk = sign_in(factories.member(site))
    done = desk.post(url("lift_exemption", idea), lifted, follow=True).content.decode()
    assert "counts against the clock again" in done
    assert not again(idea).exemption
    twice = desk.post(url("lift_exemption", idea), {}, follow=True).content.decode()
    assert "This idea is not exempt" in twice


def test_what_is_exempt_is_not_called_late(hub, idea, clock):
    holds.exempt(innovation=idea, reason="capacity", by=TEST)
    clock.shift(dt.timedelta(days=9))
    html = page(hub, idea.get_absolute_url())
    assert "Should have been acknowledged by" in html
    assert "Not acknowledged in time" not in html
    assert "Exempt from the clock" in html


def test_an_exemption_needs_a_reason_and_no_patient_number(hub, idea):
    missing = hub.post(url("exempt", idea), {"note": "x", "version": idea.version})
    assert "Select why it should not count" in missing.content.decode()
    number = {"reason": "capacity", "note": "About 943 476 5919", "version": idea.version}
    asked = hub.post(url("exempt", idea), number)
    assert asked.status_code == 422
    assert "NHS number" in asked.content.decode()


# -- settings -----------------------------------------------------------------------------
@pytest.fixture
def lead(sign_in, site):
    return sign_in(factories.member(site, Role.SITE_LEAD))


def settings_url(site):
    return reverse("portfolio:triage_settings", kwargs={"site": site.slug})


def typed(**changes):
    return {
        "acknowledge_days": 2,
        "decision_days": 20,
        "assessors_wanted": 1,
        "version": 1,
        "door_version": 1,
        **changes,
    }


def test_a_new_site_is_light_and_has_no_row(lead, site):
    form = lead.get(settings_url(site)).context["form"]
    assert {field.name: field.value() for field in form} == {
        **typed(),
        "asks_screening": False,
        "shows_published": False,
        "offers_introductions": False,
    }
    lead.post(settings_url(site), typed())
    assert not TriageSettings.objects.exists()
    assert not Event.objects.filter(verb="triage_settings.changed").exists()


def test_what_is_promised_counts_for_ideas_from_now_on(lead, site, idea):
    lead.post(settings_url(site), typed(acknowledge_days=3, decision_days=10, asks_screening="on"))
    stored = TriageSettings.objects.get()
    assert (stored.acknowledge_days, stored.asks_screening, stored.version) == (3, True, 2)
    assert FrontDoor.objects.get().decision_days == 10
    assert again(idea).acknowledge_by == dt.date(2026, 11, 4)
    later = factories.innovation(site, "Later", email="bob@test.example")
    assert (later.acknowledge_by, later.days_allowed) == (dt.date(2026, 11, 5), 10)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"acknowledge_days": 0}, "acknowledge_days"),
        ({"decision_days": 900}, "decision_days"),
        ({"assessors_wanted": "many"}, "assessors_wanted"),
    ],
)
def test_a_number_out_of_range_gets_a_sentence(lead, site, changes, name):
    response = lead.post(settings_url(site), typed(**changes))
    assert response.status_code == 422
    assert response.context["form"].errors[name]
    assert str(changes[name]) in response.content.decode()
    assert not TriageSettings.objects.exists()
    assert not FrontDoor.objects.exists()


def test_who_saves_second_compares_and_loses_nothing(lead, site):
    settings.change_desk(
        site=site, version=1, door_version=1, decision_days=15, assessors_wanted=3, by=TEST
    )
    response = lead.post(settings_url(site), typed(acknowledge_days=5))
    html = response.content.decode()
    assert response.status_code == 422
    assert "Somebody else changed these settings" in html
    assert "As they are now" in html
    form = response.context["form"]
    assert form["acknowledge_days"].value() == "5"
    values = {name: form[name].value() for name in form.fields}
    saved = lead.post(
        settings_url(site), {name: value for name, value in values.items() if value is not None}
    )
    assert saved.status_code == 302
    assert TriageSettings.objects.get().acknowledge_days == 5


def test_both_or_neither_are_saved(site):
    FrontDoor.objects.create(site=site, version=4)
    with pytest.raises(settings.Stale):
        settings.change_desk(
            site=site, version=1, door_version=3, decision_days=15, assessors_wanted=3, by=TEST
        )
    assert not TriageSettings.objects.exists()


def test_only_the_site_lead_changes_them(hub, site):
    assert hub.get(settings_url(site)).status_code == 403
    assert hub.post(settings_url(site), typed()).status_code == 403
