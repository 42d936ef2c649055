"""What is written of proposals with their accounts and parts, and of agreements."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, ValidationInfo, field_validator, model_validator

from app.db.vocabulary import (
    AccountKind,
    AgreementForm,
    AgreementKind,
    AgreementStatus,
    PartKind,
    ProposalKind,
    RelationKind,
    SignatureCapacity,
)
from app.domain.types import Count, IssueKey, Lang, PersonKey, ProcessKey, Slug, refusal
from app.schemas.nested_writes import DemandInProposal
from app.schemas.record import Part, RecordWrite
from app.schemas.validators import at_most_one, distinct, given, keyed
from app.schemas.values import (
    AgreementKey,
    EdtfDate,
    IsoDuration,
    Line,
    PartyKey,
    ProposalKey,
    Prose,
    Quantity,
    TalkKey,
)
from app.writing.markers import Nested


class RelationWrite(Part):
    """How a proposal stands to another one, or to an agreement."""

    kind: RelationKind = Field(description="What it does to the other.", examples=["supersedes"])
    proposal: ProposalKey | None = Field(
        None,
        description="The other proposal: slug, id or `scheme:value`.",
        examples=["istanbul-communique-2022"],
    )
    agreement: AgreementKey | None = Field(
        None,
        description="Or the agreement: slug, id or `scheme:value`.",
        examples=["joint-plan-of-action-2013"],
    )
    note: Prose | None = Field(None, description="Note; null = none.", examples=["takes over articles 1 to 5"])

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if len(given(self, ("proposal", "agreement"))) != 1:
            raise refusal("relation", "A relation leads to one `proposal` or to one `agreement`; give one of them.")
        return self


class PartWrite(Part):
    """A section or option of an account."""

    key: Line | None = Field(
        None,
        description="Tells it from the account's other parts, and is how demands name it; made from label "
        "and title where left out.",
        examples=["option-1"],
    )
    kind: PartKind = Field(PartKind.SECTION, description="Section or option.", examples=["option"])
    parent: Line | None = Field(
        None, description="Key of the part that contains it; null = none.", examples=["section-ii"]
    )
    label: Line | None = Field(None, description="Label as printed; null = none.", examples=["Section II"])
    title: Line | None = Field(None, description="Title; null = none.", examples=["Conditions for a ceasefire"])
    summary: Prose | None = Field(
        None, description="What it says, in short; null = not written.", examples=["Ukraine withdraws first."]
    )
    points_reported: Count | None = Field(
        None, description="Number of points it is said to have; null = unknown.", examples=[12]
    )
    alternative_group: Line | None = Field(
        None,
        description="Options of one group exclude each other; null = no alternative.",
        examples=["frameworks"],
    )

    @field_validator("alternative_group")
    @classmethod
    def _of_options(cls, group: str | None, info: ValidationInfo) -> str | None:
        if group is not None and info.data.get("kind") is PartKind.SECTION:
            raise refusal("part", "Only options exclude each other; say `kind`: option, or leave the group null.")
        return group


def _tree(parts: list[PartWrite]) -> None:
    """Refuse parts whose parent is missing, or that lie in themselves."""
    parents = {part.key: part.parent for part in parts}
    for part in parts:
        if part.parent is None:
            continue
        if part.parent not in parents:
            raise refusal("part", f"No part of this account has the key {part.parent!r}, which {part.key!r} lies in.")
        above: str | None = part.parent
        steps = 0
        while above is not None and above in parents and steps <= len(parts):
            above, steps = parents[above], steps + 1
        if steps > len(parts):
            raise refusal("part", f"The part {part.key!r} lies in a circle of parents; correct one of them.")


Parts = Annotated[list[PartWrite], keyed(lambda part: [part.label, part.title], "part")]


class AccountWrite(Part):
    """One telling of a proposal."""

    slug: Slug = Field(
        description="Its readable identifier, unique among all accounts.",
        examples=["russian-memorandum-2025-06-02-text"],
    )
    title: Line | None = Field(
        None, description="A title; null = none.", examples=["Text published by TASS and Interfax"]
    )
    kind: AccountKind = Field(AccountKind.TEXT, description="What kind of telling it is.", examples=["report"])
    is_reference: StrictBool | None = Field(
        None,
        description="Whether lists and counts read this one. Exactly one does: the first if none is marked.",
        examples=[True],
    )
    told_by: PartyKey | None = Field(None, description="Who tells it; null = not said.", examples=["the-moscow-times"])
    languages: Annotated[list[Lang], distinct()] = Field(
        default_factory=list, description="Languages of this telling.", examples=[["en"]]
    )
    published_on: EdtfDate | None = Field(
        None, description="When it was published (EDTF); null = unknown or never.", examples=["2025-06-02"]
    )
    points_reported: Count | None = Field(
        None, description="Number of points it is said to have; null = unknown.", examples=[31]
    )
    is_complete: StrictBool | None = Field(
        None, description="Whether it tells the whole; null = unknown.", examples=[False]
    )
    note: Prose | None = Field(None, description="Note; null = none.", examples=["numbers are the article's own"])
    parts: Parts = Field(
        default_factory=list,
        description="Its sections and options, in order.",
        examples=[[{"key": "option-1", "kind": "option", "label": "Option 1", "alternative_group": "frameworks"}]],
    )

    @field_validator("parts")
    @classmethod
    def _are_a_tree(cls, parts: list[PartWrite]) -> list[PartWrite]:
        _tree(parts)
        return parts


class ProposalWrite(RecordWrite):
    """Something put forward: by whom, to whom, when."""

    process: ProcessKey = Field(
        description="The negotiation it belongs to: slug, id or `scheme:value`.", examples=["russia-ukraine"]
    )
    talk: TalkKey | None = Field(
        None, description="The talk at which it was tabled; null = at none.", examples=["istanbul-2025-06-02"]
    )
    title: Line = Field(description="What it is called.", examples=["Russian memorandum of 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description="What it says, in short; null = not written.",
        examples=["Two frameworks for a ceasefire, and the outlines of a settlement."],
    )
    kind: ProposalKind = Field(description="What kind of proposal it is.", examples=["memorandum"])
    authors: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list,
        description="Who put it forward; they need not sit at the talk.",
        examples=[["russia"]],
    )
    addressees: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description="To whom it was put.", examples=[["ukraine"]]
    )
    document_date: EdtfDate | None = Field(
        None, description="The date on the document (EDTF); null = unknown.", examples=["2022-04-15"]
    )
    tabled_on: EdtfDate | None = Field(
        None, description="When it was tabled (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    published_on: EdtfDate | None = Field(
        None, description="When it was published (EDTF); null = never, or unknown.", examples=["2025-06-02"]
    )
    published_by: Line | None = Field(
        None, description="Who published it; null = unknown.", examples=["TASS and Interfax"]
    )
    languages: Annotated[list[Lang], distinct()] = Field(
        default_factory=list, description="Languages of the document.", examples=[["ru"]]
    )
    duration: IsoDuration | None = Field(
        None, description="How long it is to hold (ISO 8601); null = not said.", examples=["P6M"]
    )
    is_renewable: StrictBool | None = Field(
        None, description="Whether that can be renewed; null = not said.", examples=[True]
    )
    answer_due: EdtfDate | None = Field(
        None, description="By when an answer was asked for (EDTF); null = not said.", examples=["2025-06-09"]
    )
    withdrawn_on: EdtfDate | None = Field(
        None,
        description="When its authors took it back (EDTF); null = not, or unknown.",
        examples=["2025-12"],
    )
    lapsed_on: EdtfDate | None = Field(
        None, description="When it lapsed (EDTF); null = not, or unknown.", examples=["2015-06-30"]
    )
    relations: Annotated[list[RelationWrite], distinct("kind", "proposal", "agreement")] = Field(
        default_factory=list,
        description="How it stands to other proposals and to agreements.",
        examples=[[{"kind": "supersedes", "proposal": "istanbul-communique-2022"}]],
    )
    accounts: Annotated[
        list[AccountWrite],
        distinct("slug"),
        at_most_one(lambda account: account.is_reference, "the reference"),
    ] = Field(
        default_factory=list,
        description="Its tellings, in order. None given: one is made silently, of kind text.",
        examples=[[{"slug": "russian-memorandum-2025-06-02-text", "kind": "text", "is_reference": True}]],
    )
    parts: Parts = Field(
        default_factory=list,
        description="Short for the parts of the one account made silently; not together with `accounts`.",
        examples=[[{"key": "section-i", "kind": "section", "label": "Section I"}]],
    )
    demands: Annotated[list[DemandInProposal], Nested("proposal")] = Field(
        default_factory=list,
        description="Its points, in order.",
        examples=[[{"number": "1.1", "text": "Complete withdrawal from four regions", "addressees": ["ukraine"]}]],
    )

    @field_validator("accounts")
    @classmethod
    def _one_is_the_reference(cls, accounts: list[AccountWrite]) -> list[AccountWrite]:
        if accounts and not any(account.is_reference for account in accounts):
            first = next((account for account in accounts if account.is_reference is None), None)
            if first is None:
                raise refusal("list", "One account must be the reference; say `is_reference`: true of one of them.")
            first.is_reference = True
        for account in accounts:
            account.is_reference = bool(account.is_reference)
        return accounts

    @field_validator("parts")
    @classmethod
    def _are_of_the_only_account(cls, parts: list[PartWrite], info: ValidationInfo) -> list[PartWrite]:
        if parts and info.data.get("accounts"):
            raise refusal("list", "Parts belong to an account; write them inside `accounts`.")
        _tree(parts)
        return parts


class AgreementIssueWrite(Part):
    """An issue that an agreement covers."""

    issue: IssueKey = Field(description="The issue: its code (any case), slug or id.", examples=["DETN.EXCHANGE"])
    intensity: Annotated[int, Field(strict=True, ge=0, le=3)] | None = Field(
        None, description="From 0 (named) to 3 (settled in detail); null = not graded.", examples=[3]
    )


class SignatureWrite(Part):
    """A signature: by a party, by a person, or by a person for a party."""

    key: Line | None = Field(
        None,
        description="Tells it from the other signatures; made from person or party where left out.",
        examples=["rodrigo-londono"],
    )
    party: PartyKey | None = Field(
        None, description="The party that signs or is signed for; null = none.", examples=["farc-ep"]
    )
    person: PersonKey | None = Field(None, description="Who signs; null = not named.", examples=["rodrigo-londono"])
    capacity: SignatureCapacity | None = Field(
        None, description="In which capacity; null = not said.", examples=["party"]
    )
    on: EdtfDate | None = Field(None, description="When (EDTF); null = unknown.", examples=["2016-11-24"])

    @model_validator(mode="after")
    def _is_by_someone(self) -> Self:
        if not given(self, ("party", "person")):
            raise refusal("signature", "A signature is by a `party`, a `person` or both; give one at least.")
        return self


class AgreementWrite(RecordWrite):
    """What was agreed, written or oral. Its provisions are the demands of the texts it adopted."""

    process: ProcessKey = Field(
        description="The negotiation it belongs to: slug, id or `scheme:value`.", examples=["russia-ukraine"]
    )
    talk: TalkKey | None = Field(
        None,
        description="The talk at which it was reached; null = at none.",
        examples=["istanbul-2025-06-02"],
    )
    title: Line = Field(description="What it is called.", examples=["Exchange agreed in Istanbul on 2 June 2025"])
    summary: Prose | None = Field(
        None,
        description="What was agreed, in short; null = not written.",
        examples=["All seriously wounded and sick, and all soldiers under 25, are exchanged."],
    )
    kind: AgreementKind = Field(description="What kind of agreement it is.", examples=["prisoner_exchange"])
    form: AgreementForm | None = Field(None, description="Its form; null = not said.", examples=["oral"])
    is_signed: StrictBool | None = Field(None, description="Whether it was signed; null = unknown.", examples=[False])
    agreed_on: EdtfDate | None = Field(
        None, description="When it was agreed (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    announced_on: EdtfDate | None = Field(
        None, description="When it was announced (EDTF); null = unknown.", examples=["2025-06-02"]
    )
    in_force_on: EdtfDate | None = Field(
        None, description="When it came into force (EDTF); null = not, or unknown.", examples=["2014-01-20"]
    )
    status: AgreementStatus | None = Field(
        None, description="How it stands; null = not said.", examples=["implemented"]
    )
    quantities: list[Quantity] = Field(
        default_factory=list,
        description="Numbers that were agreed.",
        examples=[[{"value": 1000, "bound": "at_least", "of": "prisoners from each side"}]],
    )
    proposals: Annotated[list[ProposalKey], distinct()] = Field(
        default_factory=list,
        description="The texts that it adopted.",
        examples=[["joint-plan-of-action-2013"]],
    )
    parties: Annotated[list[PartyKey], distinct()] = Field(
        default_factory=list, description="Between whom it is.", examples=[["russia", "ukraine"]]
    )
    issues: Annotated[list[AgreementIssueWrite], distinct("issue")] = Field(
        default_factory=list,
        description="What it covers.",
        examples=[[{"issue": "DETN.EXCHANGE", "intensity": 3}]],
    )
    signatures: Annotated[list[SignatureWrite], keyed(lambda row: [row.person or row.party], "signature")] = Field(
        default_factory=list,
        description="Who signed, in order; signatories need not be parties.",
        examples=[[{"party": "farc-ep", "person": "rodrigo-londono", "capacity": "party", "on": "2016-11-24"}]],
    )
