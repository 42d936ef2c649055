"""`GET /v1/dossiers/all`: everything that a ledger holds, in one document that an empty one takes and gives again."""

import json
import random
import tracemalloc
from typing import Any

import httpx
import pytest
from hypothesis import given, settings

from app.ingest.dossier_formats import DossierForm
from app.ingest.dossier_writer import dossier_writer
from app.ingest.whole_ledger import SLUG, open_whole
from app.registry import WRITE_SPECS
from app.runtime.bootstrap import engine_at, writer_over
from app.writing.intents import Intent
from tests.conftest import Server, Templates, application
from tests.ingest.test_any_dossier import World, anything, choices, settled
from tests.ingest.test_dossier_export import empty_ledger
from tests.loops import nonempty

ALL = "/v1/dossiers/all"


async def whole(client: httpx.AsyncClient, asked: str = "") -> bytes:
    got = await client.get(f"{ALL}{asked}")
    assert got.status_code == 200, got.text
    return got.content


async def carried(here: httpx.AsyncClient, there: httpx.AsyncClient, asked: str = "") -> dict[str, Any]:
    """Carry a ledger to an empty one and back; answers the dossier that did it."""
    content = await whole(here, asked)
    taken = await there.post("/v1/dossiers", content=content, headers={"Content-Type": "application/json"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["counts"]["created"] == len(taken.json()["records"])
    assert await whole(there) == content
    document: dict[str, Any] = json.loads(content)
    return document


# --- nothing is lost


async def test_the_bundled_ledger_goes_into_an_empty_one_and_comes_back_byte_for_byte(
    client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    async with empty_ledger(server, templates) as there:
        records = (await carried(client, there))["records"]
        for kind in WRITE_SPECS:
            everything = "&account=all" if kind.collection == "demands" else ""
            for one in (client, there):
                counted = await one.get(f"/v1/{kind.collection}?limit=1&count=exact{everything}")
                assert counted.json()["page"]["count"]["value"] == len(records[kind.collection]), kind.collection


@settings(anything, max_examples=1)
@given(choices)
async def test_any_ledger_goes_into_an_empty_one_and_comes_back_byte_for_byte(
    server: Server, templates: Templates, chosen: random.Random
) -> None:
    world = World(chosen, share=0.8)
    async with empty_ledger(server, templates) as here, empty_ledger(server, templates) as there:
        await settled(here, world)
        document = await carried(here, there)
        assert sum(map(len, document["records"].values())) >= sum(map(len, world.bodies.values()))
        again = await here.post("/v1/dossiers", json=document)
        assert again.json()["revision"] is None, again.text


async def test_withdrawn_records_come_along_and_names_are_those_of_today(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    await world_client.patch("/v1/demands/plan-1", json={"slug": "withdrawal"})
    cited = {"slug": "cited", "target": "parties/boria", "source": "gazette"}
    assert (await world_client.post("/v1/citations", json=cited)).is_success
    gone = ("people/ana", "demands/plan-6", "citations/cited")
    for address in gone:
        assert (await world_client.delete(f"/v1/{address}?reason=coded+twice")).status_code == 204
    async with empty_ledger(server, templates) as there:
        document = await carried(world_client, there)
        (truce,) = [body for body in document["records"]["demands"] if body["slug"] == "plan-2"]
        assert truce["timing"]["trigger"]["demand"] == "withdrawal"
        for address in gone:
            collection, slug = address.split("/")
            assert document["withdrawn"][collection][slug] == "coded twice"
            tombstone = await there.get(f"/v1/{address}")
            assert (tombstone.status_code, "coded twice" in tombstone.text) == (410, True)
        again = await there.post("/v1/dossiers", json=document)
        assert again.json()["revision"] is None, again.text


# --- of then, of what was known, in both forms


async def test_it_tells_what_the_ledger_held_then_and_what_was_known(
    world_client: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    then = await world_client.get(ALL)
    assert (await world_client.patch("/v1/parties/alba", json={"name": "Other"})).is_success
    assert await whole(world_client) != then.content
    past = await world_client.get(f"{ALL}?as_of={then.headers['parley-revision']}")
    assert past.content == then.content
    assert "immutable" in past.headers["cache-control"]
    assert (await world_client.get(f"{ALL}?as_of=99")).status_code == 422
    async with empty_ledger(server, templates) as there:
        known = await carried(world_client, there, "?known_by=2020-03-20")
    everything = json.loads(await whole(world_client))["records"]
    known_by_list = (await world_client.get("/v1/demands?known_by=2020-03-20&limit=1&count=exact")).json()
    assert (
        len(known["records"].get("demands", [])) == known_by_list["page"]["count"]["value"] < len(everything["demands"])
    )


async def test_yaml_says_the_same(client: httpx.AsyncClient) -> None:
    document = json.loads(await whole(client))
    assert document["slug"] == SLUG
    got = await client.get(ALL, headers={"Accept": "application/yaml"})
    assert got.headers["content-type"] == "application/yaml"
    assert got.headers["content-disposition"] == 'inline; filename="parley.yaml"'
    assert got.content == DossierForm.YAML.write(document)
    assert await whole(client, "?format=json") == DossierForm.JSON.write(document)


@pytest.mark.parametrize("form", DossierForm)
def test_pieces_make_the_text_of_the_whole(form: DossierForm) -> None:
    long = {
        "slug": "c",
        "text": 'A "long" text: ' + "with words " * 30 + "\n\n# and lines\n",
        "list": [[], {}, [1, [2]]],
    }
    ledgers: tuple[dict[str, dict[str, Any]], ...] = (
        {},
        {"records": {"parties": [{"slug": "a"}]}},
        {"records": {"parties": [{"slug": "a"}, {"slug": "b"}, long], "talks": [long, long]}},
        {"records": {"parties": [long]}, "withdrawn": {"parties": {"a": "x"}, "talks": {"b": "y: z", "c": "ü" * 200}}},
    )
    for sections in nonempty(ledgers):
        text = dossier_writer(form)
        head = {"format": "f", "slug": "s"}
        made = text.begin(head)
        for section, collections in sections.items():
            for collection, entries in collections.items():
                pieces: list[Any] = [[one] for one in entries]
                if isinstance(entries, dict):
                    pieces = [{key: value} for key, value in entries.items()]
                for piece in pieces:
                    made += text.write_entries(section, collection, piece)
        assert made + text.end() == form.write(head | sections)


# --- as an answer


async def test_it_is_marked_as_other_reads_are_and_gives_its_connection_back(loaded_url: str) -> None:
    async with application(loaded_url, pool_size=2) as client:
        first = await client.get(ALL)
        assert first.headers["parley-revision"].isdigit()
        for _ in range(12):
            again = await client.get(ALL, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert (await client.get(ALL)).content == first.content
        assert (await client.get(f"{ALL}?fields=slug")).status_code == 422
        assert (await client.get(ALL, headers={"Accept": "text/csv"})).status_code == 406
    async with application(loaded_url, read_access="key") as client:
        assert (await client.get(ALL)).status_code == 401


async def test_no_more_than_some_records_are_in_memory(database_url: str) -> None:
    async def peak(number: int) -> int:
        """The most memory that it takes to write the ledger with so many more parties."""
        bodies = [
            {"slug": f"p-{number}-{n}", "name": f"P {n}", "kind": "state", "summary": "words " * 200}
            for n in range(number)
        ]
        await writer.write([Intent("parties", body) for body in bodies], editor="test")
        del bodies
        opened = await open_whole(writer, DossierForm.JSON)
        tracemalloc.start()
        try:
            assert sum([len(chunk) async for chunk in opened]) > 1_200 * number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await opened.aclose()

    async with engine_at(database_url) as engine:
        writer = writer_over(engine)
        few = await peak(1_100)
        assert await peak(5_000) < 1.5 * few
