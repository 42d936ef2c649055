"""Check whether a record may be merged into another, and report every reason against it at once."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, bindparam, text

from app.db.pointers import Pointer, pointers_at
from app.errors import ProblemType, quoted
from app.writing.batch import Batch, Values
from app.writing.intents import Versions, not_stored
from app.writing.plan import plan_of
from app.writing.write_spec import WriteSpec

#: Maximum number of conflicts of one type that are reported.
_MOST = 20
#: The maximum number of rows that a merge moves. Each row takes about 1.5 ms, because its record is rewritten with all
#: index entries and the former version is stored. The merge blocks all other writes meanwhile.
MOST_MOVED = 10_000


async def check_merge(
    batch: Batch, kind: WriteSpec, duplicate: Values, target: Values, if_match: Versions | None
) -> None:
    """Add an error for each reason why the record `duplicate` cannot be merged into `target`."""
    name = f"{kind.singular} {quoted(duplicate['slug'])}"
    if wrong := not_stored(if_match, duplicate["row_version"]):
        batch.violation(
            f"The {name} {wrong}", "",
            "Read the record again, and check that it is still a duplicate.", ProblemType.PRECONDITION,
        )  # fmt: skip
    if duplicate["withdrawn_at"] is not None:
        batch.violation(
            f"The {name} was withdrawn on {duplicate['withdrawn_at']:%Y-%m-%d}: {duplicate['withdrawn_reason']}", "",
            "A withdrawn record cannot be merged.", ProblemType.GONE,
        )  # fmt: skip
    if duplicate["id"] == target["id"]:
        batch.conflict(f"The {name} cannot be merged into itself", "/into", "Name another record.")
        return
    if target["withdrawn_at"] is not None:
        batch.conflict(
            f"The {kind.singular} {quoted(target['slug'])} was withdrawn on {target['withdrawn_at']:%Y-%m-%d}:"
            f" {target['withdrawn_reason']}",
            "/into", "Merge into a record that is not withdrawn.",
        )  # fmt: skip
    table = plan_of(kind.model, kind.schema).table
    if not await _check_row_count(batch, kind, table, duplicate, target):
        return
    for pointer in pointers_at(table):
        if pointer.is_of_records:
            await _check_unique(batch, kind, pointer, duplicate, target)
    for field, edges, lower, upper in _edges(kind, table):
        query = f"SELECT {lower} AS lower, {upper} AS upper FROM {edges}"  # noqa: S608 - names from the models
        await _check_cycle(batch, kind, query, field, duplicate, target)
    for other in batch.kinds.values():
        if other.keep is not None:
            await other.keep(batch, kind.collection, duplicate["id"], target["id"])


def correction_hint(singular: str, slug: str, correction: str, *, is_withdrawn: bool) -> str:
    """Return the hint to correct a record before a merge. A withdrawn record cannot be corrected until it is restored."""
    if not is_withdrawn:
        return f"First {correction}"
    return f"First undo the withdrawal of the {singular} {quoted(slug)}, then {correction}"


async def _check_row_count(batch: Batch, kind: WriteSpec, table: Table, duplicate: Values, target: Values) -> bool:
    """Whether the merge moves at most `MOST_MOVED` rows. Adds an error if the merge would move more."""
    moved = await _count_references(batch, table, duplicate["id"])
    if moved <= MOST_MOVED:
        return True
    hint = "Just as many rows refer to the other record. Such a merge would take minutes and block all other writes."
    if (fewer := await _count_references(batch, table, target["id"])) <= MOST_MOVED:
        hint = (
            f"Merge {quoted(target['slug'])} into {quoted(duplicate['slug'])} instead: only {fewer:,} rows refer to {quoted(target['slug'])}."
            " You can change the slug afterwards."
        )
    message = f"More than {MOST_MOVED:,} rows refer to the {kind.singular} {quoted(duplicate['slug'])}; a merge cannot move them all"
    batch.conflict(message, "", hint)
    return False


async def _count_references(batch: Batch, table: Table, record: UUID) -> int:
    """The number of rows that refer to a record. Counting stops at `MOST_MOVED` + 1."""
    arms = " UNION ALL ".join(
        f'SELECT 1 FROM "{pointer.table.name}" WHERE "{pointer.column}" = :record'  # noqa: S608 - names from the models
        for pointer in pointers_at(table)
    )
    counted = text(f"SELECT count(*) FROM (SELECT FROM ({arms}) AS moved LIMIT {MOST_MOVED + 1}) AS counted")  # noqa: S608
    found: int = (await batch.connection.execute(counted, {"record": record})).scalar_one()
    return found


async def _check_unique(batch: Batch, kind: WriteSpec, pointer: Pointer, duplicate: Values, target: Values) -> None:
    """Add an error for records that the merge would duplicate, such as two delegations of one party at a talk.

    Records that are unique by `key` are no conflict: the merge gives them another key (`app.writing.merged_rows`).
    """
    table = pointer.table
    for others in pointer.alike:
        if "key" in others:
            continue
        (at,) = others
        (leads_to,) = (key.column.table for key in table.c[at].foreign_keys)
        same = text(f"""
            SELECT there.slug AS at FROM {table.name} a
            JOIN {table.name} b ON b.{at} = a.{at} AND b.{pointer.column} = :target
            JOIN {leads_to.name} there ON there.id = a.{at}
            WHERE a.{pointer.column} = :duplicate ORDER BY there.slug LIMIT {_MOST + 1}
        """)  # noqa: S608 - names from the models
        found = await batch.connection.execute(same, {"duplicate": duplicate["id"], "target": target["id"]})
        for (slug,) in batch.first_rows(found, _MOST):
            batch.conflict(
                f"Both {quoted(duplicate['slug'])} and {quoted(target['slug'])} have a {table.name} of the {leads_to.name} {quoted(slug)}",
                "/into",
                f"Either the {kind.collection} are different, or one {table.name} needs another"
                f" `{pointer.column.removesuffix('_id')}` before the merge.",
            )


def _edges(kind: WriteSpec, table: Table) -> Iterator[tuple[str, str, str, str]]:
    """Yield the references between records of the table: field, table that contains the reference, and its two columns."""
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


async def _check_cycle(
    batch: Batch, kind: WriteSpec, edges: str, field: str, duplicate: Values, target: Values
) -> None:
    """Add an error if one of the two records refers to the other, directly or indirectly.

    After the merge, the remaining record would refer to itself.
    """
    # Table and column names come from the models; the ids are bound parameters.
    query = text(f"""
        WITH RECURSIVE above(start, id) AS (
            SELECT lower, upper FROM ({edges}) AS edge WHERE lower = ANY(:both) AND upper IS NOT NULL
            UNION
            SELECT above.start, edge.upper FROM above JOIN ({edges}) AS edge ON edge.lower = above.id
            WHERE edge.upper IS NOT NULL
        ) SELECT start FROM above WHERE id = ANY(:both) AND id <> start
    """).bindparams(bindparam("both", type_=ARRAY(Uuid)))  # noqa: S608
    both: dict[UUID, Any] = {duplicate["id"]: duplicate["slug"], target["id"]: target["slug"]}
    for (start,) in await batch.connection.execute(query, {"both": list(both)}):
        (end,) = (slug for identifier, slug in both.items() if identifier != start)
        batch.conflict(
            f"The {kind.singular} {quoted(both[start])} refers to {quoted(end)} through `{field}` and would refer to itself",
            "/into",
            f"Either they are different records, or remove the reference in `{field}` first.",
        )
