"""Settings of the benchmark: those of a real start, and beside them a count of queries and two floors."""

from hubapp.settings.local import *  # noqa: F403 - settings modules extend each other
from hubapp.settings.local import BASE_DIR, MIDDLEWARE, TEMPLATES

DEBUG = False
DEMO = False
ROOT_URLCONF = "tests.bench.urls"
MIDDLEWARE = ["tests.bench.middleware.CountQueries", *MIDDLEWARE]
TEMPLATES = [
    {**TEMPLATES[0], "DIRS": [*TEMPLATES[0]["DIRS"], BASE_DIR / "tests" / "bench" / "templates"]}
]
