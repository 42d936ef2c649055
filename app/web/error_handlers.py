"""Exception handlers: turn every exception of a route into a problem response."""

import http
import re
from collections.abc import Iterable, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import LISTED, ApiError, ProblemType, Violation, allowed_hint, count_errors, nearest, quoted
from app.web.problem_responses import problem_document, problem_response, request_path
from app.web.routing import allowed_methods, nearest_path, query_parameters, repeated_parameters
from app.web.state import web_state
from app.web.validation import violations_from

#: Attribute of an endpoint: a function of the request that finds the errors that the query model alone cannot find. The
#: response to an invalid query then lists all errors.
FURTHER = "further_violations"
#: Attribute of an endpoint: whether it is a report whose answers have all rows, without pages.
UNPAGED = "is_unpaged"
#: The parameters of pages.
_OF_PAGES = ("limit", "cursor")

#: Hints for parameters that other paths have, but not this path.
_ELSEWHERE = {
    "known_by": "`known_by` does not apply to histories and changes. Lists, records, searches and dossiers have it:"
    " /v1/talks?known_by=2025-06-03.",
    "known_to": "`known_to` does not apply to histories and changes. Lists, records, searches and dossiers have it:"
    " /v1/talks?known_to=russia&known_by=2025-06-03.",
}
#: Names of parameters in other APIs → the name here.
_SYNONYMS = {
    **dict.fromkeys(("page", "offset", "skip", "page_token"), "cursor"),
    **dict.fromkeys(("per_page", "page_size", "pagesize", "top"), "limit"),
    **dict.fromkeys(("order", "order_by", "ordering", "sort_by", "orderby"), "sort"),
    **dict.fromkeys(("search", "query"), "q"),
    **dict.fromkeys(("select", "columns"), "fields"),
    **dict.fromkeys(("expand", "embed"), "include"),
    **dict.fromkeys(("facet", "group_by", "aggregate"), "facets"),
}
_SYNONYM_HINTS = {
    "cursor": "Pages have no numbers: use `cursor` with `page.next` of the last response; `limit` sets the number of records per page.",
    "limit": "Use `limit`.",
}


def install_errors(app: FastAPI) -> None:
    """Register a handler for every exception that can be raised while a request is handled."""
    app.add_exception_handler(ApiError, _handle_api_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_exception)
    app.add_exception_handler(Exception, _handle_exception)


async def _handle_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _respond(request, error.kind, error.detail, error.violations, error.headers)


def _respond(
    request: Request,
    kind: ProblemType,
    detail: str,
    violations: Iterable[Violation] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as JSON; 404 and 410 as an HTML page if a browser asks for one."""
    make_page = web_state(request).problem_page
    if (
        make_page is None
        or kind not in (ProblemType.NOT_FOUND, ProblemType.GONE)
        or request.method not in ("GET", "HEAD")
    ):
        return problem_response(request.scope, kind, detail, violations, headers)
    document = problem_document(kind, detail, request_path(request.scope), violations)
    page = make_page(request, document)
    if page is None:
        response = problem_response(request.scope, kind, detail, violations, headers)
        response.headers["Vary"] = "Accept"
        return response
    page.headers.update({"Cache-Control": "no-store", **(headers or {})})
    return page


async def _handle_exception(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, ProblemType.INTERNAL, "The server failed; nothing was written.")


async def _handle_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    scope = request.scope
    headers = dict(error.headers or {})
    path = quoted(request_path(scope), 60)[1:-1]
    if error.status_code == 404:
        near = nearest_path(request)
        hint = f" Did you mean {near}?" if near else " /docs and /openapi.json list all paths."
        return _respond(request, ProblemType.NOT_FOUND, f"Not found: {path}.{hint}")
    if error.status_code == 405:
        allowed = ", ".join(sorted(allowed_methods(scope))) or headers.get("Allow", "")
        detail = f"{request.method} is not allowed at {path}; allowed: {allowed}."
        return problem_response(scope, ProblemType.METHOD, detail, headers={**headers, "Allow": allowed})
    fallback = ProblemType.INTERNAL if error.status_code >= 500 else ProblemType.MALFORMED
    kind = next((kind for kind in ProblemType if kind.status == error.status_code), fallback)
    detail = error.detail if isinstance(error.detail, str) and kind is not ProblemType.INTERNAL else ""
    detail = detail or http.HTTPStatus(kind.status).description or kind.meaning
    return problem_response(scope, kind, detail, (), headers)


async def _handle_validation_error(request: Request, error: Exception) -> Response:
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
            violations += violations_from([{**item, "loc": rest}], None, error.body)
        elif where == "query" and item["type"] == "extra_forbidden":
            name = str(rest[0])
            if getattr(request.scope.get("endpoint"), UNPAGED, False) and (unpaged := not_paged(name)):
                violations.append(unpaged)
                continue
            hint = _ELSEWHERE.get(name) or _unknown_parameter_hint(name, parameters)
            violations.append(Violation(f"Unknown parameter {quoted(name, 60)}", parameter=name, hint=hint))
        else:
            name = str(rest[0]) if rest else where
            declared = parameters.get(name) if where == "query" else None
            violations += violations_from([{**item, "loc": rest[1:]}], declared, item.get("input"), parameter=name)
    if (further := getattr(request.scope.get("endpoint"), FURTHER, None)) is not None:
        violations += further(request)
    violations = list(dict.fromkeys(violations))
    return problem_response(request.scope, kind, count_errors(violations), violations)


def not_paged(name: str) -> Violation | None:
    """The error for a parameter of pages that was sent to a report without pages; None = another parameter."""
    if name not in _OF_PAGES:
        return None
    return Violation("This report is not paged", parameter=name, hint=f"Omit `{name}`: the answer has all rows.")


def _unknown_parameter_hint(name: str, parameters: Mapping[str, object]) -> str | None:
    """A hint for an unknown parameter: the parameter that other APIs call by this name, or else the most similar
    name."""
    here = _SYNONYMS.get(name.casefold())
    if here is not None and here in parameters:
        return _SYNONYM_HINTS.get(here) or f"Use `{here}`."
    base, dot, _ = name.partition(".")
    similar = [one for one in parameters if dot and base in re.split("[._]", one)]
    if similar and nearest(name, parameters) is None:
        return f"Similar parameters here: {', '.join(similar)}."
    if dot and nearest(name, parameters) is None and len(parameters) > LISTED:
        return f"No parameter here begins with `{base[:60]}`; /docs lists all {len(parameters)} of them."
    return allowed_hint(name, list(parameters), "Parameters here")
