"""Whoever follows the feed of changes, while others write, holds what an export gives.

HISTORY_WRITES=1000 draws that many writes, HISTORY_WRITERS=100 lets that many write at once; without them there are as
many as the suite has time for.
"""

import asyncio
import json
import os
from typing import Any

import asyncpg
import httpx

from app.registry import RESOURCES
from app.resources.round_trip import body_maker
from tests.history.conftest import Session, head
from tests.history.random_writes import Lists, Writes

NUMBER = int(os.environ.get("HISTORY_WRITES", "60"))
WRITERS = int(os.environ.get("HISTORY_WRITERS", "20"))
DECLARED = {collection.name: collection for collection in RESOURCES}
#: Records of their own, though they may be written inside another: the feed tells them by themselves.
RECORDS_INSIDE = {"citations", "delegations", "demands"}
#: What other records say of a record, though it may be written with it: the feed tells it by those.
OTHER_SIDES = {("parties", "members")}
Copy = dict[str, tuple[str, dict[str, Any]]]


def root(slug: str, names: dict[str, str]) -> str:
    """One name for all that a record was ever called."""
    while names.get(slug, slug) != slug:
        slug = names[slug]
    return slug


def own(name: str, record: dict[str, Any], names: dict[str, str]) -> Any:
    """What a record says itself: as a write takes it, without records that stand inside it and without what it shows of
    others. Those may be called otherwise by now; the feed has told that."""
    shown = body_maker(DECLARED[name].kind.schema, DECLARED[name].read_spec.detail)(record)
    kept = {
        field: value
        for field, value in shown.items()
        if field not in RECORDS_INSIDE and (name, field) not in OTHER_SIDES
    }

    def called(value: Any) -> Any:
        if isinstance(value, dict):
            return {field: called(inner) for field, inner in value.items()}
        if isinstance(value, list):
            # Mentions stand in the order of their names, and those may have changed.
            return sorted((called(inner) for inner in value), key=repr)
        # A mention of any collection says which: `talks/round-1`.
        return "/".join(root(part, names) for part in value.split("/")) if isinstance(value, str) else value

    return called(kept) | {"row_version": record["row_version"], "updated_at": record["updated_at"]}


class Follower:
    """A copy of the ledger that knows of it only what the feed tells."""

    def __init__(self) -> None:
        self.records: Copy = {}
        self.position = "0"
        self.seen: list[tuple[int, str]] = []
        self.names: dict[str, str] = {}

    def take(self, change: dict[str, Any]) -> None:
        """Do to the copy what was done to the ledger."""
        self.seen.append((change["revision"], change["id"]))
        self.position = change["position"]
        if former := change["former_slug"]:
            self.names[root(former, self.names)] = root(change["slug"], self.names)
        if change["record"] is None:
            self.records.pop(change["id"], None)
        else:
            self.records[change["id"]] = (change["collection"], change["record"])

    async def follow(self, client: httpx.AsyncClient, until: asyncio.Event, limit: int) -> None:
        """Take what comes, until the writers have ended and nothing is left."""
        while True:
            was_over = until.is_set()
            got = await client.get("/v1/changes", params={"after": self.position, "wait": 1, "limit": limit})
            assert got.status_code == 200, got.text
            answer = got.json()
            for change in answer["data"]:
                self.take(change)
            self.position = answer["page"]["next"]
            if was_over and not answer["page"]["more"] and not answer["data"]:
                return


async def write(seed: int, client: httpx.AsyncClient, url: str, number: int) -> None:
    """One of several writers: over the API and, with a session of its own, by hand."""
    session = await asyncpg.connect(url)
    try:
        writes = Writes(seed, client, session)
        lists: Lists = {}
        for turn in range(number):
            if turn % 5 == 0:
                for name in DECLARED:
                    lists[name] = (await client.get(f"/v1/{name}?limit=500")).json()["data"]
            writes.made += 1_000 * seed
            try:
                answer = await writes.one(lists)
            except asyncpg.PostgresError:
                continue  # Two who write by hand may stand in each other's way, as anywhere.
            assert answer is None or answer.status_code < 500 or answer.status_code == 503, answer.text
            writes.made -= 1_000 * seed
    finally:
        await session.close()


async def exported(client: httpx.AsyncClient) -> Copy:
    """The ledger as it is read now, record by record."""
    found: Copy = {}
    for name in DECLARED:
        rows = (await client.get(f"/v1/{name}?format=ndjson&fields=id")).text.splitlines()
        for row in rows:
            record = (await client.get(f"/v1/{name}/{json.loads(row)['id']}")).json()
            found[record["id"]] = (name, record)
    return found


async def merge_and_undo(client: httpx.AsyncClient, turns: int) -> int:
    """Another writer: merges two records made for it, and takes every other merge back; how many were merged."""
    merged = 0
    for turn in range(turns):
        for slug in (f"twin-{turn}", f"kept-{turn}"):
            body = {"slug": slug, "name": slug, "names": [{"text": f"{slug} again"}]}
            assert (await client.post("/v1/people", json=body)).status_code == 201
        answer = await client.post(f"/v1/people/twin-{turn}/merge", json={"into": f"kept-{turn}"})
        assert answer.status_code == 200, answer.text
        merged += 1
        if turn % 2:
            undone = await client.post(f"/v1/revisions/{answer.headers['parley-revision']}/undo")
            assert undone.status_code == 201, undone.text
    return merged


async def test_a_follower_holds_what_an_export_gives(world_client: httpx.AsyncClient, url: str, psql: Session) -> None:
    over = asyncio.Event()
    followers = [Follower(), Follower()]
    following = [
        asyncio.create_task(one.follow(world_client, over, limit))
        for one, limit in zip(followers, (3, 50), strict=True)
    ]
    first = await head(psql)
    # The writers by hand change and withdraw what they find: the merges come when they have ended.
    await asyncio.gather(*(write(seed, world_client, url, NUMBER // 3) for seed in (1, 2, 3)))
    assert await merge_and_undo(world_client, 4) == 4
    over.set()
    await asyncio.gather(*following)
    last = await head(psql)
    assert last - first > NUMBER / 3, "most writes were refused: the test tests little"
    noted = await psql.fetch("SELECT revision, record_id::text FROM revision_change ORDER BY revision, record_id")
    now = await exported(world_client)
    for one in followers:
        assert one.seen == [tuple(row) for row in noted]
        assert one.records.keys() == now.keys()
        for key, (name, record) in one.records.items():
            assert own(name, record, one.names) == own(name, now[key][1], one.names), (name, key)


async def test_many_writers_at_once_lose_nothing_and_the_feed_has_each_once(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    async def write_three(number: int) -> None:
        for turn in range(3):
            body = {"slug": f"place-{number}-{turn}", "name": f"Place {number} {turn}", "kind": "city"}
            # Who waits too long for the others is told to come back, and nothing was written.
            for _ in range(200):
                if (got := await world_client.post("/v1/places", json=body)).status_code != 503:
                    break
                await asyncio.sleep(float(got.headers["retry-after"]) / 10)
            assert got.status_code == 201, got.text

    before, over, follower = await head(psql), asyncio.Event(), Follower()
    follower.position = str(before)
    following = asyncio.create_task(follower.follow(world_client, over, 7))
    await asyncio.gather(*(write_three(number) for number in range(WRITERS)))
    over.set()
    await following
    assert [revision for revision, _ in follower.seen] == list(range(before + 1, before + 3 * WRITERS + 1))
    made = {record["slug"] for _, record in follower.records.values()}
    assert made == {f"place-{number}-{turn}" for number in range(WRITERS) for turn in range(3)}
