"""Use membership dates to read only the range of an index in which a coalition's members may match.

A record matches through a member only if the membership may overlap the days of the record. The index in the order of
the page contains the first possible day of the record; the last day is tested on the record.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import CompoundSelect, Date, FromClause, and_, cast, func, literal_column, null, or_, select, union

from app.db.alias import AnyRows, AnySelect, Columns, Expression, aliased
from app.db.base import Record
from app.reading.binding import Context
from app.reading.conditions import Condition
from app.reading.filters import Days
from app.reading.keys import NamedRecords
from app.reading.membership_days import ALWAYS, FIRST, NEVER, dating_record, may_last_until
from app.reading.statement_keys import ListStatementKey, after_cursor, sort_directions, sort_keys

#: Builds the conditions on a record, without the filters of these names.
Conditions = Callable[[Columns, frozenset[str]], list[Condition]]


def ranges_of(wanted: NamedRecords, days: Days | None) -> AnyRows:
    """The wanted ids, each once. If membership dates matter, each id comes with the range of dates in which the index
    is read. Records without a date (`sort_on` is `NEVER`) are outside most of these ranges, so a second range covers
    them."""
    ids = wanted.ids.alias()
    if days is None:
        return select(ids.c.id.distinct().label("id"))
    dated = select(
        ids.c.id,
        func.coalesce(ids.c.since, FIRST).label("since"),
        func.coalesce(ids.c.until, ALWAYS).label("until"),
        cast(null(), Date).label("may_last_until"),
    )
    undated = select(ids.c.id, NEVER, NEVER, ids.c.since).where(ids.c.since > NEVER)
    return union(dated, undated)


def date_range(
    membership: tuple[Days, NamedRecords] | None, owner: Columns, day: Expression, sources: FromClause
) -> list[Condition]:
    """The conditions on the date of a link, which is the first possible day of the record. All records in the range match.
    `with_straddling` finds the records whose first day is before the membership and whose last day is in it."""
    if membership is None:
        return []
    lasted = or_(sources.c.may_last_until.is_(None), may_last_until(owner, membership[0], sources.c.may_last_until))
    return [day >= sources.c.since, day <= sources.c.until, lasted]


def with_straddling(
    statement_key: ListStatementKey,
    model: type[Record],
    context: Context,
    coalitions: list[tuple[Days, NamedRecords]],
    page: AnySelect,
    conditions: Conditions,
) -> CompoundSelect[*tuple[Any, ...]]:
    """The page, and the records whose days straddle the beginning of a membership, up to the last record of the
    page."""
    top = page.order_by(*sort_directions(list(page.selected_columns), statement_key.order)).limit(
        literal_column(str(statement_key.size))
    )
    in_range = top.cte("in_range")
    last = select(in_range.c.k0).order_by(*sort_directions(list(in_range.c), statement_key.order))
    # Null if the page is not full. All straddling records are then on the page.
    end = last.offset(literal_column(str(statement_key.size - 1))).limit(literal_column("1")).scalar_subquery()

    def is_before_end(day: Expression) -> Condition:
        if statement_key.order[0][1]:
            return day >= func.coalesce(end, FIRST)
        return day <= func.coalesce(end, ALWAYS)

    others = [
        _straddling(statement_key, model, context, coalition, is_before_end, conditions) for coalition in coalitions
    ]
    return union(select(*in_range.c), *others)


def _straddling(
    statement_key: ListStatementKey,
    model: type[Record],
    context: Context,
    coalition: tuple[Days, NamedRecords],
    is_before_end: Callable[[Expression], Condition],
    conditions: Conditions,
) -> AnySelect:
    """The keys of records whose first possible day is before a membership and whose last possible day is in it, for
    example a record dated "2013" and a member since June 2013. There are few such records. An index of uncertain dates
    finds these records, and then each record is tested exactly."""
    days, wanted = coalition
    owner = aliased(model)
    dated, key, last = dating_record(owner, days)
    ids = wanted.ids.alias()
    uncertain = (
        select(dated.id)
        .join(ids, and_(ids.c.since > dated.sort_on, ids.c.since <= last))
        .where(last > dated.sort_on, dated.sort_on != NEVER, is_before_end(dated.sort_on))
    )
    keys = sort_keys(owner, statement_key.order)
    rows = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(
        key == func.any(func.array(uncertain.scalar_subquery())), *conditions(owner, frozenset())
    )
    if "cursor_0" in context.bound:
        rows = rows.where(after_cursor(statement_key.order, context)(keys))
    return rows


def has_dates(wanted: NamedRecords) -> Condition:
    """Whether one of the memberships has a date."""
    ids = wanted.ids.alias()
    dated: AnySelect = (
        select(literal_column("1")).select_from(ids).where(or_(ids.c.since.is_not(None), ids.c.until.is_not(None)))
    )
    return dated.exists()
