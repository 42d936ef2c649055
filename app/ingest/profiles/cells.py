"""How a cell of a foreign table is read: as a number, a date, a country. What cannot be read so says why."""

import re
from collections.abc import Sequence
from functools import lru_cache

import pycountry

from app.db.dates import parse_edtf

_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
#: Signs for an unknown day or month inside a date.
_UNKNOWN = frozenset({"", "00", "0", "99", "xx"})
_TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}
_PARTS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2}|XX|xx)", "DD": r"(?P<day>\d{1,2}|XX|xx)"}


class CellError(ValueError):
    """A cell that cannot be read; the message says why."""


def number_of(cell: str) -> float:
    """A number with a point."""
    try:
        value = float(cell)
    except ValueError:
        raise CellError(f"{cell[:60]!r} is not a number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise CellError(f"{cell[:60]!r} is not a number")
    return value


def whole_of(cell: str) -> int:
    """A whole number; `3.0`, as spreadsheets write it, is one."""
    value = number_of(cell)
    if not value.is_integer():
        raise CellError(f"{cell[:60]!r} is not a whole number")
    return int(value)


def truth_of(cell: str) -> bool:
    """Whether it says yes, as spreadsheets and people write it."""
    word = cell.casefold()
    if word not in _TRUTHS:
        raise CellError(f"{cell[:60]!r} is neither true nor false")
    return _TRUTHS[word]


def country_of(cell: str) -> str:
    """The ISO 3166-1 code of two letters, of one of two or three."""
    return _country(cell)[0]


def country_name_of(cell: str) -> str:
    """The usual name, in English, of the country of such a code."""
    return _country(cell)[1]


def _country(cell: str) -> tuple[str, str]:
    code = cell.strip().upper()
    found = pycountry.countries.get(alpha_3=code) or pycountry.countries.get(alpha_2=code)
    if found is None and code in ("XKX", "XK"):
        return "XK", "Kosovo"
    if found is None:
        raise CellError(f"{cell[:60]!r} is no country code of ISO 3166-1")
    return str(found.alpha_2), str(getattr(found, "common_name", found.name))


def address_of(cell: str) -> str:
    """An address on the web."""
    if not _ADDRESS.fullmatch(cell):
        raise CellError(f"{cell[:80]!r} is no address on the web")
    return cell


@lru_cache(maxsize=64)
def _form(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in re.split(r"(YYYY|MM|DD)", pattern)))


def date_in(cell: str, pattern: str) -> tuple[str | None, str | None, str | None]:
    """Year, month and day of a date that is written by a pattern."""
    found = _form(pattern).fullmatch(cell)
    if found is None:
        raise CellError(f"{cell[:60]!r} is not written {pattern}")
    parts = found.groupdict()
    return parts.get("year"), parts.get("month"), parts.get("day")


def date_of(parts: Sequence[str | None]) -> tuple[str, str | None]:
    """A date (EDTF) of year, month and day, and the name of what is missing: `month`, `day`, or None."""
    year, month, day = (None if part is None or part.lower() in _UNKNOWN else part for part in parts)
    if year is None or not re.fullmatch(r"\d{4}", year):
        raise CellError(f"{(year or '')[:20]!r} is not a year")
    if month is None and day is not None:
        raise CellError(f"There is a day, {day[:20]!r}, and no month")
    told = year
    for name, part in (("month", month), ("day", day)):
        if part is not None and not re.fullmatch(r"\d{1,2}", part):
            raise CellError(f"{part[:20]!r} is not a {name}")
        told = told if part is None else f"{told}-{int(part):02}"
    try:
        parse_edtf(told)
    except ValueError:
        raise CellError(f"{told} is no day of the calendar") from None
    return told, "month" if month is None else "day" if day is None else None
