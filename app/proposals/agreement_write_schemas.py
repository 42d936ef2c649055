"""Write schemas of agreements."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from app.db.vocabulary import AgreementForm, AgreementKind, AgreementStatus, SignatureCapacity
from app.domain.keys import IssueKey, PartyKey, PersonKey, ProcessKey, ProposalKey, TalkKey
from app.domain.texts import Line, Prose, refusal
from app.domain.types import EdtfDate
from app.schemas.deadlines import DEADLINES_WRITTEN, Deadlines
from app.schemas.record_writes import Part, RecordWrite
from app.schemas.validators import distinct, given, keyed, not_before
from app.schemas.values import Quantity


class AgreementIssueWrite(Part):
    """An issue that an agreement covers."""

    issue: IssueKey = Field(description="The issue: code (case-insensitive), slug or id.", examples=["DETN.EXCHANGE"])
    intensity: Annotated[int, Field(strict=True, ge=0, le=3)] | None = Field(
        None, description="The intensity, from 0 (named) to 3 (settled in detail); null = not graded.", examples=[3]
    )


class SignatureWrite(Part):
    """A signature: by a party, by a person, or by a person for a party."""

    key: Line | None = Field(
        None,
        description="The key that identifies the signature within the agreement. If omitted, it is made from the person or the party.",
        examples=["rodrigo-londono"],
    )
    party: PartyKey | None = Field(
        None, description="The party that signed or was signed for; null = none.", examples=["farc-ep"]
    )
    person: PersonKey | None = Field(
        None, description="The person who signed; null = not named.", examples=["rodrigo-londono"]
    )
    capacity: SignatureCapacity | None = Field(
        None, description="The capacity of the signatory; null = not stated.", examples=["party"]
    )
    on: EdtfDate | None = Field(None, description="The day (EDTF); null = unknown.", examples=["2016-11-24"])

    @model_validator(mode="after")
    def _is_by_someone(self) -> Self:
        if not given(self, ("party", "person")):
            raise refusal("signature", "A signature needs a `party`, a `person` or both; give at least one.")
        return self


class AgreementWrite(RecordWrite):
    """An agreement, written or oral. Its provisions are the demands of the proposals it adopted."""

    process: ProcessKey = Field(
        description="The process that the record belongs to: slug, id or `scheme:value`.", examples=["russia-ukraine"]
    )
    talk: TalkKey | None = Field(
        None,
        description="The talk at which the agreement was reached; null = none.",
        examples=["istanbul-2025-06-02"],
    )
    title: Line = Field(description="The title.", examples=["Exchange agreed in Istanbul on 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description="A summary; null = none.",
        examples=["All seriously wounded and sick, and all soldiers under 25, are exchanged."],
    )
    kind: AgreementKind = Field(description="The kind of agreement.", examples=["prisoner_exchange"])
    form: AgreementForm | None = Field(
        None, description="The form of the agreement; null = not stated.", examples=["oral"]
    )
    is_signed: StrictBool | None = Field(
        None, description="Whether the agreement was signed; null = unknown.", examples=[False]
    )
    agreed_on: EdtfDate | None = Field(
        None, description="The day on which it was agreed (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    announced_on: EdtfDate | None = Field(
        None, description="The day on which it was announced (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    in_force_on: EdtfDate | None = Field(
        None,
        description="The day on which it entered into force (EDTF); null = not in force, or unknown.",
        examples=["2014-01-20"],
    )
    until: Annotated[EdtfDate | None, not_before("agreed_on"), not_before("in_force_on")] = Field(
        None,
        description="The last day of validity (EDTF); null = unlimited, or not stated. An extension changes it, and is a"
        " deadline that replaces another.",
        examples=["2014-07-20"],
    )
    status: AgreementStatus | None = Field(None, description="The status; null = not stated.", examples=["implemented"])
    quantities: list[Quantity] = Field(
        default_factory=list,
        description="The quantities that were agreed.",
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners from each side"}]],
    )
    deadlines: Deadlines = Field(
        default_factory=list,
        description="The deadlines of the agreement, such as the ends of its validity and of its extensions.",
        examples=[DEADLINES_WRITTEN],
    )
    proposals: Annotated[list[ProposalKey], distinct()] = Field(
        default_factory=list,
        description="The proposals that the agreement adopted.",
        examples=[["joint-plan-of-action-2013"]],
    )
    parties: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description="The parties to the agreement.", examples=[["russia", "ukraine"]]
    )
    issues: Annotated[list[AgreementIssueWrite], distinct("issue")] = Field(
        default_factory=list,
        description="The issues that the agreement covers.",
        examples=[[{"issue": "DETN.EXCHANGE", "intensity": 3}]],
    )
    signatures: Annotated[list[SignatureWrite], keyed(lambda row: [row.person or row.party], "signature")] = Field(
        default_factory=list,
        description="The signatures, in order; signatories need not be parties.",
        examples=[[{"party": "farc-ep", "person": "rodrigo-londono", "capacity": "party", "on": "2016-11-24"}]],
    )
