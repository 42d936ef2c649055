"""Add a position to the rows of lists of mentions, so that lists keep the order in which they were sent.

Existing rows get positions in the order in which they were returned until now: issues of a demand with the primary
issue first, demands by position in the document, parties of a process by role, most others by slug. Superseded rows are
numbered together with the current rows of their record, by current slugs and positions, so that reads with `as_of` keep
their order too. Setting these positions makes no revision.

Older code can still write to this schema. The rows that it writes come first in their lists.

Revision: order_as_sent
Revises: attribution_names_records
"""

import sqlalchemy as sa
from alembic import op

revision = 'order_as_sent'
down_revision = 'attribution_names_records'
branch_labels = None
depends_on = None

SLUG = 'target.slug'
PLACE = 'target.position, row.{target}'
RANK = (
    "array_position(ARRAY['negotiating', 'mediator', 'guarantor', 'observer', 'coordinator', 'accompanying', 'host',"
    " 'spoiler', 'mentioned'], row.role)"
)
#: The table, the column of the owning record, the column of the mentioned record, the further columns that distinguish
#: rows, the table whose columns the order needs, and the order.
LISTS = (
    ('proposal_author', 'proposal_id', 'party_id', None, 'entry', SLUG),
    ('proposal_addressee', 'proposal_id', 'party_id', None, 'entry', SLUG),
    ('agreement_proposal', 'agreement_id', 'proposal_id', None, 'entry', SLUG),
    ('agreement_party', 'agreement_id', 'party_id', None, 'entry', SLUG),
    ('agreement_issue', 'agreement_id', 'issue_id', None, None, 'row.issue_id'),
    ('process_party', 'process_id', 'party_id', 'role', None, f'{RANK}, row.party_id'),
    ('demand_party', 'demand_id', 'party_id', 'role', 'entry', f'row.role, {SLUG}'),
    ('demand_issue', 'demand_id', 'issue_id', 'is_primary', None, 'row.is_primary DESC, row.issue_id'),
    ('demand_place', 'demand_id', 'place_id', None, 'entry', SLUG),
    ('demand_dependency', 'demand_id', 'depends_on_id', None, 'demand', PLACE.format(target='depends_on_id')),
    ('response_scope_demand', 'response_id', 'demand_id', None, 'demand', PLACE.format(target='demand_id')),
    ('response_counter', 'response_id', 'demand_id', None, 'demand', PLACE.format(target='demand_id')),
    ('assessment_subject', 'assessment_id', 'record_id', None, 'entry', 'target.collection, target.slug'),
)


def upgrade() -> None:
    for table, *_ in LISTS:
        op.add_column(table, sa.Column('position', sa.Integer(), server_default='0', nullable=False))
        op.execute(f"SELECT history.keep('{table}')")
    for table, owner, mentioned, also, target, order in LISTS:
        keys = ', '.join(filter(None, (owner, mentioned, also)))
        op.execute(f"""
            CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
            SELECT row.*, row_number() OVER (PARTITION BY row.{owner} ORDER BY {order}) AS position
            FROM (SELECT {keys} FROM public.{table} UNION SELECT {keys} FROM history.{table}) AS row
            {_joined(target, mentioned)}
        """)
        same = ' AND '.join(f'here.{name} = placed.{name}' for name in keys.split(', '))
        for schema in ('public', 'history'):
            op.execute(f'ALTER TABLE {schema}.{table} DISABLE TRIGGER USER')
            op.execute(f'UPDATE {schema}.{table} AS here SET position = placed.position FROM placed WHERE {same}')
            op.execute(f'ALTER TABLE {schema}.{table} ENABLE TRIGGER USER')
        op.execute('DROP TABLE placed')


def _joined(target: str | None, mentioned: str) -> str:
    """A join with the mentioned records in their current state or, if they were erased, in their last state."""
    if target is None:
        return ''
    return f"""
        JOIN (
            SELECT DISTINCT ON (id) * FROM (
                SELECT {COLUMNS[target]}, 9223372036854775807 AS rev_to FROM public.{target}
                UNION ALL SELECT {COLUMNS[target]}, rev_to FROM history.{target}
            ) AS version ORDER BY id, rev_to DESC
        ) AS target ON target.id = row.{mentioned}
    """


COLUMNS = {'entry': 'id, collection, slug', 'demand': 'id, position'}


def downgrade() -> None:
    for table, owner, mentioned, also, target, order in LISTS:
        # Fail rather than delete data that cannot be recreated. Each role in a demand has a list of its own.
        of = f'row.{owner}, row.role' if also == 'role' else f'row.{owner}'
        other = f"""
            SELECT true FROM (
                SELECT row_number() OVER (PARTITION BY {of} ORDER BY row.position, row.{mentioned}) AS now,
                    row_number() OVER (PARTITION BY {of} ORDER BY {order}) AS before
                FROM public.{table} AS row {_joined(target, mentioned)}
            ) AS placed WHERE now <> before LIMIT 1
        """
        if op.get_bind().exec_driver_sql(other).scalar():
            raise RuntimeError(f'Lists in {table} have an order of their own, which the previous schema cannot store.')
    for table, *_ in LISTS:
        op.execute(f"SELECT known.hide('{table}')")
        op.execute(f'DROP VIEW past.{table}')
        op.drop_column(table, 'position')
        op.drop_column(table, 'position', schema='history')
        op.execute(f"SELECT history.keep('{table}')")
