"""Describes responses: puts JSON first, adds headers, 304 (with an ETag) and links to records, and shares equal
responses."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.openapi.parameters import operations
from app.openapi.schemas import component
from app.resources.resource import Resource
from app.web.media_types import JSON
from app.web.route_docs import known_headers, sends

Document = dict[str, Any]

_CONDITIONS: dict[str, Document] = {
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of the response that you have, or several, separated by commas. If one of them is"
        " current, the response is 304 without a body.",
        "schema": {"type": "string"},
    },
    "IfNew": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: only create the record; 412 if it already exists.",
        "schema": {"type": "string", "enum": ["*"]},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the record as you read it, or several, separated by commas; 412 if the record has"
        " changed since. `*`: only if the record exists.",
        "schema": {"type": "string"},
    },
}
_NOT_MODIFIED = {"description": "Not modified: the response that you have is current.", "headers": sends("ETag")}


def describe_responses(document: Document, collections: Iterable[Resource]) -> None:
    """Order the media types, describe request and response headers, add links, and share equal responses."""
    components = document["components"]
    components["headers"] = known_headers()
    components["parameters"] = {**components.get("parameters", {}), **_CONDITIONS}
    for _, method, operation in operations(document):
        for part in (*operation["responses"].values(), operation.get("requestBody", {})):
            if "content" in part:
                part["content"] = _json_first(part["content"])
        for response in operation["responses"].values():
            _describe_response(document, response)
        _describe_conditions(method, operation)
        _describe_headers(operation)
    _link(document, collections)
    _share_texts(document)
    _share_responses(document)


def _describe_response(document: Document, response: Document) -> None:
    """Replace FastAPI's "Successful Response" with the description of the schema."""
    schema = response.get("content", {}).get(JSON, {}).get("schema", {})
    if response["description"] == "Successful Response":
        named = component(document, schema["$ref"]) if "$ref" in schema else {}
        response["description"] = named.get("description", "Done.")


def _json_first(content: Document) -> Document:
    """The media types with JSON first: generators use the first one that they support."""
    return dict(sorted(content.items(), key=lambda item: item[0] != JSON))


def _describe_conditions(method: str, operation: Document) -> None:
    """Add `If-None-Match` to reads that send an ETag, and `If-Match` to writes that may respond with 412."""
    responses = operation["responses"]
    conditions: list[str] = []
    if method == "get" and "ETag" in responses.get("200", {}).get("headers", {}):
        responses["304"] = _NOT_MODIFIED
        conditions.append("IfNoneMatch")
    elif "412" in responses:
        conditions += ["IfMatch", "IfNew"] if method == "put" else ["IfMatch"]
    if conditions:
        refs = [{"$ref": f"#/components/parameters/{name}"} for name in conditions]
        operation["parameters"] = [*operation.get("parameters", ()), *refs]
    operation["responses"] = dict(sorted(responses.items()))


def _describe_headers(operation: Document) -> None:
    """Add `Location` and `Idempotency-Replayed` to the responses that send them."""
    is_replayed = any(parameter.get("name") == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    for status, response in operation["responses"].items():
        more = ["Location"] if status in ("201", "307", "308") else []
        more += ["Idempotency-Replayed"] if is_replayed and status < "300" and "Planned" not in str(response) else []
        if more:
            response["headers"] = dict(sorted({**response.get("headers", {}), **sends(*more)}.items()))


# --- links


def _link(document: Document, collections: Iterable[Resource]) -> None:
    """Add links: from lists and creations to the record, and from the record to its history."""
    links: Document = document["components"].setdefault("links", {})
    paths = document["paths"]

    def link(name: str, operation: str, key: str, about: str) -> Document:
        links[name] = {"operationId": operation, "parameters": {"key": f"$response.body#{key}"}, "description": about}
        return {"$ref": f"#/components/links/{name}"}

    for collection in collections:
        title, noun = collection.title, collection.noun
        whole = link(f"Get{title}", f"get{title}", "/slug", f"The {noun}.")
        first = link(f"GetFirst{title}", f"get{title}", "/data/0/slug", f"The first {noun} of the page.")
        history = link(f"Get{title}History", f"get{title}History", "/slug", f"The history of the {noun}.")
        listing, single = paths[f"/v1/{collection.name}"], paths[f"/v1/{collection.name}/{{key}}"]
        listing["get"]["responses"]["200"]["links"] = {"first": first}
        single["get"]["responses"]["200"]["links"] = {"history": history}
        written = {
            "get": whole,
            "history": history,
            "revise": link(f"Revise{title}", f"revise{title}", "/slug", f"Change the {noun}."),
            "withdraw": link(f"Withdraw{title}", f"withdraw{title}", "/slug", f"Withdraw the {noun}."),
        }
        listing["post"]["responses"]["201"]["links"] = written
        single["put"]["responses"]["201"]["links"] = written


# --- sharing


def _share_texts(document: Document) -> None:
    """Move equal schemas of text formats, such as CSV, to `components`."""
    contents = [
        content
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for content in response.get("content", {}).items()
        if content[1].get("schema", {}).get("type") == "string"
    ]
    times = Counter((kind, json.dumps(content["schema"])) for kind, content in contents)
    shared: dict[str, str] = {}
    for (kind, text), count in times.most_common():
        name = _name_of(kind.rpartition("/")[2].removeprefix("vnd.").removeprefix("x-")) + "Text"
        if count > 1 and name not in shared:
            shared[name] = text
            document["components"]["schemas"][name] = {"title": name, **json.loads(text)}
    names = {text: name for name, text in shared.items()}
    for _, content in contents:
        if known := names.get(json.dumps(content["schema"])):
            content["schema"] = {"$ref": f"#/components/schemas/{known}"}


def _share_responses(document: Document) -> None:
    """Move equal responses (problems, 204, 304, 308, plans of dry runs) to `components`."""
    times = Counter(
        json.dumps(response, sort_keys=True)
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
    )
    shared = document["components"].setdefault("responses", {})
    names: dict[str, str] = {}
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            text = json.dumps(response, sort_keys=True)
            name = _response_name(status, response) if times[text] > 1 else None
            if name and shared.setdefault(name, response) == response:
                names[text] = name
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if known := names.get(json.dumps(response, sort_keys=True)):
                operation["responses"][status] = {"$ref": f"#/components/responses/{known}"}


def _response_name(status: str, response: Document) -> str | None:
    content = response.get("content", {})
    for media in content.values():
        for slug in media.get("examples", ()):
            return _name_of(slug)
        if "Plan" in json.dumps(media.get("schema", {})) and len(content) == 1:
            return "Planned"
    return {"204": "Done", "304": "NotModified", "308": "Moved"}.get(status) if not content else None


def _name_of(text: str) -> str:
    """`NotFound` for `not-found`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))
