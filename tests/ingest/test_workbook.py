"""Workbooks: a sheet comes as CSV would have it, and none can ask for more memory than it may."""

import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator

import pytest

from app.errors import ApiError, ProblemType
from app.ingest.csv_rows import split_cells
from app.ingest.workbooks.archive import SheetBounds
from app.ingest.workbooks.cells import DateSystem, format_number, is_date
from app.ingest.workbooks.lines import XLSX, workbook_lines
from tests.ingest.test_imports import Desk, counts, desk
from tests.ingest.workbooks import data, relations, sheet, workbook

__all__ = ["desk"]


async def rows(book: bytes, *sheets: str, total: int = 10_000_000, row: int = 100_000) -> dict[int, list[str] | None]:
    """The rows of a workbook by their numbers; None where one is too long."""

    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, len(book), 1_000):
            yield book[place : place + 1_000]

    found: dict[int, list[str] | None] = {}
    async for several in workbook_lines(chunks(), sheets, SheetBounds(total, row)):
        found |= {line.number: None if line.text is None else split_cells(line.text) for line in several}
    return found


async def refused(book: bytes, *sheets: str, total: int = 10_000_000) -> ApiError:
    with pytest.raises(ApiError) as found:
        await rows(book, *sheets, total=total)
    return found.value


STYLES = (
    "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='000'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='164'/></cellXfs></styleSheet>"
)
SHARED = (
    "<sst><si><t>Ana</t></si>"
    "<si><r><t>rich</t></r><r><t xml:space='preserve'> text</t></r><rPh><t>spoken</t></rPh></si>"
    "<si><t>two&#10;lines, &quot;quoted&quot;_x0009_tab</t></si></sst>"
)


async def test_cells_are_what_the_sheet_shows_and_rows_keep_their_numbers() -> None:
    cells = (
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="E2"><v>1</v></c></row>'
        '<row r="3"/><row r="4"><c r="A4" t="inlineStr"><is><t> </t></is></c></row>'
        '<row r="7"><c r="A7" s="1"><v>45000</v></c><c s="2"><v>7</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>'
        '<c t="str"><f>1+1</f><v>two</v></c></row>'
    )
    book = workbook({"One": data(cells)}, styles=STYLES, sharedStrings=SHARED)
    assert await rows(book) == {
        2: ["Ana", "rich text", 'two\nlines, "quoted"\ttab', "", "1"],
        4: [" ", "", "", "", ""],
        7: ["2023-03-15", "007", "True", "#N/A", "two"],
    }


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("7052", None, "7052"),
        ("3.0", None, "3"),
        ("0.30000000000000004", None, "0.3"),
        ("1E+3", None, "1000"),
        ("-99", None, "-99"),
        ("60.5", "yyyy-mm-dd hh:mm", "1900-02-28T12:00:00"),
        ("1", "d. m. yyyy", "1900-01-01"),
        ("0.5", "hh:mm", "12:00:00"),
        ("5", '0 "days"', "5"),
        ("5", "[Red]0", "5"),
        ("45000", "[$-409]d mmm yy", "2023-03-15"),
        ("1e300", "yyyy", "1e+300"),
        ("n/a", None, "n/a"),
    ],
)
def test_a_number_is_shown_by_its_format(text: str, code: str | None, expected: str) -> None:
    assert format_number(text, 170, {170: code} if code else {}, DateSystem.FROM_1900) == expected


async def test_a_workbook_may_count_from_1904() -> None:
    row = '<row r="1"><c s="1"><v>0</v></c><c s="1"><v>366</v></c></row>'
    book = workbook({"One": data(row)}, before='<workbookPr date1904="1"/>', styles=STYLES)
    assert (await rows(book))[1] == ["00:00:00", "1905-01-01"]
    assert is_date(14, None) and not is_date(0, None)


async def test_a_sheet_is_found_by_its_name_in_any_release() -> None:
    book = workbook({"Notes": sheet(["n"]), "Data 2": sheet(["d"])})
    assert await rows(book) == {1: ["n"]}
    assert await rows(book, "Data 1", "Data 2") == {1: ["d"]}
    found = await refused(book, "Data")
    assert found.kind is ProblemType.INVALID and "'Data 2'" in str(found.violations[0].hint)


async def test_a_row_that_is_too_long_is_told_by_its_number_alone() -> None:
    book = workbook({"One": sheet(["a"], ["x" * 60_000, "y" * 60_000], ["b"])})
    assert await rows(book) == {1: ["a"], 2: None, 3: ["b"]}
    # One text that many cells share is as long as it is shown.
    shared = data('<row r="1">' + '<c t="s"><v>0</v></c>' * 5_000 + "</row>")
    book = workbook({"One": shared}, sharedStrings=f"<sst><si><t>{'x' * 30_000}</t></si></sst>")
    assert await rows(book) == {1: None}


# --- what is no honest workbook


def altered(book: bytes, part: str, content: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return held.getvalue()


GOOD = workbook({"One": sheet(["a"])})
SHEET = "xl/worksheets/worksheet1.xml"
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (b"PK\x03\x04 and no more", "not a workbook"),
        (GOOD[:-40], "not a workbook"),
        (altered(GOOD, SHEET, BOMB), "document type declaration"),
        (altered(GOOD, SHEET, "<a>" * 100), "nested"),
        (altered(GOOD, SHEET, f'<a b="{"x" * 3_000_000}"/>'), "has a tag of more than"),
        (altered(GOOD, SHEET, "<worksheet><sheetData>"), "not valid XML"),
        (altered(GOOD, SHEET, data('<row r="1"><c r="ZZZ1"><v>1</v></c></row>')), "beyond column 16384"),
        (altered(GOOD, SHEET, data('<row r="1048577"/>')), "more than 1048576 rows"),
        (altered(GOOD, SHEET, data('<row r="1"><c t="s"><v>3</v></c></row>')), "lacks"),
        (altered(GOOD, "xl/_rels/workbook.xml.rels", relations(worksheet1="worksheets/other.xml")), "has no part"),
        (altered(GOOD, "xl/workbook.xml", "<workbook/>"), "no sheet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_workbook_is_refused_in_words(book: bytes, said: str) -> None:
    found = await refused(book)
    assert found.kind is ProblemType.MALFORMED and said in found.detail, found.detail


async def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    book = workbook({"One": data("<row/>" * 1_000_000)})
    assert len(book) < 100_000
    assert "5000000 bytes" in (await refused(book, total=5_000_000)).detail
    found = await refused(book)
    assert (found.kind, "1/100 of its size" in found.detail) == (ProblemType.TOO_LARGE, True)
    # One that tells less than it holds gives no more than it tells.
    place = book.rfind(b"PK\x01\x02", 0, book.rfind(SHEET.encode()))
    lying = book[: place + 24] + (1_000).to_bytes(4, "little") + book[place + 28 :]
    assert (await refused(lying)).kind is ProblemType.MALFORMED


async def test_a_bomb_within_the_bounds_takes_time_and_no_memory() -> None:
    empty = '<row r="1">' + "<c/>" * 15_000 + "</row>" + "<row/>" * 200_000
    long = '<row><c t="inlineStr"><is><t>' + "x" * 5_000_000 + "</t></is></c></row>"
    book = workbook({"One": data(empty + long)}, packed=zipfile.ZIP_STORED)
    tracemalloc.start()
    found = await rows(book, total=50_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == {200_002: None}
    assert peak < 8_000_000


# --- over HTTP


async def test_a_workbook_is_taken_as_a_table_of_a_collection(desk: Desk) -> None:
    book = workbook(
        {"One": sheet(["slug", "name", "kind", "countries"], ["alba", "Alba", "state", "AL"], ["b", "B", "no"])}
    )
    summary = await desk.told(book, XLSX, collection="parties", on_error="skip")
    assert counts(summary) == (1, 0, 0, 1)
    assert [(one["line"], one["pointer"]) for one in summary["faults"]] == [(3, "/kind")]
    assert (await desk.client.get("/v1/parties/alba")).json()["countries"] == ["AL"]


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (GOOD, "text/csv", "media type"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), XLSX, "old (.xls)"),
        (b"slug,name\n", XLSX, "not a workbook"),
    ],
)
async def test_a_file_of_another_form_than_it_says_is_refused(desk: Desk, body: bytes, kind: str, said: str) -> None:
    problem = await desk.refused(body, kind, collection="parties")
    assert problem["status"] == 400 and said in str(problem)
