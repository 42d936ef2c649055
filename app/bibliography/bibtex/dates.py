"""Dates in BibTeX: the biblatex field `date`, or the fields `year`, `month` and `day`."""

import re

from app.bibliography.bibtex.fields import DATE_FIELDS
from app.bibliography.bibtex.texts import verbatim
from app.bibliography.dates import MONTHS, date_of_text, edtf, month_of, valid
from app.bibliography.latex import decode_latex
from app.bibliography.reference import Reference
from app.bibliography.unread_values import date_or_note


def read_dates(found: Reference, given: dict[str, str]) -> None:
    """Set the dates of a reference from the date fields in `given`, and remove these fields from `given`."""
    for field, variable in DATE_FIELDS.items():
        if (raw := given.pop(field, None)) is not None:
            text = verbatim(raw)
            date_or_note(found, variable, date_of_text(text), text, field)
    date = given.pop("date", None)
    year, month, day = (given.pop(field, None) for field in ("year", "month", "day"))
    if date is not None:
        text = verbatim(date)
        date_or_note(found, "issued", date_of_text(text), text, "date")
    if year is None:
        for field, raw in (("month", month), ("day", day)):
            if raw is not None and "issued" not in found.dates:
                found.add_text(f"BibTeX {field}", decode_latex(raw)[0])
        return
    text = decode_latex(year)[0]
    words = decode_latex(month)[0] if month is not None else ""
    read = _year_month_day(text, words, decode_latex(day)[0] if day is not None else "")
    if "issued" not in found.dates:
        original = " ".join(part for part in (day and decode_latex(day)[0], words, text) if part)
        date_or_note(found, "issued", read, original, "year")
    elif read is None or not found.dates["issued"].startswith(read.rstrip("~?")[:4]):
        found.add_text("BibTeX year", text)


def _year_month_day(year: str, month: str, day: str) -> str | None:
    whole = date_of_text(year, is_edtf=False)
    if not month or whole is None:
        return whole
    if len(whole.rstrip("~?")) != 4:
        return whole
    number = month_of(month)
    if number is not None:
        days = int(day) if day.isascii() and day.isdigit() else None
        found = edtf(int(whole[:4]), number, days if number <= 12 else None)
        return found + whole[4:] if found else None
    return date_of_text(f"{month} {whole[:4]}", is_edtf=False)


def date_fields(name: str, date: str, others: list[str]) -> list[tuple[str, str]]:
    """Return the fields for a date. A date that these fields cannot express is added to the lines in `others`."""
    field = {"issued": "date", **{variable: field for field, variable in DATE_FIELDS.items()}}.get(name)
    if field is None:
        others.append(f"{name}: {date}")
        return []
    fields = [(field, date)]
    # BibTeX styles older than biblatex only know `year` and `month`.
    if field == "date" and re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date):
        fields.append(("year", date[:4]))
        if len(date) >= 7 and date[5:7] <= "12":
            fields.append(("month", MONTHS[int(date[5:7]) - 1]))
    if date_of_text(date) != valid(date):
        others.append(f"{name}: {date}")
    return fields
