"""A write that is done once, however often it is sent: `Idempotency-Key`.

A route gets it by declaration: `once: Annotated[Once, Depends(once)]`, and answers by `once.answer(…)`. What is done and its
receipt are one transaction, so that a server that is killed leaves both or none; the answer is kept afterwards.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, Violation
from app.resources.state import server_state
from app.web.access import Principal, require
from app.writing.idempotency import AlreadyDoneError, Asked, Done, find_done, keep_answer
from app.writing.intents import WriteResult

HEADER = "Idempotency-Key"
#: Tells a client that the answer is the first one again.
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: Headers of an answer that belong to it, and not to the connection on which it came.
_KEPT_HEADERS = ("content-type", "content-location", "etag", "location", "parley-revision")
#: Bytes of an answer that are kept; a longer one is made anew from the records as they are then.
_MOST_KEPT = 1_048_576


class Write(Protocol):
    """Writes, and notes in the same transaction that what was asked is done. Mostly a `partial` of a command."""

    def __call__(self, *, asked: Asked | None) -> Awaitable[WriteResult]:
        """Do it."""
        ...


Tell = Callable[[WriteResult], Awaitable[HttpResponse]]


class IdempotentRequest:
    """One request, and the key that the client gave it, if any."""

    def __init__(self, request: Request, key: str | None, editor: Principal) -> None:
        self.request = request
        self.key = key
        self.key_id = UUID(editor.key_id) if editor.key_id else None

    def asked(self, body: Any) -> Asked | None:
        """What is asked to be done once; None where the client gave no key. `body`: bytes, or JSON data."""
        if self.key is None or self.key_id is None:
            return None
        sent = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
        url = self.request.url
        about = f"{self.request.method} {url.path}?{url.query}\n".encode()
        digest = hashlib.sha256(about + sent).digest()
        return Asked(self.key_id, self.key, digest, timedelta(hours=server_state(self.request).idempotency_hours))

    async def answer(self, body: Any, write: Write, tell: Tell) -> HttpResponse:
        """Write and tell; or tell again what the first request of this key was told.

        `write` passes what it gets on to the writer. `tell` makes an answer of the result, now or, where the first
        answer was lost, later. Raises `ApiError` (422) where the key was used for something else."""
        asked = self.asked(body)
        if asked is None:
            return await tell(await write(asked=None))
        engine = server_state(self.request).writer.engine
        if done := await find_done(engine, asked):
            return await self.again(asked, done, tell)
        try:
            result = await write(asked=asked)
        except AlreadyDoneError as already:
            return await self.again(asked, already.done, tell)
        response = await tell(result)
        await self.keep(asked, response)
        return response

    async def again(self, asked: Asked, done: Done, tell: Tell) -> HttpResponse:
        """The first answer, or one made anew where that was not kept."""
        if done.request != asked.request:
            raise used_otherwise()
        if done.status is None:
            response = await tell(done.result)
        else:
            response = HttpResponse(done.body, done.status)
            response.headers.update({**done.headers, "Cache-Control": "no-store"})
        response.headers[REPLAYED] = "true"
        return response

    async def keep(self, asked: Asked, response: HttpResponse) -> None:
        """Keep this answer for those who ask again."""
        body = bytes(response.body)
        if len(body) > _MOST_KEPT:
            return
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        await keep_answer(server_state(self.request).writer.engine, asked, response.status_code, headers, body)


def used_otherwise() -> ApiError:
    """The refusal of a key that came with another request."""
    hint = "Give each request a key of its own, as in a UUID; only a repetition bears the same."
    violation = Violation("This key was used for another request", parameter=HEADER, hint=hint)
    return ApiError(ProblemType.INVALID, "The Idempotency-Key was used for another request.", [violation])


async def run_once(
    request: Request,
    editor: Annotated[Principal, Depends(require(Scope.WRITE))],
    # Not `key`: an address may have one of its own.
    given: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="Makes the request safe to send again: the same key with the same request gets the first answer"
            " again, and nothing is done twice; with another request it is refused (422). 1 to 255 visible ASCII"
            " characters, best a UUID; kept for a day. Only what succeeded is kept.",
            examples=["6f3a2f0e-1b1c-4c8e-9d59-0f6d2a6f3f10"],
        ),
    ] = None,
) -> IdempotentRequest:
    """The dependency of a route that writes. Raises `ApiError` (422) where the header is no key."""
    if len(request.headers.getlist(HEADER)) > 1:
        raise _no_key("The header stands twice", "Send one key.")
    if given is not None and not _KEY.fullmatch(given):
        raise _no_key("This is no key", "Send 1 to 255 visible ASCII characters without blanks, as in a UUID.")
    return IdempotentRequest(request, given, editor)


def _no_key(message: str, hint: str) -> ApiError:
    return ApiError(ProblemType.INVALID, f"{HEADER}: {message}.", [Violation(message, parameter=HEADER, hint=hint)])
