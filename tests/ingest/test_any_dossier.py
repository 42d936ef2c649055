"""Whatever a ledger holds of a process, another takes it, and gives the same bytes; taken by the first, it changes nothing.

The worlds are made of the write schemas themselves: a new field is in them as soon as it is declared.
"""

import enum
import json
import random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import httpx
import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import TypeAliasType

from app.kinds import KINDS
from app.writing.mentions import ANY, marker_of
from tests.conftest import Server, Templates
from tests.ingest.test_dossier_export import carried, empty_ledger, given

SCHEMAS = {kind.collection: kind.schema for kind in KINDS}
COUNTS = {"issues": 4, "processes": 3, "talks": 5, "proposals": 4, "demands": 8, "responses": 6, "citations": 6}
#: Keys inside one proposal: a value made at random would not lead there.
SKIPPED = {"slug", "account", "part", "parent_part"}
JSON_VALUES = [40, 1.5, -0.0, "forty", "", True, None, [1, {"a": [2.50]}], {"b": 1, "a": {"": None}}, 10**15, "NO"]


class World:
    """Bodies by collection, made at random, that mention each other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - worlds are made anew, not kept secret
        self.keys = {name: [f"{name}-{n}" for n in range(COUNTS.get(name, 4))] for name in SCHEMAS}
        self.codes = [f"TOP{n // 2}" + (f".LOW{n}" if n % 2 else "") for n in range(COUNTS["issues"])]
        self.bodies = {name: [self.record(name, n) for n in range(len(slugs))] for name, slugs in self.keys.items()}

    def record(self, collection: str, number: int) -> dict[str, Any]:
        """A body that its schema takes: what it refuses is left out, or made anew where it is needed."""
        schema = SCHEMAS[collection]
        body = self.body(schema)
        for _ in range(60):
            slug = body["slug"] = self.keys[collection][number]
            for name in [name for name, value in body.items() if f'"{slug}"' in json.dumps(value)]:
                # Nothing depends on itself or replaces itself.
                if name != "slug" and not schema.model_fields[name].is_required():
                    del body[name]
            if collection == "issues":
                body["code"] = self.codes[number]
            try:
                schema.model_validate(body)
            except ValidationError as error:
                for name in {str(item["loc"][0]) if item["loc"] else "" for item in error.errors()}:
                    if name not in body or schema.model_fields[name].is_required():
                        body = self.body(schema)
                        break
                    del body[name]
            else:
                return body
        raise AssertionError(f"{collection}: no body was found")

    def body(self, schema: type[BaseModel]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, info in schema.model_fields.items():
            if name in SKIPPED and not info.is_required():
                continue
            if info.is_required() or self.random.random() < 0.45:
                examples = info.examples or [None]
                made[name] = self.value(info.annotation, tuple(info.metadata), examples, name)
        return made

    def value(self, annotation: Any, metadata: tuple[Any, ...], examples: list[Any], name: str) -> Any:
        if (collection := marker_of(annotation, metadata)) is not None:
            return self.key(collection)
        if name == "slug":
            return f"own-{self.random.randrange(10**9)}"
        if name == "asserted_value":
            return self.random.choice(JSON_VALUES)
        if isinstance(annotation, TypeAliasType):
            return self.value(annotation.__value__, metadata, examples, name)
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.value(args[0], (*args[1:], *metadata), examples, name)
        if origin in (Union, UnionType):
            arm = self.random.choice([arm for arm in args if arm is not type(None)])
            return self.value(arm, metadata, examples, name)
        if origin is list:
            inner = [part for example in examples if isinstance(example, list) for part in example] or [None]
            return [self.value(args[0], (), inner, name) for _ in range(self.random.randint(0, 3))]
        if origin is Literal:
            return self.random.choice(args)
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return self.random.choice(list(annotation)).value
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.body(annotation)
        return self.random.choice(examples)

    def key(self, collection: str) -> str:
        if collection == ANY:
            collection = self.random.choice(["processes", "talks", "parties", "proposals", "demands", "places"])
            return f"{collection}/{self.random.choice(self.keys[collection])}"
        return self.random.choice(self.codes if collection == "issues" else self.keys[collection])

    def mend(self, faults: list[dict[str, str]]) -> None:
        """Leave out what the ledger refuses: a field, or the record where it cannot do without the field."""
        gone: set[tuple[str, int]] = set()
        for fault in faults:
            _, _, collection, index, *rest = fault["pointer"].split("/")
            fields = SCHEMAS[collection].model_fields
            body = self.bodies[collection][int(index)]
            if rest and rest[0] in body and not fields[rest[0]].is_required():
                del body[rest[0]]
            elif collection != "processes":
                gone.add((collection, int(index)))
        for collection, index in sorted(gone, reverse=True):
            del self.bodies[collection][index]


async def settled(client: httpx.AsyncClient, world: World) -> None:
    """Write the world, less what the ledger refuses."""
    for _ in range(30):
        document = {"format": "parley-dossier/1", "slug": "any", "title": "Any", "records": world.bodies}
        got = await client.post("/v1/dossiers", json=document)
        if got.is_success:
            return
        assert got.status_code in (409, 422), got.text
        world.mend(got.json()["errors"])
    raise AssertionError(got.text)


@pytest.mark.parametrize("seed", range(2))
async def test_any_process_goes_into_an_empty_ledger_and_comes_back_byte_for_byte(
    server: Server, templates: Templates, seed: int
) -> None:
    world = World(seed)
    async with empty_ledger(server, templates) as here:
        await settled(here, world)
        assert sum(map(len, world.bodies.values())) > 25
        for slug in world.keys["processes"]:
            async with empty_ledger(server, templates) as there:
                content = await carried(here, there, slug)
            sent = {"Content-Type": "application/json"}
            again = (await here.post("/v1/dossiers", content=content, headers=sent)).json()
            assert again["revision"] is None, [one for one in again["records"] if one["done"] != "unchanged"]
            assert await given(here, slug) == content
            assert json.loads(content)["records"]["processes"]
