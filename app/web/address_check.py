"""The address of a request, looked at as bytes before anything decodes it.

What a framework makes of `%zz`, `%00` or half a character differs from one to the next and ends, at the
latest, in a driver's error. Here it ends in a problem that names the parameter.
"""

import re
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation
from app.web.validation_messages import shorten

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
# The common case: nothing but letters, digits and marks that need no decoding.
_PLAIN = re.compile(rb"[A-Za-z0-9_.~/:,*@!$'();=+&?\[\]|-]*")


def check_address(scope: Scope, max_url_bytes: int, max_parameter_chars: int) -> None:
    """Raise `ApiError`: path or query cannot be read (400), is too long (414), or a value is bad (422)."""
    path: bytes = (scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).split(b"?", 1)[0]
    query: bytes = scope.get("query_string", b"")
    if len(path) + len(query) + bool(query) > max_url_bytes:
        detail = f"The address has more than {max_url_bytes} bytes."
        raise ApiError(ProblemType.URI_TOO_LONG, detail)
    short = max(len(path), len(query)) <= max_parameter_chars
    if short and _PLAIN.fullmatch(path) and _PLAIN.fullmatch(query):
        return
    unreadable: list[Violation] = []
    invalid: list[Violation] = []
    for segment in path.split(b"/"):
        _look_at(segment, None, max_parameter_chars, unreadable, invalid)
    for part in query.split(b"&"):
        raw_name, _, raw_value = part.partition(b"=")
        name = unquote_to_bytes(raw_name.replace(b"+", b" ")).decode("utf-8", "replace")[:100]
        _look_at(raw_name, name, max_parameter_chars, unreadable, invalid)
        _look_at(raw_value.replace(b"+", b" "), name, max_parameter_chars, unreadable, invalid)
    if unreadable or invalid:
        kind = ProblemType.MALFORMED if unreadable else ProblemType.INVALID
        raise ApiError(kind, "The address holds what cannot be taken.", dict.fromkeys([*unreadable, *invalid]))  # type: ignore[arg-type]


def _look_at(
    raw: bytes, parameter: str | None, max_chars: int, unreadable: list[Violation], invalid: list[Violation]
) -> None:
    what = "The value" if parameter is not None else "The path"
    if broken := _BROKEN_ESCAPE.search(raw):
        sent = raw[broken.start() : broken.start() + 3].decode("ascii", "replace")
        hint = "Write a percent sign itself as %25."
        unreadable.append(Violation(f"{what} holds {shorten(sent)}, which is no escape", None, parameter, hint))
        return
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        hint = "Percent-encode text as UTF-8."
        unreadable.append(Violation(f"{what} is not UTF-8", None, parameter, hint))
        return
    if control := _CONTROL.search(text):
        message = f"{what} holds a control character (%{ord(control[0]):02X})"
        invalid.append(Violation(message, None, parameter, "Leave it out."))
    if len(text) > max_chars:
        message = f"{what} has {len(text)} characters"
        invalid.append(Violation(message, None, parameter, f"At most {max_chars} are taken."))
