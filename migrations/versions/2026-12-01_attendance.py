"""Add the attendance of members at single sittings of a long talk.

An entry names a sitting by a talk, by a day or by both. It is hidden by `known_by` until its delegation and its talk are known.

Revision: attendance
Revises: changing_members
"""

import sqlalchemy as sa
from alembic import op

revision = "attendance"
down_revision = "changing_members"
branch_labels = None
depends_on = None

PRESENCES = ("present", "implied", "announced", "absent")
MODES = ("in_person", "remote")
PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval", "open")
LATER = {"deferrable": True, "initially": "IMMEDIATE"}
#: A condition in `known.show_rows`. The new condition is inserted before it.
NEXT = "WHEN 'delegation_member' THEN"
CONDITION = (
    "WHEN 'attendance' THEN format(is_known, known.below(here), 'delegation_id', 'infinity')"
    " || ' AND ' || format(is_known, known.below(here), 'talk_id', '-infinity')"
)


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_delegation_member_id_delegation_id"), "delegation_member", ["id", "delegation_id"]
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("delegation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("talk_id", sa.Uuid(), nullable=True),
        sa.Column("on", sa.Text(), nullable=True),
        sa.Column("presence", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_min", sa.Date(), nullable=True),
        sa.Column("on_max", sa.Date(), nullable=True),
        sa.Column("on_precision", sa.Text(), nullable=True),
        sa.Column("rev_from", sa.BigInteger(), server_default=sa.text("parley_revision()"), nullable=False),
        sa.CheckConstraint('num_nonnulls(talk_id, "on") > 0', name=op.f("ck_attendance_of_a_sitting")),
        sa.CheckConstraint(f'"presence" IN {PRESENCES}', name=op.f("ck_attendance_presence")),
        sa.CheckConstraint(f'"mode" IN {MODES}', name=op.f("ck_attendance_mode")),
        sa.CheckConstraint(f'"on_precision" IN {PRECISIONS}', name=op.f("ck_attendance_on_precision")),
        sa.CheckConstraint(
            'num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)',
            name=op.f("ck_attendance_on_range"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "delegation_id"], ["delegation_member.id", "delegation_member.delegation_id"],
            name=op.f("fk_attendance_member_id_delegation_id"), **LATER,
        ),
        sa.ForeignKeyConstraint(["talk_id"], ["talk.id"], name=op.f("fk_attendance_talk_id"), **LATER),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("member_id", "key", name=op.f("uq_attendance_member_id_key")),
    )  # fmt: skip
    op.create_index(op.f("ix_attendance_delegation_id"), "attendance", ["delegation_id"])
    op.create_index(op.f("ix_attendance_talk_id"), "attendance", ["talk_id"])
    _show(NEXT, f"{CONDITION}\n                {NEXT}")
    op.execute("INSERT INTO history.kept (name, inside, owner) VALUES ('attendance', 'delegation_id', 'delegation')")
    op.execute("SELECT history.keep('attendance')")
    op.execute("SELECT history.keep('delegation_member')")


def downgrade() -> None:
    for table in ("attendance", "history.attendance"):
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} LIMIT 1").scalar():
            raise RuntimeError("Members have attendance at single sittings, which the previous schema cannot store.")
    op.execute("SELECT known.hide('attendance')")
    op.execute("DROP VIEW past.attendance")
    op.drop_table("attendance")
    op.execute("DROP TABLE history.attendance")
    op.execute("DROP FUNCTION history.keep_attendance()")
    op.execute("DELETE FROM history.kept WHERE name = 'attendance'")
    _show(f"{CONDITION}\n                {NEXT}", NEXT)
    op.drop_constraint(op.f("uq_delegation_member_id_delegation_id"), "delegation_member", type_="unique")
    op.execute("SELECT history.keep('delegation_member')")


def _show(was: str, becomes: str) -> None:
    """Replace one part of the function that creates the views of known rows."""
    text = op.get_bind().exec_driver_sql("SELECT pg_get_functiondef('known.show_rows(text)'::regprocedure)").scalar()
    if text.count(was) != 1:
        raise RuntimeError(f"known.show_rows does not contain {was!r} exactly once")
    op.get_bind().exec_driver_sql(text.replace(was, becomes))
