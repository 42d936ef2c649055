"""The statements of the reports about answers in time: who waits for whose answer, and for how long.

A unit is a proposal and a party that is asked to answer at least one point of its reference account. The functions of
the schema `state` say who is asked (app/guides/state-rules.md), so the reports agree with the states of demands.
"""

from app.reports.alike import ALIKE
from app.reports.statement import BELOW, build_statement, in_processes

#: The stances that do not end a wait, and the acts of demands that are no points.
_NO_ANSWERS = "('no_comment', 'supported', 'opposed')"
_NO_POINTS = "('not_demanded', 'step', 'agenda_item')"
#: Where the last points of a unit are closed on the same day for several reasons, the first of these is given.
_ENDINGS = "'{settled,withdrawn,superseded,lapsed,ended}'::text[]"


#: Who is asked to answer each point, and what closed the points: as stored.
#: `OFFSET 0`: each point is looked up in an index, however large the database is.
_ASKED_POINTS = """asked_point AS MATERIALIZED (
  SELECT p.id, p.proposal_id, p.slug, p.position, a.party_id
  FROM point p CROSS JOIN LATERAL (SELECT * FROM counted_answers(p.id, greatest(parley_today(), p.sort_on), true) OFFSET 0) AS a
  WHERE a.may_owe
)"""
_CLOSINGS = """SELECT p.id, coalesce(c.closed_on, parley_today()) AS day, c.how, c.collection || '/' || c.slug AS by
  FROM (
    SELECT DISTINCT a.id FROM asked_point a WHERE EXISTS (SELECT FROM demand_closable k WHERE k.demand_id = a.id)
  ) AS p CROSS JOIN asked_on CROSS JOIN LATERAL state.closing_on(p.id, asked_on.day) AS c"""
#: The same at the clocks, where both are derived.
_DERIVED_POINTS = f"""{ALIKE},
asked_point AS MATERIALIZED (
  SELECT p.id, f.proposal_id, p.slug, p.position, a.party_id
  FROM (
    SELECT answered_as, proposal_id, sort_on, array_agg(id) AS ids, array_agg(slug) AS slugs, array_agg("position") AS positions
    FROM alike GROUP BY answered_as, proposal_id, sort_on
  ) AS f
  CROSS JOIN LATERAL (SELECT * FROM counted_answers(f.answered_as, greatest(parley_today(), f.sort_on), true) OFFSET 0) AS a
  CROSS JOIN LATERAL unnest(f.ids, f.slugs, f.positions) AS p(id, slug, "position")
  WHERE a.may_owe
)"""
_DERIVED_CLOSINGS = """SELECT p.id, coalesce(c.closed_on, parley_today()) AS day, c.how, c.collection || '/' || c.slug AS by
  FROM (SELECT closed_as, array_agg(id) AS ids FROM alike GROUP BY closed_as) AS f
  CROSS JOIN asked_on CROSS JOIN LATERAL state.closing_on(f.closed_as, asked_on.day) AS c CROSS JOIN LATERAL unnest(f.ids) AS p(id)"""


#: The place in the statement for a condition on the proposals `p`.
_PROPOSALS = "/* proposals */ true"


# $3: the processes (null = all), $4: the day of the report (null = today), $5: the review statuses of the points and answers that
# are read (null = all), $6: whether answers to a whole part or proposal are read. The last parameter is the slug of the account
# (`app.reports.points.at_account`).
def _is_read(alias: str) -> str:
    """Build the condition that a record has one of the review statuses."""
    return f"($5::text[] IS NULL OR {alias}.review = ANY ($5::text[]))"


_UNITS = f"""
{BELOW},
asked_on AS (SELECT coalesce($4::date, parley_today()) AS day),
tabled AS MATERIALIZED (
  SELECT p.*, coalesce(p.tabled_on, p.document_date) AS started, coalesce(p.tabled_on_min, p.document_date_min) AS first_day,
    coalesce(p.tabled_on_max, p.document_date_max) AS start_day
  FROM proposal p, asked_on
  WHERE p.withdrawn_at IS NULL AND {in_processes("p.process_id")} AND {_PROPOSALS}
    AND coalesce(p.tabled_on_max, p.document_date_max, asked_on.day) <= asked_on.day
),
point AS MATERIALIZED (
  SELECT d.* FROM tabled CROSS JOIN LATERAL (
    SELECT d.id, d.proposal_id, d.account_id, d.part_id, d.slug, d.position, d.sort_on, d.act FROM demand d
    WHERE d.proposal_id = tabled.id AND d.is_reference AND d.withdrawn_at IS NULL AND d.act NOT IN {_NO_POINTS} AND {_is_read("d")} OFFSET 0
  ) AS d
),
{_ASKED_POINTS},
asked AS MATERIALIZED (
  SELECT proposal_id, party_id, array_agg(slug ORDER BY position, slug) AS points FROM asked_point GROUP BY proposal_id, party_id
),
said AS MATERIALIZED (
  SELECT r.proposal_id, r.responder_id AS speaker_id, r.stance, r.said_on, r.said_on_min AS first_day,
    r.said_on_max AS last_day, 'responses/' || r.slug AS address,
    r.scope IS NOT NULL AND NOT EXISTS (SELECT FROM response_scope_demand s WHERE s.response_id = r.id) AS is_partial,
    {_is_read("r")} AND ($6 OR r.demand_id IS NOT NULL OR EXISTS (SELECT FROM response_scope_demand s WHERE s.response_id = r.id)) AS is_read
  FROM tabled CROSS JOIN LATERAL (
    SELECT * FROM response r WHERE r.proposal_id = tabled.id AND r.withdrawn_at IS NULL AND r.reply_to_id IS NULL OFFSET 0
  ) AS r
  UNION ALL
  SELECT adopted.proposal_id, p.party_id, 'accepted', a.agreed_on, a.agreed_on_min, a.agreed_on_max, 'agreements/' || a.slug, false, {_is_read("a")} AND $6
  FROM tabled JOIN agreement_proposal adopted ON adopted.proposal_id = tabled.id
  JOIN agreement a ON a.id = adopted.agreement_id JOIN agreement_party p ON p.agreement_id = a.id
  WHERE a.withdrawn_at IS NULL AND coalesce(a.status, '') NOT IN ('announced', 'unclear', 'disputed')
),
voice AS MATERIALIZED (
  SELECT said.*, speaker_id AS party_id FROM said
  UNION ALL
  SELECT said.*, m.party_id FROM said JOIN party_mandate m ON m.body_id = said.speaker_id
  JOIN party b ON b.id = m.body_id AND b.withdrawn_at IS NULL
  WHERE state.held(m.valid_from_min, m.valid_to_max, said.first_day, said.last_day)
  UNION ALL
  SELECT said.*, m.member_id FROM said JOIN party_membership m ON m.coalition_id = said.speaker_id
  JOIN party b ON b.id = m.member_id AND b.withdrawn_at IS NULL
  WHERE state.held(m.valid_from_min, m.valid_to_max, said.first_day, said.last_day)
),
-- Materialized, these are computed once: at the clocks, the planner expects one unit and would compute them for each.
answer AS MATERIALIZED (
  SELECT DISTINCT ON (proposal_id, party_id) proposal_id, party_id, first_day, last_day, said_on, stance, address FROM voice, asked_on
  WHERE stance NOT IN {_NO_ANSWERS} AND NOT is_partial AND is_read
    AND (last_day <= asked_on.day OR last_day IS NULL AND asked_on.day >= parley_today())
  ORDER BY proposal_id, party_id, last_day NULLS LAST, first_day, address
),
beside AS MATERIALIZED (
  SELECT v.proposal_id, v.party_id,
    jsonb_agg(jsonb_build_object('answer', v.address, 'stance', v.stance, 'is_partial', v.is_partial)
      ORDER BY v.last_day NULLS LAST, v.address) AS answers
  FROM voice v, asked_on
  WHERE (v.stance IN {_NO_ANSWERS} OR v.is_partial OR NOT v.is_read)
    AND (v.last_day <= asked_on.day OR v.last_day IS NULL AND asked_on.day >= parley_today())
  GROUP BY v.proposal_id, v.party_id
),
closed_point AS MATERIALIZED (
  {_CLOSINGS}
),
-- The wait of a party ends when the last of its points is closed (app/guides/state-rules.md, "Closed points").
ending AS MATERIALIZED (
  SELECT DISTINCT ON (proposal_id, party_id) proposal_id, party_id, day, how, by FROM (
    SELECT a.proposal_id, a.party_id, c.*, count(*) OVER own = count(c.day) OVER own AS is_closed
    FROM asked_point a LEFT JOIN closed_point c USING (id) WINDOW own AS (PARTITION BY a.proposal_id, a.party_id)
  ) AS e
  WHERE is_closed
  ORDER BY proposal_id, party_id, day DESC, array_position({_ENDINGS}, how), by COLLATE "C"
),
unit AS MATERIALIZED (
  SELECT tabled.id AS proposal_id, tabled.slug AS proposal, tabled.title, tabled.started, tabled.first_day, tabled.start_day,
    tabled.answer_due, tabled.answer_due_min, tabled.answer_due_max, process.slug AS process, asked.party_id, party.slug AS party, party.name, asked.points, beside.answers AS beside,
    found.address AS answer, found.stance, found.said_on, found.first_day AS answer_first_day, found.last_day AS answer_day, found.address IS NOT NULL AS is_answered,
    CASE WHEN found.address IS NULL THEN ending.day END AS ended_on,
    CASE WHEN found.address IS NULL THEN ending.how END AS ended_how,
    CASE WHEN found.address IS NULL THEN ending.by END AS ended_by,
    CASE WHEN waited.days < 0 THEN 0 ELSE waited.days END AS days,
    asked_on.day AS on_day
  FROM asked JOIN tabled ON tabled.id = asked.proposal_id JOIN process ON process.id = tabled.process_id
  JOIN party ON party.id = asked.party_id CROSS JOIN asked_on
  LEFT JOIN answer USING (proposal_id, party_id)
  LEFT JOIN beside USING (proposal_id, party_id)
  LEFT JOIN ending USING (proposal_id, party_id)
  -- An answer after the end of the observation is not counted; an event precedes an end on the same day.
  LEFT JOIN LATERAL (
    SELECT answer.* WHERE answer.last_day IS NULL OR ending.day IS NULL OR answer.last_day <= ending.day
  ) AS found ON true
  CROSS JOIN LATERAL (
    SELECT CASE WHEN found.address IS NULL THEN coalesce(ending.day, asked_on.day) ELSE found.last_day END - tabled.start_day AS days
  ) AS waited
)
"""


def units_of(proposals: str) -> str:
    """The common table expressions up to `unit`, for the proposals `p` that satisfy an SQL condition."""
    return _UNITS.replace(_PROPOSALS, proposals)


def derived(statement: str) -> str:
    """The same statement for the clocks."""
    return statement.replace(_ASKED_POINTS, _DERIVED_POINTS).replace(_CLOSINGS, _DERIVED_CLOSINGS)


_ASKED_ON = "SELECT json_build_object('on', day) FROM asked_on"

# $7: the number of days, $8: whether to add the units that ended unanswered.
UNANSWERED = build_statement(
    f"""{_UNITS},
result AS (
  SELECT coalesce(start_day, DATE '0001-01-01') || ' ' || proposal || ' ' || party AS place, proposal, title, process,
    party, name, started, first_day AS started_min, start_day AS started_max, days, answer_due, answer_due_min, answer_due_max, points, coalesce(beside, '[]') AS beside,
    ended_on, ended_how, ended_by
  FROM unit
  WHERE NOT is_answered AND ($8 OR ended_on IS NULL) AND ($7::int IS NULL OR days > $7::int)
)""",
    _ASKED_ON,
)

# $7: the parties (null = all), $8: the statuses (null = all).
RESPONSE_UNITS = build_statement(
    f"""{_UNITS},
observed AS (
  SELECT unit.*, CASE WHEN is_answered THEN 'answered' WHEN ended_on IS NULL THEN 'unanswered' ELSE 'ended' END AS status FROM unit
  WHERE $7::uuid[] IS NULL OR party_id = ANY ($7::uuid[])
),
result AS (
  SELECT coalesce(start_day, DATE '0001-01-01') || ' ' || proposal || ' ' || party AS place, proposal, title, process, party, name, started,
    first_day AS started_min, start_day AS started_max, status, days, answer, stance, said_on AS answered,
    nullif(answer_first_day, DATE '0001-01-01') AS answered_min, nullif(answer_day, DATE '9999-12-31') AS answered_max,
    coalesce(answer_day < start_day, false) AS is_early, ended_on, ended_how, ended_by
  FROM observed WHERE $8::text[] IS NULL OR status = ANY ($8::text[])
)""",
    _ASKED_ON,
)

#: The days after the tabling for which the share of units that are still unanswered is given.
DAYS = (1, 7, 30, 90)
#: The smallest number of units for which an interval is given, and the quantile of the normal distribution for 95 %.
SMALLEST, _Z = 10, 1.959963984540054


def _share_after(days: int) -> str:
    """Build SQL for the share that is unanswered after this number of days, with its interval (log–log transformation)."""
    is_known = "0 < share AND share < 1"
    exponent = f"{_Z} * sqrt(spread) / abs(ln(share))"
    reason = (
        f"CASE WHEN c.units IS NULL THEN 'no_units' WHEN c.longest < {days} AND c.lowest > 0 THEN 'not_observed' END"
    )
    return f"""(
    SELECT json_build_object(
      'waiting', CASE WHEN reason IS NULL THEN round(share, 6) END,
      'low', CASE WHEN reason IS NULL AND c.units >= {SMALLEST} AND {is_known} THEN round(power(share, exp({exponent})), 6) END,
      'high', CASE WHEN reason IS NULL AND c.units >= {SMALLEST} AND {is_known} THEN round(power(share, exp(-({exponent}))), 6) END,
      'reason', reason)
    FROM (SELECT {reason} AS reason, coalesce(c.share_{days}, 1) AS share, coalesce(c.spread_{days}, 0) AS spread) AS s
  ) AS after_{days}"""


_UP_TO = ", ".join(
    f"min(share) FILTER (WHERE days <= {days}) AS share_{days}, max(spread) FILTER (WHERE days <= {days}) AS spread_{days}"
    for days in DAYS
)
_CURVE = ", ".join(f"share_{days}, spread_{days}" for days in DAYS)

# $7: the parties (null = all). `whose` is a party, or empty for all parties together. Kaplan and Meier's estimator
# multiplies, over the days with an answer, the shares that remained unanswered. `spread` is the sum of Greenwood's
# formula for the variance.
TIMES = build_statement(
    f"""{_UNITS},
observed AS MATERIALIZED (
  SELECT each.whose, unit.* FROM unit CROSS JOIN LATERAL (VALUES (''), (unit.party)) AS each(whose)
  WHERE $7::uuid[] IS NULL OR unit.party_id = ANY ($7::uuid[])
),
step AS (
  SELECT whose, days, count(*) FILTER (WHERE is_answered) AS events,
    sum(count(*)) OVER (PARTITION BY whose ORDER BY days DESC) AS at_risk
  FROM observed WHERE days IS NOT NULL GROUP BY whose, days
),
curve AS MATERIALIZED (
  SELECT whose, days, CASE WHEN bool_or(events = at_risk) OVER until THEN 0 ELSE
      round(exp(sum(CASE WHEN events < at_risk THEN ln(1 - events / at_risk) ELSE 0 END) OVER until), 12) END AS share,
    sum(CASE WHEN events < at_risk THEN events / (at_risk * (at_risk - events)) ELSE 0 END) OVER until AS spread
  FROM step WINDOW until AS (PARTITION BY whose ORDER BY days)
),
curved AS (
  -- The share never rises and the spread never falls, so those after a number of days are the extremes up to this day.
  SELECT whose, max(days) AS longest, min(share) AS lowest, min(days) FILTER (WHERE share <= 0.5) AS median,
    {_UP_TO}
  FROM curve GROUP BY whose
),
counted AS (
  SELECT whose, count(days) AS units, count(days) FILTER (WHERE is_answered) AS answered,
    count(days) FILTER (WHERE NOT is_answered) AS censored, count(*) - count(days) AS undated,
    array_agg(DISTINCT answer ORDER BY answer) FILTER (WHERE is_answered AND days IS NOT NULL) AS answers,
    array_agg(DISTINCT answer ORDER BY answer) FILTER (WHERE answer_day < start_day) AS early,
    array_agg(proposal || '/' || party ORDER BY proposal, party) FILTER (WHERE NOT is_answered) AS unanswered,
    array_agg(proposal || '/' || party ORDER BY proposal, party) FILTER (WHERE days IS NULL) AS without_day
  FROM observed GROUP BY whose
),
other AS (
  SELECT each.whose, array_agg(DISTINCT v.address ORDER BY v.address) AS addresses
  FROM voice v CROSS JOIN asked_on JOIN party ON party.id = v.party_id
  CROSS JOIN LATERAL (VALUES (''), (party.slug)) AS each(whose)
  WHERE v.party_id = v.speaker_id AND v.stance NOT IN {_NO_ANSWERS}
    AND coalesce(v.last_day, parley_today()) <= asked_on.day AND ($7::uuid[] IS NULL OR v.party_id = ANY ($7::uuid[]))
    AND (v.is_partial OR NOT v.is_read OR NOT EXISTS (SELECT FROM asked a WHERE a.proposal_id = v.proposal_id AND a.party_id = v.party_id))
  GROUP BY each.whose
),
result AS (
  SELECT n.whose AS place, nullif(n.whose, '') AS party, (SELECT name FROM party WHERE slug = n.whose) AS name,
    coalesce(c.units, 0) AS units, coalesce(c.answered, 0) AS answered, coalesce(c.censored, 0) AS censored,
    coalesce(c.undated, 0) AS undated, c.median,
    CASE WHEN c.units IS NULL THEN 'no_units' WHEN c.median IS NULL THEN 'not_reached' END AS median_reason,
    {", ".join(map(_share_after, DAYS))},
    coalesce(c.answers, '{{}}') AS answers, coalesce(c.early, '{{}}') AS early, coalesce(c.unanswered, '{{}}') AS unanswered,
    coalesce(c.without_day, '{{}}') AS without_day, coalesce(o.addresses, '{{}}') AS not_counted
  FROM (SELECT whose FROM counted UNION SELECT whose FROM other UNION SELECT '') AS n
  LEFT JOIN (SELECT counted.whose, nullif(units, 0) AS units, answered, censored, undated, answers, early, unanswered, without_day,
    longest, lowest, median, {_CURVE} FROM counted LEFT JOIN curved USING (whose)) AS c USING (whose)
  LEFT JOIN other o USING (whose)
)""",
    _ASKED_ON,
)
