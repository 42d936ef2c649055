"""Checks before an undo: the values that the revision changed must not have been changed again since."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, text

from app.errors import quoted
from app.writing.batch import Batch
from app.writing.plan import Rows, plan_of
from app.writing.undo_statements import MOST_CONFLICTS, TableChanges, numbered
from app.writing.undoable import Undoable
from app.writing.write_spec import WriteSpec


async def check_imports(batch: Batch, number: int, undoable: Undoable) -> None:
    """Add an error for each merged record for which a later import had new data.

    The import wrote these data to the remaining record, so it is unknown which of them belong to the merged one.
    """
    later = await batch.connection.execute(_LATER_STATEMENTS, {"number": number, "ids": undoable.gone})
    for data_set, key, since in batch.first_rows(later, MOST_CONFLICTS):
        message = f"A later import of {quoted(data_set)} contained new data about {quoted(key)} (revision {since})"
        batch.conflict(message, "", "Correct the records by hand, or create a new record.")


_LATER_STATEMENTS = text("""
    SELECT s.data_set, s.key, s.since FROM data_set_statement AS s
    JOIN revision_change AS c ON c.revision = s.since AND c.record_id <> s.record_id
    JOIN slug_alias AS a ON a.collection = s.collection AND a.slug = s.record_id::text AND a.record_id = c.record_id
    WHERE s.record_id = ANY (:ids) AND s.since > :number ORDER BY 1, 2
""").bindparams(bindparam("number", type_=BigInteger()), bindparam("ids", type_=ARRAY(Uuid)))


async def check_owners(batch: Batch, undoable: Undoable) -> None:
    """Add an error for each restored record that belongs to a record which is still withdrawn."""
    for kind in batch.kinds.values():
        plan = plan_of(kind.model, kind.schema)
        nested = [(inner.collection, inner.owner_column) for inner in plan.nested]
        for collection, column in (*nested, *kind.inside, *kind.holds):
            if collection not in undoable.collections:
                continue
            inner = batch.kinds[collection]
            held = text(f"""
                SELECT low.slug, high.slug FROM "{plan_of(inner.model, inner.schema).table.name}" low
                JOIN "{plan.table.name}" high ON high.id = low."{column}"
                WHERE low.id = ANY(:ids) AND low.withdrawn_at IS NULL AND high.withdrawn_at IS NOT NULL
                ORDER BY 1 LIMIT {MOST_CONFLICTS + 1}
            """).bindparams(bindparam("ids", type_=ARRAY(Uuid)))  # noqa: S608 - names from the models
            for low, high in batch.first_rows(
                await batch.connection.execute(held, {"ids": undoable.gone}), MOST_CONFLICTS
            ):
                message = f"The {inner.singular} {quoted(low)} belongs to the {kind.singular} {quoted(high)}, which is withdrawn"
                batch.conflict(message, "", f"Undo the withdrawal of the {kind.singular} first.")


async def check_unchanged(batch: Batch, change: TableChanges, number: int) -> None:
    """Add an error for each row of a table that was changed again since the revision."""
    for row in batch.first_rows(
        await batch.connection.execute(numbered(change.later), {"number": number}), MOST_CONFLICTS
    ):
        record = f"{row.collection}/{row.slug}"
        later = f"by revision {row.rev_from}" if row.rev_from is not None else "since"
        what = _field(batch.kinds[row.collection], change, row.names)
        hint = f"Correct the record by hand. GET /v1/{record}/history shows what was changed since."
        if row.is_undoable:
            hint = f"Undo that revision first: POST /v1/revisions/{row.rev_from}/undo."
        batch.conflict(f"{what} of {record} was changed {later}", "", hint)


#: The names of the identity tables in messages.
_IDENTITIES = {"entry": "`slug`", "slug_alias": "A former slug"}


def _field(kind: WriteSpec, change: TableChanges, columns: Iterable[str]) -> str:
    """The change as the API names it: the fields of the record, or the list that contains the row."""
    if named := _IDENTITIES.get(change.name):
        return named
    plan = plan_of(kind.model, kind.schema)
    if plan.table.name != change.name:
        return f"`{_lists(plan.rows).get(change.name, change.name)}`"
    derived = {f"{name}_{end}" for name in kind.model.__dated__ for end in ("min", "max", "precision")}
    derived |= {one.instant for one in kind.model.__timed__}
    fields = [name.removesuffix("_id") for name in columns if name not in derived]
    return ", ".join(f"`{name}`" for name in fields) or "The content"


def _lists(rows: Iterable[Rows]) -> dict[str, object]:
    """The field name of each table whose rows belong to a record, at any depth."""
    found: dict[str, Any] = {}
    for rows_plan in rows:
        found = {**_lists(rows_plan.rows), rows_plan.table.name: rows_plan.name, **found}
    return found
