"""The straight way of a read and FastAPI's own: what one takes, the other takes alike."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, Request
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute, iter_route_contexts

from app.main import create_app
from app.web.fast_routes import FastRoute, is_fast, query_reader

ODD = [
    ("limit", "0"),
    ("limit", "7"),
    ("nothing", "1"),
    ("fields", ""),
    ("fields", "slug,,title"),
    ("sort", ""),
    ("q", ""),
]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app()


def fast_routes(app: FastAPI) -> dict[str, APIRoute]:
    routes: dict[str, APIRoute] = {}
    for context in iter_route_contexts(app.routes):
        route = getattr(context, "original_route", None)
        if isinstance(route, FastRoute) and is_fast(route):
            routes[route.path] = route
    return routes


def asked(model: Any) -> Iterator[list[tuple[str, str]]]:
    """Query strings: nothing, each parameter's example alone, repeated, with another, and odd ones."""
    yield []
    known: list[tuple[str, str]] = []
    for name, info in model.model_fields.items():
        for example in info.examples or ():
            values = example if isinstance(example, list) else [example]
            if example is not None:
                known.append((info.alias or name, str(values[0])))
    for one in (*known, *ODD):
        yield [one]
        yield [one, one]
        yield [one, known[0], known[-1]]


def test_both_ways_read_the_same(app: FastAPI) -> None:
    routes, compared, taken = fast_routes(app), 0, 0
    for route in routes.values():
        for field in route.dependant.query_params:
            model = field.field_info.annotation
            read = query_reader(model)
            for pairs in asked(model):
                scope = {"type": "http", "query_string": urlencode(pairs).encode(), "headers": [], "path": route.path}
                request = Request(scope)
                plain = read(request)
                values, violations = request_params_to_args(route.dependant.query_params, request.query_params)
                compared += 1
                if plain is not None:
                    taken += 1
                    assert not violations, (route.path, pairs, violations)
                    assert plain == values[field.name], (route.path, pairs)
                    assert plain.model_fields_set == values[field.name].model_fields_set
                else:
                    repeated = len({name for name, _ in pairs}) < len(pairs)
                    assert violations or repeated, (route.path, pairs)
    assert compared > 1_000 and taken > compared / 2


def test_every_list_and_every_record_goes_the_straight_way(app: FastAPI) -> None:
    routes = fast_routes(app)
    for name in ("talks", "demands", "sources", "citations"):
        assert f"/v1/{name}" in routes
        assert f"/v1/{name}/{{key}}" in routes
    assert "/v1/search" in routes
