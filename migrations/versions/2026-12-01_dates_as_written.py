"""Add the dates as sources write them, such as days of the Julian calendar.

Revision: dates_as_written
Revises: early_years
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "dates_as_written"
down_revision = "early_years"
branch_labels = None
depends_on = None

TABLES = ("process", "talk", "proposal", "response", "agreement")


def upgrade() -> None:
    for table in TABLES:
        column = sa.Column("dates_as_written", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False)
        op.add_column(table, column)
        op.execute(f"SELECT history.keep('{table}')")


def downgrade() -> None:
    for table in TABLES:
        # Earlier versions of the records are checked too, because `as_of` returns them.
        for place in (table, f"history.{table}"):
            found = f"SELECT true FROM {place} WHERE dates_as_written <> '[]' LIMIT 1"
            if op.get_bind().exec_driver_sql(found).scalar():
                raise RuntimeError(f"Some rows of {place} have dates as written, which the previous schema cannot store.")
    for table in TABLES:
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f"DROP VIEW past.{table}")
        op.drop_column(table, "dates_as_written")
        op.drop_column(table, "dates_as_written", schema="history")
        op.execute(f"SELECT history.keep('{table}')")
