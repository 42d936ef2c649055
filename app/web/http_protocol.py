"""uvicorn's HTTP protocol with limits: for the size and the time of a request, and for the number of connections.

uvicorn limits neither the head of a request nor the time in which it must arrive when it parses with httptools
(DECISIONS.md compares it with other servers). This module derives from its protocol class and uses parts that are not
documented, so the version of uvicorn is capped in pyproject.toml. tests/web/test_http_protocol.py tests each limit.
"""

import http
import json
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.errors import ProblemType
from app.web.access_log import log_rejected
from app.web.connection_limits import ConnectionTable, valid_addresses
from app.web.problem_responses import MEDIA_TYPE, problem_document

#: Seconds for which a rejected connection stays open, so that the client can read the response before its own bytes
#: that nobody reads make the system reset the connection.
_LINGER_SECONDS = 2.0
#: A name or an address (IPv6 in brackets), and perhaps a port; an empty port means the default (RFC 9110, 4.2.3).
_HOST = re.compile(rb"(?:\[[0-9A-Za-z.:%_~-]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::([0-9]{0,5}))?")
_PORT_MAX = 65_535

_Rejection = tuple[ProblemType, str]
_NOT_HTTP: _Rejection = (ProblemType.MALFORMED, "The request is not valid HTTP/1.1.")
_HOST_INVALID: _Rejection = (ProblemType.MALFORMED, "A request needs exactly one valid header `Host`.")
_TOO_SLOW: _Rejection = (ProblemType.TIMEOUT, "The head of the request did not arrive in time.")
_ADDRESS_FULL: _Rejection = (ProblemType.RATE, "Too many connections from this address; close some of them.")
_FULL: _Rejection = (ProblemType.UNAVAILABLE, "The server has too many connections; retry later.")


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection, whose client must keep the limits of `table`."""

    def __init__(self, *arguments: Any, table: ConnectionTable, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._table = table
        self._head_bytes = table.limits.head_bytes
        self._header_lines = table.limits.header_lines
        #: Bytes that the parser holds back, because they complete neither a head nor a part of a body. What follows a
        #: complete part in the same piece of data is not counted; a piece has at most 256 KiB.
        self._unparsed = 0
        self._head_size = self._lines = self._hosts = 0
        self._is_in_head = self._is_in_body = self._is_rejected = False
        self._rejection = _NOT_HTTP
        #: The requests whose responses are not complete. uvicorn itself knows only the last one of a pipeline.
        self._cycles: list[RequestResponseCycle] = []

    # --- the connection

    def connection_made(self, transport: Any) -> None:
        """Admit or reject the connection."""
        super().connection_made(transport)
        admitted = self._table.admit(self, self.client[0] if self.client else None, self.loop.time())
        if not admitted:
            self._reject(_FULL if admitted is None else _ADDRESS_FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what the connection holds."""
        self._table.forget(self)
        self._disconnect()
        super().connection_lost(exc)

    def abort(self) -> None:
        """End the connection at once."""
        self._disconnect()
        self.transport.abort()

    def _disconnect(self) -> None:
        """Tell all requests of the connection that the client has gone; what they still send is discarded."""
        for cycle in self._cycles:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._cycles.clear()

    def end_wait(self) -> None:
        """End the connection, because no complete head has arrived in time."""
        if self._is_in_head:
            self._reject(_TOO_SLOW)
        else:
            self._table.forget(self)
            self.transport.close()

    @property
    def is_read(self) -> bool:
        """Whether the application reads from the connection now."""
        return not self.flow.read_paused

    @property
    def unsent_bytes(self) -> int:
        """Bytes of the response that the client has not accepted yet."""
        return self.transport.get_write_buffer_size()

    def pause_writing(self) -> None:
        """Note that the client does not keep up."""
        super().pause_writing()
        self._table.begin_writing(self, self.loop.time())

    def resume_writing(self) -> None:
        """Note that the client has caught up."""
        super().resume_writing()
        self._table.end_writing(self)

    # --- the request

    def data_received(self, data: bytes) -> None:
        """Parse the next bytes, unless the connection is being closed."""
        if self._is_rejected:
            return
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > self._head_bytes:
            self._reject(self._too_large())
        elif self._is_in_body:
            self._table.receiving[self] = self.loop.time()

    def on_message_begin(self) -> None:
        """Begin to count the head of the next request."""
        self._is_in_head = True
        self._head_size = self._lines = self._hosts = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the URL."""
        self._head_size += len(url)
        if self._head_size > self._head_bytes:
            self._refuse((ProblemType.URI_TOO_LONG, f"The URL is longer than {self._head_bytes} bytes."))
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Those after the body (trailers) are counted and ignored; nothing here uses them."""
        self._head_size += len(name) + len(value) + 4
        self._lines += 1
        if self._head_size > self._head_bytes or self._lines > self._header_lines:
            self._refuse(self._too_large())
        if self._is_in_body:
            return
        name = name.lower()
        if name == b"host":
            self._hosts += 1
            if not _is_host(value):
                self._refuse(_HOST_INVALID)
        elif name == b"x-forwarded-for":
            value, is_whole = valid_addresses(value)
            if not is_whole:
                # Only the addresses after the last invalid entry say who added them.
                self.headers[:] = [header for header in self.headers if header[0] != name]
            if not value:
                return
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the request."""
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._refuse(_NOT_HTTP)
        if self._hosts != 1 and (self._hosts or version != "1.0"):
            self._refuse(_HOST_INVALID)
        self._unparsed = 0
        self._is_in_head, self._is_in_body = False, True
        self._table.waiting.pop(self, None)
        super().on_headers_complete()
        self._cycles.append(self.cycle)

    def on_chunk_header(self) -> None:
        """Note progress: the parser holds nothing of this chunk's header any more."""
        self._unparsed = 0

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._unparsed = 0
        self._is_in_body = False
        self._table.receiving.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request. What is left of a body must arrive within the same time."""
        self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete]
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._table.waiting[self] = self.loop.time()

    # --- rejections

    def _too_large(self) -> _Rejection:
        limits = f"{self._head_bytes} bytes or {self._header_lines} headers"
        return ProblemType.HEAD_TOO_LARGE, f"The head of the request exceeds {limits}."

    def _refuse(self, rejection: _Rejection) -> None:
        """Stop the parser, which then calls `send_400_response`."""
        self._rejection = rejection
        raise ValueError(rejection[1])

    def send_400_response(self, msg: str) -> None:
        """Reject what the parser rejected."""
        self._reject(self._rejection)

    def _reject(self, rejection: _Rejection) -> None:
        """Send a problem and close the connection. A response to an earlier request is completed first."""
        if self._is_rejected:
            return
        self._is_rejected = True
        self._unset_keepalive_if_required()
        self._table.waiting.pop(self, None)
        self._table.receiving.pop(self, None)
        kind, detail = rejection
        log_rejected(self.client[0] if self.client else "-", kind.status, kind.slug)
        if self.cycle is not None and not self.cycle.response_complete:
            if not self._is_in_body:
                self.cycle.keep_alive = False
                return
            if self.cycle.response_started:
                self.transport.close()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(self._problem(kind, detail))
        if not (self.transport.can_write_eof() and self._table.may_linger()):
            self.transport.close()
            return
        self.transport.write_eof()
        self._table.lingering += 1
        self.loop.call_later(_LINGER_SECONDS, self._end_linger)

    def _end_linger(self) -> None:
        self._table.lingering -= 1
        self.transport.abort()

    def _problem(self, kind: ProblemType, detail: str) -> bytes:
        body = json.dumps(problem_document(kind, detail, "")).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *([(b"retry-after", b"5")] if kind in (ProblemType.RATE, ProblemType.UNAVAILABLE) else []),
        ]
        phrase = http.HTTPStatus(kind.status).phrase
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return f"HTTP/1.1 {kind.status} {phrase}\r\n".encode() + head + b"\r\n" + body


def _is_host(value: bytes) -> bool:
    """Whether the value of `Host` is a name or an address, perhaps with a port."""
    found = _HOST.fullmatch(value)
    return found is not None and int(found[1] or 0) <= _PORT_MAX
