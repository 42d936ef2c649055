"""Add columns for the progress of a text (status, force and backers of demands, counts of accounts), and indexes on
quantities.

Quantities are entries of a JSON column. Demands are filtered by the units of their quantities and by the numbers that
the quantities allow. Two functions derive both from the column, and the indexes contain the results of the functions.

Revision: drafts
Revises: deadlines
"""

import sqlalchemy as sa
from alembic import op

revision = "drafts"
down_revision = "deadlines"
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
#: The functions have SQL-standard bodies, which need no search path: a restore computes the indexes without one.
FUNCTIONS = """
-- The numbers that a quantity allows; null if it has no number. A value is used unless the quantity has both ends of a
-- range; the bound says what the value means.
CREATE FUNCTION public.parley_quantity_range(quantity jsonb) RETURNS numrange IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE
    WHEN coalesce(quantity ->> 'value', quantity ->> 'min', quantity ->> 'max') IS NULL THEN NULL
    WHEN quantity ->> 'value' IS NULL OR (quantity ->> 'min' IS NOT NULL AND quantity ->> 'max' IS NOT NULL)
        THEN numrange((quantity ->> 'min')::numeric, (quantity ->> 'max')::numeric, '[]')
    WHEN quantity ->> 'bound' = 'at_least' THEN numrange((quantity ->> 'value')::numeric, NULL, '[]')
    WHEN quantity ->> 'bound' = 'at_most' THEN numrange(NULL, (quantity ->> 'value')::numeric, '[]')
    ELSE numrange((quantity ->> 'value')::numeric, (quantity ->> 'value')::numeric, '[]')
END
----
CREATE FUNCTION public.parley_quantity_ranges(quantities jsonb) RETURNS nummultirange
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN (
    SELECT coalesce(range_agg(public.parley_quantity_range(each.value)), '{}'::nummultirange)
    FROM jsonb_array_elements(quantities) AS each(value)
)
----
CREATE FUNCTION public.parley_quantity_units(quantities jsonb) RETURNS text[] IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN ARRAY(
    SELECT DISTINCT each.value ->> 'unit' FROM jsonb_array_elements(quantities) AS each(value)
    WHERE each.value ->> 'unit' IS NOT NULL ORDER BY 1
)
"""
#: Separator between the statements of a text.
APART = "\n----\n"
INDEXES = {
    "ix_demand_quantity_units": ("parley_quantity_units(quantities)", "gin", None),
    "ix_demand_quantity_ranges": ("parley_quantity_ranges(quantities)", "gist", sa.text("quantities <> '[]'")),
}


def upgrade() -> None:
    for name, words in TERMS.items():
        op.add_column("demand", sa.Column(name, sa.Text(), nullable=True))
        op.create_check_constraint(op.f(f"ck_demand_{name}"), "demand", f'"{name}" IN {words}')
    for name in COUNTS:
        op.add_column("account", sa.Column(name, sa.Integer(), nullable=True))
        op.create_check_constraint(op.f(f"ck_account_{name}"), "account", f"{name} >= 0")
    _allow_roles(*ROLES, "backer")
    for statement in FUNCTIONS.split(APART):
        op.get_bind().exec_driver_sql(statement)
    for name, (value, method, where) in INDEXES.items():
        op.create_index(name, "demand", [sa.text(value)], postgresql_using=method, postgresql_where=where)
    _keep("demand", "account")


def downgrade() -> None:
    _refuse_if_any("demand_party", "role = 'backer'")
    for table, names in (("demand", TERMS), ("account", COUNTS)):
        for name in names:
            _refuse_if_any(table, f"{name} IS NOT NULL")
    for name in INDEXES:
        for schema in ("public", "history"):
            op.drop_index(name, table_name="demand", schema=schema)
    op.execute(
        "DROP FUNCTION parley_quantity_units(jsonb), parley_quantity_ranges(jsonb), parley_quantity_range(jsonb)"
    )
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
    # Earlier versions of rows are checked too, because `as_of` returns them.
    for name in (table, f"history.{table}"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {name} WHERE {condition} LIMIT 1").scalar():
            raise RuntimeError(f"There are rows of {table} with {condition}, which the previous schema cannot store.")
