"""Signing in, being locked out, and passwords."""

import re

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core import mail
from django.urls import reverse

from accounts.enums import Role
from hubapp.events.models import Event
from hubapp.notifications.models import Delivery
from tests import factories

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"


@pytest.fixture
def user(site):
    return factories.member(site, Role.STAFF)


def press(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": email, "password": password, **more})


def test_signs_in_with_the_address_in_any_case(client, user):
    answer = press(client, f"  {user.email.upper()} ")
    assert answer.status_code == 302
    assert answer.url == "/"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/roles/?a=1", "/roles/?a=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_goes_on_only_to_addresses_of_this_hub(client, user, target, goes):
    assert press(client, user.email, next=target).url == goes


def test_a_page_that_needs_an_account_comes_back_after_signing_in(client, user, site):
    sent = client.get(f"/{site.slug}/?a=1")
    assert sent.status_code == 302
    page = client.get(sent.url)
    hidden = re.search(r'name="next" value="([^"]+)"', page.content.decode())
    assert press(client, user.email, next=hidden[1]).url == f"/{site.slug}/?a=1"


def test_wrong_password_and_unknown_address_get_the_same_answer(client, user):
    known = press(client, user.email, "wrong")
    unknown = press(client, "nobody@test.example", "wrong")
    assert known.status_code == unknown.status_code == 422
    sentence = "This email address and password do not match"
    assert sentence in known.content.decode()

    def without_what_was_typed(answer, email):
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
        return re.sub(r'"X-CSRFToken": "[^"]+"', "", text).replace(email, "")

    assert without_what_was_typed(known, user.email) == without_what_was_typed(
        unknown, "nobody@test.example"
    )


def test_a_closed_account_cannot_sign_in(client, user):
    user.is_active = False
    user.save()
    assert press(client, user.email).status_code == 422


def test_too_many_tries_close_the_door_even_to_the_right_password(client, user):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = press(client, user.email, "wrong")
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
    assert press(client, user.email).status_code == 429
    # The address itself is stored nowhere.
    stored = str(list(AccessAttempt.objects.values()))
    assert user.email not in stored
    assert "wrong" not in stored


def test_signing_in_forgets_the_wrong_tries(client, user):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        press(client, user.email, "wrong")
    assert press(client, user.email).status_code == 302
    client.post("/accounts/logout/")
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert press(client, user.email, "wrong").status_code == 422


def test_signing_out_needs_a_button(sign_in, user):
    client = sign_in(user)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/").status_code == 200
    assert client.post("/accounts/logout/").url == LOGIN
    assert client.get("/").status_code == 302


def test_demo_sign_ins_are_listed_in_a_demo_only(client, db, settings):
    assert b"hub@demo.example" not in client.get(LOGIN).content
    settings.DEMO = True
    assert b"hub@demo.example" in client.get(LOGIN).content


def test_without_any_site_the_sign_in_page_teaches_how_to_begin(client, db):
    assert b"create_site" in client.get(LOGIN).content
    factories.SiteFactory()
    assert b"create_site" not in client.get(LOGIN).content


def mailed_link(message) -> str:
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def test_a_forgotten_password_is_replaced_by_a_mailed_link_once(client, user, run_outbox):
    known = client.post("/accounts/password/forgotten/", {"email": user.email}, follow=True)
    assert mail.outbox == [], "nothing is sent within the request"
    run_outbox()
    assert [m.to for m in mail.outbox] == [[user.email]]
    link = mailed_link(mail.outbox[0])
    assert client.get(link).status_code == 200
    weak = client.post(link, {"password": "short"})
    assert weak.status_code == 422
    assert "at least 12 characters" in weak.content.decode()
    assert client.post(link, {"password": "a longer secret phrase"}).url == LOGIN
    assert client.post(link, {"password": "another secret phrase"}).status_code == 410
    assert press(client, user.email, "a longer secret phrase").status_code == 302
    unknown = client.post(
        "/accounts/password/forgotten/", {"email": "nobody@test.example"}, follow=True
    )
    assert known.redirect_chain == unknown.redirect_chain


def test_asking_twice_for_a_new_password_sends_one_mail(client, user, run_outbox):
    for _ in range(2):
        client.post("/accounts/password/forgotten/", {"email": user.email})
    run_outbox()
    assert Delivery.objects.filter(kind="accounts.password_reset").count() == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("link", ["XXXXXXXXXX/abc-def", "0/0"])
def test_a_made_up_password_link_gets_a_sentence(client, db, link):
    answer = client.get(f"/accounts/password/new/{link}/")
    assert answer.status_code == 410
    assert b"This link no longer works" in answer.content


def test_changing_the_password_signs_out_everywhere_else(client, user, sign_in):
    other = type(client)()
    press(other, user.email)
    client = sign_in(user)
    wrong = client.post(
        reverse("accounts:change_password"), {"current": "x", "password": "a longer secret phrase"}
    )
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.content.decode()
    done = client.post(
        reverse("accounts:change_password"),
        {"current": PASSWORD, "password": "a longer secret phrase"},
    )
    assert done.status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_the_account_page_shows_roles_and_takes_a_new_name(sign_in, user, site):
    client = sign_in(user)
    assert site.name in client.get("/accounts/me/").content.decode()
    assert client.post("/accounts/me/name/", {"name": "  "}).status_code == 422
    client.post("/accounts/me/name/", {"name": "Robin  Newname"})
    assert "Robin Newname" in client.get("/accounts/me/").content.decode()
    assert "Robin" not in str(list(Event.objects.values()))
