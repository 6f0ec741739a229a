"""The Celery application and the one beat table.

Every periodic task of the product is in :data:`BEAT`, so that one look tells
what happens when. A test resolves each name.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubapp.settings.local")

app = Celery("hubapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The hubapp package keeps its own tasks one level down.
app.autodiscover_tasks(["hubapp.api", "hubapp.outbox", "hubapp.notifications", "hubapp.health"])

BEAT = {
    # name in the table: (task, schedule in seconds or a crontab in Europe/London)
    "heartbeat": ("hubapp.health.beat", 10.0),
    "outbox sweep": ("hubapp.outbox.sweep", 15.0),
    "outbox tidy": ("hubapp.outbox.tidy", crontab(minute=50, hour=3)),
    "idempotency tidy": ("hubapp.api.tidy", crontab(minute=15)),
    "remind unconfirmed": ("portfolio.remind_unconfirmed", crontab(minute=10, hour="7-19")),
    "delete unconfirmed": ("portfolio.delete_unconfirmed", crontab(minute=20, hour=3)),
    "delete stale drafts": ("portfolio.delete_stale_drafts", crontab(minute=40, hour=3)),
    "bring back parked": ("portfolio.bring_back_parked", crontab(minute=5, hour="6-19")),
    "remind asked": ("portfolio.remind_asked", crontab(minute=15, hour="8-17")),
    "expire asks": ("portfolio.expire_asks", crontab(minute=25)),
    "imports left behind": ("portfolio.resume_imports", 60.0),
    "import files past their use": ("portfolio.forget_import_files", crontab(minute=30, hour=3)),
    "mail in": ("portfolio.read_mail", 60.0),
    "presence tidy": ("portfolio.tidy_presence", crontab(minute=35)),
    "mail tidy": ("portfolio.tidy_mail", crontab(minute=55, hour=3)),
    "close rounds": ("maturity.close_rounds", crontab(minute="7,37")),
    # Every quarter of an hour, so that one missed while the machine was down is made up for.
    "daily digest": ("accounts.send_digests", crontab(minute="*/15", hour="7-11")),
    "forget files of ratings": ("maturity.forget_old_files", crontab(minute=52)),
    "remind of rounds": ("maturity.remind_due", crontab(minute=45, hour="8-17")),
    "kpis due": ("kpis.compute_due", 120.0),
}

app.conf.beat_schedule = {
    name: {"task": task, "schedule": schedule} for name, (task, schedule) in BEAT.items()
}
