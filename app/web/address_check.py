"""Checks the URL of a request as bytes, before anything decodes it.

Frameworks differ in how they treat `%zz`, `%00` or an incomplete UTF-8 character; undetected, such a value can reach the
database driver and fail there. This module rejects it with a problem that names the parameter.
"""

import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation, quoted

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
# The common case: only characters that need no decoding.
_PLAIN = re.compile(rb"[A-Za-z0-9_.~/:,*@!$'();=+&?\[\]|-]*")


def check_address(scope: Scope, max_url_bytes: int, max_parameter_chars: int) -> None:
    """Raise `ApiError` if the URL is malformed (400), is too long (414), or contains an invalid value (422)."""
    path: bytes = (scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).split(b"?", 1)[0]
    query: bytes = scope.get("query_string", b"")
    if len(path) + len(query) + bool(query) > max_url_bytes:
        detail = f"The URL is longer than {max_url_bytes} bytes."
        raise ApiError(ProblemType.URI_TOO_LONG, detail)
    short = max(len(path), len(query)) <= max_parameter_chars
    if short and _PLAIN.fullmatch(path) and _PLAIN.fullmatch(query):
        return
    malformed: list[Violation] = []
    invalid: list[Violation] = []
    for segment in path.split(b"/"):
        _check_part(segment, None, max_parameter_chars, malformed, invalid)
    for part in query.split(b"&"):
        raw_name, _, raw_value = part.partition(b"=")
        name = unquote_to_bytes(raw_name.replace(b"+", b" ")).decode("utf-8", "replace")[:100]
        _check_part(raw_name, name, max_parameter_chars, malformed, invalid)
        _check_part(raw_value.replace(b"+", b" "), name, max_parameter_chars, malformed, invalid)
    if malformed or invalid:
        kind = ProblemType.MALFORMED if malformed else ProblemType.INVALID
        detail = "The URL is malformed." if malformed else "The URL contains invalid values."
        raise ApiError(kind, detail, list(dict.fromkeys([*malformed, *invalid])))


def _check_part(
    raw: bytes, parameter: str | None, max_chars: int, malformed: list[Violation], invalid: list[Violation]
) -> None:
    what = "The value" if parameter is not None else "The path"
    if broken := _BROKEN_ESCAPE.search(raw):
        sent = raw[broken.start() : broken.start() + 3].decode("ascii", "replace")
        hint = "Write a literal percent sign as %25."
        malformed.append(
            Violation(
                f"{what} contains {quoted(sent, 60)}, which is not a valid percent-encoding", None, parameter, hint
            )
        )
        return
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        hint = "Percent-encode text as UTF-8."
        malformed.append(Violation(f"{what} is not UTF-8", None, parameter, hint))
        return
    if control := _CONTROL.search(text):
        message = f"{what} contains the control character %{ord(control[0]):02X}"
        invalid.append(Violation(message, None, parameter, "Remove it."))
    if len(text) > max_chars:
        message = f"{what} has {len(text)} characters"
        invalid.append(Violation(message, None, parameter, f"At most {max_chars} are allowed."))
