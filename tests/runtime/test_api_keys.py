"""Keys that nobody has made cost nobody else anything."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.db.vocabulary import Scope
from app.errors import ApiError
from app.runtime import api_keys
from app.runtime.api_keys import ApiKeyCache
from app.writing.api_keys import StoredKey


class Database:
    """Counts look-ups; `known` are valid keys. Look-ups wait while it is closed."""

    def __init__(self) -> None:
        self.known = {b"ines"}
        self.asked: list[bytes] = []
        self.now = self.most = 0
        self.open = asyncio.Event()
        self.open.set()

    async def find(self, digest: bytes) -> StoredKey | None:
        self.asked.append(digest)
        self.now += 1
        self.most = max(self.most, self.now)
        await self.open.wait()
        self.now -= 1
        if digest not in self.known:
            return None
        return StoredKey(uuid4(), digest.decode(), frozenset({Scope.READ}), datetime.now(UTC), None)


async def test_unknown_keys_are_looked_up_once_on_few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database()
    keys = ApiKeyCache(database.find)
    assert await asyncio.gather(*(keys.find(b"made up") for _ in range(50))) == [None] * 50
    found = await keys.find(b"ines")
    assert found is not None and found.name == "ines"
    assert await keys.find(b"made up") is None and await keys.find(b"ines") is found
    assert database.asked == [b"made up", b"ines"]
    # A flood of keys while the database is slow: a bounded number waits, and who was known a moment ago gets through.
    monkeypatch.setattr(api_keys, "KEY_SECONDS", 0.0)
    assert await keys.find(b"ines") is found  # cached before
    keys._valid[b"ines"] = (0.0, found)
    database.open.clear()
    flood = [asyncio.create_task(keys.find(b"%d" % number)) for number in range(150)]
    renewed = asyncio.create_task(keys.find(b"ines"))
    await asyncio.sleep(0.01)
    refused = [task for task in flood if task.done()]
    assert len(refused) == 50 and all(isinstance(task.exception(), ApiError) for task in refused)
    assert database.most == 2
    database.open.set()
    assert (await renewed) is not None
    # A client that leaves takes nobody's answer away; a revoked key ends.
    flood[-60].cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    database.known.clear()
    assert await keys.find(b"ines") is None
    assert not keys._running and keys._first.waiting == 0 and b"ines" not in keys._valid


async def test_the_cache_of_unknown_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "_UNKNOWN_MAX", 10)
    keys = ApiKeyCache(Database().find)
    for number in range(30):
        await keys.find(b"%d" % number)
    assert len(keys._unknown) == 10
