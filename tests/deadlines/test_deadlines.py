"""Deadlines inside their owners, and `/v1/deadlines`: which was in force on a day, what it replaced, by how many days."""

import csv
import io
import json
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.dates import parse_edtf
from tests.conftest import Server, Templates
from tests.ingest.test_dossier_export import carried, empty_ledger

MADE_UP = Path(__file__).parents[1] / "material" / "any_negotiation" / "deadlines.json"
PROCESSES = ("marland-leaves", "isles-trade", "harbour-pay")
EXIT = "owner=processes/marland-leaves"


@pytest.fixture(scope="module")
async def still(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """A ledger with the made-up dossier, shared by the tests that write nothing."""
    async with empty_ledger(server, templates) as client:
        await taken(client)
        yield client


@pytest.fixture
async def made_up(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """The same in a database of the test's own, for writing."""
    async with empty_ledger(server, templates) as client:
        await taken(client)
        yield client


async def taken(client: httpx.AsyncClient) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    got = await client.post("/v1/dossiers", content=MADE_UP.read_bytes(), headers=headers)
    assert got.status_code == 200, got.text
    return dict(got.json()["counts"])


async def listed(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    got = await client.get(f"/v1/deadlines?{query}")
    assert got.status_code == 200, got.text
    return list(got.json()["data"])


async def keys(client: httpx.AsyncClient, query: str) -> list[str]:
    return [row["key"] for row in await listed(client, query)]


async def change(client: httpx.AsyncClient, address: str, **fields: Any) -> None:
    got = await client.patch(
        f"/v1/{address}", content=json.dumps(fields), headers={"Content-Type": "application/merge-patch+json"}
    )
    assert got.status_code == 200, got.text


async def test_the_dossier_goes_into_an_empty_ledger_and_comes_back_byte_for_byte(
    made_up: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    counts = await taken(made_up)
    assert counts["created"] == counts["changed"] == 0
    for slug in PROCESSES:
        async with empty_ledger(server, templates) as there:
            dossier = json.loads(await carried(made_up, there, slug))
            sent = json.loads(MADE_UP.read_text("utf-8"))["records"]
            for collection, records in sent.items():
                for body in records:
                    for found in dossier["records"].get(collection, ()):
                        if found["slug"] == body["slug"]:
                            assert found.get("deadlines", []) == body.get("deadlines", [])
                            assert found.get("until") == body.get("until")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2029-03-28", []),
        ("2029-03-29", ["two-years"]),
        ("2031-03-21", ["two-years"]),
        ("2031-03-22", ["first-extension", "if-adopted"]),
        ("2031-04-10", ["first-extension", "if-adopted"]),
        ("2031-04-11", ["if-adopted", "second-extension"]),
        ("2031-12-31", ["if-adopted", "second-extension"]),
    ],
)
async def test_the_deadlines_of_an_exit_on_each_day(still: httpx.AsyncClient, day: str, expected: list[str]) -> None:
    assert await keys(still, f"{EXIT}&in_force_on={day}") == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Nothing says when they were set: the first counts from the beginning of the talk, each other from the day of the
        # one that it replaces.
        ("2030-05-31", []),
        ("2030-06-01", ["deadline-2030-06-05"]),
        ("2030-06-04", ["deadline-2030-06-05"]),
        ("2030-06-05", ["deadline-2030-06-07"]),
        ("2030-06-06", ["deadline-2030-06-07"]),
        ("2030-06-07", ["deadline-2030-06"]),
    ],
)
async def test_the_deadlines_of_a_talk_of_which_no_one_says_when_they_were_set(
    still: httpx.AsyncClient, day: str, expected: list[str]
) -> None:
    assert await keys(still, f"owner=talks/isles-ministers&in_force_on={day}") == expected


async def test_a_row_has_the_chain_that_it_replaced_and_the_days_by_which_it_was_moved(
    still: httpx.AsyncClient,
) -> None:
    rows = {row["key"]: row for row in await listed(still, EXIT)}
    last = rows["second-extension"]
    assert [(one["key"], one["on"], one["set_on"]) for one in last["replaced"]] == [
        ("two-years", "2031-03-29", "2029-03-29"),
        ("first-extension", "2031-04-12", "2031-03-22"),
    ]
    assert (last["moved_days"], last["moved_days_in_all"]) == (202, 216)
    assert (last["time"], last["zone"], last["set_by"], last["counts_from"]) == (
        "23:00", "UTC", "union-council", "2031-04-11",
    )  # fmt: skip
    assert (last["replaced_by"], last["replaced_from"]) == ([], None)
    first = rows["two-years"]
    assert (first["replaced"], first["moved_days"], first["moved_days_in_all"]) == ([], None, None)
    assert (first["replaced_by"], first["replaced_from"]) == (["first-extension", "if-adopted"], "2031-03-22")
    assert (first["owner"], first["title"], first["process"]["slug"], first["url"]) == (
        "processes/marland-leaves",
        "Exit of Marland from the Northern Union",
        "marland-leaves",
        "/v1/processes/marland-leaves",
    )
    month = (await listed(still, "owner=talks/isles-ministers&on_from=2030-06-30"))[0]
    assert (month["on"], month["on_min"], month["on_max"]) == ("2030-06", "2030-06-01", "2030-06-30")
    assert (month["moved_days"], month["moved_days_in_all"]) == (None, None)


async def test_filters(made_up: httpx.AsyncClient) -> None:
    everything = await listed(made_up, "limit=100")
    assert len(everything) == 10
    assert [row["on_min"] for row in everything] == sorted(row["on_min"] for row in everything)
    assert {row["owner"].partition("/")[0] for row in everything} == {"agreements", "processes", "proposals", "talks"}
    assert await keys(made_up, "process=harbour-pay") == ["strike"]
    assert len(await keys(made_up, "process=isles-trade")) == 5
    assert await keys(made_up, "owner=agreements/isles-standstill,proposals/harbour-offer") == [
        "six-months", "one-year", "strike",
    ]  # fmt: skip
    assert await keys(made_up, "set_by=marland,harbour-works-council") == ["two-years", "strike"]
    assert await keys(made_up, "on_from=2031-01&on_to=2031-03-29") == ["six-months", "two-years"]
    # A process includes those below it.
    await made_up.post("/v1/processes", json={"slug": "top", "title": "Top", "kind": "exit"})
    await change(made_up, "processes/harbour-pay", parent="top")
    assert await keys(made_up, "process=top") == ["strike"]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("process=isles-trad", "process", "Did you mean 'isles-trade'?"),
        ("owner=talks/nowhere", "owner", "Not found: 'nowhere' in talks."),
        ("owner=parties/marland", "owner", "agreements, processes, proposals, talks have deadlines"),
        ("owner=isles-ministers", "owner", "is not a record address"),
        ("set_by=marlan", "set_by", "Did you mean 'marland'?"),
        ("in_force_on=soon", "in_force_on", "neither a day"),
        ("on_from=2031&on_to=2030", "on_from", "swap them"),
        ("on_from=soon", "on_from", "is not a date"),
        ("owners=talks/isles-ministers", "owners", "owner"),
    ],
)
async def test_what_names_nothing_is_refused(still: httpx.AsyncClient, query: str, parameter: str, words: str) -> None:
    got = await still.get(f"/v1/deadlines?{query}")
    (error,) = got.json()["errors"]
    assert (got.status_code, error["parameter"]) == (422, parameter)
    assert words in f"{error['message']} {error.get('hint')}"


async def test_a_table_holds_all_rows(still: httpx.AsyncClient) -> None:
    table = await still.get("/v1/deadlines?format=csv&bom=false")
    assert [row["key"] for row in csv.DictReader(io.StringIO(table.text))] == await keys(still, "limit=100")


async def test_as_of_reads_the_deadlines_of_then(made_up: httpx.AsyncClient) -> None:
    then = (await made_up.get("/v1/deadlines")).headers["parley-revision"]
    moved = {"key": "third", "on": "2031-03-01", "set_on": "2031-01-31", "replaces": "one-year", "set_by": "marland"}
    stored = (await made_up.get("/v1/agreements/isles-standstill")).json()["deadlines"]
    await change(made_up, "agreements/isles-standstill", deadlines=[*stored, moved], until="2031-03-01")
    owner = "owner=agreements/isles-standstill"
    assert await keys(made_up, f"{owner}&in_force_on=2031-02-01") == ["third"]
    (third,) = await listed(made_up, f"{owner}&on_from=2031-02&on_to=2031-03")
    assert (third["moved_days"], third["moved_days_in_all"]) == (-141, 40)
    assert await keys(made_up, f"{owner}&in_force_on=2031-02-01&as_of={then}") == ["one-year"]
    history = (await made_up.get("/v1/agreements/isles-standstill/history")).json()["data"]
    assert {one["pointer"]: one["op"] for one in history[0]["changes"]} == {
        "/deadlines/third": "add",
        "/until": "replace",
    }


async def test_an_owner_that_is_made_later_is_not_found_at_an_earlier_revision(made_up: httpx.AsyncClient) -> None:
    then = (await made_up.get("/v1/deadlines")).headers["parley-revision"]
    made = await made_up.post("/v1/processes", json={"slug": "later", "title": "Later", "kind": "exit"})
    assert made.status_code == 201, made.text
    for query in ("owner=processes/later", "process=later"):
        got = await made_up.get(f"/v1/deadlines?{query}&as_of={then}")
        assert (got.status_code, got.json()["detail"]) == (
            404, f"'later' was not yet in processes at revision {then}."
        ), got.text  # fmt: skip
    mixed = await made_up.get(f"/v1/deadlines?owner=processes/later,processes/nowhere&as_of={then}")
    assert (mixed.status_code, len(mixed.json()["errors"])) == (422, 2), mixed.text


async def test_known_by_hides_deadlines_with_their_owners(made_up: httpx.AsyncClient) -> None:
    cited = [{"source": "council-minutes", "field": "/deadlines/deadline-2030-06-05/on"}]
    await change(made_up, "talks/isles-ministers", citations=cited)
    # Processes are no claims. The other owners have no source.
    assert {row["owner"] for row in await listed(made_up, "known_by=2031-03-21")} == {"processes/marland-leaves"}
    assert {row["owner"] for row in await listed(made_up, "known_by=2031-03-22")} == {
        "processes/marland-leaves", "talks/isles-ministers",
    }  # fmt: skip


async def test_set_by_finds_a_party_that_was_renamed(made_up: httpx.AsyncClient) -> None:
    await change(made_up, "parties/marland", slug="new-marland")
    for name in ("new-marland", "marland"):
        assert await keys(made_up, f"set_by={name}") == ["two-years"]


async def test_a_merge_of_parties_and_its_undo_move_set_by(made_up: httpx.AsyncClient) -> None:
    """In all owners: the process and the proposal mention the party in their JSON."""
    for party, owner in (("marland", "processes/marland-leaves"), ("harbour-works-council", "proposals/harbour-offer")):
        await made_up.post(
            "/v1/parties?allow_duplicate=true", json={"slug": f"other-{party}", "name": party, "kind": "other"}
        )
        got = await made_up.post(f"/v1/parties/{party}/merge", json={"into": f"other-{party}"})
        assert got.status_code == 200, got.text
        (row,) = await listed(made_up, f"set_by=other-{party}")
        assert (row["owner"], row["set_by"]) == (owner, f"other-{party}")
        undone = await made_up.post(f"/v1/revisions/{got.headers['parley-revision']}/undo")
        assert undone.status_code == 201, undone.text
        (row,) = await listed(made_up, f"set_by={party}")
        assert (row["owner"], row["set_by"]) == (owner, party)


async def test_an_owner_that_was_withdrawn_has_no_row(made_up: httpx.AsyncClient) -> None:
    got = await made_up.delete("/v1/talks/isles-ministers?reason=coded%20twice")
    assert got.status_code in (200, 204), got.text
    gone = await made_up.get("/v1/deadlines?owner=talks/isles-ministers")
    assert (gone.status_code, gone.json()["errors"][0]["parameter"]) == (410, "owner")


async def test_a_chain_is_replaced_by_its_newest_deadline_if_nobody_says_when_one_between_was_set(
    made_up: httpx.AsyncClient,
) -> None:
    chain = [
        {"key": "may", "on": "2031-05-01", "set_on": "2031-03-01"},
        {"key": "june", "on": "2031-06-01", "replaces": "may"},
        {"key": "july", "on": "2031-07-01", "set_on": "2031-04-20", "replaces": "june"},
    ]
    await change(made_up, "processes/isles-trade", deadlines=chain)
    for day, key in (("2031-04-19", "may"), ("2031-04-20", "july"), ("2031-05-02", "july")):
        assert await keys(made_up, f"owner=processes/isles-trade&in_force_on={day}") == [key]


async def test_until_filters_and_is_checked(still: httpx.AsyncClient) -> None:
    for query, expected in (
        ("until_from=2031-07-20", 1), ("until_from=2031-07-21", 0), ("until_to=2031-07-19", 0), ("until_to=2031-07", 1),
        ("missing=until", 0), ("has=deadlines", 1),
    ):  # fmt: skip
        assert len((await still.get(f"/v1/agreements?{query}")).json()["data"]) == expected, query
    body = {"process": "isles-trade", "title": "A", "kind": "interim", "agreed_on": "2030-07-01"}
    got = await still.post("/v1/agreements", json={**body, "until": "2030-06"})
    (error,) = got.json()["errors"]
    assert (got.status_code, error["pointer"]) == (422, "/until")
    assert "'2030-06' is before `agreed_on` ('2030-07-01')" in error["message"]
    got = await still.post("/v1/agreements", json={**body, "deadlines": [{"on": "2031", "replaces": "x"}]})
    assert (got.status_code, got.json()["errors"][0]["pointer"]) == (422, "/deadlines")


async def test_the_time_of_a_deadline_exists_and_has_an_instant(made_up: httpx.AsyncClient) -> None:
    zone = "America/New_York"
    body = {"process": "isles-trade", "title": "A", "kind": "interim"}
    skipped = {"on": "2024-03-10", "time": "02:30", "zone": zone}
    got = await made_up.post("/v1/agreements", json={**body, "deadlines": [skipped]})
    (error,) = got.json()["errors"]
    assert (got.status_code, error["pointer"]) == (422, "/deadlines/0")
    assert "02:30 does not exist on 2024-03-10 in 'America/New_York'" in error["message"]
    rows = [{**skipped, "time": "03:30"}, {"on": "2024-11-03", "time": "01:30", "zone": zone}, {"on": "2024-12"}]
    got = await made_up.post("/v1/agreements", json={**body, "slug": "timed", "deadlines": rows})
    assert got.status_code == 201, got.text
    instants = [row["at"] for row in await listed(made_up, "owner=agreements/timed")]
    assert instants == ["2024-03-10T07:30:00+00:00", "2024-11-03T05:30:00+00:00", None]


async def test_each_owner_has_a_long_table_and_calendar_events(still: httpx.AsyncClient) -> None:
    for collection, count in (("processes", 4), ("talks", 3), ("proposals", 1), ("agreements", 2)):
        long = (await still.get(f"/v1/{collection}?rows=deadline&format=ndjson")).text.splitlines()
        assert len(long) == count, collection
    for collection, summaries in (("proposals", 1), ("agreements", 2), ("talks", 3)):
        text = (await still.get(f"/v1/{collection}?format=ics")).text
        assert text.count("SUMMARY:Deadline: ") == summaries, collection
    agreements = (await still.get("/v1/agreements?format=ics")).text.replace("\r\n ", "")
    assert "SUMMARY:Last day: Standstill on tariffs" in agreements
    assert agreements.count("Moved: another deadline replaces it.") == 1


# --- compared with plain Python


def days_of(text: str) -> tuple[date, date]:
    span = parse_edtf(text)
    assert isinstance(span.earliest, date) and isinstance(span.latest, date)
    return span.earliest, span.latest


def in_force(rows: list[dict[str, Any]], beginning: date, day: date) -> set[str]:
    """The keys of the deadlines in force on a day, from their definition."""
    by_key = {row["key"]: row for row in rows}

    def counts_from(row: dict[str, Any]) -> date:
        if row.get("set_on"):
            return days_of(row["set_on"])[1]
        if not row.get("replaces"):
            return beginning
        before = by_key[row["replaces"]]
        return max(counts_from(before), min(days_of(before["on"])[1], days_of(row["on"])[1]))

    counting = {row["key"] for row in rows if counts_from(row) <= day}

    def replaced(row: dict[str, Any]) -> set[str]:
        before = row.get("replaces")
        return {before} | replaced(by_key[before]) if before else set()

    return counting - {key for row in rows if row["key"] in counting for key in replaced(row)}


def made_at_random(chosen: random.Random) -> list[dict[str, Any]]:
    """Deadlines in January 2030, as a body that is accepted: one that replaces another was not certainly set before it."""
    rows: list[dict[str, Any]] = []
    for number in range(chosen.randint(1, 7)):
        day = chosen.choice([f"2030-01-{chosen.randint(8, 31):02}", "2030-01", "2030-01-10/2030-01-20", "2030-01-XX"])
        row: dict[str, Any] = {"key": f"d{number}", "on": day}
        if chosen.random() < 0.5:
            row["set_on"] = chosen.choice([f"2030-01-{chosen.randint(1, 8):02}", "2029", "2030-01", "../2030-01-03"])
        if rows and chosen.random() < 0.7:
            before = chosen.choice(rows)
            known = row.get("set_on") and before.get("set_on")
            if not known or days_of(before["set_on"])[0] <= days_of(row["set_on"])[1]:
                row["replaces"] = before["key"]
        rows.append(row)
    chosen.shuffle(rows)
    return rows


async def test_what_is_in_force_is_what_plain_python_says(made_up: httpx.AsyncClient) -> None:
    chosen = random.Random(16)  # noqa: S311 - the same worlds each time
    worlds: dict[str, list[dict[str, Any]]] = {}
    starts: dict[str, str | None] = {}
    for number in range(40):
        slug = f"random-{number}"
        worlds[f"talks/{slug}"], starts[f"talks/{slug}"] = made_at_random(chosen), chosen.choice(["2030-01-05", None])
        body = {"process": "isles-trade", "title": slug, "start": starts[f"talks/{slug}"]}
        got = await made_up.put(f"/v1/talks/{slug}", json={**body, "deadlines": worlds[f"talks/{slug}"]})
        assert got.status_code == 201, got.text
    seen = 0
    for after in range(-40, 32):
        day = date(2030, 1, 1) + timedelta(days=after)
        found: dict[str, set[str]] = {owner: set() for owner in worlds}
        for row in await listed(made_up, f"process=isles-trade&in_force_on={day}&limit=500"):
            if row["owner"] in found:
                found[row["owner"]].add(row["key"])
        for owner, rows in worlds.items():
            start = starts[owner]
            beginning = date.fromisoformat(start) if start else date.min
            assert found[owner] == in_force(rows, beginning, day), (owner, rows, day)
            seen += len(found[owner])
    assert seen > 1000
