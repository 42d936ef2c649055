"""The statement of `/v1/deadlines`: the deadlines of all owners, with the day from which each counts.

A deadline counts from the last possible day of `set_on`. If that day is unknown:

- A deadline that replaces another counts from the last possible day of the replaced deadline, because an extension is
  announced at the latest when the time is up. If the new deadline's own last possible day is earlier, it counts from that
  day, but never before the replaced deadline counts.
- Any other deadline counts from the first day of its owner, or always if the owner has no day.

A deadline is replaced from the first day on which any later deadline of its chain counts, so that a chain stays consistent if the
day on which one of its deadlines was set is unknown.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.db.dates import parse_edtf
from app.db.days import Day
from app.reading.reader import Reader

#: The owners of deadlines: collection → table, the column with the process, and the first day (year 1 = unknown).
OWNERS = {
    "agreements": ("agreement", "process_id", "sort_on"),
    "processes": ("process", "id", "coalesce(started_min, DATE '0001-01-01')"),
    "proposals": ("proposal", "process_id", "sort_on"),
    "talks": ("talk", "process_id", "sort_on"),
}

# The condition on `deadlines` is that of the indexes, so that only records with deadlines are read.
_OWNER = " UNION ALL ".join(
    f"SELECT '{collection}' AS collection, id, slug, title, {process} AS process_id, {first_day} AS first_day, deadlines"  # noqa: S608 - names of our own tables and columns
    f" FROM {table} WHERE deadlines <> '[]'::jsonb AND withdrawn_at IS NULL"
    for collection, (table, process, first_day) in OWNERS.items()
)


def _day(text: str, is_last: str) -> str:
    """Build SQL for the first or last possible day of a date. Most dates are a single day, for which the SQL calls no
    function."""
    is_day = f"{text} LIKE '____-__-__' AND right({text}, 1) <> 'X'"
    return f"CASE WHEN {is_day} THEN {text}::date ELSE parley_edtf_day({text}, {is_last}) END"


_STATEMENT = f"""
WITH RECURSIVE below AS (
  SELECT id FROM process WHERE id = ANY ($1::uuid[])
  UNION SELECT inner_process.id FROM process inner_process JOIN below ON inner_process.parent_id = below.id
),
each AS MATERIALIZED (
  SELECT owner.collection, owner.id AS owner_id, owner.slug, owner.title, owner.process_id, owner.first_day, stated.*,
    {_day('stated."on"', "false")} AS first_on, {_day('stated."on"', "true")} AS last_on,
    {_day("stated.set_on", "true")} AS last_set_on
  FROM ({_OWNER}) AS owner
  CROSS JOIN LATERAL jsonb_to_recordset(owner.deadlines) AS stated(
    key text, "on" text, "time" text, zone text, set_on text, set_by text, replaces text, note text, confidence text)
  WHERE ($1::uuid[] IS NULL OR owner.process_id IN (SELECT id FROM below))
    AND ($2::uuid[] IS NULL OR owner.id = ANY ($2::uuid[]))
),
chain AS (
  SELECT each.*, coalesce(last_set_on, first_day) AS from_day, '[]'::jsonb AS replaced FROM each WHERE replaces IS NULL
  UNION ALL
  SELECT each.*, coalesce(each.last_set_on, greatest(chain.from_day, least(chain.last_on, each.last_on))),
    chain.replaced || jsonb_build_object('key', chain.key, 'on', chain."on", 'set_on', chain.set_on)
  FROM each JOIN chain ON chain.owner_id = each.owner_id AND chain.key = each.replaces
),
moved AS (
  SELECT chain.owner_id, older.value ->> 'key' AS key, min(chain.from_day) AS moved_from,
    array_agg(chain.key ORDER BY chain.from_day, chain.key) FILTER (WHERE chain.replaces = older.value ->> 'key') AS replaced_by
  FROM chain CROSS JOIN LATERAL jsonb_array_elements(chain.replaced) AS older GROUP BY chain.owner_id, older.value ->> 'key'
)
SELECT head.revision, head.at AS revised_at, found.* FROM head LEFT JOIN LATERAL (
  SELECT chain.*, moved.moved_from, moved.replaced_by, process.slug AS process_slug, process.title AS process_title
  FROM chain JOIN process ON process.id = chain.process_id
  LEFT JOIN moved ON moved.owner_id = chain.owner_id AND moved.key = chain.key
  WHERE ($3::uuid[] IS NULL OR chain.set_by IN (
      SELECT slug FROM entry WHERE id = ANY ($3::uuid[])
      UNION ALL SELECT slug FROM slug_alias WHERE collection = 'parties' AND record_id = ANY ($3::uuid[])))
    AND ($4::date IS NULL OR chain.last_on >= $4::date) AND ($5::date IS NULL OR chain.first_on <= $5::date)
    AND ($6::date IS NULL OR chain.from_day <= $6::date AND (moved.moved_from IS NULL OR moved.moved_from > $6::date))
    AND ($7::date IS NULL
      OR (chain.first_on, chain.collection, chain.slug, chain.key) > ($7::date, $8::text, $9::text, $10::text))
  ORDER BY chain.first_on, chain.collection, chain.slug, chain.key LIMIT $11
) found ON true
ORDER BY found.first_on, found.collection, found.slug, found.key
"""  # noqa: S608 - names of our own tables and columns; every value is bound


async def fetch_deadlines(
    reader: Reader,
    *,
    processes: Sequence[UUID] | None,
    owners: Sequence[UUID] | None,
    set_by: Sequence[UUID] | None,
    days: Sequence[Day | None],
    after: Sequence[Any] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Return the deadlines, by day; if there are none, one row with only the revision.

    `days`: the first and the last day of the range of `on`, and the day on which the deadlines are in force."""
    place = (parse_edtf(str(after[0])).earliest, *after[1:]) if after else (None,) * 4
    async with reader.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(
            _STATEMENT, processes, owners, set_by, *days, *place, limit
        )
    return found
