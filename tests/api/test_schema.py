"""The OpenAPI file tells the truth: it is in step, and answers are as it says whatever is sent."""

import os
from pathlib import Path

import pytest
import schemathesis
import yaml
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.enums import Scope
from accounts.services.keys import create_key
from hubapp.actors import ActorKind
from maturity.models import Review
from maturity.services import assessments as self_assessments
from maturity.services import closing, evidence, raters
from portfolio.enums import DecisionKind
from portfolio.services import assessments, decisions, enquiries
from tests import factories
from tests.api.conftest import BY, two_questions

FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_MAX_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

config = schemathesis.Config.from_dict(
    {
        "generation": {"mode": "all", "allow-x00": True, "codec": "utf-8"},
        "phases": {"coverage": {"enabled": False}},
    }
)
schema = schemathesis.openapi.from_path(str(FILE), config=config)
schema.app = get_wsgi_application()


@pytest.fixture
def same_connection():
    """A request must not close the connection that the test's own transaction is on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def kept_records(kept_rows):
    """One record of every resource, by the name of its place in an address, and a key that reads them."""
    with kept_rows():
        yield make_records()


@pytest.fixture
def records(kept_records, same_connection, db) -> dict:
    return kept_records


def make_records() -> dict:
    site = factories.SiteFactory()
    hub_user, checklist = factories.member(site), two_questions()
    factories.reason(site)
    idea = factories.innovation(site, "A real one")
    decision = decisions.decide(
        innovation=idea, kind=DecisionKind.DECLINE, reason_code="test-reason", words="No.", by=BY
    )
    idea.refresh_from_db()
    decisions.undo(decision=decision, by=BY)
    idea.refresh_from_db()
    by = factories.actor_of(hub_user)
    assessment = assessments.save_answers(
        innovation=idea,
        checklist=checklist,
        answers={"relevance": ("yes", ""), "impact": ("no", "")},
        by=by,
        assessor=hub_user,
    )
    assessments.finish(assessment=assessment, by=by)
    enquiry = enquiries.log(site=site, kind="question", subject="Who pays?", by=BY)
    key = create_key(site=site, name="Schema", scopes=Scope.values, by=BY)[1]
    return {
        "key": key,
        "/innovations/": idea.ref,
        "/decisions/": decision.ref,
        "/decision-reasons/": site.decision_reasons.get().ref,
        "/checklists/": checklist.ref,
        "/enquiries/": enquiry.ref,
        "/sites/": site.code,
        "/assessments/": assessment.ref,
        **maturity_of(site),
    }


def maturity_of(site) -> dict:
    """What a site said of itself in a round that has closed, with what hangs on it."""
    other = factories.SiteFactory()
    round = factories.open_round(
        factories.network_of(site, other), asks_raters=True, asks_review=True
    )
    row = factories.self_assessment(site, round, s1_i1=3)
    rater = raters.invite(assessment=row, name="Ann", email="ann@test.example", by=BY)
    raters.rate(rater=rater, answers={"s1-i1": self_assessments.rated(5)}, by=BY)
    raters.finish(rater=rater, by=BY)
    self_assessments.submit(assessment=row, by=BY)
    closing.close(round=round, by=BY)
    theirs = factories.self_assessment(other, round, s1_i1=1)
    review = Review.objects.create(
        site=other, assessment=theirs, reviewing_site=site, asked_at=row.created_at
    )
    return {
        "/rounds/": round.ref,
        "/releases/": 1,
        "/self-assessments/": row.ref,
        "/raters/": rater.ref,
        "/reviews/": review.ref,
        "/evidence/": evidence.add(site=site, title="Plan", url="https://e.example/", by=BY).ref,
    }


def real_address(case, records: dict) -> dict[str, str]:
    """For each place in the address, the record that the part before it names."""
    found = {}
    for name in case.path_parameters or {}:
        before = case.path.split("{" + name + "}")[0]
        part = "/" + before.rstrip("/").rsplit("/", 1)[1] + "/"
        found[name] = records.get(part, case.path_parameters[name])
    return found


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_the_schema_says(case, records):
    """As generated, and again with records that exist, so that more than 404 is seen."""
    headers = {"Authorization": f"Bearer {records['key']}"}
    case.call_and_validate(headers=headers, checks=_checks(case))
    if case.path_parameters:
        case.path_parameters.update(real_address(case, records))
        if "If-Match" in (case.headers or {}):
            headers["If-Match"] = "*"
        case.call_and_validate(headers=headers, checks=_checks(case))


def _checks(case) -> list:
    # With ``fields`` an answer leaves out what the schema requires; the parameter says so.
    if "fields" in (case.query or {}):
        return [check for check in CHECKS if check is not response_schema_conformance]
    return CHECKS


def test_the_file_is_in_step(tmp_path):
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", "--file", str(fresh), "--validate", "--fail-on-warn")
    advice = "docs/openapi.yaml is behind: ./manage.py spectacular --file docs/openapi.yaml"
    assert FILE.read_text() == fresh.read_text(), advice


def test_every_operation_says_what_all_have_in_common():
    described = yaml.safe_load(FILE.read_text())
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        assert path.startswith("/api/v1/"), path
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["security"], where
            codes = set(operation["responses"])
            assert codes >= {"400", "401", "403", "404", "429"}, where
            for code in codes - {"200", "201", "204", "304"}:
                assert list(operation["responses"][code]["content"]) == [
                    "application/problem+json"
                ], where
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            if method in ("put", "patch", "delete"):
                assert "If-Match" in names, where
            if method == "post":
                assert names & {"If-Match", "Idempotency-Key"}, where


def test_no_shape_holds_a_name_or_an_address():
    described = yaml.safe_load(FILE.read_text())
    shapes = described["components"]["schemas"]
    for name, shape in shapes.items():
        if name.endswith("Request"):
            continue
        held = set(shape.get("properties", ()))
        assert not held & {"email", "phone", "submitter", "enquirer", "person", "role_words"}, name
        if "name" in held:
            # Of a site, an organisation, a measure, a file, a text, a list, a round, a framework's parts: never of
            # a person.
            named = {"Site", "Organisation", "Kpi", "Attachment", "Template", "View"}
            named |= {"Round", "Progress", "Domain", "SubDomain"}
            assert name in named | {"CountedPart", "ReportSubDomain", "WholeShape"}, name
    assert ActorKind.USER in shapes["ActorKind"]["enum"]
