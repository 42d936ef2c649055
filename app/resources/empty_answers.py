"""Why a report has no rows: one list of reasons for all reports, and how the reason is found."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, Field

from app.reading.reader import Reader
from app.reading.record_keys import find_record_ids


class NoRows(StrEnum):
    """Why a report has no rows."""

    TOO_EARLY = "too_early"
    NO_RECORDS = "no_records"
    NO_PROPOSALS = "no_proposals"
    NO_POINTS = "no_points"
    NOBODY_ADDRESSED = "nobody_addressed"
    NO_NEGOTIATING_PARTIES = "no_negotiating_parties"
    NO_TALKS = "no_talks"
    ONE_PARTY = "one_party"
    NO_SECOND_TALK = "no_second_talk"
    NOT_TOGETHER = "not_together"
    SILENT = "silent"
    NO_SECOND_STATEMENT = "no_second_statement"
    NO_COMMON_POINTS = "no_common_points"
    NOTHING_MISSING = "nothing_missing"
    NOTHING_DUE = "nothing_due"
    NO_DEADLINES = "no_deadlines"
    NO_CONFLICTS = "no_conflicts"
    NO_CITATIONS = "no_citations"
    NO_CODINGS = "no_codings"
    NO_LINKS = "no_links"
    NOTHING_SIMILAR = "nothing_similar"
    NO_MATCH = "no_match"


class ReasonOfAnswer(BaseModel):
    """Why an answer has no rows. The fields that follow the rows of a report extend this class."""

    reason: NoRows | None = Field(
        description="Why there are no rows; null = there are rows. The guide `reports` explains each reason.",
        examples=[None],
    )


_BELOW = """
WITH RECURSIVE below AS (
  SELECT id FROM process WHERE id = ANY ($1::uuid[])
  UNION SELECT inner_process.id FROM process AS inner_process JOIN below ON inner_process.parent_id = below.id
),
asked_on AS (SELECT coalesce($2::date, parley_today()) AS day),
proposed AS (
  SELECT p.id, p.answer_due FROM proposal AS p, asked_on
  WHERE p.withdrawn_at IS NULL AND {here} AND coalesce(p.tabled_on_max, p.document_date_max, asked_on.day) <= asked_on.day
),
point AS (
  SELECT d.id, d.sort_on, d.act, d.timing FROM demand AS d JOIN proposed ON proposed.id = d.proposal_id, asked_on
  WHERE d.is_reference AND d.withdrawn_at IS NULL AND d.act NOT IN ('not_demanded', 'agenda_item') AND d.sort_on <= asked_on.day
),
sitting AS (
  SELECT p.id FROM talk AS p, asked_on
  WHERE p.withdrawn_at IS NULL AND {here} AND p.parent_id IS NULL AND p.start_max <= asked_on.day
    AND coalesce(p.status, 'held') NOT IN ('announced', 'postponed', 'cancelled')
),
seat AS (
  SELECT d.id, d.talk_id, d.party_id FROM delegation AS d JOIN sitting ON sitting.id = d.talk_id
  WHERE d.withdrawn_at IS NULL AND (d.is_seated OR d.roles && '{{mediator,facilitator}}'::text[])
)
""".format(here="($1::uuid[] IS NULL OR p.process_id IN (SELECT id FROM below))")  # noqa: S608 - a constant

_WITH_DEADLINES = " UNION ALL ".join(
    f"SELECT FROM {table} AS p WHERE p.withdrawn_at IS NULL AND p.deadlines <> '[]'::jsonb"  # noqa: S608 - our own tables
    f" AND ($1::uuid[] IS NULL OR p.{process} IN (SELECT id FROM below))"
    for table, process in (
        ("process", "id"),
        ("talk", "process_id"),
        ("proposal", "process_id"),
        ("agreement", "process_id"),
    )
)
_ANYTHING = " UNION ALL ".join(
    f"SELECT FROM {table} AS p WHERE p.withdrawn_at IS NULL AND ($1::uuid[] IS NULL OR p.process_id IN (SELECT id FROM below))"  # noqa: S608 - our own tables
    for table in ("talk", "proposal", "response", "agreement")
)
#: Reason → SQL condition under which it applies. The other reasons are found by the reports themselves.
_CONDITIONS = {
    NoRows.NO_RECORDS: f"NOT EXISTS ({_ANYTHING} UNION ALL {_WITH_DEADLINES})",
    NoRows.NO_PROPOSALS: "NOT EXISTS (SELECT FROM proposed)",
    NoRows.NO_POINTS: "NOT EXISTS (SELECT FROM point)",
    NoRows.NOBODY_ADDRESSED: """NOT EXISTS (
      SELECT FROM point CROSS JOIN LATERAL counted_answers(point.id, greatest(parley_today(), point.sort_on), true) AS a
      WHERE a.may_owe AND point.act <> 'step')""",
    NoRows.NO_TALKS: "NOT EXISTS (SELECT FROM sitting)",
    NoRows.ONE_PARTY: "(SELECT count(DISTINCT party_id) FROM seat) < 2",
    NoRows.NO_SECOND_TALK: "NOT EXISTS (SELECT FROM seat GROUP BY party_id HAVING count(*) > 1)",
    NoRows.NOTHING_DUE: f"""NOT EXISTS (
      SELECT FROM point WHERE timing IS NOT NULL UNION ALL SELECT FROM proposed WHERE answer_due IS NOT NULL
      UNION ALL {_WITH_DEADLINES})""",  # noqa: S608 - our own tables
    NoRows.NO_DEADLINES: f"NOT EXISTS ({_WITH_DEADLINES})",
}


@dataclass(frozen=True)
class Causes:
    """The reasons that a report may have no rows."""

    #: Tested in this order.
    tested: tuple[NoRows, ...]
    #: The reason if no other applies and the request has no filter.
    otherwise: NoRows = NoRows.NO_MATCH

    @cached_property
    def statement(self) -> str:
        cases = " ".join(f"WHEN {_CONDITIONS[reason]} THEN '{reason}'" for reason in self.tested)
        return f"{_BELOW} SELECT CASE {cases} END"

    async def find(self, reader: Reader, processes: list[str] | None, day: date | None, *, has_filter: bool) -> NoRows:
        """Find the reason. `processes`: keys; None = all processes."""
        found = None
        if self.tested:
            ids = None
            if processes is not None:
                ids = [ids[0] for key in processes if (ids := await find_record_ids(reader, "processes", key))]
            async with reader.connection() as connection:
                found = await connection.fetchval(self.statement, ids, day)
        return NoRows(found) if found else NoRows.NO_MATCH if has_filter else self.otherwise
