"""Filters by quantities, shared by the collections whose records have them."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.domain.texts import Line
from app.domain.types import LARGEST
from app.reading.filters import Built, Overlaps
from app.reading.quantities import allows, allows_at_most, allows_at_most_in_index, allows_in_index
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
    Built(allows_at_most, lookup=allows_at_most_in_index),
    Field(description=f"Only records with a quantity that may be this number or less.{_SAME}", examples=[1000]),
]
