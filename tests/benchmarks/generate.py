"""Made-up demands in the shape of real ones: few parties and issues take most of them, dates bunch in crises.

    python -m tests.benchmarks.generate DATABASE_URL 500000

PostgreSQL makes the rows itself; a square or cube of a uniform number stands in for Zipf's law. Proposals are a
tenth of the demands, talks a twenty-fifth; each demand has one or two claimants and addressees, one to three issues.
"""

import asyncio
import sys
import time

import asyncpg

PARTIES, ISSUES, PROCESSES = 400, 200, 60

# The identity of a made-up record: the same number gives the same id in every run.
STATEMENTS = """
CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
    AS $$ SELECT md5(kind || n)::uuid $$;
-- Zipf-like: the first tenth of `most` takes about half of all draws.
CREATE FUNCTION pg_temp.drawn(most int) RETURNS int VOLATILE LANGUAGE sql
    AS $$ SELECT 1 + floor(most * power(random(), 3))::int $$;
SELECT setseed(0.42);

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('party', n), 'parties', 'party-' || n FROM generate_series(1, {parties}) n;
INSERT INTO party (id, slug, name, kind)
    SELECT pg_temp.made('party', n), 'party-' || n, 'Party ' || n, 'state' FROM generate_series(1, {parties}) n;

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('issue', n), 'issues', 'top' || (n % 18) || CASE WHEN n > 18 THEN '-i' || n ELSE '' END
    FROM generate_series(1, {issues}) n;
INSERT INTO issue (id, slug, code, label, broader_id)
    SELECT pg_temp.made('issue', n), 'top' || (n % 18) || CASE WHEN n > 18 THEN '-i' || n ELSE '' END,
        'TOP' || (n % 18) || CASE WHEN n > 18 THEN '.I' || n ELSE '' END, 'Issue ' || n,
        CASE WHEN n > 18 THEN pg_temp.made('issue', 1 + (n + 17) % 18) END
    FROM generate_series(1, {issues}) n;

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('process', n), 'processes', 'process-' || n FROM generate_series(1, {processes}) n;
INSERT INTO process (id, slug, title, kind)
    SELECT pg_temp.made('process', n), 'process-' || n, 'Process ' || n, 'peace' FROM generate_series(1, {processes}) n;

CREATE TEMP TABLE made_talk AS
    SELECT n, pg_temp.drawn({processes}) AS process,
        DATE '1990-01-01' + floor(13000 * (1 - power(random(), 2)))::int AS day
    FROM generate_series(1, {talks}) n;
INSERT INTO entry (id, collection, slug) SELECT pg_temp.made('talk', n), 'talks', 'talk-' || n FROM made_talk;
INSERT INTO talk (id, slug, process_id, title, kind, start, start_min, start_max, start_precision, sort_on)
    SELECT pg_temp.made('talk', n), 'talk-' || n, pg_temp.made('process', process), 'Talk ' || n, 'round',
        day::text, day, day, 'day', day FROM made_talk;

CREATE TEMP TABLE made_delegation AS
    SELECT n * 2 + side AS d, n, pg_temp.drawn({parties} - 1) + side AS party
    FROM made_talk, generate_series(0, 1) side;
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('delegation', d), 'delegations', 'delegation-' || d FROM made_delegation;
INSERT INTO delegation (id, slug, talk_id, party_id, roles)
    SELECT pg_temp.made('delegation', d), 'delegation-' || d, pg_temp.made('talk', n), pg_temp.made('party', party),
        '{{negotiating}}' FROM made_delegation ON CONFLICT (talk_id, party_id) DO NOTHING;

INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('person', n), 'people', 'person-' || n FROM generate_series(1, {people}) n;
INSERT INTO person (id, slug, name)
    SELECT pg_temp.made('person', n), 'person-' || n, 'Person ' || n FROM generate_series(1, {people}) n;
INSERT INTO delegation_member (id, delegation_id, person_id, position, function, post)
    SELECT gen_random_uuid(), d.id, pg_temp.made('person', 1 + (abs(hashtext(d.slug || m)) % {people})), m,
        CASE m WHEN 1 THEN 'head' ELSE 'member' END, 'Minister ' || m
    FROM delegation d, generate_series(1, 4) m ON CONFLICT (delegation_id, person_id) DO NOTHING;

CREATE TEMP TABLE made_proposal AS
    SELECT p.n, t.n AS talk, t.process, t.day + (random() * 5)::int AS day, pg_temp.drawn({parties}) AS author
    FROM generate_series(1, {proposals}) p(n) JOIN made_talk t ON t.n = 1 + p.n % {talks};
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('proposal', n), 'proposals', 'proposal-' || n FROM made_proposal;
INSERT INTO proposal (id, slug, process_id, talk_id, title, kind, tabled_on, tabled_on_min, tabled_on_max,
        tabled_on_precision, sort_on)
    SELECT pg_temp.made('proposal', n), 'proposal-' || n, pg_temp.made('process', process),
        pg_temp.made('talk', talk), 'Proposal ' || n, 'paper', day::text, day, day, 'day', day FROM made_proposal;
INSERT INTO account (id, proposal_id, slug, kind, position, is_reference)
    SELECT pg_temp.made('account', n), pg_temp.made('proposal', n), 'account-' || n, 'text', 1, true FROM made_proposal;
INSERT INTO part (id, account_id, proposal_id, key, position, kind, label)
    SELECT pg_temp.made('part', n * 2 + p), pg_temp.made('account', n), pg_temp.made('proposal', n),
        'section-' || p, p, 'section', p::text FROM made_proposal, generate_series(0, 1) p;

CREATE TEMP TABLE made_demand AS
    SELECT d.n, p.n AS proposal, p.process, p.day, p.author, pg_temp.drawn({parties}) AS addressee,
        pg_temp.drawn({issues}) AS issue, random() AS chance
    FROM generate_series(1, {demands}) d(n) JOIN made_proposal p ON p.n = 1 + d.n % {proposals};
INSERT INTO entry (id, collection, slug)
    SELECT pg_temp.made('demand', n), 'demands', 'demand-' || n FROM made_demand;
INSERT INTO demand (id, slug, process_id, proposal_id, account_id, part_id, position, number, text, is_reference,
        sort_on)
    SELECT pg_temp.made('demand', n), 'demand-' || n, pg_temp.made('process', process),
        pg_temp.made('proposal', proposal), pg_temp.made('account', proposal),
        CASE WHEN chance < 0.7 THEN pg_temp.made('part', proposal * 2 + n % 2) END, n / {proposals} + 1,
        (n / {proposals} + 1)::text,
        'Party ' || addressee || ' shall take the step numbered ' || n || ' within the agreed time and report on it',
        true, day FROM made_demand;
INSERT INTO demand_party (demand_id, party_id, role, sort_on)
    SELECT pg_temp.made('demand', n), pg_temp.made('party', author), 'claimant', day FROM made_demand
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', addressee), 'addressee', day FROM made_demand
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('party', 1 + (addressee + 6) % {parties}), 'addressee', day
    FROM made_demand WHERE chance < 0.3;
INSERT INTO demand_issue (demand_id, issue_id, is_primary, sort_on)
    SELECT pg_temp.made('demand', n), pg_temp.made('issue', issue), true, day FROM made_demand
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('issue', 1 + (issue + 12) % {issues}), false, day
    FROM made_demand WHERE chance < 0.5
    UNION ALL
    SELECT pg_temp.made('demand', n), pg_temp.made('issue', 1 + (issue + 31) % {issues}), false, day
    FROM made_demand WHERE chance < 0.2;
UPDATE head SET revision = revision + 1;
"""


async def generate(url: str, demands: int) -> None:
    """Fill an empty, migrated database. Raises if any of its records is there already."""
    connection = await asyncpg.connect(url)
    numbers = {
        "parties": PARTIES,
        "issues": ISSUES,
        "processes": PROCESSES,
        "people": 3_000,
        "talks": max(demands // 25, 1),
        "proposals": max(demands // 10, 1),
        "demands": demands,
    }
    began = time.perf_counter()
    for statement in _statements(STATEMENTS.format(**numbers)):
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    print(f"{demands:,} demands in {time.perf_counter() - began:.1f} s")


def _statements(script: str) -> list[str]:
    return [statement for statement in script.split(";\n") if statement.strip()]


if __name__ == "__main__":
    asyncio.run(generate(sys.argv[1], int(sys.argv[2])))
