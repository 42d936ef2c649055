"""The access log: one line for each request, and the ids that connect its lines with responses."""

import itertools
import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from urllib.parse import unquote

from starlette.types import Scope

from app.web.problem_responses import request_path

access_log = logging.getLogger("parley.access")

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_PROCESS_ID, _REQUEST_NUMBERS = secrets.token_hex(10), itertools.count(1)
_KEY = re.compile(r"parley_[A-Za-z0-9_-]{20,}", re.IGNORECASE)
#: What cannot be part of a key. A key that such characters interrupt is still readable.
_NOT_OF_KEY = re.compile(r"[^A-Za-z0-9_-]")
_WHOLE_KEY = re.compile(r"parley_[A-Za-z0-9_-]{43}", re.IGNORECASE)
#: Times that a text is decoded: whoever encodes a URL twice by mistake does not hide a key in it.
_DECODINGS = 3
_SECRET_NAME = re.compile(r"key$|token|secret|passw|authorization|credential", re.IGNORECASE)
#: Without a match, a query contains no secret; most queries do not match.
_SUSPECT = re.compile(r"key=|token|secret|passw|authorization|credential|parley_|%", re.IGNORECASE)
_UNQUOTED = re.compile(r"[A-Za-z0-9_.:/%,*~+-]+")


def request_id_of(header: bytes) -> str:
    """The `X-Request-Id` of the client if it is a short token and no API key; otherwise the next id of this process.

    An id must be unique, but need not be unguessable: random bytes for each request took an eighth of the time of a
    cached response."""
    is_valid = _CLIENT_ID.fullmatch(header) and b"parley_" not in header.lower()
    return header.decode() if is_valid else f"{_PROCESS_ID}{next(_REQUEST_NUMBERS):012x}"


def write_access_log(scope: Scope, status: int, size: int, started: float, request_id: str) -> None:
    """Log a request that started at this `time.perf_counter`, with the status and the size of its response."""
    if not access_log.isEnabledFor(logging.INFO):
        return
    client = scope.get("client")
    principal = scope.get("state", {}).get("principal")
    access_log.info(
        log_line(
            {
                "method": scope["method"],
                "path": request_path(scope),
                "query": mask_secrets(scope.get("query_string", b"").decode("latin-1")),
                "status": status,
                "bytes": size,
                "ms": f"{(time.perf_counter() - started) * 1000:.1f}",
                "key": getattr(principal, "key_id", None) or "-",
                "client": client[0] if client else "-",
                "request": request_id,
            }
        )
    )


def mask_secrets(query: str) -> str:
    """The query string with `***` for API keys and for the values of parameters whose name says that they are secret. No
    path reads a key from the URL, but clients of other APIs send one there."""
    if _SUSPECT.search(query) is None:
        return query
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        is_secret = equals and value and _SECRET_NAME.search(_decoded(name))
        shown = "***" if _has_key(name) else name
        parts.append(f"{shown}=***" if is_secret or _has_key(part) else part)
    return mask_keys("&".join(parts))


def mask_keys(text: str) -> str:
    """The text with `***` for API keys; `***` alone if a key is percent-encoded or interrupted by other characters."""
    if "%" not in text and "parley" not in text.lower():
        return text
    masked = _KEY.sub("***", text)
    return "***" if _has_key(masked) else masked


def _has_key(text: str) -> bool:
    decoded = _decoded(text)
    return bool(_KEY.search(decoded) or _WHOLE_KEY.search(_NOT_OF_KEY.sub("", decoded)))


def _decoded(text: str) -> str:
    for _ in range(_DECODINGS):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def log_rejected(client: str, status: int, slug: str) -> None:
    """Log a request, or a connection, that was rejected before the application saw it."""
    if access_log.isEnabledFor(logging.INFO):
        access_log.info(log_line({"rejected": slug, "status": status, "client": client}))


def log_line(fields: Mapping[str, object]) -> str:
    """`key=value` pairs without API keys; a value with spaces, quotes or control characters is written as a JSON string."""
    pairs = ((key, mask_keys(str(value))) for key, value in fields.items())
    return " ".join(f"{key}={value if _UNQUOTED.fullmatch(value) else json.dumps(value)}" for key, value in pairs)
