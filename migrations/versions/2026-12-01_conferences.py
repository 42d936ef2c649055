"""Add the party kind conference.

Revision: conferences
Revises: several_approvals
"""

from alembic import op

revision = "conferences"
down_revision = "several_approvals"
branch_labels = None
depends_on = None

BEFORE = (
    "state", "government", "armed_group", "community", "authority", "igo", "ngo", "political_party", "coalition",
)  # fmt: skip
AFTER = ("assembly", "electorate", "religious_body", "media", "unspecified_group", "other")


def upgrade() -> None:
    _allow(*BEFORE, "conference", *AFTER)


def downgrade() -> None:
    # Earlier versions of parties are checked too, because `as_of` returns them.
    for table in ("party", "history.party"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE kind = 'conference' LIMIT 1").scalar():
            raise RuntimeError("There are parties of the kind conference, which the previous schema does not allow.")
    _allow(*BEFORE, *AFTER)


def _allow(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_party_kind"), "party", type_="check")
    op.create_check_constraint(op.f("ck_party_kind"), "party", f"kind IN {kinds}")
