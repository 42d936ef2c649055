"""The statement of the lineage of a demand: all demands that links connect with it, and the agreements that adopt them."""

from app.reports.statement import build_statement
from app.reports.taken_up_statements import TAKEN_UP

# $3: the slug of the demand, $4: the kinds of links, $5: the review statuses. Links are followed in both directions.
LINEAGE = build_statement(
    f"""
link AS NOT MATERIALIZED (SELECT * FROM demand_link WHERE kind = ANY ($4::text[])),
reached AS (
  SELECT id FROM demand WHERE slug = $3::text
  UNION
  SELECT CASE WHEN link.demand_id = reached.id THEN link.target_id ELSE link.demand_id END
  FROM reached CROSS JOIN LATERAL (
    SELECT * FROM link WHERE link.demand_id = reached.id UNION ALL SELECT * FROM link WHERE link.target_id = reached.id
  ) AS link
  JOIN demand d ON d.id = link.demand_id AND d.withdrawn_at IS NULL JOIN demand t ON t.id = link.target_id AND t.withdrawn_at IS NULL
  WHERE $5::text[] IS NULL OR d.review = ANY ($5::text[]) AND t.review = ANY ($5::text[])
),
node AS MATERIALIZED (
  SELECT d.id, d.slug, d.number, d.text, d.sort_on, p.id AS proposal_id, p.slug AS proposal, p.title, a.slug AS account, d.is_reference,
    coalesce(p.tabled_on_min, p.document_date_min) AS first_day,
    ARRAY(SELECT party.slug FROM demand_party c JOIN party ON party.id = c.party_id WHERE c.demand_id = d.id AND c.role = 'claimant'
      ORDER BY c.position) AS claimants
  FROM reached JOIN demand d USING (id) JOIN proposal p ON p.id = d.proposal_id JOIN account a ON a.id = d.account_id
),
named AS (
  SELECT node.id, 'adopted_by' AS kind, x.agreement_id, NULL AS note FROM node JOIN agreement_proposal x USING (proposal_id)
  WHERE node.is_reference
  UNION
  SELECT node.id, 'taken_up_by', outcome.agreement_id, min(outcome.note) FROM node JOIN ({TAKEN_UP}) AS outcome
    ON outcome.demand_id = node.id GROUP BY node.id, outcome.agreement_id
),
adopted AS MATERIALIZED (
  SELECT named.id, named.kind, named.note, a.slug, a.title, a.agreed_on_min AS first_day,
    ARRAY(SELECT party.slug FROM agreement_party x JOIN party ON party.id = x.party_id WHERE x.agreement_id = a.id ORDER BY x.position)
      AS parties
  FROM named JOIN agreement a ON a.id = named.agreement_id
  WHERE a.withdrawn_at IS NULL AND ($5::text[] IS NULL OR a.review = ANY ($5::text[]))
),
result AS (
  SELECT 'demands/' || d.slug || ' ' || link.kind || ' demands/' || t.slug AS place, 'demands/' || d.slug AS origin, link.kind,
    'demands/' || t.slug AS target, link.note, d.proposal AS origin_proposal, t.proposal AS target_proposal, d.first_day AS origin_day,
    t.first_day AS target_day
  FROM link JOIN node d ON d.id = link.demand_id JOIN node t ON t.id = link.target_id
  UNION ALL
  SELECT 'demands/' || d.slug || ' ' || a.kind || ' agreements/' || a.slug, 'demands/' || d.slug, a.kind, 'agreements/' || a.slug, a.note,
    d.proposal, NULL, d.first_day, a.first_day
  FROM adopted a JOIN node d USING (id)
)""",
    """SELECT json_build_object('nodes', coalesce(json_agg(n.body ORDER BY n.first_day NULLS LAST, n.record COLLATE "C"), '[]')) FROM (
  SELECT first_day, 'demands/' || slug AS record, json_build_object('record', 'demands/' || slug, 'number', number, 'text', text, 'day', first_day,
    'parties', claimants, 'proposal', proposal, 'account', account, 'is_reference', is_reference) AS body FROM node
  UNION ALL
  SELECT DISTINCT ON (slug) first_day, 'agreements/' || slug, json_build_object('record', 'agreements/' || slug, 'number', NULL, 'text', title,
    'day', first_day, 'parties', parties, 'proposal', NULL, 'account', NULL, 'is_reference', NULL) FROM adopted
) AS n""",
)
