"""The candidates of a collection: records whose text contains the words and that match the filters."""

from collections.abc import Callable

from sqlalchemy import ARRAY, ColumnElement, Text, func, literal_column, not_, or_, select, union_all

from app.db.alias import AnyRows, Columns, Expression, aliased
from app.db.references import Citation, Source
from app.reading.binding import Context
from app.reading.conditions import filter_condition
from app.reading.keys import NamedRecords
from app.reading.word_frequency import is_common
from app.search.filters import Accounts
from app.search.statement_keys import SearchKey
from app.search.statements.hits import QueryWords, bounded, hit, of_words, rank_expression, word
from app.search.statements.searchable import COMMON, WALKED, Searched

_ONE: Expression = literal_column("1")
#: Builds the conditions on a record, besides the words.
Rules = Callable[[Columns], list[ColumnElement[bool]]]


def rules(
    statement_key: SearchKey,
    searched: Searched,
    context: Context,
    targets: dict[str, NamedRecords],
    query_words: QueryWords,
) -> Rules:
    """Return a function that builds the conditions on a record of this collection, besides the words."""

    def rules(record: Columns) -> list[ColumnElement[bool]]:
        held: list[ColumnElement[bool]] = [record.withdrawn_at.is_(None)]
        if searched.spec.reference and statement_key.accounts is Accounts.REFERENCE:
            held.append(getattr(record, searched.spec.reference))
        for name in targets:
            held.append(filter_condition(name, statement_key.filters[searched.type][name], record, context, targets))
        if "lang" in context.bound:
            held.append(_spoken(searched, record, context.parameter("lang", ARRAY(Text))))
        if "q_not" in context.bound:
            held.append(not_(record.words.bool_op("@@")(query_words.unwanted)))
            if searched.names is not None:
                called = aliased(searched.names)
                named = select(_ONE).where(
                    called.owner_id == record.id, called.words.bool_op("@@")(query_words.unwanted)
                )
                held.append(~named.correlate(record).exists())
        return held

    return rules


def _spoken(searched: Searched, record: Columns, languages: Expression) -> ColumnElement[bool]:
    """Whether one of the languages is that of the record, of one of its names, of a cited source, or of anything else
    that the collection declares."""
    source, citation = aliased(Source), aliased(Citation)
    cited = (
        select(_ONE)
        .where(
            citation.target_id == record.id,
            citation.withdrawn_at.is_(None),
            source.id == citation.source_id,
            source.lang == func.any(languages),
        )
        .correlate(record)
    )
    ways = [record.lang == func.any(languages), cited.exists()]
    if searched.names is not None:
        name = aliased(searched.names)
        in_it = select(_ONE).where(name.owner_id == record.id, name.lang == func.any(languages))
        ways.append(in_it.correlate(record).exists())
    if labels := searched.model.__labelled__:
        ways.append(getattr(record, labels).has_any(languages))
    if isinstance(also := searched.spec.languages, str):
        ways.append(getattr(record, also).bool_op("&&")(languages))
    elif also is not None:
        ways.append(also(record, languages))
    return or_(*ways)


def match_words(searched: Searched, rules: Rules, query_words: QueryWords, *, is_filtered: bool) -> AnyRows:
    """Select the records whose text contains the words: from the index, or, for common words, from the newest records.

    If there is a filter, the index is used even for common words, because the newest records may include no match.
    """
    record = aliased(searched.model)
    holds = record.words.bool_op("@@")(query_words.tagged)
    listed = select(
        *hit(searched, record.id, of_words(rank_expression(searched, record, query_words)), word("words"))
    ).where(holds, *rules(record))
    if not searched.spec.is_large or is_filtered:
        return bounded(listed)
    common = is_common(searched.model, query_words.tagged, COMMON)
    newest = aliased(searched.model)
    order = [getattr(newest, name).desc() for name in ("sort_on", *searched.model.__within_day__, "id")]
    table = select(newest).order_by(*order).limit(literal_column(str(WALKED))).subquery()
    walked = aliased(searched.model, rows=table)
    among = select(
        *hit(searched, walked.id, of_words(rank_expression(searched, walked, query_words)), word("words"))
    ).where(walked.words.bool_op("@@")(query_words.tagged), *rules(walked))
    return union_all(bounded(listed.where(not_(common))), bounded(among.where(common)))
