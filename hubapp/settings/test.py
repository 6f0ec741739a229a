"""Settings of the test suite: real database and broker, nothing slow that is not under test."""

import re
import tempfile
from os import environ as _environ
from pathlib import Path

# Tests must never write beside a developer's own data.
_environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="hubapp-test-"))

from hubapp.settings.base import *  # noqa: F403 - DATA_DIR must be set first
from hubapp.settings.base import DATA_DIR, REST_FRAMEWORK, STORAGES, THROTTLE_RATES

SECRET_KEY = "test-only-key-of-no-value"  # noqa: S105 - the tests' own
ALLOWED_HOSTS = ["*"]
DEMO = False
SITE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAIL_DIR = Path(DATA_DIR) / "mail"
# WhiteNoise warns at every client that nothing was collected.
(Path(DATA_DIR) / "staticfiles").mkdir(exist_ok=True)
# Redis where the machine has it, a database of its own for each process of the
# suite, so that none takes another's tasks.
CELERY_BROKER_TRANSPORT = None  # the broker is what its address says, never the folder of base
_redis = re.sub(r"/\d*$", "", _environ.get("TEST_REDIS_URL", ""))
if _redis:
    _process = int("".join(filter(str.isdigit, _environ.get("PYTEST_XDIST_WORKER", ""))) or 0)
    CELERY_BROKER_URL = f"{_redis}/{1 + _process}"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "max_retries": 0}
else:
    CELERY_BROKER_URL = "memory://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(THROTTLE_RATES, "100000/min"),
}
