"""`include=` at depth, `fields=` on what is included, addresses, and what all of it may cost."""

from typing import Any

import httpx
import pytest

from app.collection import Collection
from app.rooms import COLLECTIONS
from tests.conftest import Statements

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


async def test_urls_lead_to_the_record_its_mentions_and_its_lists(client: httpx.AsyncClient) -> None:
    one = (await client.get("/v1/talks/istanbul-2025-06-02-principals?include=urls")).json()
    assert one["urls"]["process"] == "/v1/processes/russia-ukraine"
    assert one["urls"]["parent"] == "/v1/talks/istanbul-2025-06-02"
    assert one["urls"]["delegations"] == "/v1/delegations?talk=istanbul-2025-06-02-principals"


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
async def test_every_url_answers(client: httpx.AsyncClient, collection: Collection) -> None:
    rows = (await client.get(f"/v1/{collection.name}?include=urls&limit=3")).json()["data"]
    for row in rows:
        assert row["urls"]["self"].startswith(f"/v1/{collection.name}/")
        for address in filter(None, row["urls"].values()):
            got = await client.get(address)
            assert got.status_code == 200, address


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
async def test_a_mention_that_is_opened_still_holds_what_it_said(
    client: httpx.AsyncClient, collection: Collection
) -> None:
    """Each mention of each collection: its summary has all that stood there, and what it promises."""
    from app.reading.selection import model_in

    for name, field in collection.readable.summary.model_fields.items():
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
    fault: dict[str, Any] = got.json()["errors"][0]
    assert (got.status_code, fault["parameter"]) == (422, "include")
    assert hint is None or hint in fault["hint"]
