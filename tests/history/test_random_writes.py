"""Whatever is written, each revision can be read again as it was read when it was the newest.

HISTORY_WRITES=1000 draws that many writes; without it there are as many as the suite has time for.
"""

import os
import re

import httpx
import pytest

from app.registry import RESOURCES
from tests.history.conftest import Session, head
from tests.history.random_writes import Lists, Writes

NUMBER = int(os.environ.get("HISTORY_WRITES", "40"))
#: After so many writes a snapshot is taken: of a long run, a hundred.
EVERY = max(1, NUMBER // 100)
NAMES = [collection.name for collection in RESOURCES]


async def seen(client: httpx.AsyncClient, addresses: list[str], as_of: int | None = None) -> dict[str, bytes]:
    """What is answered at these addresses, now or as of a revision."""
    moment = {} if as_of is None else {"as_of": str(as_of)}
    found = {}
    for address in addresses:
        url = httpx.URL(address)
        got = await client.get(url.copy_merge_params(moment))
        assert got.status_code == 200, (address, as_of, got.text)
        found[address] = got.content
    return found


@pytest.mark.parametrize("seed", [1])
async def test_every_revision_reads_as_it_did_when_it_was_the_newest(
    world_client: httpx.AsyncClient, psql: Session, seed: int
) -> None:
    writes = Writes(seed, world_client, psql)
    snapshots: dict[int, dict[str, bytes]] = {}
    lists: Lists = {}
    first = await head(psql)
    for turn in range(NUMBER + 1):
        if turn:
            answer = await writes.one(lists)
            assert answer is None or answer.status_code < 500, answer.text
        number = await head(psql)
        if number in snapshots or turn % EVERY:
            continue
        assert await psql.fetch("SELECT * FROM state.differences()") == []
        for name in NAMES:
            lists[name] = (await world_client.get(f"/v1/{name}?limit=500")).json()["data"]
        addresses = [f"/v1/{name}?limit=500" for name in NAMES]
        addresses += [f"/v1/{name}/{writes.draw.choice(lists[name])['slug']}" for name in NAMES if lists[name]]
        addresses += [f"/v1/{writes.draw.choice(NAMES)}?format={form}" for form in ("ndjson", "csv")]
        addresses += ["/v1/demands?include=state,responses,citations&limit=100&facets=issue,party&count=exact"]
        addresses += ["/v1/search?q=do+OR+party+OR+alba&limit=100"]
        snapshots[number] = await seen(world_client, addresses)
    last = await head(psql)
    assert last - first > NUMBER / 3, "most writes were refused: the test tests little"
    numbers = await psql.fetchval("SELECT array_agg(number ORDER BY number) FROM revision")
    assert numbers == list(range(1, last + 1))
    for number, snapshot in snapshots.items():
        again = await seen(world_client, list(snapshot), number)
        for address, content in snapshot.items():
            assert without_moment(again[address]) == without_moment(content), (number, address)


def without_moment(content: bytes) -> bytes:
    """The answer without what addresses and cursors say of the past."""
    return re.sub(rb"\?as_of=\d+|\"next\": ?\"[\w-]+\"", b"", content)
