"""Exports a process as a dossier. The dossier contains everything that belongs to the process, and everything that an
empty database needs to import the dossier.

Two sets of records are exported. *Held* records are the process, the processes below it, their talks, delegations,
proposals, agreements, demands and responses, and the assessments of any of these. *Mentioned* records are the records
that held records mention, directly or through other records: parties, people, places, sources, issues with their
broader issues, and demands of other processes that demands of this process repeat. Mentioned records are exported
without the records nested in them. Mentioned records also include the bodies that speak for any of these parties,
because the state of a demand depends on them, and the records of other dossiers to which the dossiers of the process
add rows. The citations of all these records are exported, too.

The code uses the writer's own functions to read records back (`bodies_of`) and to find mentions (`walk`), so that a new
field needs no change here.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from app.errors import ApiError, ProblemType, quoted
from app.ingest.additions import OWN_LISTS
from app.ingest.dossier import FORMAT
from app.ingest.statements import (
    Connection,
    fetch_citations,
    fetch_held,
    fetch_processes,
    fetch_speakers,
    fetch_withdrawn,
)
from app.reading.as_of import Snapshot
from app.reading.known_by import KnownTo
from app.reading.snapshots import fetch_head, snapshot
from app.schemas.record_writes import CitationInRecord, RecordWrite
from app.writing.additions import added_rows, key_text
from app.writing.batch import select_rows
from app.writing.constraint_errors import translated
from app.writing.dossier_statements import ContentRow, fetch_added
from app.writing.mentions import node_of, rewritten, walk
from app.writing.plan import plan_of
from app.writing.resolution import look_up
from app.writing.stored_bodies import bodies_of
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

Body = dict[str, Any]
Key = tuple[str, str]

PROCESSES, PARTIES, CITATIONS, ISSUES = "processes", "parties", "citations", "issues"
#: Number of records that one statement reads. This number bounds the length of array parameters, and the time for which
#: other requests wait.
_CHUNK_SIZE = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """A dossier, with the number and time of the revision at which it was read."""

    document: Body
    revision: int
    at: datetime


async def export(
    writer: Writer,
    key: str,
    most: int,
    moment: Snapshot | None = None,
    known_by: date | None = None,
    known_to: KnownTo | None = None,
) -> Exported:
    """Export the process with this key (slug, id, `scheme:value`) from one snapshot.

    `moment` is the revision to read (None: the newest); `known_by` and `known_to` limit the export as in lists.
    Raises `ApiError`: 404 if no process in use has the key, 422 if the dossier would contain more than `most` records.
    """
    with translated():
        async with snapshot(writer.engine, moment, known_by, known_to) as connection:
            revision, at = await fetch_head(connection)
            known = (await look_up(connection, [(PROCESSES, key)])).get((PROCESSES, key))
            processes = await fetch_processes(connection, known.slug) if known is not None else []
            if not processes:
                raise ApiError(ProblemType.NOT_FOUND, f"There is no process {quoted(key, 120)}, or it is withdrawn.")
            held = await fetch_held(connection, processes, most + 1)
            gathered = _Gathered(connection, writer.kinds, most)
            await gathered.add(held)
            await gathered.add_extended(await fetch_added(connection, processes))
            await gathered.add_speakers()
            added = await gathered.added()
    return Exported(await asyncio.to_thread(_document, gathered, held, processes[0], added), revision, at)


@dataclass
class _Gathered:
    """The bodies of the exported records, by collection and id."""

    connection: Connection
    kinds: Mapping[str, WriteSpec]
    most: int
    bodies: dict[str, dict[UUID, Body]] = field(default_factory=dict)
    withdrawn: dict[UUID, str] = field(default_factory=dict)
    ids: dict[Key, UUID] = field(default_factory=dict)
    """The ids of mentioned records, by (collection, key)."""
    keys: dict[tuple[UUID, str], set[str]] = field(default_factory=dict)
    """Natural keys of the rows that the dossiers of the process add, by record id and list."""

    async def add(self, found: Mapping[str, list[UUID]]) -> None:
        """Read these records, then the records that they mention and their citations, and so on until there are no new
        records."""
        while found:
            mentioned: set[Key] = set()
            for collection, ids in found.items():
                mentioned |= await self._read(collection, ids)
            found = await self._find_unread(mentioned, [key for ids in found.values() for key in ids])

    async def add_extended(self, added: Iterable[ContentRow]) -> None:
        """Read the records in use to which the dossiers of the process add rows."""
        found: dict[str, list[UUID]] = {}
        for added_row in added:
            found.setdefault(added_row.collection, []).append(added_row.record)
            self.keys.setdefault((added_row.record, added_row.place[1]), set()).add(added_row.key)
        for collection, ids in found.items():
            table = plan_of(self.kinds[collection].model, self.kinds[collection].schema).table
            rows = await self._select(table, "id", set(ids))
            read = self.bodies.get(collection, {})
            found[collection] = [row["id"] for row in rows if row["withdrawn_at"] is None and row["id"] not in read]
        await self.add({collection: sorted(ids) for collection, ids in found.items() if ids})

    async def add_speakers(self) -> None:
        """Read the bodies that speak for the parties read so far, and so on until there are no new bodies."""
        checked: set[UUID] = set()
        while parties := self.bodies.get(PARTIES, {}).keys() - checked:
            checked |= parties
            speakers = await fetch_speakers(self.connection, sorted(parties))
            if new := [key for key in speakers if key not in self.bodies[PARTIES]]:
                await self.add({PARTIES: new})

    async def added(self) -> dict[str, dict[UUID, Body]]:
        """Return the rows that the dossiers of the process add to the records that were read, by list."""
        extended = {record for record, _ in self.keys}
        found: dict[str, dict[UUID, Body]] = {}
        for collection, bodies in self.bodies.items():
            if matching := {record: body for record, body in bodies.items() if record in extended}:
                found[collection] = dict(await added_rows(self._select, self.kinds[collection], matching, self.keys))
        return found

    async def _read(self, collection: str, ids: Iterable[UUID]) -> set[Key]:
        """Read the bodies of these records, and return the keys that they mention."""
        kind, read = self.kinds[collection], self.bodies.setdefault(collection, {})
        node, mentioned, remaining = node_of(kind.schema), set(), iter(ids)
        while chunk := list(islice(remaining, _CHUNK_SIZE)):
            if sum(map(len, self.bodies.values())) + len(chunk) > self.most:
                raise _too_large(self.most)
            for key, body in zip(chunk, await bodies_of(self._select, self.kinds, kind, chunk), strict=True):
                read[key] = body
                mentioned |= {(mention.collection, mention.key) for mention in walk(node, body, "")}
            self.withdrawn |= await fetch_withdrawn(self.connection, collection, chunk)
        return mentioned

    async def _select(self, *place: Any) -> list[dict[str, Any]]:
        return await select_rows(self.connection, *place)

    async def _find_unread(self, mentioned: set[Key], cited: list[UUID]) -> dict[str, list[UUID]]:
        """Return the ids of mentioned records, and of citations of the records in `cited`, that have not been read
        yet."""
        unknown = mentioned - self.ids.keys()
        found = await look_up(self.connection, unknown)
        new: dict[str, list[UUID]] = {}
        for key in sorted(unknown):
            if (known := found.get(key)) is not None:
                self.ids[key] = known.id
                new.setdefault(key[0], []).append(known.id)
        new.setdefault(CITATIONS, []).extend(await fetch_citations(self.connection, cited))
        fresh = {
            collection: [key for key in dict.fromkeys(ids) if key not in self.bodies.get(collection, {})]
            for collection, ids in new.items()
        }
        return {collection: ids for collection, ids in fresh.items() if ids}

    def name_of(self, collection: str, key: str) -> str:
        """Return the current slug of the mentioned record, or the code if the record is an issue. A stored value may
        contain a
        former slug."""
        if (found := self.ids.get((collection, key))) is None:
            return key
        return str(self.bodies[collection][found]["code" if collection == ISSUES else "slug"])


def _too_large(most: int) -> ApiError:
    return ApiError(
        ProblemType.INVALID,
        f"The process and the records that it mentions are more than {most:,} records, the limit of a dossier"
        " (PARLEY_DOSSIER_RECORDS_MAX). Export a process below this process, or export lists as NDJSON"
        " (`/v1/demands?process=…&format=ndjson`).",
    )


def _document(
    gathered: _Gathered, held: Mapping[str, list[UUID]], top: UUID, added: dict[str, dict[UUID, Body]]
) -> Body:
    """Build the dossier: collections in the writer's order, records sorted by slug, common fields last in each record."""
    records: dict[str, dict[UUID, Body]] = {}
    withdrawn: dict[str, dict[str, str]] = {}
    for collection, kind in gathered.kinds.items():
        node, fields = node_of(kind.schema), ordered_fields(kind)
        for key, read in gathered.bodies.get(collection, {}).items():
            renamed = rewritten(node, read, gathered.name_of)
            body = {name: renamed[name] for name in fields if name in renamed}
            records.setdefault(collection, {})[key] = body
            if key in gathered.withdrawn:
                withdrawn.setdefault(collection, {})[body["slug"]] = gathered.withdrawn[key]
    _nest_citations(gathered, records, {key for ids in held.values() for key in ids}, added)
    additions = _additions(gathered, records, added)
    process = records[PROCESSES][top]
    return {
        "format": FORMAT,
        "slug": process["slug"],
        "title": process["title"],
        **({"summary": process["summary"]} if "summary" in process else {}),
        "records": {name: sorted(bodies.values(), key=_by_slug) for name, bodies in records.items() if bodies},
        **({"additions": additions} if additions else {}),
        **(
            {"withdrawn": {name: dict(sorted(reasons.items())) for name, reasons in withdrawn.items()}}
            if withdrawn
            else {}
        ),
    }


def ordered_fields(kind: WriteSpec) -> list[str]:
    """Return the fields of a body in the order of a dossier: `slug`, then the fields of this kind of record, then the
    fields common to all records."""
    common = [name for name in RecordWrite.model_fields if name != "slug"]
    return ["slug", *(name for name in kind.schema.model_fields if name not in ("slug", *common)), *common]


def _additions(
    gathered: _Gathered, records: Mapping[str, Mapping[UUID, Body]], added: Mapping[str, Mapping[UUID, Body]]
) -> dict[str, list[Body]]:
    """Return what the dossiers of the process add to records of other dossiers.

    The rows are in `records`, too. This section marks them as additions, so that they survive when the importing
    database receives the other dossiers again.
    """
    found: dict[str, list[Body]] = {}
    for collection, kind in gathered.kinds.items():
        node = node_of(kind.schema)
        # The database may contain additions to these lists that were stored before such additions were rejected.
        excluded = {CITATIONS, *OWN_LISTS.get(collection, ())}
        for key, lists in added.get(collection, {}).items():
            renamed = rewritten(
                node, {name: rows for name, rows in lists.items() if name not in excluded}, gathered.name_of
            )
            cited = {CITATIONS: sorted(lists[CITATIONS], key=_by_slug)} if CITATIONS in lists else {}
            if not renamed and not cited:
                continue
            found.setdefault(collection, []).append({"slug": records[collection][key]["slug"], **renamed, **cited})
    return {name: sorted(bodies, key=_by_slug) for name, bodies in found.items()}


def _nest_citations(
    gathered: _Gathered,
    records: dict[str, dict[UUID, Body]],
    held: set[UUID],
    added: dict[str, dict[UUID, Body]],
) -> None:
    """Move the citations of held records into their bodies, and citations that the dossiers of the process add to other
    records into `additions`.

    Citations of mentioned records remain separate records. A body with `citations` replaces all citations of its record,
    and the importing database may have more citations of a party than this process has. Citations with fields that a
    nested citation cannot have, such as `notes`, remain separate, too.
    """
    for key, read in gathered.bodies.get(CITATIONS, {}).items():
        collection, _, name = read["target"].partition("/")
        target = gathered.ids[(collection, name)]
        body = records[CITATIONS][key]
        inside = {name: body[name] for name in CitationInRecord.model_fields if name in body}
        if len(inside) != len(body) - 1:
            continue
        if target in held:
            records[collection][target].setdefault("citations", []).append(inside)
        elif key_text([key]) in gathered.keys.get((target, CITATIONS), ()):
            added.setdefault(collection, {}).setdefault(target, {}).setdefault(CITATIONS, []).append(inside)
        else:
            continue
        del records[CITATIONS][key]
    for bodies in records.values():
        for body in bodies.values():
            body.get("citations", []).sort(key=_by_slug)


def _by_slug(body: Body) -> list[Any]:
    """Sort key for slugs with numbers in numeric order: `point-9` before `point-10`."""
    return [int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", body["slug"])]
