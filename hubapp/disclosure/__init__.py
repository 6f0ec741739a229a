"""What may be shown to whom when it is a number: small counts of people are suppressed."""

from hubapp.disclosure.services import Shown, disclose, threshold

__all__ = ["Shown", "disclose", "threshold"]
