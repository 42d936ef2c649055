"""Add expiry, last use, note and former secret of API keys, and the table of administrative acts.

Revision: key_expiry
Revises: codings

All new columns may be null, so the previous version runs on the new schema. It does not know of expiry: it accepts
expired keys and rejects former secrets.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "key_expiry"
down_revision = "codings"
branch_labels = None
depends_on = None

ACTIONS = ("create_key", "change_key", "rotate_key", "revoke_key")
TIMES = ("expires_at", "last_used_at", "former_until")


def upgrade() -> None:
    for name in TIMES:
        op.add_column("api_key", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("api_key", sa.Column("former_digest", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_api_key_former_digest"), "api_key", ["former_digest"])
    op.create_check_constraint(
        op.f("ck_api_key_former_secret_ends"), "api_key", "(former_digest IS NULL) = (former_until IS NULL)"
    )
    op.create_table(
        "admin_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(f'"action" IN {ACTIONS}', name=op.f("ck_admin_event_action")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_admin_event_key_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["api_key.id"], name=op.f("fk_admin_event_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_event")),
    )
    op.create_index("ix_admin_event_key_id", "admin_event", ["key_id", "id"])
    op.create_index(op.f("ix_admin_event_actor_id"), "admin_event", ["actor_id"])


def downgrade() -> None:
    # The previous version would accept keys that have expired. That a command created a key says no more than the key.
    stored = op.get_bind().exec_driver_sql(
        "SELECT true FROM api_key WHERE expires_at IS NOT NULL OR note IS NOT NULL OR former_until > now()"
        " UNION ALL SELECT true FROM admin_event WHERE actor_id IS NOT NULL OR action <> 'create_key' LIMIT 1"
    )
    if stored.scalar():
        raise RuntimeError("There are API keys that expire, or administrative acts, which the previous schema cannot store.")
    op.drop_table("admin_event")
    op.drop_column("api_key", "former_digest")
    for name in (*TIMES, "note"):
        op.drop_column("api_key", name)
