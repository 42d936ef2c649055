"""Make revisions append-only for all clients: none can be changed or deleted, and the head revision only increases.

Only the revision itself can write its list of changed records; a later revision cannot. To reset a database to an
earlier state, restore a backup.

Revision: revisions_are_only_added
Revises: webhooks
"""

from alembic import op

revision = 'revisions_are_only_added'
down_revision = 'webhooks'
branch_labels = None
depends_on = None

FORWARD = """
CREATE FUNCTION history.forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.revision < OLD.revision THEN
        RAISE EXCEPTION 'the head moves forward alone: from revision % not to %', OLD.revision, NEW.revision
            USING HINT = 'A ledger is set back by restoring a backup.';
    END IF;
    RETURN NEW;
END $$
"""
ONLY_NOW = """
CREATE FUNCTION history.only_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revision <> public.parley_revision() OR NEW.revision <> OLD.revision OR NEW.record_id <> OLD.record_id THEN
        RAISE EXCEPTION 'what revision % touched stays as it was noted', OLD.revision;
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = (
    ('revision', 'history_refuse', 'BEFORE UPDATE OR DELETE OR TRUNCATE', 'STATEMENT', 'refuse'),
    ('revision_change', 'history_refuse', 'BEFORE DELETE OR TRUNCATE', 'STATEMENT', 'refuse'),
    ('revision_change', 'history_only_now', 'BEFORE UPDATE', 'ROW', 'only_now'),
    ('head', 'history_refuse', 'BEFORE DELETE OR TRUNCATE', 'STATEMENT', 'refuse'),
    ('head', 'history_forward', 'BEFORE UPDATE', 'ROW', 'forward'),
)


def upgrade() -> None:
    for function in (FORWARD, ONLY_NOW):
        op.get_bind().exec_driver_sql(function)
    for table, name, when, each, function in TRIGGERS:
        op.execute(f'CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION history.{function}()')


def downgrade() -> None:
    for table, name, *_ in TRIGGERS:
        op.execute(f'DROP TRIGGER {name} ON {table}')
    op.execute('DROP FUNCTION history.forward(), history.only_now()')
