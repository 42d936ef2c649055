"""SQL that undoes the changes of a revision in one table, with the values from the table's history."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, TextClause, bindparam, text

from app.db.columns import is_generated
from app.db.tables import RECORDS, metadata
from app.db.versioned import VersionedTable

#: Maximum number of conflicts of one type that are reported.
MOST_CONFLICTS = 20


class TableChanges:
    """The SQL statements about the changes of a revision in one table. All names come from the models; the revision is bound.

    In SQL, `was` are the rows that the revision superseded or deleted, as they were before; `became` are the rows that
    the revision wrote, whether these are still current or already in the history. Both are found through the records in
    `revision_change`.
    """

    def __init__(self, kept: VersionedTable) -> None:
        table = metadata.tables[kept.table]
        self.name = table.name
        self.keys = [column.name for column in table.primary_key.columns]
        self.columns = [column.name for column in table.columns if not is_generated(column)]
        #: The column with the id of the record that a row belongs to.
        self.record = kept.inside or "id"
        collections = {model.__tablename__: name for name, model in RECORDS.items()}
        of = kept.collection or collections.get(str(kept.owner))
        touched = "SELECT record_id FROM revision_change WHERE revision = :number"
        self.collection = of
        if of is not None:
            touched += f" AND collection = '{of}'"
        self._inside = f'"{self.record}" = ANY (ARRAY({touched}))'
        self._here = f'"{self.name}"'
        self._has_versions = bool(kept.collection)
        self._versions = f", {_list(('created_at', 'row_version'))}" if self._has_versions else ""
        self._changed = self._changed_rows()
        self.is_changed = f"""
            EXISTS (SELECT FROM history.{self._here} WHERE {self._inside} AND :number IN (rev_to, rev_from))
            OR EXISTS (SELECT FROM {self._here} WHERE {self._inside} AND rev_from = :number)
        """  # noqa: S608
        self.delete = f"""
            {self._changed} DELETE FROM {self._here} AS now USING became
            WHERE {self._same("now", "became")} AND NOT EXISTS (SELECT FROM was WHERE {self._same("was", "became")})
        """  # noqa: S608
        self.update = self._update()
        again = ', was."created_at", was."row_version" + 1' if self._has_versions else ""
        self.insert = f"""
            {self._changed} INSERT INTO {self._here} ({_list(self.columns)}{self._versions})
            SELECT {_list(self.columns, "was.")}{again} FROM was
            WHERE NOT EXISTS (SELECT FROM became WHERE {self._same("was", "became")})
        """  # noqa: S608
        self.later = self._later()

    def _changed_rows(self) -> str:
        """Return the beginning of each statement: `was` and `became`."""
        columns, here, inside = _list(self.columns), self._here, self._inside
        return f"""
            WITH was AS (SELECT {columns}{self._versions} FROM history.{here} WHERE {inside} AND rev_to = :number),
            became AS (
                SELECT {columns} FROM {here} WHERE {inside} AND rev_from = :number
                UNION ALL SELECT {columns} FROM history.{here} WHERE {inside} AND rev_from = :number
            )
        """  # noqa: S608

    def _update(self) -> str:
        """Return the statement that restores the previous values of the columns that the revision changed."""
        # The slug of a record is updated by its entry. If a table has only key columns, they are set to themselves.
        settable = [
            name for name in self.columns if name not in self.keys and (name != "slug" or not self._has_versions)
        ]
        set_again = ", ".join(
            f'"{name}" = CASE WHEN was."{name}" IS DISTINCT FROM became."{name}" THEN was."{name}" ELSE now."{name}" END'
            for name in settable or self.keys
        )
        return f"""
            {self._changed} UPDATE {self._here} AS now SET {set_again} FROM was JOIN became ON {self._same("was", "became")}
            WHERE {self._same("now", "was")} AND {self._row("was")} IS DISTINCT FROM {self._row("became")}
        """  # noqa: S608

    def _later(self) -> str:
        """Return the statement that finds the rows which were changed again since, with the columns and the revision."""
        key = ", ".join(f'"{name}"' for name in self.keys)
        first, others = self.keys[0], [name for name in self.columns if name not in self.keys]
        # Writing a list renumbers its rows; a new position is not a change of a row's content.
        content = [name for name in others if name != "position"]
        changed = ", ".join(
            f'CASE WHEN was."{name}" IS DISTINCT FROM became."{name}"'
            f' AND now."{name}" IS DISTINCT FROM became."{name}" THEN \'{name}\' END'
            for name in content
        )
        differs = (
            f"ROW({_list(content, 'now.')}) IS DISTINCT FROM ROW({_list(content, 'became.')})" if content else "false"
        )
        return f"""
            {self._changed} SELECT DISTINCT named.collection, named.slug, now.rev_from, changed.names, EXISTS (
                SELECT FROM revision_change WHERE revision = now.rev_from AND action IN ('merge', 'withdraw')
            ) AS is_undoable
            FROM was FULL JOIN became USING ({key}) LEFT JOIN {self._here} AS now USING ({key})
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
            ORDER BY 1, 2 LIMIT {MOST_CONFLICTS + 1}
        """  # noqa: S608

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f'{one}."{name}" = {other}."{name}"' for name in self.keys)

    def _row(self, of: str) -> str:
        return f"ROW({_list(self.columns, f'{of}.')})"


def _list(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


def numbered(sql: str) -> TextClause:
    """Return a statement about the revision `:number`."""
    return text(sql).bindparams(bindparam("number", type_=BigInteger()))
