"""Handing out a stored file: to be saved, never to be shown."""

from typing import Any

from django.http import FileResponse


def as_download(content: Any, *, name: str, content_type: str) -> FileResponse:
    """``content`` (an opened file, closed when it is sent) as an attachment that no browser opens as a page.

    The type was found in the content; ``nosniff`` keeps browsers from finding
    another, and the sandbox from running anything should one open it all the same.
    """
    response = FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
