"""Times of day: the instant of a day, a time and a time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from app.db.days import Day
from app.errors import quoted

_HOURS_AND_MINUTES: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
MINUTE: Final = _HOURS_AND_MINUTES
SECOND: Final = f"{_HOURS_AND_MINUTES}(:[0-5][0-9])?"
_OFFSET: Final = "[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00"
#: Names in the time zone database that are not places: what they mean depends on the machine.
_NO_PLACES: Final = frozenset({"Factory", "localtime"})


class Timed(NamedTuple):
    """The time of day of a date column: the columns with the date, the time, its zone, and the instant (UTC)."""

    date: str
    time: str
    zone: str
    instant: str


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones()) - _NO_PLACES


def is_zone(text: str) -> bool:
    """Whether the text is an IANA name or an offset from UTC such as `+02:00`."""
    return re.fullmatch(_OFFSET, text) is not None or text in zones()


def instant_of(day: Day, clock: str, zone: str) -> datetime:
    """The instant (UTC) of a valid time of day (`HH:MM` or `HH:MM:SS`) in a valid zone.

    A time that occurs twice, because clocks are set back, is the first of the two. Raise ValueError, with a message for
    users, for a time that does not exist, because clocks are set forward.
    """
    if not isinstance(day, date):
        raise ValueError(f"there are no times of day before the year 1, and the day is {day}")
    local = datetime.combine(day, time.fromisoformat(clock))
    found = _tzinfo(zone)
    try:
        instant = local.replace(tzinfo=found).astimezone(UTC)
        shown = instant.astimezone(found)
    except OverflowError:
        raise ValueError(f"{clock} on {day} in {zone} is outside the years 1 to 9999 of UTC") from None
    if shown.replace(tzinfo=None, fold=0) != local:
        raise ValueError(
            f"{clock} does not exist on {day} in {quoted(zone)}, where clocks were set forward; correct the time, or write"
            " an offset such as +01:00 as the zone"
        )
    return instant


def _tzinfo(zone: str) -> tzinfo:
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[4:6])
        return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    return ZoneInfo(zone)
