"""What can be wrong with a request, said once for reader, writer, rooms and door.

Everything below the web layer refuses by raising `ApiError`; `web.errors` turns it into an RFC 9457 problem.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rapidfuzz import fuzz, process

#: Up to so many allowed names or values, a hint lists them all.
LISTED = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored record that a new one probably is: slug, name, address, and what both have in common."""

    slug: str
    name: str
    href: str
    why: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong: what, where (JSON Pointer of the body, or parameter), and what would be right."""

    message: str
    pointer: str | None = None
    parameter: str | None = None
    hint: str | None = None
    candidate: Candidate | None = None


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant by `name`, or None when nothing comes near."""
    known = list(names)
    wanted = name[:100].casefold()
    best = process.extractOne(wanted, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60)
    if best is not None:
        return str(best[0])
    return min((one for one in known if len(wanted) > 2 and one.casefold().startswith(wanted)), key=len, default=None)


def allowed_hint(name: str, names: Sequence[str], noun: str = "Allowed") -> str | None:
    """The hint for an unknown name or value: the nearest allowed one, and all of them while they are at most `LISTED`."""
    # A word of a name (`on` of `said_on`) before a name that is spelt alike.
    near = min((one for one in names if name in one.split("_")), key=len, default=None) or nearest(name, names)
    parts = [f"Did you mean `{near}`?"] if near is not None else []
    if names and len(names) <= LISTED:
        parts.append(f"{noun}: {', '.join(names)}.")
    elif names and near is None:
        alike = [one for one, *_ in process.extract(name[:100], names, scorer=fuzz.ratio, limit=5)]
        parts.append(f"{len(names)} are allowed, among them {', '.join(alike)}; the documentation (/docs) lists all.")
    return " ".join(parts) or None


class ProblemType(Enum):
    """Every way to be refused: slug of the page that explains it, status, title, meaning."""

    MALFORMED = (
        "malformed",
        400,
        "The request cannot be read",
        "The body is not JSON, or holds what no JSON text may hold.",
    )
    UNAUTHORIZED = ("unauthorized", 401, "A key is needed", "Send `Authorization: Bearer <key>` with a valid API key.")
    FORBIDDEN = (
        "forbidden",
        403,
        "This key may not do that",
        "The key is valid, but its scopes do not cover the request.",
    )
    CROSS_ORIGIN = (
        "cross-origin",
        403,
        "Pages of this origin may not write",
        "A browser sent the request for a page of another web origin. The setting `PARLEY_CORS_ORIGINS` names the origins"
        " whose pages may read and write; `*` in it lets pages of every origin read.",
    )
    NOT_FOUND = ("not-found", 404, "Nothing stands at this address", "No record and no page has this address.")
    METHOD = ("method-not-allowed", 405, "The address knows no such method", "`Allow` lists the methods that it knows.")
    NOT_ACCEPTABLE = (
        "not-acceptable",
        406,
        "No such form",
        "The answer cannot be given in a form that `Accept` names.",
    )
    CONFLICT = ("conflict", 409, "In conflict with what is stored", "The write would break a rule between records.")
    GONE = ("gone", 410, "Withdrawn", "The record was withdrawn; the problem says when and why.")
    PRECONDITION = (
        "precondition-failed",
        412,
        "The record has changed",
        "`If-Match` names another version than the stored one.",
    )
    TOO_LARGE = ("too-large", 413, "The body is too large", "The body is longer than the server takes.")
    URI_TOO_LONG = ("uri-too-long", 414, "The address is too long", "The address is longer than the server takes.")
    MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        "Not a media type that is read here",
        "Send `Content-Type: application/json`.",
    )
    RANGE = (
        "range-not-satisfiable",
        416,
        "No such part of the file",
        "`Range` begins after the end of the file; `Content-Range` says how long the file is.",
    )
    INVALID = (
        "invalid",
        422,
        "The request is not valid",
        "`errors` lists every fault found, with its place and a hint.",
    )
    RATE = ("rate-limited", 429, "Too many requests", "`Retry-After` says when to come back.")
    INTERNAL = ("internal", 500, "The server failed", "A fault of the server; nothing was written.")
    UNAVAILABLE = (
        "unavailable",
        503,
        "Not able to answer now",
        "The database is out of reach or the answer took too long.",
    )

    def __init__(self, slug: str, status: int, title: str, meaning: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.meaning = meaning


class ApiError(Exception):
    """The request is refused; carries all faults that were found, not only the first."""

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
