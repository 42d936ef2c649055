"""Idempotent writes: requests with the same `Idempotency-Key` are executed once.

A route declares `once: Annotated[Once, Depends(once)]` and returns `await once.answer(…)`. The write and the row that
marks its key as used are one transaction, so that a killed server leaves both or neither. The response is stored after
the COMMIT.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation
from app.resources.state import server_state
from app.web.access import Principal, require
from app.writing.idempotency import AlreadyDoneError, IdempotencyKey, StoredResult, find_stored_result, store_response
from app.writing.intents import WriteResult

HEADER = "Idempotency-Key"
#: Header of a response that repeats the response to an earlier request.
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: Response headers that are stored: those that describe the response, not the connection.
_STORED_HEADERS = ("content-type", "content-location", "etag", "location", "parley-revision")
#: Largest response body that is stored, in bytes. If the request is repeated, a larger response is rebuilt from the
#: current records.
_MAX_STORED_BYTES = 1_048_576


class Write(Protocol):
    """Executes the write and stores its idempotency key in the same transaction. Usually a `partial` of a writer method."""

    def __call__(self, *, idempotency_key: IdempotencyKey | None) -> Awaitable[WriteResult]:
        """Execute the write; `idempotency_key` is None if the request has no idempotency key."""
        ...


MakeResponse = Callable[[WriteResult], Awaitable[HttpResponse]]


class IdempotentRequest:
    """One request and its idempotency key, if any."""

    def __init__(self, request: Request, key: str | None, editor: Principal) -> None:
        self.request = request
        self.key = key
        self.key_id = UUID(editor.key_id) if editor.key_id else None

    def idempotency_key(self, body: object) -> IdempotencyKey | None:
        """Return the key and the digest of the request; None if it has no key. `body` is bytes or JSON data."""
        if self.key is None or self.key_id is None:
            return None
        sent = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
        url = self.request.url
        about = f"{self.request.method} {url.path}?{url.query}\n".encode()
        digest = hashlib.sha256(about + sent).digest()
        return IdempotencyKey(
            self.key_id, self.key, digest, timedelta(hours=server_state(self.request).idempotency_hours)
        )

    async def answer(self, body: object, write: Write, make_response: MakeResponse) -> HttpResponse:
        """Execute the write and return its response, or return the stored response of the first request with this key.

        `write` must pass its argument on to the writer. `make_response` builds a response from the result of the write.
        If the first response was not stored, it is also called when the request is repeated. Raises ApiError (422) if
        the key was used for another request."""
        idempotency_key = self.idempotency_key(body)
        if idempotency_key is None:
            return await make_response(await write(idempotency_key=None))
        engine = server_state(self.request).writer.engine
        if done := await find_stored_result(engine, idempotency_key):
            return await self.replay(idempotency_key, done, make_response)
        try:
            result = await write(idempotency_key=idempotency_key)
        except AlreadyDoneError as already:
            return await self.replay(idempotency_key, already.done, make_response)
        response = await make_response(result)
        await self.keep(idempotency_key, response)
        return response

    async def replay(
        self, idempotency_key: IdempotencyKey, done: StoredResult, make_response: MakeResponse
    ) -> HttpResponse:
        """Return the stored response, or build a new one if none was stored."""
        if done.request != idempotency_key.request:
            raise key_reused_error()
        if done.status is None:
            response = await make_response(done.result)
        else:
            response = HttpResponse(done.body, done.status)
            response.headers.update({**done.headers, "Cache-Control": "no-store"})
        response.headers[REPLAYED] = "true"
        return response

    async def keep(self, idempotency_key: IdempotencyKey, response: HttpResponse) -> None:
        """Store this response for repetitions of the request."""
        body = bytes(response.body)
        if len(body) > _MAX_STORED_BYTES:
            return
        headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
        await store_response(
            server_state(self.request).writer.engine, idempotency_key, response.status_code, headers, body
        )


def key_reused_error() -> ApiError:
    """Return the error for a key that was used for another request."""
    hint = "Use a new key, such as a UUID, for each request; reuse a key only to repeat the same request."
    violation = Violation("The key was used for a different request", parameter=HEADER, hint=hint)
    return ApiError(ProblemType.INVALID, f"The `{HEADER}` was used for a different request.", [violation])


async def run_once(
    request: Request,
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    # Not named `key`, because that is the name of a path parameter.
    given: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="A key of 1 to 255 visible ASCII characters, such as a UUID, that makes the request safe to repeat:"
            " the same request returns the first response again and writes nothing, while a different one is rejected"
            " (422). Keys of successful requests are stored for a day.",
            examples=["6f3a2f0e-1b1c-4c8e-9d59-0f6d2a6f3f10"],
        ),
    ] = None,
) -> IdempotentRequest:
    """FastAPI dependency of routes that write. Raises ApiError (422) if the header is not a valid key."""
    if len(request.headers.getlist(HEADER)) > 1:
        raise _invalid_key_error("The header was sent more than once", "Send one key.")
    if given is not None and not _KEY.fullmatch(given):
        raise _invalid_key_error(
            "Not a valid key", "Send 1 to 255 visible ASCII characters without spaces, such as a UUID."
        )
    return IdempotentRequest(request, given, editor)


def _invalid_key_error(message: str, hint: str) -> ApiError:
    return ApiError(ProblemType.INVALID, f"`{HEADER}`: {message}.", [Violation(message, parameter=HEADER, hint=hint)])
