"""Add the link kind `widens`, the opposite of `narrows`: with `narrows` alone, demands could only soften.

Revision: widens
Revises: several_approvals
"""

from alembic import op

revision = "widens"
down_revision = "several_approvals"
branch_labels = None
depends_on = None

LINKS = (
    "repeats",
    "amends",
    "strikes_out",
    "narrows",
    "withdraws",
    "counters",
    "settles",
    "contradicts",
    "incorporated_in",
    "reports",
    "retaliates",
    "responds_to_step",
    "fulfils",
)


def upgrade() -> None:
    after = LINKS.index("narrows") + 1
    _allow(*LINKS[:after], "widens", *LINKS[after:])


def downgrade() -> None:
    # Earlier versions are checked too, because `as_of` returns them.
    for table in ("demand_link", "history.demand_link"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE kind = 'widens' LIMIT 1").scalar():
            raise RuntimeError("There are links of the kind `widens`, which the previous schema cannot store.")
    _allow(*LINKS)


def _allow(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_demand_link_kind"), "demand_link", type_="check")
    op.create_check_constraint(op.f("ck_demand_link_kind"), "demand_link", f"kind IN {kinds}")
