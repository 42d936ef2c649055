"""Add `is_bound` to memberships: whether what the coalition or conference adopts binds the member.

The answer of a coalition counts for its members unless the membership says that it does not bind; the answer of a conference
counts only for the members that it binds. The functions `state.answers` and `state.on_party` are changed in place. This
file contains only the parts that change.

Revision: bound_members
Revises: conferences
"""

import sqlalchemy as sa
from alembic import op

revision = "bound_members"
down_revision = "conferences"
branch_labels = None
depends_on = None

_MEMBER = "SELECT m.member_id, 1 FROM party_membership AS m\n                WHERE "
_IS_BOUND = "coalesce(m.is_bound, (SELECT b.kind <> 'conference' FROM party AS b WHERE b.id = m.coalition_id))"
_GROUP = "{}.kind = 'unspecified_group'"
#: For each function, the parts of its text that change, and their new texts.
CHANGES = {
    "state.answers(uuid, date, boolean, boolean)": {_MEMBER: f"{_MEMBER}{_IS_BOUND}\n                    AND "},
    "state.on_party()": {
        _GROUP.format(row): f"{_GROUP.format(row)}, {row}.kind = 'conference'" for row in ("o", "n")
    },
}  # fmt: skip


def upgrade() -> None:
    op.add_column("party_membership", sa.Column("is_bound", sa.Boolean(), nullable=True))
    op.execute("SELECT history.keep('party_membership')")
    for function, parts in CHANGES.items():
        _change(function, parts)
    _refresh()


def downgrade() -> None:
    # Earlier versions of memberships are checked too, because `as_of` returns them.
    for table in ("party_membership", "history.party_membership"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE is_bound IS NOT NULL LIMIT 1").scalar():
            raise RuntimeError(f"Some rows of {table} have is_bound, which the previous schema cannot store.")
    for function, parts in CHANGES.items():
        _change(function, {new: old for old, new in parts.items()})
    op.execute("SELECT known.hide('party_membership')")
    op.execute("DROP VIEW past.party_membership")
    op.drop_column("party_membership", "is_bound")
    op.drop_column("party_membership", "is_bound", schema="history")
    op.execute("SELECT history.keep('party_membership')")
    _refresh()


def _change(function: str, parts: dict[str, str]) -> None:
    connection = op.get_bind()
    [text] = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{function}'::regprocedure)").one()
    for old, new in parts.items():
        if text.count(old) != 1:
            raise ValueError(f"{old} does not occur exactly once in {function}")
        text = text.replace(old, new)
    # `op.execute` would treat a colon as the start of a parameter name.
    connection.exec_driver_sql(text)


def _refresh() -> None:
    """Derive the states of the demands that a conference has answered. Other states do not change."""
    # The editor is reset below, because all migrations of a run share one transaction.
    op.execute(
        "SELECT set_config('parley.editor', 'parley', true),"
        " set_config('parley.message', 'the answers of conferences', true)"
    )
    op.execute(
        "SELECT state.refresh(state.answered_by(ARRAY(SELECT id FROM party WHERE kind = 'conference')))"
        " WHERE EXISTS (SELECT FROM party WHERE kind = 'conference')"
    )
    op.execute("SELECT set_config('parley.editor', '', true), set_config('parley.message', '', true)")
