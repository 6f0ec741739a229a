"""The permission door of the API; the other is :class:`hubapp.web.doors.Door`."""

from rest_framework.permissions import BasePermission

from hubapp.api.problems import refused_to

# For a view that asks only that somebody is known.
SIGNED_IN = ""
# What a viewset calls a method that it does not have, and OPTIONS, which none has.
NO_ACTION = (None, "metadata")


class HasPerm(BasePermission):
    """Asks ``request.user.has_perm`` for what the view's ``perms`` names for the action.

    1. Nobody known: 401 before anything else.
    2. A key without the scope: 403, before any record is looked up. For
       lists and creates the same is asked of people (nowhere allowed: 403).
    3. The record is looked up among what the caller may see: else 404.
    4. The permission on the record, or for a create on its site: else 403.

    An action that ``perms`` does not name is refused.
    """

    def has_permission(self, request, view) -> bool:
        if not request.user.is_authenticated:
            return False
        action = getattr(view, "action", request.method.lower())
        if action in NO_ACTION:
            return True  # the view answers 405
        if action not in view.perms:
            return False
        permission = view.perms[action]
        if permission == SIGNED_IN:
            return True
        is_key = request.user.viewer.is_key
        if (is_key or not view.detail) and not request.user.has_perm(permission):
            raise refused_to(request.user.viewer)
        return True

    def has_object_permission(self, request, view, obj) -> bool:
        permission = view.perms[view.action]
        if permission == SIGNED_IN:
            return True
        if not request.user.has_perm(permission, view.permission_object(obj)):
            raise refused_to(request.user.viewer)
        return True
