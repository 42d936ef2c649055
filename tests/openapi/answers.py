"""Whether an answer is one that the OpenAPI document describes."""

import json
import math
from functools import cache
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema_rs

from tests.document import openapi_document, resolved

Schema = dict[str, Any]
DOCUMENT = openapi_document()
PROBLEM = "application/problem+json"
PLAN = "application/vnd.parley.plan+json"
#: Headers that only some answers of a status have: a repetition, a page that is not the last.
SOMETIMES = {"Idempotency-Replayed", "Link", "Parley-Truncated"}
#: These show a revision only if they wrote one (a dossier), or if a question was asked (a manifest describes the service).
WITHOUT_REVISION = {"/v1/dossiers", "/v1/reconcile"}


@cache
def _validator(schema: str) -> Any:
    known = {"components": {"schemas": DOCUMENT["components"]["schemas"]}}
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), **known})


def fits(schema: Schema, value: Any) -> bool:
    """Whether the value is JSON and fits the schema."""
    return _is_json(value) and bool(_validator(json.dumps(schema)).is_valid(value))


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_json(each) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or not any("\ud800" <= letter <= "\udfff" for letter in value)


def check_answer(method: str, path: str, response: httpx.Response) -> None:
    """Fails unless the document has this status for the operation, and the media type, body and headers fit it."""
    told = DOCUMENT["paths"][path][method]["responses"]
    status = str(response.status_code)
    assert status in told, (status, response.text)
    described = resolved(DOCUMENT, told[status])
    kind = response.headers.get("content-type", "").partition(";")[0]
    optional = SOMETIMES | ({"Parley-Revision"} if path in WITHOUT_REVISION else set())
    lacking = {name.lower() for name in described.get("headers", {}).keys() - optional} - set(response.headers)
    # The answer of a dry run may share its status with the answer of the write, and is no record.
    assert not lacking or kind == PLAN, (lacking, status)
    if not described.get("content"):
        assert response.content == b""
        return
    assert kind in described["content"], (kind, status, response.text)
    schema = described["content"][kind]["schema"]
    check_value(schema, response.text if schema.get("type") == "string" else response.json())
    if kind == PROBLEM:
        check_problem(response)


def check_value(schema: Schema, value: Any) -> None:
    faults = [f"{error.instance_path}: {error.message}" for error in _validator(json.dumps(schema)).iter_errors(value)]
    assert not faults, faults


def check_problem(response: httpx.Response) -> None:
    """Fails unless the problem (RFC 9457) is of this answer and says where each error is."""
    problem = response.json()
    assert problem["type"].startswith("/problems/") and problem["title"] and problem["detail"]
    assert problem["status"] == response.status_code
    assert unquote(problem["instance"]) == unquote(response.request.url.raw_path.decode().partition("?")[0])
    assert problem["errors"] or problem["status"] != 422, problem
    for error in problem["errors"]:
        assert error["message"] and ("pointer" in error) != ("parameter" in error), error


def check_places(response: httpx.Response, body: Any) -> None:
    """Fails unless each error in the body has a place there; a place that is missing is in an object that is there."""
    for error in response.json()["errors"]:
        if error.get("pointer"):
            *steps, last = (part.replace("~1", "/").replace("~0", "~") for part in error["pointer"].split("/")[1:])
            inner = body
            for step in steps:
                inner = inner[int(step)] if isinstance(inner, list) else inner[step]
            assert isinstance(inner, dict) or (isinstance(inner, list) and int(last) < len(inner)), (error, body)
