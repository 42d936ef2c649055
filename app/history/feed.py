"""SQL of the change feed, with the conditions that decide whether a record belongs to a process.

As in a dossier, the following records belong to a process: the process itself, the processes below it, the records of
tables that refer to one of these processes (`process_memberships`: talks with delegations, proposals, demands,
responses, agreements), the assessments of any of these, and the citations of all of them. The parties, people, places,
issues and sources that these records refer to belong to no process. If a revision moves a record from one process to
another, the change belongs to both processes, because a client that follows the first must learn that the record is
gone. The same holds for a process whose parent changes.
"""

from functools import cache
from uuid import UUID

from app.db.demands import Assessment, AssessmentSubject
from app.db.references import Citation
from app.db.tables import Membership, process_memberships
from app.db.talks import Process
from app.history.change_filter import ChangeFilter
from app.reading.connections import Row
from app.reading.reader import Reader

MAX_PAGE_SIZE = 500
#: Maximum number of changes that a filtered page scans.
MAX_CHANGES_SCANNED = 20_000

_INSIDE = "ARRAY(SELECT id FROM inside)"


def _existed(table: str, alias: str, condition: str) -> str:
    """SQL condition: a row that satisfies `condition` existed at the revision of the change, or ended with this
    revision.
    """
    existed = f"{alias}.rev_from <= found.revision AND {condition}"
    return (
        f"(EXISTS (SELECT FROM public.{table} {alias} WHERE {existed})"  # noqa: S608 - names of our own tables
        f" OR EXISTS (SELECT FROM history.{table} {alias} WHERE {existed} AND {alias}.rev_to >= found.revision))"
    )


def _has_process(table: str, record: str) -> str:
    return _existed(table, "bearing", f"bearing.id = {record} AND bearing.process_id = ANY ({_INSIDE})")


def _is_member(membership: Membership, record: str) -> str:
    """SQL condition: the record is in the table of `membership` and belongs to the processes."""
    if membership.through is None:
        return _has_process(membership.table, record)
    column, other = membership.through
    return _existed(membership.table, "member", f"member.id = {record} AND {_has_process(other, f'member.{column}')}")


def _belongs_directly(record: str) -> str:
    """SQL condition: the record, which is neither an assessment nor a citation, belongs to the processes."""
    branches = (
        f"{record} = ANY ({_INSIDE})",
        *(_is_member(membership, record) for membership in process_memberships().values()),
    )
    return f"({' OR '.join(branches)})"


def _is_assessment_of(record: str) -> str:
    subjects = AssessmentSubject.__tablename__
    return _existed(subjects, "about", f"about.assessment_id = {record} AND {_belongs_directly('about.record_id')}")


def _change_belongs() -> str:
    """SQL condition: the record of the change `found` belongs to the processes. PostgreSQL evaluates only the branch of
    the record's collection."""
    record = "found.record_id"
    cited = f"({_belongs_directly('cited.target_id')} OR {_is_assessment_of('cited.target_id')})"
    was_below = _existed(Process.__tablename__, "lying", f"lying.id = {record} AND lying.parent_id = ANY ({_INSIDE})")
    branches = {
        Process.__collection__: f"({record} = ANY ({_INSIDE}) OR {was_below})",
        **{collection: _is_member(membership, record) for collection, membership in process_memberships().items()},
        Assessment.__collection__: _is_assessment_of(record),
        Citation.__collection__: _existed(Citation.__tablename__, "cited", f"cited.id = {record} AND {cited}"),
    }
    cases = " ".join(f"WHEN '{name}' THEN {branch}" for name, branch in branches.items())
    return f"CASE collection {cases} ELSE false END"


# A client at position `12` has missed nothing: writers lock the head row first, so a smaller revision number is never
# committed later. The former slug comes from the history row that this revision ended.
_CHANGES = """
WITH {inside}last AS (
  SELECT revision, record_id, number = {window} AS is_cut FROM (
    SELECT revision, record_id, row_number() OVER (ORDER BY revision, record_id) AS number FROM revision_change
    WHERE (revision, record_id) > ($1::bigint, $2::uuid) ORDER BY revision, record_id LIMIT {window}
  ) AS seen ORDER BY number DESC LIMIT 1
), found AS (
  SELECT revision, record_id, collection, slug, action FROM revision_change AS found
  WHERE (revision, record_id) > ($1::bigint, $2::uuid)
    AND (revision, record_id) <= ((SELECT revision FROM last), (SELECT record_id FROM last)){wanted}
  ORDER BY revision, record_id LIMIT $3::integer
)
SELECT head.revision AS head, head.at AS head_at, last.revision AS seen_revision, last.record_id AS seen_record,
  coalesce(last.is_cut, false) AS is_cut, found.*, revision.at, revision.editor, revision.message,
  former.slug AS former_slug
FROM head LEFT JOIN last ON true LEFT JOIN found ON true LEFT JOIN revision ON revision.number = found.revision
LEFT JOIN history.entry AS former
  ON former.id = found.record_id AND former.rev_to = found.revision AND former.slug <> found.slug
ORDER BY found.revision, found.record_id
"""
# The processes that are below a process now, including withdrawn ones.
_BELOW = """RECURSIVE inside AS (
  SELECT unnest($6::uuid[]) AS id UNION SELECT lower.id FROM public.process AS lower JOIN inside ON lower.parent_id = inside.id
), """
_SOME = """
    AND ($4::text[] IS NULL OR collection = ANY ($4::text[])) AND ($5::text[] IS NULL OR action = ANY ($5::text[]))"""
_OF_ALL = _CHANGES.format(window=MAX_PAGE_SIZE + 1, inside="", wanted="")
_OF_SOME = _CHANGES.format(window=MAX_CHANGES_SCANNED, inside="", wanted=_SOME)


@cache
def _of_processes() -> str:
    """The statement with a filter by process. It is built on first use, because by then all tables are declared."""
    return _CHANGES.format(window=MAX_CHANGES_SCANNED, inside=_BELOW, wanted=f"{_SOME} AND {_change_belongs()}")


async def fetch_changes(
    reader: Reader, revision: int, record: UUID, change_filter: ChangeFilter, limit: int
) -> list[Row]:
    """Fetch the first changes after the given revision and record. Each row also has the head and the position where
    the scan ended. If there are no changes, the result is one row whose revision is NULL. `limit` is at most
    `MAX_PAGE_SIZE` + 1.
    """
    values: list[object] = []
    statement = _OF_ALL
    if not change_filter.is_all:
        statement, values = _OF_SOME, [change_filter.collections, change_filter.actions]
    if change_filter.processes is not None:
        statement, values = _of_processes(), [*values, change_filter.processes]
    async with reader.connection() as connection:
        rows: list[Row] = await connection.fetch(statement, revision, record, limit, *values)
    return rows
