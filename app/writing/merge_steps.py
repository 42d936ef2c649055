"""The steps that merge one record into another. Each step executes a few statements, whatever the number of rows.

`duplicate` is the record that is merged away, `target` the one that remains.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Text, Uuid, bindparam, delete, func, insert, inspect, select, text, update
from sqlalchemy import column as column_of
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from uuid_utils.compat import uuid7

from app.db.base import Entry
from app.db.columns import is_generated
from app.db.pointers import pointers_at
from app.db.references import SlugAlias
from app.writing.batch import Batch, Values
from app.writing.mentions import ANY, Mentioned, rewritten
from app.writing.merged_rows import columns_of, combine_rows, move_rows
from app.writing.plan import Rows, plan_of
from app.writing.write_spec import WriteSpec

#: Columns that a merge never copies, because they describe one record only.
_NEVER_COPIED = ("lang", "confidence", "withdrawn_at", "withdrawn_reason")


async def join(batch: Batch, kind: WriteSpec, duplicate: Values, target: Values) -> None:
    """Merge the record `duplicate` into `target`. Call `check_merge` first."""
    table = plan_of(kind.model, kind.schema).table
    names = await _names_of(batch, kind, duplicate)
    named: set[UUID] = set()
    for pointer in pointers_at(table):
        named |= await combine_rows(batch, pointer, duplicate, target)
        await move_rows(batch, pointer, duplicate["id"], target["id"])
    await _rewrite_mentions(batch, kind.collection, names, target["slug"])
    await _rewrite_fields(batch, names, target["slug"], named)
    await _add_name(batch, kind, duplicate, target)
    if copied := _values_to_copy(kind, duplicate, target):
        await batch.connection.execute(update(table).where(table.c.id == target["id"]).values(**copied))
    await batch.connection.execute(delete(table).where(table.c.id == duplicate["id"]))
    await batch.connection.execute(delete(Entry).where(Entry.id == duplicate["id"]))
    # The id redirects too: it may be stored elsewhere and must keep working.
    for name in (duplicate["slug"], str(duplicate["id"])):
        alias = insert_or_update(SlugAlias).values(collection=kind.collection, slug=name, record_id=target["id"])
        await batch.connection.execute(
            alias.on_conflict_do_update(index_elements=["collection", "slug"], set_={"record_id": target["id"]})
        )


async def _names_of(batch: Batch, kind: WriteSpec, record: Values) -> list[str]:
    """The slugs by which JSON values may mention the record: the current and the former ones."""
    former = select(SlugAlias.slug).where(SlugAlias.record_id == record["id"], SlugAlias.collection == kind.collection)
    return [record["slug"], *(await batch.connection.execute(former)).scalars()]


# --- mentions that are not foreign keys


def _mentioning(batch: Batch, collection: str) -> Iterator[tuple[Table, str, Mentioned]]:
    """The JSON columns in which records of a collection are mentioned by slug."""

    def inside(rows: Iterable[Rows]) -> Iterator[Rows]:
        for one in rows:
            yield one
            yield from inside(one.rows)

    for kind in batch.kinds.values():
        plan = plan_of(kind.model, kind.schema)
        owners = [(plan.table, plan.scalars), *((rows.table, rows.scalars) for rows in inside(plan.rows))]
        for table, scalars in owners:
            for scalar in scalars:
                if scalar.is_json and scalar.mentioned is not None and _mentions(scalar.mentioned, collection):
                    yield table, scalar.column, scalar.mentioned


def _mentions(node: Mentioned, collection: str) -> bool:
    below = [*node.fields.values(), *([node.each] if node.each is not None else [])]
    return node.collection in (collection, ANY) or any(_mentions(one, collection) for one in below)


async def _rewrite_mentions(batch: Batch, collection: str, names: list[str], slug: str) -> None:
    def now(of: str, key: str) -> str:
        return slug if of == collection and key in names else key

    patterns = [pattern for name in names for pattern in (f'%"{name}"%', f'%"{collection}/{name}"%')]
    for table, column, node in _mentioning(batch, collection):
        keys = [key.name for key in table.primary_key.columns]
        # The contents of JSON values are not indexed. Most values are empty, and the first condition skips these cheaply.
        found = (
            text(
                f'SELECT {columns_of(keys, "t")}, t."{column}" AS value FROM "{table.name}" t'  # noqa: S608
                f" WHERE t.\"{column}\" NOT IN ('[]', '{{}}') AND t.\"{column}\"::text LIKE ANY (:patterns)"
            )
            .bindparams(bindparam("patterns", type_=ARRAY(Text)))
            .columns(*(table.c[name] for name in keys), column_of("value", JSONB))
        )
        for *key, value in (await batch.connection.execute(found, {"patterns": patterns})).all():
            here = [table.c[name] == part for name, part in zip(keys, key, strict=True)]
            becomes = rewritten(node, value, now)
            if becomes != value:
                await batch.connection.execute(update(table).where(*here).values({column: becomes}))


async def _rewrite_fields(batch: Batch, names: list[str], slug: str, named: set[UUID]) -> None:
    """Update the citations of the changed records whose `field` includes the duplicate's slug
    (`/members/rustem-umerov/post`). In the records `named`, a row has this slug as its key, so the citations stay.
    """
    for name in names:
        values = {"was": f"/{name}/", "becomes": f"/{slug}/", "like": f"%/{name}/%", "here": batch.revision}
        await batch.connection.execute(_FIELDS, {**values, "named": list(named)})


_FIELDS = text("""
    UPDATE citation SET field = rtrim(replace(field || '/', :was, :becomes), '/')
    WHERE target_id IN (SELECT record_id FROM revision_change WHERE revision = :here) AND field || '/' LIKE :like
    AND target_id <> ALL (:named)
""").bindparams(bindparam("named", type_=ARRAY(Uuid)))


# --- the record itself


async def _add_name(batch: Batch, kind: WriteSpec, duplicate: Values, target: Values) -> None:
    """Add the name of the duplicate to the names of the remaining record."""
    relation = inspect(kind.model).relationships.get("names")
    if relation is None or duplicate["name"] == target["name"]:
        return
    table: Any = relation.mapper.local_table
    own = table.c.owner_id == target["id"]
    there, last = (
        await batch.connection.execute(
            select(
                func.count().filter(table.c.text == duplicate["name"]), func.coalesce(func.max(table.c.position), 0) + 1
            ).where(own)
        )
    ).one()
    if not there:
        name = {
            "id": uuid7(),
            "owner_id": target["id"],
            "position": last,
            "text": duplicate["name"],
            "lang": duplicate["lang"],
        }
        await batch.connection.execute(insert(table).values(**name))


def _values_to_copy(kind: WriteSpec, duplicate: Values, target: Values) -> Values:
    """The values to copy to the remaining record: for its empty columns, and for items that its arrays lack."""
    table = plan_of(kind.model, kind.schema).table
    dated = [(name, f"{name}_min", f"{name}_max", f"{name}_precision") for name in kind.model.__dated__]
    groups = _copied_together([*map(set, dated), *map(set, kind.model.__together__)])
    copied: Values = {}
    timed = _times_of(kind, duplicate, target)
    for column in table.columns:
        name = column.name
        if timed.get(name) is False:
            continue
        if is_generated(column) or name in _NEVER_COPIED or duplicate.get(name) in (None, []):
            continue
        if isinstance(column.type, ARRAY):
            copied[name] = [*target[name], *(one for one in duplicate[name] if one not in target[name])]
        elif column.nullable and all(target[one] is None for one in groups.get(name, {name})):
            copied[name] = duplicate[name]
    fields = {name.removesuffix("_id") for name in copied}
    if "dates_as_written" in target:
        added = [one for one in duplicate["dates_as_written"] if one["field"] in fields]
        copied["dates_as_written"] = [*target["dates_as_written"], *added]
    copied["caveats"] = [*target["caveats"], *(one for one in duplicate["caveats"] if _first(one["field"]) in fields)]
    copied["coded_from"] = {**{n: w for n, w in duplicate["coded_from"].items() if n in fields}, **target["coded_from"]}
    return {name: value for name, value in copied.items() if value != target[name]}


def _times_of(kind: WriteSpec, duplicate: Values, target: Values) -> dict[str, bool]:
    """For each column of a time of day, whether it may be copied: the remaining record must have no time in the same zone
    column, and the same date."""
    may: dict[str, bool] = {}
    for zone in {one.zone for one in kind.model.__timed__}:
        group = [one for one in kind.model.__timed__ if one.zone == zone]
        is_free = all(
            target[one.time] is None
            and (duplicate[one.time] is None or target[one.date] in (None, duplicate[one.date]))
            for one in group
        )
        may |= {name: is_free for one in group for name in (one.time, one.zone, one.instant)}
    return may


def _copied_together(groups: list[set[str]]) -> dict[str, set[str]]:
    """For each column, the columns that are copied only together with it. Groups that share a column are combined."""
    found: dict[str, set[str]] = {}
    for group in groups:
        whole = group.union(*(found[name] for name in group if name in found))
        found |= dict.fromkeys(whole, whole)
    return found


def _first(field: str) -> str:
    return field.strip("/").partition("/")[0]
