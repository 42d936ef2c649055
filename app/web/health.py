"""Health checks for monitoring: `/healthz` and `/readyz`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.errors import ApiError, ProblemType
from app.web.problem_responses import problems

log = logging.getLogger("parley.error")
_READY_SECONDS = 5.0


class Health(BaseModel):
    """The server, or the database that it needs, is available."""

    status: Literal["ok"] = Field(description="Always `ok`; otherwise a problem is sent.", examples=["ok"])


def make_health_router(ready: Callable[[], Awaitable[object]]) -> APIRouter:
    """The routes of the health checks. `/readyz` awaits `ready` for at most five seconds; an exception is logged and becomes
    503."""
    router = APIRouter(tags=["service"])

    @router.get("/healthz", operation_id="getHealth", summary="Check that the process is running")
    async def healthz() -> Health:
        """Returns `ok` as long as the process runs. Does not use the database.

        Example: `GET /healthz`"""
        return Health(status="ok")

    @router.get(
        "/readyz",
        operation_id="getReadiness",
        summary="Check that the database responds",
        responses=problems(ProblemType.UNAVAILABLE),
    )
    async def readyz() -> Health:
        """Returns `ok` if the database responds and accepts new connections, and 503 otherwise.

        Example: `GET /readyz`"""
        try:
            await asyncio.wait_for(ready(), _READY_SECONDS)
        except Exception as error:
            log.warning("not ready: %s: %s", type(error).__name__, error)
            raise ApiError(
                ProblemType.UNAVAILABLE, "The database does not respond.", headers={"Retry-After": "5"}
            ) from None
        return Health(status="ok")

    return router
