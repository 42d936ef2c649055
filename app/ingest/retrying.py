"""Retries reads while the database is unavailable."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.errors import ApiError, ProblemType

T = TypeVar("T")
#: Seconds between attempts if the database is temporarily unavailable.
PAUSES = (0.1, 0.2, 0.5, 1, 2, 5, 10)


async def retry_unavailable(work: Callable[[], Awaitable[T]]) -> T:
    """Run a read-only operation, and retry it while the database is unavailable. Raises `ApiError` after the last retry."""
    for pause in PAUSES:
        try:
            return await work()
        except ApiError as error:
            if error.kind is not ProblemType.UNAVAILABLE:
                raise
        await asyncio.sleep(pause)
    return await work()
