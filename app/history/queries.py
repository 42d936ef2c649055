"""The statements of the revisions' list and detail: one each."""

from typing import Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, cast, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.db.history import Head, Revision, RevisionChange
from app.reading.compiling import compiled
from app.reading.projection import as_json, as_json_list
from app.reading.reader import Reader

_OWN = (Revision.number, Revision.at, Revision.editor, Revision.message)


def _changes() -> Any:
    return (
        select(func.count())
        .select_from(RevisionChange)
        .where(RevisionChange.revision == Revision.number)
        .correlate(Revision)
        .scalar_subquery()
        .label("change_count")
    )


_before = bindparam("before", type_=BigInteger())
_LIST = compiled(
    select(Head.revision.label("head"), Revision.__table__.c.number, *_OWN[1:], _changes())
    .select_from(Head)
    .outerjoin(Revision, or_(_before.is_(None), Revision.number < _before))
    .order_by(Revision.number.desc())
    .limit(bindparam("limit", type_=Integer()))
)

_change = aliased(RevisionChange)
_ONE = compiled(
    select(
        cast(
            as_json(
                select(
                    *_OWN,
                    _changes(),
                    as_json_list(
                        select(_change.collection, _change.slug, _change.action)
                        .where(_change.revision == Revision.number)
                        .correlate(Revision)
                        .order_by(_change.collection, _change.slug, _change.record_id)
                    ).label("changes"),
                ).where(Revision.number == bindparam("number", type_=BigInteger()))
            ),
            Text,
        )
    ).select_from(select(literal_column("1")).subquery("one"))
)


async def fetch_revisions(reader: Reader, before: int | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
    """The head's number, and the newest revisions before a number."""
    async with reader.connection() as connection:
        rows = await connection.fetch(_LIST.sql, *_LIST.arguments({"before": before, "limit": limit}))
    found = [
        {name: value for name, value in row.items() if name != "head"} for row in rows if row["number"] is not None
    ]
    return rows[0]["head"], found


async def fetch_revision(reader: Reader, number: int) -> str | None:
    """One revision as JSON, or None."""
    async with reader.connection() as connection:
        found: str | None = await connection.fetchval(_ONE.sql, *_ONE.arguments({"number": number}))
    return found
