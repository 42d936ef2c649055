"""Fast routes: a router that skips requests for other prefixes, and GET routes that parse their query without FastAPI's
machinery.

It may seem to repeat what FastAPI does. However, FastAPI tries each route of each router and solves each dependency
separately, which took four fifths of the time that Parley's own code needs for a read. The fast way handles only plainly
valid requests. All other requests take FastAPI's own way, which explains what is wrong, so that the two ways cannot
diverge (tests/web/test_fast_routes.py::test_both_ways_read_the_same).
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.routing import Match
from starlette.types import Scope

from app.web.access import ACCESS
from app.web.fastapi_internals import endpoint_parameters, path_in_application
from app.web.validation import is_repeatable

Handler = Callable[[Request], Awaitable[HttpResponse]]


class FastRoute(APIRoute):
    """A route that takes the fast way if `is_fast` and the request is plainly valid."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The function that handles a request."""
        fallback = super().get_route_handler()
        return _fast_handler(self, fallback) if is_fast(self) else fallback


class FastRouter(APIRouter):
    """A router that compares the prefix before it tries its routes."""

    def __init__(self, prefix: str, tags: list[Any]) -> None:
        super().__init__(prefix=prefix, tags=tags, route_class=FastRoute)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of the router's routes matches the request."""
        if not path_in_application(scope).startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)


def is_fast(route: APIRoute) -> bool:
    """Whether the endpoint is an async GET that returns a finished response, and takes only the request, path parameters,
    at most one query model, and access dependencies."""
    declared = endpoint_parameters(route)
    return (
        route.methods == {"GET"}
        and inspect.iscoroutinefunction(route.endpoint)
        and inspect.signature(route.endpoint).return_annotation is HttpResponse
        and not declared.has_others
        and len(declared.queries) <= 1
        and all(_is_model(annotation) for _, annotation in declared.queries)
        and all(hasattr(dependency, ACCESS) for _, dependency in declared.dependencies)
    )


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fast_handler(route: APIRoute, fallback: Handler) -> Handler:
    declared = endpoint_parameters(route)
    endpoint: Callable[..., Awaitable[HttpResponse]] = route.endpoint
    queries = [(name, query_reader(annotation)) for name, annotation in declared.queries]

    async def handle(request: Request) -> HttpResponse:
        values: dict[str, Any] = {}
        for name, read in queries:
            values[name] = read(request)
            if values[name] is None:
                return await fallback(request)
        sent = request.scope["path_params"]
        for field in declared.paths:
            values[field.name], errors = field.validate(sent[field.alias], {}, loc=("path", field.alias))
            if errors:
                return await fallback(request)
        for name, check_access in declared.dependencies:
            values[name] = await check_access(request, None, None)
        if declared.request:
            values[declared.request] = request
        return await endpoint(**values)

    return handle


def query_reader(model: Any) -> Callable[[Request], BaseModel | None]:
    """A function that reads the model from a query string. It returns None if a name is unknown, a scalar is repeated, or
    a value is invalid."""
    names = {info.alias or name: is_repeatable(info.annotation) for name, info in model.model_fields.items()}

    def read(request: Request) -> BaseModel | None:
        values: dict[str, Any] = {}
        if request.scope["query_string"]:
            for name, value in request.query_params.multi_items():
                is_list = names.get(name)
                if is_list:
                    values.setdefault(name, []).append(value)
                elif is_list is None or name in values:
                    return None
                else:
                    values[name] = value
        try:
            query: BaseModel = model.model_validate(values)
        except ValidationError:
            return None
        return query

    return read
