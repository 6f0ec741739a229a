"""Checklists: publishing the shipped ones, a site's choice among them, and a site's own.

A published version never changes. What is shipped comes from data files; a
site copies one, edits the draft and publishes it as its own next version.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.models import Checklist, ChecklistDraft, ChecklistItem, SiteChecklist
from portfolio.models.assessment import LABEL_TEXT, QUESTION_TEXT, STANDARD_SCALE
from portfolio.queries.checklists import DEFAULT_KEY, current_version, own_versions

FOLDER = Path(__file__).resolve().parent.parent / "checklists"
SCALES = FOLDER / "scales" / "standard.json"
# More questions than this on one page are not answered with care.
MOST_ITEMS = 30
# Words that stand in addresses where a key could.
RESERVED_KEYS = frozenset({"draft", "new"})
CHANGED = (
    "Somebody else changed this checklist since you opened it."
    " Look at what they wrote, then save again."
)


@lru_cache(maxsize=1)
def scales() -> dict[str, tuple[str, tuple[dict[str, str], ...]]]:
    """What questions may be answered with: code → (title, options), each option ``value`` and ``label``."""
    data = json.loads(SCALES.read_text(encoding="utf-8"))
    return {each["code"]: (each["title"], tuple(each["options"])) for each in data["scales"]}


# -- shipped ----------------------------------------------------------------------
def read_checklist(path: Path) -> dict[str, Any]:
    """One checklist's file: key, version, title, source, valid_from (a date), items.

    :raises Refused: not JSON, something missing, a code twice, or a scale that nobody knows
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        read: dict[str, Any] = {
            "key": str(data["key"]),
            "version": int(data["version"]),
            "title": str(data["title"]),
            "source": str(data.get("source", "")),
            "valid_from": dt.date.fromisoformat(data["valid_from"]),
            "items": [
                {
                    "code": str(item["code"]),
                    "label": str(item["label"]),
                    "question": str(item["question"]),
                    "scale": str(item.get("scale", STANDARD_SCALE)),
                }
                for item in data["items"]
            ],
        }
    except (KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name} is not a checklist that can be read: {error!r}.") from error
    codes = [item["code"] for item in read["items"]]
    if not codes or len(set(codes)) < len(codes):
        raise Refused(f"{path.name} has no questions, or two with the same code.")
    unknown = sorted({item["scale"] for item in read["items"]} - set(scales()))
    if unknown:
        raise Refused(f"{path.name} names a scale that is not known: {', '.join(unknown)}.")
    return read


@transaction.atomic
def load_checklists(*, by: Actor, folder: Path = FOLDER) -> list[Checklist]:
    """Publish every version that is not published yet; returns those. Running it again changes nothing.

    A new version ends the one before it on the day before it begins.

    :raises Refused: a file says something else than the version that was published from it,
        or a version begins no later than the one before
    """
    published = []
    files = [(path, read_checklist(path)) for path in sorted(folder.glob("*.json"))]
    for path, data in sorted(files, key=lambda each: (each[1]["key"], each[1]["version"])):
        shipped = Checklist.objects.filter(site=None, key=data["key"])
        known = shipped.filter(version=data["version"]).first()
        if known is None:
            last = shipped.order_by("-version").first()
            if last and (data["version"] <= last.version or data["valid_from"] <= last.valid_from):
                raise Refused(
                    f"{path.name} must have a higher version number and begin later than version {last.version}."
                )
            published.append(_publish(data, None, by))
        elif not _says_the_same(known, data):
            raise Refused(
                f"{path.name} differs from version {known.version} of “{known.title}” as it was published. "
                "A published version never changes: give the file the next version number."
            )
    return published


def _says_the_same(known: Checklist, data: dict[str, Any]) -> bool:
    return _as_data(known) == data["items"] and all(
        getattr(known, name) == data[name] for name in ("title", "source", "valid_from")
    )


def _as_data(checklist: Checklist) -> list[dict[str, str]]:
    """The questions of a version as files and drafts have them."""
    rows = checklist.items.order_by("position").values("code", "label", "question", "scale")
    return [{name: str(value) for name, value in row.items()} for row in rows]


def _publish(data: Mapping[str, Any], site: Site | None, by: Actor) -> Checklist:
    """Store a version with its questions; the one before ends the day before."""
    Checklist.objects.filter(site=site, key=data["key"], valid_to=None).update(
        valid_to=data["valid_from"] - dt.timedelta(days=1)
    )
    fields = {name: value for name, value in data.items() if name != "items"}
    checklist = Checklist(site=site, **fields)
    checklist.full_clean(exclude=["ref", "site"])
    checklist.save()
    items = [
        ChecklistItem(
            checklist=checklist,
            position=position,
            options=list(scales()[item["scale"]][1]),
            **item,
        )
        for position, item in enumerate(data["items"], start=1)
    ]
    for item in items:
        item.clean_fields()
    ChecklistItem.objects.bulk_create(items)
    events.record(
        "checklist.published",
        by=by,
        subject=checklist,
        changes={
            "key": checklist.key,
            "version": checklist.version,
            "items": [item.code for item in items],
        },
    )
    return checklist


# -- what a site uses ---------------------------------------------------------------
@transaction.atomic
def use(*, site: Site, key: str, by: Actor) -> SiteChecklist:
    """Ask a site's assessors to answer this checklist too, after those it uses already.

    :raises Refused: there is no such checklist
    """
    _must_be_there(site, key)
    rows = _choice(site)
    row = next((row for row in rows if row.key == key), None)
    if row and row.is_active:
        return row
    last = max((row.position for row in rows), default=0)
    if row is None:
        row = SiteChecklist.objects.create(site=site, key=key, position=last + 1)
    else:
        row.is_active, row.position = True, last + 1
        row.save(update_fields=["is_active", "position"])
    events.record("checklist.used", by=by, subject=site, changes={"key": key})
    return row


@transaction.atomic
def stop_using(*, site: Site, key: str, by: Actor) -> None:
    """Ask assessors no longer to answer this checklist. What was answered stays.

    :raises Refused: it is the last one, or not in use
    """
    active = [row for row in _choice(site) if row.is_active]
    row = next((row for row in active if row.key == key), None)
    if row is None:
        raise Refused("Your site does not use this checklist.")
    if len(active) == 1:
        raise Refused(
            "This is the only checklist in use, so it has to stay. Add another one first."
        )
    row.is_active = False
    row.save(update_fields=["is_active"])
    events.record("checklist.unused", by=by, subject=site, changes={"key": key})


@transaction.atomic
def move(*, site: Site, key: str, up: bool, by: Actor) -> None:
    """Ask this checklist one place earlier, or later. At the end nothing changes.

    :raises Refused: it is not in use
    """
    active = [row for row in _choice(site) if row.is_active]
    place = next((place for place, row in enumerate(active) if row.key == key), None)
    if place is None:
        raise Refused("Your site does not use this checklist.")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(active):
        return
    active[place], active[other] = active[other], active[place]
    for position, row in enumerate(active, start=1):
        SiteChecklist.objects.filter(pk=row.pk).update(position=position)
    events.record(
        "checklist.moved", by=by, subject=site, changes={"key": key, "position": other + 1}
    )


def _choice(site: Site) -> list[SiteChecklist]:
    """What the site chose, in order; the standard one is written down when it first chooses."""
    rows = list(SiteChecklist.objects.filter(site=site).order_by("position", "pk"))
    if not rows:
        rows = [SiteChecklist.objects.create(site=site, key=DEFAULT_KEY, position=1)]
    return rows


def _must_be_there(site: Site, key: str) -> Checklist:
    # What no form sends and no database stores is no key.
    found = current_version(site, key) if "\x00" not in key else None
    if found is None:
        raise Refused("There is no such checklist.")
    return found


# -- a site's own ---------------------------------------------------------------------
@transaction.atomic
def draft(
    *, site: Site, by: Actor, title: str = "", checklist: Checklist | None = None
) -> ChecklistDraft:
    """Begin a checklist of the site's own: a copy of ``checklist``, or empty.

    Of a version of the site's own it is the draft of the next one; a draft
    that is there already is returned as it is.

    :raises Refused: no title, or a checklist of another site
    """
    if checklist and checklist.site_id not in (None, site.pk):
        raise Refused("There is no such checklist.")
    if checklist and checklist.site_id:
        key, title = checklist.key, title.strip() or checklist.title
        known = ChecklistDraft.objects.filter(site=site, key=key).first()
        if known:
            return known
    else:
        title = " ".join(title.split()) or (f"Our {checklist.title}" if checklist else "")
        if not title:
            raise Refused("Enter a title.")
        key = _free_key(site, title)
    row = ChecklistDraft(
        site=site,
        key=key,
        title=title[:200],
        based_on=checklist,
        items=_as_data(checklist) if checklist else [],
        updated_at=instants.now(),
    )
    row.full_clean(exclude=["ref", "items"])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    events.record("checklist.drafted", by=by, subject=row, changes={"key": key})
    return row


@transaction.atomic
def save_draft(
    *,
    draft: ChecklistDraft,
    title: str,
    items: Sequence[Mapping[str, str]],
    by: Actor,
    version: int | None = None,
) -> ChecklistDraft:
    """Keep what was written so far.

    :param items: ``label``, ``question``, ``scale`` and, of those that were there before, ``code``
    :raises ValidationError: a text missing or too long (``item-<n>`` names the question)
    :raises Refused: too many questions, or a scale that is not known
    :raises Stale: somebody else saved in the meantime
    """
    if version is not None and version != draft.version:
        raise Stale(CHANGED)
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "Enter the title."})
    if len(title) > 200:
        raise ValidationError({"title": "The title must be 200 characters or fewer."})
    written = _clean_items(items)
    columns: dict[str, Any] = {}
    if title != draft.title:
        columns["title"] = title
    if written != draft.items:
        columns["items"] = written
    if not columns:
        return draft
    columns |= {"version": draft.version + 1, "updated_at": instants.now()}
    if not ChecklistDraft.objects.filter(pk=draft.pk, version=draft.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(draft, name, value)
    events.record(
        "checklist.draft_saved",
        by=by,
        subject=draft,
        changes={"key": draft.key, "questions": len(draft.items)},
    )
    return draft


@transaction.atomic
def publish(*, draft: ChecklistDraft, by: Actor, version: int | None = None) -> Checklist:
    """Make the draft the next version of the site's own checklist, and the draft goes.

    The first version takes the place of the checklist it was copied from.
    Assessments that were begun keep the version they were begun with.

    :raises Refused: no questions, or nothing differs from the version in use
    :raises Stale: somebody else saved in the meantime
    """
    if version is not None and version != draft.version:
        raise Stale(CHANGED)
    if not draft.items:
        raise Refused("Add at least one question before you publish.")
    site = draft.site
    last = own_versions(site, draft.key).first()
    if last and last.title == draft.title and _as_data(last) == draft.items:
        raise Refused(
            f"Nothing differs from version {last.version}, so there is nothing to publish."
        )
    if not ChecklistDraft.objects.filter(pk=draft.pk, version=draft.version).delete()[0]:
        raise Stale(CHANGED)
    source = last or draft.based_on
    with events.operation():
        checklist = _publish(
            {
                "key": draft.key,
                "version": last.version + 1 if last else 1,
                "title": draft.title,
                "source": _source(source, site),
                "valid_from": london_date(instants.now()),
                "items": draft.items,
            },
            site,
            by,
        )
        if last is None:
            _take_its_place(site, draft.based_on, checklist, by)
    return checklist


@transaction.atomic
def discard(*, draft: ChecklistDraft, by: Actor) -> None:
    """Throw a draft away. What was published stays.

    :raises Stale: it is gone already
    """
    if not ChecklistDraft.objects.filter(pk=draft.pk).delete()[0]:
        raise Stale("Somebody else published or threw away this draft.")
    events.record("checklist.draft_discarded", by=by, subject=draft, changes={"key": draft.key})


def _source(source: Checklist | None, site: Site) -> str:
    """Where a site's own checklist comes from, in words that stay with each version."""
    if source is None:
        return f"Written by {site}."[:500]
    if source.site_id:
        return source.source
    return f"Written by {site}, from “{source.title}”, version {source.version}. {source.source}"[
        :500
    ]


def _take_its_place(site: Site, before: Checklist | None, after: Checklist, by: Actor) -> None:
    """Use the site's first own version where it used what it was copied from; otherwise as one more."""
    rows = _choice(site)
    old = next((row for row in rows if before and row.key == before.key and row.is_active), None)
    if old is None:
        use(site=site, key=after.key, by=by)
        return
    old.is_active = False
    old.save(update_fields=["is_active"])
    SiteChecklist.objects.create(site=site, key=after.key, position=old.position)
    events.record("checklist.unused", by=by, subject=site, changes={"key": old.key})
    events.record("checklist.used", by=by, subject=site, changes={"key": after.key})


def _clean_items(items: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The questions as stored: blanks folded, each with a code that stays its own."""
    if len(items) > MOST_ITEMS:
        raise Refused(f"A checklist has at most {MOST_ITEMS} questions.")
    wrong: dict[str, list[str]] = {}
    written: list[dict[str, str]] = []
    taken = {str(item.get("code") or "") for item in items}
    used: set[str] = set()
    for number, item in enumerate(items, start=1):
        label = " ".join(str(item.get("label", "")).split())
        question = " ".join(str(item.get("question", "")).split())
        problems = [
            *_text_problems(number, "name", label, LABEL_TEXT),
            *_text_problems(number, "question", question, QUESTION_TEXT),
        ]
        scale = str(item.get("scale") or STANDARD_SCALE)
        if scale not in scales():
            problems.append(f"Question {number}: choose how it is answered.")
        if problems:
            wrong[f"item-{number}"] = problems
        code = str(item.get("code") or "")
        if not code or code != slugify(code) or code in used or len(code) > 40:
            code = _free_code(label, taken | used)
        used.add(code)
        written.append({"code": code, "label": label, "question": question, "scale": scale})
    if wrong:
        raise ValidationError(wrong)
    return written


def _text_problems(number: int, noun: str, text: str, longest: int) -> list[str]:
    if not text:
        return [f"Question {number}: enter the {noun}."]
    if len(text) > longest:
        return [f"Question {number}: the {noun} must be {longest} characters or fewer."]
    return []


def _free_code(label: str, taken: Iterable[str]) -> str:
    return _numbered(slugify(label)[:36].strip("-") or "question", set(taken))


def _free_key(site: Site, title: str) -> str:
    """A key from the title that neither a shipped checklist nor one of the site has."""
    taken = set(Checklist.objects.filter(site=None).values_list("key", flat=True))
    taken |= set(Checklist.objects.filter(site=site).values_list("key", flat=True))
    taken |= set(ChecklistDraft.objects.filter(site=site).values_list("key", flat=True))
    return _numbered(slugify(title)[:36].strip("-") or "checklist", taken | RESERVED_KEYS)


def _numbered(stem: str, taken: set[str] | frozenset[str]) -> str:
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code
