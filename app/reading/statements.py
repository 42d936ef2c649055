"""One question, one statement: the page of a list, or one record, with the revision that it saw.

`Listing` and `Single` are the shapes: everything that decides the SQL text, and nothing that a value could change.
They are the keys of the cache of compiled statements.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
    values,
)
from sqlalchemy.orm import aliased

from app.db.base import Base, Record
from app.db.history import Head
from app.reading.binding import Context
from app.reading.collections import Readable
from app.reading.conditions import Condition, condition, identified, named, present, worded
from app.reading.filters import FILTERS, Option, To
from app.reading.projection import as_json, as_json_list, columns
from app.reading.query import CountMode, markers
from app.reading.references import Wanted, wanted
from app.reading.selection import Selection

#: The key columns of a sort: attribute and whether it descends. The last one is always the id.
Order = tuple[tuple[str, bool], ...]

#: PostgreSQL plans a page of unknown size as a tenth of the table and sorts it whole. The statement therefore says
#: the next of these sizes as a literal, inside a limit that is bound.
SIZES = (11, 51, 501)

COUNTED = 10_000

#: Up to so many links, looking at each one (up to 6 µs) is sooner done than anything else.
RARE = 1_000


@dataclass(frozen=True)
class Listing:
    """The shape of a list's statement."""

    collection: str
    query: type[BaseModel]
    bound: frozenset[str]
    variants: tuple[tuple[str, str], ...]
    selected: Any
    order: Order
    size: int
    count: CountMode
    has: tuple[str, ...]
    missing: tuple[str, ...]
    #: The tree itself; `selected` is its key.
    selection: Selection = field(compare=False)


@dataclass(frozen=True)
class Single:
    """The shape of a single record's statement."""

    collection: str
    schema: type[BaseModel]
    bound: frozenset[str]
    selected: Any
    selection: Selection = field(compare=False)


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
    drivers = _drivers(shape, collection.model, filters, targets)

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
    after = _after(shape.order, context) if "cursor_0" in context.bound else None
    if drivers:
        page = _from_links(shape, model, context, drivers, targets, conditions)
    else:
        inner = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(*conditions(alias))
        if after is not None:
            inner = inner.where(after(keys))
        page = inner.order_by(*_directed(keys, shape.order)).limit(literal_column(str(shape.size))).subquery("top")
    found = _keys_cte(page, shape.order, context)
    shown = (
        select(*columns(collection.summary, alias, context, shape.selection))
        .select_from(found)
        .join(alias, alias.id == found.c[f"k{len(keys) - 1}"])
        .order_by(*_directed(list(found.c), shape.order))
        .limit(context.parameter("limit", Integer()))
    )
    last = (
        select(func.json_build_array(*(cast(part, Text) for part in found.c)))
        .order_by(*_directed(list(found.c), shape.order))
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
        .order_by(*_directed(list(page.c), order))
        .limit(context.parameter("limit", Integer()) + 1)
        .cte("page")
    )


def _directed(keys: list[Any], order: Order) -> list[Any]:
    return [key.desc() if descends else key.asc() for key, (_, descends) in zip(keys, order, strict=True)]


def _after(order: Order, context: Context) -> Any:
    """The condition that a key lies after the cursor's: one comparison of rows where all go the same way."""

    def beyond(keys: list[Any]) -> Condition:
        given = [cast(context.parameter(f"cursor_{n}", Text()), key.type) for n, key in enumerate(keys)]
        directions = {descends for _, descends in order}
        if len(directions) == 1:
            row, limit = tuple_(*keys), tuple_(*given)
            return row < limit if directions.pop() else row > limit
        arms = []
        for n, (_, descends) in enumerate(order):
            step = keys[n] < given[n] if descends else keys[n] > given[n]
            arms.append(and_(*(keys[m] == given[m] for m in range(n)), step))
        return or_(*arms)

    return beyond


def _drivers(
    shape: Listing, model: type[Record], filters: list[tuple[str, Any]], targets: dict[str, Wanted]
) -> list[tuple[str, To]]:
    """The filters whose indexes have the page's keys in the page's order. The first leads; of the others only those
    with a link table of their own, which is then merged with the leader's."""
    attributes = tuple(name for name, _ in shape.order)
    if attributes != ("sort_on", "id") or len({descends for _, descends in shape.order}) != 1:
        return []
    found = [(name, marker) for name, marker in filters if name in targets and marker.newest]
    # One that names the record's own column is as good a condition on the record as it is a leader.
    linked = [(name, marker) for name, marker in found if marker.newest[0] != model.__tablename__ and not marker.every]
    return linked or found[:1]


def _from_links(
    shape: Listing,
    model: type[Record],
    context: Context,
    drivers: list[tuple[str, To]],
    targets: dict[str, Wanted],
    conditions: Any,
) -> Any:
    """The page's keys from the top of an index, for each wanted id: never more than a page is read and sorted.

    With two such filters three ways lead to the page, and each is the best for some values and 10 to 100 times slower
    than the best for others. The statement holds all three, and what it counts at its start opens one of them.
    """

    def way(leading: list[tuple[str, To]]) -> Any:
        return _led(shape, model, context, leading, drivers, targets, conditions)

    if len(drivers) == 1:
        ways = way(drivers)
    else:
        first, second, *_ = drivers
        is_rare, is_one = _is_rare(first[1], targets[first[0]]), _is_one(targets[first[0]])
        ways = union_all(
            # Two indexes in the same order: their merge, which ends when the page is full.
            way(drivers).where(is_one),
            # An issue with many below it: a merge for each would read the other index as often (54 ms against 2).
            way([second]).where(not_(is_one), not_(is_rare)),
            # Where all of them together have few links, the other index might be read to its end: look at each link.
            way([first]).where(not_(is_one), is_rare),
        )
    found = ways.subquery("found")
    # One demand may be tied to two of the wanted ids; it is one record of the page.
    return select(found.c.k0, found.c.k1).distinct().subquery("keys")


def _led(
    shape: Listing,
    model: type[Record],
    context: Context,
    leading: list[tuple[str, To]],
    drivers: list[tuple[str, To]],
    targets: dict[str, Wanted],
    conditions: Any,
) -> Any:
    """The first keys of each wanted id of the leading filters (of several: of their merge); the others of the drivers
    are looked up for each key."""
    owner = aliased(model, name="o")
    links: list[tuple[Any, Any]] = []
    origin: Any = None
    tied: list[Condition] = []
    for name, marker in leading:
        assert marker.newest
        table_name, id_column, roles = marker.newest
        ids = targets[name].ids.alias()
        sources = select(ids.c.id.distinct().label("id")).subquery(f"{name}_source")
        origin = sources if origin is None else origin.join(sources, true())
        if table_name == model.__tablename__:
            links.append((getattr(owner, "sort_on"), owner.id))  # noqa: B009 - not every record has it
            tied.append(getattr(owner, id_column) == sources.c.id)
            continue
        link = Base.metadata.tables[table_name].alias(f"{name}_link")
        links.append((link.c.sort_on, link.c[f"{model.__tablename__}_id"]))
        tied.append(link.c[id_column] == sources.c.id)
        if roles:
            role = values(column("role", Text), name=f"{name}_role").data([(word,) for word in roles])
            tied.append(link.c.role == role.c.role)
            origin = origin.join(role, true())
    (link_date, link_owner), *others = links
    looked_up = [driver for driver in drivers if driver not in leading]
    settled = frozenset(name for name, marker in drivers if not marker.every)
    rows: Any = select(link_date.label("k0"), link_owner.label("k1")).where(
        owner.id == link_owner,
        *tied,
        *(and_(day == link_date, key == link_owner) for day, key in others),
        *(_looked_up(marker, model, link_owner, targets[name]) for name, marker in looked_up),
        *conditions(owner, settled),
    )
    if "cursor_0" in context.bound:
        rows = rows.where(_after(shape.order, context)([link_date, link_owner]))
    top = (
        rows.order_by(*_directed([link_date, link_owner], shape.order))
        .limit(literal_column(str(shape.size)))
        .lateral("top")
    )
    return select(top.c.k0, top.c.k1).select_from(origin.join(top, true()))


def _link_rows(marker: To, wanted: Wanted) -> tuple[Any, Select[Any]]:
    """The link table of a filter, and a SELECT of its rows with the wanted ids, in whatever role it asks for."""
    assert marker.newest
    table_name, id_column, roles = marker.newest
    link = Base.metadata.tables[table_name].alias()
    rows = select(literal_column("true", Boolean)).select_from(link).where(link.c[id_column] == func.any(wanted.array))
    return link, rows.where(link.c.role.in_(roles)) if roles else rows


def _looked_up(marker: To, model: type[Record], key: Any, wanted: Wanted) -> Condition:
    """Whether the record of this key has such a link. No EXISTS: the planner would make it a join of whole tables."""
    link, rows = _link_rows(marker, wanted)
    one = rows.where(link.c[f"{model.__tablename__}_id"] == key).limit(literal_column("1"))
    return one.correlate_except(link).scalar_subquery()


def _is_rare(marker: To, wanted: Wanted) -> Condition:
    _, rows = _link_rows(marker, wanted)
    some = rows.limit(literal_column(str(RARE + 1))).subquery("some")
    return select(func.count()).select_from(some).scalar_subquery() <= literal_column(str(RARE))


def _is_one(wanted: Wanted) -> Condition:
    return select(func.count()).select_from(wanted.ids.alias()).scalar_subquery() == literal_column("1")


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
    if "key_slugs" in context.bound:
        there: Condition = alias.slug == context.parameter("key_slugs", Text())
    elif "key_ids" in context.bound:
        there = alias.id == context.parameter("key_ids")
    else:
        there = identified(alias, "key", context)
    body = select(*columns(shape.schema, alias, context, shape.selection)).where(there)
    about = (
        select(alias.id, alias.slug, alias.row_version, alias.withdrawn_at, alias.withdrawn_reason)
        .where(there)
        .limit(literal_column("1"))
        .subquery("about")
    )
    return (
        select(
            cast(as_json(body.limit(literal_column("1"))), Text).label("body"),
            about.c.id,
            about.c.slug,
            about.c.row_version,
            about.c.withdrawn_at,
            about.c.withdrawn_reason,
            Head.revision,
        )
        .select_from(Head)
        .outerjoin(about, true())
    )
