"""Add SQL functions for the first and last possible day of an EDTF date, and indexes for sorting by due date, duration and
publication.

Records without the value come last in both ascending and descending order. A cursor is a single row comparison. Nulls
therefore need a replacement value for each direction, and each direction needs an index.

Revision: sorts_that_may_be_null
Revises: duplicate_dismissals
"""

import sqlalchemy as sa
from alembic import op

revision = 'sorts_that_may_be_null'
down_revision = 'duplicate_dismissals'
branch_labels = None
depends_on = None

# The same rules as in app.db.dates (tests/reading/test_ranges.py compares the two). The result is null for texts that
# are not EDTF Level 0 or 1.
FUNCTION = """
CREATE FUNCTION public.parley_edtf_day(told text, is_last boolean) RETURNS date
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
"""
# The resolved date of a timing or, if there is none, the date of the deadline. The function is not STRICT, so that it
# can be inlined.
DUE = """
CREATE FUNCTION public.parley_due(timing jsonb) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN coalesce(
    timing #>> '{resolved_on,date}', CASE WHEN timing ->> 'relation' = 'by_date' THEN timing ->> 'at' END
)
"""
INDEXES = (
    ('demand', 'due', 'parley_edtf_day(parley_due(timing), false)', "'infinity'::date", "'-infinity'::date"),
    ('talk', 'duration', 'duration_minutes', '2147483647', "'-2147483648'::integer"),
    ('source', 'published', 'published_min', "'infinity'::date", "'-infinity'::date"),
)


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute(DUE)
    for table, name, value, last, before in INDEXES:
        for way, unknown in (('up', last), ('down', before)):
            op.create_index(f'ix_{table}_{name}_{way}', table, [sa.text(f'coalesce({value}, {unknown})'), 'id'])
        op.execute(f"SELECT history.keep('{table}')")


def downgrade() -> None:
    for table, name, *_ in INDEXES:
        for way in ('up', 'down'):
            for schema in ('public', 'history'):
                op.drop_index(f'ix_{table}_{name}_{way}', table_name=table, schema=schema)
    op.execute('DROP FUNCTION public.parley_due(jsonb)')
    op.execute('DROP FUNCTION public.parley_edtf_day(text, boolean)')
