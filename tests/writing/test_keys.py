"""Keys are found by their digest until they are revoked; a name is used once."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType
from app.writing.api_keys import create_key, find_key, list_keys, revoke_key


async def test_a_key_is_valid_until_it_is_revoked(engine: AsyncEngine) -> None:
    made = await create_key(engine, "importer", [Scope.READ, Scope.WRITE], b"d" * 32)
    assert await find_key(engine, b"d" * 32) == made
    assert made.scopes == {Scope.READ, Scope.WRITE}
    assert await find_key(engine, b"e" * 32) is None
    with pytest.raises(ApiError) as caught:
        await create_key(engine, "importer", [Scope.READ], b"f" * 32)
    assert caught.value.kind is ProblemType.CONFLICT
    assert await revoke_key(engine, "importer")
    assert await find_key(engine, b"d" * 32) is None
    assert not await revoke_key(engine, "importer")
    assert [key.revoked_at is None for key in await list_keys(engine) if key.name == "importer"] == [False]
