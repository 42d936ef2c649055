"""The statements about sittings: who stayed, joined and left, how long parties did not meet, who sat together."""

from app.reports.statement import BELOW, build_statement, in_processes

# $3: the processes, $4: the day of the report (null = today), $5: whether announced members count.
# A sitting is a top-level talk that took place. Of uncertain days, the first possible one begins a sitting and the last
# possible one ends it.
_SITTINGS = f"""
{BELOW},
asked_on AS (SELECT coalesce($4::date, parley_today()) AS day),
sitting AS MATERIALIZED (
  SELECT t.id, t.slug, t.process_id, t.kind, t.ordinal, t.start, t.start_min, t.start_max,
    least(greatest(coalesce(t.end_max, t.start_max), t.start_max), asked_on.day) AS end_day
  FROM talk t, asked_on
  WHERE t.parent_id IS NULL AND t.withdrawn_at IS NULL AND t.start IS NOT NULL AND t.start_max <= asked_on.day
    AND coalesce(t.status, 'held') NOT IN ('announced', 'postponed', 'cancelled') AND {in_processes("t.process_id")}
),
seat AS MATERIALIZED (
  SELECT d.id AS delegation_id, d.talk_id, d.party_id, d.is_seated, d.roles, d.size, s.process_id, s.start_min
  FROM delegation d JOIN sitting s ON s.id = d.talk_id WHERE d.withdrawn_at IS NULL
),
-- Of one delegation at a time: materialized, all members would be read for each pair of sittings.
member AS NOT MATERIALIZED (
  SELECT m.delegation_id, m.person_id, person.slug AS person, m.post, m.function, m.function = 'expert' AS is_expert, m.presence = 'implied' AS is_implied,
    m.confidence = 'low' AS is_uncertain
  FROM delegation_member m JOIN person ON person.id = m.person_id
  WHERE m.presence IS NULL OR m.presence IN ('present', 'implied') OR $5 AND m.presence = 'announced'
)
"""
_ASKED_ON = "SELECT json_build_object('on', day) FROM asked_on"

# $6: the kind of the talks, `all`, or null for each kind apart; $7: the parties that must all be
# seated (null = any); $8: the talks (null = all).
# u1 and u2 are the numbers of members without a name. A reported size may or may not include the experts. They are not
# counted towards it, so that no list is taken for complete that may not be. At most least(...) of the unnamed members can be people whom
# the other list names.
CONTINUITY = build_statement(
    f"""{_SITTINGS},
taken AS (
  SELECT seat.delegation_id, seat.talk_id, seat.party_id, seat.size, s.slug, s.process_id, s.start, s.start_min, s.start_max, s.end_day,
    CASE WHEN $6::text = 'all' THEN 'all' ELSE s.kind END AS series, lag(s.id) OVER own AS earlier_id, row_number() OVER own AS number
  FROM sitting s JOIN seat ON seat.talk_id = s.id AND seat.is_seated
  WHERE ($6::text = 'all' OR s.kind = coalesce($6::text, s.kind))
    AND ($8::uuid[] IS NULL OR s.id = ANY ($8::uuid[]))
    AND ($7::uuid[] IS NULL OR seat.party_id = ANY ($7::uuid[]) AND cardinality($7::uuid[]) = (
      SELECT count(DISTINCT o.party_id) FROM seat o WHERE o.talk_id = s.id AND o.is_seated AND o.party_id = ANY ($7::uuid[])))
  WINDOW own AS (
    PARTITION BY s.process_id, seat.party_id, CASE WHEN $6::text = 'all' THEN 'all' ELSE s.kind END
    ORDER BY s.start_min, s.start_max, s.ordinal, s.slug COLLATE "C")
),
pair AS (
  SELECT l.*, e.delegation_id AS before_id, e.slug AS before, e.start AS before_start, e.start_min AS before_min,
    e.start_max AS before_max, e.size AS before_size, greatest(0, l.start_min - e.end_day) AS days
  FROM taken l JOIN taken e ON e.talk_id = l.earlier_id AND e.party_id = l.party_id
),
compared AS (
  SELECT pair.*, list.*, n1 - experts1 >= before_size AS is_complete_before, n2 - experts2 >= size AS is_complete_after,
    before_size - least(n1 - experts1, before_size) AS u1, size - least(n2 - experts2, size) AS u2
  FROM pair CROSS JOIN LATERAL (
    SELECT count(e.person) AS n1, count(l.person) AS n2, count(e.person) FILTER (WHERE e.is_expert) AS experts1,
      count(l.person) FILTER (WHERE l.is_expert) AS experts2, count(e.person) FILTER (WHERE l.person IS NOT NULL) AS k,
      array_agg(e.person ORDER BY e.person) FILTER (WHERE e.person IS NOT NULL AND l.person IS NOT NULL) AS kept,
      array_agg(l.person ORDER BY l.person) FILTER (WHERE e.person IS NULL) AS joined,
      array_agg(e.person ORDER BY e.person) FILTER (WHERE l.person IS NULL) AS left_out,
      array_agg(coalesce(e.person, l.person) ORDER BY coalesce(e.person, l.person))
        FILTER (WHERE e.is_implied OR l.is_implied) AS implied,
      array_agg(coalesce(e.person, l.person) ORDER BY coalesce(e.person, l.person))
        FILTER (WHERE e.is_uncertain OR l.is_uncertain) AS uncertain,
      max(e.person) FILTER (WHERE e.function = 'head') AS head_before,
      max(l.person) FILTER (WHERE l.function = 'head') AS head_after,
      json_agg(json_build_object('person', e.person, 'before', e.post, 'after', l.post) ORDER BY e.person)
        FILTER (WHERE e.post <> l.post) AS posts
    FROM (SELECT * FROM member WHERE delegation_id = before_id) AS e
    FULL JOIN (SELECT * FROM member WHERE delegation_id = pair.delegation_id) AS l USING (person_id)
  ) AS list
),
bounded AS (
  SELECT *, n1 + u1 AS all_before, n2 + u2 AS all_after,
    k + least(n1 - k + u1, n2 - k + u2, u1 + u2) AS most
  FROM compared
),
result AS (
  SELECT b.start_min || ' ' || b.slug || ' ' || party.slug || ' ' || series AS place, process.slug AS process, series,
    party.slug AS party, party.name, before AS earlier, before_start AS earlier_start, before_min AS earlier_start_min,
    before_max AS earlier_start_max, b.slug AS later, b.start AS later_start, b.start_min AS later_start_min,
    b.start_max AS later_start_max, days,
    (SELECT slug FROM delegation WHERE id = b.before_id) AS earlier_delegation,
    (SELECT slug FROM delegation WHERE id = b.delegation_id) AS later_delegation, n1 - experts1 AS earlier_named, experts1 AS earlier_experts, before_size AS earlier_size, n2 - experts2 AS later_named,
    experts2 AS later_experts, size AS later_size,
    coalesce(kept, '{{}}') AS kept, coalesce(joined, '{{}}') AS joined, coalesce(is_complete_before, false) AS joined_is_certain,
    coalesce(left_out, '{{}}') AS left, coalesce(is_complete_after, false) AS left_is_certain, coalesce(implied, '{{}}') AS implied,
    coalesce(uncertain, '{{}}') AS uncertain,
    head_before AS earlier_head, head_after AS later_head, head_before <> head_after AS is_head_changed,
    coalesce(posts, '[]') AS posts, coalesce((
      -- Who last had the post of a member that joined, and is not at the later talk. No claim is made if the member had this post
      -- at an earlier talk of the series, or at any talk not after the one at which the other person last had it, or if several
      -- people had it there, or if the other person has it again at a later talk.
      SELECT json_agg(json_build_object('left', former.person, 'at', former.slug, 'joined', l.person, 'post', l.post,
        'basis', 'computed') ORDER BY l.person)
      FROM member l CROSS JOIN LATERAL (
        SELECT e.person, e.person_id, past.slug, past.start_min, count(*) OVER (PARTITION BY past.number) AS holders FROM taken past JOIN member e ON e.delegation_id = past.delegation_id
        WHERE (past.process_id, past.series, past.party_id) = (b.process_id, b.series, b.party_id) AND past.number < b.number
          AND e.post = l.post
        ORDER BY past.number DESC, e.person LIMIT 1
      ) AS former
      WHERE l.delegation_id = b.delegation_id AND l.person = ANY (b.joined) AND former.holders = 1 AND NOT EXISTS (
        SELECT FROM seat JOIN delegation_member m USING (delegation_id)
        WHERE seat.talk_id = b.talk_id AND m.person_id = former.person_id
      ) AND NOT EXISTS (
        SELECT FROM seat JOIN delegation_member m USING (delegation_id)
        WHERE seat.party_id = b.party_id AND seat.process_id = b.process_id AND m.person_id = former.person_id AND m.post = l.post
          AND seat.start_min >= b.start_min
      ) AND NOT EXISTS (
        SELECT FROM seat JOIN delegation_member m USING (delegation_id)
        WHERE seat.party_id = b.party_id AND seat.process_id = b.process_id AND m.person_id = l.person_id AND m.post = l.post AND (
          seat.start_min <= former.start_min OR seat.talk_id IN (SELECT past.talk_id FROM taken past
            WHERE (past.series, past.party_id) = (b.series, b.party_id) AND past.number < b.number))
      )
    ), '[]') AS replaced,
    CASE WHEN u1 + u2 = 0 THEN round(k / nullif(all_before + all_after - k, 0)::numeric, 6) END AS jaccard,
    round(k / nullif(all_before + all_after - k, 0)::numeric, 6) AS jaccard_low,
    round(most / nullif(all_before + all_after - most, 0)::numeric, 6) AS jaccard_high,
    CASE WHEN u1 + u2 IS NULL THEN 'size_unknown' WHEN all_before + all_after = 0 THEN 'nobody_named'
      WHEN u1 + u2 > 0 THEN 'incomplete' END AS jaccard_reason
  FROM bounded b JOIN party ON party.id = b.party_id JOIN process ON process.id = b.process_id
)""",
    _ASKED_ON,
)

# Who sat together: both at the sitting as a whole, or both at the same part of it, at any level of nesting. Those who
# were only at different parts,
# or one at the sitting and the other at a part, did not meet there.
_ROOTS = """
root AS (
  SELECT id AS talk_id, id AS root_id FROM sitting
  UNION SELECT t.id, root.root_id FROM talk t JOIN root ON t.parent_id = root.talk_id
  WHERE t.withdrawn_at IS NULL AND coalesce(t.status, 'held') NOT IN ('announced', 'postponed', 'cancelled')
)"""
# A party whose team is not reported sat there if it mediated.
_PARTIES_AT_TALKS = """
    SELECT d.talk_id, party.id, party.slug, party.name FROM delegation d JOIN party ON party.id = d.party_id
    WHERE d.withdrawn_at IS NULL AND $5 IS NOT NULL AND (d.is_seated OR d.roles && '{mediator,facilitator}'::text[])
"""
_PEOPLE_AT_TALKS = """
    SELECT d.talk_id, person.id, person.slug, person.name FROM delegation d JOIN delegation_member m ON m.delegation_id = d.id
    JOIN person ON person.id = m.person_id
    WHERE d.withdrawn_at IS NULL AND (m.presence IS NULL OR m.presence IN ('present', 'implied') OR $5 AND m.presence = 'announced')
"""


def _together(who: str) -> str:
    """Build the common table expressions `present` (who was at which part of a sitting) and `pair` (who sat together at a sitting),
    for the people or the parties `who`, a query with talk_id, id, slug and name."""
    return f"""{_SITTINGS},{_ROOTS},
present AS MATERIALIZED (
  SELECT DISTINCT root.root_id, root.talk_id, found.id, found.slug, found.name FROM root JOIN ({who}) AS found USING (talk_id)
),
pair AS MATERIALIZED (
  SELECT DISTINCT a.root_id, a.id AS one, b.id AS other, a.slug, a.name, b.slug AS other_slug, b.name AS other_name
  FROM present a JOIN present b ON b.talk_id = a.talk_id AND a.slug COLLATE "C" < b.slug COLLATE "C"
)
"""


# A silence ends with a sitting that begins after all earlier sittings of the two parties have ended.
SILENCES = build_statement(
    f"""{_together(_PARTIES_AT_TALKS)},
met AS (
  SELECT s.*, pair.one, pair.other, max(s.end_day) OVER before AS last_end
  FROM pair JOIN sitting s ON s.id = pair.root_id
  WHERE ($6::uuid[] IS NULL OR pair.one = ANY ($6::uuid[]) OR pair.other = ANY ($6::uuid[]))
  WINDOW own AS (PARTITION BY pair.one, pair.other ORDER BY s.start_min, s.start_max, s.slug COLLATE "C"),
    before AS (own ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
gap AS (
  SELECT met.*, CASE WHEN last_end IS NOT NULL THEN greatest(0, start_min - last_end) END AS days, (
      SELECT e.slug FROM met e WHERE e.one = met.one AND e.other = met.other AND e.end_day = met.last_end
        AND (e.start_min, e.slug) < (met.start_min, met.slug) ORDER BY e.start_min DESC, e.slug DESC LIMIT 1
    ) AS after_talk
  FROM met
),
summed AS (
  SELECT one, other, count(*) AS sittings, max(end_day) AS last_day, max(days) AS longest,
    array_agg(slug ORDER BY start_min, start_max, slug COLLATE "C") AS talks,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median
  FROM gap GROUP BY one, other
),
result AS (
  SELECT to_char(99999999 - coalesce(longest, -1), 'FM000000000') || ' ' || p.slug || ' ' || q.slug AS place, p.slug AS party, p.name, q.slug AS other, q.name AS other_name, sittings,
    longest AS longest_days, g.after_talk AS silent_from, g.last_end AS silent_from_day, g.slug AS silent_to,
    g.start_min AS silent_to_day, median AS median_days, last_day,
    greatest(least(asked_on.day, (
      SELECT max(coalesce(x.ended_max, asked_on.day)) FROM process x WHERE x.id IN (SELECT process_id FROM sitting)
    )) - last_day, 0) AS since_last, talks
  FROM summed s CROSS JOIN asked_on JOIN party p ON p.id = s.one JOIN party q ON q.id = s.other
  LEFT JOIN LATERAL (
    SELECT * FROM gap WHERE gap.one = s.one AND gap.other = s.other AND gap.days = s.longest ORDER BY start_min LIMIT 1
  ) AS g ON true
)""",
    _ASKED_ON,
)


def _presence(who: str) -> str:
    """Build the statement of who sat together: `who` is a query of people or parties, as for `_together`."""
    return build_statement(
        f"""{_together(who)},
total AS (SELECT slug, count(DISTINCT root_id) AS sittings FROM present GROUP BY slug),
together AS (
  SELECT pair.slug, pair.name, pair.other_slug AS other, pair.other_name, count(*) AS sittings,
    array_agg(s.slug ORDER BY s.start_min, s.slug COLLATE "C") AS talks
  FROM pair JOIN sitting s ON s.id = pair.root_id GROUP BY pair.slug, pair.name, pair.other_slug, pair.other_name
),
result AS (
  SELECT t.slug || ' ' || t.other AS place, t.slug AS one, t.name, t.other, t.other_name, t.sittings AS together,
    o.sittings AS one_sittings, p.sittings AS other_sittings,
    round(t.sittings / (o.sittings + p.sittings - t.sittings)::numeric, 6) AS jaccard, t.talks
  FROM together t JOIN total o ON o.slug = t.slug JOIN total p ON p.slug = t.other
)""",
        _ASKED_ON,
    )


CO_PRESENCE = {"people": _presence(_PEOPLE_AT_TALKS), "parties": _presence(_PARTIES_AT_TALKS)}

# $6: the parties (null = any), $7 and $8: the first and last days of the periods in each of which a person must have been there.
# A person was at a sitting if listed for it or for a part of it, at any level of nesting.
PARTICIPANTS = build_statement(
    f"""{_SITTINGS},{_ROOTS},
listed AS MATERIALIZED (
  SELECT d.party_id, m.person_id, m.presence, root.root_id, s.start_min, s.end_day, json_build_object('talk', t.slug, 'start', t.start, 'start_min', t.start_min,
      'start_max', t.start_max, 'post', m.post, 'function', m.function, 'presence', m.presence,
      'confidence', m.confidence, 'note', m.note) AS body, m.post,
    row_number() OVER (ORDER BY s.start_min, s.start_max, s.slug COLLATE "C", t.id <> s.id, t.start_min, t.slug COLLATE "C", m.position, m.id) AS number
  FROM root JOIN sitting s ON s.id = root.root_id JOIN talk t ON t.id = root.talk_id JOIN delegation d ON d.talk_id = root.talk_id
  JOIN delegation_member m ON m.delegation_id = d.id
  WHERE d.withdrawn_at IS NULL AND ($6::uuid[] IS NULL OR d.party_id = ANY ($6::uuid[]))
    AND (m.presence IS NULL OR m.presence IN ('present', 'implied', 'announced'))
),
appearance AS MATERIALIZED (SELECT * FROM listed WHERE $5 OR presence IS DISTINCT FROM 'announced'),
participant AS (
  SELECT party_id, person_id, count(DISTINCT root_id) AS sittings, min(start_min) AS first_day, max(end_day) AS last_day,
    json_agg(body ORDER BY number) AS appearances
  FROM appearance a GROUP BY party_id, person_id
  HAVING NOT EXISTS (
    SELECT FROM unnest($7::date[], $8::date[]) AS period(first_day, last_day) WHERE NOT EXISTS (
      SELECT FROM appearance o WHERE (o.party_id, o.person_id) = (a.party_id, a.person_id)
        AND o.start_min <= period.last_day AND o.end_day >= period.first_day))
),
result AS (
  SELECT party.slug || ' ' || person.slug AS place, person.slug AS person, person.name, party.slug AS party, party.name AS party_name, sittings,
    p.first_day, p.last_day,
    ARRAY(SELECT o.post FROM appearance o WHERE (o.party_id, o.person_id) = (p.party_id, p.person_id) AND o.post IS NOT NULL
      GROUP BY o.post ORDER BY min(o.number)) AS posts, appearances
  FROM participant p JOIN party ON party.id = p.party_id JOIN person ON person.id = p.person_id
)""",
    """SELECT json_build_object('on', day, 'announced_only', (
    SELECT count(*) FROM (SELECT FROM listed GROUP BY party_id, person_id HAVING bool_and(presence IS NOT DISTINCT FROM 'announced')) AS one
  )) FROM asked_on""",
)
