"""Rules about single values: signs for "unknown" that are none here, and texts that were read in the wrong encoding."""

import re

from ftfy import fix_encoding
from ftfy.badness import is_bad

from app.ingest.lint.rule import NumberRule, Odd, TextRule

_SAYS_NOTHING = frozenset(
    [
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "unknown",
        "none",
        "null",
        "nil",
        "nan",
        "tbd",
        "?",
        "-",
        "--",
        "-99",
        "-999",
        "-9999",
    ]
)
_YEAR_OF_NOTHING = re.compile(r"(?:0001|1000|1111|1900-01-01|9999)(?:$|[-~?%/T])")
_NOTHING = "Leave the field out, or null: what is unknown is null here."
_NUMBERS = frozenset([-9, -88, -99, -999, -9999, 99999, 999999])


def _sentinel(field: str, text: str) -> Odd | None:
    if len(text) > 24:
        return None
    if text.casefold() in _SAYS_NOTHING:
        return Odd(f"{text!r} looks like a sign for “unknown”", _NOTHING)
    if _YEAR_OF_NOTHING.match(text) and field not in ("number", "value", "locator"):
        return Odd(f"{text!r} looks like a date that stands for “unknown”", _NOTHING)
    return None


def _sentinel_number(_: str, number: float) -> Odd | None:
    return Odd(f"{number:g} looks like a sign for “unknown”", _NOTHING) if number in _NUMBERS else None


def _mojibake(_: str, text: str) -> Odd | None:
    if text.isascii():
        return None
    if "\ufffd" in text:
        return Odd("A character was lost: U+FFFD stands in its place", "Read the original again, in its true encoding.")
    if is_bad(text):
        meant = fix_encoding(text)
        shown = f"Was {meant[:80]!r} meant? " if meant != text else ""
        return Odd("The text looks as if it had been read in the wrong encoding", f"{shown}Read the original as UTF-8.")
    return None


SENTINEL = TextRule(
    "sentinel",
    "A text or date that stands for “unknown”: N/A, unknown, the year 1000.",
    _sentinel,
    re.compile(f"^(?:(?:{'|'.join(map(re.escape, sorted(_SAYS_NOTHING)))})$|{_YEAR_OF_NOTHING.pattern})", re.I | re.M),
)
SENTINEL_NUMBER = NumberRule("sentinel", "A number that stands for “unknown”: -99, -999.", _sentinel_number)
MOJIBAKE = TextRule(
    "mojibake",
    "A text that was read in the wrong encoding: Ã© for é, or U+FFFD.",
    _mojibake,
    re.compile("[^\x00-\x7f]"),
)
