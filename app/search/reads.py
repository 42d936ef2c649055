"""What a search answers."""

from typing import Literal

from pydantic import BaseModel, Field

from app.envelopes import Facet
from app.examples import PROCESS, RUSSIA
from app.reading.dates import Dated
from app.refs import PartyRef, ProcessRef
from app.scalars import EdtfText

_SNIPPET = "<mark>Neutrality</mark>: Ukraine joins no military alliance or coalition"


class Hit(Dated):
    """A record that was found."""

    type: str = Field(description="Its collection.", examples=["demands"])
    slug: str = Field(description="Its slug.", examples=["russian-memorandum-2025-06-02-i-2a"])
    title: str = Field(
        description="Its name or title; where it has none, the beginning of its text. Plain text.",
        examples=["Neutrality: Ukraine joins no military alliance or coalition"],
    )
    snippet: str | None = Field(
        description="The place in its text that was found, as HTML: the words stand in `<mark>`, and all else is escaped,"
        " so that it can be shown as it is. null = it has no text besides its title, and was found by a name.",
        examples=[_SNIPPET],
    )
    score: float = Field(
        description="How well it fits, from 0 to 1; good for comparing within one answer.", examples=[0.29]
    )
    matched: Literal["words", "name", "similar"] = Field(
        description="By what it was found: words of its text, one of its names, or a name or title spelt alike.",
        examples=["words"],
    )
    date: EdtfText | None = Field(
        description="Its day (EDTF): start, tabling, publication…; null = it has none.", examples=["2025-06-02"]
    )
    process: ProcessRef | None = Field(
        description="The negotiation it belongs to; null = it belongs to none, or is one itself.", examples=[PROCESS]
    )
    parties: list[PartyRef] = Field(
        description="Who negotiates (of a process), sat there (talk), put it forward (proposal), makes it (demand), answered"
        " (response), agreed (agreement) or says so (assessment); of a person the own party; else empty.",
        examples=[[RUSSIA]],
    )
    url: str = Field(description="Its address.", examples=["/v1/demands/russian-memorandum-2025-06-02-i-2a"])


class SearchInfo(BaseModel):
    """Where this page of a search stands."""

    limit: int = Field(description="How many records a page holds.", examples=[20])
    next: str | None = Field(description="Cursor of the next page; null = this is the last.", examples=[None])


class Results(BaseModel):
    """One page of what a search found, the best first."""

    data: list[Hit] = Field(description="The records, the best first.")
    page: SearchInfo = Field(description="Where this page stands.")
    facets: dict[str, Facet] = Field(
        description="What was found, counted as `facets=` asks, in the form that lists have; `at_least`: of some collection"
        " more match, and the best were chosen.",
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
        description="The words as records here spell them, where nothing was found as it was written; null = all is well,"
        " or nothing comes near.",
        examples=["memorandum"],
    )


class Neighbour(Dated):
    """A demand that shares words with another."""

    slug: str = Field(description="Its slug.", examples=["istanbul-communique-2022-1"])
    text: str = Field(
        description="What is demanded.",
        examples=["Ukraine declares itself permanently neutral under international legal guarantees"],
    )
    process: str = Field(description="The negotiation (slug).", examples=["russia-ukraine"])
    proposal: str = Field(description="The proposal (slug) that it stands in.", examples=["istanbul-communique-2022"])
    tabled_on: EdtfText | None = Field(
        description="Day of its proposal (EDTF); null = unknown.", examples=["2022-03-29"]
    )
    issues: list[str] = Field(description="Codes of its issues, the main one first.", examples=[["EXTL.NEUTRALITY"]])
    score: float = Field(
        description="How alike they are, from 0 to 1: 0.7 parts the weight of the words they share (rare ones weigh"
        " more), 0.3 parts the letters they share.",
        examples=[0.41],
    )
    shared: list[str] = Field(
        description="Stems of the words they share, the rarest first.", examples=[["neutral", "guarante"]]
    )
    is_same_proposal: bool = Field(description="Whether both stand in one proposal.", examples=[False])
    url: str = Field(description="Its address.", examples=["/v1/demands/istanbul-communique-2022-1"])


class Neighbours(BaseModel):
    """The demands that are most like one of them."""

    demand: str = Field(description="The demand they are like (slug).", examples=["russian-memorandum-2025-06-02-i-2a"])
    by: Literal["lexemes"] = Field(
        description="What likeness means here: shared words and letters. The meaning is not looked at: two demands that"
        " say the same in other words are not alike.",
        examples=["lexemes"],
    )
    data: list[Neighbour] = Field(description="The demands, the most alike first.")
