"""SQL conditions on the quantities of records or of rows inside them (`app.db.columns.WithQuantities`).

The unit and the range of a query must apply to the same quantity.
"""

from sqlalchemy import ARRAY, ColumnElement, Numeric, Text, and_, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import JSONB, NUMRANGE

from app.db.alias import AnySelect, Columns, Expression
from app.reading.binding import Context
from app.reading.conditions import follow_path
from app.reading.filters import FilterCondition


def _wanted(context: Context) -> Expression:
    """The requested range of numbers."""
    null: Expression = literal_column("NULL::numeric")
    least, most = (
        context.parameter(name, Numeric()) if name in context.bound else null
        for name in ("quantity_min", "quantity_max")
    )
    wanted: Expression = func.numrange(least, most, literal_column("'[]'"), type_=NUMRANGE)
    return wanted


def allows(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the record has a quantity in a requested unit whose possible values overlap the requested range.

    The condition reads the quantities of one record after the other, so that a sorted list stops when its page is
    full."""
    each = func.jsonb_array_elements(alias.quantities, type_=JSONB).table_valued("value").render_derived()
    holds: list[ColumnElement[bool]] = [
        func.parley_quantity_range(each.c.value, type_=NUMRANGE).bool_op("&&")(_wanted(context))
    ]
    if "quantity_unit" in context.bound:
        unit = each.c.value.op("->>", return_type=Text())(literal_column("'unit'"))
        holds.append(unit == func.any(context.parameter("quantity_unit", ARRAY(Text))))
    some: AnySelect = select(literal_column("1")).select_from(each).where(*holds)
    return and_(_has_any(alias), some.exists())


def allows_in_index(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Like `allows`, but with conditions that can use an index."""
    indexed: list[ColumnElement[bool]] = [alias.quantity_ranges.bool_op("&&")(_wanted(context))]
    if "quantity_unit" in context.bound:
        indexed.append(alias.quantity_units.bool_op("&&")(context.parameter("quantity_unit", ARRAY(Text))))
        indexed.append(allows(alias, value, context))
    return and_(_has_any(alias), *indexed)


def at_most(condition: FilterCondition) -> FilterCondition:
    """The condition of `quantity_max`: true if the query has a `quantity_min`, because that condition then covers both
    bounds."""

    def build(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
        return true() if "quantity_min" in context.bound else condition(alias, value, context)

    return build


def in_rows(relationship: str, condition: FilterCondition, *, one_by_one: bool = False) -> FilterCondition:
    """The same condition for the quantities of rows inside the record, such as `outcomes`. `one_by_one`: see
    `follow_path`."""

    def build(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
        return follow_path(
            alias, f"{relationship}.quantities", lambda row, _: condition(row, value, context), one_by_one=one_by_one
        )

    return build


def _has_any(alias: Columns) -> ColumnElement[bool]:
    # The condition of the partial index.
    has_any: ColumnElement[bool] = alias.quantities != literal_column("'[]'::jsonb")
    return has_any
