"""Whatever the OpenAPI document allows to send, and a good deal that it does not, is sent to every operation that writes.

The bodies are generated from the schemas of the document. The records that they change or refer to are stored.
"""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.vocabulary import Scope
from app.registry import RESOURCES
from app.runtime.bootstrap import engine_at
from tests.conftest import Server, Templates, application, key_for
from tests.document import operations, resolved
from tests.history.receiver import receiving
from tests.loops import nonempty
from tests.openapi.answers import DOCUMENT, check_answer, check_places
from tests.openapi.generating import Bodies

JSON, NDJSON, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
#: Writes, and the reads whose question is a body.
OPERATIONS = [(method, path) for method, path, _ in operations(DOCUMENT) if method != "get"]
EVERY = pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
#: How many requests of either sort an operation gets for each media type; publishing a release reads all records.
FITTING, UNFITTING = {"": 2, "/v1/releases": 1, "/v1/releases/{name}": 1}, 6
#: An operation gets more requests until one is accepted, because rules between fields refuse many bodies that fit.
MOST_FITTING = 12
MOST_BYTES = 65_536
LIMITS = dict.fromkeys(("max_body_bytes", "max_dossier_bytes", "import_max_bytes"), MOST_BYTES)
NO_ID = "00000000-0000-0000-0000-000000000000"
#: Bodies that the document describes as text or bytes: there is no schema to generate them from. tests/ingest sends them.
WITHOUT_SCHEMA = {
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.citationstyles.csl+json",
    "application/x-research-info-systems",
    "application/x-bibtex",
    "application/gzip",
}


@dataclass(frozen=True)
class Request:
    """What is sent to an address. The body is bytes, or a value to encode; without a media type there is none."""

    body: Any
    kind: str
    query: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Desk:
    """The application over the bundled negotiations, and what a test needs beside it."""

    client: httpx.AsyncClient
    session: "asyncpg.Connection[asyncpg.Record]"
    #: The address of a server that takes webhooks.
    receiver: str
    #: Headers of a key that may only read.
    reader: dict[str, str]
    #: The slug of a bundled record of each collection.
    stored: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, address: str, request: Request) -> httpx.Response:
        """Send a request and compare its answer with the document. What is refused or tried changes nothing."""
        before = await self.head()
        headers = {"Content-Type": request.kind} if request.kind else {}
        response = await self.client.request(
            method, address, params=request.query, content=encoded(request.body, request.kind),
            headers={**headers, **request.headers},
        )  # fmt: skip
        check_answer(method, path, response)
        if not is_accepted(response) or "dry_run" in request.query:
            assert await self.head() == before
        return response

    async def head(self) -> int:
        found: int = await self.session.fetchval("SELECT revision FROM head")
        return found


def is_accepted(response: httpx.Response) -> bool:
    """Whether all was taken: an import lists the lines that it refuses, under 200."""
    return response.status_code < 300 and '"faults":[{' not in response.text


def encoded(body: Any, kind: str) -> bytes:
    if isinstance(body, bytes):
        return body
    if body is None:
        return b""
    if kind == FORM and isinstance(body, dict):
        return str(httpx.QueryParams({name: value for name, value in body.items() if value is not None})).encode()
    return json.dumps(body).encode()


@pytest.fixture(scope="module")
async def desk(server: Server, templates: Templates) -> AsyncIterator[Desk]:
    async with server.cloned(templates.loaded) as url, receiving() as receiver:
        async with engine_at(url) as engine:
            headers, reader = [await key_for(engine, scope) for scope in (Scope.ADMIN, Scope.READ)]
        session = await asyncpg.connect(url)
        async with application(url, webhooks_private=True, **LIMITS) as client:
            client.headers.update(headers)
            found = Desk(client, session, receiver.url, reader)
            for collection in RESOURCES:
                page = (await client.get(f"/v1/{collection.name}", params={"limit": 1})).json()
                found.stored[collection.name] = page["data"][0]["slug"]
            yield found
        await session.close()


# --- the records that a request is about


async def address_of(desk: Desk, bodies: Bodies, path: str) -> str:
    """The path of a record that was made for this request."""
    _, _, name, *_ = path.split("/")
    if "{" not in path:
        return path
    if name == "revisions":
        slug = await make_record(desk, bodies, "places")
        gone = await desk.client.delete(f"/v1/places/{slug}", params={"reason": "a test"})
        return path.format(number=gone.headers["parley-revision"])
    if name == "webhooks":
        made = await desk.client.post("/v1/webhooks", json={"url": desk.receiver})
        ids = {"id": made.json()["id"]}
        if "{delivery}" in path:
            ids["delivery"] = (await desk.client.post(f"/v1/webhooks/{ids['id']}/ping")).json()["id"]
        return path.format(**ids)
    if name == "keys":
        made = await desk.client.post("/v1/keys", json={"name": bodies.slug(), "scopes": ["read"]})
        return path.format(name=made.json()["name"])
    if name == "releases":
        body = {"name": release_name(bodies), "licence": "CC0-1.0", "creators": [{"name": "Nosova, Ana"}]}
        made = await desk.client.post("/v1/releases", json=body)
        return made.headers["location"]
    if name == "duplicates":
        made = await desk.client.post("/v1/duplicates", json=await pair(desk, bodies, {"decision": "not_the_same"}))
        return made.headers["location"]
    return path.format(key=await make_record(desk, bodies, name))


async def stored_address(desk: Desk, bodies: Bodies, path: str) -> str:
    """The path of one of the bundled records, where there are any."""
    name = path.split("/")[2]
    return path.format(key=desk.stored[name]) if "{key}" in path else await address_of(desk, bodies, path)


async def make_record(desk: Desk, bodies: Bodies, collection: str) -> str:
    """Create a record with a generated body; answers its slug."""
    schema = body_schemas("post", f"/v1/{collection}")[JSON]
    for _ in range(20):
        body = {**bodies.fitting(schema), "slug": bodies.slug(), **await own_values(desk, bodies, collection)}
        made = await desk.client.post(f"/v1/{collection}", params={"allow_duplicate": "true"}, json=body)
        if made.status_code == 201:
            return str(made.json()["slug"])
    raise AssertionError(made.text)


async def own_values(desk: Desk, bodies: Bodies, collection: str) -> dict[str, Any]:
    """What the schema of a record cannot state: which values no two records share, and that a response is to something."""
    if collection == "delegations":
        return {"talk": await make_record(desk, bodies, "talks")}
    letters = "".join(bodies.dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=12))
    return {
        "issues": {"code": letters},
        "citations": {"key": letters},
        "responses": {"demand": desk.stored["demands"]},
    }.get(collection, {})


async def pair(desk: Desk, bodies: Bodies, body: dict[str, Any]) -> dict[str, Any]:
    left, right = [await make_record(desk, bodies, "parties") for _ in range(2)]
    into = {"into": left} if body["decision"] == "merge" else {}
    return {**body, "collection": "parties", "left": left, "right": right, **into}


def release_name(bodies: Bodies) -> str:
    return "2026." + ".".join(str(bodies.dice.randint(1, 99)) for _ in range(2))


# --- requests


def body_schemas(method: str, path: str) -> dict[str, dict[str, Any]]:
    """The schemas of an operation's bodies by media type; without those of which nothing can be generated."""
    content = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
    return {kind: told["schema"] for kind, told in content.items() if kind not in WITHOUT_SCHEMA}


def kinds(method: str, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Media types and schemas of the bodies; of an operation without a body, one without a name."""
    return list(body_schemas(method, path).items()) or [("", {})]


def parameters(method: str, path: str) -> dict[str, dict[str, Any]]:
    found = (resolved(DOCUMENT, each) for each in DOCUMENT["paths"][path][method].get("parameters", ()))
    return {each["name"]: each for each in found}


async def fitting_body(desk: Desk, bodies: Bodies, path: str, kind: str, schema: dict[str, Any]) -> Any:
    """A body that the document allows, with names of stored records where the schema has none."""
    if path == "/v1/imports":
        chosen = [bodies.dice.choice(RESOURCES).name for _ in range(2)]
        lines = [
            {**bodies.fitting(body_schemas("post", f"/v1/{name}")[JSON]), "collection": name, "slug": bodies.slug()}
            for name in chosen
        ]
        return "\n".join(map(json.dumps, lines)).encode()
    body = bodies.fitting(schema)
    collection = path.split("/")[2]
    if schema["$ref"].endswith("Write") and collection in desk.stored:
        body |= await own_values(desk, bodies, collection)
    elif path.endswith("/batch-get"):
        body["keys"] = [desk.stored[collection], bodies.slug()]
    elif path.endswith("/merge"):
        body["into"] = desk.stored[collection]
    elif path == "/v1/duplicates":
        body = await pair(desk, bodies, body)
    elif path == "/v1/releases":
        body["name"] = release_name(bodies)
    return body


def unfitting_body(bodies: Bodies, path: str, kind: str, schema: dict[str, Any]) -> Any:
    """A body that the document excludes."""
    if kind == FORM:  # Its values are texts, whatever was generated.
        return {bodies.slug(): "{}", **bodies.fitting(schema)}
    if path == "/v1/imports":
        name = bodies.dice.choice(RESOURCES).name
        line = bodies.unfitting(body_schemas("post", f"/v1/{name}")[JSON])
        return json.dumps({**line, "collection": name} if isinstance(line, dict) else line).encode()
    return bodies.unfitting(schema)


def query_of(method: str, path: str, turn: int) -> dict[str, str]:
    """The parameters of a write; every other time also those that it can do without."""
    known = parameters(method, path)
    query = {"reason": "a test"} if "reason" in known else {}
    return query | ({"allow_duplicate": "true"} if "allow_duplicate" in known and turn % 2 else {})


def test_every_body_is_generated_but_those_without_a_schema() -> None:
    described = {
        kind: told["schema"]
        for method, path in OPERATIONS
        for kind, told in DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {}).items()
    }
    assert {kind for kind, schema in described.items() if "$ref" not in schema} == WITHOUT_SCHEMA | {NDJSON}


@EVERY
async def test_what_fits_the_document_is_answered_as_it_says(
    desk: Desk, method: str, path: str, record_property: Callable[[str, object], None]
) -> None:
    bodies = Bodies(f"{method} {path}")
    can_be_tried = "dry_run" in parameters(method, path)
    requests = [(turn, *each) for turn in range(MOST_FITTING) for each in kinds(method, path)]
    accepted = 0
    for turn, kind, schema in requests:
        if turn >= FITTING.get(path, FITTING[""]) and accepted:
            break
        address = await address_of(desk, bodies, path)
        body = await fitting_body(desk, bodies, path, kind, schema) if kind else None
        query = query_of(method, path, turn)
        try_out = Request(body, kind, {**query, "dry_run": "true"})
        tried = await desk.send(method, path, address, try_out) if can_be_tried else None
        response = await desk.send(method, path, address, Request(body, kind, query))
        accepted += is_accepted(response)
        # What a dry run says is what the write then does.
        assert tried is None or is_accepted(tried) == is_accepted(response), (body, tried.text, response.text)
        # Rules between fields and between records may refuse what fits the schema; the schema names all fields.
        assert "Unknown field" not in response.text, (body, response.text)
    record_property("accepted", accepted)
    assert accepted


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if body_schemas(*each)], ids=str)
async def test_a_body_that_the_document_excludes_is_refused(desk: Desk, method: str, path: str) -> None:
    bodies = Bodies(f"not {method} {path}")
    address = await stored_address(desk, bodies, path)
    for kind, schema in nonempty(kinds(method, path)):
        for _ in range(UNFITTING):
            body = unfitting_body(bodies, path, kind, schema)
            response = await desk.send(method, path, address, Request(body, kind, query_of(method, path, 0)))
            assert not is_accepted(response), (body, response.text)
            if kind == JSON:
                check_places(response, body)


async def refusals(desk: Desk, bodies: Bodies, method: str, path: str) -> AsyncIterator[tuple[int, str, Request]]:
    """Requests with one thing wrong beside the values of the body: the status, the address, and what is sent."""
    operation = DOCUMENT["paths"][path][method]
    address, query = await stored_address(desk, bodies, path), query_of(method, path, 0)
    ((kind, schema), *_) = kinds(method, path)
    body = await fitting_body(desk, bodies, path, kind, schema) if kind else None
    right = Request(body, kind, query)
    yield 422, address, replace(right, query={**query, "no_such_parameter": "1"})
    if "reason" in query:
        yield 422, address, replace(right, query={})
    if operation["security"]:
        yield 401, address, replace(right, headers={"Authorization": "Bearer parley_nobody"})
    if "403" in operation["responses"]:
        yield 403, address, replace(right, headers=desk.reader)
    if kind:
        yield 415, address, replace(right, kind="image/png")
        yield 413, address, replace(right, body=b" " * (MOST_BYTES + 1))
        # A line of an import that cannot be read is one of its errors.
        yield 422 if path == "/v1/imports" else 400, address, replace(right, body=b"%\xff")
    if "{" in path and method != "put":
        names = {"key": "no-such-record", "number": "999999", "name": "1999.1", "id": NO_ID, "delivery": NO_ID}
        yield 404, path.format(**names), right
    if "{key}" in path:
        gone = await make_record(desk, bodies, path.split("/")[2])
        await desk.client.delete(f"/v1/{path.split('/')[2]}/{gone}", params={"reason": "a test"})
        yield 410, path.format(key=gone), right


@EVERY
async def test_a_request_with_one_thing_wrong_gets_the_status_of_that(desk: Desk, method: str, path: str) -> None:
    async for status, address, request in refusals(desk, Bodies(f"wrong {method} {path}", (0,)), method, path):
        response = await desk.send(method, path, address, request)
        assert response.status_code == status, response.text
