"""A record that came back has a word of its own: its merge or its withdrawal was undone.

Revision: restored_records
Revises: known_by
"""

from alembic import op

revision = 'restored_records'
down_revision = 'known_by'
branch_labels = None
depends_on = None

BEFORE = ('create', 'change', 'withdraw', 'merge')


def upgrade() -> None:
    _allow((*BEFORE, 'restore', 'delete'))


def downgrade() -> None:
    # The word says more than the one there was before, and nothing follows from it that would be lost.
    op.execute("UPDATE revision_change SET action = 'change' WHERE action = 'restore'")
    _allow((*BEFORE, 'delete'))


def _allow(actions: tuple[str, ...]) -> None:
    listed = ', '.join(f"'{action}'" for action in actions)
    op.drop_constraint(op.f('ck_revision_change_action'), 'revision_change', type_='check')
    op.create_check_constraint(op.f('ck_revision_change_action'), 'revision_change', f'"action" IN ({listed})')
