"""How a cell of a foreign table is read: as a number, a date, a country. What cannot be read so says why."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from app.db.dates import parse_edtf
from app.ingest import countries
from app.ingest.profiles.value_forms import DATE_PARTS

T = TypeVar("T")

_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
#: Signs for an unknown day or month inside a date.
_UNKNOWN = frozenset({"", "00", "0", "99", "xx"})
_TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MON": r"(?P<name>[A-Za-z]{3,9}\.?)",
    "MM": r"(?P<month>\d{1,2}|XX|xx)",
    "DD": r"(?P<day>\d{1,2}|XX|xx)",
}
#: The months by their names in English, whole and short. From here and not from the system, whose language may be another.
_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = {name[:length]: number for number, name in enumerate(_NAMES, 1) for length in (3, len(name))} | {"sept": 9}
#: A whole number with a fraction of zeros, as programs write a column of numbers in which some are missing.
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


class CellError(ValueError):
    """A cell that cannot be read; the message says why."""


def without_zeros(cell: str) -> str:
    """`854.0` as `854`; anything else as it is."""
    found = _WHOLE.fullmatch(cell)
    return found[1] if found is not None else cell


def number_of(cell: str) -> float:
    """A number with a point."""
    try:
        value = float(cell) if "_" not in cell else float("nan")
    except ValueError:
        value = float("nan")
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
    """The ISO 3166-1 code of two letters, of a country by its code, its number or its name."""
    return _country(countries.country, cell)[0]


def country_name_of(cell: str) -> str:
    """The usual name, in English, of a country or a former state."""
    return _country(countries.name_of, cell)


def countries_of(cell: str) -> list[str]:
    """The code of a country; of a former state those of the countries on its territory."""
    return _country(countries.countries, cell)


def _country(look: Callable[[str], T], cell: str) -> T:
    try:
        return look(cell)
    except countries.CountryError as error:
        raise CellError(str(error)) from None


def address_of(cell: str) -> str:
    """An address on the web."""
    if not _ADDRESS.fullmatch(cell):
        raise CellError(f"{cell[:80]!r} is no address on the web")
    return cell


@lru_cache(maxsize=64)
def _form(pattern: str) -> re.Pattern[str]:
    parts = re.split(f"({'|'.join(DATE_PARTS)})", pattern)
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in parts))


def date_in(cell: str, pattern: str, years_from: int = 0) -> tuple[str | None, str | None, str | None]:
    """Year, month and day of a date that is written by a pattern; `years_from` is the first of the hundred years in which
    a year of two digits lies."""
    found = _form(pattern).fullmatch(cell)
    if found is None:
        raise CellError(f"{cell[:60]!r} is not written {pattern}")
    parts = found.groupdict()
    year, month = parts.get("year"), parts.get("month")
    if (short := parts.get("short")) is not None:
        whole = years_from - years_from % 100 + int(short)
        year = f"{whole if whole >= years_from else whole + 100:04}"
    if (name := parts.get("name")) is not None:
        if (number := _MONTHS.get(name.casefold().rstrip("."))) is None:
            raise CellError(f"{name!r} is no month in English")
        month = str(number)
    return year, month, parts.get("day")


def date_by(cell: str, patterns: Sequence[str], years_from: int = 0) -> tuple[str, str | None]:
    """A date, and the name of what is missing, by the first of the patterns in which the cell is one."""
    errors: list[CellError] = []
    for pattern in patterns:
        try:
            return date_of(date_in(cell, pattern, years_from))
        except CellError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    raise CellError(f"{cell[:60]!r} is no date that is written {' or '.join(patterns)}")


def date_of(parts: Sequence[str | None]) -> tuple[str, str | None]:
    """A date (EDTF) of year, month and day, and the name of what is missing: `month`, `day`, or None."""
    year, month, day = (None if part is None or part.lower() in _UNKNOWN else without_zeros(part) for part in parts)
    month = str(_MONTHS.get(month.casefold().rstrip("."), month)) if month is not None else None
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
