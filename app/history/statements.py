"""SQL of the history: the list of revisions, one revision, and the revisions that touched a record."""

from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Integer, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import aliased

from app.db.alias import Expression
from app.db.history import Head, Revision, RevisionChange
from app.reading.compiler import compile_statement
from app.reading.projection import as_json_list, row_as_json
from app.reading.reader import Reader

_OWN = (Revision.number, Revision.at, Revision.editor, Revision.message)


def _changes() -> Expression:
    return (
        select(func.count())
        .select_from(RevisionChange)
        .where(RevisionChange.revision == Revision.number)
        .correlate(Revision)
        .scalar_subquery()
        .label("change_count")
    )


_before = bindparam("before", type_=BigInteger())
_LIST = compile_statement(
    select(Head.revision.label("head"), Head.at.label("head_at"), Revision.__table__.c.number, *_OWN[1:], _changes())
    .select_from(Head)
    .outerjoin(Revision, or_(_before.is_(None), Revision.number < _before))
    .order_by(Revision.number.desc())
    .limit(bindparam("limit", type_=Integer()))
)

_change = aliased(RevisionChange)
_ONE = compile_statement(
    select(
        Head.revision.label("head"),
        Head.at.label("head_at"),
        cast(
            row_as_json(
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
        ).label("body"),
    ).select_from(Head)
)


async def fetch_revisions(reader: Reader, before: int | None, limit: int) -> list[asyncpg.Record]:
    """The newest `limit` revisions with numbers below `before`, each with the head. If there are none, the only row has
    no number.
    """
    async with reader.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch(
            _LIST.sql, *_LIST.arguments({"before": before, "limit": limit})
        )
    return rows


async def fetch_revision(reader: Reader, number: int) -> asyncpg.Record:
    """The head, and one revision as JSON text in `body`, which is None if the revision does not exist."""
    async with reader.connection() as connection:
        return await connection.fetchrow(_ONE.sql, *_ONE.arguments({"number": number}))


# A citation is a separate record and also part of the record that it supports, so its revisions belong to the history
# of both. So do the revisions of a membership: it is part of the member, and the coalition shows it in `members`.
# History rows are included, because a row may have been erased directly in the database.
_TOUCHING = """
WITH touching AS (
  SELECT revision, max(action) FILTER (WHERE record_id = $1) AS action, max(slug) FILTER (WHERE record_id = $1) AS slug
  FROM (
    SELECT revision, record_id, action, slug FROM revision_change
    WHERE record_id = $1 OR record_id IN (
      SELECT id FROM public.citation WHERE target_id = $1 UNION ALL SELECT id FROM history.citation WHERE target_id = $1
    )
    UNION ALL
    SELECT m.revision, m.member_id, NULL, NULL FROM (
      SELECT rev_from AS revision, member_id FROM public.party_membership WHERE coalition_id = $1
      UNION ALL
      SELECT unnest(ARRAY[rev_from, rev_to]), member_id FROM history.party_membership WHERE coalition_id = $1
    ) AS m
  ) AS change
  GROUP BY revision
)
SELECT head.revision AS head, head.at AS head_at, number, revision.at, editor, message,
  coalesce(touching.action, 'change') AS action, slug
FROM head LEFT JOIN (touching JOIN revision ON number = touching.revision) ON $2::bigint IS NULL OR number < $2
ORDER BY number DESC LIMIT $3
"""


async def fetch_touching(reader: Reader, record: UUID, before: int | None, limit: int) -> list[asyncpg.Record]:
    """The newest `limit` revisions with numbers below `before` that touched a record, each with the head. If there are
    none, the only row has the number NULL.
    """
    async with reader.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch(_TOUCHING, record, before, limit)
    return rows
