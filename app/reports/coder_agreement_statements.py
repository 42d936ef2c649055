"""The statement of the report on the agreement of coders: the codings of each point, and what their values are."""

from functools import cache

from sqlalchemy import Integer, Numeric

from app.db.columns import TermText
from app.db.tables import RECORDS, process_memberships, table_of
from app.db.term import Term
from app.reports.statement import BELOW, build_statement, in_processes


def _coded_records() -> str:
    """Build the query for the coded records in use: their id, collection, slug and process. PostgreSQL finds them by
    primary key."""
    memberships = process_memberships()
    arms = []
    for collection, model in RECORDS.items():
        table, process, join = table_of(model).name, "NULL::uuid", ""
        if collection == "processes":
            process = "r.id"
        elif (membership := memberships.get(collection)) is not None:
            process = "r.process_id"
            if membership.through is not None:
                column, other = membership.through
                process, join = "o.process_id", f" JOIN {other} o ON o.id = r.{column}"
        arms.append(
            f"SELECT r.id, '{collection}' AS collection, r.slug, {process} AS process_id FROM {table} r{join}"
            " WHERE r.id IN (SELECT record_id FROM chosen) AND r.withdrawn_at IS NULL"
        )
    return " UNION ALL ".join(arms)


@cache
def coded_points() -> str:
    """The statement of the coded points. It is built when it is first used, when all tables are declared.

    $4: the collections, $5: the fields, $6: the coders (null = any)."""
    return build_statement(f"""{BELOW},
chosen AS MATERIALIZED (
  SELECT c.record_id, c.field, c.coder, c.value FROM coding c
  WHERE ($5::text[] IS NULL OR c.field = ANY ($5::text[])) AND ($6::text[] IS NULL OR c.coder = ANY ($6::text[]))
),
record AS ({_coded_records()}),
result AS (
  SELECT r.collection || c.field || ' ' || r.slug AS place, r.collection, c.field, r.slug,
    json_agg(json_build_array(c.coder, c.value) ORDER BY c.coder COLLATE "C") AS codings
  FROM chosen c JOIN record r ON r.id = c.record_id
  WHERE ($4::text[] IS NULL OR r.collection = ANY ($4::text[])) AND {in_processes("r.process_id")}
  GROUP BY r.collection, c.field, r.slug
)""")


def kind_of_values(collection: str, field: str) -> tuple[type[Term] | None, bool]:
    """The closed list of a coded field (None = it has none), and whether its values are numbers."""
    column = table_of(RECORDS[collection]).columns.get(field.removeprefix("/"))
    if column is None:
        # A former version of the application had the field.
        return None, False
    terms = column.type.term_class if isinstance(column.type, TermText) else None
    return terms, isinstance(column.type, Integer | Numeric)


@cache
def stored_fields() -> list[str]:
    """The fields that are stored in a column of a record, as JSON Pointers."""
    return sorted({f"/{column.name}" for model in RECORDS.values() for column in table_of(model).columns})
