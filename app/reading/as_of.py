"""The past: which revision `as_of` means (a number, an instant, the name of a release), and the sessions in which the same statements read it.

In a session whose search path begins with `past` each table is a view of what it held at the session's revision
(migrations/versions, `history.keep`). The statements are not touched: names lead elsewhere, and the answer says the
revision of then. What depends on today is a function (`parley_today`) that the past has too.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
from pydantic import AfterValidator, BeforeValidator, Field

from app.domain.types import refusal
from app.errors import ApiError, ProblemType, Violation, count_errors

#: Moments that are remembered; those that cannot change any more.
REMEMBERED = 1_000
#: Where the names of tables lead in its sessions.
PAST_PATH = "past, public"
#: Where they lead while the moment is the newest: the tables are the present's, what depends on the day is the moment's.
NEWEST_PATH = "newest, public"

#: Turns a session of the past to a moment; it is never turned back, since each user of it turns it first.
TURN = "SELECT set_config('parley.as_of', $1, false), set_config('parley.as_of_day', $2, false)"

_FOUND = """
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


#: In an address `+` is a blank: 12:00+02:00 arrives as 12:00 02:00.
_BLANK = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")


#: Names of releases. None is a number or an instant, which `as_of` takes too.
RELEASE = re.compile(r"[12][0-9]{3}\.[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2})?")


def _parsed(text: str) -> int | datetime | str:
    """The number, the instant or the name of a release that a text is. Raises ValueError, OverflowError."""
    if RELEASE.fullmatch(text):
        return text
    if text.isascii() and text.isdecimal():
        return int(text)
    instant = datetime.fromisoformat(_BLANK.sub(r"\1+\2", text.strip()))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _check(text: str) -> str:
    try:
        moment = _parsed(text)
        if isinstance(moment, datetime):
            moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal(
            "moment",
            "This is neither a revision's number (12) nor an instant (2026-11-24T12:00:00Z) nor a release (2026.1).",
        ) from None
    if isinstance(moment, int) and moment >= 2**63:
        raise refusal("moment", "No revision has so large a number.")
    return text


def _written(value: Any) -> Any:
    """In a JSON body a number may stand as one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


AsOf = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_check), BeforeValidator(_written)]
"""A revision by its number, an instant: the newest revision at or before it, or a release by its name."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A revision that is read. `is_settled`: the question leads to it for ever."""

    revision: int
    at: datetime
    is_settled: bool


def turned(moment: Moment) -> dict[str, str]:
    """What a session must be told to read this moment: its revision, and the day on which that was made."""
    return {"revision": str(moment.revision), "day": f"{moment.at.astimezone(UTC):%Y-%m-%d}"}


class Past:
    """The sessions of the past, and the moments that were asked for."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", streams: int) -> None:
        self.pool = pool
        #: Streams at once, as in the present: pages must find a connection free.
        self.streams = asyncio.Semaphore(streams)
        self._known: dict[str, Moment] = {}

    def known(self, as_of: str) -> Moment | None:
        """The moment that is meant, where that is remembered."""
        return self._known.get(as_of)

    async def find(self, connection: Any, as_of: str) -> Moment:
        """The moment that is meant, looked up on a connection of the present. Raises ApiError: there is none."""
        asked = _parsed(as_of)
        number = asked if isinstance(asked, int) else None
        instant = asked if isinstance(asked, datetime) else None
        row = await connection.fetchrow(_FOUND, number, instant, asked if isinstance(asked, str) else None)
        if row["number"] is None:
            raise _nothing(as_of, asked, row["newest"], row["releases"])
        # A write that waits now will have a later instant than the newest revision, and may have an earlier one than now.
        is_settled = instant is None or instant <= row["newest_at"]
        moment = Moment(row["number"], row["at"], is_settled)
        if is_settled:
            if len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[as_of] = moment
        return moment

    @asynccontextmanager
    async def connection(self, moment: Moment) -> AsyncIterator[Any]:
        """A connection whose statements read this moment."""
        async with self.pool.acquire() as connection:
            await connection.fetchrow(TURN, *turned(moment).values())
            yield connection

    @asynccontextmanager
    async def held(self, moment: Moment) -> AsyncIterator[Any]:
        """A connection on which everything is read from one snapshot, for whoever reads all of a moment. While that is
        the newest one its tables are read themselves: whole records take a third of the time that views of the past do,
        and what is written meanwhile the snapshot does not see."""
        async with (
            self.connection(moment) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if await connection.fetchval("SELECT revision FROM public.head") == moment.revision:
                await connection.execute(f"SET LOCAL search_path = {NEWEST_PATH}")
            yield connection


def _nothing(as_of: str, asked: int | datetime | str, newest: int, releases: str | None) -> ApiError:
    if isinstance(asked, str):
        message = f"There is no release {as_of}"
        hint = f"The latest are: {releases}." if releases else "No release was made yet."
    elif not newest:
        message, hint = "Nothing was written yet", "Leave it out."
    elif isinstance(asked, int):
        message, hint = f"There is no revision {as_of}", f"The newest is {newest}, the first is 1."
    else:
        message, hint = f"At {as_of} nothing was written yet", "/v1/revisions tells when the first revision was made."
    violations = [Violation(message, parameter="as_of", hint=hint)]
    return ApiError(ProblemType.INVALID, count_errors(violations), violations)
