"""The mails of the portfolio: one composer for each kind, from refs to words.

A composer returns None when the mail is no longer wanted, and it is cancelled.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings

from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from portfolio import links
from portfolio.enums import DecisionKind, State
from portfolio.inbound import MAX_BYTES as MAX_MAIL
from portfolio.models import Decision, Draft, Innovation, Message, Submission
from portfolio.queries.messages import last_mail_id, mail_with_files
from portfolio.queries.tracking import author_of, tracked, words_for
from portfolio.safefiles import MAX_BYTES, MAX_FILES, TAKEN_WORDS
from portfolio.services.mail_in import TOLD, TOO_LARGE


def _submission(delivery: Delivery) -> Submission | None:
    return (
        Submission.objects.select_related("submitter")
        .filter(ref=delivery.context["submission"])
        .first()
    )


def _track(submission: Submission) -> str:
    return absolute(links.track_path(submission.ref, submission.link_generation))


def draft(delivery: Delivery) -> Mail | None:
    """The link to an idea that was saved and not sent."""
    row = Draft.objects.filter(ref=delivery.context["draft"]).first()
    if row is None:
        return None
    return mail("portfolio/draft", {"url": absolute(links.draft_path(row.ref))})


def confirm(delivery: Delivery) -> Mail | None:
    """Please press the button that confirms your address."""
    return _ask_to_confirm(delivery, "portfolio/confirm")


def remind(delivery: Delivery) -> Mail | None:
    """The same once more, three days later."""
    return _ask_to_confirm(delivery, "portfolio/remind")


def _ask_to_confirm(delivery: Delivery, template: str) -> Mail | None:
    submission = _submission(delivery)
    if submission is None or submission.confirmed_at:
        return None
    context = {
        "title": submission.title,
        "url": absolute(links.confirm_path(submission.ref, submission.link_generation)),
    }
    return mail(template, context)


def received(delivery: Delivery) -> Mail | None:
    """We have your idea; here is your page."""
    submission = _submission(delivery)
    if submission is None:
        return None
    answers = tracked(submission).answers
    context = {"submission": submission, "answers": answers, "url": _track(submission)}
    return mail("portfolio/received", context)


def routed(delivery: Delivery) -> Mail | None:
    """A coordinator has chosen who reads your idea."""
    submission = _submission(delivery)
    if submission is None:
        return None
    answers = tracked(submission).answers
    context = {
        "title": submission.title,
        "places": ", ".join(answer.innovation.site.name for answer in answers),
        "answers": answers,
        "url": _track(submission),
    }
    return mail("portfolio/routed", context)


def link(delivery: Delivery) -> Mail | None:
    """A new link; the old one no longer works."""
    submission = _submission(delivery)
    if submission is None:
        return None
    return mail("portfolio/link", {"submission": submission, "url": _track(submission)})


def decision(delivery: Delivery) -> Mail | None:
    """What was decided and why; nothing if that no longer stands when the mail leaves.

    To whoever sent the idea, and to whoever sent one that was merged into it.
    """
    row, about = _decision_about(delivery)
    if row is None or about is None or Decision.objects.filter(reverses=row).exists():
        return None
    innovation = row.innovation
    if innovation.state == State.WITHDRAWN or about.submission is None:
        return None
    if row.kind == DecisionKind.ASK and innovation.state != State.ASKED:
        # Taken up again while the question was held: there is nothing left to answer.
        return None
    if about.pk != innovation.pk and about.state != State.MERGED:
        # Separated while the mail was held: this answer is no longer theirs.
        return None
    return decision_mail(row, _track(about.submission), about=about)


def _decision_about(delivery: Delivery) -> tuple[Decision | None, Innovation | None]:
    """The decision that a mail is of, and the idea whose sender it goes to."""
    row = (
        Decision.objects.select_related(
            "innovation__submission__submitter", "site", "organisation", "contact", "into"
        )
        .filter(ref=delivery.context["decision"])
        .first()
    )
    if row is None:
        return None, None
    ref = delivery.context.get("innovation", row.innovation.ref)
    if ref == row.innovation.ref:
        return row, row.innovation
    about = Innovation.objects.select_related("submission__submitter").filter(ref=ref).first()
    return row, about


def decision_mail(row: Decision, url: str, *, about: Innovation | None = None) -> Mail:
    """The mail of a decision, stored or (for its preview) not yet.

    :param url: the submitter's own page
    :param about: the idea of whoever reads it, if it was merged into the one decided on; the
        other sender's name is taken out of the words then
    """
    mine = about or row.innovation
    context = {
        "decision": row,
        "words": words_for(row, mine),
        "innovation": mine,
        "is_merged": mine.pk != row.innovation.pk,
        "site": row.site,
        "kind": row.kind,
        "url": url,
        "may_reply": bool(settings.INBOUND_EMAIL),
    }
    return _in_thread(mail("portfolio/decision", context), mine)


def introduction(delivery: Delivery) -> Mail | None:
    """To the contact of a signpost: here is an idea that you may be able to help with."""
    row, _ = _decision_about(delivery)
    if row is None or Decision.objects.filter(reverses=row).exists():
        return None
    if row.innovation.state == State.WITHDRAWN:
        return None
    return introduction_mail(row)


def introduction_mail(row: Decision) -> Mail:
    """The introduction, stored or not yet; answers go to whoever decided."""
    author = author_of(row)
    context = {
        "decision": row,
        "site": row.site,
        "author": author.name if author else "",
        "answers_go_to": author.email if author else "",
    }
    written = mail("portfolio/introduction", context)
    return Mail(written.subject, written.body, reply_to=author.email if author else "")


def took_in(delivery: Delivery) -> Mail | None:
    """To whoever sent the idea that goes on: somebody else had it too."""
    row, about = _decision_about(delivery)
    if row is None or about is None or Decision.objects.filter(reverses=row).exists():
        return None
    if about.state == State.WITHDRAWN or about.submission is None:
        return None
    return took_in_mail(row, about, _track(about.submission))


def took_in_mail(row: Decision, about: Innovation, url: str) -> Mail:
    """The same, of a merge stored or not yet. It says nothing of the other idea or its sender."""
    return mail("portfolio/took_in", {"innovation": about, "site": row.site, "url": url})


def separated(delivery: Delivery) -> Mail | None:
    """Two ideas that were merged go on apart again."""
    row, about = _decision_about(delivery)
    if row is None or about is None or about.submission is None:
        return None
    if about.state == State.WITHDRAWN:
        return None
    context = {
        "innovation": about,
        "site": row.site,
        "was_merged": about.pk == row.innovation.pk,
        "url": _track(about.submission),
    }
    return mail("portfolio/separated", context)


def message(delivery: Delivery) -> Mail | None:
    """The hub wrote to you."""
    row = (
        Message.objects.select_related("innovation__submission", "site")
        .filter(ref=delivery.context["message"])
        .first()
    )
    if row is None or row.innovation.submission is None:
        return None
    context = {
        "message": row,
        "innovation": row.innovation,
        "site": row.site,
        "url": _track(row.innovation.submission),
        "files": row.attachments.filter(removed_at=None).count(),
        "may_reply": bool(settings.INBOUND_EMAIL),
    }
    return _in_thread(mail("portfolio/message", context), row.innovation)


def left_out(delivery: Delivery) -> Mail | None:
    """Your email arrived, but this file did not: what is taken, and where to send it."""
    row = mail_with_files(delivery.context)
    if row is None or row.innovation.submission is None:
        return None
    if row.innovation.state == State.WITHDRAWN:
        return None
    context = {
        "sentences": [line for line in row.remark.splitlines() if line != TOLD],
        "too_large": row.body == TOO_LARGE,
        "innovation": row.innovation,
        "site": row.site,
        "url": _track(row.innovation.submission),
        "taken": f"{TAKEN_WORDS}.",
        "files": MAX_FILES,
        "megabytes": MAX_BYTES // 1_000_000,
        "most": MAX_MAIL // 1_000_000,
        "may_reply": bool(settings.INBOUND_EMAIL),
    }
    written = _in_thread(mail("portfolio/left_out", context), row.innovation)
    return replace(written, answers_mail=True)


def _in_thread(written: Mail, innovation: Innovation) -> Mail:
    """The same mail, which can be answered by mail (where mail is taken in) and stands with the others."""
    host = urlsplit(settings.SITE_URL).hostname or "hubapp.invalid"
    # No mail has this one: it holds the thread together in mail programs.
    first = f"<thread-{innovation.ref.lower()}@{host}>"
    last = last_mail_id(innovation)
    return replace(
        written,
        reply_to=links.reply_address(innovation.ref),
        references=(first, last) if last else (first,),
    )
