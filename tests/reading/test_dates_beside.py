"""The first and last possible day beside each date: in JSON, CSV and Parquet, found by looking at every day there is."""

import csv
import io
import json
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
from tests.document import openapi_document, operations, resolved

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


#: Fields that are single days, and never another kind of date.
DAYS = {
    ("StateView", "on"),
    ("ClosedView", "on"),
    ("StandingView", "on"),
    ("StandingView", "rule_met_on"),
    ("StandingView", "computed_in_force_on"),
    ("WrittenDate", "computed"),
}


def dates_in(schema: Any, value: Any) -> Iterator[tuple[str, str | None, tuple[str | None, str | None]]]:
    """Each date in an answer of this schema: its name, its text, and the days beside it."""
    for one in value if isinstance(value, list) else ():
        yield from dates_in(schema, one)
    for name, info in schema.model_fields.items() if isinstance(value, dict) else ():
        if name not in value:
            # A value leaves out what was not said.
            assert not {f"{name}_min", f"{name}_max"} & value.keys() or not is_uncertain(info)
        elif is_uncertain(info):
            yield name, value[name], (value[f"{name}_min"], value[f"{name}_max"])
        elif (below := model_in(info.annotation)) is not None:
            yield from dates_in(below, value[name])


def is_uncertain(info: Any) -> bool:
    """Whether a field is a date that may mean several days; the day of a state is one day."""
    marker = marker_of(info, Edtf)
    return marker is not None and not marker.is_day


def looked_up(text: str | None) -> tuple[str | None, str | None]:
    return by_looking(text) if text else (None, None)


def test_every_date_of_a_read_schema_has_days_beside_it() -> None:
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
            if is_uncertain(info):
                fields = list(schema.model_fields)
                place = fields.index(name)
                assert fields[place + 1 : place + 3] == [f"{name}_min", f"{name}_max"], schema.__name__

    for collection in RESOURCES:
        look(collection.read_spec.row)
        look(collection.read_spec.detail)
    assert len(seen) > 40


def test_every_date_of_a_response_has_days_beside_it_in_the_openapi_document() -> None:
    document = openapi_document()
    schemas = document["components"]["schemas"]
    sent, answered = set[str](), set[str]()
    for _, _, operation in operations(document):
        reach(document, resolved(document, operation.get("requestBody", {})), sent)
        for response in operation["responses"].values():
            reach(document, resolved(document, response), answered)
    found = 0
    # Some answers show what a body holds: files for import, a dossier, a difference. They are as they are written.
    for schema in answered - sent:
        fields = schemas[schema].get("properties", {})
        for name, field in fields.items():
            if "EDTF" in field.get("description", "") and (schema, name) not in DAYS:
                found += 1
                for end in ("min", "max"):
                    day = fields.get(f"{name}_{end}", {})
                    assert day.get("readOnly") and "date" in str(day), f"{schema}.{name}"
    assert found > 50
    for schema in sent:
        fields = schemas[schema].get("properties", {})
        assert not [name for name, field in fields.items() if field.get("readOnly")], schema
    dated = {name for name in answered & sent if "EDTF" in str(schemas[name])}
    assert dated and all(name.endswith("Write") for name in dated - {"CitationInRecord"})


def reach(document: dict[str, Any], value: Any, found: set[str]) -> None:
    """Add the names of the schemas to which a part of the document leads."""
    for part in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        reach(document, part, found)
    _, is_schema, name = value.get("$ref", "").partition("/schemas/") if isinstance(value, dict) else ("", "", "")
    if is_schema and name not in found:
        found.add(name)
        reach(document, document["components"]["schemas"][name], found)


async def test_the_days_of_all_records_are_those_that_the_calendar_has(client: httpx.AsyncClient) -> None:
    """The days of all records as a list has them; every fifth record is read alone too, and has the same."""
    found = set()
    for collection in RESOURCES:
        name, schema = collection.name, collection.read_spec.detail
        account = "&account=all" if name == "demands" else ""
        branches = "&include=state" if name == "demands" else ""
        listed = await client.get(f"/v1/{name}?format=ndjson&fields=*{account}{branches}")
        first = (await client.get(f"/v1/{name}/{json.loads(listed.text.partition(chr(10))[0])['slug']}")).json()
        for number, row in enumerate(map(json.loads, listed.text.splitlines())):
            dates = list(dates_in(schema, {key: row.get(key) for key in first}))
            if number % 5 == 0:
                read = (await client.get(f"/v1/{name}/{row['slug']}")).json()
                assert list(dates_in(schema, read)) == dates, row["slug"]
            for date_name, text, days in dates:
                assert days == looked_up(text), (name, row["slug"], date_name, text)
                found.add((name, date_name, text))
    assert len({text for *_, text in found if text and len(text) != 10}) > 10
    values = {("demands", "at"), ("demands", "date"), ("demands", "fulfilled_on"), ("talks", "on")}
    assert values | {("processes", "started")} <= {(name, date_name) for name, date_name, text in found if text}


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


#: Every form of a date.
TEXTS = (
    "2018-24", "9998-24", "../2015", "/2015-06", "2013/", "2013-06~/..", "201X", "20XX", "0001", "9999-12-31",
    "2018-XX-XX%", "2024-02-XX", "2018-01~/2018-XX", "0001-01-01/..", "..", "2025-06-02", "2024-02-29", "2025-12-31?",
    "2025-06", "2023-02~", "1999-21", "2025-22", "2025-23~", "2025-06-02/2025-06-05", "2024/2025-24", "../9999-12-31",
    "1000-01-01",
)  # fmt: skip
#: Beyond what `by_looking` can walk in a test.
FAR = ("9998-24", "9999-12-31", "20XX", "0001-01-01/..", "../9999-12-31")


def test_the_days_of_every_kind_of_date_are_those_that_the_calendar_has() -> None:
    for text in TEXTS:
        if text not in FAR:
            assert tuple(day and day.isoformat() for day in possible_days(text)) == by_looking(text)


async def test_every_kind_of_date_has_the_same_days_wherever_it_stands(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    expected = [(text, *(day and day.isoformat() for day in possible_days(text))) for text in TEXTS]
    conflicts = [{"name": text, "started": text} for text in TEXTS]
    deadlines = [{"on": text} for text in TEXTS]
    ids = [{"scheme": "s", "value": f"v{place}", "valid_from": text} for place, text in enumerate(TEXTS)]
    process = {"slug": "probe", "title": "Probe", "kind": "peace", "conflicts": conflicts, "external_ids": ids}
    made = await own_client.put("/v1/processes/probe", json=process, headers=own_admin)
    assert made.status_code == 201, made.text
    talk = {"slug": "probe", "process": "probe", "title": "Probe", "deadlines": deadlines}
    assert (await own_client.put("/v1/talks/probe", json=talk, headers=own_admin)).status_code == 201

    async def days(address: str, name: str, of: str) -> list[tuple[Any, ...]]:
        rows = (await own_client.get(f"/v1/{address}")).json()
        return [(row[of], row[f"{of}_min"], row[f"{of}_max"]) for row in rows[name]]

    assert await days("processes/probe", "conflicts", "started") == expected
    assert sorted(await days("processes/probe", "external_ids", "valid_from")) == sorted(expected)
    assert await days("talks/probe", "deadlines", "on") == expected
    fields = "deadlines.on,deadlines.on_max,deadlines.on_min"
    assert await days(f"talks/probe?fields={fields}", "deadlines", "on") == expected
    values = ",".join(f"v{place}" for place in range(len(TEXTS)))
    assert await days(f"resolve?scheme=s&value={values}", "data", "valid_from") == expected
    long = (await own_client.get("/v1/talks?rows=deadline&format=ndjson&process=probe")).text.splitlines()
    rows = [json.loads(line)["deadline"] for line in long]
    assert [(row["on"], row["on_min"], row["on_max"]) for row in rows] == expected
    for text, *ends in expected:
        body = {"process": "probe", "slug": "probe", "title": "Probe", "start": text}
        assert (await own_client.put("/v1/talks/probe", json=body, headers=own_admin)).status_code == 200
        read = (await own_client.get("/v1/talks/probe?fields=start_min,start_max")).json()
        assert list(read.values()) == ends, text
        timing = {"relation": "from_date", "at": text}
        demand = {"timing": {**timing, "at_min": "0001-01-01", "at_max": None}}
        address = "/v1/demands/russian-memorandum-2025-06-02-ii-2-8"
        assert (await own_client.patch(address, json=demand, headers=own_admin)).status_code == 200
        read = (await own_client.get(f"{address}?fields=timing.at_min,timing.at_max,timing.at")).json()["timing"]
        assert [read[name] for name in ("at", "at_min", "at_max")] == [text, *ends]


async def test_days_inside_values_are_taken_back_and_ignored(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    head = (await own_client.get("/v1/revisions?limit=1")).json()["head"]
    found = 0
    for address in ("demands?account=all&has=timing", "talks?has=deadlines", "processes?has=conflicts"):
        name = address.partition("?")[0]
        for row in (await own_client.get(f"/v1/{address}&fields=slug&limit=500")).json()["data"]:
            read = await own_client.get(f"/v1/{name}/{row['slug']}")
            found += bool(re.search(r'"(at|date|on|started)_min"', read.text))
            answer = await own_client.put(f"/v1/{name}/{row['slug']}", json=read.json(), headers=own_admin)
            assert (answer.status_code, answer.headers["Parley-Revision"]) == (200, str(head)), answer.text
    assert found > 20
    # What no answer shows is refused as before.
    timing = {"relation": "by_date", "at": "2025", "at_first": "2025-01-01"}
    address = "/v1/demands/russian-memorandum-2025-06-02-ii-2-8"
    refused = await own_client.patch(address, json={"timing": timing}, headers=own_admin)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/timing/at_first"]


async def test_days_inside_values_are_shown_of_the_past_and_of_what_was_known(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    head = (await own_client.get("/v1/revisions?limit=1")).json()["head"]
    address = "/v1/demands?account=all&has=due&fields=slug,timing,state&limit=500"
    was = (await own_client.get(address)).json()["data"]
    for row in was[:2]:
        made = await own_client.patch(f"/v1/demands/{row['slug']}", json={"timing": None}, headers=own_admin)
        assert made.status_code == 200, made.text
    assert (await own_client.get(f"{address}&as_of={head}")).json()["data"] == was
    known = (await own_client.get(f"{address}&as_of={head}&known_by=2026-11-29")).json()["data"]
    timings = {row["slug"]: row["timing"] for row in was}
    assert known and all(row["timing"] == timings[row["slug"]] for row in known)


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
