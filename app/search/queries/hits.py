"""The query as a statement needs it, and what each way of finding answers: hits, all with the same columns."""

from typing import Any

from sqlalchemy import Double, Select, Text, case, cast, func, literal_column, select

from app.reading.binding import Context
from app.reading.conditions import lexemes
from app.search.queries.searched import RANKED, Searched

#: How much a word weighs by its place (D, C, B, A); 33: less in a long text, and always between 0 and 1.
_WEIGHTS = "'{0.1,0.2,0.4,1.0}'::real[]"
_NORMALIZED = "33"
_NOTHING = literal_column("NULL::text", Text)

# Scores lie in bands, so that a hit by a weaker reason never comes before one by a stronger: a name that was written
# whole, or one that has the words as whole words of its own; words, between 0.3 and 0.85; a name of which a word begins so,
# or holds them inside; what is spelt alike.
# tests/search/test_search.py::test_nothing_spelt_alike_comes_before_what_holds_the_words
WHOLE: Any = literal_column("1.0")
BEGINNING: Any = literal_column("0.9")
LATER_WORD: Any = literal_column("0.85")
BEGINS_A_WORD: Any = literal_column("0.28")
INSIDE_A_WORD: Any = literal_column("0.25")
#: What a likeness from 0 to 1 counts: of a name, of a title.
ALIKE: Any = literal_column("0.2")
ALIKE_TITLE: Any = literal_column("0.1")


def of_words(rank: Any) -> Any:
    """The score of a rank of words, from 0 to 1."""
    return literal_column("0.3") + literal_column("0.55") * rank


class Asked:
    """The words of the query in the forms that the statement needs, each made once."""

    def __init__(self, context: Context) -> None:
        part = func.parley_folded(context.parameter("q_part", Text()))
        columns = [
            lexemes(context, "q").label("tagged"),
            lexemes(context, "q", tagged=False).label("plain"),
            part.label("part"),
        ]
        if "q_not" in context.bound:
            columns.append(lexemes(context, "q_not").label("unwanted"))
        self.table = select(*columns).cte("asked").prefix_with("MATERIALIZED")

    def __getattr__(self, name: str) -> Any:
        return select(self.table.c[name]).scalar_subquery()


def hit(one: Searched, record_id: Any, score: Any, matched: Any, spelt: Any = _NOTHING) -> tuple[Any, ...]:
    """The columns of a hit; `spelt`: the name or title, where it is only spelt alike."""
    return (
        literal_column(f"'{one.type}'", Text).label("type"),
        record_id.label("id"),
        cast(score, Double).label("score"),
        matched.label("matched"),
        spelt.label("spelt"),
    )


def word(text: str) -> Any:
    return literal_column(f"'{text}'", Text)


def ranked(words: Any, asked: Any) -> Any:
    """Words near each other, and in the title, count more."""
    return func.ts_rank_cd(literal_column(_WEIGHTS), words, asked, literal_column(_NORMALIZED))


def rank(one: Searched, record: Any, asked: Asked) -> Any:
    """How well the record's words fit. The words of one language are looked up sooner than those of all, so records that
    do not say theirs are compared with the few that carry no language's name; not those with labels in many."""
    if one.model.__labelled__:
        return ranked(record.words, asked.tagged)
    words = case((record.lang.is_(None), asked.plain), else_=asked.tagged)
    return ranked(record.words, words)


def bounded(rows: Select[Any]) -> Select[Any]:
    some = rows.limit(literal_column(str(RANKED + 1))).subquery()
    return select(*some.c)
