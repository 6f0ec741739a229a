"""The mails of the portfolio: one composer for each kind, from refs to words.

A composer returns None when the mail is no longer wanted, and it is cancelled.
"""

from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from portfolio import links
from portfolio.enums import DecisionKind, State
from portfolio.models import Decision, Draft, Message, Submission
from portfolio.queries.tracking import tracked


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
    """What was decided and why; nothing if that no longer stands when the mail leaves."""
    row = (
        Decision.objects.select_related("innovation__submission__submitter", "site")
        .filter(ref=delivery.context["decision"])
        .first()
    )
    if row is None or Decision.objects.filter(reverses=row).exists():
        return None
    innovation = row.innovation
    if innovation.state == State.WITHDRAWN or innovation.submission is None:
        return None
    if row.kind == DecisionKind.ASK and innovation.state != State.ASKED:
        # Taken up again while the question was held: there is nothing left to answer.
        return None
    return decision_mail(row, _track(innovation.submission))


def decision_mail(row: Decision, url: str) -> Mail:
    """The mail of a decision, stored or (for its preview) not yet; ``url`` is the submitter's own page."""
    context = {
        "decision": row,
        "innovation": row.innovation,
        "site": row.site,
        "asks": row.kind == DecisionKind.ASK,
        "forward": row.kind == DecisionKind.SCOPING,
        "url": url,
    }
    return mail("portfolio/decision", context)


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
    }
    return mail("portfolio/message", context)
