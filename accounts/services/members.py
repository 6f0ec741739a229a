"""Members of a site: added, changed, covered, removed; whatever they hold goes on."""

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.enums import Function, Role
from accounts.models import Membership, Site, User
from accounts.queries import held_by
from hubapp import events, hooks
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale

LAST_LEAD = (
    "This is the only site lead. Make somebody else a site lead first, so that the site keeps one."
)
CHANGED = "Somebody else changed the members at the same moment. Check the list and try again."


@transaction.atomic
def add_member(
    *, site: Site, user: User, role: str, by: Actor, functions: Iterable[str] = ()
) -> Membership:
    """Give a user a role at a site.

    :param functions: for reviewers, the functions they sign for
    :raises Refused: they have it already
    :raises ValidationError: an unknown role or function
    """
    membership = Membership(
        site=site, user=user, role=role, functions=_functions_for(role, functions)
    )
    membership.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            membership.save()
    except IntegrityError as error:
        raise Refused("This person already has this role here.") from error
    events.record(
        "member.added",
        by=by,
        subject=membership,
        changes={"user": user.ref, "role": role, "functions": [[], membership.functions]},
    )
    return membership


@transaction.atomic
def change_member(
    *, site: Site, user: User, roles: Iterable[str], by: Actor, functions: Iterable[str] = ()
) -> None:
    """Make these the roles (and a reviewer's functions) of a member.

    :raises Refused: no role is left, or the site would have no lead
    """
    wanted, functions = set(roles), list(functions)
    if not wanted:
        raise Refused("Choose at least one role, or remove the member.")
    current = {m.role: m for m in Membership.objects.filter(site=site, user=user, ended_at=None)}
    if not current:
        raise Refused("They are no longer a member of this site.")
    for role in sorted(wanted - set(current)):
        add_member(site=site, user=user, role=role, functions=functions, by=by)
    for role, membership in sorted(current.items()):
        if role not in wanted:
            _end(membership, by=by)
        elif membership.functions != _functions_for(role, functions):
            _change_functions(membership, _functions_for(role, functions), by=by)


@transaction.atomic
def cover_member(*, site: Site, user: User, to: Mapping[str, User | None], by: Actor) -> int:
    """Give what a member holds to colleagues; the membership stays. Returns how much moved.

    :param to: for each kind of work (see :func:`accounts.queries.held_by`) who gets it; None: nobody yet
    :raises Refused: somebody chosen is not a member, or is the same person
    """
    with events.operation():
        moved = _reassign(site=site, user=user, to=to, by=by)
        subject = _any_membership(site, user)
        events.record(
            "member.covered", by=by, subject=subject, changes={"user": user.ref, "moved": moved}
        )
    return moved


@transaction.atomic
def end_member(
    *, site: Site, user: User, by: Actor, to: Mapping[str, User | None] | None = None
) -> int:
    """End all roles of a member, and give what they hold to colleagues (or nobody yet).

    :param to: for each kind of work who gets it; a kind left out goes to nobody
    :raises Refused: the site would have no lead, or somebody chosen is not a member
    """
    with events.operation():
        memberships = list(Membership.objects.filter(site=site, user=user, ended_at=None))
        if not memberships:
            raise Refused("They are no longer a member of this site.")
        moved = _reassign(site=site, user=user, to=to or {}, by=by, all_kinds=True)
        for membership in memberships:
            _end(membership, by=by)
    return moved


def _reassign(
    *, site: Site, user: User, to: Mapping[str, User | None], by: Actor, all_kinds: bool = False
) -> int:
    kinds = {held.kind for held in held_by(user=user, site=site)}
    chosen = {colleague for colleague in to.values() if colleague is not None}
    if any(colleague.pk == user.pk for colleague in chosen):
        raise Refused("Choose a colleague: this is the person whose work you are moving.")
    members = set(
        Membership.objects.filter(site=site, user__in=chosen, ended_at=None).values_list(
            "user_id", flat=True
        )
    )
    for colleague in chosen:
        if colleague.pk not in members:
            raise Refused(f"{colleague} is not a member of this site.")
    moved = 0
    for kind in sorted(kinds if all_kinds else kinds & set(to)):
        receiver = to.get(kind)
        for reassign in hooks.reassign_work:
            moved += reassign(kind, user.pk, receiver.pk if receiver else None, site.pk, by)
    return moved


def _end(membership: Membership, *, by: Actor, keep_a_lead: bool = True) -> None:
    if keep_a_lead and membership.role == Role.SITE_LEAD:
        _keep_a_lead(membership)
    ended = Membership.objects.filter(pk=membership.pk, ended_at=None).update(
        ended_at=timezone.now(), version=F("version") + 1
    )
    if not ended:
        raise Stale(CHANGED)
    events.record(
        "member.ended",
        by=by,
        subject=membership,
        changes={"user": membership.user.ref, "role": membership.role},
    )


def _keep_a_lead(membership: Membership) -> None:
    # The site's version is raised with each lead that goes: of two leads who
    # remove each other at the same moment, the second finds it raised.
    version = Site.objects.values_list("version", flat=True).get(pk=membership.site_id)
    others = Membership.objects.filter(
        site_id=membership.site_id, role=Role.SITE_LEAD, ended_at=None, user__is_active=True
    ).exclude(user_id=membership.user_id)
    if not others.exists():
        raise Refused(LAST_LEAD)
    raised = Site.objects.filter(pk=membership.site_id, version=version).update(
        version=F("version") + 1
    )
    if not raised:
        raise Stale(CHANGED)


def _change_functions(membership: Membership, functions: list[str], *, by: Actor) -> None:
    before = membership.functions
    membership.functions = functions
    membership.full_clean(validate_constraints=False)
    written = Membership.objects.filter(pk=membership.pk, version=membership.version).update(
        functions=functions, version=F("version") + 1
    )
    if not written:
        raise Stale(CHANGED)
    events.record(
        "member.functions_changed",
        by=by,
        subject=membership,
        changes={"user": membership.user.ref, "functions": [before, functions]},
    )


def _functions_for(role: str, functions: Iterable[str]) -> list[str]:
    """Only reviewers sign for functions; stored in the order of the enum."""
    wanted = set(functions) if role == Role.REVIEWER else set()
    known = [code for code in Function.values if code in wanted]
    return known + sorted(wanted - set(known))


def _any_membership(site: Site, user: User) -> Membership:
    membership = (
        Membership.objects.filter(site=site, user=user, ended_at=None).order_by("pk").first()
    )
    if membership is None:
        raise Refused("They are no longer a member of this site.")
    return membership
