"""Add a table of conflict identifiers, and indexes on the countries of parties and places.

Processes can be filtered by the external ids of their conflicts, which are entries of a JSON column. An index on this
column could find an identifier, but could not list the schemes. A trigger derives the rows of the new table from the
JSON column. Rows are also derived for all past states of processes, for reads with `as_of`.

Revision: conflict_identifiers
Revises: statements_of_data_sets
"""

import sqlalchemy as sa
from alembic import op

revision = 'conflict_identifiers'
down_revision = 'statements_of_data_sets'
branch_labels = None
depends_on = None

#: Separator between statements in a text.
APART = '\n----\n'

#: The JSON paths are lax, so that an entry that is not an object, or has no name, is skipped and does not make the
#: write fail.
FOUND = """
    SELECT DISTINCT ON ({keys}, scheme, value) {columns}, scheme, value, uri, conflict
    FROM {table} AS r
    CROSS JOIN LATERAL jsonb_path_query(r.conflicts, '$[*]') WITH ORDINALITY AS c(told, place)
    CROSS JOIN LATERAL jsonb_path_query(c.told, '$.external_ids[*]') AS x(told)
    CROSS JOIN LATERAL (
        SELECT x.told ->> 'scheme' AS scheme, x.told ->> 'value' AS value, x.told ->> 'uri' AS uri, c.told ->> 'name' AS conflict
    ) AS one
    WHERE r.conflicts <> '[]' AND scheme IS NOT NULL AND value IS NOT NULL{also}
    ORDER BY {keys}, scheme, value, c.place
"""

FUNCTIONS = f"""
-- The identifiers of the conflicts of some processes, as they stand in their JSON.
CREATE FUNCTION public.parley_conflict_identifiers(processes uuid[])
RETURNS TABLE (process_id uuid, scheme text, value text, uri text, conflict text) STABLE LANGUAGE sql AS $$
    {FOUND.format(keys='r.id', columns='r.id AS process_id', table='public.process', also=' AND r.id = ANY (processes)')}
$$
----
CREATE FUNCTION public.parley_keep_conflict_identifiers() RETURNS trigger LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    ids uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        ids := ARRAY(SELECT id FROM new_rows WHERE conflicts <> '[]');
    ELSIF TG_OP = 'UPDATE' THEN
        ids := ARRAY(SELECT id FROM new_rows JOIN old_rows USING (id) WHERE new_rows.conflicts <> old_rows.conflicts);
    ELSE
        ids := ARRAY(SELECT id FROM old_rows WHERE conflicts <> '[]');
    END IF;
    IF cardinality(ids) = 0 THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM public.conflict_identifier AS k WHERE process_id = ANY (ids) AND NOT EXISTS (
            SELECT FROM public.parley_conflict_identifiers(ids) AS f
            WHERE f.process_id = k.process_id AND f.scheme = k.scheme AND f.value = k.value);
    END IF;
    INSERT INTO public.conflict_identifier AS k (process_id, scheme, value, uri, conflict)
    SELECT * FROM public.parley_conflict_identifiers(ids)
    ON CONFLICT (process_id, scheme, value) DO UPDATE SET uri = excluded.uri, conflict = excluded.conflict
    WHERE (k.uri, k.conflict) IS DISTINCT FROM (excluded.uri, excluded.conflict);
    RETURN NULL;
END $$
"""
EVENTS = (
    ('insert', 'NEW TABLE AS new_rows'),
    ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
    ('delete', 'OLD TABLE AS old_rows'),
)
COUNTRIES = ('party', 'place')


def upgrade() -> None:
    op.create_table(
        'conflict_identifier',
        sa.Column('process_id', sa.Uuid(), nullable=False),
        sa.Column('scheme', sa.Text(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('uri', sa.Text(), nullable=True),
        sa.Column('conflict', sa.Text(), nullable=True),
        sa.Column('identifier', sa.Text(), sa.Computed("scheme || ':' || value", persisted=True), nullable=True),
        sa.Column('rev_from', sa.BigInteger(), server_default=sa.text('parley_revision()'), nullable=False),
        sa.PrimaryKeyConstraint('process_id', 'scheme', 'value', name=op.f('pk_conflict_identifier')),
    )
    op.create_index('ix_conflict_identifier_scheme_value', 'conflict_identifier', ['scheme', 'value'])
    op.create_index('ix_conflict_identifier_identifier', 'conflict_identifier', ['identifier'])
    # Before the table is versioned, because moving existing data makes no revision.
    _fill('public', 'rev_from')
    op.execute("INSERT INTO history.kept (name) VALUES ('conflict_identifier')")
    op.execute("SELECT history.keep('conflict_identifier')")
    _fill('history', 'rev_from, rev_to')
    for statement in FUNCTIONS.split(APART):
        op.get_bind().exec_driver_sql(statement)
    for event, rows in EVENTS:
        op.execute(
            f'CREATE TRIGGER conflict_identifiers_{event} AFTER {event} ON process REFERENCING {rows}'
            ' FOR EACH STATEMENT EXECUTE FUNCTION parley_keep_conflict_identifiers()'
        )
    for table in COUNTRIES:
        op.create_index(f'ix_{table}_countries', table, ['countries'], postgresql_using='gin')
        op.execute(f"SELECT history.keep('{table}')")


def _fill(schema: str, versions: str) -> None:
    """Insert the identifiers for each state of each process, with the revisions between which the state was valid."""
    of = ', '.join(f'r.{name}' for name in versions.split(', '))
    found = FOUND.format(keys='r.id, r.rev_from', columns=f'r.id, {of}', table=f'{schema}.process', also='')
    # A generated column is an ordinary column in the history table.
    also, value = (', identifier', ", scheme || ':' || value") if schema == 'history' else ('', '')
    names = f'id, {versions}, scheme, value, uri, conflict'
    op.get_bind().exec_driver_sql(
        f'INSERT INTO {schema}.conflict_identifier (process_id, {versions}, scheme, value, uri, conflict{also})'
        f' SELECT {names}{value} FROM ({found}) AS found'
    )


def downgrade() -> None:
    for event, _ in EVENTS:
        op.execute(f'DROP TRIGGER conflict_identifiers_{event} ON process')
    op.execute('DROP FUNCTION parley_keep_conflict_identifiers(), parley_conflict_identifiers(uuid[])')
    op.execute('DROP VIEW past.conflict_identifier')
    op.drop_table('conflict_identifier')
    op.execute('DROP TABLE history.conflict_identifier')
    op.execute('DROP FUNCTION history.keep_conflict_identifier()')
    op.execute("DELETE FROM history.kept WHERE name = 'conflict_identifier'")
    for table in COUNTRIES:
        op.drop_index(f'ix_{table}_countries', table_name=table)
        op.execute(f'DROP INDEX history.ix_{table}_countries')
