"""Matches by name or title: whole, in part, or by similar spelling; and the suggested spelling of a query."""

from sqlalchemy import ColumnElement, FromClause, case, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from app.db.alias import AnySelect, Expression, aliased
from app.search.statements.candidates import Rules
from app.search.statements.hits import (
    ALIKE,
    ALIKE_TITLE,
    BEGINNING,
    BEGINS_A_WORD,
    INSIDE_A_WORD,
    LATER_WORD,
    WHOLE,
    QueryWords,
    bounded,
    hit,
    of_words,
    ranked,
    word,
)
from app.search.statements.searchable import Searched


def _spaced(text: Expression) -> Expression:
    return literal_column("' '").op("||")(text).op("||")(literal_column("' '"))


def _holds(text: Expression, part: Expression) -> ColumnElement[bool]:
    return func.strpos(text, part) > literal_column("0")


_ONE: Expression = literal_column("1")
_TEN: Expression = literal_column("10")


def match_names(searched: Searched, rules: Rules, query_words: QueryWords) -> AnySelect:
    """Select the records that match by a name (whole, in part or misspelled) or by the words of their text."""
    assert searched.names is not None
    own, name = aliased(searched.model), aliased(searched.names)
    part, like = query_words.part, literal_column("'%'").op("||")(query_words.part).op("||")(literal_column("'%'"))
    every = [
        select(key, row.folded, row.words, row.lang).where(test)
        for row, key in ((own, own.id), (name, name.owner_id))
        for test in (
            row.words.bool_op("@@")(query_words.tagged),
            row.folded.like(like),
            row.folded.bool_op("%>")(part),
        )
    ]
    rows = union_all(*(bounded(arm) for arm in every)).subquery()
    spelt, holds = rows.c.folded, rows.c.words.bool_op("@@")(query_words.tagged)
    likeness = func.word_similarity(part, spelt)
    ranks = func.greatest(
        func.coalesce(likeness * literal_column("0.6"), literal_column("0")), ranked(rows.c.words, query_words.tagged)
    )
    score = case(
        (spelt == part, WHOLE),
        (func.starts_with(spelt, part.op("||")(literal_column("' '"))), BEGINNING),
        (_holds(_spaced(spelt), _spaced(part)), LATER_WORD),
        (holds, of_words(ranks)),
        # For users who are still typing: "arak" is the beginning of Arakhamia, but also inside other words.
        (_holds(literal_column("' '").op("||")(spelt), literal_column("' '").op("||")(part)), BEGINS_A_WORD),
        (func.strpos(spelt, part) > literal_column("0"), INSIDE_A_WORD),
        else_=likeness * ALIKE,
    )  # fmt: skip
    matched = case(
        (func.strpos(spelt, part) > literal_column("0"), word("name")),
        (holds, word("words")),
        else_=word("similar"),
    )
    best = (
        select(rows.c.id, spelt, score.label("score"), matched.label("matched"))
        .ext(distinct_on(rows.c.id))
        .order_by(rows.c.id, score.desc())
        .subquery()
    )
    record = aliased(searched.model)
    is_alike = case((best.c.matched == word("similar"), best.c.folded))
    return bounded(
        select(*hit(searched, best.c.id, best.c.score, best.c.matched, is_alike))
        .select_from(best)
        .join(record, record.id == best.c.id)
        .where(*rules(record))
        # If there are more matches than are ranked, similar spellings are dropped first, because they have the lowest
        # scores.
        .order_by(best.c.score.desc(), best.c.id)
    )


def match_similar_titles(searched: Searched, rules: Rules, query_words: QueryWords) -> AnySelect:
    """Select the records whose title has a similar spelling."""
    record = aliased(searched.model)
    likeness = func.word_similarity(query_words.part, record.folded) * ALIKE_TITLE
    rows = select(*hit(searched, record.id, likeness, word("similar"), record.folded)).where(
        record.folded.bool_op("%>")(query_words.part),
        *rules(record),
    )
    return bounded(rows)


def suggested_spelling(hits: FromClause, query_words: QueryWords) -> Expression:
    """Select the query in the spelling of similar names and titles; NULL if the query itself matched something."""
    alike = select(hits.c.spelt).where(hits.c.spelt.is_not(None)).order_by(hits.c.score.desc()).limit(_TEN).subquery()
    apart = func.translate(alike.c.spelt, literal_column("'-–—,.;:()/'"), literal_column("'          '"))
    known = select(func.string_to_table(apart, literal_column("' '")).label("word")).subquery()
    written = (
        func.string_to_table(query_words.part, literal_column("' '"))
        .table_valued("word", with_ordinality="place", name="written")
        .render_derived()
    )
    likeness = func.similarity(known.c.word, written.c.word)
    nearest = (
        select(known.c.word).order_by(likeness.desc(), known.c.word).limit(_ONE).correlate(written).scalar_subquery()
    )
    words = func.string_agg(nearest, aggregate_order_by(literal_column("' '"), written.c.place))
    as_written = select(_ONE).select_from(hits).where(hits.c.spelt.is_(None)).exists()
    return select(words).select_from(written).where(~as_written).scalar_subquery()
