"""Make releases and their files append-only for all clients; only the DOI and the note can be changed later.

Revision: releases_stay
Revises: webhook_messages
"""

from alembic import op

revision = 'releases_stay'
down_revision = 'webhook_messages'
branch_labels = None
depends_on = None

KEPT = 'id, name, revision, made_at, made_by, title, licence, licence_url, creators, publisher, url, tables'
TRIGGERS = (
    ('release', f'BEFORE UPDATE OF {KEPT} OR DELETE OR TRUNCATE'),
    ('release_file', 'BEFORE UPDATE OR DELETE OR TRUNCATE'),
    ('release_chunk', 'BEFORE UPDATE OR DELETE OR TRUNCATE'),
)


def upgrade() -> None:
    for table, when in TRIGGERS:
        op.execute(
            f'CREATE TRIGGER history_refuse {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION history.refuse()'
        )


def downgrade() -> None:
    for table, _ in TRIGGERS:
        op.execute(f'DROP TRIGGER history_refuse ON {table}')
