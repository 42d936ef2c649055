"""The whole ledger as one dossier: every record, of one snapshot, written while it is read.

An empty ledger that takes it gives the same bytes. It includes withdrawn records, listed in `withdrawn`.
Citations are records of their own, each with its target. Ids, instants, former slugs, history and
which dossier brought what are not exported.

A few hundred records are in memory at once. Records are sorted by the bytes of their slugs, so that the text does not
depend on the collation of the database.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.ingest.dossier import FORMAT
from app.ingest.dossier_export import ISSUES, fields_of
from app.ingest.dossier_formats import DossierForm
from app.ingest.dossier_writer import pieces_of
from app.ingest.statements import Connection, fetch_codes, stream_records, stream_withdrawn
from app.reading.as_of import Moment
from app.reading.snapshots import fetch_head, snapshot
from app.writing.batch import select_rows
from app.writing.constraint_errors import translated
from app.writing.mentions import node_of, rewritten, walk
from app.writing.resolution import look_up
from app.writing.stored_bodies import bodies_of
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

SLUG, TITLE = "all", "The whole ledger"
#: Names of mentioned records that are remembered at once.
_NAMES = 50_000

Body = dict[str, Any]
Key = tuple[str, str]


@dataclass
class WholeLedger:
    """The document, piece by piece; revision and instant are those of its snapshot. To be closed, however it ends."""

    connection: Connection
    kinds: Mapping[str, WriteSpec]
    form: DossierForm
    revision: int
    at: datetime
    opened: AsyncExitStack
    names: dict[Key, str] = field(default_factory=dict)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        text = pieces_of(self.form)
        with translated():
            yield text.begin({"format": FORMAT, "slug": SLUG, "title": TITLE})
            for collection, kind in self.kinds.items():
                async for bodies in self._bodies(kind):
                    yield await asyncio.to_thread(text.entries, "records", collection, bodies)
            for collection in self.kinds:
                async for reasons in stream_withdrawn(self.connection, collection):
                    yield text.entries("withdrawn", collection, reasons)
            yield text.end()

    async def _bodies(self, kind: WriteSpec) -> AsyncIterator[list[Body]]:
        """The bodies of a collection, some hundred at a time, with all that they mention by its name of today."""
        node, names = node_of(kind.schema), fields_of(kind)
        async for ids in stream_records(self.connection, kind.collection):
            bodies = await bodies_of(self._select, self.kinds, kind, ids)
            await self._name({(one.collection, one.key) for body in bodies for one in walk(node, body, "")})
            named = [rewritten(node, body, self._name_of) for body in bodies]
            yield [{name: body[name] for name in names if name in body} for body in named]

    async def _select(self, *place: Any) -> list[dict[str, Any]]:
        return await select_rows(self.connection, *place)

    async def _name(self, mentioned: set[Key]) -> None:
        if len(self.names) > _NAMES:
            self.names.clear()
        found = await look_up(self.connection, mentioned - self.names.keys())
        codes = await fetch_codes(
            self.connection, {one.id for place in mentioned if place[0] == ISSUES and (one := found.get(place))}
        )
        for place in mentioned - self.names.keys():
            if (one := found.get(place)) is not None:
                self.names[place] = codes.get(one.id, one.slug)

    def _name_of(self, collection: str, key: str) -> str:
        return self.names.get((collection, key), key)

    async def aclose(self) -> None:
        """Give the connection back."""
        await self.opened.aclose()


async def open_whole(
    writer: Writer,
    form: DossierForm,
    moment: Moment | None = None,
    known_by: date | None = None,
    slots: AbstractAsyncContextManager[object] | None = None,
) -> WholeLedger:
    """The whole ledger in this form, of now or of a moment, whole or with what was known on a day. It takes one of the
    `slots` until it is closed."""
    async with AsyncExitStack() as stack:
        if slots is not None:
            await stack.enter_async_context(slots)
        with translated():
            connection = await stack.enter_async_context(snapshot(writer.engine, moment, known_by))
            revision, at = await fetch_head(connection)
        return WholeLedger(connection, writer.kinds, form, revision, at, stack.pop_all())
