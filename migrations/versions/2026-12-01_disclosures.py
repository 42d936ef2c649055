"""Add the visibility of proposals and agreements, and the parties to which they were shown.

Revision: disclosures
Revises: successions
"""

import sqlalchemy as sa
from alembic import op

revision = "disclosures"
down_revision = "successions"
branch_labels = None
depends_on = None

OWNERS = ("proposal", "agreement")
VISIBILITIES = ("public", "announced", "reported", "secret", "denied", "other")
PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval", "open")


def upgrade() -> None:
    for owner in OWNERS:
        op.add_column(owner, sa.Column("visibility", sa.Text(), nullable=True))
        op.create_check_constraint(op.f(f"ck_{owner}_visibility"), owner, f'"visibility" IN {VISIBILITIES}')
        op.execute(f"SELECT history.keep('{owner}')")
        _create(f"{owner}_disclosure", owner)


def _create(name: str, owner: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(f"{owner}_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_min", sa.Date(), nullable=True),
        sa.Column("on_max", sa.Date(), nullable=True),
        sa.Column("on_precision", sa.Text(), nullable=True),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.CheckConstraint(f'"on_precision" IN {PRECISIONS}', name=op.f(f"ck_{name}_on_precision")),
        sa.CheckConstraint(
            'num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)',
            name=op.f(f"ck_{name}_on_range"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"],
                name=op.f(f"fk_{name}_{column}"), deferrable=True, initially="IMMEDIATE",
            )
            for column, table in ((f"{owner}_id", owner), ("to_id", "party"), ("source_id", "source"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(f"{owner}_id", "key", name=op.f(f"uq_{name}_{owner}_id_key")),
    )  # fmt: skip
    for column in ("to_id", "source_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    op.execute(f"INSERT INTO history.kept (name, inside, owner) VALUES ('{name}', '{owner}_id', '{owner}')")
    op.execute(f"SELECT history.keep('{name}')")


def downgrade() -> None:
    for owner in OWNERS:
        # Earlier versions are checked too, because `as_of` returns them.
        for schema in ("public", "history"):
            _refuse_if_any(f"{schema}.{owner}", "visibility IS NOT NULL")
            _refuse_if_any(f"{schema}.{owner}_disclosure", "true")
    for owner in OWNERS:
        name = f"{owner}_disclosure"
        op.execute(f"DROP VIEW past.{name}")
        op.drop_table(name)
        op.execute(f"DROP TABLE history.{name}")
        op.execute(f"DROP FUNCTION history.keep_{name}()")
        op.execute(f"DELETE FROM history.kept WHERE name = '{name}'")
        op.execute(f"SELECT known.hide('{owner}')")
        op.execute(f"DROP VIEW past.{owner}")
        op.drop_column(owner, "visibility")
        op.drop_column(owner, "visibility", schema="history")
        op.execute(f"SELECT history.keep('{owner}')")


def _refuse_if_any(table: str, condition: str) -> None:
    if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE {condition} LIMIT 1").scalar():
        raise RuntimeError(f"There are rows of {table} with {condition}, which the previous schema cannot store.")
