"""Keeping up which ideas of a site look alike, and saying that two are not the same."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Model

from accounts.models import Site
from hubapp import events, instants, outbox
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio import semantic
from portfolio.models import Innovation, Meaning, SimilarIdea
from portfolio.queries import similar as queries

TOPIC = "portfolio.find_similar"
# So many ideas of an import are looked at by one task.
BATCH = 500
# So many ideas that were there before the extra are read with each that is compared.
MEANINGS_AT_ONCE = 10
CHANGED = (
    "Somebody else said something about these two ideas since you opened the page. Look again."
)


def look_again(innovation: Innovation) -> None:
    """Have the task compare an idea with its site's others, after what it says or is has changed.

    Inside the transaction of the change; repeats while it waits are one.
    """
    outbox.add(TOPIC, {"refs": [innovation.ref]}, key=f"similar:{innovation.ref}")


def look_again_at(innovations: Iterable[Innovation]) -> None:
    """The same for many, such as the rows of an import: one task for each 500. Inside a transaction."""
    refs = [innovation.ref for innovation in innovations]
    for start in range(0, len(refs), BATCH):
        outbox.add(TOPIC, {"refs": refs[start : start + BATCH]})


def forget_meaning(innovation: Innovation) -> None:
    """Forget the numbers made from words that were blacked out, and compare again. Inside a transaction."""
    Meaning.objects.filter(innovation=innovation).delete()
    look_again(innovation)


def keep_meanings(innovation: Innovation) -> int:
    """Where the optional extra is installed, keep what an idea means, and a few others' of its site
    that nobody read yet; returns how many were read. Slow, and so outside of any transaction."""
    if not semantic.is_installed():
        return 0
    kept = Meaning.objects.filter(innovation=innovation).first()
    stale = kept is None or kept.digest != queries.digest_of(innovation)
    wanted = [innovation] if stale else []
    others = queries.without_meaning(innovation.site, MEANINGS_AT_ONCE)
    wanted += [other for other in others if other.pk != innovation.pk]
    for each in wanted:
        numbers = semantic.meaning_of(queries.words_meant(each))
        Meaning.objects.update_or_create(
            innovation=each,
            defaults={
                "site_id": each.site_id,
                "digest": queries.digest_of(each),
                "numbers": numbers,
            },
        )
    return len(wanted)


def find_similar(*, innovation: Innovation, by: Actor) -> int:
    """Compare an idea with the others of its site and store the likest, in both directions.

    Returns how many look like it. Pairs that somebody said are not the same
    stay as they are.
    """
    compares = innovation.state not in queries.NOT_COMPARED
    likes = queries.likes_of_stored(innovation) if compares else {}
    with transaction.atomic():
        return _store_likes(innovation, likes, by)


def _store_likes(innovation: Innovation, likes: dict[int, Decimal], by: Actor) -> int:
    now = instants.now()
    kept_apart = set(
        SimilarIdea.objects.filter(innovation=innovation, dismissed_at__isnull=False).values_list(
            "other", flat=True
        )
    )
    likes = {pk: score for pk, score in likes.items() if pk not in kept_apart}
    standing = SimilarIdea.objects.filter(dismissed_at=None)
    before = set(standing.filter(other=innovation).values_list("innovation", flat=True))
    mine = dict(list(likes.items())[: queries.MOST])
    standing.filter(innovation=innovation).exclude(other__in=mine).delete()
    standing.filter(other=innovation).exclude(innovation__in=likes).delete()
    _store(
        innovation.site,
        [(innovation.pk, other, score) for other, score in mine.items()]
        + [(other, innovation.pk, score) for other, score in likes.items()],
        now,
    )
    _trim(likes)
    _count({innovation.pk, *before, *likes}, by)
    return len(mine)


def _store(site: Site, pairs: list[tuple[int, int, Decimal]], now: dt.datetime) -> None:
    SimilarIdea.objects.bulk_create(
        [
            SimilarIdea(site=site, innovation_id=one, other_id=other, score=score, found_at=now)
            for one, other, score in sorted(pairs)
        ],
        update_conflicts=True,
        unique_fields=["innovation", "other"],
        update_fields=["score"],
    )


def _trim(others: Iterable[int]) -> None:
    """Of each of these ideas only the likest stay stored."""
    rows = SimilarIdea.objects.filter(innovation__in=list(others), dismissed_at=None)
    seen: dict[int, int] = {}
    beyond = []
    for pk, innovation_id in rows.order_by("innovation", "-score", "pk").values_list(
        "pk", "innovation"
    ):
        seen[innovation_id] = seen.get(innovation_id, 0) + 1
        if seen[innovation_id] > queries.MOST:
            beyond.append(pk)
    if beyond:
        SimilarIdea.objects.filter(pk__in=beyond).delete()


def _count(ids: Iterable[int], by: Actor) -> None:
    """Set how many look like each of these ideas. Their versions stay: nobody's page is out of date by it."""
    counts: dict[int, int] = dict.fromkeys(ids, 0)
    for pk in SimilarIdea.objects.filter(innovation__in=counts, dismissed_at=None).values_list(
        "innovation", flat=True
    ):
        counts[pk] += 1
    changed: list[tuple[Model, dict]] = []
    # In one order, so that two tasks never wait for each other.
    for row in (
        Innovation.objects.filter(pk__in=counts)
        .only("ref", "site_id", "similar_count")
        .order_by("pk")
    ):
        if row.similar_count != counts[row.pk]:
            Innovation.objects.filter(pk=row.pk).update(similar_count=counts[row.pk])
            changed.append((row, {"similar_count": [row.similar_count, counts[row.pk]]}))
    if changed:
        events.record_many("innovation.similar_found", by=by, subjects=changed)


@transaction.atomic
def dismiss(
    *, innovation: Innovation, other: Innovation, by: Actor, version: int | None = None
) -> SimilarIdea:
    """Say that two ideas are not the same: neither is shown beside the other any more.

    :raises Refused: they are not stored as alike, or somebody said so already
    :raises Stale: the pair changed since ``version``
    """
    return _say(innovation, other, by, version, apart=True)


@transaction.atomic
def restore(
    *, innovation: Innovation, other: Innovation, by: Actor, version: int | None = None
) -> SimilarIdea:
    """Take back that two ideas are not the same.

    :raises Refused: nobody said so
    :raises Stale: the pair changed since ``version``
    """
    return _say(innovation, other, by, version, apart=False)


def _say(
    innovation: Innovation, other: Innovation, by: Actor, version: int | None, *, apart: bool
) -> SimilarIdea:
    pair = SimilarIdea.objects.filter(innovation=innovation, other=other).first()
    if pair is None:
        raise Refused("These two ideas do not look alike.")
    if version is not None and version != pair.version:
        raise Stale(CHANGED)
    if bool(pair.dismissed_at) == apart:
        raise Refused(
            "Somebody said already that these are not the same."
            if apart
            else "Nobody said that these are not the same."
        )
    at = instants.now() if apart else None
    if not SimilarIdea.objects.filter(pk=pair.pk, version=pair.version).update(
        dismissed_at=at, version=F("version") + 1
    ):
        raise Stale(CHANGED)
    # The other direction says the same, whether or not it was among the five likest.
    SimilarIdea.objects.bulk_create(
        [
            SimilarIdea(
                site_id=pair.site_id,
                innovation=other,
                other=innovation,
                score=pair.score,
                found_at=pair.found_at,
                dismissed_at=at,
            )
        ],
        update_conflicts=True,
        unique_fields=["innovation", "other"],
        update_fields=["dismissed_at"],
    )
    with events.operation():
        events.record(
            "innovation.similar_dismissed" if apart else "innovation.similar_restored",
            by=by,
            subject=innovation,
            changes={"other": other.ref},
        )
        _count([innovation.pk, other.pk], by)
    pair.refresh_from_db()
    return pair
