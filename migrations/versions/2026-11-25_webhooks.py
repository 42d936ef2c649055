"""Create the tables of webhooks, with their positions in the change feed, and of the log of deliveries.

Revision: webhooks
Revises: receipts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'webhooks'
down_revision = 'receipts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'webhook',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('description', sa.Text(), nullable=True),
        sa.Column('collections', postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column('actions', postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column('processes', postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column('batch', sa.Integer(), server_default=sa.text('50'), nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('former_secret', sa.Text(), nullable=True),
        sa.Column('former_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
        sa.Column('pause_reason', sa.Text(), nullable=True),
        sa.Column('revision', sa.BigInteger(), nullable=False),
        sa.Column('record_id', sa.Uuid(), nullable=False),
        sa.Column('failures', sa.Integer(), server_default=sa.text('0'), nullable=False),
        sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('next_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('lease', sa.Uuid(), nullable=True),
        sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.CheckConstraint('"pause_reason" IN (\'asked\', \'gone\', \'failing\')', name=op.f('ck_webhook_pause_reason')),
        sa.CheckConstraint('(former_secret IS NULL) = (former_until IS NULL)', name=op.f('ck_webhook_former_secret_ends')),
        sa.CheckConstraint('batch BETWEEN 1 AND 500', name=op.f('ck_webhook_batch')),
        sa.CheckConstraint('is_active = (pause_reason IS NULL)', name=op.f('ck_webhook_paused_with_reason')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    )
    op.create_index('ix_webhook_next_at', 'webhook', ['next_at'], postgresql_where=sa.text('is_active'))
    op.create_table(
        'webhook_delivery',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('webhook_id', sa.Uuid(), nullable=False),
        sa.Column('status', sa.Text(), nullable=False),
        sa.Column('after', sa.Text(), nullable=False),
        sa.Column('next', sa.Text(), nullable=False),
        sa.Column('change_count', sa.Integer(), nullable=False),
        sa.Column('wanted', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
        sa.Column('attempted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('status_code', sa.Integer(), nullable=True),
        sa.Column('error', sa.Text(), nullable=True),
        sa.Column('answer', sa.Text(), nullable=True),
        sa.Column('duration_ms', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.CheckConstraint('"status" IN (\'pending\', \'delivered\', \'dropped\', \'ping\')', name=op.f('ck_webhook_delivery_status')),
        sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_delivery_webhook_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_delivery')),
    )
    op.create_index('ix_webhook_delivery_created_at', 'webhook_delivery', ['created_at'])
    op.create_index('ix_webhook_delivery_webhook_id', 'webhook_delivery', ['webhook_id', 'id'])
    op.create_index(
        'uq_webhook_delivery_pending', 'webhook_delivery', ['webhook_id'], unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table('webhook_delivery')
    op.drop_table('webhook')
