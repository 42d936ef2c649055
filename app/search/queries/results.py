"""A search in one statement: what each collection may offer, the best of all, and the snippets of those alone."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on, distinct_on
from sqlalchemy.orm import aliased

from app.db.references import Citation, Source
from app.db.tables import proposals
from app.reading.binding import Context
from app.reading.conditions import condition, lexemes
from app.reading.filters import To
from app.reading.projection import as_json_list
from app.reading.references import Wanted, wanted
from app.reading.statements import head
from app.search.filters import Accounts, SearchedType
from app.search.queries.searched import FEW, PROBED, RANKED, WALKED, Searched
from app.search.shapes import Searching, types_of
from app.search.queries.snippets import shown

#: How much a word weighs by its place (D, C, B, A); 33: less in a long text, and always between 0 and 1.
_WEIGHTS = "'{0.1,0.2,0.4,1.0}'::real[]"
_NORMALIZED = "33"
_ONE: Any = literal_column("1")
_TEN: Any = literal_column("10")
_NOTHING = literal_column("NULL::text", Text)


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


def select_results(shape: Searching, _: Any, context: Context) -> Select[Any]:
    """The page's hits as JSON, how many each collection offers, the end of the page, the nearest spelling, the
    revision and its time, and how many of the named records exist."""
    asked = Asked(context)
    targets = {
        name: wanted(name, To(name_of, "id", below=name == "process"), context)
        for name, name_of in (("process", "processes"), ("party", "parties"))
        if any(part.startswith(f"{name}_") for part in context.bound)
    }
    searched = types_of(shape)
    rules: dict[str, Callable[[Any], list[Any]]] = {
        one.type: _rules(shape, one, context, targets, asked) for one in searched
    }
    found = union_all(*(_found(one, rules[one.type], asked) for one in searched)).cte("found")
    few = select(func.count()).select_from(found).scalar_subquery() < literal_column(str(FEW))
    titled = [one for one in searched if one.names is None and one.model.__spelt__]
    hits = found
    if titled:
        alike = union_all(*(_spelt_alike(one, rules[one.type], asked).where(few) for one in titled)).cte("alike")
        known = select(found.c.id)
        hits = union_all(select(*found.c), select(*alike.c).where(alike.c.id.not_in(known))).cte("hits")
    page = _page(hits, context)
    rows = shown(page, searched, asked, context)
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in (page.c.place, page.c.type, page.c.id))))
        .order_by(page.c.place, page.c.type, page.c.id)
        .offset(context.parameter("limit", Integer()) - 1)
        .limit(_ONE)
        .scalar_subquery()
    )
    counts = select(hits.c.type, func.count().label("count")).group_by(hits.c.type).order_by(hits.c.type)
    return select(
        cast(as_json_list(rows), Text).label("body"),
        cast(as_json_list(counts), Text).label("counts"),
        select(func.count()).select_from(page).scalar_subquery().label("found"),
        cast(last, Text).label("last"),
        _meant(hits, asked).label("did_you_mean"),
        *head(),
        *(
            select(func.count(target.asked.c.key.distinct())).scalar_subquery().label(f"known_{name}")
            for name, target in targets.items()
        ),
    )


# --- what a collection offers


def _rules(
    shape: Searching, one: Searched, context: Context, targets: dict[str, Wanted], asked: Asked
) -> Callable[[Any], list[Any]]:
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


def _found(one: Searched, rules: Callable[[Any], list[Any]], asked: Asked) -> Any:
    return _named(one, rules, asked) if one.names is not None else _worded(one, rules, asked)


def _hit(one: Searched, record_id: Any, score: Any, matched: Any, spelt: Any = _NOTHING) -> tuple[Any, ...]:
    """The columns of a hit; `spelt`: the name or title, where it is only spelt alike."""
    return (
        literal_column(f"'{one.type}'", Text).label("type"),
        record_id.label("id"),
        cast(score, Double).label("score"),
        matched.label("matched"),
        spelt.label("spelt"),
    )


def _word(text: str) -> Any:
    return literal_column(f"'{text}'", Text)


def _rank(record: Any, asked: Asked) -> Any:
    """Words near each other, and in the title, count more. The words of one language are looked up sooner than those
    of all, so records that do not say theirs are compared with the few that carry no language's name."""
    words = case((record.lang.is_(None), asked.plain), else_=asked.tagged)
    return func.ts_rank_cd(literal_column(_WEIGHTS), record.words, words, literal_column(_NORMALIZED))


def _worded(one: Searched, rules: Callable[[Any], list[Any]], asked: Asked) -> Any:
    """The records whose text holds the words: all that the index lists, or of common words the newest."""

    def taken(record: Any, rows: Select[Any]) -> Any:
        few = rows.limit(literal_column(str(RANKED + 1))).subquery()
        return select(*few.c)

    record = aliased(one.model)
    holds = record.words.bool_op("@@")(asked.tagged)
    listed = select(*_hit(one, record.id, _rank(record, asked), _word("words"))).where(holds, *rules(record))
    if not one.is_large:
        return taken(record, listed)
    is_common = _is_common(one, asked)
    newest = aliased(one.model)
    table: Any = (
        select(newest).order_by(newest.sort_on.desc(), newest.id.desc()).limit(literal_column(str(WALKED))).subquery()
    )
    walked = aliased(one.model, table)
    among = select(*_hit(one, walked.id, _rank(walked, asked), _word("words"))).where(
        walked.words.bool_op("@@")(asked.tagged), *rules(walked)
    )
    return union_all(taken(record, listed.where(not_(is_common))), taken(walked, among.where(is_common)))


def _is_common(one: Searched, asked: Asked) -> Any:
    newest = aliased(one.model)
    some = (
        select(newest.words)
        .order_by(newest.sort_on.desc(), newest.id.desc())
        .limit(literal_column(str(PROBED)))
        .subquery()
    )
    holding = select(func.count()).select_from(some).where(some.c.words.bool_op("@@")(asked.tagged))
    return holding.scalar_subquery() * literal_column("10") >= literal_column(str(PROBED))


def _named(one: Searched, rules: Callable[[Any], list[Any]], asked: Asked) -> Any:
    """Records by their names, whole, in part or misspelt, and by the words of their text."""
    own, name = aliased(one.model), aliased(one.names)
    part, like = asked.part, literal_column("'%'").op("||")(asked.part).op("||")(literal_column("'%'"))
    every = [
        select(key, row.folded, row.words, row.lang).where(test)
        for row, key in ((own, own.id), (name, name.owner_id))
        for test in (
            row.words.bool_op("@@")(asked.tagged),
            row.folded.like(like),
            row.folded.bool_op("%>")(part),
        )
    ]
    rows = union_all(*(_bounded(arm) for arm in every)).subquery()
    spelt, holds = rows.c.folded, rows.c.words.bool_op("@@")(asked.tagged)
    likeness = func.word_similarity(part, spelt) * literal_column("0.6")
    score = case(
        (spelt == part, literal_column("1.0")),
        (func.starts_with(spelt, part), literal_column("0.9")),
        (func.strpos(literal_column("' '").op("||")(spelt), literal_column("' '").op("||")(part)) > literal_column("0"),
         literal_column("0.85")),
        (func.strpos(spelt, part) > literal_column("0"), literal_column("0.7")),
        (holds, func.greatest(
            func.coalesce(likeness, literal_column("0")),
            func.ts_rank_cd(literal_column(_WEIGHTS), rows.c.words, asked.tagged, literal_column(_NORMALIZED)),
        )),
        else_=likeness,
    )  # fmt: skip
    matched = case(
        (func.strpos(spelt, part) > literal_column("0"), _word("name")),
        (holds, _word("words")),
        else_=_word("similar"),
    )
    best = (
        select(rows.c.id, spelt, score.label("score"), matched.label("matched"))
        .ext(distinct_on(rows.c.id))
        .order_by(rows.c.id, score.desc())
        .subquery()
    )
    record = aliased(one.model)
    is_alike = case((best.c.matched == _word("similar"), best.c.folded))
    return _bounded(
        select(*_hit(one, best.c.id, best.c.score, best.c.matched, is_alike))
        .select_from(best)
        .join(record, record.id == best.c.id)
        .where(*rules(record))
    )


def _spelt_alike(one: Searched, rules: Callable[[Any], list[Any]], asked: Asked) -> Select[Any]:
    record = aliased(one.model)
    likeness = func.word_similarity(asked.part, record.folded) * literal_column("0.3")
    rows = select(*_hit(one, record.id, likeness, _word("similar"), record.folded)).where(
        record.folded.bool_op("%>")(asked.part),
        *rules(record),
    )
    return _bounded(rows)


def _bounded(rows: Select[Any]) -> Select[Any]:
    some = rows.limit(literal_column(str(RANKED + 1))).subquery()
    return select(*some.c)


# --- the best of all


def _page(hits: Any, context: Context) -> Any:
    place = (-hits.c.score).label("place")
    rows = select(hits.c.type, hits.c.id, hits.c.score, hits.c.matched, place)
    if "cursor_0" in context.bound:
        end = tuple_(
            cast(context.parameter("cursor_0", Text()), Double),
            context.parameter("cursor_1", Text()),
            cast(context.parameter("cursor_2", Text()), Uuid),
        )
        rows = rows.where(tuple_(-hits.c.score, hits.c.type, hits.c.id) > end)
    ordered = rows.order_by(place, hits.c.type, hits.c.id)
    return ordered.limit(context.parameter("limit", Integer()) + 1).cte("page")


def _meant(hits: Any, asked: Asked) -> Any:
    """The words as the names and titles that are spelt alike have them; NULL where something was found as written."""
    alike = select(hits.c.spelt).where(hits.c.spelt.is_not(None)).order_by(hits.c.score.desc()).limit(_TEN).subquery()
    apart = func.translate(alike.c.spelt, literal_column("'-–—,.;:()/'"), literal_column("'          '"))
    known = select(func.string_to_table(apart, literal_column("' '")).label("word")).subquery()
    written = (
        func.string_to_table(asked.part, literal_column("' '"))
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
