"""One row of a list of ideas, as its page shows it.

Made in Python: a page has 25 of them, and a template would look everything up,
decide and escape it 25 times over.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from accounts.enums import Function
from accounts.models import Site
from hubapp.templatetags.hub import local_date, state_tag, tag
from portfolio.enums import SUBMITTER_WORDS, InnovationType, Priority, State, WaitsOn
from portfolio.hooks import Flag
from portfolio.models import Innovation
from portfolio.queries.triage import NOBODY, Marks
from portfolio.words import Due, acknowledgement_in_words, due_in_words

_TYPES, _STATES = dict(InnovationType.choices), dict(State.choices)
_WHO = {kind.value: words for kind, words in SUBMITTER_WORDS.items()}
_WAITS, _FUNCTIONS = dict(WaitsOn.choices), dict(Function.choices)
_NOT_DATED = SafeString("not dated")


def rows_of(
    ideas: Sequence[Innovation],
    marks: dict[int, Marks],
    *,
    site: Site,
    url_name: str,
    flags: Mapping[int, Sequence[Flag]] | None = None,
) -> list[dict[str, Any]]:
    """The rows of one page.

    :param url_name: what a row opens; the queue, whose rows all wait, says so of none
    :param flags: by the id of the idea; those that every idea has make no mark
    """
    if not ideas:
        return []
    # One address for all: they differ by their references alone.
    path = reverse(url_name, kwargs={"site": site.slug, "ref": ideas[0].ref})
    before, _, after = path.rpartition(ideas[0].ref)
    in_queue = url_name == "portfolio:triage_item"
    flagged = flags or {}
    return [
        _row(
            idea,
            marks[idea.pk],
            f"{before}{idea.ref}{after}",
            in_queue,
            flagged.get(idea.pk, ()),
        )
        for idea in ideas
    ]


def _row(
    idea: Innovation, marks: Marks, href: str, in_queue: bool, flags: Sequence[Flag]
) -> dict[str, Any]:
    due = due_in_words(idea)
    others = marks.open_with
    return {
        "innovation": idea,
        "ref": idea.ref,
        "title": idea.title,
        "href": href,
        "had": idea.assignee.ref if idea.assignee else NOBODY,
        "new": marks.new_message,
        "more": _more(idea, marks),
        "tags": _tags(idea, marks, in_queue, flags),
        "open": f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} this open"
        if others
        else "",
        "received": local_date(idea.received_on, "short") if idea.received_on else _NOT_DATED,
        "due": _due(idea, due),
        "late": bool(due and due.late),
        "holder": str(idea.assignee) if idea.assignee else "Nobody",
    }


def _more(idea: Innovation, marks: Marks) -> str:
    """ "Service, Staff · night, ward 7"."""
    said = _TYPES.get(idea.innovation_type, "Type not known yet")
    if idea.submitter_kind:
        said += f", {_WHO[idea.submitter_kind]}"
    return f"{said} · {', '.join(marks.tags)}" if marks.tags else said


def _due(idea: Innovation, due: Due | None) -> str:
    if due:
        return due.words
    if idea.waits_on:
        waits = _FUNCTIONS.get(idea.waits_on_function) or _WAITS[idea.waits_on]
        return f"Clock stopped: {waits}"
    return "No due date" if idea.state == State.WAITING else ""


def _tags(idea: Innovation, marks: Marks, in_queue: bool, flags: Sequence[Flag] = ()) -> SafeString:
    drawn: list[str] = []
    if not in_queue or idea.state != State.WAITING:
        drawn.append(state_tag(idea.state, _STATES[idea.state]))
    acknowledge = acknowledgement_in_words(idea)
    if acknowledge:
        drawn.append(tag(acknowledge.words, "red" if acknowledge.late else "grey"))
    if marks.new_message:
        drawn.append(tag("New message", "orange"))
    if marks.new_answer:
        drawn.append(tag("New answer", "orange"))
    if marks.noes:
        drawn += [tag("No to", "red"), " ", conditional_escape(", ".join(marks.noes))]
    if idea.priority == Priority.HIGH:
        drawn.append(tag("High priority", "purple"))
    elif idea.priority == Priority.LOW:
        drawn.append(tag("Low priority", "white"))
    if idea.similar_count and idea.is_in_triage:
        drawn.append(tag("Similar ideas", "yellow"))
    if idea.exemption:
        drawn.append(tag("Exempt", "white"))
    if idea.is_confidential:
        drawn.append(tag("Confidential", "pink"))
    drawn += [tag(flag.title, "white") for flag in flags if not flag.is_general]
    return SafeString("".join(drawn))
