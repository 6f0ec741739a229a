"""Servers: every missing setting stops the start with a sentence that names it."""

from django.core.exceptions import ImproperlyConfigured

from hubapp.settings.base import *  # noqa: F403 - settings modules extend each other
from hubapp.settings.base import env

DEMO = False


def _required(name: str, meaning: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {meaning}. See docs/operations.md.")
    return value


SECRET_KEY = _required("SECRET_KEY", "a long random text that signs links and sessions")
ALLOWED_HOSTS = [
    h.strip()
    for h in _required(
        "ALLOWED_HOSTS", "the host names this hub answers to, comma separated"
    ).split(",")
]
SITE_URL = _required(
    "SITE_URL", "the address people open, such as https://hub.example.nhs.uk"
).rstrip("/")
_required("DATABASE_URL", "the PostgreSQL database, such as postgres://user:password@host/name")
_required("REDIS_URL", "the Redis server for tasks and cache")
_required("EMAIL_URL", "the mail server, such as smtp+tls://user:password@host:587")

SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.int("TRUSTED_PROXIES", default=1) else None
)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
