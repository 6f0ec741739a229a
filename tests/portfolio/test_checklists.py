"""Checklists as data: shipped ones, which a site uses, and a site's own from draft to version."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.models import Answer, Checklist, ChecklistDraft, SiteChecklist
from portfolio.queries import checklists as queries
from portfolio.services import assessments, checklists
from tests import factories

pytestmark = pytest.mark.django_db
BY = system("tests")


def shipped(key):
    return Checklist.objects.get(site=None, key=key)


def keys(site):
    return [each.key for each in queries.checklists_in_use(site)]


@pytest.fixture
def lead(site, client):
    client.force_login(
        factories.member(site, Role.SITE_LEAD), backend="accounts.backends.EmailBackend"
    )
    return client


def address(site, name="checklists", **more):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})


# -- shipped -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("cambridgeshire-peterborough-3", ["proven", "system-priorities", "health-inequalities"]),
        (
            "innovation-service-7",
            [
                "maturity", "regulatory-approvals", "evidence", "validation", "proposition",
                "competition-knowledge", "implementation-plan", "scale-resource",
            ],
        ),
        (
            "places-5",
            ["relevance", "feasibility", "acceptability", "scalability", "sustainability"],
        ),
    ],
)  # fmt: skip
def test_every_installation_has_the_checklists_of_the_field(key, codes):
    checklist = shipped(key)
    assert [item.code for item in checklist.items.all()] == codes
    assert checklist.source


def test_each_question_says_what_may_be_answered():
    items = {item.code: item for item in shipped("innovation-service-7").items.all()}
    assert items["maturity"].labels == {
        "discovery": "Discovery", "advanced": "Advanced", "ready": "Ready",
    }  # fmt: skip
    assert items["evidence"].labels == {"yes": "Yes", "partly": "Partially", "no": "No"}
    feasibility = shipped("places-5").items.get(code="feasibility")
    assert list(feasibility.labels) == ["short", "medium", "long", "dont_know"]
    assert not feasibility.is_counted
    relevance = shipped("manchester-8").items.get(code="relevance")
    assert list(relevance.labels) == ["yes", "partly", "no", "dont_know"]


def test_answers_outside_the_scale_of_a_question_are_refused(site, hub_user):
    idea = factories.innovation(site)

    def save(**answers):
        return assessments.save_answers(
            innovation=idea,
            checklist=shipped("innovation-service-7"),
            answers={code: (value, "") for code, value in answers.items()},
            assessor=hub_user,
            by=hub_user.actor,
        )

    with pytest.raises(Refused, match="Maturity: choose discovery, advanced or ready"):
        save(maturity="yes")
    with pytest.raises(Refused, match="Evidence: choose yes, partially or no"):
        save(evidence="dont_know")
    save(maturity="ready", evidence="partly")
    assert Answer.objects.count() == 2


# -- what a site uses --------------------------------------------------------------------
def test_a_new_site_uses_one(site):
    assert keys(site) == ["manchester-8"]
    assert not SiteChecklist.objects.exists()


def test_a_site_chooses_and_orders_them(site, other_site):
    checklists.use(site=site, key="places-5", by=BY)
    checklists.use(site=site, key="innovation-service-7", by=BY)
    assert keys(site) == ["manchester-8", "places-5", "innovation-service-7"]
    checklists.move(site=site, key="innovation-service-7", up=True, by=BY)
    checklists.move(site=site, key="manchester-8", up=True, by=BY)
    assert keys(site) == ["manchester-8", "innovation-service-7", "places-5"]
    checklists.stop_using(site=site, key="manchester-8", by=BY)
    assert keys(site) == ["innovation-service-7", "places-5"]
    checklists.use(site=site, key="manchester-8", by=BY)
    assert keys(site)[-1] == "manchester-8"
    assert keys(other_site) == ["manchester-8"]


def test_the_last_one_stays(site):
    with pytest.raises(Refused, match="only checklist in use"):
        checklists.stop_using(site=site, key="manchester-8", by=BY)
    with pytest.raises(Refused, match="no such checklist"):
        checklists.use(site=site, key="made-up", by=BY)
    with pytest.raises(Refused, match="does not use"):
        checklists.stop_using(site=site, key="places-5", by=BY)


# -- a site's own --------------------------------------------------------------------------
def own(site, title="Our eight"):
    draft = checklists.draft(site=site, checklist=shipped("manchester-8"), title=title, by=BY)
    items = [{**item} for item in draft.items[:2]]
    items[0]["question"] = "Is it a problem on our wards?"
    items.append({"label": "Cost", "question": "Can we pay for it?", "scale": "high-medium-low"})
    return checklists.save_draft(draft=draft, title=title, items=items, by=BY)


def test_a_copy_takes_the_place_of_what_it_was_copied_from(site, other_site):
    draft = own(site)
    assert keys(site) == ["manchester-8"]
    published = checklists.publish(draft=draft, by=BY)
    assert (published.site, published.key, published.version) == (site, "our-eight", 1)
    assert [(i.code, i.scale) for i in published.items.all()] == [
        ("relevance", "yes-partly-no"),
        ("interoperability", "yes-partly-no"),
        ("cost", "high-medium-low"),
    ]
    assert "from “Digital innovation checklist (Manchester)”, version 1" in published.source
    assert keys(site) == ["our-eight"]
    assert not ChecklistDraft.objects.exists()
    assert queries.current_version(other_site, "our-eight") is None
    # What it was copied from is as it was.
    assert shipped("manchester-8").items.count() == 8


def test_the_next_version_leaves_the_first_as_it_was(site, hub_user):
    first = checklists.publish(draft=own(site), by=BY)
    idea = factories.innovation(site)
    kept = assessments.save_answers(
        innovation=idea, checklist=first, answers={"cost": ("high", "")},
        assessor=hub_user, by=hub_user.actor,
    )  # fmt: skip
    draft = checklists.draft(site=site, checklist=first, by=BY)
    assert checklists.draft(site=site, checklist=first, by=BY) == draft
    items = [item for item in draft.items if item["code"] != "interoperability"]
    draft = checklists.save_draft(draft=draft, title="Our two", items=items, by=BY)
    second = checklists.publish(draft=draft, by=BY)
    first.refresh_from_db()
    assert (second.version, second.key, first.title) == (2, "our-eight", "Our eight")
    assert [item.code for item in first.items.all()] == ["relevance", "interoperability", "cost"]
    assert [each.version for each in queries.checklists_in_use(site)] == [2]
    kept.refresh_from_db()
    assert kept.checklist == first
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        first.items.update(question="Otherwise")
    # A published version is no longer begun, and still finished.
    other = factories.member(site)
    with pytest.raises(Refused, match="no longer in force"):
        assessments.save_answers(
            innovation=idea, checklist=first, answers={}, assessor=other, by=other.actor
        )
    everything = {item.code: (next(iter(item.labels)), "") for item in first.items.all()}
    kept = assessments.save_answers(
        innovation=idea, checklist=first, answers=everything, assessor=hub_user, by=hub_user.actor
    )
    assert assessments.finish(assessment=kept, by=hub_user.actor).done_at


def test_what_was_begun_can_go_on_with_the_new_version(site, hub_user):
    first = checklists.publish(draft=own(site), by=BY)
    idea = factories.innovation(site)
    begun = assessments.save_answers(
        innovation=idea, checklist=first, assessor=hub_user, by=hub_user.actor,
        answers={"relevance": ("yes", "Kept"), "interoperability": ("no", ""), "cost": ("low", "")},
    )  # fmt: skip
    draft = checklists.draft(site=site, checklist=first, by=BY)
    items = [{**item} for item in draft.items]
    items[1]["question"] = "Does it speak to our records?"
    items[2]["scale"] = "yes-partly-no"
    draft = checklists.save_draft(draft=draft, title=draft.title, items=items, by=BY)
    second = checklists.publish(draft=draft, by=BY)
    moved = assessments.move_to(assessment=begun, checklist=second, by=hub_user.actor)
    said = {answer.item.code: answer.note for answer in moved.answers.select_related("item")}
    assert (moved.checklist, said) == (second, {"relevance": "Kept"})
    assert Event.objects.get(verb="assessment.moved").changes == {
        "version": [1, 2], "kept": 1, "dropped": 2,
    }  # fmt: skip
    with pytest.raises(Refused, match="newer version"):
        assessments.move_to(assessment=moved, checklist=first, by=hub_user.actor)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([{"label": "", "question": "What?"}], "Question 1: enter the name"),
        ([{"label": "A", "question": " "}], "Question 1: enter the question"),
        ([{"label": "A" * 101, "question": "What?"}], "100 characters or fewer"),
        ([{"label": "A", "question": "What?", "scale": "stars"}], "how it is answered"),
    ],
)
def test_what_is_wrong_in_a_draft_is_named(site, items, sentence):
    draft = checklists.draft(site=site, title="Ours", by=BY)
    with pytest.raises(ValidationError, match=sentence):
        checklists.save_draft(draft=draft, title="Ours", items=items, by=BY)
    with pytest.raises(Refused, match="at least one question"):
        checklists.publish(draft=draft, by=BY)


def test_a_draft_is_guarded(site, other_site):
    foreign = checklists.publish(draft=own(other_site), by=BY)
    with pytest.raises(Refused, match="no such checklist"):
        checklists.draft(site=site, checklist=foreign, by=BY)
    draft = own(site)
    checklists.save_draft(draft=draft, title="Newer", items=draft.items, by=BY)
    stale = ChecklistDraft.objects.get(pk=draft.pk)
    with pytest.raises(Stale):
        checklists.save_draft(draft=stale, title="Late", items=[], version=1, by=BY)
    with pytest.raises(Refused, match="at most 30"):
        checklists.save_draft(draft=stale, title="Long", items=[{}] * 31, by=BY)
    published = checklists.publish(draft=stale, by=BY)
    same = checklists.draft(site=site, checklist=published, by=BY)
    with pytest.raises(Refused, match="Nothing differs"):
        checklists.publish(draft=same, by=BY)
    checklists.discard(draft=same, by=BY)
    assert not ChecklistDraft.objects.filter(site=site).exists()


def test_two_with_one_title_have_different_keys_and_codes_stay(site):
    first = checklists.publish(draft=own(site), by=BY)
    second = checklists.publish(draft=own(site), by=BY)
    assert (first.key, second.key) == ("our-eight", "our-eight-2")
    draft = checklists.draft(site=site, title="manchester 8", by=BY)
    assert draft.key == "manchester-8-2"
    items = [{"label": "Cost", "question": "One?"}, {"label": "Cost", "question": "Two?"}]
    draft = checklists.save_draft(draft=draft, title="M", items=items, by=BY)
    assert [item["code"] for item in draft.items] == ["cost", "cost-2"]
    items = [{**draft.items[1], "label": "Price"}, draft.items[0]]
    draft = checklists.save_draft(draft=draft, title="M", items=items, by=BY)
    assert [item["code"] for item in draft.items] == ["cost-2", "cost"]


# -- pages -------------------------------------------------------------------------------
def test_a_lead_chooses_on_one_page(lead, site):
    page = address(site)
    assert "The only one" in lead.get(page).content.decode()
    lead.post(page, {"do": "use", "key": "places-5"})
    assert keys(site) == ["manchester-8", "places-5"]
    lead.post(page, {"do": "up", "key": "places-5"})
    assert keys(site) == ["places-5", "manchester-8"]
    lead.post(page, {"do": "stop", "key": "places-5"})
    response = lead.post(page, {"do": "stop", "key": "manchester-8"}, follow=True)
    assert "only checklist in use" in response.content.decode()
    assert lead.post(page, {"do": "stop", "key": "\x00"}).status_code == 302
    assert lead.post(page, {"do": "anything"}).status_code == 302


def test_a_lead_copies_changes_and_publishes(lead, site):
    response = lead.post(address(site, "checklist", key="manchester-8"))
    draft = ChecklistDraft.objects.get()
    page = address(site, "checklist_draft", ref=draft.ref)
    assert response["Location"] == page
    form = lead.get(page).context
    assert len(form["items"]) == 8
    typed = {"title": "Ours", "version": 1, "count": 2}
    for number, label in enumerate(("First", "Second"), start=1):
        typed |= {
            f"item-{number}-label": label,
            f"item-{number}-question": f"{label}?",
            f"item-{number}-scale": "maturity",
        }
    # Arranging stores nothing and loses nothing.
    arranged = lead.post(page, {**typed, "do": "down-1"}).context
    assert [item["label"].value() for item in arranged["items"]] == ["Second", "First"]
    arranged = lead.post(page, {**typed, "do": "add"}).context
    assert [item["label"].value() for item in arranged["items"]] == ["First", "Second", None]
    arranged = lead.post(page, {**typed, "do": "remove-1"}).context
    assert [item["label"].value() for item in arranged["items"]] == ["Second"]
    assert lead.post(page, {**typed, "do": "remove-99"}).status_code == 200
    draft.refresh_from_db()
    assert len(draft.items) == 8
    # A question without a name is told, and what was typed is kept.
    response = lead.post(page, {**typed, "item-2-label": "", "do": "publish"})
    assert response.status_code == 422
    assert "Enter the name of question 2" in response.content.decode()
    assert "Second?" in response.content.decode()
    # Blank ones at the end are left out.
    typed |= {"count": 3, "item-3-label": "", "item-3-question": "", "item-3-scale": "maturity"}
    response = lead.post(page, {**typed, "do": "publish"}, follow=True)
    assert "“Ours” is published: assessors answer it from now on" in response.content.decode()
    published = Checklist.objects.get(site=site)
    assert [item.label for item in published.items.all()] == ["First", "Second"]
    html = lead.get(address(site, "checklist", key=published.key)).content.decode()
    assert "Discovery, Advanced, Ready" in html
    assert lead.get(page).status_code == 404


def test_two_who_write_one_draft_lose_nothing(lead, site):
    draft = own(site)
    page = address(site, "checklist_draft", ref=draft.ref)
    typed = {
        "title": "Mine", "version": 1, "count": 1,
        "item-1-label": "Typed", "item-1-question": "By me?", "item-1-scale": "maturity",
    }  # fmt: skip
    response = lead.post(page, {**typed, "do": "save"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "Somebody else changed this checklist" in html
    assert "By me?" in html
    typed["version"] = response.context["form"]["version"].value()
    assert lead.post(page, {**typed, "do": "save"}).status_code == 302


def test_drafts_of_another_site_are_not_there(lead, site, other_site):
    draft = own(other_site)
    published = checklists.publish(draft=own(other_site, "Theirs"), by=BY)
    assert lead.get(address(site, "checklist_draft", ref=draft.ref)).status_code == 404
    assert lead.get(address(site, "checklist", key=published.key)).status_code == 404
    assert lead.post(address(site, "checklist", key=published.key)).status_code == 404


def test_the_title_of_an_empty_one_is_asked(lead, site):
    response = lead.post(address(site), {"do": "new", "title": ""})
    assert response.status_code == 422
    assert "Enter the title" in response.content.decode()
    response = lead.post(address(site), {"do": "new", "title": "Ours"}, follow=True)
    assert "Question 1" in response.content.decode()
    html = lead.post(response.request["PATH_INFO"], {"do": "discard"}, follow=True)
    assert "thrown away" in html.content.decode()


def test_hub_staff_do_not_change_checklists(hub, site):
    assert hub.get(address(site)).status_code == 403


# -- several on one idea ----------------------------------------------------------------------
def test_one_checklist_leads_to_the_next_and_the_last_to_the_decision(hub, hub_user, site):
    checklists.use(site=site, key="cambridgeshire-peterborough-3", by=BY)
    idea = factories.innovation(site)
    page = reverse("portfolio:assess", kwargs={"site": site.slug, "ref": idea.ref})

    def typed(key):
        return {
            "do": "finish",
            "version": 0,
            **{f"answer-{item.code}": "no" for item in shipped(key).items.all()},
        }

    html = hub.get(page).content.decode()
    assert "Three questions" in html
    response = hub.post(page, typed("manchester-8"))
    assert (
        response["Location"] == f"{page}?checklist={shipped('cambridgeshire-peterborough-3').ref}"
    )
    response = hub.post(response["Location"], typed("cambridgeshire-peterborough-3"))
    assert response["Location"] == reverse(
        "portfolio:decide", kwargs={"site": site.slug, "ref": idea.ref}
    )
    assert hub.get(f"{page}?checklist=nothing").status_code == 404


def test_an_older_version_is_finished_or_left_on_the_page(hub, hub_user, site):
    first = checklists.publish(draft=own(site), by=BY)
    idea = factories.innovation(site)
    page = reverse("portfolio:assess", kwargs={"site": site.slug, "ref": idea.ref})
    hub.post(page, {"do": "save", "version": 0, "answer-relevance": "no"})
    draft = checklists.draft(site=site, checklist=first, by=BY)
    draft = checklists.save_draft(draft=draft, title="Newer", items=draft.items, by=BY)
    second = checklists.publish(draft=draft, by=BY)
    html = hub.get(page).content.decode()
    assert "This is version 1. Version 2 is in force" in html
    response = hub.post(page, {"do": "move"})
    assert response["Location"] == f"{page}?checklist={second.ref}"
    assert hub.get(page).context["form"]["answer-relevance"].value() == "no"
    assert "This is version" not in hub.get(page).content.decode()


# -- the API ----------------------------------------------------------------------------------
def test_the_api_gives_scales_and_a_sites_own_to_that_site_alone(site, other_site, client):
    published = checklists.publish(draft=own(site), by=BY)

    def get(user, path="checklists/", **query):
        client.force_login(user, backend="accounts.backends.EmailBackend")
        return client.get(f"/api/v1/{path}", query)

    rows = get(factories.member(site)).json()["results"]
    [mine] = [row for row in rows if row["key"] == published.key]
    assert mine["site"] == site.code
    assert mine["items"][2]["scale"] == "high-medium-low"
    assert mine["items"][2]["options"][0] == {"value": "high", "label": "High"}
    shipped_row = next(row for row in rows if row["key"] == "places-5")
    assert shipped_row["site"] is None
    used = get(factories.member(site), used_by=site.code).json()["results"]
    assert [row["key"] for row in used] == [published.key]
    theirs = get(factories.member(other_site)).json()["results"]
    assert published.key not in {row["key"] for row in theirs}
    foreign = get(factories.member(other_site), f"checklists/{published.ref}/")
    assert foreign.status_code == 404
    assert get(factories.member(other_site), used_by=site.code).status_code == 404
