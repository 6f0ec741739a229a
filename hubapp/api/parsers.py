"""Reading JSON, and nothing that could hurt."""

import json
import math

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

TOO_LARGE = f"What was sent is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."


class JSONParser(BaseParser):
    """UTF-8 JSON of a bounded size. REST framework's own has no bound and no answer to deep nesting."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(limit + 1)
        if len(data) > limit:
            raise ParseError(TOO_LARGE)
        try:
            return json.loads(data.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
        except UnicodeDecodeError as error:
            raise ParseError("What was sent is not UTF-8 text.") from error
        except RecursionError as error:
            raise ParseError("What was sent is nested too deeply.") from error
        except json.JSONDecodeError as error:
            raise ParseError(f"What was sent is not JSON: {error}.") from error
        except ValueError as error:
            raise ParseError(
                "What was sent holds a number that is too long or not finite."
            ) from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN, Infinity: Python reads them, JSON has none


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
