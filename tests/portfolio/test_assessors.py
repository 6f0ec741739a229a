"""Several assessors: blind to each other until they are done, asked by name, counted without hiding a no."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from hubapp import hooks
from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.problems import Refused
from portfolio import demo_checklists
from portfolio.models import (
    Assessment,
    AssessmentRequest,
    Checklist,
    Innovation,
    TriageSettings,
)
from portfolio.queries import checklists as queries
from portfolio.queries.triage import marks_of
from portfolio.services import (
    assessment_requests,
    assessments,
    checklists,
    interests,
    submissions,
)
from tests import factories
from tests.api.conftest import Caller, new_key

pytestmark = pytest.mark.django_db
BY = system("tests")
SECRET = "Only I know this"


@pytest.fixture
def checklist(site):
    """Three questions, which the site uses and no other."""
    checklists.use(site=site, key="cambridgeshire-peterborough-3", by=BY)
    checklists.stop_using(site=site, key="manchester-8", by=BY)
    return Checklist.objects.get(site=None, key="cambridgeshire-peterborough-3")


@pytest.fixture
def idea(site):
    return factories.innovation(site, "Quiet bins")


@pytest.fixture
def wants_two(site):
    return TriageSettings.objects.create(site=site, assessors_wanted=2)


def answer(idea, checklist, user, values="yes yes no", note="", done=True):
    codes = [item.code for item in checklist.items.all()]
    answers = {code: (value, note) for code, value in zip(codes, values.split(), strict=False)}
    saved = assessments.save_answers(
        innovation=idea, checklist=checklist, answers=answers, assessor=user, by=user.actor
    )
    return assessments.finish(assessment=saved, by=user.actor) if done else saved


def url(name, idea, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


def client_of(user):
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(pk=user.pk), backend="accounts.backends.EmailBackend")
    return client


def everything_shown_to(user, idea) -> str:
    """Every page and resource on which somebody's answers could show."""
    client = client_of(user)
    pages = [
        url("innovation", idea),
        url("triage_item", idea),
        url("decide", idea),
        url("decide", idea) + "?kind=decline",
        url("assess", idea),
        url("ask_to_assess", idea),
        reverse("portfolio:triage", kwargs={"site": idea.site.slug}),
        reverse("portfolio:innovations", kwargs={"site": idea.site.slug}),
        reverse("accounts:audit", kwargs={"site": idea.site.slug}),
        reverse("home"),
        f"/api/v1/innovations/{idea.ref}/assessments/",
        f"/api/v1/innovations/{idea.ref}/",
    ]
    pages += [
        f"/api/v1/innovations/{idea.ref}/assessments/{each.ref}/"
        for each in Assessment.objects.filter(innovation=idea)
    ]
    return "\n".join(client.get(page).content.decode() for page in pages)


# -- blindness ------------------------------------------------------------------------
def test_with_one_wanted_the_first_finished_is_seen_by_all(site, idea, checklist):
    done, busy, reader = (factories.member(site) for _ in range(3))
    answer(idea, checklist, busy, note="Not yet", done=False)
    answer(idea, checklist, done, note=SECRET)
    shown = everything_shown_to(reader, idea)
    assert SECRET in shown
    assert "Not yet" not in shown


@pytest.mark.parametrize("role", [Role.HUB_STAFF, Role.SITE_LEAD, Role.EXECUTIVE, Role.PPIE_LEAD])
def test_with_two_wanted_nobody_sees_the_first(wants_two, site, idea, checklist, role):
    first, second = factories.member(site), factories.member(site)
    reader = factories.member(site, role)
    answer(idea, checklist, first, note=SECRET)
    answer(idea, checklist, second, "partly", note="Half", done=False)
    for user in (second, reader):
        shown = everything_shown_to(user, idea)
        assert SECRET not in shown
        assert "1 no" not in shown
        assert ">No</strong>" not in shown
    assert SECRET in everything_shown_to(first, idea)
    answer(idea, checklist, second, "partly yes yes", note="Half")
    for user in (first, second, reader):
        shown = everything_shown_to(user, idea)
        assert SECRET in shown
        assert "Half" in shown


def test_whoever_finished_sees_the_others(site, idea, checklist):
    TriageSettings.objects.create(site=site, assessors_wanted=3)
    first, second, third = (factories.member(site) for _ in range(3))
    answer(idea, checklist, first, note=SECRET)
    answer(idea, checklist, second, note="Second")
    assert SECRET in everything_shown_to(second, idea)
    assert SECRET not in everything_shown_to(third, idea)
    answer(idea, checklist, third, note="Third")
    assert SECRET in everything_shown_to(third, idea)


def test_a_key_is_as_blind_as_anybody(wants_two, site, idea, checklist):
    robot = Caller(key=new_key(site))
    address = f"innovations/{idea.ref}/assessments/"
    first = answer(idea, checklist, factories.member(site), note=SECRET)
    assert robot.get(address).json()["results"] == []
    assert robot.get(f"{address}{first.ref}/").status_code == 404
    answer(idea, checklist, factories.member(site))
    assert len(robot.get(address).json()["results"]) == 2
    assert robot.get(f"{address}{first.ref}/").status_code == 200


def test_events_tell_which_questions_and_never_what_was_answered(idea, checklist, hub_user):
    answer(idea, checklist, hub_user, note=SECRET)
    answer(idea, checklist, hub_user, "no", done=False)
    told = {
        event.verb: event.changes for event in Event.objects.filter(verb__startswith="assessment.")
    }
    assert told["assessment.finished"] == {"answered": 3}
    assert told["assessment.saved"] == {"answers": {"proven": "changed"}}


def test_what_both_finished_is_no_longer_changed(wants_two, site, idea, checklist):
    first, second = factories.member(site), factories.member(site)
    answer(idea, checklist, first)
    answer(idea, checklist, first, "no", done=False)
    answer(idea, checklist, second)
    with pytest.raises(Refused, match="without knowing the other"):
        answer(idea, checklist, first, "yes", done=False)
    page = client_of(first).get(url("assess", idea)).content.decode()
    assert "can no longer be changed" in page
    assert 'name="answer-proven"' not in page


def test_an_idea_is_decided_once_enough_finished(wants_two, site, idea, checklist):
    first, second = client_of(factories.member(site)), client_of(factories.member(site))
    typed = {"do": "finish", "version": 0}
    typed |= {f"answer-{item.code}": "yes" for item in checklist.items.all()}
    response = first.post(url("assess", idea), typed, follow=True)
    assert "1 of 2" in response.content.decode()
    assert response.request["PATH_INFO"] == idea.get_absolute_url()
    assert second.post(url("assess", idea), typed)["Location"] == url("decide", idea)


def noes(idea, user) -> list[str]:
    return marks_of([idea], user.pk)[idea.pk].noes


# -- counted ------------------------------------------------------------------------------
def test_counts_name_every_no_and_what_is_open(idea, hub_user):
    service = Checklist.objects.get(site=None, key="innovation-service-7")
    answers = {
        "maturity": "advanced", "regulatory-approvals": "no", "evidence": "yes",
        "validation": "partly", "proposition": "yes", "competition-knowledge": "no",
    }  # fmt: skip
    assessments.save_answers(
        innovation=idea, checklist=service, assessor=hub_user, by=hub_user.actor,
        answers={code: (value, "") for code, value in answers.items()},
    )  # fmt: skip
    [result] = queries.results_of(idea, hub_user.pk)
    assert result.own.roll_up.words == (
        "2 yes, 1 partially, 2 no: regulatory approvals, competition knowledge;"
        " maturity: advanced; 2 not answered"
    )
    short = queries.results_of(idea, hub_user.pk, with_open_questions=True)[0]
    assert short.own.roll_up == result.own.roll_up
    assert len(short.own.rows) == 8
    # Unfinished: no button says that the idea is ready to be decided.
    assert queries.desk_context(idea, hub_user.pk)["any_finished"] is False


def test_a_no_is_seen_wherever_one_decides(site, idea, checklist):
    first, second = factories.member(site), factories.member(site)
    answer(idea, checklist, first, "yes no yes")
    answer(idea, checklist, second, "yes yes yes")
    [result] = queries.results_of(idea, first.pk)
    assert result.differences == ["System priorities"]
    assert result.noes == [("System priorities", "you")]
    [counts] = [each for each in result.items if each.differ]
    assert counts.words == "1 yes, 1 no"
    [chart] = result.charts
    assert chart.summary == (
        "Somebody said no to: system priorities. They differ on: system priorities."
    )
    assert [list(row.values) for row in chart.rows] == [
        [2, 0, 0, 0], [1, 0, 1, 0], [2, 0, 0, 0],
    ]  # fmt: skip
    for name in ("innovation", "triage_item"):
        html = client_of(second).get(url(name, idea)).content.decode()
        assert "System priorities" in html
        assert ">No</strong>" in html
    assert noes(idea, second) == ["System priorities"]
    queue = client_of(second).get(reverse("portfolio:triage", kwargs={"site": site.slug}))
    assert "System priorities" in queue.content.decode()


def test_a_no_in_the_row_is_blind_too(wants_two, site, idea, checklist):
    first, second = factories.member(site), factories.member(site)
    answer(idea, checklist, first, "no no no")
    assert noes(idea, second) == []
    assert len(noes(idea, first)) == 3


# -- asked ----------------------------------------------------------------------------------
def test_a_reviewer_who_is_asked_reads_and_answers_a_confidential_idea(site, checklist, hub_user):
    idea = factories.innovation(site, "Secret", is_confidential=True)
    reviewer, other = factories.member(site, Role.REVIEWER), factories.member(site, Role.REVIEWER)
    address = f"innovations/{idea.ref}/"
    for user in (reviewer, other):
        assert client_of(user).get(url("innovation", idea)).status_code == 404
        assert Caller(user=User.objects.get(pk=user.pk)).get(address).status_code == 404
    tomorrow = factories.today() + dt.timedelta(days=1)
    assessment_requests.ask(innovation=idea, assessor=reviewer, due_on=tomorrow, by=hub_user.actor)
    mine = client_of(reviewer)
    assert "Ideas to assess" in mine.get(reverse("home")).content.decode()
    assert mine.get(url("innovation", idea)).status_code == 200
    assert mine.get(url("assess", idea)).status_code == 200
    assert mine.get(url("decide", idea)).status_code == 403
    assert Caller(user=User.objects.get(pk=reviewer.pk)).get(address).status_code == 200
    assert client_of(other).get(url("innovation", idea)).status_code == 404
    assert Caller(key=new_key(site)).get(address).status_code == 404
    typed = {f"answer-{item.code}": "no" for item in checklist.items.all()}
    response = mine.post(url("assess", idea), {"do": "finish", "version": 0, **typed})
    assert response["Location"] == idea.get_absolute_url()
    assert AssessmentRequest.objects.get().state == "done"
    assert "Ideas to assess" not in mine.get(reverse("home")).content.decode()
    assert mine.get(url("innovation", idea)).status_code == 200


def test_who_declines_or_is_no_longer_asked_no_longer_reads_it(site, idea, hub_user):
    people = [factories.member(site, Role.REVIEWER) for _ in range(2)]
    asked = assessment_requests.ask_several(innovation=idea, assessors=people, by=hub_user.actor)
    mine = client_of(people[0])
    assert mine.post(url("decline_to_assess", idea), {"reason": ""}).status_code == 422
    response = mine.post(url("decline_to_assess", idea), {"reason": "On leave"}, follow=True)
    assert "Thank you" in response.content.decode()
    assert mine.get(url("innovation", idea)).status_code == 404
    hub = client_of(hub_user)
    assert "On leave" in hub.get(url("innovation", idea)).content.decode()
    back = url("withdraw_assess_request", idea, request_ref=asked[1].ref)
    assert hub.post(back, follow=True).status_code == 200
    assert client_of(people[1]).get(url("innovation", idea)).status_code == 404
    assert "closed already" in hub.post(back, follow=True).content.decode()


def test_asking_on_the_page(hub, hub_user, site, idea):
    reviewer = factories.member(site, Role.REVIEWER, functions=["ig"])
    page = url("ask_to_assess", idea)
    html = hub.get(page).content.decode()
    assert "Reviewer, Information governance" in html
    assert hub.post(page, {}).status_code == 422
    past = {"due_on_day": "1", "due_on_month": "1", "due_on_year": "2020"}
    response = hub.post(page, {"people": [reviewer.ref], **past})
    assert response.status_code == 422
    assert "today or later" in response.content.decode()
    assert hub.post(page, {"people": ["NOBODY"]}).status_code == 422
    response = hub.post(page, {"people": [reviewer.ref]}, follow=True)
    assert f"{reviewer} is asked to assess it" in response.content.decode()
    # Who is asked already is not offered again.
    assert reviewer.ref not in hub.get(page).content.decode()


def test_asking_is_refused_with_a_sentence(site, other_site, idea, hub_user):
    def ask(user, **more):
        assessment_requests.ask(innovation=idea, assessor=user, by=hub_user.actor, **more)

    with pytest.raises(Refused, match="no role"):
        ask(factories.member(other_site))
    with pytest.raises(Refused, match="has passed"):
        ask(hub_user, due_on=dt.date(2020, 1, 1))
    interests.declare(innovation=idea, user=hub_user, nature="financial", by=hub_user.actor)
    with pytest.raises(Refused, match="declared an interest"):
        ask(hub_user)
    other = factories.member(site)
    ask(other)
    ask(other, due_on=factories.today())
    assert AssessmentRequest.objects.get().due_on == factories.today()
    submissions.withdraw(submission=idea.submission, by=BY)
    idea.refresh_from_db()
    with pytest.raises(Refused, match="no longer be assessed"):
        ask(factories.member(site))


def test_the_api_asks_takes_back_and_declines(site, idea, hub_user):
    reviewer, other = factories.member(site, Role.REVIEWER), factories.member(site, Role.REVIEWER)
    staff = Caller(user=hub_user)
    address = f"innovations/{idea.ref}/assessment-requests/"
    assert staff.post(address, {"assessor": "0000000000"}).status_code == 400
    made = [
        staff.post(address, {"assessor": user.ref, "due_on": None}) for user in (reviewer, other)
    ]
    assert [response.status_code for response in made] == [201, 201]
    first, second = (response.json()["ref"] for response in made)
    mine = Caller(user=User.objects.get(pk=reviewer.pk))
    assert [row["state"] for row in mine.get(address).json()["results"]] == ["asked", "asked"]
    assert mine.post(address, {"assessor": other.ref}).status_code == 403
    etag = mine.get(f"{address}{first}/")["ETag"]
    assert mine.post(f"{address}{first}/decline/", {"reason": "No"}).status_code == 428
    theirs = mine.get(f"{address}{second}/")["ETag"]
    refused = mine.post(f"{address}{second}/decline/", {"reason": "No"}, if_match=theirs)
    assert refused.status_code == 403
    done = mine.post(f"{address}{first}/decline/", {"reason": "No time"}, if_match=etag)
    assert (done.status_code, done.json()["state"]) == (200, "declined")
    assert done.json()["reason"] == "No time"
    executive = Caller(user=factories.member(site, Role.EXECUTIVE))
    for caller, reason in (
        (staff, "No time"),
        (executive, None),
        (Caller(key=new_key(site)), None),
    ):
        assert caller.get(f"{address}{first}/").json()["reason"] == reason
    back = staff.post(f"{address}{second}/withdraw/", {}, if_match=theirs)
    assert back.json()["state"] == "withdrawn"
    again = staff.post(f"{address}{second}/withdraw/", {}, if_match=back["ETag"])
    assert again.status_code == 409


def test_what_somebody_was_asked_is_handed_over_when_they_leave(site, idea, hub_user):
    leaver, next_one, biased = (factories.member(site, Role.REVIEWER) for _ in range(3))
    tomorrow = factories.today() + dt.timedelta(days=1)
    assessment_requests.ask(innovation=idea, assessor=leaver, due_on=tomorrow, by=BY)
    interests.declare(innovation=idea, user=biased, nature="other", by=biased.actor)
    [held] = [
        each
        for ask in hooks.held_work
        for each in ask(leaver.pk, site.pk)
        if each.kind == "portfolio.assessments"
    ]
    assert (held.count, held.label) == (1, "ideas to assess")

    def hand_over(who, to):
        return assessment_requests.reassign(
            from_user_id=who.pk, to_user_id=to and to.pk, site_id=site.pk, by=BY
        )

    assert hand_over(leaver, next_one) == 1
    assert [
        (row.assessor, row.state, row.due_on) for row in AssessmentRequest.objects.order_by("pk")
    ] == [(leaver, "withdrawn", tomorrow), (next_one, "asked", tomorrow)]
    assert hand_over(next_one, biased) == 1
    assert not AssessmentRequest.objects.filter(state="asked").exists()
    assert hand_over(next_one, None) == 0


# -- interests ----------------------------------------------------------------------------------
def test_whoever_declares_an_interest_is_excluded_by_both_doors(site, idea, checklist, hub_user):
    client, caller = client_of(hub_user), Caller(user=hub_user)
    page = url("declare_interest", idea)
    assert client.post(page, {"note": "My sister's firm"}).status_code == 422
    client.post(page, {"nature": "personal", "note": "My sister's firm"})
    assess = client.get(url("assess", idea)).content.decode()
    assert "You declared an interest in this idea" in assess
    assert 'name="answer-' not in assess
    typed = {f"answer-{item.code}": "yes" for item in checklist.items.all()}
    response = client.post(url("assess", idea), {"do": "finish", "version": 0, **typed})
    assert response.status_code == 422
    assert "somebody else has to assess it" in response.content.decode()
    response = caller.post(
        f"innovations/{idea.ref}/assessments/", {"checklist": checklist.ref, "answers": []}
    )
    assert response.status_code == 409
    assert "declared an interest" in response.content.decode()
    reason = factories.reason(site)
    etag = caller.get(f"innovations/{idea.ref}/")["ETag"]
    body = {"kind": "decline", "reason_code": reason.code}
    response = caller.post(f"innovations/{idea.ref}/decisions/", body, if_match=etag)
    assert response.status_code == 409
    assert "declared an interest" in response.content.decode()
    # Withdrawn, and all is open again; what was declared stays in the history.
    client.post(url("withdraw_interest", idea))
    answer(idea, checklist, hub_user)
    assert "withdrew" in client.get(page).content.decode()


def test_the_note_is_for_the_desk_only(site, idea, hub_user):
    interests.declare(
        innovation=idea, user=hub_user, nature="employment", note=SECRET, by=hub_user.actor
    )
    reviewer = factories.member(site, Role.REVIEWER)
    assessment_requests.ask(innovation=idea, assessor=reviewer, by=hub_user.actor)
    executive = factories.member(site, Role.EXECUTIVE)
    address = f"innovations/{idea.ref}/interests/"
    lead = factories.member(site, Role.SITE_LEAD)
    assert SECRET in client_of(lead).get(url("declare_interest", idea)).content.decode()
    assert Caller(user=lead).get(address).json()["results"][0]["note"] == SECRET
    for user in (reviewer, executive):
        assert SECRET not in everything_shown_to(user, idea)
        html = client_of(user).get(url("declare_interest", idea)).content.decode()
        assert SECRET not in html
        [row] = Caller(user=User.objects.get(pk=user.pk)).get(address).json()["results"]
        assert (row["note"], row["nature"]) == (None, "employment")
    [row] = Caller(key=new_key(site)).get(address).json()["results"]
    assert row["note"] is None
    assert SECRET not in str(list(Event.objects.values_list("changes", flat=True)))


def test_answers_of_whoever_has_an_interest_are_marked_and_not_counted(
    wants_two, site, idea, checklist
):
    first, second, third = (factories.member(site) for _ in range(3))
    answer(idea, checklist, first, note="First")
    answer(idea, checklist, second, note="Second")
    interests.declare(innovation=idea, user=second, nature="other", by=second.actor)
    [result] = queries.results_of(idea, third.pk)
    assert (result.finished, result.views) == (1, [])
    answer(idea, checklist, third, note="Third")
    [result] = queries.results_of(idea, third.pk)
    assert (result.finished, len(result.views), len(result.counted)) == (2, 3, 2)
    html = client_of(third).get(url("innovation", idea)).content.decode()
    assert "Declared an interest: not counted" in html


def test_the_api_declares_and_withdraws(site, idea, hub_user, other_site):
    caller = Caller(user=hub_user)
    address = f"innovations/{idea.ref}/interests/"
    assert caller.post(address, {"nature": "envy"}).status_code == 400
    response = caller.post(address, {"nature": "financial", "note": "Shares"})
    assert (response.status_code, response.json()["note"]) == (201, "Shares")
    assert caller.post(address, {"nature": "financial"}).status_code == 409
    assert caller.post(f"{address}withdraw/").json()["is_withdrawn"] is True
    assert caller.post(f"{address}withdraw/").status_code == 409
    assert [row["number"] for row in caller.get(address).json()["results"]] == [1, 2]
    assert Caller(key=new_key(site)).post(address, {"nature": "other"}).status_code == 403
    executive = Caller(user=factories.member(site, Role.EXECUTIVE))
    assert executive.post(address, {"nature": "other"}).status_code == 403
    assert Caller(user=factories.member(other_site)).get(address).status_code == 404


# -- the demo -------------------------------------------------------------------------------------
def test_the_demo_has_two_blind_assessors_somebody_asked_and_an_interest(tmp_path, settings):
    settings.DATA_DIR = tmp_path

    def load():
        for hook in hooks.demo:
            if hook.__module__ in ("accounts.demo", "portfolio.demo", "portfolio.demo_checklists"):
                hook(BY)
        return [model.objects.count() for model in (Assessment, AssessmentRequest, Event)]

    assert load() == load()
    hub = User.objects.get(person__email="hub@demo.example")
    lead = User.objects.get(person__email="lead@demo.example")
    [both] = queries.results_of(Innovation.objects.get(title=demo_checklists.BOTH), hub.pk)
    assert (both.finished, both.wanted, bool(both.differences)) == (2, 2, True)
    one = Innovation.objects.get(title=demo_checklists.ONE)
    [result] = queries.results_of(one, lead.pk)
    assert (result.finished, result.views, result.hidden) == (1, [], [str(hub)])
    assert queries.open_request_to(one, lead)
    assert Innovation.objects.filter(site__code="DEMO1", interests__isnull=False).count() == 1


# -- the mail to whoever is asked ------------------------------------------------------------
def ask_mails() -> list:
    return [each for each in mail.outbox if "asks you to assess" in each.subject]


def test_whoever_is_asked_gets_one_mail_with_the_day_and_how_to_decline(
    hub, hub_user, site, idea, run_outbox
):
    asked = factories.member(site, Role.REVIEWER)
    page = reverse("portfolio:ask_to_assess", kwargs={"site": site.slug, "ref": idea.ref})
    day = factories.today() + dt.timedelta(days=9)
    sent = {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
    hub.post(page, {"people": [asked.ref], **sent})
    run_outbox()
    [one] = ask_mails()
    assert one.to == [asked.person.email]
    assert one.subject == f"{site.name} asks you to assess an idea"
    assert "Quiet bins" in one.body
    assert f"Please answer by {day.day} {day:%B %Y}" in one.body
    assert str(hub_user.person) in one.body
    for name in ("assess", "decline_to_assess"):
        kwargs = {"site": site.slug, "ref": idea.ref}
        assert reverse(f"portfolio:{name}", kwargs=kwargs) in one.body
    # Another day, asked again: no second mail.
    assessment_requests.ask(innovation=idea, assessor=asked, due_on=None, by=hub_user.actor)
    run_outbox()
    assert len(ask_mails()) == 1
    # The address of the mail is where they say that they cannot.
    client = Client()
    client.force_login(asked, backend="accounts.backends.EmailBackend")
    path = urlsplit(re.search(r"\S+/decline/", one.body)[0]).path
    client.post(path, {"reason": "On leave"})
    assert AssessmentRequest.objects.get().state == "declined"


@pytest.mark.parametrize("why", ["withdrawn", "declined", "ended", "gone", "oneself", "taken over"])
def test_no_mail_is_sent_for_what_nobody_need_do(site, hub_user, idea, run_outbox, why):
    asked = hub_user if why == "oneself" else factories.member(site, Role.REVIEWER)
    row = assessment_requests.ask(innovation=idea, assessor=asked, by=hub_user.actor)
    if why == "withdrawn":
        assessment_requests.withdraw(request=row, by=BY)
    elif why == "declined":
        assessment_requests.decline(request=row, reason="No time", by=BY)
    elif why == "ended":
        submissions.withdraw(submission=idea.submission, by=BY)
    elif why == "gone":
        User.objects.filter(pk=asked.pk).update(is_active=False)
    elif why == "taken over":
        # Many at once, of who leaves: they are in the work and the daily mail of who takes over.
        to = factories.member(site, Role.REVIEWER)
        assessment_requests.reassign(
            from_user_id=asked.pk, to_user_id=to.pk, site_id=site.pk, by=BY
        )
        assert AssessmentRequest.objects.get(state="asked").assessor == to
    run_outbox()
    assert ask_mails() == []


def test_the_mail_about_a_confidential_idea_does_not_name_it(site, hub_user, run_outbox):
    idea = factories.innovation(site, "Secret bins", is_confidential=True)
    asked = factories.member(site, Role.REVIEWER)
    assessment_requests.ask(innovation=idea, assessor=asked, by=hub_user.actor)
    run_outbox()
    [one] = ask_mails()
    assert "Secret bins" not in one.body + one.subject
