"""The keys of a page from the top of an index, where a filter's link rows carry the page's order.

"Demands on this issue, newest first" is then the head of one index for each wanted issue, and not a sort of all that
match: 0.2 ms against 60 (500,000 demands).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Select,
    Text,
    and_,
    column,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
    values,
)

from app.db.alias import aliased
from app.db.base import Base, Record
from app.reading.binding import CLOCK, KNOWN, Context
from app.reading.conditions import Condition
from app.reading.filters import Built, Days, Lead, To
from app.reading.keys import NamedRecords
from app.reading.membership_days import may_be_member
from app.reading.membership_ranges import date_range, has_dates, ranges_of, with_straddling
from app.reading.statement_keys import ListStatementKey, after_cursor, sort_directions

#: Up to so many links, looking at each one (up to 6 µs) is sooner done than anything else.
RARE = 1_000


@dataclass(frozen=True, slots=True)
class Driver:
    """A filter whose index has the page's keys in the page's order.

    `rows`: a fresh alias of the table of links. `wanted`: the wanted values as a fresh FROM element, with a column `id`;
    `array`: the same as an array. `holds`: what else must hold of a link row. `roles`: the roles that count, each of
    which the index has apart.
    """

    name: str
    rows: Callable[[], Any]
    owner: str
    value: str
    wanted: Callable[[], Any]
    array: Any
    holds: Callable[[Any], list[Condition]]
    roles: tuple[str, ...] | None = None
    #: Whether the links are columns of the record's own table.
    is_own: bool = False
    #: Whether the filter's condition may be left out where the driver was followed.
    is_settled: bool = True
    #: Of a coalition's members: on which days of a record the membership must have lasted, and the memberships.
    membership: tuple[Days, NamedRecords] | None = None


def drivers_of(
    statement_key: ListStatementKey,
    model: type[Record],
    filters: list[tuple[str, Any]],
    targets: dict[str, NamedRecords],
    context: Context,
) -> list[Driver]:
    """The filters whose indexes have the page's keys in the page's order. The first leads; of the others only those
    with a link table of their own, which is then merged with the leader's."""
    attributes = tuple(name for name, _ in statement_key.order)
    if attributes != ("sort_on", "id") or len({descends for _, descends in statement_key.order}) != 1:
        return []
    found = []
    for name, marker in filters:
        if f"{name}_null" in context.bound:
            continue
        if isinstance(marker, To) and marker.newest and name in targets:
            found.append(_driver_of_records(name, marker, model, targets[name]))
        elif isinstance(marker, Built) and marker.lead and name in context.bound:
            parameter, variant = marker.lead.variant
            if context.variants[parameter] == variant and context.variants.get(CLOCK) != KNOWN:
                found.append(_driver_of_values(name, marker.lead, context))
    # One that names the record's own column is as good a condition on the record as it is a leader.
    linked = [driver for driver in found if not driver.is_own and driver.is_settled]
    return linked or found[:1]


def _driver_of_records(name: str, marker: To, model: type[Record], wanted: NamedRecords) -> Driver:
    """Of a filter by records."""
    assert marker.newest
    table_name, id_column, roles = marker.newest
    table = Base.metadata.tables[table_name]
    return Driver(
        name,
        table.alias,
        "id" if table_name == model.__tablename__ else f"{model.__tablename__}_id",
        id_column,
        lambda: ranges_of(wanted, marker.during).subquery(f"{name}_source"),
        wanted.array,
        lambda _: [],
        roles,
        is_own=table_name == model.__tablename__,
        is_settled=not marker.every,
        membership=(marker.during, wanted) if marker.during is not None else None,
    )


def _driver_of_values(name: str, lead: Lead, context: Context) -> Driver:
    """Of a filter by values."""
    table = lead.table.__table__
    array = literal(list(lead.flagged), ARRAY(Text)) if lead.flagged else context.parameter(name)

    def wanted() -> Any:
        each = func.unnest(array).table_valued(column("id", Text), name=f"{name}_value").render_derived()
        return select(each.c.id.distinct().label("id")).subquery(f"{name}_source")

    return Driver(
        name, table.alias, lead.owner, lead.value, wanted, array, lambda link: lead.conditions(link.c, context)
    )


def select_from_links(
    statement_key: ListStatementKey,
    model: type[Record],
    context: Context,
    drivers: list[Driver],
    conditions: Any,
) -> Any:
    """The page's keys from the top of an index, for each wanted id: never more than a page is read and sorted.

    With two such filters three ways lead to the page, and each is the best for some values and 10 to 100 times slower
    than the best for others. The statement holds all three, and what it counts at its start opens one of them.
    """

    def branch(leading: list[Driver]) -> Any:
        return _read_indexes(statement_key, model, context, leading, drivers, conditions)

    if len(drivers) == 1:
        branches = branch(drivers)
    else:
        first, second, *_ = drivers
        is_one, leads = _is_one(first), _is_rare(first)
        if first.membership is not None:
            leads = or_(leads, has_dates(first.membership[1]))
        branches = union_all(
            # Two indexes in the same order: their merge, which ends when the page is full.
            branch(drivers).where(is_one),
            # An issue with many below it: a merge for each would read the other index as often (54 ms against 2).
            branch([second]).where(not_(is_one), not_(leads)),
            # Where all of them together have few links, the other index might be read to its end: look at each link.
            # The same with dated memberships: only a range of the index is read.
            branch([first]).where(not_(is_one), leads),
        )
    # One demand may be tied to two of the wanted ids; it is one record of the page.
    found = branches.subquery("found")
    page = select(found.c.k0, found.c.k1).distinct()
    coalitions = [driver.membership for driver in drivers if driver.membership is not None]
    if coalitions:
        page = with_straddling(statement_key, model, context, coalitions, page, conditions)
    return page.subquery("keys")


def _read_indexes(
    statement_key: ListStatementKey,
    model: type[Record],
    context: Context,
    leading: list[Driver],
    drivers: list[Driver],
    conditions: Any,
) -> Any:
    """The first keys of each wanted id of the leading filters (of several: of their merge); the others of the drivers
    are looked up for each key."""
    owner = aliased(model, name="o")
    links: list[tuple[Any, Any]] = []
    origin: Any = None
    conditions_on_links: list[Condition] = []
    for driver in leading:
        sources = driver.wanted()
        origin = sources if origin is None else origin.join(sources, true())
        if driver.is_own:
            links.append((getattr(owner, "sort_on"), owner.id))  # noqa: B009 - not every record has it
            conditions_on_links += [
                getattr(owner, driver.value) == sources.c.id,
                *date_range(driver.membership, owner, links[-1][0], sources),
            ]
            continue
        link = driver.rows()
        links.append((link.c.sort_on, link.c[driver.owner]))
        conditions_on_links += [link.c[driver.value] == sources.c.id, *driver.holds(link)]
        conditions_on_links += date_range(driver.membership, owner, link.c.sort_on, sources)
        if driver.roles:
            role = values(column("role", Text), name=f"{driver.name}_role").data([(word,) for word in driver.roles])
            conditions_on_links.append(link.c.role == role.c.role)
            origin = origin.join(role, true())
    (link_date, link_owner), *others = links
    looked_up = [driver for driver in drivers if driver not in leading]
    settled = frozenset(driver.name for driver in drivers if driver.is_settled)
    rows: Any = select(link_date.label("k0"), link_owner.label("k1")).where(
        owner.id == link_owner,
        *conditions_on_links,
        *(and_(day == link_date, key == link_owner) for day, key in others),
        *(_looked_up(driver, owner, link_owner) for driver in looked_up),
        *conditions(owner, settled),
    )
    if "cursor_0" in context.bound:
        rows = rows.where(after_cursor(statement_key.order, context)([link_date, link_owner]))
    top = (
        rows.order_by(*sort_directions([link_date, link_owner], statement_key.order))
        .limit(literal_column(str(statement_key.size)))
        .lateral("top")
    )
    return select(top.c.k0, top.c.k1).select_from(origin.join(top, true()))


def _link_rows(driver: Driver) -> tuple[Any, Select[Any]]:
    """The links of a filter, and a SELECT of those with the wanted values, in whatever role it asks for."""
    link = driver.rows()
    rows = select(literal_column("true", Boolean)).select_from(link)
    rows = rows.where(link.c[driver.value] == func.any(driver.array), *driver.holds(link))
    return link, rows.where(link.c.role.in_(driver.roles)) if driver.roles else rows


def _looked_up(driver: Driver, owner: Any, key: Any) -> Condition:
    """Whether the record of this key has such a link. No EXISTS: the planner would make it a join of whole tables."""
    link, rows = _link_rows(driver)
    if driver.membership is not None:
        days, wanted = driver.membership
        rows = rows.where(may_be_member(wanted, link.c[driver.value], owner, days))
    one = rows.where(link.c[driver.owner] == key).limit(literal_column("1"))
    return one.correlate_except(link).scalar_subquery()


def _is_rare(driver: Driver) -> Condition:
    _, rows = _link_rows(driver)
    some = rows.limit(literal_column(str(RARE + 1))).subquery("some")
    return select(func.count()).select_from(some).scalar_subquery() <= literal_column(str(RARE))


def _is_one(driver: Driver) -> Condition:
    return select(func.count()).select_from(driver.wanted()).scalar_subquery() == literal_column("1")
