"""SQL statements that find records of any collection by external id, slug or id, and that list the schemes in use."""

from functools import cache

import asyncpg

from app.db.tables import RECORDS, table_of
from app.reading.reader import Reader

#: Upper limits for the count of a scheme, and for the number of schemes, so that a request does not read the whole table.
COUNTED = 10_000
MOST_SCHEMES = 500
#: Maximum number of records in a response; further records are left out.
MOST_RECORDS = 1_000

_SHOWN = ("title", "name", "label", "text")


def _arms() -> str:
    """Build a UNION ALL over all collections that returns the title and the withdrawal of the record `e`.

    PostgreSQL runs only the branch of the record's own collection, by primary key. Only names from declarations are interpolated.
    """
    arms = []
    for collection, model in RECORDS.items():
        table = table_of(model)
        shown = [f"r.{name}" for name in _SHOWN if name in table.columns]
        title = f"coalesce({', '.join(shown)})" if shown else "NULL"
        arms.append(
            f"SELECT {title}, r.withdrawn_at, r.withdrawn_reason FROM {table.name} r"  # noqa: S608
            f" WHERE e.collection = '{collection}' AND r.id = e.id"
        )
    return "\n  UNION ALL ".join(arms)


_FOUND = {
    "value": """
SELECT requested.value, x.record_id AS id, false AS is_former, x.scheme, x.uri, x.valid_from, x.valid_to, NULL AS conflict
FROM unnest($1::text[]) AS requested(value) JOIN external_id x ON x.scheme = $2 AND x.value = requested.value
UNION ALL
SELECT requested.value, c.process_id, false, c.scheme, c.uri, NULL, NULL, coalesce(c.conflict, '')
FROM unnest($1::text[]) AS requested(value) JOIN conflict_identifier c ON c.scheme = $2 AND c.value = requested.value""",
    "slug": """
SELECT requested.value, e.id, false, NULL, NULL, NULL, NULL, NULL
FROM unnest($1::text[]) AS requested(value) JOIN entry e ON e.collection = ANY ($2) AND e.slug = requested.value
UNION ALL
SELECT requested.value, a.record_id, true, NULL, NULL, NULL, NULL, NULL
FROM unnest($1::text[]) AS requested(value) JOIN slug_alias a ON a.collection = ANY ($2) AND a.slug = requested.value""",
    "id": """
SELECT requested.value, e.id, false, NULL, NULL, NULL, NULL, NULL
FROM unnest($1::text[]) AS requested(value) JOIN entry e ON e.id = requested.value::uuid AND e.collection = ANY ($2)
UNION ALL
SELECT requested.value, a.record_id, true, NULL, NULL, NULL, NULL, NULL
FROM unnest($1::text[]) AS requested(value) JOIN slug_alias a ON a.collection = ANY ($2) AND a.slug = requested.value""",
}


@cache
def _statement(by: str) -> str:
    """Build the statement when it is first used, when all tables are declared."""
    return f"""
SELECT head.revision, head.at AS revised_at, found.*, e.id AS record_id, e.collection, e.slug, shown.title, shown.at, shown.reason
FROM head
LEFT JOIN (
  SELECT * FROM ({_FOUND[by]}) AS named(value, id, is_former, scheme, uri, valid_from, valid_to, conflict)
  ORDER BY array_position($1::text[], value), id LIMIT {MOST_RECORDS}
) found ON true
LEFT JOIN entry e ON e.id = found.id
LEFT JOIN LATERAL (
  {_arms()}
) AS shown(title, at, reason) ON true
ORDER BY array_position($1::text[], found.value), e.collection, e.slug
"""  # noqa: S608 - names of tables and columns; every value is bound


async def resolve_values(reader: Reader, by: str, values: list[str], scheme: str | None) -> list[asyncpg.Record]:
    """Return the records for these values; if there are none, one row with only the revision.

    `by` is `value` (an external id in `scheme`), `slug` or `id`."""
    where: str | list[str] | None = scheme if by == "value" else list(RECORDS)
    async with reader.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(_statement(by), values, where)
    return found


#: The tables with the identifiers of records, and of the conflicts that processes are about.
_TABLES = ("external_id", "conflict_identifier")


def _next(after: str) -> str:
    """Build SQL for the first scheme in any of the tables that satisfies the WHERE clause `after`."""
    arms = (f"(SELECT x.scheme FROM {table} x {after} ORDER BY x.scheme LIMIT 1)" for table in _TABLES)  # noqa: S608 - names of our own tables
    return f"least({', '.join(arms)})"


def _of_scheme(columns: str, rest: str) -> str:
    return " UNION ALL ".join(
        f"(SELECT {columns} FROM {table} x WHERE x.scheme = each.scheme {rest})"  # noqa: S608 - names of our own tables
        for table in _TABLES
    )


# A loose index scan: each step reads one entry per index, whereas DISTINCT would read the whole tables.
_EACH = f"""
WITH RECURSIVE each AS (
  SELECT {_next("")} AS scheme, 1 AS number
  UNION ALL
  SELECT {_next("WHERE x.scheme > each.scheme")}, each.number + 1
  FROM each WHERE each.scheme IS NOT NULL AND each.number < {MOST_SCHEMES}
)
"""  # noqa: S608 - names of our own tables, and a number

_SCHEMES = f"""{_EACH}
SELECT head.revision, head.at AS revised_at, counted.* FROM head LEFT JOIN LATERAL (
  SELECT each.scheme, one.value, one.uri,
    (SELECT count(*) FROM (SELECT FROM ({_of_scheme("", "")}) AS every LIMIT {COUNTED + 1}) AS borne) AS count
  FROM each, LATERAL (
    SELECT value, uri FROM ({_of_scheme("x.value, x.uri", "ORDER BY x.value LIMIT 1")}) AS first ORDER BY value LIMIT 1
  ) AS one
) counted ON true ORDER BY counted.scheme
"""  # noqa: S608


async def schemes(reader: Reader) -> list[asyncpg.Record]:
    """Return the schemes in use, each with an example and a count; if there are none, one row with only the revision."""
    async with reader.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(_SCHEMES)
    return found
