"""The open connections of one worker: how many there may be, and which of them wait too long for their client.

A server that only limits the number of connections can be closed by anybody who opens that many and sends nothing. So
a new connection at the limit takes the place of the connection that has waited longest for a complete request head;
only if all connections have a request in progress is the new one rejected.
"""

import asyncio
import ipaddress
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

if sys.platform != "win32":
    import resource

log = logging.getLogger("parley.error")

#: Open files of a worker that are no connections of clients: connections to the database, files, webhooks.
_OTHER_FILES = 128
#: Seconds between two looks at the connections. A limit may be exceeded by this time.
_SWEEP_INTERVAL = 1.0
#: Rejected connections that are kept open for a moment, so that the client can read the response.
_LINGERING_MAX = 50


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client may use; times in seconds."""

    #: Size of the head of a request, that is, of the request line and all headers, in bytes; and number of headers.
    head_bytes: int = 32_768
    header_lines: int = 100
    #: From the opening of the connection, or the last response, to a complete head.
    head_seconds: float = 15.0
    #: Without any part of a body that the application waits for.
    body_seconds: float = 65.0
    #: Without accepting any part of a response.
    write_seconds: float = 60.0
    #: Connections in all, and of one address (IPv6: of one /64 network).
    connections: int = 2_000
    per_address: int = 200
    #: Addresses and networks of proxies, from which many clients come; `per_address` does not apply to them.
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")


class Connection(Protocol):
    """What the table needs to know of a connection."""

    def end_wait(self) -> None:
        """End the connection, because no complete head has arrived in time."""

    def abort(self) -> None:
        """End the connection at once."""

    @property
    def is_read(self) -> bool:
        """Whether the application reads from the connection now."""

    @property
    def unsent_bytes(self) -> int:
        """Bytes of the response that the client has not accepted yet."""


@dataclass(slots=True)
class _Writing:
    """A response whose client does not keep up: the bytes that wait, and since when this number has not changed."""

    size: int
    since: float


@dataclass(eq=False)
class ConnectionTable:
    """The connections of one worker. Every method is called in its event loop."""

    limits: ConnectionLimits
    #: Connections without a request in progress, by the time since which they wait for one; the longest wait first.
    waiting: dict[Connection, float] = field(default_factory=dict)
    #: Connections whose body is incomplete, by the time at which its last part arrived.
    receiving: dict[Connection, float] = field(default_factory=dict)
    lingering: int = 0
    _writing: dict[Connection, _Writing] = field(default_factory=dict)
    _open: dict[Connection, str | None] = field(default_factory=dict)
    _by_address: Counter[str] = field(default_factory=Counter)
    _turned_away: int = 0
    _sweeper: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._proxies = tuple(map(ipaddress.ip_network, self.limits.proxies))

    def admit(self, connection: Connection, host: str | None, now: float) -> bool | None:
        """Add a connection. Returns False if this address has too many, and None if there are too many in all."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_INTERVAL, self._sweep)
        network = None if host is None or self._is_proxy(host) else network_of(host)
        if network is not None and self._by_address[network] >= self.limits.per_address:
            self._turned_away += 1
            return False
        if len(self._open) >= self.limits.connections:
            self._turned_away += 1
            if not self.waiting:
                return None
            longest = next(iter(self.waiting))
            self.forget(longest)
            longest.abort()
        self._open[connection] = network
        self.waiting[connection] = now
        if network is not None:
            self._by_address[network] += 1
        return True

    def _is_proxy(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    def forget(self, connection: Connection) -> None:
        """Remove a connection; nothing happens if it was removed before."""
        for table in (self.waiting, self.receiving, self._writing):
            table.pop(connection, None)
        network = self._open.pop(connection, None)
        if network is not None:
            self._by_address[network] -= 1
            if not self._by_address[network]:
                del self._by_address[network]

    def may_linger(self) -> bool:
        """Whether one more rejected connection may stay open for a moment."""
        return self.lingering < _LINGERING_MAX

    def begin_writing(self, connection: Connection, now: float) -> None:
        """The client does not accept the response as fast as it is made."""
        self._writing[connection] = _Writing(connection.unsent_bytes, now)

    def end_writing(self, connection: Connection) -> None:
        """The client has accepted what was sent."""
        self._writing.pop(connection, None)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection, since in list(self.waiting.items()):
            if now - since < self.limits.head_seconds:
                break
            connection.end_wait()
        for connection, since in list(self.receiving.items()):
            if not connection.is_read:
                self.receiving[connection] = now
            elif now - since >= self.limits.body_seconds:
                connection.abort()
        for connection, writing in list(self._writing.items()):
            size = connection.unsent_bytes
            if size != writing.size:
                self._writing[connection] = _Writing(size, now)
            elif now - writing.since >= self.limits.write_seconds:
                connection.abort()
        if self._turned_away:
            log.warning(
                "the limit of connections was reached %d times; %d are open", self._turned_away, len(self._open)
            )
            self._turned_away = 0
        self._sweeper = loop.call_later(_SWEEP_INTERVAL, self._sweep) if self._open else None


def network_of(host: str) -> str:
    """The address, or the /64 network of an IPv6 address: whoever has one address of it usually has all of them."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def valid_addresses(forwarded: bytes) -> tuple[bytes, bool]:
    """The addresses of an `X-Forwarded-For` after its last entry that is no IP address, and whether there was no such entry.
    Each entry may have a port."""
    kept: list[str] = []
    for entry in reversed(forwarded.decode("latin-1").split(",")):
        try:
            ipaddress.ip_address(_without_port(entry.strip()))
        except ValueError:
            return ", ".join(reversed(kept)).encode(), False
        kept.append(entry.strip())
    return ", ".join(reversed(kept)).encode(), True


def _without_port(entry: str) -> str:
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def allowed_by_open_files(wanted: int) -> int:
    """The number of connections that the limit of open files (`ulimit -n`) allows, at most `wanted`.

    Raises the limit of this process, and of the workers that it starts, as far as the system permits."""
    if sys.platform == "win32":
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(16, min(wanted, soft - _OTHER_FILES))
