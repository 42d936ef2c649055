"""How the tests ask the API for states, in the shape in which the oracle gives them."""

from typing import Any

import httpx

from tests.demands.oracle import Row, with_days


def plain(state: Row) -> Row:
    """A state of the API with parties and records by slug, in the order of the oracle's lists."""
    closed = state["closed"]
    if closed and closed["by"]:
        closed = {**closed, "by": f"{closed['by']['collection']}/{closed['by']['slug']}"}

    def by_party(rows: list[Row]) -> list[Row]:
        return sorted(({**row, "party": row["party"]["slug"]} for row in rows), key=lambda row: str(row["party"]))

    return {
        **state,
        "answers": by_party(state["answers"]),
        "others": by_party(state["others"]),
        "owing": sorted(party["slug"] for party in state["owing"]),
        "closed": closed,
    }


async def everything(client: httpx.AsyncClient, collection: str, **asked: Any) -> list[Row]:
    """All records of a list, page by page."""
    found: list[Row] = []
    params = {"limit": 500, **asked}
    while True:
        got = await client.get(f"/v1/{collection}", params=params)
        assert got.status_code == 200, got.text
        page = got.json()
        found += page["data"]
        if page["page"]["next"] is None:
            return found
        params = {**params, "cursor": page["page"]["next"]}


async def slugs(client: httpx.AsyncClient, collection: str, **asked: Any) -> set[str]:
    return {row["slug"] for row in await everything(client, collection, fields="slug", **asked)}


async def states(client: httpx.AsyncClient, **asked: Any) -> dict[str, Row]:
    """The states of all demands, of all accounts."""
    rows = await everything(client, "demands", account="all", include="state", fields="slug,state", **asked)
    return {row["slug"]: plain(row["state"]) for row in rows}


def differing(got: Row, expected: Row) -> Row:
    """The fields in which a state of the API differs from the oracle's: (API, oracle)."""
    expected = with_days(expected)
    return {
        key: (got.get(key), expected.get(key))
        for key in got.keys() | expected.keys()
        if got.get(key) != expected.get(key)
    }
