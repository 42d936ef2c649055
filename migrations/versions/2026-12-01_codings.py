"""Add the codings of records: the values that named coders gave to their fields.

Revision: codings
Revises: public_talks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "codings"
down_revision = "public_talks"
branch_labels = None
depends_on = None

PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval", "open")
#: The conditions for external ids in the functions that create the views of known rows. Codings are hidden by the same
#: condition: those of a claim that is not known, and none of any other record.
CONDITIONS = {
    "known.show_rows": ("WHEN 'external_id' THEN", "WHEN 'coding' THEN format(is_known, known.below(here), 'record_id', '-infinity')"),
    "known_to.show": (
        "WHEN table_name = 'external_id' THEN",
        "WHEN table_name = 'coding' THEN known_to.is_known(below, 'record_id', true)",
    ),
}


def upgrade() -> None:
    op.create_table(
        "coding",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("coder", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("coded_on", sa.Text(), nullable=True),
        sa.Column("coded_on_min", sa.Date(), nullable=True),
        sa.Column("coded_on_max", sa.Date(), nullable=True),
        sa.Column("coded_on_precision", sa.Text(), nullable=True),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.CheckConstraint("field ~ '^/[^/]+$'", name=op.f("ck_coding_field_is_a_pointer")),
        sa.CheckConstraint(
            "jsonb_typeof(value) IN ('string', 'number', 'boolean')", name=op.f("ck_coding_value_is_scalar")
        ),
        sa.CheckConstraint(f'"coded_on_precision" IN {PRECISIONS}', name=op.f("ck_coding_coded_on_precision")),
        sa.CheckConstraint(
            'num_nonnulls("coded_on", coded_on_min, coded_on_max, coded_on_precision) IN (0, 4)'
            " AND (coded_on_min IS NULL OR coded_on_min <= coded_on_max)",
            name=op.f("ck_coding_coded_on_range"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["entry.id"], name=op.f("fk_coding_record_id"), deferrable=True, initially="IMMEDIATE"
        ),
        sa.PrimaryKeyConstraint("record_id", "field", "coder", name=op.f("pk_coding")),
    )
    op.create_index(op.f("ix_coding_field"), "coding", ["field"])
    for function, (before, condition) in CONDITIONS.items():
        _replace(function, before, f"{condition}\n                {before}")
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('coding', 'record_id', 'entry')")
    op.execute("SELECT history.keep('coding')")


def downgrade() -> None:
    # Earlier versions of rows are checked too, because `as_of` returns them.
    for schema in ("public", "history"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {schema}.coding LIMIT 1").scalar():
            raise RuntimeError("There are codings, which the previous schema cannot store.")
    op.execute("SELECT known.hide('coding')")
    op.execute("DROP VIEW past.coding")
    op.drop_table("coding")
    op.execute("DROP TABLE history.coding")
    op.execute("DROP FUNCTION history.keep_coding()")
    op.execute("DELETE FROM history.kept WHERE name = 'coding'")
    for function, (before, condition) in CONDITIONS.items():
        _replace(function, f"{condition}\n                {before}", before)


def _replace(function: str, was: str, becomes: str) -> None:
    """Replace one part of a function, and leave the rest of it unchanged."""
    text = op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{function}(text)'::regprocedure)").scalar()
    if text.count(was) != 1:
        raise RuntimeError(f"{function} does not contain {was!r} exactly once")
    op.get_bind().exec_driver_sql(text.replace(was, becomes))
