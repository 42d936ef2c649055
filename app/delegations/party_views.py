"""Read schemas of the rows inside parties and people: names, memberships, mandates, successions."""

from typing import Annotated

from pydantic import Field

from app.db.vocabulary import (
    MandateRole,
    NameKind,
    SuccessionKind,
)
from app.delegations import descriptions
from app.domain.types import EdtfText
from app.reading.markers import From
from app.schemas import descriptions as shared
from app.schemas.examples import BLOC, RUSSIA
from app.schemas.refs import PartyRef, RecordMention


class NameView(RecordMention):
    """A name, with its language, kind and period of use."""

    text: str = Field(description=descriptions.TEXT, examples=["Рустем Умєров"])
    lang: str | None = Field(description=descriptions.LANG, examples=["uk"])
    kind: NameKind | None = Field(description=descriptions.NAME_KIND, examples=["alias"])
    valid_from: EdtfText | None = Field(description=descriptions.NAME_VALID_FROM, examples=["1991-08-24"])
    valid_to: EdtfText | None = Field(description=descriptions.NAME_VALID_TO, examples=["2022-06-02"])


NAMES = [[{"text": "Рустем Умєров", "lang": "uk", "kind": "alias", "valid_from": None, "valid_to": None}]]


class MembershipView(RecordMention):
    """A party's membership in a coalition or organization."""

    party: PartyRef = Field(description=descriptions.MEMBERSHIP_PARTY, examples=[BLOC])
    valid_from: EdtfText | None = Field(description=shared.EXTERNAL_ID_VALID_FROM, examples=["2006-06"])
    valid_to: EdtfText | None = Field(description=shared.EXTERNAL_ID_VALID_TO, examples=["2018-05-08"])
    is_bound: bool | None = Field(description=descriptions.IS_BOUND, examples=[True])


class CoalitionMemberView(RecordMention):
    """A member of a coalition or organization, with the dates of its membership."""

    party: Annotated[PartyRef, From("member")] = Field(description=descriptions.MEMBER_PARTY, examples=[RUSSIA])
    valid_from: EdtfText | None = Field(description=shared.EXTERNAL_ID_VALID_FROM, examples=["2006-06"])
    valid_to: EdtfText | None = Field(description=shared.EXTERNAL_ID_VALID_TO, examples=["2018-05-08"])
    is_bound: bool | None = Field(description=descriptions.IS_BOUND, examples=[True])


class MandateView(RecordMention):
    """A mandate of a body, such as a parliament, to speak for a party."""

    party: PartyRef = Field(
        description=descriptions.MANDATE_PARTY,
        examples=[{"slug": "colombia-government", "name": "Government of Colombia", "kind": "government"}],
    )
    role: MandateRole = Field(description=descriptions.ROLE, examples=["approves"])
    valid_from: EdtfText | None = Field(description=descriptions.VALID_FROM, examples=["2016-10-02"])
    valid_to: EdtfText | None = Field(description=descriptions.MANDATE_VALID_TO, examples=["2016-10-02"])


class SuccessionView(RecordMention):
    """A party that succeeded this one."""

    party: PartyRef = Field(description=descriptions.SUCCESSOR, examples=[RUSSIA])
    kind: SuccessionKind | None = Field(description=descriptions.SUCCESSION_KIND, examples=["continues"])
    on: EdtfText | None = Field(description=descriptions.SUCCESSION_ON, examples=["1991-12-26"])
    note: str | None = Field(
        description=descriptions.SUCCESSION_NOTE, examples=["It kept the seat in the Security Council."]
    )


class PredecessorView(SuccessionView):
    """A party that this one succeeded."""

    party: Annotated[PartyRef, From("predecessor")] = Field(
        description="The predecessor.", examples=[{"slug": "soviet-union", "name": "Soviet Union", "kind": "state"}]
    )
