"""Store the counted answers to each demand as periods, so that reads need not derive the state for each response.

PostgreSQL inlined the rules in `state.describe` into the calling statement, and initializing such a large plan for each
record on a page took longer than executing it. The new table `demand_answer` supplements `demand_span`. It stores whose
answer counts, or is due, in which period. `describe` reads the table through `counted_answers`. Calls do not
schema-qualify this function: in sessions with `as_of` or `known_by`, the name refers to a function that applies the
rules to the views. The table is therefore not versioned.

This file contains only the changed functions. The other functions are in 2026-11-30_demand_states.py, from which the
downgrade restores the previous versions.

Revision: answers_of_demands
Revises: what_dossiers_bring
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from alembic import op

revision = 'answers_of_demands'
down_revision = 'what_dossiers_bring'
branch_labels = None
depends_on = None

#: Separator between statements in a text.
APART = '\n----\n'

#: Parameters and result columns of `counted_answers`.
ASKED = 'point uuid, asked_day date, asked_inherited boolean'
ANSWERED = """TABLE (
    party_id uuid, may_owe boolean, response_id uuid, agreement_id uuid, speaker_id uuid, stance text, counted_as text,
    level int, said_on text, is_implied boolean
)"""

#: Calls are not schema-qualified, so the search path selects the function. With `newest`, the tables are the current
#: tables.
COUNTED = f"""
-- Whose answer to a point counts on a day, and who is asked (`may_owe`) and has given none: as stored. The bits are those
-- of demand_span: undated answers count today and later.
CREATE FUNCTION public.counted_answers({ASKED}) RETURNS {ANSWERED} LANGUAGE sql STABLE AS $$
    SELECT a.party_id, a.may_owe, a.response_id, a.agreement_id, a.speaker_id, a.stance, a.counted_as, a.level, a.said_on,
        a.is_implied
    FROM demand_answer AS a
    WHERE a.demand_id = point AND a.from_on <= asked_day AND a.until_on > asked_day AND a.applies & CASE
            WHEN asked_inherited THEN CASE WHEN asked_day >= parley_today() THEN 2 ELSE 1 END
            ELSE CASE WHEN asked_day >= parley_today() THEN 8 ELSE 4 END
        END <> 0
$$
""" + ''.join(
    f"""----
-- The same, derived from the views of then.
CREATE FUNCTION {here}.counted_answers({ASKED}) RETURNS {ANSWERED} LANGUAGE sql STABLE AS $$
    SELECT a.party_id, a.may_owe, a.response_id, a.agreement_id, a.speaker_id, a.stance, a.counted_as, a.level, a.said_on,
        a.is_implied
    FROM state.answers(point, asked_day, asked_inherited, false) AS a
    WHERE a.party_id IS NOT NULL
$$
"""
    for here in ('past', 'known', 'past_known')
)

DERIVED = r"""
-- A demand whose derived values are to be stored. `asked`: the parties that are asked (none of one that is stateless) where
-- nothing else speaks of it, so that all of them are known without the rules; null where the rules must be applied.
CREATE TYPE state.point AS (id uuid, sort_on date, is_stateless boolean, asked uuid[])
----
-- The demands of some proposals. Most of a growing ledger have not been answered. Who is asked is found for all of them at
-- once: the rules look through the whole account for each demand that addresses nobody.
CREATE FUNCTION state.points_of(proposals uuid[]) RETURNS SETOF state.point LANGUAGE sql STABLE AS $$
    WITH still AS MATERIALIZED (
        SELECT d.id, d.proposal_id, d.account_id, d.act IN ('not_demanded', 'step') AS is_stateless, p.talk_id, ARRAY(
                SELECT a.party_id FROM demand_party AS a
                WHERE a.demand_id = d.id AND a.role = 'addressee' AND NOT EXISTS (
                    SELECT FROM demand_party AS c
                    WHERE c.demand_id = d.id AND c.role = 'claimant' AND c.party_id = a.party_id
                )
            ) AS addressees
        FROM proposal AS p
        JOIN process ON process.id = p.process_id
        JOIN demand AS d ON d.proposal_id = p.id
        WHERE p.id = ANY (proposals) AND p.withdrawn_on IS NULL AND p.lapsed_on IS NULL AND process.ended IS NULL
            AND d.withdrawn_at IS NULL
            AND NOT EXISTS (SELECT FROM response AS r WHERE r.proposal_id = p.id)
            AND NOT EXISTS (SELECT FROM agreement_proposal AS a WHERE a.proposal_id = p.id)
            AND NOT EXISTS (SELECT FROM proposal_relation AS r WHERE r.target_id = p.id AND r.kind = 'supersedes')
            AND NOT EXISTS (SELECT FROM demand_link AS l WHERE l.target_id = d.id)
    ),
    other AS MATERIALIZED (
        SELECT s.id, s.proposal_id, s.account_id, s.talk_id,
            ARRAY(SELECT c.party_id FROM demand_party AS c WHERE c.demand_id = s.id AND c.role = 'claimant') AS claimants
        FROM still AS s WHERE NOT s.is_stateless AND s.addressees = '{}'
    ),
    -- Of its own account a demand has no addressees but claimants here, so that it need not be left out.
    account AS MATERIALIZED (
        SELECT d.account_id, array_agg(DISTINCT a.party_id) AS parties
        FROM demand AS d
        CROSS JOIN LATERAL (
            SELECT a.party_id FROM demand_party AS a WHERE a.demand_id = d.id AND a.role = 'addressee' OFFSET 0
        ) AS a
        WHERE d.account_id = ANY (ARRAY(SELECT DISTINCT account_id FROM other)) AND d.withdrawn_at IS NULL
            AND d.act NOT IN ('not_demanded', 'step')
        GROUP BY d.account_id
    ),
    named AS MATERIALIZED (
        SELECT id, CASE WHEN is_stateless THEN '{}' ELSE addressees END AS parties
        FROM still WHERE is_stateless OR addressees <> '{}'
        UNION ALL
        SELECT o.id, coalesce(
            nullif(ARRAY(
                SELECT a.party_id FROM proposal_addressee AS a
                WHERE a.proposal_id = o.proposal_id AND a.party_id <> ALL (o.claimants)
            ), '{}'),
            nullif(ARRAY(SELECT p FROM unnest(account.parties) AS p WHERE p <> ALL (o.claimants)), '{}'),
            ARRAY(
                SELECT seat.party_id FROM delegation AS seat
                WHERE seat.talk_id = o.talk_id AND seat.is_seated AND 'negotiating' = ANY (seat.roles)
                    AND seat.withdrawn_at IS NULL AND seat.party_id <> ALL (o.claimants)
            )
        )
        FROM other AS o LEFT JOIN account USING (account_id)
    )
    SELECT d.id, d.sort_on, d.act IN ('not_demanded', 'step'), CASE WHEN cardinality(n.parties) > 1 THEN coalesce(
            nullif(ARRAY(
                SELECT p.id FROM party AS p WHERE p.id = ANY (n.parties) AND p.kind <> 'unspecified_group'
            ), '{}'),
            n.parties
        ) ELSE n.parties END
    FROM demand AS d LEFT JOIN named AS n USING (id)
    WHERE d.proposal_id = ANY (proposals) AND d.withdrawn_at IS NULL
$$
----
-- A row of the rules' answers, with the demand that it is of.
CREATE TYPE state.told AS (
    demand_id uuid, sort_on date, day date, applies int, party_id uuid, may_owe boolean, response_id uuid, agreement_id uuid,
    speaker_id uuid, stance text, counted_as text, level int, said_on text, is_implied boolean
)
----
-- The spans of days in which one answer of a party to a point counts, or is lacking: see demand_answer. Once a party has a
-- row for a day, it has one for each later day: what was said stays said.
CREATE FUNCTION state.answer_spans(told state.told[]) RETURNS SETOF public.demand_answer LANGUAGE sql STABLE AS $$
    SELECT s.demand_id, s.party_id, bit_or(s.applies)::smallint, s.day, s.until_on, s.may_owe, s.level, s.counted_as, s.stance,
        s.said_on, s.is_implied, s.response_id, s.agreement_id, s.speaker_id
    FROM (
        SELECT c.*, lead(c.day, 1, 'infinity'::date) OVER (
                PARTITION BY c.demand_id, c.party_id, c.applies ORDER BY c.day
            ) AS until_on
        FROM (
            SELECT a.*, lag(a.answer) OVER (PARTITION BY a.demand_id, a.party_id, a.applies ORDER BY a.day) AS former
            FROM (
                SELECT t.*, ROW(
                        t.may_owe, t.level, t.counted_as, t.stance, t.said_on, t.is_implied, t.response_id, t.agreement_id,
                        t.speaker_id
                    ) AS answer
                FROM unnest(told) AS t WHERE t.party_id IS NOT NULL
            ) AS a
        ) AS c
        WHERE c.answer IS DISTINCT FROM c.former
    ) AS s
    GROUP BY s.demand_id, s.party_id, s.day, s.until_on, s.may_owe, s.level, s.counted_as, s.stance, s.said_on, s.is_implied,
        s.response_id, s.agreement_id, s.speaker_id
$$
----
-- The spans of days in which a demand has one state, or somebody owes an answer although others gave one: see demand_span.
CREATE FUNCTION state.word_spans(told state.told[])
RETURNS TABLE (demand_id uuid, aspect text, applies smallint, from_on date, until_on date, value text, sort_on date)
LANGUAGE sql STABLE AS $$
    SELECT s.demand_id, s.aspect, bit_or(s.applies)::smallint, s.day, s.until_on, s.value, s.sort_on
    FROM (
        SELECT c.*, lead(c.day, 1, 'infinity'::date) OVER (
                PARTITION BY c.demand_id, c.aspect, c.applies ORDER BY c.day
            ) AS until_on
        FROM (
            SELECT w.demand_id, w.sort_on, w.day, w.applies, v.aspect, v.value,
                lag(v.value) OVER (PARTITION BY w.demand_id, v.aspect, w.applies ORDER BY w.day) AS former
            FROM (
                SELECT t.demand_id, t.sort_on, t.day, t.applies, state.word(
                        min(t.counted_as) FILTER (WHERE t.counted_as NOT IN ('no_comment', 'undetermined')),
                        max(t.counted_as) FILTER (WHERE t.counted_as NOT IN ('no_comment', 'undetermined')),
                        bool_or(t.counted_as = 'undetermined'), bool_or(t.counted_as = 'no_comment'),
                        bool_or(t.may_owe AND coalesce(t.counted_as, 'no_comment') = 'no_comment'), bool_or(t.may_owe)
                    ) AS word,
                    bool_or(t.may_owe AND coalesce(t.counted_as, 'no_comment') = 'no_comment') AS is_lacking
                FROM unnest(told) AS t
                GROUP BY t.demand_id, t.sort_on, t.day, t.applies
            ) AS w
            -- Of an open point it needs no saying that somebody owes an answer.
            CROSS JOIN LATERAL (VALUES
                ('state', w.word),
                ('owed', CASE WHEN w.is_lacking AND w.word NOT IN ('open', 'no_comment') THEN 'owed' END)
            ) AS v(aspect, value)
        ) AS c
        WHERE c.value IS DISTINCT FROM c.former
    ) AS s
    WHERE s.value IS NOT NULL
    GROUP BY s.demand_id, s.aspect, s.value, s.day, s.until_on, s.sort_on
$$
----
-- The spans of days in which a demand has one fulfilment, one way of being closed: see demand_span. Dated facts hold for
-- every question; undated ones only where these are asked for, until a dated one begins.
CREATE FUNCTION state.fact_spans(point uuid)
RETURNS TABLE (aspect text, applies smallint, from_on date, until_on date, value text) LANGUAGE sql STABLE AS $$
    SELECT f.aspect, CASE WHEN f.is_dated THEN 15 ELSE 10 END::smallint, f.from_on, f.until_on, f.value
    FROM (
        SELECT e.aspect, e.value, e.is_dated, e.from_on,
            lead(e.from_on, 1, 'infinity'::date) OVER (PARTITION BY e.aspect ORDER BY e.is_dated, e.from_on, e.place) AS until_on
        FROM (
            SELECT 'fulfilment' AS aspect, t.word AS value, t.counts_from IS NOT NULL AS is_dated,
                greatest(t.counts_from, d.sort_on) AS from_on,
                row_number() OVER (ORDER BY t.counts_from NULLS FIRST, t.position, t.slug COLLATE "C") AS place
            FROM state.deeds(point) AS t
            CROSS JOIN (SELECT sort_on FROM demand WHERE id = point AND withdrawn_at IS NULL OFFSET 0) AS d
            UNION ALL
            SELECT * FROM (
                SELECT DISTINCT ON (c.closed_on IS NULL) 'closed', c.how, c.closed_on IS NOT NULL,
                    greatest(c.closed_on, d.sort_on), 1
                FROM state.closings(point) AS c
                CROSS JOIN (SELECT sort_on FROM demand WHERE id = point AND withdrawn_at IS NULL OFFSET 0) AS d
                ORDER BY c.closed_on IS NULL, c.closed_on,
                    array_position('{settled,withdrawn,superseded,lapsed,ended}'::text[], c.how)
            ) AS closed
        ) AS e
    ) AS f
    WHERE f.from_on < f.until_on
$$
----
-- What is to be stored of some demands. The rules are planned once in a session: of any number of demands the plan takes one
-- after the other, and to make it takes longer than a proposal's demands do.
CREATE FUNCTION state.derive(points state.point[], OUT spans public.demand_span[], OUT answers public.demand_answer[])
STABLE LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    told state.told[];
BEGIN
    spans := ARRAY(
        SELECT ROW(
            p.id, 'state', 15, p.sort_on, 'infinity', CASE p.asked WHEN '{}' THEN 'unaddressed' ELSE 'open' END, p.sort_on, 0
        )::public.demand_span
        FROM unnest(points) AS p WHERE p.asked IS NOT NULL AND NOT p.is_stateless
    );
    answers := ARRAY(
        SELECT ROW(
            p.id, party_id, 15, p.sort_on, 'infinity', true, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        )::public.demand_answer
        FROM unnest(points) AS p CROSS JOIN LATERAL unnest(p.asked) AS party_id
    );
    IF EXISTS (SELECT FROM unnest(points) AS p WHERE p.asked IS NULL) THEN
        told := ARRAY(
            SELECT ROW(
                p.id, p.sort_on, a.day, a.applies, a.party_id, a.may_owe, a.response_id, a.agreement_id, a.speaker_id,
                a.stance, a.counted_as, a.level, a.said_on, a.is_implied
            )::state.told
            FROM unnest(points) AS p CROSS JOIN LATERAL state.answers(p.id, NULL, NULL, true) AS a WHERE p.asked IS NULL
        );
        spans := spans || ARRAY(
            SELECT ROW(s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on, 0)::public.demand_span
            FROM state.word_spans(told) AS s
        ) || ARRAY(
            SELECT ROW(p.id, s.aspect, s.applies, s.from_on, s.until_on, s.value, p.sort_on, 0)::public.demand_span
            FROM unnest(points) AS p CROSS JOIN LATERAL state.fact_spans(p.id) AS s WHERE p.asked IS NULL
        );
        answers := answers || ARRAY(SELECT s FROM state.answer_spans(told) AS s);
    END IF;
END $$
----
-- The spans of one demand by the rules: see demand_span.
CREATE OR REPLACE FUNCTION state.spans(point uuid)
RETURNS TABLE (aspect text, applies smallint, from_on date, until_on date, value text) LANGUAGE sql STABLE AS $$
    SELECT s.aspect, s.applies, s.from_on, s.until_on, s.value
    FROM state.derive(ARRAY[ROW(point, NULL, NULL, NULL)::state.point]) AS d CROSS JOIN LATERAL unnest(d.spans) AS s
$$
"""

STORED = r"""
-- Store the derived values of the demands of some proposals where they differ from what is stored. Planned each time: with
-- the true number of rows the comparison is a hash join, and not one of each row with each.
CREATE OR REPLACE FUNCTION state.refresh(proposals uuid[]) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    at_once CONSTANT int := 500;
    part uuid[];
    points state.point[];
    spans public.demand_span[];
    answers public.demand_answer[];
BEGIN
    FOR start IN 1 .. coalesce(cardinality(proposals), 0) BY at_once LOOP
        part := proposals[start : start + at_once - 1];
        points := ARRAY(SELECT p FROM state.points_of(part) AS p);
        SELECT * INTO spans, answers FROM state.derive(points);
        DELETE FROM demand_span AS s USING demand AS d
            WHERE d.proposal_id = ANY (part) AND s.demand_id = d.id AND NOT EXISTS (
                SELECT FROM unnest(spans) AS w
                WHERE (w.demand_id, w.aspect, w.applies, w.from_on, w.until_on, w.value, w.sort_on)
                    = (s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on)
            );
        INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on)
            SELECT w.demand_id, w.aspect, w.applies, w.from_on, w.until_on, w.value, w.sort_on FROM unnest(spans) AS w
            WHERE NOT EXISTS (
                SELECT FROM demand_span AS s
                WHERE (s.demand_id, s.aspect, s.applies, s.from_on) = (w.demand_id, w.aspect, w.applies, w.from_on)
            );
        -- Whole rows: of two that say nothing in a column, that column is equal.
        DELETE FROM demand_answer AS s USING demand AS d
            WHERE d.proposal_id = ANY (part) AND s.demand_id = d.id
                AND NOT EXISTS (SELECT FROM unnest(answers) AS w WHERE w = s);
        INSERT INTO demand_answer
            SELECT w.* FROM unnest(answers) AS w
            WHERE NOT EXISTS (
                SELECT FROM demand_answer AS s
                WHERE (s.demand_id, s.party_id, s.from_on, s.applies) = (w.demand_id, w.party_id, w.from_on, w.applies)
            );
    END LOOP;
END $$
----
-- Where what is stored is not what the rules say, by the rules alone: demand, and whether the row is missing or wrong. Of an
-- answer (`aspect`) the value is the whole row.
CREATE OR REPLACE FUNCTION state.differences()
RETURNS TABLE (demand_id uuid, aspect text, applies smallint, from_on date, until_on date, value text, is_missing boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH derived AS MATERIALIZED (
        SELECT d.spans, d.answers
        FROM (
            SELECT array_agg(ROW(d.id, d.sort_on, NULL, NULL)::state.point) AS points
            FROM (SELECT id, sort_on, row_number() OVER () / 500 AS part FROM demand WHERE withdrawn_at IS NULL) AS d
            GROUP BY d.part
        ) AS batch
        CROSS JOIN LATERAL state.derive(batch.points) AS d
    ),
    wanted AS MATERIALIZED (
        SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on
        FROM derived CROSS JOIN LATERAL unnest(derived.spans) AS s
    ),
    stored AS MATERIALIZED (
        SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on FROM demand_span AS s
    ),
    wanted_answer AS MATERIALIZED (SELECT a.* FROM derived CROSS JOIN LATERAL unnest(derived.answers) AS a)
    (SELECT w.demand_id, w.aspect, w.applies, w.from_on, w.until_on, w.value, true FROM (TABLE wanted EXCEPT TABLE stored) AS w)
    UNION ALL
    (SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, false FROM (TABLE stored EXCEPT TABLE wanted) AS s)
    UNION ALL
    (SELECT w.demand_id, 'answer', w.applies, w.from_on, w.until_on, row_to_json(w)::text, true
    FROM (TABLE wanted_answer EXCEPT TABLE demand_answer) AS w)
    UNION ALL
    (SELECT s.demand_id, 'answer', s.applies, s.from_on, s.until_on, row_to_json(s)::text, false
    FROM (TABLE demand_answer EXCEPT TABLE wanted_answer) AS s)
$$
----
-- Put right what `differences` finds; the number of demands that it found.
CREATE OR REPLACE FUNCTION state.repair() RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wrong uuid[] := ARRAY(SELECT DISTINCT demand_id FROM state.differences());
    spans public.demand_span[];
    answers public.demand_answer[];
BEGIN
    DELETE FROM demand_span WHERE demand_id = ANY (wrong);
    DELETE FROM demand_answer WHERE demand_id = ANY (wrong);
    FOR spans, answers IN
        SELECT d.spans, d.answers
        FROM unnest(wrong) AS point JOIN demand ON demand.id = point AND demand.withdrawn_at IS NULL
        CROSS JOIN LATERAL state.derive(ARRAY[ROW(demand.id, demand.sort_on, NULL, NULL)::state.point]) AS d
    LOOP
        INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on)
            SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on FROM unnest(spans) AS s;
        INSERT INTO demand_answer SELECT a.* FROM unnest(answers) AS a;
    END LOOP;
    RETURN cardinality(wrong);
END $$
"""


def upgrade() -> None:
    op.create_table(
        'demand_answer',
        sa.Column('demand_id', sa.Uuid(), nullable=False),
        sa.Column('party_id', sa.Uuid(), nullable=False),
        sa.Column('applies', sa.SmallInteger(), nullable=False),
        sa.Column('from_on', sa.Date(), nullable=False),
        sa.Column('until_on', sa.Date(), nullable=False),
        sa.Column('may_owe', sa.Boolean(), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.Column('counted_as', sa.Text(), nullable=True),
        sa.Column('stance', sa.Text(), nullable=True),
        sa.Column('said_on', sa.Text(), nullable=True),
        sa.Column('is_implied', sa.Boolean(), nullable=True),
        sa.Column('response_id', sa.Uuid(), nullable=True),
        sa.Column('agreement_id', sa.Uuid(), nullable=True),
        sa.Column('speaker_id', sa.Uuid(), nullable=True),
        sa.CheckConstraint('applies BETWEEN 1 AND 15', name=op.f('ck_demand_answer_applies')),
        sa.PrimaryKeyConstraint('demand_id', 'party_id', 'from_on', 'applies', name=op.f('pk_demand_answer')),
    )
    op.execute('DROP FUNCTION state.spans_of(uuid[])')
    for text in (COUNTED, DERIVED, STORED):
        for statement in text.split(APART):
            _make(statement)
    former = _former()
    _make(_replaced(
        _or_replace(_statement(former, 'state.describe')),
        'FROM state.answers(point, asked_day, asked_inherited, false) AS a',
        'FROM counted_answers(point, asked_day, asked_inherited) AS a',
    ))  # fmt: skip
    _make(_replaced(
        _or_replace(former._function_of('demand')),
        'DELETE FROM public.demand_span WHERE demand_id IN (SELECT id FROM old_rows);',
        'DELETE FROM public.demand_span WHERE demand_id IN (SELECT id FROM old_rows);'
        ' DELETE FROM public.demand_answer WHERE demand_id IN (SELECT id FROM old_rows);',
    ))  # fmt: skip
    # The date is also stored as it was written, because responses include it.
    for table, date in (('response', 'said_on'), ('agreement', 'agreed_on')):
        text = _or_replace(former._function_of(table))
        for row in 'no':
            text = _replaced(text, f'{row}.{date}_min', f'{row}.{date}, {row}.{date}_min')
        _make(text)
    # The existing periods are unchanged.
    op.execute('SELECT state.refresh(ARRAY(SELECT id FROM proposal))')


def downgrade() -> None:
    former = _former()
    for name in ('spans', 'spans_of', 'refresh', 'differences', 'repair', 'describe'):
        _make(_or_replace(_statement(former, f'state.{name}')))
    for table in ('demand', 'response', 'agreement'):
        _make(_or_replace(former._function_of(table)))
    op.execute('DROP FUNCTION state.points_of(uuid[]), state.derive(state.point[]), state.fact_spans(uuid)')
    op.execute('DROP FUNCTION state.answer_spans(state.told[]), state.word_spans(state.told[])')
    op.execute('DROP TYPE state.point, state.told')
    for schema in ('public', 'past', 'known', 'past_known'):
        op.execute(f'DROP FUNCTION {schema}.counted_answers(uuid, date, boolean)')
    op.drop_table('demand_answer')


def _former() -> ModuleType:
    """The migration that created the functions that this migration changes."""
    path = Path(__file__).with_name('2026-11-30_demand_states.py')
    spec = importlib.util.spec_from_file_location('demand_states', path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _statement(former: ModuleType, name: str) -> str:
    """The statement that creates a function."""
    [found] = [
        statement
        for text in (former.DESCRIPTION, former.SPANS)
        for statement in text.split(APART)
        if f'CREATE FUNCTION {name}(' in statement
    ]
    return str(found)


def _or_replace(text: str) -> str:
    return _replaced(text, 'CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f'{old} does not occur exactly once')
    return text.replace(old, new)


def _make(statement: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    op.get_bind().exec_driver_sql(statement)
