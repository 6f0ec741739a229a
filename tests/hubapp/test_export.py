"""Lists as files: what a spreadsheet shows is what was typed, and nothing of it runs."""

import csv
import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from hubapp.web import export

SUMMER = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)


def workbook(columns, rows, **options):
    data = b"".join(export.xlsx_stream(columns, rows, **options))
    return openpyxl.load_workbook(io.BytesIO(data))


def cells(columns, rows):
    """Every row under the heading, read as a CSV file and as a workbook."""
    data = b"".join(export.csv_stream(columns, rows)).decode("utf-8-sig")
    as_csv = list(csv.reader(io.StringIO(data)))[1:]
    as_xlsx = [
        [cell.value for cell in row] for row in workbook(columns, rows).active.iter_rows(min_row=2)
    ]
    return as_csv, as_xlsx


def test_values_keep_their_kind():
    row = ["Falls sensor", dt.date(2026, 3, 27), SUMMER, 7, Decimal("2.50"), True, None, ""]
    as_csv, as_xlsx = cells([str(n) for n in range(len(row))], [row])
    assert as_csv == [
        ["Falls sensor", "2026-03-27", "2026-07-01 00:30", "7", "2.50", "true", "", ""]
    ]
    assert as_xlsx == [
        [
            "Falls sensor",
            dt.datetime(2026, 3, 27),  # noqa: DTZ001 - Excel's dates have no zone
            dt.datetime(2026, 7, 1, 0, 30),  # noqa: DTZ001 - Excel has no zones
            7,
            2.5,
            True,
            None,
            None,
        ]
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "＝"])
def test_no_cell_starts_a_formula(start):
    text = f"{start}HYPERLINK(A1)"
    as_csv, as_xlsx = cells([text], [[text]])
    assert as_csv == [[f"'{text}"]]
    assert as_xlsx == [[text]]
    cell = workbook(["Title"], [[text]]).active["A2"]
    # Text, and still text after somebody edits the cell.
    assert cell.data_type in ("s", "inlineStr")
    assert cell.quotePrefix


def test_a_carriage_return_starts_nothing():
    as_csv, as_xlsx = cells(["Title"], [["\r=1"]])
    assert as_csv == [["'\r=1"]]
    assert as_xlsx == [["\n=1"]]


def test_the_heading_is_bold_and_stays_in_view():
    sheet = workbook(["Ref", "Title"], [["a", "b"]], sheet="Ideas: all/any").active
    assert sheet.title == "Ideas  all any"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == ["Ref", "Title"]
    assert all(cell.font.b for cell in sheet[1])
    assert not sheet["A2"].font.b


def test_dates_are_shown_as_in_england():
    sheet = workbook(["Day", "At"], [[dt.date(2026, 3, 27), SUMMER]]).active
    assert sheet["A2"].number_format == "dd/mm/yyyy"
    assert sheet["B2"].number_format == "dd/mm/yyyy hh:mm"


def test_what_xml_cannot_hold_is_dropped_and_nothing_else():
    text = 'a\x00b\x0bc\ufffe <b> & "q" é 🙂\nnext _x0041_'
    _, as_xlsx = cells(["<&>"], [[text]])
    assert unescape(as_xlsx[0][0]) == 'abc <b> & "q" é 🙂\nnext _x0041_'


def test_a_lone_surrogate_stops_neither_file():
    as_csv, as_xlsx = cells(["Title"], [["a\ud800b"]])
    assert as_csv == [["a?b"]]
    assert as_xlsx == [["ab"]]


def test_numbers_that_excel_would_round_are_text():
    _, as_xlsx = cells(["a", "b", "c"], [[12345678901234567890, float("nan"), Decimal("NaN")]])
    assert as_xlsx == [["12345678901234567890", "nan", "NaN"]]


def test_dates_that_excel_does_not_know_are_text():
    _, as_xlsx = cells(["a"], [[dt.date(1899, 1, 1)]])
    assert as_xlsx == [["1899-01-01"]]


def test_a_text_longer_than_a_cell_is_cut_and_says_so():
    _, as_xlsx = cells(["a"], [["🙂" * 20_000]])
    text = as_xlsx[0][0]
    assert text.endswith(export.CUT)
    assert len(text.encode("utf-16-le")) // 2 <= export.CELL_CHARACTERS


def test_an_empty_list_has_its_heading():
    as_csv, as_xlsx = cells(["Ref"], [])
    assert (as_csv, as_xlsx) == ([], [])
    assert workbook(["Ref"], []).active["A1"].value == "Ref"


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(export, "SHEET_ROWS", 3)
    book = workbook(["N"], [[n] for n in range(5)])
    assert book.sheetnames == ["List", "List 2", "List 3"]
    assert [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book] == [
        [0, 1],
        [2, 3],
        [4],
    ]


def test_the_archive_is_plain_and_begins_as_a_workbook():
    data = b"".join(export.xlsx_stream(["N"], ([n] for n in range(1000))))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "[Content_Types].xml"
        # ZIP64 fields are what Excel refuses.
        assert not any(part.extra for part in archive.infolist())


def test_a_workbook_of_ours_can_be_imported_again():
    from portfolio import readers

    data = b"".join(export.xlsx_stream(["title"], [["=1+1"], ["_x0041_"]]))
    records = readers.records_of(io.BytesIO(data), chooses=lambda cells: True)
    assert [record.cells for record in records] == [["title"], ["=1+1"], ["_x0041_"]]


@pytest.mark.parametrize("stream", [export.csv_stream, export.xlsx_stream])
def test_memory_is_flat_and_the_first_piece_leaves_early(stream):
    read = 0

    def rows():
        nonlocal read
        for n in range(30_000):
            read += 1
            yield [f"ref{n}", f"Idea {n} {n * 7919 % 104729}", dt.date(2026, 1, 1), "waiting"]

    tracemalloc.start()
    try:
        pieces = stream(["Ref", "Title", "Received", "State"], rows())
        sizes = [len(next(pieces))]
        assert read < 20_000
        sizes += [len(piece) for piece in pieces]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == 30_000
    assert max(sizes) < 4 * export.PIECE
    assert peak < 2_000_000


def test_a_fault_in_the_middle_is_not_hidden():
    def rows():
        yield from ([n] for n in range(500))
        raise RuntimeError("the database went away")

    for stream in (export.csv_stream, export.xlsx_stream):
        with pytest.raises(RuntimeError, match="went away"):
            list(stream(["N"], rows()))


def test_a_download_has_its_type_and_name():
    response = export.file_response("xlsx", ["N"], [[1]], name="ideas-demo1")
    assert response["Content-Type"] == export.XLSX_TYPE
    assert response["Content-Disposition"] == 'attachment; filename="ideas-demo1.xlsx"'
    assert response.getvalue()[:2] == b"PK"
    response = export.file_response("csv", ["N"], [[1]], name="ideas-demo1")
    assert response.getvalue() == b"\xef\xbb\xbfN\r\n1\r\n"
