"""OpenAPI fragments that routes declare themselves: request bodies, response headers, and responses of dry runs."""

from collections.abc import Mapping
from typing import Any, Final

from app.web.media_types import PLAN_JSON

_HEADERS: dict[str, dict[str, object]] = {
    "ETag": {
        "description": "ETag of the response. Send it as `If-None-Match` to get 304 while nothing has changed, or, for a single"
        " record, as `If-Match` so that a newer version is not overwritten.",
        "schema": {"type": "string"},
        "example": '"r6.261130-13372719285849ad"',
    },
    "Link": {
        "description": "URL of the next page (RFC 8288); omitted on the last page.",
        "schema": {"type": "string"},
        "example": '</v1/demands?limit=50&cursor=hMYjFK8b>; rel="next"',
    },
    "Location": {
        "description": "Path of the record.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/talks/istanbul-2025-06-02",
    },
    "Parley-Truncated": {
        "description": "`true` if `limit=` truncated a table or another format; `Link` has the URL of the rest.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "Parley-Revision": {
        "description": "Number of the revision that the response shows; omitted if there is none. Send it with later requests, so"
        " that no response shows an older revision.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 6,
    },
    "Idempotency-Replayed": {
        "description": "`true` if the request was done before, and this is the stored response.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
}


def request_body(schema: str, *media_types: str, example: object = None) -> dict[str, Any]:
    """A required request body for OpenAPI: this schema, in any of these media types."""
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if example is not None:
        content["example"] = example
    return {"required": True, "content": {kind: dict(content) for kind in media_types}}


def or_plan(whole: Mapping[str, object]) -> dict[str, object]:
    """Add the media type of a plan to the response of a write whose dry run has the same status as a real run."""
    return {**whole, "content": PLANNED["content"]}


def sends(*headers: str) -> dict[str, Any]:
    """The headers of a response, as references to `components`."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def known_headers() -> dict[str, dict[str, object]]:
    """The headers that `sends` refers to, for `components`."""
    return {name: dict(header) for name, header in _HEADERS.items()}


#: The response of a dry run, the same for every write.
PLANNED: Final[dict[str, Any]] = {
    "description": "What a dry run (`dry_run=true`) would do; nothing was written.",
    "content": {PLAN_JSON: {"schema": {"$ref": "#/components/schemas/Plan"}}},
}
#: Headers of a single read, of a list, and of a write.
TAGGED: Final = sends("ETag", "Parley-Revision")
LISTED: Final = sends("ETag", "Link", "Parley-Revision")
WRITTEN: Final = sends("ETag", "Parley-Revision")
