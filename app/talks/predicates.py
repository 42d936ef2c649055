"""SQL conditions of talks that no filter kind covers."""

from typing import Any

from sqlalchemy import ColumnElement, literal_column, select

from app.db.actors import Place
from app.db.alias import aliased
from app.reading.bounding_box import in_box


def is_in_box(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the talk's place has a point in the box."""
    place = aliased(Place)
    return (
        select(literal_column("1"))
        .where(place.id == alias.place_id, in_box(place.lon, place.lat, value))
        .correlate(alias)
        .exists()
    )
