"""The writer over a ledger of the test's own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.registry import WRITE_SPECS
from app.web.validation import violations_of_body
from app.writing.intents import Intent, Mode, WriteResult
from app.writing.withdrawing import withdraw
from app.writing.writer import Writer


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=8)
    yield engine
    await engine.dispose()


class Desk:
    """The writer as the tests use it: short calls, and looks into the tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.writer = Writer(engine, WRITE_SPECS, violations_of_body)

    async def post(self, collection: str, **body: Any) -> WriteResult:
        return await self.writer.write([Intent(collection, body)], editor="test")

    async def put(self, collection: str, slug: str, **body: Any) -> WriteResult:
        return await self.writer.write([Intent(collection, body, Mode.PUT, slug)], editor="test")

    async def batch(self, **records: list[dict[str, Any]]) -> WriteResult:
        intents = [
            Intent(collection, body, Mode.PUT, pointer=f"/records/{collection}/{index}")
            for collection, bodies in records.items()
            for index, body in enumerate(bodies)
        ]
        return await self.writer.write(intents, editor="test")

    async def patch(self, collection: str, key: str, patch: dict[str, Any], **options: Any) -> WriteResult:
        return await self.writer.revise(collection, key, patch, editor="test", **options)

    async def withdraw(self, collection: str, key: str, reason: str = "wrong", **options: Any) -> WriteResult:
        return await withdraw(self.writer, collection, key, reason, editor="test", **options)

    async def ask(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(sql)]

    async def one(self, sql: str) -> Any:
        ((value,),) = await self.ask(sql)
        return value


@pytest.fixture
def desk(engine: AsyncEngine) -> Desk:
    return Desk(engine)


async def small_world(desk: Desk) -> None:
    """A process, its two parties, a talk, a proposal with two options that exclude each other."""
    await desk.batch(
        parties=[
            {"slug": "russia", "name": "Russia", "kind": "state"},
            {
                "slug": "ukraine",
                "name": "Ukraine",
                "kind": "state",
                "external_ids": [{"scheme": "wikidata", "value": "Q212"}],
            },
        ],
        people=[
            {"slug": "vladimir-medinsky", "name": "Vladimir Medinsky"},
            {"slug": "igor-kostyukov", "name": "Igor Kostyukov"},
        ],
        issues=[
            {"code": "TERR", "label": "Territory"},
            {"code": "TERR.LINE", "label": "Line of contact", "broader": "TERR"},
        ],
        sources=[{"slug": "moscow-times", "title": "Russia presents a memorandum", "published": "2025-06-02"}],
        processes=[{"slug": "russia-ukraine", "title": "Russia–Ukraine settlement", "kind": "peace"}],
        talks=[
            {
                "slug": "istanbul",
                "title": "Istanbul talks",
                "process": "russia-ukraine",
                "start": "2025-06-02",
            }
        ],
        proposals=[
            {
                "slug": "memorandum",
                "title": "Russian memorandum",
                "process": "russia-ukraine",
                "talk": "istanbul",
                "kind": "memorandum",
                "tabled_on": "2025-06-02",
                "authors": ["russia"],
                "addressees": ["ukraine"],
                "parts": [
                    {"key": "option-1", "kind": "option", "alternative_group": "frameworks"},
                    {"key": "option-2", "kind": "option", "alternative_group": "frameworks"},
                ],
            }
        ],
    )
