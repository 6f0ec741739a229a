"""A site's needs: kept, closed, and linked to the ideas that serve them."""

import datetime as dt
from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CharField, Q

from accounts.enums import READERS
from accounts.models import Person, Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import DecisionKind, NeedEnd
from portfolio.models import Call, Decision, Innovation, Need, NeedLink
from portfolio.models.need import NEVER
from portfolio.services.members import must_hold_a_role
from portfolio.services.redactions import BLACK, pattern_of

OWNED_NEEDS = "portfolio.needs"
CHANGED = (
    "Somebody else changed this need since you opened it. Look at what they did, then try again."
)
TEXTS = ("title", "statement", "evidence", "owner_words")
FIELDS = ("kind", *TEXTS, "owner", "valid_from", "valid_to")
# The shortest name that is looked for when a person is erased: a shorter one stands in other words.
SHORTEST_NAME = 5


@transaction.atomic
def add(
    *,
    site: Site,
    kind: str,
    title: str,
    statement: str,
    by: Actor,
    evidence: str = "",
    owner: User | None = None,
    owner_words: str = "",
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    once_key: str | None = None,
) -> Need:
    """Add a strategic priority or a problem statement. The same ``once_key`` never makes a second one.

    :param owner: a member who reads the site's portfolio; or ``owner_words``, the name of a team
    :param valid_from: the first London day on which it holds; today unless said
    :param valid_to: the last one; None while nobody says when it ends
    :raises ValidationError: something missing or too long, or dates in the wrong order
    :raises Refused: ``owner`` has no role with which they could read it
    """
    key = f"{site.pk}:{once_key}"[:80] if once_key else None
    if key:
        earlier = Need.objects.filter(once_key=key).first()
        if earlier:
            return earlier
    now = instants.now()
    need = Need(
        site=site,
        kind=kind,
        title=title.strip(),
        statement=statement.strip(),
        evidence=evidence.strip(),
        owner=owner,
        owner_words=owner_words.strip(),
        valid_from=valid_from or london_date(now),
        valid_to=valid_to,
        until_on=valid_to or NEVER,
        once_key=key,
        created_at=now,
        updated_at=now,
    )
    need.full_clean(exclude=["ref"], validate_unique=False)
    if owner:
        must_hold_a_role(owner, site_id=site.pk, roles=READERS)
    try:
        with transaction.atomic():
            need.save()
    except IntegrityError:
        return Need.objects.get(once_key=key)
    events.record("need.added", by=by, subject=need, changes={"kind": need.kind})
    return need


@transaction.atomic
def edit(*, need: Need, by: Actor, version: int | None = None, **values: Any) -> Need:
    """Change what a need says, who owns it or when it holds.

    :param values: any of :data:`FIELDS`; what is left out stays
    :raises ValidationError: something missing or too long, or dates in the wrong order
    :raises Refused: it is closed, or the owner could not read it
    :raises Stale: somebody else changed it in the meantime
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"a need has no {', '.join(sorted(unknown))}")
    _fresh(need, version)
    if need.closed_on:
        raise Refused("This need is closed. Open it again to change it.")
    values = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    columns = {name: value for name, value in values.items() if value != getattr(need, name)}
    if not columns:
        return need
    if columns.get("owner"):
        must_hold_a_role(columns["owner"], site_id=need.site_id, roles=READERS)
    changes: dict[str, Any] = dict.fromkeys(columns, "changed")
    for name in {"kind", "valid_from", "valid_to"} & set(columns):
        changes[name] = [_code(getattr(need, name)), _code(columns[name])]
    if "owner" in columns:
        before, after = need.owner, columns["owner"]
        changes["owner"] = [before.ref if before else None, after.ref if after else None]
    if "valid_to" in columns:
        columns["until_on"] = columns["valid_to"] or NEVER
    _change(need, columns)
    events.record("need.edited", by=by, subject=need, changes=changes)
    return need


@transaction.atomic
def close(
    *, need: Need, reason: str, by: Actor, into: Need | None = None, version: int | None = None
) -> Need:
    """Close a need: met, no longer pursued, or part of another one, which its ideas then serve too.

    Its open calls are closed with it.

    :param into: the other need; only and always with the reason ``merged``
    :raises Refused: it is closed already, or ``reason`` and ``into`` do not fit
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(need, version)
    if need.closed_on:
        raise Refused("This need is closed already.")
    if reason not in NeedEnd.values:
        raise Refused("Choose why the need is closed.")
    if reason == NeedEnd.MERGED and into is None:
        raise Refused("Choose the need that this one is part of.")
    if into and (reason != NeedEnd.MERGED or into.pk == need.pk or into.site_id != need.site_id):
        raise Refused("Choose another need of this site.")
    if into and into.closed_on:
        raise Refused("The need that you chose is closed. Choose one that is not.")
    today = london_date(instants.now())
    with events.operation():
        _change(
            need,
            {
                "closed_on": today,
                "close_reason": reason,
                "merged_into": into,
                "until_on": min(today, need.valid_to or today),
            },
        )
        changes: dict[str, Any] = {"reason": reason}
        if into:
            changes["into"] = into.ref
            # In one order, as others lock ideas.
            links = NeedLink.objects.filter(need=need).order_by("innovation_id")
            for row in links.select_related("innovation__site"):
                link(need=into, innovation=row.innovation, by=by)
        for call in Call.objects.filter(need=need, ended_on=None, closes_on__gte=today):
            Call.objects.filter(pk=call.pk).update(
                ended_on=today, version=call.version + 1, updated_at=instants.now()
            )
            events.record("call.closed", by=by, subject=call)
        events.record("need.closed", by=by, subject=need, changes=changes)
    return need


@transaction.atomic
def reopen(*, need: Need, by: Actor, version: int | None = None) -> Need:
    """Take a closed need up again. Ideas that a merge linked to the other one stay there too.

    :raises Refused: it is not closed
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(need, version)
    if not need.closed_on:
        raise Refused("This need is not closed.")
    before = need.close_reason
    _change(
        need,
        {
            "closed_on": None,
            "close_reason": "",
            "merged_into": None,
            "until_on": need.valid_to or NEVER,
        },
    )
    events.record("need.reopened", by=by, subject=need, changes={"reason": [before, ""]})
    return need


@transaction.atomic
def link(*, need: Need, innovation: Innovation, by: Actor) -> NeedLink:
    """Say that an idea serves a need. Saying it again changes nothing, but that a link which came
    with a merge is the idea's own from then on.

    :raises Refused: they are of two sites, or the need is closed
    """
    if need.site_id != innovation.site_id:
        raise Refused("An idea serves needs of its own site.")
    known = NeedLink.objects.filter(need=need, innovation=innovation).first()
    if known:
        return _confirmed(known, by)
    if need.closed_on:
        raise Refused(f"“{need}” is closed. Open it again to link ideas to it.")
    return _link(need, innovation, by) or NeedLink.objects.get(need=need, innovation=innovation)


def _link(
    need: Need, innovation: Innovation, by: Actor, came_with: Decision | None = None
) -> NeedLink | None:
    """A link with its event; None if somebody made the same one at this moment."""
    try:
        with transaction.atomic():
            row = NeedLink.objects.create(
                site_id=need.site_id,
                need=need,
                innovation=innovation,
                came_with=came_with,
                at=instants.now(),
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
    except IntegrityError:
        return None
    _touch(innovation)
    changes: dict[str, Any] = {"need": [None, need.ref]}
    if came_with:
        changes["decision"] = came_with.ref
    events.record("innovation.need_linked", by=by, subject=innovation, changes=changes)
    return row


def _touch(innovation: Innovation) -> None:
    """What an idea serves is part of it: whoever looks for what changed finds it, and counts of needs are anew."""
    Innovation.objects.filter(pk=innovation.pk).update(updated_at=instants.now())


def _confirmed(row: NeedLink, by: Actor) -> NeedLink:
    """The link as one that somebody said of the idea itself."""
    if row.came_with_id is None:
        return row
    own = {"came_with": None, "at": instants.now(), "actor_kind": by.kind, "actor_ref": by.ref}
    NeedLink.objects.filter(pk=row.pk).update(**own)
    row.refresh_from_db()
    events.record(
        "innovation.need_confirmed",
        by=by,
        subject=row.innovation,
        changes={"need": row.need.ref},
    )
    return row


@transaction.atomic
def hand_on(*, merge: Decision, by: Actor) -> int:
    """Let the idea that goes on serve what the one merged into it serves; returns how many it lacked.

    Needs that are closed by now too: that an idea answered one is worth as much afterwards.

    :param merge: the decision, of kind merge
    """
    into = merge.into
    assert into is not None
    rows = NeedLink.objects.filter(innovation_id=merge.innovation_id).select_related("need__site")
    served = set(NeedLink.objects.filter(innovation=into).values_list("need_id", flat=True))
    lacking = [row.need for row in rows.order_by("pk") if row.need_id not in served]
    return sum(_link(need, into, by, came_with=merge) is not None for need in lacking)


@transaction.atomic
def take_back(*, merge: Decision, by: Actor) -> int:
    """Take from the idea that went on what a merge gave it, as the ideas are separated; returns how many.

    Left are links that somebody confirmed since, and those that another idea merged into it gives
    as well: they came with that one from then on. What it handed on itself goes with it.

    :param merge: the decision, of kind merge, that does not stand any more
    """
    rows = NeedLink.objects.filter(innovation=merge.into, came_with=merge)
    return sum(_take_back(row, by) for row in rows.select_related("need", "innovation"))


def _take_back(row: NeedLink, by: Actor) -> int:
    idea = row.innovation
    givers = NeedLink.objects.filter(need_id=row.need_id, innovation__merged_into_id=idea.pk)
    giver = givers.select_related("innovation").order_by("innovation_id").first()
    if giver:
        NeedLink.objects.filter(pk=row.pk).update(came_with=_merge_of(giver.innovation))
        return 0
    unlink(need=row.need, innovation=idea, by=by)
    further = _merge_of(idea)
    if further is None:
        return 1
    handed_on = NeedLink.objects.filter(
        need_id=row.need_id, innovation=further.into, came_with=further
    )
    return 1 + sum(_take_back(each, by) for each in handed_on.select_related("need", "innovation"))


def _merge_of(idea: Innovation) -> Decision | None:
    """The merge that stands, of an idea that was merged; None of any other."""
    if idea.merged_into_id is None:
        return None
    return Decision.objects.filter(innovation=idea, kind=DecisionKind.MERGE).latest("number")


@transaction.atomic
def unlink(*, need: Need, innovation: Innovation, by: Actor) -> bool:
    """Say that an idea does not serve a need after all; False if nobody said it did."""
    deleted, _ = NeedLink.objects.filter(need=need, innovation=innovation).delete()
    if not deleted:
        return False
    _touch(innovation)
    events.record(
        "innovation.need_unlinked", by=by, subject=innovation, changes={"need": [need.ref, None]}
    )
    return True


@transaction.atomic
def choose(*, innovation: Innovation, needs: Iterable[Need], by: Actor) -> tuple[int, int]:
    """Let an idea serve exactly these needs; returns how many links were made and taken away.

    :raises Refused: a need of another site, or a closed one that it did not serve before
    """
    wanted = {need.pk: need for need in needs}
    with events.operation():
        rows = NeedLink.objects.filter(innovation=innovation).select_related("need")
        known = {row.need_id: row.need for row in rows}
        gone = [need for pk, need in known.items() if pk not in wanted]
        new = [need for pk, need in wanted.items() if pk not in known]
        for need in gone:
            unlink(need=need, innovation=innovation, by=by)
        for need in new:
            link(need=need, innovation=innovation, by=by)
        for row in rows:
            # Looked at and kept: from now on it is the idea's own.
            if row.need_id in wanted:
                _confirmed(row, by)
    return len(new), len(gone)


@transaction.atomic
def reassign_owned(
    *, kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Give the open needs that a member owns to somebody else, or to nobody; returns how many.

    0 for kinds that are not :data:`OWNED_NEEDS`.

    :raises Refused: whoever gets them could not read them
    """
    if kind != OWNED_NEEDS or from_user_id == to_user_id:
        return 0
    to = User.objects.get(pk=to_user_id) if to_user_id is not None else None
    if to:
        must_hold_a_role(to, site_id=site_id, roles=READERS)
    rows = list(
        Need.objects.filter(owner_id=from_user_id, site_id=site_id, closed_on=None).select_related(
            "owner"
        )
    )
    for need in rows:
        before = need.owner.ref if need.owner else None
        _change(need, {"owner": to})
        events.record(
            "need.edited",
            by=by,
            subject=need,
            changes={"owner": [before, to.ref if to else None]},
        )
    return len(rows)


@transaction.atomic
def black_out_people_in_needs(*, person_ids: list[int], by: Actor) -> int:
    """Black out the names, addresses and numbers of these people in needs and calls: part of erasing them.

    Addresses and telephone numbers everywhere; a name only at sites where the
    person was a member or sent an idea: elsewhere a namesake may be meant.
    Returns in how many texts.
    """
    found = 0
    with events.operation():
        for person in Person.objects.filter(pk__in=person_ids):
            anywhere = [text for text in (person.email, person.phone) if len(text) > SHORTEST_NAME]
            named = [person.name] if len(person.name) >= SHORTEST_NAME else []
            theirs = Site.objects.filter(
                Q(memberships__user__person=person) | Q(innovations__submission__submitter=person)
            )
            site_ids = set(theirs.values_list("pk", flat=True)) if named else set()
            rows: Iterable[Need | Call] = chain(Need.objects.all(), Call.objects.all())
            for row in rows:
                fragments = anywhere + (named if row.site_id in site_ids else [])
                found += _black_out(row, fragments, by) if fragments else 0
    return found


def _black_out(row: Need | Call, fragments: list[str], by: Actor) -> int:
    """Black out in one row; returns in how many of its texts."""
    pattern = pattern_of(fragments)
    columns: dict[str, str] = {}
    for name in TEXTS if isinstance(row, Need) else ("title", "words"):
        text, times = pattern.subn(BLACK, getattr(row, name))
        if times:
            # Blocks may be longer than what they hide, and a line of text has a limit.
            field = row._meta.get_field(name)
            columns[name] = text[: field.max_length] if isinstance(field, CharField) else text
    if columns:
        type(row)._default_manager.filter(pk=row.pk).update(
            **columns, version=row.version + 1, updated_at=instants.now()
        )
        verb = "need.redacted" if isinstance(row, Need) else "call.redacted"
        events.record(verb, by=by, subject=row, changes={"fields": [*columns]})
    return len(columns)


def _code(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _fresh(need: Need, version: int | None) -> None:
    if version is not None and version != need.version:
        raise Stale(CHANGED)


def _change(need: Need, columns: dict[str, Any]) -> None:
    """Set columns, if they are valid and nobody else changed the need since it was read."""
    before = {name: getattr(need, name) for name in columns}
    for name, value in columns.items():
        setattr(need, name, value)
    try:
        need.full_clean(exclude=["ref", "site"], validate_unique=False)
        version = need.version
        columns = {**columns, "version": version + 1, "updated_at": instants.now()}
        if not Need.objects.filter(pk=need.pk, version=version).update(**columns):
            raise Stale(CHANGED)
    except (ValidationError, Stale):
        for name, value in before.items():
            setattr(need, name, value)
        raise
    need.version, need.updated_at = columns["version"], columns["updated_at"]
