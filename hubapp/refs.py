"""Random references for whatever a URL or the API names.

Crockford base 32: no I, L, O or U, so that a reference read out over the
telephone arrives. Ten characters hold 50 bits: at a million records of a kind
the chance that a new one meets an old one is one in a thousand million, and a
unique constraint refuses it then.
"""

import secrets

from django.core.validators import RegexValidator
from django.db import models

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
PATTERN = f"[{ALPHABET}]{{{LENGTH}}}"


def new_ref() -> str:
    """A new random reference of ten characters."""
    # One draw of 50 bits, five for each character: imports make many.
    bits = secrets.randbits(5 * LENGTH)
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 5 * LENGTH, 5))


def normalise_ref(text: str) -> str:
    """What a person may have typed (lower case, spaces, O for 0, I or L for 1) as a reference."""
    kept = "".join(character for character in text.upper() if character.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))


class RefField(models.CharField):
    """The ``ref`` column: unique, random, never a sequence."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", LENGTH)
        kwargs.setdefault("default", new_ref)
        kwargs.setdefault("unique", True)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("validators", [RegexValidator(f"^{PATTERN}$")])
        super().__init__(**kwargs)
