"""The house that every app lives in: settings, wiring by name, events, outbox, disclosure.

``hubapp`` imports no app. What it must know of them is strings (URL includes,
task names) or registered with it through :mod:`hubapp.hooks`.
"""

from hubapp.celery import app as celery_app

__all__ = ["celery_app"]
