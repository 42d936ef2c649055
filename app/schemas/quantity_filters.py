"""Filters by quantities, shared by the collections whose records have them (`app.db.columns.WithQuantities`).

Unit and range must apply to the same quantity.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import ARRAY, ColumnElement, Numeric, Text, and_, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import JSONB, NUMRANGE

from app.db.alias import AnySelect, Columns, Expression
from app.domain.texts import Line
from app.domain.types import LARGEST
from app.reading.binding import Context
from app.reading.filters import Built, Overlaps
from app.reading.query import Many

_SAME = " With `quantity.unit`, it must be a quantity in this unit."


def _wanted(context: Context) -> Expression:
    """The requested range of numbers."""
    null: Expression = literal_column("NULL::numeric")
    least, most = (
        context.parameter(name, Numeric()) if name in context.bound else null
        for name in ("quantity_min", "quantity_max")
    )
    wanted: Expression = func.numrange(least, most, literal_column("'[]'"), type_=NUMRANGE)
    return wanted


def _allows(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the numbers that a quantity of the record, in a requested unit, allows overlap the requested range.

    It reads the quantities of one record after the other, so that a list in its own order stops when its page is full."""
    each = func.jsonb_array_elements(alias.quantities, type_=JSONB).table_valued("value").render_derived()
    holds: list[ColumnElement[bool]] = [
        func.parley_quantity_range(each.c.value, type_=NUMRANGE).bool_op("&&")(_wanted(context))
    ]
    if "quantity_unit" in context.bound:
        unit = each.c.value.op("->>", return_type=Text())(literal_column("'unit'"))
        holds.append(unit == func.any(context.parameter("quantity_unit", ARRAY(Text))))
    some: AnySelect = select(literal_column("1")).select_from(each).where(*holds)
    return and_(_has_any(alias), some.exists())


def _allows_in_index(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """As `_allows`, with conditions for which there are indexes."""
    indexed: list[ColumnElement[bool]] = [alias.quantity_ranges.bool_op("&&")(_wanted(context))]
    if "quantity_unit" in context.bound:
        indexed.append(alias.quantity_units.bool_op("&&")(context.parameter("quantity_unit", ARRAY(Text))))
        indexed.append(_allows(alias, value, context))
    return and_(_has_any(alias), *indexed)


def _allows_at_most(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """As `_allows`, unless the condition of the other end already covers both."""
    return true() if "quantity_min" in context.bound else _allows(alias, value, context)


def _allows_at_most_in_index(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    return true() if "quantity_min" in context.bound else _allows_in_index(alias, value, context)


def _has_any(alias: Columns) -> ColumnElement[bool]:
    # The condition of the partial indexes.
    has_any: ColumnElement[bool] = alias.quantities != literal_column("'[]'::jsonb")
    return has_any


_Bound = Annotated[Decimal, Field(ge=-LARGEST, le=LARGEST, max_digits=30, allow_inf_nan=False)]

QuantityUnit = Annotated[
    Many[Line] | None,
    Overlaps("quantity_units", looked_up=True),
    Field(
        alias="quantity.unit",
        description="The unit of a quantity; for money, the currency code of ISO 4217.",
        examples=[["USD"]],
    ),
]
QuantityMin = Annotated[
    _Bound | None,
    Built(_allows, lookup=_allows_in_index),
    Field(
        description="Only records with a quantity that may be this number or more: 1,000, at least 500 and 800 to 1,200 may"
        f" all be 900 or more, at most 500 may not. `about` counts as exact.{_SAME}",
        examples=[900],
    ),
]
QuantityMax = Annotated[
    _Bound | None,
    Built(_allows_at_most, lookup=_allows_at_most_in_index),
    Field(description=f"Only records with a quantity that may be this number or less.{_SAME}", examples=[1000]),
]
