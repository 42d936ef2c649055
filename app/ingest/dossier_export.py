"""A process as a dossier: all that belongs to it and, so that an empty ledger can take it, all that this mentions.

Two circles. *Held* is the process, what lies below it, their talks, delegations, proposals, agreements, demands and
responses, and the assessments about any of these. *Mentioned* is what those records mention, what that mentions, and so
on, each record as it is, without what stands inside it: parties, people, places, sources, issues with their broader
ones, a demand of another process that one of this process repeats. So are the bodies that speak for any of these
parties, since the state of a demand depends on them, and records of other dossiers to which those of the process add
something. The citations of all of them come along.

The writer's own way back (`bodies_of`) and its own way to find mentions (`walk`) do the work, so that a new field needs
nothing here.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from app.errors import ApiError, ProblemType
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
from app.reading.as_of import Moment
from app.reading.snapshots import fetch_head, snapshot
from app.schemas.record import CitationWrite, RecordWrite
from app.writing.additions import added_rows, key_text
from app.writing.batch import select_rows
from app.writing.constraint_errors import translated
from app.writing.dossier_contents import Brought, fetch_added
from app.writing.mentions import node_of, rewritten, walk
from app.writing.plan import plan_of
from app.writing.resolution import look_up
from app.writing.stored_bodies import bodies_of
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer

Body = dict[str, Any]
Key = tuple[str, str]

PROCESSES, PARTIES, CITATIONS, ISSUES = "processes", "parties", "citations", "issues"
#: Records that are read back at once: the statements have arrays of this length, and other requests wait no longer than
#: these take.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """A dossier, and the revision whose state it is."""

    document: Body
    revision: int
    at: datetime


async def export(
    writer: Writer, key: str, most: int, moment: Moment | None = None, known_by: date | None = None
) -> Exported:
    """The dossier of the process with this key (slug, id, `scheme:value`), of one snapshot, of now or of a moment, whole
    or with what was known on a day.

    Raises `ApiError`: 404 where no process in use has the key, 422 where it would hold more than `most` records.
    """
    with translated():
        async with snapshot(writer.engine, moment, known_by) as connection:
            revision, at = await fetch_head(connection)
            known = (await look_up(connection, [(PROCESSES, key)])).get((PROCESSES, key))
            processes = await fetch_processes(connection, known.slug) if known is not None else []
            if not processes:
                raise ApiError(ProblemType.NOT_FOUND, f"There is no process in use that is called '{key[:120]}'.")
            held = await fetch_held(connection, processes, most + 1)
            gathered = _Gathered(connection, writer.kinds, most)
            await gathered.add(held)
            await gathered.add_others(await fetch_added(connection, processes))
            await gathered.add_speakers()
            added = await gathered.added()
    return Exported(await asyncio.to_thread(_document, gathered, held, processes[0], added), revision, at)


@dataclass
class _Gathered:
    """The bodies of records by collection and id, with all that they mention."""

    connection: Connection
    kinds: Mapping[str, WriteSpec]
    most: int
    bodies: dict[str, dict[UUID, Body]] = field(default_factory=dict)
    withdrawn: dict[UUID, str] = field(default_factory=dict)
    ids: dict[Key, UUID] = field(default_factory=dict)
    """Where the mentions lead."""
    keys: dict[tuple[UUID, str], set[str]] = field(default_factory=dict)
    """What the dossiers of the process add: the keys of rows by record and list."""

    async def add(self, found: Mapping[str, list[UUID]]) -> None:
        """Read these records, then those that they mention and their citations, until nothing is new."""
        while found:
            mentioned: set[Key] = set()
            for collection, ids in found.items():
                mentioned |= await self._read(collection, ids)
            found = await self._new(mentioned, [key for ids in found.values() for key in ids])

    async def add_others(self, added: Iterable[Brought]) -> None:
        """Read the records in use to which something is added, too."""
        found: dict[str, list[UUID]] = {}
        for one in added:
            found.setdefault(one.collection, []).append(one.record)
            self.keys.setdefault((one.record, one.place[1]), set()).add(one.key)
        for collection, ids in found.items():
            table = plan_of(self.kinds[collection].model, self.kinds[collection].schema).table
            rows = await self._select(table, "id", set(ids))
            read = self.bodies.get(collection, {})
            found[collection] = [row["id"] for row in rows if row["withdrawn_at"] is None and row["id"] not in read]
        await self.add({collection: sorted(ids) for collection, ids in found.items() if ids})

    async def add_speakers(self) -> None:
        """Read the bodies that speak for a party that was read, until nothing is new."""
        asked: set[UUID] = set()
        while parties := self.bodies.get(PARTIES, {}).keys() - asked:
            asked |= parties
            speakers = await fetch_speakers(self.connection, sorted(parties))
            if new := [key for key in speakers if key not in self.bodies[PARTIES]]:
                await self.add({PARTIES: new})

    async def added(self) -> dict[str, dict[UUID, Body]]:
        """The rows that are added to the records that were read, by list."""
        asked = {record for record, _ in self.keys}
        found: dict[str, dict[UUID, Body]] = {}
        for collection, bodies in self.bodies.items():
            if some := {record: body for record, body in bodies.items() if record in asked}:
                found[collection] = dict(await added_rows(self._select, self.kinds[collection], some, self.keys))
        return found

    async def _read(self, collection: str, ids: Iterable[UUID]) -> set[Key]:
        """Read the bodies of some records; answers the keys that they mention."""
        kind, read = self.kinds[collection], self.bodies.setdefault(collection, {})
        node, mentioned, rest = node_of(kind.schema), set(), iter(ids)
        while some := list(islice(rest, _AT_ONCE)):
            if sum(map(len, self.bodies.values())) + len(some) > self.most:
                raise _too_large(self.most)
            for key, body in zip(some, await bodies_of(self._select, self.kinds, kind, some), strict=True):
                read[key] = body
                mentioned |= {(mention.collection, mention.key) for mention in walk(node, body, "")}
            self.withdrawn |= await fetch_withdrawn(self.connection, collection, some)
        return mentioned

    async def _select(self, *place: Any) -> list[dict[str, Any]]:
        return await select_rows(self.connection, *place)

    async def _new(self, mentioned: set[Key], cited: list[UUID]) -> dict[str, list[UUID]]:
        """The records that these keys lead to and the citations of these records, as far as they were not read."""
        unknown = mentioned - self.ids.keys()
        found = await look_up(self.connection, unknown)
        new: dict[str, list[UUID]] = {}
        for place in sorted(unknown):
            if (known := found.get(place)) is not None:
                self.ids[place] = known.id
                new.setdefault(place[0], []).append(known.id)
        new.setdefault(CITATIONS, []).extend(await fetch_citations(self.connection, cited))
        fresh = {
            collection: [key for key in dict.fromkeys(ids) if key not in self.bodies.get(collection, {})]
            for collection, ids in new.items()
        }
        return {collection: ids for collection, ids in fresh.items() if ids}

    def name_of(self, collection: str, key: str) -> str:
        """What a mention is called today: what is stored inside a value keeps the slug of the day on which it was."""
        if (found := self.ids.get((collection, key))) is None:
            return key
        return str(self.bodies[collection][found]["code" if collection == ISSUES else "slug"])


def _too_large(most: int) -> ApiError:
    return ApiError(
        ProblemType.INVALID,
        f"The process and all that it mentions are more than the {most:,} records that one dossier may be asked for"
        " (PARLEY_DOSSIER_RECORDS_MAX);"
        " ask for the dossier of a process below it, or for lists as NDJSON (`/v1/demands?process=…&format=ndjson`).",
    )


def _document(
    gathered: _Gathered, held: Mapping[str, list[UUID]], top: UUID, added: dict[str, dict[UUID, Body]]
) -> Body:
    """The dossier: collections in the writer's order, records by slug, their own fields before those of all records."""
    records: dict[str, dict[UUID, Body]] = {}
    withdrawn: dict[str, dict[str, str]] = {}
    for collection, kind in gathered.kinds.items():
        node, fields = node_of(kind.schema), fields_of(kind)
        for key, read in gathered.bodies.get(collection, {}).items():
            named = rewritten(node, read, gathered.name_of)
            body = {name: named[name] for name in fields if name in named}
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
        **({"withdrawn": {name: dict(sorted(gone.items())) for name, gone in withdrawn.items()}} if withdrawn else {}),
    }


def fields_of(kind: WriteSpec) -> list[str]:
    """The fields of a body in the order in which a dossier has them: its own before those of all records."""
    common = [name for name in RecordWrite.model_fields if name != "slug"]
    return ["slug", *(name for name in kind.schema.model_fields if name not in ("slug", *common)), *common]


def _additions(
    gathered: _Gathered, records: Mapping[str, Mapping[UUID, Body]], added: Mapping[str, Mapping[UUID, Body]]
) -> dict[str, list[Body]]:
    """What the dossiers of the process add to records of other dossiers. The records are in the document, too; this section
    lets the next ledger keep what was added when their own dossier is sent there."""
    found: dict[str, list[Body]] = {}
    for collection, kind in gathered.kinds.items():
        node = node_of(kind.schema)
        # A ledger may hold additions from before these lists were refused.
        apart = {CITATIONS, *OWN_LISTS.get(collection, ())}
        for key, lists in added.get(collection, {}).items():
            named = rewritten(node, {name: rows for name, rows in lists.items() if name not in apart}, gathered.name_of)
            cited = {CITATIONS: sorted(lists[CITATIONS], key=_by_slug)} if CITATIONS in lists else {}
            if not named and not cited:
                continue
            found.setdefault(collection, []).append({"slug": records[collection][key]["slug"], **named, **cited})
    return {name: sorted(several, key=_by_slug) for name, several in found.items()}


def _nest_citations(
    gathered: _Gathered,
    records: dict[str, dict[UUID, Body]],
    held: set[UUID],
    added: dict[str, dict[UUID, Body]],
) -> None:
    """Put the citations of what belongs to the process into its bodies, where one reads them, and those that its dossiers
    add to others among the additions.

    Those of what is only mentioned stay apart: a body with citations has these and no others once it was taken, and a
    ledger that knows more of a party than this process tells must not lose it. Apart stays also what says more of
    itself than a citation can inside a record: notes of its own, say.
    """
    for key, read in gathered.bodies.get(CITATIONS, {}).items():
        collection, _, name = read["target"].partition("/")
        target = gathered.ids[(collection, name)]
        body = records[CITATIONS][key]
        inside = {name: body[name] for name in CitationWrite.model_fields if name in body}
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
    """Slugs as people count: `point-9` before `point-10`."""
    return [int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", body["slug"])]
