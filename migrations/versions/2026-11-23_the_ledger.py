"""Create the tables of all records, revisions and API keys.

Revision: the_ledger
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'the_ledger'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # For fuzzy search by trigrams. The extension is trusted, so the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table('api_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('"scopes" <@ ARRAY[\'read\', \'write\', \'admin\']::text[]', name=op.f('ck_api_key_scopes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_key_digest')),
    sa.UniqueConstraint('name', name=op.f('uq_api_key_name'))
    )
    op.create_index('ix_api_key_scopes', 'api_key', ['scopes'], unique=False, postgresql_using='gin')
    op.create_table('entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('collection', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.CheckConstraint("slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'", name=op.f('ck_entry_slug_is_no_id')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 200", name=op.f('ck_entry_slug')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry')),
    sa.UniqueConstraint('collection', 'slug', name=op.f('uq_entry_collection_slug')),
    sa.UniqueConstraint('id', 'slug', name=op.f('uq_entry_id_slug'))
    )
    op.create_index('ix_entry_slug_trgm', 'entry', ['slug'], unique=False, postgresql_using='gin', postgresql_ops={'slug': 'gin_trgm_ops'})
    op.create_table('head',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_head_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_head'))
    )
    op.create_table('ledger_setting',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_ledger_setting'))
    )
    op.create_table('external_id',
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('scheme', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('uri', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.CheckConstraint("scheme ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f('ck_external_id_scheme')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_external_id_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_external_id_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_external_id_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_external_id_valid_to_range')),
    sa.ForeignKeyConstraint(['record_id'], ['entry.id'], name=op.f('fk_external_id_record_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('record_id', 'scheme', 'value', name=op.f('pk_external_id'))
    )
    op.create_index('ix_external_id_scheme_value', 'external_id', ['scheme', 'value'], unique=False)
    op.create_table('issue',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('broader_id', sa.Uuid(), nullable=True),
    sa.Column('definition', sa.Text(), nullable=True),
    sa.Column('scope_note', sa.Text(), nullable=True),
    sa.Column('exact_match', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('close_match', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('replaced_by_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("code ~ '^[A-Z][A-Z0-9_]*([.][A-Z][A-Z0-9_]*)*$'", name=op.f('ck_issue_code')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_issue_confidence')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_issue_review')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_issue_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_issue_valid_to_precision')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_issue_withdrawn_with_reason')),
    sa.CheckConstraint('broader_id <> id', name=op.f('ck_issue_not_in_itself')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_issue_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_issue_valid_to_range')),
    sa.ForeignKeyConstraint(['broader_id'], ['issue.id'], name=op.f('fk_issue_broader_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_issue_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['issue.id'], name=op.f('fk_issue_replaced_by_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue')),
    sa.UniqueConstraint('code', name=op.f('uq_issue_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_issue_slug'))
    )
    op.create_index(op.f('ix_issue_broader_id'), 'issue', ['broader_id'], unique=False)
    op.create_index('ix_issue_label_trgm', 'issue', ['label'], unique=False, postgresql_using='gin', postgresql_ops={'label': 'gin_trgm_ops'})
    op.create_index(op.f('ix_issue_replaced_by_id'), 'issue', ['replaced_by_id'], unique=False)
    op.create_index('ix_issue_search', 'issue', [sa.literal_column("to_tsvector('simple'::regconfig, (((coalesce(label, '') || ' ') || coalesce(definition, '')) || ' ') || coalesce(scope_note, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_issue_updated_at', 'issue', ['updated_at', 'id'], unique=False)
    op.create_table('party',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('countries', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('splinter_of_id', sa.Uuid(), nullable=True),
    sa.Column('successor_of_id', sa.Uuid(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_party_confidence')),
    sa.CheckConstraint('"kind" IN (\'state\', \'government\', \'armed_group\', \'community\', \'authority\', \'igo\', \'ngo\', \'political_party\', \'coalition\', \'assembly\', \'electorate\', \'religious_body\', \'media\', \'unspecified_group\', \'other\')', name=op.f('ck_party_kind')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_party_review')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_party_withdrawn_with_reason')),
    sa.CheckConstraint('splinter_of_id <> id AND successor_of_id <> id', name=op.f('ck_party_not_from_itself')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_party_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['splinter_of_id'], ['party.id'], name=op.f('fk_party_splinter_of_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['successor_of_id'], ['party.id'], name=op.f('fk_party_successor_of_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party')),
    sa.UniqueConstraint('slug', name=op.f('uq_party_slug'))
    )
    op.create_index('ix_party_name_trgm', 'party', ['name'], unique=False, postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.create_index('ix_party_search', 'party', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(name, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index(op.f('ix_party_splinter_of_id'), 'party', ['splinter_of_id'], unique=False)
    op.create_index(op.f('ix_party_successor_of_id'), 'party', ['successor_of_id'], unique=False)
    op.create_index('ix_party_updated_at', 'party', ['updated_at', 'id'], unique=False)
    op.create_table('place',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('part_of_id', sa.Uuid(), nullable=True),
    sa.Column('countries', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('lon', sa.Numeric(precision=9, scale=6), nullable=True),
    sa.Column('lat', sa.Numeric(precision=8, scale=6), nullable=True),
    sa.Column('precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("kind <> 'virtual' OR lon IS NULL", name=op.f('ck_place_virtual_has_no_point')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_place_confidence')),
    sa.CheckConstraint('"kind" IN (\'venue\', \'city\', \'region\', \'country\', \'area\', \'virtual\', \'other\')', name=op.f('ck_place_kind')),
    sa.CheckConstraint('"precision" IN (\'exact\', \'city\', \'region\', \'country\', \'other\')', name=op.f('ck_place_precision')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_place_review')),
    sa.CheckConstraint('(lon IS NULL) = (lat IS NULL)', name=op.f('ck_place_whole_point')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_place_withdrawn_with_reason')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90', name=op.f('ck_place_coordinates')),
    sa.CheckConstraint('part_of_id <> id', name=op.f('ck_place_not_in_itself')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_place_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['part_of_id'], ['place.id'], name=op.f('fk_place_part_of_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    sa.UniqueConstraint('slug', name=op.f('uq_place_slug'))
    )
    op.create_index('ix_place_name_trgm', 'place', ['name'], unique=False, postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.create_index(op.f('ix_place_part_of_id'), 'place', ['part_of_id'], unique=False)
    op.create_index('ix_place_point', 'place', ['lon', 'lat'], unique=False)
    op.create_index('ix_place_search', 'place', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(name, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_place_updated_at', 'place', ['updated_at', 'id'], unique=False)
    op.create_table('process',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('started', sa.Text(), nullable=True),
    sa.Column('ended', sa.Text(), nullable=True),
    sa.Column('conflicts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('started_min', sa.Date(), nullable=True),
    sa.Column('started_max', sa.Date(), nullable=True),
    sa.Column('started_precision', sa.Text(), nullable=True),
    sa.Column('ended_min', sa.Date(), nullable=True),
    sa.Column('ended_max', sa.Date(), nullable=True),
    sa.Column('ended_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_process_confidence')),
    sa.CheckConstraint('"ended_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_process_ended_precision')),
    sa.CheckConstraint('"kind" IN (\'peace\', \'ceasefire\', \'nuclear\', \'trade\', \'border\', \'status\', \'other\')', name=op.f('ck_process_kind')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_process_review')),
    sa.CheckConstraint('"started_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_process_started_precision')),
    sa.CheckConstraint('"status" IN (\'planned\', \'ongoing\', \'suspended\', \'concluded\', \'collapsed\', \'other\')', name=op.f('ck_process_status')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_process_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("ended", ended_min, ended_max, ended_precision) IN (0, 4) AND (ended_min IS NULL OR ended_min <= ended_max)', name=op.f('ck_process_ended_range')),
    sa.CheckConstraint('num_nonnulls("started", started_min, started_max, started_precision) IN (0, 4) AND (started_min IS NULL OR started_min <= started_max)', name=op.f('ck_process_started_range')),
    sa.CheckConstraint('parent_id <> id', name=op.f('ck_process_not_in_itself')),
    sa.CheckConstraint('started_min IS NULL OR ended_max IS NULL OR started_min <= ended_max', name=op.f('ck_process_start_before_end')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_process_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['process.id'], name=op.f('fk_process_parent_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_process')),
    sa.UniqueConstraint('slug', name=op.f('uq_process_slug'))
    )
    op.create_index(op.f('ix_process_parent_id'), 'process', ['parent_id'], unique=False)
    op.create_index('ix_process_search', 'process', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(title, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_process_title_trgm', 'process', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_process_updated_at', 'process', ['updated_at', 'id'], unique=False)
    op.create_table('revision',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('editor', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('key_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['api_key.id'], name=op.f('fk_revision_key_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_revision'))
    )
    op.create_index(op.f('ix_revision_key_id'), 'revision', ['key_id'], unique=False)
    op.create_table('slug_alias',
    sa.Column('collection', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['entry.id'], name=op.f('fk_slug_alias_record_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('collection', 'slug', name=op.f('pk_slug_alias'))
    )
    op.create_index(op.f('ix_slug_alias_record_id'), 'slug_alias', ['record_id'], unique=False)
    op.create_table('source',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('archived_url', sa.Text(), nullable=True),
    sa.Column('publisher', sa.Text(), nullable=True),
    sa.Column('authors', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('published', sa.Text(), nullable=True),
    sa.Column('published_basis', sa.Text(), nullable=True),
    sa.Column('accessed_on', sa.Text(), nullable=True),
    sa.Column('lang', sa.Text(), nullable=True),
    sa.Column('via_id', sa.Uuid(), nullable=True),
    sa.Column('reliability', sa.Text(), nullable=True),
    sa.Column('reliability_note', sa.Text(), nullable=True),
    sa.Column('licence', sa.Text(), nullable=True),
    sa.Column('published_min', sa.Date(), nullable=True),
    sa.Column('published_max', sa.Date(), nullable=True),
    sa.Column('published_precision', sa.Text(), nullable=True),
    sa.Column('accessed_on_min', sa.Date(), nullable=True),
    sa.Column('accessed_on_max', sa.Date(), nullable=True),
    sa.Column('accessed_on_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"accessed_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_source_accessed_on_precision')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_source_confidence')),
    sa.CheckConstraint('"kind" IN (\'news\', \'agency\', \'official\', \'state_media\', \'statement\', \'decree\', \'document_copy\', \'minutes\', \'dataset_record\', \'encyclopedia\', \'blog\', \'headline\', \'photo_caption\', \'interview\', \'other\')', name=op.f('ck_source_kind')),
    sa.CheckConstraint('"published_basis" IN (\'printed\', \'url\', \'inferred\')', name=op.f('ck_source_published_basis')),
    sa.CheckConstraint('"published_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_source_published_precision')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_source_review')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_source_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("accessed_on", accessed_on_min, accessed_on_max, accessed_on_precision) IN (0, 4) AND (accessed_on_min IS NULL OR accessed_on_min <= accessed_on_max)', name=op.f('ck_source_accessed_on_range')),
    sa.CheckConstraint('num_nonnulls("published", published_min, published_max, published_precision) IN (0, 4) AND (published_min IS NULL OR published_min <= published_max)', name=op.f('ck_source_published_range')),
    sa.CheckConstraint('published_basis IS NULL OR published IS NOT NULL', name=op.f('ck_source_basis_of_a_date')),
    sa.CheckConstraint('via_id <> id', name=op.f('ck_source_not_via_itself')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_source_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['via_id'], ['source.id'], name=op.f('fk_source_via_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source')),
    sa.UniqueConstraint('slug', name=op.f('uq_source_slug'))
    )
    op.create_index('ix_source_published', 'source', ['published_min', 'id'], unique=False)
    op.create_index('ix_source_publisher', 'source', ['publisher'], unique=False)
    op.create_index('ix_source_search', 'source', [sa.literal_column("to_tsvector('simple'::regconfig, (((coalesce(title, '') || ' ') || coalesce(publisher, '')) || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_source_title_trgm', 'source', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_source_updated_at', 'source', ['updated_at', 'id'], unique=False)
    op.create_index(op.f('ix_source_via_id'), 'source', ['via_id'], unique=False)
    op.create_table('citation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('field', sa.Text(), nullable=True),
    sa.Column('verdict', sa.Text(), server_default='supports', nullable=False),
    sa.Column('asserted_value', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('locator', sa.Text(), nullable=True),
    sa.Column('quote', sa.Text(), nullable=True),
    sa.Column('attribution', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('coder', sa.Text(), nullable=True),
    sa.Column('public_by', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('public_by_min', sa.Date(), nullable=True),
    sa.Column('public_by_max', sa.Date(), nullable=True),
    sa.Column('public_by_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("field IS NULL OR field ~ '^(/[^/]+)+$'", name=op.f('ck_citation_field_is_a_pointer')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_citation_confidence')),
    sa.CheckConstraint('"public_by_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_citation_public_by_precision')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_citation_review')),
    sa.CheckConstraint('"verdict" IN (\'supports\', \'contradicts\', \'silent\')', name=op.f('ck_citation_verdict')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_citation_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("public_by", public_by_min, public_by_max, public_by_precision) IN (0, 4) AND (public_by_min IS NULL OR public_by_min <= public_by_max)', name=op.f('ck_citation_public_by_range')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_citation_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_citation_source_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['target_id'], ['entry.id'], name=op.f('fk_citation_target_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citation')),
    sa.UniqueConstraint('slug', name=op.f('uq_citation_slug')),
    sa.UniqueConstraint('target_id', 'key', name=op.f('uq_citation_target_id_key'))
    )
    op.create_index('ix_citation_quote_trgm', 'citation', ['quote'], unique=False, postgresql_using='gin', postgresql_ops={'quote': 'gin_trgm_ops'})
    op.create_index('ix_citation_search', 'citation', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(quote, '') || ' ') || coalesce(locator, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_citation_source', 'citation', ['source_id', 'id'], unique=False)
    op.create_index(op.f('ix_citation_target_id'), 'citation', ['target_id'], unique=False)
    op.create_index('ix_citation_updated_at', 'citation', ['updated_at', 'id'], unique=False)
    op.create_table('party_membership',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('coalition_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_party_membership_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_party_membership_valid_to_precision')),
    sa.CheckConstraint('member_id <> coalition_id', name=op.f('ck_party_membership_not_of_itself')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_party_membership_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_party_membership_valid_to_range')),
    sa.ForeignKeyConstraint(['coalition_id'], ['party.id'], name=op.f('fk_party_membership_coalition_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['member_id'], ['party.id'], name=op.f('fk_party_membership_member_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('member_id', 'coalition_id', name=op.f('pk_party_membership'))
    )
    op.create_index(op.f('ix_party_membership_coalition_id'), 'party_membership', ['coalition_id'], unique=False)
    op.create_table('party_name',
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('lang', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.CheckConstraint('"kind" IN (\'official\', \'short\', \'alias\', \'transliteration\', \'former\', \'other\')', name=op.f('ck_party_name_kind')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_party_name_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_party_name_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_party_name_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_party_name_valid_to_range')),
    sa.ForeignKeyConstraint(['owner_id'], ['party.id'], name=op.f('fk_party_name_owner_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party_name')),
    sa.UniqueConstraint('owner_id', 'text', name=op.f('uq_party_name_owner_id_text'))
    )
    op.create_index('ix_party_name_text_trgm', 'party_name', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('party_id', sa.Uuid(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_person_confidence')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_person_review')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_person_withdrawn_with_reason')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_person_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_person_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('slug', name=op.f('uq_person_slug'))
    )
    op.create_index('ix_person_name_trgm', 'person', ['name'], unique=False, postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.create_index(op.f('ix_person_party_id'), 'person', ['party_id'], unique=False)
    op.create_index('ix_person_search', 'person', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(name, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_person_updated_at', 'person', ['updated_at', 'id'], unique=False)
    op.create_table('place_name',
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('lang', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.CheckConstraint('"kind" IN (\'official\', \'short\', \'alias\', \'transliteration\', \'former\', \'other\')', name=op.f('ck_place_name_kind')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_place_name_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_place_name_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_place_name_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_place_name_valid_to_range')),
    sa.ForeignKeyConstraint(['owner_id'], ['place.id'], name=op.f('fk_place_name_owner_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_name')),
    sa.UniqueConstraint('owner_id', 'text', name=op.f('uq_place_name_owner_id_text'))
    )
    op.create_index('ix_place_name_text_trgm', 'place_name', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_table('process_party',
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.CheckConstraint('"role" IN (\'negotiating\', \'mediator\', \'guarantor\', \'observer\', \'coordinator\', \'accompanying\', \'host\', \'spoiler\', \'mentioned\')', name=op.f('ck_process_party_role')),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_process_party_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_process_party_process_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('process_id', 'party_id', 'role', name=op.f('pk_process_party'))
    )
    op.create_index(op.f('ix_process_party_party_id'), 'process_party', ['party_id'], unique=False)
    op.create_table('revision_change',
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('collection', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.CheckConstraint('"action" IN (\'create\', \'change\', \'withdraw\', \'merge\')', name=op.f('ck_revision_change_action')),
    sa.ForeignKeyConstraint(['record_id'], ['entry.id'], name=op.f('fk_revision_change_record_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['revision'], ['revision.number'], name=op.f('fk_revision_change_revision'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('revision', 'record_id', name=op.f('pk_revision_change'))
    )
    op.create_index(op.f('ix_revision_change_record_id'), 'revision_change', ['record_id'], unique=False)
    op.create_table('talk',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('order_in_parent', sa.Integer(), nullable=True),
    sa.Column('ordinal', sa.Integer(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('format', sa.Text(), nullable=True),
    sa.Column('start', sa.Text(), nullable=True),
    sa.Column('end', sa.Text(), nullable=True),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.Column('duration_minutes', sa.Integer(), nullable=True),
    sa.Column('duration_bound', sa.Text(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('visibility', sa.Text(), nullable=True),
    sa.Column('deadlines', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('event_codes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('start_min', sa.Date(), nullable=True),
    sa.Column('start_max', sa.Date(), nullable=True),
    sa.Column('start_precision', sa.Text(), nullable=True),
    sa.Column('end_min', sa.Date(), nullable=True),
    sa.Column('end_max', sa.Date(), nullable=True),
    sa.Column('end_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("sort_on = coalesce(start_min, DATE '0001-01-01')", name=op.f('ck_talk_sort_on')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_talk_confidence')),
    sa.CheckConstraint('"duration_bound" IN (\'exact\', \'at_least\', \'at_most\', \'about\', \'other\')', name=op.f('ck_talk_duration_bound')),
    sa.CheckConstraint('"end_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_talk_end_precision')),
    sa.CheckConstraint('"format" IN (\'direct\', \'mediated\', \'proximity\', \'shuttle\', \'virtual\', \'written\', \'mixed\', \'other\')', name=op.f('ck_talk_format')),
    sa.CheckConstraint('"kind" IN (\'round\', \'plenary\', \'principals\', \'bilateral\', \'trilateral\', \'ministerial\', \'summit\', \'conference\', \'working_group\', \'technical\', \'consultation\', \'call\', \'signing\', \'series\', \'other\')', name=op.f('ck_talk_kind')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_talk_review')),
    sa.CheckConstraint('"start_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_talk_start_precision')),
    sa.CheckConstraint('"status" IN (\'announced\', \'held\', \'postponed\', \'cancelled\', \'collapsed\', \'other\')', name=op.f('ck_talk_status')),
    sa.CheckConstraint('"visibility" IN (\'public\', \'announced\', \'reported\', \'secret\', \'denied\', \'other\')', name=op.f('ck_talk_visibility')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_talk_withdrawn_with_reason')),
    sa.CheckConstraint('duration_bound IS NULL OR duration_minutes IS NOT NULL', name=op.f('ck_talk_bound_of_a_duration')),
    sa.CheckConstraint('duration_minutes > 0', name=op.f('ck_talk_duration')),
    sa.CheckConstraint('num_nonnulls("end", end_min, end_max, end_precision) IN (0, 4) AND (end_min IS NULL OR end_min <= end_max)', name=op.f('ck_talk_end_range')),
    sa.CheckConstraint('num_nonnulls("start", start_min, start_max, start_precision) IN (0, 4) AND (start_min IS NULL OR start_min <= start_max)', name=op.f('ck_talk_start_range')),
    sa.CheckConstraint('parent_id <> id', name=op.f('ck_talk_not_in_itself')),
    sa.CheckConstraint('start_min IS NULL OR end_max IS NULL OR start_min <= end_max', name=op.f('ck_talk_start_before_end')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_talk_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['talk.id'], name=op.f('fk_talk_parent_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_talk_place_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_talk_process_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_talk')),
    sa.UniqueConstraint('slug', name=op.f('uq_talk_slug'))
    )
    op.create_index(op.f('ix_talk_parent_id'), 'talk', ['parent_id'], unique=False)
    op.create_index(op.f('ix_talk_place_id'), 'talk', ['place_id'], unique=False)
    op.create_index('ix_talk_process', 'talk', ['process_id', sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_talk_search', 'talk', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(title, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_talk_sort_on', 'talk', [sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_talk_title_trgm', 'talk', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_talk_updated_at', 'talk', ['updated_at', 'id'], unique=False)
    op.create_table('agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('talk_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('form', sa.Text(), nullable=True),
    sa.Column('is_signed', sa.Boolean(), nullable=True),
    sa.Column('agreed_on', sa.Text(), nullable=True),
    sa.Column('announced_on', sa.Text(), nullable=True),
    sa.Column('in_force_on', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('quantities', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.Column('agreed_on_min', sa.Date(), nullable=True),
    sa.Column('agreed_on_max', sa.Date(), nullable=True),
    sa.Column('agreed_on_precision', sa.Text(), nullable=True),
    sa.Column('announced_on_min', sa.Date(), nullable=True),
    sa.Column('announced_on_max', sa.Date(), nullable=True),
    sa.Column('announced_on_precision', sa.Text(), nullable=True),
    sa.Column('in_force_on_min', sa.Date(), nullable=True),
    sa.Column('in_force_on_max', sa.Date(), nullable=True),
    sa.Column('in_force_on_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("sort_on = coalesce(agreed_on_min, announced_on_min, DATE '0001-01-01')", name=op.f('ck_agreement_sort_on')),
    sa.CheckConstraint('"agreed_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_agreement_agreed_on_precision')),
    sa.CheckConstraint('"announced_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_agreement_announced_on_precision')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_agreement_confidence')),
    sa.CheckConstraint('"form" IN (\'signed\', \'initialled\', \'oral\', \'mediator_statement\', \'joint_statement\', \'resolution\', \'unilateral\', \'other\')', name=op.f('ck_agreement_form')),
    sa.CheckConstraint('"in_force_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_agreement_in_force_on_precision')),
    sa.CheckConstraint('"kind" IN (\'prisoner_exchange\', \'ceasefire\', \'final\', \'interim\', \'framework\', \'partial\', \'procedural\', \'communique\', \'treaty\', \'return_of_remains\', \'humanitarian\', \'other\')', name=op.f('ck_agreement_kind')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_agreement_review')),
    sa.CheckConstraint('"status" IN (\'announced\', \'agreed\', \'disputed\', \'unclear\', \'signed\', \'rejected\', \'ratified\', \'in_force\', \'implemented\', \'breached\', \'lapsed\', \'superseded\', \'other\')', name=op.f('ck_agreement_status')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_agreement_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("agreed_on", agreed_on_min, agreed_on_max, agreed_on_precision) IN (0, 4) AND (agreed_on_min IS NULL OR agreed_on_min <= agreed_on_max)', name=op.f('ck_agreement_agreed_on_range')),
    sa.CheckConstraint('num_nonnulls("announced_on", announced_on_min, announced_on_max, announced_on_precision) IN (0, 4) AND (announced_on_min IS NULL OR announced_on_min <= announced_on_max)', name=op.f('ck_agreement_announced_on_range')),
    sa.CheckConstraint('num_nonnulls("in_force_on", in_force_on_min, in_force_on_max, in_force_on_precision) IN (0, 4) AND (in_force_on_min IS NULL OR in_force_on_min <= in_force_on_max)', name=op.f('ck_agreement_in_force_on_range')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_agreement_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_agreement_process_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['talk_id'], ['talk.id'], name=op.f('fk_agreement_talk_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement')),
    sa.UniqueConstraint('slug', name=op.f('uq_agreement_slug'))
    )
    op.create_index(op.f('ix_agreement_process_id'), 'agreement', ['process_id'], unique=False)
    op.create_index('ix_agreement_search', 'agreement', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(title, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_agreement_sort_on', 'agreement', [sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index(op.f('ix_agreement_talk_id'), 'agreement', ['talk_id'], unique=False)
    op.create_index('ix_agreement_title_trgm', 'agreement', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_agreement_updated_at', 'agreement', ['updated_at', 'id'], unique=False)
    op.create_table('assessment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.Column('said_by_id', sa.Uuid(), nullable=True),
    sa.Column('said_on', sa.Text(), nullable=True),
    sa.Column('said_on_min', sa.Date(), nullable=True),
    sa.Column('said_on_max', sa.Date(), nullable=True),
    sa.Column('said_on_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_assessment_confidence')),
    sa.CheckConstraint('"kind" IN (\'prediction\', \'characterisation\', \'expectation\', \'claim\', \'negative_fact\', \'background\', \'other\')', name=op.f('ck_assessment_kind')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_assessment_review')),
    sa.CheckConstraint('"said_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_assessment_said_on_precision')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_assessment_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("said_on", said_on_min, said_on_max, said_on_precision) IN (0, 4) AND (said_on_min IS NULL OR said_on_min <= said_on_max)', name=op.f('ck_assessment_said_on_range')),
    sa.ForeignKeyConstraint(['by_id'], ['party.id'], name=op.f('fk_assessment_by_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_assessment_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['said_by_id'], ['person.id'], name=op.f('fk_assessment_said_by_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('slug', name=op.f('uq_assessment_slug'))
    )
    op.create_index(op.f('ix_assessment_by_id'), 'assessment', ['by_id'], unique=False)
    op.create_index(op.f('ix_assessment_said_by_id'), 'assessment', ['said_by_id'], unique=False)
    op.create_index('ix_assessment_search', 'assessment', [sa.literal_column("to_tsvector('simple'::regconfig, coalesce(text, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_assessment_text_trgm', 'assessment', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_index('ix_assessment_updated_at', 'assessment', ['updated_at', 'id'], unique=False)
    op.create_table('delegation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('talk_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('roles', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('is_seated', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('capacity', sa.Text(), nullable=True),
    sa.Column('size', sa.Integer(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"capacity" IN (\'official\', \'personal\', \'other\')', name=op.f('ck_delegation_capacity')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_delegation_confidence')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_delegation_review')),
    sa.CheckConstraint('"roles" <@ ARRAY[\'negotiating\', \'mediator\', \'facilitator\', \'coordinator\', \'host\', \'chair\', \'guarantor\', \'accompanying\', \'observer\', \'witness\', \'guest\', \'other\']::text[]', name=op.f('ck_delegation_roles')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_delegation_withdrawn_with_reason')),
    sa.CheckConstraint('size >= 0', name=op.f('ck_delegation_size')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_delegation_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_delegation_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['talk_id'], ['talk.id'], name=op.f('fk_delegation_talk_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation')),
    sa.UniqueConstraint('slug', name=op.f('uq_delegation_slug')),
    sa.UniqueConstraint('talk_id', 'party_id', name=op.f('uq_delegation_talk_id_party_id'))
    )
    op.create_index('ix_delegation_party', 'delegation', ['party_id', 'talk_id'], unique=False)
    op.create_index('ix_delegation_roles', 'delegation', ['roles'], unique=False, postgresql_using='gin')
    op.create_index('ix_delegation_search', 'delegation', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(title, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_delegation_title_trgm', 'delegation', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_delegation_updated_at', 'delegation', ['updated_at', 'id'], unique=False)
    op.create_table('person_name',
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('lang', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.CheckConstraint('"kind" IN (\'official\', \'short\', \'alias\', \'transliteration\', \'former\', \'other\')', name=op.f('ck_person_name_kind')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_person_name_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_person_name_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_person_name_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_person_name_valid_to_range')),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_person_name_owner_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_name')),
    sa.UniqueConstraint('owner_id', 'text', name=op.f('uq_person_name_owner_id_text'))
    )
    op.create_index('ix_person_name_text_trgm', 'person_name', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_table('person_post',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_person_post_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_person_post_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_person_post_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_person_post_valid_to_range')),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_person_post_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_post_person_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_post')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_person_post_person_id_key'))
    )
    op.create_index(op.f('ix_person_post_party_id'), 'person_post', ['party_id'], unique=False)
    op.create_table('proposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('talk_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('document_date', sa.Text(), nullable=True),
    sa.Column('tabled_on', sa.Text(), nullable=True),
    sa.Column('published_on', sa.Text(), nullable=True),
    sa.Column('published_by', sa.Text(), nullable=True),
    sa.Column('languages', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('duration', sa.Text(), nullable=True),
    sa.Column('is_renewable', sa.Boolean(), nullable=True),
    sa.Column('answer_due', sa.Text(), nullable=True),
    sa.Column('withdrawn_on', sa.Text(), nullable=True),
    sa.Column('lapsed_on', sa.Text(), nullable=True),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.Column('document_date_min', sa.Date(), nullable=True),
    sa.Column('document_date_max', sa.Date(), nullable=True),
    sa.Column('document_date_precision', sa.Text(), nullable=True),
    sa.Column('tabled_on_min', sa.Date(), nullable=True),
    sa.Column('tabled_on_max', sa.Date(), nullable=True),
    sa.Column('tabled_on_precision', sa.Text(), nullable=True),
    sa.Column('published_on_min', sa.Date(), nullable=True),
    sa.Column('published_on_max', sa.Date(), nullable=True),
    sa.Column('published_on_precision', sa.Text(), nullable=True),
    sa.Column('answer_due_min', sa.Date(), nullable=True),
    sa.Column('answer_due_max', sa.Date(), nullable=True),
    sa.Column('answer_due_precision', sa.Text(), nullable=True),
    sa.Column('withdrawn_on_min', sa.Date(), nullable=True),
    sa.Column('withdrawn_on_max', sa.Date(), nullable=True),
    sa.Column('withdrawn_on_precision', sa.Text(), nullable=True),
    sa.Column('lapsed_on_min', sa.Date(), nullable=True),
    sa.Column('lapsed_on_max', sa.Date(), nullable=True),
    sa.Column('lapsed_on_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("sort_on = coalesce(tabled_on_min, document_date_min, DATE '0001-01-01')", name=op.f('ck_proposal_sort_on')),
    sa.CheckConstraint('"answer_due_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_answer_due_precision')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_proposal_confidence')),
    sa.CheckConstraint('"document_date_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_document_date_precision')),
    sa.CheckConstraint('"kind" IN (\'memorandum\', \'plan\', \'framework\', \'draft\', \'agreement_text\', \'annex\', \'paper\', \'non_paper\', \'bridging\', \'counter_proposal\', \'communique\', \'joint_statement\', \'statement\', \'declaration\', \'decree\', \'oral\', \'other\')', name=op.f('ck_proposal_kind')),
    sa.CheckConstraint('"lapsed_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_lapsed_on_precision')),
    sa.CheckConstraint('"published_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_published_on_precision')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_proposal_review')),
    sa.CheckConstraint('"tabled_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_tabled_on_precision')),
    sa.CheckConstraint('"withdrawn_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_proposal_withdrawn_on_precision')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_proposal_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("answer_due", answer_due_min, answer_due_max, answer_due_precision) IN (0, 4) AND (answer_due_min IS NULL OR answer_due_min <= answer_due_max)', name=op.f('ck_proposal_answer_due_range')),
    sa.CheckConstraint('num_nonnulls("document_date", document_date_min, document_date_max, document_date_precision) IN (0, 4) AND (document_date_min IS NULL OR document_date_min <= document_date_max)', name=op.f('ck_proposal_document_date_range')),
    sa.CheckConstraint('num_nonnulls("lapsed_on", lapsed_on_min, lapsed_on_max, lapsed_on_precision) IN (0, 4) AND (lapsed_on_min IS NULL OR lapsed_on_min <= lapsed_on_max)', name=op.f('ck_proposal_lapsed_on_range')),
    sa.CheckConstraint('num_nonnulls("published_on", published_on_min, published_on_max, published_on_precision) IN (0, 4) AND (published_on_min IS NULL OR published_on_min <= published_on_max)', name=op.f('ck_proposal_published_on_range')),
    sa.CheckConstraint('num_nonnulls("tabled_on", tabled_on_min, tabled_on_max, tabled_on_precision) IN (0, 4) AND (tabled_on_min IS NULL OR tabled_on_min <= tabled_on_max)', name=op.f('ck_proposal_tabled_on_range')),
    sa.CheckConstraint('num_nonnulls("withdrawn_on", withdrawn_on_min, withdrawn_on_max, withdrawn_on_precision) IN (0, 4) AND (withdrawn_on_min IS NULL OR withdrawn_on_min <= withdrawn_on_max)', name=op.f('ck_proposal_withdrawn_on_range')),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_proposal_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_proposal_process_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['talk_id'], ['talk.id'], name=op.f('fk_proposal_talk_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal')),
    sa.UniqueConstraint('id', 'process_id', 'sort_on', name=op.f('uq_proposal_id_process_id_sort_on')),
    sa.UniqueConstraint('id', 'process_id', name=op.f('uq_proposal_id_process_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_proposal_slug'))
    )
    op.create_index('ix_proposal_process', 'proposal', ['process_id', sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_proposal_search', 'proposal', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(title, '') || ' ') || coalesce(summary, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_proposal_sort_on', 'proposal', [sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index(op.f('ix_proposal_talk_id'), 'proposal', ['talk_id'], unique=False)
    op.create_index('ix_proposal_title_trgm', 'proposal', ['title'], unique=False, postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.create_index('ix_proposal_updated_at', 'proposal', ['updated_at', 'id'], unique=False)
    op.create_table('account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('told_by_id', sa.Uuid(), nullable=True),
    sa.Column('languages', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('published_on', sa.Text(), nullable=True),
    sa.Column('points_reported', sa.Integer(), nullable=True),
    sa.Column('is_complete', sa.Boolean(), nullable=True),
    sa.Column('is_reference', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('published_on_min', sa.Date(), nullable=True),
    sa.Column('published_on_max', sa.Date(), nullable=True),
    sa.Column('published_on_precision', sa.Text(), nullable=True),
    sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f('ck_account_slug')),
    sa.CheckConstraint('"kind" IN (\'text\', \'excerpt\', \'version\', \'report\', \'minutes\', \'oral_notes\', \'other\')', name=op.f('ck_account_kind')),
    sa.CheckConstraint('"published_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_account_published_on_precision')),
    sa.CheckConstraint('num_nonnulls("published_on", published_on_min, published_on_max, published_on_precision) IN (0, 4) AND (published_on_min IS NULL OR published_on_min <= published_on_max)', name=op.f('ck_account_published_on_range')),
    sa.CheckConstraint('points_reported >= 0', name=op.f('ck_account_points')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_account_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['told_by_id'], ['party.id'], name=op.f('fk_account_told_by_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('id', 'proposal_id', 'is_reference', name=op.f('uq_account_id_proposal_id_is_reference')),
    sa.UniqueConstraint('id', 'proposal_id', name=op.f('uq_account_id_proposal_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_account_slug'))
    )
    op.create_index(op.f('ix_account_proposal_id'), 'account', ['proposal_id'], unique=False)
    op.create_index(op.f('ix_account_told_by_id'), 'account', ['told_by_id'], unique=False)
    op.create_index('uq_account_reference', 'account', ['proposal_id'], unique=True, postgresql_where=sa.text('is_reference'))
    op.create_table('agreement_issue',
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('issue_id', sa.Uuid(), nullable=False),
    sa.Column('intensity', sa.Integer(), nullable=True),
    sa.CheckConstraint('intensity BETWEEN 0 AND 3', name=op.f('ck_agreement_issue_intensity')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_agreement_issue_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_agreement_issue_issue_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('agreement_id', 'issue_id', name=op.f('pk_agreement_issue'))
    )
    op.create_index(op.f('ix_agreement_issue_issue_id'), 'agreement_issue', ['issue_id'], unique=False)
    op.create_table('agreement_party',
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_agreement_party_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_agreement_party_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('agreement_id', 'party_id', name=op.f('pk_agreement_party'))
    )
    op.create_index(op.f('ix_agreement_party_party_id'), 'agreement_party', ['party_id'], unique=False)
    op.create_table('agreement_proposal',
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_agreement_proposal_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_agreement_proposal_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('agreement_id', 'proposal_id', name=op.f('pk_agreement_proposal'))
    )
    op.create_index(op.f('ix_agreement_proposal_proposal_id'), 'agreement_proposal', ['proposal_id'], unique=False)
    op.create_table('agreement_signature',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('capacity', sa.Text(), nullable=True),
    sa.Column('on', sa.Text(), nullable=True),
    sa.Column('on_min', sa.Date(), nullable=True),
    sa.Column('on_max', sa.Date(), nullable=True),
    sa.Column('on_precision', sa.Text(), nullable=True),
    sa.CheckConstraint('"capacity" IN (\'party\', \'witness\', \'guarantor\', \'mediator\', \'other\')', name=op.f('ck_agreement_signature_capacity')),
    sa.CheckConstraint('"on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_agreement_signature_on_precision')),
    sa.CheckConstraint('num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)', name=op.f('ck_agreement_signature_on_range')),
    sa.CheckConstraint('num_nonnulls(party_id, person_id) >= 1', name=op.f('ck_agreement_signature_by_someone')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_agreement_signature_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_agreement_signature_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_agreement_signature_person_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement_signature')),
    sa.UniqueConstraint('agreement_id', 'key', name=op.f('uq_agreement_signature_agreement_id_key'))
    )
    op.create_index(op.f('ix_agreement_signature_party_id'), 'agreement_signature', ['party_id'], unique=False)
    op.create_index(op.f('ix_agreement_signature_person_id'), 'agreement_signature', ['person_id'], unique=False)
    op.create_table('assessment_subject',
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_subject_assessment_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['record_id'], ['entry.id'], name=op.f('fk_assessment_subject_record_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('assessment_id', 'record_id', name=op.f('pk_assessment_subject'))
    )
    op.create_index(op.f('ix_assessment_subject_record_id'), 'assessment_subject', ['record_id'], unique=False)
    op.create_table('delegation_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delegation_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('function', sa.Text(), nullable=True),
    sa.Column('post', sa.Text(), nullable=True),
    sa.Column('presence', sa.Text(), nullable=True),
    sa.Column('mode', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Text(), nullable=True),
    sa.Column('valid_to', sa.Text(), nullable=True),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('valid_from_min', sa.Date(), nullable=True),
    sa.Column('valid_from_max', sa.Date(), nullable=True),
    sa.Column('valid_from_precision', sa.Text(), nullable=True),
    sa.Column('valid_to_min', sa.Date(), nullable=True),
    sa.Column('valid_to_max', sa.Date(), nullable=True),
    sa.Column('valid_to_precision', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_delegation_member_confidence')),
    sa.CheckConstraint('"function" IN (\'head\', \'member\', \'expert\', \'signatory\', \'other\')', name=op.f('ck_delegation_member_function')),
    sa.CheckConstraint('"mode" IN (\'in_person\', \'remote\')', name=op.f('ck_delegation_member_mode')),
    sa.CheckConstraint('"presence" IN (\'present\', \'implied\', \'announced\', \'absent\')', name=op.f('ck_delegation_member_presence')),
    sa.CheckConstraint('"valid_from_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_delegation_member_valid_from_precision')),
    sa.CheckConstraint('"valid_to_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_delegation_member_valid_to_precision')),
    sa.CheckConstraint('num_nonnulls("valid_from", valid_from_min, valid_from_max, valid_from_precision) IN (0, 4) AND (valid_from_min IS NULL OR valid_from_min <= valid_from_max)', name=op.f('ck_delegation_member_valid_from_range')),
    sa.CheckConstraint('num_nonnulls("valid_to", valid_to_min, valid_to_max, valid_to_precision) IN (0, 4) AND (valid_to_min IS NULL OR valid_to_min <= valid_to_max)', name=op.f('ck_delegation_member_valid_to_range')),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_delegation_member_delegation_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_delegation_member_person_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation_member')),
    sa.UniqueConstraint('delegation_id', 'person_id', name=op.f('uq_delegation_member_delegation_id_person_id'))
    )
    op.create_index(op.f('ix_delegation_member_person_id'), 'delegation_member', ['person_id'], unique=False)
    op.create_index('uq_delegation_member_head', 'delegation_member', ['delegation_id'], unique=True, postgresql_where=sa.text("function = 'head'"))
    op.create_table('proposal_addressee',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_proposal_addressee_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_proposal_addressee_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('proposal_id', 'party_id', name=op.f('pk_proposal_addressee'))
    )
    op.create_index(op.f('ix_proposal_addressee_party_id'), 'proposal_addressee', ['party_id'], unique=False)
    op.create_table('proposal_author',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_proposal_author_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_proposal_author_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('proposal_id', 'party_id', name=op.f('pk_proposal_author'))
    )
    op.create_index(op.f('ix_proposal_author_party_id'), 'proposal_author', ['party_id'], unique=False)
    op.create_table('proposal_relation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=True),
    sa.Column('agreement_id', sa.Uuid(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint('"kind" IN (\'supersedes\', \'responds_to\', \'arises_from\', \'answers_deadline\', \'annex_of\', \'implements\', \'cites\', \'translation_of\', \'other\')', name=op.f('ck_proposal_relation_kind')),
    sa.CheckConstraint('num_nonnulls(target_id, agreement_id) = 1', name=op.f('ck_proposal_relation_one_target')),
    sa.CheckConstraint('target_id <> proposal_id', name=op.f('ck_proposal_relation_not_to_itself')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_proposal_relation_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_proposal_relation_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['target_id'], ['proposal.id'], name=op.f('fk_proposal_relation_target_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_relation')),
    sa.UniqueConstraint('proposal_id', 'kind', 'target_id', 'agreement_id', name=op.f('uq_proposal_relation_proposal_id_kind_target_id_agreement_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_proposal_relation_agreement_id'), 'proposal_relation', ['agreement_id'], unique=False)
    op.create_index(op.f('ix_proposal_relation_target_id'), 'proposal_relation', ['target_id'], unique=False)
    op.create_table('part',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('points_reported', sa.Integer(), nullable=True),
    sa.Column('alternative_group', sa.Text(), nullable=True),
    sa.CheckConstraint("alternative_group IS NULL OR kind = 'option'", name=op.f('ck_part_options_exclude')),
    sa.CheckConstraint('"kind" IN (\'section\', \'option\')', name=op.f('ck_part_kind')),
    sa.CheckConstraint('parent_id <> id', name=op.f('ck_part_not_in_itself')),
    sa.CheckConstraint('points_reported >= 0', name=op.f('ck_part_points')),
    sa.ForeignKeyConstraint(['account_id', 'proposal_id'], ['account.id', 'account.proposal_id'], name=op.f('fk_part_account_id_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['parent_id', 'account_id'], ['part.id', 'part.account_id'], name=op.f('fk_part_parent_id_account_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_part_account_id_key')),
    sa.UniqueConstraint('id', 'account_id', name=op.f('uq_part_id_account_id')),
    sa.UniqueConstraint('id', 'proposal_id', name=op.f('uq_part_id_proposal_id'))
    )
    op.create_index(op.f('ix_part_parent_id'), 'part', ['parent_id'], unique=False)
    op.create_table('demand',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('part_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('quote', sa.Text(), nullable=True),
    sa.Column('act', sa.Text(), server_default='demand', nullable=False),
    sa.Column('is_mutual', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('exception', sa.Text(), nullable=True),
    sa.Column('timing', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('quantities', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('unmapped', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('event_codes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('is_reference', sa.Boolean(), nullable=False),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('"act" IN (\'demand\', \'precondition\', \'red_line\', \'offer\', \'undertaking\', \'provision\', \'agenda_item\', \'not_demanded\', \'other\')', name=op.f('ck_demand_act')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_demand_confidence')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_demand_review')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_demand_withdrawn_with_reason')),
    sa.ForeignKeyConstraint(['account_id', 'proposal_id', 'is_reference'], ['account.id', 'account.proposal_id', 'account.is_reference'], name=op.f('fk_demand_account_id_proposal_id_is_reference'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_demand_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['part_id', 'account_id'], ['part.id', 'part.account_id'], name=op.f('fk_demand_part_id_account_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_demand_process_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id', 'process_id', 'sort_on'], ['proposal.id', 'proposal.process_id', 'proposal.sort_on'], name=op.f('fk_demand_proposal_id_process_id_sort_on'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_demand')),
    sa.UniqueConstraint('id', 'proposal_id', name=op.f('uq_demand_id_proposal_id')),
    sa.UniqueConstraint('id', 'sort_on', name=op.f('uq_demand_id_sort_on')),
    sa.UniqueConstraint('slug', name=op.f('uq_demand_slug'))
    )
    op.create_index('ix_demand_account', 'demand', ['account_id', 'position', 'id'], unique=False)
    op.create_index('ix_demand_newest', 'demand', [sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index(op.f('ix_demand_part_id'), 'demand', ['part_id'], unique=False)
    op.create_index('ix_demand_process', 'demand', ['process_id', sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_demand_proposal', 'demand', ['proposal_id', 'position', 'id'], unique=False)
    op.create_index('ix_demand_search', 'demand', [sa.literal_column("to_tsvector('simple'::regconfig, (((coalesce(text, '') || ' ') || coalesce(title, '')) || ' ') || coalesce(quote, ''))")], unique=False, postgresql_using='gin')
    op.create_index('ix_demand_text_trgm', 'demand', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_index('ix_demand_updated_at', 'demand', ['updated_at', 'id'], unique=False)
    op.create_table('demand_dependency',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('depends_on_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('demand_id <> depends_on_id', name=op.f('ck_demand_dependency_not_on_itself')),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_demand_dependency_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['depends_on_id'], ['demand.id'], name=op.f('fk_demand_dependency_depends_on_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('demand_id', 'depends_on_id', name=op.f('pk_demand_dependency'))
    )
    op.create_index(op.f('ix_demand_dependency_depends_on_id'), 'demand_dependency', ['depends_on_id'], unique=False)
    op.create_table('demand_issue',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('issue_id', sa.Uuid(), nullable=False),
    sa.Column('is_primary', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['demand_id', 'sort_on'], ['demand.id', 'demand.sort_on'], name=op.f('fk_demand_issue_demand_id_sort_on'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['issue_id'], ['issue.id'], name=op.f('fk_demand_issue_issue_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('demand_id', 'issue_id', name=op.f('pk_demand_issue'))
    )
    op.create_index('ix_demand_issue_newest', 'demand_issue', ['issue_id', sa.literal_column('sort_on DESC'), sa.literal_column('demand_id DESC')], unique=False)
    op.create_index('uq_demand_issue_primary', 'demand_issue', ['demand_id'], unique=True, postgresql_where=sa.text('is_primary'))
    op.create_table('demand_link',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint('"kind" IN (\'repeats\', \'amends\', \'strikes_out\', \'narrows\', \'withdraws\', \'counters\', \'settles\', \'contradicts\', \'incorporated_in\', \'reports\')', name=op.f('ck_demand_link_kind')),
    sa.CheckConstraint('demand_id <> target_id', name=op.f('ck_demand_link_not_to_itself')),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_demand_link_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['target_id'], ['demand.id'], name=op.f('fk_demand_link_target_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('demand_id', 'target_id', 'kind', name=op.f('pk_demand_link'))
    )
    op.create_index(op.f('ix_demand_link_target_id'), 'demand_link', ['target_id'], unique=False)
    op.create_table('demand_party',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.CheckConstraint('"role" IN (\'claimant\', \'addressee\', \'beneficiary\')', name=op.f('ck_demand_party_role')),
    sa.ForeignKeyConstraint(['demand_id', 'sort_on'], ['demand.id', 'demand.sort_on'], name=op.f('fk_demand_party_demand_id_sort_on'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_demand_party_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('demand_id', 'party_id', 'role', name=op.f('pk_demand_party'))
    )
    op.create_index('ix_demand_party_newest', 'demand_party', ['party_id', 'role', sa.literal_column('sort_on DESC'), sa.literal_column('demand_id DESC')], unique=False)
    op.create_table('demand_place',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_demand_place_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_demand_place_place_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('demand_id', 'place_id', name=op.f('pk_demand_place'))
    )
    op.create_index(op.f('ix_demand_place_place_id'), 'demand_place', ['place_id'], unique=False)
    op.create_table('response',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('process_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('demand_id', sa.Uuid(), nullable=True),
    sa.Column('part_id', sa.Uuid(), nullable=True),
    sa.Column('responder_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('stance', sa.Text(), nullable=False),
    sa.Column('said_on', sa.Text(), nullable=True),
    sa.Column('position', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('talk_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('said_by_id', sa.Uuid(), nullable=True),
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('reply_to_id', sa.Uuid(), nullable=True),
    sa.Column('counter_proposal_id', sa.Uuid(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=True),
    sa.Column('is_implied', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('event_codes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('sort_on', sa.Date(), nullable=False),
    sa.Column('said_on_min', sa.Date(), nullable=True),
    sa.Column('said_on_max', sa.Date(), nullable=True),
    sa.Column('said_on_precision', sa.Text(), nullable=True),
    sa.Column('notes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('caveats', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('coded_from', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('review', sa.Text(), server_default='draft', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('row_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("sort_on = coalesce(said_on_min, DATE '0001-01-01')", name=op.f('ck_response_sort_on')),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_response_confidence')),
    sa.CheckConstraint('"review" IN (\'draft\', \'reviewed\', \'adjudicated\')', name=op.f('ck_response_review')),
    sa.CheckConstraint('"said_on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_response_said_on_precision')),
    sa.CheckConstraint('"stance" IN (\'accepted\', \'accepted_in_part\', \'conditional\', \'countered\', \'rejected\', \'deferred\', \'under_study\', \'declared_moot\', \'supported\', \'opposed\', \'no_comment\', \'implemented\', \'implemented_in_part\')', name=op.f('ck_response_stance')),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_response_withdrawn_with_reason')),
    sa.CheckConstraint('num_nonnulls("said_on", said_on_min, said_on_max, said_on_precision) IN (0, 4) AND (said_on_min IS NULL OR said_on_min <= said_on_max)', name=op.f('ck_response_said_on_range')),
    sa.CheckConstraint('num_nonnulls(demand_id, part_id) <= 1', name=op.f('ck_response_one_target')),
    sa.CheckConstraint('reply_to_id <> id', name=op.f('ck_response_not_to_itself')),
    sa.ForeignKeyConstraint(['counter_proposal_id'], ['proposal.id'], name=op.f('fk_response_counter_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['demand_id', 'proposal_id'], ['demand.id', 'demand.proposal_id'], name=op.f('fk_response_demand_id_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['id', 'slug'], ['entry.id', 'entry.slug'], name=op.f('fk_response_id_slug'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['part_id', 'proposal_id'], ['part.id', 'part.proposal_id'], name=op.f('fk_response_part_id_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id', 'process_id'], ['proposal.id', 'proposal.process_id'], name=op.f('fk_response_proposal_id_process_id'), onupdate='CASCADE', initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['reply_to_id'], ['response.id'], name=op.f('fk_response_reply_to_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['responder_id'], ['party.id'], name=op.f('fk_response_responder_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['said_by_id'], ['person.id'], name=op.f('fk_response_said_by_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['talk_id'], ['talk.id'], name=op.f('fk_response_talk_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response')),
    sa.UniqueConstraint('slug', name=op.f('uq_response_slug'))
    )
    op.create_index(op.f('ix_response_counter_proposal_id'), 'response', ['counter_proposal_id'], unique=False)
    op.create_index('ix_response_demand', 'response', ['demand_id', 'sort_on', 'position', 'id'], unique=False)
    op.create_index('ix_response_newest', 'response', [sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index(op.f('ix_response_part_id'), 'response', ['part_id'], unique=False)
    op.create_index('ix_response_process', 'response', ['process_id', sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_response_proposal', 'response', ['proposal_id', 'sort_on', 'position', 'id'], unique=False)
    op.create_index(op.f('ix_response_reply_to_id'), 'response', ['reply_to_id'], unique=False)
    op.create_index('ix_response_responder', 'response', ['responder_id', sa.literal_column('sort_on DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index(op.f('ix_response_said_by_id'), 'response', ['said_by_id'], unique=False)
    op.create_index('ix_response_search', 'response', [sa.literal_column("to_tsvector('simple'::regconfig, (coalesce(text, '') || ' ') || coalesce(scope, ''))")], unique=False, postgresql_using='gin')
    op.create_index(op.f('ix_response_statement'), 'response', ['statement'], unique=False)
    op.create_index(op.f('ix_response_talk_id'), 'response', ['talk_id'], unique=False)
    op.create_index('ix_response_text_trgm', 'response', ['text'], unique=False, postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.create_index('ix_response_updated_at', 'response', ['updated_at', 'id'], unique=False)
    op.create_table('talk_outcome',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('talk_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('on', sa.Text(), nullable=True),
    sa.Column('party_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('quantities', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=True),
    sa.Column('proposal_id', sa.Uuid(), nullable=True),
    sa.Column('demand_id', sa.Uuid(), nullable=True),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('on_min', sa.Date(), nullable=True),
    sa.Column('on_max', sa.Date(), nullable=True),
    sa.Column('on_precision', sa.Text(), nullable=True),
    sa.CheckConstraint('"confidence" IN (\'low\', \'medium\', \'high\')', name=op.f('ck_talk_outcome_confidence')),
    sa.CheckConstraint('"kind" IN (\'agreement\', \'partial_agreement\', \'agreement_in_principle\', \'agreement_to_continue\', \'extension\', \'procedural\', \'no_agreement\', \'proposal_made\', \'document_handed_over\', \'joint_document\', \'statement\', \'unilateral_step\', \'request_noted\', \'signature\', \'ratification\', \'vote\', \'other\')', name=op.f('ck_talk_outcome_kind')),
    sa.CheckConstraint('"on_precision" IN (\'day\', \'month\', \'season\', \'year\', \'decade\', \'century\', \'interval\', \'open\')', name=op.f('ck_talk_outcome_on_precision')),
    sa.CheckConstraint('num_nonnulls("on", on_min, on_max, on_precision) IN (0, 4) AND (on_min IS NULL OR on_min <= on_max)', name=op.f('ck_talk_outcome_on_range')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_talk_outcome_agreement_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_talk_outcome_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['party_id'], ['party.id'], name=op.f('fk_talk_outcome_party_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_talk_outcome_proposal_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['talk_id'], ['talk.id'], name=op.f('fk_talk_outcome_talk_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_talk_outcome')),
    sa.UniqueConstraint('talk_id', 'key', name=op.f('uq_talk_outcome_talk_id_key'))
    )
    op.create_index(op.f('ix_talk_outcome_agreement_id'), 'talk_outcome', ['agreement_id'], unique=False)
    op.create_index(op.f('ix_talk_outcome_demand_id'), 'talk_outcome', ['demand_id'], unique=False)
    op.create_index(op.f('ix_talk_outcome_kind'), 'talk_outcome', ['kind'], unique=False)
    op.create_index(op.f('ix_talk_outcome_party_id'), 'talk_outcome', ['party_id'], unique=False)
    op.create_index(op.f('ix_talk_outcome_proposal_id'), 'talk_outcome', ['proposal_id'], unique=False)
    op.create_table('response_counter',
    sa.Column('response_id', sa.Uuid(), nullable=False),
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_response_counter_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_response_counter_response_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('response_id', 'demand_id', name=op.f('pk_response_counter'))
    )
    op.create_index(op.f('ix_response_counter_demand_id'), 'response_counter', ['demand_id'], unique=False)
    op.create_table('response_scope_demand',
    sa.Column('response_id', sa.Uuid(), nullable=False),
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_response_scope_demand_demand_id'), initially='IMMEDIATE', deferrable=True),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_response_scope_demand_response_id'), initially='IMMEDIATE', deferrable=True),
    sa.PrimaryKeyConstraint('response_id', 'demand_id', name=op.f('pk_response_scope_demand'))
    )
    op.create_index(op.f('ix_response_scope_demand_demand_id'), 'response_scope_demand', ['demand_id'], unique=False)
    # The single row that writers lock must always exist.
    op.execute("INSERT INTO head (id) VALUES (1)")


def downgrade() -> None:
    op.drop_index(op.f('ix_response_scope_demand_demand_id'), table_name='response_scope_demand')
    op.drop_table('response_scope_demand')
    op.drop_index(op.f('ix_response_counter_demand_id'), table_name='response_counter')
    op.drop_table('response_counter')
    op.drop_index(op.f('ix_talk_outcome_proposal_id'), table_name='talk_outcome')
    op.drop_index(op.f('ix_talk_outcome_party_id'), table_name='talk_outcome')
    op.drop_index(op.f('ix_talk_outcome_kind'), table_name='talk_outcome')
    op.drop_index(op.f('ix_talk_outcome_demand_id'), table_name='talk_outcome')
    op.drop_index(op.f('ix_talk_outcome_agreement_id'), table_name='talk_outcome')
    op.drop_table('talk_outcome')
    op.drop_index('ix_response_updated_at', table_name='response')
    op.drop_index('ix_response_text_trgm', table_name='response', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_index(op.f('ix_response_talk_id'), table_name='response')
    op.drop_index(op.f('ix_response_statement'), table_name='response')
    op.drop_index('ix_response_search', table_name='response', postgresql_using='gin')
    op.drop_index(op.f('ix_response_said_by_id'), table_name='response')
    op.drop_index('ix_response_responder', table_name='response')
    op.drop_index(op.f('ix_response_reply_to_id'), table_name='response')
    op.drop_index('ix_response_proposal', table_name='response')
    op.drop_index('ix_response_process', table_name='response')
    op.drop_index(op.f('ix_response_part_id'), table_name='response')
    op.drop_index('ix_response_newest', table_name='response')
    op.drop_index('ix_response_demand', table_name='response')
    op.drop_index(op.f('ix_response_counter_proposal_id'), table_name='response')
    op.drop_table('response')
    op.drop_index(op.f('ix_demand_place_place_id'), table_name='demand_place')
    op.drop_table('demand_place')
    op.drop_index('ix_demand_party_newest', table_name='demand_party')
    op.drop_table('demand_party')
    op.drop_index(op.f('ix_demand_link_target_id'), table_name='demand_link')
    op.drop_table('demand_link')
    op.drop_index('uq_demand_issue_primary', table_name='demand_issue', postgresql_where=sa.text('is_primary'))
    op.drop_index('ix_demand_issue_newest', table_name='demand_issue')
    op.drop_table('demand_issue')
    op.drop_index(op.f('ix_demand_dependency_depends_on_id'), table_name='demand_dependency')
    op.drop_table('demand_dependency')
    op.drop_index('ix_demand_updated_at', table_name='demand')
    op.drop_index('ix_demand_text_trgm', table_name='demand', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_index('ix_demand_search', table_name='demand', postgresql_using='gin')
    op.drop_index('ix_demand_proposal', table_name='demand')
    op.drop_index('ix_demand_process', table_name='demand')
    op.drop_index(op.f('ix_demand_part_id'), table_name='demand')
    op.drop_index('ix_demand_newest', table_name='demand')
    op.drop_index('ix_demand_account', table_name='demand')
    op.drop_table('demand')
    op.drop_index(op.f('ix_part_parent_id'), table_name='part')
    op.drop_table('part')
    op.drop_index(op.f('ix_proposal_relation_target_id'), table_name='proposal_relation')
    op.drop_index(op.f('ix_proposal_relation_agreement_id'), table_name='proposal_relation')
    op.drop_table('proposal_relation')
    op.drop_index(op.f('ix_proposal_author_party_id'), table_name='proposal_author')
    op.drop_table('proposal_author')
    op.drop_index(op.f('ix_proposal_addressee_party_id'), table_name='proposal_addressee')
    op.drop_table('proposal_addressee')
    op.drop_index('uq_delegation_member_head', table_name='delegation_member', postgresql_where=sa.text("function = 'head'"))
    op.drop_index(op.f('ix_delegation_member_person_id'), table_name='delegation_member')
    op.drop_table('delegation_member')
    op.drop_index(op.f('ix_assessment_subject_record_id'), table_name='assessment_subject')
    op.drop_table('assessment_subject')
    op.drop_index(op.f('ix_agreement_signature_person_id'), table_name='agreement_signature')
    op.drop_index(op.f('ix_agreement_signature_party_id'), table_name='agreement_signature')
    op.drop_table('agreement_signature')
    op.drop_index(op.f('ix_agreement_proposal_proposal_id'), table_name='agreement_proposal')
    op.drop_table('agreement_proposal')
    op.drop_index(op.f('ix_agreement_party_party_id'), table_name='agreement_party')
    op.drop_table('agreement_party')
    op.drop_index(op.f('ix_agreement_issue_issue_id'), table_name='agreement_issue')
    op.drop_table('agreement_issue')
    op.drop_index('uq_account_reference', table_name='account', postgresql_where=sa.text('is_reference'))
    op.drop_index(op.f('ix_account_told_by_id'), table_name='account')
    op.drop_index(op.f('ix_account_proposal_id'), table_name='account')
    op.drop_table('account')
    op.drop_index('ix_proposal_updated_at', table_name='proposal')
    op.drop_index('ix_proposal_title_trgm', table_name='proposal', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index(op.f('ix_proposal_talk_id'), table_name='proposal')
    op.drop_index('ix_proposal_sort_on', table_name='proposal')
    op.drop_index('ix_proposal_search', table_name='proposal', postgresql_using='gin')
    op.drop_index('ix_proposal_process', table_name='proposal')
    op.drop_table('proposal')
    op.drop_index(op.f('ix_person_post_party_id'), table_name='person_post')
    op.drop_table('person_post')
    op.drop_index('ix_person_name_text_trgm', table_name='person_name', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_table('person_name')
    op.drop_index('ix_delegation_updated_at', table_name='delegation')
    op.drop_index('ix_delegation_title_trgm', table_name='delegation', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index('ix_delegation_search', table_name='delegation', postgresql_using='gin')
    op.drop_index('ix_delegation_roles', table_name='delegation', postgresql_using='gin')
    op.drop_index('ix_delegation_party', table_name='delegation')
    op.drop_table('delegation')
    op.drop_index('ix_assessment_updated_at', table_name='assessment')
    op.drop_index('ix_assessment_text_trgm', table_name='assessment', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_index('ix_assessment_search', table_name='assessment', postgresql_using='gin')
    op.drop_index(op.f('ix_assessment_said_by_id'), table_name='assessment')
    op.drop_index(op.f('ix_assessment_by_id'), table_name='assessment')
    op.drop_table('assessment')
    op.drop_index('ix_agreement_updated_at', table_name='agreement')
    op.drop_index('ix_agreement_title_trgm', table_name='agreement', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index(op.f('ix_agreement_talk_id'), table_name='agreement')
    op.drop_index('ix_agreement_sort_on', table_name='agreement')
    op.drop_index('ix_agreement_search', table_name='agreement', postgresql_using='gin')
    op.drop_index(op.f('ix_agreement_process_id'), table_name='agreement')
    op.drop_table('agreement')
    op.drop_index('ix_talk_updated_at', table_name='talk')
    op.drop_index('ix_talk_title_trgm', table_name='talk', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index('ix_talk_sort_on', table_name='talk')
    op.drop_index('ix_talk_search', table_name='talk', postgresql_using='gin')
    op.drop_index('ix_talk_process', table_name='talk')
    op.drop_index(op.f('ix_talk_place_id'), table_name='talk')
    op.drop_index(op.f('ix_talk_parent_id'), table_name='talk')
    op.drop_table('talk')
    op.drop_index(op.f('ix_revision_change_record_id'), table_name='revision_change')
    op.drop_table('revision_change')
    op.drop_index(op.f('ix_process_party_party_id'), table_name='process_party')
    op.drop_table('process_party')
    op.drop_index('ix_place_name_text_trgm', table_name='place_name', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_table('place_name')
    op.drop_index('ix_person_updated_at', table_name='person')
    op.drop_index('ix_person_search', table_name='person', postgresql_using='gin')
    op.drop_index(op.f('ix_person_party_id'), table_name='person')
    op.drop_index('ix_person_name_trgm', table_name='person', postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.drop_table('person')
    op.drop_index('ix_party_name_text_trgm', table_name='party_name', postgresql_using='gin', postgresql_ops={'text': 'gin_trgm_ops'})
    op.drop_table('party_name')
    op.drop_index(op.f('ix_party_membership_coalition_id'), table_name='party_membership')
    op.drop_table('party_membership')
    op.drop_index('ix_citation_updated_at', table_name='citation')
    op.drop_index(op.f('ix_citation_target_id'), table_name='citation')
    op.drop_index('ix_citation_source', table_name='citation')
    op.drop_index('ix_citation_search', table_name='citation', postgresql_using='gin')
    op.drop_index('ix_citation_quote_trgm', table_name='citation', postgresql_using='gin', postgresql_ops={'quote': 'gin_trgm_ops'})
    op.drop_table('citation')
    op.drop_index(op.f('ix_source_via_id'), table_name='source')
    op.drop_index('ix_source_updated_at', table_name='source')
    op.drop_index('ix_source_title_trgm', table_name='source', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index('ix_source_search', table_name='source', postgresql_using='gin')
    op.drop_index('ix_source_publisher', table_name='source')
    op.drop_index('ix_source_published', table_name='source')
    op.drop_table('source')
    op.drop_index(op.f('ix_slug_alias_record_id'), table_name='slug_alias')
    op.drop_table('slug_alias')
    op.drop_index(op.f('ix_revision_key_id'), table_name='revision')
    op.drop_table('revision')
    op.drop_index('ix_process_updated_at', table_name='process')
    op.drop_index('ix_process_title_trgm', table_name='process', postgresql_using='gin', postgresql_ops={'title': 'gin_trgm_ops'})
    op.drop_index('ix_process_search', table_name='process', postgresql_using='gin')
    op.drop_index(op.f('ix_process_parent_id'), table_name='process')
    op.drop_table('process')
    op.drop_index('ix_place_updated_at', table_name='place')
    op.drop_index('ix_place_search', table_name='place', postgresql_using='gin')
    op.drop_index('ix_place_point', table_name='place')
    op.drop_index(op.f('ix_place_part_of_id'), table_name='place')
    op.drop_index('ix_place_name_trgm', table_name='place', postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.drop_table('place')
    op.drop_index('ix_party_updated_at', table_name='party')
    op.drop_index(op.f('ix_party_successor_of_id'), table_name='party')
    op.drop_index(op.f('ix_party_splinter_of_id'), table_name='party')
    op.drop_index('ix_party_search', table_name='party', postgresql_using='gin')
    op.drop_index('ix_party_name_trgm', table_name='party', postgresql_using='gin', postgresql_ops={'name': 'gin_trgm_ops'})
    op.drop_table('party')
    op.drop_index('ix_issue_updated_at', table_name='issue')
    op.drop_index('ix_issue_search', table_name='issue', postgresql_using='gin')
    op.drop_index(op.f('ix_issue_replaced_by_id'), table_name='issue')
    op.drop_index('ix_issue_label_trgm', table_name='issue', postgresql_using='gin', postgresql_ops={'label': 'gin_trgm_ops'})
    op.drop_index(op.f('ix_issue_broader_id'), table_name='issue')
    op.drop_table('issue')
    op.drop_index('ix_external_id_scheme_value', table_name='external_id')
    op.drop_table('external_id')
    op.drop_table('ledger_setting')
    op.drop_table('head')
    op.drop_index('ix_entry_slug_trgm', table_name='entry', postgresql_using='gin', postgresql_ops={'slug': 'gin_trgm_ops'})
    op.drop_table('entry')
    op.drop_index('ix_api_key_scopes', table_name='api_key', postgresql_using='gin')
    op.drop_table('api_key')
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
