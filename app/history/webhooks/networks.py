"""The networks that are not the public internet, and so must not receive webhooks.

Source: the special-purpose address registries of IANA for IPv4 and IPv6, as amended up to RFC 9780 (2025). They are listed
here, because Python's `is_global` follows the registry of the Python version that happens to run, and lets through
networks inside 192.0.0.0/24 and 3fff::/20 in some of them. Addresses that IANA calls globally reachable but that only
reach a protocol's own service (PCP, AMT, AS112) are listed with their network.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by the customers of a provider
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # not IANA's: the platform service of Azure, inside every virtual machine
            "169.254.0.0/16",  # link-local; metadata services of cloud providers
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # automatic multicast tunneling
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
#: Global unicast. Every other IPv6 address is special or not assigned.
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, DRIP
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # the former 6bone
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is public, that is, does not belong to this machine, its network or its cloud provider.
    Raises ValueError if the text is no IP address."""
    found: Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return found in _GLOBAL and not any(found in network for network in _V6)
        found = found.ipv4_mapped
    return not any(found in network for network in _V4)
