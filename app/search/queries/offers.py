"""What a collection offers to a search: its records whose text holds the words, under the filters."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, case, func, literal_column, not_, or_, select, union_all

from app.db.alias import aliased
from app.db.references import Citation, Source
from app.db.tables import proposals
from app.reading.binding import Context
from app.reading.conditions import condition
from app.reading.references import Wanted
from app.reading.words import is_common
from app.search.filters import Accounts, SearchedType
from app.search.queries.hits import Asked, bounded, hit, of_words, rank, word
from app.search.queries.searched import COMMON, WALKED, Searched
from app.search.shapes import Searching

_ONE: Any = literal_column("1")
#: What must hold of a record, besides the words.
Rules = Callable[[Any], list[Any]]


def rules(shape: Searching, one: Searched, context: Context, targets: dict[str, Wanted], asked: Asked) -> Rules:
    """What must hold of a record of this collection, besides the words."""

    def rules(record: Any) -> list[Any]:
        held = [record.withdrawn_at.is_(None)]
        if one.type is SearchedType.DEMANDS and shape.accounts is Accounts.REFERENCE:
            held.append(record.is_reference)
        for name in targets:
            held.append(condition(name, shape.filters[one.type][name], record, context, targets))
        if "lang" in context.bound:
            held.append(_spoken(one, record, context.parameter("lang", ARRAY(Text))))
        if "q_not" in context.bound:
            held.append(not_(record.words.bool_op("@@")(asked.unwanted)))
            if one.names is not None:
                name = aliased(one.names)
                named = select(_ONE).where(name.owner_id == record.id, name.words.bool_op("@@")(asked.unwanted))
                held.append(~named.correlate(record).exists())
        return held

    return rules


def _spoken(one: Searched, record: Any, languages: Any) -> ColumnElement[bool]:
    """Whether the record has to do with the language: its words, a name, its text as it was put forward, a source."""
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
    if one.names is not None:
        name = aliased(one.names)
        in_it = select(_ONE).where(name.owner_id == record.id, name.lang == func.any(languages))
        ways.append(in_it.correlate(record).exists())
    if one.type is SearchedType.PROPOSALS:
        ways.append(record.languages.bool_op("&&")(languages))
    if one.type is SearchedType.DEMANDS:
        proposal, account = aliased(proposals.Proposal), aliased(proposals.Account)
        texts = (
            select(_ONE)
            .where(
                proposal.id == record.proposal_id,
                account.id == record.account_id,
                # An account that says its languages is told in no other.
                case(
                    (func.cardinality(account.languages) > literal_column("0"), account.languages),
                    else_=proposal.languages,
                ).bool_op("&&")(languages),
            )
            .correlate(record)
        )
        ways.append(texts.exists())
    return or_(*ways)


def worded(one: Searched, rules: Rules, asked: Asked, *, is_filtered: bool) -> Any:
    """The records whose text holds the words: those that the index lists, or of common words the newest.

    Under a filter the newest may be none of those that are wanted: then the index is asked, however long its list.
    """
    record = aliased(one.model)
    holds = record.words.bool_op("@@")(asked.tagged)
    listed = select(*hit(one, record.id, of_words(rank(record, asked)), word("words"))).where(holds, *rules(record))
    if not one.is_large or is_filtered:
        return bounded(listed)
    common = is_common(one.model, asked.tagged, COMMON)
    newest = aliased(one.model)
    table: Any = (
        select(newest).order_by(newest.sort_on.desc(), newest.id.desc()).limit(literal_column(str(WALKED))).subquery()
    )
    walked = aliased(one.model, rows=table)
    among = select(*hit(one, walked.id, of_words(rank(walked, asked)), word("words"))).where(
        walked.words.bool_op("@@")(asked.tagged), *rules(walked)
    )
    return union_all(bounded(listed.where(not_(common))), bounded(among.where(common)))
