"""Full-text search by language: store the lexemes of each record, without accents. There are no stop words.

Each searchable table gets `lang` and two generated columns: `words` (weighted lexemes) and `folded` (for fuzzy search).
Adding these columns rewrites the tables, which rule 4 of `migrations/README.md` forbids for large
tables. There is no other way to add a generated column, and no version has been released yet. The old expression
indexes are dropped. Older code still runs, but its searches are slower.

Lexemes of languages other than English and Russian are prefixed with the language (`es|negoci`), so that a Spanish stem
never matches an English word. If the stemmer of a language uses accents (negociación), words are stored twice, stemmed
with and without accents, so that a search with either spelling finds both spellings. English and Russian have different
alphabets, so their lexemes need no prefix. A record without a language is treated as a mixture of both languages.

Revision: words_in_their_languages
Revises: the_ledger
"""

from alembic import op

revision = 'words_in_their_languages'
down_revision = 'the_ledger'
branch_labels = None
depends_on = None

#: Language → PostgreSQL stemmer. Only the stemmers that PostgreSQL 15 includes, so that versions 15 to 18 produce the
#: same lexemes.
STEMMERS = {
    'en': 'english', 'ru': 'russian', 'es': 'spanish', 'fr': 'french', 'de': 'german', 'pt': 'portuguese',
    'it': 'italian', 'tr': 'turkish', 'ar': 'arabic',
}
#: Languages whose stemmer uses accents.
ACCENTED = ('es', 'fr', 'de', 'pt', 'it', 'tr')
TAGGED = (*ACCENTED, 'ar')
TOKENS = (
    'asciiword, asciihword, hword_asciipart, word, hword, hword_part, numword, numhword, hword_numpart, int, uint,'
    ' float, sfloat, version, email, url, url_path, host, file'
)
CONFIGURATIONS = (*STEMMERS, *(f'{lang}_accented' for lang in ACCENTED), 'simple', 'mixed')

#: Table → the arguments of `parley_words` after the language, by weight A to D.
WORDS = {
    'issue': 'label, definition, scope_note, NULL::text',
    'party': 'name, summary, NULL::text, NULL::text',
    'place': 'name, summary, NULL::text, NULL::text',
    'person': 'name, summary, NULL::text, NULL::text',
    'process': 'title, summary, NULL::text, NULL::text',
    'source': 'title, summary, publisher, NULL::text',
    'citation': 'NULL::text, quote, NULL::text, locator',
    'talk': 'title, summary, NULL::text, NULL::text',
    'delegation': 'title, summary, NULL::text, NULL::text',
    'proposal': 'title, summary, NULL::text, NULL::text',
    'agreement': 'title, summary, NULL::text, NULL::text',
    'demand': 'title, text, quote, summary',
    'response': 'title, text, scope, summary',
    'assessment': 'title, text, NULL::text, summary',
    'party_name': 'text, NULL::text, NULL::text, NULL::text',
    'person_name': 'text, NULL::text, NULL::text, NULL::text',
    'place_name': 'text, NULL::text, NULL::text, NULL::text',
}
#: Table → the column for fuzzy search.
SPELT = {
    'issue': 'label', 'party': 'name', 'place': 'name', 'person': 'name', 'process': 'title', 'source': 'title',
    'talk': 'title', 'proposal': 'title', 'agreement': 'title',
    'party_name': 'text', 'person_name': 'text', 'place_name': 'text',
}
#: Table → the columns of the expression index and of the trigram index that are dropped.
BEFORE = {
    'issue': ('label', 'definition', 'scope_note'), 'party': ('name', 'summary'), 'place': ('name', 'summary'),
    'process': ('title', 'summary'), 'source': ('title', 'publisher', 'summary'), 'citation': ('quote', 'locator'),
    'person': ('name', 'summary'), 'talk': ('title', 'summary'), 'agreement': ('title', 'summary'),
    'assessment': ('text',), 'delegation': ('title', 'summary'), 'proposal': ('title', 'summary'),
    'demand': ('text', 'title', 'quote'), 'response': ('text', 'scope'),
}
NAMES = ('party_name', 'person_name', 'place_name')

#: Characters that are replaced by spaces, because the parser would treat 30-day, 1.1 or a/b as a signed number, a
#: version or a path.
SIGNS = "-./_@:<>&+~#%=?'’"
APART, SPACES = f"$signs${SIGNS}$signs$", ' ' * len(SIGNS)

FUNCTIONS = f"""
CREATE FUNCTION parley_folded(words text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN lower(unaccent('unaccent'::regdictionary, words));

CREATE FUNCTION parley_vector(configuration regconfig, a text, b text, c text, d text) RETURNS tsvector
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN setweight(to_tsvector(configuration, translate(coalesce(a, ''), {APART}, '{SPACES}')), 'A')
        || setweight(to_tsvector(configuration, translate(coalesce(b, ''), {APART}, '{SPACES}')), 'B')
        || setweight(to_tsvector(configuration, translate(coalesce(c, ''), {APART}, '{SPACES}')), 'C')
        || setweight(to_tsvector(configuration, translate(coalesce(d, ''), {APART}, '{SPACES}')), 'D');

-- A space stands before each lexeme of a vector or query as text, and in none.
CREATE FUNCTION parley_tagged(tag text, lexemes text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN replace(replace(' ' || lexemes, ' ''', ' ''' || tag || '|'), '(''', '(''' || tag || '|');

CREATE FUNCTION parley_words(lang text, a text, b text, c text, d text) RETURNS tsvector
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN CASE
        WHEN lang IS NULL THEN parley_vector('parley_mixed'::regconfig, a, b, c, d)
        ELSE CASE split_part(lang, '-', 1)
            WHEN 'en' THEN parley_vector('parley_en'::regconfig, a, b, c, d)
            WHEN 'ru' THEN parley_vector('parley_ru'::regconfig, a, b, c, d)
            {{accented}}
            WHEN 'ar' THEN parley_tagged('ar', parley_vector('parley_ar'::regconfig, a, b, c, d)::text)::tsvector
            ELSE parley_vector('parley_simple'::regconfig, a, b, c, d)
        END
    END;

-- Clauses that must all hold as a query of all languages: [[{{{{"words": ["cease", "fire"], "prefix": false}}}}, …], …], each
-- a list of phrases of which one must be there. With `tagged` the words are tagged as `parley_words` tags them.
CREATE FUNCTION parley_query(clauses jsonb, tagged boolean) RETURNS tsquery IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN (
        SELECT string_agg('(' || clause.terms || ')', ' & ')::tsquery
        FROM (
            SELECT string_agg(
                DISTINCT '(' || CASE WHEN tagged AND phrase.tag <> '' THEN parley_tagged(phrase.tag, phrase.lexemes)
                    ELSE phrase.lexemes END || ')',
                ' | '
            ) AS terms
            FROM (
                SELECT given.place AS clause, spoken.tag, string_agg(
                    nullif(
                        to_tsquery(
                            spoken.configuration,
                            '''' || word.text || '''' || CASE
                                WHEN word.place = jsonb_array_length(alternative.phrase->'words')
                                    AND (alternative.phrase->>'prefix')::boolean THEN ':*'
                                ELSE '' END
                        )::text,
                        ''
                    ),
                    ' <-> ' ORDER BY word.place
                ) AS lexemes
                FROM jsonb_array_elements(clauses) WITH ORDINALITY AS given(phrases, place)
                CROSS JOIN LATERAL jsonb_array_elements(given.phrases) WITH ORDINALITY AS alternative(phrase, place)
                CROSS JOIN LATERAL jsonb_array_elements_text(alternative.phrase->'words')
                    WITH ORDINALITY AS word(text, place)
                CROSS JOIN (VALUES {{configurations}}) AS spoken(configuration, tag)
                GROUP BY given.place, alternative.place, spoken.configuration, spoken.tag
            ) AS phrase
            WHERE phrase.lexemes <> ''
            GROUP BY phrase.clause
        ) AS clause
    );
""".format(
    accented='\n            '.join(
        f"WHEN '{lang}' THEN (parley_tagged('{lang}', parley_vector('parley_{lang}'::regconfig, a, b, c, d)::text)"
        f" || parley_tagged('{lang}', parley_vector('parley_{lang}_accented'::regconfig, a, b, c, d)::text))::tsvector"
        for lang in ACCENTED
    ),
    configurations=', '.join(
        f"('parley_{name}'::regconfig, '{name[:2] if name[:2] in TAGGED else ''}')"
        for name in CONFIGURATIONS
    ),
)  # fmt: skip


def upgrade() -> None:
    # A PostgreSQL extension removes accents. The extension is trusted, so the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    for lang, stemmer in STEMMERS.items():
        # A dictionary without stop words, because words such as `against` and `no` matter in negotiations.
        op.execute(f"CREATE TEXT SEARCH DICTIONARY parley_{stemmer} (TEMPLATE = snowball, LANGUAGE = {stemmer})")
        _configure(lang, f"unaccent, parley_{stemmer}")
    for lang in ACCENTED:
        _configure(f"{lang}_accented", f"parley_{STEMMERS[lang]}")
    _configure("simple", "unaccent, simple")
    _configure("mixed", "unaccent, parley_russian")
    latin = "asciiword, asciihword, hword_asciipart"
    op.execute(f"ALTER TEXT SEARCH CONFIGURATION parley_mixed ALTER MAPPING FOR {latin} WITH parley_english")
    for statement in FUNCTIONS.split(";\n"):
        if statement.strip():
            _execute(statement)

    for table, columns in BEFORE.items():
        op.execute(f"DROP INDEX ix_{table}_search")
        op.execute(f"DROP INDEX ix_{table}_{columns[0]}_trgm")
    for table in NAMES:
        op.execute(f"DROP INDEX ix_{table}_text_trgm")
    for table, arguments in WORDS.items():
        added = [f"ADD words tsvector GENERATED ALWAYS AS (parley_words(lang, {arguments})) STORED"]
        if table not in NAMES and table != 'source':
            # This column precedes the column that is generated from it, because PostgreSQL processes the parts of an
            # ALTER from left to right.
            added.insert(0, "ADD lang text")
        if column := SPELT.get(table):
            added.append(f"ADD folded text GENERATED ALWAYS AS (parley_folded({column})) STORED")
        _execute(f"ALTER TABLE {table} {', '.join(added)}")
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")
        if table in SPELT:
            op.execute(f"CREATE INDEX ix_{table}_folded ON {table} USING gin (folded gin_trgm_ops)")


def _execute(statement: str) -> None:
    """Execute the SQL unchanged. `op.execute` would treat a colon as the start of a parameter name."""
    op.get_bind().exec_driver_sql(statement)


def _configure(name: str, dictionaries: str) -> None:
    op.execute(f'CREATE TEXT SEARCH CONFIGURATION parley_{name} (PARSER = pg_catalog."default")')
    op.execute(f"ALTER TEXT SEARCH CONFIGURATION parley_{name} ADD MAPPING FOR {TOKENS} WITH {dictionaries}")


def downgrade() -> None:
    spoken = [table for table in WORDS if table not in NAMES and table != 'source']
    for table in spoken:
        # Fail rather than delete data that cannot be recreated.
        said = op.get_bind().exec_driver_sql(f"SELECT true FROM {table} WHERE lang IS NOT NULL LIMIT 1").scalar()
        if said:
            raise RuntimeError(f"Some rows of {table} have a language, which the previous schema cannot store.")
    for table in WORDS:
        gone = ["DROP words"]
        if table in SPELT:
            gone.append("DROP folded")
        if table in spoken:
            gone.append("DROP lang")
        op.execute(f"ALTER TABLE {table} {', '.join(gone)}")
    for table, columns in BEFORE.items():
        joined = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
        _execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (to_tsvector('simple'::regconfig, {joined}))")
        op.execute(f"CREATE INDEX ix_{table}_{columns[0]}_trgm ON {table} USING gin ({columns[0]} gin_trgm_ops)")
    for table in NAMES:
        op.execute(f"CREATE INDEX ix_{table}_text_trgm ON {table} USING gin (text gin_trgm_ops)")
    op.execute("DROP FUNCTION parley_query(jsonb, boolean)")
    op.execute("DROP FUNCTION parley_words(text, text, text, text, text)")
    op.execute("DROP FUNCTION parley_vector(regconfig, text, text, text, text)")
    op.execute("DROP FUNCTION parley_tagged(text, text), parley_folded(text)")
    for name in CONFIGURATIONS:
        op.execute(f"DROP TEXT SEARCH CONFIGURATION parley_{name}")
    for stemmer in STEMMERS.values():
        op.execute(f"DROP TEXT SEARCH DICTIONARY parley_{stemmer}")
    op.execute("DROP EXTENSION IF EXISTS unaccent")
