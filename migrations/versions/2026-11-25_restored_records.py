"""Add the action `restore` for a record whose merge or withdrawal was undone.

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
    # `restore` is only a more specific `change`, so replacing it loses no other data.
    op.execute('ALTER TABLE revision_change DISABLE TRIGGER history_only_now')
    op.execute("UPDATE revision_change SET action = 'change' WHERE action = 'restore'")
    op.execute('ALTER TABLE revision_change ENABLE TRIGGER history_only_now')
    _allow((*BEFORE, 'delete'))


def _allow(actions: tuple[str, ...]) -> None:
    listed = ', '.join(f"'{action}'" for action in actions)
    op.drop_constraint(op.f('ck_revision_change_action'), 'revision_change', type_='check')
    op.create_check_constraint(op.f('ck_revision_change_action'), 'revision_change', f'"action" IN ({listed})')
