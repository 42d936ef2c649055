"""Add a partial index on the demands with a due date, in the default order of lists, for `due_from` and `due_to`.

Revision: demands_with_a_due_date
Revises: sorts_that_may_be_null
"""

import sqlalchemy as sa
from alembic import op

revision = 'demands_with_a_due_date'
down_revision = 'sorts_that_may_be_null'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        'ix_demand_dated',
        'demand',
        [sa.text('sort_on DESC'), sa.text('id DESC')],
        postgresql_where=sa.text('parley_due(timing) IS NOT NULL'),
    )
    op.execute("SELECT history.keep('demand')")


def downgrade() -> None:
    for schema in ('public', 'history'):
        op.drop_index('ix_demand_dated', table_name='demand', schema=schema)
