"""Tables out of whatever files people have."""

import io
import zipfile

import openpyxl
import pytest

from portfolio import readers
from portfolio.services.imports import is_heading

TITLES = "Café trolley – “hot” soup", "Wärmelampe für Säuglinge"


def read(content: bytes) -> list[tuple[int, list]]:
    file = io.BytesIO(content)
    return [(row.line, row.cells) for row in readers.records_of(file, chooses=is_heading)]


def refused(content: bytes) -> str:
    with pytest.raises(readers.Unreadable) as caught:
        read(content)
    return str(caught.value)


def workbook(*rows, sheets=(), **kwargs) -> bytes:
    book = openpyxl.Workbook()
    for name, others in sheets:
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, **changed: str) -> bytes:
    """A workbook with some parts replaced: keys are ends of their names, "__" for "."."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            text = next(
                (text for end, text in changed.items() if part.endswith(end.replace("__", "."))),
                None,
            )
            new.writestr(part, old.read(part) if text is None else text)
    return out.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_that_spreadsheets_write_is_read(encoding):
    text = "title,innovation_type\r\n" + "".join(f"{title},device\r\n" for title in TITLES)
    assert [cells[0] for _, cells in read(text.encode(encoding))[1:]] == list(TITLES)


def test_letters_that_are_not_utf8_far_down_a_long_file_are_still_found():
    text = "title,innovation_type\n" + "Plain idea,device\n" * 20_000 + "Café for carers,service\n"
    assert read(text.encode("cp1252"))[-1] == (20_002, ["Café for carers", "service"])


def test_a_file_of_two_encodings_is_refused_with_the_line():
    content = "title,innovation_type\nCafé,service\n".encode() + "Säule,device\n".encode("cp1252")
    assert refused(content).startswith("Line 3 has letters in another encoding")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_heading_row_settles_the_delimiter(delimiter):
    text = f'title{delimiter}innovation_type\n"One, two; three | four\tfive"{delimiter}device\n'
    assert read(text.encode())[1][1][1] == "device"


def test_a_line_that_names_the_delimiter_is_obeyed_and_counted():
    assert read(b"sep=;\r\ntitle;innovation_type\r\nA;device\r\n") == [
        (2, ["title", "innovation_type"]), (3, ["A", "device"]),
    ]  # fmt: skip


def test_line_numbers_are_those_of_the_file():
    text = 'title,innovation_type\r\n\r\n"Two\r\nlines",device\r\n,\r\n"After",digital\r\n'
    assert [line for line, _ in read(text.encode())] == [1, 3, 6]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n  \r\n", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old Excel file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (bytes(range(256)) * 40, "cannot tell"),
        (b"PK\x03\x04" + b"\x00" * 50, "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content, words):
    assert words in refused(content)


def test_another_kind_of_zip_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "not an Excel workbook" in refused(out.getvalue())


def test_the_sheet_with_the_columns_is_read():
    content = workbook(
        ["About this workbook"], sheets=[("Ideas", [["Title", "Innovation type"], ["A", "device"]])]
    )
    assert read(content)[1] == (2, ["A", "device"])


def test_a_sheet_that_lies_about_its_size_is_read_to_the_end():
    content = workbook(["title", "innovation_type"], ["A", "device"], ["B", "device"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    lying = repacked(content, sheet1__xml=sheet.replace('ref="A1:B3"', 'ref="A1"'))
    assert len(read(lying)) == 3


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    bomb = repacked(
        workbook(["title"]), styles__xml="<!-- " + " " * (readers.MAX_PART_BYTES + 1) + "-->"
    )
    assert len(bomb) < 100_000
    assert "unpacks to more" in refused(bomb)


@pytest.mark.parametrize("part", ["worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_that_multiply_are_refused(part):
    content = workbook(["title", "innovation_type"], ["A", "device"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(part))
        declared = (
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
            + archive.read(name).decode()
        )
    assert "damaged" in refused(repacked(content, **{part: declared}))


def test_a_row_number_beyond_excel_ends_the_sheet():
    content = workbook(["title", "innovation_type"], ["A", "device"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    far = repacked(content, sheet1__xml=sheet.replace('r="2"', 'r="2000000000"'))
    assert [line for line, _ in read(far)] == [1]


def test_a_formula_in_a_workbook_counts_as_what_it_shows():
    # What a spreadsheet program saved beside the formula; one that never opened it saved nothing.
    assert read(workbook(["title", "innovation_type"], ["=1+1", "device"]))[1] == (
        2,
        [None, "device"],
    )


def test_the_callers_file_stays_open():
    for content in (b"title,innovation_type\nA,device\n", workbook(["title", "innovation_type"])):
        file = io.BytesIO(content)
        list(readers.records_of(file, chooses=is_heading))
        assert not file.closed
