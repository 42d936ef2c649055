"""Query parameters of bulletins."""

from typing import Annotated

from pydantic import Field

from app.domain.keys import PartyKey, ProcessKey
from app.domain.types import EdtfBound
from app.reading.filters import Ranged, To
from app.reading.query import ListQuery, Many
from app.schemas.record_reads import RECORD_SORTS


class BulletinQuery(ListQuery):
    """Filters of bulletins."""

    process: Annotated[Many[ProcessKey] | None, To("processes", "process_id", below=True)] = Field(
        None, description="The process, with those below it.", examples=[["russia-ukraine"]]
    )
    issuer: Annotated[Many[PartyKey] | None, To("parties", "issuer_id")] = Field(
        None, description="The party that issued it.", examples=[["russia"]]
    )
    issued_from: Annotated[EdtfBound | None, Ranged("issued_on", "from")] = Field(
        None, description="Issued on this day or later.", examples=["2025-01-01"]
    )
    issued_to: Annotated[EdtfBound | None, Ranged("issued_on", "to")] = Field(
        None, description="Issued on this day or earlier.", examples=["2025-12-31"]
    )


SORTS = {"title": "title", "issued_on": "issued_on_min", **RECORD_SORTS}
DEFAULT_SORT = "slug"
