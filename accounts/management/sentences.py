"""What commands have in common: a refusal is a sentence, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from hubapp.problems import Refused


@contextmanager
def said_as_sentences() -> Iterator[None]:
    """Turn what services refuse into the command's own error."""
    try:
        yield
    except Refused as refusal:
        raise CommandError(str(refusal)) from refusal
    except ValidationError as error:
        if hasattr(error, "message_dict"):
            parts = [f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()]
        else:
            parts = error.messages
        raise CommandError(" ".join(parts)) from error
