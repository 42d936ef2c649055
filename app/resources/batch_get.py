"""`POST …/batch-get`: reads many records of a collection by key in one request.

It is a POST because 500 keys do not fit into a URL. It accepts the parameters of a GET of a single record, needs the
scope `read`, and makes no revision.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from app.db.vocabulary import Scope
from app.domain.keys import RecordKey
from app.domain.texts import Line
from app.domain.types import Instant, instant
from app.errors import ApiError, ProblemType, count_errors
from app.reading.batch_get import BatchResult, read_batch, violations_of_keys
from app.reading.known_to import at_clocks
from app.reading.query import FORMAT_PARAMETERS
from app.reading.read_spec import ReadSpec
from app.resources.state import server_state
from app.schemas.pages import PartialRecord, named
from app.web.access import READS, Principal, require
from app.web.json_body import read_json
from app.web.media_types import JSON, PARTIAL_JSON
from app.web.problem_responses import problems
from app.web.route_docs import sends
from app.web.validation import violations_of_body

T = TypeVar("T")
MOST_KEYS = 500


class Missing(BaseModel):
    """A key that matches no record."""

    key: str = Field(description="The key as sent in the request.", examples=["rusia"])
    position: int = Field(description="The index of the key in `keys`, from 0.", examples=[3])
    hint: str | None = Field(description="A suggestion; null = no similar key.", examples=["Did you mean 'russia'?"])


class Withdrawn(BaseModel):
    """The key of a withdrawn record."""

    key: str = Field(description="The key as sent in the request.", examples=["twice-coded"])
    position: int = Field(description="The index of the key in `keys`, from 0.", examples=[4])
    slug: str = Field(description="The slug of the record.", examples=["twice-coded"])
    at: Instant = Field(
        description="The time at which the record was withdrawn (UTC).", examples=["2026-11-23T12:00:00+00:00"]
    )
    reason: str = Field(description="The reason for the withdrawal.", examples=["coded twice"])


class MovedKey(BaseModel):
    """A key that is a former slug; the record itself is in `data` or in `withdrawn`."""

    key: str = Field(description="The key as sent in the request.", examples=["russian-federation"])
    position: int = Field(description="The index of the key in `keys`, from 0.", examples=[0])
    slug: str = Field(description="The current slug.", examples=["russia"])


class Batch(BaseModel, Generic[T]):
    """The result for each key, which is in `data`, in `missing` or in `withdrawn`."""

    data: list[T] = Field(description="The records found, in the order of the keys.")
    missing: list[Missing] = Field(description="The keys that match no record, or more than one.")
    withdrawn: list[Withdrawn] = Field(description="The keys of withdrawn records, with the reason.")
    moved: list[MovedKey] = Field(
        description="The keys that are former slugs, or identify a record that was merged into another."
    )


class PartialBatch(Batch[PartialRecord]):
    """The result for each key, with the fields requested with `fields`."""


def keys_schema(read_spec: ReadSpec, title: str) -> type[BaseModel]:
    """Return the schema of the request body: the keys, and the query parameters of a single record of the collection."""
    shown = {
        "include": "The branches to add, as in lists or, with `whole`, as in a single record. Use dots for nested branches.",
        "fields": "The fields to return. Use dots for nested fields.",
    }
    examples = {"include": [["citations"]], "fields": [["slug", "updated_at"]]}
    fields: dict[str, Any] = {
        "keys": (
            Annotated[list[RecordKey], Field(min_length=1, max_length=MOST_KEYS)],
            Field(
                description=f"The keys of 1 to {MOST_KEYS} records, as slugs, ids or `scheme:value`, in the desired order.",
                examples=[["wikidata:Q159", "istanbul-2025-06-02"]],
            ),
        ),
        "whole": (
            bool,
            Field(
                False,
                description="Whether to return whole records instead of the summaries that lists show.",
                examples=[True],
            ),
        ),
        **{
            name: (
                Annotated[list[Line], Field(min_length=1, max_length=100)] | None,
                Field(None, description=text, examples=examples[name]),
            )
            for name, text in shown.items()
        },
    }
    # The query parameters of a single record, without those for the output format, because the response is always JSON.
    options: dict[str, Any] = {
        name: (Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation, info)
        for name, info in read_spec.detail_query.model_fields.items()
        if name not in (*FORMAT_PARAMETERS, *fields)
    }
    return create_model(
        f"{title}Keys",
        __config__=ConfigDict(extra="forbid"),
        __doc__="The keys of the records to read, and how to return them.",
        **fields,
        **options,
    )


def add_batch(router: APIRouter, read_spec: ReadSpec, title: str) -> None:
    """Add `POST …/batch-get` to the routes of a collection."""
    name, body = read_spec.name, keys_schema(read_spec, title)
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}

    @router.post(
        "/batch-get",
        operation_id=f"batchGet{name.title()}",
        summary=f"Read many {name} by key",
        description=f"Returns up to {MOST_KEYS} {name} in the order of the keys: as in lists, or with `whole: true` as whole"
        " records. Keys of missing or withdrawn records are listed separately, with their position.",
        responses={
            **problems(
                ProblemType.MALFORMED,
                ProblemType.TOO_LARGE,
                ProblemType.MEDIA_TYPE,
                ProblemType.INVALID,
                ProblemType.UNAVAILABLE,
            ),
            200: {
                "model": named(Batch[read_spec.detail | read_spec.row], read_spec.summary),  # type: ignore[name-defined]
                "headers": sends("Parley-Revision"),
                "content": {PARTIAL_JSON: {"schema": {"$ref": "#/components/schemas/PartialBatch"}}},
            },
        },
        openapi_extra={"requestBody": {"required": True, "content": content}, READS: True},
        response_class=HttpResponse,
        name=f"batch_get_{title}",
    )
    async def batch_get(
        request: Request,
        _: Annotated[Principal, Depends(require(Scope.READ))],
    ) -> HttpResponse:
        sent = await read_json(request, server_state(request).max_body_bytes)
        query = await asyncio.to_thread(_parse_body, request, read_spec, body, sent)
        reader = await at_clocks(server_state(request).reader, query)
        found = await read_batch(reader, name, query.keys, query, is_whole=query.whole)
        headers = {"Parley-Revision": str(found.revision), "Cache-Control": "no-store"}
        media_type = PARTIAL_JSON if query.fields else JSON
        return HttpResponse(_to_json(found), headers=headers, media_type=media_type)


def _parse_body(request: Request, read_spec: ReadSpec, body: type[BaseModel], sent: Mapping[str, object]) -> Any:
    try:
        return body.model_validate(sent, strict=True)
    except ValidationError as error:
        schema = read_spec.detail if sent.get("whole") is True else read_spec.row
        violations = violations_of_body(error, body, sent) + violations_of_keys(
            server_state(request).reader, schema, sent
        )
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations) from None


def _to_json(found: BatchResult) -> bytes:
    other_lists = {"missing": found.missing, "withdrawn": found.withdrawn, "moved": found.moved}
    rest_json = json.dumps(other_lists, ensure_ascii=False, separators=(",", ":"), default=instant)
    # The records are JSON text from PostgreSQL; they are concatenated without being parsed.
    return f'{{"data":[{",".join(found.data)}],{rest_json[1:]}'.encode()
