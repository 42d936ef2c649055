"""Scalar types of the domain: texts, keys of other records, dates, durations, codes and numbers.

Every error message says in one sentence what is wrong and what a valid value looks like.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import pycountry
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.db import dates, durations
from app.db.base import RECORDS

LARGEST: Final = 2**53
"""The largest number accepted. JSON parsers that use doubles (every browser) would silently change larger integers."""


def refusal(kind: str, sentence: str) -> PydanticCustomError:
    """Return the error for an invalid value of this `kind`. Its message is `sentence`, without the prefix "Value error, "."""
    # The sentence is passed as context: in the template, braces in a user's text would be read as placeholders.
    return PydanticCustomError("invalid_" + kind, "{sentence}", {"sentence": sentence})


def _checked(kind: str, parse: Callable[[str], object]) -> AfterValidator:
    """Return a validator that calls `parse` and reports its ValueError. The text itself is not changed."""

    def check(text: str) -> str:
        try:
            parse(text)
        except ValueError as violation:
            raise refusal(kind, str(violation)) from None
        return text

    return AfterValidator(check)


# --- Texts

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can store the text: it has no NUL and no lone surrogate."""
    return (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text)


def why_unstorable(text: str) -> str | None:
    """Explain why PostgreSQL can neither store nor search for a text; None if it can."""
    if is_storable(text) or (found := _UNSTORABLE.search(text)) is None:
        return None
    name = "NUL (U+0000)" if found[0] == "\x00" else f"a lone surrogate (U+{ord(found[0]):04X})"
    return f"Character {found.start() + 1} is {name}, which cannot be stored; remove it."


def _storable(value: Any) -> Any:
    """Reject text that PostgreSQL cannot store, before Pydantic does so with a less helpful message."""
    if isinstance(value, str) and (why := why_unstorable(value)) is not None:
        raise refusal("text", why)
    return value


def _says_something(text: str) -> str:
    if not text.strip():
        raise refusal("text", "The text is empty or blank; give a text, or omit the field if it is optional.")
    return text


# The maximum length comes directly after `str`, where Pydantic checks it in Rust; after a Python validator it would cost
# two more function calls for each text. `_says_something` rejects empty texts; this adds `minLength` to the JSON Schema.
_NOT_EMPTY = Field(json_schema_extra={"minLength": 1})

#: Maximum number of characters of a short text, and of a long one.
LONGEST_LINE, LONGEST_PROSE = 500, 20_000

Line = Annotated[
    str,
    StringConstraints(max_length=LONGEST_LINE),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""A text of up to 500 characters, stored as sent."""

Prose = Annotated[
    str,
    StringConstraints(max_length=LONGEST_PROSE),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""A text of up to 20,000 characters, stored as sent."""

_ID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_no_id(slug: str) -> str:
    if _ID_FORM.fullmatch(slug):
        raise refusal("slug", "The slug looks like a UUID and would be looked up as an id; use words instead.")
    return slug


_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Slug = Annotated[
    str,
    StringConstraints(pattern=_SLUG, min_length=1, max_length=160),
    BeforeValidator(_storable),
    AfterValidator(_is_no_id),
]
"""The readable key of a record: lowercase letters a–z and digits, separated by single hyphens."""

# --- Mentions of other records


@dataclass(frozen=True)
class Ref:
    """Marks a field as the key of another record, which the writer looks up in `collection` (plural, as in URLs)."""

    collection: str


#: Maximum number of characters of a key: the longest scheme, a colon and the longest external id.
LONGEST_KEY = 700

RecordKey = Annotated[
    str,
    StringConstraints(max_length=LONGEST_KEY),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""A key of a record: its slug, its id, or an external id as `scheme:value` (`wikidata:Q159`)."""

PartyKey = Annotated[RecordKey, Ref("parties")]
TalkKey = Annotated[RecordKey, Ref("talks")]
ProposalKey = Annotated[RecordKey, Ref("proposals")]
DemandKey = Annotated[RecordKey, Ref("demands")]
AgreementKey = Annotated[RecordKey, Ref("agreements")]
ProcessKey = Annotated[RecordKey, Ref("processes")]
PersonKey = Annotated[RecordKey, Ref("people")]
PlaceKey = Annotated[RecordKey, Ref("places")]
IssueKey = Annotated[RecordKey, Ref("issues")]
SourceKey = Annotated[RecordKey, Ref("sources")]
ResponseKey = Annotated[RecordKey, Ref("responses")]


def _check_identifier(text: str) -> None:
    if not all(text.partition(":")):
        raise ValueError(f"{text[:60]!r} is not an identifier: write `scheme:value`, such as wikidata:Q159")


Identifier = Annotated[
    str,
    StringConstraints(max_length=LONGEST_KEY),
    BeforeValidator(_storable),
    _checked("identifier", _check_identifier),
]
"""An identifier in another data set, as `scheme:value`."""

# --- Dates, durations, codes, numbers


@dataclass(frozen=True)
class Edtf:
    """Marks a text as an EDTF date. `is_day`: it is always one day, so that no first and last day stand beside it."""

    is_day: bool = False


EdtfDay = Annotated[str, Edtf(is_day=True)]
EdtfText = Annotated[str, Edtf()]
"""An EDTF date in a read schema, which also shows its first and last possible day (`app.reading.date_bounds`)."""


EdtfDate = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("date", dates.parse_edtf),
    Edtf(),
    Field(
        description="An EDTF date (Level 0 or 1): a day, month, year, season or interval; with `~` (approximate), "
        "`?` (uncertain) or `%` (both) at the end, and `X` for an unknown digit. `..` alone means still open.",
        examples=["2025-06-02", "2025-06~", "2018-XX", "1999-07-10/1999-08-31", "2013-06-24/.."],
        json_schema_extra={"maxLength": dates.LONGEST},
    ),
]


def _closed(text: str) -> str:
    if ".." in text:
        raise refusal(
            "date",
            f"{text!r} has an open end, and a range begins or ends on a day: write a day, a month or a year such as 2025-06-02"
            " or 2025-06, or leave the parameter out.",
        )
    return text


EdtfBound = Annotated[EdtfDate, AfterValidator(_closed)]
"""The first or last day of a range that a filter asks for."""


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

IsoDuration = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("duration", durations.parse_duration),
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
            f"{text[:40]!r} is not a language tag: write the language in lowercase, then the script "
            "or region if needed, such as uk, pt-BR or zh-Hant"
        )
    primary = shape["primary"]
    if len(primary) == 2 and pycountry.languages.get(alpha_2=primary) is None:
        advice = "; for Ukrainian use uk" if primary == "ua" else ""
        raise ValueError(f"{primary!r} is not a language code of ISO 639{advice}")
    if len(primary) == 3:
        known = pycountry.languages.get(alpha_3=primary)
        if known is None:
            raise ValueError(f"{primary!r} is not a language code of ISO 639")
        # Each language has one code; otherwise a filter by language would miss the records with the other code.
        if short := getattr(known, "alpha_2", None):
            raise ValueError(f"{primary!r} is the three-letter code of a language; use the two-letter code {short!r}")
    if shape["region"]:
        _check_country(shape["region"])


def _check_country(text: str) -> None:
    # XK is not an ISO code but the code in common use for Kosovo.
    if not re.fullmatch("[A-Z]{2}", text) or (text != "XK" and pycountry.countries.get(alpha_2=text) is None):
        raise ValueError(f"{text[:40]!r} is not a country code of ISO 3166-1: write two capital letters, such as UA")


Lang = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("language", _check_lang),
    Field(
        description="A language tag (BCP 47): language, then script or region if needed.",
        examples=["uk", "en", "zh-Hant"],
        json_schema_extra={"pattern": f"^{_LANG.pattern.replace('?P<primary>', '?:').replace('?P<region>', '?:')}$"},
    ),
]

CountryCode = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("country", _check_country),
    Field(
        description="A country code of ISO 3166-1 (two capital letters), or XK for Kosovo.",
        examples=["UA", "TR"],
        json_schema_extra={"pattern": "^[A-Z]{2}$"},
    ),
]


def _number(value: Any) -> int | float:
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

#: The maximum of a 32-bit column.
LARGEST_COUNT = 2_147_483_647
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT)]
"""A whole number from 0 to the maximum of a 32-bit column."""

#: Only http and https: clients show these addresses as links, and `javascript:` must never become one.
_WEB_ADDRESS = r"^https?://[^\s]+$"

WebAddress = Annotated[
    str,
    BeforeValidator(_storable),
    StringConstraints(pattern=_WEB_ADDRESS, max_length=4_000),
    Field(json_schema_extra={"pattern": _WEB_ADDRESS}),
]
"""An http or https URL."""


def _check_pointer(text: str) -> None:
    if not re.fullmatch(r"(/[^/]+)+", text):
        raise ValueError(
            f"{text[:60]!r} is not a JSON Pointer: write '/' before each step, such as /duration_minutes "
            "or /members/rustem-umerov/post, or use null for the whole record"
        )


FieldPointer = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("pointer", _check_pointer),
    Field(max_length=500, json_schema_extra={"pattern": "^(/[^/]+)+$"}),
]
"""A JSON Pointer to a field of a record; nested rows are addressed by key, not by position."""


@dataclass(frozen=True)
class RefAny:
    """Marks a text as the key of a record of any collection, as `collection/key`."""


def _address_pattern(schema: dict[str, Any]) -> None:
    """Add the pattern of a record's address to its JSON Schema, which is made when all tables are declared."""
    schema["pattern"] = f"^({'|'.join(sorted(RECORDS))})/.+$"


def _check_address(text: str) -> None:
    collection, slash, key = text.partition("/")
    if not slash or not key.strip():
        raise ValueError(
            f"{text[:60]!r} is not a record address: write `collection/key`, such as talks/istanbul-2025-06-02"
        )
    if collection not in RECORDS:
        raise ValueError(f"{collection[:40]!r} is not a collection; the collections are {', '.join(sorted(RECORDS))}")


RecordAddress = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("address", _check_address),
    Field(
        min_length=3,
        max_length=220,
        json_schema_extra=_address_pattern,
    ),
    RefAny(),
]
"""The address of a record of any collection: `collection/key`, where key is a slug, an id or `scheme:value`."""
