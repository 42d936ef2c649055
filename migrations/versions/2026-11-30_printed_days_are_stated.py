"""Set `timing.resolved_on.basis` to `stated` for `by_date` and `from_date`, whose date is printed in the text.

This correction is a normal revision; the previous values remain in the history.

Revision: printed_days_are_stated
Revises: uncertain_days
"""

from alembic import op

revision = 'printed_days_are_stated'
down_revision = 'uncertain_days'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _say('computed', 'stated')


def downgrade() -> None:
    _say('stated', 'computed')


def _say(was: str, basis: str) -> None:
    # The editor is reset below, because all migrations of a run share one transaction.
    op.execute(
        "SELECT set_config('parley.editor', 'parley', true),"
        " set_config('parley.message', 'the basis of dates that are printed in the text', true)"
    )
    op.execute(
        f"""
        UPDATE demand SET timing = jsonb_set(timing, '{{resolved_on,basis}}', '"{basis}"')
        WHERE timing ->> 'relation' IN ('by_date', 'from_date') AND timing #>> '{{resolved_on,basis}}' = '{was}'
            AND timing #>> '{{resolved_on,date}}' = timing ->> 'at'
        """
    )
    op.execute("SELECT set_config('parley.editor', '', true), set_config('parley.message', '', true)")
