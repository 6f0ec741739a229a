"""Tables out of the files that people have: CSV as any program writes it, and Excel workbooks.

A file is never held in memory as a whole. What cannot be read raises
:class:`Unreadable`, whose text is a sentence for the person who chose the file.
"""

import codecs
import contextlib
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import openpyxl
from charset_normalizer import from_bytes
from django.conf import settings
from openpyxl.utils.escape import unescape

T = TypeVar("T")

# One cell can be as long as the file is allowed to be: that it is too long is
# said of its row, while the csv module would give up on the file.
csv.field_size_limit(max(csv.field_size_limit(), settings.IMPORT_MAX_BYTES))

DELIMITERS = ",;\t|"
CHUNK = 1 << 20
# Columns beyond this are not looked at; no table of ideas has as many.
MAX_COLUMNS = 256
# The last row that Excel knows.
MAX_ROWS = 1_048_576
# Parts of a workbook that are read whole (all but its sheets), unpacked.
MAX_STRINGS_BYTES = 2 * settings.IMPORT_MAX_BYTES
MAX_PART_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 20 * settings.IMPORT_MAX_BYTES
MAX_PARTS = 2000

_SAVE_AS = "Open it in your spreadsheet and save it as “CSV UTF-8” or as an Excel workbook (.xlsx)."
# How files begin that are something else.
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or a workbook with a password"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"\x1f\x8b", "a packed file"),
    (b"7z\xbc\xaf", "a packed file"),
    (b"Rar!", "a packed file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_BOMS = (
    # UTF-32's begins with UTF-16's, so it comes first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unreadable(Exception):
    """The file cannot be read; the text is a sentence that says why and what helps."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the number of the line on which it begins, as the person sees it, and its cells.

    Cells of a CSV file are texts; those of a workbook may be dates, numbers,
    booleans or None too.
    """

    line: int
    cells: list[Any]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return all(
            cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells
        )


def looks_like_workbook(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a zip archive, as workbooks are."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def records_of(
    file: IO[bytes], *, chooses: Callable[[list[str]], bool], max_rows: int = MAX_ROWS
) -> Iterator[Record]:
    """Every row that is not blank, the heading row first.

    :param file: seekable; read from its start
    :param chooses: told the texts of a possible heading row, says whether it is
        the one looked for; settles delimiter and sheet, which a file does not name
    :param max_rows: how far down a sheet is read, blank rows counted: a small file can name
        a million of them, which takes minutes
    :raises Unreadable: at once for what no table can be read from; later, with
        the line, for damage further on
    """
    file.seek(0)
    head = file.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable(
            "The file is empty. Choose a file with a heading row and at least one row below it."
        )
    if looks_like_workbook(head):
        return _without_blanks(_workbook_records(file, chooses, max_rows))
    for start, what in _OTHERS:
        if head.startswith(start):
            raise Unreadable(f"This is {what}, not a CSV file or an Excel workbook. {_SAVE_AS}")
    encoding = _encoding_of(file)
    return _without_blanks(_csv_records(file, encoding, chooses))


def _without_blanks(records: Iterable[Record]) -> Iterator[Record]:
    return (record for record in records if not record.is_blank)


def text_of(cell: Any) -> str:
    """A cell of any kind as the text that the person sees in it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return (
            cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "minutes")
        )
    return str(cell)


# -- CSV ------------------------------------------------------------------------


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _encoding_of(file: IO[bytes]) -> str:
    """The encoding in which the whole file decodes without a fault."""
    file.seek(0)
    head = file.read(4096)
    unknown = Unreadable(
        f"We cannot tell how the letters in this file are encoded, or it is not a table at all. {_SAVE_AS}"
    )
    bom = next((name for start, name in _BOMS if head.startswith(start)), "")
    if bom:
        if not _decodes(file, bom):
            raise unknown
        return bom
    # UTF-16 without a mark: every other byte of Latin text is zero.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5:
        wide = "utf-16-be" if even > odd else "utf-16-le"
        if min(even, odd) * 10 > max(even, odd) or not _decodes(file, wide):
            raise unknown
        return wide
    # In text the odd control character happens; in other data they are everywhere.
    odd_ones = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x00" for byte in head)
    if odd_ones > 8 and odd_ones * 50 > len(head):
        raise unknown
    if _decodes(file, "utf-8"):
        return "utf-8"
    return _guess(file, unknown)


def _guess(file: IO[bytes], unknown: Unreadable) -> str:
    """The encoding of what is not UTF-8, from the lines that tell."""
    telling = bytearray()
    file.seek(0)
    first_bad = 0
    some_utf8 = False
    for number, line in enumerate(file, start=1):
        if line.isascii():
            continue
        try:
            line.decode()
            some_utf8 = True
        except UnicodeDecodeError:
            first_bad = first_bad or number
        if len(telling) < 65_536:
            telling += line[:4096]
        if first_bad and some_utf8:
            # Read as anything else, the good lines would turn into "Ã©" and the like.
            raise Unreadable(
                f"Line {first_bad} has letters in another encoding than the rest of the file. {_SAVE_AS}"
            )
    best = from_bytes(bytes(telling), cp_isolation=["cp1252"]).best()
    if best is None or not _decodes(file, "cp1252"):
        raise unknown
    return "cp1252"


def _csv_records(
    file: IO[bytes], encoding: str, chooses: Callable[[list[str]], bool]
) -> Iterator[Record]:
    delimiter, skipped = _delimiter_of(file, encoding, chooses)
    yield from _csv_from(file, encoding, delimiter, skipped)


def _csv_from(file: IO[bytes], encoding: str, delimiter: str, skipped: int) -> Iterator[Record]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        for _ in range(skipped):
            text.readline()
        reader = csv.reader(text, delimiter=delimiter)
        line = skipped + 1
        try:
            for cells in reader:
                yield Record(line, cells)
                line = skipped + reader.line_num + 1
        except csv.Error as error:
            raise Unreadable(f"Line {line} cannot be read: {error}. {_SAVE_AS}") from error
        except UnicodeError as error:
            raise Unreadable(f"Line {line} has letters that cannot be read. {_SAVE_AS}") from error
    finally:
        # The file is the caller's: closing the wrapper must not close it, and
        # the caller may have closed it before a loop over the rows was given up.
        with contextlib.suppress(ValueError):
            text.detach()


def _delimiter_of(
    file: IO[bytes], encoding: str, chooses: Callable[[list[str]], bool]
) -> tuple[str, int]:
    """What parts the cells, and how many lines to skip ("sep=;", which Excel writes).

    The heading row decides: with the right delimiter it holds the columns that
    are looked for. If no delimiter gives those, the one that gives the most
    columns does. Prose below, full of commas, would mislead csv.Sniffer.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline(1000)
    finally:
        text.detach()
    named = re.fullmatch(r"sep=(.)[\r\n]+", first, re.IGNORECASE | re.DOTALL)
    if named:
        return named[1], 1
    widest, width = ",", 1
    for delimiter in DELIMITERS:
        heading = next(_without_blanks(_csv_from(file, encoding, delimiter, 0)), None)
        cells = heading.cells if heading else []
        if chooses([text_of(cell) for cell in cells]):
            return delimiter, 0
        if len(cells) > width:
            widest, width = delimiter, len(cells)
    return widest, 0


# -- Excel ----------------------------------------------------------------------


def check_archive(file: IO[bytes]) -> None:
    """Look at a zip archive's list of contents before anything of it is unpacked.

    :raises Unreadable: it is no workbook, damaged, or would unpack to too much
    """
    damaged = Unreadable(f"This workbook is damaged and cannot be opened. {_SAVE_AS}")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise damaged from error
    names = {part.filename for part in parts}
    if not any(name.endswith("xl/workbook.xml") for name in names):
        raise Unreadable(f"This is not an Excel workbook (.xlsx) or a CSV file. {_SAVE_AS}")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(f"This workbook has a password. Save it without one. {_SAVE_AS}")
    # Sizes in the list are binding: more than that is never unpacked, and a
    # part that turns out longer is found damaged.
    too_much = len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES
    for part in parts:
        if "/worksheets/" in part.filename or "/media/" in part.filename:
            continue
        limit = MAX_STRINGS_BYTES if part.filename.endswith("sharedStrings.xml") else MAX_PART_BYTES
        too_much = too_much or part.file_size > limit
    if too_much:
        raise Unreadable(
            "This workbook unpacks to more than can be read. Save the sheet with the ideas as “CSV UTF-8”"
            " and choose that file."
        )


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except (Unreadable, StopIteration):
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part happens to break
        raise Unreadable(f"This workbook is damaged and cannot be read. {_SAVE_AS}") from error


def _workbook_records(
    file: IO[bytes], chooses: Callable[[list[str]], bool], max_rows: int = MAX_ROWS
) -> Iterator[Record]:
    check_archive(file)
    file.seek(0)
    book = _guarded(lambda: openpyxl.load_workbook(file, read_only=True, data_only=True))
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise Unreadable("This workbook has no sheet that can be seen. Choose another file.")
        chosen = None
        for sheet in sheets:
            heading = next(_without_blanks(_sheet_records(sheet, max_rows)), None)
            if heading and chooses([text_of(cell) for cell in heading.cells]):
                chosen = sheet
                break
            # If none is the one: the first that has a table.
            if chosen is None and heading and len(heading.cells) > 1:
                chosen = sheet
        chosen = chosen or sheets[0]
        yield from _sheet_records(chosen, max_rows)
    finally:
        # Only the archive is openpyxl's; the file stays the caller's.
        book._archive.close()


def _sheet_records(sheet, max_rows: int = MAX_ROWS) -> Iterator[Record]:
    # What a sheet says of its own size is often wrong.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=max_rows, max_col=MAX_COLUMNS, values_only=True)
    line = 0
    while True:
        try:
            cells = _guarded(lambda: next(rows))
        except StopIteration:
            return
        line += 1
        if cells.count(None) == len(cells):
            continue  # a small file can name a million of them
        kept = [_unescaped(cell) for cell in cells]
        while kept and kept[-1] is None:
            kept.pop()
        yield Record(line, kept)


def _unescaped(cell: Any) -> Any:
    """Excel writes characters that XML lacks as "_x000D_"."""
    return unescape(cell) if isinstance(cell, str) and "_x" in cell else cell
