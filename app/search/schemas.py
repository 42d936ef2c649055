"""Response schemas of the search and of similar demands."""

from typing import Literal

from pydantic import BaseModel, Field

from app.domain.types import EdtfText
from app.reading.date_bounds import Dated
from app.resources.empty_answers import ReasonOfAnswer
from app.schemas.examples import PROCESS, RUSSIA
from app.schemas.pages import Facet
from app.schemas.refs import PartyRef, ProcessRef

_SNIPPET = "<mark>Neutrality</mark>: Ukraine joins no military alliance or coalition"


class Hit(Dated):
    """A search result."""

    type: str = Field(description="Collection of the record.", examples=["demands"])
    slug: str = Field(description="Slug of the record.", examples=["russian-memorandum-2025-06-02-i-2a"])
    title: str = Field(
        description="Name or title of the record, or else the beginning of its text. Plain text.",
        examples=["Neutrality: Ukraine joins no military alliance or coalition"],
    )
    snippet: str | None = Field(
        description="The matching part of the record's text as safe HTML: matches are in `<mark>`, everything else is escaped."
        " null = the record has no text besides its title and was found by a name.",
        examples=[_SNIPPET],
    )
    score: float = Field(description="Relevance from 0 to 1. Compare scores only within one response.", examples=[0.29])
    matched: Literal["words", "name", "similar"] = Field(
        description="What matched: words of the record's text (`words`), one of its names (`name`), or a name or title with a similar"
        " spelling (`similar`).",
        examples=["words"],
    )
    date: EdtfText | None = Field(
        description="Date of the record (EDTF), such as the start of a talk or the tabling of a proposal; null = none.",
        examples=["2025-06-02"],
    )
    process: ProcessRef | None = Field(
        description="The process to which the record belongs; null = none, or the record is a process.",
        examples=[PROCESS],
    )
    parties: list[PartyRef] = Field(
        description="Parties of the record: the negotiating parties of a process, the participants of a talk, the authors of a"
        " proposal, the claimants of a demand, the responder of a response, the parties to an agreement, the author of an"
        " assessment, or the party of a person. Empty for other records.",
        examples=[[RUSSIA]],
    )
    url: str = Field(description="URL path of the record.", examples=["/v1/demands/russian-memorandum-2025-06-02-i-2a"])


class SearchInfo(BaseModel):
    """Position of a page of search results."""

    limit: int = Field(description="Maximum number of records per page.", examples=[20])
    next: str | None = Field(description="Cursor of the next page; null = this is the last page.", examples=[None])


class Results(BaseModel):
    """A page of search results, best first."""

    data: list[Hit] = Field(description="The results, best first.")
    page: SearchInfo = Field(description="Position of this page.")
    facets: dict[str, Facet] = Field(
        description="The facets requested with `facets=`, in the same format as for lists. `is` is `at_least` if a collection"
        " has more matches than are ranked; only the ranked matches are counted.",
        examples=[
            {
                "type": {
                    "values": [{"value": "demands", "label": None, "level": None, "parent": None, "count": 8}],
                    "more": False,
                    "of": 8,
                    "is": "exact",
                }
            }
        ],
    )
    did_you_mean: str | None = Field(
        description="The query, corrected to the spelling of similar names and titles, if it matched nothing; null = the query"
        " matched, or nothing is similar.",
        examples=["memorandum"],
    )


class Neighbour(Dated):
    """A demand that shares words with another."""

    slug: str = Field(description="Slug of the demand.", examples=["istanbul-communique-2022-1"])
    text: str = Field(
        description="Text of the demand.",
        examples=["Ukraine declares itself permanently neutral under international legal guarantees"],
    )
    process: str = Field(description="Slug of the process.", examples=["russia-ukraine"])
    proposal: str = Field(
        description="Slug of the proposal that contains the demand.", examples=["istanbul-communique-2022"]
    )
    tabled_on: EdtfText | None = Field(
        description="Date on which the proposal was tabled (EDTF); null = unknown.", examples=["2022-03-29"]
    )
    issues: list[str] = Field(
        description="Codes of the demand's issues, the primary issue first.", examples=[["EXTL.NEUTRALITY"]]
    )
    score: float = Field(
        description="Similarity from 0 to 1: 70% from shared words, where rare words weigh more, and 30% from shared"
        " letters.",
        examples=[0.41],
    )
    shared: list[str] = Field(
        description="Stems of the shared words, rarest first.", examples=[["neutral", "guarante"]]
    )
    is_same_proposal: bool = Field(description="Whether both demands are in the same proposal.", examples=[False])
    url: str = Field(description="URL path of the demand.", examples=["/v1/demands/istanbul-communique-2022-1"])


class NeighboursRest(ReasonOfAnswer):
    """The fields besides the demands."""

    demand: str = Field(
        description="Slug of the demand to which the listed demands are similar.",
        examples=["russian-memorandum-2025-06-02-i-2a"],
    )
    by: Literal["lexemes"] = Field(
        description="Method of comparison. `lexemes` compares words and letters, not meaning: two demands that say the same"
        " in different words are not similar.",
        examples=["lexemes"],
    )
