"""Dates as a source writes them, with the calendar that they are in."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import AfterValidator, Field, ValidationInfo

from app.db.dates import parse_edtf
from app.db.julian import gregorian_day, is_julian_day
from app.db.vocabulary_values import Calendar
from app.domain.texts import Line, refusal
from app.domain.types import EdtfDay
from app.errors import allowed_hint, quoted
from app.schemas.values import Value

#: An example of a list of dates as written.
DATES_AS_WRITTEN = [{"field": "agreed_on", "text": "1700-01-01", "calendar": "julian"}]


class WrittenDate(Value):
    """A date of the record as the source writes it."""

    field: Line = Field(description="The field of the record that has the date.", examples=["agreed_on"])
    text: Line = Field(description="The date in the words or numbers of the source.", examples=["1700-01-01"])
    calendar: Calendar | None = Field(
        default=None, description="The calendar of `text`; null = not stated.", examples=["julian"]
    )
    computed: EdtfDay | None = Field(
        default=None,
        description="The Gregorian day (EDTF) of a Julian `text` of the form `YYYY-MM-DD`; null = not computed. Every write"
        " computes it, and replaces a value in the body.",
        examples=["1700-01-11"],
    )


def agreeing_with(*fields: str) -> AfterValidator:
    """Compute the Gregorian days of Julian days, and reject those that contradict the date in their field. `fields`: the dates
    of the record."""

    def check(rows: list[WrittenDate], info: ValidationInfo) -> list[WrittenDate]:
        for place, row in enumerate(rows, 1):
            if row.field not in fields:
                raise refusal(
                    "field",
                    f"Entry {place}: {quoted(row.field)} is not a date of this record. {allowed_hint(row.field, list(fields))}",
                )
            row.computed = _computed(place, row)
            # A field whose value was invalid is missing, and the error about it is enough.
            stated = info.data.get(row.field)
            if row.computed is None or stated is None:
                continue
            span = parse_edtf(stated)
            if not span.earliest.isoformat() == span.latest.isoformat() == row.computed:
                raise refusal(
                    "date",
                    f"Entry {place}: {row.text} in the Julian calendar is {row.computed} in the Gregorian calendar, but"
                    f" `{row.field}` is {quoted(stated)}; correct one of them, or omit `{row.field}`.",
                )
        return rows

    return AfterValidator(check)


def _computed(place: int, row: WrittenDate) -> str | None:
    if row.calendar is not Calendar.JULIAN or not is_julian_day(row.text):
        return None
    try:
        return gregorian_day(row.text).isoformat()
    except ValueError as reason:
        raise refusal("date", f"Entry {place}: {quoted(row.text)} is not a Julian day: {reason}.") from None


def with_computed_dates(body: Mapping[str, Any], fields: Iterable[str]) -> Mapping[str, Any]:
    """The body with the Gregorian days of Julian days in the date fields that it leaves out or sets to null."""
    rows, names = body.get("dates_as_written"), set(fields)
    found: dict[str, Any] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("calendar") != Calendar.JULIAN:
            continue
        field, text = row.get("field"), row.get("text")
        if not isinstance(text, str) or not is_julian_day(text) or not isinstance(field, str):
            continue
        if field in names and body.get(field) is None:
            try:
                found[field] = gregorian_day(text).isoformat()
            except ValueError:
                # The validator of the list reports it.
                continue
    return {**body, **found} if found else body
