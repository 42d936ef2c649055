"""The query parameters of the Reconciliation Service API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.reading.query import ClockQuery
from app.reconcile import descriptions


class ReconcileQuery(ClockQuery):
    """Query parameters of a reconciliation request."""

    queries: str | None = Field(
        None, description=descriptions.QUERIES, examples=['{"q0": {"query": "Umierov", "type": "people"}}']
    )
    extend: str | None = Field(
        None,
        description="A data extension request: ids of records, and the properties to return, as JSON.",
        examples=['{"ids": ["people/rustem-umerov"], "properties": [{"id": "post"}]}'],
    )


class SuggestQuery(BaseModel):
    """Query parameters of suggestions."""

    # OpenRefine's widget also sends `spell`, `exact` and `prefixed` from an older API. If they were rejected, its
    # suggestions would stay empty (tests/reconcile/test_reconcile.py::test_the_widget_of_openrefine_is_answered).
    model_config = ConfigDict(extra="ignore")

    prefix: Annotated[str, Field(max_length=200)] = Field("", description="The text typed so far.", examples=["ume"])
    cursor: Annotated[int, Field(ge=0, le=1000)] = Field(0, description="Number of suggestions to skip.", examples=[0])
    type: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Only suggestions for this type.", examples=["people"]
    )


class EntitySuggestQuery(SuggestQuery, ClockQuery):
    """Query parameters of record suggestions."""

    model_config = ConfigDict(extra="ignore")


class PropertyQuery(BaseModel):
    """Query parameters of the list of properties."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Only properties of this type; default: all.", examples=["people"]
    )
    limit: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Maximum number of properties; default: all.", examples=[5]
    )


class EntityQuery(ClockQuery):
    """Query parameters of a view or preview."""

    id: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        description=descriptions.ENTITY_ID, examples=["people/rustem-umerov"]
    )
