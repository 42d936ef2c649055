"""Bounding boxes: a filter by coordinates."""

from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, Numeric, and_, case, cast, func

from app.db.alias import Expression
from app.domain.texts import refusal

_LIMITS = (180, 90, 180, 90)


def _check(text: str) -> str:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise refusal("box", "A box is four numbers: west, south, east, north, for example 26,36,45,42.")
    if not all(-limit <= number <= limit for number, limit in zip(numbers, _LIMITS, strict=True)):
        raise refusal("box", "Longitudes are between -180 and 180, latitudes between -90 and 90.")
    if numbers[1] > numbers[3]:
        raise refusal("box", "The southern latitude is greater than the northern one. Write west, south, east, north.")
    return ",".join(str(number) for number in numbers)


Box = Annotated[str, Field(max_length=100), AfterValidator(_check)]
"""West, south, east, north in degrees. If west is greater than east, the box crosses the antimeridian."""


def in_box(lon: Expression, lat: Expression, value: Expression) -> ColumnElement[bool]:
    """Whether a point is inside the box; never true for an unknown point."""
    west, south, east, north = (cast(func.split_part(value, ",", place), Numeric) for place in (1, 2, 3, 4))
    across = case((west <= east, lon.between(west, east)), else_=(lon >= west) | (lon <= east))
    return and_(lat.between(south, north), across)
