"""The statement of the due dates: timings of demands resolved against what happened, requested answers and recorded deadlines.

A timing has one trigger. So the demands and their triggers are chains: the recursion begins with the triggers that have a
day, and reaches each demand at most once. What it does not reach has no day, or is a circle.
"""

from app.reports.answers_in_time_statements import units_of
from app.reports.recorded_deadlines import RECORDED_DEADLINES
from app.reports.statement import build_statement, in_processes

_TRIGGER = "d.timing -> 'trigger'"
#: Collections of the records that a trigger may name, with their tables.
TRIGGERS = {"demand": "demands", "agreement": "agreements", "proposal": "proposals", "talk": "talks"}


def _named(kind: str) -> str:
    """Build SQL for the id of the record that a trigger names. The slug may be a former one."""
    slug = f"{_TRIGGER} ->> '{kind}'"
    return (
        f"CASE WHEN {slug} IS NOT NULL THEN coalesce((SELECT x.id FROM {kind} x WHERE x.slug = {slug}), (SELECT l.record_id"
        f" FROM slug_alias l WHERE l.collection = '{TRIGGERS[kind]}' AND l.slug = {slug})) END AS {kind}_id"
    )


# What triggers name: the record and the edge, which is that of `_HAPPENED` if the trigger states none.
ASSUMABLE = f"""
WITH named AS (
  SELECT {", ".join(map(_named, TRIGGERS))}, {_TRIGGER} ->> 'edge' AS edge FROM demand d
  WHERE d.timing IS NOT NULL AND d.withdrawn_at IS NULL AND {_TRIGGER} IS NOT NULL
)
SELECT DISTINCT e.id, e.collection || '/' || e.slug AS address,
  coalesce(named.edge, CASE WHEN named.demand_id IS NOT NULL THEN 'completion' WHEN named.agreement_id IS NOT NULL THEN 'adoption'
    ELSE 'start' END) AS edge
FROM named JOIN entry e ON e.id = coalesce(named.demand_id, named.agreement_id, named.proposal_id, named.talk_id)
ORDER BY address, edge
"""


def _is_within(duration: str, day: str) -> str:
    """Build the condition that a duration ends in a year that a date can have."""
    return f"extract(epoch FROM {duration}) / 86400 + ({day} - DATE '0001-01-01') < 3651000"


def _added(day: str, duration: str, *, is_last: bool) -> str:
    """Build SQL for the day on which a duration ends. Of hours that are no whole days, it is the first or the last day."""
    time = f"extract(epoch FROM {duration} - date_trunc('day', {duration}))"
    rounded = f"{'ceil' if is_last else 'floor'}({time} / 86400)::int"
    added = f"({day} + date_trunc('day', {duration}))::date + {rounded}"
    return f"CASE WHEN {_is_within(duration, day)} THEN {added} END"


# Whether the report `e` of a deed has one of the review statuses that are read.
_IS_READ = (
    "($5::text[] IS NULL OR EXISTS (SELECT FROM response x WHERE x.slug = e.slug AND x.review = ANY ($5::text[])))"
)
# The agreements of a trigger: the named one, or those that adopt the named proposal or the proposal of the named demand.
_AGREED = """
    SELECT a.* FROM agreement a WHERE a.withdrawn_at IS NULL AND coalesce(a.status, '') NOT IN ('announced', 'unclear', 'disputed')
      AND (a.id = t.agreement_id OR a.id IN (SELECT p.agreement_id FROM agreement_proposal p WHERE p.proposal_id
        = coalesce(t.proposal_id, (SELECT x.proposal_id FROM demand x WHERE x.id = t.demand_id))))
"""
# What happened to the record of a trigger, as (first possible day, last possible day, rank).
_HAPPENED = f"""
  SELECT s.first_day, s.last_day, s.rank = 0 AS is_assumed FROM (
    SELECT a.first_day, a.last_day, 0 AS rank FROM assumed a
    WHERE a.id = coalesce(t.demand_id, t.agreement_id, t.proposal_id, t.talk_id) AND a.edge = coalesce(t.edge, CASE
      WHEN t.demand_id IS NOT NULL THEN 'completion' WHEN t.agreement_id IS NOT NULL THEN 'adoption' ELSE 'start' END)
    UNION ALL SELECT t.on_first, t.on_last, 1 WHERE t.on_first IS NOT NULL
    UNION ALL SELECT happened.first_day, happened.last_day, 2 FROM (
      SELECT CASE WHEN t.edge = 'completion' THEN coalesce(k.end_min, k.start_min) ELSE k.start_min END AS first_day,
        CASE WHEN t.edge = 'completion' THEN coalesce(k.end_max, k.start_max) ELSE k.start_max END AS last_day
      FROM talk k WHERE k.id = t.talk_id AND k.withdrawn_at IS NULL AND coalesce(t.edge, 'start') IN ('start', 'completion')
      UNION ALL SELECT coalesce(p.tabled_on_min, p.document_date_min), coalesce(p.tabled_on_max, p.document_date_max)
      FROM proposal p WHERE p.id = t.proposal_id AND p.withdrawn_at IS NULL AND coalesce(t.edge, 'start') = 'start'
      UNION ALL SELECT a.agreed_on_min, a.agreed_on_max FROM ({_AGREED}) a
      WHERE t.edge IN ('acceptance', 'adoption') OR t.edge IS NULL AND t.agreement_id IS NOT NULL
      UNION ALL SELECT coalesce(a.in_force_on_min, c.day), coalesce(a.in_force_on_max, c.day)
      FROM ({_AGREED}) a CROSS JOIN LATERAL (
        SELECT CASE WHEN a.in_force_on IS NULL AND a.entry_into_force IS NOT NULL
          THEN (state.standing(a.id, t.asked_day) ->> 'computed_in_force_on')::date END AS day
      ) c WHERE t.edge = 'entry_into_force' OR t.edge = 'start' AND t.agreement_id IS NOT NULL
      UNION ALL SELECT max(g.on_min), max(g.on_max) FROM ({_AGREED}) a JOIN agreement_signature g ON g.agreement_id = a.id
      WHERE t.edge = 'signature' AND coalesce(g.act, 'signed') = 'signed' AND coalesce(g.capacity, 'party') = 'party'
      UNION ALL SELECT min(s.from_on), min(s.from_on) FROM demand_span s
      WHERE t.edge = 'acceptance' AND s.demand_id = t.demand_id AND s.aspect = 'state' AND s.value = 'accepted' AND s.applies & 1 <> 0
      UNION ALL SELECT r.said_on_min, r.said_on_max FROM response r JOIN state.deeds(t.demand_id) AS e ON e.slug = r.slug
      WHERE t.demand_id IS NOT NULL AND coalesce(t.edge, 'completion') = 'completion' AND e.word = 'done' AND {_IS_READ}
    ) AS happened WHERE happened.last_day <= t.asked_day
  ) AS s WHERE s.first_day IS NOT NULL ORDER BY s.rank, s.last_day LIMIT 1
"""
_DIRECT = "t.relation IN ('immediate', 'after_trigger')"
_PERIOD = "t.relation IN ('duration_from_trigger', 'delay')"

# Whether a demand is closed on the day of the report, so that nothing is owed any more. An agreement that adopts the text
# closes the demand for answers, and is what the obligation follows from; it outlives the process.
_IS_CLOSED = """EXISTS (
      SELECT FROM state.closings(demand_id) AS c WHERE coalesce(c.closed_on, parley_today()) <= asked_day
        AND (c.how <> 'ended' OR NOT EXISTS (SELECT FROM state.closings(demand_id) AS b
          WHERE b.collection = 'agreements' AND coalesce(b.closed_on, parley_today()) <= asked_day))
        AND c.collection IS DISTINCT FROM 'agreements')"""


def _dated(first: str, last: str, is_assumed: str) -> str:
    """Build the columns of a resolved timing, from the day of its trigger: the beginning and the due day."""
    return f"""
    t.*, {first} AS trigger_first, {last} AS trigger_last, {is_assumed} AS is_assumed,
    CASE WHEN t.at_first IS NOT NULL THEN t.at_first WHEN {_DIRECT} THEN {first}
      WHEN t.relation = 'within_after_trigger' THEN {_added(first, "t.longest", is_last=False)}
      WHEN {_PERIOD} THEN {_added(first, "coalesce(t.shortest, t.longest)", is_last=False)}
      WHEN t.relation = 'repeats' THEN {_added(first, "t.every", is_last=False)} END AS due_first,
    CASE WHEN t.at_first IS NOT NULL THEN t.at_last WHEN t.relation = 'immediate' THEN {last}
      WHEN t.relation IN ('within_after_trigger', 'duration_from_trigger', 'delay') THEN {_added(last, "t.longest", is_last=True)}
      WHEN t.relation = 'repeats' THEN {_added(last, "t.every", is_last=True)} END AS due_last,
    CASE WHEN t.relation IN ('from_date', 'by_date') THEN t.at_first WHEN {_DIRECT} OR t.relation = 'duration_from_trigger' THEN {first}
      WHEN t.relation = 'delay' THEN {_added(first, "coalesce(t.shortest, t.longest)", is_last=False)} END AS begins_first,
    CASE WHEN t.relation = 'from_date' THEN t.at_last WHEN t.relation = 'immediate' OR t.relation = 'duration_from_trigger' THEN {last}
      WHEN t.relation = 'delay' THEN {_added(last, "t.longest", is_last=True)} END AS begins_last
"""


# $7: the statuses, $8 and $9: the range of due days, $10: the types, $11 to $14: the assumptions (ids, edges, first and last days).
DUE_DATES = build_statement(
    f"""{units_of("p.answer_due IS NOT NULL")},
assumed AS (SELECT * FROM unnest($11::uuid[], $12::text[], $13::date[], $14::date[]) AS a(id, edge, first_day, last_day)),
scope AS (
  SELECT d.id, true AS is_listed FROM demand d WHERE {in_processes("d.process_id")} AND d.timing IS NOT NULL AND d.withdrawn_at IS NULL
    AND ($5::text[] IS NULL OR d.review = ANY ($5::text[]))
    AND (d.is_reference OR d.account_id IN (SELECT x.account_id FROM demand x JOIN assumed ON assumed.id = x.id))
  UNION
  SELECT coalesce(x.id, l.record_id), false
  -- `OFFSET 0`: each demand is looked up by its id, however large the database is.
  FROM scope CROSS JOIN LATERAL (SELECT d.timing FROM demand d WHERE d.id = scope.id OFFSET 0) AS d
  LEFT JOIN demand x ON x.slug = {_TRIGGER} ->> 'demand'
  LEFT JOIN slug_alias l ON l.collection = 'demands' AND l.slug = {_TRIGGER} ->> 'demand' AND x.id IS NULL
  WHERE coalesce(x.id, l.record_id) IS NOT NULL
),
timed AS MATERIALIZED (
  SELECT d.id, d.slug, d.text, d.act, d.sort_on, d.process_id, d.timing, d.timing ->> 'relation' AS relation, {_TRIGGER} ->> 'edge' AS edge,
    listed.is_listed AND d.sort_on <= asked_on.day AS is_listed,
    {", ".join(map(_named, TRIGGERS))}, parley_edtf_day({_TRIGGER} ->> 'on', false) AS on_first,
    parley_edtf_day({_TRIGGER} ->> 'on', true) AS on_last, asked_on.day AS asked_day,
    parley_edtf_day(stated.day, false) AS at_first, parley_edtf_day(stated.day, true) AS at_last, stated.basis,
    (d.timing ->> 'duration_min')::interval AS shortest, (d.timing ->> 'duration_max')::interval AS longest,
    (d.timing ->> 'every')::interval AS every
  FROM (SELECT id, bool_or(is_listed) AS is_listed FROM scope GROUP BY id) AS listed
  CROSS JOIN LATERAL (SELECT * FROM demand d WHERE d.id = listed.id OFFSET 0) AS d CROSS JOIN asked_on CROSS JOIN LATERAL (
    SELECT coalesce(d.timing ->> 'at', found.day) AS day, CASE WHEN d.timing ->> 'at' IS NOT NULL THEN 'stated' ELSE found.basis END AS basis
    FROM (SELECT CASE WHEN b.basis <> 'computed' THEN d.timing #>> '{{resolved_on,date}}' END AS day,
      nullif(b.basis, 'computed') AS basis FROM (SELECT d.timing #>> '{{resolved_on,basis}}' AS basis) AS b) AS found
  ) AS stated
  WHERE d.timing IS NOT NULL
),
triggered AS MATERIALIZED (
  SELECT t.*, h.first_day, h.last_day, h.is_assumed AND t.at_first IS NULL AS by_assumption
  FROM timed t LEFT JOIN LATERAL ({_HAPPENED}) AS h ON true
),
resolved AS (
  SELECT {_dated("t.first_day", "t.last_day", "t.by_assumption")} FROM triggered t WHERE t.first_day IS NOT NULL OR t.at_first IS NOT NULL
  UNION ALL
  SELECT {_dated("c.first_day", "c.last_day", "c.is_assumed")} FROM triggered t JOIN LATERAL (
    SELECT r.is_assumed, CASE WHEN t.edge = 'start' THEN r.begins_first ELSE r.due_first END AS first_day,
      CASE WHEN t.edge = 'start' THEN r.begins_last ELSE r.due_last END AS last_day
    FROM resolved r
    -- A period ends by itself; whether another demand was completed is known only from a report.
    WHERE r.id = t.demand_id AND (t.edge = 'start' OR coalesce(t.edge, 'completion') = 'completion' AND r.relation = 'duration_from_trigger')
  ) AS c ON c.first_day IS NOT NULL
  WHERE t.first_day IS NULL AND t.at_first IS NULL
),
chain AS (
  SELECT t.id AS origin, t.id, t.demand_id, t.edge, ARRAY[t.slug] AS slugs, false AS is_circle FROM triggered t
  WHERE t.demand_id IS NOT NULL AND t.id NOT IN (SELECT id FROM resolved)
  UNION ALL
  -- Only timings that give the day of the edge, as in `resolved`: the start of a withdrawal does not follow from its deadline.
  SELECT c.origin, t.id, t.demand_id, t.edge, c.slugs || t.slug, t.slug = ANY (c.slugs)
  FROM chain c JOIN triggered t ON t.id = c.demand_id WHERE NOT c.is_circle AND (
    c.edge = 'start' AND ({_DIRECT} OR {_PERIOD})
    OR coalesce(c.edge, 'completion') = 'completion' AND t.relation = 'duration_from_trigger')
),
circle AS (
  SELECT origin, slugs[array_position(slugs, slugs[cardinality(slugs)]):cardinality(slugs) - 1] AS slugs FROM chain WHERE is_circle
),
demanded AS (
  SELECT 'demand' AS type, 'demands/' || t.slug AS record, t.text AS title, t.process_id, t.relation,
    CASE WHEN t.relation = 'duration_from_trigger' THEN 'end' WHEN t.relation IN ('by_date', 'within_after_trigger', 'step') THEN 'deadline'
      ELSE 'start' END AS meaning,
    r.due_first, r.due_last, CASE WHEN r.due_first IS NOT NULL THEN CASE WHEN t.at_first IS NOT NULL THEN t.basis ELSE 'computed' END END AS basis,
    coalesce(r.is_assumed, false) AS is_assumed, {_TRIGGER.replace("d.", "t.")} ->> 'text' AS trigger_text,
    coalesce(t.edge, '') AS edge, CASE WHEN t.demand_id IS NOT NULL THEN 'demands/' || (SELECT slug FROM demand WHERE id = t.demand_id)
      WHEN t.agreement_id IS NOT NULL THEN 'agreements/' || (SELECT slug FROM agreement WHERE id = t.agreement_id)
      WHEN t.proposal_id IS NOT NULL THEN 'proposals/' || (SELECT slug FROM proposal WHERE id = t.proposal_id)
      WHEN t.talk_id IS NOT NULL THEN 'talks/' || (SELECT slug FROM talk WHERE id = t.talk_id) END AS trigger_record,
    r.trigger_first, r.trigger_last, coalesce((t.timing ->> 'is_renewable')::boolean, false) AS is_renewable,
    CASE WHEN r.due_first IS NULL THEN CASE
      WHEN EXISTS (SELECT FROM circle WHERE origin = t.id) THEN 'circle'
      WHEN t.relation IN ('open', 'ambiguous', 'other') THEN t.relation
      WHEN r.trigger_first IS NOT NULL THEN 'no_duration'
      WHEN t.timing -> 'trigger' IS NULL THEN 'no_trigger' ELSE 'trigger_without_day' END END AS reason,
    coalesce((SELECT slugs FROM circle WHERE origin = t.id LIMIT 1), '{{}}') AS circle,
    deed.slug AS deed, deed.said_on, deed.counts_from AS done_day,
    ARRAY(SELECT 'responses/' || e.slug FROM state.deeds(t.id) AS e WHERE coalesce(e.counts_from, parley_today()) <= t.asked_day AND {_IS_READ}
      ORDER BY e.counts_from, e.position, e.slug) AS deeds,
    t.act = 'undertaking' OR EXISTS (SELECT FROM counted_answers(t.id, t.asked_day, $6) AS a
      WHERE a.counted_as IN ('accepted', 'accepted_in_part') AND ($5::text[] IS NULL
        OR EXISTS (SELECT FROM response r WHERE r.id = a.response_id AND r.review = ANY ($5::text[]))
        OR EXISTS (SELECT FROM agreement g WHERE g.id = a.agreement_id AND g.review = ANY ($5::text[])))) AS is_accepted, t.id AS demand_id, t.asked_day
  FROM triggered t LEFT JOIN resolved r USING (id) LEFT JOIN LATERAL (
    SELECT e.* FROM state.deeds(t.id) AS e WHERE e.word = 'done' AND coalesce(e.counts_from, parley_today()) <= t.asked_day AND {_IS_READ}
    ORDER BY e.counts_from, e.position, e.slug LIMIT 1
  ) AS deed ON true
  WHERE t.is_listed
),
answered AS (
  SELECT proposal, bool_and(is_answered) AS is_met, bool_or(NOT is_answered AND ended_on IS NULL) AS is_owed,
    max(answer_first_day) AS done_first, max(answer_day) AS done_day,
    array_agg(party ORDER BY party) FILTER (WHERE NOT is_answered AND ended_on IS NULL) AS owing, array_agg(DISTINCT answer) FILTER (WHERE is_answered) AS answers
  FROM unit GROUP BY proposal
),
listed AS (
  SELECT type, record, '' AS key, title, process_id, relation, meaning, due_first, due_last, basis, is_assumed, trigger_text,
    nullif(edge, '') AS edge, trigger_record, trigger_first, trigger_last, is_renewable, reason, circle,
    ARRAY(SELECT party.slug FROM demand_party a JOIN party ON party.id = a.party_id
      WHERE a.demand_id = demanded.demand_id AND a.role = 'addressee' ORDER BY a.position) AS addressees, '{{}}'::text[] AS owing,
    deeds AS evidence, said_on AS done_on, NULL::date AS done_first, done_day, deed IS NOT NULL AS is_met,
    is_accepted AND meaning <> 'end' AND relation <> 'from_date' AND NOT {_IS_CLOSED} AS is_owed
  FROM demanded
  UNION ALL
  SELECT 'answer', 'proposals/' || t.slug, '', t.title, t.process_id, NULL, 'deadline', t.answer_due_min, t.answer_due_max, 'stated', false,
    NULL, NULL, NULL, NULL, NULL, false, NULL, '{{}}', '{{}}', coalesce(a.owing, '{{}}'), coalesce(a.answers, '{{}}'), NULL, a.done_first, a.done_day,
    coalesce(a.is_met, false), coalesce(a.is_owed, false)
  FROM tabled t LEFT JOIN answered a ON a.proposal = t.slug
  UNION ALL
  SELECT 'deadline', d.owner, d.key, coalesce(d.note, d.title), d.process_id, NULL, 'deadline', d.first_day, d.last_day, 'stated', false,
    NULL, NULL, NULL, NULL, NULL, false, NULL, '{{}}', '{{}}', '{{}}', '{{}}', NULL, NULL, NULL, false, false
  FROM counting d CROSS JOIN asked_on
  WHERE coalesce(d.counts_on, asked_on.day) <= asked_on.day AND NOT EXISTS (
    SELECT FROM counting o WHERE o.owner = d.owner AND o.replaces = d.key AND o.counts_on <= asked_on.day)
),
recorded AS MATERIALIZED ({RECORDED_DEADLINES}),
-- From which day a deadline is in force, as in `/v1/deadlines`.
counting AS (
  SELECT d.*, d.counted_on AS counts_on FROM first_counting d WHERE d.replaces IS NULL
  UNION ALL
  SELECT d.*, coalesce(d.counted_on, greatest(before.counts_on, least(before.last_day, d.last_day)))
  FROM first_counting d JOIN counting before ON before.owner = d.owner AND before.key = d.replaces
),
first_counting AS (
  SELECT d.*, coalesce(parley_edtf_day(d.set_on, true), CASE WHEN d.replaces IS NULL THEN d.owner_day END) AS counted_on FROM recorded d
),
judged AS (
  SELECT l.*, CASE WHEN due_first IS NULL THEN 'cannot_be_computed' WHEN is_met THEN 'met'
      WHEN coalesce(due_last, 'infinity') >= asked_on.day THEN 'pending' WHEN is_owed THEN 'overdue' ELSE 'passed' END AS status
  FROM listed l CROSS JOIN asked_on
),
result AS (
  SELECT coalesce(due_first::text, '~') || ' ' || coalesce(due_last::text, '~') || ' ' || record || ' ' || key AS place,
    j.type, j.record, nullif(j.key, '') AS deadline, j.title, process.slug AS process, j.relation, j.meaning, j.due_first AS due_min,
    nullif(j.due_last, DATE '9999-12-31') AS due_max, j.basis, j.is_assumed, j.status,
    CASE WHEN late.least = late.most THEN late.most END AS days_late, late.least AS days_late_min, late.most AS days_late_max,
    CASE WHEN j.status = 'overdue' THEN asked_on.day - j.due_last END AS days_overdue, j.done_on AS fulfilled_on,
    CASE WHEN j.done_on IS NOT NULL THEN nullif(parley_edtf_day(j.done_on, false), DATE '0001-01-01') END AS fulfilled_on_min,
    CASE WHEN j.done_on IS NOT NULL THEN nullif(parley_edtf_day(j.done_on, true), DATE '9999-12-31') END AS fulfilled_on_max,
    j.evidence, j.addressees, j.owing, j.is_renewable, j.trigger_text, j.trigger_record, j.edge AS trigger_edge, j.trigger_first AS trigger_min,
    nullif(j.trigger_last, DATE '9999-12-31') AS trigger_max, j.reason, j.circle
  FROM judged j JOIN process ON process.id = j.process_id CROSS JOIN asked_on
  CROSS JOIN LATERAL (
    -- The report of a deed is a statement: the deed happened on its day or earlier. An answer happens on its own day.
    SELECT CASE WHEN l.most IS NOT NULL THEN coalesce(greatest(0, j.done_first - j.due_last), 0) END AS least, l.most
    FROM (SELECT CASE WHEN j.status = 'met' AND j.due_last IS NOT NULL AND j.done_day IS NOT NULL
      THEN greatest(0, j.done_day - j.due_first) END AS most) AS l
  ) AS late
  WHERE ($7::text[] IS NULL OR j.status = ANY ($7::text[])) AND ($10::text[] IS NULL OR j.type = ANY ($10::text[]))
    AND ($8::date IS NULL OR j.due_first IS NOT NULL AND coalesce(j.due_last, 'infinity') >= $8::date) AND ($9::date IS NULL OR j.due_first <= $9::date)
)""",
    "SELECT json_build_object('on', day) FROM asked_on",
)
