"""Links for raters without an account: signed, so that nothing secret is stored."""

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from hubapp.codes import code
from hubapp.refs import LENGTH

CODE_SALT = "maturity.links.rate_code"


def _signer() -> Signer:
    return Signer(salt="maturity.links.rate", sep=".")


def rate_token(ref: str, generation: int) -> str:
    """The token of a rater; the same every time until the generation changes."""
    return _signer().sign(f"{ref}-{generation}")


def open_rate_token(token: str) -> tuple[str, int] | None:
    """The reference and generation that a token names, or None for one that we never made."""
    try:
        ref, generation = _signer().unsign(token[:200]).rsplit("-", 1)
    except (BadSignature, ValueError):
        return None
    if len(ref) != LENGTH or not generation.isdigit():
        return None
    return ref, int(generation)


def rate_path(ref: str, generation: int) -> str:
    """Where somebody who was asked to rate does so."""
    return reverse("maturity:rate_by_link", kwargs={"token": rate_token(ref, generation)})


def rate_code(ref: str, seed: str) -> str:
    """The code that proves who rates."""
    return code(CODE_SALT, ref, seed)
