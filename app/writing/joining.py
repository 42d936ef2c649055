"""The steps that merge one record into another. Each step takes a few statements, for any number of rows.

`lost` is the duplicate that is merged away, `kept` the record that remains. In SQL, `gone` and `own` are their rows.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Text, bindparam, delete, func, insert, inspect, select, text, update
from sqlalchemy import column as column_of
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from uuid_utils.compat import uuid7

from app.db.base import Entry, is_made
from app.db.pointers import Pointer, pointers_at
from app.db.references import SlugAlias
from app.writing.batch import Batch, Values
from app.writing.kinds import Kind
from app.writing.mentions import ANY, Mentioned, rewritten
from app.writing.plan import Rows, plan_of

#: Columns that a merge never copies, because they describe one record only.
_ITS_OWN = ("lang", "confidence", "withdrawn_at", "withdrawn_reason")


async def join(batch: Batch, kind: Kind, lost: Values, kept: Values) -> None:
    """Merge the record `lost` into `kept`. `merge_checks` must have approved the merge before."""
    table = plan_of(kind.model, kind.schema).table
    names = await _names_of(batch, kind, lost)
    for pointer in pointers_at(table):
        await _unite_alike(batch, pointer, lost, kept)
        await _move(batch, pointer, lost["id"], kept["id"])
    await _rewrite_mentions(batch, kind.collection, names, kept["slug"])
    await _rewrite_fields(batch, names, kept["slug"])
    await _add_name(batch, kind, lost, kept)
    if taken := _taken(kind, lost, kept):
        await batch.connection.execute(update(table).where(table.c.id == kept["id"]).values(**taken))
    await batch.connection.execute(delete(table).where(table.c.id == lost["id"]))
    await batch.connection.execute(delete(Entry).where(Entry.id == lost["id"]))
    # The id redirects too: it may be stored elsewhere and must keep working.
    for name in (lost["slug"], str(lost["id"])):
        alias = insert_or_update(SlugAlias).values(collection=kind.collection, slug=name, record_id=kept["id"])
        await batch.connection.execute(
            alias.on_conflict_do_update(index_elements=["collection", "slug"], set_={"record_id": kept["id"]})
        )


async def _names_of(batch: Batch, kind: Kind, record: Values) -> list[str]:
    """The slugs by which JSON values may mention the record: the current and the former ones."""
    former = select(SlugAlias.slug).where(SlugAlias.record_id == record["id"], SlugAlias.collection == kind.collection)
    return [record["slug"], *(await batch.connection.execute(former)).scalars()]


# --- rows that refer to the record


def _columns(names: Iterable[str], of: str, sep: str = ", ") -> str:
    return sep.join(f'{of}."{name}"' for name in names)


async def _unite_alike(batch: Batch, pointer: Pointer, lost: Values, kept: Values) -> None:
    """Combine rows of both records that a unique constraint does not allow to exist twice (two seats in one delegation).

    The row of the remaining record stays, and its empty columns are filled from the other one. Rows that are unique by `key`
    are combined only if their contents agree; otherwise the duplicate's row gets a new key.
    """
    ids = {"lost": lost["id"], "kept": kept["id"]}
    for others in pointer.alike:
        table = f'"{pointer.table.name}"'
        met = " AND ".join(f'gone."{name}" = own."{name}"' for name in others)
        here = f'gone."{pointer.column}" = :lost AND own."{pointer.column}" = :kept'
        if not pointer.is_of_records:
            told = _told(pointer, others)
            agree = "".join(f' AND (gone."{name}" = own."{name}") IS NOT FALSE' for name in told if "key" in others)
            removed = f"DELETE FROM {table} AS gone USING {table} AS own WHERE {here} AND {met}{agree}"  # noqa: S608
            if filled := _filled(pointer.table, told):
                removed = (
                    f"WITH gone AS ({removed} RETURNING gone.*) UPDATE {table} AS own SET {filled} FROM gone"  # noqa: S608
                    f' WHERE own."{pointer.column}" = :kept AND {met}'
                )
            await batch.connection.execute(text(removed), ids)
        if "key" in others:
            other_key = (
                f"UPDATE {table} AS gone SET key = gone.key || :ending FROM {table} AS own WHERE {here} AND {met}"  # noqa: S608
            )
            await batch.connection.execute(text(other_key), {**ids, "ending": f"-{lost['slug']}"})


def _told(pointer: Pointer, others: tuple[str, ...]) -> list[str]:
    """The content columns of a row: all but its keys, the unique columns and the position."""
    keys = {*pointer.table.primary_key.columns.keys(), *others, pointer.column, "position"}
    return [column.name for column in pointer.table.columns if column.name not in keys and not is_made(column)]


def _filled(table: Table, told: list[str]) -> str:
    """The SET clause that completes a row from its duplicate: empty columns, and a role that exists only once (the head)."""
    only: dict[str, Any] = dict(index.info["only"] for index in table.indexes if "only" in index.info)
    filled = []
    for name in told:
        if name in only and isinstance(only[name], str):
            # A term of a closed list, from the declaration of the index.
            filled.append(f"\"{name}\" = CASE gone.\"{name}\" WHEN '{only[name]}' THEN gone.\"{name}\""
                          f' ELSE coalesce(own."{name}", gone."{name}") END')  # fmt: skip
        elif table.c[name].nullable:
            filled.append(f'"{name}" = coalesce(own."{name}", gone."{name}")')
    return ", ".join(filled)


async def _move(batch: Batch, pointer: Pointer, lost: UUID, kept: UUID) -> None:
    table, ids = pointer.table, {"lost": lost, "kept": kept}
    placed = ""
    if pointer.is_inside and "position" in table.c:
        # Append the moved rows to the existing list.
        last = select(func.coalesce(func.max(table.c.position), 0)).where(table.c[pointer.column] == kept)
        placed = ", position = position + :after"
        ids["after"] = (await batch.connection.execute(last)).scalar_one()
    moved = f'UPDATE "{table.name}" SET "{pointer.column}" = :kept{placed} WHERE "{pointer.column}" = :lost'  # noqa: S608
    await batch.connection.execute(text(moved), ids)


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
                f'SELECT {_columns(keys, "t")}, t."{column}" AS value FROM "{table.name}" t'  # noqa: S608
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


async def _rewrite_fields(batch: Batch, names: list[str], slug: str) -> None:
    """Update citations that refer to a nested row by its key (`/members/rustem-umerov/post`), in the changed records."""
    for name in names:
        await batch.connection.execute(
            _FIELDS, {"was": f"/{name}/", "becomes": f"/{slug}/", "like": f"%/{name}/%", "here": batch.revision}
        )


_FIELDS = text("""
    UPDATE citation SET field = rtrim(replace(field || '/', :was, :becomes), '/')
    WHERE target_id IN (SELECT record_id FROM revision_change WHERE revision = :here) AND field || '/' LIKE :like
""")


# --- the record itself


async def _add_name(batch: Batch, kind: Kind, lost: Values, kept: Values) -> None:
    """Add the name of the duplicate to the names of the remaining record."""
    relation = inspect(kind.model).relationships.get("names")
    if relation is None or lost["name"] == kept["name"]:
        return
    table: Any = relation.mapper.local_table
    own = table.c.owner_id == kept["id"]
    there, last = (
        await batch.connection.execute(
            select(
                func.count().filter(table.c.text == lost["name"]), func.coalesce(func.max(table.c.position), 0) + 1
            ).where(own)
        )
    ).one()
    if not there:
        name = {"id": uuid7(), "owner_id": kept["id"], "position": last, "text": lost["name"], "lang": lost["lang"]}
        await batch.connection.execute(insert(table).values(**name))


def _taken(kind: Kind, lost: Values, kept: Values) -> Values:
    """The values that the remaining record gets from the duplicate: for its empty columns, and missing items of its arrays."""
    table = plan_of(kind.model, kind.schema).table
    dated = [(name, f"{name}_min", f"{name}_max", f"{name}_precision") for name in kind.model.__dated__]
    groups = _together([*map(set, dated), *map(set, kind.model.__together__)])
    taken: Values = {}
    for column in table.columns:
        name = column.name
        if is_made(column) or name in _ITS_OWN or lost.get(name) in (None, []):
            continue
        if isinstance(column.type, ARRAY):
            taken[name] = [*kept[name], *(one for one in lost[name] if one not in kept[name])]
        elif column.nullable and all(kept[one] is None for one in groups.get(name, {name})):
            taken[name] = lost[name]
    fields = {name.removesuffix("_id") for name in taken}
    taken["caveats"] = [*kept["caveats"], *(one for one in lost["caveats"] if _first(one["field"]) in fields)]
    taken["coded_from"] = {**{n: w for n, w in lost["coded_from"].items() if n in fields}, **kept["coded_from"]}
    return {name: value for name, value in taken.items() if value != kept[name]}


def _together(groups: list[set[str]]) -> dict[str, set[str]]:
    """The columns that are only copied together, by column: groups that share a column are combined."""
    found: dict[str, set[str]] = {}
    for group in groups:
        whole = group.union(*(found[name] for name in group if name in found))
        found |= dict.fromkeys(whole, whole)
    return found


def _first(field: str) -> str:
    return field.strip("/").partition("/")[0]
