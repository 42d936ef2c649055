"""Additions to records of other dossiers: they stay, are removed with their file, and change nothing when sent twice."""

import json
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.ingest.dossier_schema import dossier_schema
from app.registry import WRITE_SPECS
from app.writing.plan import plan_of
from tests.conftest import Server, Templates
from tests.ingest.test_dossier_export import empty_ledger
from tests.ingest.test_whole_ledger import whole

ANA: dict[str, Any] = {
    "slug": "ana", "name": "Ana", "posts": [{"title": "Mayor", "party": "alba"}],
    "names": [{"text": "Anna"}], "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
}  # fmt: skip


def home(**more: Any) -> dict[str, Any]:
    """A dossier that brings a person."""
    return {
        "format": "parley-dossier/1", "slug": "home", "title": "Home",
        "records": {
            "parties": [{"slug": "alba", "name": "Alba", "kind": "state", "external_ids": [{"scheme": "x", "value": "7"}]}],
            "processes": [{"slug": "p", "title": "P", "kind": "peace"}],
            "people": [{**ANA, **more}],
            "sources": [{"slug": "gazette", "title": "Gazette"}],
        },
    }  # fmt: skip


def guest(slug: str = "guest", **added: Any) -> dict[str, Any]:
    """A dossier that adds to that person."""
    additions = {"people": [{"slug": "ana", **added}]} if added else {}
    return {
        "format": "parley-dossier/1", "slug": slug, "title": "Guest",
        "records": {"sources": [{"slug": f"of-{slug}", "title": "S"}]}, "additions": additions,
    }  # fmt: skip


MINISTER = {"title": "Minister", "party": "alba", "valid_from": "2020"}


async def take(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    got = await client.post("/v1/dossiers", json=document)
    assert got.status_code == 200, got.text
    return dict(got.json())


async def ana(client: httpx.AsyncClient) -> dict[str, list[str]]:
    """What the person has in her lists."""
    read = (await client.get("/v1/people/ana")).json()
    return {
        "posts": [post["title"] for post in read["posts"]],
        "names": [name["text"] for name in read["names"]],
        "external_ids": [one["value"] for one in read["external_ids"]],
        "citations": sorted(one["source"]["slug"] for one in read["citations"]),
    }


@pytest.fixture
async def ledger(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> httpx.AsyncClient:
    """A ledger with the person."""
    empty_client.headers.update(admin)
    await take(empty_client, home())
    return empty_client


async def test_what_is_added_stays_whichever_dossier_is_sent_again(ledger: httpx.AsyncClient) -> None:
    adding = guest(
        posts=[MINISTER], names=[{"text": "Ána", "lang": "is"}], external_ids=[{"scheme": "viaf", "value": "9"}],
        citations=[{"source": "of-guest", "field": "/posts"}],
    )  # fmt: skip
    done = await take(ledger, adding)
    changed = {(one["collection"], one["slug"]): one["done"] for one in done["records"] if one["done"] != "unchanged"}
    assert changed[("people", "ana")] == "changed"
    everything = {
        "posts": ["Mayor", "Minister"], "names": ["Anna", "Ána"], "external_ids": ["9", "Q1"],
        "citations": ["of-guest"],
    }  # fmt: skip
    assert await ana(ledger) == everything
    other = guest("other", posts=[{"title": "Judge", "party": "x:7"}])
    await take(ledger, other)
    everything["posts"].append("Judge")
    for document in (adding, home(), other, adding, other, home()):
        assert (await take(ledger, document))["revision"] is None
        assert await ana(ledger) == everything
    # The home may grow; what others add comes after it.
    await take(ledger, home(posts=[*ANA["posts"], {"title": "Senator", "party": "alba"}]))
    assert (await ana(ledger))["posts"] == ["Mayor", "Senator", "Minister", "Judge"]
    for document in (adding, other):
        assert (await take(ledger, document))["revision"] is None


async def test_what_is_left_out_goes_unless_another_dossier_adds_it(ledger: httpx.AsyncClient) -> None:
    both = [MINISTER, {"title": "Judge", "party": "alba"}]
    await take(ledger, guest(posts=both, names=[{"text": "Ána"}], citations=[{"source": "of-guest"}]))
    await take(ledger, guest("other", posts=both[1:]))
    await take(ledger, guest(posts=[{**MINISTER, "valid_from": "2021"}]))
    assert await ana(ledger) == {
        "posts": ["Mayor", "Minister", "Judge"], "names": ["Anna"], "external_ids": ["Q1"], "citations": [],
    }  # fmt: skip
    assert (await ledger.get("/v1/people/ana")).json()["posts"][1]["valid_from"] == "2021"
    assert (await take(ledger, guest()))["counts"]["changed"] == 1
    assert (await ana(ledger))["posts"] == ["Mayor", "Judge"]
    assert (await take(ledger, guest()))["revision"] is None
    await take(ledger, guest("other"))
    assert (await ana(ledger))["posts"] == ["Mayor"]


async def test_a_row_that_was_there_before_stays_until_its_home_leaves_it_out(ledger: httpx.AsyncClient) -> None:
    same = guest(posts=ANA["posts"], names=ANA["names"])
    assert (await take(ledger, same))["counts"]["changed"] == 0
    await take(ledger, guest())
    assert (await ana(ledger))["posts"] == ["Mayor"]
    await take(ledger, same)
    # Its home leaves it out: it is there because it is added, and goes when it is not added any more.
    assert (await take(ledger, home(posts=[])))["revision"] is None
    await take(ledger, guest())
    assert await ana(ledger) == {"posts": [], "names": ["Anna"], "external_ids": ["Q1"], "citations": []}


async def test_a_row_that_its_home_comes_to_state_stays_when_it_is_added_no_more(ledger: httpx.AsyncClient) -> None:
    await take(ledger, guest(posts=[MINISTER]))
    stating = home(posts=[*ANA["posts"], MINISTER])
    assert (await take(ledger, stating))["revision"] is None
    assert (await take(ledger, guest()))["revision"] is None
    assert (await ana(ledger))["posts"] == ["Mayor", "Minister"]
    assert (await take(ledger, home()))["counts"]["changed"] == 1
    assert (await ana(ledger))["posts"] == ["Mayor"]


async def test_what_is_added_survives_merges_and_renaming(ledger: httpx.AsyncClient) -> None:
    double = {"slug": "double", "name": "Double", "kind": "coalition"}
    for body in (double, {**double, "slug": "union", "name": "Union"}):
        assert (await ledger.post("/v1/parties", json=body)).is_success
    adding = {**guest(), "additions": {"parties": [{"slug": "alba", "member_of": [{"party": "double"}]}]}}
    await take(ledger, adding)
    assert (await ledger.post("/v1/parties/double/merge", json={"into": "union"})).is_success
    assert (await ledger.patch("/v1/parties/union", json={"slug": "the-union"})).is_success
    for document in (home(), adding):
        done = await take(ledger, document)
        assert done["revision"] is None, [one for one in done["records"] if one["done"] != "unchanged"]
    await take(ledger, guest())
    assert (await ledger.get("/v1/parties/alba")).json()["member_of"] == []


async def test_an_export_tells_what_was_added(ledger: httpx.AsyncClient, server: Server, templates: Templates) -> None:
    cited = [{"slug": f"cited-{number}", "source": "of-guest", "key": f"{number}"} for number in (10, 9)]
    adding = guest(posts=[MINISTER], names=[{"text": "Ána"}], external_ids=[{"scheme": "viaf", "value": "9"}])
    adding["records"]["processes"] = [{"slug": "q", "title": "Q", "kind": "border"}]
    adding["additions"] |= {
        "parties": [{"slug": "alba", "citations": cited}],
        "processes": [{"slug": "p", "parties": [{"party": "alba", "role": "host"}]}],
    }
    await take(ledger, adding)
    address = "/v1/processes/q/dossier"
    content = (await ledger.get(address)).content
    document = json.loads(content)
    (added,) = document["additions"]["people"]
    assert {name: len(rows) for name, rows in added.items() if name != "slug"} == {
        "external_ids": 1, "names": 1, "posts": 1,
    }  # fmt: skip
    assert [one["slug"] for one in document["additions"]["parties"][0]["citations"]] == ["cited-9", "cited-10"]
    assert b"additions" not in (await ledger.get("/v1/processes/p/dossier")).content
    async with empty_ledger(server, templates) as there:
        await take(there, document)
        assert (await there.get(address)).content == content
        assert (await take(there, document))["revision"] is None
        everything = await ana(there)
        assert everything == await ana(ledger)
        # There, too, it stays when the home comes, and goes when it is added no more.
        await take(there, home())
        assert await ana(there) == everything
        assert (await there.get(address)).content == content
        rest = {**document, "records": {"processes": document["records"]["processes"]}, "additions": {}}
        await take(there, rest)
        assert (await ana(there))["posts"] == ["Mayor"]
        assert (await there.get("/v1/citations?target=parties/alba")).json()["data"] == []
    then = (await ledger.get(address)).headers["parley-revision"]
    await take(ledger, {**adding, "additions": {}})
    assert b"additions" not in (await ledger.get(address)).content
    assert (await ledger.get(f"{address}?as_of={then}")).content == content


async def test_the_whole_ledger_holds_what_was_added(
    ledger: httpx.AsyncClient, server: Server, templates: Templates
) -> None:
    await take(ledger, guest(posts=[MINISTER], citations=[{"source": "of-guest"}]))
    content = await whole(ledger)
    async with empty_ledger(server, templates) as there:
        await take(there, json.loads(content))
        assert await whole(there) == content
        assert await ana(there) == await ana(ledger)
    assert (await take(ledger, json.loads(content)))["revision"] is None


async def test_all_that_is_wrong_with_additions_comes_in_one_answer(ledger: httpx.AsyncClient) -> None:
    document = guest()
    document["records"]["parties"] = [{"slug": "boria", "name": "Boria", "kind": "stat"}]
    document["additions"] = {
        "people": [
            {"slug": "ana", "name": "Other", "posts": [{"title": "Minister", "party": "nowhere"}]},
            {"slug": "ana", "posts": [{"title": "Minister", "party": "nowhere"}, {"title": 7}]},
            {"slug": "bob", "posts": [MINISTER], "citations": [{"source": "no-such"}]},
            7,
        ],
        "parties": [{"slug": "boria", "names": [{"text": "B"}]}],
        "person": [],
    }
    got = await ledger.post("/v1/dossiers", json=document)
    assert got.status_code == 422
    told = {violation["pointer"] for violation in got.json()["errors"]}
    assert told >= {
        "/records/parties/0/kind", "/additions/people/0/name", "/additions/people/1/posts/1/title",
        "/additions/people/2/slug", "/additions/people/2/citations/0/source", "/additions/people/3",
        "/additions/parties/0/names/0", "/additions/person",
    }  # fmt: skip
    document = guest(posts=[MINISTER, {"title": "Judge", "party": "nowhere"}], citations=[{"source": "of-guest"}])
    document["additions"]["people"].append({"slug": "ana", "names": [{"text": "A"}]})
    got = await ledger.post("/v1/dossiers", json=document)
    assert {violation["pointer"] for violation in got.json()["errors"]} == {
        "/additions/people/0/posts/1/party", "/additions/people/1/slug",
    }  # fmt: skip
    assert (await ana(ledger))["posts"] == ["Mayor"]


async def test_claimants_and_authors_cannot_be_added(ledger: httpx.AsyncClient) -> None:
    mine = home()
    mine["records"]["proposals"] = [
        {"slug": "plan", "process": "p", "title": "Plan", "kind": "oral", "authors": ["alba"]}
    ]
    mine["records"]["demands"] = [{"slug": "plan-1", "proposal": "plan", "text": "Peace"}]
    mine["records"]["parties"].append({"slug": "boria", "name": "Boria", "kind": "state"})
    await take(ledger, mine)
    adding = guest()
    adding["additions"] = {
        "demands": [{"slug": "plan-1", "claimants": ["boria"], "addressees": ["boria"]}],
        "proposals": [{"slug": "plan", "authors": [], "addressees": ["boria"]}],
    }
    got = await ledger.post("/v1/dossiers", json=adding)
    assert got.status_code == 422
    told = {violation["pointer"]: violation["message"] for violation in got.json()["errors"]}
    assert told == {
        "/additions/demands/0/claimants": "`claimants` of a demand cannot be added by another dossier",
        "/additions/proposals/0/authors": "`authors` of a proposal cannot be added by another dossier",
    }
    del adding["additions"]["demands"][0]["claimants"], adding["additions"]["proposals"][0]["authors"]
    await take(ledger, adding)
    for document in (mine, adding):
        assert (await take(ledger, document))["revision"] is None


async def test_what_a_record_says_is_not_changed_by_an_addition(ledger: httpx.AsyncClient) -> None:
    got = await ledger.post(
        "/v1/dossiers", json=guest(posts=[MINISTER, {"title": "Mayor", "party": "alba", "valid_to": "2021"}])
    )
    assert got.status_code == 409
    (violation,) = got.json()["errors"]
    assert violation["pointer"] == "/additions/people/0/posts/1"
    assert "different content" in violation["message"]
    await ledger.patch("/v1/people/ana", json={"slug": "anna"})
    got = await ledger.post("/v1/dossiers", json=guest(posts=[MINISTER]))
    assert (got.status_code, got.json()["errors"][0]["pointer"]) == (409, "/additions/people/0/slug")
    assert "former slug of 'anna'" in got.text
    await ledger.delete("/v1/people/anna?reason=coded+twice")
    adding = guest(posts=[MINISTER])
    adding["additions"]["people"][0]["slug"] = "anna"
    assert (await ledger.post("/v1/dossiers", json=adding)).status_code == 409


async def test_a_dossier_may_only_add(ledger: httpx.AsyncClient) -> None:
    document = {**guest(posts=[MINISTER])}
    del document["records"]
    assert (await take(ledger, document))["counts"]["changed"] == 1
    assert (await ledger.post("/v1/dossiers?dry_run=true", json=guest())).json()["counts"]["changed"] == 1
    assert (await ana(ledger))["posts"] == ["Mayor", "Minister"]
    # What is wrong is told once; a slip of the pen takes nothing back.
    del document["additions"]
    slips: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({}, "/records", "The dossier contains no records and no additions"),
        ({"additions": []}, "/additions", "A list is not an object"),
    )
    for slip, pointer, message in slips:
        got = await ledger.post("/v1/dossiers", json=document | slip)
        assert got.status_code == 422
        assert [(one["pointer"], one["message"]) for one in got.json()["errors"]] == [(pointer, message)]
    assert (await take(ledger, {**document, "additions": {}}))["counts"]["changed"] == 1
    assert (await ana(ledger))["posts"] == ["Mayor"]
    assert (await take(ledger, {**document, "additions": {}}))["revision"] is None


def test_the_schema_tells_what_can_be_added() -> None:
    schema = dossier_schema(WRITE_SPECS, "https://parley.test")
    validator = jsonschema_rs.Draft202012Validator(schema)
    validator.validate(guest(posts=[MINISTER], citations=[{"source": "of-guest"}]))
    wrongs: tuple[dict[str, Any], ...] = ({"name": "Other"}, {"posts": [{"title": 7}]}, {"slug": "Not A Slug"})
    for wrong in wrongs:
        assert not validator.is_valid(guest(**{"posts": [MINISTER], **wrong})), wrong
    for kind in WRITE_SPECS:
        shown = schema["$defs"]["DossierAdditions"]["properties"][kind.collection]["items"]["$ref"].rpartition("/")[2]
        lists = {rows.name for rows in plan_of(kind.model, kind.schema).rows}
        own = {"demands": {"claimants"}, "proposals": {"authors"}}.get(kind.collection, set())
        assert set(schema["$defs"][shown]["properties"]) == {"slug", "citations", *lists} - own
