"""Store which records each dossier contains, so that an import withdraws only records of its own dossier.

The table is not part of the domain data, so writes to it make no revisions. Each row has the revisions between which it
is valid. For dossiers that were imported earlier, the table is filled with the records that their revisions created or
changed and did not withdraw.

Revision: what_dossiers_bring
Revises: printed_days_are_stated
"""

import sqlalchemy as sa
from alembic import op

revision = 'what_dossiers_bring'
down_revision = 'printed_days_are_stated'
branch_labels = None
depends_on = None

#: The columns of the view of past states. Rows in the view are valid at its revision, so they have no end.
COLUMNS = 'dossier, record_id, field, key, since, NULL::bigint AS until, collection, is_own'


def upgrade() -> None:
    op.create_table(
        'dossier_content',
        sa.Column('dossier', sa.Text(), nullable=False),
        sa.Column('record_id', sa.Uuid(), nullable=False),
        sa.Column('field', sa.Text(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.Column('until', sa.BigInteger(), nullable=True),
        sa.Column('collection', sa.Text(), nullable=False),
        sa.Column('is_own', sa.Boolean(), server_default=sa.text('true'), nullable=False),
        sa.CheckConstraint('until > since', name=op.f('ck_dossier_content_until_after_since')),
        sa.CheckConstraint("(field = '') = (key = '')", name=op.f('ck_dossier_content_key_of_a_row')),
        sa.PrimaryKeyConstraint('dossier', 'record_id', 'field', 'key', 'since', name=op.f('pk_dossier_content')),
    )
    op.create_index(
        'uq_dossier_content_now', 'dossier_content', ['dossier', 'record_id', 'field', 'key'], unique=True,
        postgresql_where=sa.text('until IS NULL'),
    )  # fmt: skip
    op.create_index('ix_dossier_content_record_id', 'dossier_content', ['record_id'])
    op.execute(
        f'CREATE VIEW past.dossier_content AS SELECT {COLUMNS} FROM public.dossier_content'
        ' WHERE since <= past.as_of() AND (until IS NULL OR until > past.as_of())'
    )
    op.get_bind().exec_driver_sql("""
        INSERT INTO dossier_content (dossier, record_id, field, key, since, collection)
        SELECT dossier, record_id, '', '', since, collection
        FROM (
            SELECT DISTINCT ON (substr(taken.name, 9), change.record_id)
                substr(taken.name, 9) AS dossier, change.record_id, change.collection, change.action,
                min(change.revision) OVER (PARTITION BY taken.name, change.record_id) AS since
            FROM ledger_setting AS taken
            JOIN revision ON revision.message = 'dossier ' || substr(taken.name, 9)
                OR revision.number = (taken.value ->> 'revision')::bigint
            JOIN revision_change AS change ON change.revision = revision.number
            WHERE taken.name LIKE 'dossier:%'
            ORDER BY substr(taken.name, 9), change.record_id, change.revision DESC
        ) AS last
        WHERE action IN ('create', 'change')
    """)


def downgrade() -> None:
    # The upgrade can derive the records again, but the rows that dossiers added are stored nowhere else.
    added = "SELECT true FROM dossier_content WHERE field NOT IN ('', 'citations') LIMIT 1"
    if op.get_bind().exec_driver_sql(added).scalar():
        raise RuntimeError('Dossiers added rows to records of other dossiers, which the previous schema cannot store.')
    op.execute('DROP VIEW past.dossier_content')
    op.drop_table('dossier_content')
