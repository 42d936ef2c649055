"""The resources of this package: issues, sources and citations."""

from app.db.references import Citation, Issue, Source
from app.reading.long_tables import LongTableRows
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.references.filters import DEFAULT_SORT, PRESENCE, SORTS, CitationQuery, IssueQuery, SourceQuery
from app.references.formats import CITATION_OFFERS, ISSUE_OFFERS, SOURCE_OFFERS
from app.references.linked_data import HTML, TURTLE
from app.references.read_schemas import (
    CitationDetail,
    CitationSummary,
    IssueDetail,
    IssueSummary,
    SourceDetail,
    SourceSummary,
)
from app.references.rules import CITATION_WRITE_SPEC, ISSUE_WRITE_SPEC, SOURCE_WRITE_SPEC
from app.references.skos import issue_as
from app.resources.resource import Described, Resource
from app.schemas.record_reads import RECORD_ROWS

ISSUES = Resource(
    ReadSpec(
        "issues",
        Issue,
        IssueSummary,
        IssueDetail,
        IssueQuery,
        sorts=SORTS["issues"],
        default_sort=DEFAULT_SORT["issues"],
        presence=PRESENCE["issues"],
        search=SearchSpec(),
        rows={
            **RECORD_ROWS,
            "narrower_issue": LongTableRows("narrower"),
            "exact_code": LongTableRows("exact_match"),
            "close_code": LongTableRows("close_match"),
        },
        offers=ISSUE_OFFERS,
    ),
    ISSUE_WRITE_SPEC,
    described=Described((TURTLE, HTML), issue_as),
    noun="issue",
    definition="An **issue** of the taxonomy. `issue=` also matches the issues below it.",
    docs_position=12,
    about="The taxonomy of negotiation issues, in two levels.",
    example="broader=EXTL",
    record="terr",
    draft={
        "code": "TERR.EXCLAVE",
        "label": "Exclaves",
        "broader": "TERR",
        "definition": "Access to territory enclosed by that of another party.",
    },
)

SOURCES = Resource(
    ReadSpec(
        "sources",
        Source,
        SourceSummary,
        SourceDetail,
        SourceQuery,
        sorts=SORTS["sources"],
        default_sort=DEFAULT_SORT["sources"],
        presence=PRESENCE["sources"],
        search=SearchSpec(("published",)),
        rows={
            **RECORD_ROWS,
            "author": LongTableRows("authors"),
        },
        offers=SOURCE_OFFERS,
    ),
    SOURCE_WRITE_SPEC,
    noun="source",
    definition="A **source** is a document that can be consulted, whether or not it supports a claim.",
    docs_position=13,
    about="Documents that can be consulted, with publisher and date of publication.",
    example="kind=news&published_from=2025-06-01",
    record="moscow-times-2025-06-02-memorandum",
    draft={
        "title": "Talks resume in Istanbul",
        "kind": "news",
        "publisher": "The Moscow Times",
        "published": "2026-06-09",
        "url": "https://example.org/2026/06/09/talks-resume",
    },
)

CITATIONS = Resource(
    ReadSpec(
        "citations",
        Citation,
        CitationSummary,
        CitationDetail,
        CitationQuery,
        sorts=SORTS["citations"],
        default_sort=DEFAULT_SORT["citations"],
        presence=PRESENCE["citations"],
        rows={
            **RECORD_ROWS,
            "attribution_link": LongTableRows("attribution"),
        },
        offers=CITATION_OFFERS,
    ),
    CITATION_WRITE_SPEC,
    noun="citation",
    definition="A **citation** is the place in a source that supports, contradicts or is silent on one statement of"
    " one record, down to a single field.",
    docs_position=14,
    about="Places in sources that support, contradict or are silent on individual statements.",
    example="verdict=contradicts",
    record="article-2025-06-02-1-1-per-moscow-times-2025-06-02-memorandum",
    draft={
        "source": "tass-2025-06-02-main-provisions-of-the-russian-memorandum",
        "target": "talks/istanbul-2025-06-02",
        "verdict": "supports",
        "field": "/start",
        "locator": "headline",
        "coder": "seed",
    },
)
