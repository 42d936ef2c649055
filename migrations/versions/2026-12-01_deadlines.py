"""Add deadlines to processes, proposals and agreements, keys to the deadlines of talks, and the last day of an
agreement.

Existing deadlines get the keys that the writer would generate (`app.schemas.validators.keyed`), so that importing a
file again changes nothing. Setting the keys makes no revision. Past versions of talks get keys too.

Revision: deadlines
Revises: votes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'deadlines'
down_revision = "votes"
branch_labels = None
depends_on = None

OWNERS = ('process', 'talk', 'proposal', 'agreement')
NEW = ('process', 'proposal', 'agreement')
UNTIL = ('until', 'until_min', 'until_max', 'until_precision')
PRECISIONS = ('day', 'month', 'season', 'year', 'decade', 'century', 'interval', 'open')
#: The deadlines of a talk with generated keys. If two deadlines have the same day, their keys are numbered.
KEYED = """
    SELECT jsonb_agg(value || jsonb_build_object('key', made || CASE WHEN number > 1 THEN '-' || number ELSE '' END) ORDER BY place)
    FROM (
        SELECT value, place, made, row_number() OVER (PARTITION BY made ORDER BY place) AS number
        FROM jsonb_array_elements(talk.deadlines) WITH ORDINALITY AS each(value, place)
        CROSS JOIN LATERAL (
            SELECT trim('-' FROM regexp_replace(lower('deadline ' || (value ->> 'on')), '[^a-z0-9]+', '-', 'g')) AS made
        ) AS words
    ) AS named
"""
#: The deadlines of a talk without their keys.
BARE = """
    SELECT jsonb_agg(value - 'key' ORDER BY place) FROM jsonb_array_elements(talk.deadlines) WITH ORDINALITY AS each(value, place)
"""


def upgrade() -> None:
    for table in NEW:
        op.add_column(
            table,
            sa.Column('deadlines', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        )
    op.add_column('agreement', sa.Column('until', sa.Text(), nullable=True))
    op.add_column('agreement', sa.Column('until_min', sa.Date(), nullable=True))
    op.add_column('agreement', sa.Column('until_max', sa.Date(), nullable=True))
    op.add_column('agreement', sa.Column('until_precision', sa.Text(), nullable=True))
    op.create_check_constraint(op.f('ck_agreement_until_precision'), 'agreement', f'"until_precision" IN {PRECISIONS}')
    op.create_check_constraint(
        op.f('ck_agreement_until_range'),
        'agreement',
        'num_nonnulls("until", until_min, until_max, until_precision) IN (0, 4)'
        ' AND (until_min IS NULL OR until_min <= until_max)',
    )
    for table in OWNERS:
        op.create_index(f'ix_{table}_deadlines', table, ['id'], postgresql_where=sa.text("deadlines <> '[]'::jsonb"))
        op.execute(f"SELECT history.keep('{table}')")
    _set_deadlines(KEYED)


def downgrade() -> None:
    _fail_if_lost()
    _set_deadlines(BARE)
    for table in OWNERS:
        for schema in ('public', 'history'):
            op.drop_index(f'ix_{table}_deadlines', table_name=table, schema=schema)
    for table in NEW:
        columns = ('deadlines', *(UNTIL if table == 'agreement' else ()))
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f'DROP VIEW past.{table}')
        for column in columns:
            op.drop_column(table, column)
            op.drop_column(table, column, schema='history')
        op.execute(f"SELECT history.keep('{table}')")


def _set_deadlines(found: str) -> None:
    for schema in ('public', 'history'):
        op.execute(f'ALTER TABLE {schema}.talk DISABLE TRIGGER USER')
        op.get_bind().exec_driver_sql(
            f"UPDATE {schema}.talk AS talk SET deadlines = ({found}) WHERE deadlines <> '[]'::jsonb"
        )
        op.execute(f'ALTER TABLE {schema}.talk ENABLE TRIGGER USER')


def _fail_if_lost() -> None:
    """Earlier versions count too: `as_of` returns them."""
    filled = "deadlines <> '[]'::jsonb"
    has_more = "EXISTS (SELECT FROM jsonb_array_elements(deadlines) WHERE value - ARRAY['key', 'on', 'set_by', 'note'] <> '{}'::jsonb)"
    lost = {
        'process': filled,
        'proposal': filled,
        'agreement': f'{filled} OR until IS NOT NULL',
        'talk': f'{filled} AND ({has_more} OR deadlines <> ({KEYED}))',
    }
    for table, condition in lost.items():
        for schema in ('public', 'history'):
            found = f'SELECT true FROM {schema}.{table} AS {table} WHERE {condition} LIMIT 1'
            if op.get_bind().exec_driver_sql(found).scalar():
                raise RuntimeError(f'A {table} has deadlines or a last day that the previous schema cannot store.')
