"""Reports: what every one of them does, whatever it is about."""

import csv
import io
import json
from typing import Any

import httpx
import pyarrow.parquet
import pytest

from app.reading.formats.sheet import schema_columns
from app.registry import REPORTS, RESOURCES
from app.resources.report import Report, ReportOptions
from tests.document import openapi_document

#: The histories are one report for each resource: one of them stands for all.
EACH = [one for one in REPORTS if not one.operation.endswith("History") or one.operation == "getTalkHistory"]


def address_of(report: Report, **query: Any) -> str:
    separator = "&" if "?" in report.example else "?"
    return report.example + (separator + str(httpx.QueryParams(query)) if query else "")


@pytest.mark.parametrize("report", EACH, ids=lambda one: one.operation)
async def test_tables_hold_all_rows_of_the_json(client: httpx.AsyncClient, report: Report) -> None:
    rows: list[dict[str, Any]] = []
    address: str | None = address_of(report)
    while address:
        got = await client.get(address)
        assert got.status_code == 200, got.text
        rows += got.json()["data"]
        link = got.headers.get("link", "")
        assert bool(link) == bool(report.is_paged and got.json()["page"]["next"])
        address = link.partition(">")[0].removeprefix("<") or None
    # No bundled record has codings: tests/reports/test_coder_agreement.py reads the tables of that report.
    assert rows or report.operation == "listCoderAgreement", "an example that shows nothing proves nothing"
    whole = report.example.replace("limit=3", "").rstrip("?&")
    separator = "&" if "?" in whole else "?"
    lines = (await client.get(f"{whole}{separator}format=ndjson")).text.splitlines()
    assert [json.loads(line) for line in lines] == rows
    columns = [name for name, *_ in schema_columns(report.row)]
    table = await client.get(f"{whole}{separator}format=csv&bom=false")
    header, *cells = csv.reader(io.StringIO(table.text))
    assert (header, len(cells)) == (columns, len(rows))
    assert table.headers["content-type"].startswith("text/csv")
    parquet = await client.get(f"{whole}{separator}format=parquet")
    read = pyarrow.parquet.read_table(io.BytesIO(parquet.content))
    assert (read.column_names, read.num_rows) == (columns, len(rows))


@pytest.mark.parametrize("report", EACH, ids=lambda one: one.operation)
async def test_formats_are_chosen_as_in_lists(client: httpx.AsyncClient, report: Report) -> None:
    by_accept = await client.get(report.example, headers={"Accept": "text/csv"})
    assert by_accept.headers["content-type"].startswith("text/csv")
    assert (await client.get(report.example, headers={"Accept": "image/png"})).status_code == 406
    other = await client.get(address_of(report, format="geojson"))
    assert (other.status_code, other.json()["errors"][0]["parameter"]) == (422, "format")


@pytest.mark.parametrize("report", EACH, ids=lambda one: one.operation)
async def test_an_answer_that_did_not_change_is_304(client: httpx.AsyncClient, report: Report) -> None:
    for query in ({}, {"format": "csv"}):
        address = address_of(report, **query)
        first = await client.get(address)
        assert ("etag" in first.headers) == report.is_tagged, first.text
        assert int(first.headers["parley-revision"]) > 0
        if report.is_tagged:
            again = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("report", [one for one in EACH if one.is_paged], ids=lambda one: one.operation)
async def test_pages_are_cut_and_their_cursors_belong_to_their_question(
    client: httpx.AsyncClient, report: Report
) -> None:
    address = report.example.replace("limit=3", "").rstrip("?&")
    separator = "&" if "?" in address else "?"
    whole = (await client.get(f"{address}{separator}limit=100")).json()["data"]
    first = await client.get(f"{address}{separator}limit=1")
    cursor = first.json()["page"]["next"]
    assert cursor is not None and first.json()["data"] == whole[:1]
    second = await client.get(f"{address}{separator}limit=1&cursor={cursor}")
    assert second.json()["data"] == whole[1:2]
    cut = await client.get(f"{address}{separator}limit=1&format=ndjson")
    assert cut.headers["parley-truncated"] == "true" and "cursor=" in cut.headers["link"]
    elsewhere = next(one for one in REPORTS if one.is_paged and one.operation != report.operation)
    foreign = await client.get(address_of(elsewhere, cursor=cursor))
    assert (foreign.status_code, foreign.json()["errors"][0]["parameter"]) == (422, "cursor")


def test_each_report_is_documented_with_its_columns_and_a_true_example() -> None:
    document = openapi_document()
    schemas = document["components"]["schemas"]
    for report in REPORTS:
        assert report.name in schemas
        operation = document["paths"]["/v1" + report.path]["get"]
        assert operation["operationId"] == report.operation and report.example in operation["description"]
        content = operation["responses"]["200"]["content"]
        assert next(iter(content)) == "application/json" and {"text/csv", "application/x-ndjson"} < set(content)
        for name, *_ in schema_columns(report.row):
            assert f"`{name}`" in content["text/csv"]["schema"]["description"]
        assert issubclass(report.query, ReportOptions)


def test_every_resource_has_its_history() -> None:
    assert {one.path for one in REPORTS if one.operation.endswith("History")} == {
        f"/{resource.name}/{{key}}/history" for resource in RESOURCES
    }
