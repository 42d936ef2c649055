"""Derive the state of each demand in the database.

app/domain/STATES.md defines the rules. The rules are SQL functions, because three uses must agree: the state in a
response (`state.describe`), the stored periods for filters and counts (`demand_span`), and both of these with `as_of`
and `known_by`. The functions name tables without a schema, so that they read the views in sessions with `as_of` or
`known_by` (`app.reading.as_of`, `app.reading.known_by`). Each function is a single SELECT, so that PostgreSQL can
inline it. Each lookup is a subquery that cannot be flattened (`OFFSET 0`, `ARRAY`). The planner expects thousands of
rows per key from a view of past states, and would otherwise scan all rows.

Triggers queue each proposal whose demands may have a new state. The queue is processed at COMMIT.
`state.differences` compares the stored rows with the rules (`parley db check`).

This migration also adds the table `party_mandate` (a body that speaks for a party), and the act `step`.

Revision: demand_states
Revises: releases_stay
"""

import sqlalchemy as sa
from alembic import op

revision = 'demand_states'
down_revision = 'releases_stay'
branch_labels = None
depends_on = None

#: Separator between statements in a text.
APART = '\n----\n'

ACTS = (
    'demand', 'precondition', 'red_line', 'offer', 'undertaking', 'provision', 'agenda_item', 'not_demanded', 'other',
)
PRECISIONS = ('day', 'month', 'season', 'year', 'decade', 'century', 'interval', 'open')

ANSWERS = r"""
-- Whether a membership or mandate may have held on the day of an answer; an unknown day or bound excludes nothing.
CREATE FUNCTION state.held(valid_from date, valid_to date, said_from date, said_to date) RETURNS boolean
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (valid_from IS NULL OR said_to IS NULL OR valid_from <= said_to)
        AND (valid_to IS NULL OR said_from IS NULL OR valid_to >= said_from)
$$
----
-- A part and those that hold it, from the inside out.
CREATE FUNCTION state.parts_around(inner_part uuid) RETURNS uuid[] STABLE LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        WITH RECURSIVE around AS (
            SELECT p.id, p.parent_id, 1 AS level FROM part AS p WHERE p.id = inner_part
            UNION ALL
            SELECT p.id, p.parent_id, around.level + 1
            FROM around CROSS JOIN LATERAL (SELECT * FROM part AS p WHERE p.id = around.parent_id OFFSET 0) AS p
        ) CYCLE id SET is_circle USING path
        SELECT id FROM around WHERE NOT is_circle ORDER BY level
    );
END $$
----
-- Who is asked where neither a demand nor its proposal addresses anybody else: those that other demands of the account
-- address, else those seated as negotiating where the proposal was tabled. Rarely needed, so it is planned apart.
CREATE FUNCTION state.asked_elsewhere(point uuid, account uuid, proposal uuid, claimants uuid[]) RETURNS uuid[]
STABLE LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce(
        nullif(ARRAY(
            SELECT DISTINCT p.party_id FROM demand AS other
            CROSS JOIN LATERAL (
                SELECT p.party_id FROM demand_party AS p WHERE p.demand_id = other.id AND p.role = 'addressee' OFFSET 0
            ) AS p
            WHERE other.account_id = account AND other.id <> point AND other.withdrawn_at IS NULL
                AND other.act NOT IN ('not_demanded', 'step') AND p.party_id <> ALL (claimants)
        ), '{}'),
        ARRAY(
            SELECT seat.party_id FROM proposal AS tabled
            CROSS JOIN LATERAL (
                SELECT * FROM delegation AS seat WHERE seat.talk_id = tabled.talk_id OFFSET 0
            ) AS seat
            WHERE tabled.id = asked_elsewhere.proposal AND seat.is_seated AND 'negotiating' = ANY (seat.roles)
                AND seat.withdrawn_at IS NULL AND seat.party_id <> ALL (claimants)
        )
    );
END $$
----
-- One row for each party whose answer to a demand (`point`) counts or is asked for: with its counted answer, or with nulls.
-- Each day has one more row, without a party, so that a day on which nobody is asked has a row too; a demand without a state
-- has no row at all.
-- With `every_day` the rows are of each day on which something changes, and `applies` tells for which questions they hold
-- (the bits of demand_span); otherwise of `asked_day` alone. `may_owe`: the party is asked to answer.
CREATE FUNCTION state.answers(point uuid, asked_day date, asked_inherited boolean, every_day boolean)
RETURNS TABLE (
    day date, applies int, party_id uuid, may_owe boolean, response_id uuid, agreement_id uuid,
    speaker_id uuid, stance text, counted_as text, level int, said_on text, is_implied boolean
)
LANGUAGE sql STABLE AS $$
    SELECT told.day, told.applies, told.party_id, coalesce(told.may_owe, false), told.response_id, told.agreement_id,
        told.speaker_id, told.stance, told.counted_as, told.level, told.said_on, told.is_implied
    FROM (
        SELECT d.proposal_id, d.account_id, d.part_id, d.sort_on,
            ARRAY(SELECT p.party_id FROM demand_party AS p WHERE p.demand_id = d.id AND p.role = 'claimant') AS claimants,
            ARRAY(SELECT p.party_id FROM demand_party AS p WHERE p.demand_id = d.id AND p.role = 'addressee') AS addressees
        FROM demand AS d
        WHERE d.id = point AND d.withdrawn_at IS NULL AND d.act NOT IN ('not_demanded', 'step')
        OFFSET 0
    ) AS d
    -- The first of these that names anybody but the claimants.
    CROSS JOIN LATERAL (
        SELECT coalesce(
            nullif(ARRAY(SELECT a FROM unnest(d.addressees) AS a WHERE a <> ALL (d.claimants)), '{}'),
            nullif(ARRAY(
                SELECT a.party_id FROM proposal_addressee AS a
                WHERE a.proposal_id = d.proposal_id AND a.party_id <> ALL (d.claimants)
            ), '{}'),
            state.asked_elsewhere(point, d.account_id, d.proposal_id, d.claimants)
        ) AS parties
        OFFSET 0
    ) AS named
    CROSS JOIN LATERAL (
        SELECT CASE WHEN cardinality(d.claimants) > 1
                THEN ARRAY(SELECT a FROM unnest(d.addressees) AS a WHERE a = ANY (d.claimants)) ELSE '{}'
            END AS co_claimants
        OFFSET 0
    ) AS co
    -- Those of them all that can be identified, which unspecified groups cannot.
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT p.id FROM party AS p
            WHERE p.id = ANY (named.parties || co.co_claimants) AND p.kind <> 'unspecified_group'
        ) AS parties
        OFFSET 0
    ) AS clear
    CROSS JOIN LATERAL (
        SELECT CASE WHEN named.parties && clear.parties
                THEN ARRAY(SELECT a FROM unnest(named.parties) AS a WHERE a = ANY (clear.parties)) ELSE named.parties
            END AS respondents,
            co.co_claimants
        OFFSET 0
    ) AS who
    CROSS JOIN LATERAL (
        WITH
        -- What was said that covers the point. `level`: 0 the point, 1 its part, 2 the part above ..., 1000 the whole.
        said AS (
            SELECT r.id AS response_id, NULL::uuid AS agreement_id, r.responder_id AS speaker_id, r.stance, 0 AS level,
                r.scope IS NOT NULL AS is_partial, false AS is_scoped, r.said_on, r.said_on_min AS said_from, r.said_on_max AS said_to,
                r.position, r.is_implied, r.slug, NULL::text AS signatory
            FROM response AS r
            WHERE r.demand_id = point AND r.withdrawn_at IS NULL AND r.reply_to_id IS NULL
                AND r.stance NOT IN ('supported', 'opposed')
                AND ARRAY(SELECT s.demand_id FROM response_scope_demand AS s WHERE s.response_id = r.id) = '{}'
            UNION ALL
            SELECT r.id, NULL::uuid, r.responder_id, r.stance, 0, false, true, r.said_on, r.said_on_min, r.said_on_max, r.position,
                r.is_implied, r.slug, NULL
            FROM response_scope_demand AS s
            CROSS JOIN LATERAL (SELECT * FROM response AS r WHERE r.id = s.response_id OFFSET 0) AS r
            WHERE s.demand_id = point AND r.withdrawn_at IS NULL AND r.reply_to_id IS NULL
                AND r.stance NOT IN ('supported', 'opposed')
            UNION ALL
            SELECT r.id, NULL::uuid, r.responder_id, r.stance, coalesce(part.level, 1000)::int, false, false, r.said_on, r.said_on_min,
                r.said_on_max, r.position, r.is_implied, r.slug, NULL
            FROM response AS r
            LEFT JOIN LATERAL unnest(
                CASE WHEN d.part_id IS NOT NULL AND r.part_id IS NOT NULL THEN state.parts_around(d.part_id) END
            ) WITH ORDINALITY AS part(id, level) ON part.id = r.part_id
            WHERE r.proposal_id = d.proposal_id AND r.demand_id IS NULL AND (r.part_id IS NULL OR part.id IS NOT NULL)
                AND r.scope IS NULL AND r.withdrawn_at IS NULL AND r.reply_to_id IS NULL
                AND r.stance NOT IN ('supported', 'opposed')
                AND ARRAY(SELECT s.demand_id FROM response_scope_demand AS s WHERE s.response_id = r.id) = '{}'
            UNION ALL
            SELECT NULL::uuid, a.id, p.party_id, 'accepted', 1000, false, false, a.agreed_on, a.agreed_on_min, a.agreed_on_max, -1, true,
                a.slug, p.slug
            FROM agreement_proposal AS adopted
            CROSS JOIN LATERAL (SELECT * FROM agreement AS a WHERE a.id = adopted.agreement_id OFFSET 0) AS a
            CROSS JOIN LATERAL (
                SELECT p.party_id, (SELECT q.slug FROM party AS q WHERE q.id = p.party_id) AS slug
                FROM agreement_party AS p WHERE p.agreement_id = a.id OFFSET 0
            ) AS p
            WHERE adopted.proposal_id = d.proposal_id AND a.withdrawn_at IS NULL
                AND coalesce(a.status, '') NOT IN ('announced', 'unclear', 'disputed')
        ),
        -- For whom it was said. `rank`: 0 by the party itself or a body that speaks for it, 1 by a coalition. `class`: 1 in
        -- words, 2 a deed, 3 to a piece of the point, 4 a silence, 5 a respondent's lack of any, 6 a body's that can only approve.
        -- One row has no party.
        voice AS (
            SELECT heard.party_id, heard.rank, said.response_id, said.agreement_id, said.speaker_id, said.stance, said.level,
                said.said_on, said.said_from, said.said_to, said.position, said.is_implied, said.is_scoped, said.slug,
                said.signatory,
                CASE
                    WHEN said.stance = 'no_comment' THEN 4
                    WHEN said.is_partial THEN 3
                    WHEN said.level > 0 AND heard.party_id <> ALL (who.respondents || who.co_claimants) THEN 6
                    WHEN said.stance IN ('implemented', 'implemented_in_part') THEN 2
                    ELSE 1
                END AS class
            FROM said
            CROSS JOIN LATERAL (
                SELECT said.speaker_id AS party_id, 0 AS rank
                UNION ALL
                SELECT m.party_id, 0 FROM party_mandate AS m
                WHERE m.body_id = said.speaker_id
                    AND (SELECT b.withdrawn_at FROM party AS b WHERE b.id = m.body_id) IS NULL
                    AND state.held(m.valid_from_min, m.valid_to_max, said.said_from, said.said_to)
                UNION ALL
                SELECT m.member_id, 1 FROM party_membership AS m
                WHERE m.coalition_id = said.speaker_id AND m.member_id = ANY (who.respondents || who.co_claimants)
                    AND (SELECT b.withdrawn_at FROM party AS b WHERE b.id = m.member_id) IS NULL
                    AND state.held(m.valid_from_min, m.valid_to_max, said.said_from, said.said_to)
                OFFSET 0
            ) AS heard
            WHERE heard.party_id = ANY (who.respondents)
                OR heard.party_id = ANY (who.co_claimants) AND said.stance <> 'no_comment'
                OR said.level = 0 AND heard.rank = 0 AND said.stance <> 'no_comment' AND (
                    heard.party_id = ANY (d.claimants) AND said.stance NOT IN ('implemented', 'implemented_in_part')
                    OR clear.parties = '{}' AND heard.party_id = said.speaker_id
                        AND heard.party_id <> ALL (d.claimants)
                    OR ARRAY(
                        SELECT m.coalition_id FROM party_membership AS m
                        WHERE m.member_id = heard.party_id
                            AND (SELECT b.withdrawn_at FROM party AS b WHERE b.id = m.member_id) IS NULL
                            AND state.held(m.valid_from_min, m.valid_to_max, said.said_from, said.said_to)
                    ) && who.respondents
                )
                -- An answer of a body to more than the point does not make its party speak, but may approve what it said.
                OR said.level > 0 AND heard.rank = 0 AND heard.party_id <> said.speaker_id
                    AND said.stance <> 'no_comment'
            UNION ALL
            SELECT r, 0, NULL::uuid, NULL::uuid, NULL::uuid, NULL::text, 0, NULL::text, NULL::date, '-infinity'::date, 0, NULL::boolean,
                NULL::boolean, NULL::text, NULL::text, 5
            FROM unnest(who.respondents || NULL::uuid) AS r
        ),
        question AS MATERIALIZED (
            SELECT asked_day AS day, asked_inherited AS inherited, asked_day >= parley_today() AS undated, 0 AS applies
            WHERE NOT every_day
            UNION ALL
            SELECT changed.day, i.inherited, u.undated, i.bits & u.bits
            FROM (
                SELECT bool_or(level > 0) AS is_wide, bool_or(said_to IS NULL) AS is_undated FROM voice
            ) AS has
            CROSS JOIN LATERAL (
                VALUES (true, CASE WHEN has.is_wide THEN 3 ELSE 15 END), (false, CASE WHEN has.is_wide THEN 12 ELSE 0 END)
            ) AS i(inherited, bits)
            CROSS JOIN LATERAL (
                VALUES (false, CASE WHEN has.is_undated THEN 5 ELSE 15 END), (true, CASE WHEN has.is_undated THEN 10 ELSE 0 END)
            ) AS u(undated, bits)
            CROSS JOIN (SELECT DISTINCT greatest(said_to, d.sort_on) AS day FROM voice WHERE said_to IS NOT NULL) AS changed
            WHERE every_day AND i.bits & u.bits > 0
        ),
        -- The first row of a party is its nearest answer of the best class; at each level the first one ends the others.
        ranked AS MATERIALIZED (
            SELECT q.day, q.applies, v.*, lag(v.level) OVER nearest AS former_level, first_value(v.class) OVER nearest AS best,
                first_value(v.level) OVER nearest AS n_level, first_value(v.rank) OVER nearest AS n_rank,
                first_value(v.said_to) OVER nearest AS n_said_to, first_value(v.position) OVER nearest AS n_position,
                first_value(v.stance) OVER nearest AS n_stance
            FROM question AS q JOIN voice AS v
                ON (v.said_to <= q.day OR v.said_to IS NULL AND q.undated) AND (q.inherited OR v.level = 0)
            WINDOW nearest AS (
                PARTITION BY q.day, q.applies, v.party_id
                ORDER BY v.class, v.level, v.rank, v.is_implied AND v.agreement_id IS NULL, v.said_to DESC NULLS LAST,
                    v.position DESC, v.is_scoped, v.slug COLLATE "C" DESC, v.speaker_id <> v.party_id, v.signatory COLLATE "C"
            )
        )
        SELECT DISTINCT ON (r.day, r.applies, r.party_id) r.*, r.party_id = ANY (who.respondents) AS may_owe, CASE
                WHEN r.class = 3 THEN 'undetermined'
                WHEN r.level > 0 AND r.stance IN ('accepted_in_part', 'countered', 'implemented_in_part') THEN 'undetermined'
                WHEN r.stance = 'implemented' THEN 'accepted'
                WHEN r.stance = 'implemented_in_part' THEN 'accepted_in_part'
                WHEN r.stance = 'accepted' AND r.speaker_id = r.party_id AND EXISTS (
                    SELECT FROM (
                        SELECT m.body_id FROM party_mandate AS m
                        WHERE m.party_id = r.party_id AND m.role = 'approves'
                            AND (SELECT b.withdrawn_at FROM party AS b WHERE b.id = m.body_id) IS NULL
                            AND state.held(m.valid_from_min, m.valid_to_max, r.said_from, r.said_to)
                        OFFSET 0
                    ) AS m
                    WHERE NOT EXISTS (
                        SELECT FROM ranked AS other
                        WHERE other.day = r.day AND other.applies = r.applies AND other.party_id = r.party_id
                            AND other.speaker_id = m.body_id AND other.class <> 3
                            AND other.stance NOT IN ('under_study', 'deferred', 'no_comment')
                    )
                ) THEN 'conditional'
                ELSE r.stance
            END AS counted_as
        FROM ranked AS r
        WHERE r.class = r.best AND r.class < 6 AND r.former_level IS DISTINCT FROM r.level AND (
            r.level = r.n_level
            -- A decisive answer to more replaces an earlier interim one to less.
            OR r.class = 1 AND r.n_stance IN ('under_study', 'deferred') AND r.stance NOT IN ('under_study', 'deferred')
                AND r.rank <= r.n_rank
                AND (coalesce(r.said_to, '-infinity'), r.position) > (coalesce(r.n_said_to, '-infinity'), r.n_position)
        )
        ORDER BY r.day, r.applies, r.party_id, r.level = r.n_level, r.level
    ) AS told
$$
"""

CLOSABLE = r"""
-- Demands that may be closed on some day: those that are; of the past, and of what was known on a day, all.
CREATE VIEW public.demand_closable AS SELECT demand_id FROM public.demand_span WHERE aspect = 'closed'
----
CREATE VIEW past.demand_closable AS SELECT id AS demand_id FROM public.demand
----
CREATE VIEW known.demand_closable AS SELECT id AS demand_id FROM public.demand
----
CREATE VIEW past_known.demand_closable AS SELECT id AS demand_id FROM public.demand
"""

DESCRIPTION = r"""
-- The word for the counted answers to a point. `first`, `last`: the first and the last settled answer by the alphabet, which
-- are one where all are the same; `is_lacking`: a respondent has given none; `is_asked`: there are respondents.
CREATE FUNCTION state.word(
    first text, last text, is_undetermined boolean, is_silent boolean, is_lacking boolean, is_asked boolean
) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE
        WHEN first <> last THEN 'mixed'
        WHEN first = 'accepted' AND (is_lacking OR is_undetermined) THEN 'accepted_by_some'
        WHEN first IS NOT NULL THEN first
        WHEN is_undetermined THEN 'undetermined'
        WHEN is_silent THEN 'no_comment'
        WHEN is_asked THEN 'open'
        ELSE 'unaddressed'
    END
$$
----
-- The word for each question that `answers` answers, and whether a respondent has given no answer; no row where the point
-- has no state.
CREATE FUNCTION state.words(point uuid, asked_day date, asked_inherited boolean, every_day boolean)
RETURNS TABLE (day date, applies int, word text, is_lacking boolean) LANGUAGE sql STABLE AS $$
    SELECT a.day, a.applies, state.word(
        min(a.counted_as) FILTER (WHERE a.counted_as NOT IN ('no_comment', 'undetermined')),
        max(a.counted_as) FILTER (WHERE a.counted_as NOT IN ('no_comment', 'undetermined')),
        bool_or(a.counted_as = 'undetermined'), bool_or(a.counted_as = 'no_comment'),
        bool_or(a.may_owe AND coalesce(a.counted_as, 'no_comment') = 'no_comment'), bool_or(a.may_owe)
    ), bool_or(a.may_owe AND coalesce(a.counted_as, 'no_comment') = 'no_comment')
    FROM state.answers(point, asked_day, asked_inherited, every_day) AS a
    GROUP BY a.day, a.applies
$$
----
-- What closes a point: on which day (null where that is unknown), how, and by which record.
CREATE FUNCTION state.closings(point uuid)
RETURNS TABLE (closed_on date, how text, collection text, slug text) LANGUAGE sql STABLE AS $$
    SELECT c.closed_on, c.how, c.collection, c.slug
    FROM (SELECT * FROM demand AS d WHERE d.id = point AND d.withdrawn_at IS NULL OFFSET 0) AS d
    CROSS JOIN LATERAL (SELECT * FROM proposal AS p WHERE p.id = d.proposal_id OFFSET 0) AS p
    CROSS JOIN LATERAL (
        SELECT coalesce(later.tabled_on_max, later.document_date_max), 'superseded', 'proposals', later.slug
        FROM proposal_relation AS r
        CROSS JOIN LATERAL (SELECT * FROM proposal AS later WHERE later.id = r.proposal_id OFFSET 0) AS later
        WHERE r.target_id = p.id AND r.kind = 'supersedes' AND later.withdrawn_at IS NULL
        UNION ALL
        SELECT p.withdrawn_on_max, 'withdrawn', NULL, NULL WHERE p.withdrawn_on IS NOT NULL
        UNION ALL
        SELECT p.lapsed_on_max, 'lapsed', NULL, NULL WHERE p.lapsed_on IS NOT NULL
        UNION ALL
        SELECT coalesce(text.tabled_on_max, text.document_date_max),
            CASE link.kind WHEN 'settles' THEN 'settled' ELSE 'withdrawn' END, 'demands', other.slug
        FROM demand_link AS link
        CROSS JOIN LATERAL (SELECT * FROM demand AS other WHERE other.id = link.demand_id OFFSET 0) AS other
        CROSS JOIN LATERAL (SELECT * FROM proposal AS text WHERE text.id = other.proposal_id OFFSET 0) AS text
        WHERE link.target_id = d.id AND other.withdrawn_at IS NULL AND (
            link.kind = 'settles'
            OR link.kind IN ('withdraws', 'strikes_out') AND text.id <> p.id
                AND coalesce(text.tabled_on_max, text.document_date_max) >= d.sort_on
                AND ARRAY(SELECT c.party_id FROM demand_party AS c WHERE c.demand_id = other.id AND c.role = 'claimant')
                    && ARRAY(SELECT c.party_id FROM demand_party AS c WHERE c.demand_id = d.id AND c.role = 'claimant')
        )
        UNION ALL
        SELECT a.agreed_on_max, 'settled', 'agreements', a.slug
        FROM agreement_proposal AS adopted
        CROSS JOIN LATERAL (SELECT * FROM agreement AS a WHERE a.id = adopted.agreement_id OFFSET 0) AS a
        WHERE adopted.proposal_id = p.id AND a.withdrawn_at IS NULL
            AND coalesce(a.status, '') NOT IN ('announced', 'unclear', 'disputed', 'rejected')
        UNION ALL
        SELECT process.ended_max, 'ended', 'processes', process.slug
        FROM process WHERE process.id = d.process_id AND process.ended IS NOT NULL
        OFFSET 0
    ) AS c(closed_on, how, collection, slug)
$$
----
-- Reports that one who would have to act has acted, each from the day on which it counts (null: only today).
CREATE FUNCTION state.deeds(point uuid)
RETURNS TABLE (counts_from date, word text, said_on text, "position" int, slug text) LANGUAGE sql STABLE AS $$
    SELECT r.said_on_max, CASE WHEN r.stance = 'implemented' AND r.scope IS NULL THEN 'done' ELSE 'in_part' END,
        r.said_on, r.position, r.slug
    FROM response AS r
    WHERE r.demand_id = point AND r.withdrawn_at IS NULL AND r.stance IN ('implemented', 'implemented_in_part')
        AND r.responder_id = ANY (ARRAY(
            SELECT a.party_id FROM demand_party AS a WHERE a.demand_id = point AND a.role = 'addressee'
        ))
    OFFSET 0
$$
----
-- What closed a point by a day: the earliest closing; an undated one only where nothing dated did, and only today.
CREATE FUNCTION state.closing_on(point uuid, asked_day date)
RETURNS TABLE (closed_on date, how text, collection text, slug text) LANGUAGE sql STABLE AS $$
    SELECT c.closed_on, c.how, c.collection, c.slug FROM state.closings(point) AS c
    WHERE c.closed_on <= asked_day OR c.closed_on IS NULL AND asked_day >= parley_today()
    ORDER BY c.closed_on NULLS LAST, array_position('{settled,withdrawn,superseded,lapsed,ended}'::text[], c.how),
        c.collection, c.slug COLLATE "C"
    LIMIT 1
$$
----
-- The same as the API answers it.
CREATE FUNCTION state.closing_of(point uuid, asked_day date) RETURNS json STABLE LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'on', c.closed_on, 'how', c.how,
            'by', CASE WHEN c.slug IS NOT NULL THEN json_build_object('collection', c.collection, 'slug', c.slug) END
        )
        FROM state.closing_on(point, asked_day) AS c
    );
END $$
----
-- The latest report by a day that a point was carried out.
CREATE FUNCTION state.deed_on(point uuid, asked_day date)
RETURNS TABLE (word text, said_on text) LANGUAGE sql STABLE AS $$
    SELECT t.word, t.said_on FROM state.deeds(point) AS t
    WHERE t.counts_from <= asked_day OR t.counts_from IS NULL AND asked_day >= parley_today()
    ORDER BY t.counts_from DESC NULLS LAST, t.position DESC, t.slug COLLATE "C" DESC
    LIMIT 1
$$
----
-- What was said of a point itself by a day: the answers that do not count, as the API answers them, and the latest deed.
-- `counted`: the responses that count; `parties`: those whose counted answer was given to the point.
CREATE FUNCTION state.said_on_point(
    point uuid, asked_day date, counted uuid[], parties uuid[], OUT answers json, OUT word text, OUT said_on text
) STABLE LANGUAGE plpgsql AS $$
BEGIN
    answers := (
        SELECT json_agg(json_build_object(
            'party', p.mention, 'stance', o.stance, 'said_on', o.said_on, 'is_implied', o.is_implied, 'response', o.slug
        ) ORDER BY p.slug) AS answers
        FROM (
            SELECT DISTINCT ON (r.responder_id) r.*
            FROM (
                SELECT r.* FROM response AS r WHERE r.demand_id = point
                UNION ALL
                SELECT r.* FROM response_scope_demand AS s
                CROSS JOIN LATERAL (SELECT * FROM response AS r WHERE r.id = s.response_id OFFSET 0) AS r
                WHERE s.demand_id = point AND r.demand_id IS DISTINCT FROM point
            ) AS r
            WHERE r.withdrawn_at IS NULL AND r.reply_to_id IS NULL
                AND (r.said_on_max <= asked_day OR r.said_on_max IS NULL AND asked_day >= parley_today())
                AND r.id <> ALL (counted)
                AND (r.stance IN ('supported', 'opposed') OR r.responder_id <> ALL (parties))
            ORDER BY r.responder_id, r.said_on_max DESC NULLS LAST, r.position DESC, r.slug COLLATE "C" DESC
        ) AS o
        CROSS JOIN LATERAL (
            SELECT p.slug, json_build_object('slug', p.slug, 'name', p.name, 'kind', p.kind) AS mention
            FROM party AS p WHERE p.id = o.responder_id OFFSET 0
        ) AS p
    );
    SELECT deed.word, deed.said_on INTO word, said_on FROM state.deed_on(point, asked_day) AS deed;
END $$
----
-- The whole state of a point on a day, as the API answers it; no row where there is no such point.
CREATE FUNCTION state.describe(point uuid, asked_day date, asked_inherited boolean)
RETURNS TABLE (state json) LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'word', CASE WHEN d.act IN ('not_demanded', 'step') THEN NULL WHEN d.sort_on > asked_day THEN 'not_yet' ELSE told.word END,
        'on', asked_day,
        'inherited', asked_inherited,
        'answers', coalesce(told.answers, '[]'),
        'others', coalesce(said.answers, '[]'),
        'owing', CASE WHEN closed.state IS NULL THEN coalesce(told.owing, '[]') ELSE '[]' END,
        'fulfilment', coalesce(said.word, 'none'),
        'fulfilled_on', said.said_on,
        'closed', closed.state
    )
    FROM (SELECT d.act, d.sort_on FROM demand AS d WHERE d.id = point OFFSET 0) AS d
    -- What few points have is planned apart, so that the others do not pay for it.
    LEFT JOIN LATERAL (
        SELECT state.closing_of(point, asked_day) AS state FROM demand_closable AS c WHERE c.demand_id = point LIMIT 1
    ) AS closed ON d.sort_on <= asked_day
    LEFT JOIN LATERAL (
        SELECT state.word(
                min(a.counted_as) FILTER (WHERE a.counted_as NOT IN ('no_comment', 'undetermined')),
        max(a.counted_as) FILTER (WHERE a.counted_as NOT IN ('no_comment', 'undetermined')),
                bool_or(a.counted_as = 'undetermined'), bool_or(a.counted_as = 'no_comment'),
                bool_or(a.may_owe AND coalesce(a.counted_as, 'no_comment') = 'no_comment'), bool_or(a.may_owe)
            ) AS word,
            json_agg(json_build_object(
                'party', a.mention,
                'stance', a.stance,
                'counted_as', a.counted_as,
                'scope', CASE a.level WHEN 0 THEN 'point' WHEN 1000 THEN 'proposal' ELSE 'part' END,
                'said_on', a.said_on,
                'is_implied', a.is_implied,
                'spoken_by', CASE WHEN a.speaker_id = a.party_id THEN a.slug ELSE (SELECT s.slug FROM party AS s WHERE s.id = a.speaker_id) END,
                'response', (SELECT r.slug FROM response AS r WHERE r.id = a.response_id),
                'agreement', (SELECT g.slug FROM agreement AS g WHERE g.id = a.agreement_id)
            )) FILTER (WHERE a.counted_as IS NOT NULL) AS answers,
            json_agg(a.mention) FILTER (WHERE a.may_owe AND coalesce(a.counted_as, 'no_comment') = 'no_comment') AS owing,
            array_agg(a.response_id) FILTER (WHERE a.response_id IS NOT NULL) AS counted,
            array_agg(a.party_id) FILTER (WHERE a.counted_as IS NOT NULL AND a.level = 0) AS parties
        FROM (
            SELECT a.*, p.slug, p.mention
            FROM state.answers(point, asked_day, asked_inherited, false) AS a
            LEFT JOIN LATERAL (
                SELECT p.slug, json_build_object('slug', p.slug, 'name', p.name, 'kind', p.kind) AS mention
                FROM party AS p WHERE p.id = a.party_id OFFSET 0
            ) AS p ON true
            WHERE a.party_id IS NOT NULL
            -- Sorted here once, since each list comes in the order of the parties.
            ORDER BY p.slug
        ) AS a
    ) AS told ON d.sort_on <= asked_day
    LEFT JOIN LATERAL (
        SELECT said.answers, said.word, said.said_on
        FROM (
            SELECT FROM response AS r
            WHERE r.demand_id = point
                AND (r.id <> ALL (coalesce(told.counted, '{}')) OR r.stance IN ('implemented', 'implemented_in_part'))
            UNION ALL
            SELECT FROM response_scope_demand AS s
            WHERE s.demand_id = point AND s.response_id <> ALL (coalesce(told.counted, '{}'))
            LIMIT 1
        ) AS any_answer
        CROSS JOIN LATERAL state.said_on_point(
            point, asked_day, coalesce(told.counted, '{}'), coalesce(told.parties, '{}')
        ) AS said
    ) AS said ON d.sort_on <= asked_day
$$
"""

SPANS = r"""
-- The spans of days in which a demand has one state, in which somebody owes an answer although others gave one, in which it
-- has one fulfilment, one way of being closed: see demand_span.
CREATE FUNCTION state.spans(point uuid)
RETURNS TABLE (aspect text, applies smallint, from_on date, until_on date, value text) LANGUAGE sql STABLE AS $$
    SELECT s.aspect, bit_or(s.applies)::smallint, s.from_on, s.until_on, s.value
    FROM (
        SELECT c.aspect, c.applies, c.day AS from_on, c.value,
            coalesce(lead(c.day) OVER (PARTITION BY c.aspect, c.applies ORDER BY c.day), 'infinity'::date) AS until_on
        FROM (
            SELECT told.aspect, w.applies, w.day, told.value,
                lag(told.value) OVER (PARTITION BY told.aspect, w.applies ORDER BY w.day) AS former
            FROM state.words(point, NULL, NULL, true) AS w
            -- Of an open point it needs no saying that somebody owes an answer.
            CROSS JOIN LATERAL (VALUES
                ('state', w.word),
                ('owed', CASE WHEN w.is_lacking AND w.word NOT IN ('open', 'no_comment') THEN 'owed' END)
            ) AS told(aspect, value)
        ) AS c
        WHERE c.value IS DISTINCT FROM c.former
    ) AS s
    WHERE s.value IS NOT NULL
    GROUP BY s.aspect, s.value, s.from_on, s.until_on
    UNION ALL
    -- Dated facts hold for every question; undated ones only where these are asked for, until a dated one begins.
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
-- The spans of the demands of some proposals. Most demands of a growing ledger have not been answered: where nothing
-- speaks of a proposal, and somebody but a claimant is addressed, the state is known without the rules.
CREATE FUNCTION state.spans_of(proposals uuid[])
RETURNS TABLE (demand_id uuid, aspect text, applies smallint, from_on date, until_on date, value text, sort_on date)
LANGUAGE sql STABLE AS $$
    WITH quiet AS MATERIALIZED (
        SELECT p.id FROM proposal AS p JOIN process ON process.id = p.process_id
        WHERE p.id = ANY (proposals) AND p.withdrawn_on IS NULL AND p.lapsed_on IS NULL AND process.ended IS NULL
            AND NOT EXISTS (SELECT FROM response AS r WHERE r.proposal_id = p.id)
            AND NOT EXISTS (SELECT FROM agreement_proposal AS a WHERE a.proposal_id = p.id)
            AND NOT EXISTS (SELECT FROM proposal_relation AS r WHERE r.target_id = p.id AND r.kind = 'supersedes')
    ),
    point AS MATERIALIZED (
        SELECT d.id, d.sort_on, d.act IN ('not_demanded', 'step') AS is_stateless,
            d.proposal_id IN (SELECT id FROM quiet)
                AND NOT EXISTS (SELECT FROM demand_link AS l WHERE l.target_id = d.id)
                AND EXISTS (
                    SELECT FROM demand_party AS a WHERE a.demand_id = d.id AND a.role = 'addressee' AND NOT EXISTS (
                        SELECT FROM demand_party AS c
                        WHERE c.demand_id = d.id AND c.role = 'claimant' AND c.party_id = a.party_id
                    )
                ) AS is_open
        FROM demand AS d WHERE d.proposal_id = ANY (proposals) AND d.withdrawn_at IS NULL
    )
    SELECT p.id, 'state', 15::smallint, p.sort_on, 'infinity'::date, 'open', p.sort_on
    FROM point AS p WHERE p.is_open AND NOT p.is_stateless
    UNION ALL
    SELECT p.id, s.aspect, s.applies, s.from_on, s.until_on, s.value, p.sort_on
    FROM point AS p CROSS JOIN LATERAL state.spans(p.id) AS s WHERE NOT p.is_open
$$
----
-- Store the spans of the demands of some proposals where they differ from what is stored. Planned each time: with the true
-- number of rows the comparison is a hash join, and not one of each row with each.
CREATE FUNCTION state.refresh(proposals uuid[]) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    at_once CONSTANT int := 500;
    part uuid[];
    wanted public.demand_span[];
BEGIN
    FOR start IN 1 .. coalesce(cardinality(proposals), 0) BY at_once LOOP
        part := proposals[start : start + at_once - 1];
        wanted := ARRAY(
            SELECT ROW(s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on, 0)::public.demand_span
            FROM state.spans_of(part) AS s
        );
        DELETE FROM demand_span AS s USING demand AS d
            WHERE d.proposal_id = ANY (part) AND s.demand_id = d.id AND NOT EXISTS (
                SELECT FROM unnest(wanted) AS w
                WHERE (w.demand_id, w.aspect, w.applies, w.from_on, w.until_on, w.value, w.sort_on)
                    = (s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on)
            );
        INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on)
            SELECT w.demand_id, w.aspect, w.applies, w.from_on, w.until_on, w.value, w.sort_on FROM unnest(wanted) AS w
            WHERE NOT EXISTS (
                SELECT FROM demand_span AS s
                WHERE (s.demand_id, s.aspect, s.applies, s.from_on) = (w.demand_id, w.aspect, w.applies, w.from_on)
            );
    END LOOP;
END $$
----
-- Where what is stored is not what the rules say, by the rules alone: demand, and whether the row is missing or wrong.
CREATE FUNCTION state.differences()
RETURNS TABLE (demand_id uuid, aspect text, applies smallint, from_on date, until_on date, value text, is_missing boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH wanted AS MATERIALIZED (
        SELECT d.id, s.aspect, s.applies, s.from_on, s.until_on, s.value, d.sort_on
        FROM demand AS d CROSS JOIN LATERAL state.spans(d.id) AS s WHERE d.withdrawn_at IS NULL
    ),
    stored AS MATERIALIZED (
        SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on FROM demand_span AS s
    )
    (SELECT w.id, w.aspect, w.applies, w.from_on, w.until_on, w.value, true FROM (TABLE wanted EXCEPT TABLE stored) AS w)
    UNION ALL
    (SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, false FROM (TABLE stored EXCEPT TABLE wanted) AS s)
$$
----
-- Put right what `differences` finds; the number of demands that it found.
CREATE FUNCTION state.repair() RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wrong uuid[] := ARRAY(SELECT DISTINCT demand_id FROM state.differences());
BEGIN
    DELETE FROM demand_span WHERE demand_id = ANY (wrong);
    INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on)
        SELECT d.id, s.aspect, s.applies, s.from_on, s.until_on, s.value, d.sort_on
        FROM demand AS d CROSS JOIN LATERAL state.spans(d.id) AS s
        WHERE d.id = ANY (wrong) AND d.withdrawn_at IS NULL;
    RETURN cardinality(wrong);
END $$
"""

QUEUE = """
-- Proposals whose demands may have another state since this transaction began; empty outside of a transaction.
CREATE TABLE state.due (proposal_id uuid PRIMARY KEY)
----
CREATE FUNCTION state.queue(proposals uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO state.due SELECT DISTINCT p FROM unnest(proposals) AS p WHERE p IS NOT NULL ON CONFLICT DO NOTHING
$$
----
-- At the end of the transaction, since what a demand's state depends on may come after it. The first call does all.
CREATE FUNCTION state.settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due uuid[];
BEGIN
    WITH taken AS (DELETE FROM state.due RETURNING proposal_id) SELECT array_agg(proposal_id) INTO due FROM taken;
    PERFORM state.refresh(due);
    RETURN NULL;
END $$
----
CREATE CONSTRAINT TRIGGER state_settle AFTER INSERT ON state.due DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION state.settle()
----
-- The proposals that some demands close by a link, or may close.
CREATE FUNCTION state.closed_by(demands uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT DISTINCT target.proposal_id
        FROM public.demand_link AS link JOIN public.demand AS target ON target.id = link.target_id
        WHERE link.demand_id = ANY (demands) AND link.kind IN ('settles', 'withdraws', 'strikes_out')
    )
$$
----
-- The proposals that some agreements adopt.
CREATE FUNCTION state.adopted_by(agreements uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    SELECT ARRAY(SELECT a.proposal_id FROM public.agreement_proposal AS a WHERE a.agreement_id = ANY (agreements))
$$
----
-- The proposals that some parties have answered, or have accepted by an agreement.
CREATE FUNCTION state.answered_by(parties uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT r.proposal_id FROM public.response AS r WHERE r.responder_id = ANY (parties)
        UNION
        SELECT a.proposal_id FROM public.agreement_party AS p
        JOIN public.agreement_proposal AS a ON a.agreement_id = p.agreement_id WHERE p.party_id = ANY (parties)
    )
$$
----
-- Some parties and the bodies that speak for them.
CREATE FUNCTION state.voices_of(parties uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    SELECT parties || ARRAY(SELECT m.body_id FROM public.party_mandate AS m WHERE m.party_id = ANY (parties))
$$
----
-- The proposals in which some parties are addressed, or at whose talk they sat.
CREATE FUNCTION state.asking(parties uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT d.proposal_id FROM public.demand_party AS p JOIN public.demand AS d ON d.id = p.demand_id
        WHERE p.party_id = ANY (parties) AND p.role = 'addressee'
        UNION
        SELECT a.proposal_id FROM public.proposal_addressee AS a WHERE a.party_id = ANY (parties)
        UNION
        SELECT p.id FROM public.delegation AS g JOIN public.proposal AS p ON p.talk_id = g.talk_id
        WHERE g.party_id = ANY (parties)
    )
$$
"""

#: The changes that queue proposals. For each table, an expression selects the proposals that rows refer to (`{rows}`:
#: the new or the old rows). In tables with an `id` (records and parts), an update queues proposals only if one of the
#: named columns, or an expression over a row (`{}`), has changed.
WATCHED = {
    'demand': (
        ('act', 'sort_on', 'proposal_id', 'account_id', 'part_id', 'withdrawn_at'),
        'ARRAY(SELECT proposal_id FROM {rows}) || state.closed_by(ARRAY(SELECT id FROM {rows}))',
    ),
    'demand_party': (
        (),
        'ARRAY(SELECT d.proposal_id FROM {rows} JOIN public.demand AS d ON d.id = {rows}.demand_id)'
        ' || state.closed_by(ARRAY(SELECT demand_id FROM {rows}))',
    ),
    'demand_link': (
        (),
        'ARRAY(SELECT d.proposal_id FROM {rows} JOIN public.demand AS d ON d.id = {rows}.target_id)',
    ),
    'part': (('parent_id',), 'ARRAY(SELECT proposal_id FROM {rows})'),
    'response': (
        (
            'proposal_id', 'demand_id', 'part_id', 'responder_id', 'stance', 'scope', 'reply_to_id', 'is_implied',
            'said_on_min', 'said_on_max', 'position', 'slug', 'withdrawn_at',
        ),
        'ARRAY(SELECT proposal_id FROM {rows})',
    ),
    'response_scope_demand': (
        (),
        'ARRAY(SELECT r.proposal_id FROM {rows} JOIN public.response AS r ON r.id = {rows}.response_id)'
        ' || ARRAY(SELECT d.proposal_id FROM {rows} JOIN public.demand AS d ON d.id = {rows}.demand_id)',
    ),
    'proposal': (
        (
            'process_id', 'talk_id', 'sort_on', 'tabled_on_max', 'document_date_max', 'withdrawn_on', 'withdrawn_on_max',
            'lapsed_on', 'lapsed_on_max', 'withdrawn_at',
        ),
        "ARRAY(SELECT id FROM {rows})"
        " || ARRAY(SELECT r.target_id FROM {rows} JOIN public.proposal_relation AS r ON r.proposal_id = {rows}.id"
        " WHERE r.kind = 'supersedes')"
        " || state.closed_by(ARRAY(SELECT d.id FROM {rows} JOIN public.demand AS d ON d.proposal_id = {rows}.id))",
    ),
    'proposal_addressee': ((), 'ARRAY(SELECT proposal_id FROM {rows})'),
    'proposal_relation': ((), "ARRAY(SELECT target_id FROM {rows} WHERE kind = 'supersedes')"),
    'agreement': (
        ('status', 'agreed_on_min', 'agreed_on_max', 'slug', 'withdrawn_at'),
        'state.adopted_by(ARRAY(SELECT id FROM {rows}))',
    ),
    'agreement_proposal': ((), 'ARRAY(SELECT proposal_id FROM {rows})'),
    'agreement_party': ((), 'state.adopted_by(ARRAY(SELECT agreement_id FROM {rows}))'),
    'party': (
        ("{}.kind = 'unspecified_group'", 'withdrawn_at'),
        # A change of a party also affects the demands that were answered by the parties that it speaks for, or by its
        # coalitions.
        'state.asking(ARRAY(SELECT id FROM {rows})) || state.answered_by('
        ' ARRAY(SELECT m.party_id FROM {rows} JOIN public.party_mandate AS m ON m.body_id = {rows}.id)'
        ' || ARRAY(SELECT m.coalition_id FROM {rows} JOIN public.party_membership AS m ON m.member_id = {rows}.id)'
        ' || ARRAY(SELECT id FROM {rows}))',
    ),
    'party_membership': (
        (),
        # Answers of the coalition for its members, and answers of members to demands addressed to the coalition.
        'state.answered_by(ARRAY(SELECT coalition_id FROM {rows})) || ARRAY('
        ' SELECT unnest(state.answered_by(state.voices_of(ARRAY(SELECT member_id FROM {rows}))))'
        ' INTERSECT SELECT unnest(state.asking(ARRAY(SELECT coalition_id FROM {rows}))))',
    ),
    'party_mandate': (
        (),
        'state.answered_by(ARRAY(SELECT body_id FROM {rows}) || ARRAY(SELECT party_id FROM {rows}))',
    ),
    'delegation': (
        ('talk_id', 'party_id', 'is_seated', 'roles', 'withdrawn_at'),
        'ARRAY(SELECT p.id FROM {rows} JOIN public.proposal AS p ON p.talk_id = {rows}.talk_id)',
    ),
    'process': (
        ('ended', 'ended_max'),
        'ARRAY(SELECT p.id FROM {rows} JOIN public.proposal AS p ON p.process_id = {rows}.id)',
    ),
}
EVENTS = (
    ('insert', 'NEW TABLE AS new_rows'),
    ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
    ('delete', 'OLD TABLE AS old_rows'),
)


def _function_of(table: str) -> str:
    """The SQL of the function that the triggers of a table call."""
    columns, proposals = WATCHED[table]
    unchanged = ''
    new, old = 'new_rows', 'old_rows'
    if columns:
        before, after = (
            ', '.join(name.format(row) if '{}' in name else f'{row}.{name}' for name in columns) for row in ('o', 'n')
        )
        unchanged = f"""
            -- Two conditions, since a transition table that does not exist may not even be named.
            IF TG_OP = 'UPDATE' THEN
                IF NOT EXISTS (
                    SELECT FROM new_rows AS n JOIN old_rows AS o USING (id)
                    WHERE ROW({after}) IS DISTINCT FROM ROW({before})
                ) THEN
                    RETURN NULL;
                END IF;
            END IF;"""
    gone = 'DELETE FROM public.demand_span WHERE demand_id IN (SELECT id FROM old_rows);' if table == 'demand' else ''
    return f"""
        CREATE FUNCTION state.on_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {unchanged}
            IF TG_OP <> 'DELETE' THEN
                PERFORM state.queue({proposals.format(rows=new)});
            END IF;
            IF TG_OP <> 'INSERT' THEN
                PERFORM state.queue({proposals.format(rows=old)});
            END IF;
            IF TG_OP = 'DELETE' THEN
                {gone or 'NULL;'}
            END IF;
            RETURN NULL;
        END $$
    """


VIEWS = r"""
-- The day on which it is asked: of what was known on a day, that day.
CREATE FUNCTION known.parley_today() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql
    RETURN least(known.day(), public.parley_today())
----
CREATE FUNCTION past_known.parley_today() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql
    RETURN least(known.day(), past.parley_today())
----
ALTER FUNCTION known.show(text) RENAME TO show_rows
----
ALTER FUNCTION known.hide(text) RENAME TO hide_rows
----
-- Make the views of a table. What was known of a demand's state is derived when it is asked for.
CREATE FUNCTION known.show(table_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    here text;
BEGIN
    PERFORM known.show_rows(table_name);
    IF table_name IN ('demand', 'demand_span') THEN
        FOREACH here IN ARRAY ARRAY['known', 'past_known'] LOOP
            EXECUTE format(
                'CREATE VIEW %1$I.demand_span AS SELECT d.id AS demand_id, s.aspect, s.applies, s.from_on, s.until_on,'
                ' s.value, d.sort_on, 0::bigint AS rev_from'
                ' FROM %1$I.demand AS d CROSS JOIN LATERAL state.spans(d.id) AS s', here);
        END LOOP;
    END IF;
END $$
----
CREATE FUNCTION known.hide(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF table_name IN ('demand', 'demand_span') THEN
        DROP VIEW IF EXISTS known.demand_span, past_known.demand_span;
    END IF;
    PERFORM known.hide_rows(table_name);
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f('ck_demand_act'), 'demand', type_='check')
    op.create_check_constraint(op.f('ck_demand_act'), 'demand', _one_of('act', (*ACTS[:7], 'step', *ACTS[7:])))
    _make_mandates()
    op.create_index(
        'ix_response_whole', 'response', ['proposal_id'], postgresql_where=sa.text('demand_id IS NULL')
    )
    op.execute("SELECT history.keep('response')")
    op.create_table(
        'demand_span',
        sa.Column('demand_id', sa.Uuid(), nullable=False),
        sa.Column('aspect', sa.Text(), nullable=False),
        sa.Column('applies', sa.SmallInteger(), nullable=False),
        sa.Column('from_on', sa.Date(), nullable=False),
        sa.Column('until_on', sa.Date(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('sort_on', sa.Date(), nullable=False),
        sa.Column('rev_from', sa.BigInteger(), server_default=sa.text('parley_revision()'), nullable=False),
        sa.CheckConstraint("aspect IN ('state', 'owed', 'fulfilment', 'closed')", name=op.f('ck_demand_span_aspect')),
        sa.CheckConstraint('applies BETWEEN 1 AND 15', name=op.f('ck_demand_span_applies')),
        sa.PrimaryKeyConstraint('demand_id', 'aspect', 'applies', 'from_on', name=op.f('pk_demand_span')),
    )
    op.execute('CREATE SCHEMA state')
    for text in (CLOSABLE, ANSWERS, DESCRIPTION, SPANS, QUEUE):
        _make(text)
    # Existing demands get their states as of revision 1, derived from the current responses.
    op.execute(
        'INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on, rev_from)'
        ' SELECT demand_id, aspect, applies, from_on, until_on, value, sort_on, 1'
        ' FROM state.spans_of(ARRAY(SELECT id FROM proposal))'
    )
    op.create_index(
        'ix_demand_span_newest', 'demand_span', ['aspect', 'value', sa.text('sort_on DESC'), sa.text('demand_id DESC')]
    )
    _make(VIEWS)
    op.execute("INSERT INTO history.kept (name) VALUES ('demand_span')")
    op.execute("SELECT history.keep('demand_span')")
    for table in WATCHED:
        op.get_bind().exec_driver_sql(_function_of(table))
        for event, rows in EVENTS:
            op.execute(
                f'CREATE TRIGGER state_{event} AFTER {event} ON {table} REFERENCING {rows}'
                f' FOR EACH STATEMENT EXECUTE FUNCTION state.on_{table}()'
            )


def _make_mandates() -> None:
    op.create_table(
        'party_mandate',
        sa.Column('body_id', sa.Uuid(), nullable=False),
        sa.Column('party_id', sa.Uuid(), nullable=False),
        sa.Column('role', sa.Text(), nullable=False),
        sa.Column('valid_from', sa.Text(), nullable=True),
        sa.Column('valid_to', sa.Text(), nullable=True),
        *(
            sa.Column(f'valid_{end}_{part}', kind, nullable=True)
            for end in ('from', 'to')
            for part, kind in (('min', sa.Date()), ('max', sa.Date()), ('precision', sa.Text()))
        ),
        sa.Column('rev_from', sa.BigInteger(), server_default=sa.text('parley_revision()'), nullable=False),
        sa.CheckConstraint('body_id <> party_id', name=op.f('ck_party_mandate_not_for_itself')),
        sa.CheckConstraint(_one_of('role', ('decides', 'approves')), name=op.f('ck_party_mandate_role')),
        *(
            sa.CheckConstraint(_one_of(f'valid_{end}_precision', PRECISIONS), name=op.f(f'ck_party_mandate_valid_{end}_precision'))
            for end in ('from', 'to')
        ),
        *(
            sa.CheckConstraint(
                f'num_nonnulls("valid_{end}", valid_{end}_min, valid_{end}_max, valid_{end}_precision) IN (0, 4)'
                f' AND (valid_{end}_min IS NULL OR valid_{end}_min <= valid_{end}_max)',
                name=op.f(f'ck_party_mandate_valid_{end}_range'),
            )
            for end in ('from', 'to')
        ),
        sa.PrimaryKeyConstraint('body_id', 'party_id', name=op.f('pk_party_mandate')),
        *(
            sa.ForeignKeyConstraint(
                [column], ['party.id'], name=op.f(f'fk_party_mandate_{column}'), deferrable=True, initially='IMMEDIATE'
            )
            for column in ('body_id', 'party_id')
        ),
    )
    op.create_index(op.f('ix_party_mandate_party_id'), 'party_mandate', ['party_id'])
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('party_mandate', 'body_id', 'party')")
    op.execute("SELECT history.keep('party_mandate')")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f'"{column}" IN (' + ', '.join(f"'{word}'" for word in words) + ')'


def _make(text: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    for statement in text.split(APART):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().exec_driver_sql("SELECT true FROM demand WHERE act = 'step' LIMIT 1").scalar():
        raise RuntimeError('There are demands with the act `step`, which the previous schema does not allow.')
    for table in ('party_mandate', 'history.party_mandate'):
        if op.get_bind().exec_driver_sql(f'SELECT true FROM {table} LIMIT 1').scalar():
            raise RuntimeError('There are bodies that speak for a party, which the previous schema cannot store.')
    for table in WATCHED:
        for event, _ in EVENTS:
            op.execute(f'DROP TRIGGER state_{event} ON {table}')
    op.drop_index('ix_response_whole', table_name='response')
    op.execute('DROP INDEX history.ix_response_whole')
    op.execute('DROP VIEW known.demand_span, past_known.demand_span')
    for schema in ('public', 'past', 'known', 'past_known'):
        op.execute(f'DROP VIEW {schema}.demand_closable')
    op.execute('DROP FUNCTION known.parley_today(), past_known.parley_today()')
    for name in ('show', 'hide'):
        op.execute(f'DROP FUNCTION known.{name}(text)')
        op.execute(f'ALTER FUNCTION known.{name}_rows(text) RENAME TO {name}')
    op.execute('DROP SCHEMA state CASCADE')
    for table in ('demand_span', 'party_mandate'):
        op.execute(f'DROP VIEW past.{table}')
        op.drop_table(table)
        op.execute(f'DROP TABLE history.{table}')
        op.execute(f'DROP FUNCTION history.keep_{table}()')
        op.execute(f"DELETE FROM history.kept WHERE name = '{table}'")
    op.drop_constraint(op.f('ck_demand_act'), 'demand', type_='check')
    op.create_check_constraint(op.f('ck_demand_act'), 'demand', _one_of('act', ACTS))
