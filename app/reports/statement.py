"""What the statements of reports have in common: the processes, the page, and the revision that they read.

The parameters `$1` and `$2` of each statement are the position of the last row of the previous page and the number of rows
to read. The rows are the common table expression `result`. Its column `place` is a text that orders the rows and identifies
each row; the other columns are the fields of the row schema, in their order.
"""

import json
from datetime import date
from typing import Any
from uuid import UUID

from app.reading.known_by import day_of
from app.reading.record_keys import find_record_ids
from app.resources.report import ReportRequest, ReportRows

#: Common table expression `below`: the processes `$3` and all processes below them. A null in `$3` means all processes.
BELOW = """
below AS (
  SELECT id FROM process WHERE id = ANY ($3::uuid[])
  UNION SELECT inner_process.id FROM process inner_process JOIN below ON inner_process.parent_id = below.id
)
"""


def in_processes(column: str) -> str:
    """Build the SQL condition that a process is among those of the report."""
    return f"($3::uuid[] IS NULL OR {column} IN (SELECT id FROM below))"


def build_statement(expressions: str, extra: str = "NULL::json") -> str:
    """Build the statement that reads a page of `result`.

    `expressions`: the common table expressions, the last of which is `result`; `extra`: an SQL expression for the fields of the
    answer that follow `data`, as JSON."""
    return f"""
WITH RECURSIVE {expressions}
SELECT head.revision, head.at AS revised_at, ({extra})::text AS extra, page.body::text AS body
FROM head LEFT JOIN LATERAL (
  SELECT result.place, to_json(result) AS body FROM result
  WHERE $1::text IS NULL OR result.place > $1::text COLLATE "C"
  ORDER BY result.place COLLATE "C" LIMIT $2::bigint
) AS page ON true
ORDER BY page.place COLLATE "C"
"""


async def fetch_report(request: ReportRequest, statement: str, *values: Any) -> ReportRows:
    """Read a page of a report, or all of it if the report is not paginated. `values`: the parameters from `$3`."""
    after = str(request.after[0]) if request.after else None
    limit = request.limit
    async with request.reader.connection() as connection:
        found = await connection.fetch(statement, after, limit and limit + 1, *values)
    rows: list[dict[str, Any]] = [json.loads(row["body"]) for row in found if row["body"] is not None]
    places = [row.pop("place") for row in rows]
    has_more = limit is not None and len(rows) > limit
    return ReportRows(
        rows[:limit],
        found[0]["revision"],
        found[0]["revised_at"],
        next=[places[limit - 1]] if has_more and limit else None,
        extra=json.loads(found[0]["extra"] or "{}"),
    )


async def process_ids(request: ReportRequest) -> list[UUID]:
    """The id of the process that the report is about."""
    assert request.key is not None
    return (await find_record_ids(request.reader, "processes", request.key))[:1]


def last_day(day: str | None) -> date | None:
    """The last day of a parameter that is a day, a month or a year; None = not given."""
    return None if day is None else day_of(day)
