"""Parse the bodies of webhook requests into column values. All errors of a body are reported together."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from app.db.webhooks import PauseReason
from app.errors import ApiError, ProblemType, Violation, count_errors
from app.history.change_filter import find_processes
from app.history.changes import parse_position
from app.history.webhooks.addresses import AddressError
from app.history.webhooks.courier import Courier
from app.history.webhooks.schemas import NEW, WebhookChange, WebhookWrite
from app.history.webhooks.signatures import new_secret
from app.reading.unknown_names import unknown_collections
from app.resources.state import reader_of, server_state
from app.resources.write_routes import json_of
from app.web.media_types import MERGE_PATCH
from app.web.validation import violations_of_body

T = TypeVar("T", bound=BaseModel)


async def new_webhook(request: Request) -> tuple[dict[str, object], dict[str, object], str | None]:
    """Parse the body of a POST. Returns the body, the column values, and the secret if the server generated it."""
    body = await json_of(request)
    write, violations = _read(body, WebhookWrite)
    named = write.model_fields_set if violations else set(WebhookWrite.model_fields)
    values, secret = await _values(request, write, named, violations)
    if values.get("revision") is None:
        values.pop("revision", None)
    if not values["is_active"]:
        values["pause_reason"] = PauseReason.ASKED
    return body, values, secret


async def changed_webhook(request: Request) -> tuple[dict[str, object], float | None, str | None]:
    """Parse the body of a PATCH. Returns the changed column values, `overlap_hours` if present, and the secret if the
    server generated one.
    """
    change, violations = _read(await json_of(request, MERGE_PATCH), WebhookChange)
    values, secret = await _values(request, change, change.model_fields_set, violations)
    return values, change.overlap_hours if "overlap_hours" in change.model_fields_set else None, secret


def _read(body: Mapping[str, object], model: type[T]) -> tuple[T | WebhookChange, list[Violation]]:
    """Return the validated body and no violations. If some fields are invalid, return the valid fields and the
    violations.
    """
    try:
        return model.model_validate(body), []
    except ValidationError as error:
        invalid = {one["loc"][0] for one in error.errors() if one["loc"]}
        valid = {name: body[name] for name in body.keys() & WebhookChange.model_fields.keys() - invalid}
        not_null = {name: value for name, value in valid.items() if value is not None}
        return WebhookChange.model_validate(not_null), violations_of_body(error, model, body)


async def _values(
    request: Request, sent: WebhookWrite | WebhookChange, named: set[str], violations: list[Violation]
) -> tuple[dict[str, Any], str | None]:
    """The column values and, if the server generated it, the secret. Raises ApiError with all violations, including
    those passed in.
    """
    reader, violations, secret = reader_of(request), list(violations), None
    values: dict[str, Any] = {name: getattr(sent, name) for name in named - {"after", "overlap_hours"}}
    if "url" in values:
        try:
            server_state(request).part(Courier).sender.check(sent.url)
        except AddressError as error:
            violations.append(Violation(str(error), pointer="/url"))
    violations += unknown_collections(reader, values.get("collections") or (), pointer="/collections")
    found, unknown = await find_processes(reader, values.get("processes") or (), pointer="/processes")
    violations += unknown
    # An empty list means all, as null does; otherwise the webhook would never send anything.
    values |= {name: values[name] or None for name in ("collections", "actions") if name in values}
    if "processes" in values:
        values["processes"] = found or None
    if values.get("secret") == NEW:
        values["secret"] = secret = new_secret()
    if "after" in named and sent.after is not None:
        at = parse_position(sent.after)
        values |= {"revision": at.revision, "record_id": at.record}
        violations += await _check_position(request, at.revision)
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return values, secret


async def _check_position(request: Request, revision: int) -> list[Violation]:
    head = await server_state(request).head_watcher.read()
    if head is None or revision <= head:
        return []
    return [Violation(f"Revision {revision} does not exist", pointer="/after", hint=f"The newest revision is {head}.")]
