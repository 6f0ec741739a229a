"""What may be shown to whom when it is a number.

Small counts of people are suppressed (``services``). What a maturity round shows of its
sites together is released once, frozen (``rounds``).
"""

from hubapp.disclosure.rounds import (
    ALL,
    Basis,
    Cell,
    Member,
    Pool,
    Release,
    TooFewChanged,
    choose_groups,
    release_round,
    restate_round,
    shortfall,
)
from hubapp.disclosure.services import Shown, disclose, threshold

__all__ = [
    "ALL",
    "Basis",
    "Cell",
    "Member",
    "Pool",
    "Release",
    "Shown",
    "TooFewChanged",
    "choose_groups",
    "disclose",
    "release_round",
    "restate_round",
    "shortfall",
    "threshold",
]
