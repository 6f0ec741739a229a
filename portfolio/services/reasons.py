"""The coded reasons of a site's decisions, with the words that submitters read."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.enums import CHOICES
from portfolio.models import DecisionReason

FILE = Path(__file__).resolve().parent.parent / "reasons" / "standard.v1.json"
CHANGED = "Somebody else changed this reason since you opened it. Look at what they wrote, then save again."


@lru_cache(maxsize=1)
def standard_reasons() -> tuple[dict[str, str], ...]:
    """The reasons every site begins with: kind, code, label, words, next_step, maybe would_change."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["reasons"])


@transaction.atomic
def install_for_site(*, site: Site, by: Actor) -> int:
    """Give a site the standard reasons it lacks; returns how many. What the site edited stays."""
    return _install(site, standard_reasons(), by)


def _install(site: Site, standard: Iterable[dict[str, str]], by: Actor) -> int:
    known = set(DecisionReason.objects.filter(site=site).values_list("kind", "code"))
    rows = [
        DecisionReason(site=site, position=position, **reason)
        for position, reason in enumerate(standard, start=1)
        if (reason["kind"], reason["code"]) not in known
    ]
    for row in rows:
        row.clean_fields(exclude=["site"])
    DecisionReason.objects.bulk_create(rows)
    if rows:
        events.record(
            "reasons.installed",
            by=by,
            subject=site,
            changes={"reasons": [f"{row.kind}:{row.code}" for row in rows]},
        )
    return len(rows)


@transaction.atomic
def install_where_missing(*, by: Actor) -> int:
    """Give every site reasons for each kind of decision of which it has none; returns how many sites.

    So a site that was there before a kind was gets that kind's, and what it edited or took away
    stays. Standard reasons that nobody ever edited also get the words that would change the answer.
    """
    standard = standard_reasons()
    wanted = {row["kind"] for row in standard}
    have: dict[int, set[str]] = {}
    for site_id, kind in (
        DecisionReason.objects.order_by().values_list("site_id", "kind").distinct()
    ):
        have.setdefault(site_id, set()).add(kind)
    short = [site for site in Site.objects.all() if wanted - have.get(site.pk, set())]
    for site in short:
        missing = wanted - have.get(site.pk, set())
        _install(site, [row for row in standard if row["kind"] in missing], by)
    for row in standard:
        if row.get("would_change"):
            DecisionReason.objects.filter(
                kind=row["kind"], code=row["code"], words=row["words"], version=1, would_change=""
            ).update(would_change=row["would_change"])
    return len(short)


@transaction.atomic
def add(
    *,
    site: Site,
    kind: str,
    label: str,
    words: str,
    by: Actor,
    next_step: str = "",
    would_change: str = "",
    code: str = "",
) -> DecisionReason:
    """Add a reason; its code is made from the label unless given, and never changes.

    :raises ValidationError: something missing or too long
    :raises Refused: not a kind of decision
    """
    if kind not in CHOICES:
        raise Refused("Choose which decision the reason is for.")
    code = code or _free_code(site, kind, label)
    last = DecisionReason.objects.filter(site=site).aggregate(last=Max("position"))["last"] or 0
    reason = DecisionReason(
        site=site,
        kind=kind,
        code=code,
        label=label.strip(),
        words=words.strip(),
        next_step=next_step.strip(),
        would_change=would_change.strip(),
        position=last + 1,
    )
    reason.full_clean(exclude=["ref"])
    reason.save()
    events.record("reason.added", by=by, subject=reason, changes={"kind": kind, "code": code})
    return reason


@transaction.atomic
def edit(
    *,
    reason: DecisionReason,
    by: Actor,
    label: str | None = None,
    words: str | None = None,
    next_step: str | None = None,
    would_change: str | None = None,
    is_active: bool | None = None,
    version: int | None = None,
) -> DecisionReason:
    """Change the words of a reason, or stop offering it. Decisions already made keep their own words.

    :raises ValidationError: something missing or too long
    :raises Refused: it is the last one of its kind that is offered
    :raises Stale: somebody else changed it in the meantime
    """
    if version is not None and version != reason.version:
        raise Stale(CHANGED)
    given: dict[str, Any] = {
        "label": label,
        "words": words,
        "next_step": next_step,
        "would_change": would_change,
    }
    wanted = {name: text.strip() for name, text in given.items() if text is not None}
    if is_active is not None:
        wanted["is_active"] = is_active
    columns = {name: value for name, value in wanted.items() if value != getattr(reason, name)}
    if not columns:
        return reason
    if columns.get("is_active") is False:
        others = DecisionReason.objects.filter(
            site_id=reason.site_id, kind=reason.kind, is_active=True
        )
        if not others.exclude(pk=reason.pk).exists():
            raise Refused(
                "This is the last reason of its kind, so it has to stay. Add another one first."
            )
    before = reason.version
    for name, value in columns.items():
        setattr(reason, name, value)
    reason.clean_fields()
    reason.version = before + 1
    if not DecisionReason.objects.filter(pk=reason.pk, version=before).update(
        **columns, version=before + 1
    ):
        raise Stale(CHANGED)
    changes: dict[str, Any] = dict.fromkeys(columns, "changed")
    if "is_active" in columns:
        changes["is_active"] = columns["is_active"]
    events.record("reason.edited", by=by, subject=reason, changes=changes)
    return reason


def _free_code(site: Site, kind: str, label: str) -> str:
    """A code from the label that no reason of this kind has."""
    stem = slugify(label)[:34].strip("-") or "reason"
    taken = set(
        DecisionReason.objects.filter(site=site, kind=kind, code__startswith=stem).values_list(
            "code", flat=True
        )
    )
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code
