"""Return the first and last possible day of dates inside JSON values, and of the dates in the state of a demand.

`parley_edtf_day` returns the days as they are stored, so an open or unknown side is the end of the calendar. Responses
have null for such a side, as `app.db.dates.possible_days` does (tests/reading/test_dates_beside.py compares the two).

The functions in the schema `state` are changed in place. This file contains only the parts that change.

Revision: days_inside_values
Revises: labels_of_issues
"""

from alembic import op

revision = 'days_inside_values'
down_revision = 'labels_of_issues'
branch_labels = None
depends_on = None

UNCERTAIN = """
CREATE FUNCTION public.parley_uncertain_day(told text, is_last boolean) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    day date := public.parley_edtf_day(told, is_last);
BEGIN
    IF day IN (DATE '0001-01-01', DATE '9999-12-31') AND (told = '..' OR told ~ '^(\\.\\.)?/|/(\\.\\.)?$') THEN
        RETURN NULL;
    END IF;
    -- As JSON has it, whatever the session's DateStyle.
    RETURN to_jsonb(day) #>> '{}';
END $$
"""
# Most dates are a single day, which is both the first and the last possible day. The function is not STRICT, so that
# PostgreSQL inlines it and no function is called.
POSSIBLE = """
CREATE FUNCTION public.parley_possible_day(told text, is_last boolean) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE
    WHEN told LIKE '____-__-__' AND right(told, 1) <> 'X' THEN told
    ELSE public.parley_uncertain_day(told, is_last)
END
"""


def _beside(name: str, text: str) -> str:
    """The first and last possible day of a date, as additional arguments for `json_build_object`."""
    return ''.join(
        f", '{name}_{end}', parley_possible_day({text}, {is_last})" for end, is_last in (('min', 'false'), ('max', 'true'))
    )


#: For each function: the parts of its text after which text is inserted, and the inserted text.
CHANGES = {
    'state.said_on_point(uuid, date, uuid[], uuid[])': {"'said_on', o.said_on": _beside('said_on', 'o.said_on')},
    'state.describe(uuid, date, boolean)': {
        "'fulfilled_on', said.said_on": _beside('fulfilled_on', 'said.said_on'),
        "'said_on', a.said_on": _beside('said_on', 'a.said_on'),
    },
}


def upgrade() -> None:
    _execute(UNCERTAIN)
    _execute(POSSIBLE)
    for name, parts in CHANGES.items():
        _replace(name, {part: part + more for part, more in parts.items()})


def downgrade() -> None:
    for name, parts in CHANGES.items():
        _replace(name, {part + more: part for part, more in parts.items()})
    op.execute('DROP FUNCTION public.parley_possible_day(text, boolean), public.parley_uncertain_day(text, boolean)')


def _replace(name: str, parts: dict[str, str]) -> None:
    [text] = op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regprocedure)").one()
    for old, new in parts.items():
        if text.count(old) != 1:
            raise ValueError(f'{old} does not occur exactly once')
        text = text.replace(old, new)
    _execute(text)


def _execute(statement: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    op.get_bind().exec_driver_sql(statement)
