"""The places of a message template that are filled in for each idea: {title}, {name} …"""

import re
from collections.abc import Mapping

# Name → what stands there, in words.
PLACES = {
    "title": "the title of the idea",
    "reference": "its reference",
    "site": "the name of your hub",
    "due_date": "the day by which you answer",
    "name": "the submitter’s name",
}
_PLACE = re.compile(r"\{([^{}\n]{0,60})\}")


def shown(name: str) -> str:
    """ "{title}" for "title"."""
    return "{" + name + "}"


LIST = ", ".join(map(shown, PLACES))


def unknown_in(text: str) -> list[str]:
    """What stands in curly brackets and is no place, as it stands; a lone bracket is one too."""
    found = [shown(name) for name in _PLACE.findall(text) if name not in PLACES]
    rest = _PLACE.sub("", text)
    return list(dict.fromkeys([*found, *re.findall(r"[{}]", rest)]))


def left_in(text: str) -> list[str]:
    """The places that stand in a text unfilled."""
    return list(dict.fromkeys(shown(name) for name in _PLACE.findall(text) if name in PLACES))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the places filled in; one without a value stays, so that whoever sends it sees it.

    But for a name that nobody gave: "Hello {name}," becomes "Hello,".
    """
    if not values.get("name"):
        text = re.sub(r" ?\{name\}", "", text)
    return _PLACE.sub(lambda match: values.get(match[1]) or match[0], text)
