"""One question, one statement: the page of a list, or one record, with the revision that it saw."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, Text, cast, func, literal_column, select, true
from sqlalchemy.orm import aliased

from app.db.base import Record
from app.db.history import Head
from app.reading.binding import Context
from app.reading.collections import Readable
from app.reading.conditions import Condition, condition, identified, named, present, worded
from app.reading.filters import FILTERS, Option, To
from app.reading.projection import as_json, as_json_list, columns
from app.reading.query import CountMode, markers
from app.reading.references import wanted
from app.reading.shapes import Listing, Order, Single, after_cursor, directed
from app.reading.tops import drivers_of, select_from_links

#: Where `count=estimated` stops counting.
COUNTED = 10_000


def revision() -> ColumnElement[Any]:
    """Read in the statement itself: the number of the snapshot that the answer was made from."""
    return select(Head.revision).scalar_subquery()


def select_page(shape: Listing, collection: Readable, context: Context) -> Select[Any]:
    """Body, number of keys found (one more than asked = there is a next page), last key, count, revision, and how
    many of the named records exist."""
    model = collection.model
    alias = aliased(model, name="r")
    filters = [(name, marker) for name, marker in markers(shape.query, FILTERS) if not isinstance(marker, Option)]
    targets = {
        name: wanted(name, marker, context)
        for name, marker in filters
        if isinstance(marker, To) and any(f"{name}_{kind}" in context.bound for kind in ("slugs", "ids", "schemes"))
    }
    drivers = drivers_of(shape, collection.model, filters, targets)

    def conditions(of: Any, leaving_out: frozenset[str] = frozenset()) -> list[Condition]:
        found: list[Condition] = [of.withdrawn_at.is_(None)]
        for name, marker in filters:
            if name in leaving_out or not (name in targets or name in context.bound):
                continue
            if name != "id":
                found.append(condition(name, marker, of, context, targets))
        if any(part.startswith("id_") for part in context.bound):
            found.append(named(of, context))
        if "external_id_schemes" in context.bound:
            found.append(identified(of, "external_id", context))
        if "q" in context.bound:
            found.append(worded(of, context))
        if "updated_since" in context.bound:
            found.append(of.updated_at >= context.parameter("updated_since"))
        for names, wished in ((shape.has, True), (shape.missing, False)):
            for path in names:
                rule = collection.presence.get(path, path)
                there = present(of, rule) if isinstance(rule, str) else rule(of)
                found.append(there if wished else ~there)
        return found

    keys = [getattr(alias, name) for name, _ in shape.order]
    after = after_cursor(shape.order, context) if "cursor_0" in context.bound else None
    if drivers:
        page = select_from_links(shape, model, context, drivers, targets, conditions)
    else:
        inner = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(*conditions(alias))
        if after is not None:
            inner = inner.where(after(keys))
        page = inner.order_by(*directed(keys, shape.order)).limit(literal_column(str(shape.size))).subquery("top")
    found = _keys_cte(page, shape.order, context)
    shown = (
        select(*columns(collection.summary, alias, context, shape.selection))
        .select_from(found)
        .join(alias, alias.id == found.c[f"k{len(keys) - 1}"])
        .order_by(*directed(list(found.c), shape.order))
        .limit(context.parameter("limit", Integer()))
    )
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in found.c)))
        .order_by(*directed(list(found.c), shape.order))
        .offset(context.parameter("limit", Integer()) - 1)
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return select(
        cast(as_json_list(shown), Text).label("body"),
        select(func.count()).select_from(found).scalar_subquery().label("found"),
        cast(last, Text).label("last"),
        _counted(shape, model, conditions).label("count"),
        revision().label("revision"),
        *(
            select(func.count(target.asked.c.key.distinct())).scalar_subquery().label(f"known_{name}")
            for name, target in targets.items()
        ),
    )


def _keys_cte(page: Any, order: Order, context: Context) -> CTE:
    return (
        select(*page.c)
        .order_by(*directed(list(page.c), order))
        .limit(context.parameter("limit", Integer()) + 1)
        .cte("page")
    )


def _counted(shape: Listing, model: type[Record], conditions: Any) -> Any:
    if shape.count is CountMode.NONE:
        return literal_column("NULL::bigint")
    alias = aliased(model, name="n")
    rows: Any = select(literal_column("1")).select_from(alias).where(*conditions(alias))
    if shape.count is CountMode.ESTIMATED:
        rows = rows.limit(literal_column(str(COUNTED + 1)))
    return select(func.count()).select_from(rows.subquery("counted")).scalar_subquery()


def select_one(shape: Single, model: type[Record], context: Context) -> Select[Any]:
    """The record by slug, id or external id: body, slug, version, when and why withdrawn, revision. Always one row."""
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
            Head.revision,
        )
        .select_from(Head)
        .outerjoin(about, true())
    )
