"""`include=` at depth, `fields=` on what is included, addresses, and what all of it may cost."""

from typing import Any

import httpx
import pytest

from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.conftest import Statements
from tests.loops import nonempty

DEEP = "include=delegations.members.person,proposals.demands.responses"


async def test_branches_of_branches_come_in_one_statement(client: httpx.AsyncClient, statements: Statements) -> None:
    address = f"/v1/talks?process=russia-ukraine&start_from=2025-06-02&start_to=2025-06-02&{DEEP}"
    assert (await client.get(address)).status_code == 200
    statements.clear()
    talks = {talk["slug"]: talk for talk in (await client.get(address)).json()["data"]}
    assert len(statements) == 1
    talk = talks["istanbul-2025-06-02"]
    seats = [seat for delegation in talk["delegations"] for seat in delegation["members"]]
    umerov = next(seat["person"] for seat in seats if seat["person"]["slug"] == "rustem-umerov")
    assert umerov == {**(await client.get("/v1/people?id=rustem-umerov")).json()["data"][0]}
    demands = [demand for proposal in talk["proposals"] for demand in proposal["demands"]]
    assert len(demands) > 20
    assert all("responses" in demand for demand in demands)


async def test_fields_reach_into_what_is_included_and_what_is_mentioned(client: httpx.AsyncClient) -> None:
    asked = "fields=slug,process.status,delegations.party.name&include=delegations"
    one = (await client.get(f"/v1/talks?id=istanbul-2025-06-02&{asked}")).json()["data"][0]
    assert one == {
        "slug": "istanbul-2025-06-02",
        "process": {"status": "ongoing"},
        "delegations": [{"party": {"name": name}} for name in ("Russia", "Ukraine", "Türkiye")],
    }


async def test_who_picks_what_comes_only_when_asked_for_has_asked_for_it(client: httpx.AsyncClient) -> None:
    for asked in ("fields=state", "fields=slug,state", "fields=slug,state&include=state"):
        (one,) = (await client.get(f"/v1/demands?id=russian-memorandum-2025-06-02-ii-2-8&{asked}")).json()["data"]
        assert one["state"]["word"]
    (one,) = (await client.get("/v1/talks?id=istanbul-2025-06-02&fields=slug,delegations.members,process.urls")).json()[
        "data"
    ]
    assert one["delegations"][0]["members"] and list(one["delegations"][0]) == ["members"]
    assert one["process"] == {"urls": one["process"]["urls"]} and one["process"]["urls"]["self"]
    assert (await client.get("/v1/talks?fields=delegations&format=csv&limit=2")).status_code == 200


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_every_field_can_be_picked_alone(client: httpx.AsyncClient, collection: Resource) -> None:
    key = (await client.get(f"/v1/{collection.name}?limit=1")).json()["data"][0]["slug"]
    listed, alone = collection.read_spec.summary.model_fields, collection.read_spec.detail.model_fields
    for name in listed:
        got = await client.get(f"/v1/{collection.name}?limit=1&fields={name}")
        assert got.status_code == 200 and list(got.json()["data"][0]) == [name], (name, got.text[:200])
    # What a list shows is made in the same way for a record alone.
    for name in ["slug", *(name for name in alone if name not in listed)]:
        got = await client.get(f"/v1/{collection.name}/{key}?fields={name}")
        assert got.status_code == 200 and list(got.json()) == [name], (name, got.text[:200])


async def test_fields_reach_into_values_that_are_json(client: httpx.AsyncClient) -> None:
    address = "/v1/demands/russian-memorandum-2025-06-02-ii-2-8"
    whole = (await client.get(f"{address}?include=state")).json()["state"]
    picked = (await client.get(f"{address}?fields=state.word,state.answers.stance,state.answers.party.slug")).json()
    answers = [{"stance": one["stance"], "party": {"slug": one["party"]["slug"]}} for one in whole["answers"]]
    assert answers and picked == {"state": {"word": whole["word"], "answers": answers}}
    (slug,) = (one["slug"] for one in (await client.get("/v1/demands?has=quantities,timing&limit=1")).json()["data"])
    whole = (await client.get(f"/v1/demands/{slug}")).json()
    assert (await client.get(f"/v1/demands/{slug}?fields=quantities.value,timing.relation,caveats.basis")).json() == {
        "quantities": [{"value": one["value"]} for one in whole["quantities"]],
        "timing": {"relation": whole["timing"]["relation"]},
        "caveats": [{"basis": one["basis"]} for one in whole["caveats"]],
    }
    wrong = (await client.get("/v1/demands?fields=state.wrod")).json()["errors"][0]
    assert wrong["hint"].startswith("Did you mean `word`? Allowed: word, on,")


async def test_urls_lead_to_the_record_its_mentions_and_its_lists(client: httpx.AsyncClient) -> None:
    one = (await client.get("/v1/talks/istanbul-2025-06-02-principals?include=urls")).json()
    assert one["urls"]["process"] == "/v1/processes/russia-ukraine"
    assert one["urls"]["parent"] == "/v1/talks/istanbul-2025-06-02"
    assert one["urls"]["delegations"] == "/v1/delegations?talk=istanbul-2025-06-02-principals"


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_every_url_answers(client: httpx.AsyncClient, collection: Resource) -> None:
    rows = (await client.get(f"/v1/{collection.name}?include=urls&limit=3")).json()["data"]
    for row in nonempty(rows):
        assert row["urls"]["self"].startswith(f"/v1/{collection.name}/")
        for address in filter(None, row["urls"].values()):
            got = await client.get(address)
            assert got.status_code == 200, address


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_a_mention_that_is_opened_still_holds_what_it_said(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    """Each mention of each collection: its summary has all that stood there, and what it promises."""
    from app.reading.selection import model_in

    for name, field in nonempty(collection.read_spec.summary.model_fields.items()):
        mentioned = getattr(model_in(field.annotation), "opens", None)
        if not mentioned:
            continue
        short = (await client.get(f"/v1/{collection.name}?fields=slug,{name}&has={name}&limit=5")).json()
        whole = (await client.get(f"/v1/{collection.name}?fields=slug,{name}&include={name}&has={name}&limit=5")).json()
        if "data" not in short:  # A mention that is no relation of the table cannot be asked for by `has=`.
            continue
        for before, after in zip(short["data"], whole["data"], strict=True):
            mentions = before[name] if isinstance(before[name], list) else [before[name]]
            opened = after[name] if isinstance(after[name], list) else [after[name]]
            for mention, summary in zip(mentions, opened, strict=True):
                assert mention.items() <= summary.items(), (name, mention, summary)
                assert summary.keys() > mention.keys()


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/v1/processes?include=talks.proposals.demands.responses&limit=500", "limit="),
        ("/v1/processes?include=talks.children.children.proposals&limit=500", "limit="),
        ("/v1/talks?include=parent.parent.parent.parent.parent", None),
        ("/v1/talks?include=start", None),
        ("/v1/talks?include=delegations.members.person.nothing", None),
    ],
)
async def test_what_would_cost_too_much_or_leads_nowhere_is_refused(
    client: httpx.AsyncClient, address: str, hint: str | None
) -> None:
    got = await client.get(address)
    violation: dict[str, Any] = got.json()["errors"][0]
    assert (got.status_code, violation["parameter"]) == (422, "include")
    assert hint is None or hint in violation["hint"]
