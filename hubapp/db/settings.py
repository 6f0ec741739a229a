"""The ``DATABASES`` entry."""

from pathlib import Path

import environ


def database(env: environ.Env, data_dir: Path) -> dict:
    """PostgreSQL from ``DATABASE_URL``; without it SQLite in ``data_dir``."""
    if env.str("DATABASE_URL", default=""):
        config = dict(env.db_url("DATABASE_URL"))
    else:
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data_dir / "hubapp.sqlite3")}
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            # A write transaction takes its lock at the start, so it never
            # fails half way because another process got there first.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    else:
        config.setdefault("CONN_MAX_AGE", 60)
        config.setdefault("CONN_HEALTH_CHECKS", True)
    return config
