"""The container's own question: does web answer ``/healthz``? Ends with status 0 or 1.

Standard library only. Asks under a name that ``ALLOWED_HOSTS`` lets in, and
says that the request came by HTTPS, as the proxy would.
"""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    host = first if first not in ("", "*") else "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
