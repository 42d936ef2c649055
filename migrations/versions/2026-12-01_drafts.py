"""Add how far a text is negotiated: status and force of demands, backers, and counts of the brackets, options and pages of accounts.

Revision: drafts
Revises: kinds_of_processes
"""

import sqlalchemy as sa
from alembic import op

revision = "drafts"
down_revision = "kinds_of_processes"
branch_labels = None
depends_on = None

#: The closed lists of demands.
TERMS = {
    "text_status": ("agreed", "bracketed", "placeholder", "alternative", "other"),
    "force": ("shall", "should", "may", "none", "other"),
}
#: The counts of accounts.
COUNTS = ("brackets", "options", "pages")
ROLES = ("claimant", "addressee", "beneficiary")


def upgrade() -> None:
    for name, words in TERMS.items():
        op.add_column("demand", sa.Column(name, sa.Text(), nullable=True))
        op.create_check_constraint(op.f(f"ck_demand_{name}"), "demand", f'"{name}" IN {words}')
    for name in COUNTS:
        op.add_column("account", sa.Column(name, sa.Integer(), nullable=True))
        op.create_check_constraint(op.f(f"ck_account_{name}"), "account", f"{name} >= 0")
    _allow_roles(*ROLES, "backer")
    _keep("demand", "account")


def downgrade() -> None:
    _refuse_if_any("demand_party", "role = 'backer'")
    for table, names in (("demand", TERMS), ("account", COUNTS)):
        for name in names:
            _refuse_if_any(table, f"{name} IS NOT NULL")
    for table, names in (("demand", TERMS), ("account", COUNTS)):
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f"DROP VIEW past.{table}")
        for name in names:
            op.drop_column(table, name)
            op.drop_column(table, name, schema="history")
    _allow_roles(*ROLES)
    _keep("demand", "account")


def _allow_roles(*roles: str) -> None:
    op.drop_constraint(op.f("ck_demand_party_role"), "demand_party", type_="check")
    op.create_check_constraint(op.f("ck_demand_party_role"), "demand_party", f"role IN {roles}")


def _keep(*tables: str) -> None:
    for table in tables:
        op.execute(f"SELECT history.keep('{table}')")


def _refuse_if_any(table: str, condition: str) -> None:
    # Earlier versions of rows count too: `as_of` returns them.
    for name in (table, f"history.{table}"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {name} WHERE {condition} LIMIT 1").scalar():
            raise RuntimeError(f"There are rows of {table} with {condition}; the schema before has no place for them.")
