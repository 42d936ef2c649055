"""Scalar types for references: keys and addresses of records, and identifiers in other data sets."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.db.base import RECORDS
from app.domain.texts import NOT_EMPTY, checked, says_something, storable
from app.errors import quoted


@dataclass(frozen=True)
class Ref:
    """Marks a field as the key of another record, which the writer looks up in `collection` (plural, as in URLs)."""

    collection: str


#: Maximum number of characters of a key: the longest scheme, a colon and the longest external id.
LONGEST_KEY = 700

RecordKey = Annotated[
    str,
    StringConstraints(max_length=LONGEST_KEY),
    BeforeValidator(storable),
    AfterValidator(says_something),
    NOT_EMPTY,
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
        raise ValueError(f"{quoted(text, 60)} is not an identifier: write `scheme:value`, such as wikidata:Q159")


Identifier = Annotated[
    str,
    StringConstraints(max_length=LONGEST_KEY),
    BeforeValidator(storable),
    checked("identifier", _check_identifier),
]
"""An identifier in another data set, as `scheme:value`."""


@dataclass(frozen=True)
class RefAny:
    """Marks a string as the address of a record in any collection: `collection/key`."""


def _address_pattern(schema: dict[str, Any]) -> None:
    """Add the pattern for record addresses to a JSON Schema. Schemas are generated after all tables are declared."""
    schema["pattern"] = f"^({'|'.join(sorted(RECORDS))})/.+$"


def _check_address(text: str) -> None:
    collection, slash, key = text.partition("/")
    if not slash or not key.strip():
        raise ValueError(
            f"{quoted(text, 60)} is not a record address: write `collection/key`, such as talks/istanbul-2025-06-02"
        )
    if collection not in RECORDS:
        raise ValueError(
            f"{quoted(collection, 40)} is not a collection; the collections are {', '.join(sorted(RECORDS))}"
        )


RecordAddress = Annotated[
    str,
    BeforeValidator(storable),
    checked("address", _check_address),
    Field(
        min_length=3,
        max_length=220,
        json_schema_extra=_address_pattern,
    ),
    RefAny(),
]
"""The address of a record in any collection: `collection/key`, where key is a slug, an id or `scheme:value`."""
