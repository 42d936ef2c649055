"""The disclosures of a proposal or an agreement: to which party it was shown, and when."""

from typing import Annotated

from pydantic import Field

from app.domain.keys import PartyKey, SourceKey
from app.domain.texts import Line, Prose
from app.domain.types import EdtfDate, EdtfText
from app.proposals import descriptions
from app.schemas import descriptions as shared
from app.schemas.examples import SOURCE, UKRAINE
from app.schemas.record_writes import NestedWrite
from app.schemas.refs import PartyRef, RecordMention, SourceRef
from app.schemas.validators import keyed

#: Disclosures as a read returns them, and as a body sends them.
DISCLOSURE = {"key": "ukraine", "to": UKRAINE, "on": "2025-06-02", "source": SOURCE, "note": None}
DISCLOSURES_WRITTEN = [{"to": "ukraine", "on": "2025-06-02"}]


class DisclosureView(RecordMention):
    """A party to which the record was shown."""

    key: str = Field(description=descriptions.DISCLOSED_KEY, examples=["ukraine"])
    to: PartyRef = Field(description=descriptions.DISCLOSED_TO, examples=[UKRAINE])
    on: EdtfText | None = Field(description=descriptions.DISCLOSED_ON, examples=["2025-06-02"])
    source: SourceRef | None = Field(description=descriptions.DISCLOSURE_SOURCE, examples=[SOURCE])
    note: str | None = Field(description=shared.NOTE, examples=["Handed over in writing."])


class DisclosureWrite(NestedWrite):
    """A party to which the record was shown."""

    key: Line | None = Field(
        None,
        description=f"{descriptions.DISCLOSED_KEY} If omitted, it is made from the party.",
        examples=["ukraine"],
    )
    to: PartyKey = Field(description=descriptions.DISCLOSED_TO, examples=["ukraine"])
    on: EdtfDate | None = Field(None, description=descriptions.DISCLOSED_ON, examples=["2025-06-02"])
    source: SourceKey | None = Field(
        None, description=descriptions.DISCLOSURE_SOURCE, examples=["moscow-times-2025-06-02-memorandum"]
    )
    note: Prose | None = Field(None, description=shared.NOTE, examples=["Handed over in writing."])


Disclosures = Annotated[list[DisclosureWrite], keyed(lambda row: [row.to], "disclosure")]
