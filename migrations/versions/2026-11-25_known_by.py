"""`known_by`: derive the first day on which each claim was public, and create views that hide later claims.

`known_day` has a row for each claim with the first day on which the claim is known, or `infinity` if no dated source
makes it known. The table is versioned like a table of the domain, so that `as_of` and `known_by` can be combined.
`known.found` derives the days, with one rule for each kind of claim. `known.refresh` stores changed days and continues
with dependent claims. It is called by triggers on all tables that affect the days.

A session whose search path begins with `known` reads views of the rows that were known by the day `parley.known_by`. A
session whose search path begins with `past_known, past` reads the same for a past revision. `history.keep` creates
these views too.

Existing claims get their days as of revision 1, derived from the current citations.

Revision: known_by
Revises: releases
"""

import sqlalchemy as sa
from alembic import op

revision = 'known_by'
down_revision = 'releases'
branch_labels = None
depends_on = None

#: Separator between statements in a text.
APART = '\n----\n'

#: Kind of claim and its table, in order of dependency.
KINDS = (
    ('sources', 'source'),
    ('demands', 'demand'),
    ('parts', 'part'),
    ('accounts', 'account'),
    ('proposals', 'proposal'),
    ('delegations', 'delegation'),
    ('talks', 'talk'),
    ('responses', 'response'),
    ('agreements', 'agreement'),
    ('assessments', 'assessment'),
    ('citations', 'citation'),
)
TABLES = (*(table for _, table in KINDS), 'assessment_subject')

# The first day on which a supporting citation was public; null if no supporting citation is dated.
CITED = """(
    SELECT min(coalesce(c.public_by_max, s.published_max))
    FROM public.citation c JOIN public.source s ON s.id = c.source_id
    WHERE c.target_id = {of} AND c.verdict = 'supports' AND c.withdrawn_at IS NULL AND s.withdrawn_at IS NULL{also}
)"""


def _cited(of: str = 'r.id', also: str = '') -> str:
    return CITED.format(of=of, also=also)


def _when(kind: str, days: str, tables: str, *, sort_on: str = "'0001-01-01'::date", gone: str = 'r.withdrawn_at') -> str:
    return f"""
    WHEN '{kind}' THEN RETURN QUERY
        SELECT r.id, {sort_on}, CASE WHEN {gone} IS NULL THEN coalesce({days}, 'infinity') ELSE 'infinity'::date END
        FROM {tables} WHERE r.id = ANY (ids);"""


FOUND = f"""
-- The days of some rows of a kind. What is withdrawn, or stands in what is withdrawn, is never known. Keys are checked at
-- the end of a transaction: what a row leads to may come after it, and gives it its day then.
CREATE FUNCTION known.found(kind text, ids uuid[]) RETURNS TABLE (id uuid, sort_on date, known_on date)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    CASE kind
    {_when('sources', 'r.published_max', 'public.source r')}
    {_when(
        'demands', f"least({_cited()}, a.published_on_max, p.published_on_max)",
        'public.demand r LEFT JOIN public.account a ON a.id = r.account_id LEFT JOIN public.proposal p ON p.id = r.proposal_id',
        sort_on='r.sort_on', gone='coalesce(r.withdrawn_at, p.withdrawn_at)',
    )}
    {_when(
        'parts',
        f'''least(a.published_on_max, p.published_on_max, {_cited(
            'r.proposal_id',
            " AND (c.field LIKE '/accounts/' || a.slug || '/parts/' || r.key || '%'"
            " OR a.is_reference AND c.field LIKE '/parts/' || r.key || '%')",
        )}, (
            WITH RECURSIVE inside AS (
                SELECT r.id UNION SELECT below.id FROM public.part below JOIN inside ON below.parent_id = inside.id
            )
            SELECT min(k.known_on) FROM inside JOIN public.demand d ON d.part_id = inside.id
            JOIN public.known_day k ON k.id = d.id
        ))''',
        'public.part r LEFT JOIN public.account a ON a.id = r.account_id LEFT JOIN public.proposal p ON p.id = r.proposal_id',
        gone='p.withdrawn_at',
    )}
    {_when(
        'accounts',
        f'''least(r.published_on_max, p.published_on_max,
            {_cited('r.proposal_id', " AND (c.field || '/') LIKE '/accounts/' || r.slug || '/%'")},
            (SELECT min(k.known_on) FROM public.demand d JOIN public.known_day k ON k.id = d.id WHERE d.account_id = r.id),
            (SELECT min(k.known_on) FROM public.part o JOIN public.known_day k ON k.id = o.id WHERE o.account_id = r.id))''',
        'public.account r LEFT JOIN public.proposal p ON p.id = r.proposal_id', gone='p.withdrawn_at',
    )}
    {_when(
        'proposals',
        f'''least({_cited()}, r.published_on_max,
            (SELECT min(k.known_on) FROM public.account a JOIN public.known_day k ON k.id = a.id WHERE a.proposal_id = r.id))''',
        'public.proposal r', sort_on='r.sort_on',
    )}
    {_when(
        'delegations', _cited(), 'public.delegation r LEFT JOIN public.talk t ON t.id = r.talk_id',
        gone='coalesce(r.withdrawn_at, t.withdrawn_at)',
    )}
    {_when(
        'talks',
        f'''least({_cited()}, (
            SELECT min(k.known_on) FROM public.delegation d JOIN public.known_day k ON k.id = d.id WHERE d.talk_id = r.id
        ))''',
        'public.talk r', sort_on='r.sort_on',
    )}
    -- An answer is one to something: it is not known before that is.
    {_when(
        'responses', f"greatest(coalesce({_cited()}, 'infinity'), coalesce(k.known_on, 'infinity'))",
        'public.response r LEFT JOIN public.known_day k ON k.id = coalesce(r.demand_id, r.part_id, r.proposal_id)',
        sort_on='r.sort_on',
    )}
    {_when('agreements', _cited(), 'public.agreement r', sort_on='r.sort_on')}
    -- An assessment is one of something, too: at least one of its subjects is known.
    {_when(
        'assessments',
        f'''greatest(coalesce({_cited()}, 'infinity'), (
            SELECT min(CASE WHEN known.is_claim(e.collection) THEN coalesce(k.known_on, 'infinity') ELSE '-infinity' END)
            FROM public.assessment_subject s JOIN public.entry e ON e.id = s.record_id
            LEFT JOIN public.known_day k ON k.id = s.record_id WHERE s.assessment_id = r.id
        ))''',
        'public.assessment r',
    )}
    {_when(
        'citations',
        '''greatest(coalesce(r.public_by_max, s.published_max), coalesce(s.published_max, 'infinity'),
            CASE WHEN coalesce(known.is_claim(e.collection), true) THEN coalesce(k.known_on, 'infinity') END)''',
        '''public.citation r LEFT JOIN public.source s ON s.id = r.source_id LEFT JOIN public.entry e ON e.id = r.target_id
            LEFT JOIN public.known_day k ON k.id = r.target_id''',
        gone='coalesce(r.withdrawn_at, s.withdrawn_at)',
    )}
    END CASE;
END $$
"""

DAYS = """
CREATE FUNCTION known.is_claim(collection text) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN collection = ANY ('{talks,delegations,proposals,demands,responses,agreements,assessments,sources,citations}')
----
-- The day that this session asks for.
CREATE FUNCTION known.day() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql
    RETURN current_setting('parley.known_by')::date
----
-- Store the days of some rows of a kind where they differ from what is stored, and go on to what depends on them.
CREATE FUNCTION known.refresh(kind text, ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    moved uuid[];
BEGIN
    IF cardinality(ids) = 0 THEN
        RETURN;
    END IF;
    WITH stored AS (
        INSERT INTO public.known_day AS k (id, collection, sort_on, known_on)
        SELECT found.id, kind, found.sort_on, found.known_on FROM known.found(kind, ids) AS found
        ON CONFLICT (id) DO UPDATE SET sort_on = excluded.sort_on, known_on = excluded.known_on
        WHERE k.sort_on <> excluded.sort_on OR k.known_on <> excluded.known_on
        RETURNING k.id, k.known_on, k.xmax = 0 AS is_new
    )
    -- What is new and not known yet was not known before either.
    SELECT array_agg(id) INTO moved FROM stored WHERE NOT is_new OR known_on < 'infinity';
    IF moved IS NOT NULL THEN
        PERFORM known.follow(kind, moved);
    END IF;
END $$
----
-- Let what depends on some rows of a kind have its day anew.
CREATE FUNCTION known.follow(kind text, moved uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE kind
    WHEN 'demands' THEN
        PERFORM known.refresh('parts', known.parts_around(ARRAY(SELECT part_id FROM public.demand WHERE id = ANY (moved))));
        PERFORM known.refresh('accounts', ARRAY(SELECT DISTINCT account_id FROM public.demand WHERE id = ANY (moved)));
        PERFORM known.refresh('responses', ARRAY(SELECT id FROM public.response WHERE demand_id = ANY (moved)));
    WHEN 'parts' THEN
        PERFORM known.refresh('accounts', ARRAY(SELECT DISTINCT account_id FROM public.part WHERE id = ANY (moved)));
        PERFORM known.refresh('responses', ARRAY(SELECT id FROM public.response WHERE part_id = ANY (moved)));
        RETURN;
    WHEN 'accounts' THEN
        PERFORM known.refresh('proposals', ARRAY(SELECT DISTINCT proposal_id FROM public.account WHERE id = ANY (moved)));
        RETURN;
    WHEN 'proposals' THEN
        PERFORM known.refresh('responses', ARRAY(
            SELECT id FROM public.response WHERE proposal_id = ANY (moved) AND demand_id IS NULL AND part_id IS NULL));
    WHEN 'delegations' THEN
        PERFORM known.refresh('talks', ARRAY(SELECT DISTINCT talk_id FROM public.delegation WHERE id = ANY (moved)));
    WHEN 'sources' THEN
        PERFORM known.refresh('citations', ARRAY(SELECT id FROM public.citation WHERE source_id = ANY (moved)));
    WHEN 'citations' THEN
        RETURN;
    ELSE
    END CASE;
    IF kind <> 'assessments' THEN
        PERFORM known.refresh('assessments', ARRAY(
            SELECT DISTINCT assessment_id FROM public.assessment_subject WHERE record_id = ANY (moved)));
    END IF;
    PERFORM known.refresh('citations', ARRAY(SELECT id FROM public.citation WHERE target_id = ANY (moved)));
END $$
----
-- Some parts and all that hold them.
CREATE FUNCTION known.parts_around(parts uuid[]) RETURNS uuid[] STABLE LANGUAGE sql AS $$
    WITH RECURSIVE around AS (
        SELECT id, parent_id FROM public.part WHERE id = ANY (parts)
        UNION SELECT part.id, part.parent_id FROM public.part JOIN around ON part.id = around.parent_id
    )
    SELECT coalesce(array_agg(id), '{}') FROM around
$$
----
-- What is inside some proposals, and they themselves.
CREATE FUNCTION known.refresh_whole(proposals uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(proposals) = 0 THEN
        RETURN;
    END IF;
    PERFORM known.refresh('demands', ARRAY(SELECT id FROM public.demand WHERE proposal_id = ANY (proposals)));
    PERFORM known.refresh('parts', ARRAY(SELECT id FROM public.part WHERE proposal_id = ANY (proposals)));
    PERFORM known.refresh('accounts', ARRAY(SELECT id FROM public.account WHERE proposal_id = ANY (proposals)));
    PERFORM known.refresh('proposals', proposals);
END $$
----
-- The claims that are cited: those that are there. One that comes later than its citations finds them itself.
CREATE FUNCTION known.refresh_cited(targets uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    cited record;
BEGIN
    FOR cited IN
        SELECT collection, array_agg(id) AS ids FROM public.known_day WHERE id = ANY (targets) GROUP BY collection
    LOOP
        IF cited.collection = 'proposals' THEN
            -- A citation may speak of an account or a part.
            PERFORM known.refresh('parts', ARRAY(SELECT id FROM public.part WHERE proposal_id = ANY (cited.ids)));
            PERFORM known.refresh('accounts', ARRAY(SELECT id FROM public.account WHERE proposal_id = ANY (cited.ids)));
        END IF;
        PERFORM known.refresh(cited.collection, cited.ids);
    END LOOP;
END $$
----
CREATE FUNCTION known.forget(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM public.known_day WHERE id = ANY (ids)
$$
"""

#: For each table, the columns on which the days depend.
TELLING = {
    'source': ('published_max', 'withdrawn_at'),
    'demand': ('sort_on', 'withdrawn_at', 'account_id', 'part_id'),
    'part': ('parent_id', 'key'),
    'account': ('published_on_max', 'slug'),
    'proposal': ('sort_on', 'published_on_max', 'withdrawn_at'),
    'delegation': ('talk_id', 'withdrawn_at'),
    'talk': ('sort_on', 'withdrawn_at'),
    'response': ('sort_on', 'withdrawn_at', 'demand_id', 'part_id', 'proposal_id'),
    'agreement': ('sort_on', 'withdrawn_at'),
    'assessment': ('withdrawn_at',),
    'citation': ('target_id', 'source_id', 'verdict', 'field', 'public_by_max', 'withdrawn_at'),
}
OF_SOURCES = (
    'PERFORM known.refresh_cited(ARRAY(SELECT DISTINCT target_id FROM public.citation WHERE source_id = ANY ({ids})));'
    " PERFORM known.refresh('citations', ARRAY(SELECT id FROM public.citation WHERE source_id = ANY ({ids})));"
)
#: The further claims that a change of rows affects. `{rows}` are the new or old rows, `{ids}` the ids of the rows with
#: a relevant change.
INSERTED = {
    'delegation': "PERFORM known.refresh('talks', ARRAY(SELECT DISTINCT talk_id FROM {rows} WHERE id = ANY ({ids})));",
    'citation': 'PERFORM known.refresh_cited(ARRAY(SELECT DISTINCT target_id FROM {rows} WHERE id = ANY ({ids})));',
    'source': OF_SOURCES,
    'proposal': 'PERFORM known.refresh_whole({ids});',
    'account': "PERFORM known.refresh('demands', ARRAY(SELECT id FROM public.demand WHERE account_id = ANY ({ids})));"
    " PERFORM known.refresh('parts', ARRAY(SELECT id FROM public.part WHERE account_id = ANY ({ids})));",
}
DELETED = {
    'delegation': INSERTED['delegation'],
    'citation': INSERTED['citation'],
    'demand': "PERFORM known.refresh('parts', known.parts_around(ARRAY(SELECT part_id FROM {rows} WHERE id = ANY ({ids}))));"
    " PERFORM known.refresh('accounts', ARRAY(SELECT DISTINCT account_id FROM {rows} WHERE id = ANY ({ids})));",
    'part': "PERFORM known.refresh('accounts', ARRAY(SELECT DISTINCT account_id FROM {rows} WHERE id = ANY ({ids})));",
    'account': "PERFORM known.refresh('proposals', ARRAY(SELECT DISTINCT proposal_id FROM {rows} WHERE id = ANY ({ids})));",
}
UPDATED = {
    **DELETED,
    'proposal': INSERTED['proposal'],
    'account': 'PERFORM known.refresh_whole(ARRAY(SELECT DISTINCT proposal_id FROM {rows} WHERE id = ANY ({ids})));',
    'part': 'PERFORM known.refresh_whole(ARRAY(SELECT DISTINCT proposal_id FROM {rows} WHERE id = ANY ({ids})));',
    'talk': "PERFORM known.refresh('delegations', ARRAY(SELECT id FROM public.delegation WHERE talk_id = ANY ({ids})));",
    'source': OF_SOURCES,
}


def _function_of(kind: str, table: str) -> str:
    """The SQL of the function that the triggers of a table call."""
    def told(of: dict[str, str], rows: str) -> str:
        return of.get(table, '').format(rows=rows, ids='ids')

    differ = ', '.join(f'new_rows.{name}' for name in TELLING[table])
    return f"""
        CREATE FUNCTION known.on_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            ids uuid[];
        BEGIN
            IF TG_OP = 'INSERT' THEN
                ids := ARRAY(SELECT id FROM new_rows);
                {told(INSERTED, 'new_rows')}
                PERFORM known.refresh('{kind}', ids);
            ELSIF TG_OP = 'UPDATE' THEN
                ids := ARRAY(SELECT id FROM new_rows JOIN old_rows USING (id)
                    WHERE ({differ}) IS DISTINCT FROM ({differ.replace('new_rows', 'old_rows')}));
                IF cardinality(ids) > 0 THEN
                    {told(UPDATED, 'new_rows')}
                    {told(UPDATED, 'old_rows')}
                    PERFORM known.refresh('{kind}', ids);
                END IF;
            ELSE
                ids := ARRAY(SELECT id FROM old_rows);
                PERFORM known.forget(ids);
                {told(DELETED, 'old_rows')}
            END IF;
            RETURN NULL;
        END $$
    """


SUBJECTS = """
CREATE FUNCTION known.on_assessment_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM known.refresh('assessments', ARRAY(SELECT DISTINCT assessment_id FROM new_rows));
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM known.refresh('assessments', ARRAY(SELECT DISTINCT assessment_id FROM old_rows));
    END IF;
    RETURN NULL;
END $$
"""

VIEWS = r"""
-- Make the views of a table: what is known of it now, and of a revision. Called by `history.keep`.
CREATE FUNCTION known.show(table_name text) RETURNS void LANGUAGE plpgsql AS $show$
DECLARE
    here text;
    columns text;
    kind CONSTANT text := (SELECT collection FROM known.kind WHERE name = table_name);
    is_sorted boolean;
    is_known CONSTANT text := 'coalesce((SELECT k.known_on FROM %s.known_day AS k WHERE k.id = r.%s), %L::date) <= known.day()';
    told text;
    joined text;
BEGIN
    SELECT string_agg(CASE WHEN table_name = 'demand' AND attname = 'timing' THEN '%1$s.parley_timing(r.timing) AS timing'
            ELSE 'r.' || quote_ident(attname) END, ', ' ORDER BY attnum), bool_or(attname = 'sort_on')
        INTO columns, is_sorted
        FROM pg_attribute WHERE attrelid = format('public.%I', table_name)::regclass AND attnum > 0 AND NOT attisdropped;
    FOREACH here IN ARRAY ARRAY['known', 'past_known'] LOOP
        joined := '';
        IF kind IS NOT NULL THEN
            -- The copy of the record's order lets PostgreSQL walk the index of known days instead of that of all records.
            joined := format(' JOIN %s.known_day AS k ON k.id = r.id', known.below(here));
            IF is_sorted AND here = 'known' THEN
                joined := joined || ' AND k.sort_on = r.sort_on';
            END IF;
            told := format('k.collection = %L AND k.known_on < ''infinity''::date AND k.known_on <= known.day()', kind);
        ELSE
            told := CASE table_name
                WHEN 'entry' THEN 'NOT known.is_claim(r.collection) OR ' || format(is_known, known.below(here), 'id', 'infinity')
                WHEN 'revision_change' THEN
                    'NOT known.is_claim(r.collection) OR ' || format(is_known, known.below(here), 'record_id', 'infinity')
                WHEN 'slug_alias' THEN
                    'NOT known.is_claim(r.collection) OR ' || format(is_known, known.below(here), 'record_id', 'infinity')
                WHEN 'external_id' THEN format(is_known, known.below(here), 'record_id', '-infinity')
                WHEN 'demand_link' THEN format(is_known, known.below(here), 'demand_id', 'infinity')
                    || ' AND ' || format(is_known, known.below(here), 'target_id', 'infinity')
                WHEN 'proposal_relation' THEN
                    format(is_known, known.below(here), 'proposal_id', 'infinity') || ' AND '
                    || format(is_known, known.below(here), 'target_id', '-infinity') || ' AND '
                    || format(is_known, known.below(here), 'agreement_id', '-infinity')
                WHEN 'delegation_member' THEN format(is_known, known.below(here), 'delegation_id', 'infinity')
            END;
        END IF;
        IF told IS NOT NULL THEN
            EXECUTE format('CREATE VIEW %1$s.%2$I AS SELECT %3$s FROM %4$s.%2$I AS r%5$s WHERE %6$s',
                here, table_name, format(columns, here), known.below(here), joined, told);
        END IF;
    END LOOP;
END $show$
----
CREATE FUNCTION known.below(schema text) RETURNS text IMMUTABLE LANGUAGE sql
    RETURN CASE schema WHEN 'known' THEN 'public' ELSE 'past' END
----
-- Take the views of a table away, before its columns change.
CREATE FUNCTION known.hide(table_name text) RETURNS void LANGUAGE plpgsql AS $hide$
BEGIN
    EXECUTE format('DROP VIEW IF EXISTS known.%1$I, past_known.%1$I', table_name);
END $hide$
----
-- An address as an answer tells it: one that leads to what was known on the same day.
CREATE FUNCTION known.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    RETURN address || CASE WHEN strpos(address, '?') > 0 THEN '&' ELSE '?' END || 'known_by=' || known.day()
----
CREATE FUNCTION past_known.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    RETURN past.parley_address(known.parley_address(address))
"""

# The triggering event in the timing of a demand may be a record that is not known yet.
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

KEEP = """
ALTER FUNCTION history.keep(text) RENAME TO keep_rows
----
-- Keep the history of a table that is registered in `history.kept`: its twin, its triggers, its views of the past and of
-- what is known. Called again after its columns or indexes have changed; a column that goes or gets another type lets
-- `SELECT known.hide('<table>')` and `DROP VIEW past.<table>` come first.
CREATE FUNCTION history.keep(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM known.hide(table_name);
    PERFORM history.keep_rows(table_name);
    PERFORM known.show(table_name);
END $$
"""
#: Tables whose rows may be hidden, besides the tables of claims.
SHOWN = ('entry', 'slug_alias', 'external_id', 'revision_change', 'demand_link', 'proposal_relation', 'delegation_member')


def upgrade() -> None:
    op.execute('CREATE SCHEMA known')
    op.execute('CREATE SCHEMA past_known')
    op.create_table(
        'known_day',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('collection', sa.Text(), nullable=False),
        sa.Column('sort_on', sa.Date(), nullable=False),
        sa.Column('known_on', sa.Date(), nullable=False),
        sa.Column('rev_from', sa.BigInteger(), server_default=sa.text('parley_revision()'), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_known_day')),
    )
    _make(DAYS)
    _make(FOUND)
    for kind, table in KINDS:
        op.execute(
            f'INSERT INTO known_day (id, collection, sort_on, known_on, rev_from)'
            f" SELECT id, '{kind}', sort_on, known_on, 1 FROM known.found('{kind}', ARRAY(SELECT id FROM {table}))"
        )
        # The rule for the next kind of claim reads these rows.
        op.execute('ANALYZE known_day')
    op.create_index(
        'ix_known_day_newest', 'known_day', ['collection', sa.text('sort_on DESC'), sa.text('id DESC'), 'known_on'],
        postgresql_where=sa.text("known_on < 'infinity'::date"),
    )  # fmt: skip
    op.create_index(
        'ix_known_day_undated', 'known_day', ['collection', 'id'],
        postgresql_where=sa.text("known_on = 'infinity'::date"),
    )  # fmt: skip
    op.execute('CREATE TABLE known.kind (collection text PRIMARY KEY, name text UNIQUE NOT NULL)')
    for kind, table in KINDS:
        op.execute(f"INSERT INTO known.kind VALUES ('{kind}', '{table}')")
    _make(VIEWS)
    op.execute("INSERT INTO history.kept (name) VALUES ('known_day')")
    op.execute("SELECT history.keep('known_day')")
    _make(KEEP)
    for table in SHOWN:
        op.execute(f"SELECT known.show('{table}')")
    for here in ('known', 'past_known'):
        _make(TIMING.format(here=here))
    for kind, table in KINDS:
        op.execute(f"SELECT known.show('{table}')")
        op.get_bind().exec_driver_sql(_function_of(kind, table))
    _make(SUBJECTS)
    for table in TABLES:
        for event, rows in (
            ('insert', 'NEW TABLE AS new_rows'),
            ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('delete', 'OLD TABLE AS old_rows'),
        ):
            op.execute(
                f'CREATE TRIGGER known_{event} AFTER {event} ON {table} REFERENCING {rows}'
                f' FOR EACH STATEMENT EXECUTE FUNCTION known.on_{table}()'
            )


def _make(text: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    for statement in text.split(APART):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for table in TABLES:
        for event in ('insert', 'update', 'delete'):
            op.execute(f'DROP TRIGGER known_{event} ON {table}')
    op.execute('DROP SCHEMA past_known CASCADE')
    op.execute('DROP FUNCTION history.keep(text)')
    op.execute('ALTER FUNCTION history.keep_rows(text) RENAME TO keep')
    op.execute('DROP SCHEMA known CASCADE')
    op.execute('DROP VIEW past.known_day')
    op.drop_table('known_day')
    op.execute('DROP TABLE history.known_day')
    op.execute('DROP FUNCTION history.keep_known_day()')
    op.execute("DELETE FROM history.kept WHERE name = 'known_day'")
