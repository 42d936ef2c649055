"""The report of the demands that are similar to a given demand."""

import json

from app.reading.unknown_names import fetch_checked_row
from app.resources.empty_answers import Causes, NoRows
from app.resources.report import Report, ReportRequest, ReportRows
from app.search.filters import SimilarQuery
from app.search.schemas import Neighbour, NeighboursRest
from app.search.statements.similar import prepare_similar, select_similar


async def _similar(request: ReportRequest) -> ReportRows:
    reader, slug = request.reader, request.key
    assert slug is not None
    row = await fetch_checked_row(
        reader, prepare_similar(slug, request.query, reader.collections), select_similar, request.query
    )
    extra = {"demand": slug, "by": "lexemes"}
    return ReportRows(json.loads(row["body"]), row["revision"], row["revised_at"], extra=extra)


SIMILAR = Report(
    name="Neighbours",
    operation="listSimilarDemands",
    path="/demands/{key}/similar",
    tag="search",
    summary="List similar demands",
    about="Lists demands of all proposals (reference accounts) that share words with this one, the most similar first;"
    " rare words have more weight than common words. Similarity is measured by words and letters, not by meaning.",
    example="/v1/demands/russian-memorandum-2025-06-02-i-2a/similar",
    query=SimilarQuery,
    row=Neighbour,
    fetch=_similar,
    extra=NeighboursRest,
    causes=Causes((), NoRows.NOTHING_SIMILAR),
    of="demands",
    # The rarity of words is taken from PostgreSQL's statistics. They change without a revision, so the scores may
    # change too.
    is_tagged=False,
    collections=("demands",),
    data="The demands, the most similar first.",
)

REPORTS = (SIMILAR,)
