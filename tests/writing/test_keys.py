"""Keys are found by their digest until they are revoked or expire; a name is used once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal, check_key_name
from app.errors import ApiError, ProblemType
from app.writing.admin_events import list_events
from app.writing.api_keys import (
    ValidKey,
    change_key,
    create_key,
    find_key,
    find_named_key,
    list_keys,
    record_uses,
    revoke_key,
    rotate_key,
)


async def test_a_key_is_valid_until_it_is_revoked(engine: AsyncEngine) -> None:
    made = await create_key(engine, "importer", [Scope.READ, Scope.WRITE], b"d" * 32)
    assert await find_key(engine, b"d" * 32) == ValidKey(made)
    assert made.scopes == {Scope.READ, Scope.WRITE}
    assert await find_key(engine, b"e" * 32) is KeyRefusal.UNKNOWN
    with pytest.raises(ApiError) as caught:
        await create_key(engine, "importer", [Scope.READ], b"f" * 32)
    assert caught.value.kind is ProblemType.CONFLICT
    assert await revoke_key(engine, "importer")
    assert await find_key(engine, b"d" * 32) is KeyRefusal.UNKNOWN
    assert not await revoke_key(engine, "importer")
    assert [key.revoked_at is None for key in await list_keys(engine) if key.name == "importer"] == [False]
    with pytest.raises(ApiError, match="was revoked"):
        await rotate_key(engine, "importer", b"g" * 32)
    # What failed and what changed nothing is not recorded.
    assert [event["action"] for event in await list_events(engine, 2, key_id=made.id)] == ["revoke_key", "create_key"]


async def test_a_key_has_at_most_two_valid_secrets_until_it_expires(engine: AsyncEngine) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = await create_key(engine, "rotated", [Scope.READ], b"1" * 32, expires_at=soon)

    async def found(digest: bytes) -> float | str:
        """The hours for which a secret is still valid, or why it is not."""
        key = await find_key(engine, digest)
        if isinstance(key, KeyRefusal):
            return key.name
        assert key.key.id == made.id and key.valid_seconds is not None
        return round(key.valid_seconds / 3600, 1)

    assert await found(b"1" * 32) == 1
    await rotate_key(engine, "rotated", b"2" * 32, overlap=timedelta(hours=0.5))
    assert [await found(one * 32) for one in (b"1", b"2")] == [0.5, 1]
    with pytest.raises(ApiError, match="two valid secrets"):
        await rotate_key(engine, "rotated", b"3" * 32, overlap=timedelta(hours=2))
    await rotate_key(engine, str(made.id), b"3" * 32)
    assert [await found(one * 32) for one in (b"1", b"2", b"3")] == ["UNKNOWN", "REPLACED", 1]
    await rotate_key(engine, "rotated", b"4" * 32, overlap=timedelta(hours=2))
    # An overlap does not outlive the key.
    assert [await found(one * 32) for one in (b"3", b"4")] == [1, 1]
    await change_key(engine, "rotated", {"expires_at": datetime.now(UTC)})
    assert [await found(one * 32) for one in (b"3", b"4")] == ["EXPIRED", "EXPIRED"]
    with pytest.raises(ApiError, match="has expired"):
        await rotate_key(engine, "rotated", b"5" * 32)
    await change_key(engine, "rotated", {"expires_at": soon})
    assert await found(b"4" * 32) == 1


async def test_the_last_use_is_written_once_a_minute_and_never_waits(engine: AsyncEngine) -> None:
    made = await create_key(engine, "used", [Scope.READ], b"u" * 32)
    assert made.last_used_at is None
    async with engine.begin() as locking:
        await locking.execute(text("SELECT 1 FROM api_key WHERE name = 'used' FOR UPDATE"))
        await asyncio.wait_for(record_uses(engine, [made.id]), 1)
    assert (await find_named_key(engine, "used")).last_used_at is None
    await record_uses(engine, [made.id])
    first = (await find_named_key(engine, "used")).last_used_at
    await record_uses(engine, [made.id])
    assert first is not None and (await find_named_key(engine, "used")).last_used_at == first
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE api_key SET last_used_at = now() - interval '61 s' WHERE name = 'used'"))
    await record_uses(engine, [made.id])
    again = (await find_named_key(engine, "used")).last_used_at
    assert again is not None and again > first


REFUSED = ("", " ines", "a/b", "..", "events", "x" * 201, "a\nb", "parley_x", "00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_is_no_part_of_a_url_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        check_key_name(name)
    assert check_key_name("Inés of the newsroom") == "Inés of the newsroom"
