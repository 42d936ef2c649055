"""The words of a query as SQL expressions, and the columns that all parts of the search statement return."""

from typing import Any

from sqlalchemy import ColumnElement, Double, ScalarSelect, Text, case, cast, func, literal_column, select

from app.db.alias import AnySelect, Columns, Expression
from app.reading.binding import Context
from app.reading.conditions import lexemes
from app.search.statements.searchable import RANKED, Searched

#: Weights of the text search labels D, C, B and A; and the normalization flags of `ts_rank_cd`: 1 (divide by the logarithm of the
#: length) + 32 (scale to between 0 and 1).
_WEIGHTS = "'{0.1,0.2,0.4,1.0}'::real[]"
_NORMALIZED = "33"
_NOTHING = literal_column("NULL::text", Text)

# Each kind of match has its own range of scores, so that a weaker kind never comes before a stronger one. From the strongest:
# equal names; names that contain the query as whole words; matching words in texts (0.3 to 0.85); names with a word that begins
# with the query; names that contain the query inside a word; similar spelling.
# tests/search/test_search.py::test_nothing_spelt_alike_comes_before_what_holds_the_words
WHOLE: Expression = literal_column("1.0")
BEGINNING: Expression = literal_column("0.9")
LATER_WORD: Expression = literal_column("0.85")
BEGINS_A_WORD: Expression = literal_column("0.28")
INSIDE_A_WORD: Expression = literal_column("0.25")
#: Factors for the similarity of a name, and of a title.
ALIKE: Expression = literal_column("0.2")
ALIKE_TITLE: Expression = literal_column("0.1")


def of_words(rank: Expression) -> Expression:
    """Convert a text search rank (0 to 1) to a score."""
    return literal_column("0.3") + literal_column("0.55") * rank


class QueryWords:
    """The words of the query as expressions that are evaluated once per statement, in a materialized CTE."""

    def __init__(self, context: Context) -> None:
        part = func.parley_folded(context.parameter("q_part", Text()))
        columns = [
            lexemes(context, "q").label("tagged"),
            lexemes(context, "q", tagged=False).label("plain"),
            part.label("part"),
        ]
        if "q_not" in context.bound:
            columns.append(lexemes(context, "q_not").label("unwanted"))
        self.table = select(*columns).cte("requested").prefix_with("MATERIALIZED")

    def __getattr__(self, name: str) -> ScalarSelect[Any]:
        return select(self.table.c[name]).scalar_subquery()


def hit(
    searched: Searched, record_id: Expression, score: Expression, matched: Expression, spelt: Expression = _NOTHING
) -> tuple[Expression, ...]:
    """Build the columns of a hit; `spelt` is the name or title if only its spelling is similar."""
    return (
        literal_column(f"'{searched.type}'", Text).label("type"),
        record_id.label("id"),
        cast(score, Double).label("score"),
        matched.label("matched"),
        spelt.label("spelt"),
    )


def word(text: str) -> ColumnElement[str]:
    """Build a constant text."""
    return literal_column(f"'{text}'", Text)


def ranked(words: Expression, query_words: Expression) -> Expression:
    """Build the rank: words in the title, and words close to each other, have more weight."""
    return func.ts_rank_cd(literal_column(_WEIGHTS), words, query_words, literal_column(_NORMALIZED))


def rank_expression(searched: Searched, record: Columns, query_words: QueryWords) -> Expression:
    """Build the rank of a record. Records without a language are only compared with the untagged lexemes, which is faster;
    records with labels in several languages are compared with the lexemes of all languages."""
    if searched.model.__labelled__:
        return ranked(record.words, query_words.tagged)
    words = case((record.lang.is_(None), query_words.plain), else_=query_words.tagged)
    return ranked(record.words, words)


def bounded(rows: AnySelect) -> AnySelect:
    """Limit the rows to one more than are ranked. The additional row shows that there are more matches."""
    some = rows.limit(literal_column(str(RANKED + 1))).subquery()
    return select(*some.c)
