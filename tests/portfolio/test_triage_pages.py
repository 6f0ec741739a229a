"""Every page of the desk opens, filled and empty, for who may and nobody else."""

import pytest
from django.urls import reverse

from hubapp.actors import link
from portfolio.services import enquiries, messages, reasons
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def idea(site):
    return factories.innovation(
        site, "A cold-chain label", email="ann@test.example", problem="Vaccines spoil."
    )


def url(name, site, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})


def test_every_page_opens(hub, site, idea):
    reasons.install_for_site(site=site, by=TEST)
    messages.write_to_hub(innovation=idea, body="Any news?", by=link(idea.submission.ref))
    enquiry = enquiries.log(site=site, kind="question", subject="Who pays?", by=TEST)
    reason = site.decision_reasons.first()
    pages = [
        url(name, site)
        for name in (
            "triage",
            "add",
            "innovations",
            "enquiries",
            "log_enquiry",
            "reasons",
            "add_reason",
        )
    ]
    pages += [
        url(name, site, ref=idea.ref)
        for name in (
            "triage_item",
            "innovation",
            "assign",
            "assess",
            "decide",
            "message",
            "correct",
            "redact",
        )
    ]
    pages += [
        url("decide", site, ref=idea.ref) + f"?kind={kind}"
        for kind in ("scoping", "ask", "decline")
    ]
    pages += [url("enquiry", site, ref=enquiry.ref), url("reason", site, ref=reason.ref)]
    for page in pages:
        response = hub.get(page)
        assert response.status_code == 200, page
        html = response.content.decode()
        assert html.count("<h1") == 1, page
        assert "style=" not in html, page
