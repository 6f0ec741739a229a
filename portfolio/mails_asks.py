"""The mails to whoever is asked one thing. None holds the question, and the code's names nothing at all."""

from hubapp.codes import CODE_LIVES
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from hubapp.web.words import london_date
from portfolio import links
from portfolio.enums import AskKind, AskState
from portfolio.models import Ask
from portfolio.queries.asks import ask_by_ref, door_of

WANTED = {
    AskKind.QUESTION: "an answer",
    AskKind.OPINION: "your opinion",
    AskKind.SIGN_OFF: "a yes or a no",
}


def _open_ask(delivery: Delivery) -> Ask | None:
    """The question, if it can still be answered when the mail leaves."""
    ask = ask_by_ref(delivery.context["ask"])
    return ask if ask and ask.is_open else None


def _context(ask: Ask) -> dict[str, object]:
    return {
        "person": ask.person,
        "site": ask.site,
        # Whoever reads over a shoulder, or gets the mail by mistake, learns nothing of a confidential idea.
        "title": "" if ask.innovation.is_confidential else ask.innovation.title,
        "wanted": WANTED[AskKind(ask.kind)],
        "function": ask.get_function_display() if ask.function else "",
        "asked_on": london_date(ask.asked_at),
        "last_day": london_date(ask.expires_at),
        "url": absolute(links.ask_path(ask.ref, ask.generation)),
    }


def ask(delivery: Delivery) -> Mail | None:
    """Somebody has a question for you; here is the link."""
    row = _open_ask(delivery)
    return mail("portfolio/ask", _context(row)) if row else None


def ask_reminder(delivery: Delivery) -> Mail | None:
    """The same link once more."""
    row = _open_ask(delivery)
    return mail("portfolio/ask_reminder", _context(row)) if row else None


def ask_withdrawn(delivery: Delivery) -> Mail | None:
    """Your answer is no longer needed."""
    row = ask_by_ref(delivery.context["ask"])
    if row is None or row.state != AskState.WITHDRAWN:
        return None
    return mail("portfolio/ask_withdrawn", _context(row))


def ask_code(delivery: Delivery) -> Mail | None:
    """The code; nothing if a newer one was asked for, or it was used."""
    row = ask_by_ref(delivery.context["ask"])
    door = door_of(row) if row else None
    if row is None or door is None or not door.seed or door.sent != delivery.context["number"]:
        return None
    context = {
        "code": links.ask_code(row.ref, door.seed),
        "minutes": int(CODE_LIVES.total_seconds()) // 60,
    }
    return mail("portfolio/ask_code", context)
