"""What others say of a proposal or an agreement, read from its side: relations to it, and outcomes of talks."""

from typing import Any

import httpx

from app.db.vocabulary import RelationKind
from tests.conftest import Statements


async def written(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"/v1/{path}", json=body)
    assert answer.status_code == 201, answer.text


async def read(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of(rows: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(row["kind"], row["proposal"]["slug"], row["note"]) for row in rows]


def proposal(slug: str, **more: Any) -> dict[str, Any]:
    return {"slug": slug, "process": "alba-boria", "title": slug, "kind": "plan", "authors": ["boria"], **more}


PACT = {"slug": "pact", "process": "alba-boria", "title": "Pact", "kind": "ceasefire", "agreed_on": "2020-03-09"}


async def test_a_proposal_and_an_agreement_show_what_relates_to_them(world_client: httpx.AsyncClient) -> None:
    await written(world_client, "agreements", PACT)
    for kind in RelationKind:
        slug = str(kind).replace("_", "-")
        relations = [{"kind": kind, "proposal": "plan", "note": slug}, {"kind": kind, "agreement": "pact"}]
        await written(world_client, "proposals", proposal(slug, relations=relations))
    kinds = sorted(RelationKind)
    of_plan = [(str(kind), str(kind).replace("_", "-"), str(kind).replace("_", "-")) for kind in kinds]
    of_pact = [(kind, slug, None) for kind, slug, _ in of_plan]
    assert of((await read(world_client, "proposals/plan"))["related_from"]) == of_plan
    assert of((await read(world_client, "agreements/pact"))["related_from"]) == of_pact
    # An inverse is not said a second time by the one that relates.
    assert (await read(world_client, "proposals/supersedes"))["related_from"] == []
    before = (await read(world_client, "revisions", limit=1))["head"]
    gone = await world_client.delete("/v1/proposals/supersedes?reason=coded twice")
    assert gone.status_code == 204
    left = [row for row in of_plan if row[0] != "supersedes"]
    assert of((await read(world_client, "proposals/plan"))["related_from"]) == left
    assert of((await read(world_client, "proposals/plan", as_of=before))["related_from"]) == of_plan
    assert len((await read(world_client, "agreements/pact"))["related_from"]) == len(left)


async def test_links_from_withdrawn_demands_go_with_them(world_client: httpx.AsyncClient) -> None:
    patched = await world_client.patch("/v1/demands/plan-5", json={"links": [{"demand": "plan-1", "kind": "repeats"}]})
    assert patched.status_code == 200, patched.text
    assert [row["demand"]["slug"] for row in (await read(world_client, "demands/plan-1"))["linked_from"]] == ["plan-5"]
    assert (await world_client.delete("/v1/demands/plan-5?reason=coded twice")).status_code == 204
    assert (await read(world_client, "demands/plan-1"))["linked_from"] == []


async def test_what_is_not_known_relates_to_nothing(world_client: httpx.AsyncClient) -> None:
    published = {"published_on": "2020-03-01"}
    assert (await world_client.patch("/v1/proposals/plan", json=published)).status_code == 200
    later = proposal("later", relations=[{"kind": "supersedes", "proposal": "plan"}], published_on="2020-04-01")
    await written(world_client, "proposals", later)
    assert (await read(world_client, "proposals/plan", known_by="2020-03-31"))["related_from"] == []
    known = await read(world_client, "proposals/plan", known_by="2020-04-01")
    assert of(known["related_from"]) == [("supersedes", "later", None)]


async def test_an_agreement_shows_the_outcomes_that_are_it_with_what_contradicts_them(
    world_client: httpx.AsyncClient, statements: Statements
) -> None:
    await written(world_client, "agreements", {**PACT, "citations": [{"source": "gazette"}]})
    keys = ["exchange", "exchange/2", "other"]
    outcomes: list[dict[str, Any]] = [
        {"key": key, "kind": "agreement", "text": key, "agreement": "pact" if key != "other" else None} for key in keys
    ]
    citations = [
        {"source": "gazette", "field": "/outcomes/exchange", "key": "a"},
        {"source": "herald", "field": "/outcomes/exchange", "key": "b", "verdict": "contradicts", "asserted_value": "157 each", "locator": "page 1"},
        {"source": "herald", "field": "/outcomes/exchange/quantities", "key": "c", "verdict": "silent"},
        {"source": "herald", "field": "/outcomes/exchange~12", "key": "d", "verdict": "contradicts"},
        {"source": "herald", "field": "/outcomes/other", "key": "e", "verdict": "contradicts"},
        {"source": "herald", "field": "/outcomes", "key": "f", "verdict": "contradicts"},
        {"source": "gazette", "key": "g"},
    ]  # fmt: skip
    patched = await world_client.patch("/v1/talks/round-1", json={"outcomes": outcomes, "citations": citations})
    assert patched.status_code == 200, patched.text
    statements.clear()
    pact = await read(world_client, "agreements/pact")
    assert len(statements) == 1
    rows = [
        (row["talk"]["slug"], row["key"], [(one["source"]["slug"], one["field"], one["verdict"]) for one in row["citations"]])
        for row in pact["outcomes"]
    ]  # fmt: skip
    assert rows == [
        ("round-1", "exchange", [
            ("gazette", "/outcomes/exchange", "supports"),
            ("herald", "/outcomes/exchange", "contradicts"),
            ("herald", "/outcomes/exchange/quantities", "silent"),
        ]),
        ("round-1", "exchange/2", [("herald", "/outcomes/exchange~12", "contradicts")]),
    ]  # fmt: skip
    told = pact["outcomes"][0]["citations"][1]
    assert (told["asserted_value"], told["locator"]) == ("157 each", "page 1")
    # Both clocks: the Herald is of 5 March; before the talk was written anew nothing was an outcome of it.
    early = await read(world_client, "agreements/pact", known_by="2020-03-04")
    assert [[one["source"]["slug"] for one in row["citations"]] for row in early["outcomes"]] == [["gazette"], []]
    head = (await read(world_client, "revisions", limit=1))["head"]
    assert (await read(world_client, "agreements/pact", as_of=head - 1))["outcomes"] == []
    # A citation or a talk that is withdrawn tells nothing.
    assert (await world_client.delete(f"/v1/citations/{told['slug']}?reason=misread")).status_code == 204
    assert len((await read(world_client, "agreements/pact"))["outcomes"][0]["citations"]) == 2
    for path in ("talks/round-1-principals", "proposals/plan", "talks/round-1"):
        withdrawn = await world_client.delete(f"/v1/{path}?reason=never held")
        assert withdrawn.status_code == 204, withdrawn.text
    assert (await read(world_client, "agreements/pact"))["outcomes"] == []


async def test_the_bundled_agreements_show_their_outcomes(client: httpx.AsyncClient) -> None:
    """Each outcome of a bundled talk that names an agreement stands at that agreement, and no other."""
    talks = (await read(client, "talks", limit=500))["data"]
    expected: set[tuple[str, str, str]] = set()
    for talk in talks:
        for row in (await read(client, f"talks/{talk['slug']}"))["outcomes"]:
            if row["agreement"]:
                expected.add((row["agreement"]["slug"], talk["slug"], row["key"]))
    found: set[tuple[str, str, str]] = set()
    for one in (await read(client, "agreements", limit=500))["data"]:
        for row in (await read(client, f"agreements/{one['slug']}"))["outcomes"]:
            found.add((one["slug"], row["talk"]["slug"], row["key"]))
            assert row["citations"]
    assert len(expected) > 20 and found == expected
