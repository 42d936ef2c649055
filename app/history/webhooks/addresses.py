"""Check that a webhook URL is an https URL with a public IP address, unless the operator allows other URLs.

A webhook makes this server send requests from inside its own network (SSRF). The check therefore applies to the IP
address that the server connects to, after each name resolution, because a name that was public when the webhook was
created may now resolve to 127.0.0.1 (tests/history/test_webhook_addresses.py).
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from urllib.parse import urlsplit

from app.errors import quoted

_LONGEST = 2_000
#: Names that always refer to this machine or its network (RFC 6761, RFC 6762, RFC 8375; ICANN reserves `internal`).
_PRIVATE_NAMES = re.compile(r"(.*\.)?(localhost|localdomain|local|internal|home\.arpa)")
#: IDNA accepts this character as a dot (RFC 3490, 3.1), and NFKC does not replace it.
_DOTS = str.maketrans("\u3002", ".")
_HINT = "The operator of the server can allow it with `PARLEY_WEBHOOKS_PRIVATE=true`."


class AddressError(ValueError):
    """The URL is not allowed or cannot be resolved; the message says why."""


def is_public(address: str) -> bool:
    """Whether an IP address is public, that is, does not belong to this machine, its network or its cloud provider."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    # Python classifies IPv6 addresses that embed an IPv4 address as global: ::127.0.0.1 and 64:ff9b::7f00:1
    # (`is_reserved`), 2002:7f00:1:: (`sixtofour`).
    is_special = isinstance(found, ipaddress.IPv6Address) and (found.is_site_local or found.sixtofour is not None)
    return found.is_global and not (found.is_multicast or found.is_reserved or is_special)


def check_url(url: str, *, private: bool) -> str:
    """Check a URL without resolving its name, and return it. Raises AddressError."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressError(f"{quoted(url, 100)} is not a valid URL.") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not host or len(url) > _LONGEST or any(char.isspace() for char in url):
        allowed = " or ".join(f"{scheme}://" for scheme in schemes)
        hint = f" {_HINT}" if parts.scheme == "http" else ""
        raise AddressError(f"The URL must begin with {allowed} and have at most {_LONGEST} characters.{hint}")
    if parts.username is not None or parts.fragment:
        raise AddressError("The URL must not have a user, password or fragment; the signature identifies the sender.")
    if not (private or _may_be_public(host)):
        raise AddressError(f"{quoted(host)} is not a public address. {_HINT}")
    return url


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
