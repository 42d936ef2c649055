"""Undo a merge or a withdrawal: restore the values from before its revision, which the history tables contain.

Later changes are never overwritten: the undo is rejected if a column that the revision changed has been changed again since.
Changes of other columns of the row do not prevent it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, TextClause, Uuid, bindparam, text

from app.db.base import is_made
from app.db.tables import RECORDS, metadata
from app.db.versioned import VersionedTable, versioned_tables
from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType
from app.writing.batch import Batch
from app.writing.idempotency import Asked, give_receipt
from app.writing.intents import WriteResult, Written
from app.writing.plan import Rows, plan_of
from app.writing.storing import CHECK_NOW
from app.writing.write_spec import WriteSpec
from app.writing.writer import Writer, refuse

#: Conflicts of one type that are reported.
_MOST = 20


@dataclass(frozen=True, slots=True)
class _Undoable:
    """What a revision did that can be undone."""

    #: The merged or withdrawn records. They come first in the result.
    main: list[UUID]
    #: The records that were merged away or withdrawn, and that are restored.
    gone: list[UUID]
    collections: set[str]


async def undo_revision(
    writer: Writer,
    number: int,
    *,
    editor: str,
    message: str | None = None,
    key_id: UUID | None = None,
    dry_run: bool = False,
    asked: Asked | None = None,
) -> WriteResult:
    """Undo the merge or withdrawal of revision `number`.

    Raises `ApiError` if the revision is neither, was already undone, or if its changes have been changed again since. The
    result's records are the two merged records, or the withdrawn ones.
    """
    async with writer.transaction(editor, message or f"undo of revision {number}", key_id, asked) as batch:
        undoable = await _undoable(batch, number)
        changes = await _changed_tables(batch, number, undoable)
        for change in changes:
            await _check_unchanged(batch, change, number)
        await _check_imports(batch, number, undoable)
        refuse(batch)
        # All deletes first and all inserts last, so that a unique value is released before another row gets it.
        for step in ("delete", "update", "insert"):
            for change in changes:
                await batch.connection.execute(_numbered(getattr(change, step)), {"number": number})
        await _check_owners(batch, undoable)
        refuse(batch)
        await batch.connection.execute(_SET_ACTION, {"here": batch.revision, "ids": undoable.gone})
        await batch.connection.execute(CHECK_NOW)
        result = await _result(batch, undoable.main, dry_run)
        if dry_run:
            await batch.connection.rollback()
        elif asked is not None:
            await give_receipt(batch.connection, asked, batch.at, result)
        return result


_SET_ACTION = text("UPDATE revision_change SET action = 'restore' WHERE revision = :here AND record_id = ANY(:ids)")


async def _undoable(batch: Batch, number: int) -> _Undoable:
    """What the revision did. Raises `ApiError` if it does not exist, is no merge or withdrawal, or was already undone."""
    touched = _numbered("""
        SELECT record_id, collection, action, action = 'merge' AND EXISTS (
            SELECT FROM history.entry WHERE id = record_id AND rev_to = :number) AS is_lost
        FROM revision_change WHERE revision = :number
    """)
    rows = (await batch.connection.execute(touched, {"number": number})).all()
    if not rows:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no revision {number}.")
    main = [row.record_id for row in rows if row.action == Action.MERGE]
    gone = [row.record_id for row in rows if row.is_lost]
    if not main:
        main = gone = [row.record_id for row in rows if row.action == Action.WITHDRAW]
    # A PUT may withdraw citations among other changes. Only a revision that did nothing but withdraw can be undone.
    if not main or (main is gone and any(row.action in (Action.CREATE, Action.DELETE) for row in rows)):
        message = f"Revision {number} is neither a merge nor a withdrawal; only these can be undone."
        raise ApiError(ProblemType.CONFLICT, message)
    since = (await batch.connection.execute(_UNDONE, {"number": number, "ids": gone})).scalar()
    if since is not None:
        raise ApiError(ProblemType.CONFLICT, f"Revision {number} was already undone by revision {since}.")
    return _Undoable(main, gone, {row.collection for row in rows})


#: The revision that undid this one: only an undo restores records that were merged away or withdrawn.
_UNDONE = text("""
    SELECT min(revision) FROM revision_change WHERE record_id = ANY(:ids) AND revision > :number AND action = 'restore'
""").bindparams(bindparam("number", type_=BigInteger()), bindparam("ids", type_=ARRAY(Uuid)))


async def _changed_tables(batch: Batch, number: int, undoable: _Undoable) -> list["_TableChanges"]:
    """The tables that the revision changed, found with one statement. A separate query per table took most of a second."""
    every = [_TableChanges(kept) for kept in versioned_tables() if not kept.is_derived]
    candidates = [change for change in every if change.collection is None or change.collection in undoable.collections]
    statement = " UNION ALL ".join(f"SELECT {n} WHERE {change.is_changed}" for n, change in enumerate(candidates))
    found = set((await batch.connection.execute(_numbered(statement), {"number": number})).scalars())
    return [change for n, change in enumerate(candidates) if n in found]


async def _check_imports(batch: Batch, number: int, undoable: _Undoable) -> None:
    """Add an error for each merged record for which a later import had new data.

    The import wrote these data to the remaining record, so it is unknown which of them belong to the merged one.
    """
    later = await batch.connection.execute(_LATER_STATEMENTS, {"number": number, "ids": undoable.gone})
    for data_set, key, since in batch.first_rows(later, _MOST):
        message = f"A later import of {data_set!r} contained new data about {key!r} (revision {since})"
        batch.conflict(message, "", "Correct the records by hand, or create a new record.")


_LATER_STATEMENTS = text("""
    SELECT s.data_set, s.key, s.since FROM data_set_statement AS s
    JOIN revision_change AS c ON c.revision = s.since AND c.record_id <> s.record_id
    JOIN slug_alias AS a ON a.collection = s.collection AND a.slug = s.record_id::text AND a.record_id = c.record_id
    WHERE s.record_id = ANY (:ids) AND s.since > :number ORDER BY 1, 2
""").bindparams(bindparam("number", type_=BigInteger()), bindparam("ids", type_=ARRAY(Uuid)))


async def _check_owners(batch: Batch, undoable: _Undoable) -> None:
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
                ORDER BY 1 LIMIT {_MOST + 1}
            """).bindparams(bindparam("ids", type_=ARRAY(Uuid)))  # noqa: S608 - names from the models
            for low, high in batch.first_rows(await batch.connection.execute(held, {"ids": undoable.gone}), _MOST):
                message = f"The {inner.singular} {low!r} belongs to the {kind.singular} {high!r}, which is withdrawn"
                batch.conflict(message, "", f"Undo the withdrawal of the {kind.singular} first.")


def _numbered(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("number", type_=BigInteger()))


class _TableChanges:
    """The SQL statements about the changes of a revision in one table. All names come from the models; the revision is bound.

    In SQL, `was` are the rows that the revision superseded or deleted, as they were before; `became` are the rows that it
    wrote, whether they are current or in the history by now. Both are found by the records in `revision_change`.
    """

    def __init__(self, kept: VersionedTable) -> None:
        table = metadata.tables[kept.table]
        self.name = table.name
        self.keys = [column.name for column in table.primary_key.columns]
        self.columns = [column.name for column in table.columns if not is_made(column)]
        #: The column with the id of the record that a row belongs to.
        self.record = kept.inside or "id"
        collections = {model.__tablename__: name for name, model in RECORDS.items()}
        of = kept.collection or collections.get(str(kept.owner))
        touched = "SELECT record_id FROM revision_change WHERE revision = :number"
        self.collection = of
        if of is not None:
            touched += f" AND collection = '{of}'"
        inside = f'"{self.record}" = ANY (ARRAY({touched}))'
        columns = _list(self.columns)
        here = f'"{self.name}"'
        versions = f", {_list(('created_at', 'row_version'))}" if kept.collection else ""
        self.changed = f"""
            WITH was AS (SELECT {columns}{versions} FROM history.{here} WHERE {inside} AND rev_to = :number),
            became AS (
                SELECT {columns} FROM {here} WHERE {inside} AND rev_from = :number
                UNION ALL SELECT {columns} FROM history.{here} WHERE {inside} AND rev_from = :number
            )
        """  # noqa: S608
        self.is_changed = f"""
            EXISTS (SELECT FROM history.{here} WHERE {inside} AND :number IN (rev_to, rev_from))
            OR EXISTS (SELECT FROM {here} WHERE {inside} AND rev_from = :number)
        """  # noqa: S608
        self.delete = f"""
            {self.changed} DELETE FROM {here} AS now USING became
            WHERE {self._same("now", "became")} AND NOT EXISTS (SELECT FROM was WHERE {self._same("was", "became")})
        """  # noqa: S608
        # The slug of a record is updated by its entry. In a table that has only key columns, they are set to themselves.
        settable = [name for name in self.columns if name not in self.keys and (name != "slug" or not kept.collection)]
        settable = settable or self.keys
        set_again = ", ".join(
            f'"{name}" = CASE WHEN was."{name}" IS DISTINCT FROM became."{name}" THEN was."{name}" ELSE now."{name}" END'
            for name in settable
        )
        self.update = f"""
            {self.changed} UPDATE {here} AS now SET {set_again} FROM was JOIN became ON {self._same("was", "became")}
            WHERE {self._same("now", "was")} AND {self._row("was")} IS DISTINCT FROM {self._row("became")}
        """  # noqa: S608
        again = ', was."created_at", was."row_version" + 1' if kept.collection else ""
        self.insert = f"""
            {self.changed} INSERT INTO {here} ({columns}{versions}) SELECT {_list(self.columns, "was.")}{again} FROM was
            WHERE NOT EXISTS (SELECT FROM became WHERE {self._same("was", "became")})
        """  # noqa: S608
        key = ", ".join(f'"{name}"' for name in self.keys)
        first, others = self.keys[0], [name for name in self.columns if name not in self.keys]
        # Writing a list renumbers its rows; a new position is not a change of their content.
        content = [name for name in others if name != "position"]
        changed = ", ".join(
            f'CASE WHEN was."{name}" IS DISTINCT FROM became."{name}"'
            f' AND now."{name}" IS DISTINCT FROM became."{name}" THEN \'{name}\' END'
            for name in content
        )
        differs = (
            f"ROW({_list(content, 'now.')}) IS DISTINCT FROM ROW({_list(content, 'became.')})" if content else "false"
        )
        self.later = f"""
            {self.changed} SELECT DISTINCT named.collection, named.slug, now.rev_from, changed.names, EXISTS (
                SELECT FROM revision_change WHERE revision = now.rev_from AND action IN ('merge', 'withdraw')
            ) AS is_undoable
            FROM was FULL JOIN became USING ({key}) LEFT JOIN {here} AS now USING ({key})
            CROSS JOIN LATERAL (
                SELECT coalesce(now."{self.record}", became."{self.record}", was."{self.record}") AS id
            ) AS record
            CROSS JOIN LATERAL (
                SELECT collection, slug FROM entry WHERE entry.id = record.id
                UNION ALL SELECT collection, slug FROM history.entry AS old WHERE old.id = record.id LIMIT 1
            ) AS named
            CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{changed}]::text[], NULL) AS names) AS changed
            WHERE CASE
                WHEN was."{first}" IS NULL THEN now."{first}" IS NULL OR {differs}
                WHEN became."{first}" IS NULL THEN now."{first}" IS NOT NULL
                ELSE {self._row("was")} IS DISTINCT FROM {self._row("became")}
                    AND (now."{first}" IS NULL OR changed.names <> '{{}}')
            END
            ORDER BY 1, 2 LIMIT {_MOST + 1}
        """  # noqa: S608

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f'{one}."{name}" = {other}."{name}"' for name in self.keys)

    def _row(self, of: str) -> str:
        return f"ROW({_list(self.columns, f'{of}.')})"


def _list(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


async def _check_unchanged(batch: Batch, change: _TableChanges, number: int) -> None:
    for row in batch.first_rows(await batch.connection.execute(_numbered(change.later), {"number": number}), _MOST):
        record = f"{row.collection}/{row.slug}"
        later = f"by revision {row.rev_from}" if row.rev_from is not None else "since"
        what = _field(batch.kinds[row.collection], change, row.names)
        hint = f"Correct the record by hand. GET /v1/{record}/history shows what was changed since."
        if row.is_undoable:
            hint = f"Undo that revision first: POST /v1/revisions/{row.rev_from}/undo."
        batch.conflict(f"{what} of {record} was changed {later}", "", hint)


#: The names of the identity tables in messages.
_IDENTITIES = {"entry": "`slug`", "slug_alias": "A former slug"}


def _field(kind: WriteSpec, change: _TableChanges, columns: Iterable[str]) -> str:
    """The API's name of the change: fields of the record, or the list that contains the row."""
    if named := _IDENTITIES.get(change.name):
        return named
    plan = plan_of(kind.model, kind.schema)
    if plan.table.name != change.name:
        return f"`{_lists(plan.rows).get(change.name, change.name)}`"
    made = {f"{name}_{end}" for name in kind.model.__dated__ for end in ("min", "max", "precision")}
    fields = [name.removesuffix("_id") for name in columns if name not in made]
    return ", ".join(f"`{name}`" for name in fields) or "The content"


def _lists(rows: Iterable[Rows]) -> dict[str, Any]:
    """The field name of each table whose rows belong to a record, at any depth."""
    found: dict[str, Any] = {}
    for one in rows:
        found = {**_lists(one.rows), one.table.name: one.name, **found}
    return found


async def _result(batch: Batch, two: list[UUID], dry_run: bool) -> WriteResult:
    touched = text(
        "SELECT collection, slug, record_id, action FROM revision_change WHERE revision = :here ORDER BY 1, 2"
    )
    found = [
        Written(collection, slug, identifier, Action(action), 0)
        for collection, slug, identifier, action in await batch.connection.execute(touched, {"here": batch.revision})
    ]
    both = tuple(one for one in found if one.id in two)
    others = tuple(one for one in found if one.id not in two) if dry_run else ()
    return WriteResult(None if dry_run else batch.revision, both, others)
