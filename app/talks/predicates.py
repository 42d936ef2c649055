"""SQL conditions for talks that no filter kind covers."""

from sqlalchemy import ColumnElement, literal_column, select

from app.db.actors import Place
from app.db.alias import Columns, Expression, aliased
from app.reading.binding import Context
from app.reading.bounding_box import in_box


def is_in_box(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the talk's place has a point in the box."""
    place = aliased(Place)
    return (
        select(literal_column("1"))
        .where(place.id == alias.place_id, in_box(place.lon, place.lat, value))
        .correlate(alias)
        .exists()
    )
