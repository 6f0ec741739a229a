"""Cookies: what a browser never sends, and what every one of ours says."""

import pytest
from django.conf import settings
from django.http import parse_cookie

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/submit/", "/api/v1/sites/"])
@pytest.mark.parametrize("key", ['"\\000abcdefghijk"', '"\\303\\251"', "a" * 4000, "'; --abcdef"])
def test_a_cookie_that_we_never_made_is_nobodys(client, path, key):
    """Quoted, it may hold a NUL, which PostgreSQL cannot be asked about."""
    header = f"{settings.SESSION_COOKIE_NAME}={key}"
    assert settings.SESSION_COOKIE_NAME in parse_cookie(header)
    response = client.get(path, headers={"Cookie": header})
    expected = {"/": 302, "/api/v1/sites/": 401}.get(path, 200)
    assert response.status_code == expected


def test_a_session_that_we_made_goes_on(hub):
    assert hub.get("/").status_code == 200
    cookie = hub.get("/accounts/me/").wsgi_request.session
    assert cookie.session_key.isalnum()
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_a_page_that_is_too_old_repeats_no_password(client):
    """What was typed is shown, so that nothing is lost; a password is not."""
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    typed = {"current": "my present password", "password": "my next password", "name": "kept"}
    response = strict.post("/accounts/me/password/", typed)
    html = response.content.decode()
    assert response.status_code == 403
    assert "kept" in html
    assert "present password" not in html
    assert "next password" not in html
