"""The first and last possible day of a date inside a JSON value, and those of the dates in the state of a demand.

`parley_edtf_day` answers how a date is stored: an open or unknown side is the end of the calendar. What an answer shows is
null there, as `app.db.dates.possible_days` has it (tests/reading/test_dates_beside.py compares the two).

The functions of the schema `state` are changed where they stand: written out here is only what changes.

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
# Most dates are a day, which is its own first and last one. Not STRICT, so that it is inlined: no function is called then.
POSSIBLE = """
CREATE FUNCTION public.parley_possible_day(told text, is_last boolean) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE
    WHEN told LIKE '____-__-__' AND right(told, 1) <> 'X' THEN told
    ELSE public.parley_uncertain_day(told, is_last)
END
"""


def _beside(name: str, text: str) -> str:
    """The days of a date, as the further arguments of `json_build_object`."""
    return ''.join(
        f", '{name}_{end}', parley_possible_day({text}, {is_last})" for end, is_last in (('min', 'false'), ('max', 'true'))
    )


#: By function: each part of its text after which more comes, and what that is.
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
            raise ValueError(f'{old} is not there, or more than once')
        text = text.replace(old, new)
    _execute(text)


def _execute(statement: str) -> None:
    """As it is: `op.execute` would take a colon for the beginning of a parameter's name."""
    op.get_bind().exec_driver_sql(statement)
