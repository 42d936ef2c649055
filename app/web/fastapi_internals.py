"""The undocumented parts of FastAPI and Starlette that Parley uses; no other module imports or touches them.

pyproject.toml caps the version of FastAPI. To raise the cap, run tests/web/test_fast_routes.py and tests/web/test_errors.py:
they compare Parley's reading of queries with FastAPI's own, and cover the other functions below.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from re import Pattern
from typing import Any

from fastapi import FastAPI
from fastapi._compat import get_cached_model_fields
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts
from starlette._utils import get_route_path
from starlette.types import Scope


def path_in_application(scope: Scope) -> str:
    """The path of the request without `root_path`. Starlette matches routes with this function; it has no public name."""
    return get_route_path(scope)


@dataclass(frozen=True, slots=True)
class RoutePath:
    """The path of a route with its prefix, and its methods."""

    methods: frozenset[str]
    template: str
    regex: Pattern[str] | None


def route_paths(app: FastAPI | None) -> Iterable[RoutePath]:
    """The paths of all routes. An included router is a single route in `app.routes`; only `iter_route_contexts` yields
    the routes in it together with their prefixes."""
    for context in iter_route_contexts(app.routes if app is not None else ()):
        regex = getattr(context, "path_regex", None)
        yield RoutePath(frozenset(context.methods or ()), context.path_format or "", regex)


def matched_template(scope: Scope) -> str:
    """The path template of the matched route with its prefix (`/v1/talks/{key}`); empty if no route matched."""
    context = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(context, "path_format", None) or ""


def query_annotations(scope: Scope) -> dict[str, object]:
    """The query parameters of the matched route and of its dependencies, each with its annotation.

    - `route` in the scope is the matched route. For a route of an included router, `fastapi.effective_route_context` in the
      scope also has the dependencies of that router.
    - `dependant` is FastAPI's analysis of a signature; `get_flat_params` collects its parameters.
    - The fields of a query model have no `in_`."""
    context = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    dependant = getattr(context, "dependant", None) or getattr(scope.get("route"), "dependant", None)
    if dependant is None:
        return {}
    return {
        field.alias: field.field_info.annotation
        for field in get_flat_params(dependant)
        if getattr(getattr(field.field_info, "in_", None), "value", "query") == "query"
    }


def cache_query_models(app: FastAPI) -> None:
    """Fill FastAPI's cache of the fields of query models.

    `get_openapi` looks up these fields twice and compares them by identity. If a request were the first to use a model in
    between, in another thread, there would be two sets of fields, and the second look-up would raise KeyError
    (tests/openapi/test_openapi.py::test_no_request_changes_the_fields_that_the_document_is_made_of)."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is not None:
            get_flat_params(dependant)


def cached_query_models() -> tuple[int, int, int | None]:
    """The number of models in FastAPI's cache of query models, the number of cache misses, and the size limit of the
    cache."""
    info = get_cached_model_fields.cache_info()
    return info.currsize, info.misses, info.maxsize


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A parameter in the path of a route."""

    name: str
    alias: str
    #: Returns the value and a list of errors, like the private `ModelField.validate` of FastAPI.
    validate: Callable[..., tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class EndpointParameters:
    """What FastAPI passes to an endpoint, from its analysis of the signature (`APIRoute.dependant`)."""

    #: Query parameters and query models: name and annotation.
    queries: tuple[tuple[str, Any], ...]
    paths: tuple[PathParameter, ...]
    #: Dependencies: name and function.
    dependencies: tuple[tuple[str, Callable[..., Awaitable[Any]]], ...]
    #: Name of the parameter that gets the request.
    request: str | None
    #: Whether the endpoint also takes headers, cookies or a body.
    has_others: bool


def endpoint_parameters(route: APIRoute) -> EndpointParameters:
    """The parameters of the endpoint of a route."""
    declared = route.dependant
    return EndpointParameters(
        tuple((field.name, field.field_info.annotation) for field in declared.query_params),
        tuple(PathParameter(field.name, field.alias, field.validate) for field in declared.path_params),
        tuple((str(needed.name), needed.call) for needed in declared.dependencies),  # type: ignore[misc]
        declared.request_param_name,
        bool(declared.header_params or declared.cookie_params or declared.body_params),
    )
