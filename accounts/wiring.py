"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

from collections.abc import Iterable

from django.urls import reverse

from accounts import demo, mails
from accounts.enums import Role
from accounts.models import Site
from accounts.queries import keys_by_ref, memberships_by_ref
from accounts.viewers import Viewer
from hubapp import hooks, notifications
from hubapp.hooks import NavItem, Reference, SettingsItem

notifications.register("accounts.invitation", mails.invitation)
notifications.register("accounts.password_reset", mails.password_reset)
notifications.register("accounts.password_changed", mails.password_changed)

notifications.register("accounts.digest", mails.digest)

hooks.demo.register(demo.load)

SETTINGS_PAGES = frozenset(
    f"accounts:{name}"
    for name in (
        "site_details",
        "members",
        "member",
        "member_remove",
        "member_cover",
        "invite",
        "keys",
        "key_new",
        "audit",
    )
)
hooks.add_navigation(
    NavItem(
        "Settings",
        "accounts:settings",
        "accounts.view_members",
        order=900,
        covers=SETTINGS_PAGES,
        hint="Members, keys, what happened, and how this site works.",
    )
)
hooks.add_settings(
    SettingsItem(
        "Name and web address",
        "What the site is called and where it is found.",
        "accounts:site_details",
        "accounts.manage_site",
        order=10,
    ),
    SettingsItem(
        "Members and roles",
        "Who works here, what they may do, and invitations.",
        "accounts:members",
        "accounts.view_members",
        order=20,
    ),
    SettingsItem(
        "API keys",
        "Let another system read this site’s numbers and records.",
        "accounts:keys",
        "accounts.manage_keys",
        order=800,
    ),
    SettingsItem(
        "What happened",
        "Every change at this site: who, what and when.",
        "accounts:audit",
        "accounts.view_audit",
        order=900,
    ),
)

hooks.event_words.update(
    {
        "user.created": "An account was made",
        "user.digest_chosen": "A person chose whether to get the daily mail",
        "user.renamed": "A person changed their name",
        "user.password_set": "A password was set",
        "user.password_reset_asked": "A new password was asked for",
        "user.closed": "An account was closed",
        "person.erased": "A person was erased",
        "organisation.created": "An organisation was added",
        "site.created": "The site was set up",
        "site.changed": "The site’s name or web address changed",
        "site.host_set": "The site’s organisation was set",
        "network.created": "The network was set up",
        "network.site_added": "A site joined the network",
        "network.coordinator_added": "A coordinator was added",
        "network.coordinator_ended": "A coordinator was removed",
        "member.added": "A member was given a role",
        "member.ended": "A member’s role ended",
        "member.covered": "A member’s work went to colleagues",
        "member.functions_changed": "A reviewer’s functions changed",
        "invitation.sent": "An invitation was sent",
        "invitation.renewed": "An invitation was sent again",
        "invitation.revoked": "An invitation was taken back",
        "invitation.accepted": "An invitation was accepted",
        "api_key.created": "An API key was made",
        "api_key.revoked": "An API key was revoked",
    }
)


def _sites(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    wanted = set(refs)
    return {
        site.ref: Reference(site.name, site.get_absolute_url())
        for site in viewer.sites
        if site.ref in wanted
    }


hooks.references[Site._meta.label_lower] = _sites


def _members(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Members, for the leads who may open their page."""
    return {
        membership.ref: Reference(
            str(membership.user),
            reverse(
                "accounts:member",
                kwargs={"site": membership.site.slug, "ref": membership.user.ref},
            ),
        )
        for membership in memberships_by_ref(refs, viewer.site_ids_with((Role.SITE_LEAD,)))
    }


def _keys(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Keys, for the leads who may see them."""
    return {
        key.ref: Reference(key.name, reverse("accounts:keys", kwargs={"site": key.site.slug}))
        for key in keys_by_ref(refs, viewer.site_ids_with((Role.SITE_LEAD,)))
    }


hooks.references["accounts.membership"] = _members
hooks.references["accounts.apikey"] = _keys
