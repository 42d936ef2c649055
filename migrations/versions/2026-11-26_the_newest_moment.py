"""A moment that is still the newest is read from the tables themselves, not from views of the past.

In a session whose search path begins with `newest` tables are what they are now, but the day and the addresses are those
of the session's moment, as in `past`: an answer says the same as it will when later revisions have made it the past.

Revision: the_newest_moment
Revises: no_day_without_an_end
"""

from alembic import op

revision = 'the_newest_moment'
down_revision = 'no_day_without_an_end'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('CREATE SCHEMA newest')
    op.execute(
        'CREATE FUNCTION newest.parley_today() RETURNS date STABLE PARALLEL SAFE LANGUAGE sql'
        ' RETURN past.parley_today()'
    )
    op.execute(
        'CREATE FUNCTION newest.parley_address(address text) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql'
        ' RETURN past.parley_address(address)'
    )


def downgrade() -> None:
    op.execute('DROP SCHEMA newest CASCADE')
