"""Read `as_of` the head revision from the tables themselves instead of the views of past states.

In a session whose search path begins with `newest`, table names refer to the current tables, but the date and the URLs are
those of the snapshot, as in `past`. The response is therefore the same as the response to the same request after later
revisions.

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
