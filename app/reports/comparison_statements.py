"""The statements of the comparison of texts: the texts with their points, and the links between these points."""

#: The proposal of an account.
PROPOSAL_OF_ACCOUNT = "SELECT p.slug FROM account AS a JOIN proposal AS p ON p.id = a.proposal_id WHERE a.slug = $1"

#: The proposal or account whose slug is most similar to $1.
NEAREST_TEXT = """
SELECT slug FROM (SELECT slug FROM account UNION SELECT slug FROM proposal WHERE withdrawn_at IS NULL) AS text
WHERE slug % $1 ORDER BY similarity(slug, $1) DESC, slug COLLATE "C" LIMIT 1
"""

#: The texts with their points. $1: proposals, $2: accounts (null = the reference account), $3: keys of parts (null = the whole
#: account), $4: the maximum number of points to read for each. A part includes the parts below it.
TEXTS = """
WITH RECURSIVE requested AS (
  SELECT number::int AS number, proposal, account, part
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS requested(proposal, account, part, number)
),
text AS MATERIALIZED (
  SELECT r.number, r.part AS part_key, p.id AS proposal_id, p.slug AS proposal, p.title, p.languages AS proposal_languages,
    coalesce(p.tabled_on, p.document_date) AS "on",
    nullif(coalesce(p.tabled_on_min, p.document_date_min), DATE '0001-01-01')::text AS on_min,
    nullif(coalesce(p.tabled_on_max, p.document_date_max), DATE '9999-12-31')::text AS on_max,
    a.id AS account_id, a.slug AS account, a.kind, a.is_complete, a.points_reported, a.brackets, a.options, a.languages,
    part.id AS part_id, part.title AS part_title, part.points_reported AS part_points_reported
  FROM requested AS r JOIN proposal AS p ON p.slug = r.proposal
  LEFT JOIN account AS a ON a.proposal_id = p.id AND CASE WHEN r.account IS NULL THEN a.is_reference ELSE a.slug = r.account END
  LEFT JOIN part ON part.account_id = a.id AND part.key = r.part
),
inside AS (
  SELECT number, part_id AS id FROM text WHERE part_id IS NOT NULL
  UNION SELECT inside.number, part.id FROM inside JOIN part ON part.parent_id = inside.id
)
SELECT head.revision, head.at, text.number, text.part_key, text.proposal, text.title, text."on", text.on_min, text.on_max, text.account,
  text.kind, text.is_complete, text.part_id IS NOT NULL AS has_part, text.part_title, text.brackets, text.options,
  CASE WHEN text.part_key IS NULL THEN text.points_reported ELSE text.part_points_reported END AS points_reported,
  CASE WHEN cardinality(text.languages) > 0 THEN text.languages ELSE text.proposal_languages END AS languages,
  ARRAY(SELECT part.key FROM part WHERE part.account_id = text.account_id ORDER BY part.position, part.id) AS parts,
  (SELECT count(*) FROM part WHERE part.account_id = text.account_id AND part.kind = 'option'
    AND (text.part_key IS NULL OR part.id IN (SELECT id FROM inside WHERE inside.number = text.number))) AS option_parts,
  ARRAY(
    SELECT target.slug FROM proposal_relation AS relation JOIN proposal AS target ON target.id = relation.target_id
    WHERE relation.proposal_id = text.proposal_id AND relation.kind IN ('supersedes', 'responds_to', 'translation_of')
  ) AS follows,
  (
    SELECT coalesce(json_agg(point ORDER BY point.position, point.id), '[]')::text FROM (
      SELECT d.position, d.id, d.slug, d.number, d.text, d.act, d.text_status, d.quantities, d.timing,
        (SELECT issue.code FROM demand_issue AS i JOIN issue ON issue.id = i.issue_id WHERE i.demand_id = d.id AND i.is_primary) AS issue
      FROM demand AS d
      WHERE d.account_id = text.account_id AND d.withdrawn_at IS NULL
        AND (text.part_key IS NULL OR d.part_id IN (SELECT id FROM inside WHERE inside.number = text.number))
      ORDER BY d.position, d.id LIMIT $4::bigint
    ) AS point
  ) AS points
FROM head CROSS JOIN text ORDER BY text.number
"""

#: The links between the points with the slugs $1.
LINKS = """
SELECT origin.slug AS origin, link.kind, target.slug AS target, link.note
FROM demand AS origin JOIN demand_link AS link ON link.demand_id = origin.id JOIN demand AS target ON target.id = link.target_id
WHERE origin.slug = ANY ($1::text[]) AND target.slug = ANY ($1::text[])
ORDER BY origin.slug COLLATE "C", link.kind, target.slug COLLATE "C"
"""
