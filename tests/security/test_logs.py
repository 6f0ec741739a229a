"""Logs: no addresses, no rows, no links that open something."""

import json
import logging
import smtplib
import sys

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError

from accounts.models import Person
from hubapp.logs import formatter
from portfolio import links
from tests import factories

EMAIL = "zebedee.o'quill+hub@test.example"


class RefusingBackend(BaseEmailBackend):
    """A mail server that repeats whom it does not know."""

    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({email_messages[0].to[0]: (550, b"unknown")})


def line_of(message: str, *args, exc_info=None) -> str:
    record = logging.LogRecord("test", logging.ERROR, __file__, 1, message, args, exc_info)
    return json.loads(formatter().format(record)).__repr__()


@pytest.mark.django_db
def test_a_refused_mail_names_nobody(settings, site, run_outbox, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    factories.innovation(site, "An idea", email=EMAIL)
    with caplog.at_level(logging.ERROR):
        run_outbox()
    failed = [record for record in caplog.records if record.exc_info]
    assert failed, "the failure is logged"
    for record in failed:
        written = formatter().format(record)
        assert "SMTPRecipientsRefused" in written
        assert "zebedee" not in written.casefold()


@pytest.mark.django_db
def test_a_refused_row_is_not_repeated():
    name = "\n".join(EMAIL.split("@")[0].split(".o'"))
    try:
        # An erased person has no words: the database refuses, and PostgreSQL repeats the row.
        Person.objects.create(name=name, email=EMAIL, erased_at="2026-01-01T00:00Z")
    except IntegrityError:
        written = line_of("it failed", exc_info=sys.exc_info())
    assert "IntegrityError" in written
    assert "zebedee" not in written.casefold()
    assert "quill" not in written


def test_a_link_in_a_log_opens_nothing():
    path = links.track_path("ABCDEFGHJK", 1)
    written = line_of("Not Found: %s", path)
    assert "/track/ABCDEFGHJK-1." in written
    assert path not in written
