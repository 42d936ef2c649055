"""Add `bloc` to delegations: the coalition through which a party attended a talk.

Revision: blocs_of_delegations
Revises: bound_members
"""

import sqlalchemy as sa
from alembic import op

revision = "blocs_of_delegations"
down_revision = "bound_members"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delegation", sa.Column("bloc_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_delegation_bloc_id"), "delegation", "party", ["bloc_id"], ["id"], deferrable=True, initially="IMMEDIATE"
    )
    op.create_check_constraint(op.f("ck_delegation_bloc_is_another_party"), "delegation", "bloc_id <> party_id")
    op.create_index(op.f("ix_delegation_bloc_id"), "delegation", ["bloc_id"])
    op.execute("SELECT history.keep('delegation')")


def downgrade() -> None:
    # Earlier versions of delegations are checked too, because `as_of` returns them.
    for table in ("delegation", "history.delegation"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE bloc_id IS NOT NULL LIMIT 1").scalar():
            raise RuntimeError(f"Some rows of {table} have a bloc, which the previous schema cannot store.")
    op.execute("SELECT known.hide('delegation')")
    op.execute("DROP VIEW past.delegation")
    for schema in ("public", "history"):
        op.drop_index("ix_delegation_bloc_id", table_name="delegation", schema=schema)
        op.drop_column("delegation", "bloc_id", schema=schema)
    op.execute("SELECT history.keep('delegation')")
