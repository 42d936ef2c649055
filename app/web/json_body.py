"""Read the body of a write, strictly: what is ambiguous or cannot be stored is refused, and all at once.

Python's parser takes NaN, lets the last of two equal keys win, and dies of deep nesting.
Text that cannot be read is 400 (`malformed`), text that can be read but not stored is 422 (`invalid`).
"""

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.errors import ApiError, ProblemType, Violation
from app.web.validation import escape_pointer

MAX_DEPTH = 64
MAX_VIOLATIONS = 100
#: Bytes of a body that is read at once, without leaving the loop.
SMALL = 32_768
_INT64 = 2**63
_JSON = "application/json"
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


#: From the bytes of a body to the object that it holds; raises `ApiError` with all faults.
Parse = Callable[[bytes], dict[str, Any]]


class Pairs(list[tuple[str, Any]]):
    """An object as it was written: equal keys still side by side."""


class Odd(str):
    """A number that is none, or none that can be kept, as it was written."""


async def read_json(request: Request, max_bytes: int, *, accepted: Sequence[str] = (_JSON,)) -> dict[str, Any]:
    """The body of a request as a JSON object, or `ApiError` (415, 413, 400, 422), with all faults."""
    _check_media_type(request, accepted)
    raw = await _read_bytes(request, max_bytes)
    # A megabyte of brackets takes seconds to read and to find fault with: meanwhile the loop answers others.
    return parse_object(raw) if len(raw) <= SMALL else await asyncio.to_thread(parse_object, raw)


async def read_object(request: Request, max_bytes: int, parsers: Mapping[str, Parse]) -> tuple[dict[str, Any], bytes]:
    """The object in a body of one of several media types, and the bytes that it was read from.

    Parsed beside the loop: such a body may be large. Raises `ApiError` as `read_json` does.
    """
    media_type = _check_media_type(request, tuple(parsers))
    raw = await _read_bytes(request, max_bytes)
    return await asyncio.to_thread(parsers[media_type], raw), raw


def parse_object(raw: bytes) -> dict[str, Any]:
    """Strictly parse the bytes of one JSON object; raises `ApiError` with all faults."""
    if (plain := _quickly(raw)) is not None:
        return plain
    return plain_object(_parse(decoded(raw)))


def plain_object(tree: Any) -> dict[str, Any]:
    """The object that a parsed tree is, without what must not be in it; raises `ApiError` with all faults."""
    if not isinstance(tree, Pairs):
        raise _refused(
            ProblemType.INVALID,
            "The body must be a JSON object.",
            Violation("The body is not a JSON object", pointer="", hint="Send one object: { … }."),
        )
    found = _Findings()
    value = found.plain(tree, "")
    if found.violations:
        kind = ProblemType.MALFORMED if found.malformed else ProblemType.INVALID
        number = len(found.violations)
        shown = found.violations[:MAX_VIOLATIONS]
        more = f" The first {MAX_VIOLATIONS} are listed." if number > MAX_VIOLATIONS else ""
        raise ApiError(kind, f"The body holds {number} value{'s' * (number > 1)} that cannot be taken.{more}", shown)
    assert isinstance(value, dict)
    return value


def _quickly(raw: bytes) -> dict[str, Any] | None:
    """The object, where nothing in its bytes can be a fault; None where it must be looked at closely."""
    # An escape may be NUL or half of a pair.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        return None
    try:
        tree = _QUICK.decode(raw.decode("utf-8"))
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _kept(number: Any) -> Any:
    if isinstance(number, Odd):
        raise ValueError("a number that cannot be kept")
    return number


def _check_media_type(request: Request, accepted: Sequence[str]) -> str:
    full = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in full.split(";"))
    wanted = " or ".join(accepted)
    headers = {"Accept-Patch" if request.method == "PATCH" else "Accept-Post": ", ".join(accepted)}
    if media_type not in accepted:
        said = f"{full[:100]} is not read here" if full else "No Content-Type was sent"
        raise ApiError(ProblemType.MEDIA_TYPE, f"{said}; send Content-Type: {wanted}.", headers=headers)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise ApiError(ProblemType.MEDIA_TYPE, "The body is read in UTF-8 only.", headers=headers)
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise ApiError(
            ProblemType.MEDIA_TYPE,
            "The body must not be compressed.",
            headers={"Accept-Encoding": "identity"},
        )
    return media_type


async def _read_bytes(request: Request, max_bytes: int) -> bytes:
    too_large = ApiError(ProblemType.TOO_LARGE, f"The body has more than {max_bytes} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > max_bytes):
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                raise too_large
            parts.append(part)
    except ClientDisconnect:
        raise ApiError(ProblemType.MALFORMED, "The body ended before it was complete.") from None
    return b"".join(parts)


def _refused(kind: ProblemType, detail: str, violation: Violation) -> ApiError:
    return ApiError(kind, detail, (violation,))


def decoded(raw: bytes, called: str = "body") -> str:
    """The text of a body in UTF-8; raises `ApiError`, which calls it as it is `called` where it comes from, where there
    is none, or where it is no UTF-8."""
    if not raw.strip():
        raise _refused(
            ProblemType.MALFORMED,
            f"The {called} is empty.",
            Violation(f"There is no {called}", pointer="", hint="Send one object, as in { … }."),
        )
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _refused(
            ProblemType.MALFORMED,
            f"The {called} begins with a byte order mark.",
            Violation(
                "A byte order mark stands before the text",
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
        raise _refused(ProblemType.MALFORMED, f"The {called} is not UTF-8.", Violation(message, pointer="")) from None


def _parse(text: str) -> Any:
    depth = 0
    for token in _STRUCTURE.finditer(text):
        first = text[token.start()]
        depth += (first in "[{") - (first in "]}")
        # Looked at before parsing: the parser itself would meet the end of Python's stack.
        if depth > MAX_DEPTH:
            raise _refused(
                ProblemType.MALFORMED,
                "The body is nested too deeply.",
                Violation(f"{_line(text, token.start())}: more than {MAX_DEPTH} levels", pointer=""),
            )
    try:
        return json.loads(text, object_pairs_hook=Pairs, parse_constant=Odd, parse_int=whole, parse_float=fraction)
    except json.JSONDecodeError as error:
        what = error.msg[0].lower() + error.msg[1:]
        message = f"{_line(text, error.pos)}: {what}"
        raise _refused(ProblemType.MALFORMED, "The body is not valid JSON.", Violation(message, pointer="")) from None


def _line(text: str, position: int) -> str:
    return f"Line {text.count(chr(10), 0, position) + 1}, column {position - text.rfind(chr(10), 0, position)}"


def whole(written: str) -> int | Odd:
    # Twenty characters hold every 64-bit number; int() of a million digits would be slow, or an error.
    return int(written) if len(written) <= 20 and -_INT64 <= int(written) < _INT64 else Odd(written)


def fraction(written: str) -> float | Odd:
    value = float(written)
    return value if math.isfinite(value) else Odd(written)


#: Refuses what needs a closer look by any ValueError.
_QUICK = json.JSONDecoder(
    object_pairs_hook=_distinct,
    parse_int=lambda written: _kept(whole(written)),
    parse_float=lambda written: _kept(fraction(written)),
    parse_constant=lambda written: _kept(Odd(written)),
)


class _Findings:
    """Turns the tree into plain dicts and lists, and gathers what must not be in it."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.malformed = False

    def plain(self, node: Any, pointer: str) -> Any:
        # Recursion is bounded by MAX_DEPTH, which was checked before.
        if isinstance(node, Pairs):
            return self._object(node, pointer)
        if isinstance(node, list):
            return [self.plain(item, f"{pointer}/{index}") for index, item in enumerate(node)]
        if isinstance(node, Odd):
            self._odd(node, pointer)
        elif isinstance(node, str):
            self._text(node, pointer, "The text")
        return node

    def _object(self, node: Pairs, pointer: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in node:
            place = f"{pointer}/{escape_pointer(key)}"
            self._text(key, place, "The name of the field")
            if key in result:
                self.malformed = True
                self.violations.append(
                    Violation("This name stands twice in one object", place, hint="Keep one of them.")
                )
            result[key] = self.plain(item, place)
        return result

    def _odd(self, node: Odd, pointer: str) -> None:
        shown = node if len(node) <= 40 else f"{node[:20]}… ({len(node)} characters)"
        if node in ("NaN", "Infinity", "-Infinity"):
            self.malformed = True
            self.violations.append(
                Violation(f"{shown} is not JSON", pointer, hint="Send null when the number is not known.")
            )
        elif node.lstrip("-").isdigit():
            self.violations.append(Violation(f"{shown} is beyond 64 bits", pointer, hint="Send such a number as text."))
        else:
            self.violations.append(Violation(f"{shown} is beyond what a 64-bit float can hold", pointer))

    def _text(self, text: str, pointer: str, what: str) -> None:
        if "\0" in text:
            self.violations.append(Violation(f"{what} holds a NUL character (\\u0000)", pointer, hint="Leave it out."))
        if _SURROGATE.search(text):
            self.malformed = True
            message = f"{what} holds half of a surrogate pair (\\ud800–\\udfff), which is no character"
            self.violations.append(
                Violation(message, pointer, hint="Send both halves, or the character itself in UTF-8.")
            )
