"""Read a former state of the database: find the revision that `as_of` refers to, and open sessions that read it.

`as_of` is a revision number, an instant or the name of a release. In a session whose search path begins with the schema
`past`, a table name resolves to a view of the table's contents at the session's revision (migrations/versions,
`history.keep`). The statements are the same as for the newest revision. Values that depend on the current day come from
the function `parley_today`, which exists in that schema too.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import asyncpg
from pydantic import AfterValidator, BeforeValidator, Field

from app.db.pool import ReadPool
from app.domain.texts import refusal
from app.errors import ApiError, ProblemType, Violation, count_errors

#: Maximum number of cached snapshots. A snapshot is cached only if its `as_of` always refers to the same revision.
CACHED_SNAPSHOTS = 1_000
#: The search path of sessions that read a snapshot.
SNAPSHOT_PATH = "past, public"
#: The search path for a snapshot of the newest revision: statements read the tables themselves, but the current day is
#: the day of the snapshot.
NEWEST_PATH = "newest, public"

#: Sets the snapshot of a session. The setting is never reset, because every user of the session sets it before reading.
SET_SNAPSHOT = "SELECT set_config('parley.as_of', $1, false), set_config('parley.as_of_day', $2, false)"

_FIND = """
SELECT head.revision AS newest, head.at AS newest_at, revision.number, revision.at,
  (SELECT string_agg(name, ', ') FROM (SELECT name FROM release ORDER BY made_at DESC LIMIT 5) AS latest) AS releases
FROM head LEFT JOIN LATERAL (
  SELECT number, at FROM revision WHERE number = $1::bigint
  UNION ALL SELECT number, at FROM revision WHERE number = (SELECT revision FROM release WHERE name = $3::text)
  UNION ALL (
    SELECT number, at FROM revision WHERE at <= $2::timestamptz AND number <= head.revision
    ORDER BY at DESC, number DESC LIMIT 1
  )
) AS revision ON revision.number <= head.revision
"""

#: In a query string `+` means a space, so 12:00+02:00 arrives as 12:00 02:00.
_SPACE_FOR_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")

#: Names of releases. None of them is also a number or an instant.
RELEASE = re.compile(r"[12][0-9]{3}\.[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2})?")


def _parse(text: str) -> int | datetime | str:
    """Return a revision number, an instant or the name of a release. Raises ValueError, OverflowError."""
    if RELEASE.fullmatch(text):
        return text
    if text.isascii() and text.isdecimal():
        return int(text)
    instant = datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", text.strip()))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _check(text: str) -> str:
    try:
        value = _parse(text)
        if isinstance(value, datetime):
            value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal(
            "moment",
            "This is neither the number of a revision (12) nor an instant (2026-11-24T12:00:00Z) nor a release (2026.1).",
        ) from None
    if isinstance(value, int) and value >= 2**63:
        raise refusal("moment", "Revision numbers are less than 2^63.")
    return text


def _number_as_text(value: object) -> object:
    """In a JSON body, a revision may be a JSON number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


AsOf = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_check), BeforeValidator(_number_as_text)]
"""A revision number, the name of a release, or an instant. An instant means the newest revision at or before it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The revision to read. `is_settled`: whether the same `as_of` will always refer to this revision."""

    revision: int
    at: datetime
    is_settled: bool


def session_settings(snapshot: Snapshot) -> dict[str, str]:
    """The settings of a session that reads this snapshot: the revision, and the UTC day on which it was written."""
    return {"revision": str(snapshot.revision), "day": f"{snapshot.at.astimezone(UTC):%Y-%m-%d}"}


class SnapshotSessions:
    """The pool of sessions that read snapshots, and a cache of the snapshots that values of `as_of` refer to."""

    def __init__(self, pool: ReadPool, streams: int) -> None:
        self.pool = pool
        #: Limits the number of open streams, so that connections are left for pages.
        self.streams = asyncio.Semaphore(streams)
        self._cache: dict[str, Snapshot] = {}

    def cached(self, as_of: str) -> Snapshot | None:
        """The snapshot that `as_of` refers to, if it is in the cache."""
        return self._cache.get(as_of)

    async def find(self, connection: asyncpg.Connection, as_of: str) -> Snapshot:
        """The snapshot that `as_of` refers to. `connection` must read the newest revision. Raises ApiError if no
        revision matches."""
        value = _parse(as_of)
        number = value if isinstance(value, int) else None
        instant = value if isinstance(value, datetime) else None
        row = await connection.fetchrow(_FIND, number, instant, value if isinstance(value, str) else None)
        if row["number"] is None:
            raise _not_found(as_of, value, row["newest"], row["releases"])
        # A write that is still in progress gets an instant after that of the newest revision, but possibly before the
        # current time.
        is_settled = instant is None or instant <= row["newest_at"]
        snapshot = Snapshot(row["number"], row["at"], is_settled)
        if is_settled:
            if len(self._cache) >= CACHED_SNAPSHOTS:
                self._cache.pop(next(iter(self._cache)))
            self._cache[as_of] = snapshot
        return snapshot

    @asynccontextmanager
    async def connection(self, snapshot: Snapshot) -> AsyncIterator[asyncpg.Connection]:
        """A connection whose statements read this snapshot."""
        async with self.pool.acquire() as connection:
            await connection.fetchrow(SET_SNAPSHOT, *session_settings(snapshot).values())
            yield connection

    @asynccontextmanager
    async def reserved(self, snapshot: Snapshot) -> AsyncIterator[asyncpg.Connection]:
        """A connection in one transaction, to read a whole snapshot.

        If the snapshot is the newest revision, the statements read the tables instead of the views, which takes a third
        of the time for whole records. The transaction does not see later writes.
        """
        async with (
            self.connection(snapshot) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if await connection.fetchval("SELECT revision FROM public.head") == snapshot.revision:
                await connection.execute(f"SET LOCAL search_path = {NEWEST_PATH}")
            yield connection


def _not_found(as_of: str, value: int | datetime | str, newest: int, releases: str | None) -> ApiError:
    if isinstance(value, str):
        message = f"There is no release {as_of}"
        hint = f"The latest releases are: {releases}." if releases else "There are no releases yet."
    elif not newest:
        message, hint = "The database is empty", "Leave out `as_of`."
    elif isinstance(value, int):
        message, hint = f"There is no revision {as_of}", f"The newest is {newest}, the first is 1."
    else:
        message, hint = f"At {as_of} the database was empty", "/v1/revisions has the instant of the first revision."
    violations = [Violation(message, parameter="as_of", hint=hint)]
    return ApiError(ProblemType.INVALID, count_errors(violations), violations)
