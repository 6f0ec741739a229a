"""Who calls the API: a bearer key first, a session otherwise."""

from typing import Any

import rules
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions

from accounts import queries
from accounts.models import ApiKey
from accounts.services import keys
from accounts.viewers import Viewer, key_is_usable, viewer_of_key
from hubapp.actors import Actor, ActorKind


class KeyPrincipal:
    """A key in the place of a user: the same question, ``has_perm``, the same predicates."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    pk = None

    def __init__(self, key: ApiKey):
        self.key = key
        self.viewer: Viewer = viewer_of_key(key)
        self.actor = Actor(ActorKind.KEY, key.ref)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return rules.has_perm(perm, self, obj)

    def __str__(self) -> str:
        return str(self.key)


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer hub_…``"""

    def authenticate(self, request):
        header = authentication.get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed("Send the key as “Authorization: Bearer <key>”.")
        key = queries.key_by_hash(keys.digest_of(header[1]))
        if key is None or not key_is_usable(key):
            raise exceptions.AuthenticationFailed("This API key is unknown, revoked or expired.")
        keys.note_use(key=key)
        return KeyPrincipal(key), key

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection; 401 rather than 403 for nobody."""

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """A key, in the OpenAPI file."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one site, made by its site lead. Its scopes say what it may do.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The browser's session, in the OpenAPI file. The cookie's name ends in the server's port."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "hubapp_session",
            "description": "Signed in at the browser.",
        }
