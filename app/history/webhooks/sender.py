"""One POST to a receiver: what it says, or why nothing came."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import httpx

from app.history.webhooks.addresses import AddressError, check_url, resolve
from app.history.webhooks.signatures import headers_of
from app.version import VERSION

#: Bytes of an answer that are read, and kept in the log: what a receiver says is for people.
_ANSWER = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. `status` is None where there was no answer, and then `error` says why."""

    status: int | None
    error: str | None
    text: str | None
    milliseconds: int
    #: Seconds after which the receiver wants to be asked again.
    retry_after: float | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Sends messages. `seconds`: how long a receiver has, from the look-up of its name to the end of its answer."""

    def __init__(self, seconds: float, *, private: bool) -> None:
        self.seconds = seconds
        self.private = private

    @cached_property
    def _transport(self) -> httpx.AsyncHTTPTransport:
        # No proxy of the environment, no redirects, no cookies: a transport has none of them. No connection is kept:
        # one to an IP address must not serve another name, whose certificate nobody looked at.
        return httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def close(self) -> None:
        """End what is still open."""
        await self._transport.aclose()

    async def send(self, url: str, message: str, body: bytes, signing: Iterable[str]) -> Answer:
        """Send a message once."""
        started = time.monotonic()
        status, error, retry_after, came = None, None, None, bytearray()
        try:
            async with asyncio.timeout(self.seconds):
                response = await self._transport.handle_async_request(await self._request(url, message, body, signing))
                status, retry_after = response.status_code, _retry_after(response.headers.get("retry-after"))
                await _read_beginning(response, came)
        except AddressError as refused:
            error = str(refused)
        except TimeoutError:
            # A status that came counts, however slowly the rest of the answer drips.
            error = None if status is not None else f"There was no answer within {self.seconds:g} seconds."
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            error = None if status is not None else _said(failed)
        if error is None and status is not None and not 200 <= status < 300:
            error = f"The receiver answered {status}" + (
                "; redirects are not followed." if 300 <= status < 400 else "."
            )
        return Answer(status, error, _text(came), round((time.monotonic() - started) * 1000), retry_after)

    async def _request(self, url: str, message: str, body: bytes, signing: Iterable[str]) -> httpx.Request:
        parsed = httpx.URL(check_url(url, private=self.private))
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        address = await resolve(parsed.host, port, private=self.private)
        headers = {
            "Host": parsed.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": f"Parley/{VERSION} (webhooks)",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers_of(message, int(time.time()), body, signing),
        }
        # To the very address that was looked at; the certificate must be that of the name.
        return httpx.Request(
            "POST",
            parsed.copy_with(host=address),
            headers=headers,
            content=body,
            extensions={"sni_hostname": parsed.raw_host.decode(), "timeout": httpx.Timeout(self.seconds).as_dict()},
        )


async def _read_beginning(response: httpx.Response, came: bytearray) -> None:
    """Put the beginning of an answer into `came`, piece by piece: what had come when the time was over counts."""
    try:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for piece in response.stream:
            came += piece
            if len(came) >= _ANSWER:
                break
    finally:
        # What is not read is cut off.
        with suppress(httpx.HTTPError, OSError):
            await response.aclose()


def _text(came: bytearray) -> str | None:
    """What came, as text."""
    # NUL is no character of a text of PostgreSQL.
    return came[:_ANSWER].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None


def _retry_after(value: str | None) -> float | None:
    """The seconds that a header means: a number of them, or an instant."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdecimal():
        return float(value.strip()[:12])
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (then - datetime.now(UTC)).total_seconds()) if then.tzinfo else None


def _said(failed: Exception) -> str:
    """Why there was no answer, without addresses of ours."""
    told = str(failed) or type(failed).__name__
    return f"The receiver could not be reached: {told[:300]}"
