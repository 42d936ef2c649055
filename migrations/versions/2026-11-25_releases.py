"""Create the tables of releases: named states of the data, with their files.

Revision: releases
Revises: revisions_are_only_added
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'releases'
down_revision = 'revisions_are_only_added'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'release',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('revision', sa.BigInteger(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('made_by', sa.Text(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('licence', sa.Text(), nullable=False),
        sa.Column('licence_url', sa.Text(), nullable=False),
        sa.Column('creators', postgresql.JSONB(), nullable=False),
        sa.Column('publisher', sa.Text(), nullable=True),
        sa.Column('doi', sa.Text(), nullable=True),
        sa.Column('url', sa.Text(), nullable=True),
        sa.Column('tables', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.CheckConstraint(
            r"name ~ '^[0-9]{4}\.[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2})?$'", name=op.f('ck_release_name')
        ),
        sa.CheckConstraint(
            "jsonb_typeof(creators) = 'array' AND jsonb_array_length(creators) > 0", name=op.f('ck_release_creators')
        ),
        sa.ForeignKeyConstraint(['revision'], ['revision.number'], name=op.f('fk_release_revision')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_release')),
        sa.UniqueConstraint('name', name=op.f('uq_release_name')),
    )
    op.create_index(op.f('ix_release_revision'), 'release', ['revision'])
    op.create_table(
        'release_file',
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.Column('release_id', sa.Uuid(), nullable=False),
        sa.Column('collection', sa.Text(), nullable=False),
        sa.Column('format', sa.Text(), nullable=False),
        sa.Column('rows', sa.BigInteger(), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('sha256', sa.Text(), nullable=False),
        sa.Column('crc32', sa.BigInteger(), nullable=False),
        sa.Column('is_packed', sa.Boolean(), nullable=False),
        sa.Column('stored_size', sa.BigInteger(), nullable=False),
        sa.CheckConstraint("format IN ('csv', 'ndjson', 'parquet')", name=op.f('ck_release_file_format')),
        sa.ForeignKeyConstraint(['release_id'], ['release.id'], name=op.f('fk_release_file_release_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_release_file')),
        sa.UniqueConstraint(
            'release_id', 'collection', 'format', name=op.f('uq_release_file_release_id_collection_format')
        ),
    )
    op.create_table(
        'release_chunk',
        sa.Column('file_id', sa.BigInteger(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        # The row of a file is written after its last chunk.
        sa.ForeignKeyConstraint(
            ['file_id'], ['release_file.id'], name=op.f('fk_release_chunk_file_id'), deferrable=True, initially='DEFERRED'
        ),
        sa.PrimaryKeyConstraint('file_id', 'number', name=op.f('pk_release_chunk')),
    )
    # The chunks are already compressed, so PostgreSQL need not try to compress them at each write.
    op.execute('ALTER TABLE release_chunk ALTER COLUMN data SET STORAGE EXTERNAL')


def downgrade() -> None:
    # Fail rather than delete published data.
    if op.get_bind().exec_driver_sql('SELECT true FROM release LIMIT 1').scalar():
        raise RuntimeError('Releases were published, which the previous schema cannot store.')
    op.drop_table('release_chunk')
    op.drop_table('release_file')
    op.drop_table('release')
