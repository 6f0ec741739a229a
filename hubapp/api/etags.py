"""ETags from reference and version, and ``If-Match`` on every write to something that exists."""

import re

from rest_framework.request import Request

from hubapp.api.problems import Problem

CHANGED = "Somebody changed this since you read it. Read it again, then decide whether your change still holds."
MISSING = (
    "Send If-Match with the ETag of what you read, so that nobody's change is overwritten unseen."
)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag_of(ref: str, version: int) -> str:
    """The ETag of a record at a version."""
    return f'"{ref}-{version}"'


def matches(header: str, etag: str) -> bool:
    """Whether a list of ETags holds ``etag``; ``*`` holds any.

    A proxy that compresses marks tags as weak (``W/``); the record is the same.
    """
    return header.strip() == "*" or etag.strip('"') in _TAG.findall(header)


def require_match(request: Request, etag: str) -> None:
    """Refuse a write whose ``If-Match`` is missing (428) or stale (412)."""
    header = request.headers.get("If-Match", "")
    if not header.strip():
        raise Problem(428, MISSING, {"If-Match": ["This header is needed."]})
    if not matches(header, etag):
        raise Problem(412, CHANGED, {"If-Match": ["This is not the present ETag."]})
