"""Frameworks: publishing the shipped ones and a network's own. A published version never changes."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Network
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from maturity.framework_files import FOLDER, Faulty, checked, digest_of, read_framework, slug_of
from maturity.models import Domain, Framework, FrameworkDraft, Indicator, SubDomain

CHANGED = "Somebody else changed this framework since you opened it. Look at it, then try again."


@transaction.atomic
def load_frameworks(*, by: Actor, folder: Path = FOLDER) -> list[Framework]:
    """Publish every shipped version that is not published yet; returns those. Running it again changes nothing.

    :raises Refused: a file is no framework, or says something else than the version published from it
    """
    contents = []
    for path in sorted(folder.glob("*.json")):
        if path.name == "schema.json":
            continue
        try:
            contents.append(read_framework(path.read_bytes()))
        except Faulty as error:
            raise Refused(f"{path.name} is no framework that can be read: {error}") from error
    known = {
        row.slug: row
        for row in Framework.objects.filter(network=None).only("slug", "digest", "title")
    }
    published = []
    for content in sorted(contents, key=lambda each: (each["key"], each["valid_from"])):
        row = known.get(slug_of(content))
        if row is None:
            published.append(_publish(content, None, by))
        elif row.digest != digest_of(content):
            raise Refused(
                f"The file of “{row.title}” ({row.slug}) differs from what was published."
                " A published version never changes: give the file the next version."
            )
    return published


@transaction.atomic
def draft(*, network: Network, content: Any, by: Actor) -> FrameworkDraft:
    """Keep what a coordinator brought, to be previewed. A draft of the same key and version is replaced.

    :raises Faulty: it is no framework
    :raises Refused: that version was published already, the key belongs to a shipped one, or what it
        carries on is not there or does not fit
    """
    content = checked(content)
    slug = slug_of(content)
    _must_be_free(content, network)
    _must_fit_what_came_before(content, network)
    row = FrameworkDraft.objects.filter(
        network=network, key=content["key"], edition=content["version"]
    ).first()
    now = instants.now()
    if row is None:
        row = FrameworkDraft(
            network=network,
            key=content["key"],
            edition=content["version"],
            title=content["title"],
            content=content,
            updated_at=now,
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Stale(CHANGED) from error
    else:
        _update(row, title=content["title"], content=content, updated_at=now)
    events.record("framework.drafted", by=by, subject=row, changes={"framework": slug})
    return row


@transaction.atomic
def publish(*, draft: FrameworkDraft, by: Actor, version: int | None = None) -> Framework:
    """Make a draft the network's own framework; the draft goes, and nothing of it changes any more.

    :raises Refused: that version was published already
    :raises Stale: somebody else changed or published the draft
    """
    if version is not None and version != draft.version:
        raise Stale(CHANGED)
    content = checked(draft.content)
    _must_be_free(content, draft.network)
    if not FrameworkDraft.objects.filter(pk=draft.pk, version=draft.version).delete()[0]:
        raise Stale(CHANGED)
    return _publish(content, draft.network, by)


@transaction.atomic
def discard(*, draft: FrameworkDraft, by: Actor) -> None:
    """Throw a draft away.

    :raises Stale: it is gone already
    """
    if not FrameworkDraft.objects.filter(pk=draft.pk).delete()[0]:
        raise Stale("Somebody else published or threw away this draft.")
    events.record("framework.discarded", by=by, subject=draft)


def _must_be_free(content: Mapping[str, Any], network: Network) -> None:
    slug = slug_of(content)
    # A later version of a shipped one must find its name free.
    shipped = Framework.objects.filter(network=None).filter(Q(key=content["key"]) | Q(slug=slug))
    if shipped.exists():
        raise Refused(
            f"“{content['key']}” is the key of a framework that comes with Hubapp."
            " Give yours another title or key; it can still carry that one on."
        )
    if Framework.objects.filter(slug=slug, network=network).exists():
        raise Refused(
            f"“{slug}” was published already, and a published version never changes."
            " Give the file another version."
        )


def _update(row: FrameworkDraft, **columns: Any) -> None:
    columns |= {"version": row.version + 1}
    if not FrameworkDraft.objects.filter(pk=row.pk, version=row.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(row, name, value)


def _publish(content: Mapping[str, Any], network: Network | None, by: Actor) -> Framework:
    """Store a version with all its parts; the one before it of the same key ends the day before."""
    carried, follows = _must_fit_what_came_before(content, network)
    valid_from = dt.date.fromisoformat(content["valid_from"])
    same_key = Framework.objects.filter(network=network, key=content["key"])
    same_key.filter(valid_to=None).update(valid_to=valid_from - dt.timedelta(days=1))
    row = Framework.objects.create(
        network=network,
        key=content["key"],
        edition=content["version"],
        slug=slug_of(content),
        title=content["title"],
        source=content["source"],
        notes=content["notes"],
        scale=content["scale"],
        valid_from=valid_from,
        digest=digest_of(content),
        published_at=instants.now(),
        follows=follows,
    )
    place = 0
    indicators: list[Indicator] = []
    for number, domain in enumerate(content["domains"], start=1):
        in_domain = Domain.objects.create(
            framework=row,
            code=domain["code"],
            position=number,
            name=domain["name"],
            is_rated=domain["rated"],
        )
        for sub_domain in domain["sub_domains"]:
            place += 1
            in_sub_domain = SubDomain.objects.create(
                framework=row,
                domain=in_domain,
                code=sub_domain["code"],
                position=place,
                name=sub_domain["name"],
                is_rated=sub_domain["rated"],
                about=sub_domain.get("about", ""),
                questions=sub_domain.get("questions", []),
            )
            indicators += [
                Indicator(
                    framework=row,
                    sub_domain=in_sub_domain,
                    code=indicator["code"],
                    position=len(indicators) + offset,
                    text=indicator["text"],
                    questions=indicator.get("questions", []),
                    same_as=carried.get(indicator["code"]),
                )
                for offset, indicator in enumerate(sub_domain["indicators"], start=1)
            ]
    Indicator.objects.bulk_create(indicators)
    events.record(
        "framework.published",
        by=by,
        subject=row,
        changes={"framework": row.slug, "indicators": len(indicators), "carried": len(carried)},
    )
    return row


def _must_fit_what_came_before(
    content: Mapping[str, Any], network: Network | None
) -> tuple[dict[str, Indicator], Framework | None]:
    """What it carries on: indicator code → the earlier indicator, and the version that those are of."""
    last = (
        Framework.objects.filter(network=network, key=content["key"])
        .order_by("-valid_from", "-pk")
        .first()
    )
    if last and dt.date.fromisoformat(content["valid_from"]) <= last.valid_from:
        raise Refused(
            f"“{slug_of(content)}” must begin later than “{last.slug}”,"
            f" which has been valid from {last.valid_from:%-d %B %Y}."
        )
    return _crosswalk(content, network)


def _crosswalk(
    content: Mapping[str, Any], network: Network | None
) -> tuple[dict[str, Indicator], Framework | None]:
    """Indicator code → the earlier indicator that asks the same, and the version that it is of."""
    crosswalk = content.get("crosswalk")
    if not crosswalk:
        return {}, None
    earlier = (
        Framework.objects.filter(slug=crosswalk["from"], network__in=[network] if network else [])
        .order_by("pk")
        .first()
        or Framework.objects.filter(slug=crosswalk["from"], network=None).first()
    )
    if earlier is None:
        raise Refused(f"The crosswalk leads from “{crosswalk['from']}”, which is not there.")
    known = {row.code: row for row in earlier.indicators.all()}
    unknown = sorted(set(crosswalk["indicators"].values()) - set(known))
    if unknown:
        raise Refused(
            f"The crosswalk names indicators that “{earlier.slug}” does not have: {', '.join(unknown)}."
        )
    if [point["value"] for point in content["scale"]] != earlier.values:
        raise Refused(
            f"The scale differs from that of “{earlier.slug}”, so ratings cannot be carried on."
        )
    return {code: known[old] for code, old in crosswalk["indicators"].items()}, earlier
