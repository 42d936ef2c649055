"""Reads in a straight line: a router that knows its addresses, and GETs whose query is read at once.

On the surface this might seem to do over again what FastAPI does. However, FastAPI tries each route of each router, and
solves each dependency by itself: four fifths of the time that Parley's own code took for a read went there. Here only
what is plainly right is read; all else goes FastAPI's own way, which says what is wrong, so the two cannot drift apart
(tests/web/test_lean.py::test_both_ways_read_the_same).
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette._utils import get_route_path
from starlette.routing import Match
from starlette.types import Scope

from app.web.access import ACCESS
from app.web.validation import is_repeatable

Handler = Callable[[Request], Awaitable[HttpResponse]]


class FastRoute(APIRoute):
    """A route that is answered in a straight line where it can be: see `_plain_query` for what that takes."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """What answers a request."""
        whole = super().get_route_handler()
        return _lean(self, whole) if _is_lean(self) else whole


class FastRouter(APIRouter):
    """A router that declines at a glance what does not begin with its prefix."""

    def __init__(self, prefix: str, tags: list[Any]) -> None:
        super().__init__(prefix=prefix, tags=tags, route_class=FastRoute)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of its routes takes the request."""
        if not get_route_path(scope).startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)


def _is_lean(route: APIRoute) -> bool:
    """Whether the endpoint is an async GET that makes its response itself, of a request, keys in the path, one model of
    the query string and who may read."""
    declared = route.dependant
    return (
        route.methods == {"GET"}
        and inspect.iscoroutinefunction(route.endpoint)
        and inspect.signature(route.endpoint).return_annotation is HttpResponse
        and not (declared.header_params or declared.cookie_params or declared.body_params)
        and len(declared.query_params) <= 1
        and all(_is_model(field.field_info.annotation) for field in declared.query_params)
        and all(hasattr(needed.call, ACCESS) for needed in declared.dependencies)
    )


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _lean(route: APIRoute, whole: Handler) -> Handler:
    declared = route.dependant
    endpoint: Callable[..., Awaitable[HttpResponse]] = route.endpoint
    queries = [(field.name, _plain_query(field.field_info.annotation)) for field in declared.query_params]
    access: list[tuple[str, Any]] = [(str(needed.name), needed.call) for needed in declared.dependencies]
    request_name = declared.request_param_name

    async def answer(request: Request) -> HttpResponse:
        values: dict[str, Any] = {}
        for name, read in queries:
            values[name] = read(request)
            if values[name] is None:
                return await whole(request)
        sent = request.scope["path_params"]
        for field in declared.path_params:
            values[field.name], violations = field.validate(sent[field.alias], {}, loc=("path", field.alias))
            if violations:
                return await whole(request)
        for name, permitted in access:
            values[name] = await permitted(request, None, None)
        if request_name:
            values[request_name] = request
        return await endpoint(**values)

    return answer


def _plain_query(model: Any) -> Callable[[Request], BaseModel | None]:
    """Reads the model from a query string in which every name is known, no scalar stands twice and every value is valid;
    None for any other."""
    names = {info.alias or name: is_repeatable(info.annotation) for name, info in model.model_fields.items()}

    def read(request: Request) -> BaseModel | None:
        given: dict[str, Any] = {}
        if request.scope["query_string"]:
            for name, value in request.query_params.multi_items():
                is_list = names.get(name)
                if is_list:
                    given.setdefault(name, []).append(value)
                elif is_list is None or name in given:
                    return None
                else:
                    given[name] = value
        try:
            found: BaseModel = model.model_validate(given)
        except ValidationError:
            return None
        return found

    return read
