"""Statements of reads: the page of a list, a single record, or all rows, each with the revision that it reads."""

from functools import partial

from sqlalchemy import CTE, Date, FromClause, Integer, Text, Uuid, cast, func, literal_column, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.history import Head
from app.db.known_by import KnownDay
from app.reading.binding import Context
from app.reading.conditions import Condition, has_external_id
from app.reading.facets import facets_json
from app.reading.filter_clause import FilterClause, build_filter_clause
from app.reading.index_pages import drivers_of, select_from_links
from app.reading.keys import count_named
from app.reading.projection import as_json_list, columns, row_as_json
from app.reading.query import CountMode
from app.reading.rare_values import choose_lookup_or_scan, lookup_of
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import (
    ListStatementKey,
    Order,
    RecordStatementKey,
    after_cursor,
    sort_directions,
    sort_keys,
    unknown_of,
)
from app.reading.word_frequency import choose_words_or_scan, decides_by_words

#: `count=estimated` stops counting here.
MAX_COUNT = 10_000
#: The count of hidden records stops at this number, because hidden records are counted for each page.
MAX_HIDDEN = 1_000

_HEAD, _KNOWN_DAY = Head.__table__, KnownDay.__table__


def head() -> list[Expression]:
    """Number and instant of the revision that the statement reads, read in the statement itself."""
    return [
        select(_HEAD.c.revision).scalar_subquery().label("revision"),
        select(_HEAD.c.at).scalar_subquery().label("revised_at"),
    ]


def select_page(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The statement of a page. It returns the JSON of the records, the number of keys found (more than the
    limit if there is a next page), the last key, the count, the facets, the revision and its instant, and how many of
    the named records exist."""
    model = collection.model
    alias = aliased(model, name="r")
    clause = build_filter_clause(statement_key, collection, context)
    drivers = drivers_of(statement_key, model, clause.filters, clause.targets, context)
    if drivers:
        page = select_from_links(statement_key, model, context, drivers, clause.conditions)
    else:
        page = (
            _select_keys(alias, sort_keys(alias, statement_key.order), clause)
            .limit(literal_column(str(statement_key.size)))
            .subquery("top")
        )
    if decides_by_words(statement_key, model, context):
        other = aliased(model, name="w")
        listed = _select_keys(other, sort_keys(other, statement_key.order), clause).order_by(None)
        page = choose_words_or_scan(statement_key, model, context, listed, page)
    elif (lookup := lookup_of(statement_key, clause)) is not None:
        page = choose_lookup_or_scan(statement_key, lookup, partial(_select_keys_among, statement_key, clause), page)
    found = _keys_cte(page, statement_key.order, context)
    row_json = _row_of_key(statement_key, alias, found, context)
    shown = (
        select(row_json)
        .select_from(found.join(row_json, true()))
        .order_by(*sort_directions(list(found.c), statement_key.order))
        .limit(context.parameter("limit", Integer()))
    )
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in found.c)))
        .order_by(*sort_directions(list(found.c), statement_key.order))
        .offset(func.greatest(context.parameter("limit", Integer()) - 1, literal_column("0")))
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return select(
        cast(as_json_list(shown), Text).label("body"),
        select(func.count()).select_from(found).scalar_subquery().label("found"),
        cast(last, Text).label("last"),
        _count_column(clause).label("count"),
        cast(facets_json(clause), Text).label("facets"),
        *head(),
        *count_named(clause.targets),
    )


def _select_keys(alias: Columns, keys: list[Expression], clause: FilterClause) -> AnySelect:
    """The sort keys of all matches, in order, starting after the cursor."""
    rows = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(*clause.conditions(alias))
    ranged = clause.ranged
    for key, (name, descends) in zip(keys, clause.statement_key.order, strict=True):
        if name in ranged and (unknown := unknown_of(alias, name, descends)) is not None:
            # Unknown values are in no range. A condition on the sort key ends the index scan where the known values end.
            rows = rows.where(key > unknown if descends else key < unknown)
    if "cursor_0" in clause.context.bound:
        rows = rows.where(after_cursor(clause.statement_key.order, clause.context)(keys))
    return rows.order_by(*sort_directions(keys, clause.statement_key.order))


def _select_keys_among(statement_key: ListStatementKey, clause: FilterClause, ids: Expression) -> AnySelect:
    """Select the sort keys of those of the given records that match the query, in no particular order."""
    one = aliased(clause.collection.model, name="l")
    return _select_keys(one, sort_keys(one, statement_key.order), clause).where(one.id == func.any(ids)).order_by(None)


def select_opening(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The statement that runs before a stream's first row. It returns the revision, its instant, and how many of the
    named records exist."""
    return select(*head(), *count_named(build_filter_clause(statement_key, collection, context).targets))


def select_stream(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """Return the statement that reads all matches of a list, in order. Each row of its result is one record as JSON."""
    model = collection.model
    key, alias = aliased(model, name="key"), aliased(model, name="r")
    clause = build_filter_clause(statement_key, collection, context)
    rows = _select_keys(key, sort_keys(key, statement_key.order), clause)
    keys = rows.subquery("keys")
    shown = _row_of_key(statement_key, alias, keys, context)
    return (
        select(cast(func.row_to_json(shown.table_valued()), Text))
        .select_from(keys.join(shown, true()))
        .order_by(*sort_directions(list(keys.c), statement_key.order))
    )


def _row_of_key(
    statement_key: ListStatementKey, alias: Columns, keys: FromClause, context: Context
) -> LateralFromClause:
    """The row for each of these keys, as a LATERAL subquery with LIMIT 1.

    With a plain join, PostgreSQL would make all rows of a stream and sort them before it sends the first. With the
    views of a snapshot, PostgreSQL would also expect thousands of rows per key and read whole tables."""
    return (
        select(*columns(statement_key.schema, alias, context, statement_key.selection))
        .where(alias.id == keys.c[f"k{len(statement_key.order) - 1}"])
        .limit(literal_column("1"))
        .lateral("t")
    )


def _keys_cte(page: FromClause, order: Order, context: Context) -> CTE:
    return (
        select(*page.c)
        .order_by(*sort_directions(list(page.c), order))
        .limit(context.parameter("limit", Integer()) + 1)
        .cte("page")
    )


def _count_column(clause: FilterClause) -> Expression:
    mode = clause.statement_key.count
    if mode is CountMode.NONE:
        return literal_column("NULL::bigint")
    alias = aliased(clause.collection.model, name="n")
    rows: AnySelect = select(literal_column("1")).select_from(alias).where(*clause.conditions(alias, reads_all=True))
    if mode is CountMode.ESTIMATED:
        rows = rows.limit(literal_column(str(MAX_COUNT + 1)))
    return select(func.count()).select_from(rows.subquery("counted")).scalar_subquery()


def select_undated(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The number of matches without a dated source, at most `MAX_HIDDEN` + 1. If there are few such matches, an index
    finds them; if there are many, the limit is reached soon."""
    return _select_undated(statement_key, collection, context)


def select_undated_for_party(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The same, without the records that the party of `known_to` could know."""
    known = func.parley_known_to(
        collection.name, context.parameter("known_to_party", Uuid()), context.parameter("known_to_day", Date())
    )
    return _select_undated(statement_key, collection, context, _KNOWN_DAY.c.id.not_in(select(known)))


def _select_undated(
    statement_key: ListStatementKey, collection: ReadSpec, context: Context, *further: Expression
) -> AnySelect:
    alias = aliased(collection.model, name="u")
    clause = build_filter_clause(statement_key, collection, context)
    rows: AnySelect = (
        select(literal_column("1"))
        .select_from(alias)
        .join(_KNOWN_DAY, _KNOWN_DAY.c.id == alias.id)
        .where(_KNOWN_DAY.c.collection == collection.name, _KNOWN_DAY.c.known_on == literal_column("'infinity'::date"))
        .where(*clause.conditions(alias), *further)
        .limit(literal_column(str(MAX_HIDDEN + 1)))
    )
    return select(select(func.count()).select_from(rows.subquery("undated")).scalar_subquery().label("undated"))


def select_one(statement_key: RecordStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The statement of a single record by slug, id or external id: JSON, slug, version, withdrawal, revision. Always returns
    one row."""
    model = collection.model
    alias = aliased(model, name="r")
    alike: Expression = literal_column("1")
    if "key_slugs" in context.bound:
        there: Condition = alias.slug == context.parameter("key_slugs", Text())
    elif "key_ids" in context.bound:
        there = alias.id == context.parameter("key_ids")
    else:
        # Two records may have the same identifier in another data set. The identifier then identifies neither of them.
        other = aliased(model, name="n")
        is_live = other.withdrawn_at.is_(None)
        named_so = select(func.count()).select_from(other).where(has_external_id(other, "key", context), is_live)
        alike = named_so.scalar_subquery()
        there = has_external_id(alias, "key", context)
    first = (alias.withdrawn_at.is_not(None), alias.id)
    body = select(*columns(statement_key.schema, alias, context, statement_key.selection)).where(there)
    about = (
        select(alias.id, alias.slug, alias.row_version, alias.withdrawn_at, alias.withdrawn_reason)
        .where(there)
        .order_by(*first)
        .limit(literal_column("1"))
        .subquery("about")
    )
    return (
        select(
            cast(row_as_json(body.order_by(*first).limit(literal_column("1"))), Text).label("body"),
            about.c.id,
            about.c.slug,
            about.c.row_version,
            about.c.withdrawn_at,
            about.c.withdrawn_reason,
            alike.label("alike"),
            _HEAD.c.revision,
            _HEAD.c.at.label("revised_at"),
        )
        .select_from(_HEAD)
        .outerjoin(about, true())
    )
