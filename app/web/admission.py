"""Admission: the middleware that gives each request a place of its class, watches its client, and bounds how long the
client may take to read.

It is inside the response cache, so a cached response needs no place. Decision 41 in app/DECISIONS.md describes the
whole way of a request.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.measurements import queue_time
from app.db.request_cost import IS_EXPENSIVE
from app.errors import ApiError
from app.web.access_log import REQUEST_CLASS
from app.web.places import Places, address_of
from app.web.problem_responses import error_response
from app.web.request_classes import RequestClass, class_of
from app.web.routing import ROUTE, find_template
from app.web.streaming import StreamCutError, end_connection

#: Bytes of a response that are sent at once. A client must accept each piece within the time limit.
PIECE = 65_536


class AdmissionMiddleware:
    """Handles a request when it has a place of its class. `places`: the places of each class, except `LONG`;
    `send_seconds`: how long a client may take to accept a piece of the response."""

    def __init__(self, app: ASGIApp, places: Mapping[RequestClass, Places], send_seconds: float) -> None:
        self.app = app
        self.places = places
        self.send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_class = class_of(scope) if scope["type"] == "http" else None
        if request_class is None:
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})[REQUEST_CLASS] = request_class
        client = _Client(scope, receive, send, self.send_seconds, request_class)
        try:
            with suppress(_ClientLeftError):
                await client.run(self._handle(scope, request_class, client))
        finally:
            client.close()

    async def _handle(self, scope: Scope, request_class: RequestClass, client: "_Client") -> None:
        places = self.places.get(request_class)
        if places is None:
            await self.app(scope, client.receive, client.send)
            return
        address = address_of(scope)
        try:
            with queue_time():
                await places.take(address)
        except ApiError as error:
            scope["state"][ROUTE] = find_template(scope)
            await error_response(scope, error)(scope, client.receive, client.send)
            return
        token = IS_EXPENSIVE.set(request_class.is_expensive)
        try:
            await self.app(scope, client.receive, client.send)
        finally:
            IS_EXPENSIVE.reset(token)
            places.give_back(address)


class _ClientLeftError(Exception):
    """The client disconnected before its response began."""


class _Client:
    """The client of one request: notices that it leaves, and does not wait for it forever.

    The body of a write is read by the application; the client is watched from the end of the body on. A write is never
    ended because its client leaves: the client may have read nothing yet and could not know whether it was written."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, send_seconds: float, request_class: RequestClass
    ) -> None:
        self._receive, self._send = receive, send
        self._send_seconds = send_seconds
        self._is_read = scope["method"] in ("GET", "HEAD")
        self._is_write = request_class is RequestClass.WRITE
        self._may_wait_long = request_class is RequestClass.LONG and not self._is_read
        self._has_left = asyncio.Event()
        self._has_begun = self._is_over = False
        self._is_body_given = False
        self._watching: asyncio.Task[None] | None = None
        self._task: asyncio.Task[object] | None = None

    async def run(self, handling: Coroutine[Any, Any, None]) -> None:
        """Run the application in the current task. Raises `_ClientLeftError` if the client left before the response."""
        self._task = task = asyncio.current_task()
        assert task is not None
        if self._is_read:
            self._watching = asyncio.create_task(self._watch())
        try:
            await handling
        except asyncio.CancelledError:
            if self._has_left.is_set() and self._watching is not None and task.uncancel() == 0:
                raise _ClientLeftError from None
            raise

    def close(self) -> None:
        """Stop watching."""
        self._is_over = True
        if self._watching is not None:
            self._watching.cancel()

    async def receive(self) -> Message:
        """The next message of the request. After the body, this waits until the client disconnects."""
        if self._watching is not None:
            # The body of a GET has no meaning (RFC 9110, 9.3.1); `_watch` has discarded it.
            if self._is_read and not self._is_body_given:
                self._is_body_given = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._has_left.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._watching = asyncio.create_task(self._watch())
        return message

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        # Servers also report a disconnect when the response is complete.
        if self._is_over:
            return
        self._has_left.set()
        # A response that has begun is a stream, which notices the disconnect by itself and closes its body. An import
        # sends its progress in another task.
        if self._task is not None and not self._is_write and (self._may_wait_long or not self._has_begun):
            self._task.cancel()

    async def send(self, message: Message) -> None:
        """Send a message. Raises `StreamCutError` if the client does not accept the response in time."""
        try:
            if message["type"] != "http.response.body":
                self._has_begun = True
                await self._send(message)
                return
            body, more = message.get("body", b""), message.get("more_body", False)
            view = memoryview(body)
            for start in range(0, max(len(body), 1), PIECE):
                is_last = start + PIECE >= len(body)
                piece = body if len(body) <= PIECE else bytes(view[start : start + PIECE])
                # An end that comes after the last byte is sent is no disconnect.
                self._is_over = self._is_over or (is_last and not more)
                await self._send_in_time({**message, "body": piece, "more_body": more or not is_last})
        except BaseException:
            self._is_over = True
            raise

    async def _send_in_time(self, message: Message) -> None:
        if self._may_wait_long:
            await self._send(message)  # `app.web.duplex` drops progress that a client does not read.
            return
        try:
            async with asyncio.timeout(self._send_seconds):
                await self._send(message)
        except TimeoutError:
            end_connection(self._receive, at_once=True)
            raise StreamCutError(f"the client read nothing for {self._send_seconds:g} seconds") from None
