"""Routes of a resource, as a table of paths, endpoints and documentation."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi import Response as HttpResponse


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a resource."""

    method: str
    #: Path below the collection, such as `/{key}`.
    path: str
    #: The `operationId`.
    operation: str
    endpoint: Callable[..., Awaitable[HttpResponse]]
    summary: str
    description: str
    responses: Mapping[int | str, dict[str, Any]]
    #: Status of a plain success; None = 200.
    status: int | None = None
    #: The request body, as OpenAPI describes it.
    body: Mapping[str, Any] | None = None


def add_routes(router: APIRouter, routes: Iterable[Route]) -> None:
    """Add these routes."""
    for route in routes:
        router.add_api_route(
            route.path,
            route.endpoint,
            methods=[route.method],
            operation_id=route.operation,
            summary=route.summary,
            description=route.description,
            status_code=route.status,
            responses=dict(route.responses),
            openapi_extra={"requestBody": dict(route.body)} if route.body else None,
            response_class=HttpResponse,
        )
