"""Explains why a text is not an EDTF date."""

import re
from typing import Final, NoReturn

YEAR_FIRST: Final = "year, month and day must be in this order, separated by '-'"


class NotADateError(Exception):
    """Raised with the reason only. `app.db.dates.parse_edtf` adds the value and an example."""


def explain(text: str) -> NoReturn:
    """Raise an error that explains why a text does not match the pattern, with a specific reason for each common
    mistake."""
    reason = "it does not match the pattern of a date"
    if not text:
        reason = "it is empty"
    elif found := re.fullmatch(r"(?:([0-9]{1,4}) ?BCE?|BCE? ?([0-9]{1,4}))", text, re.IGNORECASE):
        year = 1 - int(found[1] or found[2])
        reason = f"write years before the common era with a sign, here {f'-{-year:04}' if year else '0000'}"
    elif any(sign.isspace() for sign in text):
        reason = "it contains white space"
    elif not text.isascii():
        reason = "it contains characters other than the digits 0 to 9 and - / . ~ ? % X"
    elif re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", text):
        reason = "a date has no time of day"
    elif re.match(r"Y|-?[0-9]{5,}(-|$)|-[0-9]{1,3}(-|$)", text):
        reason = "a year must have four digits, -4712 to 9999, with '-' before the month"
    elif text[0] in "[{":
        reason = "a set is dates in brackets or braces, separated by commas, such as [1814-11-01,1815-06-09]"
    elif text[0] in "~?%" or re.search(r"[~?%].", text):
        reason = "~, ? or % is allowed only at the end"
    elif text in ("open", "unknown"):
        reason = "an open end must be '..', and an unknown end must be empty"
    elif re.search(r"[0-9-][xu]", text):
        reason = "an unspecified digit must be a capital X"
    elif re.match(r"[0-9]{1,2}[.-][0-9]{1,2}[.-]|[0-9]{4}[.]", text):
        reason = YEAR_FIRST
    elif re.match(r"[0-9]{4}-([0-9]-|[0-9]$|[0-9]{2}-[0-9]$)", text):
        reason = "month and day must have two digits"
    elif re.match(r"X", text):
        reason = "the first two digits of the year must be known"
    raise NotADateError(reason)
