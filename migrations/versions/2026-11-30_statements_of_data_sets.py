"""Store the last statement of each data set about each record, so that a later file changes only its own values.

A database with earlier imports has no statements yet. The next import of each file creates them. Import the last file
again before you import a newer file, because a record that differs from the first statement about it is treated as
edited.

Revision: statements_of_data_sets
Revises: answers_of_demands
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'statements_of_data_sets'
down_revision = 'answers_of_demands'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'data_set_statement',
        sa.Column('prefix', sa.Text(), nullable=False),
        sa.Column('collection', sa.Text(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('data_set', sa.Text(), nullable=False),
        sa.Column('record_id', sa.Uuid(), nullable=False),
        sa.Column('identifier', sa.Text(), nullable=True),
        sa.Column('body', postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column('is_stated', sa.Boolean(), server_default=sa.text('true'), nullable=False),
        sa.Column(
            'untaken', postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column('has_withdrawn', sa.Boolean(), server_default=sa.text('false'), nullable=False),
        sa.Column('first_since', sa.BigInteger(), nullable=False),
        sa.Column(
            'first_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False
        ),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('prefix', 'collection', 'key', 'data_set', name=op.f('pk_data_set_statement')),
    )
    op.create_index('ix_data_set_statement_record_id', 'data_set_statement', ['record_id'])
    op.create_index('ix_data_set_statement_data_set', 'data_set_statement', ['data_set'])
    op.create_index(
        'ix_data_set_statement_identifier', 'data_set_statement', ['identifier'],
        postgresql_ops={'identifier': 'text_pattern_ops'},
    )  # fmt: skip


def downgrade() -> None:
    if op.get_bind().exec_driver_sql('SELECT true FROM data_set_statement LIMIT 1').scalar():
        raise RuntimeError('There are statements of data sets, which the previous schema cannot store.')
    op.drop_table('data_set_statement')
