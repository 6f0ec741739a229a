"""Deciding: worded, previewed, held ten minutes, undone by a row, once."""

import threading

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import link
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused, Stale
from portfolio.models import Decision, Innovation
from portfolio.services import decisions, innovations, messages, reasons
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db
NOON = "2026-11-02T12:00:00Z"


@pytest.fixture
def idea(site):
    reasons.install_for_site(site=site, by=TEST)
    with time_machine.travel("2026-11-02T11:00:00Z", tick=False):
        return factories.innovation(site, "Labels that stick", email="ann@test.example", name="Ann")


def url(name, idea, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


def form(idea, **changes):
    return {
        "kind": "decline",
        "reason": "no-capacity",
        "words": "Sorry, not now.",
        "next_step": "Try again in May.",
        "version": idea.version,
        "do": "preview",
        **changes,
    }


def decide(idea, kind="decline", code="no-capacity", **more):
    return decisions.decide(
        innovation=idea, kind=kind, reason_code=code, words="Sorry, not now.", by=TEST, **more
    )


# -- the pages ------------------------------------------------------------------
def test_every_kind_is_on_one_page(hub, idea):
    html = hub.get(url("decide", idea)).content.decode()
    for kind in ("scoping", "ask", "signpost", "park", "merge", "decline"):
        assert f'value="{kind}"' in html


def test_without_scripts_a_kind_brings_its_reasons_by_continue(hub, idea):
    page = {"kind": "decline", "shown": "", "version": idea.version, "do": "preview"}
    response = hub.post(url("decide", idea), page)
    html = response.content.decode()
    assert response.status_code == 200
    assert "We could not support it properly" in html
    assert "There is a problem" not in html
    assert response.context["form"]["shown"].value() == "decline"


def test_another_kind_keeps_what_was_typed_but_not_standard_words(hub, idea):
    page = form(idea, kind="park", shown="decline", words="My own.", next_step="")
    kept = hub.post(url("decide", idea), page).context["form"]
    assert kept["words"].value() == "My own."
    standard = idea.site.decision_reasons.get(code="no-capacity").words
    page["words"] = standard
    assert not hub.post(url("decide", idea), page).context["form"]["words"].value()


def test_nothing_chosen_gets_a_sentence(hub, idea):
    response = hub.post(url("decide", idea), {"kind": "", "shown": "", "version": idea.version})
    assert response.status_code == 422
    assert "Select what you decide" in response.content.decode()


def test_the_standard_words_come_by_a_button(hub, idea):
    response = hub.post(url("decide", idea), form(idea, words="", next_step="", do="words"))
    html = response.content.decode()
    assert "We would rather tell you so now" in html
    assert "send the idea again in six months" in html


def test_another_reason_brings_its_words_but_keeps_what_was_typed(hub, idea):
    reason = idea.site.decision_reasons.get(code="unsafe")
    standard = idea.site.decision_reasons.get(code="no-capacity").words
    swapped = hub.post(url("decide", idea), form(idea, reason="unsafe", words=standard, do="words"))
    assert swapped.context["form"]["words"].value() == reason.words
    kept = hub.post(url("decide", idea), form(idea, reason="unsafe", words="My own.", do="words"))
    assert kept.context["form"]["words"].value() == "My own."
    replaced = hub.post(
        url("decide", idea), form(idea, reason="unsafe", words="My own.", do="replace")
    )
    assert replaced.context["form"]["words"].value() == reason.words


def test_with_scripts_only_the_words_come_back(hub, idea):
    data = form(idea, words="", next_step="", do="words")
    response = hub.post(url("decide", idea), data, headers={"HX-Request": "true"})
    html = response.content.decode()
    assert "We would rather tell you so now" in html
    assert "<html" not in html


def test_the_preview_is_the_mail_but_for_the_link(hub, idea, run_outbox):
    with time_machine.travel(NOON, tick=False) as clock:
        [shown_mail] = hub.post(url("decide", idea), form(idea)).context["mails"]
        preview = shown_mail["mail"]
        assert not Decision.objects.exists()
        hub.post(url("decide", idea), form(idea, do="confirm"))
        clock.shift(601)
        run_outbox()
    sent = mail.outbox[-1]
    assert sent.subject == preview.subject
    lines = [line for line in sent.body.splitlines() if "http" not in line]
    shown = [line for line in preview.body.splitlines() if "link to their own page" not in line]
    assert lines == shown
    # The link opens the submitter's page as themselves: nobody else is shown it.
    assert "/track/" not in preview.body


def test_going_back_keeps_everything(hub, idea):
    response = hub.post(url("decide", idea), form(idea, do="back"))
    back = response.context["form"]
    assert {name: back[name].value() for name in ("reason", "words", "next_step")} == {
        "reason": "no-capacity",
        "words": "Sorry, not now.",
        "next_step": "Try again in May.",
    }
    assert response.status_code == 200


def test_without_words_the_standard_ones_are_previewed(hub, idea):
    response = hub.post(url("decide", idea), form(idea, words="", next_step=""))
    assert "We would rather tell you so now" in response.context["mails"][0]["mail"].body


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Select the reason"),
        ({"reason": "made-up"}, "Choose reason from the list"),
        ({"words": "x" * 5000}, "must be 4000 characters or fewer"),
    ],
)
def test_a_wrong_form_gets_a_sentence_and_keeps_what_was_typed(hub, idea, changes, sentence):
    for do in ("preview", "confirm"):
        response = hub.post(url("decide", idea), form(idea, do=do, **changes))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert "Try again in May." in response.content.decode()
    assert not Decision.objects.exists()


def test_confirming_decides_and_says_until_when(hub, hub_user, idea):
    with time_machine.travel(NOON, tick=False):
        response = hub.post(url("decide", idea), form(idea, do="confirm"), follow=True)
        html = response.content.decode()
    decision = Decision.objects.get()
    assert (decision.kind, decision.reason_code, decision.words) == (
        "decline",
        "no-capacity",
        "Sorry, not now.",
    )
    assert (decision.actor_kind, decision.actor_ref) == ("user", hub_user.ref)
    assert "12:10pm" in html
    assert url("undo", idea, decision=decision.ref) in html
    idea.refresh_from_db()
    assert idea.state == "declined"


def test_without_an_address_the_pages_say_that_nobody_is_mailed(hub, site):
    reasons.install_for_site(site=site, by=TEST)
    idea = factories.innovation(site, "Overheard")
    preview = hub.post(url("decide", idea), form(idea))
    assert "nobody gets an email" in preview.content.decode()
    done = hub.post(url("decide", idea), form(idea, do="confirm"), follow=True)
    assert "Nobody is mailed" in done.content.decode()
    assert not Delivery.objects.filter(kind="portfolio.decision").exists()


def test_who_comes_second_sees_what_the_first_did_and_keeps_their_words(hub, site, idea):
    colleague = factories.member(site)
    reason = idea.site.decision_reasons.get(code="fits-priority")
    page = form(idea, words="My careful answer.", do="confirm")
    decisions.decide(
        innovation=Innovation.objects.get(pk=idea.pk),
        kind="scoping",
        reason_code=reason.code,
        words="Yes!",
        by=colleague.actor,
    )
    response = hub.post(url("decide", idea), page)
    html = response.content.decode()
    assert response.status_code == 422
    assert "Taken forward to scoping: Fits one of our priorities" in html
    assert str(colleague) in html
    assert "My careful answer." in html
    assert Decision.objects.count() == 1


def test_a_change_that_is_no_decision_can_be_decided_after_a_second_look(hub, hub_user, idea):
    page = form(idea, do="confirm")
    innovations.assign(innovation=Innovation.objects.get(pk=idea.pk), to=hub_user, by=TEST)
    again = hub.post(url("decide", idea), page)
    assert again.status_code == 422
    page["version"] = again.context["form"]["version"].value()
    assert hub.post(url("decide", idea), page).status_code == 302


def test_what_is_decided_is_not_asked_again(hub, idea):
    decide(idea)
    response = hub.get(url("decide", idea), follow=True)
    assert response.redirect_chain[-1][0] == idea.get_absolute_url()
    assert "not waiting for a decision: declined" in response.content.decode()


def test_while_we_wait_for_the_submitter_asking_again_is_no_choice(hub, idea):
    decide(idea, "ask", "evidence")
    html = hub.get(url("decide", idea)).content.decode()
    assert 'value="ask"' not in html
    assert 'value="decline"' in html


def test_an_nhs_number_in_the_answer_draws_a_warning(hub, idea):
    html = hub.post(url("decide", idea), form(idea, words="About 943 476 5919.")).content.decode()
    assert "This may hold an NHS number" in html


def test_only_the_desk_decides(sign_in, site, idea):
    for role in (Role.EXECUTIVE, Role.PPIE_LEAD):
        client = sign_in(factories.member(site, role))
        assert client.get(url("decide", idea)).status_code == 403
        assert client.post(url("decide", idea), form(idea, do="confirm")).status_code == 403
    assert not Decision.objects.exists()


def test_a_site_without_reasons_is_told_where_they_are(hub, site):
    idea = factories.innovation(site)
    html = hub.get(url("decide", idea) + "?kind=decline").content.decode()
    assert reverse("portfolio:reasons", kwargs={"site": site.slug}) in html


def test_undoing_by_its_button(hub, idea):
    decision = decide(idea)
    response = hub.post(url("undo", idea, decision=decision.ref), follow=True)
    assert "waits for a decision again" in response.content.decode()
    again = hub.post(url("undo", idea, decision=decision.ref), follow=True)
    assert "undone already" in again.content.decode()
    idea.refresh_from_db()
    assert idea.state == "waiting"


# -- held, undone, sent ---------------------------------------------------------------
def test_the_answer_is_not_sent_before_ten_minutes_have_passed(idea, run_outbox):
    with time_machine.travel(NOON, tick=False) as clock:
        run_outbox()
        mail.outbox.clear()
        decide(idea)
        clock.shift(599)
        run_outbox()
        assert mail.outbox == []
        clock.shift(2)
        run_outbox()
    [sent] = mail.outbox
    assert sent.to == ["ann@test.example"]
    assert "Sorry, not now." in sent.body


def test_an_undone_answer_is_never_sent(idea, run_outbox):
    with time_machine.travel(NOON, tick=False) as clock:
        run_outbox()
        mail.outbox.clear()
        decisions.undo(decision=decide(idea), by=TEST)
        clock.shift(3600)
        run_outbox()
    assert mail.outbox == []
    assert Delivery.objects.get(kind="portfolio.decision").cancelled_at is not None


def test_undoing_puts_state_and_clock_back(idea):
    with time_machine.travel(NOON, tick=False):
        before = {
            name: getattr(idea, name)
            for name in ("state", "due_on", "first_decided_on", "decision_days")
        }
        decision = decide(idea)
        reversal = decisions.undo(decision=decision, by=TEST)
    idea.refresh_from_db()
    assert {name: getattr(idea, name) for name in before} == before
    assert (reversal.kind, reversal.reverses, reversal.number) == ("undo", decision, 2)
    assert decide(idea).number == 3


def test_it_is_too_late_once_the_answer_has_left(idea):
    with time_machine.travel(NOON, tick=False) as clock:
        decision = decide(idea)
        clock.shift(600)
        with pytest.raises(Refused, match="can no longer be undone"):
            decisions.undo(decision=decision, by=TEST)


def test_what_followed_is_not_undone_from_below(idea):
    with time_machine.travel(NOON, tick=False) as clock:
        asked = decide(idea, "ask", "evidence")
        clock.shift(60)
        decide(idea)
        with pytest.raises(Refused, match="Something has happened"):
            decisions.undo(decision=asked, by=TEST)


def test_taking_up_again_by_the_desk_starts_the_clock(hub, idea):
    decide(idea, "ask", "evidence")
    hub.post(url("resume", idea))
    idea.refresh_from_db()
    assert idea.state == "waiting"
    assert idea.due_on is not None
    assert "not waiting for anybody" in hub.post(url("resume", idea), follow=True).content.decode()


# -- messages ----------------------------------------------------------------------------
def test_a_message_goes_out_once_however_often_the_button_is_pressed(hub, idea, run_outbox):
    run_outbox()
    mail.outbox.clear()
    page = url("message", idea)
    key = hub.get(page).context["form"]["once_key"].value()
    for _ in range(2):
        assert hub.post(page, {"body": "How many wards?", "once_key": key}).status_code == 302
    run_outbox()
    [sent] = mail.outbox
    assert "How many wards?" in sent.body
    assert "How many wards?" in hub.get(idea.get_absolute_url()).content.decode()


def test_an_empty_message_is_refused_with_a_sentence(hub, idea):
    response = hub.post(url("message", idea), {"body": "  "})
    assert response.status_code == 422
    assert "Enter your message" in response.content.decode()


def test_the_history_tells_everything_in_order(hub, hub_user, idea):
    with time_machine.travel(NOON, tick=False) as clock:
        for step in (
            lambda: innovations.assign(innovation=idea, to=hub_user, by=hub_user.actor),
            lambda: innovations.correct(
                innovation=idea, innovation_type="device", by=hub_user.actor
            ),
            lambda: decide(idea, "ask", "evidence"),
            lambda: clock.shift(1200),
            lambda: messages.write_to_hub(
                innovation=idea, body="Here.", by=link(idea.submission.ref)
            ),
            lambda: idea.refresh_from_db(),
            lambda: decisions.undo(decision=decide(idea), by=hub_user.actor),
        ):
            clock.shift(60)
            step()
        response = hub.get(idea.get_absolute_url())
    titles = [entry.title for entry in response.context["history"].entries]
    assert titles == [
        "Undone before the answer left: declined",
        "Declined: We could not support it properly",
        "The submitter answered; the clock runs again",
        "Message from the submitter",
        "More was asked for: We need to know what has been tried",
        "Type set to device or diagnostic",
        f"Assigned to {hub_user}",
        "Received",
    ]


# -- two at once -----------------------------------------------------------------------------
def test_the_same_page_cannot_decide_twice(idea):
    stale = Innovation.objects.get(pk=idea.pk)
    decide(idea)
    with pytest.raises(Stale):
        decide(stale, version=stale.version)
    assert Decision.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_and_only_one_decision():
    site = factories.SiteFactory()
    reasons.install_for_site(site=site, by=TEST)
    for _ in range(5):
        idea = factories.innovation(site, email="ann@test.example")
        start, results = threading.Barrier(2), []

        def press(code, pk=idea.pk, start=start, results=results):
            try:
                mine = Innovation.objects.get(pk=pk)
                start.wait()
                results.append(decide(mine, code=code, version=mine.version))
            except Stale as stale:
                results.append(stale)
            finally:
                connections.close_all()

        threads = [
            threading.Thread(target=press, args=(code,)) for code in ("no-capacity", "unsafe")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert sorted(type(result).__name__ for result in results) == ["Decision", "Stale"]
        assert Decision.objects.filter(innovation=idea).count() == 1
        assert (
            Delivery.objects.filter(kind="portfolio.decision").count() == Decision.objects.count()
        )
