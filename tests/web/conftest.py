"""The small application of these tests, and a client for it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from .small_app import make_app


@pytest.fixture
def app() -> FastAPI:
    return make_app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://parley.test") as opened:
        yield opened
