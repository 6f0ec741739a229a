"""What happened: audit, timeline and webhook source in one append-only table."""

from hubapp.events.services import operation, record

__all__ = ["operation", "record"]
