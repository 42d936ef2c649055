"""Checks of the values of settings. Each raises ValueError with a sentence that says what is allowed."""

import ipaddress
import re


def normalize_database_url(value: str | None) -> str | None:
    """Normalize URL schemes that hosting providers and libraries use to `postgresql://`."""
    if value is None or not value.strip():
        return None
    scheme, separator, rest = value.strip().partition("://")
    if not separator or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
        raise ValueError("must begin with postgresql://")
    return f"postgresql://{rest}"


def split_list(value: str) -> tuple[str, ...]:
    """The parts of a text between commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """IP addresses and networks."""
    for network in value:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError(f"'{network}' must be an IP address or a network such as 10.0.0.0/8") from None
    return value


def check_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """Reject values that no browser sends as an origin, because they would never match. Also reject `null`, because any
    page can make the browser send `null` as its origin."""
    for origin in value:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@*A-Z\s]+", origin):
            raise ValueError(f"'{origin}' must be * or an origin in lower case such as https://app.example.org")
    return value
