"""Forms in the words and the looks of the NHS design system.

``NHSFormRenderer`` is the project's ``FORM_RENDERER``: ``{{ form }}``,
``{{ form.title.as_field_group }}`` and ``{{ formset }}`` come out as design
system HTML for any Django form. A field is tuned by a dict on it::

    self.fields["idea"].nhs = {"label_size": "l", "page_heading": True}

Keys of ``nhs`` (all optional):

=================  ==============================================================
``label_size``     ``"s"`` (default), ``"m"``, ``"l"``, ``"xl"``, ``None`` (plain)
``page_heading``   the label is the page's ``h1`` (one question on a page)
``caption``        small grey words above a label that is a heading
``hide_label``     label for assistive technology only
``optional``       ``False``: never append "(optional)"
``width``          2, 3, 4, 5, 10, 20 or 30 characters (text inputs)
``classes``        more classes on the control
``prefix``         e.g. ``"£"``; ``suffix`` e.g. ``"days"`` (text inputs)
``inline``         radios side by side; ``small``: smaller radios, checkboxes
``hints``          ``{value: hint}`` under single choices
``exclusive``      the value of "none of these": an "or" divider stands before it
``dividers``       ``{value: "or"}``: words before a choice
``conditional``    ``{value: "other_field"}``: shown when the choice is picked;
                   the named field is left out of ``{{ form }}`` elsewhere
``count``          ``False``: no character count on a textarea with a limit
``noun``           what errors call it: "Enter <noun>" (default: the label)
``autofocus``      ``True`` on radios: the one picked, or the first, has the focus at once
=================  ==============================================================

``HubForm`` and ``HubModelForm`` add error sentences that name their field.
"""

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import markupsafe
from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from jinja2 import ChainableUndefined, Environment, PackageLoader

__all__ = [
    "HubForm",
    "HubModelForm",
    "NHSDateField",
    "NHSDateInput",
    "NHSFormRenderer",
    "error_items",
    "parse_typed_date",
]

#: What Django says of an empty field when nobody wrote a better sentence.
_DJANGO_REQUIRED = str(forms.Field.default_error_messages["required"])

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


# -- dates ------------------------------------------------------------------
class DateProblem(ValueError):
    """A typed date that is no date. ``parts`` names the boxes to correct."""

    def __init__(self, code: str, parts: tuple[str, ...]):
        super().__init__(code)
        self.code = code
        self.parts = parts


def _month_number(typed: str) -> int | None:
    word = typed.strip().lower().rstrip(".")
    if word.isascii() and word.isdigit():
        return int(word) if len(word) <= 2 and 1 <= int(word) <= 12 else None
    if word == "sept":
        return 9
    if word[:3] in _MONTHS and _MONTH_NAMES[_MONTHS.index(word[:3])].startswith(word):
        return _MONTHS.index(word[:3]) + 1
    return None


def parse_typed_date(day: str, month: str, year: str) -> dt.date | None:
    """The date somebody typed into three boxes; None if all three are empty.

    Days may carry "st", "nd", "rd", "th"; months may be words ("Nov").
    Raises ``DateProblem`` with code ``incomplete``, ``year`` or ``unreal``.
    """
    boxes = {"day": day.strip(), "month": month.strip(), "year": year.strip()}
    missing = tuple(part for part, typed in boxes.items() if not typed)
    if len(missing) == 3:
        return None
    if missing:
        raise DateProblem("incomplete", missing)
    day_number = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)?", boxes["day"].lower())
    month_number = _month_number(boxes["month"])
    wrong = []
    if not day_number or not 1 <= int(day_number[1]) <= 31:
        wrong.append("day")
    if month_number is None:
        wrong.append("month")
    if wrong:
        raise DateProblem("unreal", tuple(wrong))
    if not re.fullmatch(r"[0-9]{4}", boxes["year"]) or int(boxes["year"]) < 1000:
        raise DateProblem("year", ("year",))
    assert day_number
    assert month_number
    try:
        return dt.date(int(boxes["year"]), month_number, int(day_number[1]))
    except ValueError as wrong_day:  # 31 February
        raise DateProblem("unreal", ("day", "month", "year")) from wrong_day


class NHSDateInput(forms.Widget):
    """Three boxes named ``<name>_day``, ``<name>_month`` and ``<name>_year``.

    A single ISO value under the field's own name is understood too, so that a
    link (``?from=2026-11-01``) can fill the boxes.
    """

    parts = ("day", "month", "year")

    def value_from_datadict(self, data, files, name) -> tuple[str, str, str] | None:
        typed = [data.get(f"{name}_{part}") for part in self.parts]
        if all(box is None for box in typed):
            return self.boxes(data.get(name)) if data.get(name) else None
        return tuple(str(box or "") for box in typed)  # type: ignore[return-value]  # three boxes

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data and not any(f"{name}_{part}" in data for part in self.parts)

    def use_required_attribute(self, initial) -> bool:
        return False

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_day" if id_ else id_

    def boxes(self, value: Any) -> tuple[str, str, str]:
        """What each box shows for a date, an ISO text or typed boxes."""
        if isinstance(value, dt.datetime):
            value = value.date()
        if isinstance(value, dt.date):
            return (str(value.day), str(value.month), str(value.year))
        if isinstance(value, list | tuple) and len(value) == 3:
            return (str(value[0] or ""), str(value[1] or ""), str(value[2] or ""))
        if isinstance(value, str) and value.strip():
            iso = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", value, re.ASCII)
            return (iso[3], iso[2], iso[1]) if iso else (value, "", "")
        return ("", "", "")

    def format_value(self, value):
        return self.boxes(value)

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        params = {
            "id": (attrs or {}).get("id") or name,
            "items": self.items(name, value, attrs, ()),
        }
        return _macro("date-input", "dateInput", params)

    def items(self, name, value, attrs, wrong: Iterable[str]) -> list[dict[str, Any]]:
        """The three boxes as the macro wants them; ``wrong`` are outlined red."""
        id_ = (attrs or {}).get("id") or name
        birthday = (attrs or {}).get("autocomplete") == "bday"
        return [
            {
                "id": f"{id_}_{part}",
                "name": f"{name}_{part}",
                "label": part.capitalize(),
                "value": box,
                "width": 4 if part == "year" else 2,
                "error": part in wrong,
                "autocomplete": f"bday-{part}" if birthday else None,
                "disabled": bool((attrs or {}).get("disabled")),
            }
            for part, box in zip(self.parts, self.boxes(value), strict=True)
        ]


class NHSDateField(forms.Field):
    """A date typed into three boxes; a wrong one is answered by a sentence.

    ``not_before`` and ``not_after`` take dates or callables that return one.
    """

    widget = NHSDateInput
    default_error_messages = {
        "required": "Enter %(name)s",
        "incomplete": "%(Name)s must include a %(missing)s",
        "year": "%(Name)s must include a year of 4 numbers, for example 2026",
        "unreal": "%(Name)s must be a real date, for example 27 3 2026",
        "not_before": "%(Name)s must be the same as or after %(limit)s",
        "not_after": "%(Name)s must be the same as or before %(limit)s",
        "future": "%(Name)s must be today or in the past",
    }

    def __init__(self, *, not_before=None, not_after=None, **kwargs):
        self.not_before, self.not_after = not_before, not_after
        super().__init__(**kwargs)

    def _error(self, code: str, **params) -> ValidationError:
        noun = _noun(self, str(self.label or "date"))
        names = {"name": noun, "Name": noun[:1].upper() + noun[1:]}
        return ValidationError(self.error_messages[code], code=code, params={**names, **params})

    def to_python(self, value) -> dt.date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        boxes = value if isinstance(value, tuple | list) else NHSDateInput().boxes(value)
        try:
            return parse_typed_date(*boxes)
        except DateProblem as problem:
            raise self._error(problem.code, missing=" and ".join(problem.parts)) from problem

    def validate(self, value) -> None:
        if value is None:
            if self.required:
                raise self._error("required")
            return
        for code, limit in (("not_before", self.not_before), ("not_after", self.not_after)):
            limit = limit() if callable(limit) else limit
            if limit is None or (value >= limit if code == "not_before" else value <= limit):
                continue
            raise self._error(code, limit=f"{limit.day} {limit:%B %Y}")

    def has_changed(self, initial, data) -> bool:
        try:
            return self.to_python(data) != (self.to_python(initial) if initial else None)
        except ValidationError:
            return True


# -- error sentences ----------------------------------------------------------
def _noun(field: forms.Field, label: str) -> str:
    """What a sentence calls the field: ``nhs["noun"]`` or its label, lower first letter."""
    noun = getattr(field, "nhs", {}).get("noun")
    if noun:
        return str(noun)
    label = label.strip().rstrip(":")
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label


def _required_sentence(field: forms.Field, label: str) -> str:
    widget = field.widget
    asked = label.rstrip().endswith("?") and not getattr(field, "nhs", {}).get("noun")
    noun = f"an answer to “{label.strip()}”" if asked else _noun(field, label)
    if isinstance(widget, forms.CheckboxInput):
        return f"Tick “{label.strip()}” to continue"
    if isinstance(widget, forms.FileInput):
        return f"Choose a file: {noun}" if asked else f"Choose {noun}"
    return f"{'Select' if isinstance(widget, forms.widgets.ChoiceWidget) else 'Enter'} {noun}"


def _sentences(field: forms.Field, label: str) -> dict[str, str]:
    """Error code → sentence that names the field, for Django's own errors."""
    asked = label.rstrip().endswith("?") and not getattr(field, "nhs", {}).get("noun")
    noun = f"the answer to “{label.strip()}”" if asked else _noun(field, label)
    # Some of these are formatted with %, so a percent sign of the label is doubled.
    name = (noun[:1].upper() + noun[1:]).replace("%", "%%")
    found = {"required": _required_sentence(field, label)}
    if isinstance(field, forms.CharField):
        found |= {
            "max_length": f"{name} must be %(limit_value)d characters or fewer",
            "min_length": f"{name} must be %(limit_value)d characters or more",
            "null_characters_not_allowed": f"{name} has a character that cannot be stored",
        }
    if isinstance(field, forms.EmailField):
        found["invalid"] = (
            f"{name} must be an email address in the correct format, like name@example.com"
        )
    elif isinstance(field, forms.URLField):
        found["invalid"] = f"{name} must be a web address, like https://www.example.com"
    elif isinstance(field, forms.IntegerField):
        whole = not isinstance(field, forms.DecimalField | forms.FloatField)
        found |= {
            "invalid": f"{name} must be a {'whole ' if whole else ''}number",
            "min_value": f"{name} must be %(limit_value)s or more",
            "max_value": f"{name} must be %(limit_value)s or less",
        }
        if isinstance(field, forms.DecimalField):
            found["max_decimal_places"] = f"{name} must have no more than %(max)s decimal places"
            found["max_digits"] = f"{name} must have no more than %(max)s digits"
            found["max_whole_digits"] = f"{name} must have no more than %(max)s digits"
    elif isinstance(field, forms.DateField | forms.DateTimeField | forms.TimeField):
        found["invalid"] = f"{name} must be a real date or time"
    elif isinstance(field, forms.FileField):
        found["empty"] = f"The file chosen for {noun} is empty".replace("%", "%%")
        found["missing"] = found["required"]
    elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        lost = f"Choose {noun} from the list: what was chosen is not in it".replace("%", "%%")
        found |= {"invalid_choice": lost, "invalid_list": lost, "invalid_pk_value": lost}
    # Not formatted: no parameters come with it.
    found["required"] = found["required"].replace("%%", "%")
    return found


def _default_message(field: forms.Field, code: str) -> str | None:
    for cls in type(field).__mro__:
        message = getattr(cls, "default_error_messages", {}).get(code)
        if message is not None:
            return str(message)
    return None


def name_fields_in_errors(form: forms.BaseForm) -> None:
    """Replace Django's default error texts by sentences that name their field.

    A message that the form wrote itself (``error_messages=``) stays.
    """
    for name, field in form.fields.items():
        if isinstance(field, NHSDateField):
            if field.label is None:
                field.label = form[name].label
            continue
        label = str(form[name].label)
        for code, sentence in _sentences(field, label).items():
            current = field.error_messages.get(code)
            if current is None or str(current) == _default_message(field, code):
                field.error_messages[code] = sentence


class _NamedErrors:
    """Form mixin: every error is a sentence that names its field.

    ``mark_optional = False`` on a form leaves "(optional)" off all labels
    (filters). Sentences are set when the form is validated, so labels set in
    ``__init__`` are used.
    """

    mark_optional = True
    use_required_attribute = False

    def full_clean(self) -> None:
        name_fields_in_errors(self)  # type: ignore[arg-type]  # a mixin of forms
        super().full_clean()  # type: ignore[misc]  # a mixin of forms

    def _widget_data_value(self, widget: forms.Widget, html_name: str) -> Any:
        """What was sent; a line break counts as one character, as the counter beside it says.

        Browsers send two (CR LF), so that a text of exactly the limit would be refused.
        """
        value = super()._widget_data_value(widget, html_name)  # type: ignore[misc]  # a mixin of forms
        if isinstance(widget, forms.Textarea) and isinstance(value, str):
            return value.replace("\r\n", "\n")
        return value


class HubForm(_NamedErrors, forms.Form):
    """``forms.Form`` whose errors name their field."""

    # Any: a form sets what Django's Field does not declare, the options of our
    # renderer (``nhs``) and the choices of those fields that have some.
    fields: Any


class HubModelForm(_NamedErrors, forms.ModelForm):
    """``forms.ModelForm`` whose errors name their field."""

    # Any: a form sets what Django's Field does not declare, the options of our
    # renderer (``nhs``) and the choices of those fields that have some.
    fields: Any


def _messages(bound: BoundField) -> list[str]:
    """The error sentences of one field, Django's bare "required" made to name it."""
    return [
        _required_sentence(bound.field, str(bound.label))
        if str(text) == _DJANGO_REQUIRED
        else str(text)
        for text in bound.errors
    ]


# -- from a Django field to a macro -------------------------------------------
@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("nhsuk_frontend_jinja", "templates"),
        autoescape=True,
        undefined=ChainableUndefined,  # the macros read options of options that nobody gave
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _macro_function(component: str, macro: str):
    template = _environment().get_template(f"nhsuk/components/{component}/macro.jinja")
    return getattr(template.module, macro)


def warm_up() -> None:
    """Compile the macros (half a second), so that nobody's first form waits for it."""
    for component, macro in (
        ("character-count", "characterCount"),
        ("checkboxes", "checkboxes"),
        ("date-input", "dateInput"),
        ("file-upload", "fileUpload"),
        ("password-input", "passwordInput"),
        ("radios", "radios"),
        ("select", "select"),
    ):
        _macro(
            component,
            macro,
            {"name": "x", "label": {"text": "x"}, "fieldset": {"legend": {"text": "x"}}},
        )


def _macro(component: str, macro: str, params: dict[str, Any]) -> SafeString:
    """One design system component as HTML. None values count as not given.

    A macro takes milliseconds, and what it writes depends on its options alone:
    those of a control that is not in error are kept with what came of them.
    What somebody typed is put in afterwards, so that it is not kept.
    """
    given = {key: value for key, value in params.items() if value is not None}
    if "errorMessage" in given:
        return _run_macro(component, macro, given)
    typed = given.get("value")
    if isinstance(typed, str) and typed:
        given["value"] = _TYPED
    html = _kept_macro(component, macro, _frozen(given))
    if isinstance(typed, str) and typed:
        return mark_safe(html.replace(_TYPED, str(markupsafe.escape(typed))))  # noqa: S308 - escaped here
    return html


#: Stands where what was typed belongs; a character of nobody's alphabet.
_TYPED = "\ue000typed\ue000"
#: How many controls are kept as HTML in a process.
_MOST_KEPT = 500


def _run_macro(component: str, macro: str, given: dict[str, Any]) -> SafeString:
    return mark_safe(str(_macro_function(component, macro)(given)).strip())  # noqa: S308 - escaped by the macro


@functools.lru_cache(maxsize=_MOST_KEPT)
def _kept_macro(component: str, macro: str, options: tuple) -> SafeString:
    return _run_macro(component, macro, _thawed(options))


def _frozen(value: Any) -> Any:
    """Options of a macro as a key: two are equal only if the macro makes the same of both."""
    if isinstance(value, dict):
        return (dict, *((name, _frozen(each)) for name, each in value.items()))
    if isinstance(value, list | tuple):
        return (list, *map(_frozen, value))
    # True is no 1 here, and safe text is not escaped again.
    return (type(value), value)


def _thawed(frozen: Any) -> Any:
    kind, *rest = frozen
    if kind is dict:
        return {name: _thawed(each) for name, each in rest}
    return [_thawed(each) for each in rest] if kind is list else rest[0]


#: What the macros write for scripts of the design system that are not used:
#: they put aria-expanded on radios, where it is not allowed, and give the file
#: button a name without its visible words. hub.css shows and hides instead.
_UNUSED = re.compile(
    r' data-aria-controls="[^"<>]*"| data-module="nhsuk-file-upload"'
    r"| nhsuk-(?:radios|checkboxes)__conditional--hidden"
)


def _words(text: Any) -> dict[str, Any]:
    """``{"text": …}``, or ``{"html": …}`` for text that is marked safe."""
    if hasattr(text, "__html__"):
        return {"html": text.__html__()}
    return {"text": str(text)}


def _attributes(attrs: Mapping[str, Any]) -> dict[str, Any] | None:
    """HTML attributes as the macros want them: True is bare, None and False are left out."""
    kept: dict[str, Any] = {
        name: {"value": True, "optional": True} if value is True else str(value)
        for name, value in attrs.items()
        if value is not None and value is not False
    }
    return kept or None


def field_id(bound: BoundField) -> str:
    """The id that the field's (first) control carries."""
    return str(bound.field.widget.attrs.get("id") or bound.auto_id or bound.html_name)


def error_target(bound: BoundField) -> str:
    """The id that an error summary links to: the control that has to change."""
    if isinstance(bound.field.widget, NHSDateInput):
        wrong = _wrong_parts(bound) or ("day",)
        return f"{field_id(bound)}_{wrong[0]}"
    return field_id(bound)


def _wrong_parts(bound: BoundField) -> tuple[str, ...]:
    if not bound.errors:
        return ()
    try:
        parse_typed_date(*NHSDateInput().boxes(bound.value()))
    except DateProblem as problem:
        return problem.parts
    return NHSDateInput.parts


def _options(bound: BoundField) -> dict[str, Any]:
    return getattr(bound.field, "nhs", {})


def _label(bound: BoundField) -> dict[str, Any]:
    nhs, form = _options(bound), bound.form
    words = _words(bound.label)
    tick = isinstance(bound.field.widget, forms.CheckboxInput)
    asks_optional = nhs.get("optional", getattr(form, "mark_optional", True)) and not tick
    if not bound.field.required and asks_optional and not bound.field.disabled:
        key = "html" if "html" in words else "text"
        if "(optional)" not in words[key]:
            words[key] = f"{words[key]} (optional)"
    size = nhs.get("label_size", "l" if nhs.get("page_heading") else "s")
    label: dict[str, Any] = {**words, "isPageHeading": bool(nhs.get("page_heading"))}
    if size:
        label["size"] = size
    if nhs.get("caption"):
        label["caption"] = {"text": str(nhs["caption"]), "size": size or "m"}
    if nhs.get("hide_label"):
        label["classes"] = "nhsuk-u-visually-hidden"
    return label


def _error(bound: BoundField) -> dict[str, Any] | None:
    messages = _messages(bound)
    if not messages:
        return None
    if len(messages) == 1:
        return _words(messages[0])
    return {"html": format_html_join(mark_safe("<br>"), "{}", ((text,) for text in messages))}


def _common(bound: BoundField) -> dict[str, Any]:
    """What every component takes: name, hint and error."""
    hint = bound.help_text
    return {
        "name": bound.html_name,
        "hint": _words(hint) if hint else None,
        "errorMessage": _error(bound),
        "disabled": bound.field.disabled or None,
    }


#: Attributes that the macros take as options of their own.
_OWN = ("autocomplete", "autocapitalize", "inputmode", "pattern", "placeholder", "rows")
#: Set by the macros, or by the browser's own validation, which is not used.
_DROPPED = ("class", "id", "required", "aria-describedby", "aria-invalid", "spellcheck", "disabled")


def _single(bound: BoundField, *, drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """Options of a component with one control: label, id, value, attributes."""
    widget, nhs = bound.field.widget, _options(bound)
    attrs = {**bound.build_widget_attrs({}, widget), **widget.attrs}
    classes = " ".join(filter(None, (attrs.get("class"), nhs.get("classes"))))
    own = {name: attrs[name] for name in _OWN if attrs.get(name) is not None}
    rest = {k: v for k, v in attrs.items() if k not in (*_OWN, *_DROPPED, *drop)}
    spellcheck = attrs.get("spellcheck")
    if spellcheck is not None:
        spellcheck = str(spellcheck).lower() not in ("false", "0", "")
    return {
        **_common(bound),
        **own,
        "id": field_id(bound),
        "label": _label(bound),
        "classes": classes or None,
        "spellcheck": spellcheck,
        "attributes": _attributes(rest),
    }


def _input(bound: BoundField) -> SafeString:
    widget, nhs = bound.field.widget, _options(bound)
    assert isinstance(widget, forms.widgets.Input)
    params = _single(bound, drop=("min", "max", "step", "maxlength", "minlength", "size", "type"))
    kind = widget.attrs.get("type") or widget.input_type or "text"
    if isinstance(widget, forms.NumberInput):
        # The design system asks for text with a numeric keyboard: spin buttons
        # change a number when somebody scrolls.
        kind = "text"
        whole = not isinstance(bound.field, forms.DecimalField | forms.FloatField)
        params.setdefault("inputmode", "numeric" if whole else "decimal")
    if kind == "email":
        params["spellcheck"] = bool(params.get("spellcheck"))
        params.setdefault("autocapitalize", "none")
    params |= {
        "type": kind,
        "value": widget.format_value(bound.value()),
        "width": nhs.get("width"),
        "prefix": nhs.get("prefix"),
        "suffix": nhs.get("suffix"),
    }
    return _macro("input", "input", params)


def _password(bound: BoundField) -> SafeString:
    params = _single(bound, drop=("maxlength", "minlength"))
    params["width"] = _options(bound).get("width")
    return _macro("password-input", "passwordInput", params)


def _textarea(bound: BoundField) -> SafeString:
    params = _single(bound, drop=("cols", "maxlength", "minlength"))
    # Django's own default of 10 rows is not a wish of the form.
    rows = bound.field.widget.attrs.get("rows")
    params["rows"] = 5 if rows in (None, "10") else int(rows)
    value = bound.field.widget.format_value(bound.value()) or ""
    # A browser drops one line break straight after <textarea>: give it one to drop.
    params["value"] = f"\n{value}" if value.startswith(("\n", "\r")) else value
    limit = getattr(bound.field, "max_length", None)
    if limit and _options(bound).get("count", True):
        params["maxlength"] = limit
        # A long limit is only spoken of when it comes near.
        params["threshold"] = _options(bound).get("threshold", 75 if limit > 500 else None)
        return _macro("character-count", "characterCount", params)
    return _macro("textarea", "textarea", params)


def _choices(bound: BoundField) -> Iterator[dict[str, Any]]:
    """The choices of a widget as (value, label, selected, group)."""
    widget = bound.field.widget
    assert isinstance(widget, forms.widgets.ChoiceWidget)
    value = widget.format_value(bound.value())
    for group, options, _index in widget.optgroups(bound.html_name, value):
        for option in options:
            yield {**option, "value": str(option["value"]), "group": group}


def _select(bound: BoundField) -> SafeString:
    choices = list(_choices(bound))
    if any(choice["group"] for choice in choices):  # the macro knows no groups
        return _fallback(bound, css="nhsuk-select")
    params = _single(bound)
    if bound.field.widget.allow_multiple_selected:
        params["attributes"] = {
            **(params["attributes"] or {}),
            "multiple": {"value": True, "optional": True},
        }
    params["items"] = [
        {
            "value": choice["value"],
            "text": str(choice["label"]),
            "selected": bool(choice["selected"]),
            "disabled": bool(choice["attrs"].get("disabled")),
        }
        for choice in choices
    ]
    return _macro("select", "select", params)


def _group(bound: BoundField, items: list[dict[str, Any]]) -> dict[str, Any]:
    nhs, widget = _options(bound), bound.field.widget
    fieldset: dict[str, Any] = {"legend": _label(bound)}
    rest = {k: v for k, v in widget.attrs.items() if k not in (*_OWN, *_DROPPED)}
    return {
        **_common(bound),
        "idPrefix": field_id(bound),
        "fieldset": fieldset,
        "items": items,
        "classes": " ".join(filter(None, (widget.attrs.get("class"), nhs.get("classes")))) or None,
        "small": nhs.get("small"),
        "inline": nhs.get("inline"),
        "attributes": _attributes(rest),
    }


def _revealed(bound: BoundField, value: str) -> dict[str, Any] | None:
    names = _options(bound).get("conditional", {}).get(value)
    if not names:
        return None
    names = (names,) if isinstance(names, str) else names
    html = mark_safe("".join(render_field(bound.form[name]) for name in names))  # noqa: S308 - rendered here
    return {"html": html}


def _radios_or_checkboxes(bound: BoundField) -> SafeString:
    nhs = _options(bound)
    hints = {str(value): hint for value, hint in nhs.get("hints", {}).items()}
    dividers = {str(value): words for value, words in nhs.get("dividers", {}).items()}
    exclusive = nhs.get("exclusive")
    if exclusive is not None:
        dividers.setdefault(str(exclusive), "or")
    items: list[dict[str, Any]] = []
    id_prefix, number = field_id(bound), 0
    for choice in _choices(bound):
        value = choice["value"]
        if value == "" and str(choice["label"]).startswith("---"):
            continue  # the blank line of a select is no answer to a question
        if value in dividers:
            items.append({"divider": dividers[value]})
        number += 1
        item: dict[str, Any] = {
            # Numbered here, as the macro would count the dividers too.
            "id": id_prefix if number == 1 else f"{id_prefix}-{number}",
            "value": value,
            "checked": bool(choice["selected"]),
            "disabled": bool(choice["attrs"].get("disabled")) or bool(bound.field.disabled),
            **_words(choice["label"]),
        }
        if value in hints:
            item["hint"] = _words(hints[value])
        revealed = _revealed(bound, value)
        if revealed:
            item["conditional"] = revealed
        if exclusive is not None and value == str(exclusive):
            item["behaviour"] = "exclusive"
        items.append(item)
    if nhs.get("autofocus") and items:
        real = [item for item in items if "value" in item]
        first = next((item for item in real if item["checked"]), real[0])
        first["attributes"] = _attributes({"autofocus": True})
    component = (
        "checkboxes" if isinstance(bound.field.widget, forms.CheckboxSelectMultiple) else "radios"
    )
    html = _macro(component, component, _group(bound, items))
    return mark_safe(_UNUSED.sub("", html)) if nhs.get("conditional") else html  # noqa: S308 - attributes taken out


def _tick(bound: BoundField) -> SafeString:
    """One tick box: its label is the statement, its hint stands under it."""
    widget, nhs = bound.field.widget, _options(bound)
    label = _label(bound)
    label.pop("isPageHeading", None)
    rest = {k: v for k, v in widget.attrs.items() if k not in (*_OWN, *_DROPPED)}
    item: dict[str, Any] = {
        "id": field_id(bound),
        "value": "on",
        "checked": widget.check_test(bound.value()),  # type: ignore[attr-defined]  # only checkboxes come here
        "disabled": bool(bound.field.disabled),
        "attributes": _attributes(rest),
        **_words(bound.label),
    }
    if bound.help_text:
        item["hint"] = _words(bound.help_text)
    revealed = _revealed(bound, "on")
    if revealed:
        item["conditional"] = revealed
    params = {
        **_common(bound),
        "hint": None,
        "idPrefix": field_id(bound),
        "items": [{k: v for k, v in item.items() if v is not None}],
        "small": nhs.get("small"),
        "classes": nhs.get("classes"),
    }
    html = _macro("checkboxes", "checkboxes", params)
    return mark_safe(_UNUSED.sub("", html)) if revealed else html  # noqa: S308 - attributes taken out


def _date(bound: BoundField) -> SafeString:
    widget = bound.field.widget
    assert isinstance(widget, NHSDateInput)
    attrs = {**widget.attrs, "id": field_id(bound), "disabled": bound.field.disabled}
    params = {
        **_common(bound),
        "id": field_id(bound),
        "fieldset": {"legend": _label(bound)},
        "items": [
            {k: v for k, v in item.items() if v is not None}
            for item in widget.items(bound.html_name, bound.value(), attrs, _wrong_parts(bound))
        ],
    }
    return _macro("date-input", "dateInput", params)


def _file(bound: BoundField) -> SafeString:
    params = _single(bound)
    params["multiple"] = bool(getattr(bound.field.widget, "allow_multiple_selected", False))
    attributes = params["attributes"] or {}
    attributes.pop("multiple", None)
    params["attributes"] = attributes or None
    return mark_safe(_UNUSED.sub("", _macro("file-upload", "fileUpload", params)))  # noqa: S308 - attributes taken out


def _fallback(bound: BoundField, css: str = "") -> SafeString:
    """Label, hint and error of the design system around the widget's own HTML."""
    nhs, id_ = _options(bound), field_id(bound)
    widget, error = bound.field.widget, _error(bound)
    several = isinstance(widget, forms.MultiWidget)
    described, parts = [], []
    if not several:
        parts.append(_macro("label", "label", {**_label(bound), "for": bound.id_for_label or id_}))
    if bound.help_text:
        described.append(f"{id_}-hint")
        parts.append(_macro("hint", "hint", {**_words(bound.help_text), "id": f"{id_}-hint"}))
    if error:
        described.append(f"{id_}-error")
        parts.append(_macro("error-message", "errorMessage", {**error, "id": f"{id_}-error"}))
    css = css or ("nhsuk-input nhsuk-input--width-10" if several else "")
    classes = " ".join(filter(None, (css, widget.attrs.get("class"), nhs.get("classes"))))
    attrs = {"class": classes, "aria-describedby": " ".join(described)}
    if several:  # each box is named by the question; nothing names it better
        attrs["aria-label"] = str(bound.label)
    parts.append(bound.as_widget(attrs={k: v for k, v in attrs.items() if v}))
    inside = mark_safe("".join(parts))  # noqa: S308 - rendered above
    if several:
        inside = _macro("fieldset", "fieldset", {"legend": _label(bound), "html": inside})
    return format_html(
        '<div class="nhsuk-form-group{}">{}</div>',
        " nhsuk-form-group--error" if error else "",
        inside,
    )


def render_field(bound: BoundField) -> SafeString:
    """One field as design system HTML: label, hint, error and control."""
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    if isinstance(widget, NHSDateInput):
        return _date(bound)
    if isinstance(widget, forms.CheckboxInput):
        return _tick(bound)
    if isinstance(widget, forms.RadioSelect):  # CheckboxSelectMultiple too
        return _radios_or_checkboxes(bound)
    if isinstance(widget, forms.Select):
        return _select(bound)
    if isinstance(widget, forms.Textarea):
        return _textarea(bound)
    if isinstance(widget, forms.FileInput):
        return _file(bound)
    if isinstance(widget, forms.PasswordInput):
        return _password(bound)
    if isinstance(widget, forms.widgets.Input):
        return _input(bound)
    return _fallback(bound)


def _form_errors_id(form: forms.BaseForm) -> str:
    return f"{form.prefix}-form-errors" if form.prefix else "form-errors"


def render_form(form: forms.BaseForm) -> SafeString:
    """All fields of a form in order; errors of the form as such come first."""
    revealed: set[str] = set()
    for field in form.fields.values():
        for names in getattr(field, "nhs", {}).get("conditional", {}).values():
            revealed |= {names} if isinstance(names, str) else set(names)
    parts = [render_form_errors(form)]
    parts += [bound.as_widget() for bound in form.hidden_fields()]
    parts += [
        bound.as_field_group() for bound in form.visible_fields() if bound.name not in revealed
    ]
    return mark_safe("\n".join(part for part in parts if part))  # noqa: S308 - rendered above


def render_form_errors(form: forms.BaseForm) -> SafeString:
    """What is wrong with a form as such (and with its hidden fields)."""
    messages = list(_top_messages(form))
    if not messages:
        return SafeString("")
    html = format_html_join(mark_safe("<br>"), "{}", ((text,) for text in messages))
    return format_html(
        '<div class="nhsuk-form-group nhsuk-form-group--error" id="{}" tabindex="-1">{}</div>',
        _form_errors_id(form),
        _macro("error-message", "errorMessage", {"html": html}),
    )


def _top_messages(form: forms.BaseForm) -> Iterator[str]:
    if not form.is_bound:
        return
    yield from map(str, form.non_field_errors())
    for bound in form.hidden_fields():
        for text in bound.errors:
            yield f"{bound.label}: {text}"


def render_formset(formset) -> SafeString:
    """The management form, what is wrong with the set, then each form."""
    parts = [str(formset.management_form)]
    if formset.is_bound and formset.non_form_errors():
        html = format_html_join(
            mark_safe("<br>"), "{}", ((text,) for text in formset.non_form_errors())
        )
        parts.append(
            format_html(
                '<div class="nhsuk-form-group nhsuk-form-group--error" id="{}" tabindex="-1">{}</div>',
                f"{formset.prefix}-form-errors",
                _macro("error-message", "errorMessage", {"html": html}),
            )
        )
    parts += [
        format_html('<div class="hub-formset__form">{}</div>', form.render()) for form in formset
    ]
    return mark_safe("\n".join(parts))  # noqa: S308 - rendered above


def error_items(*forms_or_sets) -> list[dict[str, str]]:
    """The lines of an error summary: ``[{"text": sentence, "href": "#id"}]``.

    Takes forms and formsets, in the order of the page; unbound ones add none.
    """
    lines: list[dict[str, str]] = []
    for form in forms_or_sets:
        if form is None or not form.is_bound:
            continue
        if isinstance(form, forms.BaseFormSet):
            for text in form.non_form_errors():
                lines.append({"text": str(text), "href": f"#{form.prefix}-form-errors"})
            lines += error_items(*form.forms)
            continue
        for text in _top_messages(form):
            lines.append({"text": text, "href": f"#{_form_errors_id(form)}"})
        for bound in form.visible_fields():
            for text in _messages(bound):
                lines.append({"text": text, "href": f"#{error_target(bound)}"})
    return lines


def has_errors(form_or_set) -> bool:
    """Whether a form or formset was sent and found wrong."""
    if not form_or_set.is_bound:
        return False
    if isinstance(form_or_set, forms.BaseFormSet):
        return not form_or_set.is_valid()
    return bool(form_or_set.errors)


class NHSFormRenderer(DjangoTemplates):
    """Renders forms, formsets and field groups through the design system's macros.

    Widgets rendered alone (``{{ form.title }}``) and templates of Django's own
    come out as Django has them; project templates may be named too.
    """

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"

    def render(self, template_name, context, request=None) -> str:
        if template_name == self.field_template_name:
            return render_field(context["field"])
        if template_name == self.form_template_name:
            return render_form(context["form"])
        if template_name == self.formset_template_name:
            return render_formset(context["formset"])
        return super().render(template_name, context, request)

    def get_template(self, template_name):
        if template_name.startswith(("django/", "attrs.html")):
            return super().get_template(template_name)
        return get_template(template_name)
