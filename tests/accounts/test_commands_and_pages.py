"""Commands, demo, the mailbox, and pages that are open to anyone."""

import re
import stat
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from accounts import demo, roles
from accounts.api.authentication import KeyPrincipal
from accounts.models import ApiKey, Membership, Network, Organisation, Person, Site, User
from accounts.rules import PERMISSIONS
from hubapp import hooks
from hubapp.events.models import Event
from hubapp.hooks import WorkItem, WorkList
from hubapp.notifications.models import Delivery
from tests import factories
from tests.factories import TEST


def test_a_first_site_can_be_made_and_entered(db, client, capsys):
    call_command("create_network", "west", "West network", "--coordinator", "c@test.example")
    network_link = re.search(
        r"http://testserver(/accounts/password/new/\S+)", capsys.readouterr().out
    )[1]
    assert client.post(network_link, {"password": "a longer secret phrase"}).status_code == 302
    call_command(
        "create_site",
        "rxx",
        "Some Trust",
        "--lead",
        "lead@test.example",
        "--ods",
        "RXX",
        "--network",
        "west",
    )
    link = re.search(r"http://testserver(/invitation/\S+)", capsys.readouterr().out)[1]
    answer = client.post(link, {"name": "Lead Person", "password": "a longer secret phrase"})
    assert answer.url == "/rxx/"
    assert client.get("/rxx/settings/members/").status_code == 200
    assert Organisation.objects.get().ods_code == "RXX"
    assert Network.objects.get().places.count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["submit", "Some Trust", "--lead", "a@test.example"], "is an address of Hubapp itself"),
        (["RXX", "Some Trust", "--lead", "nobody"], "Enter a valid email address"),
        (
            ["RXX", "Some Trust", "--lead", "a@test.example", "--network", "none"],
            "There is no network",
        ),
        (["RXX", "Some Trust", "--lead", "a@test.example", "--ods", "?"], "An ODS code is"),
        (["RXX", " ", "--lead", "a@test.example"], "name: This field cannot be blank"),
    ],
)
def test_what_a_command_refuses_is_a_sentence_and_changes_nothing(db, arguments, sentence):
    before = Event.objects.count()
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("create_site", *arguments)
    assert not Site.objects.exists()
    assert not Organisation.objects.exists()
    assert Event.objects.count() == before


def test_a_key_is_alone_on_the_last_line(site, capsys):
    call_command(
        "create_api_key",
        "--site",
        site.code.lower(),
        "--scope",
        "kpis:read",
        "--scope",
        "sites:read",
        "--days",
        "5",
    )
    last = capsys.readouterr().out.rstrip("\n").split("\n")[-1]
    assert re.fullmatch(r"hub_[A-Za-z0-9_-]{43}", last)
    key = ApiKey.objects.get()
    assert key.scopes == ["kpis:read", "sites:read"]
    assert KeyPrincipal(key).has_perm("accounts.view_site", site)
    with pytest.raises(CommandError, match="no site with the code"):
        call_command("create_api_key", "--site", "NONE", "--scope", "kpis:read")


# -- demo ------------------------------------------------------------------
@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_the_demo_is_loaded_once(db, data_dir, client):
    demo.load(TEST)
    counts = [
        m.objects.count() for m in (Site, User, Person, Membership, Network, Organisation, Event)
    ]
    demo.load(TEST)
    assert counts == [
        m.objects.count() for m in (Site, User, Person, Membership, Network, Organisation, Event)
    ]
    assert set(Site.objects.values_list("code", "is_demo")) == {
        ("DEMO1", True),
        ("DEMO2", True),
        ("DEMO3", True),
    }
    assert not Organisation.objects.exclude(ods_code=None).exists(), "never a real organisation"
    kept = data_dir / "demo-password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for person in demo.PEOPLE:
        answer = client.post(
            "/accounts/login/", {"username": person.email, "password": kept.read_text().strip()}
        )
        assert answer.status_code == 302, person.email
        client.post("/accounts/logout/")


def test_a_real_hub_gets_no_demo(db, data_dir):
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")
    assert not Site.objects.exists()


def test_each_installation_has_its_own_demo_password(data_dir, settings, tmp_path):
    first = demo.password()
    assert first == demo.password()
    settings.DATA_DIR = tmp_path / "other"
    settings.DATA_DIR.mkdir()
    assert demo.password() != first


@pytest.fixture
def mail_dir(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    settings.EMAIL_BACKEND = "hubapp.notifications.filemail.EmailBackend"
    return settings.MAIL_DIR


def test_the_mailbox_is_for_demos_only(client, db, mail_dir):
    assert client.get("/demo/mailbox/").status_code == 404
    assert client.get("/demo/mailbox/abc/").status_code == 404


def test_the_mailbox_shows_mail_as_text_with_links(client, settings, mail_dir, site, run_outbox):
    settings.DEMO = True
    assert "No mail yet" in client.get("/demo/mailbox/").content.decode()
    site.name = "Ideas <script>alert(1)</script>"
    site.save()
    call_command("create_site", "RXX", "Some <b>Trust</b>", "--lead", "lead@test.example")
    run_outbox()
    listed = client.get("/demo/mailbox/").content.decode()
    assert "lead@test.example" in listed
    assert "<b>Trust" not in listed
    path = re.search(r'href="(/demo/mailbox/[a-z0-9]+/)"', listed)[1]
    mail = client.get(path).content.decode()
    assert "<b>Trust" not in mail
    assert '<a href="http://testserver/invitation/' in mail
    assert Delivery.objects.get().sent_at


@pytest.mark.parametrize("name", ["..", "%2e%2e", "x" * 200, "nope", "a.b"])
def test_the_mailbox_opens_only_its_own_files(client, db, settings, mail_dir, name):
    settings.DEMO = True
    assert client.get(f"/demo/mailbox/{name}/").status_code == 404


# -- home ------------------------------------------------------------------
def test_home_shows_what_waits(hub, monkeypatch, site):
    registry = hooks.Registry()
    registry.register(
        lambda user: [
            WorkList(
                "Ideas for you",
                [WorkItem("An idea", "/x/", site.name, "assigned to you", overdue=True)],
                more_href="/all/",
            )
        ]
    )
    monkeypatch.setattr(hooks, "work", registry)
    text = hub.get("/").content.decode()
    assert "Ideas for you" in text
    assert "An idea" in text
    assert "Late" in text
    assert 'href="/all/"' in text


def test_home_teaches_when_there_is_nothing(sign_in, db, monkeypatch):
    monkeypatch.setattr(hooks, "work", hooks.Registry())
    lone = factories.UserFactory()
    assert "create_site" in sign_in(lone).get("/").content.decode()
    site = factories.SiteFactory()
    text = sign_in(lone).get("/").content.decode()
    assert "create_site" not in text
    assert "You are not a member of a site yet" in text
    member = factories.member(site)
    assert "Nothing waits for you" in sign_in(member).get("/").content.decode()


# -- open pages ------------------------------------------------------------
@pytest.mark.parametrize("path", ["/privacy/", "/accessibility/", "/roles/"])
def test_open_pages_open_for_anyone(client, db, path):
    assert client.get(path).status_code == 200


def test_every_permission_is_on_the_page_of_roles_and_in_the_docs(client, db):
    page = client.get("/roles/").content.decode().replace("&#x27;", "'")
    for permission in PERMISSIONS.values():
        assert permission.words in page
    kept = Path(django_settings.BASE_DIR, "docs", "roles.md").read_text(encoding="utf-8")
    assert kept == roles.as_markdown(), "run ./manage.py write_roles"


def test_every_event_of_accounts_has_words():
    verbs = set()
    for file in Path(django_settings.BASE_DIR, "accounts").rglob("*.py"):
        verbs |= set(re.findall(r'events\.record(?:_many)?\(\s*"([a-z_.]+)"', file.read_text()))
    assert verbs
    assert verbs - set(hooks.event_words) == set()
