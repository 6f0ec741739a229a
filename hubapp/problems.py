"""What services refuse, as sentences a page can show."""


class Refused(Exception):
    """The record's state does not allow it. ``str()`` is a sentence for the person who tried."""


class Stale(Refused):
    """Somebody else changed the record since the page was shown."""
