"""`/v1/reports/counts`: each cell is computed a second time from plain lists, and its URL lists as many records."""

import itertools
import json
from collections import Counter
from typing import Any

import httpx
import pytest

PROCESS = "process=russia-ukraine"


async def counted(client: httpx.AsyncClient, query: str) -> dict[str, Any]:
    got = await client.get(f"/v1/reports/counts?{query}")
    assert got.status_code == 200, got.text
    return dict(got.json())


async def listed(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    got = await client.get(address)
    assert got.status_code == 200, got.text
    return [json.loads(line) for line in got.text.splitlines()]


async def above(client: httpx.AsyncClient, address: str, key: str, parent: str) -> dict[str, list[str]]:
    """Each value of a hierarchy with all values above it, the value first."""
    rows = await listed(client, f"/v1/{address}?format=ndjson&fields={key},{parent}.{key}")
    parents = {row[key]: row[parent] and row[parent][key] for row in rows}

    def chain(value: str | None) -> list[str]:
        return [] if value is None else [value, *chain(parents[value])]

    return {value: chain(value) for value in parents}


def cells_of(answer: dict[str, Any]) -> Counter[tuple[str | None, ...]]:
    axes = ("first", "second", "third")[: len(answer["by"])]
    return Counter({tuple(row[axis]["value"] for axis in axes): row["count"] for row in answer["data"]})


@pytest.mark.parametrize("clock", ["", "&known_by=2025-06-03", "&state_on=2025-06-05&inherited=false&account=all"])
@pytest.mark.parametrize("level", [None, 0, 1])
async def test_issue_claimant_and_state_in_one_table(client: httpx.AsyncClient, clock: str, level: int | None) -> None:
    question = f"{PROCESS}{clock}"
    answer = await counted(
        client, f"of=demands&by=issue,claimant,state&{question}" + ("" if level is None else f"&level={level}")
    )
    chains = await above(client, "issues", "code", "broader")
    rows = await listed(
        client,
        f"/v1/demands?format=ndjson&fields=slug,issues,claimants.slug,state.word&{question}",
    )
    expected: Counter[tuple[str | None, ...]] = Counter()
    inside = set()
    for row in rows:
        own = {code for issue in row["issues"] for code in chains[issue["code"]]}
        codes: list[str | None] = [code for code in own if level in (None, len(chains[code]) - 1)]
        for cell in itertools.product(
            codes if own else [None], [one["slug"] for one in row["claimants"]] or [None], [row["state"]["word"]]
        ):
            expected[cell] += 1
            inside.add(row["slug"])
    assert cells_of(answer) == expected
    assert answer["records"] == {"matching": len(rows), "in_cells": len(inside), "is_exact": True}
    assert len(rows) > 10 and len(expected) > 10


@pytest.mark.parametrize(
    "query",
    [
        f"of=demands&by=issue,state&{PROCESS}&issue=TERR,ceas.truce&claimant=russia,ukraine&level=1&state_on=2025-06-05",
        f"of=demands&by=issue,claimant&{PROCESS}&issue=TERR.TRANSFER",
        "of=talks&by=year,status&process=russia-ukraine&start_from=2024",
        "of=talks&by=place,format",
        "of=assessments&by=by,kind",
        "of=responses&by=responder,stance&said_to=2025-06-04&missing=talk",
    ],
)
async def test_the_url_of_each_cell_lists_its_records(client: httpx.AsyncClient, query: str) -> None:
    answer = await counted(client, query)
    assert answer["data"]
    addressed = [row for row in answer["data"] if row["url"] is not None]
    assert addressed
    for row in addressed[:12]:
        got = await client.get(row["url"] + "&count=exact&limit=1&fields=slug")
        assert got.status_code == 200, (row["url"], got.text)
        assert got.json()["page"]["count"]["value"] == row["count"], row["url"]
    for row in answer["data"]:
        # Only a second value of a facet that the request filters by has no list of its own.
        assert (row["url"] is not None) or "issue=" in query


async def test_errors_name_the_parameter_and_what_would_be_right(client: httpx.AsyncClient) -> None:
    for query, parameters in (
        ("of=demand&by=act", ["of"]),
        ("of=demands&by=act,state,issue,claimant", ["by"]),
        ("of=demands&by=issues&level=1&proces=x&limit=3&q=a&q=b&tabled_from=x",
         ["by", "level", "proces", "limit", "q", "tabled_from"]),
        ("of=demands&by=act&process=russia-ukrain", ["process"]),
        ("of=demands&by=act&claimant=nobody-at-all&known_by=2025-13", ["known_by"]),
        ("of=demands&by=act&tabled_from=2025&tabled_to=2024", ["tabled_from"]),
    ):  # fmt: skip
        got = await client.get(f"/v1/reports/counts?{query}")
        assert got.status_code == 422, query
        found = [error["parameter"] for error in got.json()["errors"]]
        assert list(dict.fromkeys(found)) == parameters, got.text


async def test_nothing_to_count_is_an_empty_table(client: httpx.AsyncClient) -> None:
    for clock in ("known_by=1900-01-01", "as_of=1"):
        answer = await counted(client, f"of=demands&by=act,state&{clock}")
        assert (answer["data"], answer["records"]["matching"]) == ([], 0)


async def test_the_catalogue_lists_every_report(client: httpx.AsyncClient) -> None:
    rows = {row["operation"]: row for row in (await client.get("/v1/reports")).json()["data"]}
    assert {"countRecords", "listDeadlines", "listReports", "getTalkHistory"} < rows.keys()
    assert [one["name"] for one in rows["countRecords"]["parameters"] if one["is_required"]] == ["of", "by"]
    assert (await client.get(rows["countRecords"]["example"])).status_code == 200
    for path, near in (("reports/foo", "reports"), ("reports/count", "reports/counts"), ("talk/foo", "talks/foo")):
        unknown = await client.get(f"/v1/{path}")
        assert (unknown.status_code, unknown.json()["detail"].endswith(f" Did you mean /v1/{near}?")) == (404, True)
