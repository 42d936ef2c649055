"""Cursors: the position at which a page ended. They are opaque, signed, and valid for one query only."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import ApiError, ProblemType, Violation

_SIGNATURE = 12


def cursor_scope(collection: str, values: Mapping[str, object], sort: tuple[object, ...]) -> bytes:
    """What a cursor is valid for: the collection, the filters and the order, but any page size and format."""
    filters = sorted((name, repr(value)) for name, value in values.items())
    return repr((collection, filters, sort)).encode()


def encode_cursor(secret: bytes, about: bytes, keys: Sequence[object]) -> str:
    """The cursor for the sort keys of a page's last record. `about`: the `cursor_scope` of the query."""
    body = json.dumps(keys, separators=(",", ":")).encode()
    return urlsafe_b64encode(_sign(secret, about, body) + body).decode().rstrip("=")


def decode_cursor(secret: bytes, about: bytes, cursor: str) -> list[Any]:
    """The sort keys in a cursor. Raises ApiError if the signature does not match this query."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (BadBase64, ValueError):
        raw = b""
    body = raw[_SIGNATURE:]
    if not body or not hmac.compare_digest(raw[:_SIGNATURE], _sign(secret, about, body)):
        raise ApiError(
            ProblemType.INVALID,
            "The cursor does not belong to this query.",
            [
                Violation(
                    "The cursor was not issued by this server for this query.",
                    parameter="cursor",
                    hint="Send `page.next` of the last page unchanged, with the same filters and `sort`.",
                )
            ],
        )
    keys: list[object] = json.loads(body)
    return keys


def _sign(secret: bytes, about: bytes, body: bytes) -> bytes:
    return hmac.new(secret, about + b"\0" + body, hashlib.sha256).digest()[:_SIGNATURE]
