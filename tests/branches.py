"""What `include=` may name first in a schema."""

from pydantic import BaseModel

from app.reading.markers import Included, OnRequest
from app.reading.selection import marker_of


def includable(schema: type[BaseModel]) -> list[str]:
    """The fields that come only when they are asked for, and those that lead to other records."""
    return [
        name for name, info in schema.model_fields.items() if marker_of(info, Included) or marker_of(info, OnRequest)
    ]
