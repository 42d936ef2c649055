"""The finished document, from what FastAPI makes of the routes and what the collections declare."""

from collections.abc import Iterable
from typing import Any

from app.openapi.access import describe_access
from app.openapi.branches import type_branches
from app.openapi.examples import describe_examples
from app.openapi.parameters import describe_parameters, share_parameters
from app.openapi.responses import describe_responses
from app.openapi.schemas import tidy_schemas, without_unused
from app.resources.resource import Resource
from app.web.access import ReadAccess
from app.web.problem_responses import describe_problems


def finish(
    document: dict[str, Any],
    collections: Iterable[Resource] = (),
    *,
    read_access: str = ReadAccess.PUBLIC,
    server: str = "/",
) -> dict[str, Any]:
    """Make a document of FastAPI's true and usable; changes and answers `document`."""
    collections = tuple(collections)
    document["servers"] = [{"url": server, "description": "This server."}]
    describe_problems(document)
    describe_access(document, read_access)
    type_branches(document, collections)
    describe_parameters(document, collections)
    describe_responses(document, collections)
    tidy_schemas(document)
    describe_examples(document, collections)
    share_parameters(document)
    without_unused(document)
    return document
