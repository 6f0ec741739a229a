"""Publishing checklists from their data files. A published version never changes."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.db import transaction

from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Refused
from portfolio.models import Checklist, ChecklistItem

FOLDER = Path(__file__).resolve().parent.parent / "checklists"


def read_checklist(path: Path) -> dict[str, Any]:
    """One checklist's file: key, version, title, source, valid_from (a date), items.

    :raises Refused: not JSON, something missing, or a code twice
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
                (str(item["code"]), str(item["label"]), str(item["question"]))
                for item in data["items"]
            ],
        }
    except (KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name} is not a checklist that can be read: {error!r}.") from error
    codes = [code for code, _, _ in read["items"]]
    if not codes or len(set(codes)) < len(codes):
        raise Refused(f"{path.name} has no questions, or two with the same code.")
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
        known = Checklist.objects.filter(key=data["key"], version=data["version"]).first()
        if known is None:
            published.append(_publish(path.name, data, by))
        elif not _says_the_same(known, data):
            raise Refused(
                f"{path.name} differs from version {known.version} of “{known.title}” as it was published. "
                "A published version never changes: give the file the next version number."
            )
    return published


def _says_the_same(known: Checklist, data: dict[str, Any]) -> bool:
    items = list(known.items.order_by("position").values_list("code", "label", "question"))
    return items == data["items"] and all(
        getattr(known, name) == data[name] for name in ("title", "source", "valid_from")
    )


def _publish(name: str, data: dict[str, Any], by: Actor) -> Checklist:
    earlier = Checklist.objects.filter(key=data["key"])
    last = earlier.order_by("-version").first()
    if last and (data["version"] <= last.version or data["valid_from"] <= last.valid_from):
        raise Refused(
            f"{name} must have a higher version number and begin later than version {last.version}."
        )
    earlier.filter(valid_to=None).update(valid_to=data["valid_from"] - dt.timedelta(days=1))
    checklist = Checklist(**{field: value for field, value in data.items() if field != "items"})
    checklist.full_clean(exclude=["ref"])
    checklist.save()
    items = [
        ChecklistItem(
            checklist=checklist, position=position, code=code, label=label, question=question
        )
        for position, (code, label, question) in enumerate(data["items"], start=1)
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
