"""Parts of the OpenAPI document that the routes of releases share."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Path

from app.db.vocabulary import Scope
from app.errors import ProblemType
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.web.route_docs import sends

JSON_LD, CFF, BIB, TEXT = "application/ld+json", "application/yaml", "application/x-bibtex", "text/plain"
READ = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
READ_ONE = problems(ProblemType.NOT_FOUND, ProblemType.INVALID, ProblemType.UNAVAILABLE)
#: Responses to `Range` requests.
RANGES: dict[int | str, Any] = {
    206: {"description": "The requested range; see `Content-Range`."},
    **problems(ProblemType.RANGE),
}
Name = Annotated[str, Path(description="Name of the release.", examples=["2026.1"], max_length=60)]
Reads = Annotated[Principal, Depends(require(Scope.READ))]
Publishes = Annotated[Principal, Depends(require(Scope.ADMIN))]
TAG = sends("ETag")


def description_responses(
    media_type: str, about: str, *, errors: Mapping[int | str, Any] = READ_ONE, headers: Mapping[str, Any] = TAG
) -> dict[int | str, dict[str, object]]:
    """The OpenAPI responses of a route that returns this media type."""
    schema = {"type": "object"} if media_type.endswith("json") else {"type": "string", "description": about}
    answer = {"description": about, "content": {media_type: {"schema": schema}}}
    return {**errors, 200: {**answer, "headers": dict(headers)}}
