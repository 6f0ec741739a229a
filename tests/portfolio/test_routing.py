"""Ideas that name no site: only their coordinator reads them and sends them on, once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from portfolio import links
from portfolio.models import FrontDoor, Innovation, Submission
from portfolio.services import submissions
from tests import factories
from tests.portfolio.test_front_door import link_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(site):
    """A network with one site and a coordinator."""
    made = factories.NetworkFactory()
    factories.place(made, site)
    made.coordinator = factories.coordinator(made)
    return made


def unsure(network, title="Where does this go?", confirm=True) -> Submission:
    """An idea whose sender was not sure."""
    by = factories.TEST
    draft = submissions.start_draft(submitter_kind="public", entry_site=None, by=by)
    submissions.save_draft(
        draft=draft,
        by=by,
        answers={
            "title": title, "problem": "P", "for_whom": "W", "idea": "I", "is_confidential": False,
            "network": network.slug, "sites": [],
        },
        person={"name": "Ada", "email": "ada@test.example"},
    )  # fmt: skip
    submission = submissions.send_draft(draft=draft, by=by)
    return submissions.confirm(submission=submission, by=by) if confirm else submission


def test_a_coordinator_reads_and_sends_on_and_the_submitter_is_told(
    sign_in, network, site, other_site, run_outbox
):
    factories.place(network, other_site)
    submission = unsure(network)
    client = sign_in(network.coordinator)
    assert submission.title in words(client.get("/"))
    listed = client.get(f"/network/{network.slug}/routing/")
    assert submission.title in words(listed)
    page = f"/network/{network.slug}/routing/{submission.ref}/"
    assert "Which sites should read it?" in words(client.get(page))
    empty = client.post(page, {})
    assert empty.status_code == 422
    assert "Select at least one site" in words(empty)
    done = client.post(page, {"sites": [site.code, other_site.code]}, follow=True)
    assert site.name in words(done)
    assert Innovation.objects.count() == 2
    innovation = Innovation.objects.get(site=site)
    # The month it is counted in is that of the confirming; the clock starts on arrival.
    assert innovation.received_on == submission.confirmed_on
    assert innovation.due_on is not None
    again = client.post(page, {"sites": [site.code]}, follow=True)
    assert "Sent on" in words(again)
    assert Innovation.objects.count() == 2
    assert "No idea waits for a site" in words(client.get(f"/network/{network.slug}/routing/"))
    run_outbox()
    told = mail.outbox[-1]
    assert site.name in told.subject
    assert innovation.ref in words(client.get(link_in(told)))


def test_until_it_is_sent_on_the_submitters_page_says_who_is_choosing_and_lets_them_withdraw(
    client, network, sign_in
):
    submission = unsure(network)
    path = links.track_path(submission.ref, 1)
    assert f"{network} is choosing the right team" in words(client.get(path))
    assert "Your idea is withdrawn" in words(client.post(f"{path}withdraw/", follow=True))
    assert "You withdrew your idea before it reached a team" in words(client.get(path))
    coordinator = sign_in(network.coordinator)
    assert submission.title not in words(coordinator.get(f"/network/{network.slug}/routing/"))
    assert coordinator.get(f"/network/{network.slug}/routing/{submission.ref}/").status_code == 404


def test_nobody_else_reads_it(client, sign_in, network, site):
    submission = unsure(network)
    paths = [
        f"/network/{network.slug}/routing/",
        f"/network/{network.slug}/routing/{submission.ref}/",
    ]
    for path in paths:
        assert "/accounts/login/" in client.get(path).url
    other = factories.NetworkFactory()
    for user in (factories.member(site, "site_lead"), factories.coordinator(other)):
        sign_in(user)
        for path in paths:
            assert client.get(path).status_code == 404
            assert client.post(path, {"sites": [site.code]}).status_code == 404
    # Foreign and missing are the same.
    sign_in(factories.coordinator(other))
    foreign = client.get(f"/network/{other.slug}/routing/{submission.ref}/")
    missing = client.get(f"/network/{other.slug}/routing/AAAAAAAAAA/")
    assert foreign.status_code == missing.status_code == 404
    assert words(foreign) == words(missing)
    assert not Innovation.objects.exists()


def test_an_unconfirmed_idea_is_not_shown(sign_in, network):
    submission = unsure(network, confirm=False)
    client = sign_in(network.coordinator)
    assert submission.title not in words(client.get(f"/network/{network.slug}/routing/"))
    assert client.get(f"/network/{network.slug}/routing/{submission.ref}/").status_code == 404


def test_only_open_sites_of_the_network_can_be_chosen(sign_in, network, site, other_site):
    submission = unsure(network)
    client = sign_in(network.coordinator)
    page = f"/network/{network.slug}/routing/{submission.ref}/"
    for code in (other_site.code, "NOWHERE"):
        answer = client.post(page, {"sites": [code]})
        assert answer.status_code == 422
        assert "what was chosen is not in it" in words(answer)
    FrontDoor.objects.create(site=site, is_open=False)
    assert site.name not in words(client.get(page))
    assert not Innovation.objects.exists()


def test_the_list_is_paged_and_costs_the_same_for_one_and_for_three(
    sign_in, network, count_queries
):
    client = sign_in(network.coordinator)
    path = f"/network/{network.slug}/routing/"

    def cost():
        with count_queries() as queries:
            client.get(path)
        return len(queries)

    unsure(network)
    one = cost()
    for number in range(2):
        unsure(network, f"More {number}")
    assert cost() == one
    for number in range(24):
        unsure(network, f"Page {number}")
    first = client.get(path)
    assert "Where does this go?" in words(first)
    assert "Page 23" not in words(first)
    cursor = first.context["next"]
    assert "Page 23" in words(client.get(path + cursor))
    # A cursor that somebody made up opens the first page.
    assert "Where does this go?" in words(client.get(path + "?cursor=nonsense"))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_coordinators_who_press_at_once_one_sends_it_on(network, site):
    submission = unsure(network)
    page = f"/network/{network.slug}/routing/{submission.ref}/"
    clients = []
    for user in (network.coordinator, factories.coordinator(network)):
        client = Client()
        client.force_login(user, backend="accounts.backends.EmailBackend")
        clients.append(client)
    barrier = threading.Barrier(2)

    def press(client):
        barrier.wait()
        try:
            return client.post(page, {"sites": [site.code]}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(done.result() for done in [pool.submit(press, client) for client in clients])
    assert codes in ([302, 302], [302, 422])
    assert Innovation.objects.count() == 1
