"""Allow a link in a citation's attribution chain to refer to a party, a person or a source, in addition to its text.

The chain was a list of texts in the citation and is now a table. The citations are converted as of every revision, so
that reads with `as_of` return the same as before.

Revision: attribution_names_records
Revises: demand_states
"""

import sqlalchemy as sa
from alembic import op

revision = 'attribution_names_records'
down_revision = 'demand_states'
branch_labels = None
depends_on = None

#: The last condition in the list of `known.show_rows` (rows inside a delegation). A further condition is inserted
#: before it.
LAST = "WHEN 'delegation_member' THEN"
#: A link that refers only to a source is hidden until the source is known.
CONDITION = (
    "WHEN 'attribution' THEN 'r.text IS NOT NULL OR r.party_id IS NOT NULL OR r.person_id IS NOT NULL OR '"
    " || format(is_known, known.below(here), 'source_id', '-infinity')"
)

COLUMNS = 'citation_id, position, text, party_id, person_id, source_id, rev_from'
#: The links as of every revision.
EVERY = (
    f'SELECT {COLUMNS}, 9223372036854775807 AS rev_to FROM public.attribution'
    f' UNION ALL SELECT {COLUMNS}, rev_to FROM history.attribution'
)


def upgrade() -> None:
    op.create_table(
        'attribution',
        sa.Column('citation_id', sa.Uuid(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('party_id', sa.Uuid(), nullable=True),
        sa.Column('person_id', sa.Uuid(), nullable=True),
        sa.Column('source_id', sa.Uuid(), nullable=True),
        sa.Column('rev_from', sa.BigInteger(), server_default=sa.text('parley_revision()'), nullable=False),
        sa.CheckConstraint(
            'num_nonnulls(text, party_id, person_id, source_id) >= 1', name=op.f('ck_attribution_names_someone')
        ),
        *(
            sa.ForeignKeyConstraint(
                [f'{table}_id'], [f'{table}.id'],
                name=op.f(f'fk_attribution_{table}_id'), deferrable=True, initially='IMMEDIATE',
            )
            for table in ('citation', 'party', 'person', 'source')
        ),
        sa.PrimaryKeyConstraint('citation_id', 'position', name=op.f('pk_attribution')),
    )  # fmt: skip
    for name in ('party_id', 'person_id', 'source_id'):
        op.create_index(op.f(f'ix_attribution_{name}'), 'attribution', [name])
    # Before the table is versioned, because moving existing data makes no revision.
    _convert('attribution', 'citation', 'rev_from')
    _show(LAST, f'{CONDITION}\n                {LAST}')
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('attribution', 'citation_id', 'citation')")
    op.execute("SELECT history.keep('attribution')")
    _convert('history.attribution', 'history.citation', 'rev_from, rev_to')
    _hide_citations()
    for table in ('citation', 'history.citation'):
        op.execute(f'ALTER TABLE {table} DROP COLUMN attribution')
    op.execute("SELECT history.keep('citation')")


def downgrade() -> None:
    named = f'SELECT true FROM ({EVERY}) AS link WHERE num_nonnulls(party_id, person_id, source_id) > 0 LIMIT 1'
    if op.get_bind().exec_driver_sql(named).scalar():
        # Fail rather than delete data that cannot be recreated.
        raise RuntimeError('Some attributions refer to records, which the previous schema cannot store.')
    _hide_citations()
    for table, links, versions in (
        ('public.citation', 'public.attribution', ''),
        ('history.citation', f'({EVERY})', ' AND link.rev_from <= c.rev_from AND link.rev_to > c.rev_from'),
    ):
        op.execute(f"ALTER TABLE {table} ADD attribution text[] DEFAULT '{{}}' NOT NULL")
        op.execute(f'ALTER TABLE {table} DISABLE TRIGGER USER')
        op.execute(f"""
            UPDATE {table} AS c SET attribution = ARRAY(
                SELECT text FROM {links} AS link WHERE link.citation_id = c.id{versions} ORDER BY position
            )
        """)
        op.execute(f'ALTER TABLE {table} ENABLE TRIGGER USER')
    op.execute('ALTER TABLE history.citation ALTER attribution DROP DEFAULT')
    op.execute("SELECT known.hide('attribution')")
    op.execute('DROP VIEW past.attribution')
    op.drop_table('attribution')
    op.execute('DROP TABLE history.attribution')
    op.execute('DROP FUNCTION history.keep_attribution()')
    op.execute("DELETE FROM history.kept WHERE name = 'attribution'")
    _show(f'{CONDITION}\n                {LAST}', LAST)
    op.execute("SELECT history.keep('citation')")


def _convert(links: str, citations: str, versions: str) -> None:
    """Insert one row for each attribution text in the citations of a table."""
    op.execute(
        f'INSERT INTO {links} (citation_id, position, text, {versions})'
        f' SELECT id, place, told, {versions} FROM {citations}, unnest(attribution) WITH ORDINALITY AS link(told, place)'
    )


def _hide_citations() -> None:
    op.execute("SELECT known.hide('citation')")
    op.execute('DROP VIEW past.citation')


def _show(was: str, becomes: str) -> None:
    """Replace one part of the function that creates the views of known rows, and leave the rest of the function
    unchanged.
    """
    text = op.get_bind().exec_driver_sql("SELECT pg_get_functiondef('known.show_rows(text)'::regprocedure)").scalar()
    if text.count(was) != 1:
        raise RuntimeError(f'known.show_rows does not contain {was!r} exactly once')
    op.get_bind().exec_driver_sql(text.replace(was, becomes))
