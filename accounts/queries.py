"""Reads that cross models or depend on who looks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.enums import Function, Role
from accounts.models import (
    ApiKey,
    Invitation,
    Membership,
    Network,
    NetworkMembership,
    NetworkSite,
    Organisation,
    Person,
    Site,
    SiteHost,
    User,
)
from accounts.validators import normalise_email
from hubapp import hooks
from hubapp.actors import ASKED, ActorKind
from hubapp.events.models import Event
from hubapp.refs import PATTERN, normalise_ref

Ref = tuple[str, str]
_REF = re.compile(PATTERN)

INVITATION_USED = "This invitation has been used. Sign in instead."
INVITATION_REVOKED = "This invitation was taken back. Ask the site lead for a new one."
INVITATION_EXPIRED = "This invitation is too old. Ask the site lead to send it again."


# -- who did it ------------------------------------------------------------
def actor_names(actors: Iterable[Ref]) -> dict[Ref, str]:
    """The display name of each ``(kind, ref)``: two queries however many there are.

    A user is named as their person is (an erased one "Erased person"), a key by
    its name, whoever held a link "the submitter" or "somebody who was asked", the system "Hubapp".
    """
    wanted = {(str(kind), ref) for kind, ref in actors}
    names: dict[Ref, str] = {}
    for kind, ref in wanted:
        if kind == ActorKind.LINK:
            names[kind, ref] = (
                "somebody who was asked" if ref.startswith(ASKED) else "the submitter"
            )
        elif kind == ActorKind.SYSTEM:
            names[kind, ref] = "Hubapp"
        else:
            names[kind, ref] = "Someone"
    users = [ref for kind, ref in wanted if kind == ActorKind.USER]
    if users:
        for user in User.objects.filter(ref__in=users).select_related("person"):
            names[ActorKind.USER.value, user.ref] = str(user.person)
    keys = [ref for kind, ref in wanted if kind == ActorKind.KEY]
    if keys:
        for key in ApiKey.objects.filter(ref__in=keys):
            names[ActorKind.KEY.value, key.ref] = f"API key “{key.name}”"
    return names


# -- accounts --------------------------------------------------------------
def account_with(email: str) -> User | None:
    """The account that signs in with this address, if there is one."""
    return (
        User.objects.select_related("person")
        .filter(person__email=normalise_email(email), person__signs_in=True)
        .first()
    )


def user_by_ref(ref: str) -> User | None:
    """An active account by its reference, for whoever holds a mailed link."""
    return User.objects.select_related("person").filter(ref=ref, is_active=True).first()


def work_of(user: User | AnonymousUser) -> list[hooks.WorkList]:
    """Everything that waits for somebody, across sites: what the page and the daily mail both show."""
    lists = [work for ask in hooks.work for work in ask(user) if work.items]
    return sorted(lists, key=lambda work: not work.comes_first)


def people_with_address(email: str) -> list[Person]:
    """Every row of this address, the oldest first."""
    return list(Person.objects.with_address(email).order_by("pk")) if normalise_email(email) else []


def any_site_exists() -> bool:
    """Whether anybody has set up a site yet."""
    return Site.objects.exists()


def site_by_code(code: str) -> Site | None:
    """A site by its code in any case; for commands and mails, which no viewer asks for."""
    return Site.objects.filter(code__iexact=code.strip()).first()


def network_by_slug(slug: str) -> Network | None:
    """A network by its slug; for commands."""
    return Network.objects.filter(slug=slug.strip().lower()).first()


# -- members ---------------------------------------------------------------
@dataclass(slots=True)
class Member:
    """One person at one site, with all their roles there."""

    user: User
    memberships: list[Membership] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.user.person)

    @property
    def roles(self) -> list[str]:
        """Role slugs, in the order of the enum."""
        held = {membership.role for membership in self.memberships}
        return [role for role in Role.values if role in held]

    @property
    def roles_words(self) -> str:
        """ "Hub staff, Reviewer"."""
        return ", ".join(Role(role).label for role in self.roles)

    @property
    def functions(self) -> list[str]:
        """Function slugs a reviewer signs for, in the order of the enum."""
        held = {code for membership in self.memberships for code in membership.functions}
        return [code for code in Function.values if code in held]

    @property
    def functions_words(self) -> str:
        """ "Finance, Procurement"."""
        return ", ".join(Function(code).label for code in self.functions)

    @property
    def since(self):
        """When they first joined, of the roles they still have."""
        return min(membership.since for membership in self.memberships)


def members_of(site: Site) -> list[Member]:
    """Everybody who has a role at the site now, by name; one query."""
    members: dict[int, Member] = {}
    rows = Membership.objects.filter(site=site, ended_at=None).select_related("user__person")
    for membership in rows.order_by("user__person__name", "user_id", "pk"):
        members.setdefault(membership.user_id, Member(membership.user)).memberships.append(
            membership
        )
    return sorted(members.values(), key=lambda member: (member.name.casefold(), member.user.pk))


def member_of(site: Site, ref: str) -> Member | None:
    """One of them by the user's reference; None for anybody else."""
    rows = list(
        Membership.objects.filter(site=site, user__ref=ref, ended_at=None)
        .select_related("user__person", "site")
        .order_by("pk")
    )
    return Member(rows[0].user, rows) if rows else None


def held_by(*, user: User, site: Site) -> list[hooks.Held]:
    """What a member holds at a site, of every kind; only what there is at least one of."""
    return [held for ask in hooks.held_work for held in ask(user.pk, site.pk) if held.count]


def networks_of(user: User) -> list[NetworkMembership]:
    """The networks that somebody coordinates."""
    rows = NetworkMembership.objects.filter(user=user, ended_at=None).select_related("network")
    return list(rows.order_by("network__name", "pk"))


def memberships_of(user: User) -> list[Membership]:
    """Every role somebody has now, by site."""
    rows = Membership.objects.filter(user=user, ended_at=None, site__closed_on=None).select_related(
        "site"
    )
    return list(rows.order_by("site__name", "site_id", "pk"))


def memberships_by_ref(refs: Iterable[str], site_ids: Iterable[int]) -> list[Membership]:
    """Memberships at these sites that still hold, with their user and site."""
    rows = Membership.objects.filter(ref__in=list(refs), site_id__in=list(site_ids), ended_at=None)
    return list(rows.select_related("user__person", "site"))


# -- invitations -----------------------------------------------------------
def invitation_problem(invitation: Invitation) -> str:
    """Why its link no longer works, as a sentence for whoever holds it; "" while it does."""
    if invitation.accepted_at:
        return INVITATION_USED
    if invitation.revoked_at or invitation.site.closed_on or not invitation.person.email:
        return INVITATION_REVOKED
    if not invitation.is_open:
        return INVITATION_EXPIRED
    return ""


def invitation_by_ref(ref: str) -> Invitation | None:
    """An invitation for whoever holds its signed link."""
    return Invitation.objects.select_related("site", "person").filter(ref=ref).first()


def invitations_at(site: Site) -> list[Invitation]:
    """Invitations that nobody accepted and nobody took back, the newest first."""
    rows = Invitation.objects.filter(site=site, accepted_at=None, revoked_at=None).exclude(
        person__email=""
    )
    return list(rows.select_related("person", "site"))


def invitation_at(site: Site, ref: str) -> Invitation | None:
    """One invitation of a site."""
    return Invitation.objects.select_related("site", "person").filter(site=site, ref=ref).first()


# -- keys, hosts, networks -------------------------------------------------
def keys_at(site: Site) -> list[ApiKey]:
    """The keys of a site, the newest first, revoked ones too."""
    return list(ApiKey.objects.filter(site=site))


def key_at(site: Site, ref: str) -> ApiKey | None:
    """One key of a site."""
    return ApiKey.objects.filter(site=site, ref=ref).first()


def key_state(key: ApiKey) -> str:
    """In a word: "Works", "Revoked" or "Expired"."""
    if key.revoked_at:
        return "Revoked"
    if key.expires_at and key.expires_at <= timezone.now():
        return "Expired"
    return "Works"


def keys_by_ref(refs: Iterable[str], site_ids: Iterable[int]) -> list[ApiKey]:
    """Keys of these sites, with their site."""
    rows = ApiKey.objects.filter(ref__in=list(refs), site_id__in=list(site_ids))
    return list(rows.select_related("site"))


def host_of(site: Site) -> SiteHost | None:
    """The organisation the site belongs to now."""
    return SiteHost.objects.filter(site=site, valid_to=None).select_related("organisation").first()


def sites_in(network: Network) -> list[Site]:
    """The sites that belong to a network today, by name. Their names are public at the front door."""
    today = timezone.localdate()
    rows = Site.objects.filter(
        closed_on=None, places__network=network, places__valid_from__lte=today
    )
    return list(rows.filter(places__valid_to=None).distinct())


# -- what happened ---------------------------------------------------------
def events_at(site: Site, *, people_only: bool = False) -> QuerySet[Event]:
    """What happened at a site, or only what people did; ordered by the page that lists it."""
    rows = Event.objects.filter(site_id=site.pk)
    return rows.exclude(actor_kind=ActorKind.SYSTEM) if people_only else rows


def references_of(viewer: Any, subjects: Iterable[Ref]) -> dict[Ref, hooks.Reference]:
    """Name and address of each ``(kind, ref)`` that the viewer may open: one question for each kind."""
    by_kind: dict[str, list[str]] = {}
    for kind, ref in set(subjects):
        by_kind.setdefault(kind, []).append(ref)
    found: dict[Ref, hooks.Reference] = {}
    for kind, refs in by_kind.items():
        resolve = hooks.references.get(kind)
        if resolve is not None:
            found |= {(kind, ref): reference for ref, reference in resolve(viewer, refs).items()}
    return found


# -- the API ---------------------------------------------------------------
def key_by_hash(digest: str) -> ApiKey | None:
    """The key with this SHA-256 digest and its site, revoked and expired ones too."""
    return ApiKey.objects.select_related("site").filter(key_hash=digest).first()


def sites_visible_to(viewer: Any) -> QuerySet[Site]:
    """The viewer's own sites, with their present hosts and networks; three queries however many."""
    today = timezone.localdate()
    present = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))
    hosts = SiteHost.objects.filter(present).select_related("organisation")
    places = NetworkSite.objects.filter(present).select_related("network").order_by("network__slug")
    return Site.objects.filter(pk__in=viewer.site_ids).prefetch_related(
        Prefetch("hosts", queryset=hosts, to_attr="present_hosts"),
        Prefetch("places", queryset=places, to_attr="present_places"),
    )


def event_words(event: Event) -> str:
    """What an event's verb says; a verb nobody worded is read out: "Innovation: decided"."""
    known = hooks.event_words.get(event.verb)
    if known:
        return known
    noun, _, verb = event.verb.replace("_", " ").partition(".")
    return f"{noun.capitalize()}: {verb}" if verb else noun.capitalize()


def change_words(event: Event) -> str:
    """The changes as field names and codes: "slug: demo1 → demo"; references are left out.

    A pair is before and after, as :func:`hubapp.events.record` wants it.
    """
    said = []
    for name, change in event.changes.items():
        if isinstance(change, list) and len(change) == 2:
            before, after = map(_code, change)
            if before:
                said.append(f"{_code(name)}: {before} → {after or 'none'}")
            elif after:
                said.append(f"{_code(name)}: {after}")
        elif _code(change):
            said.append(f"{_code(name)}: {_code(change)}")
    return "; ".join(said)


def _code(value: Any) -> str:
    """A code in words; "" for what says nothing to a person (references, empty)."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_code, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, dict) or _REF.fullmatch(str(value)):
        return ""
    return str(value).replace("_", " ")


# -- organisations ----------------------------------------------------------
def organisations_like(words: str, limit: int = 10) -> list[Organisation]:
    """Organisations that still exist and whose name holds every word, or that have this ODS code; by name."""
    named = Q()
    typed = words.replace("\x00", "").split()[:6]
    for word in typed:
        # SQLite folds ASCII only: a word with other letters is looked for as it may be written.
        forms = {word, word.lower(), word.upper(), word.capitalize()}
        one = Q(name__icontains=word)
        for form in forms if not word.isascii() else ():
            one |= Q(name__contains=form)
        named &= one
    if not typed:
        return []
    rows = Organisation.objects.filter(named | Q(ods_code=words.strip().upper()))
    still = Q(valid_to=None) | Q(valid_to__gte=timezone.localdate())
    return list(rows.filter(still).order_by("name", "pk")[:limit])


def organisation_by_ref(ref: str) -> Organisation | None:
    """One organisation by its reference; organisations belong to no site."""
    return Organisation.objects.filter(ref=normalise_ref(ref)).first()


def organisation_named(text: str) -> Organisation | None:
    """One organisation by its reference or its ODS code, in any case."""
    code = Organisation.objects.filter(ods_code=text.strip().upper()).first()
    return code or organisation_by_ref(text)
