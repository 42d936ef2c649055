"""Ids, names and times of the last change of records, read for many records at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from app.db.tables import RECORDS
from app.reading.reader import Reader


@dataclass(frozen=True, slots=True)
class RecordStamp:
    """What feeds, calendars and pictures show of a record that a report names."""

    id: str
    updated_at: datetime
    #: The title or name, or the text of a demand or response; None = the record has none.
    name: str | None


async def read_stamps(reader: Reader, addresses: Iterable[str]) -> dict[str, RecordStamp]:
    """The records with these addresses (`collection/slug`), in one statement. Unknown records are left out."""
    named = sorted(set(addresses))
    if not named:
        return {}
    async with reader.connection() as connection:
        found = await connection.fetch(_stamps(), named)
    return {row["address"]: RecordStamp(str(row["id"]), row["updated_at"], row["name"]) for row in found}


def _name_of(columns: Iterable[str]) -> str:
    known = [f"r.{name}" for name in ("title", "name", "text") if name in columns]
    return f"coalesce({', '.join(known)})" if known else "NULL::text"


@cache
def _stamps() -> str:
    """The statement; packages may add tables until the first request."""
    arms = " UNION ALL ".join(
        f"SELECT named.address, r.id, r.updated_at, {_name_of(model.__table__.columns.keys())} AS name"  # noqa: S608 - our own tables
        f" FROM named JOIN {model.__tablename__} r ON named.collection = '{collection}' AND r.slug = named.slug"
        for collection, model in RECORDS.items()
    )
    return f"""
WITH named AS MATERIALIZED (
  SELECT address, split_part(address, '/', 1) AS collection, substr(address, strpos(address, '/') + 1) AS slug
  FROM unnest($1::text[]) AS address
)
{arms}
"""  # noqa: S608 - names of our own tables
