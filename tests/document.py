"""The OpenAPI document of the application, made once for all tests of a worker: it takes seconds."""

from copy import deepcopy
from functools import cache
from typing import Any

from app.main import create_app
from app.settings import Settings


def openapi_document() -> dict[str, Any]:
    return deepcopy(_document())


@cache
def _document() -> dict[str, Any]:
    return create_app(Settings(database_url="postgresql://nobody@nowhere/none")).openapi()
