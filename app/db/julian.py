"""Days of the Julian calendar as days of the Gregorian calendar."""

import re
from datetime import date
from typing import Final

from app.db.days import EARLIEST, FIRST_YEAR, LAST_YEAR, Day, day_from_ordinal

_DAY: Final = re.compile(r"(-?[0-9]{4})-([0-9]{2})-([0-9]{2})")
#: The days before each month of a year that begins in March, so that the leap day is the last day.
_BEFORE: Final = (306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275)
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_julian_day(text: str) -> bool:
    """Whether the text has the form of a single day, whose Gregorian day can be computed."""
    return _DAY.fullmatch(text) is not None and not text.startswith("-0000")


def gregorian_day(text: str) -> Day:
    """The Gregorian day of a Julian day such as `1700-01-01`. Raise ValueError, with a message for users, if there is no
    such day."""
    found = _DAY.fullmatch(text)
    assert found is not None
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {found[2]}")
    last = 29 if month == 2 and year % 4 == 0 else _LENGTHS[month - 1]
    if not 1 <= day <= last:
        raise ValueError(f"there is no day {found[3]} in {found[1]}-{found[2]} of the Julian calendar")
    # 1 March of the year 0 in the Julian calendar is day -306 - 2 of the count in which 0001-01-01 is day 1.
    since_march = year - (month < 3)
    number = since_march * 365 + since_march // 4 + _BEFORE[month - 1] + day - 308
    if not EARLIEST.toordinal() <= number <= date.max.toordinal():
        raise ValueError(f"its Gregorian day is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day_from_ordinal(number)
