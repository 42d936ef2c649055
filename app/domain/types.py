"""Scalar types for dates, durations, codes and numbers. The others are in `app.domain.texts` and `app.domain.keys`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final

import pycountry
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from app.db import dates, durations
from app.db.days import EarlyDay
from app.domain.countries import check_country, check_present_country
from app.domain.texts import checked, refusal, storable
from app.errors import quoted

LARGEST: Final = 2**53
"""The largest number accepted. JSON parsers that use doubles (every browser) would silently change larger integers."""


@dataclass(frozen=True)
class Edtf:
    """Marks a string as an EDTF date. `is_day`: the date is always a single day, so responses add no first and last
    day."""

    is_day: bool = False


EdtfDay = Annotated[str, Edtf(is_day=True)]
EdtfText = Annotated[str, Edtf()]
"""An EDTF date in a read schema. Responses add the date's first and last possible day (see
`app.reading.date_bounds`)."""


def _early(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    return value if isinstance(value, EarlyDay) else handler(value)


CalendarDay = Annotated[
    date,
    WrapValidator(_early),
    PlainSerializer(lambda day: day.isoformat(), return_type=str, when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A day in a response, also before the year 1."""


EdtfDate = Annotated[
    str,
    BeforeValidator(storable),
    checked("date", dates.parse_edtf),
    Edtf(),
    Field(
        description="An EDTF date (Level 0 or 1): a day, month, year, season or interval; with `~` (approximate), "
        "`?` (uncertain) or `%` (both) at the end, and `X` for an unknown digit. `..` alone means still open. Sets of Level 2 "
        "are one of several dates, in brackets, or all of them, in braces. Years are -4712 to 9999; 0000 is 1 BC.",
        examples=["2025-06-02", "2025-06~", "2018-XX", "1999-07-10/1999-08-31", "2013-06-24/..", "-0430"],
        json_schema_extra={"maxLength": dates.LONGEST},
    ),
]


def _closed(text: str) -> str:
    if text[0] in "[{":
        raise refusal(
            "date",
            f"{quoted(text)} is a set of dates and cannot begin or end a range: write a day, a month or a year such as"
            " 2025-06-02 or 2025-06.",
        )
    if ".." in text:
        raise refusal(
            "date",
            f"{quoted(text)} has an open end and cannot begin or end a range: write a day, a month or a year such as 2025-06-02"
            " or 2025-06, or leave the parameter out.",
        )
    return text


EdtfBound = Annotated[EdtfDate, AfterValidator(_closed)]
"""The first or last day of a date range in a filter."""


def instant(at: datetime) -> str:
    """Format a timestamp as PostgreSQL's JSON functions do, so that it reads the same inside and outside a record."""
    text = at.astimezone(UTC).isoformat()
    whole, point, rest = text.partition(".")
    fraction = rest[:6].rstrip("0")
    return f"{whole}.{fraction}{rest[6:]}" if point and fraction else text


Instant = Annotated[
    datetime,
    PlainSerializer(instant, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A timestamp (UTC) in a response."""

_INSTANT_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _check_instant_form(value: object) -> object:
    """Reject numbers, which Pydantic would read as seconds or milliseconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _INSTANT_FORM.match(value)):
        raise PydanticCustomError("datetime_parsing", "not a date and time with a time zone (RFC 3339)")
    return value


def _check_year(at: datetime) -> datetime:
    """Reject instants near the first and last possible year: in UTC they could be out of range."""
    if not 1 < at.year < 9999:
        raise ValueError("Use an instant between the years 2 and 9998")
    return at


SentInstant = Annotated[AwareDatetime, BeforeValidator(_check_instant_form), AfterValidator(_check_year)]
"""A timestamp in a request, with a time zone."""

IsoDuration = Annotated[
    str,
    BeforeValidator(storable),
    checked("duration", durations.parse_duration),
    Field(
        description="An ISO 8601 duration in whole numbers, longer than zero. Units are not converted: "
        "`PT72H` stays 72 hours.",
        examples=["P30D", "PT72H", "P14M", "P1Y"],
        json_schema_extra={"pattern": durations.PATTERN},
    ),
]

_LANG = re.compile(r"(?P<primary>[a-z]{2,3})(?:-[A-Z][a-z]{3})?(?:-(?:(?P<region>[A-Z]{2})|[0-9]{3}))?")


def _check_lang(text: str) -> None:
    shape = _LANG.fullmatch(text)
    if shape is None:
        raise ValueError(
            f"{quoted(text, 40)} is not a language tag: write the language in lowercase, then the script "
            "or region if needed, such as uk, pt-BR or zh-Hant"
        )
    primary = shape["primary"]
    if len(primary) == 2 and pycountry.languages.get(alpha_2=primary) is None:
        advice = "; for Ukrainian use uk" if primary == "ua" else ""
        raise ValueError(f"{quoted(primary)} is not a language code of ISO 639{advice}")
    if len(primary) == 3:
        known = pycountry.languages.get(alpha_3=primary)
        if known is None:
            raise ValueError(f"{quoted(primary)} is not a language code of ISO 639")
        # Each language has one code; otherwise a filter by language would miss the records with the other code.
        if short := getattr(known, "alpha_2", None):
            raise ValueError(
                f"{quoted(primary)} is the three-letter code of a language; use the two-letter code {quoted(short)}"
            )
    if shape["region"]:
        check_present_country(shape["region"])


Lang = Annotated[
    str,
    BeforeValidator(storable),
    checked("language", _check_lang),
    Field(
        description="A language tag (BCP 47): language, then script or region if needed.",
        examples=["uk", "en", "zh-Hant"],
        json_schema_extra={"pattern": f"^{_LANG.pattern.replace('?P<primary>', '?:').replace('?P<region>', '?:')}$"},
    ),
]

CountryCode = Annotated[
    str,
    BeforeValidator(storable),
    checked("country", check_country),
    Field(
        description="A country code: of ISO 3166-1 (two capital letters), XK for Kosovo, or of a former country (ISO 3166-3):"
        " its two letters (SU, DD), or its four letters if the two have several meanings (CSHH, CSXX).",
        examples=["UA", "TR", "SU"],
        json_schema_extra={"pattern": "^[A-Z]{2}([A-Z]{2})?$"},
    ),
]


def _number(value: object) -> int | float:
    """Validate a number. A union of int and float would report each error twice."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("number", "The value is not a number; write it without quotes, such as 1000 or 3.67.")
    # NaN compares as false, so it is rejected here too.
    if not -LARGEST <= value <= LARGEST:
        raise refusal("number", f"The number must be between -{LARGEST} and {LARGEST}.")
    return value


Number = Annotated[
    int | float,
    PlainValidator(_number),
    WithJsonSchema({"type": "number", "minimum": -LARGEST, "maximum": LARGEST}),
]


def _percentage(value: object) -> int | float:
    number = _number(value)
    if not 0 <= number <= 100:
        raise refusal("number", f"A percentage must be between 0 and 100; got {number}.")
    return number


Percentage = Annotated[
    int | float,
    PlainValidator(_percentage),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]

#: The maximum of a 32-bit column.
LARGEST_COUNT = 2_147_483_647
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT)]
"""A whole number from 0 to the maximum of a 32-bit column."""
