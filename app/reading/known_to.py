"""Find the party of `known_to`, and the reader of what this party could know.

What a party could know is derived by `parley_known_to` (migrations/versions); the rules are in app/guides/time.md.
"""

from app.reading.known_by import KnownTo, day_of
from app.reading.query import AsOfQuery
from app.reading.reader import Reader
from app.reading.record_keys import find_record_ids
from app.reading.unknown_names import reject_unknown_record


async def at_clocks(reader: Reader, query: AsOfQuery) -> Reader:
    """The reader at the query's `as_of`, `known_by` and `known_to`, as far as the query has these parameters. Raises
    ApiError if no revision matches `as_of`, or if the party does not exist."""
    known_by: str | None = getattr(query, "known_by", None)
    key: str | None = getattr(query, "known_to", None)
    if key is None:
        return await reader.at(query.as_of, known_by)
    everything = await reader.at(query.as_of)
    await reject_unknown_record(everything, query, "known_to", "parties", key)
    # The ids of a merged party include its own former id, under which nothing is stored.
    ids = await find_record_ids(everything, "parties", key)
    async with everything.connection() as connection:
        row = await connection.fetchrow(_PARTY, ids)
    return everything.for_party(KnownTo(row["id"], row["slug"]), day_of(known_by) if known_by else row["today"])


_PARTY = """
SELECT e.id, e.slug, parley_today() AS today FROM unnest($1::uuid[]) WITH ORDINALITY AS named(id, place)
JOIN entry e ON e.id = named.id ORDER BY named.place LIMIT 1
"""
