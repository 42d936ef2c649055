"""Points that have the same answers, or the same closings, on every day, by the rules in app/guides/state-rules.md.

At the clocks, both are derived by the rules when they are read. They are derived once for the points that are alike, because a text has
many points and most answers are to a whole text.
"""

#: Common table expression `alike`: for each row of `point` (id, proposal_id, account_id, part_id, sort_on, act), the first points with
#: the same answers and with the same closings. Two points have the same answers if they are in the same text, have the same
#: claimants and addressees, and no answer is to one of them alone; their part matters only if there is an answer to a part.
#: They have the same closings if no link closes one of them alone.
ALIKE = """
answered AS MATERIALIZED (
  SELECT demand_id FROM response WHERE demand_id = ANY (ARRAY(SELECT id FROM point))
  UNION SELECT demand_id FROM response_scope_demand WHERE demand_id = ANY (ARRAY(SELECT id FROM point))
),
in_parts AS MATERIALIZED (
  SELECT DISTINCT proposal_id FROM response
  WHERE part_id IS NOT NULL AND proposal_id = ANY (ARRAY(SELECT DISTINCT proposal_id FROM point))
),
linked AS MATERIALIZED (
  SELECT DISTINCT target_id FROM demand_link
  WHERE kind IN ('settles', 'withdraws', 'strikes_out') AND target_id = ANY (ARRAY(SELECT id FROM point))
),
-- Subqueries in CASE are hashed. Joins would be nested loops, because the planner expects one row of the views at the clocks.
distinguished AS MATERIALIZED (
  SELECT point.*, act IN ('not_demanded', 'step') AS is_stateless, ARRAY(
      SELECT p.role || p.party_id FROM demand_party AS p
      WHERE p.demand_id = point.id AND p.role IN ('claimant', 'addressee') ORDER BY p.role, p.party_id
    ) AS parties,
    CASE WHEN id IN (SELECT demand_id FROM answered) THEN id END AS answered_alone,
    CASE WHEN id IN (SELECT target_id FROM linked) THEN id END AS closed_alone,
    CASE WHEN proposal_id IN (SELECT proposal_id FROM in_parts) THEN part_id END AS answered_part
  FROM point
),
alike AS MATERIALIZED (
  SELECT distinguished.*,
    first_value(id) OVER (
      PARTITION BY proposal_id, account_id, sort_on, is_stateless, parties, answered_alone, answered_part ORDER BY id
    ) AS answered_as,
    first_value(id) OVER (PARTITION BY proposal_id, closed_alone ORDER BY id) AS closed_as
  FROM distinguished
)
"""
