"""What happened: audit, timeline and webhook source in one append-only table."""

from hubapp.events.services import operation, record, record_many

__all__ = ["operation", "record", "record_many"]
