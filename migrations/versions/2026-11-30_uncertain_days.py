"""Add indexes on the proposals and responses with an uncertain day, for filters by members of coalitions.

Revision: uncertain_days
Revises: order_as_sent
"""

import sqlalchemy as sa
from alembic import op

revision = 'uncertain_days'
down_revision = 'order_as_sent'
branch_labels = None
depends_on = None

INDEXES = (
    ('proposal', 'coalesce(tabled_on_max, document_date_max) > sort_on'),
    ('response', 'said_on_max > sort_on'),
)


def upgrade() -> None:
    for table, is_uncertain in INDEXES:
        op.create_index(f'ix_{table}_uncertain', table, ['sort_on'], postgresql_where=sa.text(is_uncertain))
        op.execute(f"SELECT history.keep('{table}')")


def downgrade() -> None:
    for table, _ in INDEXES:
        for schema in ('public', 'history'):
            op.drop_index(f'ix_{table}_uncertain', table_name=table, schema=schema)
