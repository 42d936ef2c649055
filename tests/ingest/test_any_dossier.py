"""Whatever a ledger holds of a process, another takes it, and gives the same bytes; taken by the first, it changes nothing.

The worlds are made of the write schemas themselves: a new field is in them as soon as it is declared. In a full one each
optional field is filled, and the test counts those that were not carried.
"""

import enum
import json
import random
import re
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from typing_extensions import TypeAliasType

from app.registry import WRITE_SPECS
from app.writing.coded_values import codable_fields
from app.writing.mentions import ANY, mentioned_collection
from tests.conftest import Server, Templates
from tests.ingest.test_dossier_export import carried, empty_ledger
from tests.ingest.test_dossier_export import given as dossier_of

SCHEMAS = {kind.collection: kind.schema for kind in WRITE_SPECS}
CODABLE = {kind.collection: list(codable_fields(kind)) for kind in WRITE_SPECS}
COUNTS = {"issues": 4, "processes": 3, "talks": 5, "proposals": 4, "demands": 8, "responses": 6, "citations": 6}
#: Keys inside one record: a value made at random would not lead there.
SKIPPED = {"slug", "account", "part", "parent_part", "replaces"}
#: Fields that every record has; those of the schema's examples only some.
EXAMPLES = {"field": ["/notes", "/review"]}
JSON_VALUES = [40, 1.5, -0.0, "forty", "", True, None, [1, {"a": [2.50]}], {"b": 1, "a": {"": None}}, 10**15, "NO"]


class World:
    """Bodies by collection, made at random, that mention each other."""

    def __init__(self, chosen: random.Random, share: float) -> None:
        """`chosen` decides, `share` is how many of the optional fields are filled."""
        self.random = chosen
        self.share = share
        self.keys = {name: [f"{name}-{n}" for n in range(COUNTS.get(name, 4))] for name in SCHEMAS}
        self.codes = [f"TOP{n // 2}" + (f".LOW{n}" if n % 2 else "") for n in range(COUNTS["issues"])]
        self.bodies = {name: [self.record(name, n) for n in range(len(slugs))] for name, slugs in self.keys.items()}
        self.place_demands()
        self.chain_deadlines()
        self.order_parties()
        self.write_dates()
        self.code_fields()

    def order_parties(self) -> None:
        """Memberships and successions lead from one party to a later one, and each is given on one side only."""
        first, second, third, fourth = self.keys["parties"]
        given = {first: {"member_of": second, "succeeded_by": second}, fourth: {"members": third}}
        for body in self.bodies["parties"]:
            for field in ("member_of", "members", "succeeded_by"):
                body.pop(field, None)
                if (other := given.get(body["slug"], {}).get(field)) and self.share == 1:
                    info = SCHEMAS["parties"].model_fields[field]
                    entry = self.value(info.annotation, tuple(info.metadata), info.examples or [], field)[0]
                    days = {name: day for name, day in (("valid_from", "2001"), ("valid_to", "2005")) if name in entry}
                    body[field] = [{**entry, **days, "party": other}]
            body.pop("successor_of", None)
        if self.share == 1:
            self.bodies["parties"][3]["successor_of"] = third

    def write_dates(self) -> None:
        """Give the first date of a record in the Julian calendar, too."""
        fields = ("started", "start", "document_date", "said_on", "agreed_on")
        for collection, body in ((name, body) for name, bodies in self.bodies.items() for body in bodies):
            field = next((field for field in fields if field in body), None)
            if field is not None and "dates_as_written" in SCHEMAS[collection].model_fields and self.share == 1:
                day = {"text": "1700-02-29", "calendar": "julian", "computed": "1700-03-11"}
                body[field], body["dates_as_written"] = day["computed"], [{"field": field, **day}]

    def code_fields(self) -> None:
        """Let a coder give a value to a field of each record that has one: the value that the record has."""
        for collection, body in ((name, body) for name, bodies in self.bodies.items() for body in bodies):
            body.pop("codings", None)
            field = next((name for name in CODABLE[collection] if name in body), None)
            if field is not None and self.share == 1:
                body["codings"] = [{"coder": "anna", "field": f"/{field}", "value": body[field], "coded_on": "2026-11"}]

    def chain_deadlines(self) -> None:
        """Let the second deadline of a record replace the first."""
        for body in (body for bodies in self.bodies.values() for body in bodies):
            first, *others = body.get("deadlines") or [{}]
            if others and "key" in first:
                others[0]["replaces"] = first["key"]

    def place_demands(self) -> None:
        """Let demands stand in accounts and parts of their proposals, where there are any."""
        for place, demand in enumerate(self.bodies["demands"]):
            number = self.keys["proposals"].index(demand["proposal"])
            for account in self.bodies["proposals"][number].get("accounts", ())[:1] if place % 2 else ():
                demand["account"] = account["slug"]
                if (parts := account.get("parts")) and "key" in parts[0]:
                    demand["part"] = parts[0]["key"]

    def record(self, collection: str, number: int) -> dict[str, Any]:
        """A body that its schema takes: what it refuses is left out, or made anew where it is needed."""
        schema = SCHEMAS[collection]
        body = self.body(schema)
        for _ in range(400):
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
                # From the end: what stands before it in a list keeps its place.
                for place in reversed([item["loc"] for item in error.errors()]):
                    if not self.pare(schema, body, place):
                        body = self.body(schema)
                        break
            else:
                return body
        raise AssertionError(f"{collection}: no body was found")

    def pare(self, schema: type[BaseModel], body: dict[str, Any], place: Iterable[str | int]) -> bool:
        """Leave out what stands at this place of a body, or one of its parts; False where nothing there may be missing."""
        way: list[tuple[Any, Any]] = []
        here: Any = body
        for step in place:
            if isinstance(here, list) and isinstance(step, int):
                is_there = step < len(here)
            else:
                is_there = isinstance(here, dict) and step in here
            if not is_there:
                # Something is missing, or was left out a moment ago: what lacks it goes.
                break
            way.append((here, step))
            here = here[step]
        else:
            if isinstance(here, dict | list) and len(here) > 1:
                choice = range(len(here)) if isinstance(here, list) else sorted(here)
                way.append((here, self.random.choice([one for one in choice if here is not body or one != "slug"])))
        if not way:
            return False
        holder, step = way[-1]
        if holder is body and schema.model_fields[step].is_required():
            return False
        del holder[step]
        return True

    def body(self, schema: type[BaseModel]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, info in schema.model_fields.items():
            is_inner = name == "parent" and mentioned_collection(info.annotation, tuple(info.metadata)) is None
            if (name in SKIPPED or is_inner) and not info.is_required():
                continue
            if info.is_required() or self.random.random() < self.share:
                examples = EXAMPLES.get(name) or info.examples or [None]
                made[name] = self.value(info.annotation, tuple(info.metadata), examples, name)
        return made

    def value(self, annotation: Any, metadata: tuple[Any, ...], examples: list[Any], name: str) -> Any:
        if (collection := mentioned_collection(annotation, metadata)) is not None:
            return self.key(collection)
        if name in ("slug", "key"):
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
            return [self.value(args[0], (), inner, name) for _ in range(self.random.randint(self.share == 1, 3))]
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

    def mend(self, violations: list[dict[str, str]]) -> None:
        """Leave out what the ledger refuses: a value, or the record where it cannot do without."""
        gone: set[tuple[str, int]] = set()
        for violation in reversed(violations):
            if not violation["pointer"]:
                # It says that there are more; they are refused the next time.
                continue
            _, _, collection, index, *rest = violation["pointer"].split("/")
            place = [int(step) if step.isdecimal() else step for step in rest]
            is_pared = self.pare(SCHEMAS[collection], self.bodies[collection][int(index)], place)
            if not is_pared and collection != "processes":
                gone.add((collection, int(index)))
        for collection, number in sorted(gone, reverse=True):
            del self.bodies[collection][number]


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


def filled(value: Any, way: str = "") -> set[str]:
    """The ways to all fields of a body that say something, without the places in lists: `posts/party`."""
    if isinstance(value, list):
        return set().union(*(filled(one, way) for one in value))
    below = [filled(inner, f"{way}/{name}") for name, inner in value.items()] if isinstance(value, dict) else []
    return {way}.union(*below)


def declared(annotation: Any, way: str = "") -> set[str]:
    """The ways to all fields of a schema."""
    if isinstance(annotation, TypeAliasType):
        return declared(annotation.__value__, way)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return {way}.union(*(declared(info.annotation, f"{way}/{name}") for name, info in fields))
    # Keys of a mapping are no fields.
    below = () if get_origin(annotation) in (dict, Literal) else get_args(annotation)
    return {way}.union(*(declared(one, way) for one in below))


async def there_and_back(server: Server, templates: Templates, world: World) -> list[dict[str, Any]]:
    """Write a world, carry each process of it to an empty ledger and back; answers their dossiers."""
    documents = []
    async with empty_ledger(server, templates) as here:
        await settled(here, world)
        assert sum(map(len, world.bodies.values())) > 25
        for slug in world.keys["processes"]:
            async with empty_ledger(server, templates) as there:
                content = await carried(here, there, slug)
            sent = {"Content-Type": "application/json"}
            again = (await here.post("/v1/dossiers", content=content, headers=sent)).json()
            assert again["revision"] is None, [one for one in again["records"] if one["done"] != "unchanged"]
            assert await dossier_of(here, slug) == content
            documents.append(json.loads(content))
            assert documents[-1]["records"]["processes"]
    return documents


#: A world needs more choices than Hypothesis makes for one example: it chooses what they begin with.
choices = st.builds(random.Random, st.integers(0, 2**32))
anything = settings(
    max_examples=1, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


@anything
@given(choices)
async def test_any_process_goes_into_an_empty_ledger_and_comes_back_byte_for_byte(
    server: Server, templates: Templates, chosen: random.Random
) -> None:
    await there_and_back(server, templates, World(chosen, share=0.45))


@anything
@given(choices)
async def test_records_of_every_field_go_into_an_empty_ledger_and_come_back_byte_for_byte(
    server: Server, templates: Templates, chosen: random.Random
) -> None:
    documents = await there_and_back(server, templates, World(chosen, share=1))
    ways, said = set[str](), set[str]()
    for collection, schema in SCHEMAS.items():
        ways |= {f"{collection}{way}" for way in declared(schema)}
        bodies = [body for document in documents for body in document["records"].get(collection, ())]
        said |= {f"{collection}{way}" for way in filled(bodies)}
    # Records of their own that stand inside others come by themselves, a proposal's parts in its account, and citations of
    # what is only mentioned apart.
    elsewhere = re.compile(
        "(talks/delegations|proposals/demands|proposals/parts|(citations|issues|parties|people|places|sources)/citations)"
    )
    ways = {way for way in ways if not elsewhere.match(way)}
    lacking = sorted(ways - said)
    assert len(ways) > 600
    assert len(lacking) < 0.03 * len(ways), "\n".join(lacking)
