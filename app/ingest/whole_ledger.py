"""Exports the whole database as one dossier: every record of one snapshot, streamed while it is read.

If the dossier is imported into an empty database, the export of that database has the same bytes. Withdrawn records are
included, and listed in `withdrawn`. Citations are separate records, each with its target. The export omits ids,
timestamps, former slugs, the history, and the information about which dossier contains which row.

Only a few hundred records are in memory at once. Records are sorted by the bytes of their slugs, so that the order does not
depend on the collation of the database.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.ingest.dossier import FORMAT
from app.ingest.dossier_export import ISSUES, ordered_fields
from app.ingest.dossier_formats import DossierForm
from app.ingest.dossier_writer import dossier_writer
from app.ingest.statements import Connection, fetch_codes, stream_records, stream_withdrawn
from app.reading.as_of import Snapshot
from app.reading.known_by import KnownTo
from app.reading.snapshots import fetch_head, snapshot
from app.writing.batch import select_rows
from app.writing.constraint_errors import translated
from app.writing.mentions import node_of, rewritten, walk
from app.writing.resolution import look_up
from app.writing.stored_bodies import bodies_of
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

SLUG, TITLE = "all", "The whole ledger"
#: Maximum number of cached names of mentioned records.
_MAX_NAMES = 50_000

Body = dict[str, Any]
Key = tuple[str, str]


@dataclass
class WholeLedger:
    """Yields the document in pieces. `revision` and `at` are the number and time of its revision. The object must be
    closed with `aclose`."""

    connection: Connection
    kinds: Mapping[str, WriteSpec]
    format_: DossierForm
    revision: int
    at: datetime
    exit_stack: AsyncExitStack
    names: dict[Key, str] = field(default_factory=dict)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        dossier = dossier_writer(self.format_)
        with translated():
            yield dossier.begin({"format": FORMAT, "slug": SLUG, "title": TITLE})
            for collection, kind in self.kinds.items():
                async for bodies in self._bodies(kind):
                    yield await asyncio.to_thread(dossier.write_entries, "records", collection, bodies)
            for collection in self.kinds:
                async for reasons in stream_withdrawn(self.connection, collection):
                    yield dossier.write_entries("withdrawn", collection, reasons)
            yield dossier.end()

    async def _bodies(self, kind: WriteSpec) -> AsyncIterator[list[Body]]:
        """Yield the bodies of a collection in chunks, with the current slugs of the records that they mention."""
        node, names = node_of(kind.schema), ordered_fields(kind)
        async for ids in stream_records(self.connection, kind.collection):
            bodies = await bodies_of(self._select, self.kinds, kind, ids)
            await self._load_names({(one.collection, one.key) for body in bodies for one in walk(node, body, "")})
            renamed = [rewritten(node, body, self._name_of) for body in bodies]
            yield [{name: body[name] for name in names if name in body} for body in renamed]

    async def _select(self, *key: Any) -> list[dict[str, Any]]:
        return await select_rows(self.connection, *key)

    async def _load_names(self, mentioned: set[Key]) -> None:
        if len(self.names) > _MAX_NAMES:
            self.names.clear()
        found = await look_up(self.connection, mentioned - self.names.keys())
        codes = await fetch_codes(
            self.connection, {one.id for key in mentioned if key[0] == ISSUES and (one := found.get(key))}
        )
        for key in mentioned - self.names.keys():
            if (one := found.get(key)) is not None:
                self.names[key] = codes.get(one.id, one.slug)

    def _name_of(self, collection: str, key: str) -> str:
        return self.names.get((collection, key), key)

    async def aclose(self) -> None:
        """Release the connection."""
        await self.exit_stack.aclose()


async def open_whole(
    writer: Writer,
    format_: DossierForm,
    moment: Snapshot | None = None,
    known_by: date | None = None,
    known_to: KnownTo | None = None,
    place: AbstractAsyncContextManager[object] | None = None,
) -> WholeLedger:
    """Open the export of the whole database in this format.

    `moment` is the revision to read (default: the newest). With `known_by`, only what was public on that day is exported or,
    with `known_to`, what this party could know by then. The export occupies the `place` until it is closed.
    """
    async with AsyncExitStack() as stack:
        if place is not None:
            await stack.enter_async_context(place)
        with translated():
            connection = await stack.enter_async_context(snapshot(writer.engine, moment, known_by, known_to))
            revision, at = await fetch_head(connection)
        return WholeLedger(connection, writer.kinds, format_, revision, at, stack.pop_all())
