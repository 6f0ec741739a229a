"""NHS numbers in what people type: nobody's should reach the hub by accident. And how much a tag may be."""

import re
import unicodedata

# Digits in groups, parted by a few blanks or dashes of any kind ("943 476 5919").
_GAP = r"[\s\-\u2010-\u2015\u2212.]{1,3}"
_RUN = re.compile(rf"[0-9]+(?:{_GAP}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
LENGTH = 10

# Of one idea.
MOST_TAGS = 10
LONGEST_TAG = 40


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number (modulus 11)."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    # A remainder that would need the check digit 10 belongs to no number.
    return (11 - total % 11) % 11 == int(digits[-1])


def nhs_numbers_in(*texts: str) -> list[str]:
    """Every valid NHS number in the texts, as ten digits, each once, in order.

    Groups of digits count together when only blanks, dashes or dots part
    them, so that a number after a year ("in 2024 943 476 5919") is found too.
    """
    found: dict[str, None] = {}
    for text in texts:
        # Full-width digits and such are the same digits.
        for run in _RUN.finditer(unicodedata.normalize("NFKC", text or "")):
            groups = _GROUP.findall(run[0])
            for start in range(len(groups)):
                digits = ""
                for group in groups[start:]:
                    digits += group
                    if len(digits) >= LENGTH:
                        break
                if is_nhs_number(digits):
                    found[digits] = None
    return list(found)


def spaced(digits: str) -> str:
    """An NHS number as it is written: "943 476 5919"."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
