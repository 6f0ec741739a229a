"""Permissions: declared once each, with the roles that hold them, in words.

``grant`` is the only way to declare one; the roles table in ``docs/roles.md``
and on the roles page is generated from :data:`PERMISSIONS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rules

from accounts.enums import DESK, EVERYONE, Role

Predicate = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission: ``words`` complete "may …"; ``scope`` is what an API key needs for it."""

    name: str
    words: str
    roles: tuple[Role, ...]
    scope: str = ""
    coordinator: bool = False
    # Who else, in words, when ``also`` admits people by something other than role.
    also_words: str = ""
    only_words: str = ""


PERMISSIONS: dict[str, Permission] = {}


def grant(
    name: str,
    words: str,
    *,
    roles: tuple[Role, ...] = (),
    scope: str = "",
    coordinator: bool = False,
    only: Predicate | None = None,
    only_words: str = "",
    also: Predicate | None = None,
    also_words: str = "",
) -> None:
    """Declare who may do what.

    :param roles: roles at the object's site that hold it (at any site when asked without object)
    :param scope: the API scope that gives it to a key of the object's site
    :param coordinator: whether coordinators of the object (a network) hold it
    :param only: a predicate ``(viewer, obj)`` that must hold as well, asked only with an object
    :param also: a predicate ``(viewer, obj)`` that admits others, asked only with an object
    """
    permission = Permission(name, words, roles, scope, coordinator, also_words, only_words)
    PERMISSIONS[name] = permission

    def holds(user: Any, obj: Any = None) -> bool:
        viewer = getattr(user, "viewer", None)
        if viewer is None:
            return False
        if obj is None:
            return (
                viewer.has_role(None, roles)
                or bool(scope and scope in viewer.scopes)
                or (coordinator and bool(viewer.networks))
            )
        network_id = obj.pk if obj._meta.label_lower == "accounts.network" else None
        if network_id is not None:
            return coordinator and network_id in viewer.network_ids
        site_id = obj.site_id
        if viewer.is_key:
            held = bool(scope) and scope in viewer.scopes and site_id in viewer.site_ids
        else:
            held = viewer.has_role(site_id, roles)
        if held and only is not None:
            held = only(viewer, obj)
        return held or bool(also is not None and also(viewer, obj))

    rules.set_perm(name, rules.predicate(holds, name=name)) if rules.perm_exists(
        name
    ) else rules.add_perm(name, rules.predicate(holds, name=name))


grant("accounts.view_site", "open the site’s own page", roles=EVERYONE, scope="sites:read")
grant(
    "accounts.manage_members", "invite, change, cover and remove members", roles=(Role.SITE_LEAD,)
)
grant("accounts.manage_site", "change the site's settings", roles=(Role.SITE_LEAD,))
grant("accounts.manage_keys", "make and revoke API keys", roles=(Role.SITE_LEAD,))
grant("accounts.view_members", "see the members and their roles", roles=DESK)
grant("accounts.view_audit", "read what happened at the site", roles=DESK)
grant("accounts.coordinate_network", "open the network’s own page", coordinator=True)
