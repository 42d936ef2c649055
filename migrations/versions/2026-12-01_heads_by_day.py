"""Allow several heads of a delegation, at most one on any day, and at most one delegation of a talk that a person heads.

Dates are uncertain, so only periods that certainly share a day are refused: successive heads whose day of change is known
only by month are stored. Existing rows are not checked; the next change of such a row is.

The rules compare rows of several tables, which an exclusion constraint cannot do, so constraint triggers check them. All
writes wait for the same lock (`history.begin`), so that no two transactions can store conflicting rows.

Revision: heads_by_day
Revises: blocs_of_delegations
"""

import sqlalchemy as sa
from alembic import op

revision = "heads_by_day"
down_revision = "blocs_of_delegations"
branch_labels = None
depends_on = None

IS_HEAD = sa.text("function = 'head'")
#: Separator between the statements of a text.
APART = "\n----\n"

FUNCTIONS = """
-- The last possible first day and the first possible last day of a period in a delegation. A day without a date is open.
CREATE FUNCTION public.parley_last_start(start_max date, end_max date) RETURNS date IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN start_max IS NULL THEN '-infinity' ELSE least(start_max, end_max) END
----
CREATE FUNCTION public.parley_first_end(start_min date, end_min date) RETURNS date IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN end_min IS NULL THEN 'infinity' ELSE greatest(start_min, end_min) END
----
-- Whether the periods of two members certainly share a day.
CREATE FUNCTION public.parley_certainly_overlap(one public.delegation_member, other public.delegation_member)
RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN public.parley_last_start(one.valid_from_max, one.valid_to_max)
            <= public.parley_first_end(other.valid_from_min, other.valid_to_min)
        AND public.parley_last_start(other.valid_from_max, other.valid_to_max)
            <= public.parley_first_end(one.valid_from_min, one.valid_to_min)
----
CREATE FUNCTION public.parley_check_heads() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- The rows as they are at the end of the transaction, which may have changed them several times.
    heads uuid[] := CASE TG_TABLE_NAME
        WHEN 'delegation' THEN ARRAY(
            SELECT m.id FROM public.delegation_member AS m WHERE m.delegation_id = NEW.id AND m.function = 'head'
        )
        ELSE ARRAY[NEW.id]
    END;
BEGIN
    IF EXISTS (
        SELECT FROM public.delegation_member AS one
        JOIN public.delegation_member AS other ON other.delegation_id = one.delegation_id AND other.id <> one.id
        WHERE one.id = ANY (heads) AND one.function = 'head' AND other.function = 'head'
            AND public.parley_certainly_overlap(one, other)
    ) THEN
        RAISE exclusion_violation USING CONSTRAINT = 'one_head_per_day', TABLE = 'delegation_member',
            MESSAGE = 'two heads of a delegation on one day';
    END IF;
    IF EXISTS (
        SELECT FROM public.delegation_member AS one
        JOIN public.delegation AS here ON here.id = one.delegation_id
        JOIN public.delegation AS there ON there.talk_id = here.talk_id AND there.id <> here.id
        JOIN public.delegation_member AS other ON other.delegation_id = there.id AND other.person_id = one.person_id
        WHERE one.id = ANY (heads) AND one.function = 'head' AND other.function = 'head'
            AND here.withdrawn_at IS NULL AND there.withdrawn_at IS NULL
            AND public.parley_certainly_overlap(one, other)
    ) THEN
        RAISE exclusion_violation USING CONSTRAINT = 'head_of_one_side', TABLE = 'delegation_member',
            MESSAGE = 'one person heads two delegations of a talk on one day';
    END IF;
    RETURN NULL;
END $$
"""
#: Name, table, event and condition of each trigger.
TRIGGERS = (
    ("heads_insert", "delegation_member", "INSERT", "NEW.function = 'head'"),
    (
        "heads_update",
        "delegation_member",
        "UPDATE OF delegation_id, person_id, function, valid_from_min, valid_from_max, valid_to_min, valid_to_max",
        "NEW.function = 'head'",
    ),
    ("heads_of_delegation", "delegation", "UPDATE OF talk_id, withdrawn_at", "NEW.withdrawn_at IS NULL"),
)


def upgrade() -> None:
    for statement in FUNCTIONS.split(APART):
        op.get_bind().exec_driver_sql(statement)
    for name, table, event, condition in TRIGGERS:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY IMMEDIATE"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION parley_check_heads()"
        )
    for schema in ("public", "history"):
        op.drop_index("uq_delegation_member_head", table_name="delegation_member", schema=schema)
    op.create_index("ix_delegation_member_head", "delegation_member", ["delegation_id"], postgresql_where=IS_HEAD)
    op.execute("SELECT history.keep('delegation_member')")


def downgrade() -> None:
    several = "SELECT true FROM delegation_member WHERE function = 'head' GROUP BY delegation_id HAVING count(*) > 1 LIMIT 1"
    if op.get_bind().exec_driver_sql(several).scalar():
        raise RuntimeError("A delegation has several heads, which the previous schema cannot store.")
    for name, table, _, _ in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        "DROP FUNCTION parley_check_heads(), parley_certainly_overlap(delegation_member, delegation_member),"
        " parley_first_end(date, date), parley_last_start(date, date)"
    )
    for schema in ("public", "history"):
        op.drop_index("ix_delegation_member_head", table_name="delegation_member", schema=schema)
    op.create_index(
        "uq_delegation_member_head", "delegation_member", ["delegation_id"], unique=True, postgresql_where=IS_HEAD
    )
    op.execute("SELECT history.keep('delegation_member')")
