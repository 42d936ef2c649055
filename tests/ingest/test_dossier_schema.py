"""The JSON Schema of dossiers: in one piece, at one address, and true of what is shipped and given."""

import copy
import json
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.ingest.dossier_schema import EXAMPLE, dossier_schema
from app.ingest.dossiers import FOLDER
from app.registry import WRITE_SPECS
from app.web.json_schema import DIALECT


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return dossier_schema(WRITE_SPECS, "https://parley.test")


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Any:
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


async def test_it_stands_at_an_address_of_its_own(client: httpx.AsyncClient, schema: dict[str, Any]) -> None:
    got = await client.get("/v1/dossiers/schema")
    assert got.headers["content-type"] == "application/schema+json"
    assert got.json() == {**schema, "$id": "http://parley.test/v1/dossiers/schema"}
    assert schema["$schema"] == DIALECT


def test_it_is_self_contained(schema: dict[str, Any]) -> None:
    targets = {text.partition('"')[0] for text in json.dumps(schema).split('"$ref": "')[1:]}
    assert len(targets) > 30
    assert {target for target in targets if target.removeprefix("#/$defs/") not in schema["$defs"]} == set()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_bundled_dossier_is_valid(validator: Any, path: Any) -> None:
    validator.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("slug", ["colombia-farc", "iran-nuclear", "israel-hamas", "russia-ukraine"])
async def test_a_given_dossier_is_valid(client: httpx.AsyncClient, validator: Any, slug: str) -> None:
    validator.validate((await client.get(f"/v1/processes/{slug}/dossier")).json())


def test_the_example_is_valid_and_what_is_wrong_is_not(validator: Any) -> None:
    validator.validate(EXAMPLE)
    for path, value in (
        (("format",), "parley-dossier/2"),
        (("slug",), "Not A Slug"),
        (("records", "parties", 0, "kind"), "country"),
        (("records", "parties", 0, "nonsense"), 1),
        (("records", "parties", 0, "slug"), "Not A Slug"),
        (("records", "talk"), []),
        (("extra",), 1),
    ):
        wrong = copy.deepcopy(EXAMPLE)
        place: Any = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert not validator.is_valid(wrong), path
