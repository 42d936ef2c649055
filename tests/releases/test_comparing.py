"""`/v1/releases/{a}..{b}`: what was added, withdrawn, merged, and what says something else, cell by cell."""

import json
from typing import Any
from uuid import UUID

import pytest

from app.releases.comparison import Comparison
from app.resources import report_routes
from tests.releases.conftest import Released

BETWEEN = "/v1/releases/2026.1..2026.2"


async def compared(released: Released, between: str, **query: Any) -> dict[str, Any]:
    got = await released.client.get(f"/v1/releases/{between}", params=query)
    assert got.status_code == 200, got.text
    told: dict[str, Any] = got.json()
    return told


def short(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["change"], one["collection"], one["slug"]


async def test_it_tells_what_became_of_each_record_cell_by_cell(released: Released) -> None:
    told = await compared(released, "2026.1..2026.2")
    assert told["older"]["revision"] < told["newer"]["revision"]
    rows = {short(one): one for one in told["data"]}
    assert set(rows) == {
        ("changed", "parties", "zalba"), ("added", "parties", "eria"), ("merged", "people", "ana"),
        ("added", "people", "anna"), ("changed", "delegations", "round-1-alba"),
        ("changed", "delegations", "round-1-boria"), ("changed", "demands", "plan-1"),
        ("changed", "demands", "plan-5"), ("withdrawn", "demands", "plan-6"), ("withdrawn", "demands", "plan-7"),
    }  # fmt: skip
    cells = {
        (slug, one["op"], one["pointer"]): (one["from"], one["to"])
        for (_, _, slug), row in rows.items()
        for one in row["changes"]
    }
    assert cells.pop(("round-1-alba", "remove", "/members/ana"))[1] is None
    assert cells.pop(("round-1-alba", "add", "/members/anna"))[1]["function"] == "head"
    assert cells == {
        ("zalba", "replace", "/slug"): ("alba", "zalba"),
        ("zalba", "replace", "/name"): ("Alba", "Zalba"),
        ("plan-1", "replace", "/text"): ("Boria withdraws", "Boria withdraws at once"),
        ("plan-1", "replace", "/addressees"): (["boria"], ["boria", "friends"]),
        ("plan-5", "add", "/title"): (None, "The line"),
        ("round-1-boria", "replace", "/size"): (1, 2),
        ("round-1-boria", "replace", "/members/boris/function"): ("member", "head"),
        ("round-1-boria", "reorder", "/members"): (["boris", "bela"], ["bela", "boris"]),
    }
    assert rows["changed", "parties", "zalba"]["former_slug"] == "alba"
    assert rows["added", "parties", "eria"]["record"] == {"slug": "eria", "name": "Eria", "kind": "state"}
    assert rows["merged", "people", "ana"]["into"] == "anna"
    assert rows["withdrawn", "demands", "plan-7"]["reason"] == "coded twice"


async def test_it_counts_first_and_has_pages_and_lines(released: Released) -> None:
    told = await compared(released, "2026.1..2026.2")
    data = told["data"]
    for name, counts in told["counts"].items():
        of = [one["change"] for one in data if one["collection"] == name]
        for what in ("added", "withdrawn", "merged"):
            assert of.count(what) == counts[what], (name, what)
        assert of.count("changed") <= counts["touched"]
    assert told["counts"]["talks"] == {"added": 0, "withdrawn": 0, "merged": 0, "touched": 1}
    lines = await released.client.get(BETWEEN, headers={"Accept": "application/x-ndjson"})
    cut = await released.client.get(BETWEEN, params={"format": "ndjson", "limit": 2})
    assert (cut.status_code, cut.headers["parley-truncated"]) == (200, "true")
    assert [json.loads(line) for line in lines.text.splitlines()] == data
    seen: list[dict[str, Any]] = []
    address: str | None = f"{BETWEEN}?limit=2"
    while address:
        got = await released.client.get(address)
        seen += got.json()["data"]
        assert (got.json()["counts"] is None) == ("cursor=" in address)
        address = got.headers["link"].partition(">")[0].removeprefix("<") if "link" in got.headers else None
    assert seen == data
    people = await compared(released, "2026.1..2026.2", collection="people")
    assert people["data"] == [one for one in data if one["collection"] == "people"]
    assert set(people["counts"]) == {"people"}


async def test_either_side_may_be_a_release_a_revision_or_the_head(released: Released) -> None:
    head = (await released.client.get("/v1/revisions")).json()["head"]
    late = await compared(released, "2026.2..head")
    assert late["newer"] == {"asked": "head", "revision": head}
    assert [(short(one), one["changes"]) for one in late["data"]] == [
        (("changed", "parties", "eria"), [{"op": "replace", "pointer": "/name", "from": "Eria", "to": "Too late"}])
    ]
    assert (await compared(released, "2026.1..2026.1"))["data"] == []
    numbers = await compared(released, f"{late['older']['revision']}..{head}")
    assert numbers["data"] == late["data"]
    settled, moving = await released.client.get(BETWEEN), await released.client.get("/v1/releases/2026.1..head")
    assert ["immutable" in got.headers["cache-control"] for got in (settled, moving)] == [True, False]


@pytest.mark.parametrize(
    ("address", "parameters"),
    [
        ("2026.2..2026.1", ["older"]),
        ("2026.7..yesterday", ["older", "newer"]),
        ("head..99999?collection=demand", ["collection", "newer"]),
        ("2026.1..head?limit=0", ["limit"]),
        ("2026.1..head?after=x", ["after"]),
        ("2026.1..head?as_of=1", ["as_of"]),
    ],
)
async def test_what_cannot_be_compared_is_refused_by_name(
    released: Released, address: str, parameters: list[str]
) -> None:
    got = await released.client.get(f"/v1/releases/{address}")
    assert got.status_code == 422, got.text
    assert [one["parameter"] for one in got.json()["errors"]] == parameters


# Last, since it writes.
async def test_a_table_compares_with_one_head_while_others_write(
    released: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    read = Comparison.page

    async def page(self: Comparison, after: UUID, size: int) -> Any:
        seen.append(self._newer.revision)
        changed = await released.client.patch("/v1/parties/eria", json={"summary": f"Page {len(seen)}"})
        assert changed.status_code == 200
        return await read(self, after, size)

    monkeypatch.setattr(Comparison, "page", page)
    monkeypatch.setattr(report_routes, "_AT_ONCE", 2)
    lines = await released.client.get("/v1/releases/2026.1..head?format=ndjson")
    assert lines.status_code == 200 and len(seen) > 2
    assert len(set(seen)) == 1
