"""Issues are found by their labels in every language: `words` holds these too, each in its own language.

The table is written anew, which takes no time: it holds a few hundred issues. Earlier states get the same words, so that
`as_of` finds them as well.

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
    # Joins vectors; positions go on, so that a phrase is not put together from several labels by chance.
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
    # With the column go its indexes; `history.keep` makes those of the earlier states again.
    op.execute('ALTER TABLE history.issue DROP words')
    op.execute('ALTER TABLE issue DROP words')
    op.execute(f'ALTER TABLE issue ADD words tsvector GENERATED ALWAYS AS ({words}) STORED')
    op.execute('CREATE INDEX ix_issue_words ON issue USING gin (words)')
    op.execute("SELECT history.keep('issue')")
