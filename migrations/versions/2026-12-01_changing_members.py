"""Let a person occur several times in a delegation: add a key to members, and make it part of their natural key.

The key is null for a person's only or first entry, so that the addresses of existing entries (`/members/<person>`) stay. The
rows that dossiers contain are remembered by natural key, which gets a second part.

Revision: changing_members
Revises: heads_by_day
"""

import sqlalchemy as sa
from alembic import op

revision = "changing_members"
down_revision = "heads_by_day"
branch_labels = None
depends_on = None

BEFORE = "uq_delegation_member_delegation_id_person_id"
AFTER = "uq_delegation_member_delegation_id_person_id_key"
#: The rows of members that dossiers contain.
OF_MEMBERS = "UPDATE dossier_content SET key = {key} WHERE collection = 'delegations' AND field = 'members' AND key LIKE {like}"


def upgrade() -> None:
    op.add_column("delegation_member", sa.Column("key", sa.Text(), nullable=True))
    _replace(BEFORE, AFTER, ["delegation_id", "person_id", "key"], postgresql_nulls_not_distinct=True)
    op.execute("SELECT history.keep('delegation_member')")
    op.get_bind().exec_driver_sql(OF_MEMBERS.format(key="left(key, -1) || ', null]'", like="'[\"%%\"]'"))


def downgrade() -> None:
    for table in ("delegation_member", "history.delegation_member"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE key IS NOT NULL LIMIT 1").scalar():
            raise RuntimeError(f"A person occurs twice in a delegation ({table}), which the previous schema cannot store.")
    op.get_bind().exec_driver_sql(OF_MEMBERS.format(key="left(key, -7) || ']'", like="'[%%, null]'"))
    op.execute("SELECT known.hide('delegation_member')")
    op.execute("DROP VIEW past.delegation_member")
    _replace(AFTER, BEFORE, ["delegation_id", "person_id"])
    op.drop_column("delegation_member", "key")
    op.drop_column("delegation_member", "key", schema="history")
    op.execute("SELECT history.keep('delegation_member')")


def _replace(before: str, after: str, columns: list[str], **options: bool) -> None:
    """Replace the unique constraint, and its copy in the history."""
    op.drop_constraint(before, "delegation_member", type_="unique")
    op.drop_index(before, table_name="delegation_member", schema="history")
    op.create_unique_constraint(after, "delegation_member", columns, **options)
