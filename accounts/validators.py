"""What a slug, a code and an address must look like."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from accounts.enums import RESERVED_SLUGS, SITE_PAGES

validate_site_code = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9-]{1,19}$",
    "Use 2 to 20 letters, digits or hyphens, starting with a letter or digit.",
)
validate_ods_code = RegexValidator(
    r"^[A-Z0-9]{3,10}$", "An ODS code is 3 to 10 capital letters and digits."
)

_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{1,39}$")


def _validate_slug(value: str, taken: frozenset[str]) -> None:
    if not _SLUG.fullmatch(value):
        raise ValidationError(
            "Use 2 to 40 lower-case letters, digits or hyphens, starting with a letter or digit."
        )
    if value in taken:
        raise ValidationError(f"“{value}” is an address of Hubapp itself. Choose another.")


def validate_network_slug(value: str) -> None:
    """2 to 40 lower-case letters, digits or hyphens, and not a page of a site."""
    _validate_slug(value, SITE_PAGES)


def validate_site_slug(value: str) -> None:
    """2 to 40 lower-case letters, digits or hyphens, and not an address of the product."""
    _validate_slug(value, RESERVED_SLUGS)


def normalise_email(text: str) -> str:
    """An address as it is stored and compared: trimmed, lower case."""
    return text.strip().lower()
