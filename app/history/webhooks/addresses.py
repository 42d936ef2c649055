"""Where webhooks may lead: to public addresses over https, unless the operator says otherwise.

Whoever may make a webhook lets this server send requests, from inside its network. So it is the address that is
connected to which is looked at, after the name was resolved: a name that led to a public address when the webhook was
made may lead to 127.0.0.1 now (tests/history/test_webhook_addresses.py).
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from urllib.parse import urlsplit

_LONGEST = 2_000
#: Names that stand for this machine or its network wherever they are asked for (RFC 6761, RFC 6762, RFC 8375; `internal`
#: is kept free by ICANN).
_AT_HOME = re.compile(r"(.*\.)?(localhost|localdomain|local|internal|home\.arpa)")
#: Full stops that IDNA takes for one (RFC 3490, 3.1) and NFKC leaves.
_DOTS = str.maketrans("\u3002", ".")
_HINT = "The server's operator can allow it: PARLEY_WEBHOOKS_PRIVATE=true."


class AddressError(ValueError):
    """The address must not be sent to, or leads nowhere; the text says why."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, and not of this machine, its network or its cloud."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    # Global to Python are also those of IPv6 that stand for one of IPv4: ::127.0.0.1 and 64:ff9b::7f00:1 (`is_reserved`),
    # 2002:7f00:1:: (`sixtofour`).
    is_odd = isinstance(found, ipaddress.IPv6Address) and (found.is_site_local or found.sixtofour is not None)
    return found.is_global and not (found.is_multicast or found.is_reserved or is_odd)


def check_url(url: str, *, private: bool) -> str:
    """The address as it is stored. Raises AddressError where it must not be used, as far as it says so itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressError("This is no web address.") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not host or len(url) > _LONGEST or any(char.isspace() for char in url):
        told = " or ".join(f"{scheme}://" for scheme in schemes)
        hint = f" {_HINT}" if parts.scheme == "http" else ""
        raise AddressError(f"The address of a receiver begins with {told}, of at most {_LONGEST} characters.{hint}")
    if parts.username is not None or parts.fragment:
        raise AddressError("Leave user, password and fragment out: the receiver knows the sender by the signature.")
    if not (private or _may_be_public(host)):
        raise AddressError(f"{host} is not a public address. {_HINT}")
    return url


def _may_be_public(host: str) -> bool:
    """Whether a host may be one of the internet's, as far as it says so itself. A name is looked at whenever it is
    resolved, and not before: that it leads nowhere yet is no fault."""
    # As the resolver reads it: other forms of digits and dots are those of ASCII.
    plain = unicodedata.normalize("NFKC", host).translate(_DOTS).rstrip(".").casefold()
    try:
        return is_public(plain)
    except ValueError:
        pass
    try:
        # 2130706433, 0x7f.1 and 127.1 are 127.0.0.1.
        return is_public(socket.inet_ntoa(socket.inet_aton(plain)))
    except (OSError, ValueError):
        return not _AT_HOME.fullmatch(plain)


async def resolve(host: str, port: int, *, private: bool) -> str:
    """The IP address to connect to. Raises AddressError where there is none, or any of them is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError(f"The name {host} leads nowhere.") from None
    addresses = [str(one[4][0]) for one in found]
    if not private and (closed := [one for one in addresses if not is_public(one)]):
        raise AddressError(f"{host} leads to {closed[0]}, which is not a public address. {_HINT}")
    return addresses[0]
