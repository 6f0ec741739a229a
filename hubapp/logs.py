"""One line of JSON for each log record, with the request's id and no personal values."""

import logging
import re
from typing import Any

import structlog

# The secret half of a signed link, and of a link that resets a password.
_SECRET = re.compile(r"(?<=[\w-]\.)[\w-]{40,}|(?<=/)[a-z0-9]{6,}-[0-9a-f]{32,}")


# An address: mail servers repeat it when they refuse it.
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*")
# PostgreSQL's errors end in the values of the row that it refused.
_ROW = re.compile(r"DETAIL:.*?(?=\n\n(?:The above|During)|\nTraceback|\Z)", re.DOTALL)


def _hide(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Whoever reads the log must not learn whom it is about, nor open what the links in it open."""
    for key, value in event.items():
        if not isinstance(value, str):
            continue
        if "/" in value:
            value = _SECRET.sub("…", value)
        if "DETAIL:" in value:
            value = _ROW.sub("DETAIL: …", value)
        if "@" in value:
            value = _ADDRESS.sub("…@…", value)
        event[key] = value
    return event


def formatter() -> logging.Formatter:
    """The formatter that ``LOGGING`` names."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide,
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
