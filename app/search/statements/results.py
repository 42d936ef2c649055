"""The search statement. It selects candidates from each collection, ranks them, and makes snippets for the best."""

from sqlalchemy import CTE, Double, Integer, Text, Uuid, cast, func, literal_column, select, tuple_, union_all

from app.db.alias import AnyRows, AnySelect, Expression
from app.reading.binding import Context
from app.reading.filters import To
from app.reading.keys import count_named, find_named_records
from app.reading.projection import as_json_list
from app.reading.statements import head
from app.search.statement_keys import SearchKey
from app.search.statements.candidates import match_words, rules
from app.search.statements.counts import search_facets_json
from app.search.statements.hits import QueryWords
from app.search.statements.searchable import FEW
from app.search.statements.snippets import select_hits
from app.search.statements.spelling import match_names, match_similar_titles, suggested_spelling

_ONE: Expression = literal_column("1")


def select_results(statement_key: SearchKey, _: object, context: Context) -> AnySelect:
    """Build the search statement.

    It returns the hits of the page as JSON, the facets, the end of the page for the cursor, the suggested spelling, the revision
    and its time, and how many of the records that the filters name exist."""
    query_words = QueryWords(context)
    targets = {
        name: find_named_records(name, To(name_of, "id", below=name == "process"), context)
        for name, name_of in (("process", "processes"), ("party", "parties"))
        if any(part.startswith(f"{name}_") for part in context.bound)
    }
    searched = list(statement_key.searched)
    is_filtered = bool(targets) or "lang" in context.bound
    offered: list[AnyRows] = []
    titled: list[AnySelect] = []
    for collection in searched:
        held = rules(statement_key, collection, context, targets, query_words)
        if collection.names is not None:
            offered.append(match_names(collection, held, query_words))
            continue
        offered.append(match_words(collection, held, query_words, is_filtered=is_filtered))
        if collection.model.__spelt__:
            titled.append(match_similar_titles(collection, held, query_words))
    found = union_all(*offered).cte("found")
    few = select(func.count()).select_from(found).scalar_subquery() < literal_column(str(FEW))
    hits = found
    if titled:
        alike = union_all(*(rows.where(few) for rows in titled)).cte("alike")
        already = select(found.c.id)
        hits = union_all(select(*found.c), select(*alike.c).where(alike.c.id.not_in(already))).cte("hits")
    page = _page(hits, context)
    rows = select_hits(page, searched, query_words, context)
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in (page.c.place, page.c.type, page.c.id))))
        .order_by(page.c.place, page.c.type, page.c.id)
        .offset(func.greatest(context.parameter("limit", Integer()) - 1, literal_column("0")))
        .limit(_ONE)
        .scalar_subquery()
    )
    return select(
        cast(as_json_list(rows), Text).label("body"),
        cast(search_facets_json(statement_key, hits, searched), Text).label("facets"),
        select(func.count()).select_from(page).scalar_subquery().label("found"),
        cast(last, Text).label("last"),
        suggested_spelling(hits, query_words).label("did_you_mean"),
        *head(),
        *count_named(targets),
    )


def _page(hits: CTE, context: Context) -> CTE:
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
