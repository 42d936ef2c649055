"""Parquet: the columns of CSV, typed, in row groups."""

import csv
import io
import json
from datetime import date, datetime

import httpx
import pyarrow.parquet
import pytest
from pydantic import BaseModel

from app.reading.formats.csv_table import unescape_formula
from app.reading.formats.parquet import GROUP, PARQUET
from app.reading.formats.sheet import RowBatch, compact
from tests.reading.formats.told import told


def worded(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        # Joined, unless it could not be told where an entry ends.
        unclear = any(isinstance(one, str) and "; " in one for one in value) or str(value[0]).startswith("[")
        return compact(value) if unclear else "; ".join(map(worded, value))
    if isinstance(value, bool):
        return str(value).lower()
    if type(value) is date:
        return value.isoformat()
    # PostgreSQL leaves out the zeros at the end of a second.
    if isinstance(value, datetime):
        second, zone = value.isoformat()[:-6], value.isoformat()[-6:]
        return (second.rstrip("0") if "." in second else second) + zone
    return str(value)


@pytest.mark.parametrize("name", ["demands", "delegations", "places", "citations"])
async def test_it_reads_back_as_the_table_does(client: httpx.AsyncClient, name: str) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO((await client.get(f"/v1/{name}?format=parquet")).content))
    text = (await client.get(f"/v1/{name}?format=csv")).content.decode("utf-8-sig")
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert table.column_names == header
    assert table.num_rows == len(lines) > 0
    for row, line in zip(table.to_pylist(), lines, strict=True):
        assert [worded(value) for value in row.values()] == [unescape_formula(cell) for cell in line]
    assert table.schema.metadata[b"parley.collection"] == name.encode()
    assert int(table.schema.metadata[b"parley.revision"]) > 0


class Measured(BaseModel):
    count: int | None
    share: float | None
    is_true: bool | None
    at: datetime | None
    words: list[str]


def test_types_are_kept_and_groups_are_written_as_the_rows_come() -> None:
    ending = PARQUET.make(told("things", Measured))
    row = {"count": -5, "share": 0.5, "is_true": True, "at": "2026-11-24T12:00:00+01:00", "words": ["a; b", "c"]}
    empty = dict.fromkeys(row) | {"words": []}
    content = ending.head() + ending.rows(RowBatch([json.dumps(row)] * (GROUP - 1)))
    waiting = len(content)
    content += ending.rows(RowBatch([json.dumps(empty)] * 2))
    assert len(content) > waiting
    content += ending.tail()
    file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
    assert [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)] == [GROUP, 1]
    first, last = file.read().slice(0, 1).to_pylist()[0], file.read().slice(GROUP).to_pylist()[0]
    assert first == row | {"at": datetime.fromisoformat("2026-11-24T11:00:00+00:00")}
    assert last == empty
