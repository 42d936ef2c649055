"""CSV: the same rows as JSON, cell by cell; the same columns whatever the rows; no cell that is a formula."""

import csv
import io
import json
from typing import Any

import httpx
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.demands.read_schemas import DemandSummary
from app.reading.formats.csv_table import CSV, escape_formula, unescape_formula
from app.reading.formats.sheet import RowBatch, compact, schema_columns
from app.registry import RESOURCES
from tests.reading.formats.told import told

NAMES = [collection.name for collection in RESOURCES]


def cells(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def in_json(row: dict[str, Any], path: str) -> Any:
    """What a path of columns stands for, read off the JSON row without any schema."""
    values: Any = row
    for step in path.split("."):
        if isinstance(values, list):
            if step == "primary":
                return next((one["code"] for one in values if one["is_primary"]), None)
            values = [in_json(one, step) for one in values]
        else:
            values = values.get(step) if values else None
    return values


def worded(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        # Joined, unless it could not be told where an entry ends.
        unclear = any(isinstance(one, str) and "; " in one for one in value) or str(value[0]).startswith("[")
        return compact(value) if unclear else "; ".join(map(worded, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("name", NAMES)
async def test_every_cell_is_the_value_of_the_json_row(client: httpx.AsyncClient, name: str) -> None:
    rows = (await client.get(f"/v1/{name}", params={"limit": 500})).json()["data"]
    answer = await client.get(f"/v1/{name}", params={"limit": 500, "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    table = cells(answer.content)
    assert len(table) == len(rows) > 0
    for line, row in zip(table, rows, strict=True):
        assert {column: unescape_formula(cell) for column, cell in line.items()} == {
            column: worded(in_json(row, column)) for column in line
        }


async def test_the_columns_are_those_documented_even_without_a_row(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/demands", params={"format": "csv", "updated_since": "2999-01-01T00:00:00Z"})
    header = answer.content.decode("utf-8-sig").split("\r\n")
    assert header[1:] == [""]
    documented = schema_columns(DemandSummary)
    assert header[0].split(",") == [name for name, _, _ in documented]
    assert all(about for _, _, about in documented)
    types = {name: kind for name, kind, _ in documented}
    assert types["claimants.slug"] == "list of text" and types["is_mutual"] == "boolean"
    assert types["position"] == "integer" and types["updated_at"] == "date and time"


async def test_fields_and_include_change_the_columns(client: httpx.AsyncClient) -> None:
    asked = {"format": "csv", "fields": "slug,process.title,timing.relation", "include": "responses", "limit": "3"}
    table = cells((await client.get("/v1/demands", params=asked)).content)
    assert list(table[0]) == ["slug", "timing.relation", "process.title", "responses"]
    assert all(isinstance(json.loads(line["responses"]), list) for line in table)


async def test_demands_on_prisoners_in_2025_are_one_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/demands?issue=DETN&tabled_from=2025-01-01&tabled_to=2025-12-31&format=csv")
    table = cells(answer.content)
    assert table
    assert all("DETN" in line["issues.code"] and line["tabled_on"].startswith("2025") for line in table)


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize("rows", ["", "&rows=issue"])
async def test_an_answer_that_limit_cuts_says_so_and_leads_on(client: httpx.AsyncClient, form: str, rows: str) -> None:
    """Page by page, the rows are those of the whole answer; only the last page does not say that it is cut."""
    asked = f"/v1/demands?issue=DETN&fields=number&sort=slug{rows}&format={form}"
    whole = rows_in((await client.get(asked)).content, form)
    address, found = f"{asked}&limit=4", []
    while address:
        answer = await client.get(address)
        found += rows_in(answer.content, form)
        following = answer.links.get("next", {}).get("url", "")
        assert answer.headers.get("parley-truncated") == ("true" if following else None)
        address = following
    assert found == whole and len(found) > 8
    assert "parley-truncated" not in (await client.get(asked)).headers


def rows_in(content: bytes, form: str) -> list[Any]:
    if form == "parquet":
        found: list[Any] = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
        return found
    if form == "ndjson":
        return [json.loads(line) for line in content.decode().splitlines()]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_the_byte_order_mark_can_be_left_out(client: httpx.AsyncClient) -> None:
    plain = (await client.get("/v1/places?format=csv&bom=false")).content
    assert plain.startswith(b"id,slug,")
    assert (await client.get("/v1/places?format=csv")).content == "\ufeff".encode() + plain


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-5 km",
        "@x",
        "\tx",
        "\r=1",
        "\n=1",
        " =1",
        '"=1',
        "'=1",
        "'x",
        "\u00a0=1",
        "\u200b=1",
        "＝1",
        "\u202e+1",
    ],
)
def test_what_a_spreadsheet_takes_for_a_formula_is_text(text: str) -> None:
    assert escape_formula(text) == "'" + text
    assert unescape_formula(escape_formula(text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_any_text_comes_back_and_begins_no_formula(text: str) -> None:
    class Note(BaseModel):
        text: str | None
        number: int | None

    ending = CSV.make(told("notes", Note))
    row = json.dumps({"text": text, "number": -5})
    (line,) = cells(ending.head() + ending.rows(RowBatch([row])) + ending.tail())
    assert unescape_formula(line["text"]) == text
    assert line["text"].lstrip(" \"'\u00a0")[:1] not in ("=", "+", "-", "@") or line["text"].startswith("'")
    assert line["text"][0] not in "=+-@\t\r\n"
    assert line["number"] == "-5"
