"""The facets of a search: the number of results for each value."""

from sqlalchemy import ARRAY, CTE, Text, Uuid, case, cast, func, literal_column, null, select, union_all

from app.db.alias import AnySelect, Expression, aliased
from app.db.tables import RECORDS
from app.reading.facets import ancestors, facet_json, join_path, label_of, value_of
from app.reading.filters import To
from app.search.filters import SearchFacet
from app.search.statement_keys import SearchKey
from app.search.statements.searchable import RANKED, Searched


def search_facets_json(statement_key: SearchKey, hits: CTE, searched: list[Searched]) -> Expression:
    """Build a JSON object with all facets, in the same format as for lists."""
    by_type = select(hits.c.type, func.count().label("count")).group_by(hits.c.type).cte("by_type")
    ranked = func.least(by_type.c.count, literal_column(str(RANKED)))
    of = func.coalesce(select(func.sum(ranked)).scalar_subquery(), literal_column("0"))
    most = select(func.max(by_type.c.count)).scalar_subquery()
    is_ = case((most > literal_column(str(RANKED)), literal_column("'at_least'")), else_=literal_column("'exact'"))
    parts: list[Expression] = []
    for facet in statement_key.facets:
        if facet is SearchFacet.TYPE:
            counted, collection = select(by_type.c.type.label("value"), ranked.label("count")), None
        else:
            counted, collection = _by_records(statement_key, facet, hits, searched)
        parts += [literal_column(f"'{facet}'"), facet_json(str(facet), counted, collection, of, is_)]
    return func.json_build_object(*parts)


def _by_records(
    statement_key: SearchKey, facet: SearchFacet, hits: CTE, searched: list[Searched]
) -> tuple[AnySelect, str | None]:
    """Select the values of a facet of records, each with the number of hits that a filter by this record would return."""
    ties: list[AnySelect] = []
    collection = ""
    below = False
    for one in searched:
        marker = statement_key.filters[one.type].get(str(facet))
        if not isinstance(marker, To):
            continue
        collection, below = marker.collection, marker.below
        for path in (marker.path,) if isinstance(marker.path, str) else marker.path:
            record = aliased(one.model)
            # Pass the ids as an array, so that PostgreSQL uses the index; with a join it might scan a whole as_of view.
            ids = func.array(select(hits.c.id).where(hits.c.type == _word(one)).scalar_subquery(), type_=ARRAY(Uuid))
            found: AnySelect = select().select_from(record).where(record.id == func.any(ids))
            found, at, column = join_path(found, record, path, marker.where)
            ties.append(found.add_columns(record.id.label("hit"), getattr(at, column).label("tied")))
    if not ties:
        nothing = cast(null(), Text)
        none: AnySelect = select(nothing.label("value"), literal_column("0").label("count")).where(
            literal_column("false")
        )
        return none, None
    every = union_all(*ties).subquery("every")
    tied = select(every.c.hit, every.c.tied).cte(f"tied_{facet}")
    rows: AnySelect = select().select_from(tied)
    key: Expression = tied.c.tied
    model = RECORDS[collection]
    if below:
        higher = ancestors(model).alias()
        rows, key = rows.join(higher, higher.c.id == tied.c.tied), higher.c.above
    named = aliased(model)
    shown = [value_of(named).label("value"), label_of(named).label("label"), named.id.label("id")]
    # Hits without a value are not counted: the search has no filter for them.
    counted: AnySelect = (
        rows.join(named, named.id == key)
        .add_columns(*shown, func.count(tied.c.hit.distinct()).label("count"))
        .group_by(*shown)
    )
    return counted, collection


def _word(collection: Searched) -> Expression:
    return literal_column(f"'{collection.type}'", Text)
