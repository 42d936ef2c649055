"""Request errors: the exceptions raised below the HTTP layer, and the problem types that clients see.

Code below `app.web` rejects a request by raising `ApiError`; `app.web.error_handlers` turns it into an RFC 9457 problem.
"""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from rapidfuzz import fuzz, process

#: A hint lists all allowed names or values if there are at most this many.
LISTED = 40
#: Maximum number of characters of a value in a message. Every slug is shorter.
LONGEST_QUOTED = 200
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored record that is probably the same as a new record: its slug, name and path, and what the two records
    share."""

    slug: str
    name: str
    href: str
    why: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One error in a request: what is wrong, where (JSON Pointer into the body, or parameter), and how to fix it."""

    message: str
    pointer: str | None = None
    parameter: str | None = None
    hint: str | None = None
    candidate: Candidate | None = None


def quoted(value: Any, most: int = LONGEST_QUOTED) -> str:
    """A value as shown in a message: text in single quotes, cut after `most` characters; numbers without quotes.

    Characters that a reader cannot see, such as line breaks and no-break spaces, are escaped as in Python (`\\n`).
    Zero-width joiners are not escaped, because some scripts need them.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple | set):
        return "a list"
    text = str(value)
    if len(text) > most:
        text = f"{text[: most - 1]}…"
    if not text.isprintable():
        text = "".join(
            character
            if character.isprintable() or character in _JOINERS
            else character.encode("unicode_escape").decode()
            for character in text
        )
    return text if isinstance(value, int | float | Decimal) else f"'{text}'"


def count_errors(violations: Sized) -> str:
    """The number of errors as the `detail` of a problem: `1 validation error.` or `3 validation errors.`"""
    return "1 validation error." if len(violations) == 1 else f"{len(violations)} validation errors."


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of `names` that is most similar to `name`, or None if no entry is similar enough."""
    known = list(names)
    wanted = name[:100].casefold()
    best = process.extractOne(wanted, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60)
    if best is not None:
        return str(best[0])
    return min((one for one in known if len(wanted) > 2 and one.casefold().startswith(wanted)), key=len, default=None)


def allowed_hint(name: str, names: Sequence[str], noun: str = "Allowed") -> str | None:
    """Return the hint for an unknown name or value.

    The hint suggests the nearest allowed name, and lists all allowed names if there are at most `LISTED`.
    """
    # A name that contains the unknown name as a word (`said_on` for `on`) is preferred to one with a similar spelling.
    near = min((one for one in names if name in one.split("_")), key=len, default=None) or nearest(name, names)
    parts = [f"Did you mean `{near}`?"] if near is not None else []
    if names and len(names) <= LISTED:
        parts.append(f"{noun}: {', '.join(names)}.")
    elif names and near is None:
        similar = [one for one, *_ in process.extract(name[:100], names, scorer=fuzz.ratio, limit=5)]
        parts.append(f"{len(names)} are allowed, such as {', '.join(similar)}; /docs lists all of them.")
    return " ".join(parts) or None


class ProblemType(Enum):
    """The problem types: slug of the page that explains the problem, HTTP status, title, and meaning (Markdown)."""

    MALFORMED = (
        "malformed",
        400,
        "Malformed request",
        "The URL or the body cannot be parsed; for example, the body is not valid JSON.",
    )
    UNAUTHORIZED = (
        "unauthorized",
        401,
        "API key missing or invalid",
        "Send a valid API key as `Authorization: Bearer <key>`.",
    )
    FORBIDDEN = (
        "forbidden",
        403,
        "Insufficient scope",
        "The API key is valid, but its scopes do not allow the request.",
    )
    CROSS_ORIGIN = (
        "cross-origin",
        403,
        "Cross-origin write not allowed",
        "A browser sent the request on behalf of a page from another origin. The setting `PARLEY_CORS_ORIGINS` lists the origins"
        " whose pages may read and write; `*` allows pages of every origin to read.",
    )
    NOT_FOUND = ("not-found", 404, "Not found", "No record and no page has this URL.")
    METHOD = ("method-not-allowed", 405, "Method not allowed", "The response header `Allow` lists the allowed methods.")
    NOT_ACCEPTABLE = ("not-acceptable", 406, "Not acceptable", "None of the formats in `Accept` is available here.")
    TIMEOUT = (
        "request-timeout",
        408,
        "Request too slow",
        "The request did not arrive in time. Send it again on a new connection.",
    )
    CONFLICT = (
        "conflict",
        409,
        "Conflict with stored data",
        "The write would break a rule between records; for example, another record has the same slug.",
    )
    GONE = ("gone", 410, "Withdrawn", "The record was withdrawn; `detail` says when and why.")
    PRECONDITION = (
        "precondition-failed",
        412,
        "Precondition failed",
        "`If-Match` does not match the stored version, or `If-None-Match: *` was sent and the record exists.",
    )
    TOO_LARGE = ("too-large", 413, "Body too large", "The body exceeds the limit of the server.")
    URI_TOO_LONG = ("uri-too-long", 414, "URL too long", "The URL exceeds the limit of the server.")
    MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        "Unsupported media type",
        "The `Content-Type` is not supported here; most requests need `application/json`.",
    )
    RANGE = (
        "range-not-satisfiable",
        416,
        "Range not satisfiable",
        "`Range` begins after the end of the file; `Content-Range` gives the size of the file.",
    )
    INVALID = ("invalid", 422, "Invalid request", "`errors` lists all errors, each with its place and a hint.")
    RATE = ("rate-limited", 429, "Too many requests", "Retry after the time in `Retry-After`.")
    HEAD_TOO_LARGE = (
        "head-too-large",
        431,
        "Request head too large",
        "The headers of the request are too many or too long. Send fewer or shorter headers, such as cookies.",
    )
    INTERNAL = ("internal", 500, "Internal server error", "The server failed unexpectedly; nothing was written.")
    UNAVAILABLE = (
        "unavailable",
        503,
        "Service unavailable",
        "The database is not available, the request took too long, or the server is busy. Retry later.",
    )

    def __init__(self, slug: str, status: int, title: str, meaning: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.meaning = meaning


class ApiError(Exception):
    """Rejects a request, with all errors that were found and not only the first."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.violations = tuple(violations)
        self.headers = dict(headers or {})
