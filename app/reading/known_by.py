"""Read what the public could know on a day: find the day of `known_by`, and open sessions that read at that day.

In a session whose search path begins with the schema `known`, a table name resolves to a view of the rows that were
public on the session's day (migrations/versions, `known.show`); `past_known` does the same for a snapshot. All other
records do not exist in these sessions, so lists, links, counts and searches cannot reveal them.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated

import asyncpg
from pydantic import AfterValidator, Field

from app.db.dates import parse_edtf
from app.domain.texts import refusal
from app.reading.as_of import SET_SNAPSHOT, SNAPSHOT_PATH, Snapshot, session_settings

#: The search paths of these sessions: for the newest revision, and for a snapshot.
KNOWN_BY_PATH, BOTH_PATH = "known, public", f"past_known, {SNAPSHOT_PATH}"
#: Set the day of a session, and the day together with the snapshot. The settings are never reset, because every user of
#: the session sets them before reading.
SET_KNOWN_BY = "SELECT set_config('parley.known_by', $1, false)"
SET_BOTH = f"{SET_SNAPSHOT}, set_config('parley.known_by', $3, false)"

_DAY = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)


def day_of(text: str) -> date:
    """The day that `known_by` refers to; for a month or a year, this is the last day. Raises ValueError."""
    # EDTF writes seasons as months above 12. They are rejected, because the last day of a season is not well defined.
    if not _DAY.fullmatch(text) or text[5:7] > "12":
        raise ValueError(text)
    day = parse_edtf(text).latest
    if not isinstance(day, date):
        raise ValueError(text)
    return day


def _check(text: str) -> str:
    try:
        day_of(text)
    except ValueError:
        message = "This is neither a day (2025-06-03) nor a month or a year, which mean their last day. Years are 0001 to 9999."
        raise refusal("day", message) from None
    return text


KnownBy = Annotated[str, Field(min_length=1, max_length=10), AfterValidator(_check)]
"""A day; a month or a year, meaning its last day."""


class KnownBySessions:
    """The pools of sessions that read what was public on a day: at the newest revision (`now`) and at a snapshot (`then`)."""

    def __init__(self, now: "asyncpg.Pool[asyncpg.Record]", then: "asyncpg.Pool[asyncpg.Record]", streams: int) -> None:
        self.now, self.then = now, then
        #: Limits the number of open streams, because pages need connections too.
        self.streams = asyncio.Semaphore(streams)

    @asynccontextmanager
    async def connection(self, day: date, snapshot: Snapshot | None) -> AsyncIterator[asyncpg.Connection]:
        """A connection whose statements read what was public on the day. If `snapshot` is None, the connection reads
        at the newest revision."""
        pool = self.now if snapshot is None else self.then
        async with pool.acquire() as connection:
            if snapshot is None:
                await connection.fetchrow(SET_KNOWN_BY, day.isoformat())
            else:
                await connection.fetchrow(SET_BOTH, *session_settings(snapshot).values(), day.isoformat())
            yield connection
