"""The scalar values that records hold: texts, keys of other records, dates, durations, codes, numbers.

Every refusal is one sentence that says what is wrong and what would be right. Import them from `app.schemas.values`.
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
"""Beyond it a JSON reader that keeps numbers as doubles (every browser) would change the value silently."""


def refusal(kind: str, sentence: str) -> PydanticCustomError:
    """The error of a value of this `kind`; its message is the sentence alone, without "Value error, "."""
    # Through the context: in the template itself a brace of the user's would be read as a placeholder.
    return PydanticCustomError("invalid_" + kind, "{sentence}", {"sentence": sentence})


def _checked(kind: str, parse: Callable[[str], object]) -> AfterValidator:
    """A validator that keeps the text as written and refuses what `parse` refuses."""

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
    """Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair."""
    return (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text)


def why_unstorable(text: str) -> str | None:
    """Why PostgreSQL cannot store a text, nor look for it; None where it can."""
    if is_storable(text) or (found := _UNSTORABLE.search(text)) is None:
        return None
    name = "the character NUL" if found[0] == "\x00" else f"half of a surrogate pair (U+{ord(found[0]):04X})"
    return f"Character {found.start() + 1} is {name}, which no text can hold; leave it out."


def _storable(value: Any) -> Any:
    """Refuse what PostgreSQL cannot store, before Pydantic meets it with a message of its own."""
    if isinstance(value, str) and (why := why_unstorable(value)) is not None:
        raise refusal("text", why)
    return value


def _says_something(text: str) -> str:
    if not text.strip():
        raise refusal("text", "The text is blank; write something, or leave it out where it may be unknown.")
    return text


# Lengths stand next to `str`, where Pydantic checks them in Rust; behind a function they would be two more functions,
# and a record has a dozen texts. That a text is not empty `_says_something` sees to; the JSON Schema says it too.
_NOT_EMPTY = Field(json_schema_extra={"minLength": 1})

#: Characters of a short text, and of a long one.
LONGEST_LINE, LONGEST_PROSE = 500, 20_000

Line = Annotated[
    str,
    StringConstraints(max_length=LONGEST_LINE),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""A short text of up to 500 characters, kept as it is sent."""

Prose = Annotated[
    str,
    StringConstraints(max_length=LONGEST_PROSE),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""A long text of up to 20,000 characters, kept as it is sent."""

_ID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_no_id(slug: str) -> str:
    if _ID_FORM.fullmatch(slug):
        raise refusal("slug", "The slug has the form of an id and would be looked up as one; write words.")
    return slug


_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Slug = Annotated[
    str,
    StringConstraints(pattern=_SLUG, min_length=1, max_length=160),
    BeforeValidator(_storable),
    AfterValidator(_is_no_id),
]
"""The readable key of a record: small letters a–z, digits, single hyphens between them."""

# --- Mentions of other records


@dataclass(frozen=True)
class Ref:
    """Marks a key as the mention of a record: the writer looks it up in `collection` (plural, as in URLs)."""

    collection: str


#: Characters of a key: a scheme, a colon and an id of another data set, each as long as it may be.
LONGEST_KEY = 700

RecordKey = Annotated[
    str,
    StringConstraints(max_length=LONGEST_KEY),
    BeforeValidator(_storable),
    AfterValidator(_says_something),
    _NOT_EMPTY,
]
"""How a record is mentioned: by its slug, its id, or `scheme:value` of an external id (`wikidata:Q159`)."""

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
        raise ValueError(
            f"{text[:60]!r} is not `scheme:value`: write the data set and the id there, as in wikidata:Q159"
        )


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
    """Marks a text as an EDTF date."""


EdtfText = Annotated[str, Edtf()]
"""An EDTF date as an answer shows it: its first and last possible day stand beside it (`app.reading.date_bounds`)."""


EdtfDate = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("date", dates.parse_edtf),
    Edtf(),
    Field(
        description="An EDTF date (Level 0 or 1): a day, month or year, an interval, a season; `~` (about), "
        "`?` (uncertain) or `%` (both) at the end, `X` for an unknown digit; `..` alone: still open.",
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
    """An instant as PostgreSQL's JSON has it: the same text wherever it is read, in a record or beside one."""
    text = at.astimezone(UTC).isoformat()
    whole, point, rest = text.partition(".")
    fraction = rest[:6].rstrip("0")
    return f"{whole}.{fraction}{rest[6:]}" if point and fraction else text


Instant = Annotated[
    datetime,
    PlainSerializer(instant, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant (UTC), as it is shown."""

IsoDuration = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("duration", durations.parse_duration),
    Field(
        description="A length of time in ISO 8601, longer than nothing, in whole numbers. The unit is kept: "
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
            f"{text[:40]!r} is not a language tag: write the language in small letters, then its script "
            "or region where needed, as in uk, pt-BR or zh-Hant"
        )
    primary = shape["primary"]
    if len(primary) == 2 and pycountry.languages.get(alpha_2=primary) is None:
        advice = "; Ukrainian is uk" if primary == "ua" else ""
        raise ValueError(f"there is no language {primary!r} in ISO 639{advice}")
    if len(primary) == 3:
        known = pycountry.languages.get(alpha_3=primary)
        if known is None:
            raise ValueError(f"there is no language {primary!r} in ISO 639")
        # One spelling for one language, or a filter by language would miss half of it.
        if short := getattr(known, "alpha_2", None):
            raise ValueError(f"{primary!r} is the long code of a language that is written {short!r}")
    if shape["region"]:
        _check_country(shape["region"])


def _check_country(text: str) -> None:
    # XK is no ISO code but the one that everybody uses for Kosovo, whose talks belong here.
    if not re.fullmatch("[A-Z]{2}", text) or (text != "XK" and pycountry.countries.get(alpha_2=text) is None):
        raise ValueError(f"{text[:40]!r} is not a country code of ISO 3166: write two capital letters, as in UA")


Lang = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("language", _check_lang),
    Field(
        description="A language tag (BCP 47): language, then script or region where needed.",
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
    """One validator instead of a union of int and float, which would report each fault twice."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("number", "This is not a number; write it without quotes, as in 1000 or 3.67.")
    # NaN compares as false, so it is refused here too.
    if not -LARGEST <= value <= LARGEST:
        raise refusal("number", f"The number must lie between -{LARGEST} and {LARGEST}.")
    return value


Number = Annotated[
    int | float,
    PlainValidator(_number),
    WithJsonSchema({"type": "number", "minimum": -LARGEST, "maximum": LARGEST}),
]

Count = Annotated[int, Field(strict=True, ge=0, le=2_147_483_647)]
"""A whole number from 0 on, as a 32-bit column holds it."""

#: Only these two schemes: addresses become links, and `javascript:` must never be one.
_WEB_ADDRESS = r"^https?://[^\s]+$"

WebAddress = Annotated[
    str,
    BeforeValidator(_storable),
    StringConstraints(pattern=_WEB_ADDRESS, max_length=4_000),
    Field(json_schema_extra={"pattern": _WEB_ADDRESS}),
]
"""An address on the web, with its scheme."""


def _check_pointer(text: str) -> None:
    if not re.fullmatch(r"(/[^/]+)+", text):
        raise ValueError(
            f"{text[:60]!r} is not a JSON Pointer: write '/' before each step, as in /duration_minutes "
            "or /members/rustem-umerov/post; leave it null to speak of the whole record"
        )


FieldPointer = Annotated[
    str,
    BeforeValidator(_storable),
    _checked("pointer", _check_pointer),
    Field(max_length=500, json_schema_extra={"pattern": "^(/[^/]+)+$"}),
]
"""A JSON Pointer to a field of a record, nested rows by key."""


@dataclass(frozen=True)
class RefAny:
    """Marks a `collection/key` text as the mention of a record of any collection."""


def _address_pattern(schema: dict[str, Any]) -> None:
    """Add the pattern of a record's address to its JSON Schema, which is made when all tables are declared."""
    schema["pattern"] = f"^({'|'.join(sorted(RECORDS))})/.+$"


def _check_address(text: str) -> None:
    collection, slash, key = text.partition("/")
    if not slash or not key.strip():
        raise ValueError(f"{text[:60]!r} names no record: write collection and key, as in talks/istanbul-2025-06-02")
    if collection not in RECORDS:
        raise ValueError(f"there is no collection {collection[:40]!r}; they are {', '.join(sorted(RECORDS))}")


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
"""A record of any collection: `collection/key`, the key being its slug, id or `scheme:value`."""
