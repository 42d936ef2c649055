"""The statement of the feed of changes, and what belongs to a process.

To a process belong, as in its dossier, itself, the processes below it, their talks with the delegations, proposals,
demands, responses and agreements, the assessments about any of these, and the citations of all of them; what these
mention (parties, people, places, issues, sources) is everybody's. A record that was moved from one process to another
belongs, for the revision that moved it, to both: whoever follows the first must learn that it is gone. So does a process
that gets another parent, or none.
"""

from typing import Any
from uuid import UUID

from app.history.change_filter import Wanted
from app.reading.reader import Reader

MOST_CHANGES = 500
#: Changes that a page looks through at most where it shows only some, and where each must be asked for its process.
LOOKED_THROUGH = 20_000

#: Collections whose records bear their process, with their tables.
_BEARING = {
    "talks": "talk", "proposals": "proposal", "demands": "demand", "responses": "response", "agreements": "agreement",
}  # fmt: skip
_INSIDE = "ARRAY(SELECT id FROM inside)"


def _alive(table: str, alias: str, condition: str) -> str:
    """Whether a row holds the condition that was there at the change's revision, or that ended with it."""
    then = f"{alias}.rev_from <= found.revision AND {condition}"
    return (
        f"(EXISTS (SELECT FROM public.{table} {alias} WHERE {then})"  # noqa: S608 - names of our own tables
        f" OR EXISTS (SELECT FROM history.{table} {alias} WHERE {then} AND {alias}.rev_to >= found.revision))"
    )


def _bears(table: str, record: str) -> str:
    return _alive(table, "bearing", f"bearing.id = {record} AND bearing.process_id = ANY ({_INSIDE})")


def _sits(record: str) -> str:
    return _alive("delegation", "sitting", f"sitting.id = {record} AND {_bears('talk', 'sitting.talk_id')}")


def _held(record: str) -> str:
    """Whether a record of any collection belongs to the processes without being an assessment or a citation."""
    arms = (f"{record} = ANY ({_INSIDE})", *(_bears(table, record) for table in _BEARING.values()), _sits(record))
    return f"({' OR '.join(arms)})"


def _assesses(record: str) -> str:
    return _alive("assessment_subject", "about", f"about.assessment_id = {record} AND {_held('about.record_id')}")


def _belongs() -> str:
    """Whether the change `found` is of a record of the processes: of each only the arm of its own collection is run."""
    record = "found.record_id"
    cited = f"({_held('cited.target_id')} OR {_assesses('cited.target_id')})"
    lay_below = _alive("process", "lying", f"lying.id = {record} AND lying.parent_id = ANY ({_INSIDE})")
    arms = {
        "processes": f"({record} = ANY ({_INSIDE}) OR {lay_below})",
        **{collection: _bears(table, record) for collection, table in _BEARING.items()},
        "delegations": _sits(record),
        "assessments": _assesses(record),
        "citations": _alive("citation", "cited", f"cited.id = {record} AND {cited}"),
    }
    told = " ".join(f"WHEN '{name}' THEN {arm}" for name, arm in arms.items())
    return f"CASE collection {told} ELSE false END"


# Who is told `12` of revision 12 knows all that came before: writers lock the head row first, so that no smaller
# number is ever committed later. A name of before stands in the superseded entry that this revision ended.
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
# What lies below a process is what does so today, withdrawn ones too.
_BELOW = """RECURSIVE inside AS (
  SELECT unnest($6::uuid[]) AS id UNION SELECT lower.id FROM public.process AS lower JOIN inside ON lower.parent_id = inside.id
), """
_SOME = """
    AND ($4::text[] IS NULL OR collection = ANY ($4::text[])) AND ($5::text[] IS NULL OR action = ANY ($5::text[]))"""
_OF_ALL = _CHANGES.format(window=MOST_CHANGES + 1, inside="", wanted="")
_OF_SOME = _CHANGES.format(window=LOOKED_THROUGH, inside="", wanted=_SOME)
_OF_PROCESSES = _CHANGES.format(window=LOOKED_THROUGH, inside=_BELOW, wanted=f"{_SOME} AND {_belongs()}")


async def fetch_changes(reader: Reader, revision: int, record: UUID, wanted: Wanted, limit: int) -> list[Any]:
    """The first changes after a record of a revision, each with the head and with where the search ended; one row
    without a revision where there is none. `limit`: at most `MOST_CHANGES` and one."""
    values: list[Any] = []
    statement = _OF_ALL
    if not wanted.is_all:
        statement, values = _OF_SOME, [wanted.collections, wanted.actions]
    if wanted.processes is not None:
        statement, values = _OF_PROCESSES, [*values, wanted.processes]
    async with reader.connection() as connection:
        rows: list[Any] = await connection.fetch(statement, revision, record, limit, *values)
    return rows
