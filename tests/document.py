"""The OpenAPI document of the application, made once for all tests of a worker: it takes seconds."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from app.main import create_app
from app.settings import Settings


def openapi_document() -> dict[str, Any]:
    return deepcopy(_document())


METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, or what its `$ref` leads to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


@cache
def _document() -> dict[str, Any]:
    return create_app(Settings(database_url="postgresql://nobody@nowhere/none")).openapi()
