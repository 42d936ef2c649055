"""Find issues by their labels in every language: `words` also includes the labels, each in its own language.

The table is rewritten, which takes little time because there are only a few hundred issues. Earlier states of the
issues get the new words too, so that searches with `as_of` find them.

Revision: labels_in_the_search
Revises: days_inside_values
"""

from alembic import op

revision = 'labels_in_the_search'
down_revision = 'days_inside_values'
branch_labels = None
depends_on = None

BEFORE = 'parley_words(lang, label, definition, scope_note, NULL::text)'

FUNCTIONS = (
    # Concatenates vectors. Positions continue from label to label, so that a phrase search does not match words of
    # different labels.
    "CREATE AGGREGATE parley_joined(tsvector)"
    " (SFUNC = pg_catalog.tsvector_concat, STYPE = tsvector, INITCOND = '', PARALLEL = SAFE)",
    "CREATE FUNCTION parley_label_words(labels jsonb) RETURNS tsvector IMMUTABLE PARALLEL SAFE LANGUAGE sql"
    " RETURN (SELECT parley_joined(parley_words(key, value, NULL, NULL, NULL) ORDER BY key) FROM jsonb_each_text(labels))",
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    _search(f'{BEFORE} || parley_label_words(labels)')


def downgrade() -> None:
    _search(BEFORE)
    op.execute('DROP FUNCTION parley_label_words(jsonb)')
    op.execute('DROP AGGREGATE parley_joined(tsvector)')


def _search(words: str) -> None:
    op.execute("SELECT known.hide('issue')")
    op.execute('DROP VIEW past.issue')
    # The indexes on the column are dropped with the column. `history.keep` recreates the indexes on the earlier states.
    op.execute('ALTER TABLE history.issue DROP words')
    op.execute('ALTER TABLE issue DROP words')
    op.execute(f'ALTER TABLE issue ADD words tsvector GENERATED ALWAYS AS ({words}) STORED')
    op.execute('CREATE INDEX ix_issue_words ON issue USING gin (words)')
    op.execute("SELECT history.keep('issue')")
