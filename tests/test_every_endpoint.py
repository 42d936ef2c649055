"""Rules about every collection, each one test: read from the bundled negotiations."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.db.pool import ReadConnection
from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.branches import includable
from tests.loops import nonempty

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every SQL statement that reader and writer send."""
    sent: list[str] = []
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        original = getattr(asyncpg.Connection, name)

        def counted(self: Any, query: str, *args: Any, __original: Any = original, **options: Any) -> Any:
            sent.append(query)
            return __original(self, query, *args, **options)

        monkeypatch.setattr(ReadConnection, name, counted)

    def seen(_: Any, __: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", seen)
    yield sent
    event.remove(Engine, "before_cursor_execute", seen)


async def first_slug(client: httpx.AsyncClient, name: str) -> str:
    got = await client.get(f"/v1/{name}?limit=1")
    assert got.status_code == 200, got.text
    return str(got.json()["data"][0]["slug"])


@EVERY
async def test_a_list_and_a_detail_are_one_statement_each(
    client: httpx.AsyncClient, statements: list[str], collection: Resource
) -> None:
    slug = await first_slug(client, collection.name)
    statements.clear()
    await client.get(f"/v1/{collection.name}?count=exact&q=a&updated_since=2020-01-01T00:00:00Z")
    assert len(statements) == 1
    statements.clear()
    await client.get(f"/v1/{collection.name}/{slug}")
    assert len(statements) == 1


@EVERY
async def test_what_is_sent_is_what_the_schema_promises(client: httpx.AsyncClient, collection: Resource) -> None:
    page = (await client.get(f"/v1/{collection.name}?limit=500")).json()
    assert page["data"], "the bundled negotiations fill every collection"
    for row in page["data"]:
        collection.read_spec.summary.model_validate(row)
    for row in page["data"][:40]:
        one = await client.get(f"/v1/{collection.name}/{row['slug']}")
        assert one.status_code == 200, one.text
        collection.read_spec.detail.model_validate(one.json())


@EVERY
async def test_the_pages_of_a_list_are_the_whole_list_once(client: httpx.AsyncClient, collection: Resource) -> None:
    whole = (await client.get(f"/v1/{collection.name}?limit=500&count=exact&fields=slug")).json()
    seen: list[str] = []
    address: str | None = f"/v1/{collection.name}?limit=37&fields=slug"
    while address:
        got = await client.get(address)
        seen += [row["slug"] for row in got.json()["data"]]
        link = got.headers.get("link")
        assert (link is None) == (got.json()["page"]["next"] is None)
        address = link.partition(">")[0].removeprefix("<") if link else None
    assert len(seen) == len(set(seen)) == whole["page"]["count"]["value"]
    assert seen[:500] == [row["slug"] for row in whole["data"]]


@EVERY
async def test_every_sort_is_total_and_its_opposite_is_its_reverse(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    for name in nonempty(collection.read_spec.sorts):
        there = (await client.get(f"/v1/{collection.name}?sort={name}&limit=500&fields=slug")).json()
        back = (await client.get(f"/v1/{collection.name}?sort=-{name}&limit=500&fields=slug")).json()
        if there["page"]["next"] is None:
            # What is unknown comes last both ways.
            got = await client.get(f"/v1/{collection.name}?missing={name}&limit=500&fields=slug")
            unknown = len(got.json()["data"]) if got.status_code == 200 else 0
            known = len(there["data"]) - unknown
            assert there["data"][:known] == back["data"][:known][::-1], name
            assert there["data"][known:] == back["data"][known:][::-1], name


@EVERY
async def test_slug_and_id_lead_to_the_same_record(client: httpx.AsyncClient, collection: Resource) -> None:
    slug = await first_slug(client, collection.name)
    by_slug = (await client.get(f"/v1/{collection.name}/{slug}")).json()
    by_id = (await client.get(f"/v1/{collection.name}/{by_slug['id']}")).json()
    assert by_id == by_slug


async def test_an_identifier_leads_to_its_record(client: httpx.AsyncClient) -> None:
    found = set()
    for collection in RESOURCES:
        page = (await client.get(f"/v1/{collection.name}?has=external_ids&include=external_ids&limit=3")).json()
        for row in page["data"]:
            for outer in row["external_ids"]:
                again = await client.get(f"/v1/{collection.name}/{outer['scheme']}:{outer['value']}")
                assert again.json()["slug"] == row["slug"]
                found.add(collection.name)
    assert found, "some bundled records have identifiers"


@EVERY
async def test_the_documented_question_of_a_list_finds_something(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    got = await client.get(f"/v1/{collection.name}?{collection.example}")
    assert got.status_code == 200, got.text


#: What no list can be asked, and the parameter that the answer names.
REFUSED = [
    ("nonsense=1", "nonsense"),
    ("sort=nonsense", "sort"),
    ("include=nonsense", "include"),
    ("fields=nonsense", "fields"),
    ("has=nonsense", "has"),
    ("missing=nonsense", "missing"),
    ("cursor=nonsense", "cursor"),
    ("limit=-1", "limit"),
    ("limit=501", "limit"),
    ("limit=1&limit=2", "limit"),
    ("count=maybe", "count"),
    ("updated_since=yesterday", "updated_since"),
    ("updated_since=9999-12-31T23:59:59-14:00", "updated_since"),
    ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since"),
    ("external_id=nonsense", "external_id"),
    ("id=" + ",".join(f"x{n}" for n in range(101)), "id"),
    ("q=" + "x" * 201, "q"),
    ("q=%00", "q"),
    ("q=" + "x" * 10_000, "q"),
]


@EVERY
async def test_what_cannot_be_asked_is_refused_by_name(client: httpx.AsyncClient, collection: Resource) -> None:
    answers = {query: await client.get(f"/v1/{collection.name}?{query}") for query, _ in REFUSED}
    problem = "application/problem+json"
    assert {query: (got.status_code, got.headers["content-type"]) for query, got in answers.items()} == {
        query: (422, problem) for query, _ in REFUSED
    }
    assert {query: [error["parameter"] for error in got.json()["errors"]] for query, got in answers.items()} == {
        query: [parameter] for query, parameter in REFUSED
    }


@EVERY
async def test_an_unknown_record_is_404_with_the_nearest_name(client: httpx.AsyncClient, collection: Resource) -> None:
    slug = await first_slug(client, collection.name)
    got = await client.get(f"/v1/{collection.name}/{slug}x")
    assert got.status_code == 404
    assert "Did you mean" in got.json()["detail"]


@EVERY
async def test_every_include_and_presence_word_is_answered(client: httpx.AsyncClient, collection: Resource) -> None:
    names = includable(collection.read_spec.summary)
    for some in [names[at : at + 4] for at in range(0, len(names), 4)]:
        got = await client.get(f"/v1/{collection.name}?include={','.join(some)}&limit=3")
        assert got.status_code == 200, got.text
        assert got.json()["data"]
        assert all(name in row for row in got.json()["data"] for name in some), some
    address = f"/v1/{collection.name}?fields=slug&limit=1&count=exact"
    everything = (await client.get(address)).json()
    for name in (*collection.read_spec.presence, "citations", "external_ids", "caveats", "notes"):
        having = (await client.get(f"{address}&has={name}")).json()
        lacking = (await client.get(f"{address}&missing={name}")).json()
        counts = [answer["page"]["count"]["value"] for answer in (having, lacking, everything)]
        assert counts[0] + counts[1] == counts[2], name


@EVERY
async def test_an_etag_that_is_still_true_is_304_without_a_body(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    first = await client.get(f"/v1/{collection.name}?limit=1")
    again = await client.get(f"/v1/{collection.name}?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@EVERY
async def test_writes_need_a_key(client: httpx.AsyncClient, collection: Resource) -> None:
    for method, address in (("POST", ""), ("PUT", "/x"), ("PATCH", "/x"), ("DELETE", "/x?reason=y")):
        got = await client.request(method, f"/v1/{collection.name}{address}")
        assert got.status_code == 401, (method, got.text)
        assert "www-authenticate" in got.headers
