"""One question, one statement: the page of a list, one record, or all rows, with the revision that it saw."""

from functools import partial
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, Text, cast, func, literal_column, select, true

from app.db.alias import aliased
from app.db.history import Head
from app.db.known_by import KnownDay
from app.reading.binding import Context
from app.reading.conditions import Condition, identified
from app.reading.facets import facets_json
from app.reading.filter_clause import Filtered, filtered
from app.reading.index_pages import drivers_of, select_from_links
from app.reading.keys import known
from app.reading.projection import as_json, as_json_list, columns
from app.reading.query import CountMode
from app.reading.rare_values import looked_up_or_walked, lookup_of
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import Listing, Order, Single, after_cursor, directed, sort_keys, unknown_of
from app.reading.word_frequency import are_asked, listed_or_walked

#: Where `count=estimated` stops counting.
COUNTED = 10_000
#: Where counting those that nothing dated makes known stops: it is done for each page.
HIDDEN = 1_000

_HEAD, _KNOWN_DAY = Head.__table__, KnownDay.__table__


def head() -> list[ColumnElement[Any]]:
    """Read in the statement itself: number and time of the snapshot that the answer was made from."""
    return [
        select(_HEAD.c.revision).scalar_subquery().label("revision"),
        select(_HEAD.c.at).scalar_subquery().label("revised_at"),
    ]


def select_page(shape: Listing, collection: ReadSpec, context: Context) -> Select[Any]:
    """Body, number of keys found (one more than asked = there is a next page), last key, count, facets, revision and
    its time, and how many of the named records exist."""
    model = collection.model
    alias = aliased(model, name="r")
    asked = filtered(shape, collection, context)
    drivers = drivers_of(shape, model, asked.filters, asked.targets, context)
    if drivers:
        page = select_from_links(shape, model, context, drivers, asked.conditions)
    else:
        page = _keys(alias, sort_keys(alias, shape.order), asked).limit(literal_column(str(shape.size))).subquery("top")
    if are_asked(shape, model, context):
        other = aliased(model, name="w")
        listed = _keys(other, sort_keys(other, shape.order), asked).order_by(None)
        page = listed_or_walked(shape, model, context, listed, page)
    elif (lookup := lookup_of(shape, asked)) is not None:
        page = looked_up_or_walked(shape, lookup, partial(_keys_among, shape, asked), page)
    found = _keys_cte(page, shape.order, context)
    made = _made(shape, alias, found, context)
    shown = (
        select(made)
        .select_from(found.join(made, true()))
        .order_by(*directed(list(found.c), shape.order))
        .limit(context.parameter("limit", Integer()))
    )
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in found.c)))
        .order_by(*directed(list(found.c), shape.order))
        .offset(func.greatest(context.parameter("limit", Integer()) - 1, literal_column("0")))
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return select(
        cast(as_json_list(shown), Text).label("body"),
        select(func.count()).select_from(found).scalar_subquery().label("found"),
        cast(last, Text).label("last"),
        _counted(asked).label("count"),
        cast(facets_json(asked), Text).label("facets"),
        *head(),
        *known(asked.targets),
    )


def _keys(alias: Any, keys: list[Any], asked: Filtered) -> Select[Any]:
    """The keys of all that match, in order, from where the cursor stands."""
    rows = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(*asked.conditions(alias))
    ranged = asked.ranged
    for key, (name, descends) in zip(keys, asked.shape.order, strict=True):
        if name in ranged and (unknown := unknown_of(alias, name, descends)) is not None:
            # What is unknown is in no range: said of the sort itself, it ends the walk where the known values end.
            rows = rows.where(key > unknown if descends else key < unknown)
    if "cursor_0" in asked.context.bound:
        rows = rows.where(after_cursor(asked.shape.order, asked.context)(keys))
    return rows.order_by(*directed(keys, asked.shape.order))


def _keys_among(shape: Listing, asked: Filtered, ids: Any) -> Select[Any]:
    """The keys of those of some records that match, in no order."""
    one = aliased(asked.collection.model, name="l")
    return _keys(one, sort_keys(one, shape.order), asked).where(one.id == func.any(ids)).order_by(None)


def select_opening(shape: Listing, collection: ReadSpec, context: Context) -> Select[Any]:
    """What must be known before the first row of a stream is sent: revision and time, and which names exist."""
    return select(*head(), *known(filtered(shape, collection, context).targets))


def select_stream(shape: Listing, collection: ReadSpec, context: Context) -> Select[Any]:
    """Every row that matches, one JSON object each, in order: for reading through a cursor."""
    model = collection.model
    key, alias = aliased(model, name="key"), aliased(model, name="r")
    asked = filtered(shape, collection, context)
    rows = _keys(key, sort_keys(key, shape.order), asked)
    keys = rows.subquery("keys")
    shown = _made(shape, alias, keys, context)
    return (
        select(cast(func.row_to_json(shown.table_valued()), Text))
        .select_from(keys.join(shown, true()))
        .order_by(*directed(list(keys.c), shape.order))
    )


def _made(shape: Listing, alias: Any, keys: Any, context: Context) -> Any:
    """The row of each of these keys, one.

    It is made when its turn comes: joined otherwise, the planner of a stream sorts finished rows, and the first comes
    when the last is made. And of a view of the past it expects thousands of rows for a key, and reads all there are."""
    return (
        select(*columns(shape.schema, alias, context, shape.selection))
        .where(alias.id == keys.c[f"k{len(shape.order) - 1}"])
        .limit(literal_column("1"))
        .lateral("t")
    )


def _keys_cte(page: Any, order: Order, context: Context) -> CTE:
    return (
        select(*page.c)
        .order_by(*directed(list(page.c), order))
        .limit(context.parameter("limit", Integer()) + 1)
        .cte("page")
    )


def _counted(asked: Filtered) -> Any:
    mode = asked.shape.count
    if mode is CountMode.NONE:
        return literal_column("NULL::bigint")
    alias = aliased(asked.collection.model, name="n")
    rows: Any = select(literal_column("1")).select_from(alias).where(*asked.conditions(alias, reads_all=True))
    if mode is CountMode.ESTIMATED:
        rows = rows.limit(literal_column(str(COUNTED + 1)))
    return select(func.count()).select_from(rows.subquery("counted")).scalar_subquery()


def select_undated(shape: Listing, collection: ReadSpec, context: Context) -> Select[Any]:
    """How many of the records that match nothing dated makes known, counted up to `HIDDEN` and one. They are few and
    have an index, or many and soon counted."""
    alias = aliased(collection.model, name="u")
    asked = filtered(shape, collection, context)
    rows: Any = (
        select(literal_column("1"))
        .select_from(alias)
        .join(_KNOWN_DAY, _KNOWN_DAY.c.id == alias.id)
        .where(_KNOWN_DAY.c.collection == collection.name, _KNOWN_DAY.c.known_on == literal_column("'infinity'::date"))
        .where(*asked.conditions(alias))
        .limit(literal_column(str(HIDDEN + 1)))
    )
    return select(select(func.count()).select_from(rows.subquery("undated")).scalar_subquery().label("undated"))


def select_one(shape: Single, collection: ReadSpec, context: Context) -> Select[Any]:
    """The record by slug, id or external id: body, slug, version, when and why withdrawn, revision. Always one row."""
    model = collection.model
    alias = aliased(model, name="r")
    alike: ColumnElement[Any] = literal_column("1")
    if "key_slugs" in context.bound:
        there: Condition = alias.slug == context.parameter("key_slugs", Text())
    elif "key_ids" in context.bound:
        there = alias.id == context.parameter("key_ids")
    else:
        # Two records may bear one identifier of another data set; then it names neither.
        other = aliased(model, name="n")
        is_live = other.withdrawn_at.is_(None)
        named_so = select(func.count()).select_from(other).where(identified(other, "key", context), is_live)
        alike = named_so.scalar_subquery()
        there = identified(alias, "key", context)
    first = (alias.withdrawn_at.is_not(None), alias.id)
    body = select(*columns(shape.schema, alias, context, shape.selection)).where(there)
    about = (
        select(alias.id, alias.slug, alias.row_version, alias.withdrawn_at, alias.withdrawn_reason)
        .where(there)
        .order_by(*first)
        .limit(literal_column("1"))
        .subquery("about")
    )
    return (
        select(
            cast(as_json(body.order_by(*first).limit(literal_column("1"))), Text).label("body"),
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
