"""The JSON Schema of profiles: at one address, true of what is shipped, and a description of each key."""

import copy
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.ingest.profiles.catalog import yaml_texts
from app.ingest.profiles.routes import profile_schema
from app.web.yaml_text import parse_yaml


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return profile_schema("https://parley.test")


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Any:
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


async def test_it_stands_at_an_address_of_its_own(client: httpx.AsyncClient, schema: dict[str, Any]) -> None:
    got = await client.get("/v1/profiles/schema")
    assert got.headers["content-type"] == "application/schema+json"
    assert got.json() == {**schema, "$id": "http://parley.test/v1/profiles/schema"}
    document = (await client.get("/openapi.json")).text
    assert document.count("`/v1/profiles/schema`") > 1


def test_each_key_is_explained(schema: dict[str, Any]) -> None:
    models = {"Profile": schema, **schema["$defs"]}
    unexplained = [
        f"{name}.{key}"
        for name, model in models.items()
        for key, said in model.get("properties", {}).items()
        if "description" not in said
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", yaml_texts())
def test_a_shipped_profile_is_valid_and_what_is_wrong_is_not(validator: Any, name: str) -> None:
    profile = parse_yaml(yaml_texts()[name])
    validator.validate(profile)
    for path, value in (
        (("format",), "parley-profile/2"),
        (("colums",), {}),
        (("records", 0, "need"), ["id"]),
        (("records", 0, "body", "title"), {"from": "id", "raed": "date"}),
        (("records", 0, "body", "title"), {"first": []}),
        (("records", 0, "body", "title"), {"if": "{id}"}),
    ):
        wrong = copy.deepcopy(profile)
        place: Any = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert not validator.is_valid(wrong), path
