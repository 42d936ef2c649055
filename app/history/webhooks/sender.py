"""Send one POST request to a receiver, and report the response, or the reason why there was none."""

import asyncio
import logging
import ssl
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import httpx

from app.history.webhooks.addresses import PUBLIC_PORTS, AddressError, check_url, resolve_host
from app.history.webhooks.signatures import signature_headers
from app.version import VERSION

log = logging.getLogger("parley.error")

#: Maximum number of bytes of a response body that are read and stored in the log.
_BODY_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of an attempt. If there was no response, `status` is None and `error` says why."""

    status: int | None
    error: str | None
    text: str | None
    milliseconds: int
    #: The receiver's `Retry-After`, in seconds.
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Sends messages. `seconds` limits the time for a request, from name resolution to the end of the response.
    `private` allows http and private addresses. `ports` are the allowed ports; None = the ports of public receivers, or,
    with `private`, all.
    """

    def __init__(self, seconds: float, *, private: bool, ports: Collection[int] | None = None) -> None:
        self.seconds = seconds
        self.private = private
        self.ports = PUBLIC_PORTS if ports is None and not private else ports
        #: Attempts that the receiver accepted, and all others.
        self.accepted = self.failed = 0

    def check(self, url: str) -> str:
        """Return the URL if a webhook may use it. Raises AddressError."""
        return check_url(url, private=self.private, ports=self.ports)

    @cached_property
    def _transport(self) -> httpx.AsyncHTTPTransport:
        # A bare transport ignores proxy variables, redirects and cookies. Connections are not reused, because a
        # connection to an IP address must not serve another host name whose certificate was not verified.
        return httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.aclose()

    async def send(self, url: str, message: str, body: bytes, signing: Iterable[str]) -> SendResult:
        """Send a message once. A failed request raises no exception; `error` in the result describes the failure."""
        started = time.monotonic()
        status, error, retry_after, received = None, None, None, bytearray()
        try:
            async with asyncio.timeout(self.seconds):
                response = await self._transport.handle_async_request(await self._request(url, message, body, signing))
                status, retry_after = response.status_code, _retry_after(response.headers.get("retry-after"))
                await _read_beginning(response, received)
        except AddressError as rejected:
            error = str(rejected)
        except TimeoutError:
            # A status that has arrived is used, even if the body arrives too late.
            error = None if status is not None else f"The receiver did not respond within {self.seconds:g} seconds."
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            error = None if status is not None else _connection_error(failed)
        except Exception as failed:
            # An error that nobody foresaw counts like the others: otherwise the delivery would be repeated without pause.
            log.exception("sending to a webhook failed")
            error = None if status is not None else f"The message could not be sent: {type(failed).__name__}."
        if error is None and status is not None and not 200 <= status < 300:
            error = f"The receiver responded with status {status}" + (
                "; redirects are not followed." if 300 <= status < 400 else "."
            )
        took = round((time.monotonic() - started) * 1000)
        result = SendResult(status, error, _text(received), took, retry_after)
        self.accepted, self.failed = self.accepted + result.is_success, self.failed + (not result.is_success)
        return result

    async def _request(self, url: str, message: str, body: bytes, signing: Iterable[str]) -> httpx.Request:
        parsed = httpx.URL(self.check(url))
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        address = await resolve_host(parsed.host, port, private=self.private)
        headers = {
            "Host": parsed.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": f"Parley/{VERSION} (webhooks)",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **signature_headers(message, int(time.time()), body, signing),
        }
        # Connect to the IP address that was checked; the certificate must match the host name.
        return httpx.Request(
            "POST",
            parsed.copy_with(host=address),
            headers=headers,
            content=body,
            extensions={"sni_hostname": parsed.raw_host.decode(), "timeout": httpx.Timeout(self.seconds).as_dict()},
        )


async def _read_beginning(response: httpx.Response, received: bytearray) -> None:
    """Append the start of the response body to `received`, so that a timeout does not lose what has arrived."""
    try:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for piece in response.stream:
            received += piece
            if len(received) >= _BODY_BYTES:
                break
    finally:
        # Discard the rest.
        with suppress(httpx.HTTPError, OSError):
            await response.aclose()


def _text(received: bytearray) -> str | None:
    """The received bytes as text; None if there are none."""
    # PostgreSQL cannot store NUL in text.
    return received[:_BODY_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None


def _retry_after(value: str | None) -> float | None:
    """Return the value of a `Retry-After` header in seconds. The header is a number of seconds or an HTTP date.
    Returns None if the header is neither.
    """
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdecimal():
        return float(value.strip()[:12])
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (then - datetime.now(UTC)).total_seconds()) if then.tzinfo else None


def _connection_error(failed: Exception) -> str:
    """The error message for a request without a response."""
    reason = str(failed) or type(failed).__name__
    return f"The receiver could not be reached: {reason[:300]}"
