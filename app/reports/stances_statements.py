"""The statements that read the points of a process, and what each party answered to them on some days.

`POINTS` finds the points by the slug of the process ($1), the last day ($2) and the review statuses ($3). With another account than
the reference account, `app.reports.points.at_account` changes the statement. The next statements take the ids of these
points ($1) and return the number of each point in the list, counted from 1, so that no statement finds the points again.
The rarer statements take the process and the day. `app.reports.stances` runs all of them in one transaction.
"""

from typing import TypeAlias

import asyncpg

from app.reports.alike import ALIKE as ALIKE_POINTS
from app.reports.taken_up_statements import TAKEN_UP

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

#: The points of a process and of the processes below it: demands of reference accounts that were tabled by the day.
#: $3: the review statuses of the points and answers; null = all.
_POINTS = """
WITH RECURSIVE below AS (
  SELECT id FROM process WHERE slug = $1
  UNION SELECT inner_process.id FROM process AS inner_process JOIN below ON inner_process.parent_id = below.id
),
point AS MATERIALIZED (
  SELECT d.id, d.slug, d.act, d.sort_on, d.position, d.quantities, d.proposal_id, p.slug AS proposal
  FROM demand AS d JOIN proposal AS p ON p.id = d.proposal_id
  WHERE d.process_id IN (SELECT id FROM below) AND d.is_reference AND d.withdrawn_at IS NULL
    AND d.act NOT IN ('not_demanded', 'agenda_item') AND d.sort_on <= $2::date
    AND ($3::text[] IS NULL OR d.review = ANY ($3::text[]))
)
"""

#: `is_derived`: at the clocks, answers are derived when they are read, and not stored.
HEAD = """
SELECT revision, at, parley_today() AS today, current_schema() IN ('past', 'known', 'past_known', 'known_to', 'past_known_to') AS is_derived
FROM head
"""

#: `day`: the ordinal number of the first possible day of tabling. An integer, because there are few different days.
POINTS = f"""{_POINTS}
SELECT id, slug, act, sort_on - DATE '0001-01-01' + 1 AS day, nullif(quantities, '[]')::text AS quantities, proposal
FROM point
ORDER BY sort_on, proposal COLLATE "C", position, slug COLLATE "C"
"""

#: The proposals of the points.
PROPOSALS = """
SELECT p.slug, p.title, coalesce(p.tabled_on, p.document_date) AS tabled,
  coalesce(p.tabled_on_max, p.document_date_max) AS last_on, talk.slug AS talk, talk.title AS talk_title,
  coalesce(talk."end_max", talk.start_max) AS talk_last_on
FROM proposal AS p LEFT JOIN talk ON talk.id = p.talk_id
WHERE p.slug = ANY ($1::text[])
"""

TEXTS = "SELECT id, text FROM demand WHERE id = ANY ($1::uuid[])"

#: Whose points they are: the claimants, the parties for which a claimant speaks, and the members of a coalition. As in
#: the rules of states, memberships and mandates of a withdrawn party do not count.
OWNERS = """
WITH claimant AS MATERIALIZED (
  SELECT point.number::int AS number, point.id, c.party_id
  FROM unnest($1::uuid[]) WITH ORDINALITY AS point(id, number)
  JOIN demand_party AS c ON c.demand_id = point.id AND c.role = 'claimant'
),
speaker AS (
  SELECT m.body_id AS claimant_id, m.party_id, m.valid_from_min, m.valid_to_max
  FROM party_mandate AS m JOIN party AS body ON body.id = m.body_id WHERE body.withdrawn_at IS NULL
  UNION ALL
  SELECT m.coalition_id, m.member_id, m.valid_from_min, m.valid_to_max
  FROM party_membership AS m JOIN party AS member ON member.id = m.member_id WHERE member.withdrawn_at IS NULL
)
SELECT number, party_id, true AS is_claimant FROM claimant
UNION ALL
SELECT claimant.number, speaker.party_id, false
FROM claimant JOIN speaker ON speaker.claimant_id = claimant.party_id
JOIN demand AS d ON d.id = claimant.id JOIN proposal AS p ON p.id = d.proposal_id
WHERE state.held(speaker.valid_from_min, speaker.valid_to_max, coalesce(p.tabled_on_min, p.document_date_min),
  coalesce(p.tabled_on_max, p.document_date_max))
"""

PARTIES = "SELECT id, slug, name, kind FROM party WHERE id = ANY ($1::uuid[])"

#: The answers that count, and the missing answers, for pairs of a point ($1) and a day ($4, of which $2 has the place), with
#: inherited answers or without ($3). Each row has the number of its pair.
ANSWERS = """
SELECT asked.number::int AS number, a.party_id, a.may_owe, a.counted_as, response.slug AS response,
  agreement.slug AS agreement, coalesce(response.review, agreement.review) AS review
FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS asked(point, place, number)
CROSS JOIN LATERAL counted_answers(asked.point, ($4::date[])[asked.place], $3) AS a
LEFT JOIN response ON response.id = a.response_id
LEFT JOIN agreement ON agreement.id = a.agreement_id
WHERE a.may_owe OR a.counted_as IS NOT NULL
"""

#: For each of the points ($1), the first points with the same answers and closings.
ALIKE = f"""
WITH point AS MATERIALIZED (
  SELECT d.id, d.proposal_id, d.account_id, d.part_id, d.sort_on, d.act FROM demand AS d WHERE d.id = ANY ($1::uuid[])
),
{ALIKE_POINTS}
SELECT id, answered_as, closed_as FROM alike
"""

#: Who supported or opposed a point itself, the latest last. Answers to a piece of the point are omitted.
VOICES = """
WITH point AS MATERIALIZED (SELECT id, number::int AS number FROM unnest($1::uuid[]) WITH ORDINALITY AS point(id, number)),
spoken AS (
  SELECT point.number, r.id FROM point JOIN response AS r ON r.demand_id = point.id
  WHERE r.stance IN ('supported', 'opposed') AND r.scope IS NULL
    AND NOT EXISTS (SELECT FROM response_scope_demand AS s WHERE s.response_id = r.id)
  UNION
  SELECT point.number, s.response_id FROM point JOIN response_scope_demand AS s ON s.demand_id = point.id
)
SELECT spoken.number, r.responder_id AS party_id, r.stance, r.said_on_max, r.slug AS response, r.review
FROM spoken JOIN response AS r ON r.id = spoken.id
WHERE r.withdrawn_at IS NULL AND r.reply_to_id IS NULL AND r.stance IN ('supported', 'opposed')
ORDER BY r.said_on_max NULLS FIRST, r.position, r.slug COLLATE "C"
"""

ISSUES = """
SELECT point.number::int AS number, issue.code, i.is_primary
FROM unnest($1::uuid[]) WITH ORDINALITY AS point(id, number)
JOIN demand_issue AS i ON i.demand_id = point.id JOIN issue ON issue.id = i.issue_id
ORDER BY number, i.is_primary DESC, i.position, issue.code
"""

#: What closed the points, by day; the day is null if it is unknown.
CLOSINGS = """
SELECT point.number::int AS number, c.closed_on, c.how
FROM unnest($1::uuid[]) WITH ORDINALITY AS point(id, number)
CROSS JOIN LATERAL state.closings(point.id) AS c
WHERE EXISTS (SELECT FROM demand_closable AS k WHERE k.demand_id = point.id)
"""

#: The days on which something was answered about each proposal, or an agreement adopted it: the day from which it counts (the
#: last possible one), and the first possible day. `demands`: the points that it is about; none = the proposal or a part of it.
#: $1: the proposals, $2: the last day.
ANSWER_DAYS = """
SELECT p.slug AS proposal, r.said_on_min AS first_day, r.said_on_max AS day, 'responses/' || r.slug AS record,
  array_remove(ARRAY(SELECT s.demand_id FROM response_scope_demand AS s WHERE s.response_id = r.id) || r.demand_id, NULL) AS demands
FROM proposal AS p JOIN response AS r ON r.proposal_id = p.id
WHERE p.slug = ANY ($1::text[]) AND r.withdrawn_at IS NULL AND r.said_on_max <= $2::date
UNION ALL
SELECT p.slug, a.agreed_on_min, a.agreed_on_max, 'agreements/' || a.slug, '{}'
FROM proposal AS p JOIN agreement_proposal AS adopted ON adopted.proposal_id = p.id
JOIN agreement AS a ON a.id = adopted.agreement_id
WHERE p.slug = ANY ($1::text[]) AND a.withdrawn_at IS NULL AND a.agreed_on_max <= $2::date
"""

#: Answers by a day ($2) to these points ($1), to parts that contain one of them, or to the whole of their proposals, of these
#: review statuses ($3).
ANSWERS_TO = """
WITH RECURSIVE point AS (SELECT id, proposal_id, part_id FROM demand WHERE id = ANY ($1::uuid[])),
around AS (
  SELECT part_id FROM point WHERE part_id IS NOT NULL
  UNION SELECT part.parent_id FROM around JOIN part ON part.id = around.part_id WHERE part.parent_id IS NOT NULL
)
SELECT r.slug AS response, party.slug AS party, r.stance, r.said_on,
  nullif(r.said_on_min, DATE '0001-01-01')::text AS said_on_min, nullif(r.said_on_max, DATE '9999-12-31')::text AS said_on_max,
  coalesce('demands/' || demand.slug, 'proposals/' || p.slug) AS about, part.key AS part
FROM response AS r JOIN proposal AS p ON p.id = r.proposal_id JOIN party ON party.id = r.responder_id
LEFT JOIN demand ON demand.id = r.demand_id LEFT JOIN part ON part.id = r.part_id
WHERE p.id IN (SELECT proposal_id FROM point) AND p.withdrawn_at IS NULL AND r.withdrawn_at IS NULL AND r.reply_to_id IS NULL
  AND coalesce(r.said_on_max, parley_today()) <= $2::date AND ($3::text[] IS NULL OR r.review = ANY ($3::text[]))
  AND (r.demand_id IN (SELECT id FROM point) OR r.part_id IN (SELECT part_id FROM around)
    OR r.demand_id IS NULL AND r.part_id IS NULL AND NOT EXISTS (SELECT FROM response_scope_demand AS s WHERE s.response_id = r.id)
    OR EXISTS (SELECT FROM response_scope_demand AS s JOIN point ON point.id = s.demand_id WHERE s.response_id = r.id))
ORDER BY r.said_on_max NULLS LAST, r.position, r.slug COLLATE "C"
"""

#: Links of the points $1.
LINKS = "SELECT demand_id, kind, target_id FROM demand_link WHERE demand_id = ANY ($1::uuid[])"

#: What contradicts the points ($1): citations that contradict the point or one of its fields, and points of other accounts of
#: the same proposal that contradict it. The values of the sources are JSON.
CONTRADICTIONS = """
WITH point AS MATERIALIZED (SELECT id FROM unnest($1::uuid[]) AS id)
SELECT d.slug, c.field, c.asserted_value::text AS value, c.note, source.slug AS source, c.slug AS citation, NULL AS telling
FROM point JOIN demand AS d USING (id) JOIN citation AS c ON c.target_id = d.id AND c.verdict = 'contradicts' AND c.withdrawn_at IS NULL
JOIN source ON source.id = c.source_id AND source.withdrawn_at IS NULL
UNION ALL
SELECT d.slug, '/text', to_jsonb(told.text)::text, link.note, NULL, NULL, told.slug
FROM point JOIN demand AS d USING (id) JOIN demand_link AS link ON link.target_id = d.id AND link.kind = 'contradicts'
JOIN demand AS told ON told.id = link.demand_id AND told.withdrawn_at IS NULL
  AND told.proposal_id = d.proposal_id AND told.account_id <> d.account_id
ORDER BY slug, field NULLS FIRST, source, citation, telling
"""

NEGOTIATORS = """
WITH RECURSIVE below AS (
  SELECT id FROM process WHERE slug = $1
  UNION SELECT inner_process.id FROM process AS inner_process JOIN below ON inner_process.parent_id = below.id
)
SELECT party.slug AS party, party.name, party.kind
FROM process_party AS p JOIN below ON below.id = p.process_id JOIN party ON party.id = p.party_id
WHERE p.role = 'negotiating'
GROUP BY party.slug, party.name, party.kind ORDER BY min(p.position), party.slug COLLATE "C"
"""

#: The talks of the process ($1) that took place by the day ($2) and are no part of another talk, with the parties seated there.
SITTINGS = """
WITH RECURSIVE below AS (
  SELECT id FROM process WHERE slug = $1
  UNION SELECT inner_process.id FROM process AS inner_process JOIN below ON inner_process.parent_id = below.id
)
SELECT t.slug, t.start_min AS "on", ARRAY(
    SELECT party.slug FROM delegation AS d JOIN party ON party.id = d.party_id
    WHERE d.talk_id = t.id AND d.is_seated AND 'negotiating' = ANY (d.roles) AND d.withdrawn_at IS NULL ORDER BY party.slug
  ) AS parties
FROM talk AS t
WHERE t.process_id IN (SELECT id FROM below) AND t.parent_id IS NULL AND t.withdrawn_at IS NULL AND t.start_max <= $2::date
  AND coalesce(t.status, 'held') NOT IN ('announced', 'postponed', 'cancelled')
ORDER BY t.start_min, t.start_max, t.ordinal, t.slug COLLATE "C"
"""

ISSUE_TREE = """
SELECT issue.code, issue.label, broader.code AS broader
FROM issue LEFT JOIN issue AS broader ON broader.id = issue.broader_id
"""

#: Agreements of the process, or that incorporate one of its points: with the day from which and until which each was in
#: force, its issues, and the points in it. A point is in an agreement if the agreement adopts its proposal, or the
#: proposal of a demand in which it was incorporated. `taken_up`: the points that an outcome names with the agreement.
#: `superseded_on`: when the agreement that supersedes it was made.
AGREEMENTS = f"""{_POINTS}
, adopted AS (
  SELECT a.agreement_id, point.slug FROM point JOIN agreement_proposal AS a ON a.proposal_id = point.proposal_id
  UNION
  SELECT a.agreement_id, point.slug FROM point
  JOIN demand_link AS link ON link.demand_id = point.id AND link.kind = 'incorporated_in'
  JOIN demand AS target ON target.id = link.target_id AND target.withdrawn_at IS NULL
  JOIN agreement_proposal AS a ON a.proposal_id = target.proposal_id
),
taken_up AS (
  SELECT o.agreement_id, point.slug FROM ({TAKEN_UP}) AS o JOIN point ON point.id = o.demand_id
)
SELECT a.slug, a.status, coalesce(a.in_force_on_max, a.agreed_on_max) AS from_on, a.until_max,
  ARRAY(SELECT slug FROM adopted WHERE adopted.agreement_id = a.id ORDER BY slug) AS points,
  ARRAY(SELECT DISTINCT slug FROM taken_up WHERE taken_up.agreement_id = a.id ORDER BY slug) AS taken_up,
  ARRAY(
    SELECT issue.code FROM agreement_issue AS i JOIN issue ON issue.id = i.issue_id WHERE i.agreement_id = a.id ORDER BY 1
  ) AS issues,
  (
    SELECT min(later.agreed_on_max) FROM proposal_relation AS r
    JOIN agreement_proposal AS own ON own.proposal_id = r.proposal_id
    JOIN agreement AS later ON later.id = own.agreement_id AND later.withdrawn_at IS NULL AND later.id <> a.id
    WHERE r.kind = 'supersedes' AND (
      r.agreement_id = a.id OR r.target_id IN (SELECT mine.proposal_id FROM agreement_proposal AS mine WHERE mine.agreement_id = a.id)
    )
  ) AS superseded_on
FROM agreement AS a
WHERE a.withdrawn_at IS NULL AND ($3::text[] IS NULL OR a.review = ANY ($3::text[]))
  AND (a.process_id IN (SELECT id FROM below) OR a.id IN (SELECT agreement_id FROM adopted UNION SELECT agreement_id FROM taken_up))
ORDER BY a.slug COLLATE "C"
"""

#: What parties answered to points, parts and whole proposals of the process: statements in words, with a day, by day.
#: Silence, deeds, replies, and answers to a piece of a point are no statements.
STATEMENTS = f"""{_POINTS}
SELECT r.slug, party.slug AS party, party.name, party.kind, r.stance, r.said_on_min AS first_day, r.said_on_max AS day, r.statement, p.slug AS proposal,
  part.key AS part, demand.slug AS demand,
  ARRAY(
    SELECT point.slug FROM response_scope_demand AS s JOIN point ON point.id = s.demand_id WHERE s.response_id = r.id ORDER BY 1
  ) AS scope_demands,
  EXISTS (SELECT FROM response_scope_demand AS s WHERE s.response_id = r.id) AS is_scoped,
  EXISTS (SELECT FROM proposal_author AS a WHERE a.proposal_id = p.id AND a.party_id = r.responder_id) AS is_author
FROM proposal AS p JOIN response AS r ON r.proposal_id = p.id JOIN party ON party.id = r.responder_id
LEFT JOIN part ON part.id = r.part_id LEFT JOIN demand ON demand.id = r.demand_id
WHERE p.process_id IN (SELECT id FROM below) AND p.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
  AND r.reply_to_id IS NULL AND r.said_on_max <= $2::date AND ($3::text[] IS NULL OR r.review = ANY ($3::text[]))
  AND r.stance NOT IN ('no_comment', 'implemented', 'implemented_in_part')
  AND (r.scope IS NULL OR EXISTS (SELECT FROM response_scope_demand AS s WHERE s.response_id = r.id))
ORDER BY r.said_on_max, r.position, r.slug COLLATE "C"
"""
