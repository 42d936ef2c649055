"""A merge taken back: every row that its revision changed is again what it was before, from the history of that revision.

What was changed since is never overwritten: a row that is not as the merge left it speaks against the undoing. A row
that a later revision has only stamped, or that is again as the merge left it, does not.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import BigInteger, TextClause, bindparam, text

from app.db.base import is_made
from app.db.kept import Kept, kept_tables
from app.db.tables import RECORDS, metadata
from app.db.vocabulary import Action
from app.faults import ProblemKind, Refused
from app.writing.batch import Batch
from app.writing.intents import WriteResult, Written
from app.writing.receipts import Asked, give_receipt
from app.writing.storing import CHECK_NOW
from app.writing.writer import Writer, refuse

#: Changed records that are told.
_MOST = 20


async def undo_merge(
    writer: Writer,
    number: int,
    *,
    editor: str,
    message: str | None = None,
    key_id: UUID | None = None,
    dry_run: bool = False,
    asked: Asked | None = None,
) -> WriteResult:
    """Take back the merge that revision `number` made. Raises `Refused`: it is none, or its rows were changed since.

    The result's records are the two that were one."""
    async with writer.transaction(editor, message or f"undo of revision {number}", key_id, asked) as batch:
        two = await _merged_by(batch, number)
        changes = [_Change(kept) for kept in kept_tables() if not kept.is_derived]
        for change in changes:
            await _refuse_changed(batch, change, number)
        refuse(batch)
        # What is unique is free before it is taken again: all rows go before others change, and come back last.
        for step in ("delete", "update", "insert"):
            for change in changes:
                await batch.connection.execute(_numbered(getattr(change, step)), {"number": number})
        await batch.connection.execute(CHECK_NOW)
        result = await _result(batch, two, dry_run)
        if dry_run:
            await batch.connection.rollback()
        elif asked is not None:
            await give_receipt(batch.connection, asked, batch.at, result)
        return result


async def _merged_by(batch: Batch, number: int) -> list[UUID]:
    touched = _numbered("SELECT record_id, action FROM revision_change WHERE revision = :number")
    rows = (await batch.connection.execute(touched, {"number": number})).all()
    if not rows:
        raise Refused(ProblemKind.NOT_FOUND, f"There is no revision {number}.")
    two = [identifier for identifier, action in rows if action == Action.MERGE]
    if not two:
        raise Refused(ProblemKind.CONFLICT, f"Revision {number} is no merge; only merges can be undone.")
    return two


def _numbered(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("number", type_=BigInteger()))


class _Change:
    """What a revision changed in one table, as SQL. Names are those of our own tables; the revision is bound.

    `was`: the rows that it superseded or deleted, as they were; `became`: those that it wrote, wherever they are by now.
    Both are found by the records that it touched, of which the database has kept a list."""

    def __init__(self, kept: Kept) -> None:
        table = metadata.tables[kept.table]
        self.name = table.name
        self.keys = [column.name for column in table.primary_key.columns]
        self.columns = [column.name for column in table.columns if not is_made(column)]
        #: What leads to the record that is touched by a change of the row.
        self.record = kept.inside or "id"
        collections = {model.__tablename__: name for name, model in RECORDS.items()}
        of = kept.collection or collections.get(str(kept.owner))
        touched = "SELECT record_id FROM revision_change WHERE revision = :number"
        if of is not None:
            touched += f" AND collection = '{of}'"
        inside = f'"{self.record}" = ANY (ARRAY({touched}))'
        told = _list(self.columns)
        here = f'"{self.name}"'
        versions = f", {_list(('created_at', 'row_version'))}" if kept.collection else ""
        self.changed = f"""
            WITH was AS (SELECT {told}{versions} FROM history.{here} WHERE {inside} AND rev_to = :number),
            became AS (
                SELECT {told} FROM {here} WHERE {inside} AND rev_from = :number
                UNION ALL SELECT {told} FROM history.{here} WHERE {inside} AND rev_from = :number
            )
        """  # noqa: S608
        self.delete = f"""
            {self.changed} DELETE FROM {here} AS now USING became
            WHERE {self._same("now", "became")} AND NOT EXISTS (SELECT FROM was WHERE {self._same("was", "became")})
        """  # noqa: S608
        # The slug of a record follows from its entry's. Of what has nothing but keys, setting one again changes nothing.
        settable = [name for name in self.columns if name not in self.keys and (name != "slug" or not kept.collection)]
        settable = settable or self.keys
        set_again = ", ".join(f'"{name}" = was."{name}"' for name in settable)
        self.update = f"""
            {self.changed} UPDATE {here} AS now SET {set_again} FROM was JOIN became ON {self._same("was", "became")}
            WHERE {self._same("now", "was")} AND {self._row("was")} IS DISTINCT FROM {self._row("became")}
        """  # noqa: S608
        again = ', was."created_at", was."row_version" + 1' if kept.collection else ""
        self.insert = f"""
            {self.changed} INSERT INTO {here} ({told}{versions}) SELECT {_list(self.columns, "was.")}{again} FROM was
            WHERE NOT EXISTS (SELECT FROM became WHERE {self._same("was", "became")})
        """  # noqa: S608
        key = ", ".join(f'"{name}"' for name in self.keys)
        self.later = f"""
            {self.changed} SELECT DISTINCT named.collection, named.slug, now.rev_from
            FROM was FULL JOIN became USING ({key}) LEFT JOIN {here} AS now USING ({key})
            CROSS JOIN LATERAL (
                SELECT coalesce(now."{self.record}", became."{self.record}", was."{self.record}") AS id
            ) AS record
            CROSS JOIN LATERAL (
                SELECT collection, slug FROM entry WHERE entry.id = record.id
                UNION ALL SELECT collection, slug FROM history.entry AS old WHERE old.id = record.id LIMIT 1
            ) AS named
            WHERE {self._row("was")} IS DISTINCT FROM {self._row("became")}
              AND {self._row("now")} IS DISTINCT FROM {self._row("became")}
            ORDER BY 1, 2 LIMIT {_MOST}
        """  # noqa: S608

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f'{one}."{name}" = {other}."{name}"' for name in self.keys)

    def _row(self, of: str) -> str:
        return f"ROW({_list(self.columns, f'{of}.')})"


def _list(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


async def _refuse_changed(batch: Batch, change: _Change, number: int) -> None:
    for collection, slug, since in await batch.connection.execute(_numbered(change.later), {"number": number}):
        later = f"by revision {since}" if since is not None else "since"
        message = f"{change.name.replace('_', ' ').capitalize()} of {collection}/{slug} was changed {later}"
        batch.conflict(message, "", "Take that back first, or correct the records by hand.")


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
