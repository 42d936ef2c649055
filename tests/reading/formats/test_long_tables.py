"""Long tables: a row for each entry of each list, the same in CSV, NDJSON and Parquet as in the JSON of the records."""

import csv
import io
import json
from typing import Any

import httpx
import pyarrow.parquet
import pytest

from app.reading.selection import is_list
from app.registry import RESOURCES
from tests.reading.formats.test_tables import in_json, worded

#: What whole records contain only on request.
FURTHER = {"demands": "&account=all&include=state", "delegations": "&include=posts_held"}
TABLES = [(one.name, name) for one in RESOURCES for name in one.read_spec.rows]
BY_NAME = {one.name: one.read_spec for one in RESOURCES}


def expected(record: dict[str, Any], path: str, within: tuple[str, tuple[str, ...]] | None) -> list[Any]:
    """The entries of a list, read off the record without any schema; with what they lie in."""
    *steps, last = path.split(".")
    holders: list[Any] = [record]
    for step in steps:
        below = [holder[step] for holder in holders if holder[step] is not None]
        holders = [one for value in below for one in (value if isinstance(value, list) else [value])]
    return [(holder if within else None, entry) for holder in holders for entry in holder[last]]


@pytest.fixture(scope="module")
async def whole(client: httpx.AsyncClient) -> dict[str, list[dict[str, Any]]]:
    """All records of all collections in the order of their slugs, whole. tests/reading/test_whole_records.py compares such
    rows with the records that are read alone."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in BY_NAME:
        listed = await client.get(f"/v1/{name}?format=ndjson&fields=*&sort=slug{FURTHER.get(name, '')}")
        found[name] = [json.loads(line) for line in listed.text.splitlines()]
        assert found[name]
    return found


def test_every_list_of_a_record_has_a_long_table() -> None:
    for collection in BY_NAME.values():
        opened = {rows.path.partition(".")[0] for rows in collection.rows.values()}
        lists = {
            name
            for name, info in collection.detail.model_fields.items()
            # Branches of `include=` are records of other collections, which are tables of their own.
            if is_list(info.annotation) and "typing.Any" not in str(info.annotation)
        }
        assert lists <= opened, collection.name


@pytest.mark.parametrize(("collection", "rows"), TABLES)
async def test_a_long_table_has_the_entries_of_the_records(
    client: httpx.AsyncClient, whole: dict[str, list[dict[str, Any]]], collection: str, rows: str
) -> None:
    declared, records = BY_NAME[collection].rows[rows], whole[collection]
    asked = {"rows": rows, "sort": "slug", **({"account": "all"} if collection == "demands" else {})}
    lines = (await client.get(f"/v1/{collection}", params={**asked, "format": "ndjson"})).text.splitlines()
    found = [json.loads(line) for line in lines]
    wanted = []
    for record in records:
        keys: dict[str, Any] = {key: record[key] for key in ("id", "slug", "code") if key in record}
        for place, (holder, entry) in enumerate(expected(record, declared.path, declared.within), 1):
            around = {declared.within[0]: {key: holder[key] for key in declared.within[1]}} if declared.within else {}
            wanted.append({**keys, "entry": place, **around, rows: entry})
    assert found == wanted

    text = (await client.get(f"/v1/{collection}", params={**asked, "format": "csv"})).content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(table) == len(found)
    for line, row in zip(table, found, strict=True):
        assert {name: cell.removeprefix("'") for name, cell in line.items()} == {
            name: worded(in_json(row, name)).removeprefix("'") for name in line
        }
    columns = text.partition("\r\n")[0].split(",")
    assert columns[:2] == ["id", "slug"]
    parquet = (await client.get(f"/v1/{collection}", params={**asked, "format": "parquet"})).content
    read = pyarrow.parquet.read_table(io.BytesIO(parquet))
    assert read.column_names == columns
    assert read.column("slug").to_pylist() == [row["slug"] for row in found]
    assert read.column("entry").to_pylist() == [row["entry"] for row in found]


async def test_fields_add_columns_of_the_record(client: httpx.AsyncClient) -> None:
    asked = "/v1/demands?rows=answer&fields=number,process.slug,state.word&limit=5&format="
    rows = [json.loads(line) for line in (await client.get(asked + "ndjson")).text.splitlines()]
    assert list(rows[0]) == ["id", "slug", "entry", "answer", "number", "process", "state"]
    assert list(rows[0]["state"]) == ["word"]
    header = (await client.get(asked + "csv&bom=false")).text.partition("\r\n")[0].split(",")
    assert header[:3] == ["id", "slug", "entry"]
    assert header[-3:] == ["number", "process.slug", "state.word"]


async def test_without_a_format_it_is_csv(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/demands?rows=issue")).content == (
        await client.get("/v1/demands?rows=issue&format=csv")
    ).content
    as_json = await client.get("/v1/demands?rows=issue", headers={"Accept": "application/json"})
    assert as_json.status_code == 422


async def test_one_record_has_its_long_tables_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/delegations/istanbul-2025-06-02-russia?rows=member&format=ndjson")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert {row["slug"] for row in rows} == {"istanbul-2025-06-02-russia"} and len(rows) > 1
    assert "istanbul-2025-06-02-russia-member.ndjson" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("asked", "parameter", "says"),
    [
        ("rows=issues&format=csv", "rows", "issue, claimant"),
        ("rows=issue&format=json", "rows", "format=csv"),
        ("rows=issue&format=jsonld", "rows", "format=csv"),
        ("rows=issue&format=csv&include=state", "include", "fields="),
        ("rows=issue&format=csv&fields=issues.code", "fields", "Leave the list out"),
        ("rows=issue&format=csv&fields=nonsense", "fields", ""),
        ("bom=false&format=ndjson", "bom", "format=csv"),
        ("bom=false&format=json", "bom", "format=csv"),
    ],
)
async def test_what_has_no_meaning_is_refused(client: httpx.AsyncClient, asked: str, parameter: str, says: str) -> None:
    answer = await client.get(f"/v1/demands?{asked}")
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter and says in error.get("hint", "")
