"""Reads dismissals: pairs of records that were declared not to be the same. A merged record is replaced by its successor."""

from app.reading.connections import Row
from app.reading.reader import Reader

# A merged record is replaced by the record that it was merged into. A pair with a missing record is left out.
_NOW = """
  SELECT d.id, d.collection, d.message, d.dismissed_by, d.dismissed_at, l.id AS left_id, l.slug AS left_slug,
    r.id AS right_id, r.slug AS right_slug
  FROM duplicate_dismissal d
  LEFT JOIN slug_alias la ON la.collection = d.collection AND la.slug = d.left_id::text
  LEFT JOIN slug_alias ra ON ra.collection = d.collection AND ra.slug = d.right_id::text
  JOIN entry l ON l.id = coalesce(la.record_id, d.left_id)
  JOIN entry r ON r.id = coalesce(ra.record_id, d.right_id)
"""
_PAIRS = f"""
SELECT least(left_id::text, right_id::text) AS one, greatest(left_id::text, right_id::text) AS other
FROM ({_NOW} WHERE d.collection = $1) AS pair
"""  # noqa: S608
_LISTED = f"""
SELECT pair.*, count(*) OVER ()::integer AS every FROM ({_NOW} WHERE d.collection = ANY ($1::text[])) AS pair
"""  # noqa: S608
_PAGE = f"""
SELECT * FROM ({_LISTED}) AS listed WHERE $2::text IS NULL OR id < $2::text::uuid ORDER BY id DESC LIMIT $3
"""  # noqa: S608


async def dismissed_pairs(reader: Reader, collection: str) -> set[tuple[str, str]]:
    """Return the dismissed pairs of a collection as pairs of ids, the older record first."""
    async with reader.connection() as connection:
        return {(row["one"], row["other"]) for row in await connection.fetch(_PAIRS, collection)}


async def list_dismissals(reader: Reader, collections: list[str], before: str | None, limit: int) -> list[Row]:
    """Return a page of dismissals, newest first; the column `every` is their total number."""
    async with reader.connection() as connection:
        rows: list[Row] = await connection.fetch(_PAGE, collections, before, limit)
    return rows


async def read_dismissal(reader: Reader, identifier: str) -> Row:
    """Return a dismissal; None if the dismissal or one of its records does not exist."""
    async with reader.connection() as connection:
        return await connection.fetchrow(f"{_NOW} WHERE d.id = $1::text::uuid", identifier)
