"""Order the answers of one day by their instants, then by position, in the state of a demand.

The functions in the schema `state` are changed in place: where they read the position of a response, they read its place
in the day, a number that contains both. No stored state changes, because no record has a time yet.

Revision: times_of_answers
Revises: times_of_day
"""

import re

from alembic import op

revision = "times_of_answers"
down_revision = "times_of_day"
branch_labels = None
depends_on = None

# An answer without a time comes before the answers of the day with a time. The seconds of a day in any zone lie between
# -14 and 38 hours of its day in UTC.
PLACE = """
CREATE FUNCTION state.place_in_day(said_at timestamptz, day date, place integer) RETURNS bigint
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN place + coalesce(
    (extract(epoch FROM said_at - day::timestamp AT TIME ZONE 'UTC')::bigint + 86400) * 4294967296, 0
)
"""
_SAID = "state.place_in_day(r.said_at, r.said_on_max, r.position)"
#: For each function: patterns, how often each occurs, and their replacements.
CHANGES = {
    "state.answers(uuid, date, boolean, boolean)": (
        (r"\br\.position(,\s+r\.is_implied, r\.slug, NULL)", 3, rf"{_SAID} AS position\1"),
        (r"a\.agreed_on_max, -1, true", 1, "a.agreed_on_max, state.place_in_day(a.agreed_at, a.agreed_on_max, -1), true"),
    ),
    "state.deeds(uuid)": ((r'"position" integer', 1, '"position" bigint'), (r"\br\.position\b", 1, _SAID)),
    "state.said_on_point(uuid, date, uuid[], uuid[])": ((r"\br\.position\b", 1, _SAID),),
    "state.on_response()": ((r"\b([no])\.position\b", 2, r"\1.position, \1.said_at"),),
    "state.on_agreement()": ((r"\b([no])\.agreed_on_max\b", 2, r"\1.agreed_on_max, \1.agreed_at"),),
}
#: The same for the way back.
FORMER = {
    "state.answers(uuid, date, boolean, boolean)": (
        (re.escape(f"{_SAID} AS position"), 3, "r.position"),
        (r"state\.place_in_day\(a\.agreed_at, a\.agreed_on_max, -1\)", 1, "-1"),
    ),
    "state.deeds(uuid)": ((r'"position" bigint', 1, '"position" integer'), (re.escape(_SAID), 1, "r.position")),
    "state.said_on_point(uuid, date, uuid[], uuid[])": ((re.escape(_SAID), 1, "r.position"),),
    "state.on_response()": ((r", [no]\.said_at\b", 2, ""),),
    "state.on_agreement()": ((r", [no]\.agreed_at\b", 2, ""),),
}


def upgrade() -> None:
    _execute(PLACE)
    _change(CHANGES)


def downgrade() -> None:
    _change(FORMER)
    op.execute("DROP FUNCTION state.place_in_day(timestamptz, date, integer)")


def _change(changes: dict[str, tuple[tuple[str, int, str], ...]]) -> None:
    for name, parts in changes.items():
        [text] = op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regprocedure)").one()
        for pattern, times, new in parts:
            text, found = re.subn(pattern, new, text)
            if found != times:
                raise ValueError(f"{pattern} occurs {found} times in {name}")
        if name == "state.deeds(uuid)":
            # The type of a result cannot be replaced.
            op.execute("DROP FUNCTION state.deeds(uuid)")
        _execute(text)


def _execute(statement: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    op.get_bind().exec_driver_sql(statement)
