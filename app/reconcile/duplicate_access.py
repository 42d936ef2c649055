"""Access scopes and responses that the endpoints for duplicates share."""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel

from app.db.vocabulary import Scope
from app.errors import ProblemType
from app.web.access import Principal, require
from app.web.media_types import JSON
from app.web.problem_responses import problems
from app.web.read_response import next_page
from app.web.state import web_state

Read = Annotated[Principal, Depends(require(Scope.READ))]
Write = Annotated[Principal, Depends(require(Scope.WRITE))]
LIST_PROBLEMS = problems(ProblemType.INVALID, ProblemType.UNAVAILABLE)
_CODING = re.compile('-(gzip|zstd)"$')


def tagged_response(request: Request, answer: BaseModel) -> HttpResponse:
    """Build a response whose ETag is computed from its bytes. Unlike most responses, it does not depend on the revision
    alone."""
    body = answer.model_dump_json(by_alias=True).encode()
    sent = request.headers
    headers = web_state(request).cache_policy.headers(has_key="authorization" in sent or "x-api-key" in sent)
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    page = getattr(answer, "page", None)
    if page is not None:
        headers |= next_page(request, page.next)
    for tag in sent.get("if-none-match", "").split(","):
        # Compression, which is applied later, adds a suffix to the ETag.
        if _CODING.sub('"', tag.strip().removeprefix("W/")) in (headers["ETag"], "*"):
            return HttpResponse(None, 304, {**headers, "ETag": tag.strip() if tag.strip() != "*" else headers["ETag"]})
    return HttpResponse(body, headers=headers, media_type=JSON)
