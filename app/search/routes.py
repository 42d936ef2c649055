"""The endpoint of the search."""

import json
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.reading.cursor import encode_cursor
from app.reading.unknown_names import fetch_checked_row
from app.resources.negotiation import only_json
from app.resources.resource import Resource
from app.resources.route_docs import READ_PROBLEMS
from app.resources.state import reader_at
from app.search.filters import make_search_query
from app.search.schemas import Results
from app.search.statement_keys import SearchKey, prepare_search
from app.search.statements.results import select_results
from app.search.statements.searchable import RANKED
from app.web.access import Principal, require
from app.web.fast_routes import FastRouter
from app.web.read_response import answered, next_page
from app.web.route_docs import LISTED

Read = Annotated[Principal, Depends(require(Scope.READ))]


def make_search(collections: Iterable[Resource]) -> APIRouter:
    """The route that searches all collections that declare how they are searched."""
    router = FastRouter("/v1", ["search"])
    query_model = make_search_query(one.name for one in collections if one.read_spec.search is not None)

    @router.get(
        "/search",
        operation_id="search",
        summary="Search all collections",
        description="Searches all collections and returns the best matches first: exact names, names that begin with the words,"
        " matches in titles and texts, and finally names with a similar spelling. Words match in all inflections of the record's"
        " language (`lang`), with or without accents."
        f"\n\nUp to {RANKED} records of each collection are ranked; if more match, `facets` says `at_least`. `q` on a list accepts"
        " the same syntax, but ignores misspelled names and keeps the order of the list."
        "\n\nExample: `GET /v1/search?q=neutrality&lang=ru`",
        responses={**READ_PROBLEMS, 200: {"model": Results, "headers": LISTED}},
        response_class=HttpResponse,
    )
    async def search(
        request: Request,
        query: Annotated[query_model, Query()],  # type: ignore[valid-type]
        _: Read,
    ) -> HttpResponse:
        only_json(request)
        reader = await reader_at(request, query)
        prepared = prepare_search(query, reader.collections, reader.secret)
        row = await fetch_checked_row(reader, prepared, select_results, query)
        assert isinstance(prepared.statement_key, SearchKey)
        limit = prepared.bound["limit"]
        goes_on = 0 < limit < row["found"]
        end = encode_cursor(reader.secret, prepared.cursor_scope, json.loads(row["last"])) if goes_on else None
        rest = {
            "page": {"limit": limit, "next": end},
            "facets": json.loads(row["facets"]),
            "did_you_mean": row["did_you_mean"],
        }
        body = b'{"data":' + row["body"].encode() + b"," + json.dumps(rest, ensure_ascii=False).encode()[1:]
        return answered(
            request,
            body,
            revision=row["revision"],
            at=row["revised_at"],
            collections=prepared.statement_key.types,
            headers=next_page(request, end),
            is_settled=reader.is_settled,
        )

    return router
