"""A schema becomes a statement: includes, fields, orders, what is withdrawn."""

import httpx


async def test_fields_drop_branches_at_depth(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/talks/istanbul-2025-06-02?fields=slug,delegations.party.name,delegations.size")
    assert set(got.json()) == {"slug", "delegations"}
    assert all(set(seat) == {"party", "size"} for seat in got.json()["delegations"])
    assert all(set(seat["party"]) == {"name"} for seat in got.json()["delegations"])


async def test_includes_reach_four_steps_and_no_further(client: httpx.AsyncClient) -> None:
    deep = await client.get("/v1/processes/russia-ukraine?include=talks.proposals.demands.responses&fields=slug")
    assert deep.status_code == 200
    answered = [
        response["stance"]
        for talk in deep.json()["talks"]
        for proposal in talk["proposals"]
        for demand in proposal["demands"]
        for response in demand["responses"]
    ]
    assert "rejected" in answered
    deeper = await client.get("/v1/processes/russia-ukraine?include=talks.proposals.demands.responses.citations")
    assert deeper.status_code == 422


async def test_nested_lists_are_in_the_documents_order(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/demands?account=russian-memorandum-2025-06-02-article&fields=number&limit=50")
    numbers = [row["number"] for row in got.json()["data"]]
    assert numbers[:13] == ["1.1", "1.2", "1.3", *(f"2.{n}" for n in range(1, 11))]
    proposal = await client.get("/v1/proposals/russian-memorandum-2025-06-02?include=demands&fields=demands.position")
    positions = [row["position"] for row in proposal.json()["demands"]]
    assert positions == sorted(positions)


async def test_lists_and_counts_read_the_reference_account_alone(client: httpx.AsyncClient) -> None:
    async def count(query: str) -> int:
        got = await client.get(f"/v1/demands?process=russia-ukraine&count=exact&limit=1&{query}")
        return int(got.json()["page"]["count"]["value"])

    assert await count("") == 138
    assert await count("account=all") == 138 + 26
    assert await count("proposal=russian-memorandum-2025-06-02") == 39
    assert await count("account=russian-memorandum-2025-06-02-article") == 26


async def test_the_same_question_has_the_same_bytes(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/russia-ukraine?include=talks.delegations,proposals.demands.responses"
    assert (await client.get(address)).content == (await client.get(address)).content


async def test_a_range_of_dates_takes_what_may_lie_in_it(client: httpx.AsyncClient) -> None:
    """Hurdal began in October 2012 and Havana went on for years; a date known to the month may lie in all of it."""

    async def slugs(query: str) -> set[str]:
        got = await client.get(f"/v1/proposals?process=colombia-farc&limit=100&fields=slug,tabled_on&{query}")
        return {row["slug"] for row in got.json()["data"]}

    monthly = [
        row
        for row in (await client.get("/v1/proposals?limit=500&fields=slug,tabled_on")).json()["data"]
        if row["tabled_on"] and len(row["tabled_on"].rstrip("~")) == 7
    ]
    assert monthly, "the material knows some proposals only to the month"
    for row in monthly:
        month = row["tabled_on"][:7]
        for query in (f"tabled_from={month}-28", f"tabled_to={month}-01"):
            found = (await client.get(f"/v1/proposals?{query}&limit=500&fields=slug")).json()["data"]
            assert row["slug"] in {one["slug"] for one in found}
    assert await slugs("tabled_from=2012&tabled_to=2016") <= await slugs("")
