"""Problems: every error response is an RFC 9457 `application/problem+json`.

`problems(...)` documents them on a route. Packages raise `ApiError` and do not build error responses themselves
(`app.web.error_handlers` does). Driver messages, tracebacks and file names never reach a client.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import quote

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation

MEDIA_TYPE = "application/problem+json"


class ProblemCandidate(BaseModel):
    """A stored record that is probably the same as the new one."""

    slug: str = Field(description="The slug of the record.", examples=["ukraine"])
    name: str = Field(description="The name or title of the record.", examples=["Ukraine"])
    href: str = Field(description="The path of the record.", examples=["/v1/parties/ukraine"])
    why: str = Field(description="What the two have in common.", examples=["the same name"])


class ProblemError(BaseModel):
    """One error in the request; either `pointer` or `parameter` says where the error is."""

    pointer: str | None = Field(None, description="JSON Pointer (RFC 6901) into the body.", examples=["/demands/0/act"])
    parameter: str | None = Field(None, description="Name of the query or path parameter.", examples=["party"])
    message: str = Field(description="What is wrong.", examples=["Unknown parameter 'parti'"])
    hint: str | None = Field(None, description="How to fix it.", examples=["Did you mean `party`?"])
    candidate: ProblemCandidate | None = Field(
        None, description="In a 409: the stored record that is probably the same; omitted if there is none."
    )


class Problem(BaseModel):
    """Why a request was rejected (RFC 9457)."""

    type: str = Field(description="Path of a page that explains this problem type.", examples=["/problems/invalid"])
    title: str = Field(
        description="The problem type in a few words; always the same for one `type`.",
        examples=["Invalid request"],
    )
    status: int = Field(description="HTTP status of the response.", examples=[422])
    detail: str = Field(description="What is wrong with this request.", examples=["1 validation error."])
    instance: str = Field(description="Path of the request.", examples=["/v1/demands"])
    errors: list[ProblemError] = Field(description="All errors that were found; empty if `detail` says everything.")


#: For each problem type: path, detail and errors of an example.
_EXAMPLES: dict[ProblemType, tuple[str, str, list[dict[str, str]]]] = {
    ProblemType.MALFORMED: (
        "/v1/demands",
        "The body is not valid JSON.",
        [{"pointer": "", "message": "Line 3, column 5: expecting ',' delimiter"}],
    ),
    ProblemType.UNAUTHORIZED: (
        "/v1/demands",
        "This request needs an API key with the scope `write`; none was sent.",
        [],
    ),
    ProblemType.FORBIDDEN: ("/v1/demands", "The API key 'reader' does not have the scope `write`.", []),
    ProblemType.CROSS_ORIGIN: (
        "/v1/demands",
        "Pages of 'https://example.org' may not write here; nothing was written. The server's setting"
        " PARLEY_CORS_ORIGINS lists the origins whose pages may write.",
        [],
    ),
    ProblemType.NOT_FOUND: ("/v1/demand", "Not found: /v1/demand. Did you mean /v1/demands?", []),
    ProblemType.METHOD: (
        "/v1/demands",
        "DELETE is not allowed at /v1/demands; allowed: GET, HEAD, OPTIONS, POST.",
        [],
    ),
    ProblemType.NOT_ACCEPTABLE: ("/v1/demands", "The response is not available as application/pdf.", []),
    ProblemType.TIMEOUT: ("/v1/demands", "The body of the request did not arrive in time.", []),
    ProblemType.CONFLICT: (
        "/v1/demands",
        "Another record has this slug.",
        [
            {
                "pointer": "/slug",
                "message": "Another record has this slug",
                "hint": "Choose another slug, or use PUT to change that record.",
            }
        ],
    ),
    ProblemType.GONE: ("/v1/demands/withdrawn-demand", "This record was withdrawn: it was coded twice.", []),
    ProblemType.PRECONDITION: ("/v1/demands/some-demand", "The record has changed since you read it.", []),
    ProblemType.TOO_LARGE: ("/v1/demands", "The body is longer than 1048576 bytes.", []),
    ProblemType.URI_TOO_LONG: ("/v1/demands", "The URL is longer than 8192 bytes.", []),
    ProblemType.MEDIA_TYPE: (
        "/v1/demands",
        "The Content-Type 'text/plain' is not supported here; send application/json.",
        [],
    ),
    ProblemType.RANGE: (
        "/v1/releases/2026.1/demands.csv",
        "`Range` begins after the end of the file, which has 84,211 bytes.",
        [],
    ),
    ProblemType.INVALID: (
        "/v1/talks",
        "1 validation error.",
        [
            {
                "parameter": "parti",
                "message": "Unknown parameter 'parti'",
                "hint": "Did you mean `party`?",
            }
        ],
    ),
    ProblemType.RATE: ("/v1/demands", "Too many requests; retry in 12 seconds.", []),
    ProblemType.HEAD_TOO_LARGE: ("", "The head of the request exceeds 32768 bytes or 100 headers.", []),
    ProblemType.INTERNAL: (
        "/v1/demands",
        "The server failed; nothing was written. Quote request 5f0c when you report it.",
        [],
    ),
    ProblemType.UNAVAILABLE: ("/v1/demands", "The database does not respond.", []),
}


def problem_type(kind: ProblemType) -> str:
    """The `type` of a problem: the path of the page that explains it."""
    return f"/problems/{kind.slug}"


def problem_document(
    kind: ProblemType, detail: str, instance: str, violations: Iterable[Violation] = ()
) -> dict[str, object]:
    """A problem as a JSON object."""
    errors: list[dict[str, Any]] = []
    for violation in violations:
        keys = ("pointer", "parameter", "message", "hint")
        errors.append({key: value for key in keys if (value := getattr(violation, key)) is not None})
        if violation.candidate is not None:
            errors[-1]["candidate"] = asdict(violation.candidate)
    return {
        "type": problem_type(kind), "title": kind.title, "status": kind.status, "detail": detail,
        "instance": instance, "errors": errors,
    }  # fmt: skip


def problem_response(
    scope: Scope,
    kind: ProblemType,
    detail: str,
    violations: Iterable[Violation] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response. The function takes the scope, so that pure ASGI middleware can call it."""
    document = problem_document(kind, detail, request_path(scope), violations)
    # A lone surrogate in an echoed name cannot be encoded as UTF-8, but it is valid JSON as \uXXXX.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, kind.status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE)


def error_response(scope: Scope, error: ApiError) -> Response:
    """An `ApiError` as a response."""
    return problem_response(scope, error.kind, error.detail, error.violations, error.headers)


def request_path(scope: Scope) -> str:
    """The path of the request as sent: percent-encoded, without the query."""
    raw = scope.get("raw_path") or quote(scope.get("path", "/"), errors="replace").encode()
    return cast("bytes", raw).split(b"?", 1)[0].decode("latin-1")


def problems(*kinds: ProblemType) -> dict[int | str, dict[str, Any]]:
    """The problems of a route for its `responses=`: media type, schema, and an example of each."""
    return {kind.status: _describe(kind) for kind in kinds}


def example_problem(kind: ProblemType) -> dict[str, object]:
    """An example of a problem of this type, exactly as the server sends it."""
    instance, detail, errors = _EXAMPLES[kind]
    return {**problem_document(kind, detail, instance), "errors": errors}


def _describe(kind: ProblemType) -> dict[str, object]:
    examples = {kind.slug: {"value": example_problem(kind)}}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    return {"description": f"{kind.title}. {kind.meaning}", "content": {MEDIA_TYPE: content}}


def describe_problems(document: dict[str, Any]) -> dict[str, object]:
    """Replace the schema of FastAPI's own 422 responses in an OpenAPI document by `Problem`, and add missing 422
    responses and those that any request can get."""
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs"))
    schemas["Problem"] = own
    for path, item in document.get("paths", {}).items():
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            invalid = operation["responses"].get("422")
            # Every route under /v1/ rejects unknown parameters.
            if (invalid is None and path.startswith("/v1/")) or "HTTPValidationError" in json.dumps(invalid):
                operation["responses"]["422"] = _describe(ProblemType.INVALID)
            # Every request is checked before its route is known.
            for kind in (ProblemType.URI_TOO_LONG, ProblemType.HEAD_TOO_LARGE) if path.startswith("/v1/") else ():
                operation["responses"].setdefault(str(kind.status), _describe(kind))
            if "requestBody" in operation:
                operation["responses"].setdefault("408", _describe(ProblemType.TIMEOUT))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document
