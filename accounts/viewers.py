"""What somebody may see: their sites, roles and networks, loaded once for each request."""

from dataclasses import dataclass, field

from django.utils import timezone

from accounts.enums import Role
from accounts.models import ApiKey, Membership, Network, NetworkMembership, Site, SiteOldSlug, User


@dataclass(slots=True)
class Viewer:
    """Who looks. ``roles`` maps site ids to role slugs; a key has one site and scopes instead.

    Predicates and ``visible_to`` read only this and the object.
    """

    name: str
    user_id: int | None = None
    person_id: int | None = None
    sites: list[Site] = field(default_factory=list)
    roles: dict[int, frozenset[str]] = field(default_factory=dict)
    functions: dict[int, frozenset[str]] = field(default_factory=dict)
    networks: list[Network] = field(default_factory=list)
    scopes: frozenset[str] = frozenset()
    is_key: bool = False

    @property
    def site_ids(self) -> list[int]:
        """The ids of the viewer's sites."""
        return [site.pk for site in self.sites]

    @property
    def network_ids(self) -> list[int]:
        """The ids of the networks the viewer coordinates."""
        return [network.pk for network in self.networks]

    @property
    def home_site(self) -> Site | None:
        """The site whose navigation shows where a page belongs to none: the first, if any."""
        return self.sites[0] if self.sites else None

    def has_role(self, site_id: int | None, roles: tuple[str, ...]) -> bool:
        """Whether the viewer holds one of ``roles`` at the site; with no site, anywhere."""
        if site_id is None:
            return any(held & set(roles) for held in self.roles.values())
        return bool(self.roles.get(site_id, frozenset()) & set(roles))

    def site_ids_with(self, roles: tuple[str, ...]) -> list[int]:
        """Where the viewer holds one of ``roles``."""
        wanted = set(roles)
        return [site_id for site_id, held in self.roles.items() if held & wanted]

    def site_by_slug(self, slug: str) -> Site | None:
        """One of the viewer's own sites, or None: foreign and missing are the same."""
        return next((site for site in self.sites if site.slug == slug), None)

    def site_by_code(self, code: str) -> Site | None:
        """One of the viewer's own sites by its code, in any case."""
        return next((site for site in self.sites if site.code.upper() == code.upper()), None)

    def site_by_old_slug(self, slug: str) -> Site | None:
        """One of the viewer's own sites by a slug it once had."""
        old = SiteOldSlug.objects.filter(slug=slug, site_id__in=self.site_ids).first()
        return next((site for site in self.sites if old and site.pk == old.site_id), None)

    def network_by_slug(self, slug: str) -> Network | None:
        """One of the networks the viewer coordinates."""
        return next((network for network in self.networks if network.slug == slug), None)


def viewer_of_user(user: User) -> Viewer:
    """A user's viewer: two queries and the person; one where it is known that they coordinate no network."""
    roles: dict[int, set[str]] = {}
    functions: dict[int, set[str]] = {}
    sites: dict[int, Site] = {}
    memberships = Membership.objects.filter(
        user=user, ended_at=None, site__closed_on=None
    ).select_related("site")
    for membership in memberships.order_by("site__name", "site_id"):
        sites[membership.site_id] = membership.site
        roles.setdefault(membership.site_id, set()).add(membership.role)
        if membership.role == Role.REVIEWER:
            functions.setdefault(membership.site_id, set()).update(membership.functions)
    networks = _networks_of(user) if getattr(user, "coordinates", True) else []
    return Viewer(
        name=str(user.person),
        user_id=user.pk,
        person_id=user.person_id,
        sites=list(sites.values()),
        roles={site_id: frozenset(held) for site_id, held in roles.items()},
        functions={site_id: frozenset(held) for site_id, held in functions.items()},
        networks=networks,
    )


def _networks_of(user: User) -> list[Network]:
    """The networks that somebody coordinates."""
    rows = NetworkMembership.objects.filter(user=user, ended_at=None).select_related("network")
    return [held.network for held in rows.order_by("network__name")]


def viewer_of_key(key: ApiKey) -> Viewer:
    """A key's viewer: its site and its scopes, no role."""
    return Viewer(name=key.name, sites=[key.site], scopes=frozenset(key.scopes), is_key=True)


def key_is_usable(key: ApiKey) -> bool:
    """Neither revoked nor expired, and its site is open."""
    return (
        key.revoked_at is None
        and key.site.closed_on is None
        and (key.expires_at is None or key.expires_at > timezone.now())
    )
