"""Lists come back in the order in which they were sent, by whatever way they came and are read."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from app.db.vocabulary import ProcessRole, Scope
from app.ingest.dossiers import FOLDER as DOSSIERS
from app.runtime.bootstrap import engine_at
from tests.conftest import Server, Templates, application, key_for, keyed

PARTIES = ["delta", "alba", "caria"]
POINTS = ["plan-7", "plan-1", "plan-4"]
#: A record that holds the list, the list, and keys in an order that no sorting would give.
LISTS: tuple[tuple[str, dict[str, Any], str, list[str]], ...] = (
    ("proposals", {"title": "P", "process": "alba-boria", "kind": "paper"}, "authors", PARTIES),
    ("proposals", {"title": "P", "process": "alba-boria", "kind": "paper"}, "addressees", PARTIES),
    ("demands", {"text": "D", "proposal": "plan"}, "claimants", PARTIES),
    ("demands", {"text": "D", "proposal": "plan", "claimants": PARTIES[:2]}, "addressees", PARTIES),
    ("demands", {"text": "D", "proposal": "plan", "addressees": PARTIES[1:]}, "beneficiaries", PARTIES),
    ("demands", {"text": "D", "proposal": "plan"}, "issues", ["WDRW.TROOPS", "CEAS", "WDRW"]),
    ("demands", {"text": "D", "proposal": "plan"}, "places", ["old-hall", "caria-country", "lake-town"]),
    ("demands", {"text": "D", "proposal": "plan"}, "depends_on", POINTS),
    ("agreements", {"title": "A", "process": "alba-boria", "kind": "final"}, "parties", PARTIES),
    ("agreements", {"title": "A", "process": "alba-boria", "kind": "final"}, "issues", ["WDRW", "CEAS.TRUCE", "CEAS"]),
    ("responses", {"proposal": "plan", "responder": "boria", "stance": "countered"}, "scope_demands", POINTS),
    ("responses", {"proposal": "plan", "responder": "boria", "stance": "countered"}, "counters", POINTS),
    ("assessments", {"text": "T", "kind": "claim"}, "about", ["talks/round-1", "parties/delta", "parties/alba"]),
)
IDS = [f"{collection}-{name}" for collection, _, name, _ in LISTS]


def keys_of(rows: list[dict[str, Any]]) -> list[str]:
    """The keys of mentions: slugs, codes of issues, and where a list may hold records of any type, also the type."""
    keys = [row.get("issue", row) if isinstance(row.get("issue"), dict) else row for row in rows]
    return [
        f"{one['collection']}/{one['slug']}" if "collection" in one else one.get("code") or one["slug"] for one in keys
    ]


def sent(collection: str, name: str, keys: list[str]) -> list[Any]:
    """The keys as the list takes them."""
    return [{"issue": key} for key in keys] if (collection, name) == ("agreements", "issues") else keys


async def head(client: httpx.AsyncClient) -> int:
    """The newest revision."""
    return int((await client.get("/v1/processes?limit=1")).headers["Parley-Revision"])


async def read(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    got = await client.get(path, params=query)
    assert got.status_code == 200, got.text
    return got.json()


@pytest.mark.parametrize(("collection", "body", "name", "keys"), LISTS, ids=IDS)
async def test_a_list_keeps_its_order_and_another_order_is_a_change(
    world_client: httpx.AsyncClient, collection: str, body: dict[str, Any], name: str, keys: list[str]
) -> None:
    path = f"/v1/{collection}/ordered"

    async def order(**query: Any) -> list[str]:
        return keys_of((await read(world_client, path, **query))[name])

    def with_list(some: list[str]) -> dict[str, Any]:
        return {**body, name: sent(collection, name, some)}

    made = await world_client.post(f"/v1/{collection}", json={"slug": "ordered", **with_list(keys)})
    assert made.status_code == 201, made.text
    assert await order() == keys
    first = await head(world_client)
    for answer in (
        await world_client.put(path, json=with_list(keys)),
        await world_client.patch(path, json={name: sent(collection, name, keys)}),
    ):
        assert answer.status_code == 200, answer.text
    assert await head(world_client) == first
    turned = [*keys[1:], keys[0]]
    assert (await world_client.patch(path, json={name: sent(collection, name, turned)})).status_code == 200
    assert await head(world_client) == first + 1
    assert await order() == turned
    assert (await world_client.put(path, json=with_list(keys[::-1]))).status_code == 200
    assert await order() == keys[::-1]
    # What goes, and what comes, leaves the others where they are.
    assert (await world_client.patch(path, json={name: sent(collection, name, keys[:2])})).status_code == 200
    assert await order() == keys[:2]
    assert (await order(as_of=first), await order(as_of=first + 1)) == (keys, turned)
    changed = (await world_client.get(f"{path}/history")).json()["data"]
    assert len(changed) == 4


async def test_tables_streams_and_imports_keep_the_order(server: Server, templates: Templates) -> None:
    """As many demands as make the import copy their rows, each with its claimants in another order."""
    turned = {f"point-{n}": [*PARTIES[n % 3 :], *PARTIES[: n % 3]] for n in range(60)}
    issues = {slug: ["CEAS.TRUCE", "WDRW.TROOPS"][:: 1 if n % 2 else -1] for n, slug in enumerate(turned)}
    body = b"".join(
        json.dumps(
            {"collection": "demands", "slug": slug, "proposal": "plan", "text": slug, "claimants": claimants,
             "addressees": claimants[::-1], "issues": issues[slug]}
        ).encode() + b"\n"
        for slug, claimants in turned.items()
    )  # fmt: skip
    headers = {"Content-Type": "application/x-ndjson", "Accept": "application/json"}
    async with keyed(server, templates.world) as client:
        taken = await client.post("/v1/imports", content=body, headers=headers)
        assert taken.json()["created"] == len(turned), taken.text
        query = "/v1/demands?proposal=plan&format={}&q=point"
        lines = (await client.get(query.format("ndjson"))).text.splitlines()
        rows = {row["slug"]: row for row in map(json.loads, lines) if row["slug"] in turned}
        assert {slug: keys_of(row["claimants"]) for slug, row in rows.items()} == turned
        assert {slug: keys_of(row["addressees"]) for slug, row in rows.items()} == {
            s: c[::-1] for s, c in turned.items()
        }
        assert {slug: [one["code"] for one in row["issues"]] for slug, row in rows.items()} == issues
        assert all([one["is_primary"] for one in row["issues"]] == [True, False] for row in rows.values())
        table = (await client.get(query.format("csv"))).text
        cells = {row["slug"]: row for row in csv.DictReader(io.StringIO(table.lstrip("\ufeff")))}
        (column,) = [name for name in cells["point-1"] if name.startswith("claimants") and "slug" in name]
        assert {slug: cells[slug][column].split("; ") for slug in turned} == turned
        # The same file, the list as it was streamed and the table change nothing.
        before = await head(client)
        for content, kind in ((body, "x-ndjson"), ("\n".join(lines).encode(), "x-ndjson"), (table.encode(), "csv")):
            kind = "text/csv" if kind == "csv" else "application/x-ndjson"
            sent_again = await client.post(
                "/v1/imports?collection=demands", content=content, headers={**headers, "Content-Type": kind}
            )
            assert (sent_again.json()["created"], sent_again.json()["changed"]) == (0, 0), sent_again.text
        assert await head(client) == before
        await dossiers_keep_the_order(client, server, templates, turned)


async def dossiers_keep_the_order(
    client: httpx.AsyncClient, server: Server, templates: Templates, turned: dict[str, list[str]]
) -> None:
    content = (await client.get("/v1/processes/alba-boria/dossier")).content
    told = {row["slug"]: row for row in json.loads(content)["records"]["demands"]}
    assert {slug: told[slug]["claimants"] for slug in turned} == turned
    async with server.cloned(templates.empty) as url:
        async with engine_at(url) as engine:
            key = await key_for(engine, Scope.WRITE)
        async with application(url) as there:
            there.headers.update(key)
            for _ in range(2):
                taken = await there.post("/v1/dossiers", content=content, headers={"Content-Type": "application/json"})
                assert taken.status_code == 200, taken.text
            assert taken.json()["revision"] is None or await head(there) == 1
            assert (await there.get("/v1/processes/alba-boria/dossier")).content == content


async def test_who_makes_no_claimants_has_the_authors_in_their_order(world_client: httpx.AsyncClient) -> None:
    paper = {"slug": "paper", "title": "P", "process": "alba-boria", "kind": "paper", "authors": PARTIES}
    made = await world_client.post("/v1/proposals", json={**paper, "demands": [{"slug": "inside", "text": "D"}]})
    assert made.status_code == 201, made.text
    await world_client.post("/v1/demands", json={"slug": "later", "proposal": "paper", "text": "D"})
    for slug in ("inside", "later"):
        assert keys_of((await read(world_client, f"/v1/demands/{slug}"))["claimants"]) == PARTIES


async def test_a_merge_keeps_the_order_and_its_undoing_gives_it_back(world_client: httpx.AsyncClient) -> None:
    """Of two that are one in a list, that of the party that stays keeps its place; there is no gap that could be seen."""
    client = world_client
    lists = {
        "both": ["delta", "boria", "caria", "alba"],
        "lost": ["caria", "delta", "boria"],
        "none": ["caria", "alba"],
    }
    for slug, authors in lists.items():
        paper = {"slug": slug, "title": slug, "process": "alba-boria", "kind": "paper", "authors": authors}
        assert (await client.post("/v1/proposals", json=paper)).status_code == 201

    async def orders() -> dict[str, list[str]]:
        return {slug: keys_of((await read(client, f"/v1/proposals/{slug}"))["authors"]) for slug in lists}

    merged = await client.post("/v1/parties/delta/merge", json={"into": "alba"})
    assert merged.status_code == 200, merged.text
    after = {"both": ["boria", "caria", "alba"], "lost": ["caria", "alba", "boria"], "none": ["caria", "alba"]}
    assert await orders() == after
    revision = await head(client)
    for slug, authors in after.items():
        body = {"title": slug, "process": "alba-boria", "kind": "paper", "authors": authors}
        assert (await client.put(f"/v1/proposals/{slug}", json=body)).status_code == 200
    assert await head(client) == revision
    undone = await client.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")
    assert undone.status_code == 201, undone.text
    assert await orders() == lists


async def test_negotiating_parties_come_first_then_the_other_roles(world_client: httpx.AsyncClient) -> None:
    def body(*rows: tuple[str, str]) -> dict[str, Any]:
        listed = [{"party": party, "role": role} for party, role in rows]
        return {"title": "P", "kind": "peace", "parties": listed}

    async def order() -> list[tuple[str, str]]:
        rows = (await read(world_client, "/v1/processes/ordered"))["parties"]
        return [(row["party"]["slug"], row["role"]) for row in rows]

    roles = list(ProcessRole)
    backwards = [(party, str(role)) for role in reversed(roles) for party in ("delta", "alba")]
    made = await world_client.post("/v1/processes", json={"slug": "ordered", **body(*backwards)})
    assert made.status_code == 201, made.text
    forwards = [(party, str(role)) for role in roles for party in ("delta", "alba")]
    assert await order() == forwards
    assert forwards[0] == ("delta", "negotiating")
    # As it is read, it is the same record; only the order within a role is another one.
    before = await head(world_client)
    assert (await world_client.put("/v1/processes/ordered", json=body(*forwards))).status_code == 200
    assert await head(world_client) == before
    other = [forwards[1], forwards[0], *forwards[2:]]
    assert (await world_client.put("/v1/processes/ordered", json=body(*other))).status_code == 200
    assert (await head(world_client), await order()) == (before + 1, other)


async def test_children_of_a_talk_stand_by_their_order_then_by_date(world_client: httpx.AsyncClient) -> None:
    children: list[tuple[str, int | None, str | None]] = [
        ("undated", None, None),
        ("late", None, "2020-03-02"),
        ("early", None, "2020-03-01"),
        ("second", 2, None),
        ("first-late", 1, "2020-03-02"),
        ("first-early", 1, "2020-02"),
        ("first-undated", 1, None),
    ]
    talk = {"title": "T", "process": "alba-boria"}
    for slug, place, start in ((f"day-{c}", o, s) for c, o, s in children):
        body = {**talk, "slug": slug, "parent": "week", "order_in_parent": place, "start": start}
        if slug == "day-undated":
            assert (await world_client.post("/v1/talks", json={**talk, "slug": "week"})).status_code == 201
        assert (await world_client.post("/v1/talks", json=body)).status_code == 201
    expected = ["first-early", "first-late", "first-undated", "second", "early", "late", "undated"]
    for query in ({}, {"include": "children"}):
        found = (await read(world_client, "/v1/talks/week", **query))["children"]
        assert [row["slug"] for row in found] == [f"day-{one}" for one in expected]


async def test_the_bundled_records_stand_in_the_order_of_their_dossiers(client: httpx.AsyncClient) -> None:
    names = {
        "processes": ("parties",),
        "proposals": ("authors", "addressees"),
        "demands": ("claimants", "addressees", "beneficiaries", "issues", "places", "depends_on"),
        "agreements": ("parties", "proposals", "issues"),
    }
    several = 0
    for path in sorted(DOSSIERS.glob("*.json")):
        records = json.loads(path.read_text(encoding="utf-8"))["records"]
        for collection, lists in names.items():
            for record in records.get(collection, ()):
                shown = await read(client, f"/v1/{collection}/{record['slug']}")
                for name in lists:
                    keys = [
                        one if isinstance(one, str) else one.get("issue") or one["party"]
                        for one in record.get(name, ())
                    ]
                    if len(keys) > 1:
                        several += 1
                        rows = [row.get("party", row) for row in shown[name]]
                        assert keys_of(rows) == keys, (record["slug"], name)
    assert several > 100
    parties = (await read(client, "/v1/processes/iran-nuclear"))["parties"]
    assert [row["party"]["slug"] for row in parties if row["role"] == "negotiating"][:7] == [
        "iran", "united-states", "united-kingdom", "france", "germany", "russia", "china"
    ]  # fmt: skip
