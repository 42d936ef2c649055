"""The keys of a page from the top of an index, where a filter's link rows carry the page's order.

"Demands on this issue, newest first" is then the head of one index for each wanted issue, and not a sort of all that
match: 0.2 ms against 60 (500,000 demands).
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    union,
    union_all,
    values,
)
from sqlalchemy.orm import aliased

from app.db.base import Base, Record
from app.reading.binding import Context
from app.reading.conditions import Condition
from app.reading.days import ALWAYS, NEVER, dating_record, may_be_member, may_last_until
from app.reading.filters import To
from app.reading.references import Wanted
from app.reading.shapes import Listing, after_cursor, directed

#: Up to so many links, looking at each one (up to 6 µs) is sooner done than anything else.
RARE = 1_000


def drivers_of(
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


def select_from_links(
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
        is_one, leads = _is_one(targets[first[0]]), _is_rare(first[1], targets[first[0]])
        if first[1].during is not None:
            leads = or_(leads, _has_dates(targets[first[0]]))
        ways = union_all(
            # Two indexes in the same order: their merge, which ends when the page is full.
            way(drivers).where(is_one),
            # An issue with many below it: a merge for each would read the other index as often (54 ms against 2).
            way([second]).where(not_(is_one), not_(leads)),
            # Where all of them together have few links, the other index might be read to its end: look at each link.
            # The same with dated memberships: only a range of the index is read.
            way([first]).where(not_(is_one), leads),
        )
    # One demand may be tied to two of the wanted ids; it is one record of the page.
    found = ways.subquery("found")
    page = select(found.c.k0, found.c.k1).distinct()
    coalitions = [(marker, targets[name]) for name, marker in drivers if marker.during is not None]
    if coalitions:
        page = _with_straddling(shape, model, context, coalitions, page, conditions)
    return page.subquery("keys")


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
        sources = _sources(marker, targets[name]).subquery(f"{name}_source")
        origin = sources if origin is None else origin.join(sources, true())
        if table_name == model.__tablename__:
            links.append((getattr(owner, "sort_on"), owner.id))  # noqa: B009 - not every record has it
            tied += [getattr(owner, id_column) == sources.c.id, *_date_range(marker, owner, links[-1][0], sources)]
            continue
        link = Base.metadata.tables[table_name].alias(f"{name}_link")
        links.append((link.c.sort_on, link.c[f"{model.__tablename__}_id"]))
        tied += [link.c[id_column] == sources.c.id, *_date_range(marker, owner, link.c.sort_on, sources)]
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
        *(_looked_up(marker, model, owner, link_owner, targets[name]) for name, marker in looked_up),
        *conditions(owner, settled),
    )
    if "cursor_0" in context.bound:
        rows = rows.where(after_cursor(shape.order, context)([link_date, link_owner]))
    top = (
        rows.order_by(*directed([link_date, link_owner], shape.order))
        .limit(literal_column(str(shape.size)))
        .lateral("top")
    )
    return select(top.c.k0, top.c.k1).select_from(origin.join(top, true()))


def _sources(marker: To, wanted: Wanted) -> Any:
    """The wanted ids, each once. Where membership dates count, each id has the range of dates in which its index is read.
    Records without a date (`sort_on` is `NEVER`) are outside most memberships; they are a second range."""
    ids = wanted.ids.alias()
    if marker.during is None:
        return select(ids.c.id.distinct().label("id"))
    dated = select(
        ids.c.id,
        func.coalesce(ids.c.since, NEVER).label("since"),
        func.coalesce(ids.c.until, ALWAYS).label("until"),
        cast(null(), Date).label("may_last_until"),
    )
    undated = select(ids.c.id, NEVER, NEVER, ids.c.since).where(ids.c.since > NEVER)
    return union(dated, undated)


def _date_range(marker: To, owner: Any, day: Any, sources: Any) -> list[Condition]:
    """The conditions on a link's date, which is the record's first possible day. All records of the range count. Records
    whose first day is before the membership and whose last day is in it are found by `_straddling`."""
    if marker.during is None:
        return []
    lasted = or_(sources.c.may_last_until.is_(None), may_last_until(owner, marker.during, sources.c.may_last_until))
    return [day >= sources.c.since, day <= sources.c.until, lasted]


def _with_straddling(
    shape: Listing,
    model: type[Record],
    context: Context,
    coalitions: list[tuple[To, Wanted]],
    page: Select[Any],
    conditions: Any,
) -> Any:
    """The page, and the records on it whose days straddle the beginning of a membership: no later than its last record."""
    top = page.order_by(*directed(list(page.selected_columns), shape.order)).limit(literal_column(str(shape.size)))
    in_range = top.cte("in_range")
    last = select(in_range.c.k0).order_by(*directed([in_range.c.k0, in_range.c.k1], shape.order))
    # Null where the page is not full: then all of them are on it.
    end = last.offset(literal_column(str(shape.size - 1))).limit(literal_column("1")).scalar_subquery()

    def is_before_end(day: Any) -> Condition:
        if shape.order[0][1]:
            return day >= func.coalesce(end, NEVER)  # type: ignore[no-any-return]
        return day <= func.coalesce(end, ALWAYS)  # type: ignore[no-any-return]

    others = [_straddling(shape, model, context, coalition, is_before_end, conditions) for coalition in coalitions]
    return union(select(in_range.c.k0, in_range.c.k1), *others)


def _straddling(
    shape: Listing,
    model: type[Record],
    context: Context,
    coalition: tuple[To, Wanted],
    is_before_end: Callable[[Any], Condition],
    conditions: Any,
) -> Select[Any]:
    """The keys of records whose first possible day is before a membership and whose last is in it: a record of "2013",
    a member since June. They are few. The index of the uncertain dates finds them; each is then tested exactly."""
    marker, wanted = coalition
    assert marker.during is not None
    owner: Any = aliased(model)
    dated, key, last = dating_record(owner, marker.during)
    ids = wanted.ids.alias()
    uncertain = (
        select(dated.id)
        .join(ids, and_(ids.c.since > dated.sort_on, ids.c.since <= last))
        .where(last > dated.sort_on, dated.sort_on > NEVER, is_before_end(dated.sort_on))
    )
    rows = select(owner.sort_on.label("k0"), owner.id.label("k1")).where(
        key == func.any(func.array(uncertain.scalar_subquery())), *conditions(owner, frozenset())
    )
    if "cursor_0" in context.bound:
        rows = rows.where(after_cursor(shape.order, context)([owner.sort_on, owner.id]))
    return rows


def _link_rows(marker: To, wanted: Wanted) -> tuple[Any, Select[Any]]:
    """The link table of a filter, and a SELECT of its rows with the wanted ids, in whatever role it asks for."""
    assert marker.newest
    table_name, id_column, roles = marker.newest
    link = Base.metadata.tables[table_name].alias()
    rows = select(literal_column("true", Boolean)).select_from(link).where(link.c[id_column] == func.any(wanted.array))
    return link, rows.where(link.c.role.in_(roles)) if roles else rows


def _looked_up(marker: To, model: type[Record], owner: Any, key: Any, wanted: Wanted) -> Condition:
    """Whether the record of this key has such a link. No EXISTS: the planner would make it a join of whole tables."""
    link, rows = _link_rows(marker, wanted)
    if marker.during is not None:
        assert marker.newest
        rows = rows.where(may_be_member(wanted, link.c[marker.newest[1]], owner, marker.during))
    one = rows.where(link.c[f"{model.__tablename__}_id"] == key).limit(literal_column("1"))
    return one.correlate_except(link).scalar_subquery()


def _is_rare(marker: To, wanted: Wanted) -> Condition:
    _, rows = _link_rows(marker, wanted)
    some = rows.limit(literal_column(str(RARE + 1))).subquery("some")
    return select(func.count()).select_from(some).scalar_subquery() <= literal_column(str(RARE))


def _has_dates(wanted: Wanted) -> Condition:
    ids = wanted.ids.alias()
    dated: Any = (
        select(literal_column("1")).select_from(ids).where(or_(ids.c.since.is_not(None), ids.c.until.is_not(None)))
    )
    has: Condition = dated.exists()
    return has


def _is_one(wanted: Wanted) -> Condition:
    return select(func.count()).select_from(wanted.ids.alias()).scalar_subquery() == literal_column("1")
