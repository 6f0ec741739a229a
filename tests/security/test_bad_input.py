"""Bad input on every address and resource gets an answer below 500, on both databases."""

import json

import pytest

from portfolio.models import Innovation, Submission
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

DEEP = "[" * 900 + "]" * 900
BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"{",
    b"\xff\xfe",
    b'{"title": NaN}',
    DEEP.encode(),
    b'{"title": ' + DEEP.encode() + b"}",
    b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"title": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"title": "a\\u0000b"}',
    b'{"title": 1e999}',
    b'{"title": ' + b"9" * 5000 + b"}",
    b'{"title": {"a": 1}}',
    b'{"title": true, "site": 12}',
    b'{"title": "x", "innovation_type": ["a"]}',
    b'{"title": "x", "innovation_type": {}}',
    b'{"title": "x", "site": "\\u0000"}',
    b'{"title": "x", "site": "\\ud800"}',
    b'{"title": "x", "email": "a@' + "é".encode() * 70 + b'.example"}',
    b'{"title": "x", "email": "' + b"a" * 300 + b'@b.example"}',
    b'{"title": "x", "assignee": "\\u0000"}',
    b'{"title": "x", "assignee": {}}',
    json.dumps({"title": "A" * 100_000}).encode(),
    json.dumps({"title": "x", "idea": "A" * 100_000}).encode(),
    b'{"kind": "question", "subject": "\\ud800"}',
    b'{"kind": {}, "subject": []}',
    b'{"answer": "\\ud800", "to": "\\u0000"}',
    b'{"kind": "decline", "reason_code": "\\u0000", "words": "\\ud800"}',
    b'{"checklist": "\\u0000", "answers": [{"code": "\\u0000", "value": {}}]}',
    b'{"checklist": [], "answers": {"0": 1}}',
]
VALUES = [
    "",
    "\x00",
    "9" * 5000,
    "-1",
    "99999999999999999999999",
    "²",
    "<script>",
    "\u202e",
    "😀" * 50,
    "2026-13-45",
    "0000-00-00",
    "9999-12-31",
    "9999-12",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "../../etc/passwd",
    "A" * 6000,
]


@pytest.fixture
def no_limits(settings, monkeypatch):
    from hubapp.api.throttling import CallerThrottle

    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"api": None}, raising=False)
    monkeypatch.setattr(CallerThrottle, "rate", None, raising=False)


@pytest.fixture
def idea(site):
    return factories.innovation(site, "An idea", email="a@test.example")


@pytest.fixture
def desk(site, no_limits):
    return Caller(user=factories.member(site, "site_lead"))


def addresses(idea):
    one = f"innovations/{idea.ref}/"
    return [
        ("POST", "innovations/"),
        ("PATCH", one),
        ("POST", f"{one}decisions/"),
        ("POST", f"{one}assessments/"),
        ("POST", f"{one}resume/"),
        ("POST", "enquiries/"),
    ]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_body_that_is_wrong_is_answered(desk, idea, number):
    for method, path in addresses(idea):
        for key in ("", f"key-{number}-{path}"[:200]):
            response = desk.send(method, path, BODIES[number], if_match="*", key=key)
            assert response.status_code < 500, (method, path)
            if response.status_code >= 400:
                assert response["Content-Type"] == "application/problem+json"
                assert response.json()["detail"]


@pytest.mark.parametrize(
    "resource",
    [
        "sites",
        "innovations",
        "decisions",
        "checklists",
        "decision-reasons",
        "enquiries",
        "kpis",
        "kpi-values",
    ],
)
def test_a_parameter_that_is_wrong_is_answered(desk, idea, resource):
    names = [
        "q",
        "cursor",
        "state",
        "innovation_type",
        "assignee",
        "received_from",
        "received_to",
        "site",
        "fields",
        "ordering",
        "updated_since",
        "as_of",
        "status",
        "kpi",
        "grain",
        "from",
        "to",
        "kind",
        "made_from",
        "made_to",
        "innovation",
        "key",
        "valid_on",
        "is_active",
        "format",
    ]
    for name in names:
        for number, value in enumerate(VALUES):
            accept = ("application/json", "text/csv")[number % 2]
            response = desk.get(f"{resource}/", headers={"Accept": accept}, **{name: value})
            assert response.status_code < 500, (name, value[:20])
            body = response.getvalue()
            if b"no such parameter" in body:
                break
    for value in VALUES:
        if value and "\x00" not in value:
            assert desk.get(f"{resource}/{value}/").status_code in (400, 404)


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=",
     "application/x-www-form-urlencoded; charset=utf-99", "application/json; charset=utf-16", "%00"],
)  # fmt: skip
def test_a_kind_of_content_that_is_wrong_is_answered(desk, client, idea, kind):
    for method, path in addresses(idea):
        response = desk.send(method, path, b"a=1", if_match="*", kind=kind)
        assert response.status_code < 500
    for path in ("/submit/", "/accounts/login/"):
        assert client.generic("POST", path, b"a=1", content_type=kind).status_code < 500


@pytest.mark.parametrize("value", ["\x00", "9" * 5000, "-1", "²"])
def test_a_form_that_is_wrong_is_answered(client, site, idea, value, no_limits):
    """Every name that a page reads, on every page that takes a form."""
    lead = factories.member(site, "site_lead")
    reason = factories.reason(site)
    client.force_login(lead, backend="accounts.backends.EmailBackend")
    names = [
        "action",
        "add",
        "all",
        "answer",
        "assessment",
        "assignee",
        "body",
        "by",
        "code",
        "confirmed",
        "current",
        "cursor",
        "decision",
        "decision_days",
        "detail",
        "email",
        "everything",
        "expires_on",
        "expires_on_0",
        "expires_on_1",
        "expires_on_2",
        "file",
        "for_whom",
        "fragments",
        "functions",
        "how_long_kept",
        "idea",
        "innovation",
        "innovation_type",
        "is_active",
        "is_confidential",
        "is_open",
        "kind",
        "kpi",
        "label",
        "month",
        "name",
        "network",
        "next",
        "next_step",
        "once",
        "once_key",
        "organisation_words",
        "page",
        "part",
        "password",
        "position",
        "preview",
        "privacy_notice",
        "problem",
        "reason",
        "reason_code",
        "role",
        "role_words",
        "roles",
        "scopes",
        "second_note",
        "sent",
        "signposted_to",
        "site",
        "sites",
        "slug",
        "state",
        "subject",
        "submitter_kind",
        "title",
        "to",
        "to_0",
        "token",
        "type",
        "username",
        "version",
        "who",
        "who_reads",
        "words",
        "where",
    ]
    one = f"innovations/{idea.ref}/"
    pages = [
        *(f"/{site.slug}/{path}" for path in (
            "settings/details/", "settings/members/invite/", f"settings/members/{lead.ref}/",
            f"settings/members/{lead.ref}/cover/", f"settings/members/{lead.ref}/remove/",
            "settings/keys/new/", "settings/front-door/", "settings/reasons/new/",
            f"settings/reasons/{reason.ref}/", "settings/reasons/standard/", "triage/", "add/",
            *(f"{one}{verb}/" for verb in (
                "assign", "assess", "decide", "resume", "message", "correct", "redact")),
            "enquiries/new/", "import/", "dashboard/2026-10/compute/", "dashboard/0001-01/compute/",
            "dashboard/9999-12/compute/",
        )),
        "/submit/", f"/submit/{site.slug}/", "/accounts/me/name/", "/accounts/me/password/",
        "/accounts/password/forgotten/", "/accounts/login/",
    ]  # fmt: skip
    for path in pages:
        for data in (dict.fromkeys(names, value), {name: [value, value] for name in names}):
            response = client.post(path, data)
            assert response.status_code < 500, path
            response = client.get(path, dict.fromkeys(names, value[:50]))
            assert response.status_code < 500, path
    assert Innovation.objects.count() >= 1
    assert Submission.objects.count() >= 1
