"""Named views of the queue: saving, changing and deleting them."""

from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.db.search import fold
from hubapp.problems import Refused, Stale
from portfolio.models import SavedView
from portfolio.models.queue import VIEW_NAME
from portfolio.queries.views import RESERVED

# So many views of one person at one site are no overview any more.
MOST_VIEWS = 30
CHANGED = "Somebody else changed this view since you opened it. Look at it, then try again."
TAKEN = "There is a view of this name already. Choose another name."


def slug_of(name: str) -> str:
    """What stands in the address of a view of this name; "" where the name has no letter for one."""
    return slugify(name)[:80].strip("-")


@transaction.atomic
def save_view(
    *, site: Site, owner: User, name: str, query: str, is_shared: bool = False, by: Actor
) -> SavedView:
    """Keep filters and an order under a name; ``query`` as ``Filters.as_query`` writes it.

    :raises ValidationError: no name, one that is too long or taken at the site
    :raises Refused: the owner has thirty already
    """
    if SavedView.objects.filter(site=site, owner=owner).count() >= MOST_VIEWS:
        raise Refused(f"You have {MOST_VIEWS} views here. Delete one that you no longer need.")
    now = instants.now()
    view = SavedView(
        site=site, owner=owner, query=query, is_shared=is_shared, created_at=now, updated_at=now
    )
    _name(view, name)
    _insert(view)
    events.record("view.saved", by=by, subject=view, changes={"is_shared": is_shared})
    return view


@transaction.atomic
def change_view(
    *,
    view: SavedView,
    by: Actor,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
    version: int | None = None,
) -> SavedView:
    """Rename a view, change what it shows, or share it. A new name gives a new address.

    :raises ValidationError: a name that is too long or taken at the site
    :raises Stale: somebody changed it in the meantime
    """
    if version is not None and version != view.version:
        raise Stale(CHANGED)
    changes: dict[str, Any] = {}
    if name is not None and " ".join(name.split()) != view.name:
        changes["name"] = "changed"
        _name(view, name)
    if query is not None and query != view.query:
        changes["query"] = "changed"
        view.query = query
    if is_shared is not None and is_shared != view.is_shared:
        changes["is_shared"] = [view.is_shared, is_shared]
        view.is_shared = is_shared
    if not changes:
        return view
    view.full_clean(exclude=["ref", "site", "owner"], validate_constraints=False)
    columns = {field: getattr(view, field) for field in ("name", "slug", "query", "is_shared")}
    columns |= {"version": view.version + 1, "updated_at": instants.now()}
    try:
        with transaction.atomic():
            updated = SavedView.objects.filter(pk=view.pk, version=view.version).update(**columns)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    if not updated:
        raise Stale(CHANGED)
    for field, value in columns.items():
        setattr(view, field, value)
    events.record("view.changed", by=by, subject=view, changes=changes)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: Actor, version: int | None = None) -> None:
    """Delete a view. The ideas in it stay as they are.

    :raises Stale: somebody changed it in the meantime
    """
    if not SavedView.objects.filter(
        pk=view.pk, version=view.version if version is None else version
    ).delete()[0]:
        raise Stale(CHANGED)
    events.record("view.deleted", by=by, subject=view)


def _name(view: SavedView, name: str) -> None:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "Enter a name for the view."})
    if len(name) > VIEW_NAME:
        raise ValidationError({"name": f"The name must be {VIEW_NAME} characters or fewer."})
    view.name, view.slug = name, slug_of(name) or view.ref.lower()
    if view.slug in RESERVED:
        raise ValidationError({"name": TAKEN})


def _insert(view: SavedView) -> None:
    view.full_clean(exclude=["ref", "site", "owner"], validate_constraints=False)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error


def forget_views_naming(texts: list[str]) -> int:
    """Delete views whose name or words hold any of ``texts``: somebody's name or address, now erased.

    Inside the transaction that erases. Returns how many.
    """
    wanted = [fold(text) for text in texts if fold(text)]
    named = [
        view.pk
        for view in SavedView.objects.only("name", "query").iterator()
        if any(text in fold(view.name, unquote_plus(view.query)) for text in wanted)
    ]
    return SavedView.objects.filter(pk__in=named).delete()[0] if named else 0
