"""The access log: one line for each request, and the ids that connect its lines with responses."""

import itertools
import json
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import Scope

from app.db.measurements import RequestTimes
from app.web.problem_responses import request_path

access_log = logging.getLogger("parley.access")

#: Key of the request's state: its class (`app.web.request_classes`).
REQUEST_CLASS = "request_class"
_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_CLIENT_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_PROCESS_ID, _REQUEST_NUMBERS = secrets.token_hex(10), itertools.count(1)
#: What looks like an API key, or like most of one.
KEY = re.compile(r"parley_[A-Za-z0-9_-]{20,}", re.IGNORECASE)
#: What cannot be part of a key. A key that such characters interrupt is still readable.
_NOT_OF_KEY = re.compile(r"[^A-Za-z0-9_-]")
_WHOLE_KEY = re.compile(r"parley_[A-Za-z0-9_-]{43}", re.IGNORECASE)
#: Times that a text is decoded: whoever encodes a URL twice by mistake does not hide a key in it.
_DECODINGS = 3
_SECRET_NAME = re.compile(r"key$|token|secret|passw|authorization|credential", re.IGNORECASE)
#: Without a match, a query contains no secret; most queries do not match.
_SUSPECT = re.compile(r"key=|token|secret|passw|authorization|credential|parley_|%", re.IGNORECASE)
_EMPTY = '""'
_UNQUOTED = re.compile(r"[A-Za-z0-9_.:/%,*~+-]+")


def request_id_of(header: bytes) -> str:
    """The `X-Request-Id` of the client if it is a short token and no API key; otherwise the next id of this process.

    An id must be unique, but need not be unguessable: random bytes for each request took an eighth of the time of a
    cached response."""
    is_valid = _CLIENT_ID.fullmatch(header) and b"parley_" not in header.lower()
    return header.decode() if is_valid else f"{_PROCESS_ID}{next(_REQUEST_NUMBERS):012x}"


@dataclass(slots=True)
class Answer:
    """What was sent: status, size of the body in bytes, and the seconds that it took. `route`: path template of the
    route; empty if none matched."""

    status: int
    size: int
    seconds: float
    route: str = ""
    #: None = the response cache answered.
    times: RequestTimes | None = None


def write_access_log(scope: Scope, answer: Answer, request_id: str) -> None:
    """Log a request and its answer."""
    if not access_log.isEnabledFor(logging.INFO):
        return
    client = scope.get("client")
    state = scope.get("state", {})
    principal = state.get("principal")
    times = answer.times
    fields: dict[str, object] = {
        "method": scope["method"],
        "path": request_path(scope),
        "query": mask_secrets(scope.get("query_string", b"").decode("latin-1")),
        "status": answer.status,
        "bytes": answer.size,
        "ms": _milliseconds(answer.seconds),
        "route": answer.route or "-",
        "class": state.get(REQUEST_CLASS) or ("-" if times else "cached"),
        "key": getattr(principal, "key_id", None) or "-",
        "client": client[0] if client else "-",
        "request": request_id,
    }
    if times is not None:
        fields["db_ms"], fields["queue_ms"] = _milliseconds(times.database), _milliseconds(times.queue)
    if principal is not None and principal.key_id:
        fields["key_name"] = principal.name
    if (trace := trace_of(scope)) is not None:
        fields["trace"], fields["parent"] = trace
    access_log.info(LogFields(fields))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def trace_of(scope: Scope) -> tuple[str, str] | None:
    """The trace id and the parent id of the request's `traceparent` (W3C Trace Context); None if there is no valid one.

    Version 00 has exactly four fields; later versions may have more. Ids of zeros are invalid."""
    sent = [value for name, value in scope["headers"] if name == b"traceparent"]
    found = _TRACEPARENT.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    if found is None:
        return None
    version, trace, parent, more = found.groups()
    if version == b"ff" or (version == b"00" and more) or not trace.strip(b"0") or not parent.strip(b"0"):
        return None
    return trace.decode(), parent.decode()


class LogFields(dict[str, object]):
    """The message of a line that has named values. It is written as `key=value` pairs or, in the format JSON, as members
    of the object (`app.runtime.logs`)."""

    def __str__(self) -> str:
        return log_line(self)


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
    masked = KEY.sub("***", text)
    return "***" if _has_key(masked) else masked


def _has_key(text: str) -> bool:
    decoded = _decoded(text)
    return bool(KEY.search(decoded) or _WHOLE_KEY.search(_NOT_OF_KEY.sub("", decoded)))


def _decoded(text: str) -> str:
    for _ in range(_DECODINGS):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def log_rejected(client: str, status: int, slug: str) -> None:
    """Log a request, or a connection, that was rejected before the application saw it."""
    if access_log.isEnabledFor(logging.INFO):
        access_log.info(LogFields({"rejected": slug, "status": status, "client": client}))


def log_line(fields: Mapping[str, object]) -> str:
    """`key=value` pairs without API keys; a value with spaces, quotes or control characters is written as a JSON string."""
    texts = {key: mask_keys(str(value)) for key, value in fields.items()}
    # One comparison for all values of most lines: this is half of the time that a line takes.
    if _UNQUOTED.fullmatch("".join(texts.values())):
        return " ".join([f"{key}={value or _EMPTY}" for key, value in texts.items()])
    return " ".join(
        f"{key}={value if _UNQUOTED.fullmatch(value) else json.dumps(value)}" for key, value in texts.items()
    )
