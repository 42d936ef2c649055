"""JSON Schemas that the server publishes at their own URLs, for editors and validators."""

import json
from collections.abc import Mapping

from fastapi.responses import Response

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/schema+json"
#: The `responses=` of a route that returns a schema.
RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"description": "The schema.", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
}


def placed(schema: Mapping[str, object], address: str) -> dict[str, object]:
    """The schema with its dialect and its URL."""
    return {"$schema": DIALECT, "$id": address, **schema}


def schema_response(schema: Mapping[str, object]) -> Response:
    """The schema as a response, indented for readability."""
    return Response(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", media_type=MEDIA_TYPE)
