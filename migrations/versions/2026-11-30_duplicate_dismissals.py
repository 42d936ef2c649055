"""Create the table of dismissed duplicates: pairs of records that an editor declared not to be the same.

The table is not part of the domain data, so writes to it make no revisions.

Revision: duplicate_dismissals
Revises: conflict_identifiers
"""

import sqlalchemy as sa
from alembic import op

revision = 'duplicate_dismissals'
down_revision = 'conflict_identifiers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'duplicate_dismissal',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('collection', sa.Text(), nullable=False),
        sa.Column('left_id', sa.Uuid(), nullable=False),
        sa.Column('right_id', sa.Uuid(), nullable=False),
        sa.Column('message', sa.Text(), nullable=True),
        sa.Column('dismissed_by', sa.Text(), nullable=False),
        sa.Column('dismissed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.CheckConstraint('left_id < right_id', name=op.f('ck_duplicate_dismissal_order')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicate_dismissal')),
        sa.UniqueConstraint('left_id', 'right_id', name=op.f('uq_duplicate_dismissal_left_id_right_id')),
    )
    op.create_index('ix_duplicate_dismissal_collection', 'duplicate_dismissal', ['collection', 'id'])


def downgrade() -> None:
    if op.get_bind().exec_driver_sql('SELECT true FROM duplicate_dismissal LIMIT 1').scalar():
        # Fail rather than delete data that cannot be recreated.
        raise RuntimeError('There are dismissed duplicates, which the previous schema cannot store.')
    op.drop_table('duplicate_dismissal')
