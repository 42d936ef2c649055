"""Formats the numbers in cells of a workbook as text, as the sheet shows them.

Dates are written as in ISO 8601, whatever the format of the cell. Numbers have no more digits than a spreadsheet stores, and
leading zeros if their format requires them. Currency symbols and percent signs are omitted.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import Enum

#: Built-in date formats, which workbooks use without defining them (ECMA-376, part 1, 18.8.30).
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
#: Literal text, colors and conditions in a format. `[h]` is neither a color nor a condition: it stands for hours.
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_CONTROL = re.compile(r"_x([0-9A-Fa-f]{4})_")


class DateSystem(Enum):
    """The day from which a workbook counts dates."""

    FROM_1900 = datetime(1899, 12, 30)
    FROM_1904 = datetime(1904, 1, 1)


def is_date(number: int, code: str | None) -> bool:
    """Return whether a format shows a number as a date or time."""
    if code is None:
        return number in _BUILT_IN_DATES
    pattern = _NOT_SHOWN.sub("", code.partition(";")[0]).casefold()
    return pattern != "general" and any(sign in pattern for sign in "ymdhs")


def zero_padding(code: str | None) -> int:
    """Return the number of digits to which a format pads whole numbers with zeros; 0 = no padding."""
    return len(code) if code is not None and len(code) > 1 and not code.strip("0") else 0


def format_number(text: str, number: int, codes: Mapping[int, str], date_system: DateSystem) -> str:
    """Format a number with the number format whose id is `number`. Text that is not a number is returned unchanged."""
    try:
        value = float(text)
    except ValueError:
        return text
    code = codes.get(number)
    if is_date(number, code) and (date := _format_date(value, date_system)) is not None:
        return date
    if not value.is_integer() or abs(value) >= 1e15:
        return format(value, ".15g")
    return f"{int(value):0{zero_padding(code)}d}"


def _format_date(value: float, date_system: DateSystem) -> str | None:
    if 0 <= value < 1:
        return str((datetime.min + timedelta(seconds=round(value * 86_400))).time()) if value < 0.999_99 else None
    # Spreadsheets count a 29 February 1900, which did not exist, for compatibility with the first spreadsheet programs.
    offset = 1 if date_system is DateSystem.FROM_1900 and value < 60 else 0
    try:
        moment = date_system.value + timedelta(days=int(value) + offset, seconds=round(value % 1 * 86_400))
    except OverflowError:
        return None
    return moment.date().isoformat() if moment.time() == time.min else moment.isoformat()


def unescaped(text: str) -> str:
    """Decode the escapes of characters that XML cannot contain, such as `_x000D_`."""
    return _CONTROL.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
