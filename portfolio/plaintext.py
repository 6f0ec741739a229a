"""Markdown and HTML as the plain text that an idea is kept in.

Headings, lists and tables stay readable; pictures, scripts and every tag go.
What comes out is text: a page still escapes it like anything typed.
"""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

# A text longer than this stays as it is: no field takes so much, whatever it turns into.
LONGEST = 100_000

_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")

# Comments of static sites, and what some of them write behind a link or a heading.
_COMMENT = re.compile(r"^\[(?:comment|//)\]:.*$", re.MULTILINE | re.IGNORECASE)
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[.#][\w .#\-\u202f]*\}")
# '!!! warning "Intended audience"' and '??? info' head a box.
_BOX = re.compile(r'^[ \t]*(?:!!!|\?\?\?\+?)[ \t]*\w*[ \t]*(?:"([^"\n]*)")?[ \t]*$', re.MULTILINE)
# Markdown inside HTML is no Markdown to its readers; around pictures it is meant as such.
_FIGURE = re.compile(r"</?fig(?:ure|caption)\b[^<>]*>", re.IGNORECASE)
_PICTURE = re.compile(r"!\[[^\]]{0,1000}\]\([^()\n]{0,1000}\)")
_SIGNS = re.compile(
    r"^#{1,6} |\*\*\S|!\[[^\]]*\]\(|\[[^\]\n]+\]\([^)\s]+\)|^```|</?[a-zA-Z][^<>]*>|^ *[-|: ]*-{3,}\|",
    re.MULTILINE,
)
# Without any of these a text is plain already.
_ANY = re.compile(r"[<>&`#*_\[\]|~\\]|^ *[-+=] ?", re.MULTILINE)
_IS_HTML = re.compile(r"\s*<(?:!doctype|html|body|div|p|ul|ol|h[1-6]|table|br)\b", re.IGNORECASE)

_DROPPED = frozenset({"script", "style", "svg", "iframe", "object", "template", "noscript", "head"})
_PARAGRAPHS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "blockquote",
        "figure",
        "figcaption",
        "table",
        "pre",
        "ul",
        "ol",
        "dl",
        "details",
        "summary",
        "aside",
        "main",
        "hr",
        "form",
    ]
)
_LINES = frozenset({"tr", "li", "dt", "dd", "br", "caption"})


def looks_formatted(text: str) -> bool:
    """Whether a text has signs of Markdown or HTML: two of any kind."""
    return len(_SIGNS.findall(text[:20_000])) > 1


def to_text(source: str) -> str:
    """The words of a Markdown or HTML text, with headings, lists and tables as lines.

    A link keeps its address if that leads somewhere from anywhere. A text
    that is neither comes out much as it went in, its paragraphs kept.
    """
    if len(source) > LONGEST or not _ANY.search(source):
        return source
    if not _IS_HTML.match(source):
        source = _PICTURE.sub("", _FIGURE.sub("\n\n", _COMMENT.sub("", source)))
        source = _BOX.sub(lambda box: box[1] or "", _ATTRIBUTES.sub("", source))
        source = _markdown.render(source)
    walker = _Walker()
    walker.feed(source)
    walker.close()
    if walker.dropping:
        # Something that is dropped was never closed: better its words than nothing after it.
        walker = _Walker(dropped=frozenset())
        walker.feed(source)
        walker.close()
    return walker.text()


class _Walker(HTMLParser):
    """Writes the text of HTML down, line by line."""

    def __init__(self, *, dropped: frozenset[str] = _DROPPED) -> None:
        super().__init__(convert_charrefs=True)
        self.dropped = dropped
        if not dropped:
            # Final in the stubs; the parser itself reads what the instance says.
            self.CDATA_CONTENT_ELEMENTS = ()  # type: ignore[misc]  # the parser has it as a constant
        self.dropping = 0
        self.written: list[str] = []
        # For each list that is open: None for bullets, or the next number.
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.preformatted = 0
        self.is_first_cell = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.dropped:
            self.dropping += 1
        elif tag == "li":
            self._line()
            if self.lists and self.lists[-1] is not None:
                mark = f"{self.lists[-1]}. "
                self.lists[-1] += 1
            else:
                mark = "- "
            self._mark("  " * max(0, len(self.lists) - 1) + mark)
        elif tag in ("ul", "ol"):
            self._paragraph() if not self.lists else self._line()
            start = dict(attrs).get("start") or "1"
            number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
            self.lists.append(number if tag == "ol" else None)
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.written)))
        elif tag in ("td", "th"):
            if not self.is_first_cell:
                self._space()
                self._mark(" | ")
            self.is_first_cell = False
        elif tag in _LINES:
            self._line()
            self.is_first_cell = True
        elif tag in _PARAGRAPHS and not self.lists:
            self._paragraph()
        elif tag in _PARAGRAPHS and not self._is_at_mark():
            self._line()
        if tag == "pre":
            self.preformatted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in self.dropped:
            self.dropping = max(0, self.dropping - 1)
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self._line() if self.lists else self._paragraph()
        elif tag == "a" and self.links:
            self._end_link(*self.links.pop())
        elif tag in _PARAGRAPHS and not self.lists:
            self._paragraph()
        elif tag == "tr":
            self._line()
        if tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)

    def handle_data(self, data: str) -> None:
        if self.dropping:
            return
        if self.preformatted:
            self.written.append(data.rstrip("\n"))
            return
        text = re.sub(r"\s+", " ", data)
        if not self.written or self.written[-1].endswith(("\n", " ")):
            text = text.lstrip(" ")
        if text:
            self.written.append(text)

    def text(self) -> str:
        lines = (line.rstrip() for line in "".join(self.written).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def _end_link(self, href: str, start: int) -> None:
        words = "".join(self.written[start:]).strip()
        if href.startswith(("http://", "https://")) and href != words:
            self.written.append(f" ({href})" if words else href)

    def _mark(self, text: str) -> None:
        if not self.dropping:
            self.written.append(text)

    def _space(self) -> None:
        """Take blanks at the end away."""
        if self.written:
            self.written[-1] = self.written[-1].rstrip(" ")

    def _is_at_mark(self) -> bool:
        """Whether nothing was written since the bullet or number of a list."""
        return bool(self.written) and bool(re.fullmatch(r" *(?:- |\d+\. )", self.written[-1]))

    def _line(self) -> None:
        if self.written and not self.written[-1].endswith("\n"):
            self.written.append("\n")

    def _paragraph(self) -> None:
        if self.written and not self.written[-1].endswith("\n\n"):
            self.written.append("\n\n")
