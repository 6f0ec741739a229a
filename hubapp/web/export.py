"""Lists as files for spreadsheets: CSV and XLSX, written while they are sent.

Memory stays flat however many rows there are: neither the rows nor the file
is ever whole in memory or on disk. No cell can run: a CSV cell that would
start a formula gets a leading apostrophe, and text in a workbook is an inline
string, which is never calculated.

The archive is the standard library's: written to a sink that cannot seek, it
is a plain ZIP with sizes behind each part. Writers that reserve room for
ZIP64 in advance make workbooks that Excel calls damaged.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from django.http import StreamingHttpResponse
from django.utils import timezone

from hubapp.web.csvsafe import STARTS_A_FORMULA, csv_lines, safe_cell
from hubapp.workdays import LONDON

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# What leaves in one piece: small enough for memory, large enough for the server.
PIECE = 1 << 16
# Excel's own limits. What is longer goes on in another sheet, or is cut.
SHEET_ROWS = 1_048_576
# Unpacked; a part of a plain ZIP holds less than 2 GiB, and Excel reads no more.
SHEET_BYTES = 1_500_000_000
CELL_CHARACTERS = 32_767
CUT = " … (cut)"

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads "_x0041_" as "A"; an escaped underscore keeps it as it was typed.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Excel counts days from here; earlier ones than March 1900 are off by its leap-year fault.
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's dates have no zone
_FIRST_DAY = dt.date(1900, 3, 1)
# Whole numbers beyond this lose their last digits in Excel.
_EXACT = 10**15

_PLAIN, _HEADING, _DATE, _DATETIME, _QUOTED = range(5)

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Every part that is not named is a sheet: their number is not known yet when this is sent.
_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_SHEETML}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETML}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEETML}.styles+xml"/>'
    "</Types>"
)
_ROOT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
# In the order of the style numbers above. quotePrefix: the text stays text
# when somebody edits the cell.
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Arial"/></font>'
    '<font><b/><sz val="11"/><name val="Arial"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def csv_stream(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with the mark that Excel needs, piece by piece.

    :param columns: the heading row
    :param rows: cells of any kind; dates become 2026-03-27, instants London's
        2026-03-27 14:30, None an empty cell
    """
    pending, size = [b"\xef\xbb\xbf"], 0
    for line in csv_lines(columns, ([_london(cell) for cell in row] for row in rows)):
        pending.append(line.encode(errors="replace"))
        size += len(pending[-1])
        if size >= PIECE:
            yield b"".join(pending)
            pending, size = [], 0
    yield b"".join(pending)


def xlsx_stream(
    columns: Sequence[str], rows: Iterable[Iterable[Any]], *, sheet: str = "List"
) -> Iterator[bytes]:
    """An Excel workbook of one list, piece by piece; its heading row is bold and stays in view.

    Dates are dates, instants London's date and time, numbers numbers; all else
    is text. A list longer than a sheet goes on in a second one.

    :param columns: the heading row
    :param rows: cells of any kind
    :param sheet: what the sheet is called
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # only written to
        for name, text in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/styles.xml", _STYLES),
        ):
            archive.writestr(_part(name), text)
        rows, sheets, is_more = iter(rows), 0, True
        while is_more:
            sheets += 1
            is_more = yield from _sheet(archive, sink, sheets, columns, rows)
        archive.writestr(_part("xl/workbook.xml"), _workbook(sheet, sheets))
        archive.writestr(_part("xl/_rels/workbook.xml.rels"), _relationships(sheets))
    yield sink.take()


def file_response(
    kind: str, columns: Sequence[str], rows: Iterable[Iterable[Any]], *, name: str
) -> StreamingHttpResponse:
    """The list as a download.

    :param kind: "csv" or "xlsx"
    :param name: of the file, without its ending; letters, digits and dashes
    """
    content, content_type = (
        (xlsx_stream(columns, rows), XLSX_TYPE)
        if kind == "xlsx"
        else (csv_stream(columns, rows), CSV_TYPE)
    )
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _london(cell: Any) -> Any:
    if isinstance(cell, dt.datetime):
        local = cell.astimezone(LONDON) if timezone.is_aware(cell) else cell
        return local.strftime("%Y-%m-%d %H:%M")
    return cell


# -- the workbook ---------------------------------------------------------------


class _Sink:
    """What the archive writes to; emptied piece by piece. It has no tell and no seek."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces, self.size = [], 0
        return taken


def _part(name: str) -> zipfile.ZipInfo:
    now = timezone.localtime(timezone.now(), LONDON)
    part = zipfile.ZipInfo(name, now.timetuple()[:6])
    part.compress_type = zipfile.ZIP_DEFLATED
    # Level 6 took half again as long for a file a tenth smaller.
    part._compresslevel = 3  # type: ignore[attr-defined]  # as ZipFile.open reads it
    return part


def _sheet(
    archive: zipfile.ZipFile,
    sink: _Sink,
    number: int,
    columns: Sequence[str],
    rows: Iterator[Iterable[Any]],
) -> Generator[bytes, None, bool]:
    """Write one sheet; returns whether rows may be left."""
    letters = [_letters(place) for place in range(1, len(columns) + 1)]
    with archive.open(_part(f"xl/worksheets/sheet{number}.xml"), "w") as part:
        written = part.write(_sheet_start(len(columns), is_first=number == 1).encode())
        heading = (
            _text_cell(f"{letter}1", str(title), _HEADING)
            for letter, title in zip(letters, columns, strict=True)
        )
        part.write(f'<row r="1">{"".join(heading)}</row>'.encode())
        line, is_more = 1, False
        pending: list[str] = []
        for row in rows:
            line += 1
            cells = "".join(
                _cell(
                    f"{letters[place] if place < len(letters) else _letters(place + 1)}{line}", cell
                )
                for place, cell in enumerate(row)
            )
            pending.append(f'<row r="{line}">{cells}</row>')
            if line % 100 == 0:
                written += part.write("".join(pending).encode())
                pending.clear()
                if sink.size >= PIECE:
                    yield sink.take()
            if line >= SHEET_ROWS or written >= SHEET_BYTES:
                is_more = True
                break
        part.write("".join(pending).encode())
        part.write(b"</sheetData></worksheet>")
    return is_more


def _sheet_start(columns: int, *, is_first: bool) -> str:
    selected = ' tabSelected="1"' if is_first else ""
    widths = (
        f'<cols><col min="1" max="{columns}" width="20" customWidth="1"/></cols>' if columns else ""
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"{selected}>'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews>{widths}<sheetData>"
    )


def _workbook(sheet: str, sheets: int) -> str:
    name = escape(re.sub(r"[\[\]:*?/\\]", " ", sheet)[:25].strip("' ") or "List", {'"': "&quot;"})
    listed = "".join(
        f'<sheet name="{name if number == 1 else f"{name} {number}"}" sheetId="{number}"'
        f' r:id="rId{number}"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<bookViews><workbookView/></bookViews><sheets>{listed}</sheets></workbook>"
    )


def _relationships(sheets: int) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet"'
        f' Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}'
        f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )


def _letters(place: int) -> str:
    """The name of a column: 1 is A, 27 is AA."""
    name = ""
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(at: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return _number_cell(at, value)
    if isinstance(value, dt.datetime):
        local = value.astimezone(LONDON) if timezone.is_aware(value) else value
        if local.date() >= _FIRST_DAY:
            days = (local.replace(tzinfo=None) - _EPOCH) / dt.timedelta(days=1)
            return f'<c r="{at}" s="{_DATETIME}"><v>{days:.10f}</v></c>'
    elif isinstance(value, dt.date) and value >= _FIRST_DAY:
        return f'<c r="{at}" s="{_DATE}"><v>{(value - _EPOCH.date()).days}</v></c>'
    text = safe_cell(value) if isinstance(value, list | dict) else str(value)
    return _text_cell(at, text, _QUOTED if text.startswith(STARTS_A_FORMULA) else _PLAIN)


def _number_cell(at: str, value: int | float | Decimal) -> str:
    # Neither what is no number (NaN) nor one that Excel would round is given as one.
    if not abs(float(value)) < _EXACT or len(str(value)) > 17:
        return _text_cell(at, str(value), _PLAIN)
    return f'<c r="{at}"><v>{value}</v></c>'


def _text_cell(at: str, text: str, style: int) -> str:
    text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) * 2 > CELL_CHARACTERS and len(text.encode("utf-16-le")) > CELL_CHARACTERS * 2:
        room = (CELL_CHARACTERS - len(CUT)) * 2
        text = text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT
    text = escape(_LOOKS_ESCAPED.sub("_x005F_", text))
    styled = f' s="{style}"' if style else ""
    return f'<c r="{at}" t="inlineStr"{styled}><is><t xml:space="preserve">{text}</t></is></c>'
