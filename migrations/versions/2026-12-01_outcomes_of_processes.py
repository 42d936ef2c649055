"""Add the outcomes of processes, the outcome kind `release`, and indexes on the quantities of outcomes.

Talks had outcomes, but a unilateral step, a release or a vote of a parliament happens without a talk.

A process is always known, but an outcome is a claim: under `known_by` it is hidden until a citation that supports it, or all
outcomes of the process, is public.

Revision: outcomes_of_processes
Revises: attendance
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "outcomes_of_processes"
down_revision = "attendance"
branch_labels = None
depends_on = None

FORMER_KINDS = (
    "agreement", "partial_agreement", "agreement_in_principle", "agreement_to_continue", "extension", "procedural",
    "no_agreement", "proposal_made", "document_handed_over", "joint_document", "statement", "unilateral_step",
    "request_noted", "signature", "ratification", "vote", "other",
)  # fmt: skip
_AT = FORMER_KINDS.index("request_noted")
KINDS = (*FORMER_KINDS[:_AT], "release", *FORMER_KINDS[_AT:])
PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval", "open")
OWNERS = ("process", "party", "agreement", "proposal", "demand")
INDEXES = {
    "quantity_units": ("parley_quantity_units(quantities)", "gin", None),
    "quantity_ranges": ("parley_quantity_ranges(quantities)", "gist", sa.text("quantities <> '[]'")),
}
#: The last condition in the list of `known.show_rows` (rows inside a delegation). A further condition is inserted
#: before it.
LAST = "WHEN 'delegation_member' THEN"
CONDITION = "WHEN 'process_outcome' THEN 'known.is_known_outcome(r.process_id, r.key)'"
#: The function names `citation` without a schema, so that it reads the citations that are known on the day of the session.
IS_KNOWN = """
CREATE FUNCTION known.is_known_outcome(record uuid, outcome text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM citation AS c
        WHERE c.target_id = record AND c.verdict = 'supports' AND c.withdrawn_at IS NULL AND (
            c.field = '/outcomes'
            OR starts_with(c.field || '/', '/outcomes/' || replace(replace(outcome, '~', '~0'), '/', '~1') || '/')
        )
    )
$$
"""


def upgrade() -> None:
    op.create_table(
        "process_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quantities", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("demand_id", sa.Uuid(), nullable=True),
        sa.Column("confidence", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_min", sa.Date(), nullable=True),
        sa.Column("on_max", sa.Date(), nullable=True),
        sa.Column("on_precision", sa.Text(), nullable=True),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.CheckConstraint("\"confidence\" IN ('low', 'medium', 'high')", name=op.f("ck_process_outcome_confidence")),
        sa.CheckConstraint(f'"kind" IN {KINDS}', name=op.f("ck_process_outcome_kind")),
        sa.CheckConstraint(f'"on_precision" IN {PRECISIONS}', name=op.f("ck_process_outcome_on_precision")),
        sa.CheckConstraint(
            'num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)',
            name=op.f("ck_process_outcome_on_range"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}.id"],
                name=op.f(f"fk_process_outcome_{table}_id"), deferrable=True, initially="IMMEDIATE",
            )
            for table in OWNERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_outcome")),
        sa.UniqueConstraint("process_id", "key", name=op.f("uq_process_outcome_process_id_key")),
    )  # fmt: skip
    for column in ("kind", *(f"{table}_id" for table in OWNERS[1:])):
        op.create_index(op.f(f"ix_process_outcome_{column}"), "process_outcome", [column])
    _allow_kinds(KINDS)
    for table in ("talk_outcome", "process_outcome"):
        for name, (value, method, where) in INDEXES.items():
            op.create_index(
                f"ix_{table}_{name}", table, [sa.text(value)], postgresql_using=method, postgresql_where=where
            )
    op.get_bind().exec_driver_sql(IS_KNOWN)
    _show(LAST, f"{CONDITION}\n                {LAST}")
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('process_outcome', 'process_id', 'process')")
    for table in ("talk_outcome", "process_outcome"):
        op.execute(f"SELECT history.keep('{table}')")


def downgrade() -> None:
    # Earlier versions of rows are checked too, because `as_of` returns them.
    for schema in ("public", "history"):
        for table, condition in (("process_outcome", "true"), ("talk_outcome", "kind = 'release'")):
            lost = f"SELECT true FROM {schema}.{table} WHERE {condition} LIMIT 1"
            if op.get_bind().exec_driver_sql(lost).scalar():
                raise RuntimeError(
                    "There are outcomes of processes or of the kind release, which the previous schema cannot store."
                )
    op.execute("SELECT known.hide('process_outcome')")
    op.execute("DROP VIEW past.process_outcome")
    op.drop_table("process_outcome")
    op.execute("DROP TABLE history.process_outcome")
    op.execute("DROP FUNCTION history.keep_process_outcome()")
    op.execute("DELETE FROM history.kept WHERE name = 'process_outcome'")
    _show(f"{CONDITION}\n                {LAST}", LAST)
    op.execute("DROP FUNCTION known.is_known_outcome(uuid, text)")
    for name in INDEXES:
        for schema in ("public", "history"):
            op.drop_index(f"ix_talk_outcome_{name}", table_name="talk_outcome", schema=schema)
    _allow_kinds(FORMER_KINDS)
    op.execute("SELECT history.keep('talk_outcome')")


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_talk_outcome_kind"), "talk_outcome", type_="check")
    op.create_check_constraint(op.f("ck_talk_outcome_kind"), "talk_outcome", f'"kind" IN {kinds}')


def _show(was: str, becomes: str) -> None:
    """Replace one part of the function that creates the views of known rows, and leave the rest of the function
    unchanged.
    """
    text = op.get_bind().exec_driver_sql("SELECT pg_get_functiondef('known.show_rows(text)'::regprocedure)").scalar()
    if text.count(was) != 1:
        raise RuntimeError(f"known.show_rows does not contain {was!r} exactly once")
    op.get_bind().exec_driver_sql(text.replace(was, becomes))
