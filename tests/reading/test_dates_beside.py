"""The first and last possible day beside each date: in JSON, CSV and Parquet, found by looking at every day there is."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import httpx
import pyarrow
import pyarrow.parquet
import pytest

from app.db.dates import possible_days
from app.domain.types import Edtf
from app.reading.selection import marker_of, model_in
from app.registry import RESOURCES

SEASONS = {"21": (3, 4, 5), "22": (6, 7, 8), "23": (9, 10, 11), "24": (12, 13, 14)}


@cache
def by_looking(text: str) -> tuple[str | None, str | None]:
    """First and last day by a rule of its own: of all days of the calendar, those whose digits the text allows."""
    if text == "..":
        return None, None
    first, _, last = text.partition("/") if "/" in text else (text, "", text)
    return (
        None if first in ("", "..") else min(days_of(first)).isoformat(),
        None if last in ("", "..") else max(days_of(last)).isoformat(),
    )


def days_of(text: str) -> list[date]:
    year, month, day = (*text.rstrip("~?%").split("-"), "XX", "XX")[:3]
    found: list[date] = []
    for number in {max(int(year.replace("X", "0")), 1), int(year.replace("X", "9"))}:
        here = date(number, 1, 1)
        # A winter ends in the year after.
        while here.year <= min(number + 1, 9998):
            months = SEASONS.get(month)
            if months:
                is_in = here.month + 12 * (here.year - number) in months
            else:
                is_in = here.year == number and bool(re.fullmatch(month.replace("X", "."), f"{here.month:02}"))
            if is_in and re.fullmatch(day.replace("X", "."), f"{here.day:02}"):
                found.append(here)
            here += timedelta(days=1)
    return found


def dates_in(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each name in a JSON value that has days beside it, with the object in which it stands."""
    for one in value if isinstance(value, list) else ():
        yield from dates_in(one)
    if isinstance(value, dict):
        for name, one in value.items():
            if f"{name}_min" in value:
                yield name, value
            yield from dates_in(one)


def test_every_date_that_a_schema_describes_has_days_beside_it() -> None:
    seen = set()

    def look(schema: Any) -> None:
        if schema in seen:
            return
        seen.add(schema)
        for name, info in schema.model_fields.items():
            if (below := model_in(info.annotation)) is not None:
                look(below)
            elif "EDTF" in (info.description or "") and str in (
                info.annotation,
                *getattr(info.annotation, "__args__", ()),
            ):
                assert marker_of(info, Edtf), f"{schema.__name__}.{name}"
            if (marker := marker_of(info, Edtf)) and marker.is_stored:
                fields = list(schema.model_fields)
                place = fields.index(name)
                assert fields[place + 1 : place + 3] == [f"{name}_min", f"{name}_max"], schema.__name__

    for collection in RESOURCES:
        look(collection.read_spec.summary)
        look(collection.read_spec.detail)
    assert len(seen) > 40


async def test_the_days_of_all_records_are_those_that_the_calendar_has(client: httpx.AsyncClient) -> None:
    found = set()
    for collection in RESOURCES:
        name = collection.name
        account = "&account=all" if name == "demands" else ""
        listed = await client.get(f"/v1/{name}?format=ndjson&fields=slug{account}")
        for slug in re.findall(r'"slug":"([^"]+)"', listed.text):
            for date_name, row in dates_in((await client.get(f"/v1/{name}/{slug}")).json()):
                text = row[date_name]
                days = by_looking(text) if text else (None, None)
                assert (row[f"{date_name}_min"], row[f"{date_name}_max"]) == days, (name, slug, date_name, text)
                found.add((name, date_name, text))
    assert len({text for *_, text in found if text and len(text) != 10}) > 10


@pytest.mark.parametrize("name", [collection.name for collection in RESOURCES])
async def test_tables_have_the_days_as_dates(client: httpx.AsyncClient, name: str) -> None:
    text = (await client.get(f"/v1/{name}?format=csv&bom=false")).text
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    table = pyarrow.parquet.read_table(io.BytesIO((await client.get(f"/v1/{name}?format=parquet")).content))
    dated = [column for column in lines[0] if f"{column}_min" in lines[0] and f"{column}_max" in lines[0]]
    for column in dated:
        for end, place in (("min", 0), ("max", 1)):
            kind = table.schema.field(f"{column}_{end}").type
            assert kind in (pyarrow.date32(), pyarrow.list_(pyarrow.date32())), column
            cells = [line[f"{column}_{end}"] or None for line in lines]
            if kind == pyarrow.date32():
                assert cells == [by_looking(line[column])[place] if line[column] else None for line in lines], column
                read = table.column(f"{column}_{end}").to_pylist()
                assert cells == [day.isoformat() if day else None for day in read], column
    if name in ("demands", "talks", "proposals", "agreements", "responses", "sources", "processes"):
        assert dated


@pytest.mark.parametrize(
    "text",
    ["2018-24", "9998-24", "../2015", "/2015-06", "2013/", "2013-06~/..", "201X", "20XX", "0001", "9999-12-31",
     "2018-XX-XX%", "2024-02-XX", "2018-01~/2018-XX", "0001-01-01/..", ".."],
)  # fmt: skip
async def test_every_kind_of_date_has_the_same_days_in_the_database(
    own_client: httpx.AsyncClient, own_admin: dict[str, str], text: str
) -> None:
    days = possible_days(text)
    expected = tuple(day and day.isoformat() for day in days)
    if text not in ("9998-24", "9999-12-31", "20XX", "0001-01-01/.."):  # Beyond what `by_looking` can walk in a test.
        assert expected == by_looking(text)
    process = {"slug": "probe", "title": "Probe", "kind": "peace", "started": text}
    made = await own_client.put("/v1/processes/probe", json=process, headers=own_admin)
    assert made.status_code in (200, 201), made.text
    read = (await own_client.get("/v1/processes/probe")).json()
    assert (read["started_min"], read["started_max"]) == expected
    asked = (await own_client.get("/v1/processes/probe?fields=started_max")).json()
    assert asked == {"started_max": expected[1]}


async def test_days_are_no_change_of_their_own(own_client: httpx.AsyncClient, own_admin: dict[str, str]) -> None:
    path = "/v1/processes/russia-ukraine"
    record = (await own_client.get(path)).json()
    await own_client.patch(path, json={"started": "2022-02"}, headers=own_admin)
    newest = (await own_client.get(f"{path}/history")).json()["data"][0]
    assert [one["pointer"] for one in newest["changes"]] == ["/started"]
    ids = [{"scheme": "wikidata", "value": "Q1", "valid_from": "1991", "valid_from_min": "1", "valid_to_max": None}]
    patch = {"started": "2022-02", "started_min": "1999-01-01", "started_max": None, "external_ids": ids}
    assert (await own_client.patch(path, json=patch, headers=own_admin)).status_code == 200
    read = (await own_client.get(path)).json()
    assert (read["started_min"], read["external_ids"][0]["valid_from_min"]) == ("2022-02-01", "1991-01-01")
    # What an answer shows is taken back by imports, without its days.
    line = {**record, "started": "2022-03", "started_min": "1999-01-01"}
    answer = await own_client.post(
        "/v1/imports?collection=processes",
        json=line,
        headers={**own_admin, "Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    assert (await own_client.get(path)).json()["started_min"] == "2022-03-01"
