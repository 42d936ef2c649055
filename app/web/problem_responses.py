"""Every refusal in one form: RFC 9457 `application/problem+json`, for whatever went wrong and wherever.

`install_errors(app)` makes the handlers; `problems(...)` documents them on a route; rooms raise `ApiError` and
never build an answer of their own. Nothing of a driver, a traceback or a file name reaches a client.
"""

import http
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation, allowed_hint
from app.web.routing import allowed_methods, count_of, nearest_path, query_parameters, repeated_parameters
from app.web.validation import explain
from app.web.validation_messages import shorten

MEDIA_TYPE = "application/problem+json"
#: Parameters that are looked for where they are not, each with where it is.
_ELSEWHERE = {
    "known_by": "What was done is told whole. What was known on a day is asked of lists, records, searches and dossiers:"
    " /v1/talks?known_by=2025-06-03."
}

#: An attribute of an endpoint: a function of the request that finds what its query model alone cannot, so that a refused
#: query is told all that is wrong with it at once.
FURTHER = "further_faults"

#: How other APIs call what is here called otherwise: parameter → its name here, and how it is used.
_OTHERWISE = {
    **dict.fromkeys(("page", "offset", "skip", "page_token"), "cursor"),
    **dict.fromkeys(("per_page", "page_size", "pagesize", "top"), "limit"),
    **dict.fromkeys(("order", "order_by", "ordering", "sort_by", "orderby"), "sort"),
    **dict.fromkeys(("search", "query"), "q"),
    **dict.fromkeys(("select", "columns"), "fields"),
    **dict.fromkeys(("expand", "embed"), "include"),
    **dict.fromkeys(("facet", "group_by", "aggregate"), "facets"),
}
_USE = {
    "cursor": "Pages have no numbers here: use `cursor`, with `page.next` of the last answer; `limit` says how many"
    " records a page holds.",
    "limit": "Use `limit`.",
}


def _called_otherwise(name: str, parameters: Mapping[str, Any]) -> str | None:
    """The hint for an unknown parameter: what other APIs call so has its name here, else the nearest name."""
    here = _OTHERWISE.get(name.casefold())
    if here is not None and here in parameters:
        return _USE.get(here) or f"Use `{here}`."
    return allowed_hint(name, list(parameters), "Parameters here")


class ProblemCandidate(BaseModel):
    """A stored record that a new one probably is."""

    slug: str = Field(description="Its slug.", examples=["ukraine"])
    name: str = Field(description="Its name or title.", examples=["Ukraine"])
    href: str = Field(description="Its address.", examples=["/v1/parties/ukraine"])
    why: str = Field(description="What both have in common.", examples=["the same name"])


class ProblemError(BaseModel):
    """One thing that is wrong with the request; either `pointer` or `parameter` says where."""

    pointer: str | None = Field(None, description="JSON Pointer (RFC 6901) into the body.", examples=["/demands/0/act"])
    parameter: str | None = Field(None, description="Name of the query or path parameter.", examples=["party"])
    message: str = Field(description="What is wrong.", examples=["There is no parameter “parti” here"])
    hint: str | None = Field(None, description="What would be right.", examples=["Did you mean `party`?"])
    candidate: ProblemCandidate | None = Field(
        None, description="With a 409: the stored record that the new one probably is; left out where there is none."
    )


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="Address of a page that explains this problem.", examples=["/problems/invalid"])
    title: str = Field(
        description="The problem in a few words; the same for every case.",
        examples=["The request is not valid"],
    )
    status: int = Field(description="The status of the answer, repeated.", examples=[422])
    detail: str = Field(description="What happened in this case.", examples=["One parameter is not valid."])
    instance: str = Field(description="The address that was asked.", examples=["/v1/demands"])
    errors: list[ProblemError] = Field(
        description="All faults that were found; empty when there is but one thing to say."
    )


_EXAMPLES: dict[ProblemType, tuple[str, str, list[dict[str, str]]]] = {
    ProblemType.MALFORMED: (
        "/v1/demands",
        "The body is not valid JSON.",
        [{"pointer": "", "message": "Line 3, column 5: expecting ',' delimiter"}],
    ),
    ProblemType.UNAUTHORIZED: ("/v1/demands", "This needs a key with the scope `write`; none was sent.", []),
    ProblemType.FORBIDDEN: ("/v1/demands", "The key “reader” lacks the scope `write`.", []),
    ProblemType.CROSS_ORIGIN: (
        "/v1/demands",
        "Pages of “https://example.org” may not write here; nothing was written. The setting PARLEY_CORS_ORIGINS of the"
        " server names the origins whose pages may.",
        [],
    ),
    ProblemType.NOT_FOUND: ("/v1/demand", "Nothing stands at /v1/demand. Did you mean /v1/demands?", []),
    ProblemType.METHOD: (
        "/v1/demands",
        "DELETE is not known at /v1/demands; GET, HEAD, OPTIONS, POST are.",
        [],
    ),
    ProblemType.NOT_ACCEPTABLE: ("/v1/demands", "The answer cannot be given as application/pdf.", []),
    ProblemType.CONFLICT: (
        "/v1/demands",
        "Another record has this slug.",
        [
            {
                "pointer": "/slug",
                "message": "This slug is taken",
                "hint": "Choose another, or PUT to change that record.",
            }
        ],
    ),
    ProblemType.GONE: ("/v1/demands/withdrawn-demand", "This record was withdrawn: it was coded twice.", []),
    ProblemType.PRECONDITION: ("/v1/demands/some-demand", "The record has changed since you read it.", []),
    ProblemType.TOO_LARGE: ("/v1/demands", "The body has more than 1048576 bytes.", []),
    ProblemType.URI_TOO_LONG: ("/v1/demands", "The address has more than 8192 bytes.", []),
    ProblemType.MEDIA_TYPE: ("/v1/demands", "text/plain is not read here; send application/json.", []),
    ProblemType.RANGE: (
        "/v1/releases/2026.1/demands.csv",
        "The file has 84,211 bytes; `Range` begins after them.",
        [],
    ),
    ProblemType.INVALID: (
        "/v1/talks",
        "1 validation error.",
        [
            {
                "parameter": "parti",
                "message": "There is no parameter “parti” here",
                "hint": "Did you mean `party`?",
            }
        ],
    ),
    ProblemType.RATE: ("/v1/demands", "Too many requests; come back in 12 seconds.", []),
    ProblemType.INTERNAL: ("/v1/demands", "The server failed; nothing was written. Quote request 5f0c.", []),
    ProblemType.UNAVAILABLE: ("/v1/demands", "The database cannot be reached.", []),
}


def problem_type(kind: ProblemType) -> str:
    """The `type` of a problem: the path of the page that explains it."""
    return f"/problems/{kind.slug}"


def problem_document(
    kind: ProblemType, detail: str, instance: str, violations: Iterable[Violation] = ()
) -> dict[str, Any]:
    """A problem as a JSON object."""
    errors: list[dict[str, Any]] = []
    for violation in violations:
        keys = ("pointer", "parameter", "message", "hint")
        errors.append({key: said for key in keys if (said := getattr(violation, key)) is not None})
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
    """A problem as an answer; usable from pure ASGI, hence the scope."""
    document = problem_document(kind, detail, address(scope), violations)
    # A lone surrogate in an echoed name cannot be UTF-8, but as \uXXXX it is JSON all the same.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    answer_headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, kind.status, answer_headers, media_type=MEDIA_TYPE)


def address(scope: Scope) -> str:
    """The path that was asked, as sent: percent-encoded, without the query."""
    raw = scope.get("raw_path") or quote(scope.get("path", "/"), errors="replace").encode()
    return cast("bytes", raw).split(b"?", 1)[0].decode("latin-1")


def problems(*kinds: ProblemType) -> dict[int | str, dict[str, Any]]:
    """What a route may refuse with, for `responses=`: media type, schema, and one true example each."""
    return {kind.status: _documented(kind) for kind in kinds}


def example_of(kind: ProblemType) -> dict[str, Any]:
    """A problem of this kind as it is really sent."""
    instance, detail, errors = _EXAMPLES[kind]
    return {**problem_document(kind, detail, instance), "errors": errors}


def _documented(kind: ProblemType) -> dict[str, Any]:
    examples = {kind.slug: {"value": example_of(kind)}}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    return {"description": f"{kind.title}. {kind.meaning}", "content": {MEDIA_TYPE: content}}


def describe_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Make an OpenAPI document true about refusals: our Problem schema in place of FastAPI's own 422."""
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs"))
    schemas["Problem"] = own
    for path, item in document.get("paths", {}).items():
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            refused = operation["responses"].get("422")
            # Under /v1/ every route refuses parameters that it does not know.
            if (refused is None and path.startswith("/v1/")) or "HTTPValidationError" in json.dumps(refused):
                operation["responses"]["422"] = _documented(ProblemType.INVALID)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


#: Makes the page of a problem; None where the request prefers JSON.
PageOfProblem = Callable[[Request, Mapping[str, Any]], Response | None]


def install_errors(app: FastAPI, page_of_problem: PageOfProblem | None = None) -> None:
    """Register a handler for everything that can be raised while a request is answered."""
    app.state.page_of_problem = page_of_problem
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _told(request, error.kind, error.detail, error.violations, error.headers)


def _told(
    request: Request,
    kind: ProblemType,
    detail: str,
    violations: Iterable[Violation] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as JSON; what is not there, or no more, as a page where a browser asks for it."""
    make_page: PageOfProblem | None = getattr(request.app.state, "page_of_problem", None)
    if (
        make_page is None
        or kind not in (ProblemType.NOT_FOUND, ProblemType.GONE)
        or request.method not in ("GET", "HEAD")
    ):
        return problem_response(request.scope, kind, detail, violations, headers)
    document = problem_document(kind, detail, address(request.scope), violations)
    shown = make_page(request, document)
    if shown is None:
        response = problem_response(request.scope, kind, detail, violations, headers)
        response.headers["Vary"] = "Accept"
        return response
    shown.headers.update({"Cache-Control": "no-store", **(headers or {})})
    return shown


async def _failed(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, ProblemType.INTERNAL, "The server failed; nothing was written.")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    scope = request.scope
    headers = dict(error.headers or {})
    path = shorten(address(scope)).strip("“”")
    if error.status_code == 404:
        near = nearest_path(request)
        hint = f" Did you mean {near}?" if near else " /docs and /openapi.json list all addresses."
        return _told(request, ProblemType.NOT_FOUND, f"Nothing stands at {path}.{hint}")
    if error.status_code == 405:
        allowed = ", ".join(sorted(allowed_methods(scope))) or headers.get("Allow", "")
        detail = f"{request.method} is not known at {path}; {allowed} are."
        return problem_response(scope, ProblemType.METHOD, detail, headers={**headers, "Allow": allowed})
    fallback = ProblemType.INTERNAL if error.status_code >= 500 else ProblemType.MALFORMED
    kind = next((kind for kind in ProblemType if kind.status == error.status_code), fallback)
    said = error.detail if isinstance(error.detail, str) and kind is not ProblemType.INTERNAL else ""
    return problem_response(scope, kind, said or http.HTTPStatus(kind.status).description or kind.meaning, (), headers)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    parameters = query_parameters(request.scope)
    violations = repeated_parameters(request, parameters)
    kind = ProblemType.INVALID
    for item in error.errors():
        where, *rest = item["loc"]
        if item["type"] == "json_invalid":
            kind = ProblemType.MALFORMED
            violations.append(Violation(str(item.get("ctx", {}).get("error", "Not JSON")), pointer=""))
        elif where == "body":
            violations += explain([{**item, "loc": rest}], None, error.body)
        elif where == "query" and item["type"] == "extra_forbidden":
            name = str(rest[0])
            hint = _ELSEWHERE.get(name) or _called_otherwise(name, parameters)
            violations.append(Violation(f"There is no parameter {shorten(name)} here", parameter=name, hint=hint))
        else:
            name = str(rest[0]) if rest else where
            declared = parameters.get(name) if where == "query" else None
            violations += explain([{**item, "loc": rest[1:]}], declared, item.get("input"), parameter=name)
    if (further := getattr(request.scope.get("endpoint"), FURTHER, None)) is not None:
        violations += further(request)
    violations = list(dict.fromkeys(violations))
    return problem_response(request.scope, kind, count_of(violations), violations)
