"""Add the time of day of talks, proposals, responses and agreements, and the order of records within a day.

The indexes in the order of lists contain both, so that a page is still read from the top of an index.

Revision: times_of_day
Revises: known_to
"""

import sqlalchemy as sa
from alembic import op

revision = "times_of_day"
down_revision = "known_to"
branch_labels = None
depends_on = None

#: For each table: the date, its time, the zone and the instant.
TIMED = {
    "talk": (("start", "start_time", "zone", "start_at"), ("end", "end_time", "zone", "end_at")),
    "proposal": (("tabled_on", "tabled_time", "tabled_zone", "tabled_at"),),
    "response": (("said_on", "said_time", "said_zone", "said_at"),),
    "agreement": (
        ("agreed_on", "agreed_time", "agreed_zone", "agreed_at"),
        ("in_force_on", "in_force_time", "in_force_zone", "in_force_at"),
    ),
}
#: Responses have a position already.
ORDERED = ("talk", "proposal", "agreement")
NEWEST = ("sort_on DESC", "id DESC")
NESTED = ("sort_on", "position", "id")
#: The indexes that change: table, name, first column, previous further columns, condition.
INDEXES = (
    ("talk", "ix_talk_sort_on", (), NEWEST, None),
    ("talk", "ix_talk_process", ("process_id",), NEWEST, None),
    ("proposal", "ix_proposal_sort_on", (), NEWEST, None),
    ("proposal", "ix_proposal_process", ("process_id",), NEWEST, None),
    ("response", "ix_response_newest", (), NEWEST, None),
    ("response", "ix_response_process", ("process_id",), NEWEST, None),
    ("response", "ix_response_proposal", ("proposal_id",), NESTED, None),
    ("response", "ix_response_demand", ("demand_id",), NESTED, None),
    ("response", "ix_response_responder", ("responder_id",), NEWEST, None),
    ("response", "ix_response_votes", (), NEWEST, "votes IS NOT NULL"),
    ("agreement", "ix_agreement_sort_on", (), NEWEST, None),
)


def upgrade() -> None:
    _drop_indexes()
    for table, dates in TIMED.items():
        for time, zone, instant in _columns(dates):
            op.add_column(table, sa.Column(time, sa.Text(), nullable=True))
            if zone is not None:
                op.add_column(table, sa.Column(zone, sa.Text(), nullable=True))
            op.add_column(table, sa.Column(instant, sa.DateTime(timezone=True), nullable=True))
        for date, time, zone, instant in dates:
            op.create_check_constraint(
                op.f(f"ck_{table}_{time}_of_a_day"),
                table,
                f"num_nonnulls({time}, {instant}) IN (0, 2)"
                f" AND ({time} IS NULL OR {zone} IS NOT NULL AND {date}_precision = 'day')",
            )
    for table in ORDERED:
        op.add_column(table, sa.Column("order_in_day", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for table, name, first, _, where in INDEXES:
        instant = TIMED[table][0][-1]
        place = "position" if table == "response" else "order_in_day"
        columns = ("sort_on DESC", f"coalesce({instant}, '-infinity'::timestamptz) DESC", f"{place} DESC", "id DESC")
        _create_index(table, name, first, columns, where)
    _keep()


def downgrade() -> None:
    for table, dates in TIMED.items():
        conditions = [f"{time} IS NOT NULL" for _, time, _, _ in dates]
        conditions += ["order_in_day <> 0"] if table in ORDERED else []
        # Earlier versions of the records are checked too, because `as_of` returns them.
        for place in (table, f"history.{table}"):
            found = f"SELECT true FROM {place} WHERE {' OR '.join(conditions)} LIMIT 1"
            if op.get_bind().exec_driver_sql(found).scalar():
                raise RuntimeError(
                    f"Some rows of {place} have a time or an order in the day, which the previous schema cannot store."
                )
    _drop_indexes()
    for table, dates in TIMED.items():
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f"DROP VIEW past.{table}")
        for _, time, _, _ in dates:
            op.drop_constraint(op.f(f"ck_{table}_{time}_of_a_day"), table, type_="check")
        names = [name for columns in _columns(dates) for name in columns if name is not None]
        for name in [*names, *(["order_in_day"] if table in ORDERED else [])]:
            op.drop_column(table, name)
            op.drop_column(table, name, schema="history")
    for table, name, first, columns, where in INDEXES:
        _create_index(table, name, first, columns, where)
    _keep()


def _columns(dates: tuple[tuple[str, str, str, str], ...]) -> list[tuple[str, str | None, str]]:
    """The new columns for each date; a zone that several dates share is listed once."""
    zones: set[str] = set()
    found: list[tuple[str, str | None, str]] = []
    for _, time, zone, instant in dates:
        found.append((time, None if zone in zones else zone, instant))
        zones.add(zone)
    return found


def _drop_indexes() -> None:
    for table, name, *_ in INDEXES:
        for schema in ("public", "history"):
            op.drop_index(name, table_name=table, schema=schema)


def _create_index(table: str, name: str, first: tuple[str, ...], columns: tuple[str, ...], where: str | None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, [*first, *map(sa.text, columns)], postgresql_where=condition)


def _keep() -> None:
    for table in TIMED:
        op.execute(f"SELECT history.keep('{table}')")
