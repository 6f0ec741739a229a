"""Sessions in the database, found only by what can be a session's key."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions


class SessionStore(DatabaseSessions):
    """A cookie may hold anything, also a NUL that PostgreSQL cannot be asked about."""

    def _validate_session_key(self, key) -> bool:
        known = super()._validate_session_key(key)  # type: ignore[misc]  # not in the stubs
        return bool(known and key.isascii() and key.isalnum())
