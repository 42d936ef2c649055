"""Query parameters of assessments."""

from typing import Annotated

from pydantic import Field

from app.db.vocabulary import AssessmentKind
from app.demands import descriptions
from app.demands.predicates import is_about
from app.domain.keys import PartyKey, PersonKey, RecordAddress
from app.domain.types import EdtfBound
from app.reading.filters import Built, Equal, Ranged, To
from app.reading.query import ListQuery, Many
from app.schemas.descriptions import as_filter


class AssessmentQuery(ListQuery):
    """Filters of assessments."""

    about: Annotated[Many[RecordAddress] | None, Built(is_about, addresses=True)] = Field(
        None,
        description="A record that the assessment is about, as `collection/key`.",
        examples=[["proposals/russian-memorandum-2025-06-02"]],
    )
    by: Annotated[Many[PartyKey] | None, To("parties", "by_id")] = Field(
        None, description=as_filter(descriptions.BY), examples=[["the-moscow-times"]]
    )
    said_by: Annotated[Many[PersonKey] | None, To("people", "said_by_id")] = Field(
        None, description=as_filter(descriptions.ASSESSMENT_SAID_BY), examples=[["dmitry-peskov"]]
    )
    kind: Annotated[Many[AssessmentKind] | None, Equal()] = Field(
        None, description=descriptions.KIND, examples=[["prediction"]]
    )
    said_from: Annotated[EdtfBound | None, Ranged("said_on", "from")] = Field(
        None, description=descriptions.SAID_FROM, examples=["2025-06-01"]
    )
    said_to: Annotated[EdtfBound | None, Ranged("said_on", "to")] = Field(
        None, description=descriptions.SAID_TO, examples=["2025-06-30"]
    )
