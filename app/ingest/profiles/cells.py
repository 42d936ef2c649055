"""Parsers for the cells of a foreign table: numbers, dates, countries. They raise `CellError` with the reason."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from app.db.dates import parse_edtf
from app.errors import quoted
from app.ingest import countries
from app.ingest.cells import CellError
from app.ingest.profiles.value_forms import DATE_PARTS

T = TypeVar("T")

_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
#: Placeholders for an unknown day or month inside a date.
_UNKNOWN = frozenset({"", "00", "0", "99", "xx"})
_TRUTHS = {"true": True, "yes": True, "1": True, "1.0": True, "false": False, "no": False, "0": False, "0.0": False}
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MON": r"(?P<name>[A-Za-z]{3,9}\.?)",
    "MM": r"(?P<month>\d{1,2}|XX|xx)",
    "DD": r"(?P<day>\d{1,2}|XX|xx)",
}
#: English names of the months, full and abbreviated. Defined here because the locale of the system may differ.
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
#: A whole number with a zero fraction, as many programs write a column of numbers in which some are missing.
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def drop_zero_fraction(cell: str) -> str:
    """Return `854` for `854.0`; return any other text unchanged."""
    found = _WHOLE.fullmatch(cell)
    return found[1] if found is not None else cell


def parse_number(cell: str) -> float:
    """Parse a number with a decimal point."""
    try:
        value = float(cell) if "_" not in cell else float("nan")
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise CellError(f"{quoted(cell, 60)} is not a number")
    return value


def parse_whole_number(cell: str) -> int:
    """Parse a whole number; `3.0`, as spreadsheets write it, is accepted."""
    value = parse_number(cell)
    if not value.is_integer():
        raise CellError(f"{quoted(cell, 60)} is not a whole number")
    return int(value)


def parse_truth_value(cell: str) -> bool:
    """Parse a truth value, such as `TRUE`, `yes` or `1`."""
    word = cell.casefold()
    if word not in _TRUTHS:
        raise CellError(f"{quoted(cell, 60)} is not a truth value such as true, false, yes, no, 1 or 0")
    return _TRUTHS[word]


def country_code(cell: str) -> str:
    """Return the two-letter ISO 3166-1 code of a country, given by code, number or name."""
    return _country(countries.country, cell)[0]


def country_name(cell: str) -> str:
    """Return the usual English name of a country or a former state."""
    return _country(countries.name_of, cell)


def country_codes(cell: str) -> list[str]:
    """Return the code of a country or, for a former state, the codes of the countries on its territory."""
    return _country(countries.countries, cell)


def _country(look: Callable[[str], T], cell: str) -> T:
    try:
        return look(cell)
    except countries.CountryError as error:
        raise CellError(str(error)) from None


def parse_web_address(cell: str) -> str:
    """Check that the cell is a URL."""
    if not _ADDRESS.fullmatch(cell):
        raise CellError(f"{quoted(cell, 80)} is not a web address such as https://example.org/text.pdf")
    return cell


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(f"({'|'.join(DATE_PARTS)})", pattern)
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in parts))


def split_date(cell: str, pattern: str, years_from: int = 0) -> tuple[str | None, str | None, str | None]:
    """Return year, month and day of a date written in a pattern such as `DD/MM/YYYY`.

    A two-digit year is placed within the hundred years that begin with `years_from`."""
    found = _compiled(pattern).fullmatch(cell)
    if found is None:
        raise CellError(f"{quoted(cell, 60)} is not a date in the format {pattern}")
    parts = found.groupdict()
    year, month = parts.get("year"), parts.get("month")
    if (short := parts.get("short")) is not None:
        whole = years_from - years_from % 100 + int(short)
        year = f"{whole if whole >= years_from else whole + 100:04}"
    if (name := parts.get("name")) is not None:
        if (number := _MONTHS.get(name.casefold().rstrip("."))) is None:
            raise CellError(f"{quoted(name)} is not the name of a month in English")
        month = str(number)
    return year, month, parts.get("day")


def parse_date(cell: str, patterns: Sequence[str], years_from: int = 0) -> tuple[str, str | None]:
    """Parse a date with the first pattern that fits; return it with the name of the missing part, as `build_date` does."""
    errors: list[CellError] = []
    for pattern in patterns:
        try:
            return build_date(split_date(cell, pattern, years_from))
        except CellError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    raise CellError(f"{quoted(cell, 60)} is not a date in the format {' or '.join(patterns)}")


def build_date(parts: Sequence[str | None]) -> tuple[str, str | None]:
    """Build an EDTF date from year, month and day; return it with the name of the missing part: `month`, `day` or None."""
    year, month, day = (
        None if part is None or part.lower() in _UNKNOWN else drop_zero_fraction(part) for part in parts
    )
    month = str(_MONTHS.get(month.casefold().rstrip("."), month)) if month is not None else None
    if year is None or not re.fullmatch(r"\d{4}", year):
        raise CellError(f"{quoted((year or ''), 20)} is not a year")
    if month is None and day is not None:
        raise CellError(f"The date has the day {quoted(day, 20)} but no month")
    date = year
    for name, part in (("month", month), ("day", day)):
        if part is not None and not re.fullmatch(r"\d{1,2}", part):
            raise CellError(f"{quoted(part, 20)} is not a {name}")
        date = date if part is None else f"{date}-{int(part):02}"
    try:
        parse_edtf(date)
    except ValueError:
        raise CellError(f"{date} is not a date in the calendar") from None
    return date, "month" if month is None else "day" if day is None else None
