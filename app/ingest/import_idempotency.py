"""Imports with an idempotency key: one import per key at a time, with a stored response."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from fastapi import Response as HttpResponse

from app.ingest.import_media_types import NDJSON, wants_only_summary
from app.ingest.import_responses import Event, json_summary
from app.ingest.report import Ending, Summary
from app.ingest.statements import exclusive_lock
from app.resources.idempotency import REPLAYED, IdempotentRequest
from app.web.upload_stream import Incoming
from app.writing.idempotency import StoredResult, store_outcome_alone
from app.writing.intents import WriteResult
from app.writing.writer import Writer


async def with_idempotency(
    run_once: IdempotentRequest, incoming: Incoming, writer: Writer, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """Yield the events of an import with an idempotency key: one import per key at a time, with a stored response.

    The digest of the stream is known only at its end. If the server is killed before the end, no response is stored.
    The same request then repeats the import, and finds the records that were already written.
    """
    idempotency = run_once.idempotency_key(b"")
    assert idempotency is not None
    async with exclusive_lock(writer.engine, f"{idempotency.key_id}:{idempotency.key}"), aclosing(events):
        async for event in events:
            if isinstance(event, Summary) and event.ending is Ending.COMPLETE:
                idempotency = run_once.idempotency_key(incoming.digest.digest())
                assert idempotency is not None
                result = WriteResult(event.last_revision, ())
                await store_outcome_alone(writer.engine, idempotency, result)
                await run_once.keep(idempotency, json_summary(event))
            yield event


async def replay(request: Request, run_once: IdempotentRequest, incoming: Incoming, done: StoredResult) -> HttpResponse:
    """Return the stored response of an import with this idempotency key, if the file is the same."""
    await incoming.drain()
    idempotency = run_once.idempotency_key(incoming.digest.digest())
    assert idempotency is not None
    response = await run_once.replay(idempotency, done, _reconstruct)
    if not wants_only_summary(request):
        headers = {"Cache-Control": "no-store", REPLAYED: response.headers[REPLAYED]}
        response = HttpResponse(bytes(response.body) + b"\n", headers=headers, media_type=NDJSON)
    return response


async def _reconstruct(result: WriteResult) -> HttpResponse:
    """Return a summary for a completed import whose own summary was not stored."""
    detail = "The import was completed; its counts are not available."
    return json_summary(Summary(lines=0, ending=Ending.COMPLETE, detail=detail, last_revision=result.revision))
