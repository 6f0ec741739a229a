"""What hub staff say an idea is: source, focus, origin, types, category, benefits, readiness, priority, tags."""

from collections.abc import Collection
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from hubapp import events
from hubapp.actors import Actor
from hubapp.db.search import fold
from hubapp.problems import Refused, Stale
from portfolio.enums import BenefitArea, InnovationType, LabelKind, benefit_bits
from portfolio.models import Innovation, InnovationLabel
from portfolio.services.moves import CHANGED, change
from portfolio.validators import LONGEST_TAG, MOST_TAGS


class Classification(TypedDict, total=False):
    """What may be said; what is left out stays as it is. "" and None take a value away."""

    source: str
    focus: str
    origin: str
    category: str
    care_setting: str
    innovation_type: str
    priority: str
    trl: int | None
    further_types: Collection[str]
    benefit_areas: Collection[str]
    tags: Collection[str]


# Which label each of the three collections is kept as, and what it may hold; None for any word.
LABELS: dict[str, tuple[LabelKind, list[str] | None]] = {
    "further_types": (LabelKind.TYPE, InnovationType.values),
    "benefit_areas": (LabelKind.BENEFIT, BenefitArea.values),
    "tags": (LabelKind.TAG, None),
}


def tag_of(word: str) -> str:
    """A tag as it is stored and compared: folded, blanks single."""
    return fold(word)


def clean_tags(words: Collection[str]) -> list[str]:
    """Tags in order, each once.

    :raises Refused: more than ten, one too long
    """
    tags = list(dict.fromkeys(tag for tag in map(tag_of, words) if tag))
    if len(tags) > MOST_TAGS:
        raise Refused(f"Give at most {MOST_TAGS} tags.")
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise Refused(f"The tag “{tag[:20]}…” is too long: use at most {LONGEST_TAG} letters.")
    return tags


@transaction.atomic
def classify(
    *,
    innovation: Innovation,
    by: Actor,
    version: int | None = None,
    **values: Unpack[Classification],
) -> Innovation:
    """Say what the idea is. One event names what changed; what did not change writes nothing.

    :raises Refused: too many tags, one too long, or a value that is no choice
    :raises ValidationError: a column's value that is no choice
    :raises Stale: somebody changed the idea in the meantime
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    columns: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name in LABELS:
            continue
        before = getattr(innovation, name)
        if value != before:
            columns[name] = value
            changes[name] = [before, value]
    wanted = {
        name: _labels_wanted(name, value)  # type: ignore[arg-type]  # these three are collections
        for name, value in values.items()
        if name in LABELS
    }
    held = _held(innovation)
    for name, labels in wanted.items():
        kind = LABELS[name][0]
        before = sorted(held.get(kind, set()))
        if sorted(labels) != before:
            # A tag is somebody's own word, and an event keeps none: it could not be blacked out.
            changes[name] = "changed" if name == "tags" else [before, sorted(labels)]
    if "benefit_areas" in wanted:
        bits = benefit_bits(wanted["benefit_areas"])
        if not changes and bits != innovation.benefits:
            # Labels of before the column was written with them: mended, and nothing new was said.
            Innovation.objects.filter(pk=innovation.pk).update(benefits=bits)
            innovation.benefits = bits
        elif bits != innovation.benefits:
            columns["benefits"] = bits
    if not changes:
        return innovation
    _check(innovation, columns)
    # Raises the version, also where only labels change.
    change(innovation, **columns)
    for name, labels in wanted.items():
        if name in changes:
            _store(innovation, LABELS[name][0], held.get(LABELS[name][0], set()), set(labels))
    events.record("innovation.classified", by=by, subject=innovation, changes=changes)
    return innovation


def tag(*, innovation: Innovation, word: str, by: Actor) -> Innovation:
    """Add one tag.

    :raises Refused: ten already, or it is too long
    """
    tags = _held(innovation).get(LabelKind.TAG, set())
    return classify(innovation=innovation, by=by, tags=[*sorted(tags), word])


def untag(*, innovation: Innovation, word: str, by: Actor) -> Innovation:
    """Take one tag away; one that is not there changes nothing."""
    tags = _held(innovation).get(LabelKind.TAG, set())
    return classify(innovation=innovation, by=by, tags=sorted(tags - {tag_of(word)}))


def _labels_wanted(name: str, words: Collection[str]) -> list[str]:
    _, allowed = LABELS[name]
    if allowed is None:
        return clean_tags(words)
    unknown = [word for word in words if word not in allowed]
    if unknown:
        raise Refused(f"“{str(unknown[0])[:40]}” is not one of the choices.")
    return list(dict.fromkeys(words))


def _held(innovation: Innovation) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for kind, value in InnovationLabel.objects.filter(innovation=innovation).values_list(
        "kind", "value"
    ):
        held.setdefault(kind, set()).add(value)
    return held


def _check(innovation: Innovation, columns: dict[str, Any]) -> None:
    """Hold new values against the model's own rules, leaving the instance as it was if they fail."""
    before = {name: getattr(innovation, name) for name in columns}
    for name, value in columns.items():
        setattr(innovation, name, value)
    try:
        innovation.clean_fields(
            exclude=[f.name for f in innovation._meta.fields if f.name not in columns]
        )
        if innovation.trl is not None and not 1 <= innovation.trl <= 9:
            raise ValidationError({"trl": "Enter a readiness level from 1 to 9."})
    except ValidationError:
        for name, value in before.items():
            setattr(innovation, name, value)
        raise


def _store(innovation: Innovation, kind: str, before: set[str], after: set[str]) -> None:
    rows = InnovationLabel.objects.filter(innovation=innovation, kind=kind)
    rows.filter(value__in=before - after).delete()
    InnovationLabel.objects.bulk_create(
        (
            InnovationLabel(
                site_id=innovation.site_id, innovation=innovation, kind=kind, value=value
            )
            for value in sorted(after - before)
        ),
        # Given to many ideas at this moment, which overrides nobody's typing.
        ignore_conflicts=True,
    )
