"""What the documentation promises: complete, prose on everything, and only true names."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.document import openapi_document

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def test_it_is_openapi_3_1_with_all_fourteen_collections(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    collections = {path.split("/")[2] for path in document["paths"] if path.startswith("/v1/")}
    assert collections >= {
        "processes", "talks", "delegations", "parties", "people", "places", "proposals",
        "demands", "responses", "agreements", "assessments", "issues", "sources", "citations",
    }  # fmt: skip


def test_every_operation_has_an_id_a_tag_in_prose_and_its_problems(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation.get("summary") and operation.get("description"), where
        assert set(operation["tags"]) <= set(tags), where
        assert "_" not in operation["operationId"] and operation["operationId"][0].islower(), where
        if path.startswith("/v1/") and "vocabularies" not in path:
            assert any(status.startswith("4") for status in operation["responses"]), where
    assert all(len(text) > 20 for text in tags.values())


def test_every_parameter_and_field_says_what_it_means(document: dict[str, Any]) -> None:
    silent = [
        f"{method} {path} {parameter['name']}"
        for method, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if path.startswith("/v1/") and parameter["in"] in ("path", "query") and not parameter.get("description")
    ]
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            if not declared.get("description") and "$ref" not in declared:
                silent.append(f"{name}.{field}")
    assert silent == []


def test_every_field_and_parameter_has_an_example(document: dict[str, Any]) -> None:
    lacking = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, declared in schema.get("properties", {}).items()
        if not declared.get("examples")
    ]
    lacking += [
        f"{method} {path} {parameter['name']}"
        for method, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["in"] in ("path", "query")
        and not (parameter["schema"].get("examples") or parameter.get("examples") or "example" in parameter)
    ]
    assert lacking == []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]
    broken: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            target = value.get("$ref")
            if isinstance(target, str) and target.rpartition("/")[2] not in known:
                broken.append(target)
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(document)
    assert broken == []


def test_bodies_of_writes_are_described_and_a_change_requires_nothing(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        # An undoing, a trial, a repetition say all by their addresses.
        if method in ("post", "put", "patch") and not path.endswith(("/undo", "/ping", "/redeliver")):
            for media_type in operation["requestBody"]["content"].values():
                schema = media_type["schema"]
                if "$ref" in schema:
                    assert schema["$ref"].rpartition("/")[2] in document["components"]["schemas"], path
                else:
                    # What is no JSON has no schema, and says in prose what it is.
                    assert schema["type"] == "string" and schema["description"], path
    assert "required" not in document["components"]["schemas"]["TalkChange"]
    for name, schema in document["components"]["schemas"].items():
        # A client that fills in defaults would empty what nobody wanted changed.
        if name.endswith("Change") and f"{name.removesuffix('Change')}Write" in document["components"]["schemas"]:
            assert not any("default" in field for field in schema["properties"].values()), name
    assert "title" in document["components"]["schemas"]["TalkWrite"]["required"]
