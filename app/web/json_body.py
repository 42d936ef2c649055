"""Strict JSON bodies: ambiguous input and values that cannot be stored are rejected, with all errors at once.

Python's parser accepts NaN, keeps the last of two equal keys, and fails on deep nesting. Input that is not JSON gets 400
(`malformed`); JSON with values that cannot be stored gets 422 (`invalid`).
"""

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.web.media_types import JSON
from app.web.state import web_state
from app.web.validation import escape_pointer

MAX_DEPTH = 64
MAX_VIOLATIONS = 100
#: Bodies up to this size, in bytes, are parsed in the event loop; larger ones in a thread.
SMALL = 32_768
#: Bytes per second below which a client is too slow, once `WebState.body_seconds` are over.
_SLOWEST = 1_024
_INT64 = 2**63
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


#: Parses the bytes of a body to an object; raises `ApiError` with all errors.
Parse = Callable[[bytes], dict[str, Any]]


class Pairs(list[tuple[str, Any]]):
    """An object as a list of pairs, so that duplicate keys are still visible."""


class InvalidNumber(str):
    """A number that cannot be stored (NaN, infinite or too large), as it was written."""


async def read_json(request: Request, max_bytes: int, *, accepted: Sequence[str] = (JSON,)) -> dict[str, Any]:
    """The body of a request as a JSON object. Raises `ApiError` (415, 413, 408, 400, 422) with all errors."""
    _check_media_type(request, accepted)
    raw = await _read_bytes(request, max_bytes)
    # Parsing and checking a megabyte of brackets takes seconds, which must not block the event loop.
    return parse_object(raw) if len(raw) <= SMALL else await asyncio.to_thread(parse_object, raw)


async def read_object(
    request: Request, max_bytes: int, parsers: Mapping[str, Parse]
) -> tuple[dict[str, object], bytes]:
    """The object in a body of one of several media types, and the bytes of the body.

    Parsed in a thread, because such a body may be large. Raises `ApiError` as `read_json` does.
    """
    media_type = _check_media_type(request, tuple(parsers))
    raw = await _read_bytes(request, max_bytes)
    return await asyncio.to_thread(parsers[media_type], raw), raw


def parse_object(raw: bytes) -> dict[str, object]:
    """Parse the bytes of one JSON object strictly. Raises `ApiError` with all errors."""
    if (plain := _parse_fast(raw)) is not None:
        return plain
    return plain_object(_parse(decode_utf8(raw)))


def plain_object(tree: object) -> dict[str, object]:
    """A parsed tree as plain dicts and lists. Raises `ApiError` with all errors."""
    if not isinstance(tree, Pairs):
        raise _error(
            ProblemType.INVALID,
            "The body must be a JSON object.",
            Violation("The body is not a JSON object", pointer="", hint="Send one object, such as { … }."),
        )
    checker = _Checker()
    value = checker.plain(tree, "")
    if checker.violations:
        kind = ProblemType.MALFORMED if checker.is_malformed else ProblemType.INVALID
        shown = checker.violations[:MAX_VIOLATIONS]
        more = f" The first {MAX_VIOLATIONS} are listed." if len(checker.violations) > MAX_VIOLATIONS else ""
        raise ApiError(kind, f"{count_errors(checker.violations)}{more}", shown)
    assert isinstance(value, dict)
    return value


def _parse_fast(raw: bytes) -> dict[str, object] | None:
    """The object if it is certainly free of errors; None if it must be checked in detail."""
    # An escape sequence may stand for NUL or for half of a surrogate pair.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        return None
    try:
        tree = _FAST.decode(raw.decode("utf-8"))
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None


def _require_distinct(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("duplicate name")
    return found


def _require_valid(number: object) -> object:
    if isinstance(number, InvalidNumber):
        raise ValueError("invalid number")
    return number


def _check_media_type(request: Request, accepted: Sequence[str]) -> str:
    full = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in full.split(";"))
    wanted = " or ".join(accepted)
    headers = {"Accept-Patch" if request.method == "PATCH" else "Accept-Post": ", ".join(accepted)}
    if media_type not in accepted:
        problem = f"The Content-Type {quoted(full, 100)} is not supported here" if full else "No Content-Type was sent"
        raise ApiError(ProblemType.MEDIA_TYPE, f"{problem}; send {wanted}.", headers=headers)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise ApiError(ProblemType.MEDIA_TYPE, "The body must be encoded in UTF-8.", headers=headers)
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise ApiError(
            ProblemType.MEDIA_TYPE,
            "The body must not be compressed.",
            headers={"Accept-Encoding": "identity"},
        )
    return media_type


async def _read_bytes(request: Request, max_bytes: int) -> bytes:
    too_large = ApiError(ProblemType.TOO_LARGE, f"The body is longer than {max_bytes} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > max_bytes):
        raise too_large
    parts: list[bytes] = []
    size = 0
    seconds = web_state(request).body_seconds
    until = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(until) as deadline:
            async for part in request.stream():
                size += len(part)
                if size > max_bytes:
                    raise too_large
                parts.append(part)
                deadline.reschedule(until + size / _SLOWEST)
    except TimeoutError:
        detail = f"The body is too slow: {size} bytes arrived in {seconds + size / _SLOWEST:.0f} seconds."
        raise ApiError(ProblemType.TIMEOUT, detail, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise ApiError(ProblemType.MALFORMED, "The body ended before it was complete.") from None
    return b"".join(parts)


def _error(kind: ProblemType, detail: str, violation: Violation) -> ApiError:
    return ApiError(kind, detail, (violation,))


def decode_utf8(raw: bytes, noun: str = "body") -> str:
    """Decode UTF-8. Raises `ApiError` if the bytes are empty, begin with a byte order mark or are not UTF-8. `noun`: what the
    messages call the text."""
    if not raw.strip():
        raise _error(
            ProblemType.MALFORMED,
            f"The {noun} is empty.",
            Violation(f"The {noun} is empty", pointer="", hint="Send one object, such as { … }."),
        )
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _error(
            ProblemType.MALFORMED,
            f"The {noun} begins with a byte order mark.",
            Violation(
                f"The {noun} begins with a byte order mark",
                pointer="",
                hint="Save the file as UTF-8 without BOM.",
            ),
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"Line {line}, byte {column}: not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise _error(ProblemType.MALFORMED, f"The {noun} is not UTF-8.", Violation(message, pointer="")) from None


def _parse(text: str) -> object:
    depth = 0
    for token in _STRUCTURE.finditer(text):
        first = text[token.start()]
        depth += (first in "[{") - (first in "]}")
        # Checked before parsing, because the parser itself would exceed Python's stack.
        if depth > MAX_DEPTH:
            raise _error(
                ProblemType.MALFORMED,
                "The body is nested too deeply.",
                Violation(f"{_line(text, token.start())}: more than {MAX_DEPTH} levels", pointer=""),
            )
    try:
        return json.loads(
            text, object_pairs_hook=Pairs, parse_constant=InvalidNumber, parse_int=parse_int, parse_float=parse_float
        )
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        message = f"{_line(text, error.pos)}: {reason}"
        raise _error(ProblemType.MALFORMED, "The body is not valid JSON.", Violation(message, pointer="")) from None


def _line(text: str, position: int) -> str:
    return f"Line {text.count(chr(10), 0, position) + 1}, column {position - text.rfind(chr(10), 0, position)}"


def parse_int(text: str) -> int | InvalidNumber:
    """An integer of at most 64 bits; a larger one as `InvalidNumber`."""
    # Every 64-bit number fits in 20 characters; int() of a million digits would be slow or raise an error.
    return int(text) if len(text) <= 20 and -_INT64 <= int(text) < _INT64 else InvalidNumber(text)


def parse_float(text: str) -> float | InvalidNumber:
    """A finite float; an infinite one as `InvalidNumber`."""
    value = float(text)
    return value if math.isfinite(value) else InvalidNumber(text)


#: Raises ValueError for everything that must be checked in detail.
_FAST = json.JSONDecoder(
    object_pairs_hook=_require_distinct,
    parse_int=lambda text: _require_valid(parse_int(text)),
    parse_float=lambda text: _require_valid(parse_float(text)),
    parse_constant=lambda text: _require_valid(InvalidNumber(text)),
)


class _Checker:
    """Turns a parsed tree into plain dicts and lists, and collects errors."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.is_malformed = False

    def plain(self, node: object, pointer: str) -> object:
        # Recursion is bounded by MAX_DEPTH, which was checked before.
        if isinstance(node, Pairs):
            return self._object(node, pointer)
        if isinstance(node, list):
            return [self.plain(item, f"{pointer}/{index}") for index, item in enumerate(node)]
        if isinstance(node, InvalidNumber):
            self._reject_number(node, pointer)
        elif isinstance(node, str):
            self._check_text(node, pointer, "The text")
        return node

    def _object(self, node: Pairs, pointer: str) -> dict[str, object]:
        result: dict[str, Any] = {}
        for key, item in node:
            place = f"{pointer}/{escape_pointer(key)}"
            self._check_text(key, place, "The field name")
            if key in result:
                self.is_malformed = True
                self.violations.append(
                    Violation("Duplicate field name in one object", place, hint="Remove one of them.")
                )
            result[key] = self.plain(item, place)
        return result

    def _reject_number(self, node: InvalidNumber, pointer: str) -> None:
        shown = node if len(node) <= 40 else f"{node[:20]}… ({len(node)} characters)"
        if node in ("NaN", "Infinity", "-Infinity"):
            self.is_malformed = True
            self.violations.append(
                Violation(f"{shown} is not valid JSON", pointer, hint="Send null if the number is unknown.")
            )
        elif node.lstrip("-").isdigit():
            hint = "Counts are at most 2147483647. If the field is an identifier, send it as text."
            self.violations.append(Violation(f"{shown} exceeds 64 bits", pointer, hint=hint))
        else:
            self.violations.append(Violation(f"{shown} exceeds the range of a 64-bit float", pointer))

    def _check_text(self, text: str, pointer: str, subject: str) -> None:
        if "\0" in text:
            self.violations.append(
                Violation(f"{subject} contains a NUL character (\\u0000)", pointer, hint="Remove it.")
            )
        if _SURROGATE.search(text):
            self.is_malformed = True
            message = f"{subject} contains half of a surrogate pair (\\ud800–\\udfff), which is not a character"
            self.violations.append(
                Violation(message, pointer, hint="Send both halves, or the character itself in UTF-8.")
            )
