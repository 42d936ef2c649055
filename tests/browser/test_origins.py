"""Pages of other web origins in a real browser: it asks first, and believes what it is answered."""

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium import webdriver

from app.db.vocabulary import Scope
from app.runtime.bootstrap import engine_at
from tests.browser.conftest import pytestmark
from tests.cli.test_cli import Parley
from tests.conftest import Server, Templates, key_for

__all__ = ["pytestmark"]

#: Calls an address and answers with its status, a header and the body, or with the name of the error that a page gets.
CALL = """
const [address, options, done] = arguments;
fetch(address, options).then(
  async (got) => done({status: got.status, etag: got.headers.get("ETag"), body: await got.text()}),
  (error) => done({error: error.name}),
);
"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page</title>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pages() -> Iterator[tuple[str, str]]:
    """The origins of two pages."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Page) for _ in range(2)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{servers[0].server_port}", f"http://127.0.0.1:{servers[1].server_port}"
    for one in servers:
        one.shutdown()
        one.server_close()


@dataclass(frozen=True)
class Crossing:
    base: str
    named: str
    other: str
    headers: dict[str, str]


@pytest.fixture
async def crossing(
    server: Server, templates: Templates, tmp_path: Path, pages: tuple[str, str]
) -> AsyncIterator[Crossing]:
    """A server that names the first of the pages, and a key that writes."""
    async with server.cloned(templates.world) as url:
        async with engine_at(url) as engine:
            headers = await key_for(engine, Scope.WRITE)
        parley = Parley(
            tmp_path / "unused", "serve", "--port", "0", DATABASE_URL=url, PARLEY_CORS_ORIGINS=f"*,{pages[0]}"
        )
        yield Crossing(parley.base, *pages, headers)
        assert parley.end() == 0


def test_a_page_reads_and_writes_only_where_its_origin_is_named(browser: webdriver.Chrome, crossing: Crossing) -> None:
    address = f"{crossing.base}/v1/parties"

    def call(method: str, path: str = "", body: str | None = None, **headers: str) -> dict[str, Any]:
        options = {"method": method, "headers": {**crossing.headers, **headers}, "body": body}
        answer: dict[str, Any] = browser.execute_async_script(CALL, address + path, options)
        return answer

    def head() -> int:
        return int(httpx.get(f"{crossing.base}/v1/revisions?limit=1").json()["head"])

    before = head()
    json = {"Content-Type": "application/json"}
    eria = '{"slug": "eria", "name": "Eria", "kind": "state"}'
    browser.get(crossing.other)
    assert call("GET")["status"] == 200
    # A POST is sent whatever methods the answer to the preflight names.
    assert call("POST", "", eria, **json)["status"] == 403
    assert call("DELETE", "/alba?reason=x") == {"error": "TypeError"}
    # What a page may send without asking first reaches the server, and is refused there.
    sneaked: dict[str, Any] = browser.execute_async_script(CALL, address, {"method": "POST", "body": eria})
    assert sneaked["status"] == 403
    assert "/problems/cross-origin" in sneaked["body"]
    assert head() == before

    browser.get(crossing.named)
    made = call("POST", "", eria, **json, **{"Idempotency-Key": "one"})
    assert (made["status"], head()) == (201, before + 1)
    changed = call("PATCH", "/eria", '{"name": "Erya"}', **{"Content-Type": "application/merge-patch+json"})
    assert changed["status"] == 200
    assert call("PUT", "/eria", eria, **json, **{"If-Match": made["etag"]})["status"] == 412
    assert call("DELETE", "/eria?reason=x", None, **{"If-Match": changed["etag"]})["status"] == 204
