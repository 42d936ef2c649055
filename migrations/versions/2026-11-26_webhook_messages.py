"""Store the message of each delivery, so that retries send the same bytes even if the data have changed in between.

The messages of existing deliveries are unknown. Positions are unchanged, so pending messages are built again.

Revision: webhook_messages
Revises: the_newest_moment
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'webhook_messages'
down_revision = 'the_newest_moment'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('DELETE FROM webhook_delivery')
    op.drop_column('webhook_delivery', 'wanted')
    op.add_column('webhook_delivery', sa.Column('body', sa.LargeBinary(), nullable=False))


def downgrade() -> None:
    op.execute('DELETE FROM webhook_delivery')
    op.drop_column('webhook_delivery', 'body')
    op.add_column('webhook_delivery', sa.Column('wanted', postgresql.JSONB(none_as_null=True), nullable=False))
