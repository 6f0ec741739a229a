"""Charts drawn on the server as SVG."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart has."""

    template_name: ClassVar[str]
    title: str
    summary: str
