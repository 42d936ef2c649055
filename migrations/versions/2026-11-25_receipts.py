"""Create the table of idempotency keys and stored responses, so that a repeated request is executed only once.

Revision: receipts
Revises: history_kept_by_the_database
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'receipts'
down_revision = 'history_kept_by_the_database'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'receipt',
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('request', sa.LargeBinary(), nullable=False),
        sa.Column('revision', sa.BigInteger(), nullable=True),
        sa.Column('outcome', postgresql.JSONB(), nullable=False),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('headers', postgresql.JSONB(), nullable=True),
        sa.Column('body', sa.LargeBinary(), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('length(key) BETWEEN 1 AND 255', name=op.f('ck_receipt_key')),
        sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_receipt_key_id')),
        sa.PrimaryKeyConstraint('key_id', 'key', name=op.f('pk_receipt')),
    )
    op.create_index(op.f('ix_receipt_expires_at'), 'receipt', ['expires_at'])


def downgrade() -> None:
    op.drop_table('receipt')
