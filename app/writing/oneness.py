"""Whether two records can be one: what speaks against a merge, all of it at once."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, bindparam, text

from app.db.pointers import Pointer, pointers_at
from app.faults import ProblemKind
from app.writing.batch import Batch, Values
from app.writing.intents import Versions, not_stored
from app.writing.kinds import Kind
from app.writing.plan import plan_of

#: Records that are told for one reason.
_MOST = 20
#: Rows that a merge moves at the most. Each is a change of the record that it stands in, which is written anew with all
#: its index entries, its former state beside it: 1.5 ms a row, and nobody else writes meanwhile.
MOST_MOVED = 10_000


async def refuse_two(batch: Batch, kind: Kind, lost: Values, kept: Values, if_match: Versions | None) -> None:
    """Add a fault for each reason for which the record `lost` cannot be merged into `kept`."""
    name = f"{kind.singular} {lost['slug']!r}"
    if wrong := not_stored(if_match, lost["row_version"]):
        batch.fault(
            f"The {name} {wrong}", "",
            "Read it again: what was changed since may speak against the merge.", ProblemKind.PRECONDITION,
        )  # fmt: skip
    if lost["withdrawn_at"] is not None:
        batch.fault(
            f"The {name} was withdrawn on {lost['withdrawn_at']:%Y-%m-%d}: {lost['withdrawn_reason']}", "",
            "A withdrawn record stays as it was.", ProblemKind.GONE,
        )  # fmt: skip
    if lost["id"] == kept["id"]:
        batch.conflict(f"The {name} cannot be merged into itself", "/into", "Name another record.")
        return
    if kept["withdrawn_at"] is not None:
        batch.conflict(
            f"The {kind.singular} {kept['slug']!r} was withdrawn on {kept['withdrawn_at']:%Y-%m-%d}:"
            f" {kept['withdrawn_reason']}",
            "/into", "Merge into a record that is in use.",
        )  # fmt: skip
    table = plan_of(kind.model, kind.schema).table
    if not await _refuse_many(batch, kind, table, lost, kept):
        return
    for pointer in pointers_at(table):
        if pointer.is_of_records:
            await _refuse_doubles(batch, kind, pointer, lost, kept)
    for field, edges, lower, upper in _edges(kind, table):
        await _refuse_circle(batch, kind, f"SELECT {lower} AS lower, {upper} AS upper FROM {edges}", field, lost, kept)  # noqa: S608
    for other in batch.kinds.values():
        if other.keep is not None:
            await other.keep(batch, kind.collection, lost["id"], kept["id"])


async def _refuse_many(batch: Batch, kind: Kind, table: Table, lost: Values, kept: Values) -> bool:
    """Whether so few rows lead to the record that goes that they can be moved; a fault where they cannot."""
    moved = await _leading_to(batch, table, lost["id"])
    if moved <= MOST_MOVED:
        return True
    hint = "As many lead to the other one: such a merge takes minutes, for which nobody could write."
    if (fewer := await _leading_to(batch, table, kept["id"])) <= MOST_MOVED:
        hint = f"Merge {kept['slug']!r} into it, to which {fewer:,} lead; the slug can be changed afterwards."
    told = f"More than {MOST_MOVED:,} rows lead to the {kind.singular} {lost['slug']!r}; a merge moves no more"
    batch.conflict(told, "", hint)
    return False


async def _leading_to(batch: Batch, table: Table, record: UUID) -> int:
    """How many rows lead to a record; counted no further than one past what is moved."""
    arms = " UNION ALL ".join(
        f'SELECT 1 FROM "{pointer.table.name}" WHERE "{pointer.column}" = :record'  # noqa: S608 - names of our own tables
        for pointer in pointers_at(table)
    )
    counted = text(f"SELECT count(*) FROM (SELECT FROM ({arms}) AS moved LIMIT {MOST_MOVED + 1}) AS counted")  # noqa: S608
    found: int = (await batch.connection.execute(counted, {"record": record})).scalar_one()
    return found


async def _refuse_doubles(batch: Batch, kind: Kind, pointer: Pointer, lost: Values, kept: Values) -> None:
    """Two records of which there may be one only, such as two delegations at one talk: the parties that sent them are
    two. What has a `key` to tell it from its like gets another one (`app.writing.joining`)."""
    table = pointer.table
    for others in pointer.alike:
        if "key" in others:
            continue
        (at,) = others
        (leads_to,) = (key.column.table for key in table.c[at].foreign_keys)
        same = text(f"""
            SELECT there.slug AS at FROM {table.name} a
            JOIN {table.name} b ON b.{at} = a.{at} AND b.{pointer.column} = :kept
            JOIN {leads_to.name} there ON there.id = a.{at}
            WHERE a.{pointer.column} = :lost ORDER BY there.slug LIMIT {_MOST + 1}
        """)  # noqa: S608 - names of our own tables
        found = await batch.connection.execute(same, {"lost": lost["id"], "kept": kept["id"]})
        for (slug,) in batch.some(found, _MOST):
            batch.conflict(
                f"Both {lost['slug']!r} and {kept['slug']!r} have a {table.name} of the {leads_to.name} {slug!r}",
                "/into",
                f"They are two {kind.collection}; or give one of them another {pointer.column.removesuffix('_id')} first.",
            )


def _edges(kind: Kind, table: Table) -> Iterator[tuple[str, str, str, str]]:
    """What leads from records of the table to others of it: field, table, and the columns of both ends."""
    own = [pointer for pointer in pointers_at(table) if table in _targets(pointer)]
    for pointer in own:
        if pointer.table is table:
            yield pointer.column.removesuffix("_id"), table.name, "id", pointer.column
    names = {rows.table: rows.name for rows in plan_of(kind.model, kind.schema).rows}
    for inside in own:
        for other in own:
            if inside.is_inside and other.table is inside.table and other.column != inside.column:
                yield names.get(other.table, other.table.name), other.table.name, inside.column, other.column


def _targets(pointer: Pointer) -> list[Table]:
    return [key.column.table for key in pointer.table.c[pointer.column].foreign_keys]


async def _refuse_circle(batch: Batch, kind: Kind, edges: str, field: str, lost: Values, kept: Values) -> None:
    """A record that leads to another cannot be that other: it would lead to itself."""
    # Names of our own tables and columns, taken from the models; the ids are bound.
    query = text(f"""
        WITH RECURSIVE above(start, id) AS (
            SELECT lower, upper FROM ({edges}) AS edge WHERE lower = ANY(:both) AND upper IS NOT NULL
            UNION
            SELECT above.start, edge.upper FROM above JOIN ({edges}) AS edge ON edge.lower = above.id
            WHERE edge.upper IS NOT NULL
        ) SELECT start FROM above WHERE id = ANY(:both) AND id <> start
    """).bindparams(bindparam("both", type_=ARRAY(Uuid)))  # noqa: S608
    both: dict[UUID, Any] = {lost["id"]: lost["slug"], kept["id"]: kept["slug"]}
    for (start,) in await batch.connection.execute(query, {"both": list(both)}):
        (end,) = (slug for identifier, slug in both.items() if identifier != start)
        batch.conflict(
            f"The {kind.singular} {both[start]!r} leads to {end!r} by `{field}`, and would lead to itself",
            "/into",
            f"They are two; or leave `{field}` out first.",
        )
