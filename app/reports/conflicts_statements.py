"""The statements about sources: the fields on which they disagree, and what became of the claims of each publisher."""

from functools import cache

from app.db.tables import RECORDS, table_of
from app.reports.statement import BELOW, build_statement, in_processes


def _arms() -> list[tuple[str, str, str, str]]:
    """For each collection: its name, its table, and SQL for the process and the day of its record `r`."""
    arms = []
    for collection, model in RECORDS.items():
        table = table_of(model)
        names = set(table.columns.keys())
        process, day = "NULL::uuid", "NULL::date"
        if "process_id" in names:
            process = "r.process_id"
        elif collection == "processes":
            process = "r.id"
        elif "talk_id" in names:
            process = "(SELECT t.process_id FROM talk t WHERE t.id = r.talk_id)"
            day = "(SELECT t.sort_on FROM talk t WHERE t.id = r.talk_id)"
        if "sort_on" in names:
            day = "r.sort_on"
        arms.append((collection, table.name, process, f"nullif({day}, DATE '0001-01-01')"))
    return arms


def _targets() -> str:
    """Build the query for the record of the entry `e`: its slug, process, day and columns.

    PostgreSQL runs only the branch of the record's own collection, by primary key."""
    return " UNION ALL ".join(
        f"SELECT r.slug, {process} AS process_id, {day} AS day, to_jsonb(r) AS body"
        f" FROM {table} r WHERE e.collection = '{collection}' AND r.id = e.id AND r.withdrawn_at IS NULL"
        for collection, table, process, day in _arms()
    )


def _records() -> str:
    """Build the query for all records of the processes: id, address and day."""
    return " UNION ALL ".join(
        f"SELECT r.id, '{collection}/' || r.slug AS record, {day} AS day FROM {table} r"
        f" WHERE r.withdrawn_at IS NULL AND {in_processes(process)}"
        for collection, table, process, day in _arms()
    )


# The value of the record itself: a column, the slug of a record that a column refers to, or a field of a member or an outcome.
_RESOLVED = """CASE
  WHEN body ? step[2] THEN body #> step[2:]
  WHEN step[3] IS NULL AND body ? (step[2] || '_id')
    THEN to_jsonb((SELECT x.slug FROM entry x WHERE x.id = (body ->> (step[2] || '_id'))::uuid))
  WHEN step[2] = 'members' THEN (
    SELECT to_jsonb(m) -> step[4] FROM delegation_member m JOIN person ON person.id = m.person_id
    WHERE m.delegation_id = target_id AND person.slug = step[3])
  WHEN step[2] = 'outcomes' THEN (SELECT to_jsonb(o) -> step[4] FROM talk_outcome o WHERE o.talk_id = target_id
    AND o.key = replace(replace(step[3], '~1', '/'), '~0', '~'))
END"""


@cache
def conflicts() -> str:
    """The statement of the conflicts. It is built when it is first used, when all tables are declared.

    $4: the kinds, $5: the publishers of a source with another value (null = any)."""
    return build_statement(f"""{BELOW},
field AS MATERIALIZED (
  SELECT DISTINCT c.target_id, c.field FROM citation c WHERE c.verdict = 'contradicts' AND c.withdrawn_at IS NULL
),
stated AS MATERIALIZED (
  SELECT f.target_id, f.field, c.key, c.verdict, c.asserted_value, c.note, s.id AS source_id, s.slug AS source, s.publisher,
    s.published, s.published_min, s.published_max, c.field IS NULL AND f.field IS NOT NULL AS is_whole
  FROM field f JOIN citation c ON c.target_id = f.target_id JOIN source s ON s.id = c.source_id
  WHERE c.withdrawn_at IS NULL AND s.withdrawn_at IS NULL AND (
    c.field IS NOT DISTINCT FROM f.field OR c.field IS NULL AND c.verdict = 'supports')
),
summed AS (
  SELECT target_id, field, count(DISTINCT source_id) FILTER (WHERE verdict = 'supports' AND NOT is_whole) AS supporting,
    count(DISTINCT source_id) FILTER (WHERE verdict = 'supports' AND is_whole) AS supporting_record,
    count(DISTINCT source_id) FILTER (WHERE verdict = 'contradicts') AS contradicting,
    count(DISTINCT source_id) FILTER (WHERE verdict = 'silent') AS silent,
    array_agg(DISTINCT note) FILTER (WHERE note IS NOT NULL AND NOT is_whole) AS notes,
    array_agg(DISTINCT publisher) FILTER (WHERE verdict = 'contradicts') AS publishers,
    jsonb_agg(jsonb_build_object('verdict', verdict, 'value', asserted_value, 'source', source, 'publisher', publisher,
      'published', published, 'published_min', nullif(published_min, DATE '0001-01-01'), 'published_max',
      nullif(published_max, DATE '9999-12-31'), 'citation', key) ORDER BY verdict, published_min NULLS LAST, source, key) FILTER (WHERE NOT is_whole) AS "values"
  FROM stated GROUP BY target_id, field
),
found AS (
  SELECT 'field' AS kind, e.collection || '/' || t.slug AS record, s.field, NULL AS other, t.process_id,
    s.target_id, t.body, string_to_array(s.field, '/') AS step, s."values", s.supporting, s.supporting_record, s.contradicting, s.silent,
    s.notes, s.publishers
  FROM summed s JOIN entry e ON e.id = s.target_id CROSS JOIN LATERAL ({_targets()}) AS t
  UNION ALL
  SELECT 'telling', 'demands/' || d.slug, '/text', 'demands/' || o.slug, d.process_id, d.id, to_jsonb(d), ARRAY['', 'text'],
    jsonb_build_array(
      jsonb_build_object('verdict', 'supports', 'value', d.text, 'source', NULL, 'publisher', NULL, 'published', NULL,
        'published_min', NULL, 'published_max', NULL, 'citation', NULL),
      jsonb_build_object('verdict', 'contradicts', 'value', o.text, 'source', NULL, 'publisher', NULL, 'published', NULL,
        'published_min', NULL, 'published_max', NULL, 'citation', NULL)),
    (SELECT count(DISTINCT c.source_id) FROM citation c WHERE c.target_id = d.id AND c.verdict = 'supports' AND c.withdrawn_at IS NULL), 0,
    (SELECT count(DISTINCT c.source_id) FROM citation c WHERE c.target_id = o.id AND c.verdict = 'supports' AND c.withdrawn_at IS NULL), 0,
    array_remove(ARRAY[l.note], NULL), NULL::text[]
  FROM demand_link l JOIN demand d ON d.id = l.demand_id JOIN demand o ON o.id = l.target_id
  WHERE l.kind = 'contradicts' AND d.proposal_id = o.proposal_id AND d.account_id <> o.account_id
    AND d.withdrawn_at IS NULL AND o.withdrawn_at IS NULL
),
result AS (
  SELECT record || ' ' || coalesce(field, '') || ' ' || kind || ' ' || coalesce(other, '') AS place, kind, record, field, other,
    (SELECT slug FROM process WHERE id = found.process_id) AS process, {_RESOLVED} AS resolved, "values", supporting, supporting_record,
    contradicting, silent, coalesce(notes, '{{}}') AS why
  FROM found WHERE {in_processes("found.process_id")} AND ($4::text[] IS NULL OR kind = ANY ($4::text[]))
    AND ($5::text[] IS NULL OR publishers && $5::text[])
)""")


#: Who makes a claim: the SQL of the name and of the reference, for each value of `by`.
BY = {
    "publisher": "SELECT s.publisher AS who WHERE s.publisher IS NOT NULL",
    "source": "SELECT 'sources/' || s.slug AS who",
    "attribution": """SELECT DISTINCT coalesce((SELECT 'parties/' || slug FROM party WHERE id = a.party_id),
      (SELECT 'people/' || slug FROM person WHERE id = a.person_id), (SELECT 'sources/' || slug FROM source x WHERE x.id = a.source_id),
      a.text) AS who FROM attribution a WHERE a.citation_id = c.id""",
}


@cache
def track_records(by: str) -> str:
    """The statement of the track records by publisher, source or attribution."""
    return build_statement(f"""{BELOW},
target AS MATERIALIZED ({_records()}),
claim AS MATERIALIZED (
  SELECT DISTINCT w.who, c.id, c.target_id, c.field, c.verdict, c.asserted_value, c.key, t.record, s.slug AS source,
    s.published_min AS first, s.published_max AS last, s.published_min - t.day AS days
  FROM target t JOIN citation c ON c.target_id = t.id JOIN source s ON s.id = c.source_id AND s.withdrawn_at IS NULL
  CROSS JOIN LATERAL ({BY[by]}) AS w
  WHERE c.withdrawn_at IS NULL AND c.verdict IN ('supports', 'contradicts')
),
later AS (
  SELECT a.who, a.id, bool_or(a.verdict = b.verdict AND (a.verdict = 'supports' OR a.field IS NOT DISTINCT FROM b.field
      AND a.asserted_value = b.asserted_value)) AS is_supported,
    bool_or((a.verdict <> b.verdict OR a.verdict = 'contradicts' AND a.field = b.field
      AND a.asserted_value <> b.asserted_value) AND (a.field IS NULL) = (b.field IS NULL)) AS is_contradicted,
    bool_or(a.verdict <> b.verdict AND (a.field IS NULL) <> (b.field IS NULL)) AS is_disputed
  FROM claim a JOIN claim b ON b.target_id = a.target_id AND b.who <> a.who AND b.first > a.last AND (a.field IS NULL OR b.field IS NULL
    OR a.field = b.field OR starts_with(a.field, b.field || '/') OR starts_with(b.field, a.field || '/'))
  GROUP BY a.who, a.id
),
backed AS (
  SELECT who, target_id, count(*) OVER (PARTITION BY target_id) AS backers FROM claim WHERE verdict = 'supports' GROUP BY who, target_id
),
sole AS (
  SELECT who, count(*) AS records, count(*) FILTER (WHERE backers = 1) AS alone FROM backed GROUP BY who
),
counted AS (
  SELECT c.who, count(*) AS claims, count(*) FILTER (WHERE c.verdict = 'contradicts') AS contradicting, count(DISTINCT c.source) AS sources,
    count(*) FILTER (WHERE c.first IS NULL) AS undated, count(*) FILTER (WHERE l.is_supported) AS supported,
    count(*) FILTER (WHERE l.is_contradicted) AS contradicted, count(*) FILTER (WHERE l.is_disputed) AS disputed, count(c.days) AS timed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days) AS median,
    array_agg(DISTINCT c.record || coalesce('#' || c.field, '')) FILTER (WHERE l.is_contradicted OR l.is_disputed) AS contradicted_on,
    array_agg(DISTINCT c.record || coalesce('#' || c.field, '')) FILTER (WHERE c.verdict = 'contradicts') AS contradicting_on
  FROM claim c LEFT JOIN later l ON l.who = c.who AND l.id = c.id GROUP BY c.who
),
result AS (
  SELECT to_char(99999999 - c.claims, 'FM00000000') || ' ' || c.who AS place, c.who, c.sources, c.claims, c.contradicting, c.supported AS later_supported,
    c.contradicted AS later_contradicted,
    c.disputed AS later_contradicted_in_part, c.undated, coalesce(s.records, 0) AS records, coalesce(s.alone, 0) AS sole_source,
    round(s.alone / s.records::numeric, 6) AS sole_source_share, c.timed AS dated, c.median AS median_days,
    coalesce(c.contradicted_on, '{{}}') AS contradicted_on, coalesce(c.contradicting_on, '{{}}') AS contradicting_on
  FROM counted c LEFT JOIN sole s USING (who) WHERE NOT $4::boolean OR c.contradicted + c.disputed > 0
)""")
