-- What reports read beyond `made_up.sql`, added to the largest process of the generated database: links between the texts of
-- an author, quantities, timings, superseded proposals, requested answers, agreements, a coalition. The triggers are on,
-- so all of this is the second revision: `as_of=1` reads the database before it.

CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
    $$ SELECT ('0193' || left(md5(kind), 4) || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- From 0 to 1, the same for a record in every run, for each purpose another.
CREATE FUNCTION pg_temp.drawn(purpose text, id uuid) RETURNS float8 IMMUTABLE LANGUAGE sql AS
    $$ SELECT abs(hashtext(purpose || id::text)::bigint) / 2147483649.0 $$;

CREATE TEMP TABLE largest AS
    SELECT process_id AS id FROM demand GROUP BY process_id ORDER BY count(*) DESC, process_id LIMIT 1;
CREATE TEMP TABLE text_of AS
    SELECT p.id, a.party_id AS author, p.sort_on, row_number() OVER (PARTITION BY a.party_id ORDER BY p.sort_on, p.id) AS number
    FROM proposal p JOIN proposal_author a ON a.proposal_id = p.id WHERE p.process_id IN (SELECT id FROM largest);
CREATE TEMP TABLE point AS
    SELECT d.id, d.slug, d.proposal_id, t.author, t.number, d.sort_on, i.issue_id,
        row_number() OVER (PARTITION BY t.author, i.issue_id ORDER BY t.number, d.position) AS place
    FROM text_of t JOIN demand d ON d.proposal_id = t.id JOIN demand_issue i ON i.demand_id = d.id AND i.is_primary;

-- Three of ten points continue the latest earlier point of their author on the issue, in another text of an earlier day.
INSERT INTO demand_link (demand_id, target_id, kind)
    SELECT later.id, earlier.id, CASE
            WHEN chance < 0.15 THEN 'repeats' WHEN chance < 0.21 THEN 'amends' WHEN chance < 0.25 THEN 'narrows'
            WHEN chance < 0.28 THEN 'widens' ELSE 'withdraws' END
    FROM point later CROSS JOIN LATERAL (SELECT pg_temp.drawn('link', later.id) AS chance) AS drawn
    CROSS JOIN LATERAL (
        SELECT one.id FROM point one
        WHERE one.author = later.author AND one.issue_id = later.issue_id AND one.sort_on < later.sort_on
        ORDER BY one.place DESC LIMIT 1
    ) AS earlier
    WHERE chance < 0.3;

-- A quantity on a fifth of the points, a timing on three of twenty: a day, a duration from a day, or from another point.
UPDATE demand SET
    quantities = CASE WHEN pg_temp.drawn('quantity', demand.id) < 0.2 THEN jsonb_build_array(jsonb_build_object(
        'value', 10 + floor(90 * pg_temp.drawn('value', demand.id)), 'unit', 'km', 'of', 'width of the zone', 'bound', 'at_least'
    )) ELSE demand.quantities END,
    timing = CASE
        WHEN chance < 0.05 THEN jsonb_build_object('relation', 'by_date', 'at', (demand.sort_on + 60)::text)
        WHEN chance < 0.10 THEN jsonb_build_object('relation', 'within_after_trigger', 'duration_max', 'P30D',
            'trigger', jsonb_build_object('text', 'the ceasefire begins', 'on', (demand.sort_on + 10)::text))
        WHEN chance < 0.15 AND former.slug IS NOT NULL THEN jsonb_build_object('relation', 'within_after_trigger', 'duration_max', 'P90D',
            'trigger', jsonb_build_object('text', 'the other side has withdrawn', 'demand', former.slug, 'edge', 'completion'))
    END
FROM (
    SELECT point.*, pg_temp.drawn('timing', id) AS chance, lag(slug) OVER (ORDER BY sort_on, slug) AS former FROM point
) AS former(id, slug_of, proposal_id, author, number, sort_on, issue_id, place, chance, slug)
WHERE former.id = demand.id AND (pg_temp.drawn('quantity', demand.id) < 0.2 OR chance < 0.15);

-- One text in ten supersedes the one before it of the same author, and one in ten asks for an answer by a day.
INSERT INTO proposal_relation (id, proposal_id, kind, target_id)
    SELECT pg_temp.made('relation', row_number() OVER (ORDER BY later.id)), later.id, 'supersedes', earlier.id
    FROM text_of later JOIN text_of earlier ON earlier.author = later.author AND earlier.number = later.number - 1
    WHERE pg_temp.drawn('supersedes', later.id) < 0.1;
UPDATE proposal SET answer_due = (sort_on + 14)::text, answer_due_min = sort_on + 14, answer_due_max = sort_on + 14,
    answer_due_precision = 'day'
WHERE id IN (SELECT id FROM text_of WHERE pg_temp.drawn('due', id) < 0.1);

-- One text in fifty becomes an agreement of the two parties that negotiate.
CREATE TEMP TABLE made_agreement AS
    SELECT row_number() OVER (ORDER BY id) AS n, id AS proposal_id, sort_on + 20 AS day FROM text_of
    WHERE pg_temp.drawn('agreed', id) < 0.02;
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('agreement', n), 'agreements', 'agreement-' || n FROM made_agreement;
INSERT INTO agreement (id, slug, process_id, title, kind, status, agreed_on, agreed_on_min, agreed_on_max, agreed_on_precision, sort_on)
    SELECT pg_temp.made('agreement', n), 'agreement-' || n, largest.id, 'Agreement of ' || day, 'partial',
        CASE WHEN n % 4 = 0 THEN 'disputed' ELSE 'in_force' END, day::text, day, day, 'day', day
    FROM made_agreement, largest;
INSERT INTO agreement_party (agreement_id, party_id, position)
    SELECT pg_temp.made('agreement', n), party_id, position
    FROM made_agreement, largest JOIN process_party ON process_id = largest.id AND role = 'negotiating';
INSERT INTO agreement_proposal (agreement_id, proposal_id)
    SELECT pg_temp.made('agreement', n), proposal_id FROM made_agreement;
INSERT INTO agreement_issue (agreement_id, issue_id, position)
    SELECT pg_temp.made('agreement', n), issue_id, row_number() OVER (PARTITION BY n ORDER BY issue_id)
    FROM (SELECT DISTINCT n, issue_id FROM made_agreement JOIN point USING (proposal_id)) AS of_points;

-- The party that most points of others address is a coalition of which the last negotiating party is a member.
INSERT INTO party_membership (member_id, coalition_id)
    SELECT (
        SELECT party_id FROM process_party JOIN largest ON largest.id = process_id
        WHERE role = 'negotiating' ORDER BY position DESC LIMIT 1
    ), (
        SELECT a.party_id FROM demand_party a JOIN point ON point.id = a.demand_id
        WHERE a.role = 'addressee' AND a.party_id NOT IN (SELECT party_id FROM process_party JOIN largest ON largest.id = process_id)
        GROUP BY a.party_id ORDER BY count(*) DESC, a.party_id LIMIT 1
    );

-- What the process's points, answers, seats and agreements say was published within two years: `known_by` finds all of it.
CREATE TEMP TABLE made_source AS
    SELECT n, min_day.day + (n * 24)::int AS day
    FROM generate_series(1, 30) n, (SELECT min(sort_on) AS day FROM text_of) AS min_day;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('report', n), 'sources', 'report-' || n FROM made_source;
INSERT INTO source (id, slug, title, kind, url, publisher, published, published_min, published_max, published_precision, published_basis, lang)
    SELECT pg_temp.made('report', n), 'report-' || n, 'Report of ' || day, 'news', 'https://reports.example/' || n,
        'Observer ' || n % 7, day::text, day, day, 'day', 'printed', 'en'
    FROM made_source;
CREATE TEMP TABLE made_citation AS
    SELECT row_number() OVER (ORDER BY target) AS n, target, 1 + floor(30 * pg_temp.drawn('source', target))::int AS source
    FROM (
        SELECT id AS target FROM point
        UNION SELECT r.id FROM response r JOIN largest ON r.process_id = largest.id
        UNION SELECT d.id FROM delegation d JOIN talk t ON t.id = d.talk_id JOIN largest ON t.process_id = largest.id
        UNION SELECT a.id FROM agreement a JOIN largest ON a.process_id = largest.id
    ) AS cited;
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('reported', n), 'citations', 'reported-' || n FROM made_citation;
INSERT INTO citation (id, slug, target_id, source_id, key, verdict, locator)
    SELECT pg_temp.made('reported', n), 'reported-' || n, target, pg_temp.made('report', source), 'report-' || source,
        CASE WHEN pg_temp.drawn('verdict', target) < 0.02 THEN 'contradicts' ELSE 'supports' END, 'paragraph ' || 1 + n % 19
    FROM made_citation;
