"""Responses of an import: the progress stream, the summary alone, or a problem."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from fastapi import Response as HttpResponse

from app.errors import ApiError, ProblemType, Violation
from app.ingest.import_media_types import JSON
from app.ingest.report import Progress, Summary
from app.web.problem_responses import problem_response

Event = Progress | Summary


def json_summary(summary: Summary) -> HttpResponse:
    """Return the summary alone, as JSON."""
    return HttpResponse(summary.model_dump_json(by_alias=True), media_type=JSON, headers={"Cache-Control": "no-store"})


async def serialized(first: Event, others: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes]:
    """Yield the events as lines of NDJSON."""
    async with aclosing(others):
        yield first.model_dump_json(by_alias=True).encode() + b"\n"
        async for event in others:
            yield event.model_dump_json(by_alias=True).encode() + b"\n"


def import_problem(request: Request, summary: Summary, error: ApiError | None) -> HttpResponse:
    """Return the problem details for an import that ended before any of the response was sent: 422 for invalid
    lines, or the status of the error that interrupted the import."""
    kind = error.kind if error is not None else ProblemType.INVALID
    violations = [
        Violation(
            f"Line {violation.line}: {violation.message}",
            pointer=f"/{violation.line}{violation.pointer}",
            hint=violation.hint,
        )
        for violation in summary.faults
    ]
    return problem_response(request.scope, kind, summary.detail, violations, error.headers if error else None)
