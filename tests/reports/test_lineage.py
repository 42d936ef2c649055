"""Lineage: the connected demands of the dossiers, and circles of made-up links."""

from typing import Any

import httpx

from app.reports.lineage import find_circles
from tests.reports.bundled import RECORDS, WORLD, report, rows

OTHERS = {"counters", "contradicts", "retaliates", "responds_to_step", "fulfils"}
LINKS = [
    (row["slug"], link["kind"], link["demand"])
    for row in WORLD.demands.values()
    for link in row["links"]
    if link["kind"] not in OTHERS
]


def component(slug: str) -> set[str]:
    found, left = {slug}, [slug]
    while left:
        here = left.pop()
        for origin, _, target in LINKS:
            for one, other in ((origin, target), (target, origin)):
                if one == here and other not in found:
                    found.add(other)
                    left.append(other)
    return found


async def test_the_lineage_is_what_links_connect(client: httpx.AsyncClient) -> None:
    linked = sorted({slug for origin, _, target in LINKS for slug in (origin, target)})
    taken_up = ["russian-memorandum-2025-06-02-iii-3", "ukrainian-memorandum-2025-05-28-2b"]
    for slug in [*linked[::5], "lausanne-parameters-2015-9", *taken_up]:
        found = await report(client, f"/v1/demands/{slug}/lineage")
        demands = component(slug)
        adopted = {
            (f"demands/{one}", "adopted_by", f"agreements/{agreement['slug']}")
            for one in demands
            for agreement in RECORDS["agreements"]
            if WORLD.demands[one]["proposal"] in agreement.get("proposals", ())
            and WORLD.demands[one]["account"] == WORLD.reference_account(WORLD.demands[one]["proposal"])
        }
        adopted |= {
            (f"demands/{one['demand']}", "taken_up_by", f"agreements/{one['agreement']}")
            for talk in RECORDS["talks"]
            for one in talk.get("outcomes", ())
            if one.get("demand") in demands and "agreement" in one
        }
        edges = {(f"demands/{one}", kind, f"demands/{two}") for one, kind, two in LINKS if one in demands} | adopted
        assert {(row["origin"], row["kind"], row["target"]) for row in found["data"]} == edges
        nodes = {f"demands/{one}" for one in demands} | {target for _, _, target in adopted}
        assert {node["record"] for node in found["nodes"]} == nodes
        assert found["circles"] == [] and found["mermaid"].count("-->") == len(edges)


async def test_from_a_plan_to_the_agreement(client: httpx.AsyncClient) -> None:
    found = await report(client, "/v1/demands/us-20-point-plan-gaza-2025-4/lineage")
    assert [(row["origin"], row["kind"], row["target"]) for row in found["data"]] == [
        ("demands/gaza-first-phase-2025-10-2", "adopted_by", "agreements/gaza-first-phase-2025-10"),
        ("demands/gaza-first-phase-2025-10-2", "repeats", "demands/us-20-point-plan-gaza-2025-4"),
    ]
    assert [node["day"] for node in found["nodes"]] == ["2025-09-29", "2025-10-08", "2025-10-08"]
    address = "/v1/demands/article-2025-06-02-2-8/lineage"
    assert [row["kind"] for row in await rows(client, f"{address}?kind=contradicts")] == ["contradicts"]
    assert (await client.get(f"{address}?known_by=2025-06-01")).status_code == 404
    assert (await client.get("/v1/demands/nothing/lineage")).status_code == 404
    wrong = await client.get(f"{address}?kind=repeat")
    assert wrong.status_code == 422 and "repeats" in wrong.json()["errors"][0]["hint"]


async def test_circles_are_reported_and_end(world_client: httpx.AsyncClient) -> None:
    def proposal(slug: str, tabled_on: str, links: dict[str, list[Any]]) -> dict[str, Any]:
        demands = [{"slug": name, "text": name, "links": found} for name, found in links.items()]
        return {
            "slug": slug, "process": "alba-boria", "title": slug, "kind": "paper", "authors": ["alba"],
            "addressees": ["boria"], "tabled_on": tabled_on, "demands": demands,
        }  # fmt: skip

    first = proposal("first", "2021-01-01", {"one": [{"kind": "widens", "demand": "plan-1"}], "two": []})
    second = proposal("second", "2021-02-01", {"three": [{"kind": "repeats", "demand": "one"}]})
    for body in (first, second):
        posted = await world_client.post("/v1/proposals", json=body)
        assert posted.status_code == 201, posted.text
    patch = {"links": [{"kind": "widens", "demand": "plan-1"}, {"kind": "amends", "demand": "three"}]}
    headers = {"Content-Type": "application/merge-patch+json"}
    assert (await world_client.patch("/v1/demands/one", json=patch, headers=headers)).is_success
    found = await report(world_client, "/v1/demands/plan-1/lineage")
    assert {node["record"] for node in found["nodes"]} == {"demands/plan-1", "demands/one", "demands/three"}
    assert [sorted(circle) for circle in found["circles"]] == [["demands/one", "demands/three"]]
    assert (await report(world_client, "/v1/demands/two/lineage"))["data"] == []
    assert [row["slug"] for row in await rows(world_client, "/v1/demands?link=widens")] == ["one"]
    assert (await world_client.delete("/v1/demands/two?reason=twice")).is_success
    assert (await world_client.get("/v1/demands/two/lineage")).status_code == 410


def test_each_circle_is_in_the_order_of_its_links() -> None:
    links = {("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("e", "f")}
    circles = find_circles([{"origin": origin, "target": target} for origin, target in links])
    assert sorted(map(sorted, circles)) == [["a", "b", "c"], ["d", "e"]]
    for circle in circles:
        assert all(pair in links for pair in zip(circle, [*circle[1:], circle[0]], strict=True))
