"""Query parameters and rows of the report of the evolution of a position."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field, JsonValue

from app.db.vocabulary import Stance
from app.domain.keys import IssueKey, PartyKey, ProcessKey
from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.reports import descriptions
from app.reports.descriptions import ON_MAX, ON_MIN
from app.reports.options import StanceOptions
from app.resources.empty_answers import ReasonOfAnswer
from app.schemas.values import Quantity


class EvolutionQuery(StanceOptions):
    """Query parameters of the evolution of a position."""

    process: ProcessKey = Field(description=descriptions.WITHIN_PROCESS, examples=["russia-ukraine"])
    issue: IssueKey = Field(description="The issue, with the issues below it.", examples=["EXTL.NEUTRALITY"])
    party: PartyKey | None = Field(
        None, description="The party; by default, all parties are shown.", examples=["russia"]
    )


class StepKind(StrEnum):
    """What happened."""

    TEXT = "text"
    ANSWER = "answer"
    CLOSED = "closed"


class Contradiction(BaseModel):
    """What a source, or another account of the proposal, says instead."""

    field: str | None = Field(
        description="The field that is contradicted, as a JSON Pointer; null = the whole point.",
        examples=["/quantities"],
    )
    value: JsonValue = Field(
        description="What is said instead; null = not stated. Of an account, the text of its point.",
        examples=["250,000 personnel"],
    )
    source: str | None = Field(
        description="The slug of the source; null = another account says so.",
        examples=["news-pravda-2024-06-15-the-full-draft-of-the-2022-treaty-has-been"],
    )
    citation: str | None = Field(description="The slug of the citation; null as above.", examples=[None])
    telling: str | None = Field(
        description="The slug of the demand of the other account; null = a source says so.",
        examples=["article-2025-06-02-2-8"],
    )
    note: str | None = Field(description="The note of the coder; null = none.", examples=[None])


class TabledPoint(BaseModel):
    """A point in a text."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-2a"])
    text: str = Field(description=descriptions.DEMAND_TEXT, examples=["Neutrality of Ukraine"])
    act: str = Field(description=descriptions.ACT, examples=["demand"])
    is_new: bool = Field(description="Whether it continues no earlier point.", examples=[False])
    quantities: list[Quantity] = Field(description="Its quantities.")
    contradictions: list[Contradiction] = Field(
        description="What contradicts it: conflicting figures of sources, and other accounts of the text. Empty = nothing.",
        examples=[[]],
    )


class ContinuedPoint(BaseModel):
    """A point that continues an earlier one."""

    demand: str = Field(description=descriptions.DEMAND, examples=["russian-memorandum-2025-06-02-i-2a"])
    former: str = Field(description="The slug of the earlier demand.", examples=["russian-oral-demands-2025-05-16-1"])
    by: str = Field(
        description="What connects the two: the kind of a link, or `issue` (the same claimant and primary issue, without a link).",
        examples=["issue"],
    )


class ChangedAnswer(BaseModel):
    """A point of another party to which the answer changed."""

    demand: str = Field(description=descriptions.DEMAND, examples=["ukrainian-memorandum-2025-05-28-5a"])
    before: str | None = Field(description="The word before; null = none.", examples=[None])
    after: str = Field(description="The word from this day.", examples=["rejected"])
    response: str | None = Field(description=descriptions.RESPONSE, examples=["russia-rejects"])
    agreement: str | None = Field(description="The slug of the agreement; null = none.", examples=[None])


class EvolutionStep(BaseModel):
    """One step in the evolution of a position."""

    on: date | None = Field(
        description="The day by which the steps are ordered: of a text its first possible day, of answers and of what closes a point the"
        " last possible day, from which they count; null = unknown.",
        examples=["2025-06-02"],
    )
    on_min: date | None = Field(description=f"{ON_MIN} It is not computed for `closed`.", examples=["2025-06-02"])
    on_max: date | None = Field(description=ON_MAX, examples=["2025-06-02"])
    kind: StepKind = Field(
        description="`text`: points were tabled. `answer`: the answers of a party changed. `closed`: points left the table without"
        " a new text.",
        examples=["text"],
    )
    parties: list[str] = Field(
        description="The slugs of the claimants of the points, or of the party that answered.", examples=[["russia"]]
    )
    proposal: str | None = Field(
        description="The slug of the proposal; null = no text.", examples=["russian-memorandum-2025-06-02"]
    )
    title: str | None = Field(description="The title of the proposal; null = no text.", examples=["Russian memorandum"])
    points: list[TabledPoint] = Field(description="The points on the issue in the text.")
    moved: list[ContinuedPoint] = Field(description="Points that continue earlier ones.")
    gone: list[str] = Field(
        description="The slugs of points that left the table on this day: superseded, withdrawn, lapsed, or replaced by this text.",
        examples=[["russian-oral-demands-2025-05-16-1"]],
    )
    answers: list[ChangedAnswer] = Field(description="The answers that changed.")


class UncountedStatement(Dated):
    """An answer that counts for no point on the issue, such as that of a party that was not asked."""

    response: str = Field(
        description="The slug of the response.", examples=["russian-memorandum-2025-06-02-ukraine-2025-06-11"]
    )
    party: str = Field(description="The slug of the party that answered.", examples=["ukraine"])
    stance: Stance = Field(description="The stance.", examples=["rejected"])
    said_on: EdtfText | None = Field(
        description="The day of the response (EDTF); null = unknown.", examples=["2025-06-11"]
    )
    about: str = Field(
        description="What was answered, as `collection/slug`: the demand, or the proposal as a whole or in part.",
        examples=["proposals/russian-memorandum-2025-06-02"],
    )
    part: str | None = Field(description="The key of the part that was answered; null = not a part.", examples=[None])


class EvolutionRest(ReasonOfAnswer):
    """What follows the steps."""

    process: str = Field(description=descriptions.PROCESS, examples=["russia-ukraine"])
    issue: str = Field(description="The code of the issue.", examples=["EXTL.NEUTRALITY"])
    party: str | None = Field(description="The slug of the party; null = all parties.", examples=["russia"])
    not_counted: list[UncountedStatement] = Field(
        description="Answers to these points, to their parts or to the whole proposals that count for none of the points: of parties that"
        " were not asked, answers to a piece of a point, and answers over which another one takes precedence. With `party=`, only"
        " those of the party.",
        examples=[[]],
    )
