"""`known_to`: views of what a party could know on a day, in addition to what was public.

`parley_known_to` returns the ids of the records of one kind that a party could know although they may not be public; the
rules are in app/guides/time.md. The ids are derived in each request: stored ids would need a row for each party and each
record that it could know. The function exists in the schemas `public` and `past`, and reads the tables of its schema.

A session whose search path begins with `known_to, known` reads views of the rows that were public by the day
`parley.known_by`, or that the party `parley.known_to` could know by then. A session whose search path begins with
`past_known_to, past_known, past` reads the same for a past revision. `known.show` creates these views too.

Revision: known_to
Revises: disclosures
"""

from alembic import op

revision = "known_to"
down_revision = "disclosures"
branch_labels = None
depends_on = None

#: Separator between the statements of a text.
APART = "\n----\n"
SCHEMAS = ("known_to", "past_known_to")

REACHED = """
-- Whether an event counts on the asked day for a party that was a member of a coalition from and to these days (null =
-- unknown, which excludes nothing). `happened`: the last possible day of the event.
CREATE FUNCTION known.reached(happened date, asked date, valid_from date, valid_to date) RETURNS boolean
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN happened <= asked AND happened < '9999-12-31'
    AND (valid_from IS NULL OR valid_from <= happened) AND (valid_to IS NULL OR valid_to >= happened)
"""

#: The party itself, and the coalitions of which it was a member.
VOICES = """voice AS MATERIALIZED (
        SELECT party AS id, NULL::date AS valid_from, NULL::date AS valid_to
        UNION ALL
        SELECT m.coalition_id, m.valid_from_min, m.valid_to_max FROM {here}.party_membership AS m WHERE m.member_id = party
    )"""


def _reached(day: str) -> str:
    return f"known.reached({day}, asked, v.valid_from, v.valid_to)"


TABLED = "coalesce(p.tabled_on_max, p.document_date_max)"
AGREED = "coalesce(a.agreed_on_max, a.announced_on_max)"
SEATED = "{here}.delegation AS d ON d.party_id = v.id AND d.is_seated AND d.withdrawn_at IS NULL"

PROPOSALS = f"""
    WITH {VOICES}
    SELECT p.id FROM voice AS v
    JOIN {{here}}.proposal_author AS w ON w.party_id = v.id JOIN {{here}}.proposal AS p ON p.id = w.proposal_id
    WHERE p.withdrawn_at IS NULL AND {_reached("least(p.document_date_max, p.tabled_on_max)")}
    UNION SELECT p.id FROM voice AS v
    JOIN {{here}}.proposal_addressee AS w ON w.party_id = v.id JOIN {{here}}.proposal AS p ON p.id = w.proposal_id
    WHERE p.withdrawn_at IS NULL AND {_reached(TABLED)}
    UNION SELECT p.id FROM voice AS v
    JOIN {SEATED} JOIN {{here}}.proposal AS p ON p.talk_id = d.talk_id
    WHERE p.withdrawn_at IS NULL AND {_reached(TABLED)}
    UNION SELECT p.id FROM voice AS v
    JOIN {{here}}.proposal_disclosure AS x ON x.to_id = v.id JOIN {{here}}.proposal AS p ON p.id = x.proposal_id
    WHERE p.withdrawn_at IS NULL AND {_reached("x.on_max")}
    -- Who answers a proposal knows it. The report of a silence is no answer.
    UNION SELECT p.id FROM voice AS v
    JOIN {{here}}.response AS r ON r.responder_id = v.id AND r.withdrawn_at IS NULL AND r.stance <> 'no_comment'
    JOIN {{here}}.proposal AS p ON p.id = r.proposal_id
    WHERE p.withdrawn_at IS NULL AND {_reached("r.said_on_max")}
    UNION SELECT p.id FROM {{here}}.parley_known_to('agreements', party, asked) AS g(id)
    JOIN {{here}}.agreement_proposal AS w ON w.agreement_id = g.id JOIN {{here}}.proposal AS p ON p.id = w.proposal_id
    WHERE p.withdrawn_at IS NULL"""

AGREEMENTS = f"""
    WITH {VOICES}
    SELECT a.id FROM voice AS v
    JOIN {{here}}.agreement_party AS w ON w.party_id = v.id JOIN {{here}}.agreement AS a ON a.id = w.agreement_id
    WHERE a.withdrawn_at IS NULL AND {_reached(AGREED)}
    UNION SELECT a.id FROM voice AS v
    JOIN {{here}}.agreement_signature AS s ON s.party_id = v.id JOIN {{here}}.agreement AS a ON a.id = s.agreement_id
    WHERE a.withdrawn_at IS NULL AND {_reached("coalesce(s.on_max, a.agreed_on_max, a.announced_on_max)")}
    UNION SELECT a.id FROM voice AS v
    JOIN {{here}}.agreement_disclosure AS x ON x.to_id = v.id JOIN {{here}}.agreement AS a ON a.id = x.agreement_id
    WHERE a.withdrawn_at IS NULL AND {_reached("x.on_max")}"""

GIVEN = "r.id, r.proposal_id, r.demand_id, r.part_id"

RESPONSES = f"""
    WITH {VOICES},
    mine AS MATERIALIZED (SELECT k.id FROM {{here}}.parley_known_to('proposals', party, asked) AS k(id)),
    given AS (
        SELECT {GIVEN} FROM voice AS v JOIN {{here}}.response AS r ON r.responder_id = v.id
        WHERE r.withdrawn_at IS NULL AND {_reached("r.said_on_max")}
        UNION SELECT {GIVEN} FROM voice AS v
        JOIN {{here}}.proposal_author AS w ON w.party_id = v.id
        JOIN {{here}}.response AS r ON r.proposal_id = w.proposal_id
        WHERE r.withdrawn_at IS NULL AND {_reached("r.said_on_max")}
        UNION SELECT {GIVEN} FROM voice AS v
        JOIN {SEATED} JOIN {{here}}.response AS r ON r.talk_id = d.talk_id
        WHERE r.withdrawn_at IS NULL AND {_reached("r.said_on_max")}
        -- A public answer to what the public does not know yet.
        UNION SELECT {GIVEN} FROM mine CROSS JOIN LATERAL (
            SELECT {GIVEN} FROM {{here}}.response AS r WHERE r.proposal_id = mine.id AND r.withdrawn_at IS NULL OFFSET 0
        ) AS r
        WHERE (
            SELECT min(coalesce(c.public_by_max, s.published_max))
            FROM {{here}}.citation AS c JOIN {{here}}.source AS s ON s.id = c.source_id
            WHERE c.target_id = r.id AND c.verdict = 'supports' AND c.withdrawn_at IS NULL AND s.withdrawn_at IS NULL
        ) <= least(asked, '9999-12-30')
    )
    SELECT r.id FROM given AS r
    WHERE (
        (
            SELECT k.known_on FROM {{here}}.known_day AS k WHERE k.id = coalesce(r.demand_id, r.part_id, r.proposal_id)
        ) <= asked
        OR r.proposal_id IN (SELECT mine.id FROM mine) AND CASE
            WHEN r.demand_id IS NOT NULL THEN (
                SELECT d.is_reference AND d.withdrawn_at IS NULL FROM {{here}}.demand AS d WHERE d.id = r.demand_id)
            WHEN r.part_id IS NOT NULL THEN (
                SELECT t.is_reference FROM {{here}}.part AS o JOIN {{here}}.account AS t ON t.id = o.account_id
                WHERE o.id = r.part_id)
            ELSE true
        END
    )"""

INSIDE = "SELECT k.id FROM {{here}}.parley_known_to('{kind}', party, asked) AS k(id)"


def _among(kind: str, found: str) -> str:
    """The rows that a subquery finds for each known record `k` of a kind. With OFFSET 0, PostgreSQL looks the rows up in
    an index for each record; otherwise it reads the whole table, because it does not know how few the records are."""
    return f"""
    SELECT found.id FROM ({INSIDE.format(kind=kind)}) AS k CROSS JOIN LATERAL ({found} OFFSET 0) AS found"""


#: The kinds of records whose citations a party knows with the record.
CITED = ("talks", "delegations", "proposals", "demands", "responses", "agreements")
#: For each kind of record, the query for the ids of the records that a party could know. For the kinds that are
#: missing here, a party knows what the public knows.
QUERIES = {
    "talks": f"""
    WITH {VOICES}
    SELECT t.id FROM voice AS v
    JOIN {{here}}.delegation AS d ON d.party_id = v.id AND d.withdrawn_at IS NULL JOIN {{here}}.talk AS t ON t.id = d.talk_id
    WHERE t.withdrawn_at IS NULL AND {_reached("t.start_max")}""",
    "delegations": _among(
        "talks", "SELECT d.id FROM {here}.delegation AS d WHERE d.talk_id = k.id AND d.withdrawn_at IS NULL"
    ),
    "proposals": PROPOSALS,
    "accounts": _among(
        "proposals", "SELECT t.id FROM {here}.account AS t WHERE t.proposal_id = k.id AND t.is_reference"
    ),
    "parts": _among("accounts", "SELECT o.id FROM {here}.part AS o WHERE o.account_id = k.id"),
    "demands": _among(
        "proposals",
        "SELECT d.id FROM {here}.demand AS d WHERE d.proposal_id = k.id AND d.is_reference AND d.withdrawn_at IS NULL",
    ),
    # Those whose proposal was tabled after the asked day: it was shown or answered before.
    "early_demands": _among(
        "proposals",
        "SELECT d.id FROM {here}.demand AS d WHERE d.proposal_id = k.id AND d.is_reference AND d.withdrawn_at IS NULL"
        " AND d.sort_on > asked",
    ),
    "responses": RESPONSES,
    "agreements": AGREEMENTS,
    "citations": f"""
    SELECT found.id FROM ({" UNION ALL ".join(INSIDE.format(kind=kind) for kind in CITED)}) AS k
    CROSS JOIN LATERAL (
        SELECT c.id FROM {{here}}.citation AS c JOIN {{here}}.source AS s ON s.id = c.source_id
        WHERE c.target_id = k.id AND c.withdrawn_at IS NULL AND s.withdrawn_at IS NULL AND s.published_max IS NOT NULL
            AND known.reached(greatest(coalesce(c.public_by_max, s.published_max), s.published_max), asked, NULL, NULL)
        OFFSET 0
    ) AS found""",
}

KNOWN_TO = f"""
-- The records of a kind that a party could know by a day, whether they are public or not.
CREATE FUNCTION {{here}}.parley_known_to(kind text, party uuid, asked date) RETURNS SETOF uuid
STABLE PARALLEL SAFE ROWS 1000 LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    CASE kind
    {"".join(f"WHEN '{kind}' THEN RETURN QUERY{query};{chr(10)}    " for kind, query in QUERIES.items())}ELSE
    END CASE;
END $$
"""

VIEWS = r"""
-- The party that this session asks for.
CREATE FUNCTION known_to.party() RETURNS uuid STABLE PARALLEL SAFE LANGUAGE sql
    RETURN current_setting('parley.known_to')::uuid
----
-- An address as a response contains it: one that leads to what the same party could know on the same day.
CREATE FUNCTION known_to.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    RETURN known.parley_address(address) || '&known_to=' || current_setting('parley.known_to_slug')
----
CREATE FUNCTION past_known_to.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    RETURN past.parley_address(known_to.parley_address(address))
----
-- The condition for a column with the id of a record: the record is known to the party. `otherwise`: the result for
-- records that are not claims, and for null.
CREATE FUNCTION known_to.is_known(below text, named text, otherwise boolean) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT format(
        'coalesce((SELECT k.known_on <= known.day() OR CASE k.collection %s ELSE false END'
        ' FROM %I.known_day AS k WHERE k.id = r.%I), %L::boolean)',
        string_agg(
            format('WHEN %1$L THEN k.id IN (SELECT %2$I.parley_known_to(%1$L, known_to.party(), known.day()))', collection, below),
            ' ' ORDER BY collection
        ),
        below, named, otherwise
    )
    FROM known.kind WHERE collection NOT IN ('sources', 'assessments')
$$
----
-- Make the views of a table: what a party could know of it now, and at a revision.
CREATE FUNCTION known_to.show(table_name text) RETURNS void LANGUAGE plpgsql AS $show$
DECLARE
    here text;
    below text;
    columns text;
    kind CONSTANT text := (SELECT collection FROM known.kind WHERE name = table_name);
    is_sorted boolean;
    is_shown text;
    joined text;
BEGIN
    SELECT string_agg(CASE WHEN table_name = 'demand' AND attname = 'timing' THEN '%1$s.parley_timing(r.timing) AS timing'
            ELSE 'r.' || quote_ident(attname) END, ', ' ORDER BY attnum), bool_or(attname = 'sort_on')
        INTO columns, is_sorted
        FROM pg_attribute WHERE attrelid = format('public.%I', table_name)::regclass AND attnum > 0 AND NOT attisdropped;
    FOREACH here IN ARRAY ARRAY['known_to', 'past_known_to'] LOOP
        below := CASE here WHEN 'known_to' THEN 'public' ELSE 'past' END;
        joined := '';
        IF kind IS NOT NULL THEN
            -- The order and the id are those of `known_day`, so that PostgreSQL skips hidden records inside its index.
            joined := format(' JOIN %s.known_day AS k ON k.id = r.id', below);
            IF is_sorted AND here = 'known_to' THEN
                joined := joined || ' AND k.sort_on = r.sort_on';
            END IF;
            is_shown := format('k.collection = %L', kind) || CASE
                WHEN kind IN ('sources', 'assessments') THEN ' AND k.known_on < ''infinity''::date AND k.known_on <= known.day()'
                -- A party may know a tenth of all demands, so their proposals are compared. The first condition needs no
                -- column of the demand: it skips those that were tabled later inside the index.
                WHEN kind = 'demands' THEN format(
                    ' AND (k.known_on <= known.day() OR k.sort_on <= known.day() OR k.id IN ('
                    'SELECT %1$I.parley_known_to(''early_demands'', known_to.party(), known.day())))'
                    ' AND (k.known_on <= known.day() OR k.sort_on > known.day() OR r.is_reference AND r.withdrawn_at IS NULL'
                    ' AND r.proposal_id IN (SELECT %1$I.parley_known_to(''proposals'', known_to.party(), known.day())))',
                    below)
                WHEN kind IN ('accounts', 'parts') THEN format(
                    ' AND (k.known_on <= known.day() OR %2$s'
                    ' AND r.proposal_id IN (SELECT %1$I.parley_known_to(''proposals'', known_to.party(), known.day())))',
                    below, CASE kind WHEN 'accounts' THEN 'r.is_reference'
                        ELSE format('(SELECT t.is_reference FROM %I.account AS t WHERE t.id = r.account_id)', below) END)
                ELSE format(' AND (k.known_on <= known.day() OR k.id IN ('
                    'SELECT %I.parley_known_to(%L, known_to.party(), known.day())))', below, kind) END;
        ELSE
            is_shown := CASE
                WHEN table_name = 'entry' THEN
                    'NOT known.is_claim(r.collection) OR ' || known_to.is_known(below, 'id', false)
                WHEN table_name IN ('revision_change', 'slug_alias') THEN
                    'NOT known.is_claim(r.collection) OR ' || known_to.is_known(below, 'record_id', false)
                WHEN table_name = 'external_id' THEN known_to.is_known(below, 'record_id', true)
                WHEN table_name = 'demand_link' THEN
                    known_to.is_known(below, 'demand_id', false) || ' AND ' || known_to.is_known(below, 'target_id', false)
                WHEN table_name = 'proposal_relation' THEN
                    known_to.is_known(below, 'proposal_id', false) || ' AND ' || known_to.is_known(below, 'target_id', true)
                    || ' AND ' || known_to.is_known(below, 'agreement_id', true)
                WHEN table_name = 'attribution' THEN
                    'r.text IS NOT NULL OR r.party_id IS NOT NULL OR r.person_id IS NOT NULL OR '
                    || known_to.is_known(below, 'source_id', true)
                WHEN table_name = 'delegation_member' THEN known_to.is_known(below, 'delegation_id', false)
                WHEN table_name = 'process_outcome' THEN 'known.is_known_outcome(r.process_id, r.key)'
                WHEN table_name = 'attendance' THEN
                    known_to.is_known(below, 'delegation_id', false) || ' AND ' || known_to.is_known(below, 'talk_id', true)
            END;
        END IF;
        IF is_shown IS NOT NULL THEN
            EXECUTE format('CREATE VIEW %1$s.%2$I AS SELECT %3$s FROM %4$s.%2$I AS r%5$s WHERE %6$s',
                here, table_name, format(columns, here), below, joined, is_shown);
        END IF;
        IF table_name IN ('demand', 'demand_span') THEN
            EXECUTE format(
                'CREATE VIEW %1$I.demand_span AS SELECT d.id AS demand_id, s.aspect, s.applies, s.from_on, s.until_on,'
                ' s.value, d.sort_on, 0::bigint AS rev_from'
                ' FROM %1$I.demand AS d CROSS JOIN LATERAL state.spans(d.id) AS s', here);
        END IF;
    END LOOP;
END $show$
----
-- Remove the views of a table before its columns change.
CREATE FUNCTION known_to.hide(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF table_name IN ('demand', 'demand_span') THEN
        DROP VIEW IF EXISTS known_to.demand_span, past_known_to.demand_span;
    END IF;
    EXECUTE format('DROP VIEW IF EXISTS known_to.%1$I, past_known_to.%1$I', table_name);
END $$
----
ALTER FUNCTION known.show(text) RENAME TO show_public
----
ALTER FUNCTION known.hide(text) RENAME TO hide_public
----
-- Make the views of a table: what the public knew, and what a party could know. Called by `history.keep`.
CREATE FUNCTION known.show(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM known.show_public(table_name);
    PERFORM known_to.show(table_name);
END $$
----
CREATE FUNCTION known.hide(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM known_to.hide(table_name);
    PERFORM known.hide_public(table_name);
END $$
"""

# The triggering event in the timing of a demand may be a record that is not known to the party.
TIMING = """
CREATE FUNCTION {here}.parley_timing(timing jsonb) RETURNS jsonb STABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    kind text;
    named text;
BEGIN
    IF timing -> 'trigger' IS NULL THEN
        RETURN timing;
    END IF;
    FOREACH kind IN ARRAY ARRAY['demand', 'agreement', 'proposal', 'talk'] LOOP
        named := timing -> 'trigger' ->> kind;
        IF named IS NOT NULL
            AND NOT EXISTS (SELECT FROM {here}.entry AS e WHERE e.collection = kind || 's' AND e.slug = named)
            AND NOT EXISTS (SELECT FROM {here}.slug_alias AS a WHERE a.collection = kind || 's' AND a.slug = named)
        THEN
            timing := timing #- ARRAY['trigger', kind];
        END IF;
    END LOOP;
    RETURN timing;
END $$
"""

#: The tables with views in the schema `known`, without those that depend on another view.
SHOW_ALL = """
SELECT known_to.show(viewname) FROM pg_views
WHERE schemaname = 'known' AND viewname NOT IN ('demand_span', 'demand_closable')
"""


def upgrade() -> None:
    for schema in SCHEMAS:
        op.execute(f"CREATE SCHEMA {schema}")
    _make(REACHED)
    for here in ("public", "past"):
        _make(KNOWN_TO.format(here=here))
    for here in SCHEMAS:
        _make(TIMING.format(here=here))
    _make(VIEWS)
    _make(SHOW_ALL)
    # Like `ix_known_day_newest`, with the claims that no dated source makes public: a party may know them. The index of
    # the history is created here, because `history.keep` would drop the view `past.known_day`, which other views use.
    columns = "collection, sort_on DESC, id DESC, known_on"
    op.execute(f"CREATE INDEX ix_known_day_all ON known_day ({columns})")
    op.execute(f"CREATE INDEX ix_known_day_all ON history.known_day ({columns}, rev_to, rev_from)")


def _make(text: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    for statement in text.split(APART):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for name in ("show", "hide"):
        op.execute(f"DROP FUNCTION known.{name}(text)")
        op.execute(f"ALTER FUNCTION known.{name}_public(text) RENAME TO {name}")
    for schema in SCHEMAS:
        op.execute(f"DROP SCHEMA {schema} CASCADE")
    for here in ("public", "past"):
        op.execute(f"DROP FUNCTION {here}.parley_known_to(text, uuid, date)")
    op.execute("DROP FUNCTION known.reached(date, date, date, date)")
    for schema in ("public", "history"):
        op.drop_index("ix_known_day_all", table_name="known_day", schema=schema)
