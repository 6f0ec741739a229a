"""A mail that came in, from its bytes to what somebody wrote: nothing is stored here.

Mails are written by every program there is and by people who mean harm, so no
header is trusted to be well formed and nothing raises but :class:`Unreadable`.
"""

import email
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

# Larger ones are not read beyond their headers: five files of 10 MB, as mails encode them.
MAX_BYTES = 75_000_000
MAX_PARTS = 200
MAX_HEADER = 2000
# The whole text that is kept beside the answer.
MAX_TEXT = 100_000
MAX_HTML = 1_000_000
# Where the answer is looked for; what takes a program apart begins far above it.
SEARCHED = 20_000
# A picture inside the text that is smaller is a logo of a signature.
LOGO_BYTES = 20_000
# The headers in which mail servers say whom a mail was really for, the surest first.
RECIPIENTS = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "To",
    "Cc",
    "Resent-To",
)
_AUTOMATIC_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_BLANK_LINES = re.compile(r"\n[ \t\r\f\v]*(?:\n[ \t\r\f\v]*){2,}")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Unreadable(Exception):
    """These bytes are no mail."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in a mail, as it came: not looked at yet."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail. ``answer`` is what was written; ``text`` all of it, with what it answers."""

    #: The Message-ID, empty where there is none.
    message_id: str
    #: A hash that is the same whenever this mail comes again.
    key: str
    #: Addresses in lower case.
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    is_automatic: bool
    answer: str = ""
    text: str = ""
    files: tuple[File, ...] = field(default=())
    #: Sentences about what was left out.
    left_out: tuple[str, ...] = field(default=())
    is_too_large: bool = False


def read(raw: bytes, *, recipients: Iterable[str] = (), sender: str | None = None) -> Incoming:
    """Take a mail apart.

    :param raw: the mail as it came; beyond :data:`MAX_BYTES` only its headers are read
    :param recipients: addresses that the mail server names, which headers may lack
    :param sender: the envelope's sender if the server names it; empty for bounces
    :raises Unreadable: no mail at all
    """
    too_large = len(raw) > MAX_BYTES
    if too_large:
        raw = re.split(rb"\r?\n\r?\n", raw[:1_000_000], maxsplit=1)[0] + b"\n\n"
    try:
        parsed = email.message_from_bytes(raw, policy=policy.compat32)
    except (RecursionError, ValueError, LookupError, TypeError) as error:
        raise Unreadable from error
    if not parsed.keys():
        raise Unreadable
    message_id = " ".join(_header(parsed, "Message-ID").split())[:250]
    froms = _addresses(parsed, ("From",))
    name, address = froms[0] if len(froms) == 1 else ("", "")
    found = [text.strip().strip("<>").lower() for text in recipients]
    found += [each for _, each in _addresses(parsed, RECIPIENTS)]
    incoming = Incoming(
        message_id=message_id,
        key=hashlib.sha256(message_id.encode() if message_id else raw).hexdigest(),
        sender=address,
        sender_name=name,
        recipients=tuple(dict.fromkeys(each for each in found if each)),
        is_automatic=_is_automatic(parsed, sender),
        is_too_large=too_large,
    )
    if too_large or incoming.is_automatic:
        return incoming
    text, files, left_out = _contents(parsed)
    whole = _stored(text)
    cut = len(whole) > MAX_TEXT
    return Incoming(
        message_id=incoming.message_id,
        key=incoming.key,
        sender=incoming.sender,
        sender_name=incoming.sender_name,
        recipients=incoming.recipients,
        is_automatic=False,
        answer=answer_in(whole),
        text=whole[:MAX_TEXT],
        files=tuple(files),
        left_out=(*left_out, *(["The end of a very long mail was left out."] if cut else [])),
    )


def answer_in(text: str) -> str:
    """What was written, without the mail that it answers and without a signature.

    Where nothing is left (somebody wrote between the lines of what they
    answer, say), it is the whole text.
    """
    # Blank lines by the thousand would keep the parser busy for seconds.
    short = _BLANK_LINES.sub("\n\n", text[:SEARCHED])
    replies = EmailReplyParser(languages=["en"]).read(short).replies
    if len(replies) == 1 and len(text) > SEARCHED:
        # Nothing is quoted as far as was searched: it may all be theirs.
        return text.strip()
    return _without_signature(replies[0].content if replies else "") or text.strip()


# The library takes all that follows "Thank you," for a signature. We take only what is one.
_DELIMITER = re.compile(r"^-- ?$")
_MADE_WITH = re.compile(r"^(?:Sent from|Get Outlook for)\b.{0,60}$", re.IGNORECASE)
_CLOSING = re.compile(
    r"^(?:(?:with )?(?:many |kind(?:est)? |best |warm |with )?(?:regards|thanks|wishes)|best|"
    r"all the best|yours (?:sincerely|faithfully|truly)|sincerely|thank you)[,.!]?$",
    re.IGNORECASE,
)
SIGNATURE_LINES = 8
SIGNATURE_LINE_LENGTH = 80


def _without_signature(text: str) -> str:
    lines = text.strip().split("\n")
    for place, line in enumerate(lines):
        after = [each for each in lines[place + 1 :] if each.strip()]
        if _DELIMITER.match(line) and len(after) <= 2 * SIGNATURE_LINES:
            return "\n".join(lines[:place]).strip()
        is_short = len(after) <= SIGNATURE_LINES and all(
            len(each) <= SIGNATURE_LINE_LENGTH for each in after
        )
        if place and is_short and (_MADE_WITH.match(line) or _CLOSING.match(line.strip())):
            return "\n".join(lines[:place]).strip()
    return text.strip()


def text_of_html(html: str) -> str:
    """HTML as plain text: what it quotes begins with ">", and nothing of it is run or fetched."""
    reader = _TextOfHtml()
    reader.feed(html[:MAX_HTML])
    reader.close()
    return reader.text()


# -- headers ------------------------------------------------------------------------


def _header(parsed: Message, name: str) -> str:
    value = parsed.get(name)
    return _words(str(value))[:MAX_HEADER] if value is not None else ""


def _words(value: str) -> str:
    """A header as people read it; one that cannot be decoded as it stands."""
    try:
        return _UNSTORABLE.sub("", str(make_header(decode_header(value))))
    except (ValueError, LookupError, TypeError):
        return _UNSTORABLE.sub("", value)


def _addresses(parsed: Message, names: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address in lower case) of every address in these headers."""
    values = [
        str(value)[: 20 * MAX_HEADER] for name in names for value in parsed.get_all(name, [])[:20]
    ]
    try:
        pairs = getaddresses(values)
    except (ValueError, IndexError, TypeError):
        return []
    return [
        (" ".join(_words(name).split())[:200], address.strip().lower()[:320])
        for name, address in pairs
        if "@" in address
    ]


def _is_automatic(parsed: Message, sender: str | None) -> bool:
    """Whether a program wrote it: an absence note, a bounce, a newsletter."""
    said = _header(parsed, "Auto-Submitted").partition(";")[0].strip().lower()
    if said and said != "no":
        return True
    if _header(parsed, "Precedence").strip().lower() in _AUTOMATIC_PRECEDENCE:
        return True
    returned = parsed.get("Return-Path")
    if sender == "" or (returned is not None and str(returned).strip() in ("", "<>")):
        return True
    if any(parsed.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients")):
        return True
    return parsed.get_content_type() == "multipart/report"


# -- what is in it -------------------------------------------------------------------


def _contents(parsed: Message) -> tuple[str, list[File], list[str]]:
    """The text, the files, and sentences about what was left out."""
    plain: list[str] = []
    pages: list[str] = []
    files: list[File] = []
    left_out: list[str] = []
    logos = 0
    waiting, seen = [parsed], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            left_out.append("The mail had so many parts that the last were left out.")
            break
        kind = part.get_content_type()
        if kind == "message/rfc822":
            left_out.append("A mail that was forwarded as a file was left out.")
            continue
        if part.is_multipart():
            inner = part.get_payload()
            waiting[:0] = [each for each in inner if isinstance(each, Message)]
            continue
        name = _file_name(part)
        disposition = str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()
        if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            (plain if kind == "text/plain" else pages).append(_text_of(part))
            continue
        if kind in ("text/calendar", "application/pgp-signature", "application/pkcs7-signature"):
            left_out.append("An invitation or a signature made by a program was left out.")
            continue
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        if disposition != "attachment" and part.get("Content-ID") and len(data) < LOGO_BYTES:
            logos += 1
            continue
        files.append(File(name or f"file.{_ending_for(kind)}", data))
    if logos:
        left_out.append("Small pictures inside the text, such as logos, were left out.")
    text = "\n\n".join(each.strip() for each in plain if each.strip())
    if not text:
        text = "\n\n".join(text_of_html(each).strip() for each in pages)
    return text, files, left_out


def _file_name(part: Message) -> str:
    try:
        return _words(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return "file"


def _ending_for(kind: str) -> str:
    ending = kind.partition("/")[2]
    return {"plain": "txt", "jpeg": "jpg"}.get(ending, re.sub(r"[^a-z0-9]", "", ending)[:10])


def _text_of(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset("utf-8") or "utf-8"
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError, TypeError):
        return data.decode("utf-8", "replace")


def _stored(text: str) -> str:
    """Text as it can be stored: one kind of line break, nothing invisible."""
    text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    return _UNSTORABLE.sub("", text).strip()


class _TextOfHtml(HTMLParser):
    """Collects the text of a page; blocks become lines, a quotation gets ">" before each."""

    BLOCKS = frozenset(
        {
            "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "footer", "form",
            "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
            "table", "tr", "ul",
        }
    )  # fmt: skip
    SILENT = frozenset({"head", "script", "style", "template", "title", "noscript"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs) -> None:
        if tag in self.SILENT:
            self._silent += 1
        if tag in self.BLOCKS:
            self._break(twice=tag == "p")
        if tag == "blockquote":
            self._quoted += 1
        if tag == "li":
            self._lines[-1] += "- "
        if tag == "td" and self._lines[-1]:
            self._lines[-1] += " "

    def handle_startendtag(self, tag: str, attrs) -> None:
        if tag in self.BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self.BLOCKS and tag != "br":
            self._break(twice=tag == "p")
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = re.sub(r"[\s\xa0]+", " ", data)
        line = self._lines[-1]
        if not line.strip():
            words = words.lstrip()
            if words and self._quoted:
                line = "> " * min(self._quoted, 5)
        self._lines[-1] = line + words

    def _break(self, *, twice: bool = False) -> None:
        if self._lines[-1].strip():
            self._lines.append("")
        if twice and len(self._lines) > 1 and self._lines[-2].strip():
            self._lines.append("")

    def text(self) -> str:
        """All of it."""
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self._lines)).strip()
