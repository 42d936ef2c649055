"""What a stranger may use of a server before he has sent a request: bytes, time and connections."""

import asyncio
import contextlib
import json
import pickle
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.web.connection_limits import ConnectionLimits, ConnectionTable
from app.web.http_protocol import BoundedHttpProtocol
from app.web.streaming import end_connection

HELLO = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body and the names of the headers."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/cut":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        end_connection(receive, at_once=False)
        return
    if scope["path"] == "/much":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
    names = sorted(name.decode() for name, _ in scope["headers"])
    body = json.dumps([scope["client"][0]] if scope["path"] == "/client" else [size, names]).encode()
    if scope["path"] != "/much":
        start = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": start})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(**limits: object) -> AsyncIterator[tuple[int, ConnectionTable]]:
    """A server with these limits, in this event loop: its port and its connections."""
    table = ConnectionTable(ConnectionLimits(**limits))  # type: ignore[arg-type]
    protocol = partial(BoundedHttpProtocol, table=table)
    config = uvicorn.Config(
        application, http=protocol, ws="none", lifespan="off", access_log=False, log_config=None, log_level="error"  # type: ignore[arg-type]
    )  # fmt: skip
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup([listener])
        try:
            yield listener.getsockname()[1], table
        finally:
            await server.shutdown([listener])


async def exchange(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send the parts on a new connection, and return all that comes until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)
    got = b""
    with contextlib.suppress(ConnectionError):
        while more := await asyncio.wait_for(reader.read(65_536), 10):
            got += more
    writer.close()
    return got


CLOSE = b"Connection: close\r\n"


@pytest.mark.parametrize(
    ("parts", "status", "words"),
    [
        ([b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 5_000 + b"\r\n\r\n"], 431, b"4096 bytes"),
        # One endless line, in pieces, of which the parser completes none.
        ([b"GET / HTTP/1.1\r\nHost: a\r\nX: "] + [b"a" * 3_000] * 50, 431, b"4096 bytes"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: 1\r\n" * 30 + b"\r\n"], 431, b"20 headers"),
        ([b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"], 414, b"4096 bytes"),
        ([b"\r\n" * 4_000], 431, b""),
        ([b"GET / HTTP/1.1\r\n\r\n"], 400, b"`Host`"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"], 400, b"`Host`"),
        ([b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"], 400, b"`Host`"),
        *(
            ([b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"], 400, b"`Host`")
            for host in (b"", b"[::1", b"a:99999", b"a:x")
        ),
        ([b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"], 400, b"not valid HTTP"),
        ([b"NONSENSE\r\n\r\n"], 400, b"not valid HTTP"),
        ([b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: "] + [b"t" * 3_000] * 9, 431, b""),
        ([b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;"] + [b"t" * 3_000] * 9, 431, b""),
    ],
)
async def test_a_head_beyond_the_limits_is_rejected_with_a_problem(
    parts: list[bytes], status: int, words: bytes
) -> None:
    async with serving(head_bytes=4_096, header_lines=20) as (port, table):
        got = await exchange(port, *parts, pause=0.001)
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode()), got[:300]
        assert b"application/problem+json" in head and json.loads(body)["status"] == status and words in body
        assert not table.receiving


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"[0, []]"),
        (b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n" + CLOSE + b"\r\n", b'[0, ["connection", "host"]]'),
        (b"GET / HTTP/1.1\r\nHost: a.b:\r\n" + CLOSE + b"\r\n", b'[0, ["connection", "host"]]'),
        # Bodies may be longer than heads, and chunks small; trailers are no headers.
        (b"POST / HTTP/1.0\r\nContent-Length: 9000\r\n\r\n" + b"a" * 9_000, b"[9000, ["),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n" + b"1\r\na\r\n" * 3_000 + b"0\r\nT: t\r\n\r\n",
            b'[3000, ["connection", "host", "transfer-encoding"]]',
        ),
        # Many requests on one connection: each head is counted for itself.
        (HELLO * 300 + b"GET / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n", b'[0, ["connection", "host"]]'),
    ],
)  # fmt: skip
async def test_what_keeps_the_limits_is_answered(sent: bytes, answer: bytes) -> None:
    async with serving(head_bytes=4_096, header_lines=20) as (port, _):
        got = await exchange(port, sent)
        assert got.startswith(b"HTTP/1.1 200 ") and answer in got.rpartition(b"\r\n\r\n")[2], got[-300:]


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([b"1.2.3.4"], "1.2.3.4"),
        ([b"1.2.3.4:80, [2001:db8::1]:99"], "2001:db8::1"),
        ([b"parley_x"], "127.0.0.1"),
        ([b"x, 1.2.3.4"], "1.2.3.4"),
        ([b"1.2.3.4, x"], "127.0.0.1"),
        ([b"1.2.3.4", b"x"], "127.0.0.1"),
        ([b""], "127.0.0.1"),
    ],
)
async def test_only_an_address_replaces_that_of_a_proxy(lines: list[bytes], client: str) -> None:
    async with serving() as (port, _):
        sent = b"".join(b"X-Forwarded-For: " + line + b"\r\n" for line in lines)
        got = await exchange(port, b"GET /client HTTP/1.1\r\nHost: a\r\n" + sent + CLOSE + b"\r\n")
        assert got.endswith(f'["{client}"]'.encode()), got


async def test_requests_of_a_closed_connection_send_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as (port, table):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        much = b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n"
        writer.write(much * 3)
        await writer.drain()
        await asyncio.sleep(0.1)
        for connection in list(table._open):
            connection.abort()
        await asyncio.sleep(0.1)
        writer.close()
    assert not caplog.records


async def test_a_response_that_is_cut_ends_the_connection_without_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving() as (port, _):
        got = await exchange(port, b"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
        assert got.endswith(b"5\r\nbegun\r\n") and not caplog.records


async def test_a_bad_second_request_does_not_disturb_the_response_to_the_first() -> None:
    async with serving(head_bytes=4_096) as (port, _):
        got = await exchange(port, HELLO + b"GET / HTTP/1.1\r\nHost: a\r\nX: ", *[b"a" * 3_000] * 3, pause=0.01)
        first, _, second = got.partition(b'[0, ["host"]]')
        assert first.startswith(b"HTTP/1.1 200 ") and second.startswith(b"HTTP/1.1 431 ")


async def test_who_sends_or_reads_too_slowly_loses_the_connection() -> None:
    slow = {"head_seconds": 0.5, "body_seconds": 0.5, "write_seconds": 0.5}
    async with serving(**slow) as (port, table):
        post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
        half, dripped, silent, body, kept = await asyncio.gather(
            exchange(port, b"GET / HTTP/1.1\r\nHost: a"),
            exchange(port, *[bytes([one]) for one in b"GET / HTTP/1.1\r\n"], pause=0.1),
            exchange(port),
            exchange(port, post, b"a"),
            exchange(port, HELLO),
        )
        assert half.startswith(b"HTTP/1.1 408 ") and dripped.startswith(b"HTTP/1.1 408 ")
        assert silent == body == b"" and kept.startswith(b"HTTP/1.1 200 ")
        # A client that reads nothing of a long response.
        with socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.sleep(0.5)
            assert table._open
            await asyncio.sleep(2.5)
        assert not table._open and not table._by_address


async def test_half_open_requests_keep_nobody_out() -> None:
    async with serving(connections=20) as (port, table):
        for _ in range(60):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HT")
        got = await exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n")
        assert got.startswith(b"HTTP/1.1 200 ") and len(table._open) <= 20
        # Requests in progress are not ended: then the newcomer has to wait.
        for one in list(table.waiting):
            one.abort()
        busy = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for _, writer in busy:
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        await asyncio.sleep(0.1)
        full = await exchange(port, HELLO)
        assert full.startswith(b"HTTP/1.1 503 ") and b"retry-after" in full
        for reader, writer in busy:
            writer.write(b"a" * 9)
            assert (await reader.read(15)).startswith(b"HTTP/1.1 200 ")
            writer.close()


async def test_one_address_gets_a_share_of_the_connections_unless_it_is_a_proxy() -> None:
    async with serving(per_address=3, proxies=()) as (port, table):
        first = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert (await exchange(port, HELLO)).startswith(b"HTTP/1.1 429 ")
        first[0][1].close()
        await asyncio.sleep(0.05)
        got = await exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n")
        assert got.startswith(b"HTTP/1.1 200 ")
        assert table.admit(first[1], "2001:db8::1", 0.0)  # type: ignore[arg-type]
        assert set(table._by_address) == {"127.0.0.1", "2001:db8::/64"}
        table.forget(first[1])  # type: ignore[arg-type]
    # The table goes to the workers by pickle.
    assert pickle.loads(pickle.dumps(ConnectionTable(ConnectionLimits()))).limits == ConnectionLimits()
    async with serving(per_address=1, proxies=("127.0.0.0/8",)) as (port, _):
        await asyncio.open_connection("127.0.0.1", port)
        assert (await exchange(port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
