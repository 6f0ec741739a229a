"""Which files are taken, judged by what is in them and never by what they say they are.

A file is taken only if its name ends in one of :data:`TYPES` and its content is
that. What is not taken raises :class:`NotTaken`, whose text is a sentence for
the person who chose the file. Nothing is unpacked to disk, and no file is ever
shown inside a page: what is stored is only handed out as a download.
"""

import copy
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import puremagic
from charset_normalizer import from_bytes
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

MAX_BYTES = 10_000_000
MAX_FILES = 5
NAME_LENGTH = 120
# What an office file may unpack to, and into how many parts: above it, it is made to harm.
MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 200
MAX_PARTS = 3000
# Parts of it that are looked into.
MAX_LIST_BYTES = 2_000_000
CHUNK = 1 << 20

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
# Ending → the type it is stored and sent with.
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": f"{_OOXML}wordprocessingml.document",
    "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "pptx": f"{_OOXML}presentationml.presentation",
    "odt": f"{_ODF}text",
    "ods": f"{_ODF}spreadsheet",
    "txt": "text/plain",
    "csv": "text/csv",
}
# For the chooser of a browser.
ACCEPT = ",".join(f".{ending}" for ending in TYPES)
TAKEN_WORDS = (
    "PDF, pictures (PNG, JPEG, GIF, WebP), Word, Excel and PowerPoint without macros (.docx, .xlsx,"
    " .pptx), OpenDocument (.odt, .ods), text and CSV"
)
HINT = (
    f"{TAKEN_WORDS}. At most {MAX_FILES} files of {MAX_BYTES // 1_000_000} MB each."
    " Leave out anything that could tell who a patient is."
)

_MAIN_PART = {
    "docx": f"{_OOXML}wordprocessingml.document.main+xml",
    "xlsx": f"{_OOXML}spreadsheetml.sheet.main+xml",
    "pptx": f"{_OOXML}presentationml.presentation.main+xml",
}
_MACRO_ENDINGS = frozenset(
    {"docm", "dotm", "xlsm", "xltm", "xlsb", "xlam", "pptm", "potm", "ppsm", "ppam", "sldm"}
)
_OLD_OFFICE = {"doc": ".docx", "xls": ".xlsx", "ppt": ".pptx", "rtf": ".docx"}
_ARCHIVES = frozenset({"zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "zst", "cab", "iso"})
_PROGRAMS = frozenset(
    {
        "exe", "dll", "com", "bat", "cmd", "msi", "scr", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta",
        "jar", "sh", "app", "apk", "lnk", "reg", "cpl", "pif", "py", "pl", "php", "iqy", "chm", "elf",
    }
)  # fmt: skip
_PAGES = frozenset({"html", "htm", "xhtml", "mht", "mhtml", "svg", "svgz", "xml"})
# Text that a program would run or a browser would draw, whatever the file is called.
_MARKUP = re.compile(
    r"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|\?php)\b|<\?(?:xml|php)",
    re.IGNORECASE,
)
# Of the address of a template; one on somebody's own disk (file:///C:/…) is not elsewhere.
_ELSEWHERE = re.compile(
    r"\s*(?!file:)[a-z][a-z0-9+.-]+:|\s*(?:file:)?[/\\]{4}|\s*(?:file:)?[/\\]{2}(?![/\\])",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class NotTaken(Exception):
    """The file is not taken; the text is a sentence that says why and what helps."""


@dataclass(frozen=True, slots=True)
class SafeFile:
    """A file that was looked at: its cleaned name, the type found in its content, and its bytes."""

    name: str
    content_type: str
    data: bytes


def ending_of(name: str) -> str:
    """What follows the last dot, in lower case; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def clean_name(name: str) -> str:
    """A file's name as it may be shown and sent: no folders, nothing invisible, at most 120 characters.

    Marks that turn the direction of writing round would let ``exe.pdf`` look like ``fdp.exe``.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())
    name = re.split(r"[/\\]", name)[-1]
    # Cc: control; Cf: invisible and bidirectional marks; Cs, Co, Cn: no character at all; Zl, Zp: breaks.
    name = "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in name
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")
    )
    name = re.sub(r'[<>:"|?*]', "_", " ".join(name.split())).rstrip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:NAME_LENGTH].strip() or "file"
    ending = ending[:10].strip()
    return f"{stem[: NAME_LENGTH - 1 - len(ending)].strip('. ') or 'file'}.{ending}"


def check(name: str, data: bytes) -> SafeFile:
    """Look at a file.

    :param name: as the person's machine calls it
    :param data: all of its bytes
    :raises NotTaken: empty, too large, of a kind that is not taken, or not what its name says
    """
    name = clean_name(name)
    ending = ending_of(name)
    shown = f"“{name}”"
    if not data:
        raise NotTaken(f"{shown} is empty. Choose a file with something in it.")
    if len(data) > MAX_BYTES:
        raise NotTaken(
            f"{shown} is larger than {MAX_BYTES // 1_000_000} MB. Choose a smaller file."
        )
    _refuse_ending(shown, ending)
    _LOOK[ending](shown, ending, data)
    return SafeFile(name, TYPES[ending], data)


def check_number(count: int) -> None:
    """Refuse too many files at once.

    :raises NotTaken: more than :data:`MAX_FILES`
    """
    if count > MAX_FILES:
        raise NotTaken(f"Choose at most {MAX_FILES} files at once; these are {count}.")


def _refuse_ending(shown: str, ending: str) -> None:
    if ending in TYPES:
        return
    if ending in _MACRO_ENDINGS:
        raise NotTaken(f"{shown} can hold macros, which are not taken. Save it without them.")
    if ending in _OLD_OFFICE:
        raise NotTaken(
            f"{shown} has an old format, which can hold macros. Save it as {_OLD_OFFICE[ending]}"
            " or as a PDF."
        )
    if ending in _ARCHIVES:
        raise NotTaken(f"{shown} is an archive. Send the files in it one by one.")
    if ending in _PROGRAMS:
        raise NotTaken(f"{shown} is a program, and programs are not taken.")
    if ending in _PAGES:
        raise NotTaken(f"{shown} is a web page or drawing that can run scripts. Save it as a PDF.")
    raise NotTaken(f"{shown} is of a kind that is not taken. These are: {TAKEN_WORDS}.")


# -- one kind each --------------------------------------------------------------------


def _magic(shown: str, ending: str, data: bytes) -> None:
    """PDF and pictures: known by how they begin."""
    try:
        found = {match.extension.lstrip(".") for match in puremagic.magic_string(data[:65_536])}
    except (puremagic.PureError, ValueError):
        found = set()
    wanted = {"jpg", "jpeg", "jfif"} if ending in ("jpg", "jpeg") else {ending}
    if not wanted & found:
        raise _other(shown, ending, data, found)


def _other(shown: str, ending: str, data: bytes, found: Iterable[str] = ()) -> NotTaken:
    """The sentence for content that is not what the name says."""
    found = set(found)
    if data[:2] == b"MZ" or data[:4] == b"\x7fELF" or data[:2] == b"#!" or found & _PROGRAMS:
        return NotTaken(f"{shown} is a program, and programs are not taken.")
    if _MARKUP.search(data[:4096].decode("utf-8", "replace")):
        return NotTaken(f"{shown} is a web page or drawing that can run scripts. Save it as a PDF.")
    if data[:4] == b"\xd0\xcf\x11\xe0":
        return NotTaken(
            f"{shown} has an old format or a password. Open it and save it as .{ending} without one."
        )
    return NotTaken(
        f"{shown} is not what its name says: there is no {ending.upper()} in it. Open it, save it as"
        f" .{ending} and choose it again."
    )


def _archive(shown: str, ending: str, data: bytes) -> zipfile.ZipFile:
    """The parts of an office file, whose list promises nothing that would do harm."""
    if not data.startswith(b"PK\x03\x04"):
        raise _other(shown, ending, data)
    damaged = NotTaken(f"{shown} is damaged. Open it, save it again and choose it again.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise damaged from error
    if len({part.filename.lower().lstrip("/") for part in parts}) < len(parts):
        # Which of two parts of one name a program opens, nobody knows.
        raise damaged
    if any(part.flag_bits & 1 for part in parts):
        raise NotTaken(f"{shown} has a password. Save it without one.")
    bomb = NotTaken(f"{shown} would unpack to far more than a document holds, so it is not taken.")
    limit = min(MAX_UNPACKED_BYTES, MAX_RATIO * len(data) + CHUNK)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > limit:
        raise bomb
    # The list may lie: what really comes out of each part is counted, and thrown away.
    unpacked = 0
    for part in parts:
        told = part.file_size
        real = copy.copy(part)
        # Read to the end of what is packed, not to the size that is told, which would then fit.
        real.file_size, real.CRC = limit + 1, None  # type: ignore[assignment]  # None: not compared
        size = 0
        try:
            with archive.open(real) as opened:
                while chunk := opened.read(CHUNK):
                    size += len(chunk)
                    if unpacked + size > limit:
                        raise bomb
        except NotTaken:
            raise
        except (
            Exception
        ) as error:  # zipfile and its decompressors raise whatever damage happens to break
            raise damaged from error
        if size != told:
            raise damaged
        unpacked += size
    return archive


def _names(archive: zipfile.ZipFile) -> set[str]:
    return {part.filename.lower().lstrip("/") for part in archive.infolist()}


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One small part; empty where it is missing or larger than such a part is."""
    for part in archive.infolist():
        if part.filename.lower().lstrip("/") == name.lower() and part.file_size <= MAX_LIST_BYTES:
            return archive.read(part)
    return b""


def _office(shown: str, ending: str, data: bytes) -> None:
    """Word, Excel, PowerPoint: the list of contents says which, and that no macro is in it."""
    archive = _archive(shown, ending, data)
    names = _names(archive)
    kinds = _content_types(shown, _part(archive, "[Content_Types].xml"))
    macros = any(
        mark in kind for kind in kinds for mark in ("macroenabled", "vbaproject", "macrosheet")
    ) or any(
        name.endswith(("vbaproject.bin", "vbadata.xml"))
        or "/activex/" in name
        or "/macrosheets/" in name
        # Also in a document that lies in this one.
        or ending_of(name) in _MACRO_ENDINGS
        for name in names
    )
    if macros:
        raise NotTaken(f"{shown} holds macros, which are not taken. Save it without them.")
    if _MAIN_PART[ending] not in kinds:
        raise _other(shown, ending, data)
    if any(ending_of(name) in _PROGRAMS for name in names):
        raise NotTaken(f"{shown} has a program in it, and programs are not taken.")
    for name in names:
        if name.endswith("settings.xml.rels") and _loads_from_elsewhere(_part(archive, name)):
            raise NotTaken(
                f"{shown} loads its template from elsewhere, which can bring macros. Save it as a PDF."
            )


def _loads_from_elsewhere(relations: bytes) -> bool:
    """Whether a list of relations names a template on another machine; one that cannot be read may."""
    try:
        root = ElementTree.fromstring(relations)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return True
    return any(
        element.get("Type", "").endswith("attachedTemplate")
        and element.get("TargetMode") == "External"
        and _ELSEWHERE.match(element.get("Target", ""))
        for element in root.iter()
    )


def _content_types(shown: str, listed: bytes) -> set[str]:
    """Every content type that an office file's list names, in lower case."""
    try:
        root = ElementTree.fromstring(listed)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise NotTaken(
            f"{shown} is not what its name says, or is damaged. Open it, save it again and choose it again."
        ) from error
    return {element.get("ContentType", "").lower() for element in root}


def _open_document(shown: str, ending: str, data: bytes) -> None:
    """OpenDocument: its first part says which."""
    archive = _archive(shown, ending, data)
    if _part(archive, "mimetype").decode("ascii", "replace").strip() != TYPES[ending]:
        raise _other(shown, ending, data)
    if any(name.startswith(("basic/", "scripts/")) for name in _names(archive)):
        raise NotTaken(f"{shown} holds macros, which are not taken. Save it without them.")


def _text(shown: str, ending: str, data: bytes) -> None:
    """Text and CSV: can be read as text, and is no page and no program."""
    if data[:2] == b"#!" or data[:4] == b"\x7fELF":
        raise _other(shown, ending, data)
    text = _decoded(data)
    if text is None or _CONTROL.search(text):
        raise _other(shown, ending, data)
    if _MARKUP.search(text[:65_536]):
        raise NotTaken(f"{shown} is a web page or drawing that can run scripts. Save it as a PDF.")


def _decoded(data: bytes) -> str | None:
    """The text of a text file in whatever encoding; None where it is no text."""
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    if b"\x00" in data:
        return None
    best = from_bytes(data[:65_536]).best()
    return str(best) if best is not None else None


_LOOK: dict[str, Callable[[str, str, bytes], None]] = {
    **dict.fromkeys(("pdf", "png", "jpg", "jpeg", "gif", "webp"), _magic),
    **dict.fromkeys(_MAIN_PART, _office),
    **dict.fromkeys(("odt", "ods"), _open_document),
    **dict.fromkeys(("txt", "csv"), _text),
}
