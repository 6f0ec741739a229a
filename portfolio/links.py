"""Links for people without an account: signed, so that nothing secret is stored.

A token is ``<ref>-<generation>.<signature>``. Raising the generation that the
record holds makes every earlier link worthless.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from hubapp.codes import code
from hubapp.refs import LENGTH, PATTERN

DRAFT = "draft"
CONFIRM = "confirm"
TRACK = "track"
ASK = "ask"
CODE_SALT = "portfolio.links.ask_code"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token names."""

    ref: str
    generation: int


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"portfolio.links.{purpose}", sep=".")


def make_token(purpose: str, ref: str, generation: int = 1) -> str:
    """The token for a record; the same every time until the generation changes."""
    return _signer(purpose).sign(f"{ref}-{generation}")


def open_token(purpose: str, token: str) -> Opened | None:
    """What a token names, or None for one that we never made for this purpose."""
    try:
        ref, generation = _signer(purpose).unsign(token[:200]).rsplit("-", 1)
    except (BadSignature, ValueError):
        return None
    if len(ref) != LENGTH or not generation.isdigit():
        return None
    return Opened(ref, int(generation))


def draft_path(ref: str) -> str:
    """Where a draft goes on."""
    return reverse("portfolio:draft", kwargs={"token": make_token(DRAFT, ref)})


def confirm_path(ref: str, generation: int = 1) -> str:
    """The page with the button that confirms an address; correcting the address raises the generation."""
    return reverse("portfolio:confirm", kwargs={"token": make_token(CONFIRM, ref, generation)})


def track_path(ref: str, generation: int) -> str:
    """The submitter's own page."""
    return reverse("portfolio:track", kwargs={"token": make_token(TRACK, ref, generation)})


def ask_path(ref: str, generation: int) -> str:
    """Where whoever is asked one thing answers it."""
    return reverse("portfolio:ask", kwargs={"token": make_token(ASK, ref, generation)})


def ask_code(ref: str, seed: str) -> str:
    """The code that proves who answers, six digits: from a random seed and the installation's secret key.

    So it is stored nowhere, and whoever reads the seed in the database cannot tell it.
    """
    return code(CODE_SALT, ref, seed)


# -- mail in ------------------------------------------------------------------------------

# 100 bits in base 32: mail servers may change the case of an address and allow 64 characters
# before the "@", so these are no tokens as above.
_REPLY_LENGTH = 20
_REPLY = re.compile(rf"({PATTERN})\.([A-Z2-7]{{{_REPLY_LENGTH}}})")


def _reply_signature(ref: str, key: str | bytes) -> str:
    digest = salted_hmac("portfolio.links.reply", ref, secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest).decode()[:_REPLY_LENGTH]


def reply_token(ref: str) -> str:
    """What makes a mail belong to the thread of the innovation ``ref``; opens nothing."""
    return f"{ref}.{_reply_signature(ref, settings.SECRET_KEY)}".lower()


def innovation_of_reply_token(token: str) -> str:
    """The reference of the innovation whose thread a token is for; empty for one we never made."""
    match = _REPLY.fullmatch(token.upper())
    if match is None:
        return ""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signed = any(constant_time_compare(_reply_signature(match[1], key), match[2]) for key in keys)
    return match[1] if signed else ""


def reply_address(ref: str) -> str:
    """Where a mail about the innovation ``ref`` may be answered; empty where no mail is taken in."""
    if not settings.INBOUND_EMAIL:
        return ""
    local, _, domain = settings.INBOUND_EMAIL.rpartition("@")
    return f"{local}+{reply_token(ref)}@{domain}"


def innovations_named_by(addresses: Iterable[str]) -> list[str]:
    """The references of the innovations whose reply address is among ``addresses``, each once."""
    if not settings.INBOUND_EMAIL:
        return []
    local, _, domain = settings.INBOUND_EMAIL.lower().rpartition("@")
    found = []
    for address in addresses:
        name, _, host = address.lower().rpartition("@")
        base, plus, token = name.partition("+")
        if plus and base == local and host == domain:
            found.append(innovation_of_reply_token(token))
    return [ref for ref in dict.fromkeys(found) if ref]
