"""The statement of the timeline: everything of a process that has a day, in one order."""

from app.reports.recorded_deadlines import RECORDED_DEADLINES
from app.reports.statement import BELOW, build_statement, in_processes

#: The types of rows, in the order of one day.
TYPES = ("deadline", "talk", "proposal", "response", "agreement", "assessment")


def _arm(rank: int, columns: str, source: str, process: str, parties: str) -> str:
    """Build the query for the rows of one type. `parties`: a condition on the party ids `$7`."""
    return f"""
SELECT '{TYPES[rank]}' AS type, {rank} AS rank, {columns} FROM {source}
WHERE {in_processes(process)} AND ($6::text[] IS NULL OR '{TYPES[rank]}' = ANY ($6::text[])) AND ($7::uuid[] IS NULL OR {parties})
"""


_ANY = "= ANY ($7::uuid[])"
_NONE = "NULL::text"
_NO_SPAN = "NULL::text, NULL::date, NULL::date"
# Columns: id, record, key, title, kind, process_id, date, first and last possible day, `until` with its days, about, text.
_ARMS = " UNION ALL ".join(
    (
        _arm(
            0,
            f'NULL::uuid AS id, d.owner AS record, d.key, d.title, {_NONE} AS kind, d.process_id, d."on" AS date,'
            f" d.first_day AS first, d.last_day AS last, {_NONE} AS until, NULL::date AS until_first, NULL::date AS until_last,"
            f" d.owner AS about, d.note AS text, d.set_by, {_NONE} AS status",
            f"({RECORDED_DEADLINES}) d",
            "d.process_id",
            f"d.set_by IN (SELECT slug FROM party WHERE id {_ANY})",
        ),
        _arm(
            0,
            f"p.id, 'proposals/' || p.slug, 'answer_due', p.title, {_NONE}, p.process_id, p.answer_due, p.answer_due_min,"
            f" p.answer_due_max, {_NO_SPAN}, 'proposals/' || p.slug, {_NONE}, {_NONE}, {_NONE}",
            "proposal p",
            "p.process_id",
            f"EXISTS (SELECT FROM proposal_author a WHERE a.proposal_id = p.id AND a.party_id {_ANY})",
        )
        + " AND p.answer_due IS NOT NULL AND p.withdrawn_at IS NULL",
        _arm(
            1,
            f"t.id, 'talks/' || t.slug, '', t.title, t.kind, t.process_id, t.start, t.start_min, t.start_max, t.\"end\", t.end_min,"
            f" t.end_max, (SELECT 'talks/' || u.slug FROM talk u WHERE u.id = t.parent_id), {_NONE}, {_NONE}, t.status",
            "talk t",
            "t.process_id",
            f"EXISTS (SELECT FROM delegation g WHERE g.talk_id = t.id AND g.is_seated AND g.party_id {_ANY})",
        )
        + " AND t.withdrawn_at IS NULL",
        _arm(
            2,
            "p.id, 'proposals/' || p.slug, '', p.title, p.kind, p.process_id, coalesce(p.tabled_on, p.document_date),"
            " coalesce(p.tabled_on_min, p.document_date_min), coalesce(p.tabled_on_max, p.document_date_max),"
            f" {_NO_SPAN}, (SELECT 'talks/' || t.slug FROM talk t WHERE t.id = p.talk_id), {_NONE}, {_NONE}, {_NONE}",
            "proposal p",
            "p.process_id",
            f"EXISTS (SELECT FROM proposal_author a WHERE a.proposal_id = p.id AND a.party_id {_ANY})",
        )
        + " AND p.withdrawn_at IS NULL",
        _arm(
            3,
            "r.id, 'responses/' || r.slug, lpad(r.position::text, 9, '0'), r.title, r.stance, r.process_id, r.said_on, r.said_on_min,"
            f" r.said_on_max, {_NO_SPAN}, coalesce((SELECT 'demands/' || d.slug FROM demand d WHERE d.id = r.demand_id),"
            f" (SELECT 'proposals/' || p.slug FROM proposal p WHERE p.id = r.proposal_id)), r.text, {_NONE}, {_NONE}",
            "response r",
            "r.process_id",
            f"r.responder_id {_ANY}",
        )
        + " AND r.withdrawn_at IS NULL",
        _arm(
            4,
            "a.id, 'agreements/' || a.slug, '', a.title, a.kind, a.process_id, coalesce(a.agreed_on, a.announced_on),"
            " coalesce(a.agreed_on_min, a.announced_on_min), coalesce(a.agreed_on_max, a.announced_on_max),"
            f" {_NO_SPAN}, (SELECT 'talks/' || t.slug FROM talk t WHERE t.id = a.talk_id), {_NONE}, {_NONE}, a.status",
            "agreement a",
            "a.process_id",
            f"EXISTS (SELECT FROM agreement_party p WHERE p.agreement_id = a.id AND p.party_id {_ANY})",
        )
        + " AND a.withdrawn_at IS NULL",
        _arm(
            5,
            "a.id, 'assessments/' || a.slug, '', a.title, a.kind, s.process_id, a.said_on, a.said_on_min, a.said_on_max,"
            f" {_NO_SPAN}, s.about, a.text, {_NONE}, {_NONE}",
            "assessed s JOIN assessment a ON a.id = s.assessment_id",
            "s.process_id",
            f"a.by_id {_ANY}",
        )
        + " AND a.withdrawn_at IS NULL",
    )
)


def _slugs(source: str, column: str) -> str:
    return f"ARRAY(SELECT party.slug FROM {source} JOIN party ON party.id = {column} ORDER BY party.slug)"


_PARTIES = f"""CASE type
  WHEN 'talk' THEN {_slugs("(SELECT * FROM delegation WHERE talk_id = e.id AND is_seated AND withdrawn_at IS NULL) g", "g.party_id")}
  WHEN 'proposal' THEN {_slugs("(SELECT * FROM proposal_author WHERE proposal_id = e.id) a", "a.party_id")}
  WHEN 'response' THEN {_slugs("(SELECT * FROM response WHERE response.id = e.id) r", "r.responder_id")}
  WHEN 'agreement' THEN {_slugs("(SELECT * FROM agreement_party WHERE agreement_id = e.id) p", "p.party_id")}
  WHEN 'assessment' THEN {_slugs("(SELECT * FROM assessment WHERE assessment.id = e.id) s", "s.by_id")}
  WHEN 'deadline' THEN CASE WHEN e.id IS NULL THEN array_remove(ARRAY[e.set_by], NULL)
    ELSE {_slugs("(SELECT * FROM proposal_author WHERE proposal_id = e.id) a", "a.party_id")} END
END"""

_ADDRESSED = " UNION ALL ".join(
    f"SELECT '{collection}/' || slug AS address, review FROM {table}"
    for collection, table in (
        ("processes", "process"), ("talks", "talk"), ("proposals", "proposal"), ("responses", "response"),
        ("agreements", "agreement"), ("assessments", "assessment"),
    )
)  # fmt: skip
# The records on an issue: proposals with a demand on it, answers to these demands or to the whole proposal, agreements on it or
# that adopt such a proposal, the talks of these proposals and agreements, and assessments of any of them.
_ON_ISSUE = """
wanted AS (
  SELECT id FROM issue WHERE id = $8::uuid
  UNION SELECT issue.id FROM issue JOIN wanted ON issue.broader_id = wanted.id
),
point_on AS MATERIALIZED (
  SELECT DISTINCT d.id, d.proposal_id FROM demand_issue i JOIN wanted ON wanted.id = i.issue_id JOIN demand d ON d.id = i.demand_id
  WHERE d.withdrawn_at IS NULL
),
agreement_on AS MATERIALIZED (
  SELECT i.agreement_id AS id FROM agreement_issue i JOIN wanted ON wanted.id = i.issue_id
  UNION SELECT a.agreement_id FROM agreement_proposal a JOIN point_on ON point_on.proposal_id = a.proposal_id
),
response_on AS MATERIALIZED (
  SELECT r.id FROM response r JOIN point_on ON point_on.id = r.demand_id
  UNION SELECT s.response_id FROM response_scope_demand s JOIN point_on ON point_on.id = s.demand_id
  UNION SELECT r.id FROM response r JOIN point_on USING (proposal_id)
  WHERE r.demand_id IS NULL AND NOT EXISTS (SELECT FROM response_scope_demand s WHERE s.response_id = r.id)
),
talk_on AS MATERIALIZED (
  SELECT p.talk_id AS id FROM proposal p JOIN point_on ON point_on.proposal_id = p.id
  UNION SELECT a.talk_id FROM agreement a JOIN agreement_on USING (id)
),
subject_on AS MATERIALIZED (
  SELECT id FROM point_on UNION SELECT proposal_id FROM point_on UNION SELECT id FROM agreement_on UNION SELECT id FROM response_on
),
on_issue AS MATERIALIZED (
  SELECT 'proposals/' || p.slug AS address FROM proposal p JOIN point_on ON point_on.proposal_id = p.id
  UNION SELECT 'agreements/' || a.slug FROM agreement a JOIN agreement_on USING (id)
  UNION SELECT 'responses/' || r.slug FROM response r JOIN response_on USING (id)
  UNION SELECT 'talks/' || t.slug FROM talk t JOIN talk_on USING (id)
  UNION SELECT 'assessments/' || a.slug FROM assessment a JOIN assessment_subject s ON s.assessment_id = a.id
    JOIN subject_on ON subject_on.id = s.record_id
),
"""

# $3: the processes, $4 and $5: the first and the last day, $6: the types, $7: the parties, $8: the issue, $9: the review statuses.
# An assessment belongs to the process of the first record that it is about.
TIMELINE = build_statement(
    f"""{BELOW},{_ON_ISSUE}
subject AS (
  SELECT id, id AS process_id, 'processes/' || slug AS address FROM process
  UNION ALL SELECT id, process_id, 'talks/' || slug FROM talk UNION ALL SELECT id, process_id, 'proposals/' || slug FROM proposal
  UNION ALL SELECT id, process_id, 'demands/' || slug FROM demand UNION ALL SELECT id, process_id, 'responses/' || slug FROM response
  UNION ALL SELECT id, process_id, 'agreements/' || slug FROM agreement
),
assessed AS (
  SELECT DISTINCT ON (a.assessment_id) a.assessment_id, s.process_id, s.address AS about
  FROM assessment_subject a CROSS JOIN LATERAL (SELECT * FROM subject WHERE subject.id = a.record_id) AS s
  WHERE {in_processes("s.process_id")} ORDER BY a.assessment_id, a.position
),
event AS ({_ARMS}),
result AS (
  SELECT coalesce(first::text, '~') || ' ' || coalesce(last::text, '~') || ' ' || rank || ' ' || CASE type WHEN 'response' THEN key ELSE '' END
      || ' ' || record || ' ' || key AS place,
    e.date, nullif(e.first, DATE '0001-01-01') AS date_min, nullif(e.last, DATE '9999-12-31') AS date_max, e.until,
    e.until_first AS until_min, nullif(e.until_last, DATE '9999-12-31') AS until_max, e.type, e.kind, e.status, e.record,
    CASE type WHEN 'deadline' THEN e.key END AS deadline, e.title, e.text, {_PARTIES} AS parties, e.about,
    (SELECT process.slug FROM process WHERE process.id = e.process_id) AS process
  FROM event e
  WHERE ($4::date IS NULL OR greatest(last, until_last) >= $4::date) AND ($5::date IS NULL OR first <= $5::date)
    AND ($8::uuid IS NULL OR e.record IN (SELECT address FROM on_issue))
    AND ($9::text[] IS NULL OR e.record IN (SELECT address FROM ({_ADDRESSED}) AS r WHERE r.review = ANY ($9::text[])))
)"""
)
