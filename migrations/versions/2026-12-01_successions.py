"""Add the successions of parties, and the function that finds the parties that were succeeded by parties of some countries.

The function names tables without a schema, so that it reads the views in sessions with `as_of` or `known_by`. It follows both the
table and the column `successor_of_id`, and ends even if the successions form a cycle, because UNION drops parties already found. It is in PL/pgSQL so that PostgreSQL does not inline it: the
planner expects far too many parties from the recursion, and would then scan whole tables for each record.

Revision: successions
Revises: outcomes_of_processes
"""

import sqlalchemy as sa
from alembic import op

revision = "successions"
down_revision = "outcomes_of_processes"
branch_labels = None
depends_on = None

KINDS = ("continues", "merged_into", "split_into", "replaced_by", "other")
PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval", "open")
BEFORE = """
CREATE FUNCTION public.parley_parties_before(countries text[]) RETURNS SETOF uuid
STABLE LANGUAGE plpgsql ROWS 100 AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE before AS (
        SELECT p.id FROM party AS p WHERE p.countries && parley_parties_before.countries
        UNION
        SELECT earlier.id FROM before CROSS JOIN LATERAL (
            SELECT s.predecessor_id AS id FROM party_succession AS s
            JOIN party AS owner ON owner.id = s.predecessor_id
            WHERE s.successor_id = before.id AND owner.withdrawn_at IS NULL
            UNION ALL
            SELECT owner.successor_of_id FROM party AS owner
            WHERE owner.id = before.id AND owner.successor_of_id IS NOT NULL AND owner.withdrawn_at IS NULL
        ) AS earlier
    )
    SELECT before.id FROM before;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "party_succession",
        sa.Column("predecessor_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("on", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_min", sa.Date(), nullable=True),
        sa.Column("on_max", sa.Date(), nullable=True),
        sa.Column("on_precision", sa.Text(), nullable=True),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_party_succession_not_of_itself")),
        sa.CheckConstraint(f'"kind" IN {KINDS}', name=op.f("ck_party_succession_kind")),
        sa.CheckConstraint(f'"on_precision" IN {PRECISIONS}', name=op.f("ck_party_succession_on_precision")),
        sa.CheckConstraint(
            'num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)',
            name=op.f("ck_party_succession_on_range"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], ["party.id"],
                name=op.f(f"fk_party_succession_{name}_id"), deferrable=True, initially="IMMEDIATE",
            )
            for name in ("predecessor", "successor")
        ),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_party_succession")),
    )  # fmt: skip
    op.create_index(op.f("ix_party_succession_successor_id"), "party_succession", ["successor_id"])
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('party_succession', 'predecessor_id', 'party')")
    op.execute("SELECT history.keep('party_succession')")
    op.get_bind().exec_driver_sql(BEFORE)


def downgrade() -> None:
    # Earlier versions of rows are checked too, because `as_of` returns them.
    for schema in ("public", "history"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {schema}.party_succession LIMIT 1").scalar():
            raise RuntimeError("Some parties have `succeeded_by`, which the previous schema cannot store.")
    op.execute("DROP FUNCTION parley_parties_before(text[])")
    op.execute("SELECT known.hide('party_succession')")
    op.execute("DROP VIEW past.party_succession")
    op.drop_table("party_succession")
    op.execute("DROP TABLE history.party_succession")
    op.execute("DROP FUNCTION history.keep_party_succession()")
    op.execute("DELETE FROM history.kept WHERE name = 'party_succession'")
