"""A receiver of webhooks: answers as it is told to, and keeps what came."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Message:
    """What came in one request."""

    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def positions(self) -> list[str]:
        return [change["position"] for change in self.data["data"]]


@dataclass
class Receiver:
    """`answer` makes the head and body of an answer, as they go over the wire; after `pause` seconds, and `hold` seconds
    before the connection ends."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], str] = lambda _: "204 No Content\r\n\r\n"
    pause: float = 0.0
    hold: float = 0.0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, value in lines}
            message = Message(headers, await reader.readexactly(int(headers["content-length"])))
            await asyncio.sleep(self.pause)
            self.messages.append(message)
            writer.write(f"HTTP/1.1 {self.answer(message)}".encode())
            await writer.drain()
            await asyncio.sleep(self.hold)
        except (OSError, asyncio.IncompleteReadError):
            pass  # The sender was killed, or had no patience.
        finally:
            writer.close()

    async def wait_for(self, ready: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, f"{len(self.messages)} messages came"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        server.close()
