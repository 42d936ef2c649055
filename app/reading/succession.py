"""Filters by country that follow successions: `country.succession=DE` also finds the records of DD, and of parties that were
succeeded, directly or through others, by a party of these countries.

The codes of former countries are added to the values of the query (`with_former_codes`). The successions of parties are in
the database, in which one function follows them (`parley_parties_before` in the migrations).
"""

from sqlalchemy import ColumnElement, Uuid, column, func, select, true

from app.db.alias import AnySelect, Columns, Expression
from app.reading.binding import Context
from app.reading.conditions import follow_path
from app.reading.filters import Built, FilterCondition


def by_parties(path: str) -> Built:
    """The filter for records that refer to parties. `path` ends in the column with the id of a party."""
    return Built(_refers_to_party(path, one_by_one=True), lookup=_refers_to_party(path))


def by_codes(path: str) -> Built:
    """The filter for records with countries of their own or of a place. `path` ends in the column with the codes."""
    return Built(_has_code(path, one_by_one=True), lookup=_has_code(path))


def _refers_to_party(path: str, *, one_by_one: bool = False) -> FilterCondition:
    def build(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
        found = func.parley_parties_before(value).table_valued(column("id", Uuid), name="before").render_derived()
        before: AnySelect = select(found.c.id)

        def test(at: Columns, name: str) -> ColumnElement[bool]:
            is_before: ColumnElement[bool] = getattr(at, name).in_(before)
            # `IS TRUE` keeps the planner from turning the subquery into a join. As a subquery without references to the
            # record, it is computed once per statement and hashed.
            return is_before.is_(true()) if one_by_one else is_before

        return follow_path(alias, path, test, one_by_one=one_by_one)

    return build


def _has_code(path: str, *, one_by_one: bool = False) -> FilterCondition:
    def build(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
        return follow_path(alias, path, lambda at, name: getattr(at, name).bool_op("&&")(value), one_by_one=one_by_one)

    return build
