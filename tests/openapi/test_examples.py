"""Every example of the document, sent to a server with the bundled negotiations: it must do what it shows.

What a reader tries first is what the documentation shows. Bodies that create something are sent first, so that what the
server named can be read."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.registry import RESOURCES
from tests.conftest import Server, Templates, keyed
from tests.document import openapi_document, operations, resolved

DOCUMENT = openapi_document()
JSON = "application/json"
#: What must stand beside a parameter: of an operation, what must stand beside any ("") or beside one.
BESIDE: dict[str, dict[str, tuple[str, ...]]] = {
    "resolve": {"": ("scheme", "value"), "slug": (), "id": ()},
}
#: Where a POST makes what another path reads, beside the collections.
MAKES = {
    "/v1/webhooks": "/{id}",
    "/v1/keys": "/{name}",
    "/v1/releases": "/{name}",
    "/v1/duplicates": "/dismissals/{id}",
}


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(DOCUMENT, parameter) for parameter in operation.get("parameters", ())]


def text_of(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)


def address(method: str, path: str, ids: dict[str, str]) -> str:
    """The path with its examples; of what the server names itself, with the name that it gave."""
    made = ids.get(f"{method} {path}") or ids.get(path)
    for parameter in parameters(DOCUMENT["paths"][path][method]):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", made or text_of(parameter["example"]))
    return path


def needed(operation: dict[str, Any]) -> dict[str, str]:
    """The query parameters that it cannot do without."""
    return {
        parameter["name"]: text_of(parameter["example"])
        for parameter in parameters(operation)
        if parameter["in"] == "query" and parameter.get("required")
    }


#: How many parameters that mean something alone are asked in one request.
TOGETHER = 6


async def answered(
    client: httpx.AsyncClient, asked: str, operation: dict[str, Any]
) -> list[tuple[dict[str, str], httpx.Response]]:
    """The answers to the examples of all optional parameters. Several are asked at once, because each other statement is
    compiled and planned. Where a request is refused, its parameters exclude one another or an example is wrong: then each
    is asked alone."""
    found = []
    alone, *rest = alternatives(operation)
    groups = [rest[at : at + TOGETHER] for at in range(0, len(rest), TOGETHER)]
    for group in ([alone], *groups):
        query = {name: value for one in group for name, value in one.items()}
        got = await client.get(asked, params=needed(operation) | query)
        if got.status_code < 400 or len(group) == 1:
            found.append((query, got))
        else:
            found += [(one, await client.get(asked, params=needed(operation) | one)) for one in group]
    return found


def alternatives(operation: dict[str, Any]) -> list[dict[str, str]]:
    """The query strings to try: each optional parameter alone, or beside those without which it means nothing."""
    optional = {
        parameter["name"]: text_of(parameter["example"])
        for parameter in parameters(operation)
        if parameter["in"] == "query" and "example" in parameter and not parameter.get("required")
    }
    beside = BESIDE.get(operation["operationId"], {})
    return [
        {other: optional[other] for other in beside.get(name, beside.get("", ()))}
        | ({name: optional[name]} if name else {})
        for name in ("", *optional)
    ]


async def send(
    client: httpx.AsyncClient, method: str, path: str, ids: dict[str, str], kind: str = JSON, **query: str
) -> httpx.Response:
    """Send the example of a body."""
    operation = DOCUMENT["paths"][path][method]
    example = operation["requestBody"]["content"][kind]["example"]
    if kind == "application/x-www-form-urlencoded":
        content = str(httpx.QueryParams(example))
    else:
        content = example if isinstance(example, str) else json.dumps(example)
    return await client.request(
        method, address(method, path, ids), params=needed(operation) | query, content=content,
        headers={"Content-Type": kind},
    )  # fmt: skip


@pytest.fixture(scope="module")
async def client(server: Server, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    """The bundled negotiations in a database of the module's own, with a key that may do everything."""
    async with keyed(server, templates.loaded) as client:
        yield client


@pytest.fixture(scope="module")
async def ids(client: httpx.AsyncClient) -> dict[str, str]:
    """Sends every body that creates something; answers what the server called it, by path."""
    found: dict[str, str] = {}
    for collection in RESOURCES:
        made = await send(client, "post", f"/v1/{collection.name}", {})
        assert made.status_code == 201, (collection.name, made.text)
        slug = made.json()["slug"]
        assert made.headers["location"] == f"/v1/{collection.name}/{slug}"
        # What the examples of writes do is done to a record that nothing leads to.
        for method in ("put", "patch", "delete"):
            found[f"{method} /v1/{collection.name}/{{key}}"] = slug
        found[f"/v1/{collection.name}/{{key}}/merge"] = slug
    made = await client.post("/v1/places", json={"name": "Nowhere", "kind": "city"})
    gone = await client.delete(f"/v1/places/{made.json()['slug']}", params={"reason": "an example"})
    found["/v1/revisions/{number}/undo"] = gone.headers["parley-revision"]
    for path, below in MAKES.items():
        made = await send(client, "post", path, {})
        assert made.status_code == 201, (path, made.text)
        found[path + below] = made.headers["location"].rpartition("/")[2]
    found["/v1/webhooks/{id}/deliveries"] = found["/v1/webhooks/{id}"]
    return found


@pytest.mark.parametrize(
    ("path", "operation"),
    [(path, operation) for method, path, operation in operations(DOCUMENT) if method == "get"],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_read_answers_the_examples_of_its_parameters(
    client: httpx.AsyncClient, ids: dict[str, str], path: str, operation: dict[str, Any]
) -> None:
    asked = address("get", path, ids)
    answers = await answered(client, asked, operation)
    assert answers
    for query, got in answers:
        assert got.status_code < 400, (asked, query, got.text)
        response = resolved(DOCUMENT, operation["responses"][str(got.status_code)])
        if got.status_code == 200:
            kind = got.headers["content-type"].partition(";")[0]
            assert kind in response["content"], (asked, query, kind)
            described = response.get("headers", {}).keys()
            sent = {"ETag", "Parley-Revision", "Link"} & {each.title().replace("Etag", "ETag") for each in got.headers}
            assert sent <= described, (asked, query)
            assert "ETag" in sent or "ETag" not in described or {"format", "wait"} & query.keys(), (asked, query)


WRITES = [
    (method, path, kind)
    for method, path, operation in operations(DOCUMENT)
    for kind, told in operation.get("requestBody", {}).get("content", {}).items()
    if "example" in told and path not in {*MAKES, *(f"/v1/{collection.name}" for collection in RESOURCES)}
]


@pytest.mark.parametrize(("method", "path", "kind"), WRITES, ids=str)
async def test_every_body_is_taken(
    client: httpx.AsyncClient, ids: dict[str, str], method: str, path: str, kind: str
) -> None:
    """Those that create something are sent by `ids`; here all are tried, where that is possible without a trace."""
    operation = DOCUMENT["paths"][path][method]
    names = {parameter["name"] for parameter in parameters(operation)}
    query = {"dry_run": "true"} if "dry_run" in names else {}
    if "collection" in names and kind == "text/csv":
        query["collection"] = "parties"
    got = await send(client, method, path, ids, kind, **query)
    assert got.status_code in (200, 201), (path, got.text)
    assert str(got.status_code) in operation["responses"]


async def test_every_body_has_an_example() -> None:
    lacking = [
        (method, path)
        for method, path, operation in operations(DOCUMENT)
        if "requestBody" in operation
        and not any("example" in told for told in operation["requestBody"]["content"].values())
    ]
    assert lacking == []


async def test_a_withdrawal_is_undone(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    path = "/v1/revisions/{number}/undo"
    got = await client.post(address("post", path, ids))
    assert got.status_code == 201, got.text


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_a_withdrawal_is_tried(client: httpx.AsyncClient, ids: dict[str, str], collection: Any) -> None:
    path = f"/v1/{collection.name}/{{key}}"
    query = needed(DOCUMENT["paths"][path]["delete"]) | {"dry_run": "true"}
    got = await client.delete(address("delete", path, ids), params=query)
    assert got.status_code == 200, got.text
    assert got.headers["content-type"] == "application/vnd.parley.plan+json"


VERSIONED = [
    (method, path)
    for method, path, operation in operations(DOCUMENT)
    # A pair is of two records; its example dismisses it, and changes neither.
    if "If-Match" in {parameter["name"] for parameter in parameters(operation)} and path != "/v1/duplicates"
]


@pytest.mark.parametrize(("method", "path"), VERSIONED, ids=str)
async def test_what_takes_a_version_refuses_another(
    client: httpx.AsyncClient, ids: dict[str, str], method: str, path: str
) -> None:
    operation = DOCUMENT["paths"][path][method]
    body = operation.get("requestBody", {}).get("content", {JSON: {}})[JSON].get("example")
    got = await client.request(
        method, address(method, path, ids), params=needed(operation) | {"dry_run": "true"},
        content=json.dumps(body) if body else b"", headers={"Content-Type": JSON, "If-Match": '"v99"'},
    )  # fmt: skip
    assert got.status_code == 412, got.text
