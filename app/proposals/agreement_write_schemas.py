"""Write schemas of agreements."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from app.db.agreements import Agreement
from app.db.vocabulary import (
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    SignatureAct,
    SignatureCapacity,
    Visibility,
)
from app.domain.keys import IssueKey, PartyKey, PersonKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line, Prose, refusal
from app.domain.times import TimeOfEvent, TimeZone, on_a_day, zone_of
from app.domain.types import Count, EdtfDate, Percentage
from app.proposals import descriptions
from app.proposals.disclosures import DISCLOSURES_WRITTEN, Disclosures
from app.proposals.entry_into_force import EntryIntoForce
from app.schemas import descriptions as shared
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadlines
from app.schemas.descriptions import as_key, as_order, as_time, as_zone
from app.schemas.examples import RULE
from app.schemas.record_writes import NestedWrite, RecordWrite
from app.schemas.validators import distinct, given, keyed, not_before
from app.schemas.values import QuantityWrite
from app.schemas.written_dates import DATES_AS_WRITTEN, WrittenDate, agreeing_with


class AgreementIssueWrite(NestedWrite):
    """An issue that an agreement covers."""

    issue: IssueKey = Field(description=shared.ISSUE, examples=["DETN.EXCHANGE"])
    intensity: Annotated[int, Field(strict=True, ge=0, le=3)] | None = Field(
        None, description=descriptions.INTENSITY, examples=[3]
    )


class SignatureWrite(NestedWrite):
    """A signature or another act: by a party, by a person, or by a person for a party. Each act has an entry."""

    key: Line | None = Field(
        None,
        description=f"{descriptions.SIGNATURE_KEY} If omitted, it is made from the person or the party, and from the act"
        " unless that is `signed`.",
        examples=["rodrigo-londono"],
    )
    party: PartyKey | None = Field(None, description=descriptions.PARTY, examples=["farc-ep"])
    person: PersonKey | None = Field(None, description=descriptions.PERSON, examples=["rodrigo-londono"])
    capacity: SignatureCapacity | None = Field(None, description=descriptions.CAPACITY, examples=["party"])
    act: SignatureAct | None = Field(None, description=descriptions.ACT, examples=["ratified"])
    on: EdtfDate | None = Field(None, description=descriptions.ON, examples=["2016-11-24"])
    share: Percentage | None = Field(None, description=descriptions.SHARE, examples=[17.5])
    note: Prose | None = Field(None, description=shared.NOTE, examples=["Deposited with a declaration."])

    @model_validator(mode="after")
    def _is_by_someone(self) -> Self:
        if not given(self, ("party", "person")):
            raise refusal("signature", "A signature needs a `party`, a `person` or both; give at least one.")
        return self


def _key_words(row: SignatureWrite) -> list[str | None]:
    """The words of a generated key. The act `signed` is omitted, as in the keys generated before acts existed."""
    return [row.person or row.party, None if row.act is SignatureAct.SIGNED else row.act]


class AgreementWrite(RecordWrite):
    """An agreement, written or oral. Its provisions are the demands of the proposals it adopted."""

    process: ProcessKey = Field(description=as_key(shared.RECORD_PROCESS), examples=["russia-ukraine"])
    talk: TalkKey | None = Field(
        None,
        description=descriptions.AGREEMENT_TALK,
        examples=["istanbul-2025-06-02"],
    )
    title: Line = Field(
        description=descriptions.PROPOSAL_TITLE, examples=["Exchange agreed in Istanbul on 2 June 2025"]
    )
    summary: Prose | None = Field(
        None,
        description=shared.SUMMARY,
        examples=["All seriously wounded and sick, and all soldiers under 25, are exchanged."],
    )
    kind: AgreementKind = Field(description=descriptions.AGREEMENT_KIND, examples=["prisoner_exchange"])
    form: AgreementForm | None = Field(None, description=descriptions.FORM, examples=["oral"])
    visibility: Visibility | None = Field(None, description=descriptions.VISIBILITY, examples=["public"])
    is_signed: StrictBool | None = Field(None, description=descriptions.IS_SIGNED, examples=[False])
    agreed_on: EdtfDate | None = Field(None, description=descriptions.AGREED_ON, examples=["2025-06-02"])
    agreed_time: Annotated[TimeOfEvent | None, on_a_day("agreed_on")] = Field(
        None, description=as_time("agreed_on", "agreed_zone"), examples=["17:36"]
    )
    agreed_zone: Annotated[TimeZone | None, zone_of(Agreement.__timed__[0])] = Field(
        None, validate_default=True, description=as_zone("agreed_time"), examples=["Europe/London"]
    )
    announced_on: EdtfDate | None = Field(None, description=descriptions.ANNOUNCED_ON, examples=["2025-06-02"])
    in_force_on: EdtfDate | None = Field(
        None,
        description=descriptions.IN_FORCE_ON,
        examples=["2014-01-20"],
    )
    in_force_time: Annotated[TimeOfEvent | None, on_a_day("in_force_on")] = Field(
        None, description=as_time("in_force_on", "in_force_zone"), examples=["23:00"]
    )
    in_force_zone: Annotated[TimeZone | None, zone_of(Agreement.__timed__[1])] = Field(
        None, validate_default=True, description=as_zone("in_force_time"), examples=["Europe/London"]
    )
    order_in_day: Count = Field(0, description=as_order("agreements"), examples=[1])
    until: Annotated[EdtfDate | None, not_before("agreed_on"), not_before("in_force_on")] = Field(
        None,
        description="The last day of validity (EDTF); null = unlimited, or not stated. An extension changes this day;"
        " it is also stored as a deadline that replaces another.",
        examples=["2014-07-20"],
    )
    dates_as_written: Annotated[
        list[WrittenDate], distinct("field"), agreeing_with("agreed_on", "announced_on", "in_force_on", "until")
    ] = Field(default_factory=list, description=shared.DATES_AS_WRITTEN, examples=[DATES_AS_WRITTEN])
    entry_into_force: EntryIntoForce | None = Field(None, description=descriptions.ENTRY_INTO_FORCE, examples=[RULE])
    status: AgreementStatus | None = Field(None, description=descriptions.STATUS, examples=["implemented"])
    quantities: list[QuantityWrite] = Field(
        default_factory=list,
        description=descriptions.QUANTITIES,
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners from each side"}]],
    )
    deadlines: Deadlines = Field(
        default_factory=list,
        description=descriptions.AGREEMENT_DEADLINES,
        examples=[DEADLINES_WRITTEN],
    )
    proposals: Annotated[list[ProposalKey], distinct()] = Field(
        default_factory=list,
        description=descriptions.PROPOSALS,
        examples=[["joint-plan-of-action-2013"]],
    )
    parties: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description=descriptions.PARTIES, examples=[["russia", "ukraine"]]
    )
    issues: Annotated[list[AgreementIssueWrite], distinct("issue")] = Field(
        default_factory=list,
        description=descriptions.ISSUES,
        examples=[[{"issue": "DETN.EXCHANGE", "intensity": 3}]],
    )
    signatures: Annotated[list[SignatureWrite], keyed(_key_words, "signature")] = Field(
        default_factory=list,
        description=descriptions.SIGNATURES,
        examples=[[{"party": "farc-ep", "person": "rodrigo-londono", "capacity": "party", "on": "2016-11-24"}]],
    )
    disclosed: Disclosures = Field(
        default_factory=list, description=descriptions.DISCLOSED, examples=[DISCLOSURES_WRITTEN]
    )
