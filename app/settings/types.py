"""Types of settings. Lists are separated by commas in an environment variable."""

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _normalize_database_url(value: object) -> object:
    """Normalize URL schemes that hosting providers and libraries use to `postgresql://`."""
    if not isinstance(value, str) or not value.strip():
        return None
    scheme, separator, rest = value.strip().partition("://")
    if not separator or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
        raise ValueError("must begin with postgresql://")
    return f"postgresql://{rest}"


def _split_origins(value: object) -> object:
    return tuple(part.rstrip("/") for part in entries) if isinstance(entries := _split(value), tuple) else value


def _check_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """Reject values that no browser sends as an origin, because they would never match. Also reject `null`, because any
    page can make the browser send `null` as its origin."""
    for origin in value:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@*A-Z\s]+", origin):
            raise ValueError(f"'{origin}' must be * or an origin in lower case such as https://app.example.org")
    return value


def _check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Reject names and typing errors, because the server would ignore them silently."""
    for network in value:
        try:
            ip_network(network)
        except ValueError:
            raise ValueError(f"'{network}' must be an IP address or a network such as 10.0.0.0/8") from None
    return value


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_origins), AfterValidator(_check_origins)]
"""Web origins; `*` = all."""
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_networks)]
"""IP addresses and networks."""
Ports = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)]
"""Numbers of ports."""
DatabaseUrl = Annotated[str | None, BeforeValidator(_normalize_database_url)]
"""The URL of a PostgreSQL database."""
