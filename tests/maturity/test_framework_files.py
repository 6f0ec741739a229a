"""Framework files and spreadsheets: what is read, and what is refused with a sentence that names the place."""

import copy
import io
import json
import zipfile

import openpyxl
import pytest

from hubapp.web.export import csv_stream, xlsx_stream
from maturity import framework_files, framework_sheets
from maturity.framework_files import Faulty, checked, read_framework
from maturity.framework_sheets import read_sheet, table_of
from tests.portfolio.files import archive

INSITES = json.loads((framework_files.FOLDER / "insites.2025.json").read_text(encoding="utf-8"))


def faults(call, *args):
    with pytest.raises(Faulty) as caught:
        call(*args)
    return caught.value.faults


def changed(change):
    made = copy.deepcopy(INSITES)
    change(made)
    return made


def funding(content):
    return content["domains"][2]["sub_domains"][1]


FUNDING = "Domain 3 “Governance and Resources”, sub-domain 2 “Funding”"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: funding(c).update(indicators=[]), f"{FUNDING}: is rated, so it must have at least one indicator."),
        (lambda c: funding(c).update(rated=False), f"{FUNDING}: is not rated, so it can have no indicators."),
        (lambda c: funding(c).pop("name"), "Domain 3 “Governance and Resources”, sub-domain 2 “funding”: lacks name."),
        (lambda c: funding(c)["indicators"][0].update(code="A b"), "code: must be small letters, digits and hyphens"),
        (lambda c: funding(c)["indicators"][0].update(text="x" * 501), "text: must have 500 characters or fewer."),
        (lambda c: funding(c)["indicators"][0].update(text="a\x00b"), "text: has a character that cannot be shown"),
        (lambda c: funding(c)["indicators"][0].update(text="a\u202eb"), "text: has a character that cannot be shown"),
        (lambda c: funding(c)["indicators"][0].update(text="=cmd()"), "text: begins with “=”, as a formula does"),
        (lambda c: funding(c)["indicators"][0].update(text="  "), "text: has only spaces."),
        (lambda c: funding(c)["indicators"][0].update(score=3), "has something that no framework has: score."),
        (lambda c: funding(c)["indicators"][0].update(code="strategy-agreed"), "Two indicators have the same code “strategy-agreed”."),
        (lambda c: funding(c).update(code="governance"), "Two sub-domains have the same code “governance”."),
        (lambda c: c["domains"][3].update(code="vision-and-strategy"), "Two domains have the same code"),
        (lambda c: c.update(scale=c["scale"][:1]), "Scale: must have at least 2 entries."),
        (lambda c: c["scale"].reverse(), "scale: the values must ascend, lowest first, each once."),
        (lambda c: c["scale"][0].update(value=1.0), "scale: each value must be a whole number."),
        (lambda c: c["scale"][0].update(value=True), "value: must be a whole number."),
        (lambda c: c["scale"][0].update(value=None), "value: must be a whole number."),
        (lambda c: c.update(valid_from="2025-02-30"), "valid_from: there is no such day."),
        (lambda c: c.update(valid_from="soon"), "Valid_from: must be a date such as 2026-03-27."),
        (lambda c: c["domains"][0].update(rated=True), "is rated, but none of its sub-domains is."),
        (lambda c: c["domains"][2].update(rated=False), "is rated, but its domain is not."),
        (lambda c: c.update(crosswalk={"from": "old-1", "indicators": {"nothing": "x"}}), "crosswalk: there is no indicator “nothing” here."),
        (lambda c: c.update(crosswalk={"from": "insites-2025", "indicators": {}}), "crosswalk: a version cannot follow itself."),
        (
            lambda c: c.update(crosswalk={"from": "old-1", "indicators": {"funding-budget": "x", "funding-external": "x"}}),
            "crosswalk: two indicators lead to “x”.",
        ),
    ],
)  # fmt: skip
def test_each_fault_names_its_place(change, said):
    content = changed(change)
    assert any(said in fault for fault in faults(checked, content)), faults(checked, content)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"[" * 300_000, "nested too deeply"),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "nested too deeply"),
        (b'{"key": "a", "key": "b"}', "“key” is there twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"1" * 5000, "a number that is too long"),
        (b"\xff\xfe{}", "not in UTF-8"),
        (b'{"a": "\\ud800"}', "cannot be shown"),
        (b'{"a\\u0000": 1}', "cannot be shown"),
        (b"null", "The file must be an object."),
        (b'{"domains": [' + b"1," * 400_000 + b"1]}", "must have at most 40 entries"),
        (b" " * 10_000_000, "larger than 1 MB"),
    ],
    ids=range(12),
)
def test_hostile_json_is_refused_with_a_sentence(raw, said):
    found = faults(read_framework, raw)
    assert any(said in fault for fault in found), found
    assert len(found) <= framework_files.MOST_FAULTS + 1


def test_layout_does_not_change_what_a_file_says():
    plain = json.dumps(INSITES, ensure_ascii=True, indent=None).encode()
    wide = b"\xef\xbb\xbf" + json.dumps(INSITES, ensure_ascii=False, indent=8).encode()
    first, second = read_framework(plain), read_framework(wide)
    assert framework_files.digest_of(first) == framework_files.digest_of(second)
    other = changed(lambda c: funding(c).update(about="Something else."))
    assert framework_files.digest_of(checked(other)) != framework_files.digest_of(first)


# -- spreadsheets ------------------------------------------------------------------------
def sheet(text):
    return read_sheet(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


@pytest.mark.parametrize("stream", [xlsx_stream, csv_stream])
def test_what_is_downloaded_can_be_brought_in_again(stream):
    content = checked(INSITES)
    same = {row["code"]: row["code"] for row in framework_files.indicators_of(content)}
    read = sheet(b"".join(stream(*table_of(content, same))))
    assert read.domains == content["domains"]
    assert read.scale == content["scale"]
    assert read.same_as == same


def test_empty_cells_go_on_from_above_and_codes_are_made_from_names():
    read = sheet(
        "Domain;Sub-domain;Indicator;Rated;Questions;Scale value;Scale label\n"
        "Context;Who we are;;no;What do we do?;1;Low\n"
        "People;Skills;We can do it;;- Who?|- When?;2;High\n"
        ";;We can do it;yes;;;\n"
        "People;Money;We can pay;;;;\n"
    )
    context, people = read.domains
    assert (context["rated"], context["sub_domains"][0]["questions"]) == (False, ["What do we do?"])
    skills, money = people["sub_domains"]
    assert [row["code"] for row in skills["indicators"]] == ["we-can-do-it", "we-can-do-it-2"]
    assert skills["indicators"][0]["questions"] == ["Who?", "When?"]
    assert (money["code"], money["indicators"][0]["text"]) == ("money", "We can pay")
    assert read.same_as is None


def test_the_scale_may_stand_in_a_sheet_of_its_own():
    book = openpyxl.Workbook()
    book.active.append(["Domain", "Sub-domain", "Indicator", "Same as"])
    book.active.append(["People", "Skills", "We can\ndo it", "old-code"])
    scale = book.create_sheet("Scale")
    scale.append(["Value", "Label", "Description"])
    scale.append([0, "No", None])
    scale.append([10, "Yes", "Very much so"])
    raw = io.BytesIO()
    book.save(raw)
    read = read_sheet(raw)
    assert [(point["value"], point["label"]) for point in read.scale] == [(0, "No"), (10, "Yes")]
    assert read.domains[0]["sub_domains"][0]["indicators"][0]["text"] == "We can do it"
    assert read.same_as == {"we-can-do-it": "old-code"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A,B,=1+1,,,", "Row 2, column “Indicator”: begins with “=”, as a formula does: enter words."),
        ("A,B,@SUM(A1),,,", "Row 2, column “Indicator”: begins with “@”"),
        ("A,B,We do,maybe,,", "Row 2, column “Rated”: enter yes or no."),
        ("A,B,,,,", "Row 2, column “Indicator”: enter the statement that is rated."),
        ("A,B,We do,no,,", "Row 2, column “Indicator”: must be empty, since “B” is not rated."),
        (",B,We do,,,", "Row 2, column “Domain”: enter the name of the domain."),
        ("A,,We do,,,", "Row 2, column “Sub-domain”: enter the name of the sub-domain."),
        ("A,B,We do,,x,\nA,B,We too,,x,", "Row 3, column “Indicator code”: “x” is the code of row 2 already."),
        ("A,B,We do,,X 1,", "Row 2, column “Indicator code”: must be small letters, digits and hyphens."),
        (f"A,B,{'x' * 501},,,", "Row 2, column “Indicator”: must have 500 characters or fewer."),
        ("A,B,We\x07do,,,", "Row 2, column “Indicator”: has a character that cannot be shown"),
        ("A,B,We do,,,old\nA,B,We too,,,old", "Row 3, column “Same as”: another indicator is the same as “old”."),
        ("A,B,We do,,,Old One", "Row 2, column “Same as”: enter a code"),
        ("A,B,We do,yes,,\nA,B,,no,,", "Row 3, column “Rated”: “B” is rated in a row above."),
        ("A,B,We do,,,", "There is no scale."),
    ],
)  # fmt: skip
def test_each_wrong_cell_is_named_by_row_and_column(rows, said):
    found = faults(sheet, f"Domain,Sub-domain,Indicator,Rated,Code,Same as\n{rows}\n")
    assert any(said in fault for fault in found), found


def test_a_wrong_scale_is_named_too():
    head = "Domain,Sub-domain,Indicator,Scale value,Scale label\n"
    assert "Row 2, column “Scale value”: enter a whole number." in faults(
        sheet, f"{head}A,B,We do,low,Low\n"
    )
    assert "Row 2, column “Scale label”: enter what 1 means." in faults(
        sheet, f"{head}A,B,We do,1,\n"
    )


def test_a_table_without_the_columns_says_which_are_missing():
    [said] = faults(sheet, "Domain,Sub-domain\nA,B\n")
    assert "We did not find “Indicator”" in said


def _with_rows(xml: bytes) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Domain", "Sub-domain", "Indicator", "Scale value", "Scale label"])
    book.active.append(["A", "B", "We do", 1, "Low"])
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    name = "xl/worksheets/sheet1.xml"
    return archive({**parts, name: parts[name].replace(b"</sheetData>", xml + b"</sheetData>")})


def test_a_small_workbook_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    bomb = _with_rows(b"<row/>" * 2_000_000)
    assert len(bomb) < 100_000
    [said] = faults(sheet, bomb)
    assert "unpacks to more" in said


def test_a_sheet_that_names_a_million_rows_is_not_walked_to_its_end():
    # Read to the end, this takes minutes, and the row would lack its indicator.
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Far</t></is></c></row>'
    read = sheet(_with_rows(far))
    assert [domain["name"] for domain in read.domains] == ["A"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.4 hello", "This is a PDF"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"a,b\n" * 600_000, "larger than 2 MB"),
        (b"Domain,Sub-domain,Indicator\n" + b"A,B,C\n" * 2500, "more than 2,000 rows"),
        (b"Domain,Sub-domain,Indicator\n", "no rows below the heading row"),
    ],
    ids=range(6),
)
def test_files_that_are_no_framework_get_a_sentence(raw, said):
    found = faults(sheet, raw)
    assert any(said in fault for fault in found), found


def test_no_more_faults_are_said_than_somebody_reads():
    rows = "A,B,=x\n" * 100
    found = faults(sheet, f"Domain,Sub-domain,Indicator\n{rows}")
    assert len(found) == framework_sheets.MOST_FAULTS + 1
    assert found[-1] == "75 more rows or columns are wrong."
