"""Assessing, blacking out, correcting, enquiries and reasons, as the desk does them in the browser."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from portfolio.models import Answer, Assessment, Checklist, DecisionReason, Enquiry, Redaction
from portfolio.services import assessments, enquiries, reasons
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def idea(site):
    return factories.innovation(
        site, "Labels", idea="For Ada, 943 476 5919.", email="ann@test.example"
    )


@pytest.fixture
def checklist():
    return Checklist.objects.get(key="manchester-8", version=1)


def url(name, where, **more):
    site = getattr(where, "site", where)
    ref = {} if where is site else {"ref": where.ref}
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **ref, **more})


# -- assess ------------------------------------------------------------------
def test_answers_can_be_saved_in_parts_and_are_there_when_one_comes_back(hub, hub_user, idea):
    page = url("assess", idea)
    response = hub.post(
        page,
        {"do": "save", "version": 0, "answer-relevance": "partly", "note-relevance": "Ask Ward 3"},
        follow=True,
    )
    assert "1 partly; 7 not answered" in response.content.decode()
    form = hub.get(page).context["form"]
    assert (form["answer-relevance"].value(), form["note-relevance"].value()) == (
        "partly",
        "Ask Ward 3",
    )
    assert Assessment.objects.get().done_at is None


def test_finishing_names_what_is_not_answered_and_keeps_the_rest(hub, idea):
    response = hub.post(
        url("assess", idea),
        {"do": "finish", "version": 0, "answer-relevance": "yes", "note-relevance": "Kept"},
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert "Interoperability: choose an answer, or save and finish later" in html
    assert "Relevance: choose an answer" not in html
    assert "Kept" in html
    assert not Answer.objects.exists()


def test_finished_answers_are_seen_by_colleagues_and_unfinished_ones_are_not(
    hub, site, idea, checklist
):
    done, busy = factories.member(site), factories.member(site)
    for user, notes in ((done, "Seen by all"), (busy, "Still thinking")):
        answers = {item.code: ("yes", notes) for item in checklist.items.all()}
        assessment = assessments.save_answers(
            innovation=idea, checklist=checklist, answers=answers, by=user.actor, assessor=user
        )
        if user == done:
            assessments.finish(assessment=assessment, by=user.actor)
    html = hub.get(idea.get_absolute_url()).content.decode()
    assert "Seen by all" in html
    assert "Still thinking" not in html


def test_the_next_step_is_to_assess_and_then_to_decide(hub, hub_user, idea, checklist):
    def main_button():
        html = hub.get(idea.get_absolute_url()).content.decode()
        return html.split('<a class="nhsuk-button" ')[1].split(">")[1].split("<")[0]

    assert main_button() == "Assess"
    answers = {item.code: ("no", "") for item in checklist.items.all()}
    assessment = assessments.save_answers(
        innovation=idea, checklist=checklist, answers=answers, by=hub_user.actor, assessor=hub_user
    )
    assert main_button() == "Go on assessing"
    assessments.finish(assessment=assessment, by=hub_user.actor)
    assert main_button() == "Decide"


def test_two_windows_show_what_happened_and_can_save_again(hub, hub_user, idea, checklist):
    assessments.save_answers(
        innovation=idea, checklist=checklist, answers={"relevance": ("yes", "")},
        by=hub_user.actor, assessor=hub_user,
    )  # fmt: skip
    typed = {"do": "save", "version": 0, "answer-relevance": "no"}
    response = hub.post(url("assess", idea), typed)
    assert response.status_code == 422
    assert "changed in another window" in response.content.decode()
    typed["version"] = response.context["form"]["version"].value()
    assert hub.post(url("assess", idea), typed).status_code == 302
    assert Answer.objects.get().value == "no"


def test_an_nhs_number_in_a_note_draws_a_warning(hub, idea):
    typed = {
        "do": "save",
        "version": 0,
        "answer-relevance": "yes",
        "note-relevance": "See 943 476 5919",
    }
    response = hub.post(url("assess", idea), typed)
    assert response.status_code == 422
    assert "looks like an NHS number" in response.content.decode()
    typed["not_nhs_numbers"] = "9434765919"
    assert hub.post(url("assess", idea), typed).status_code == 302


# -- black out, correct -----------------------------------------------------------
def test_numbers_that_look_like_nhs_numbers_are_pointed_out_and_offered(hub, idea):
    assert "may hold an NHS number" in hub.get(idea.get_absolute_url()).content.decode()
    page = hub.get(url("redact", idea))
    assert "943 476 5919" in page.content.decode()
    response = hub.post(
        url("redact", idea),
        {
            "numbers": ["9434765919"],
            "fragments": "Ada",
            "reason": "patient",
            "version": idea.version,
        },
        follow=True,
    )
    html = response.content.decode()
    assert "Blacked out in 2 places" in html
    assert "For █████, █████." in html
    assert "943" not in html
    assert "2 places blacked out: patient details" in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": "patient"}, "Enter the words to black out"),
        ({"fragments": "Ada"}, "Select why you are blacking this out"),
        ({"fragments": "Ada\nEve", "reason": "patient"}, "words in line 2 are not in this idea"),
    ],
)
def test_what_cannot_be_blacked_out_gets_a_sentence(hub, idea, typed, sentence):
    response = hub.post(url("redact", idea), typed)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Redaction.objects.exists()


def test_executives_are_told_of_no_numbers_and_see_no_address(sign_in, site, idea):
    html = (
        sign_in(factories.member(site, Role.EXECUTIVE))
        .get(idea.get_absolute_url())
        .content.decode()
    )
    assert "may hold an NHS number" not in html
    assert "ann@test.example" not in html
    for verb in ("redact", "decide", "assess", "correct", "message"):
        assert url(verb, idea) not in html


def test_title_and_type_are_corrected_and_the_submission_stays(hub, idea):
    page = url("correct", idea)
    typed = {"title": "Better labels", "innovation_type": "device", "version": idea.version}
    assert hub.post(page, typed).status_code == 302
    idea.refresh_from_db()
    assert (idea.title, idea.innovation_type, idea.submission.title) == (
        "Better labels",
        "device",
        "Labels",
    )
    stale = hub.post(page, {**typed, "title": "Worse labels"})
    assert stale.status_code == 422
    assert "Somebody else changed this idea" in stale.content.decode()
    assert "Worse labels" in stale.content.decode()
    assert "Enter title" in hub.post(page, {"title": ""}).content.decode()


# -- enquiries ----------------------------------------------------------------------
def test_an_enquiry_is_logged_once_answered_and_opened_again(hub, site):
    page = url("log_enquiry", site)
    key = hub.get(page).context["form"]["once_key"].value()
    typed = {"kind": "bid", "subject": "Help with a bid", "name": "Ann", "once_key": key}
    first = hub.post(page, typed)
    assert hub.post(page, typed).url == first.url
    enquiry = Enquiry.objects.get()
    close = url("close_enquiry", enquiry)
    wrong = hub.post(close, {"how": "answer", "answer": "", "version": 1})
    assert wrong.status_code == 422
    assert "Enter what you told them" in wrong.content.decode()
    assert (
        "Enter who you signposted them to" in hub.post(close, {"how": "signpost"}).content.decode()
    )
    hub.post(close, {"how": "answer", "answer": "Ask the charity.", "version": 1})
    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.answer) == ("answered", "Ask the charity.")
    hub.post(url("reopen_enquiry", enquiry))
    hub.post(url("assign_enquiry", enquiry), {"to": "me"})
    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.assignee is not None) == ("open", True)


def test_enquiries_are_counted_apart_by_state(hub, site, other_site, idea):
    enquiries.log(site=other_site, kind="bid", subject="Foreign", by=TEST)
    enquiries.log(site=site, kind="question", subject="Open one", by=TEST)
    closed = enquiries.log(site=site, kind="introduction", subject="Closed one", by=TEST)
    enquiries.signpost(enquiry=closed, to="HIN", by=TEST)
    response = hub.get(url("enquiries", site))
    assert [count for _, count, _ in response.context["tallies"]] == ["1", "0", "1"]
    assert "Foreign" not in response.content.decode()
    assert "Labels" not in response.content.decode()
    only = hub.get(url("enquiries", site) + "?state=signposted")
    assert [row.subject for row in only.context["rows"]] == ["Closed one"]


def test_somebody_else_closed_it_first(hub, site):
    enquiry = enquiries.log(site=site, kind="question", subject="Who?", by=TEST)
    enquiries.answer(enquiry=Enquiry.objects.get(), answer="Me.", by=TEST)
    response = hub.post(
        url("close_enquiry", enquiry), {"how": "answer", "answer": "My answer", "version": 1}
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert "Somebody else changed this enquiry" in html
    assert "My answer" in html
    assert "Me." in html


def test_enquiries_are_the_desks(sign_in, hub, site, other_site):
    mine = enquiries.log(site=site, kind="question", subject="Who?", by=TEST)
    foreign = enquiries.log(site=other_site, kind="question", subject="Who?", by=TEST)
    assert hub.get(url("enquiry", foreign)).status_code == 404
    kwargs = {"site": site.slug, "ref": foreign.ref}
    assert hub.get(reverse("portfolio:enquiry", kwargs=kwargs)).status_code == 404
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    for ref in (mine.ref, foreign.ref):
        kwargs = {"site": site.slug, "ref": ref}
        assert client.get(reverse("portfolio:enquiry", kwargs=kwargs)).status_code == 403


# -- reasons -------------------------------------------------------------------------
def test_words_are_edited_and_used_for_the_next_decision(hub, site, idea):
    reasons.install_for_site(site=site, by=TEST)
    reason = DecisionReason.objects.get(site=site, code="no-capacity")
    typed = {
        "label": reason.label,
        "words": "Our words.",
        "next_step": "",
        "is_active": "on",
        "version": 1,
    }
    assert hub.post(url("reason", reason), typed).status_code == 302
    form = hub.get(url("decide", idea) + "?kind=decline&reason=no-capacity").context["form"]
    assert form["words"].value() == "Our words."
    stale = hub.post(url("reason", reason), {**typed, "words": "Other words."})
    assert stale.status_code == 422
    assert "Other words." in stale.content.decode()


def test_a_reason_is_added_and_no_longer_offered_once_unticked(hub, site, idea):
    reasons.install_for_site(site=site, by=TEST)
    typed = {"kind": "decline", "label": "Wrong season", "words": "Not in winter."}
    assert hub.post(url("add_reason", site), typed).status_code == 302
    reason = DecisionReason.objects.get(code="wrong-season")
    assert "Wrong season" in hub.get(url("decide", idea) + "?kind=decline").content.decode()
    hub.post(url("reason", reason), {**typed, "version": 1}, follow=True)
    assert "Wrong season" not in hub.get(url("decide", idea) + "?kind=decline").content.decode()
    assert "Not offered" in hub.get(url("reasons", site)).content.decode()
    wrong = hub.post(url("add_reason", site), {"label": "x"})
    assert wrong.status_code == 422
    assert "Select what the reason is for" in wrong.content.decode()


def test_reasons_of_another_site_are_not_there(hub, site, other_site):
    reasons.install_for_site(site=other_site, by=TEST)
    foreign = DecisionReason.objects.filter(site=other_site).first()
    kwargs = {"site": site.slug, "ref": foreign.ref}
    assert hub.get(reverse("portfolio:reason", kwargs=kwargs)).status_code == 404


def test_a_site_without_reasons_gets_them_by_a_button(hub, site):
    hub.post(url("install_reasons", site))
    assert DecisionReason.objects.filter(site=site).count() == 22
