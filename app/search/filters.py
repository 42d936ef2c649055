"""Query parameters of the search and of similar demands."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, create_model

from app.domain.keys import IssueKey, PartyKey, ProcessKey
from app.domain.types import Lang
from app.reading.filters import To
from app.reading.query import ClockQuery, Many
from app.resources.report import ReportOptions


class SearchFacet(StrEnum):
    """Facets of a search."""

    TYPE = "type"
    PROCESS = "process"
    PARTY = "party"


class Accounts(StrEnum):
    """Which accounts of a proposal are searched."""

    REFERENCE = "reference"
    ALL = "all"


_TYPE: Any = Field(None, description="Only records in these collections.", examples=[["demands", "proposals"]])


class SearchQuery(ClockQuery):
    """Query parameters of the search."""

    q: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Words to search for, in any inflection and any language; up to 32. Use quotes for a phrase, `OR` between"
        " alternatives, `-` to exclude a word, and `memorand*` for the beginning of a word; other punctuation is ignored."
        " Names of people, parties and places also match in part and when misspelled. Misspelled titles only match if"
        " there are hardly any other results.",
        examples=["Umierov"],
    )
    type: Many[str] | None = _TYPE
    lang: Many[Lang] | None = Field(
        None,
        description="Only records in this language (BCP 47). The language may be that of the record, one of its names, its"
        " proposal or account, or a source that it cites.",
        examples=[["ru"]],
    )
    process: Annotated[Many[ProcessKey] | None, To("processes", "process_id", below=True)] = Field(
        None,
        description="Only records of this process or its subprocesses. Collections without a `process` filter are not"
        " searched.",
        examples=[["russia-ukraine"]],
    )
    party: Annotated[Many[PartyKey] | None, To("parties", "party_id")] = Field(
        None,
        description="Only records related to this party, as in the `party` filter of each collection. Collections without a"
        " `party` filter are not searched.",
        examples=[["russia"]],
    )
    account: Accounts = Field(
        Accounts.REFERENCE,
        description="Which demands to search: those in the reference account of each proposal (`reference`), or those in all"
        " accounts (`all`).",
        examples=["all"],
    )
    facets: Many[SearchFacet] | None = Field(
        None,
        description="Facets to count over all results: `type` (the default), `process`, `party`. The count of a value is the"
        " number of results that the filter of the same name would return.",
        examples=[["type", "process"]],
    )
    limit: Annotated[int, Field(ge=0, le=100)] = Field(
        20, description="Maximum number of records per page; 0 returns only `facets`.", examples=[20]
    )
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="Start of the page: `page.next` of the previous page.", examples=[None]
    )


def make_search_query(collections: Iterable[str]) -> type[SearchQuery]:
    """The query parameters of a search through these collections."""
    enum: Any = StrEnum
    searched = enum("SearchedType", {name.upper(): name for name in collections})
    searched.__doc__ = "Collections that can be searched."
    many: Any = Many[searched]  # type: ignore[valid-type]
    return create_model("SearchQuery", __base__=SearchQuery, type=(many | None, _TYPE))


class SimilarQuery(ClockQuery, ReportOptions):
    """Query parameters of similar demands."""

    issue: Annotated[Many[IssueKey] | None, To("issues", "issues.issue_id", below=True)] = Field(
        None, description="Only demands about this issue or its subissues.", examples=[["EXTL"]]
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(10, description="Maximum number of demands.", examples=[10])
