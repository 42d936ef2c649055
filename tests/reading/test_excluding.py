"""`.none` and `null`: each filter and its complement find every record once."""

import json
from typing import Any

import httpx
import pytest

from app.cli.explain_plan import explain
from app.reading.query import facets_of
from app.registry import RESOURCES
from app.resources.resource import Resource
from app.settings import Settings
from tests.conftest import Opened
from tests.loops import nonempty

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)


def derived(collection: Resource) -> list[str]:
    """The public names of the filters that have a `.none`."""
    fields = collection.read_spec.query.model_fields
    return [
        str(field.alias).removesuffix(".none") for name, field in fields.items() if str(field.alias).endswith(".none")
    ]


#: What `slugs` asks of each page: a statement of any other form would be compiled anew.
PAGE = {"fields": "slug", "limit": "250", "count": "exact"}


async def slugs(client: httpx.AsyncClient, name: str, query: dict[str, str]) -> list[str]:
    """The slugs of all pages, and that the stream and the count say the same."""
    found: list[str] = []
    asked = {**query, **PAGE}
    while True:
        got = await client.get(f"/v1/{name}", params=asked)
        assert got.status_code == 200, (query, got.text)
        page = got.json()
        found += [row["slug"] for row in page["data"]]
        if page["page"]["next"] is None:
            break
        asked["cursor"] = page["page"]["next"]
    assert len(found) == len(set(found)) == page["page"]["count"]["value"], query
    return found


@EVERY
async def test_what_a_filter_finds_and_what_its_none_finds_are_all_records(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    name = collection.name
    everything = await slugs(client, name, {})
    countable = facets_of(collection.read_spec.query)
    got = (await client.get(f"/v1/{name}?limit=0&facets={','.join(countable)}")).json()["facets"]
    for parameter in derived(collection):
        info = next(f for n, f in collection.read_spec.query.model_fields.items() if (f.alias or n) == parameter)
        values = [str(b["value"]) for b in got.get(parameter, {"values": []})["values"] if b["value"] is not None][:2]
        assert info.examples
        values = values or [str(value) for value in info.examples[0]]
        there = await slugs(client, name, {parameter: ",".join(values)})
        rest = await slugs(client, name, {f"{parameter}.none": ",".join(values)})
        assert sorted([*there, *rest]) == sorted(everything), (parameter, values)
    # Both at once, and as a stream: one filter of each collection.
    parameter, value = derived(collection)[-1], values[0]
    both = await slugs(client, name, {parameter: values[0], f"{parameter}.none": values[-1]})
    assert set(both) == set(await slugs(client, name, {parameter: value})) - set(
        await slugs(client, name, {parameter: values[-1]})
    )
    lines = (await client.get(f"/v1/{name}", params={f"{parameter}.none": value, "format": "ndjson"})).text
    assert len(lines.splitlines()) == len(await slugs(client, name, {f"{parameter}.none": value}))


@EVERY
async def test_null_finds_what_no_value_finds(client: httpx.AsyncClient, collection: Resource) -> None:
    name = collection.name
    everything = await slugs(client, name, {})
    countable = facets_of(collection.read_spec.query)
    facets = (await client.get(f"/v1/{name}?limit=0&facets={','.join(countable)}")).json()["facets"]
    for parameter in nonempty(countable):
        info = next(
            (f for n, f in collection.read_spec.query.model_fields.items() if (f.alias or n) == parameter), None
        )
        if info is None:  # `year` is no parameter.
            continue
        lacking = await slugs(client, name, {"missing": parameter})
        got = await client.get(f"/v1/{name}", params={**PAGE, parameter: "null"})
        if got.status_code == 422:
            (error,) = got.json()["errors"]
            is_flag = "bool" in str(info.annotation)
            assert is_flag or f"missing={parameter}" in error["message"], (parameter, error)
            assert not is_flag or not lacking, parameter
            continue
        assert sorted(await slugs(client, name, {parameter: "null"})) == sorted(lacking), parameter
        if f"{parameter}_none" in collection.read_spec.query.model_fields:
            having = await slugs(client, name, {f"{parameter}.none": "null"})
            assert sorted([*having, *lacking]) == sorted(everything), parameter
        value = next((str(one["value"]) for one in facets[parameter]["values"] if one["value"] is not None), None)
        if value is not None and parameter in ("party", "kind", "process", "state", "source"):
            either = await slugs(client, name, {parameter: f"{value},null"})
            assert sorted(either) == sorted([*lacking, *await slugs(client, name, {parameter: value})]), parameter


async def test_the_complement_is_exact_in_the_past_and_by_what_was_known(open_client: Opened, loaded_url: str) -> None:
    async with open_client(loaded_url) as client:
        for clock in ({"as_of": "1"}, {"known_by": "2025-06-30"}):
            newest = (await client.get("/v1/revisions?limit=1")).json()["head"]
            clock = {"as_of": str(newest)} if "as_of" in clock else clock
            everything = await slugs(client, "demands", clock)
            for parameter, value in (
                ("party", "russia"),
                ("issue", "TERR"),
                ("state", "rejected"),
                ("place", "donetsk-region"),
            ):
                there = await slugs(client, "demands", {**clock, parameter: value})
                rest = await slugs(client, "demands", {**clock, f"{parameter}.none": value})
                assert sorted([*there, *rest]) == sorted(everything), (clock, parameter)


async def test_none_of_what_is_not_there_is_refused(client: httpx.AsyncClient) -> None:
    for query, parameter in (
        ("talks?party.none=rusia", "party.none"),
        ("sources?publisher.none=The Moscow Tmes", "publisher.none"),
        ("citations?target.none=talks/nonsense", "target.none"),
        ("demands?state.none=rejectd", "state.none"),
    ):
        got = await client.get(f"/v1/{query}")
        assert got.status_code == 422, (query, got.text)
        (error,) = got.json()["errors"]
        assert error["parameter"] == parameter, error


async def test_a_page_without_something_makes_no_table_of_it(loaded_url: str) -> None:
    """Of what is not to be found PostgreSQL would make a hash table, in a read of the past from a whole view."""
    settings = Settings(database_url=loaded_url)
    for query in ("party.none=russia", "issue.none=TERR", "state.none=rejected", "place.none=donetsk-region"):
        for clock in ("", "&as_of=6", "&known_by=2025-12-31"):
            found = await explain(loaded_url, settings, f"/v1/demands?{query}{clock}&fields=slug", analyze=False)
            assert found.status == 200, (query, clock, found.problem)
            plan = "\n".join(line for one in found.statements for line in one.plan or ())
            assert "Limit" in plan and "Hash Anti Join" not in plan and "hashed SubPlan" not in plan, (query, clock)


@pytest.mark.parametrize(
    ("name", "is_held"),
    [
        ("people", lambda one, posts: bool(one["posts"]) or one["slug"] in posts["people"]),
        ("parties", lambda one, posts: one["slug"] in posts["parties"]),
    ],
)
async def test_null_finds_those_without_a_post(client: httpx.AsyncClient, name: str, is_held: Any) -> None:
    """Counted over whole records: a post of a person, or one in which a person sat; of a party those held for it."""
    people, delegations, records = [
        [json.loads(line) for line in (await client.get(f"/v1/{of}?format=ndjson&fields=*")).text.splitlines()]
        for of in ("people", "delegations", name)
    ]
    posts = {
        "people": {seat["person"]["slug"] for one in delegations for seat in one["members"] if seat["post"]},
        "parties": {post["party"]["slug"] for one in people for post in one["posts"] if post["party"]},
    }
    expected = sorted(one["slug"] for one in records if not is_held(one, posts))
    assert expected and sorted(await slugs(client, name, {"post": "null"})) == expected
    rest = await slugs(client, name, {"post.none": "null"})
    assert sorted([*rest, *expected]) == sorted(one["slug"] for one in records)
    either = await slugs(client, name, {"post": "null,minister"})
    assert set(either) == {*expected, *await slugs(client, name, {"post": "minister"})}
