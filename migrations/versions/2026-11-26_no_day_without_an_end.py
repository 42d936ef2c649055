"""Ignore dates of publication with an open end ("from May on") in `known_by`, because they have no last day.

Revision: no_day_without_an_end
Revises: restored_records
"""

from alembic import op

revision = 'no_day_without_an_end'
down_revision = 'restored_records'
branch_labels = None
depends_on = None

FOUND = """
-- The days of some rows of a kind (`known.reckoned`); those that rest on an open end alone are never.
CREATE FUNCTION known.found(kind text, ids uuid[]) RETURNS TABLE (id uuid, sort_on date, known_on date)
LANGUAGE sql STABLE AS $$
    SELECT id, sort_on, CASE WHEN known_on < '9999-12-31' THEN known_on ELSE 'infinity' END FROM known.reckoned(kind, ids)
$$
"""


def upgrade() -> None:
    op.execute('ALTER FUNCTION known.found(text, uuid[]) RENAME TO reckoned')
    op.execute(FOUND)
    # The days are derived data, so correcting them makes no revision.
    for table in ('public.known_day', 'history.known_day'):
        op.execute(f'ALTER TABLE {table} DISABLE TRIGGER USER')
        op.execute(f"UPDATE {table} SET known_on = 'infinity' WHERE known_on = '9999-12-31'")
        op.execute(f'ALTER TABLE {table} ENABLE TRIGGER USER')


def downgrade() -> None:
    op.execute('DROP FUNCTION known.found(text, uuid[])')
    op.execute('ALTER FUNCTION known.reckoned(text, uuid[]) RENAME TO found')
