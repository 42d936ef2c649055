"""Finds stored nested records without a slug, by their owner and their identifying fields."""

from collections.abc import Sequence
from uuid import UUID

from app.ingest.foreign.aliases import Aliases
from app.ingest.foreign.record import ForeignRecord, identifying_fields
from app.ingest.foreign.stated_records import Matches
from app.writing.batch import Batch
from app.writing.mentions import mentioned_in, walk
from app.writing.plan import plan_of
from app.writing.resolution import Found
from app.writing.stored_bodies import bodies_of


async def match_nested(
    batch: Batch, records: Sequence[ForeignRecord], found: Found, aliases: Aliases, matches: Matches
) -> None:
    """Find the stored records for nested records without a slug, and add them to `matches`."""
    by_owner_column: dict[tuple[str, str], list[tuple[ForeignRecord, UUID]]] = {}
    for record in records:
        if record.nested is None or isinstance(record.intent.body.get("slug"), str):
            continue
        owner = _owner(batch, record, found, aliases, matches)
        if owner is not None:
            place = (record.nested.collection, record.nested.owner_column)
            by_owner_column.setdefault(place, []).append((record, owner))
    for (collection, column), wanted_here in by_owner_column.items():
        kind = batch.kinds[collection]
        table = plan_of(kind.model, kind.schema).table
        rows = await batch.select(table, column, {owner for _, owner in wanted_here})
        by_owner: dict[UUID, list[UUID]] = {}
        for row in rows:
            by_owner.setdefault(row[column], []).append(row["id"])
        ids = [identifier for one in by_owner.values() for identifier in one]
        bodies = dict(zip(ids, await bodies_of(batch.select, batch.kinds, kind, ids), strict=True))
        for record, owner in wanted_here:
            assert record.nested is not None
            names = identifying_fields(kind, record.nested.owner)
            wanted = aliases.resolve(kind, record.intent.body, found)
            for identifier in by_owner.get(owner, ()):
                if all(bodies[identifier].get(name) == wanted.get(name) for name in names):
                    matches.record_ids[record.named] = identifier


def _owner(batch: Batch, record: ForeignRecord, found: Found, aliases: Aliases, matches: Matches) -> UUID | None:
    """Return the id of the stored owner of a nested record."""
    assert record.nested is not None
    mentions = walk(mentioned_in(batch.kinds[record.intent.collection].schema), record.intent.body, "")
    mention = next((one for one in mentions if one.pointer == f"/{record.nested.owner}"), None)
    if mention is None:
        return None
    known = aliases.find(mention.collection, mention.key, found)
    return matches.record_ids.get((mention.collection, mention.key)) or (known.id if known is not None else None)
