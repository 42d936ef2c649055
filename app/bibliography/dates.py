"""Converts dates between bibliographic formats and EDTF. Ambiguous dates such as 02/06/2025 are not parsed."""

import re
from calendar import monthrange
from collections.abc import Sequence
from typing import Any, Final

from app.db.dates import parse_edtf

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
SEASONS: Final = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_SEASON_NAMES: Final = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}

_PLAIN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~?)")
_CIRCA = re.compile(r"(?:c\.|ca\.?|circa|about|approx\.?|approximately|~)\s*(?=[\w\[])", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ]\d{1,2}:\d{2}.*|/.*)?")
_YEARS = re.compile(r"(\d{4})\s*(?:--?|–|—|/)\s*(\d{4})")
_DAY = r"(?:(\d{1,2})(?:st|nd|rd|th)?)"
_WORD = r"([A-Za-z]{3,9})\.?"
_TO = r"\s*(?:--?|–|—|/)\s*"
_DAY_FIRST = re.compile(rf"(?:{_DAY}(?:{_TO}{_DAY})?\s+)?{_WORD}(?:{_TO}{_WORD})?,?\s+(\d{{4}})")
_MONTH_FIRST = re.compile(rf"{_WORD}\s+{_DAY}(?:{_TO}{_DAY})?,?\s+(\d{{4}})")
_YEAR_FIRST = re.compile(rf"(\d{{4}}),?\s+{_WORD}(?:\s+{_DAY})?")


def valid(text: str | None) -> str | None:
    """Return the text if it is a valid EDTF date, else None."""
    if not text:
        return None
    try:
        parse_edtf(text)
    except ValueError:
        return None
    return text


def month_of(word: str) -> int | None:
    """Return the number of a month (1 to 12) or season (21 to 24), given by English name, abbreviation or number."""
    word = word.strip().lower().rstrip(".")
    if word.isascii() and word.isdigit():
        return int(word) if 1 <= int(word) <= 12 or 21 <= int(word) <= 24 else None
    if word in SEASONS:
        return SEASONS[word]
    if len(word) >= 3:
        return next(
            (place for place, name in enumerate(_NAMES, 1) if name.startswith(word) or word == "sept" == name[:4]), None
        )
    return None


def edtf(year: int, month: int | None = None, day: int | None = None) -> str | None:
    """Build an EDTF date from numbers; None if there is no such date."""
    if not 1 <= year <= 9999:
        return None
    if month is None:
        return f"{year:04d}"
    if not (1 <= month <= 12 or 21 <= month <= 24):
        return None
    if day is None:
        return f"{year:04d}-{month:02d}"
    if month > 12 or not 1 <= day <= monthrange(year, month)[1]:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def date_of_text(text: str, *, is_edtf: bool = True) -> str | None:
    """Parse a date in a common notation: EDTF, 2025/06/02, 2 June 2025, June 2025, Spring 2025, c. 2020, 2020–2021.

    Returns None if the date is ambiguous, such as 02/06/2025."""
    text = text.strip().strip("[]{}").strip()
    if is_edtf and (found := valid(text)):
        return found
    if found_circa := _CIRCA.match(text):
        inner = date_of_text(text[found_circa.end() :], is_edtf=is_edtf)
        return valid(f"{inner}~") if inner and inner[-1] not in "~?%" else inner
    if text.endswith("?"):
        inner = date_of_text(text[:-1], is_edtf=is_edtf)
        return valid(f"{inner}?") if inner else None
    if text.isascii() and text.isdigit() and len(text) == 4:
        return edtf(int(text))
    if found_years := _YEARS.fullmatch(text):
        return valid(f"{found_years[1]}/{found_years[2]}")
    if numeric := _NUMERIC.fullmatch(text):
        year, month, day = numeric[1], numeric[2], numeric[3]
        # 2020-21 may mean two years, or a season.
        return edtf(int(year), int(month), int(day) if day else None) if int(month) <= 12 else None
    return _of_words(text)


def _of_words(text: str) -> str | None:
    day: str | None
    if found := _DAY_FIRST.fullmatch(text):
        day, last_day, word, last_word, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        word, day, last_day, year = found.groups()
        last_word = None
    elif found := _YEAR_FIRST.fullmatch(text):
        year, word, day = found.groups()
        last_day = last_word = None
    else:
        return None
    month = month_of(word)
    last_month = month_of(last_word) if last_word else month
    if month is None or last_month is None or (last_word and day):
        return None
    first = edtf(int(year), month, int(day) if day else None)
    if not (last_word or last_day) or first is None:
        return first
    return valid(f"{first}/{edtf(int(year), last_month, int(last_day) if last_day else None)}")


def date_of_parts(parts: Sequence[Sequence[Any]], season: Any = None, circa: Any = None) -> str | None:
    """Build an EDTF date from CSL `date-parts` (one date or a range), `season` and `circa`."""
    found: list[str] = []
    for numbers in parts:
        try:
            known = [int(number) for number in numbers if number not in (None, "")]
        except (TypeError, ValueError):
            return None
        if not known or known[0] == 0:
            found.append("..")
            continue
        year, month, day = (*known, None, None)[:3]
        assert year is not None
        # CSL writes seasons as months 13 to 16, EDTF as 21 to 24.
        month = (month + 8 if month is not None and 13 <= month <= 16 else month) or None
        date_part = edtf(year, month, day or None)
        if date_part is None:
            return None
        found.append(date_part)
    if not found or len(found) > 2:
        return None
    if season not in (None, "", False) and len(found) == 1 and len(found[0]) == 4:
        number = _season_of(season)
        if number is None:
            return None
        found[0] += f"-{number}"
    if circa not in (None, False, 0, "", "0", "false"):
        found = [date_part if date_part == ".." else f"{date_part}~" for date_part in found]
    text = found[0] if len(found) == 1 else "/".join(found)
    return valid(text) if text != ".." else None


def _season_of(season: object) -> int | None:
    word = str(season).strip().lower()
    if word in SEASONS:
        return SEASONS[word]
    number = int(word) if word.isascii() and word.isdigit() else 0
    return number + 20 if 1 <= number <= 4 else number if 21 <= number <= 24 else None


def csl_date(date: str) -> dict[str, Any]:
    """Convert an EDTF date to CSL `date-parts`, `season` and `circa`. Details that CSL cannot express are left out."""
    parts: list[list[int]] = []
    about: dict[str, Any] = {}
    for date_part in date.split("/"):
        found = _PLAIN.match(date_part)
        if found is None:
            continue
        numbers = [int(number) for number in found.groups()[:3] if number]
        if len(numbers) > 1 and numbers[1] > 12:
            if "/" not in date:
                about["season"] = numbers[1] - 20
            numbers = numbers[:1]
        parts.append(numbers)
        if date_part.endswith("~"):
            about["circa"] = True
    if not parts or parts[0][0] == 0 or date.startswith(("../", "/")):
        return {}
    return {"date-parts": parts, **about}


def ris_of(date: str) -> str | None:
    """Convert an EDTF date to RIS, `year/month/day/other`; None if the year is unknown."""
    found = _PLAIN.match(date)
    if found is None or int(found[1]) == 0:
        return None
    year, month, day = found[1], found[2] or "", found[3] or ""
    rest = "circa" if date.endswith("~") and "/" not in date else ""
    if month > "12":
        rest = " ".join(word for word in (rest, _SEASON_NAMES.get(int(month), "")) if word)
        month = ""
    return f"{year}/{month}/{day}/{rest}"


def date_of_ris(text: str) -> str | None:
    """Parse a RIS date: `year/month/day/other`, or any notation that `date_of_text` accepts."""
    if text.count("/") < 2:
        return date_of_text(text)
    year, month, day, *rest = (part.strip() for part in text.split("/", 3))
    words = rest[0].lower().split() if rest else []
    if not year.isdigit():
        return None
    number = month_of(month) if month else None
    if month and number is None:
        return None
    number = number or next((SEASONS[word] for word in words if word in SEASONS), None)
    if day and not day.isdigit():
        return None
    found = edtf(int(year), number, int(day) if day else None)
    return f"{found}~" if found and "circa" in words else found
