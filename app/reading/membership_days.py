"""SQL conditions for memberships: whether a party may have been a member of a coalition on the days of a record.

Dates are uncertain, so a membership and a record are both treated as ranges of days. A membership lasts from the first
possible day of its beginning to the last possible day of its end; a record lasts from its first to its last possible
day. The party matches if the two ranges overlap. tests/reading/test_memberships.py compares all `.members` and `.blocs`
filters with this rule written in Python.
"""

from sqlalchemy import ColumnElement, Date, FromClause, and_, func, literal_column, or_, select

from app.db.alias import AnySelect, Columns, Expression, aliased, mapper_of
from app.reading.filters import Days
from app.reading.keys import NamedRecords
from app.reading.relationships import join_condition, relationship_of

Condition = ColumnElement[bool]

#: `sort_on` of records without a date, and a day after all other days.
NEVER, ALWAYS = literal_column("DATE '0001-01-01'", Date), literal_column("DATE 'infinity'", Date)
#: A day before all other days.
FIRST = literal_column("DATE '-infinity'", Date)


def may_be_member(wanted: NamedRecords, party: Expression, record: Columns, days: Days) -> Condition:
    """Whether the party with this id is named itself, or its membership in a named coalition (for `.blocs`: the membership of
    a named party in it) may have lasted on the days of the record."""
    one = wanted.ids.alias()
    rows: AnySelect = select(literal_column("1")).select_from(one).where(membership_overlaps(one, party, record, days))
    return rows.correlate_except(one).exists()


def membership_overlaps(one: FromClause, party: Expression, record: Columns, days: Days) -> Condition:
    """The condition of `may_be_member` for one row of the wanted ids, as a join condition. A join is faster if all
    records are read."""
    first = _day(record, days.first)
    return and_(
        one.c.id == party,
        or_(one.c.until.is_(None), first.is_(None), first <= one.c.until),
        # The last day may be stored in another record, which is read only if the first day does not decide.
        or_(one.c.since.is_(None), first >= one.c.since, may_last_until(record, days, one.c.since)),
    )


def may_last_until(record: Columns, days: Days, day: Expression) -> Condition:
    """Whether the last possible day of the record is this day, a later day or unknown."""
    return func.coalesce(_day(record, days.last), ALWAYS) >= day


def dating_record(record: Columns, days: Days) -> tuple[Columns, Expression, Expression]:
    """The record that stores the last day: its alias, the column of `record` that refers to it, and the last day."""
    step, columns = _split(days.last)
    if step is None:
        itself = aliased(mapper_of(record).class_)
        return itself, record.id, _first_known(itself, columns)
    relationship = relationship_of(record, step)
    (column,) = relationship.local_columns
    other = aliased(relationship.entity.class_)
    return other, getattr(record, str(column.key)), _first_known(other, columns)


def _day(record: Columns, paths: tuple[str, ...]) -> Expression:
    step, columns = _split(paths)
    if step is None:
        return _first_known(record, columns)
    other = aliased(relationship_of(record, step).entity.class_)
    value = _first_known(other, columns)
    return select(value).where(join_condition(record, step, other)).correlate(record).scalar_subquery()


def _split(paths: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The relationship with which all paths begin (None if they are columns), and the columns at their ends."""
    step, point, _ = paths[0].rpartition(".")
    return step or None, tuple(path.removeprefix(step + point) for path in paths)


def _first_known(record: Columns, columns: tuple[str, ...]) -> Expression:
    days = [getattr(record, column) for column in columns]
    return func.coalesce(*days) if len(days) > 1 else days[0]
