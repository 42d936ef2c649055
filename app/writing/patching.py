"""Apply many merge patches to stored records at once, with a few SELECT statements and without a lock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.writing.batch import Batch
from app.writing.intents import Intent, Versions
from app.writing.plan import plan_of
from app.writing.resolution import Found, Key, look_up
from app.writing.slugs import outer_ids
from app.writing.speculative import now
from app.writing.stored_bodies import bodies_of, merged, normalized_body
from app.writing.write_spec import WriteSpec


@dataclass(slots=True)
class MergedPatches:
    """Patches that were merged onto stored records."""

    revision: int
    """The newest revision before the records were read."""
    changed: list[Intent] = field(default_factory=list)
    """Intents that change or create a record."""
    unchanged: list[Intent] = field(default_factory=list)
    """Intents that change nothing."""
    record_ids: dict[str, UUID] = field(default_factory=dict)
    """The id of the stored record that an intent refers to, by the intent's pointer. Intents that refer to none are
    omitted.
    """


async def merge_patches(
    connection: AsyncConnection,
    kinds: Mapping[str, WriteSpec],
    intents: Iterable[Intent],
) -> MergedPatches:
    """Merge the patches (RFC 7396) onto the stored bodies, and separate the intents that change nothing.

    An intent that refers to no stored record keeps its body. Any other intent becomes a PUT of the whole body, with the
    version that was read as `if_match`. If the record is changed before the PUT is written, the PUT is rejected with
    `ProblemType.PRECONDITION`.
    """
    patches = list(intents)
    batch = Batch(connection, dict(kinds), *await now(connection))
    keys_by_intent = [_keys(intent) for intent in patches]
    found = await look_up(connection, {key for keys in keys_by_intent for key in keys})
    targets = await _by_identity(batch, patches, keys_by_intent, [_target_of(keys, found) for keys in keys_by_intent])
    bodies = await _bodies(batch, patches, targets)
    result = MergedPatches(batch.revision)
    changed, unchanged = result.changed, result.unchanged
    for intent, known in zip(patches, targets, strict=True):
        if known is None or known not in bodies:
            # The intent may later turn out to refer to a stored record. In this case, it must not delete the fields
            # that it omits.
            changed.append(intent if intent.is_patch else replace(intent, is_patch=True))
            continue
        result.record_ids[intent.pointer] = known
        body, version, is_gone = bodies[known]
        whole = merged(body, intent.body)
        kind = kinds[intent.collection]
        if not is_gone and (whole == body or normalized_body(plan_of(kind.model, kind.schema), whole) == body):
            unchanged.append(intent)
        else:
            changed.append(
                replace(intent, body=whole, address=str(known), if_match=Versions({version}), is_patch=False)
            )
    return result


def _keys(intent: Intent) -> list[Key]:
    """The keys by which to look up the record: its slug, or else its external ids."""
    slug = intent.body.get("slug")
    if isinstance(slug, str):
        return [(intent.collection, slug)]
    return [(intent.collection, f"{scheme}:{value}") for _, scheme, value in outer_ids(intent.body)]


def _target_of(keys: list[Key], found: Found) -> UUID | None:
    """The stored record that the keys identify; None if they identify none, or several, which the writer then reports."""
    ids = {one.id for key in keys if (one := found.current.get(key)) is not None}
    return ids.pop() if len(ids) == 1 and not any(key in found.ambiguous for key in keys) else None


async def _by_identity(
    batch: Batch, intents: list[Intent], named: list[list[Key]], targets: list[UUID | None]
) -> list[UUID | None]:
    """Return a copy of `targets`, completed for intents without slug and external id whose `identity` columns identify
    a stored record (a delegation is identified by talk and party).
    """
    candidates: dict[int, tuple[WriteSpec, list[Key]]] = {}
    for place, intent in enumerate(intents):
        kind = batch.kinds[intent.collection]
        if targets[place] is None and not named[place] and (keys := _mentioned(kind, intent.body)):
            candidates[place] = kind, keys
    found = await look_up(batch.connection, {key for _, keys in candidates.values() for key in keys})
    completed = list(targets)
    for place, (kind, keys) in candidates.items():
        known = [found.current.get(key) for key in keys]
        ids = tuple(one.id for one in known if one is not None)
        if len(ids) == len(keys):
            rows = await batch.select(plan_of(kind.model, kind.schema).table, kind.identity[0], [ids[0]])
            matching = [row["id"] for row in rows if tuple(row[name] for name in kind.identity) == ids]
            completed[place] = matching[0] if matching else None
    return completed


def _mentioned(kind: WriteSpec, body: Mapping[str, object]) -> list[Key]:
    """The keys of the mentioned records that identify the record of this body, in the order of `identity`.

    Empty if the identity includes other columns, or if the body lacks one of the keys.
    """
    fields = {one.column: one for one in plan_of(kind.model, kind.schema).scalars if one.collection is not None}
    if not kind.identity or not fields.keys() >= set(kind.identity):
        return []
    named = [(str(fields[column].collection), body.get(fields[column].name)) for column in kind.identity]
    keys = [(collection, key) for collection, key in named if isinstance(key, str)]
    return keys if len(keys) == len(named) else []


async def _bodies(
    batch: Batch, intents: list[Intent], targets: list[UUID | None]
) -> dict[UUID, tuple[dict[str, Any], int, bool]]:
    """The body and version of each stored record, and whether it is withdrawn."""
    by_collection: dict[str, list[UUID]] = {}
    for intent, known in zip(intents, targets, strict=True):
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
