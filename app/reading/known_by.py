"""What the public could know: which day `known_by` means, and the sessions in which the same statements read no more.

In a session whose search path begins with `known` the name of a table is a view of what is known on the session's day
(migrations/versions, `known.show`); in one that begins with `past_known`, of what a revision held of it. So neither a
list nor a link, a count or a search can tell what it should not: it is not there.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import asyncpg
from pydantic import AfterValidator, Field

from app.db.dates import parse_edtf
from app.domain.types import refusal
from app.reading.as_of import PAST_PATH, TURN, Moment, turned

#: Where the names of tables lead in these sessions: of the present, and of the past.
KNOWN_PATH, BOTH_PATH = "known, public", f"past_known, {PAST_PATH}"
#: Turns a session of what is known to a day; it is never turned back, since each user of it turns it first.
TURN_KNOWN = "SELECT set_config('parley.known_by', $1, false)"
TURN_BOTH = f"{TURN}, set_config('parley.known_by', $3, false)"

_DAY = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)


def day_of(text: str) -> date:
    """The day that is meant, of a month or a year the last: by its end. Raises ValueError."""
    # EDTF has seasons where months stand; a winter has no last day that everybody would name.
    if not _DAY.fullmatch(text) or text[5:7] > "12":
        raise ValueError(text)
    return parse_edtf(text).latest


def _check(text: str) -> str:
    try:
        day_of(text)
    except ValueError:
        message = "This is neither a day (2025-06-03) nor a month or a year, which mean their last day."
        raise refusal("day", message) from None
    return text


KnownBy = Annotated[str, Field(min_length=1, max_length=10), AfterValidator(_check)]
"""A day; a month or a year, meaning its last day."""


class Known:
    """The sessions that read what is known: now, and at a moment of the past."""

    def __init__(self, now: "asyncpg.Pool[asyncpg.Record]", then: "asyncpg.Pool[asyncpg.Record]", streams: int) -> None:
        self.now, self.then = now, then
        #: Streams at once, as in the present: pages must find a connection free.
        self.streams = asyncio.Semaphore(streams)

    @asynccontextmanager
    async def connection(self, day: date, moment: Moment | None) -> AsyncIterator[Any]:
        """A connection whose statements read what was known on the day, in the ledger of now or of a moment."""
        pool = self.now if moment is None else self.then
        async with pool.acquire() as connection:
            if moment is None:
                await connection.fetchrow(TURN_KNOWN, day.isoformat())
            else:
                await connection.fetchrow(TURN_BOTH, *turned(moment).values(), day.isoformat())
            yield connection
