"""Words for numbers and days in the sentences of pictures."""

from collections.abc import Sequence
from datetime import date

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def day_words(day: date, *, is_short: bool = False) -> str:
    """A day in words, such as `5 June 2025`, or `5 Jun 2025`."""
    month = _MONTHS[day.month - 1]
    return f"{day.day} {month[:3] if is_short else month} {day.year}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, such as `1 talk` or `2 talks`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def list_words(words: Sequence[str]) -> str:
    """`a`, `a and b`, or `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def day_of(text: str | None) -> date | None:
    """A day of a row; None = unknown, or open on that side."""
    return None if text is None else date.fromisoformat(text)


def in_words(term: str) -> str:
    """A term of a closed list as words: `accepted_in_part` becomes `accepted in part`."""
    return term.replace("_", " ")
