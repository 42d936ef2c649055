"""Check whether a record may be merged into another, and report every reason against it at once."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, bindparam, text

from app.db.pointers import Pointer, pointers_at
from app.faults import ProblemKind
from app.writing.batch import Batch, Values
from app.writing.kinds import Kind
from app.writing.plan import plan_of

#: Conflicts of one type that are reported.
_MOST = 20
#: The maximum number of rows that a merge moves. Each row takes about 1.5 ms, because its record is rewritten with all index
#: entries and the former version is stored, and the merge blocks all other writes meanwhile.
MOST_MOVED = 10_000


async def refuse_two(batch: Batch, kind: Kind, lost: Values, kept: Values, if_match: int | None) -> None:
    """Add an error for each reason why the record `lost` cannot be merged into `kept`."""
    name = f"{kind.singular} {lost['slug']!r}"
    if if_match is not None and if_match != lost["row_version"]:
        batch.fault(
            f"The {name} has version {lost['row_version']}, not {if_match}", "",
            "Read the record again, and check that it is still a duplicate.", ProblemKind.PRECONDITION,
        )  # fmt: skip
    if lost["withdrawn_at"] is not None:
        batch.fault(
            f"The {name} was withdrawn on {lost['withdrawn_at']:%Y-%m-%d}: {lost['withdrawn_reason']}", "",
            "A withdrawn record cannot be merged.", ProblemKind.GONE,
        )  # fmt: skip
    if lost["id"] == kept["id"]:
        batch.conflict(f"The {name} cannot be merged into itself", "/into", "Name another record.")
        return
    if kept["withdrawn_at"] is not None:
        batch.conflict(
            f"The {kind.singular} {kept['slug']!r} was withdrawn on {kept['withdrawn_at']:%Y-%m-%d}:"
            f" {kept['withdrawn_reason']}",
            "/into", "Merge into a record that is not withdrawn.",
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
    """Whether the merge moves at most `MOST_MOVED` rows. Adds an error if it would move more."""
    moved = await _leading_to(batch, table, lost["id"])
    if moved <= MOST_MOVED:
        return True
    hint = "Just as many refer to the other record. Such a merge would take minutes and block all other writes."
    if (fewer := await _leading_to(batch, table, kept["id"])) <= MOST_MOVED:
        hint = (
            f"Merge {kept['slug']!r} into {lost['slug']!r} instead: only {fewer:,} rows refer to {kept['slug']!r}."
            " You can change the slug afterwards."
        )
    message = f"More than {MOST_MOVED:,} rows refer to the {kind.singular} {lost['slug']!r}; a merge cannot move them all"
    batch.conflict(message, "", hint)
    return False


async def _leading_to(batch: Batch, table: Table, record: UUID) -> int:
    """The number of rows that refer to a record. Counting stops at `MOST_MOVED` + 1."""
    arms = " UNION ALL ".join(
        f'SELECT 1 FROM "{pointer.table.name}" WHERE "{pointer.column}" = :record'  # noqa: S608 - names of our own tables
        for pointer in pointers_at(table)
    )
    counted = text(f"SELECT count(*) FROM (SELECT FROM ({arms}) AS moved LIMIT {MOST_MOVED + 1}) AS counted")  # noqa: S608
    found: int = (await batch.connection.execute(counted, {"record": record})).scalar_one()
    return found


async def _refuse_doubles(batch: Batch, kind: Kind, pointer: Pointer, lost: Values, kept: Values) -> None:
    """Add an error for records that the merge would duplicate, such as two delegations of one party at a talk.

    Records that are unique by `key` are no conflict: the merge gives them another key (`app.writing.merge_steps`).
    """
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
                f"Either the {kind.collection} are different, or one {table.name} needs another"
                f" `{pointer.column.removesuffix('_id')}` before the merge.",
            )


def _edges(kind: Kind, table: Table) -> Iterator[tuple[str, str, str, str]]:
    """The references between records of the table: field, table with the reference, and its two columns."""
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
    """Add an error if one of the two records refers to the other, directly or indirectly: it would refer to itself."""
    # Table and column names come from the models; the ids are bound.
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
            f"The {kind.singular} {both[start]!r} refers to {end!r} through `{field}` and would refer to itself",
            "/into",
            f"Either they are different records, or remove the reference in `{field}` first.",
        )
