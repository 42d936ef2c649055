"""What a search takes."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.domain.types import IssueKey, Lang, PartyKey, ProcessKey
from app.reading.filters import To
from app.reading.query import Many, PastQuery


class SearchedType(StrEnum):
    """Collections that a search looks through."""

    PROCESSES = "processes"
    TALKS = "talks"
    PROPOSALS = "proposals"
    DEMANDS = "demands"
    RESPONSES = "responses"
    AGREEMENTS = "agreements"
    ASSESSMENTS = "assessments"
    PARTIES = "parties"
    PEOPLE = "people"
    PLACES = "places"
    ISSUES = "issues"
    SOURCES = "sources"


class SearchFacet(StrEnum):
    """What a search counts."""

    TYPE = "type"
    PROCESS = "process"
    PARTY = "party"


class Accounts(StrEnum):
    """Which tellings of a proposal are searched."""

    REFERENCE = "reference"
    ALL = "all"


class SearchQuery(PastQuery):
    """A search through all collections."""

    q: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Words, in any of their forms and of any language. Quotes make a phrase, `OR` stands between"
        " alternatives, `-` excludes, `memorand*` is the beginning of a word; other signs mean nothing. Up to 32 words."
        " Names of people, parties and places are found by a part and when they are misspelt, titles when hardly"
        " anything else is found.",
        examples=["Umierov"],
    )
    type: Many[SearchedType] | None = Field(
        None, description="Only these collections.", examples=[["demands", "proposals"]]
    )
    lang: Many[Lang] | None = Field(
        None,
        description="Only records in this language (BCP 47): their own words, one of their names, the text of their"
        " proposal or account, or a source that is cited for them.",
        examples=[["ru"]],
    )
    process: Annotated[Many[ProcessKey] | None, To("processes", "process_id", below=True)] = Field(
        None,
        description="Only what belongs to this negotiation or those below it. Collections whose list has no `process`"
        " are not searched.",
        examples=[["russia-ukraine"]],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "party_id")] = Field(
        None,
        description="Only what has to do with this party, as `party` of each list has it. Collections whose list has no"
        " `party` are not searched.",
        examples=[["russia"]],
    )
    account: Accounts = Field(
        Accounts.REFERENCE,
        description="`reference`: demands of each proposal's reference account; `all`: of all accounts.",
        examples=["all"],
    )
    facets: Many[SearchFacet] | None = Field(
        None,
        description="What is counted over all records that were found: `type` (where this is left out), `process`, `party`."
        " A value counts what the filter of its name finds.",
        examples=[["type", "process"]],
    )
    limit: Annotated[int, Field(ge=0, le=100)] = Field(
        20, description="How many records a page holds. 0: no records, only `facets`.", examples=[20]
    )
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="Where the last page ended: `page.next` of its answer.", examples=[None]
    )


class SimilarQuery(PastQuery):
    """Which neighbours of a demand."""

    issue: Annotated[Many[IssueKey] | None, To("issues", "issues.issue_id", below=True)] = Field(
        None, description="Only demands on this issue or those below it.", examples=[["EXTL"]]
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(10, description="How many at most.", examples=[10])
