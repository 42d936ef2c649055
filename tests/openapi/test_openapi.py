"""What the document promises: complete, prose on everything, only true names, and a form that client generators take."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.registry import RESOURCES
from app.web.fastapi_internals import cache_query_models, cached_query_models
from tests.document import openapi_document, operations, resolved
from tests.loops import nonempty

JSON = "application/json"
#: What no example can be true of: a cursor is made by the answer before.
WITHOUT_EXAMPLE = {"cursor"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def parameters(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            yield f"{method} {path}", resolved(document, parameter)


def responses(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            yield f"{method} {path}", status, resolved(document, response)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, examples left out."""
    if isinstance(value, dict):
        yield value
        for key, part in value.items():
            if key not in ("example", "examples"):
                yield from parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from parts(part)


def test_it_is_openapi_3_1_with_all_collections(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    collections = {path.split("/")[2] for path in document["paths"] if path.startswith("/v1/")}
    assert collections >= {collection.name for collection in RESOURCES}
    assert document["info"]["contact"] and document["info"]["license"] and document["servers"]
    assert len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()) < 1_550_000


def test_every_operation_has_an_id_a_tag_in_prose_and_its_problems(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation.get("summary") and operation.get("description"), where
        assert set(operation["tags"]) <= set(tags), where
        assert "_" not in operation["operationId"] and operation["operationId"][0].islower(), where
        if path.startswith("/v1/"):
            assert any(status.startswith("4") for status in operation["responses"]), where
    assert all(len(text) > 20 for text in tags.values())


def test_every_parameter_and_field_says_what_it_means(document: dict[str, Any]) -> None:
    silent = [
        f"{where} {parameter['name']}" for where, parameter in parameters(document) if not parameter.get("description")
    ]
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            if not declared.get("description") and "$ref" not in declared:
                silent.append(f"{name}.{field}")
    assert silent == []


def test_every_value_has_an_example(document: dict[str, Any]) -> None:
    """A field that is made of other schemas has none: their fields have."""
    lacking = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, declared in schema.get("properties", {}).items()
        if not declared.get("examples") and not any("$ref" in part for part in parts(declared))
    ]
    lacking += [
        f"{where} {parameter['name']}"
        for where, parameter in parameters(document)
        if parameter["in"] in ("path", "query")
        and "example" not in parameter
        and parameter["name"] not in WITHOUT_EXAMPLE
    ]
    assert lacking == []


def test_every_reference_leads_somewhere_and_nothing_lies_unused(document: dict[str, Any]) -> None:
    known = {
        f"#/components/{kind}/{name}"
        for kind, named in document["components"].items()
        if kind != "securitySchemes"
        for name in named
    }
    used = {part["$ref"] for part in parts(document) if "$ref" in part}
    assert used == known


def test_schemas_have_the_form_that_generators_take(document: dict[str, Any]) -> None:
    """Titles are names, once each; no defaults; nullable scalars are one type; bounds have their names in JSON Schema."""
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if schema["title"] != name] == []
    for name, schema in schemas.items():
        for part in parts(schema.get("properties", {})):
            assert "title" not in part or isinstance(part["title"], dict), name
            assert "default" not in part or isinstance(part["default"], dict), name
            assert not {"ge", "gt", "le", "lt"} & {key for key, value in part.items() if isinstance(value, int)}, name
            arms = part.get("anyOf", [])
            assert (
                len(arms) != 2
                or {"type": "null"} not in arms
                or any("$ref" in arm or arm.get("type") in ("array", "object") for arm in arms)
            ), (name, part)
    for _, parameter in parameters(document):
        # A default would be sent by clients, and some parameters mean something when they are sent (`bom`, `limit`).
        assert not {"ge", "gt", "le", "lt", "default"} & parameter["schema"].keys(), parameter


def test_a_report_offers_only_the_formats_that_work(document: dict[str, Any]) -> None:
    declared = document["paths"]["/v1/deadlines"]["get"]["parameters"]
    (form,) = (one for one in (resolved(document, each) for each in declared) if one["name"] == "format")
    assert form["schema"]["enum"] == ["json", "csv", "ndjson", "parquet"]


def test_json_comes_first_and_every_schema_of_it_says_something(document: dict[str, Any]) -> None:
    for where, status, response in nonempty(responses(document)):
        kinds = list(response.get("content", {}))
        assert JSON not in kinds or kinds[0] == JSON, (where, status)
        for kind, told in response.get("content", {}).items():
            assert told["schema"], (where, status, kind)
    for method, path, operation in operations(document):
        kinds = list(operation.get("requestBody", {}).get("content", {}))
        assert JSON not in kinds or kinds[0] == JSON, (method, path)


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
def test_a_collection_is_typed_through_and_through(document: dict[str, Any], collection: Any) -> None:
    name, title, schemas = collection.name, collection.title, document["components"]["schemas"]
    listing = document["paths"][f"/v1/{name}"]["get"]
    page = schemas[listing["responses"]["200"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]]
    assert page["properties"]["data"]["items"] == {"$ref": f"#/components/schemas/{title}Summary"}
    for schema in (f"{title}Summary", f"{title}Detail"):
        for field, declared in schemas[schema]["properties"].items():
            assert declared.get("items") != {}, (schema, field)
    declared = {one["name"]: one for one in (resolved(document, part) for part in listing["parameters"])}
    for word, kind in (("sort", "Sort"), ("facets", "Facet"), ("has", "Presence"), ("missing", "Presence")):
        assert declared[word]["schema"]["items"] == {"$ref": f"#/components/schemas/{title}{kind}"}
        assert schemas[f"{title}{kind}"]["enum"]
    groups = [parameter.get("x-group") for parameter in declared.values() if parameter["in"] == "query"]
    assert list(dict.fromkeys(groups)) == ["subject", "shape", "paging", "clock"]


def test_reads_are_open_and_writes_need_a_key(document: dict[str, Any]) -> None:
    open_to_all = {f"{m} {path}" for m, path, operation in operations(document) if operation["security"] == []}
    for method, path, _ in nonempty(operations(document)):
        is_read = method == "get" or path.endswith(("/batch-get", "/reconcile"))
        needs_key = not is_read or path.startswith(("/v1/webhooks", "/v1/keys"))
        if path != "/v1/me":
            assert (f"{method} {path}" in open_to_all) != needs_key, (method, path)


def test_summaries_have_the_right_articles(document: dict[str, Any]) -> None:
    for method, path, operation in nonempty(operations(document)):
        words = f"{operation['summary']} {operation['description']}".lower().split()
        for article, noun in pairwise(words):
            # Of words that begin with a vowel but are spoken otherwise there are few: "one", "unit", "user", "URL".
            assert not (article == "a" and re.match(r"[aei]|o(?!ne)", noun)), (method, path, noun)
            assert not (article == "an" and re.match(r"[bcdfgjklpqtvwyz]", noun)), (method, path, noun)


def test_bodies_of_writes_are_described_and_a_change_requires_nothing(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        # An undoing, a trial, a repetition, a rotation say all by their addresses.
        if method in ("post", "put", "patch") and not path.endswith(("/undo", "/ping", "/redeliver", "/rotate")):
            for media_type in operation["requestBody"]["content"].values():
                schema = media_type["schema"]
                # What is no JSON has no schema, and says in prose what it is.
                assert "$ref" in schema or (schema["type"] == "string" and schema["description"]), path
    assert "required" not in document["components"]["schemas"]["TalkChange"]
    assert "title" in document["components"]["schemas"]["TalkWrite"]["required"]


def test_what_is_said_often_is_said_once(document: dict[str, Any]) -> None:
    for kind, told in (("responses", Counter[str]()), ("parameters", Counter[str]())):
        for _, _, operation in operations(document):
            of = operation.get(kind, {})
            told.update(json.dumps(part, sort_keys=True) for part in (of.values() if isinstance(of, dict) else of))
        often = [text for text, times in told.items() if times > 20 and "$ref" not in text]
        assert often == [], kind


async def test_a_part_of_the_document_stands_alone(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    tags = [tag["name"] for tag in document["tags"]]
    seen: list[tuple[str, str]] = []
    for tag in tags:
        part = (await client.get("/openapi.json", params={"tag": tag})).json()
        test_every_reference_leads_somewhere_and_nothing_lies_unused(part)
        seen += [(method, path) for method, path, _ in operations(part)]
    assert sorted(seen) == sorted((method, path) for method, path, _ in operations(document))
    refused = await client.get("/openapi.json?tag=demand")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "tag")
    assert all(tag in refused.json()["errors"][0]["hint"] for tag in ("Did you mean 'demands'?", *tags))
    assert (await client.get("/openapi.json?tga=demands")).status_code == 422
    whole = await client.get("/openapi.json")
    known = {"If-None-Match": whole.headers["etag"]}
    assert whole.json() == document and (await client.get("/openapi.json", headers=known)).status_code == 304


async def test_what_language_models_read_first_leads_only_to_what_is_there(client: httpx.AsyncClient) -> None:
    got = await client.get("/llms.txt")
    assert got.text.startswith("# Parley\n\n> ")
    for address in re.findall(r"\]\((\S+)\)", got.text):
        assert (await client.get(address)).status_code == 200, address


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/vnd.parley.partial+json"])
async def test_some_fields_of_a_record_are_not_taken_for_a_whole_one(client: httpx.AsyncClient, accept: str) -> None:
    partial = "application/vnd.parley.partial+json"
    for address in ("/v1/talks?limit=1", "/v1/talks/istanbul-2025-06-02?"):
        got = await client.get(f"{address}&fields=slug", headers={"Accept": accept})
        assert (got.status_code, got.headers["content-type"]) == (200, partial), address
        whole = await client.get(address, headers={"Accept": accept})
        assert (whole.status_code == 406) if accept == partial else (whole.headers["content-type"] == JSON)
    body = {"keys": ["istanbul-2025-06-02"], "fields": ["slug"]}
    assert (await client.post("/v1/talks/batch-get", json=body)).headers["content-type"] == partial


def test_no_request_changes_the_fields_that_the_document_is_made_of() -> None:
    """FastAPI caches the fields of a query model when a route first uses it, and makes the document of these very fields:
    all of them are cached before, and none falls out."""
    app = create_app()
    cache_query_models(app)
    size, misses, most = cached_query_models()
    app.openapi()
    again, later, _ = cached_query_models()
    assert (again, later) == (size, misses) and size > 30
    assert most is None or size < most
