"""A request to an application by hand: its client may leave, may stop to read, and comes from any address."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.types import Message


@dataclass
class Exchange:
    """One request. `leave` is set when the client disconnects; `accepts` is cleared when it stops to read; of a body that
    `stalls`, the end never arrives."""

    app: FastAPI
    path: str
    query: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"
    body: bytes = b""
    stalls: bool = False
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    accepts: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.accepts.set()
        self._is_body_sent = False

    async def __call__(self) -> None:
        """Run the application until it has answered, or given up."""
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": [(b"host", b"parley.test")]
            + [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "client": (self.address, 1),
            "server": ("parley.test", 80),
        }
        await self.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._is_body_sent:
            self._is_body_sent = True
            return {"type": "http.request", "body": self.body, "more_body": self.stalls}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            await self.accepts.wait()
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.began.set()

    @property
    def status(self) -> int | None:
        """The status of the response; None = it has not begun."""
        return self.sent[0]["status"] if self.sent else None

    @property
    def text(self) -> str:
        """The body as far as it was sent."""
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()

    @property
    def is_complete(self) -> bool:
        """Whether the last piece of the response was sent."""
        return bool(self.sent) and not self.sent[-1].get("more_body", True)
