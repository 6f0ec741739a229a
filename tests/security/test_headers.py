"""What every page says to browsers and proxies."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


def test_a_page_of_somebody_signed_in_is_kept_by_nobody(client, site):
    client.force_login(factories.member(site), backend="accounts.backends.EmailBackend")
    for path in ("/", f"/{site.slug}/triage/", f"/{site.slug}/innovations/", "/accounts/me/"):
        kept = client.get(path)["Cache-Control"]
        assert {"private", "no-cache"} <= set(kept.replace(" ", "").split(",")), path


def test_a_page_that_shows_a_secret_is_not_stored(client, site):
    client.force_login(
        factories.member(site, "site_lead"), backend="accounts.backends.EmailBackend"
    )
    form = {"name": "Numbers", "scopes": ["kpis:read"], "expires_on": ""}
    page = client.post(f"/{site.slug}/settings/keys/new/", form)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/accounts/login/", "/submit/", "/privacy/", "/no-such-page/"])
def test_no_page_runs_a_script_of_its_own(client, path):
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in response.content.decode()
