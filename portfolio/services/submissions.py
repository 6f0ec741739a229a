"""The front door: drafts, sending, confirming, reminding, forgetting, withdrawing."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Network, Person, Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.db import maintenance
from hubapp.notifications import send_later
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from hubapp.workdays import london_date
from portfolio.enums import IN_TRIAGE, Channel, MoveReason, State
from portfolio.models import Draft, Innovation, Submission, SubmissionSite
from portfolio.models.submission import SHORT_TEXT
from portfolio.queries.calls import call_of_draft, is_open
from portfolio.queries.front_door import sites_that_take_ideas
from portfolio.services import calls
from portfolio.services.innovations import open_at_site
from portfolio.services.moves import move

# Unconfirmed ideas and drafts are kept this long.
KEPT_UNCONFIRMED = dt.timedelta(days=30)
REMIND_AFTER = dt.timedelta(days=3)
# What a draft holds besides the person: the submission's own fields, and where it goes.
DRAFT_FIELDS = (
    "title",
    "problem",
    "for_whom",
    "idea",
    "innovation_type",
    "is_confidential",
    "sites",
    "network",
    # The reference of the call that it answers.
    "call",
)
BATCH = 500
SENT_ALREADY = "This idea was sent already, so it can no longer be changed here."


def title_from(idea: str) -> str:
    """A title for an idea that has none: the start of its first line, cut at a word."""
    line = next((line.strip() for line in idea.splitlines() if line.strip()), "")
    if len(line) <= 80:
        return line or "Idea without a title"
    return line[:80].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def _only_known(answers: dict[str, Any]) -> None:
    unknown = set(answers) - set(DRAFT_FIELDS)
    if unknown:
        raise Refused(f"A draft does not hold {', '.join(sorted(unknown))}.")


@transaction.atomic
def start_draft(
    *,
    submitter_kind: str,
    entry_site: Site | None,
    by: Actor,
    answers: dict[str, Any] | None = None,
) -> Draft:
    """Begin an idea at the front door of one site, or (None) of all.

    :raises Refused: an answer that a draft does not hold
    """
    _only_known(answers or {})
    now = instants.now()
    draft = Draft.objects.create(
        submitter_kind=submitter_kind, entry_site=entry_site, answers=answers or {},
        created_at=now, updated_at=now,
    )  # fmt: skip
    events.record("draft.started", by=by, subject=draft, changes={"submitter_kind": submitter_kind})
    return draft


@transaction.atomic
def save_draft(
    *,
    draft: Draft,
    by: Actor,
    answers: dict[str, Any] | None = None,
    person: dict[str, str] | None = None,
    submitter_kind: str | None = None,
) -> Draft:
    """Keep what was typed so far. ``person`` has name, email, role_words, organisation_words.

    :raises Refused: an answer that a draft does not hold, or the draft was sent in the meantime
    """
    _only_known(answers or {})
    draft.answers = {**draft.answers, **(answers or {})}
    if submitter_kind:
        draft.submitter_kind = submitter_kind
    if person is not None:
        row = draft.person or Person()
        for name in ("name", "email", "phone", "role_words", "organisation_words"):
            if name in person:
                setattr(row, name, person[name])
        row.full_clean()
        row.save()
        draft.person = row
    draft.updated_at = instants.now()
    # An update, so that a page left open in another tab never brings a sent draft back.
    kept = Draft.objects.filter(pk=draft.pk).update(
        answers=draft.answers,
        submitter_kind=draft.submitter_kind,
        person=draft.person,
        updated_at=draft.updated_at,
    )
    if not kept:
        raise Refused(SENT_ALREADY)
    changed = sorted([*(answers or {}), *(person or {})])
    events.record("draft.saved", by=by, subject=draft, changes={"fields": changed})
    return draft


@transaction.atomic
def mail_draft_link(*, draft: Draft, by: Actor) -> bool:
    """Send the draft's link to the address in it; False if there is none.

    However often the same state of the draft is saved, it makes one mail.
    """
    if draft.person is None:
        return False
    key = f"draft:{draft.ref}:{int(draft.updated_at.timestamp() * 1000)}"
    delivery = send_later("portfolio.draft", to=draft.person, key=key, context={"draft": draft.ref})
    if delivery is None:
        return False
    events.record("draft.link_mailed", by=by, subject=draft)
    return True


@transaction.atomic
def send_draft(*, draft: Draft, by: Actor, confirmed_person: Person | None = None) -> Submission:
    """Send a finished draft, once: a second call returns the first submission.

    Somebody signed in (``confirmed_person``) has an address that is known to
    be theirs, so the idea is confirmed at once; anyone else gets a mail.

    :raises Refused: something needed is missing
    """
    once_key = f"draft:{draft.ref}"
    earlier = Submission.objects.filter(once_key=once_key).first()
    if earlier:
        return earlier
    answers = draft.answers
    submitter = confirmed_person or draft.person
    if submitter is None or not submitter.email:
        raise Refused("Tell us how to reach you before you send your idea.")
    if not (answers.get("problem") or "").strip() or not (answers.get("idea") or "").strip():
        raise Refused("Tell us the problem and your idea before you send it.")
    chosen = answers.get("sites") or []
    sites = list(sites_that_take_ideas().filter(code__in=chosen))
    if len(sites) < len(set(chosen)):
        raise Refused(
            "A team that you chose takes no ideas at present. Choose again who should read yours."
        )
    network = (
        Network.objects.filter(slug=answers["network"]).first() if answers.get("network") else None
    )
    if not sites and network is None:
        raise Refused("Choose who should read your idea before you send it.")
    submission = Submission(
        channel=Channel.FRONT_DOOR,
        submitter=submitter,
        submitter_kind=draft.submitter_kind,
        title=(answers.get("title") or "").strip()[:SHORT_TEXT] or title_from(answers["idea"]),
        problem=answers["problem"],
        for_whom=answers.get("for_whom", ""),
        idea=answers["idea"],
        innovation_type=answers.get("innovation_type") or "",
        is_confidential=bool(answers.get("is_confidential")),
        network=None if sites else network,
        once_key=once_key,
        created_at=instants.now(),
    )
    submission.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            submission.save()
    except IntegrityError:
        return Submission.objects.get(once_key=once_key)
    call = call_of_draft(draft)
    # Of a call that has closed since, the idea is sent as any other.
    answered = call if call and is_open(call, london_date(instants.now())) else None
    SubmissionSite.objects.bulk_create(
        SubmissionSite(
            submission=submission,
            site=site,
            call=answered if answered and answered.site_id == site.pk else None,
            awaits_confirmation=True,
        )
        for site in sites
    )
    unused = draft.person if confirmed_person and draft.person_id != confirmed_person.pk else None
    Draft.objects.filter(pk=draft.pk).delete()
    _forget(unused)
    with events.operation():
        events.record(
            "submission.sent", by=by, subject=submission, changes={"sites": [s.code for s in sites]}
        )
        if confirmed_person:
            confirm(submission=submission, by=by)
        else:
            mail_submitter(submission, "confirm")
    return submission


@transaction.atomic
def confirm(*, submission: Submission, by: Actor) -> Submission:
    """The address is the sender's own: the idea is received, at every site chosen. Once."""
    now = instants.now()
    confirmed = Submission.objects.filter(pk=submission.pk, confirmed_at=None).update(
        confirmed_at=now, confirmed_on=london_date(now)
    )
    submission.refresh_from_db()
    if not confirmed:
        return submission
    submission.places.update(awaits_confirmation=False)
    with events.operation():
        events.record("submission.confirmed", by=by, subject=submission)
        for place in submission.places.select_related("site", "call__need"):
            innovation = open_at_site(
                submission=submission, site=place.site, at=now, by=by, call=place.call
            )
            calls.serve_need_of_call(innovation)
        acknowledge(submission)
    return submission


def mail_submitter(submission: Submission, kind: str, *, once: str = "") -> Delivery | None:
    """Mail whoever sent it, inside a transaction; None without an address.

    :param kind: of the mails in :mod:`portfolio.mails`, such as ``received``
    :param once: the same again makes no second mail of this kind
    """
    if submission.submitter is None:
        return None
    return send_later(
        f"portfolio.{kind}",
        to=submission.submitter,
        key=":".join(filter(None, [kind, submission.ref, once])),
        context={"submission": submission.ref},
    )


def acknowledge(submission: Submission) -> None:
    """Thank the submitter, with the link to their own page. Inside a transaction."""
    mail_submitter(submission, "received")


@transaction.atomic
def add_on_behalf(
    *,
    site: Site,
    title: str,
    by: Actor,
    idea: str = "",
    problem: str = "",
    for_whom: str = "",
    innovation_type: str = "",
    submitter_kind: str = "",
    is_confidential: bool = False,
    name: str = "",
    email: str = "",
    once_key: str | None = None,
    channel: str = Channel.HUB,
) -> Innovation:
    """Hub staff add an idea in one line; an address, if given, gets the link to follow it.

    The same ``once_key`` (from the form or the request) never adds a second one.

    :raises ValidationError: no title, or a text too long
    """
    key = f"{channel}:{site.pk}:{once_key}" if once_key else None
    if key:
        earlier = Innovation.objects.filter(submission__once_key=key).first()
        if earlier:
            return earlier
    now = instants.now()
    submission = Submission(
        channel=channel,
        submitter_kind=submitter_kind,
        title=title.strip(),
        problem=problem,
        for_whom=for_whom,
        idea=idea,
        innovation_type=innovation_type,
        is_confidential=is_confidential,
        once_key=key,
        created_at=now,
        confirmed_at=now,
        confirmed_on=london_date(now),
    )
    submission.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    if name.strip() or email.strip():
        person = Person(name=name.strip(), email=email)
        person.full_clean()
        person.save()
        submission.submitter = person
    try:
        with transaction.atomic():
            submission.save()
    except IntegrityError:
        return Innovation.objects.get(submission__once_key=key)
    SubmissionSite.objects.create(submission=submission, site=site)
    with events.operation():
        events.record(
            "submission.entered",
            by=by,
            subject=submission,
            site_id=site.pk,
            changes={"channel": channel},
        )
        innovation = open_at_site(submission=submission, site=site, at=now, by=by)
        acknowledge(submission)
    return innovation


@transaction.atomic
def renew_link(*, submission: Submission, by: Actor) -> Submission:
    """Make every earlier tracking link worthless and mail a new one to the submitter."""
    generation = submission.link_generation + 1
    if Submission.objects.filter(
        pk=submission.pk, link_generation=submission.link_generation
    ).update(link_generation=generation):
        submission.link_generation = generation
        events.record("submission.link_renewed", by=by, subject=submission)
        mail_submitter(submission, "link", once=str(generation))
    return submission


@transaction.atomic
def mail_link(*, submission: Submission, by: Actor) -> bool:
    """Send the present tracking link once more; False if there is no address. Once an hour at most."""
    if submission.submitter is None or submission.confirmed_at is None:
        return False
    hour = int(instants.now().timestamp()) // 3600
    once = f"{submission.link_generation}:{hour}"
    if mail_submitter(submission, "link", once=once) is None:
        return False
    events.record("submission.link_mailed", by=by, subject=submission)
    return True


@transaction.atomic
def ask_again_to_confirm(*, submission: Submission, email: str, by: Actor) -> Submission:
    """Send the mail with the button again, to a corrected address if the first was wrong.

    The link that went to the first address no longer works.

    :raises Refused: it is confirmed already, or its sender's details are gone
    :raises ValidationError: not an email address
    """
    person = submission.submitter
    if submission.confirmed_at or person is None or person.signs_in:
        raise Refused("This idea is confirmed already.")
    before = submission.link_generation
    claimed = Submission.objects.filter(pk=submission.pk, confirmed_at=None, link_generation=before)
    if not claimed.update(link_generation=before + 1):
        raise Refused("This was done in another window already. Look at your mail.")
    submission.link_generation = before + 1
    person.email = email
    person.full_clean()
    person.save()
    events.record("submission.asked_again", by=by, subject=submission)
    mail_submitter(submission, "confirm", once=str(submission.link_generation))
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by: Actor) -> int:
    """The submitter takes the idea back, wherever it is not decided yet; returns at how many sites.

    An idea that names no site is taken out of the coordinator's list.
    """
    count = 0
    with events.operation():
        now = instants.now()
        # What was merged is being looked at with the idea that it was merged into.
        open_ones = Q(state__in=[*IN_TRIAGE, State.SCOPING, State.PARKED, State.MERGED])
        # To the submitter a decision that is still held has not happened.
        held = Q(
            state__in=[State.DECLINED, State.SIGNPOSTED],
            decisions__release_at__gt=now,
            decisions__reversed_by=None,
        )
        for innovation in submission.innovations.filter(open_ones | held).distinct():
            move(innovation, to_state=State.WITHDRAWN, reason=MoveReason.WITHDRAWN, by=by)
            events.record("innovation.withdrawn", by=by, subject=innovation)
            count += 1
        if submission.network_id and submission.routed_at is None:
            Submission.objects.filter(pk=submission.pk, routed_at=None).update(network=None)
            submission.network = None
            count += 1
        if count:
            events.record("submission.withdrawn", by=by, subject=submission)
    return count


def remind_unconfirmed(*, by: Actor, now: dt.datetime | None = None) -> int:
    """Remind once whoever has not confirmed after three days; returns how many."""
    now = now or instants.now()
    reminded = 0
    due = Submission.objects.unconfirmed().filter(
        reminded_at=None, created_at__lte=now - REMIND_AFTER, created_at__gt=now - KEPT_UNCONFIRMED
    )
    for submission in due.select_related("submitter").order_by("created_at")[:BATCH]:
        with transaction.atomic():
            if not Submission.objects.filter(
                pk=submission.pk, reminded_at=None, confirmed_at=None
            ).update(reminded_at=now):
                continue
            events.record("submission.reminded", by=by, subject=submission)
            mail_submitter(submission, "remind")
            reminded += 1
    return reminded


def delete_unconfirmed(*, by: Actor, now: dt.datetime | None = None) -> int:
    """Delete what was never confirmed within 30 days, and the sender's details with it; returns how many."""
    now = now or instants.now()
    deleted = 0
    old = Submission.objects.unconfirmed().filter(created_at__lte=now - KEPT_UNCONFIRMED)
    for submission in old.order_by("created_at")[:BATCH]:
        with transaction.atomic(), maintenance("retention"):
            events.record("submission.expired", by=by, subject=submission)
            person = submission.submitter
            submission.delete()
            _forget(person)
        deleted += 1
    return deleted


def delete_stale_drafts(*, by: Actor, now: dt.datetime | None = None) -> int:
    """Delete drafts nobody touched for 30 days; returns how many."""
    now = now or instants.now()
    deleted = 0
    for draft in Draft.objects.filter(updated_at__lte=now - KEPT_UNCONFIRMED).order_by(
        "updated_at"
    )[:BATCH]:
        with transaction.atomic():
            events.record("draft.expired", by=by, subject=draft)
            person = draft.person
            draft.delete()
            _forget(person)
        deleted += 1
    return deleted


@transaction.atomic
def forget_drafts_of(*, person_ids: list[int], by: Actor) -> int:
    """Delete what these people began and never sent: part of erasing them; returns how many."""
    drafts = list(Draft.objects.filter(person_id__in=person_ids))
    for draft in drafts:
        events.record("draft.deleted", by=by, subject=draft)
    Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).delete()
    return len(drafts)


def _forget(person: Person | None) -> None:
    """Blank a person whom nothing else needs. The row stays: deliveries point to its id."""
    if person is None or person.signs_in or person.submissions.exists():
        return
    Person.objects.filter(pk=person.pk).erase(instants.now())
