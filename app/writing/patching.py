"""Many patches at once: each laid over the stored record that it means, read in a few statements and without a lock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.writing.ahead import now
from app.writing.batch import Batch
from app.writing.current import bodies_of, in_few_words, merged
from app.writing.intents import Intent, Versions
from app.writing.kinds import Kind
from app.writing.naming import outer_ids
from app.writing.plan import plan_of
from app.writing.resolution import Found, Key, look_up


@dataclass(slots=True)
class Laid:
    """Patches that were laid over what is stored."""

    revision: int
    """The newest one before it was read."""
    changed: list[Intent] = field(default_factory=list)
    same: list[Intent] = field(default_factory=list)
    """Those that change nothing."""
    meant: dict[str, UUID] = field(default_factory=dict)
    """The stored record of each of both, by the pointer of the intent; there is none of the others."""


async def laid_over(
    connection: AsyncConnection,
    kinds: Mapping[str, Kind],
    intents: Iterable[Intent],
) -> Laid:
    """The intents whose bodies are patches (RFC 7396) of stored records, as whole bodies; and those that change nothing.

    An intent that means no stored record stays as it is. The others bear the version that was read: a record that
    somebody changes before they are merged is refused as one that has changed (`ProblemKind.PRECONDITION`).
    """
    asked = list(intents)
    batch = Batch(connection, dict(kinds), *await now(connection))
    ways = [_keys(intent) for intent in asked]
    found = await look_up(connection, {key for keys in ways for key in keys})
    meant = await _by_identity(batch, asked, ways, [_meant(keys, found) for keys in ways])
    bodies = await _bodies(batch, asked, meant)
    laid = Laid(batch.revision)
    changed, same = laid.changed, laid.same
    for intent, known in zip(asked, meant, strict=True):
        if known is None or known not in bodies:
            # It may yet turn out to mean a stored record; then it must not replace what it leaves out.
            changed.append(intent if intent.is_patch else replace(intent, is_patch=True))
            continue
        laid.meant[intent.pointer] = known
        body, version, is_gone = bodies[known]
        whole = merged(body, intent.body)
        kind = kinds[intent.collection]
        if not is_gone and (whole == body or in_few_words(plan_of(kind.model, kind.schema), whole) == body):
            same.append(intent)
        else:
            changed.append(
                replace(intent, body=whole, address=str(known), if_match=Versions({version}), is_patch=False)
            )
    return laid


def _keys(intent: Intent) -> list[Key]:
    """By what the record may be found: its slug, else its external ids."""
    slug = intent.body.get("slug")
    if isinstance(slug, str):
        return [(intent.collection, slug)]
    return [(intent.collection, f"{scheme}:{value}") for _, scheme, value in outer_ids(intent.body)]


def _meant(keys: list[Key], found: Found) -> UUID | None:
    """The one stored record that is meant; what is unknown or ambiguous the writer speaks of."""
    ids = {one.id for key in keys if (one := found.current.get(key)) is not None}
    return ids.pop() if len(ids) == 1 and not any(key in found.ambiguous for key in keys) else None


async def _by_identity(
    batch: Batch, intents: list[Intent], named: list[list[Key]], meant: list[UUID | None]
) -> list[UUID | None]:
    """The same with those found that name no record, but what tells it as surely: a delegation by its talk and party."""
    asked: dict[int, tuple[Kind, list[Key]]] = {}
    for place, intent in enumerate(intents):
        kind = batch.kinds[intent.collection]
        if meant[place] is None and not named[place] and (keys := _mentioned(kind, intent.body)):
            asked[place] = kind, keys
    found = await look_up(batch.connection, {key for _, keys in asked.values() for key in keys})
    result = list(meant)
    for place, (kind, keys) in asked.items():
        known = [found.current.get(key) for key in keys]
        ids = tuple(one.id for one in known if one is not None)
        if len(ids) == len(keys):
            rows = await batch.select(plan_of(kind.model, kind.schema).table, kind.identity[0], [ids[0]])
            same = [row["id"] for row in rows if tuple(row[name] for name in kind.identity) == ids]
            result[place] = same[0] if same else None
    return result


def _mentioned(kind: Kind, body: Mapping[str, Any]) -> list[Key]:
    """The keys of the records by which a record is told from others, where nothing else is needed."""
    fields = {one.column: one for one in plan_of(kind.model, kind.schema).scalars if one.collection is not None}
    if not kind.identity or not fields.keys() >= set(kind.identity):
        return []
    named = [(str(fields[column].collection), body.get(fields[column].name)) for column in kind.identity]
    keys = [(collection, key) for collection, key in named if isinstance(key, str)]
    return keys if len(keys) == len(named) else []


async def _bodies(
    batch: Batch, intents: list[Intent], meant: list[UUID | None]
) -> dict[UUID, tuple[dict[str, Any], int, bool]]:
    """Body, version, and whether it was withdrawn, of each stored record."""
    by_collection: dict[str, list[UUID]] = {}
    for intent, known in zip(intents, meant, strict=True):
        if known is not None:
            by_collection.setdefault(intent.collection, []).append(known)
    read: dict[UUID, tuple[dict[str, Any], int, bool]] = {}
    for collection, ids in by_collection.items():
        kind = batch.kinds[collection]
        ids = list(dict.fromkeys(ids))
        bodies = await bodies_of(batch.select, batch.kinds, kind, ids)
        rows = {row["id"]: row for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}
        for known, body in zip(ids, bodies, strict=True):
            read[known] = (body, rows[known]["row_version"], rows[known]["withdrawn_at"] is not None)
    return read
