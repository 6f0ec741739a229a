"""Words that a site writes often, as the beginning of a message."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Stale
from portfolio import placeholders
from portfolio.models import MessageTemplate

FILE = Path(__file__).resolve().parent.parent / "message_templates" / "standard.v1.json"
CHANGED = (
    "Somebody else changed this template since you opened it. Look at what they wrote, then save"
    " again."
)


@lru_cache(maxsize=1)
def standard_templates() -> tuple[dict[str, str], ...]:
    """The templates every site begins with: code, name, body."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["templates"])


@transaction.atomic
def install_for_site(*, site: Site, by: Actor) -> int:
    """Give a site the standard templates it lacks; returns how many. What the site edited stays."""
    rows = MessageTemplate.objects.filter(site=site)
    codes = set(rows.exclude(code="").values_list("code", flat=True))
    names = set(rows.values_list("name", flat=True))
    last = rows.aggregate(last=Max("position"))["last"] or 0
    new = [
        MessageTemplate(site=site, position=last + number, **each)
        for number, each in enumerate(standard_templates(), start=1)
        if each["code"] not in codes and each["name"] not in names
    ]
    for row in new:
        row.clean_fields(exclude=["site"])
    MessageTemplate.objects.bulk_create(new)
    if new:
        events.record(
            "templates.installed",
            by=by,
            subject=site,
            changes={"templates": [row.code for row in new]},
        )
    return len(new)


@transaction.atomic
def install_where_missing(*, by: Actor) -> int:
    """Give the standard templates to every site that has none at all; returns how many sites."""
    sites = list(Site.objects.filter(message_templates=None))
    for site in sites:
        install_for_site(site=site, by=by)
    return len(sites)


@transaction.atomic
def add(*, site: Site, name: str, body: str, by: Actor) -> MessageTemplate:
    """Add a template of the site's own.

    :raises ValidationError: something missing, too long, a name that is taken, or an unknown place
    """
    last = MessageTemplate.objects.filter(site=site).aggregate(last=Max("position"))["last"] or 0
    template = MessageTemplate(
        site=site, name=" ".join(name.split()), body=body.strip(), position=last + 1
    )
    _check(template)
    template.save()
    events.record("template.added", by=by, subject=template)
    return template


@transaction.atomic
def edit(
    *,
    template: MessageTemplate,
    by: Actor,
    name: str | None = None,
    body: str | None = None,
    is_active: bool | None = None,
    version: int | None = None,
) -> MessageTemplate:
    """Change a template, or stop offering it. Messages already written keep their words.

    :raises ValidationError: as for :func:`add`
    :raises Stale: somebody else changed it in the meantime
    """
    if version is not None and version != template.version:
        raise Stale(CHANGED)
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = " ".join(name.split())
    if body is not None:
        wanted["body"] = body.strip()
    if is_active is not None:
        wanted["is_active"] = is_active
    columns = {key: value for key, value in wanted.items() if value != getattr(template, key)}
    if not columns:
        return template
    before = template.version
    for key, value in columns.items():
        setattr(template, key, value)
    _check(template)
    template.version = before + 1
    rows = MessageTemplate.objects.filter(pk=template.pk, version=before)
    if not rows.update(**columns, version=before + 1):
        raise Stale(CHANGED)
    changes: dict[str, Any] = dict.fromkeys(columns, "changed")
    if "is_active" in columns:
        changes["is_active"] = columns["is_active"]
    events.record("template.edited", by=by, subject=template, changes=changes)
    return template


def _check(template: MessageTemplate) -> None:
    template.full_clean(exclude=["ref"])
    unknown = placeholders.unknown_in(template.body)
    if unknown:
        raise ValidationError(
            {
                "body": f"“{unknown[0]}” is no place that can be filled in. Use {placeholders.LIST},"
                " and no other curly brackets."
            }
        )
