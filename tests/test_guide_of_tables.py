"""The guide of tables names addresses and columns that exist; the days in the guide of dates are computed as it says."""

import csv
import io
import re

import httpx

from app.db.dates import possible_days
from tests.guide import GUIDES

TABLES = (GUIDES / "tables.md").read_text("utf-8")
DATES = (GUIDES / "dates.md").read_text("utf-8")


async def test_its_addresses_are_answered_and_its_columns_are_in_them(client: httpx.AsyncClient) -> None:
    asked = set(re.findall(r"(/v1/[a-z-]+\?[^\"'`)\s]+)", TABLES))
    assert len(asked) >= 5
    header: set[str] = set()
    for address in asked:
        answer = await client.get(address)
        assert answer.status_code == 200, address
        if "format=csv" in address:
            header |= set(next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))))
    columns = set(re.findall(r'(?:\["|col\(")([a-z_.]+)"', TABLES)) | {"issue.code"}
    assert columns and columns <= header


def test_its_examples_of_dates_are_true() -> None:
    rows = re.findall(r"^\| `([0-9X~/.-]+)`[^|]*\| (\S+) \| (\S+) \|$", DATES, re.MULTILINE)
    assert len(rows) == 10
    for text, first, last in rows:
        assert tuple(day.isoformat() if day else "null" for day in possible_days(text)) == (first, last)
