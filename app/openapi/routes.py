"""Routes of the OpenAPI document, whole or for one tag, and of `/llms.txt`."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from app.errors import ApiError, ProblemType, Violation, nearest, quoted
from app.openapi.llms import llms_text
from app.openapi.parts import document_part, tags_of
from app.web.examples import Example
from app.web.read_response import base_of


class PartQuery(BaseModel):
    """Query of `/openapi.json`."""

    model_config = ConfigDict(extra="forbid")

    tag: str | None = Field(None, description="Only the operations of this tag.", examples=["demands"])


def make_openapi_router(document: Callable[[], dict[str, Any]], examples: Sequence[Example]) -> APIRouter:
    """The routes. `document` generates the OpenAPI document; it takes a second, so it runs in a thread and its result is cached."""
    router = APIRouter(include_in_schema=False)
    lock = asyncio.Lock()
    #: By tag: the bytes, and their ETag.
    cached: dict[str | None, tuple[bytes, str]] = {}

    async def generate() -> dict[str, object]:
        async with lock:
            return await asyncio.to_thread(document)

    @router.get("/openapi.json")
    async def openapi(request: Request, query: Annotated[PartQuery, Query()]) -> HttpResponse:
        tag = query.tag
        if tag not in cached:
            complete = await generate()
            if tag is not None and tag not in (known := tags_of(complete)):
                raise _unknown_tag(tag, known)
            part = complete if tag is None else document_part(complete, tag)
            text = json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()
            cached[tag] = text, hashlib.sha256(text).hexdigest()[:20]
        body, digest = cached[tag]
        headers = {"ETag": f'"{digest}"', "Cache-Control": "public, no-cache"}
        if digest in request.headers.get("if-none-match", ""):
            return HttpResponse(status_code=304, headers=headers)
        return HttpResponse(body, headers=headers, media_type="application/json")

    @router.get("/llms.txt")
    async def llms(request: Request) -> HttpResponse:
        text = llms_text(await generate(), examples, base_of(request))
        return HttpResponse(text, media_type="text/markdown")

    return router


def _unknown_tag(tag: str, known: Sequence[str]) -> ApiError:
    near = nearest(tag, known)
    hint = (f"Did you mean {quoted(near)}? " if near else "") + f"Tags: {', '.join(known)}."
    violation = Violation(f"Unknown tag {quoted(tag, 60)}", parameter="tag", hint=hint)
    return ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])
