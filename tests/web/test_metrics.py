"""Who may read `/metrics`."""

import httpx
import pytest
from fastapi import FastAPI

from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal
from app.web.access import Principal, digest, new_api_key
from app.web.error_handlers import install_errors
from app.web.metrics import MetricsAccess, make_metrics_router
from app.web.state import WebState, install_state

ADMIN, WRITER = new_api_key(), new_api_key()


class Keys:
    async def find(self, digest_: bytes) -> Principal | KeyRefusal:
        known = {
            digest(ADMIN): Principal("k1", "admin", frozenset({Scope.ADMIN})),
            digest(WRITER): Principal("k2", "writer", frozenset({Scope.WRITE})),
        }
        return known.get(digest_, KeyRefusal.UNKNOWN)


async def status_of(access: MetricsAccess, address: str, host: str, headers: dict[str, str]) -> int:
    async def prepare() -> None:
        pass

    app = FastAPI()
    state = WebState()
    state.key_store = Keys()
    install_state(app, state)
    app.include_router(make_metrics_router(access, prepare, lambda: b"up 1\n", "text/plain"))
    install_errors(app)
    transport = httpx.ASGITransport(app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        response = await client.get("/metrics", headers=headers)
    assert (response.text == "up 1\n") == (response.status_code == 200)
    return response.status_code


LOCAL = ("127.0.0.1", "localhost:8000")
FAR = ("192.0.2.7", "parley.example")


@pytest.mark.parametrize(
    ("address", "host", "headers", "status"),
    [
        (*LOCAL, {}, 200),
        ("::1", "[::1]:8000", {}, 200),
        (*FAR, {}, 401),
        # The owner of a domain lets its name point to this machine.
        ("127.0.0.1", "rebound.example", {}, 401),
        # A connection of a proxy on this machine, and a page of another origin in a browser on this machine.
        (*LOCAL, {"X-Forwarded-For": "127.0.0.1"}, 401),
        (*LOCAL, {"Via": "1.1 proxy"}, 401),
        (*LOCAL, {"Origin": "https://evil.example"}, 401),
        # The address of a client is never taken from a header here.
        (*FAR, {"X-Forwarded-For": "127.0.0.1", "Host": "localhost"}, 401),
        (*FAR, {"X-API-Key": WRITER}, 403),
        (*FAR, {"X-API-Key": ADMIN}, 200),
        (*FAR, {"X-API-Key": new_api_key()}, 401),
    ],
)
async def test_local_means_a_direct_request_from_this_machine(
    address: str, host: str, headers: dict[str, str], status: int
) -> None:
    assert await status_of("local", address, host, headers) == status


async def test_the_setting_opens_and_closes_it() -> None:
    assert await status_of("key", *LOCAL, {}) == 401
    assert await status_of("key", *FAR, {"X-API-Key": ADMIN}) == 200
    assert await status_of("public", *FAR, {}) == 200
    assert await status_of("off", *LOCAL, {"X-API-Key": ADMIN}) == 404
