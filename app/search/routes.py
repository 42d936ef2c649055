"""One search through all collections, and the demands that are like one."""

import json
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi import Response as HttpResponse

from app.collection import ONE_PROBLEMS, READ_PROBLEMS, Key, reader_at
from app.db.vocabulary import Scope
from app.forms import only_json
from app.reading.cursor import seal
from app.reading.query import DetailQuery
from app.reading.reader import Moved
from app.search.filters import SearchQuery, SimilarQuery
from app.search.queries.results import select_results
from app.search.queries.searched import RANKED
from app.search.queries.similar import prepare_similar, select_similar
from app.search.reads import Neighbours, Results
from app.search.shapes import prepare_search
from app.web.access import Principal, require
from app.web.answers import answered, moved, next_page
from app.web.lean import LeanRouter
from app.web.openapi import LISTED, sends

router = LeanRouter("/v1", ["search"])
Read = Annotated[Principal, Depends(require(Scope.READ))]


@router.get(
    "/search",
    operation_id="search",
    summary="Search all collections",
    description="Processes, talks, proposals, demands, responses, agreements, assessments, parties, people, places,"
    " issues and sources that hold the words, the best first: a name as it was written before one that begins so, that"
    " before a title, a title before a text, words near each other before words far apart; after all of these names that"
    " hold the words inside one of their own, and last what is only spelt alike. Words are found in any of"
    " their forms, as the record's language has them (`lang`), with or without accents; no word is too common. Of each"
    f" collection {RANKED} records are ranked at most; where more match, `facets` say `at_least`. A list takes the same"
    " in `q` and answers in its own order; it finds no misspelt names, and its `lang` is that of the record's own words."
    "\n\nFor example: `GET /v1/search?q=neutrality&lang=ru`",
    responses={**READ_PROBLEMS, 200: {"model": Results, "headers": LISTED}},
    response_class=HttpResponse,
)
async def search(request: Request, query: Annotated[SearchQuery, Query()], _: Read) -> HttpResponse:
    only_json(request)
    reader = await reader_at(request, query)
    prepared = prepare_search(query, reader.collections, reader.secret)
    row = await reader.row(prepared, select_results, query)
    goes_on = 0 < query.limit < row["found"]
    end = seal(reader.secret, prepared.question, json.loads(row["last"])) if goes_on else None
    rest = {
        "page": {"limit": query.limit, "next": end},
        "facets": json.loads(row["facets"]),
        "did_you_mean": row["did_you_mean"],
    }
    body = b'{"data":' + row["body"].encode() + b"," + json.dumps(rest, ensure_ascii=False).encode()[1:]
    return answered(
        request,
        body,
        revision=row["revision"],
        at=row["revised_at"],
        collections=prepared.shape.types,
        headers=next_page(request, end),
        is_settled=reader.is_settled,
    )


@router.get(
    "/demands/{key}/similar",
    operation_id="listSimilarDemands",
    summary="List demands that are like one",
    description="Demands of any proposal (reference accounts) that share words with this one, the most alike first; rare"
    " words weigh more than common ones. Likeness is of words and letters, not of meaning.\n\nFor example:"
    " `GET /v1/demands/russian-memorandum-2025-06-02-i-2a/similar`",
    responses={
        **ONE_PROBLEMS,
        200: {"model": Neighbours, "headers": sends("Parley-Revision")},
        308: {"description": "The demand has another slug now."},
    },
    response_class=HttpResponse,
)
async def similar(request: Request, key: Key, query: Annotated[SimilarQuery, Query()], _: Read) -> HttpResponse:
    only_json(request)
    reader = await reader_at(request, query)
    # Unknown, withdrawn and renamed demands are answered as the demand itself would be.
    found = await reader.one("demands", key, DetailQuery(fields=["slug"]))
    if isinstance(found, Moved):
        return moved(request, f"/v1/demands/{found.slug}/similar")
    row = await reader.row(prepare_similar(found.slug, query, reader.collections), select_similar, query)
    told = json.dumps({"demand": found.slug, "by": "lexemes"}).encode()[:-1]
    body = told + b',"data":' + row["body"].encode() + b"}"
    # How rare a word is comes from PostgreSQL's statistics, which change without a revision: so may the scores.
    at, revision = row["revised_at"], row["revision"]
    return answered(request, body, revision=revision, at=at, collections=["demands"], is_tagged=False)
