"""How often a caller may ask."""

from rest_framework.throttling import SimpleRateThrottle


class CallerThrottle(SimpleRateThrottle):
    """The rate ``api``, counted for each key or person, wherever they call from."""

    scope = "api"

    def get_cache_key(self, request, view) -> str:
        actor = request.user.actor
        return self.cache_format % {"scope": self.scope, "ident": f"{actor.kind}-{actor.ref}"}
