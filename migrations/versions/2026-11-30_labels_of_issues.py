"""Add labels in other languages to issues.

Revision: labels_of_issues
Revises: demands_with_a_due_date
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'labels_of_issues'
down_revision = 'demands_with_a_due_date'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'issue', sa.Column('labels', postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.execute("SELECT history.keep('issue')")


def downgrade() -> None:
    # Fail rather than delete data that cannot be recreated.
    if op.get_bind().exec_driver_sql("SELECT true FROM issue WHERE labels <> '{}' LIMIT 1").scalar():
        raise RuntimeError('Issues have labels in other languages, which the previous schema cannot store.')
    op.execute("SELECT known.hide('issue')")
    op.execute('DROP VIEW past.issue')
    op.drop_column('issue', 'labels')
    op.drop_column('issue', 'labels', schema='history')
    op.execute("SELECT history.keep('issue')")
