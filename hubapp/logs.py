"""One line of JSON for each log record, with the request's id and no personal values."""

import logging
import re
from typing import Any

import structlog

# The secret half of a signed link, and of a link that resets a password.
_SECRET = re.compile(r"(?<=[\w-]\.)[\w-]{40,}|(?<=/)[a-z0-9]{6,}-[0-9a-f]{32,}")


def _hide_links(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Whoever reads the log must not be able to open what the links in it open."""
    for key, value in event.items():
        if isinstance(value, str) and "/" in value:
            event[key] = _SECRET.sub("…", value)
    return event


def formatter() -> logging.Formatter:
    """The formatter that ``LOGGING`` names."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_links,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer()
    )
