"""What a cell of a workbook says: its number as the sheet shows it, as text.

Dates are shown as ISO 8601 writes them, whatever the sheet's own fashion; a number has no more digits than a spreadsheet
keeps, and its noughts in front where its format asks for them. Signs of currency and percent are no part of a number.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import Enum

#: Formats of dates that every workbook has without naming them (ECMA-376, part 1, 18.8.30).
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
#: Words, colours and conditions in a format; `[h]` is none of them, but hours.
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_CONTROL = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Dates(Enum):
    """From which day a workbook counts."""

    FROM_1900 = datetime(1899, 12, 30)
    FROM_1904 = datetime(1904, 1, 1)


def is_date(number: int, code: str | None) -> bool:
    """Whether a format shows a number as a date or time."""
    if code is None:
        return number in _BUILT_IN_DATES
    shown = _NOT_SHOWN.sub("", code.partition(";")[0]).casefold()
    return shown != "general" and any(sign in shown for sign in "ymdhs")


def noughts(code: str | None) -> int:
    """To how many digits a format fills a whole number up; 0 = it does not."""
    return len(code) if code is not None and len(code) > 1 and not code.strip("0") else 0


def shown(text: str, number: int, codes: Mapping[int, str], dates: Dates) -> str:
    """A number by the format of this number; what is none stays as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    code = codes.get(number)
    if is_date(number, code) and (day := _day(value, dates)) is not None:
        return day
    if not value.is_integer() or abs(value) >= 1e15:
        return format(value, ".15g")
    return f"{int(value):0{noughts(code)}d}"


def _day(value: float, dates: Dates) -> str | None:
    if 0 <= value < 1:
        return str((datetime.min + timedelta(seconds=round(value * 86_400))).time()) if value < 0.999_99 else None
    # The first spreadsheet held 1900 for a leap year, and all that came after count as it did.
    missing = 1 if dates is Dates.FROM_1900 and value < 60 else 0
    try:
        moment = dates.value + timedelta(days=int(value) + missing, seconds=round(value % 1 * 86_400))
    except OverflowError:
        return None
    return moment.date().isoformat() if moment.time() == time.min else moment.isoformat()


def unescaped(text: str) -> str:
    """A text of a workbook, in which signs that XML cannot hold are written `_x000D_`."""
    return _CONTROL.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
