"""Check that a webhook URL is an https URL with a public IP address, unless the operator allows other URLs.

A webhook makes this server send requests from inside its own network (SSRF). The check therefore applies to the IP
address that the server connects to, after each name resolution, because a name that was public when the webhook was
created may now resolve to 127.0.0.1 (tests/history/test_webhook_addresses.py).
"""

import asyncio
import re
import socket
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

import httpx

from app.errors import quoted
from app.history.webhooks.networks import is_public

_LONGEST = 2_000
#: Names that always refer to this machine or its network (RFC 6761, RFC 6762, RFC 8375; ICANN reserves `internal`).
_PRIVATE_NAMES = re.compile(r"(.*\.)?(localhost|localdomain|local|internal|home\.arpa)")
#: IDNA accepts this character as a dot (RFC 3490, 3.1), and NFKC does not replace it.
_DOTS = str.maketrans("\u3002", ".")
#: Ports of public receivers, unless the operator allows others.
PUBLIC_PORTS = (443, 8443)
_HINT = "The operator of the server can allow it with `PARLEY_WEBHOOKS_PRIVATE=true`."


class AddressError(ValueError):
    """The URL is not allowed or cannot be resolved; the message says why."""


def check_url(url: str, *, private: bool, ports: Collection[int] | None = None) -> str:
    """Check a URL without resolving its name, and return it. `ports` are the allowed ports; None = all ports. Raises
    AddressError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError(f"{quoted(url, 100)} is not a valid URL.") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not host or len(url) > _LONGEST or any(char.isspace() for char in url):
        allowed = " or ".join(f"{scheme}://" for scheme in schemes)
        hint = f" {_HINT}" if parts.scheme == "http" else ""
        raise AddressError(f"The URL must begin with {allowed} and have at most {_LONGEST} characters.{hint}")
    if parts.username is not None or parts.fragment:
        raise AddressError("The URL must not have a user, password or fragment; the signature identifies the sender.")
    _check_encoding(url, host)
    if not (private or _may_be_public(host)):
        raise AddressError(f"{quoted(host)} is not a public address. {_HINT}")
    used = port if port is not None else 443 if parts.scheme == "https" else 80
    if used == 0 or (ports is not None and used not in ports):
        allowed = ", ".join(map(str, sorted(ports or ()))) or "1 to 65535"
        hint = "The operator of the server can allow others with `PARLEY_WEBHOOK_PORTS`."
        raise AddressError(f"The port {used} is not allowed; allowed: {allowed}. {hint}")
    return url


def _check_encoding(url: str, host: str) -> None:
    """Raise AddressError if no request can be made of the URL. Such a webhook would fail forever."""
    try:
        parsed = httpx.URL(url)
        # `host` decodes IDNA, and raises other errors than the constructor.
        names = (parsed.host, parsed.raw_host.decode("ascii"))
        for name in names:
            name.encode("idna")
    except (ValueError, httpx.InvalidURL) as error:
        reason = f"{quoted(host, 100)} is not a valid host name, or the URL cannot be encoded"
        raise AddressError(f"{reason} ({quoted(str(error), 100)[1:-1]}).") from None


def _may_be_public(host: str) -> bool:
    """Whether a host may be public. An IP address is checked; a name is rejected only if it always refers to a private
    host. A name that does not resolve yet is accepted, because it is checked again each time it is resolved.
    """
    # Resolvers treat other Unicode digits and dots like the ASCII characters.
    plain = unicodedata.normalize("NFKC", host).translate(_DOTS).rstrip(".").casefold()
    try:
        return is_public(plain)
    except ValueError:
        pass
    try:
        # 2130706433, 0x7f.1 and 127.1 are spellings of 127.0.0.1.
        return is_public(socket.inet_ntoa(socket.inet_aton(plain)))
    except (OSError, ValueError):
        return not _PRIVATE_NAMES.fullmatch(plain)


async def resolve_host(host: str, port: int, *, private: bool) -> str:
    """Resolve a name to the IP address to connect to. Raises AddressError if the name does not resolve, or if it
    resolves to any address that is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError(f"The host name {quoted(host)} cannot be resolved.") from None
    addresses = [str(one[4][0]) for one in found]
    if not private and (private_addresses := [one for one in addresses if not is_public(one)]):
        raise AddressError(f"{quoted(host)} resolves to {private_addresses[0]}, which is not a public address. {_HINT}")
    return addresses[0]
