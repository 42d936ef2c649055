"""A delivery keeps its message: whatever has changed meanwhile, a repetition is the same bytes.

Of what the log had before, nobody knows the bytes. The positions stay: what was pending is put together again.

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
