"""All that knows which database it is: PostgreSQL or SQLite."""

from hubapp.db.maintenance import maintenance

__all__ = ["maintenance"]
