-- The made-up ledger, made by PostgreSQL itself. `{names}` are counts, filled in by generate.py, which has put the
-- words of words.py into the temporary tables word_place, word_person, word_phrase, word_tail, word_quote,
-- word_stance, word_party, word_publisher. Columns that PostgreSQL generates are never named. All of it is one
-- transaction, and so one revision.

-- Ids in the order of making, as UUIDv7 are.
CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
    $$ SELECT ('0193' || left(md5(kind), 4) || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- Zipf's law: the n-th of `most` is drawn about 1/n times as often as the first.
CREATE FUNCTION pg_temp.zipf(most int) RETURNS int VOLATILE LANGUAGE sql AS
    $$ SELECT floor(power(most::float8 + 1, random()))::int $$;
-- Days, minutes, points: many short, few long; `mean` is their mean.
CREATE FUNCTION pg_temp.waited(mean float8) RETURNS int VOLATILE LANGUAGE sql AS
    $$ SELECT floor(-ln(1 - random()) * mean)::int $$;
SELECT setseed(0.42);

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('place', n), 'places', 'place-' || n FROM generate_series(1, {places}) n;
INSERT INTO place (id, slug, name, kind, part_of_id, lon, lat, precision)
    SELECT pg_temp.made('place', n), 'place-' || n, name, CASE WHEN n <= 60 THEN 'region' ELSE 'city' END,
        CASE WHEN n > 60 THEN pg_temp.made('place', 1 + n % 60) END, (n * 37 % 3600) / 10.0 - 180,
        (n * 11 % 1200) / 10.0 - 55, CASE WHEN n <= 60 THEN 'region' ELSE 'city' END
    FROM word_place WHERE n <= {places};

CREATE TEMP TABLE made_party AS
    SELECT n, kind, replace(pattern, '{{}}', name) AS name, name AS short
    FROM generate_series(1, {parties}) n
    JOIN word_place USING (n)
    JOIN word_party w ON w.k = 1 + (n * 7) % (SELECT count(*) FROM word_party);
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('party', n), 'parties', 'party-' || n FROM made_party;
INSERT INTO party (id, slug, name, kind) SELECT pg_temp.made('party', n), 'party-' || n, name, kind FROM made_party;
INSERT INTO party_name (id, owner_id, position, text, lang, kind)
    SELECT pg_temp.made('party_name', n), pg_temp.made('party', n), 1, short, 'en', 'short' FROM made_party;

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('issue', n), 'issues', slug FROM word_issue;
INSERT INTO issue (id, slug, code, label, definition, broader_id)
    SELECT pg_temp.made('issue', i.n), i.slug, i.code, i.label, i.definition, pg_temp.made('issue', top.n)
    FROM word_issue i LEFT JOIN word_issue top ON top.code = i.broader;
-- Which issue is frequent has nothing to do with the order of the codes.
CREATE TEMP TABLE leaf AS
    SELECT row_number() OVER (ORDER BY md5(code)) AS rank, n, label, broader AS top,
        (SELECT top.n FROM word_issue top WHERE top.code = i.broader) AS top_n
    FROM word_issue i WHERE broader IS NOT NULL;

-- Each process has its own two to six parties, begins some day since 1990 and goes on for months or years.
CREATE TEMP TABLE drawn_seat AS
    SELECT n AS process, k, pg_temp.zipf({parties}) AS party FROM generate_series(1, {processes}) n, generate_series(1, 9) k;
CREATE TEMP TABLE drawn_process AS
    SELECT n, DATE '1990-01-01' + floor(12500 * sqrt(random()))::int AS began, 200 + pg_temp.waited(1500) AS days,
        2 + floor(5 * power(random(), 2))::int AS seats
    FROM generate_series(1, {processes}) n;
CREATE TEMP TABLE made_process AS
    SELECT p.n, p.began, least(p.days, DATE '2026-09-01' - p.began) AS days, s.parties[1:p.seats] AS parties,
        least(p.seats, cardinality(s.parties)) AS seats, w.name
    FROM drawn_process p
    JOIN (SELECT process, array_agg(party ORDER BY k) AS parties
        FROM (SELECT process, party, min(k) AS k FROM drawn_seat GROUP BY process, party) AS seat GROUP BY process
    ) s ON s.process = p.n
    JOIN word_place w ON w.n = 1 + p.n % {places};
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('process', n), 'processes', 'process-' || n FROM made_process;
INSERT INTO process (id, slug, title, kind, status, started, started_min, started_max, started_precision)
    SELECT pg_temp.made('process', n), 'process-' || n, name || ' settlement', (ARRAY['peace', 'ceasefire', 'border', 'status', 'trade'])[1 + n % 5],
        'ongoing', began::text, began, began, 'day'
    FROM made_process;
INSERT INTO process_party (process_id, party_id, role, position)
    SELECT pg_temp.made('process', n), pg_temp.made('party', party), CASE WHEN seat <= greatest(2, seats - 2) THEN 'negotiating' ELSE 'mediator' END, seat
    FROM made_process, unnest(parties) WITH ORDINALITY AS sat(party, seat);

-- Talks come in bursts: some weeks in which much happens, then silence.
CREATE TEMP TABLE drawn_talk AS
    SELECT n, pg_temp.zipf({processes}) AS process, pg_temp.zipf(8) AS burst, pg_temp.waited(14) AS after,
        pg_temp.zipf({places}) AS place, 2 + floor(3 * power(random(), 2))::int AS seated, pg_temp.waited(120) AS minutes, random() AS chance
    FROM generate_series(1, {talks}) n;
CREATE TEMP TABLE made_talk AS
    SELECT t.*, p.parties, p.seats,
        least(p.began + (p.days * ((t.process * 7919 + t.burst * 104729) % 1000) / 1000) + t.after, DATE '2026-10-31') AS day
    FROM drawn_talk t JOIN made_process p ON p.n = t.process;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('talk', n), 'talks', 'talk-' || n FROM made_talk;
INSERT INTO talk (id, slug, process_id, title, summary, kind, format, start, start_min, start_max, start_precision, sort_on,
        duration_minutes, duration_bound, place_id, status, visibility)
    SELECT pg_temp.made('talk', t.n), 'talk-' || t.n, pg_temp.made('process', t.process), 'Talks in ' || w.name || ' of ' || to_char(day, 'FMDD FMMonth YYYY'),
        CASE WHEN chance < 0.5 THEN 'Delegations of ' || one.name || ' and ' || other.name || ' met in ' || w.name || ' to speak of the ceasefire' END,
        (ARRAY['round', 'plenary', 'principals', 'bilateral', 'working_group', 'consultation', 'summit'])[1 + floor(7 * power(chance, 2))::int],
        (ARRAY['direct', 'mediated', 'proximity'])[1 + t.n % 3], day::text, day, day, 'day', day,
        CASE WHEN minutes > 20 THEN minutes END, CASE WHEN minutes > 20 THEN 'about' END, pg_temp.made('place', place), 'held', 'public'
    FROM made_talk t JOIN word_place w ON w.n = t.place
    JOIN made_party one ON one.n = t.parties[1] JOIN made_party other ON other.n = t.parties[2];
INSERT INTO talk_outcome (id, talk_id, key, position, kind, text, party_id)
    SELECT pg_temp.made('outcome', n), pg_temp.made('talk', n), 'outcome', 1,
        (ARRAY['no_agreement', 'agreement_to_continue', 'document_handed_over', 'statement', 'agreement'])[1 + floor(5 * power(chance, 2))::int],
        'The delegations left without a joint text', CASE WHEN chance > 0.6 THEN pg_temp.made('party', parties[1]) END
    FROM made_talk WHERE n % 3 > 0;

CREATE TEMP TABLE made_delegation AS
    SELECT row_number() OVER (ORDER BY t.n, seat) AS n, t.n AS talk, t.seats, party, seat FROM made_talk t, unnest(t.parties[1:t.seated]) WITH ORDINALITY AS sat(party, seat);
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('delegation', n), 'delegations', 'delegation-' || n FROM made_delegation;
INSERT INTO delegation (id, slug, talk_id, party_id, roles, is_seated, size)
    SELECT pg_temp.made('delegation', n), 'delegation-' || n, pg_temp.made('talk', talk), pg_temp.made('party', party),
        ARRAY[CASE WHEN seat <= greatest(2, seats - 2) THEN 'negotiating' ELSE 'mediator' END], true, CASE WHEN n % 2 = 0 THEN 3 + n % 11 END
    FROM made_delegation;

INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('person', n), 'people', 'person-' || n FROM word_person;
INSERT INTO person (id, slug, name) SELECT pg_temp.made('person', n), 'person-' || n, usual FROM word_person;
INSERT INTO person_name (id, owner_id, position, text, lang, kind)
    SELECT pg_temp.made('person_name', n * 2), pg_temp.made('person', n), 1, cyrillic, 'uk', 'transliteration' FROM word_person
    UNION ALL
    SELECT pg_temp.made('person_name', n * 2 + 1), pg_temp.made('person', n), 2, other, NULL, 'alias' FROM word_person WHERE n % 3 = 0;
-- A party sends the same dozen people again and again. Nobody heads two delegations of one talk.
CREATE TEMP TABLE drawn_member AS
    SELECT d.n AS delegation, 1 + (d.party * 977 + pg_temp.zipf(12) * 13) % {people} AS person
    FROM made_delegation d, LATERAL generate_series(1, 1 + (d.n % 6)::int);
CREATE TEMP TABLE made_member AS
    SELECT delegation, person, row_number() OVER (PARTITION BY delegation ORDER BY person) AS position,
        count(*) OVER (PARTITION BY talk, person) AS seats
    FROM (SELECT DISTINCT delegation, person FROM drawn_member) AS one JOIN made_delegation d ON d.n = one.delegation;
INSERT INTO delegation_member (id, delegation_id, person_id, position, function, post)
    SELECT pg_temp.made('member', delegation * 8 + position), pg_temp.made('delegation', delegation), pg_temp.made('person', person), position,
        CASE WHEN position = 1 AND seats = 1 THEN 'head' ELSE 'member' END, (ARRAY['Foreign minister', 'Defence minister', 'Adviser', 'Ambassador', 'General'])[1 + person % 5]
    FROM made_member;

-- Most proposals have a few points, one in fifty has dozens.
CREATE TEMP TABLE drawn_proposal AS
    SELECT n, 1 + floor({talks} * random())::int AS talk, pg_temp.zipf(4) AS speaker, pg_temp.waited(5) AS after, random() AS chance,
        CASE WHEN random() < 0.02 THEN 40 + floor(110 * random())::int ELSE 1 + pg_temp.waited(7.5) END AS points
    FROM generate_series(1, {proposals}) n;
CREATE TEMP TABLE made_proposal AS
    SELECT p.n, p.talk, p.chance, p.points, t.process, t.parties, t.seats, p.speaker % t.seats AS author, t.day + p.after AS day,
        CASE WHEN p.points > 5 THEN 2 + p.points % 3 ELSE 0 END AS sections
    FROM drawn_proposal p JOIN made_talk t ON t.n = p.talk;
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('proposal', n), 'proposals', 'proposal-' || n FROM made_proposal;
INSERT INTO proposal (id, slug, process_id, talk_id, title, kind, tabled_on, tabled_on_min, tabled_on_max, tabled_on_precision, sort_on)
    SELECT pg_temp.made('proposal', p.n), 'proposal-' || p.n, pg_temp.made('process', p.process), CASE WHEN p.chance < 0.85 THEN pg_temp.made('talk', p.talk) END,
        initcap(k.kind) || ' of the ' || a.name || ', ' || to_char(p.day, 'FMDD FMMonth YYYY'), k.kind, p.day::text, p.day, p.day, 'day', p.day
    FROM made_proposal p JOIN made_party a ON a.n = p.parties[1 + p.author],
        LATERAL (SELECT (ARRAY['paper', 'memorandum', 'draft', 'statement', 'plan', 'framework', 'bridging'])[1 + floor(7 * power(p.chance, 2))::int] AS kind) k;
INSERT INTO proposal_author (proposal_id, party_id, position)
    SELECT pg_temp.made('proposal', n), pg_temp.made('party', parties[1 + author]), 1 FROM made_proposal;
INSERT INTO proposal_addressee (proposal_id, party_id, position)
    SELECT pg_temp.made('proposal', n), pg_temp.made('party', parties[1 + (author + 1) % seats]), 1 FROM made_proposal;
INSERT INTO account (id, proposal_id, slug, kind, position, is_reference)
    SELECT pg_temp.made('account', n), pg_temp.made('proposal', n), 'account-' || n, CASE WHEN n % 4 = 0 THEN 'report' ELSE 'text' END, 1, true FROM made_proposal;
INSERT INTO part (id, account_id, proposal_id, key, position, kind, label)
    SELECT pg_temp.made('part', n * 8 + s), pg_temp.made('account', n), pg_temp.made('proposal', n), 'section-' || s, s, 'section', to_char(s, 'FMRN')
    FROM made_proposal, LATERAL generate_series(1, sections) s;

CREATE TEMP TABLE drawn_demand AS
    SELECT p.n AS proposal, i AS position, pg_temp.zipf({leaves}) AS first, pg_temp.zipf({leaves}) AS second, pg_temp.zipf({leaves}) AS third,
        pg_temp.zipf({names}) AS place, pg_temp.zipf(8) AS phrase, pg_temp.zipf({tails}) AS tail, pg_temp.zipf({parties}) AS outsider,
        pg_temp.zipf(90) AS number, random() AS chance, random() AS luck
    FROM made_proposal p, LATERAL generate_series(1, p.points) i LIMIT {demands};
-- Each process has issues of its own that take most of its demands.
CREATE TEMP TABLE made_demand AS
    SELECT row_number() OVER () AS n, d.*, p.process, p.day, p.sections, p.parties[1 + p.author] AS author,
        p.parties[1 + (p.author + 1) % p.seats] AS addressee, CASE WHEN p.seats > 2 THEN p.parties[1 + (p.author + 2) % p.seats] END AS another,
        1 + (d.first + p.process * 7 % 19) % {leaves} AS issue
    FROM drawn_demand d JOIN made_proposal p ON p.n = d.proposal;
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('demand', n), 'demands', 'demand-' || n FROM made_demand;
INSERT INTO demand (id, slug, process_id, proposal_id, account_id, part_id, position, number, title, text, quote, act, is_reference, sort_on)
    SELECT pg_temp.made('demand', d.n), 'demand-' || d.n, pg_temp.made('process', d.process), pg_temp.made('proposal', d.proposal), pg_temp.made('account', d.proposal),
        CASE WHEN d.sections > 0 THEN pg_temp.made('part', d.proposal * 8 + 1 + d.position % d.sections) END, d.position, d.position::text,
        CASE WHEN d.chance < 0.3 THEN l.label || ' in ' || w.name END,
        replace(replace(replace(f.text, '{{place}}', w.name), '{{n}}', (d.number * 5)::text), '{{party}}', a.short) || t.text,
        q.text, CASE WHEN d.luck < 0.1 THEN 'precondition' WHEN d.luck > 0.95 THEN 'red_line' ELSE 'demand' END, true, d.day
    FROM made_demand d
    JOIN leaf l ON l.rank = d.issue
    JOIN word_place w ON w.n = d.place
    JOIN word_phrase f ON f.top = l.top AND f.k = least(d.phrase, f.most) - CASE WHEN d.phrase > f.most THEN d.phrase % f.most ELSE 0 END
    JOIN word_tail t ON t.k = d.tail
    JOIN made_party a ON a.n = d.addressee
    LEFT JOIN word_quote q ON q.k = CASE WHEN d.luck < 0.08 THEN 1 + d.n % {quotes} END;
INSERT INTO demand_party (demand_id, party_id, role, sort_on, position)
    SELECT pg_temp.made('demand', n), pg_temp.made('party', author), 'claimant', day, 1 FROM made_demand
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', another), 'claimant', day, 2 FROM made_demand WHERE another IS NOT NULL AND chance > 0.88
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', addressee), 'addressee', day, 1 FROM made_demand
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', another), 'addressee', day, 2 FROM made_demand WHERE another IS NOT NULL AND chance < 0.3
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', outsider), 'addressee', day, 3 FROM made_demand
    WHERE luck < 0.07 AND outsider NOT IN (author, addressee, coalesce(another, 0))
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', author), 'beneficiary', day, 1 FROM made_demand WHERE luck > 0.8;
INSERT INTO demand_issue (demand_id, issue_id, is_primary, sort_on, position)
    SELECT pg_temp.made('demand', d.n), pg_temp.made('issue', l.n), true, day, 1 FROM made_demand d JOIN leaf l ON l.rank = d.issue
    UNION ALL
    SELECT pg_temp.made('demand', d.n), pg_temp.made('issue', l.n), false, day, 2 FROM made_demand d JOIN leaf l ON l.rank = d.second
    WHERE chance < 0.5 AND second <> issue
    UNION ALL
    SELECT pg_temp.made('demand', d.n), pg_temp.made('issue', CASE WHEN luck < 0.5 THEN l.n ELSE l.top_n END), false, day, 3 FROM made_demand d JOIN leaf l ON l.rank = d.third
    WHERE chance < 0.2 AND third NOT IN (issue, second);
INSERT INTO demand_place (demand_id, place_id, position)
    SELECT pg_temp.made('demand', n), pg_temp.made('place', place), 1 FROM made_demand WHERE place <= {places} AND luck < 0.3;

-- Answers: to a fifth of the demands by themselves, some twice; to two in five proposals as a whole; to some sections.
CREATE TEMP TABLE drawn_answer AS
    SELECT proposal, process, day, n AS demand, NULL::bigint AS part, addressee AS responder, pg_temp.zipf({stances}) AS stance,
        pg_temp.waited(15) AS after, random() AS chance
    FROM made_demand, LATERAL generate_series(1, CASE WHEN luck < 0.15 THEN 1 WHEN luck < 0.2 THEN 2 ELSE 0 END)
    UNION ALL
    SELECT n, process, day, NULL, CASE WHEN sections > 0 AND chance < 0.05 THEN n * 8 + 1 END, parties[1 + (author + k) % seats], pg_temp.zipf({stances}),
        pg_temp.waited(6), random()
    FROM made_proposal, LATERAL generate_series(1, CASE WHEN chance < 0.1 THEN least(seats - 1, 2) WHEN chance < 0.4 THEN 1 ELSE 0 END) k
    UNION ALL
    SELECT n, process, day, NULL, NULL, pg_temp.zipf({parties}), -1 - n % 2, pg_temp.waited(3), random() FROM made_proposal WHERE chance > 0.96;
CREATE TEMP TABLE made_answer AS
    SELECT row_number() OVER () AS n, a.*, a.day + a.after AS said,
        coalesce(s.stance, CASE a.stance WHEN -1 THEN 'supported' ELSE 'opposed' END) AS word, s.text
    FROM drawn_answer a LEFT JOIN word_stance s ON s.k = a.stance;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('response', n), 'responses', 'response-' || n FROM made_answer;
INSERT INTO response (id, slug, process_id, proposal_id, demand_id, part_id, responder_id, stance, text, is_implied, said_on, said_on_min, said_on_max, said_on_precision, sort_on)
    SELECT pg_temp.made('response', n), 'response-' || n, pg_temp.made('process', process), pg_temp.made('proposal', proposal), pg_temp.made('demand', demand),
        pg_temp.made('part', part), pg_temp.made('party', responder), word, text, chance > 0.95, said::text, said, said, 'day', said
    FROM made_answer;

-- Who says so: a few publishers tell most of it.
CREATE TEMP TABLE made_source AS
    SELECT n, (ARRAY['news', 'agency', 'official', 'statement', 'document_copy', 'state_media'])[1 + floor(6 * power(random(), 2))::int] AS kind,
        pg_temp.zipf({publishers}) AS publisher, DATE '1990-01-01' + floor(13400 * sqrt(random()))::int AS day, pg_temp.zipf({names}) AS place
    FROM generate_series(1, {sources}) n;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('source', n), 'sources', 'source-' || n FROM made_source;
INSERT INTO source (id, slug, title, kind, url, publisher, published, published_min, published_max, published_precision, published_basis, lang)
    SELECT pg_temp.made('source', s.n), 'source-' || s.n, 'Report on the talks in ' || w.name, s.kind, 'https://news.example/' || s.n, p.text, day::text, day, day, 'day', 'printed', 'en'
    FROM made_source s JOIN word_place w ON w.n = s.place JOIN word_publisher p ON p.k = s.publisher;
CREATE TEMP TABLE made_citation AS
    SELECT row_number() OVER () AS n, target, 1 + floor({sources} * power(random(), 2))::int AS source, random() AS chance
    FROM (
        SELECT pg_temp.made('demand', n) AS target FROM made_demand WHERE chance < 0.2
        UNION ALL SELECT pg_temp.made('response', n) FROM made_answer WHERE chance < 0.5
        UNION ALL SELECT pg_temp.made('proposal', n) FROM made_proposal
        UNION ALL SELECT pg_temp.made('talk', n) FROM made_talk
    ) AS cited;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('citation', n), 'citations', 'citation-' || n FROM made_citation;
INSERT INTO citation (id, slug, target_id, source_id, key, verdict, locator)
    SELECT pg_temp.made('citation', n), 'citation-' || n, target, pg_temp.made('source', source), 'source-' || source,
        CASE WHEN chance < 0.03 THEN 'contradicts' ELSE 'supports' END, 'paragraph ' || 1 + n % 19
    FROM made_citation;
