"""Read EDTF dates before the year 1 and sets of dates, and write days before the year 1 as ISO 8601 does.

PostgreSQL writes 44 BC as `0044-03-15 BC` in JSON. ISO 8601 and EDTF write `-0043-03-15`, since they have a year 0000.

The functions in the schema `state` are changed in place. This file contains only the parts that change.

Revision: early_years
Revises: times_of_answers
"""

import re

from alembic import op

revision = "early_years"
down_revision = "times_of_answers"
branch_labels = None
depends_on = None

#: Separator between the statements of a text.
APART = "\n----\n"

# The same rules as in app.db.dates (tests/reading/test_ranges.py compares the two). The result is null for texts that
# are not EDTF Level 0 or 1, or sets of such dates. For dates without a sign and brackets, it is the same as before, so
# that indexes on it stay valid.
DAY = r"""
CREATE OR REPLACE FUNCTION public.parley_edtf_day(told text, is_last boolean) RETURNS date
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    side text := told;
    part text[];
    year integer;
    month integer;
    first date;
BEGIN
    IF told = '..' THEN
        RETURN DATE '9999-12-31';
    END IF;
    IF left(told, 1) IN ('[', '{') THEN
        IF is_last THEN
            RETURN CASE WHEN told ~ '\.\.[]}]$' THEN DATE '9999-12-31' ELSE (
                SELECT max(public.parley_edtf_day(regexp_replace(member, '^.*\.\.', ''), true))
                FROM unnest(string_to_array(substr(told, 2, greatest(length(told) - 2, 0)), ',')) AS member
            ) END;
        END IF;
        IF told ~ '^.\.\.' THEN
            RETURN CASE
                WHEN public.parley_edtf_day(told, true) < DATE '0001-01-01' THEN make_date(-4713, 1, 1)
                ELSE DATE '0001-01-01'
            END;
        END IF;
        RETURN (
            SELECT min(public.parley_edtf_day(regexp_replace(member, '\.\..*$', ''), false))
            FROM unnest(string_to_array(substr(told, 2, greatest(length(told) - 2, 0)), ',')) AS member
        );
    END IF;
    IF strpos(told, '/') > 0 THEN
        side := split_part(told, '/', CASE WHEN is_last THEN 2 ELSE 1 END);
        IF side IN ('', '..') THEN
            IF is_last THEN
                RETURN DATE '9999-12-31';
            END IF;
            RETURN CASE
                WHEN public.parley_edtf_day(told, true) < DATE '0001-01-01' THEN make_date(-4713, 1, 1)
                ELSE DATE '0001-01-01'
            END;
        END IF;
    END IF;
    part := regexp_match(
        side,
        '^(-?)([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-(0[1-9]|1[0-2]|2[1-4]|XX)(?:-(0[1-9]|[12][0-9]|3[01]|XX))?)?[~?%]?$'
    );
    IF part IS NULL THEN
        RETURN NULL;
    END IF;
    -- Before the year 1, the greater number is the earlier year.
    year := replace(part[2], 'X', CASE WHEN is_last = (part[1] = '') THEN '9' ELSE '0' END)::integer;
    year := CASE WHEN part[1] = '' THEN year ELSE -year END;
    -- PostgreSQL has no year 0: its year -1 is 0000.
    year := CASE WHEN year < 1 THEN year - 1 ELSE year END;
    IF year < -4713 THEN
        RETURN NULL;
    END IF;
    IF part[3] IS NULL OR part[3] = 'XX' THEN
        RETURN CASE WHEN is_last THEN make_date(year, 12, 31) ELSE make_date(year, 1, 1) END;
    END IF;
    month := part[3]::integer;
    IF month > 12 THEN
        -- A season belongs to the year in which it begins.
        first := make_date(year, (month - 20) * 3, 1);
        IF NOT is_last THEN
            RETURN first;
        END IF;
        RETURN least((first + interval '3 months')::date - 1, DATE '9999-12-31');
    END IF;
    first := make_date(year, month, 1);
    IF part[4] IS NULL OR part[4] = 'XX' THEN
        RETURN CASE WHEN is_last THEN (first + interval '1 month')::date - 1 ELSE first END;
    END IF;
    RETURN least(first + part[4]::integer - 1, (first + interval '1 month')::date - 1);
END $$
"""
FUNCTIONS = r"""
-- A day as ISO 8601 writes it, also before the year 1.
CREATE FUNCTION public.parley_iso_day(day date) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    year integer;
BEGIN
    IF NOT isfinite(day) THEN
        RETURN day::text;
    END IF;
    year := extract(year FROM day);
    -- PostgreSQL has no year 0: its year -1 is 0000.
    IF year < 0 THEN
        year := year + 1;
    END IF;
    RETURN CASE WHEN year < 0 THEN '-' ELSE '' END || lpad(abs(year)::text, 4, '0')
        || '-' || lpad(extract(month FROM day)::text, 2, '0') || '-' || lpad(extract(day FROM day)::text, 2, '0');
END $$
----
-- The same as JSON. Most days are of the year 1 or later, for which no function is called.
CREATE FUNCTION public.parley_json_day(day date) RETURNS json STABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE WHEN day < DATE '0001-01-01' THEN to_json(public.parley_iso_day(day)) ELSE to_json(day) END
----
CREATE OR REPLACE FUNCTION public.parley_uncertain_day(told text, is_last boolean) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    day date := public.parley_edtf_day(told, is_last);
BEGIN
    IF day IN (make_date(-4713, 1, 1), DATE '0001-01-01', DATE '9999-12-31')
        AND (told = '..' OR told ~ '^(\.\.)?/|/(\.\.)?$|^[[{]\.\.|\.\.[]}]$')
    THEN
        RETURN NULL;
    END IF;
    RETURN public.parley_iso_day(day);
END $$
"""
FORMER = r"""
CREATE OR REPLACE FUNCTION public.parley_edtf_day(told text, is_last boolean) RETURNS date
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    side text := told;
    part text[];
    year integer;
    month integer;
    first date;
BEGIN
    IF told = '..' THEN
        RETURN DATE '9999-12-31';
    END IF;
    IF strpos(told, '/') > 0 THEN
        side := split_part(told, '/', CASE WHEN is_last THEN 2 ELSE 1 END);
        IF side IN ('', '..') THEN
            RETURN CASE WHEN is_last THEN DATE '9999-12-31' ELSE DATE '0001-01-01' END;
        END IF;
    END IF;
    part := regexp_match(
        side, '^([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-(0[1-9]|1[0-2]|2[1-4]|XX)(?:-(0[1-9]|[12][0-9]|3[01]|XX))?)?[~?%]?$'
    );
    IF part IS NULL THEN
        RETURN NULL;
    END IF;
    year := replace(part[1], 'X', CASE WHEN is_last THEN '9' ELSE '0' END)::integer;
    IF year = 0 THEN
        RETURN NULL;
    END IF;
    IF part[2] IS NULL OR part[2] = 'XX' THEN
        RETURN CASE WHEN is_last THEN make_date(year, 12, 31) ELSE make_date(year, 1, 1) END;
    END IF;
    month := part[2]::integer;
    IF month > 12 THEN
        -- A season belongs to the year in which it begins.
        first := make_date(year, (month - 20) * 3, 1);
        IF NOT is_last THEN
            RETURN first;
        END IF;
        RETURN least((first + interval '3 months')::date - 1, DATE '9999-12-31');
    END IF;
    first := make_date(year, month, 1);
    IF part[3] IS NULL OR part[3] = 'XX' THEN
        RETURN CASE WHEN is_last THEN (first + interval '1 month')::date - 1 ELSE first END;
    END IF;
    RETURN least(first + part[3]::integer - 1, (first + interval '1 month')::date - 1);
END $$
----
CREATE OR REPLACE FUNCTION public.parley_uncertain_day(told text, is_last boolean) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    day date := public.parley_edtf_day(told, is_last);
BEGIN
    IF day IN (DATE '0001-01-01', DATE '9999-12-31') AND (told = '..' OR told ~ '^(\.\.)?/|/(\.\.)?$') THEN
        RETURN NULL;
    END IF;
    -- As JSON has it, whatever the session's DateStyle.
    RETURN to_jsonb(day) #>> '{}';
END $$
"""
_COMPUTED = "to_char(entry.computed, 'YYYY-MM-DD')"
_ISO_COMPUTED = "parley_iso_day(entry.computed)"
#: For each function: the parts of its text that change, how often each occurs, and the new text.
CHANGES = {
    "state.closing_of(uuid, date)": (("'on', c.closed_on", 1, "'on', parley_json_day(c.closed_on)"),),
    "state.standing(uuid, date)": (
        ("'rule_met_on', entry.met_on", 1, "'rule_met_on', parley_json_day(entry.met_on)"),
        ("'computed_in_force_on', entry.computed", 1, "'computed_in_force_on', parley_json_day(entry.computed)"),
        (_COMPUTED, 3, _ISO_COMPUTED),
    ),
}


def upgrade() -> None:
    for statement in (DAY, *FUNCTIONS.split(APART)):
        _execute(statement)
    for name, parts in CHANGES.items():
        _replace(name, parts)


def downgrade() -> None:
    _refuse_if_any_date()
    for name, parts in CHANGES.items():
        _replace(name, tuple((new, times, old) for old, times, new in parts))
    for statement in FORMER.split(APART):
        _execute(statement)
    op.execute("DROP FUNCTION public.parley_json_day(date), public.parley_iso_day(date)")


def _refuse_if_any_date() -> None:
    """Earlier versions of rows are checked too, because `as_of` returns them. Dates inside JSON values are not checked: the
    previous functions have no days for them."""
    found = op.get_bind().exec_driver_sql(
        "SELECT format('%I.%I', table_schema, table_name), left(column_name, -10) FROM information_schema.columns"
        " WHERE table_schema IN ('public', 'history') AND column_name LIKE '%\\_precision'"
    )
    for table, column in found.all():
        condition = f"left(\"{column}\", 1) IN ('-', '[', '{{') OR \"{column}_min\" < '0001-01-01'"
        if op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE {condition} LIMIT 1").scalar():
            raise RuntimeError(
                f"{table} has a date before the year 1 or a set of dates, which the previous schema cannot store."
            )


def _replace(name: str, parts: tuple[tuple[str, int, str], ...]) -> None:
    [text] = op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regprocedure)").one()
    for old, times, new in parts:
        if (found := len(re.findall(re.escape(old), text))) != times:
            raise ValueError(f"{old} occurs {found} times in {name}")
        text = text.replace(old, new)
    _execute(text)


def _execute(statement: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    op.get_bind().exec_driver_sql(statement)
