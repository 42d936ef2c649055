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

from app.db.days import days_of_month
from app.db.pool import ReadPool
from app.domain.texts import refusal
from app.errors import quoted
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

_EXAMPLES = "Write a day such as 2025-06-05, a month or a year."
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


def day_of(text: str) -> date:
    """The day that `known_by` refers to; for a month or a year, this is the last day. Raises a ValueError that says what is
    wrong with the text."""
    found = _DAY.fullmatch(text)
    if found is None or found[1] == "0000":
        raise ValueError(
            f"{quoted(text, 40)} is neither a day (2025-06-03) nor a month or a year, which mean their last day."
            " Years are 0001 to 9999."
        )
    # EDTF writes seasons as months above 12. They are rejected, because the last day of a season is not well defined.
    year, month = int(found[1]), int(found[2] or 12)
    if not 1 <= month <= 12:
        raise ValueError(f"{quoted(text)} is not a day: there is no month {found[2]}. {_EXAMPLES}")
    last = days_of_month(year, month)
    day = int(found[3] or last)
    if not 1 <= day <= last:
        raise ValueError(f"{quoted(text)} is not a day: there is no day {found[3]} in {text[:7]}. {_EXAMPLES}")
    return date(year, month, day)


def _check(text: str) -> str:
    try:
        day_of(text)
    except ValueError as error:
        raise refusal("day", str(error)) from None
    return text


# The lengths are stated in the schema and checked by `_check`, whose message says what a day looks like.
KnownBy = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"minLength": 1, "maxLength": 10})]
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

    now: ReadPool
    then: ReadPool


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
