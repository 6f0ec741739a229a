"""A person who is erased is found nowhere; what they did still counts."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from accounts.enums import Role
from accounts.models import Invitation, Membership, Person, User
from accounts.queries import actor_names
from accounts.services import erasure, invitations, people
from hubapp.actors import link
from hubapp.events.models import Event
from portfolio.models import Innovation
from portfolio.services import enquiries, messages
from tests import factories
from tests.factories import TEST

NAME = "Zebedee Quillfeather"
EMAIL = "zebedee.quillfeather@test.example"


def found_in_database(*needles: str) -> list[str]:
    """Every column of every table whose text holds one of the needles, in any case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [
                c.name for c in connection.introspection.get_table_description(cursor, table)
            ]
            for column in columns:
                for needle in needles:
                    cursor.execute(
                        f'SELECT count(*) FROM "{table}" WHERE lower(CAST("{column}" AS text)) LIKE %s',  # noqa: S608
                        [f"%{needle.lower()}%"],
                    )
                    if cursor.fetchone()[0]:
                        found.append(f"{table}.{column}: {needle}")
    return found


@pytest.fixture
def everywhere(settings, tmp_path, site, client, run_outbox):
    """Somebody with an account, who was invited, sent an idea, forgot a password and mistyped it."""
    settings.EMAIL_BACKEND = "hubapp.notifications.filemail.EmailBackend"
    settings.MAIL_DIR = tmp_path / "mail"
    row = invitations.invite(site=site, email=EMAIL, role=Role.HUB_STAFF, by=TEST)
    user = invitations.accept(invitation=row, by=TEST, name=NAME, password="a longer secret phrase")
    idea = factories.innovation(
        site,
        f"An idea of {NAME}",
        email=EMAIL,
        name=NAME,
        problem=f"Thanks,\n{NAME.upper()} ({EMAIL})",
    )
    messages.write_to_hub(innovation=idea, body=f"Yours, {NAME}", by=link(idea.submission.ref))
    enquiries.log(
        site=site,
        kind="question",
        subject=f"{NAME} asks",
        name=NAME,
        email=EMAIL,
        by=TEST,
        detail=f"Please call {NAME}",
    )
    invitations.invite(site=site, email=EMAIL, role=Role.EXECUTIVE, by=TEST)
    people.request_password_reset(email=EMAIL, by=TEST)
    client.post("/accounts/login/", {"username": EMAIL, "password": "wrong"})
    client.post("/accounts/login/", {"username": EMAIL, "password": "a longer secret phrase"})
    client.post("/accounts/me/name/", {"name": NAME + " Jr"})
    people.rename_person(user=User.objects.get(pk=user.pk), name=NAME, by=user.actor)
    run_outbox()
    return User.objects.get(pk=user.pk)


def test_nothing_of_an_erased_person_is_left(
    everywhere, settings, client, django_capture_on_commit_callbacks
):
    assert found_in_database(EMAIL), "the scan finds what is there"
    mails = list(Path(settings.MAIL_DIR).glob("*.eml"))
    assert any(EMAIL in file.read_text() for file in mails)
    events_before = Event.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        count = erasure.erase_person(person=everywhere.person, by=TEST)
    assert count >= 2
    assert found_in_database("zebedee", "quillfeather") == []
    idea = Innovation.objects.get(submission__isnull=False)
    assert idea.title.startswith("An idea of █")
    assert [
        f for f in Path(settings.MAIL_DIR).glob("*.eml") if "zebedee" in f.read_text().lower()
    ] == []
    # What they did still counts.
    assert Event.objects.count() > events_before
    assert Event.objects.filter(verb="person.erased").count() == count
    assert actor_names([("user", everywhere.ref)])["user", everywhere.ref] == "Erased person"
    # The account is closed, and open invitations with it.
    assert not Membership.objects.filter(user=everywhere, ended_at=None).exists()
    assert not Invitation.objects.filter(accepted_at=None, revoked_at=None).exists()
    assert client.get("/").status_code == 302
    assert (
        client.post(
            "/accounts/login/", {"username": EMAIL, "password": "a longer secret phrase"}
        ).status_code
        == 422
    )


def test_others_keep_their_mail_and_their_rows(
    everywhere, settings, run_outbox, site, django_capture_on_commit_callbacks
):
    invitations.invite(site=site, email="other@test.example", role=Role.STAFF, by=TEST)
    run_outbox()
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase_person(person=everywhere.person, by=TEST)
    assert any("other@test.example" in f.read_text() for f in Path(settings.MAIL_DIR).glob("*.eml"))
    assert Person.objects.filter(email="other@test.example").exists()


def test_the_only_lead_can_be_erased(site, settings):
    user = factories.member(site, Role.SITE_LEAD)
    erasure.erase_person(person=user.person, by=TEST)
    assert not Membership.objects.filter(site=site, ended_at=None).exists()


def test_the_same_address_can_begin_anew(everywhere):
    erasure.erase_person(person=everywhere.person, by=TEST)
    fresh = people.create_user(email=EMAIL, name="Somebody New", by=TEST)
    assert fresh.pk != everywhere.pk


def test_the_command_erases_and_says_so(everywhere, capsys):
    call_command("erase_person", EMAIL, "--yes")
    assert "Erased" in capsys.readouterr().out
    assert not Person.objects.with_address(EMAIL).exists()
    with pytest.raises(CommandError, match="Nobody has this address"):
        call_command("erase_person", EMAIL, "--yes")


def test_names_and_addresses_live_in_person_only():
    """Foreign keys point to people by id; no other table has a column for a name or an address of somebody."""
    holding = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"hubapp", "accounts", "portfolio", "kpis"}
        for field in model._meta.get_fields()
        if isinstance(field, models.EmailField)
        or getattr(field, "name", "") in {"email", "phone", "first_name", "last_name"}
    }
    assert holding == {"accounts.Person.email", "accounts.Person.phone"}
