"""What a profile says, in the groups that rounds compare."""

from decimal import Decimal

from maturity.enums import WteBand


def band_of(wte: Decimal | None) -> WteBand | None:
    """The size of a function: under 3, 3 to under 8, 8 WTE or more; None where it was not said."""
    if wte is None:
        return None
    if wte < 3:
        return WteBand.SMALL
    return WteBand.MEDIUM if wte < 8 else WteBand.LARGE
