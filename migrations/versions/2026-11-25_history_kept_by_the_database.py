"""Version all tables of the domain with triggers, so that every past state can be read and no client can bypass the
history.

Each table of the domain gets `rev_from`, the revision that wrote the row, and a table `history.<table>` for superseded
and deleted rows, with `rev_to`, the revision that ended them. The view `past.<table>` shows the table as of the
revision `parley.as_of`. A session whose search path begins with `past` reads past states with the same statements as
the current state. `history.keep(table)` creates all this from the catalog. A migration that adds a table registers the
table in `history.kept` and calls the function. A migration that changes columns calls the function again.

The revisions are numbered by the database and no longer by the writer. A statement locks the head row before it reads
any other row (locking it at the first changed row led to deadlocks), and the first actual change takes the number.
Numbers therefore follow the order of commits, a rollback leaves no gap, and an update that changes nothing makes no
revision. A transaction sets editor, message and key with `parley.editor`, `parley.message` and `parley.key`. By
default, the editor is the database user.

For existing rows, only the creation time of the record is known. They are valid in their current state from that time
on, and the states in between are lost. Rows of revision 1 are not rewritten.

Older code can still read from this schema. It cannot write, because it numbers its revisions itself. No version has
been released yet.

Revision: history_kept_by_the_database
Revises: words_in_their_languages
"""

import sqlalchemy as sa
from alembic import op

revision = 'history_kept_by_the_database'
down_revision = 'words_in_their_languages'
branch_labels = None
depends_on = None

#: The table, its collection and, for rows inside a record, the column that refers to the record and the record's table.
KEPT = (
    ('entry', None, None, None),
    ('external_id', None, 'record_id', 'entry'),
    ('issue', 'issues', None, None),
    ('party', 'parties', None, None),
    ('place', 'places', None, None),
    ('process', 'processes', None, None),
    ('slug_alias', None, 'record_id', 'entry'),
    ('source', 'sources', None, None),
    ('citation', 'citations', None, None),
    ('party_membership', None, 'member_id', 'party'),
    ('party_name', None, 'owner_id', 'party'),
    ('person', 'people', None, None),
    ('place_name', None, 'owner_id', 'place'),
    ('process_party', None, 'process_id', 'process'),
    ('talk', 'talks', None, None),
    ('agreement', 'agreements', None, None),
    ('assessment', 'assessments', None, None),
    ('delegation', 'delegations', None, None),
    ('person_name', None, 'owner_id', 'person'),
    ('person_post', None, 'person_id', 'person'),
    ('proposal', 'proposals', None, None),
    ('account', None, 'proposal_id', 'proposal'),
    ('agreement_issue', None, 'agreement_id', 'agreement'),
    ('agreement_party', None, 'agreement_id', 'agreement'),
    ('agreement_proposal', None, 'agreement_id', 'agreement'),
    ('agreement_signature', None, 'agreement_id', 'agreement'),
    ('assessment_subject', None, 'assessment_id', 'assessment'),
    ('delegation_member', None, 'delegation_id', 'delegation'),
    ('proposal_addressee', None, 'proposal_id', 'proposal'),
    ('proposal_author', None, 'proposal_id', 'proposal'),
    ('proposal_relation', None, 'proposal_id', 'proposal'),
    ('part', None, 'proposal_id', 'proposal'),
    ('demand', 'demands', None, None),
    ('demand_dependency', None, 'demand_id', 'demand'),
    ('demand_issue', None, 'demand_id', 'demand'),
    ('demand_link', None, 'demand_id', 'demand'),
    ('demand_party', None, 'demand_id', 'demand'),
    ('demand_place', None, 'demand_id', 'demand'),
    ('response', 'responses', None, None),
    ('talk_outcome', None, 'talk_id', 'talk'),
    ('response_counter', None, 'response_id', 'response'),
    ('response_scope_demand', None, 'response_id', 'response'),
)
RECORDS = tuple(table for table, collection, _, _ in KEPT if collection)
ACTIONS = "'create', 'change', 'withdraw', 'merge'"

#: Separator between statements in a text.
APART = '\n----\n'

NUMBERS = """
-- The revision that this transaction makes, or would make; 0 before its first statement.
CREATE FUNCTION public.parley_revision() RETURNS bigint STABLE PARALLEL SAFE LANGUAGE sql
    RETURN coalesce(nullif(current_setting('parley.revision', true), '')::bigint, 0)
----
-- The instant of that revision.
CREATE FUNCTION public.parley_instant() RETURNS timestamptz STABLE PARALLEL SAFE LANGUAGE sql
    RETURN coalesce(nullif(current_setting('parley.at', true), '')::timestamptz, now())
----
-- Lock the head, so that nobody else makes a revision before this transaction ends, and tell number and instant.
-- The clock is read after the wait, so that instants are in the order of numbers; a number needs a change (`number`).
CREATE FUNCTION history.begin(OUT revision bigint, OUT at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    head public.head;
    latest timestamptz;
BEGIN
    SELECT * INTO STRICT head FROM public.head WHERE id = 1 FOR UPDATE;
    -- After a restore into another server a stored transaction number may come again: it must be of this time too.
    IF head.xact = pg_current_xact_id()::text::bigint AND head.at >= now() THEN
        revision := head.revision;
        at := head.at;
    ELSE
        revision := head.revision + 1;
        at := nullif(current_setting('parley.at', true), '')::timestamptz;
        -- Later than the newest revision and than the beginning of this transaction, also where the clock was put back.
        latest := greatest(clock_timestamp(), now(), head.at + interval '1 microsecond');
        IF at IS NULL OR at <= head.at OR at < now() OR at > latest THEN
            at := latest;
        END IF;
    END IF;
    PERFORM set_config('parley.revision', revision::text, true),
        set_config('parley.at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), true);
END $$
----
CREATE FUNCTION history.begin_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM history.begin();
    RETURN NULL;
END $$
----
-- Take the number, at the first real change of a transaction; what it changes later is of the same revision.
CREATE FUNCTION history.number() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT bigint := pg_current_xact_id()::text::bigint;
BEGIN
    UPDATE public.head SET revision = public.parley_revision(), at = public.parley_instant(), xact = mine
        WHERE id = 1 AND (xact IS DISTINCT FROM mine OR at < now());
    IF FOUND THEN
        INSERT INTO public.revision (number, at, editor, message, key_id) VALUES (
            public.parley_revision(), public.parley_instant(),
            coalesce(nullif(current_setting('parley.editor', true), ''), session_user),
            nullif(current_setting('parley.message', true), ''),
            nullif(current_setting('parley.key', true), '')::uuid
        );
        PERFORM pg_notify('parley_head', '');
    END IF;
END $$
"""

TRIGGERS = """
-- A row that really changes is of this revision from now on.
CREATE FUNCTION history.stamp_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev_from := public.parley_revision();
    RETURN NEW;
END $$
----
-- A record moreover has a version and the instant of its last change, both moved once a revision.
CREATE FUNCTION history.stamp_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev_from := public.parley_revision();
    NEW.created_at := OLD.created_at;
    IF OLD.rev_from = NEW.rev_from THEN
        NEW.row_version := OLD.row_version;
        NEW.updated_at := OLD.updated_at;
    ELSE
        NEW.row_version := OLD.row_version + 1;
        NEW.updated_at := public.parley_instant();
    END IF;
    RETURN NEW;
END $$
----
CREATE FUNCTION history.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% would take history away', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING HINT = 'Rows of the domain are deleted by DELETE; those of history stay.';
END $$
----
-- Let these records be changed by this revision: something inside them was.
CREATE FUNCTION history.touch(records uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    touched record;
BEGIN
    FOR touched IN
        SELECT kept.name, array_agg(entry.id) AS ids
        FROM public.entry JOIN history.kept ON kept.collection = entry.collection
        WHERE entry.id = ANY (records) GROUP BY kept.name
    LOOP
        EXECUTE format('UPDATE public.%I SET rev_from = $1 WHERE id = ANY ($2) AND rev_from < $1', touched.name)
            USING public.parley_revision(), touched.ids;
    END LOOP;
END $$
"""

KEEP = r"""
-- Keep the history of a table that is registered in `history.kept`: its twin, its triggers, its view of the past.
-- Called again after its columns or indexes have changed; a column that goes or gets another type lets
-- `DROP VIEW past.<table>` come first.
CREATE FUNCTION history.keep(table_name text) RETURNS void LANGUAGE plpgsql AS $keep$
DECLARE
    kept history.kept;
    columns text;
    keys text;
    one record;
BEGIN
    SELECT * INTO STRICT kept FROM history.kept WHERE name = table_name;
    SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) INTO columns
        FROM pg_attribute WHERE attrelid = format('public.%I', table_name)::regclass AND attnum > 0 AND NOT attisdropped;
    SELECT string_agg(format('%I', attname), ', ' ORDER BY array_position(indkey::int2[], attnum)) INTO keys
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = format('public.%I', table_name)::regclass AND indisprimary;

    -- The twin: the same columns, made ones as plain values, and when the row ended.
    IF to_regclass(format('history.%I', table_name)) IS NULL THEN
        EXECUTE format('CREATE TABLE history.%1$I (LIKE public.%1$I, rev_to bigint NOT NULL)', table_name);
        EXECUTE format('ALTER TABLE history.%1$I ADD PRIMARY KEY (%2$s, rev_from)', table_name, keys);
        EXECUTE format(
            'CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON history.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION history.refuse()', table_name);
    END IF;
    FOR one IN
        SELECT attname, format_type(atttypid, atttypmod) AS type, attgenerated, pg_get_expr(adbin, adrelid) AS value
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = format('public.%I', table_name)::regclass AND attnum > 0 AND NOT attisdropped
            AND attname NOT IN (
                SELECT attname FROM pg_attribute
                WHERE attrelid = format('history.%I', table_name)::regclass AND NOT attisdropped
            )
        ORDER BY attnum
    LOOP
        -- Rows of before have in a new column what the column's default says.
        EXECUTE format('ALTER TABLE history.%I ADD COLUMN %I %s', table_name, one.attname, one.type)
            || CASE WHEN one.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) STORED', one.value)
                WHEN one.value IS NOT NULL THEN format(' DEFAULT %s', one.value) ELSE '' END;
        IF one.value IS NOT NULL THEN
            EXECUTE format('ALTER TABLE history.%I ALTER COLUMN %I DROP %s', table_name, one.attname,
                CASE WHEN one.attgenerated <> '' THEN 'EXPRESSION' ELSE 'DEFAULT' END);
        END IF;
    END LOOP;

    -- Its indexes: those of the table, which reads of the past use in the same way; what is unique today need not be
    -- so over the years. Those that begin with the key are no better than the key itself. Each ends in the row's
    -- revisions: rows of another time are then passed over in the index, and not fetched one by one (a list at the
    -- last revision but one, with 200,000 superseded rows: 6 ms instead of 214).
    FOR one IN
        SELECT relname, pg_get_indexdef(indexrelid) AS made
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = format('public.%I', table_name)::regclass AND NOT indisprimary
            AND NOT (indisunique AND indkey[0] = (
                SELECT p.indkey[0] FROM pg_index p WHERE p.indrelid = pg_index.indrelid AND p.indisprimary
            ))
            AND to_regclass(format('history.%I', relname)) IS NULL
    LOOP
        EXECUTE regexp_replace(
            regexp_replace(one.made, '^CREATE (?:UNIQUE )?INDEX (\S+) ON (?:ONLY )?public\.', 'CREATE INDEX \1 ON history.'),
            '^(.*? USING btree \(.*?)\)((?: INCLUDE \(.*?\))?(?: NULLS NOT DISTINCT)?(?: WHERE .*)?)$',
            '\1, rev_to, rev_from)\2'
        );
    END LOOP;

    EXECUTE history.function_of(kept, columns);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER history_begin BEFORE INSERT OR UPDATE OR DELETE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION history.begin_statement()', table_name);
    -- First of the row triggers by its name: an update that changes nothing ends there.
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER history_1_redundant BEFORE UPDATE ON public.%I'
        ' FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', table_name);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER history_2_stamp BEFORE UPDATE ON public.%I'
        ' FOR EACH ROW EXECUTE FUNCTION history.%I()', table_name,
        CASE WHEN kept.collection IS NULL THEN 'stamp_row' ELSE 'stamp_record' END);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER history_refuse BEFORE TRUNCATE ON public.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION history.refuse()', table_name);
    FOR one IN
        SELECT * FROM (VALUES
            ('insert', 'NEW TABLE AS new_rows'),
            ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('delete', 'OLD TABLE AS old_rows')
        ) AS events(event, rows)
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER history_%2$s AFTER %2$s ON public.%1$I REFERENCING %3$s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION history.%4$I()', table_name, one.event, one.rows, 'keep_' || table_name);
    END LOOP;

    -- The past: equal types in both arms and the condition outside, so that PostgreSQL reads both in an index's order
    -- and merges them, as if they were one table.
    EXECUTE format('DROP VIEW IF EXISTS past.%I', table_name);
    EXECUTE format(
        'CREATE VIEW past.%1$I AS SELECT %2$s FROM ('
        'SELECT %2$s, 9223372036854775807 AS rev_to FROM public.%1$I'
        ' UNION ALL SELECT %2$s, rev_to FROM history.%1$I'
        ') AS version WHERE rev_from <= past.as_of() AND rev_to > past.as_of()', table_name, columns);
END $keep$
----
-- The text of the function that all AFTER triggers of a table call: it takes the number, moves what was superseded,
-- and notes which records were touched, and how.
CREATE FUNCTION history.function_of(kept history.kept, columns text) RETURNS text LANGUAGE plpgsql AS $function_of$
DECLARE
    on_insert text;
    on_update text;
    on_delete text;
    noted CONSTANT text := 'INSERT INTO public.revision_change (revision, record_id, collection, slug, action)';
    twice CONSTANT text := 'ON CONFLICT ON CONSTRAINT pk_revision_change DO UPDATE SET slug = excluded.slug, action = CASE';
BEGIN
    IF kept.collection IS NOT NULL THEN
        on_insert := format(
            '%s SELECT here, id, %L, slug, ''create'' FROM new_rows %s'
            ' WHEN revision_change.action = ''delete'' THEN ''change'' ELSE revision_change.action END;',
            noted, kept.collection, twice);
        on_update := format(
            '%s SELECT DISTINCT ON (new_rows.id) here, new_rows.id, %L, new_rows.slug,'
            ' CASE WHEN new_rows.withdrawn_at IS NOT NULL AND old_rows.withdrawn_at IS NULL'
            ' THEN ''withdraw'' ELSE ''change'' END'
            ' FROM new_rows JOIN old_rows USING (id) ORDER BY new_rows.id, new_rows.row_version DESC %s'
            ' WHEN revision_change.action = ''change'' THEN excluded.action ELSE revision_change.action END;',
            noted, kept.collection, twice);
        on_delete := format(
            '%s SELECT here, id, %L, slug, ''delete'' FROM old_rows %s WHEN true THEN ''delete'' END;',
            noted, kept.collection, twice);
    ELSIF kept.owner = 'entry' THEN
        on_insert := format('PERFORM history.touch(ARRAY(SELECT %I FROM new_rows));', kept.inside);
        on_delete := format('PERFORM history.touch(ARRAY(SELECT %I FROM old_rows));', kept.inside);
        on_update := on_insert || on_delete;
    ELSIF kept.owner IS NOT NULL THEN
        on_insert := format(
            'UPDATE public.%1$I AS record SET rev_from = here FROM (SELECT DISTINCT %2$I AS id FROM new_rows) AS touched'
            ' WHERE record.id = touched.id AND record.rev_from < here;', kept.owner, kept.inside);
        on_delete := replace(on_insert, 'new_rows', 'old_rows');
        on_update := on_insert || on_delete;
    END IF;
    RETURN format($text$
        CREATE OR REPLACE FUNCTION history.%1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            here CONSTANT bigint := public.parley_revision();
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NOT EXISTS (SELECT FROM new_rows) THEN
                    RETURN NULL;
                END IF;
                IF EXISTS (SELECT FROM new_rows WHERE rev_from <> here) THEN
                    RAISE EXCEPTION 'rev_from is written by the database'
                        USING HINT = 'Leave it out: it is the number of the revision that this transaction makes.';
                END IF;
                PERFORM history.number();
                %4$s
                RETURN NULL;
            END IF;
            IF NOT EXISTS (SELECT FROM old_rows) THEN
                RETURN NULL;
            END IF;
            PERFORM history.number();
            -- What this very revision wrote and changes again was never seen by anybody.
            INSERT INTO history.%2$I (%3$s, rev_to) SELECT %3$s, here FROM old_rows WHERE rev_from < here;
            IF TG_OP = 'UPDATE' THEN
                %5$s
            ELSE
                %6$s
            END IF;
            RETURN NULL;
        END $body$
    $text$, 'keep_' || kept.name, kept.name, columns,
        coalesce(on_insert, ''), coalesce(on_update, 'NULL;'), coalesce(on_delete, 'NULL;'));
END $function_of$
"""

PAST = """
-- The revision that this session reads.
CREATE FUNCTION past.as_of() RETURNS bigint STABLE PARALLEL SAFE LANGUAGE sql
    RETURN current_setting('parley.as_of')::bigint
----
-- The day on which it is asked: today, and in the past the day of the revision.
CREATE FUNCTION public.parley_today() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql
    RETURN CURRENT_DATE
----
CREATE FUNCTION past.parley_today() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql
    RETURN current_setting('parley.as_of_day')::date
----
-- An address as an answer tells it; in the past one that leads to the same past.
CREATE FUNCTION public.parley_address(address text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN address
----
CREATE FUNCTION past.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    RETURN address || CASE WHEN strpos(address, '?') > 0 THEN '&' ELSE '?' END || 'as_of=' || past.as_of()
----
CREATE VIEW past.head AS
    SELECT head.id, past.as_of() AS revision, coalesce(revision.at, head.at) AS at
    FROM public.head LEFT JOIN public.revision ON revision.number = past.as_of()
----
CREATE VIEW past.revision AS SELECT * FROM public.revision WHERE number <= past.as_of()
----
CREATE VIEW past.revision_change AS SELECT * FROM public.revision_change WHERE revision <= past.as_of()
"""


def upgrade() -> None:
    op.execute('CREATE SCHEMA history')
    op.execute('CREATE SCHEMA past')
    op.add_column('head', sa.Column('xact', sa.BigInteger(), nullable=True))
    op.create_index('ix_revision_at', 'revision', ['at'], unique=False)
    # Without these foreign keys, bulk writes need two fewer lookups per row, and the entries of erased records remain.
    op.drop_constraint(op.f('fk_revision_change_record_id'), 'revision_change', type_='foreignkey')
    op.drop_constraint(op.f('fk_revision_change_revision'), 'revision_change', type_='foreignkey')
    _allow(f"{ACTIONS}, 'delete'")
    _make(NUMBERS)
    op.execute(
        'CREATE TABLE history.kept (name text PRIMARY KEY, collection text UNIQUE, inside text, owner text,'
        ' CHECK ((inside IS NULL) = (owner IS NULL)))'
    )
    _make(TRIGGERS)
    _make(PAST)
    _make(KEEP)
    for table, collection, inside, owner in KEPT:
        kept = sa.table('kept', *map(sa.column, ('name', 'collection', 'inside', 'owner')), schema='history')
        op.execute(kept.insert().values(name=table, collection=collection, inside=inside, owner=owner))
        # A default that is the same for all rows is stored once, so the table is not rewritten.
        op.add_column(table, sa.Column('rev_from', sa.BigInteger(), server_default='1', nullable=False))
    _date()
    for table, collection, _, _ in KEPT:
        op.alter_column(table, 'rev_from', server_default=sa.text('parley_revision()'))
        if collection:
            op.alter_column(table, 'created_at', server_default=sa.text('parley_instant()'))
            op.alter_column(table, 'updated_at', server_default=sa.text('parley_instant()'))
        op.execute(f"SELECT history.keep('{table}')")


def _make(text: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    for statement in text.split(APART):
        op.get_bind().exec_driver_sql(statement)


def _allow(actions: str) -> None:
    op.drop_constraint(op.f('ck_revision_change_action'), 'revision_change', type_='check')
    op.create_check_constraint(op.f('ck_revision_change_action'), 'revision_change', f'"action" IN ({actions})')


def _date() -> None:
    """Set `rev_from` of existing rows to the revision that created their record, or leave it at 1 if none is known."""
    # Rows that were not inserted by the writer may have no revision.
    op.execute('UPDATE head SET revision = 1 WHERE revision = 0 AND EXISTS (SELECT FROM entry)')
    op.execute(
        "INSERT INTO revision (number, at, editor, message) SELECT 1, at, 'parley', 'what was there before'"
        ' FROM head WHERE revision > 0 AND NOT EXISTS (SELECT FROM revision WHERE number = 1)'
    )
    made = 'SELECT record_id, min(revision) AS first FROM revision_change GROUP BY record_id HAVING min(revision) > 1'
    for table in ('entry', *RECORDS):
        op.execute(f'UPDATE {table} SET rev_from = made.first FROM ({made}) AS made WHERE made.record_id = {table}.id')
    for table, _, inside, owner in KEPT:
        if inside:
            op.execute(
                f'UPDATE {table} SET rev_from = {owner}.rev_from FROM {owner}'
                f' WHERE {owner}.id = {table}.{inside} AND {owner}.rev_from > 1'
            )


def downgrade() -> None:
    for table, *_ in KEPT:
        # Fail rather than delete data that cannot be recreated.
        if op.get_bind().exec_driver_sql(f'SELECT true FROM history.{table} LIMIT 1').scalar():
            raise RuntimeError(f"There are earlier states of rows of {table}, which the previous schema cannot store.")
    if op.get_bind().exec_driver_sql("SELECT true FROM revision_change WHERE action = 'delete' LIMIT 1").scalar():
        raise RuntimeError('Records were erased directly in the database, which the previous schema cannot record.')
    for table, *_ in KEPT:
        for trigger in ('begin', '1_redundant', '2_stamp', 'refuse', 'insert', 'update', 'delete'):
            op.execute(f'DROP TRIGGER history_{trigger} ON {table}')
    op.execute('DROP SCHEMA past CASCADE')
    for table, collection, _, _ in KEPT:
        op.drop_column(table, 'rev_from')
        if collection:
            op.alter_column(table, 'created_at', server_default=sa.text('now()'))
            op.alter_column(table, 'updated_at', server_default=sa.text('now()'))
    op.execute('DROP SCHEMA history CASCADE')
    op.execute('DROP FUNCTION parley_revision(), parley_instant(), parley_today(), parley_address(text)')
    _allow(ACTIONS)
    for column, target in (('record_id', 'entry.id'), ('revision', 'revision.number')):
        there, its = target.split('.')
        op.create_foreign_key(
            op.f(f'fk_revision_change_{column}'), 'revision_change', there, [column], [its], deferrable=True,
            initially='IMMEDIATE',
        )  # fmt: skip
    op.drop_index('ix_revision_at', table_name='revision')
    op.drop_column('head', 'xact')
