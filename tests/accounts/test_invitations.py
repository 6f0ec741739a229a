"""Invited by mail, accepted by a press of a button, once."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.enums import Function, Role
from accounts.links import invitation_path
from accounts.models import Invitation, Membership, Person, User
from accounts.services import invitations
from hubapp.problems import Refused
from tests import factories

NEW = {"name": "Ada Example", "password": "a longer secret phrase"}


@pytest.fixture
def lead(site):
    return factories.member(site, Role.SITE_LEAD)


@pytest.fixture
def invitation(site):
    return invitations.invite(
        site=site, email="new@test.example", role=Role.HUB_STAFF, by=factories.TEST
    )


def link_in(message) -> str:
    return re.search(r"http://testserver(/invitation/\S+)", message.body)[1]


def test_a_lead_invites_and_the_invited_joins(
    sign_in, client, lead, site, run_outbox, django_user_model
):
    browser = sign_in(lead)
    answer = browser.post(
        f"/{site.slug}/settings/members/invite/",
        {
            "email": "New@Test.example",
            "role": Role.REVIEWER,
            "functions": [Function.IG, Function.DIGITAL],
        },
    )
    assert answer.status_code == 302
    run_outbox()
    assert mail.outbox[0].to == ["new@test.example"]
    link = link_in(mail.outbox[0])
    guest = type(client)()
    page = guest.get(link)
    assert site.name in page.content.decode()
    assert not Membership.objects.filter(user__person__email="new@test.example").exists(), (
        "opening accepts nothing"
    )
    assert guest.post(link, NEW).url == f"/{site.slug}/"
    user = User.objects.get_by_natural_key("new@test.example")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.functions) == (
        Role.REVIEWER,
        [Function.DIGITAL, Function.IG],
    )
    assert guest.get(f"/{site.slug}/").status_code == 200
    assert str(user) == "Ada Example"


def test_a_link_works_once(client, invitation):
    link = invitation_path(invitation)
    assert client.post(link, NEW).status_code == 302
    second = type(client)().post(link, {**NEW, "name": "Second Person"})
    assert second.status_code == 410
    assert "has been used" in second.content.decode()
    assert Membership.objects.filter(site=invitation.site, role=Role.HUB_STAFF).count() == 1


def test_pressing_at_the_same_moment_makes_one_member(invitation):
    first = Invitation.objects.select_related("site", "person").get(pk=invitation.pk)
    second = Invitation.objects.select_related("site", "person").get(pk=invitation.pk)
    invitations.accept(invitation=first, by=factories.TEST, **NEW)
    with pytest.raises(Refused):
        invitations.accept(invitation=second, by=factories.TEST, **NEW)
    assert User.objects.filter(person__email="new@test.example").count() == 1


def test_an_old_link_gets_a_sentence_and_sending_again_renews_it(client, invitation, run_outbox):
    with time_machine.travel(timezone.now() + dt.timedelta(days=15)):
        old = client.get(invitation_path(invitation))
        assert old.status_code == 410
        assert "too old" in old.content.decode()
        before = invitation_path(invitation)
        invitations.resend(invitation=invitation, by=factories.TEST)
        run_outbox()
        assert client.get(link_in(mail.outbox[-1])).status_code == 200
        assert "newer mail" in client.get(before).content.decode()


def test_a_mail_that_is_no_longer_wanted_is_not_sent(invitation, run_outbox):
    invitations.revoke(invitation=invitation, by=factories.TEST)
    run_outbox()
    assert mail.outbox == []


def test_one_taken_back_gets_a_sentence(client, invitation):
    invitations.revoke(invitation=invitation, by=factories.TEST)
    answer = client.post(invitation_path(invitation), NEW)
    assert answer.status_code == 410
    assert "taken back" in answer.content.decode()


@pytest.mark.parametrize("token", ["x", "AAAAAAAAAA-1.abc", "a" * 5000, "٣-1.x"])
def test_a_made_up_link_gets_a_sentence(client, db, token):
    answer = client.get(f"/invitation/{token}/")
    assert answer.status_code == 404
    assert "not complete" in answer.content.decode()


def test_somebody_else_signed_in_cannot_take_it(sign_in, lead, invitation):
    answer = sign_in(lead).post(invitation_path(invitation), NEW)
    assert answer.status_code == 403
    assert "another address" in answer.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_who_has_an_account_signs_in_and_accepts(client, sign_in, other_site, site):
    user = factories.member(other_site, Role.STAFF)
    row = invitations.invite(site=site, email=user.email, role=Role.EXECUTIVE, by=factories.TEST)
    link = invitation_path(row)
    page = client.get(link)
    assert f"/accounts/login/?next={link}" in page.content.decode()
    assert client.post(link, NEW).status_code == 200, (
        "no second account for an address that has one"
    )
    assert User.objects.filter(person__email=user.email).count() == 1
    assert sign_in(user).post(link).url == f"/{site.slug}/"
    assert Membership.objects.filter(user=user, site=site, role=Role.EXECUTIVE).exists()


def test_a_weak_password_is_said_and_the_name_is_kept(client, invitation):
    answer = client.post(
        invitation_path(invitation), {"name": "Ada Example", "password": "password1234"}
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "too common" in text
    assert "Ada Example" in text
    assert not Person.objects.filter(signs_in=True).exists()
    assert Invitation.objects.get().accepted_at is None


def test_inviting_twice_is_refused_with_a_sentence(sign_in, lead, site, invitation):
    answer = sign_in(lead).post(
        f"/{site.slug}/settings/members/invite/",
        {"email": "new@test.example", "role": Role.HUB_STAFF},
    )
    assert answer.status_code == 422
    assert "has an invitation to this role already" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "nobody", "role": Role.HUB_STAFF}, "must be an email address"),
        ({"email": "a@test.example"}, "Select a role"),
        ({"email": "a@test.example", "role": "boss"}, "Choose a role from the list"),
    ],
)
def test_bad_input_names_its_field(sign_in, lead, site, typed, sentence):
    answer = sign_in(lead).post(f"/{site.slug}/settings/members/invite/", typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_lead_of_another_site_cannot_touch_it(sign_in, other_site, site, invitation):
    browser = sign_in(factories.member(other_site, Role.SITE_LEAD))
    for verb in ("resend", "revoke"):
        for slug in (site.slug, other_site.slug):
            assert (
                browser.post(f"/{slug}/settings/invitations/{invitation.ref}/{verb}/").status_code
                == 404
            )
    assert Invitation.objects.get().is_open
