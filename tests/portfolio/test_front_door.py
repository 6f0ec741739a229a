"""The front door: from the first question to the confirmed address."""

import datetime as dt
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.test import Client

from accounts.models import Person, SiteOldSlug
from hubapp import hooks
from hubapp.events.models import Event
from hubapp.logs import formatter
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from hubapp.web import limits
from hubapp.web.addresses import absolute
from portfolio import links
from portfolio.models import Draft, FrontDoor, Innovation, Submission
from portfolio.services import submissions
from tests import factories

pytestmark = pytest.mark.django_db

IDEA = {
    "problem": "Patients wait in the corridor.",
    "for_whom": "Everybody who comes to clinic 4.",
    "idea": "A board that shows the waiting time.\nIt works in the next town.",
    "title": "",
    "innovation_type": "digital",
    "is_confidential": "no",
}
CONTACT = {"name": "Ada Test", "email": "Ada@Test.example", "role_words": "Clinic 4"}


def start(client, site, kind="staff", **more):
    """Answer the first page at a site's door; returns the draft's token."""
    answer = client.post(f"/submit/{site.slug}/", {"submitter_kind": kind, **more})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url.strip("/").split("/")[-1]


def step(client, token, name, data):
    """Answer one step."""
    return client.post(f"/submit/draft/{token}/{name}/", data)


def fill(client, site, **changes):
    """A draft with every question answered; returns its token."""
    token = start(client, site)
    assert step(client, token, "idea", {**IDEA, **changes}).status_code == 302
    assert step(client, token, "contact", CONTACT).status_code == 302
    return token


def link_in(message) -> str:
    """The path of the one link in a mail."""
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def words(response) -> str:
    """A page's text, blanks single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_an_idea_goes_from_the_first_question_to_the_submitters_own_page(client, site, run_outbox):
    token = start(client, site)
    assert client.get(f"/submit/draft/{token}/").url.endswith("/idea/")
    assert step(client, token, "idea", IDEA).url == f"/submit/draft/{token}/"
    assert client.get(f"/submit/draft/{token}/").url.endswith("/contact/")
    step(client, token, "contact", CONTACT)
    check = client.get(f"/submit/draft/{token}/check/")
    for said in ("A board that shows the waiting time", "ada@test.example", "Clinic 4", site.name):
        assert said in words(check)
    sent = client.post(f"/submit/draft/{token}/check/", follow=True)
    assert "Check your email" in words(sent)
    assert "ada@test.example" in words(sent)
    # Nothing is at the hub before the button is pressed; opening the link is not enough.
    run_outbox()
    (message,) = mail.outbox
    assert message.to == ["ada@test.example"]
    confirm = link_in(message)
    assert client.get(confirm).status_code == 200
    assert not Innovation.objects.exists()
    done = client.post(confirm)
    innovation = Innovation.objects.get()
    assert (innovation.title, innovation.state, innovation.innovation_type) == (
        "A board that shows the waiting time.",
        "waiting",
        "digital",
    )
    assert innovation.ref in words(done)
    run_outbox()
    track = client.get(link_in(mail.outbox[-1]))
    assert "We have your idea and are looking at it" in words(track)
    assert innovation.ref in words(track)
    assert Submission.objects.get().submitter.email == "ada@test.example"


def test_the_words_of_the_questions_follow_from_who_is_asked(client, site):
    staff = words(client.get(f"/submit/draft/{start(client, site, 'staff')}/idea/"))
    company = words(client.get(f"/submit/draft/{start(client, site, 'company')}/idea/"))
    assert "What is your idea?" in staff
    assert "What do you offer?" in company
    token = start(client, site, "company")
    step(client, token, "idea", IDEA)
    answer = step(client, token, "contact", {"name": "Ada", "email": "ada@test.example"})
    assert answer.status_code == 422
    assert "Enter organisation" in words(answer)
    assert "Team or department" not in words(answer)


def test_people_read_who_reads_it_for_how_long_and_the_notice_before_the_first_box(client, site):
    FrontDoor.objects.create(
        site=site,
        privacy_notice="Our own notice.",
        who_reads="Two people.",
        how_long_kept="One year.",
    )
    for page in (f"/submit/{site.slug}/", f"/submit/draft/{start(client, site)}/idea/"):
        html = client.get(page).content.decode()
        first_box = min(html.find(box) for box in ("<textarea", 'type="text"') if box in html)
        for said in ("Our own notice.", "Two people.", "One year.", "No patient details"):
            assert 0 < html.find(said) < first_box, (page, said)


def test_several_sites_get_a_record_each(client, site, other_site, run_outbox):
    answer = client.post(
        "/submit/", {"submitter_kind": "public", "where": [site.code, other_site.code]}
    )
    token = answer.url.strip("/").split("/")[-1]
    page = words(client.get(f"/submit/draft/{token}/idea/"))
    # Both use Hubapp's own words, which stand once.
    assert f"Privacy notice of {site.name} and {other_site.name}" in page
    assert page.count("You can ask us to delete your details") == 1
    step(client, token, "idea", IDEA)
    step(client, token, "contact", CONTACT)
    client.post(f"/submit/draft/{token}/check/")
    submission = Submission.objects.get()
    done = words(client.post(links.confirm_path(submission.ref)))
    assert sorted(i.site_id for i in Innovation.objects.all()) == sorted([site.pk, other_site.pk])
    for innovation in Innovation.objects.all():
        assert innovation.ref in done


def test_not_sure_is_offered_where_a_network_routes_and_excludes_a_site(client, site, other_site):
    network = factories.NetworkFactory()
    factories.place(network, site)
    assert "I am not sure" not in words(client.get("/submit/"))
    factories.coordinator(network)
    assert f"I am not sure: let {network} decide" in words(client.get("/submit/"))
    both = client.post(
        "/submit/", {"submitter_kind": "public", "where": [site.code, f"not-sure:{network.slug}"]}
    )
    assert both.status_code == 422
    assert "but not both" in words(both)
    answer = client.post(
        "/submit/", {"submitter_kind": "public", "where": [f"not-sure:{network.slug}"]}
    )
    assert Draft.objects.get().answers == {"sites": [], "network": network.slug}
    idea = words(client.get(answer.url, follow=True))
    assert f"Privacy notice of {network}" in idea


def test_where_there_is_one_site_nobody_is_asked_which(client, site):
    assert site.name in words(client.get("/submit/"))
    assert "Who should read your idea?" not in words(client.get("/submit/"))
    client.post("/submit/", {"submitter_kind": "staff"})
    assert Draft.objects.get().answers["sites"] == [site.code]


def test_an_unknown_and_a_closed_door_say_so_and_what_to_do(client, site, other_site):
    unknown = client.get("/submit/no-such-team/")
    assert unknown.status_code == 404
    assert "There is no team at this address" in words(unknown)
    assert "See the teams that take ideas" in words(unknown)
    FrontDoor.objects.create(site=site, is_open=False)
    closed = client.get(f"/submit/{site.slug}/")
    assert f"{site.name} is not taking ideas at present" in words(closed)
    assert client.post(f"/submit/{site.slug}/", {"submitter_kind": "staff"}).status_code == 200
    assert not Draft.objects.exists()
    assert site.name not in words(client.get("/submit/"))
    FrontDoor.objects.create(site=other_site, is_open=False)
    assert "We are not taking ideas at present" in words(client.get("/submit/"))


def test_an_old_slug_and_capitals_lead_to_the_door(client, site):
    SiteOldSlug.objects.create(site=site, slug="before")
    assert client.get("/submit/before/").url == f"/submit/{site.slug}/"
    assert client.get(f"/submit/{site.slug.upper()}/").url == f"/submit/{site.slug}/"


def test_a_site_that_closes_its_door_meanwhile_is_chosen_again_and_nothing_is_lost(
    client, site, other_site
):
    token = fill(client, site)
    door = FrontDoor.objects.create(site=site, is_open=False)
    assert client.post(f"/submit/draft/{token}/check/").url.endswith("/who/")
    page = client.get(f"/submit/draft/{token}/", follow=True)
    assert "takes no ideas at present" in words(page)
    answer = step(client, token, "who", {"submitter_kind": "staff"})
    assert client.get(answer.url).url.endswith("/check/")
    assert Draft.objects.get().answers["sites"] == [other_site.code]
    assert Draft.objects.get().answers["problem"] == IDEA["problem"]
    FrontDoor.objects.create(site=other_site, is_open=False)
    assert "What you wrote is kept" in words(client.get(f"/submit/draft/{token}/", follow=True))
    door.delete()


def test_saving_for_later_keeps_what_is_unfinished_and_the_link_goes_on_there(
    client, site, run_outbox
):
    token = start(client, site)
    saved = client.post(
        f"/submit/draft/{token}/idea/", {"problem": "Half a thought", "action": "save"}, follow=True
    )
    url = absolute(f"/submit/draft/{token}/")
    assert url in saved.content.decode()
    again = client.get(f"/submit/draft/{token}/", follow=True)
    assert "Half a thought" in again.content.decode()
    assert again.redirect_chain[-1][0].endswith("/idea/")
    bad = client.post(f"/submit/draft/{token}/saved/", {"email": "nonsense"})
    assert bad.status_code == 422
    assert "email address in the correct format" in words(bad)
    client.post(f"/submit/draft/{token}/saved/", {"email": "ada@test.example"})
    run_outbox()
    assert [m.to for m in mail.outbox] == [["ada@test.example"]]
    assert url in mail.outbox[0].body
    # From now on the address is known: saving mails the link by itself.
    client.post(f"/submit/draft/{token}/idea/", {**IDEA, "action": "save"})
    run_outbox()
    assert len(mail.outbox) == 2


def test_a_second_press_shows_the_same_page_and_makes_no_second_idea(client, site, run_outbox):
    token = fill(client, site)
    first = client.post(f"/submit/draft/{token}/check/", follow=True)
    second = client.post(f"/submit/draft/{token}/check/", follow=True)
    assert words(first) == words(second)
    assert Submission.objects.count() == 1
    run_outbox()
    assert len(mail.outbox) == 1
    # A page left open in another tab: whatever it sends, it learns that the idea is sent.
    for page in ("idea", "contact", "check", "who"):
        assert "Check your email" in words(
            client.post(f"/submit/draft/{token}/{page}/", IDEA, follow=True)
        )
    assert "Check your email" in words(client.get(f"/submit/draft/{token}/", follow=True))
    assert not Draft.objects.exists()


def test_saving_in_one_tab_never_brings_back_a_draft_that_another_has_sent(client, site):
    fill(client, site)
    stale = Draft.objects.get()
    submissions.send_draft(draft=Draft.objects.get(), by=factories.TEST)
    with pytest.raises(Refused, match="sent already"):
        submissions.save_draft(draft=stale, by=factories.TEST, answers={"title": "Late"})
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"problem": "x" * 100_000}, "The problem must be 20000 characters or fewer"),
        ({"idea": "x\x00y"}, "Your idea has a character that cannot be stored"),
        ({"title": "x" * 201}, "The short title must be 200 characters or fewer"),
        ({"problem": ""}, "Enter the problem"),
        ({"innovation_type": "spaceship"}, "what was chosen is not in it"),
        ({"is_confidential": ""}, "Select whether your idea is confidential"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_everything_typed_stays(client, site, changes, sentence):
    token = start(client, site)
    answer = step(client, token, "idea", {**IDEA, **changes})
    assert answer.status_code == 422
    assert sentence in words(answer)
    html = answer.content.decode()
    assert "<title>Error: " in html
    for name in ("problem", "for_whom", "idea"):
        assert {**IDEA, **changes}[name].replace("\x00", "")[:500] in html.replace("\x00", "")


def test_emoji_right_to_left_text_and_script_tags_are_kept_as_typed(client, site, run_outbox):
    typed = "😀 مرحبا <script>alert(1)</script> {{ 7 }}"
    token = fill(client, site, problem=typed, idea=typed)
    check = client.get(f"/submit/draft/{token}/check/").content.decode()
    assert "<script>alert" not in check
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in check
    client.post(f"/submit/draft/{token}/check/")
    submission = Submission.objects.get()
    assert (submission.problem, submission.idea, submission.title) == (typed, typed, typed)
    client.post(links.confirm_path(submission.ref))
    run_outbox()
    assert all(typed in message.subject for message in mail.outbox)
    track = client.get(links.track_path(submission.ref, 1)).content.decode()
    assert "<script>alert" not in track


def test_line_breaks_count_as_one_character(client, site):
    text = "\n".join(["a" * 9] * 2000)  # 19,999 characters, and 21,998 as a browser sends it
    token = start(client, site)
    assert (
        step(client, token, "idea", {**IDEA, "idea": text.replace("\n", "\r\n")}).status_code == 302
    )
    assert Draft.objects.get().answers["idea"] == text


def test_an_nhs_number_comes_back_with_a_warning_until_it_is_taken_out_or_explained(client, site):
    token = start(client, site)
    typed = {**IDEA, "problem": "Patient 943 476 5919 waited.", "title": "About 9434765919"}
    answer = step(client, token, "idea", typed)
    assert answer.status_code == 422
    said = words(answer)
    assert "“What is the problem?” has what looks like an NHS number, 943 476 5919" in said
    assert "“Short title” has what looks like an NHS number" in said
    assert "Patient 943 476 5919 waited." in answer.content.decode()
    assert "943 476 5919 is not an NHS number" in said
    # Not even for later is it kept without a word.
    unfinished = step(client, token, "idea", {**typed, "action": "save"})
    assert unfinished.status_code == 422
    assert "What is the problem? (optional)" not in words(unfinished)
    assert "problem" not in Draft.objects.get().answers
    confirmed = {**typed, "not_nhs_numbers": ["9434765919"]}
    # What was explained covers that number and no other.
    other = step(client, token, "idea", {**confirmed, "for_whom": "Also 987 654 3210"})
    assert other.status_code == 422
    assert "“Who is it a problem for?” has what looks like an NHS number, 987 654 3210" in words(
        other
    )
    assert step(client, token, "idea", confirmed).status_code == 302
    # And is not asked about again when the page is opened once more.
    assert step(client, token, "idea", typed).status_code == 302


def test_programs_that_fill_every_box_are_told_it_went_well_and_nothing_is_stored(
    client, site, run_outbox
):
    answer = client.post(f"/submit/{site.slug}/", {"submitter_kind": "staff", "second_note": "buy"})
    assert "Check your email" in words(answer)
    assert not Draft.objects.exists()
    token = fill(client, site)
    answer = client.post(f"/submit/draft/{token}/check/", {"second_note": "buy"})
    assert "Check your email" in words(answer)
    assert not Submission.objects.exists()
    run_outbox()
    assert not mail.outbox
    html = client.get(f"/submit/{site.slug}/").content.decode()
    assert re.search(r'<label for="second-note">Leave this box empty', html)


def test_too_many_tries_are_answered_with_a_sentence_and_the_form(client, site, monkeypatch):
    def at_most(scope, rate):
        rates = {**limits._Limit.THROTTLE_RATES, scope: rate}
        monkeypatch.setattr(limits._Limit, "THROTTLE_RATES", rates)

    at_most("front_door_start", "1/hour")
    token = fill(client, site)
    again = client.post(f"/submit/{site.slug}/", {"submitter_kind": "public"})
    assert again.status_code == 429
    assert "Try again in 60 minutes" in words(again)
    assert re.search(r'value="public"[^>]* checked', again.content.decode())
    at_most("front_door_send", "1/hour")
    client.post(f"/submit/draft/{token}/check/")
    at_most("front_door_start", "100/hour")
    other = fill(client, site)
    limited = client.post(f"/submit/draft/{other}/check/")
    assert limited.status_code == 429
    assert IDEA["problem"] in words(limited)
    assert Draft.objects.count() == 1
    at_most("token_guess", "1/hour")
    assert client.get("/track/guess/").status_code == 404
    guessed = client.get("/track/guess/")
    assert guessed.status_code == 429
    assert int(guessed["Retry-After"]) > 3000
    # Whoever has a real link is not kept out by those who guess.
    assert client.get(f"/submit/draft/{other}/check/").status_code == 200


def test_somebody_signed_in_is_not_asked_who_they_are_and_need_not_confirm(
    sign_in, site, run_outbox
):
    user = factories.member(site, "staff")
    client = sign_in(user)
    token = start(client, site)
    answer = step(client, token, "idea", IDEA)
    assert client.get(answer.url).url.endswith("/check/")
    assert client.get(f"/submit/draft/{token}/contact/").url.endswith("/check/")
    assert user.person.email in words(client.get(f"/submit/draft/{token}/check/"))
    sent = client.post(f"/submit/draft/{token}/check/", follow=True)
    assert "We have your idea" in words(sent)
    submission = Submission.objects.get()
    assert submission.submitter == user.person
    assert links.track_path(submission.ref, 1) in sent.content.decode()
    assert Innovation.objects.get().state == "waiting"
    run_outbox()
    assert [m.to for m in mail.outbox] == [[user.person.email]]
    home = words(client.get("/"))
    assert "Ideas you sent" in home
    assert "We have your idea and are looking at it" in home


def test_signing_in_after_leaving_details_forgets_those(client, sign_in, site, run_outbox):
    token = fill(client, site)
    client.post(f"/submit/draft/{token}/check/", {"action": "save"})
    run_outbox()
    user = factories.member(site, "staff")
    sign_in(user)
    client.post(f"/submit/draft/{token}/check/")
    assert Submission.objects.get().submitter == user.person
    assert not Person.objects.filter(email="ada@test.example").exists()


def test_opening_the_confirming_link_changes_nothing_and_pressing_twice_is_pressing_once(
    client, site, run_outbox
):
    token = fill(client, site)
    client.post(f"/submit/draft/{token}/check/")
    submission = Submission.objects.get()
    path = links.confirm_path(submission.ref)
    for _ in range(2):
        client.get(path)
        client.head(path)
    assert Submission.objects.get().confirmed_at is None
    first, second = client.post(path), client.post(path)
    assert words(first) == words(second)
    assert Innovation.objects.count() == 1
    later = client.get(path)
    assert "You have confirmed your idea already" in words(later)
    # The confirming link alone does not open the page: that link goes to the address.
    assert links.track_path(submission.ref, 1) not in later.content.decode()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)):
        pressed = client.post(path)
        assert links.track_path(submission.ref, 1) not in pressed.content.decode()
        client.post(path, {"action": "mail"})
        client.post(path, {"action": "mail"})
        run_outbox()
    assert [m.subject.split(":")[0] for m in mail.outbox].count("Your link") == 1


def test_a_foreign_a_broken_and_an_expired_link_say_what_to_do(client, site):
    token = fill(client, site)
    client.post(f"/submit/draft/{token}/check/")
    submission = Submission.objects.get()
    confirm, track = links.confirm_path(submission.ref), links.track_path(submission.ref, 1)
    # A token made for one purpose opens nothing else.
    swapped = confirm.replace("/submit/confirm/", "/track/")
    for path in (
        swapped,
        track.replace("/track/", "/submit/confirm/"),
        confirm[:-4] + "/",
        "/track/x/",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "This link does not work" in words(answer)
        assert client.post(path).status_code == 404
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=31)
    assert submissions.delete_unconfirmed(by=factories.TEST, now=later) == 1
    for answer in (client.get(confirm), client.post(confirm)):
        assert answer.status_code == 410
        assert "not confirmed within 30 days" in words(answer)
    assert not Person.objects.filter(email="ada@test.example").exists()
    gone = client.get(f"/submit/draft/{token}/")
    assert gone.status_code == 410


def test_a_mistyped_address_is_corrected_and_the_first_link_dies(client, site, run_outbox):
    token = fill(client, site)
    client.post(f"/submit/draft/{token}/check/")
    run_outbox()
    wrong = link_in(mail.outbox[0])
    answer = client.post(
        f"/submit/draft/{token}/sent/", {"email": "right@test.example"}, follow=True
    )
    assert "right@test.example" in words(answer)
    run_outbox()
    assert mail.outbox[-1].to == ["right@test.example"]
    assert client.post(wrong).status_code == 410
    assert Submission.objects.get().confirmed_at is None
    client.post(link_in(mail.outbox[-1]))
    assert Submission.objects.get().confirmed_at
    # Confirmed: the address can no longer be changed by the draft's link.
    client.post(f"/submit/draft/{token}/sent/", {"email": "thief@test.example"})
    assert Submission.objects.get().submitter.email == "right@test.example"


def test_pages_opened_by_a_secret_link_are_not_kept_not_indexed_and_not_told(client, site):
    token = fill(client, site)
    paths = [f"/submit/draft/{token}/{step}" for step in ("", "idea/", "check/", "saved/")]
    client.post(f"/submit/draft/{token}/check/")
    submission = Submission.objects.get()
    paths += [
        links.confirm_path(submission.ref),
        links.track_path(submission.ref, 1),
        "/track/none/",
    ]
    paths += [f"/submit/draft/{token}/sent/", links.track_path(submission.ref, 1) + "withdraw/"]
    for path in paths:
        answer = client.get(path)
        assert answer["Referrer-Policy"] == "strict-origin", path
        assert "noindex" in answer["X-Robots-Tag"]
        assert "no-store" in answer["Cache-Control"]


def test_the_log_names_no_live_link(client, site):
    token = fill(client, site)
    path = f"/submit/draft/{token}/idea/"
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Odd: %s", (path,), None)
    line = formatter().format(record)
    assert token.split(".")[0] in line
    assert token not in line


def test_the_front_door_needs_no_cookie_but_the_one_against_forged_requests(site):
    client = Client(enforce_csrf_checks=True)
    page = client.get(f"/submit/{site.slug}/")
    assert list(client.cookies) == [settings.CSRF_COOKIE_NAME]
    key = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    data = {"submitter_kind": "staff", "csrfmiddlewaretoken": key}
    assert client.post(f"/submit/{site.slug}/", data).status_code == 302
    assert list(client.cookies) == [settings.CSRF_COOKIE_NAME]


def test_unfinished_drafts_are_deleted_after_thirty_days_and_by_erasure(client, site):
    token = fill(client, site)
    person = Draft.objects.get().person
    for hook in hooks.person_erased:
        with transaction.atomic():
            hook([person.pk], factories.TEST)
    assert not Draft.objects.exists()
    assert client.get(f"/submit/draft/{token}/").status_code == 410
    fill(client, site)
    Draft.objects.update(updated_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=31))
    assert submissions.delete_stale_drafts(by=factories.TEST) == 1
    assert not Draft.objects.exists()


def test_the_door_costs_the_same_however_many_sites_there_are(client, site, count_queries):
    factories.SiteFactory()

    def cost(path):
        with count_queries() as queries:
            client.get(path)
        return len(queries)

    few = cost("/submit/")
    for _ in range(5):
        factories.SiteFactory()
    assert cost("/submit/") == few <= 4


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_make_one_idea_and_one_record(client, site):
    token = fill(client, site)

    def at_once(path):
        barrier = threading.Barrier(4)

        def press():
            barrier.wait()
            try:
                return Client().post(path).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            return [done.result() for done in [pool.submit(press) for _ in range(4)]]

    assert set(at_once(f"/submit/draft/{token}/check/")) == {302}
    submission = Submission.objects.get()
    assert set(at_once(links.confirm_path(submission.ref))) == {200}
    assert Innovation.objects.count() == 1
    assert Event.objects.filter(verb="submission.sent").count() == 1
    assert Event.objects.filter(verb="submission.confirmed").count() == 1
    assert Delivery.objects.filter(kind="portfolio.confirm").count() == 1
