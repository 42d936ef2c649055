"""Read what the public or a party could know on a day: find the day of `known_by`, and open sessions that read at it.

In a session whose search path begins with the schema `known`, a table name resolves to a view of the rows that were
public on the session's day (migrations/versions, `known.show`); `past_known` does the same for a snapshot. The views of
`known_to` and `past_known_to` also contain what a party could know. All other records do not exist in these sessions,
so lists, links, counts and searches cannot reveal them.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import AfterValidator, Field

from app.db.dates import parse_edtf
from app.domain.texts import refusal
from app.reading.as_of import SET_SNAPSHOT, SNAPSHOT_PATH, Snapshot, session_settings

#: The search paths of these sessions: for the newest revision, and for a snapshot.
KNOWN_BY_PATH, BOTH_PATH = "known, public", f"past_known, {SNAPSHOT_PATH}"
#: The search paths for what a party could know.
KNOWN_TO_PATH, BOTH_TO_PATH = f"known_to, {KNOWN_BY_PATH}", f"past_known_to, {BOTH_PATH}"
#: Set the day of a session, and the day together with the snapshot. The settings are never reset, because every user of
#: the session sets them before reading.
SET_KNOWN_BY = "SELECT set_config('parley.known_by', $1, false)"
SET_BOTH = f"{SET_SNAPSHOT}, set_config('parley.known_by', $3, false)"
#: The same, together with the id and the slug of the party.
SET_KNOWN_TO = (
    f"{SET_KNOWN_BY}, set_config('parley.known_to', $2, false), set_config('parley.known_to_slug', $3, false)"
)
SET_BOTH_TO = f"{SET_BOTH}, set_config('parley.known_to', $4, false), set_config('parley.known_to_slug', $5, false)"

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


@dataclass(frozen=True, slots=True)
class KnownTo:
    """The party of `known_to`."""

    id: UUID
    slug: str

    @property
    def settings(self) -> tuple[str, str]:
        """The values of the settings of a session that reads what this party could know."""
        return str(self.id), self.slug


@dataclass(frozen=True, slots=True)
class KnownByPools:
    """The pools of sessions that read what the public or a party could know: at the newest revision (`now`) and at a
    snapshot (`then`)."""

    now: "asyncpg.Pool[asyncpg.Record]"
    then: "asyncpg.Pool[asyncpg.Record]"


class KnownBySessions:
    """The sessions that read what the public could know on a day, and those that read what a party could know."""

    def __init__(self, public: KnownByPools, party: KnownByPools, streams: int) -> None:
        self.public, self.party = public, party
        #: Limits the number of open streams, because pages need connections too.
        self.streams = asyncio.Semaphore(streams)

    @asynccontextmanager
    async def connection(
        self, day: date, known_to: KnownTo | None, snapshot: Snapshot | None
    ) -> AsyncIterator[asyncpg.Connection]:
        """A connection whose statements read what the public (or, if given, the party) could know on the day. If
        `snapshot` is None, the connection reads at the newest revision."""
        pools = self.public if known_to is None else self.party
        values = () if known_to is None else known_to.settings
        if snapshot is None:
            statement = SET_KNOWN_BY if known_to is None else SET_KNOWN_TO
            async with pools.now.acquire() as connection:
                await connection.fetchrow(statement, day.isoformat(), *values)
                yield connection
        else:
            statement = SET_BOTH if known_to is None else SET_BOTH_TO
            async with pools.then.acquire() as connection:
                await connection.fetchrow(statement, *session_settings(snapshot).values(), day.isoformat(), *values)
                yield connection
