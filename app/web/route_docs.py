"""What routes say of themselves for the OpenAPI document: bodies that they read themselves, headers that they send."""

from typing import Any, Final

#: Another media type than the whole record's: a client that is made from the document must not take one for the other.
PARTIAL_JSON: Final = "application/vnd.parley.partial+json"
PLAN_JSON: Final = "application/vnd.parley.plan+json"

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "Tag of this answer. `If-None-Match` with it gets 304 while nothing has changed; of a single record,"
        " `If-Match` with it refuses to overwrite a newer version.",
        "schema": {"type": "string"},
        "example": '"r6.261130-13372719285849ad"',
    },
    "Link": {
        "description": "Address of the next page (RFC 8288); left out on the last.",
        "schema": {"type": "string"},
        "example": '</v1/demands?limit=50&cursor=hMYjFK8b>; rel="next"',
    },
    "Location": {
        "description": "Address of the record.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/talks/istanbul-2025-06-02",
    },
    "Parley-Truncated": {
        "description": "`true` where `limit=` has cut a table or another format: the rest is at the address in `Link`.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "Parley-Revision": {
        "description": "Number of the revision that the answer saw. Send it back, and no server answers with an older one.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 6,
    },
    "Idempotency-Replayed": {
        "description": "`true` where the request had been done before, and this is its first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
}


def body_of(schema: str, *media_types: str, example: Any = None) -> dict[str, Any]:
    """The body of a request as OpenAPI has it: one that must be there, of this schema, in any of these media types."""
    told: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if example is not None:
        told["example"] = example
    return {"required": True, "content": {kind: dict(told) for kind in media_types}}


def or_plan(whole: dict[str, Any]) -> dict[str, Any]:
    """The response of a write whose dry run has the same status."""
    return {**whole, "content": PLANNED["content"]}


def sends(*headers: str) -> dict[str, Any]:
    """The headers of a response, by reference."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def known_headers() -> dict[str, dict[str, Any]]:
    """The headers that `sends` refers to."""
    return {name: dict(header) for name, header in _HEADERS.items()}


#: The response of a dry run: of every write the same.
PLANNED: Final[dict[str, Any]] = {
    "description": "What a dry run (`dry_run=true`) would do; nothing was written.",
    "content": {PLAN_JSON: {"schema": {"$ref": "#/components/schemas/Plan"}}},
}
#: Headers of a read that was answered from the ledger, of a list, of a write.
TAGGED: Final = sends("ETag", "Parley-Revision")
LISTED: Final = sends("ETag", "Link", "Parley-Revision")
WRITTEN: Final = sends("ETag", "Parley-Revision")
