"""Filters by quantities, shared by the collections whose records, or whose outcomes, have them."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.domain.texts import Line
from app.domain.types import LARGEST
from app.reading.filters import Built, Overlaps
from app.reading.quantities import allows, allows_in_index, at_most, in_rows
from app.reading.query import Many

_SAME = " If `quantity.unit` is given, the quantity must be in this unit."

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
    Built(allows, lookup=allows_in_index),
    Field(
        description="Only records with a quantity that may be this number or more. With 900, the quantities"
        f" `1,000`, `at least 500` and `800 to 1,200` match, and `at most 500` does not. `about` is treated as exact.{_SAME}",
        examples=[900],
    ),
]
QuantityMax = Annotated[
    _Bound | None,
    Built(at_most(allows), lookup=at_most(allows_in_index)),
    Field(description=f"Only records with a quantity that may be this number or less.{_SAME}", examples=[1000]),
]

_outcome_allows, _outcome_allows_in_index = (
    in_rows("outcomes", allows, one_by_one=True),
    in_rows("outcomes", allows_in_index),
)

OutcomeQuantityUnit = Annotated[
    Many[Line] | None,
    Overlaps("outcomes.quantity_units", looked_up=True),
    Field(
        alias="quantity.unit",
        description="The unit of a quantity of an outcome; for money, the currency code of ISO 4217.",
        examples=[["USD"]],
    ),
]
OutcomeQuantityMin = Annotated[
    _Bound | None,
    Built(_outcome_allows, lookup=_outcome_allows_in_index, looked_up_rows=("outcomes", allows_in_index)),
    Field(
        description="Only records with an outcome with a quantity that may be this number or more. `about` is treated as"
        f" exact.{_SAME}",
        examples=[900],
    ),
]
OutcomeQuantityMax = Annotated[
    _Bound | None,
    Built(
        at_most(_outcome_allows),
        lookup=at_most(_outcome_allows_in_index),
        looked_up_rows=("outcomes", at_most(allows_in_index)),
    ),
    Field(
        description=f"Only records with an outcome with a quantity that may be this number or less.{_SAME}",
        examples=[1000],
    ),
]
