"""Response schemas of bulletins."""

from typing import ClassVar

from pydantic import Field

from app.bulletins.tables import Bulletin
from app.db.base import Record
from app.domain.types import EdtfText
from app.schemas.examples import PROCESS, RUSSIA
from app.schemas.record_reads import RecordDetail, RecordSummary, RecordTail
from app.schemas.refs import PartyRef, ProcessRef


class BulletinSummary(RecordTail, RecordSummary):
    """A bulletin as lists show it."""

    model: ClassVar[type[Record]] = Bulletin
    linked_as = ("Bulletin", "schema:CreativeWork")

    title: str = Field(description="Its title.", examples=["The round is over"])
    process: ProcessRef = Field(description="The process it is about.", examples=[PROCESS])
    issuer: PartyRef | None = Field(description="The party that issued it; null = unknown.", examples=[RUSSIA])
    issued_on: EdtfText | None = Field(description="Day of issue (EDTF); null = unknown.", examples=["2025-06-02"])


class BulletinDetail(RecordDetail, BulletinSummary):
    """A short notice about the course of a process."""

    text: str | None = Field(
        description="Its text; null = not recorded.", examples=["Both sides leave for the capital."]
    )
