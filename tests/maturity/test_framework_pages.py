"""Pages and resources of frameworks: reading one, and a coordinator's way from a file to a published version."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from hubapp.events.models import Event
from maturity import framework_files
from maturity.models import Framework, FrameworkDraft
from maturity.services import frameworks
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db

CSV = (
    "Domain,Sub-domain,Indicator,Indicator code,Scale value,Scale label\n"
    "People,Skills,Staff can learn,learn,1,Low\n"
    ",,Staff <b>use</b> it,use,2,High\n"
)


@pytest.fixture
def network(site):
    return factories.network_of(site)


@pytest.fixture
def coordinator(network, sign_in):
    return sign_in(factories.coordinator(network))


def at(network, name="network_frameworks", **parts):
    return reverse(f"maturity:{name}", kwargs={"network": network.slug, **parts})


def file(content, name="ours.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def bring(client, network, content=CSV, name="ours.csv", **more):
    sent = {"title": "Ours", "version": "1", "file": file(content, name), **more}
    return client.post(at(network), sent)


def text(response):
    return response.content.decode()


# -- reading ---------------------------------------------------------------------------
def test_a_framework_is_read_whole_and_says_of_its_numbers_once(hub, site):
    address = reverse("maturity:framework", kwargs={"site": site.slug, "slug": "insites-2025"})
    page = text(hub.get(address))
    content = framework_files.read_framework(
        (framework_files.FOLDER / "insites.2025.json").read_bytes()
    )
    for domain in content["domains"]:
        for sub_domain in domain["sub_domains"]:
            assert sub_domain["name"].replace("&", "&amp;") in page
    assert page.count("25 sub-domains") == 1
    assert "8 domains, 26 sub-domains (23 rated), 69 indicators" in page
    assert "5 Proud to share" in page


def test_the_published_figures_are_a_picture_and_a_table_with_what_is_missing_in_words(hub, site):
    address = reverse(
        "maturity:framework_published", kwargs={"site": site.slug, "slug": "insites-2025"}
    )
    page = text(hub.get(address))
    for words in (
        "5 of 17 (29%)",
        "12 of 17 (71%)",
        "6, printed as 36%",
        "not published",
        "3 and 5 together: 17 of 18 (94%)",
        "hub-bars",
    ):
        assert words in page
    assert (page.count("Misprint"), page.count(">Derived<")) == (1, 3)
    assert "18 (not published)" not in page
    none = reverse(
        "maturity:framework_published", kwargs={"site": site.slug, "slug": "twelve-enablers-2024"}
    )
    assert hub.get(none).status_code == 404


def test_a_site_reads_what_its_network_published_and_nobody_elses(hub, site, other_site, network):
    theirs = factories.network_of(other_site)
    own = factories.framework(network, key="own")
    foreign = factories.framework(theirs, key="foreign")
    listed = text(hub.get(reverse("maturity:frameworks", kwargs={"site": site.slug})))
    assert "/frameworks/own-1/" in listed
    assert "foreign-1" not in listed
    answers = {
        row.slug: hub.get(
            reverse("maturity:framework", kwargs={"site": site.slug, "slug": row.slug})
        )
        for row in (own, foreign)
    }
    assert {slug: each.status_code for slug, each in answers.items()} == {
        "own-1": 200,
        "foreign-1": 404,
    }


def test_a_site_that_left_the_network_still_reads_what_it_answered(hub, site, network):
    own = factories.framework(network, key="own")
    factories.open_round(network, framework=own)
    network.places.update(valid_to=factories.today().replace(year=2021))
    address = reverse("maturity:framework", kwargs={"site": site.slug, "slug": "own-1"})
    assert hub.get(address).status_code == 200


def test_a_framework_costs_as_many_queries_whatever_is_in_it(hub, site, network, count_queries):
    factories.framework(network, key="small", sub_domains=1, indicators=1)
    factories.framework(network, key="large", sub_domains=9, indicators=5)
    costs = []
    for slug in ("small-1", "large-1", "insites-2025"):
        address = reverse("maturity:framework", kwargs={"site": site.slug, "slug": slug})
        hub.get(address)
        with count_queries() as queries:
            assert hub.get(address).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2] <= 10


def test_lists_cost_the_same_with_more_frameworks(coordinator, network, count_queries):
    costs = []
    for number in range(3):
        factories.framework(network, key=f"own{number}")
        coordinator.get(at(network))
        with count_queries() as queries:
            coordinator.get(at(network))
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2] <= 10


# -- bringing one in ------------------------------------------------------------------------
def test_a_spreadsheet_is_looked_at_and_then_published(coordinator, network, site, sign_in):
    response = bring(coordinator, network, notes="Made here.\n\nFor us.", source="Us")
    draft = FrameworkDraft.objects.get()
    assert response.status_code == 302
    preview = text(coordinator.get(response["Location"]))
    assert "Staff &lt;b&gt;use&lt;/b&gt; it" in preview
    assert "Not published yet" in preview
    assert "Made here." in preview
    assert not Framework.objects.filter(network=network).exists()

    published = coordinator.post(response["Location"], {"do": "publish", "version": draft.version})
    made = Framework.objects.get(network=network)
    assert published["Location"] == at(network, "network_framework", slug="ours-1")
    assert (made.values, made.labels[2]) == ([1, 2], "High")
    assert [row.code for row in made.indicators.all()] == ["learn", "use"]
    assert not FrameworkDraft.objects.exists()
    verbs = Event.objects.filter(verb__startswith="framework.").values_list("verb", flat=True)
    assert list(verbs.order_by("pk"))[-2:] == ["framework.drafted", "framework.published"]
    # Pressed again on the old page: it is gone, not published twice.
    assert coordinator.post(response["Location"], {"do": "publish"}).status_code == 404

    reader = sign_in(factories.member(site, Role.EXECUTIVE))
    address = reverse("maturity:framework", kwargs={"site": site.slug, "slug": "ours-1"})
    assert "Staff can learn" in text(reader.get(address))


def test_an_old_page_does_not_publish_what_somebody_changed(coordinator, network):
    address = bring(coordinator, network)["Location"]
    bring(coordinator, network, CSV.replace("learn", "grow"))
    answer = coordinator.post(address, {"do": "publish", "version": "1"})
    assert answer.status_code == 422
    assert "Somebody else changed this framework" in text(answer)
    assert coordinator.post(address, {"do": "publish", "version": "²"}).status_code == 422
    assert not Framework.objects.filter(network=network).exists()


def test_a_draft_is_thrown_away(coordinator, network):
    address = bring(coordinator, network)["Location"]
    assert coordinator.post(address, {"do": "discard"}).status_code == 302
    assert not FrameworkDraft.objects.exists()
    assert coordinator.get(address).status_code == 404


def test_a_json_file_says_everything_itself(coordinator, network):
    content = json.loads(
        (framework_files.FOLDER / "twelve-enablers.2024.json").read_text(encoding="utf-8")
    )
    content |= {"key": "our-enablers", "version": "2026"}
    response = bring(
        coordinator, network, json.dumps(content), "ours.json", title="", version="",
        follows="twelve-enablers-2024",
    )  # fmt: skip
    draft = FrameworkDraft.objects.get()
    assert (response.status_code, draft.key, draft.edition) == (302, "our-enablers", "2026")
    # Equal codes are proposed as the same.
    assert len(draft.content["crosswalk"]["indicators"]) == 24
    assert "24 indicators are carried on word for word" in text(
        coordinator.get(response["Location"])
    )


def test_the_next_version_begins_as_the_spreadsheet_of_the_one_before(coordinator, network):
    address = bring(
        coordinator, network, valid_from_day="1", valid_from_month="2", valid_from_year="2025"
    )
    coordinator.post(address["Location"], {"do": "publish", "version": "1"})
    first = Framework.objects.get(network=network)
    sheet = coordinator.get(at(network, "network_framework_sheet", slug="ours-1"))
    raw = b"".join(sheet.streaming_content)
    refused = bring(coordinator, network, raw, "x.xlsx", version="2")
    assert "Choose which framework the codes" in text(refused)
    response = bring(
        coordinator, network, raw, "x.xlsx", version="2", follows="ours-1", title="New name"
    )
    assert response.status_code == 302
    coordinator.post(response["Location"], {"do": "publish", "version": "1"})
    second = Framework.objects.get(network=network, edition="2")
    first.refresh_from_db()
    assert (second.key, second.follows_id) == ("ours", first.pk)
    assert first.valid_to is not None
    assert [row.same_as.code for row in second.indicators.all()] == ["learn", "use"]


def test_without_the_column_equal_codes_are_proposed_and_the_draft_can_be_changed(
    coordinator, network
):
    content = framework_files.read_framework(
        (framework_files.FOLDER / "insites.2025.json").read_bytes()
    )
    carried = (
        CSV.replace("learn,1", "funding-budget,1")
        .replace(",1,Low", ",1,Little")
        .replace(",2,High", ",3,Some\n,,Another,another,5,Much")
    )
    response = bring(coordinator, network, carried, follows="insites-2025")
    page = text(coordinator.get(response["Location"]))
    texts = {row["code"]: row["text"] for row in framework_files.indicators_of(content)}
    assert texts["funding-budget"] in page
    assert texts["lessons-kept"] in page  # not carried on
    draft = FrameworkDraft.objects.get()
    assert draft.content["crosswalk"] == {
        "from": "insites-2025", "indicators": {"funding-budget": "funding-budget"},
    }  # fmt: skip
    raw = b"".join(
        coordinator.get(
            at(network, "network_framework_draft_sheet", ref=draft.ref)
        ).streaming_content
    )
    again = bring(coordinator, network, raw, "x.xlsx", follows="insites-2025")
    assert again["Location"] == response["Location"]
    assert FrameworkDraft.objects.get().content["crosswalk"] == draft.content["crosswalk"]


def test_the_spreadsheet_to_start_from_can_be_brought_in(coordinator, network):
    raw = b"".join(coordinator.get(at(network, "network_framework_template")).streaming_content)
    response = bring(coordinator, network, raw, "framework.xlsx")
    assert response.status_code == 302
    assert FrameworkDraft.objects.get().content["domains"][0]["rated"] is False


# -- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"file": ""}, "Choose a file"),
        ({"title": ""}, "Enter the title: a spreadsheet does not say it"),
        ({"version": ""}, "Enter the version: a spreadsheet does not say it"),
        ({"file": file(CSV.replace("Staff can learn", "=1+1"))}, "Row 2, column “Indicator”: begins with “=”"),
        ({"file": file(CSV.replace(",use,", ",learn,"))}, "Row 3, column “Indicator code”: “learn” is the code of row 2 already."),
        ({"file": file(b"x" * 10_000_000, "big.csv")}, "The file is larger than 2 MB."),
        ({"file": file(b"[" * 100_000, "deep.json")}, "nested too deeply"),
        ({"file": file(b"{}", "empty.json")}, "The file lacks key, version, title"),
        ({"file": file(b"<html><script>alert(1)</script></html>", "x.html")}, "The first row must name the columns"),
        ({"file": file(b"\x89PNG\r\n\x1a\n", "x.xlsx")}, "This is a picture"),
        ({"file": file(b"PK\x03\x04nothing", "x.xlsx")}, "This workbook is damaged"),
        ({"title": "A\u202eB"}, "Title: has a character that cannot be shown"),
        ({"notes": "=HYPERLINK()"}, "begins with “=”"),
        ({"follows": "insites-2025"}, "The scale differs"),
        ({"follows": "no-such"}, "what was chosen is not in it"),
        ({"title": "InSites"}, "is the key of a framework that comes with Hubapp"),
        ({"valid_from_day": "31", "valid_from_month": "2", "valid_from_year": "2026"}, "must be a real date"),
    ],
    ids=range(17),
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(coordinator, network, sent, said):
    given = {"title": "Ours", "version": "1", "source": "Typed by us", "file": file(CSV), **sent}
    if hasattr(given["file"], "seek"):
        given["file"].seek(0)
    answer = coordinator.post(at(network), given)
    assert answer.status_code == 422
    assert said in text(answer).replace("&quot;", '"')
    assert "Typed by us" in text(answer)
    assert not FrameworkDraft.objects.exists()


def test_another_networks_draft_is_not_there(coordinator, network, other_site):
    theirs = factories.network_of(other_site)
    content = framework_files.read_framework(
        (framework_files.FOLDER / "twelve-enablers.2024.json").read_bytes()
    )
    draft = frameworks.draft(network=theirs, content={**content, "key": "theirs"}, by=TEST)
    for name in ("network_framework_draft", "network_framework_draft_sheet"):
        assert coordinator.get(at(network, name, ref=draft.ref)).status_code == 404
        assert coordinator.get(at(theirs, name, ref=draft.ref)).status_code == 404
    assert FrameworkDraft.objects.filter(pk=draft.pk).exists()


def test_site_leads_and_foreigners_bring_nothing_in(network, site, sign_in):
    lead = sign_in(factories.member(site, Role.SITE_LEAD))
    assert bring(lead, network).status_code == 404


# -- the API ---------------------------------------------------------------------------------
def test_the_resource_has_the_shape_that_others_build_on(hub):
    answer = hub.get("/api/v1/frameworks/insites-2025/")
    body = answer.json()
    names = [
        sub_domain["name"] for domain in body["domains"] for sub_domain in domain["sub_domains"]
    ]
    assert (len(body["domains"]), len(names)) == (8, 26)
    assert [point["value"] for point in body["scale"]] == [1, 3, 5]
    assert body["scale"][2]["label"] == "Proud to share"
    context, vision = body["domains"][:2]
    assert (context["code"], context["rated"]) == ("context-and-background", False)
    assert context["sub_domains"][0] == {
        "code": "organisational-context", "name": "Organisational context", "rated": False,
        "about": context["sub_domains"][0]["about"], "questions": context["sub_domains"][0]["questions"],
        "indicators": [],
    }  # fmt: skip
    assert vision["sub_domains"][0]["indicators"][0]["code"] == "strategy-agreed"
    assert body["indicator_count"] == 69
    assert (
        hub.get(
            "/api/v1/frameworks/insites-2025/", headers={"If-None-Match": answer["ETag"]}
        ).status_code
        == 304
    )


def test_the_list_is_scoped_and_filtered(hub, site, other_site, network):
    factories.framework(network, key="own")
    factories.framework(factories.network_of(other_site), key="foreign")
    slugs = [row["slug"] for row in hub.get("/api/v1/frameworks/").json()["results"]]
    assert "own-1" in slugs
    assert "insites-2025" in slugs
    assert "foreign-1" not in slugs
    own = hub.get("/api/v1/frameworks/?own=true").json()["results"]
    assert [row["slug"] for row in own] == ["own-1"]
    assert hub.get("/api/v1/frameworks/foreign-1/").status_code == 404
    assert hub.get("/api/v1/frameworks/?kye=own").status_code == 400


def test_a_framework_over_the_api_costs_five_queries_more_than_nothing(hub, count_queries):
    hub.get("/api/v1/frameworks/insites-2025/")
    costs = []
    for slug in ("insites-2025", "no-such-1"):
        with count_queries() as queries:
            hub.get(f"/api/v1/frameworks/{slug}/")
        costs.append(len(queries))
    assert costs[0] - costs[1] <= 5


def test_the_reference_cohort_says_null_where_nothing_was_published(hub):
    [listed] = hub.get("/api/v1/reference-cohorts/").json()["results"]
    assert (listed["slug"], listed["sites"], "indicators" in listed) == ("insites-2025", 18, False)
    body = hub.get("/api/v1/reference-cohorts/insites-2025/").json()
    assert len(body["indicators"]) == 24
    learning = next(row for row in body["indicators"] if row["code"] == "learning-processes")
    assert [cell["standing"] for cell in learning["cells"]] == [
        "misprint", "not_published", "published",
    ]  # fmt: skip
    assert learning["cells"][1] == {
        "rating": 3, "standing": "not_published", "sites": None, "n": None, "percent": None,
    }  # fmt: skip
    assert (learning["figures"][1]["percent_printed"], learning["figures"][1]["percent"]) == (
        36,
        None,
    )
    assert hub.get("/api/v1/reference-cohorts/none/").status_code == 404


def test_a_key_needs_the_scope(client, site):
    from accounts.services import keys

    for scopes, status in ((["maturity:read"], 200), (["kpis:read"], 403)):
        _, key = keys.create_key(site=site, name="Key", scopes=scopes, by=TEST)
        headers = {"Authorization": f"Bearer {key}"}
        for address in ("frameworks/insites-2025", "reference-cohorts", "frameworks"):
            answer = client.get(f"/api/v1/{address}/", headers=headers)
            assert answer.status_code == status
    assert client.get("/api/v1/frameworks/").status_code == 401
