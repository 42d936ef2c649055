"""Request schemas of bulletins."""

from pydantic import Field

from app.domain.keys import PartyKey, ProcessKey
from app.domain.texts import Line, Prose
from app.domain.types import EdtfDate
from app.schemas.record_writes import RecordWrite


class BulletinWrite(RecordWrite):
    """A short notice about the course of a process."""

    title: Line = Field(description="Its title.", examples=["The round is over"])
    text: Prose | None = Field(
        None, description="Its text; null = not recorded.", examples=["Both sides leave for the capital."]
    )
    process: ProcessKey = Field(description="The process it is about.", examples=["russia-ukraine"])
    issuer: PartyKey | None = Field(None, description="The party that issued it; null = unknown.", examples=["russia"])
    issued_on: EdtfDate | None = Field(
        None, description="Day of issue (EDTF); null = unknown.", examples=["2025-06-02"]
    )
