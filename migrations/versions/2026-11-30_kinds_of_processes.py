"""Add the process kinds climate, exit, congress, labour and constitutional.

Revision: kinds_of_processes
Revises: labels_in_the_search
"""

from alembic import op

revision = "kinds_of_processes"
down_revision = "labels_in_the_search"
branch_labels = None
depends_on = None

BEFORE = ("peace", "ceasefire", "nuclear", "trade", "border", "status")
ADDED = ("climate", "exit", "congress", "labour", "constitutional")


def upgrade() -> None:
    _allow(*BEFORE, *ADDED, "other")


def downgrade() -> None:
    # Earlier versions of processes are checked too, because `as_of` returns them.
    for table in ("process", "history.process"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE kind IN {ADDED} LIMIT 1").scalar():
            raise RuntimeError("There are processes of a new kind, which the previous schema does not allow.")
    _allow(*BEFORE, "other")


def _allow(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_process_kind"), "process", type_="check")
    op.create_check_constraint(op.f("ck_process_kind"), "process", f"kind IN {kinds}")
