"""Conditions of talks that no kind of filter says."""

from typing import Any

from sqlalchemy import ColumnElement, literal_column, select

from app.db.actors import Place
from app.db.alias import aliased
from app.reading.bounding_box import in_box


def placed_in(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the talk's place has a point in the box."""
    place = aliased(Place)
    return (
        select(literal_column("1"))
        .where(place.id == alias.place_id, in_box(place.lon, place.lat, value))
        .correlate(alias)
        .exists()
    )
