"""SQL statements that find the records that refer to given records, generated from the foreign keys to their table."""

from sqlalchemy import ARRAY, TextClause, Uuid, bindparam, text

from app.db.base import Record
from app.db.pointers import Pointer
from app.db.tables import metadata, models_by_table


def referring(pointer: Pointer) -> TextClause | None:
    """A statement that selects pairs (one of the records `:ids`, a record in use that refers to it through this column).

    Records that are listed in `:going`, because they are withdrawn too, are excluded. None if the rows of the table are part
    of the record that they refer to. The SQL is built from table and column names of the models only.
    """
    inside = models_by_table()[pointer.table.name].__inside__
    if pointer.is_inside:
        return None
    name, column = pointer.table.name, pointer.column
    if pointer.is_of_records:
        holder, joined = "one", ""
    elif inside is not None and (owner := _owner_of(inside, name)) is not None:
        holder, joined = "owner", f'JOIN "{owner}" AS owner ON owner.id = one."{inside}"'
    else:
        return None
    return text(f"""
        SELECT DISTINCT one."{column}", {holder}.id FROM "{name}" AS one {joined}
        WHERE one."{column}" = ANY (:ids) AND {holder}.withdrawn_at IS NULL AND {holder}.id <> ALL (:going)
            AND {holder}.id <> one."{column}"
    """).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("going", type_=ARRAY(Uuid)))  # noqa: S608 - names from the models


def _owner_of(column: str, table: str) -> str | None:
    """The table of records that owns the rows of `table`, if `column` refers to it directly."""
    models = models_by_table()
    for key in metadata.tables[table].columns[column].foreign_keys:
        other = key.column.table.name
        if issubclass(models[other], Record):
            return str(other)
    return None


BROUGHT_BY_DOSSIERS = text("""
    SELECT DISTINCT record_id FROM dossier_content WHERE record_id = ANY (:ids) AND until IS NULL
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
