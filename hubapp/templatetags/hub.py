"""Template tags and filters of every page (a builtin library: no ``{% load %}``).

Words and numbers are written as the NHS content guide asks; components are the
design system's. How to use each: ``docs/recipes/page.md``.
"""

import functools
from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from hubapp.web import charts, words
from hubapp.web.forms import error_items, has_errors, render_form_errors
from hubapp.web.kept import how_made, key_of

register = template.Library()
# Seconds that a drawn chart is kept.
CHART_KEPT_FOR = 3600

# -- forms and errors -----------------------------------------------------------


def _is_form(value: object) -> bool:
    return isinstance(value, forms.BaseForm | forms.BaseFormSet)


def _forms_in(context: template.Context) -> list[Any]:
    """Every form and formset that the view put into the context, in that order.

    Also inside a list, tuple or dict directly in the context (``forms``).
    """
    found: list[Any] = []
    values: list[Any] = list(context.flatten().values())
    for value in values:
        if _is_form(value):
            candidates = [value]
        elif isinstance(value, list | tuple):
            candidates = list(value) if value and _is_form(value[0]) else []
        elif isinstance(value, dict):
            candidates = [each for each in value.values() if _is_form(each)]
        else:
            continue
        found += [form for form in candidates if not any(form is known for known in found)]
    return found


@register.simple_tag(takes_context=True)
def title_prefix(context: template.Context) -> str:
    """``"Error: "`` when a form of the page was sent and found wrong, else nothing."""
    return "Error: " if any(has_errors(form) for form in _forms_in(context)) else ""


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def error_summary(context: template.Context, *forms_or_sets) -> dict[str, Any]:
    """ "There is a problem", linked to the fields; nothing when nothing is wrong.

    Without arguments: all forms and formsets of the context.
    """
    chosen = forms_or_sets or _forms_in(context)
    return {"errors": error_items(*[form for form in chosen if _is_form(form)])}


@register.simple_tag
def form_errors(form: forms.BaseForm) -> SafeString:
    """What is wrong with a form as such, for pages that draw its fields one by one."""
    return render_form_errors(form)


# -- the frame of a page ----------------------------------------------------------
@functools.lru_cache(maxsize=8)
def _links(_urlconf: str) -> dict[str, str]:
    """Addresses that the frame links to; one that has no URL yet is left out."""
    names = {
        "home": "home",
        "sign_in": "accounts:login",
        "sign_out": "accounts:logout",
        "submit": "portfolio:submit",
        "privacy": "privacy",
        "accessibility": "accessibility",
        "help": "help",
    }
    found = {}
    for key, name in names.items():
        try:
            found[key] = reverse(name)
        except NoReverseMatch:
            continue
    return found


@register.simple_tag
def frame() -> dict[str, Any]:
    """What base.html needs of the installation: ``links`` (by name) and ``demo``."""
    return {
        "links": _links(get_urlconf() or settings.ROOT_URLCONF),
        "demo": bool(getattr(settings, "DEMO", False)),
    }


# -- words ---------------------------------------------------------------------------
for _filter in (
    words.counted,
    words.london_date,
    words.london_datetime,
    words.london_month,
    words.london_time,
    words.money,
    words.number,
    words.percent,
    words.short_date,
    words.working_days,
    words.working_days_left,
):
    register.filter(_filter.__name__, _filter)


@register.simple_tag
def local_date(value: Any, style: str = "date") -> SafeString | str:
    """``<time datetime=…>`` around a London date; style: date, short, datetime, time."""
    at = words.in_london(value)
    if at is None:
        return ""
    said = {
        "date": words.london_date,
        "short": words.short_date,
        "datetime": words.london_datetime,
        "time": words.london_time,
    }[style](value)
    machine = at.isoformat() if style in ("datetime", "time") else f"{at:%Y-%m-%d}"
    return format_html('<time datetime="{}">{}</time>', machine, said)


@register.filter
def add_number(value: Any, more: Any) -> float | int:
    """A sum of two numbers (Django's ``add`` refuses floats); for positions in a drawing."""
    total = float(value) + float(more)
    return int(total) if total.is_integer() else round(total, 2)


@register.filter
def humanise(value: Any) -> str:
    """The name of a control in words: "contact_email" → "Contact email"."""
    return str(value).replace("_", " ").replace("-", " ").strip().capitalize()


@register.filter
def nth(values: Any, index: Any) -> Any:
    """The item at a position that a template counted; "" past the end."""
    try:
        return values[int(index)]
    except (IndexError, TypeError, ValueError, KeyError):
        return ""


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The ``<option>`` elements of a list to choose from: (value, words) each."""
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
            f"{escape(words)}</option>"
            for value, words in choices
        )
    )


# -- components ---------------------------------------------------------------------
#: State (the slug of an enum) → colour of its tag. Colour only repeats the word;
#: a state that is missing here is grey.
TAG_COLOURS = {
    # waits for us
    "received": "blue", "waiting": "blue", "open": "blue", "not_started": "blue", "to_do": "blue",
    # waits for somebody else, or may still change
    "asked": "yellow", "ask": "yellow", "on_hold": "yellow", "unconfirmed": "yellow",
    "held": "yellow", "due_soon": "yellow", "partly": "yellow", "restated": "yellow",
    # in hand
    "scoping": "aqua-green", "in_progress": "aqua-green", "running": "aqua-green",
    # a good end
    "done": "green", "completed": "green", "final": "green", "answered": "green", "sent": "green",
    "yes": "green", "active": "green", "created": "green", "embedded": "green", "adopted": "green",
    # another end
    "declined": "grey", "decline": "grey", "withdrawn": "grey", "closed": "grey", "no": "grey",
    "undo": "grey", "undone": "grey", "merged": "grey", "unchanged": "grey", "expired": "grey",
    "suppressed": "grey", "no_data": "grey",
    # not yet, not known
    "draft": "white", "queued": "white", "pending": "white", "provisional": "white",
    "dont_know": "white",
    # somewhere else
    "signposted": "purple", "imported": "purple",
    # wrong or late
    "overdue": "red", "late": "red", "failed": "red", "bounced": "red",
    # handle with care
    "confidential": "pink",
}  # fmt: skip

_COLOURS = {
    "white", "grey", "green", "aqua-green", "blue", "purple", "pink", "red", "orange", "yellow",
}  # fmt: skip


@register.simple_tag
def tag(text: Any, colour: str = "") -> SafeString:
    """A tag: ``{% tag "Overdue" "red" %}``."""
    shade = f" nhsuk-tag--{colour}" if colour in _COLOURS else ""
    return format_html('<strong class="nhsuk-tag{}">{}</strong>', shade, text)


@register.simple_tag
def state_tag(state: Any, label: Any = "") -> SafeString:
    """A state as a tag: an enum member (has ``label``), or a slug and its label."""
    said = label or getattr(state, "label", "") or str(state).replace("_", " ").capitalize()
    return tag(said, TAG_COLOURS.get(str(getattr(state, "value", state)).lower(), "grey"))


@register.simple_block_tag
def details(content: str, summary: str, open: bool = False) -> SafeString:
    """ "More about…" that opens: ``{% details "Why we ask" %}…{% enddetails %}``."""
    return format_html(
        '<details class="nhsuk-details"{}><summary class="nhsuk-details__summary">'
        '<span class="nhsuk-details__summary-text">{}</span></summary>'
        '<div class="nhsuk-details__text">{}</div></details>',
        SafeString(" open") if open else "", summary, content,
    )  # fmt: skip


@register.simple_block_tag
def expander(content: str, summary: str, open: bool = False) -> SafeString:
    """A larger opening section with a border, for a part of a page."""
    return format_html(
        '<details class="nhsuk-details nhsuk-expander"{}><summary class="nhsuk-details__summary">'
        '<span class="nhsuk-details__summary-text">{}</span></summary>'
        '<div class="nhsuk-details__text">{}</div></details>',
        SafeString(" open") if open else "", summary, content,
    )  # fmt: skip


@register.simple_block_tag
def inset(content: str) -> SafeString:
    """Words set apart: ``{% inset %}<p>…</p>{% endinset %}``."""
    return format_html(
        '<div class="nhsuk-inset-text">'
        '<span class="nhsuk-u-visually-hidden">Information: </span>{}</div>',
        content,
    )


@register.simple_block_tag
def callout(content: str, heading: str, level: int = 2) -> SafeString:
    """A yellow warning: ``{% callout "No patient details" %}<p>…</p>{% endcallout %}``."""
    return format_html(
        '<div class="nhsuk-card nhsuk-card--warning"><div class="nhsuk-card__content">'
        '<h{0} class="nhsuk-card__heading"><span role="text">'
        '<span class="nhsuk-u-visually-hidden">Important: </span>{1}</span></h{0}>{2}</div></div>',
        int(level), heading, content,
    )  # fmt: skip


@register.simple_block_tag
def card(
    content: str, heading: str = "", href: str = "", level: int = 2, feature: bool = False
) -> SafeString:
    """A card; with ``href`` its heading is a link and the whole card can be pressed."""
    head: str | SafeString = ""
    if heading:
        inner = (
            format_html('<a class="nhsuk-card__link" href="{}">{}</a>', href, heading)
            if href
            else heading
        )
        head = format_html(
            '<h{0} class="nhsuk-card__heading nhsuk-heading-s">{1}</h{0}>', int(level), inner
        )
    kind = (" nhsuk-card--clickable" if href else "") + (" nhsuk-card--feature" if feature else "")
    return format_html(
        '<div class="nhsuk-card{}"><div class="nhsuk-card__content">{}{}</div></div>',
        kind, head, content,
    )  # fmt: skip


@register.simple_block_tag
def panel(content: str, title: str) -> SafeString:
    """The green "it is done" panel; its title is the page's h1."""
    return format_html(
        '<div class="nhsuk-panel"><h1 class="nhsuk-panel__heading">{}</h1>'
        '<div class="nhsuk-panel__body">{}</div></div>',
        title, content,
    )  # fmt: skip


@register.simple_block_tag
def actions(content: str) -> SafeString:
    """Buttons and links in one row: ``{% actions %}<button…>…{% endactions %}``."""
    return format_html('<div class="nhsuk-button-group hub-actions">{}</div>', content)


@register.simple_tag
def button(
    text: str,
    kind: str = "",
    href: str = "",
    name: str = "",
    value: str = "",
    small: bool = False,
    hidden_text: str = "",
) -> SafeString:
    """A submit button, or a link that looks like one with ``href``.

    ``kind``: "" (the page's main action, once), "secondary", "warning". A form
    cannot be sent twice by a double click (where JavaScript runs; services hold
    the promise without it).
    """
    css = "nhsuk-button" + (f" nhsuk-button--{kind}" if kind else "")
    css += " nhsuk-button--small" if small else ""
    said = text if not hidden_text else format_html(
        '{}<span class="nhsuk-u-visually-hidden"> {}</span>', text, hidden_text
    )  # fmt: skip
    if href:
        return format_html(
            '<a class="{}" data-module="nhsuk-button" role="button" draggable="false" href="{}">{}</a>',
            css, href, said,
        )  # fmt: skip
    named = format_html(' name="{}" value="{}"', name, value) if name else ""
    return format_html(
        '<button class="{}" data-module="nhsuk-button" data-prevent-double-click="true"'
        ' type="submit"{}>{}</button>',
        css, named, said,
    )  # fmt: skip


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows, border: bool = True) -> dict[str, Any]:
    """Facts about one thing; rows as in ``components/summary_list.html``."""
    return {"rows": [row for row in rows if row], "border": border}


@register.inclusion_tag("components/pagination.html")
def pagination(
    previous: str = "", next: str = "", previous_label: str = "Previous", next_label: str = "Next"
) -> dict[str, Any]:
    """Keyset pages: two addresses, either may be empty."""
    return {
        "previous": previous,
        "next": next,
        "previous_label": previous_label,
        "next_label": next_label,
    }


@register.inclusion_tag("components/progress.html")
def progress(
    label: str, done: Any, total: Any, poll: str = "", id: str = "progress"
) -> dict[str, Any]:
    """How far a job is; ``poll`` is the address that answers with this part anew."""
    done, total = int(done or 0), int(total or 0)
    return {"label": label, "done": done, "total": total, "poll": poll, "id": id}


@register.inclusion_tag("components/task_list.html")
def task_list(tasks, id: str = "task") -> dict[str, Any]:
    """Tasks with statuses; items as in ``components/task_list.html``."""
    return {"tasks": tasks, "id": id}


@register.inclusion_tag("components/timeline.html")
def timeline(entries, level: int = 3) -> dict[str, Any]:
    """What happened, newest first; entries as in ``components/timeline.html``."""
    return {"entries": entries, "level": level}


@register.simple_tag
def chart(drawn: charts.Chart | None) -> SafeString:
    """A chart of ``hubapp.web.charts`` as figure, sentence and table; "" for None.

    Drawn once and kept by all that it says: whoever has the same figures has the same picture.
    """
    if drawn is None:
        return SafeString("")
    # A chart is nothing but its values, so that its repr tells it from every other.
    key = key_of(how_made(), drawn)
    kept = cache.get(key)
    if kept is None:
        kept = render_to_string(drawn.template_name, {"chart": drawn})
        cache.set(key, str(kept), CHART_KEPT_FOR)
    return SafeString(kept)
