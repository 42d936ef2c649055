"""The seventh route of a collection: many records by their keys, in one answer.

A POST that reads: 500 keys would not fit into an address. It takes what a GET of one record takes, needs the scope
`read`, and makes no revision.
"""

import asyncio
import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from app.db.vocabulary import Scope
from app.domain.types import Instant, Line, RecordKey, instant
from app.errors import ApiError, ProblemType
from app.reading.batch_get import BatchResult, read_batch, violations_of_keys
from app.reading.query import FORMAT_PARAMETERS
from app.reading.read_spec import ReadSpec
from app.schemas.pages import PartialRecord, named
from app.web.access import READS, Principal, require
from app.web.json_body import read_json
from app.web.problem_responses import problems
from app.web.route_docs import PARTIAL_JSON, sends
from app.web.routing import count_of
from app.web.validation import violations_of_body

T = TypeVar("T")
MOST_KEYS = 500


class Missing(BaseModel):
    """A key that leads to no record."""

    key: str = Field(description="The key as it was sent.", examples=["rusia"])
    position: int = Field(description="Its place in `keys`, from 0.", examples=[3])
    hint: str | None = Field(
        description="What was perhaps meant; null = nothing is near.", examples=["Did you mean 'russia'?"]
    )


class Withdrawn(BaseModel):
    """A key whose record was withdrawn."""

    key: str = Field(description="The key as it was sent.", examples=["twice-coded"])
    position: int = Field(description="Its place in `keys`, from 0.", examples=[4])
    slug: str = Field(description="Slug of the record.", examples=["twice-coded"])
    at: Instant = Field(description="When it was withdrawn (UTC).", examples=["2026-11-23T12:00:00+00:00"])
    reason: str = Field(description="Why.", examples=["coded twice"])


class MovedKey(BaseModel):
    """A key that is a former slug; the record itself stands in `data` or in `withdrawn`."""

    key: str = Field(description="The key as it was sent.", examples=["russian-federation"])
    position: int = Field(description="Its place in `keys`, from 0.", examples=[0])
    slug: str = Field(description="The slug of today.", examples=["russia"])


class Batch(BaseModel, Generic[T]):
    """What became of the keys: each one stands in `data`, in `missing` or in `withdrawn`."""

    data: list[T] = Field(description="A record for each key that leads to one, in the order of the keys.")
    missing: list[Missing] = Field(description="The keys that lead nowhere, or to more than one record.")
    withdrawn: list[Withdrawn] = Field(description="The keys whose records were withdrawn, with the reason.")
    moved: list[MovedKey] = Field(description="The keys that are former slugs, or name a record merged into another.")


class PartialBatch(Batch[PartialRecord]):
    """What became of the keys, of each record the fields that `fields` asked for."""


def body_of(read_spec: ReadSpec, title: str) -> type[BaseModel]:
    """The schema of the body: the keys, and what a single record of the collection takes."""
    shown = {
        "include": "Branches to add, dotted for deeper ones; those that lists take, or with `whole` those of one record.",
        "fields": "Only these fields, dotted for nested ones.",
    }
    examples = {"include": [["citations"]], "fields": [["slug", "updated_at"]]}
    fields: dict[str, Any] = {
        "keys": (
            Annotated[list[RecordKey], Field(min_length=1, max_length=MOST_KEYS)],
            Field(
                description=f"The records: slugs, ids or `scheme:value`, 1 to {MOST_KEYS}, in the order wished for.",
                examples=[["wikidata:Q159", "istanbul-2025-06-02"]],
            ),
        ),
        "whole": (
            bool,
            Field(False, description="Records as they are read alone instead of as in lists.", examples=[True]),
        ),
        **{
            name: (
                Annotated[list[Line], Field(min_length=1, max_length=100)] | None,
                Field(None, description=text, examples=examples[name]),
            )
            for name, text in shown.items()
        },
    }
    # The options of a single record, but for the form of the answer: this one is JSON.
    options: dict[str, Any] = {
        name: (Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation, info)
        for name, info in read_spec.detail_query.model_fields.items()
        if name not in (*FORMAT_PARAMETERS, *fields)
    }
    return create_model(
        f"{title}Keys",
        __config__=ConfigDict(extra="forbid"),
        __doc__="Records by their keys.",
        **fields,
        **options,
    )


def add_batch(router: APIRouter, read_spec: ReadSpec, title: str) -> None:
    """Add `POST …/batch-get` to the routes of a collection."""
    name, body = read_spec.name, body_of(read_spec, title)
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}

    @router.post(
        "/batch-get",
        operation_id=f"batchGet{name.title()}",
        summary=f"Read many {name} by key",
        description=f"Returns up to {MOST_KEYS} {name} in the order of the keys, as in lists, or with `whole: true` as they are"
        " read alone. Keys that lead to no record, or to a withdrawn one, are listed beside the data with their position.",
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
        sent = await read_json(request, request.app.state.max_body_bytes)
        asked = await asyncio.to_thread(_asked, request, read_spec, body, sent)
        reader = await request.app.state.reader.at(asked.as_of, asked.known_by)
        found = await read_batch(reader, name, asked.keys, asked, is_whole=asked.whole)
        headers = {"Parley-Revision": str(found.revision), "Cache-Control": "no-store"}
        media_type = PARTIAL_JSON if asked.fields else "application/json"
        return HttpResponse(_written(found), headers=headers, media_type=media_type)


def _asked(request: Request, read_spec: ReadSpec, body: type[BaseModel], sent: dict[str, Any]) -> Any:
    try:
        return body.model_validate(sent, strict=True)
    except ValidationError as error:
        schema = read_spec.detail if sent.get("whole") is True else read_spec.row
        violations = violations_of_body(error, body, sent) + violations_of_keys(request.app.state.reader, schema, sent)
        raise ApiError(ProblemType.INVALID, count_of(violations), violations) from None


def _written(found: BatchResult) -> bytes:
    rest = {"missing": found.missing, "withdrawn": found.withdrawn, "moved": found.moved}
    told = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), default=instant)
    # The records are JSON that PostgreSQL made; they are put together and not read again.
    return f'{{"data":[{",".join(found.data)}],{told[1:]}'.encode()
