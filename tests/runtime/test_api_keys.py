"""Keys that nobody has made cost nobody else anything."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal
from app.errors import ApiError, ProblemType
from app.runtime import api_keys
from app.runtime.api_keys import ApiKeyCache
from app.runtime.key_use import KeyUseRecorder
from app.web.access import Principal
from app.writing.api_keys import StoredKey, ValidKey


class Database:
    """Counts look-ups; `known` are valid keys. Look-ups wait while it is closed."""

    def __init__(self) -> None:
        self.known = {b"ines"}
        self.asked: list[bytes] = []
        self.now = self.most = 0
        #: How long keys are valid.
        self.seconds: float | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def find(self, digest: bytes) -> ValidKey | KeyRefusal:
        self.asked.append(digest)
        self.now += 1
        self.most = max(self.most, self.now)
        await self.open.wait()
        self.now -= 1
        if digest not in self.known:
            return KeyRefusal.UNKNOWN
        return ValidKey(
            StoredKey(uuid4(), digest.decode(), frozenset({Scope.READ}), datetime.now(UTC), None), self.seconds
        )


async def test_unknown_keys_are_looked_up_once_on_few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database()
    keys = ApiKeyCache(database.find)
    assert await asyncio.gather(*(keys.find(b"made up") for _ in range(50))) == [KeyRefusal.UNKNOWN] * 50
    found = await keys.find(b"ines")
    assert isinstance(found, Principal) and found.name == "ines"
    assert await keys.find(b"made up") is KeyRefusal.UNKNOWN and await keys.find(b"ines") is found
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
    assert isinstance(await renewed, Principal)
    # A client that leaves takes nobody's answer away; a revoked key ends.
    flood[-60].cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    database.known.clear()
    assert await keys.find(b"ines") is KeyRefusal.UNKNOWN
    assert not keys._running and keys._first.waiting == 0 and b"ines" not in keys._valid


async def test_the_cache_of_rejected_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "_REFUSED_MAX", 10)
    keys = ApiKeyCache(Database().find)
    for number in range(30):
        await keys.find(b"%d" % number)
    assert len(keys._refused) == 10


async def test_a_key_is_not_cached_beyond_its_expiry() -> None:
    database = Database()
    keys = ApiKeyCache(database.find)
    database.seconds = 0.02
    assert isinstance(await keys.find(b"ines"), Principal)
    database.known.clear()
    assert isinstance(await keys.find(b"ines"), Principal)
    await asyncio.sleep(0.03)
    assert await keys.find(b"ines") is KeyRefusal.UNKNOWN


async def test_the_last_use_is_recorded_once_a_minute_and_nobody_waits_for_it() -> None:
    recorded: list[set[UUID]] = []
    free = asyncio.Event()

    async def record(key_ids: Collection[UUID]) -> None:
        await free.wait()
        recorded.append(set(key_ids))
        if len(recorded) == 1:
            raise ApiError(ProblemType.UNAVAILABLE, "The database cannot write.")

    uses = KeyUseRecorder(record)
    keys = ApiKeyCache(Database().find, uses.note)
    found = await asyncio.wait_for(keys.find(b"ines"), 1)
    assert isinstance(found, Principal) and found.key_id and recorded == []
    another = uuid4()
    for _ in range(100):
        await keys.find(b"ines")
        await asyncio.sleep(0)
        uses.note(another)
    await keys.find(b"made up")
    free.set()
    await uses.aclose()
    assert recorded == [{UUID(found.key_id)}, {another}]
