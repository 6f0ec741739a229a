"""Links for people without an account: signed, so that nothing secret is stored.

A token is ``<ref>-<generation>.<signature>``. Raising the generation that the
record holds makes every earlier link worthless.
"""

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import salted_hmac

from hubapp.refs import LENGTH

DRAFT = "draft"
CONFIRM = "confirm"
TRACK = "track"
ASK = "ask"
CODE_DIGITS = 6


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
    digest = salted_hmac("portfolio.links.ask_code", f"{ref}:{seed}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
