"""The embedded default: one hub on one machine, demo data unless ``DEMO=0``."""

from django.core.management.utils import get_random_secret_key

from hubapp.settings.base import *  # noqa: F403 - settings modules extend each other
from hubapp.settings.base import DATA_DIR, env

DEMO = env.bool("DEMO", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])


def _secret_key() -> str:
    """A key of this installation's own, made once and kept beside its data."""
    kept = DATA_DIR / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key())
    return kept.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key()
