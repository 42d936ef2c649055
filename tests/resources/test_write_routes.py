"""Writes over HTTP: what a script sends, and what it is told."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests import world


@pytest.fixture
def client(world_client: httpx.AsyncClient) -> httpx.AsyncClient:
    return world_client


async def head(client: httpx.AsyncClient) -> int:
    return int((await client.get("/v1/revisions?limit=1")).json()["head"])


async def test_a_script_posts_by_slugs_and_reads_all_back_in_one_get(client: httpx.AsyncClient) -> None:
    await world.answer(client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-05",
                       citations=[{"source": "herald", "quote": "never"}])  # fmt: skip
    got = await client.get(
        "/v1/processes/alba-boria?include=talks.delegations,proposals.demands.responses,proposals.demands.state"
    )
    assert got.status_code == 200, got.text
    process = got.json()
    assert [talk["slug"] for talk in process["talks"]] == ["round-1", "round-1-principals"]
    seats = process["talks"][0]["delegations"]
    assert {(seat["party"]["slug"], seat["is_seated"]) for seat in seats} == {
        ("alba", True), ("boria", True), ("caria", False),
    }  # fmt: skip
    demands = process["proposals"][0]["demands"]
    assert [demand["number"] for demand in demands] == ["1", "2", "3", "4", "5", "6", "10"]
    assert [demand["part"] and demand["part"]["key"] for demand in demands[:4]] == ["a", "a", "b", None]
    assert demands[0]["responses"][0]["stance"] == "rejected"
    assert demands[0]["state"]["word"] == "rejected"
    assert demands[0]["claimants"][0]["slug"] == "alba", "the authors claim where nobody else is named"


async def test_the_same_put_changes_nothing_and_makes_no_revision(client: httpx.AsyncClient) -> None:
    before = await head(client)
    for collection, bodies in world.BODIES:
        for body in bodies:
            slug = body.get("slug") or body["code"]
            answer = await client.put(f"/v1/{collection}/{slug}", json=body)
            assert answer.status_code == 200, answer.text
    assert await head(client) == before


async def test_a_patch_changes_what_it_names_and_null_empties(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/talks/round-1")
    changed = await client.patch(
        "/v1/talks/round-1",
        json={"title": "The first round", "place": None},
        headers={"If-Match": first.headers["etag"], "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    after = changed.json()
    assert (after["title"], after["place"], after["format"]) == ("The first round", None, "mediated")
    assert after["row_version"] == first.json()["row_version"] + 1
    assert after["updated_at"] > first.json()["updated_at"]
    assert after["outcomes"] == first.json()["outcomes"], "what is not named stays"


async def test_a_version_that_was_not_seen_is_not_overwritten(client: httpx.AsyncClient) -> None:
    seen = (await client.get("/v1/talks/round-1")).headers["etag"]
    assert (await client.patch("/v1/talks/round-1", json={"ordinal": 2})).status_code == 200
    for no_tag in ("v2", "2", '"2"', 'W/"v2"', '"v2" "v3"', '"v2", v3', '*, "v2"', "nonsense"):
        odd = await client.patch("/v1/talks/round-1", json={"ordinal": 3}, headers={"If-Match": no_tag})
        assert (odd.status_code, odd.json()["errors"][0]["parameter"]) == (412, "If-Match")
    refused = await client.patch("/v1/talks/round-1", json={"ordinal": 3}, headers={"If-Match": seen})
    assert refused.status_code == 412
    assert (await client.get("/v1/talks/round-1")).json()["ordinal"] == 2
    # Of a list one that fits is enough; weak ones and those of others fit none.
    now = (await client.get("/v1/talks/round-1")).headers["etag"]
    neither = await client.patch(
        "/v1/talks/round-1", json={"ordinal": 4}, headers={"If-Match": f'{seen}, W/{now}, "x"'}
    )
    assert neither.status_code == 412
    for given in ([f'{seen}, "x", {now}'], [seen, '"v3"'], ["*"]):
        many = [("If-Match", one) for one in given]
        changed = await client.patch("/v1/talks/round-1", json={"ordinal": 5 + len(given)}, headers=many)
        assert changed.status_code == 200, (given, changed.text)
    etag = (await client.get("/v1/talks/round-1")).headers["etag"]
    for given in ([f'"x", W/{etag}'], ['"x"', etag], ["*"]):
        known = await client.get("/v1/talks/round-1", headers=[("If-None-Match", one) for one in given])
        assert known.status_code == 304, given


async def test_what_must_not_exist_is_neither_changed_nor_withdrawn(client: httpx.AsyncClient) -> None:
    new = {"If-None-Match": "*"}
    for method, path in (("PATCH", "/v1/talks/round-1"), ("DELETE", "/v1/talks/round-1?reason=coded%20twice")):
        got = await client.request(method, path, json={"ordinal": 2} if method == "PATCH" else None, headers=new)
        assert got.status_code == 412 and "already exists" in got.json()["detail"], method
    assert (await client.patch("/v1/talks/round-99", json={"ordinal": 2}, headers=new)).status_code == 404


async def test_control_characters_are_refused_where_they_stand(client: httpx.AsyncClient) -> None:
    wrong = {"title": "Round\x1b[31m one", "venue": "a\nb", "summary": "two\nlines\tand a bell\x07", "place": "b\x85"}
    got = await client.patch("/v1/talks/round-1", json=wrong)
    told = {error["pointer"]: error["message"] for error in got.json()["errors"]}
    assert got.status_code == 422 and "U+001B" in told["/title"] and "a bell" not in told.get("/summary", "U+0007")
    assert (await client.patch("/v1/talks/round-1", json={"summary": "two\nlines\tand"})).status_code == 200


async def test_a_renamed_record_is_found_under_its_old_slug(client: httpx.AsyncClient) -> None:
    assert (await client.patch("/v1/talks/round-1", json={"slug": "opening-round"})).status_code == 200
    moved = await client.get("/v1/talks/round-1?fields=slug")
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/talks/opening-round?fields=slug")
    listed = await client.get("/v1/delegations?talk=round-1&count=exact")
    assert listed.json()["page"]["count"]["value"] == 3


async def test_a_withdrawn_record_is_gone_with_its_reason_and_leaves_every_list(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/v1/demands/plan-7")).status_code == 422, "a reason is needed"
    gone = await client.delete("/v1/demands/plan-7?reason=coded twice")
    assert gone.status_code == 204
    tombstone = await client.get("/v1/demands/plan-7")
    assert tombstone.status_code == 410
    assert "coded twice" in tombstone.json()["detail"]
    listed = await client.get("/v1/demands?proposal=plan&count=exact")
    assert listed.json()["page"]["count"]["value"] == 6
    nested = await client.get("/v1/proposals/plan?include=demands")
    assert len(nested.json()["demands"]) == 6
    assert (await client.delete("/v1/demands/plan-7?reason=again")).status_code == 410


async def test_what_has_no_meaning_without_a_record_goes_with_it_and_what_has_must_go_first(
    client: httpx.AsyncClient,
) -> None:
    answer = await world.answer(client, demand="plan-1", responder="boria", stance="rejected", said_on="2020-03-05")
    assert (await client.delete("/v1/processes/alba-boria?reason=x")).status_code == 409
    assert (await client.delete("/v1/proposals/plan?reason=coded twice")).status_code == 204
    assert (await client.get("/v1/demands/plan-1")).status_code == 410
    assert (await client.get(f"/v1/responses/{answer}")).status_code == 410
    assert (await client.get("/v1/talks/round-1")).status_code == 200


async def test_a_dry_run_says_what_would_be_written_and_writes_nothing(client: httpx.AsyncClient) -> None:
    before = await head(client)
    body = {"slug": "ever", "name": "Ever", "kind": "state"}
    planned = await client.post("/v1/parties?dry_run=true", json=body)
    assert (planned.status_code, planned.json()["records"]) == (
        200, [{"collection": "parties", "slug": "ever", "action": "create", "changes": None}],
    )  # fmt: skip
    assert (await client.get("/v1/parties/ever")).status_code == 404
    assert await head(client) == before
    assert (await client.post("/v1/parties?dry_run=true", json={"name": "Ever"})).status_code == 422


async def test_every_write_is_one_revision_with_its_message(client: httpx.AsyncClient) -> None:
    before = await head(client)
    body = {"slug": "ever", "name": "Ever", "kind": "state"}
    created = await client.post("/v1/parties?message=from the gazette", json=body)
    assert created.headers["location"] == "/v1/parties/ever"
    assert created.headers["parley-revision"] == str(before + 1)
    revision = (await client.get(f"/v1/revisions/{before + 1}")).json()
    assert (revision["message"], revision["changes"]) == (
        "from the gazette", [{"collection": "parties", "slug": "ever", "action": "create"}],
    )  # fmt: skip


TALK = {"process": "alba-boria", "title": "Second round", "kind": "round", "start": "2020-04-01"}
REFUSED: dict[str, tuple[str, Any, int, str]] = {
    # Each: the path, the body, the status and the pointer of the answer.
    "a wrong date": ("talks", {**TALK, "start": "2020-13-01"}, 422, "/start"),
    "an end before the start": ("talks", {**TALK, "end": "2020-03-01"}, 422, "/end"),
    "an unknown slug": ("talks", {**TALK, "process": "alba-borja"}, 422, "/process"),
    "an unknown slug deep inside": (
        "talks",
        {**TALK, "delegations": [{"party": "alba", "members": [{"person": "anna"}]}]},
        422,
        "/delegations/0/members/0/person",
    ),
    "an unknown field": ("talks", {**TALK, "titel": "x"}, 422, "/titel"),
    "a word that is in no list": ("talks", {**TALK, "kind": "tea"}, 422, "/kind"),
    "a talk in itself": ("talks", {**TALK, "slug": "loop", "parent": "loop"}, 422, "/parent"),
    "a second head": (
        "delegations",
        {"talk": "round-1-principals", "party": "boria",
         "members": [{"person": "boris", "function": "head"}, {"person": "bela", "function": "head"}]},
        422,
        "/members",
    ),
    "a party that sits there already": ("delegations", {"talk": "round-1", "party": "alba"}, 409, ""),
    "a slug that is taken": ("parties", {"slug": "alba", "name": "Alba", "kind": "state"}, 409, "/slug"),
    "coordinates out of range": ("places", {"name": "X", "kind": "city", "lon": 181, "lat": 1}, 422, "/lon"),
    "half a point": ("places", {"name": "X", "kind": "city", "lon": 1}, 422, "/lat"),
    "a point of a call": ("places", {"name": "X", "kind": "virtual", "lon": 1, "lat": 1}, 422, "/lon"),
    "a part of another account": ("demands", {"proposal": "plan", "text": "x", "part": "c"}, 422, "/part"),
    "a dependency on an excluded option": (
        "demands",
        {"proposal": "plan", "text": "x", "part": "b", "addressees": ["boria"], "depends_on": ["plan-1"]},
        422,
        "/depends_on/0",
    ),
    "a dependency on the other option of the same body": (
        "proposals",
        {
            "process": "alba-boria", "title": "x", "kind": "plan", "authors": ["alba"],
            "parts": [{"key": k, "kind": "option", "alternative_group": "way"} for k in "ab"],
            "demands": [
                {"text": "one", "part": "a", "addressees": ["boria"], "slug": "x-1", "depends_on": ["x-2"]},
                {"text": "two", "part": "b", "addressees": ["boria"], "slug": "x-2"},
            ],
        },
        422,
        "/demands/0/depends_on/0",
    ),
    "a mutual demand of one": (
        "demands",
        {"proposal": "plan", "text": "x", "addressees": ["alba"], "claimants": ["alba"], "is_mutual": True},
        422,
        "/is_mutual",
    ),
    "a response by nobody": ("responses", {"demand": "plan-1", "stance": "rejected"}, 422, "/responder"),
    "a response to nothing": ("responses", {"responder": "boria", "stance": "rejected"}, 422, ""),
    "a circle of parts": (
        "proposals",
        {"process": "alba-boria", "title": "x", "kind": "plan", "parts": [
            {"key": "a", "kind": "section", "parent": "b"}, {"key": "b", "kind": "section", "parent": "a"}]},
        422,
        "/parts",
    ),
    "a citation of a field that is none": (
        "parties", {"name": "X", "kind": "state", "citations": [{"source": "gazette", "field": "/knid"}]},
        422, "/citations/0/field",
    ),
    "a citation of a row by its position": (
        "citations", {"target": "talks/round-1", "source": "gazette", "field": "/delegations/0"}, 422, "/field",
    ),
    "a citation of an outcome, a field of it and a deadline that do not exist": (
        "processes",
        {"title": "X", "kind": "peace", "outcomes": [{"kind": "unilateral_step", "text": "x"}],
         "deadlines": [{"on": "2020-04-01"}],
         "citations": [{"source": "gazette", "field": field} for field in (
             "/outcomes/unilateral_step", "/outcomes/unilateral-step/nofield", "/deadlines/deadline-2020",
             "/outcomes/unilateral-step/text", "/deadlines/deadline-2020-04-01/set_on")]},
        422, "/citations/2/field",
    ),
    "a citation of a delegation that does not exist": (
        "citations", {"target": "talks/round-1", "source": "gazette", "field": "/delegations/nobody"}, 422, "/field",
    ),
    "a citation of a field that no vote has": (
        "responses",
        {"demand": "plan-1", "responder": "boria", "stance": "rejected", "votes": {"for": 2},
         "citations": [{"source": "gazette", "field": "/votes/nofield"}, {"source": "gazette", "field": "/votes/for"}]},
        422, "/citations/0/field",
    ),
    "a link of a demand to itself": (
        "demands",
        {"slug": "echo", "proposal": "plan", "text": "x", "links": [{"kind": "repeats", "demand": "echo"}]},
        422, "/links/0",
    ),
    "a proposal that supersedes itself": (
        "proposals",
        {"slug": "echo", "process": "alba-boria", "title": "x", "kind": "plan",
         "relations": [{"kind": "supersedes", "proposal": "echo"}]},
        422, "/relations/0",
    ),
    "a number past 64 bits": ("talks", {**TALK, "ordinal": 2**70}, 422, "/ordinal"),
    "a NUL": ("talks", {**TALK, "title": "a\x00b"}, 422, "/title"),
    "no object": ("talks", [], 422, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_a_faulty_body_is_refused_with_its_place_and_nothing_is_written(
    still_world_client: httpx.AsyncClient, name: str
) -> None:
    path, body, status, pointer = REFUSED[name]
    before = await head(still_world_client)
    got = await still_world_client.post(f"/v1/{path}", json=body)
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    pointers = [violation.get("pointer") or "" for violation in got.json()["errors"]]
    assert pointer in pointers, got.text
    assert await head(still_world_client) == before


RAW: dict[str, tuple[bytes, str, int]] = {
    "broken JSON": (b'{"name": ', "application/json", 400),
    "not UTF-8": (b'{"name": "\xff"}', "application/json", 400),
    "a lone surrogate": (rb'{"name": "\ud800", "kind": "state"}', "application/json", 400),
    "a key twice": (b'{"name": "a", "name": "b", "kind": "state"}', "application/json", 400),
    "NaN": (b'{"name": NaN}', "application/json", 400),
    "deeper than any record": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "application/json", 400),
    "another media type": (b"name: Alba", "application/yaml", 415),
    "two megabytes": (json.dumps({"name": "x" * 2_000_000}).encode(), "application/json", 413),
}


@pytest.mark.parametrize("name", RAW)
async def test_an_unreadable_body_is_refused_and_nothing_is_written(
    still_world_client: httpx.AsyncClient, name: str
) -> None:
    content, media_type, status = RAW[name]
    before = await head(still_world_client)
    got = await still_world_client.post("/v1/parties", content=content, headers={"Content-Type": media_type})
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    assert await head(still_world_client) == before


async def test_all_faults_of_a_body_come_at_once(client: httpx.AsyncClient) -> None:
    body = {
        "process": "nobody-knows",
        "title": "",
        "start": "yesterday",
        "kind": "tea",
        "delegations": [{"party": "alba", "members": [{"person": "nobody"}]}, {"party": "atlantis"}],
        "unknown": 1,
    }
    got = await client.post("/v1/talks", json=body)
    assert got.status_code == 422
    assert {violation["pointer"] for violation in got.json()["errors"]} == {
        "/process", "/title", "/start", "/kind", "/unknown",
        "/delegations/0/members/0/person", "/delegations/1/party",
    }  # fmt: skip
    assert all(violation["message"] for violation in got.json()["errors"])


async def test_a_slug_in_the_form_of_an_id_is_refused_or_made_another(client: httpx.AsyncClient) -> None:
    form = "01a208e1-02b6-7794-b330-33ee787a2819"
    assert (await client.post("/v1/people", json={"slug": form, "name": "y"})).status_code == 422
    made = await client.post("/v1/people", json={"name": form})
    assert (made.status_code, made.json()["slug"]) == (201, f"record-{form}")


async def test_an_identifier_of_two_records_names_neither(client: httpx.AsyncClient) -> None:
    same = {"external_ids": [{"scheme": "wikidata", "value": "Q1"}]}
    for slug in ("alba", "boria"):
        assert (await client.patch(f"/v1/parties/{slug}", json=same)).status_code == 200
    assert (await client.get("/v1/parties/wikidata:Q1")).status_code == 409
    assert (await client.patch("/v1/parties/wikidata:Q1", json={"summary": "x"})).status_code == 409
    assert (await client.patch("/v1/parties/boria", json={"external_ids": []})).status_code == 200
    assert (await client.get("/v1/parties/wikidata:Q1")).json()["slug"] == "alba"


def resolved(date: str, basis: str) -> dict[str, str]:
    """A resolved day as a read shows it: with its first and last possible day."""
    return {"date": date, "date_min": date, "date_max": date, "basis": basis}


async def test_a_computed_date_follows_its_trigger(client: httpx.AsyncClient) -> None:
    timing = {"relation": "within_after_trigger", "duration_max": "P1M", "trigger": {"text": "x", "on": "2020-01-31"}}
    first = await client.patch("/v1/demands/plan-1", json={"timing": timing})
    assert first.json()["timing"]["resolved_on"] == resolved("2020-02-29", "computed")
    then = await client.patch("/v1/demands/plan-1", json={"timing": {"trigger": {"on": "2020-06-01"}}})
    assert then.json()["timing"]["resolved_on"]["date"] == "2020-07-01"


async def test_a_day_that_is_stated_follows_the_date_and_one_that_was_given_stays(client: httpx.AsyncClient) -> None:
    stated = {"relation": "by_date", "at": "2020-05-01"}
    first = await client.patch("/v1/demands/plan-1", json={"timing": stated})
    assert first.json()["timing"]["resolved_on"] == resolved("2020-05-01", "stated")
    then = await client.patch("/v1/demands/plan-1", json={"timing": {"at": "2020-05-09"}})
    assert then.json()["timing"]["resolved_on"] == resolved("2020-05-09", "stated")
    # Files of earlier versions call it computed.
    older = {**then.json()["timing"], "resolved_on": {"date": "2020-05-09", "basis": "computed"}}
    body = {"proposal": "plan", "text": "Another", "timing": older}
    assert (await client.post("/v1/demands", json=body)).json()["timing"]["resolved_on"]["basis"] == "stated"
    given = {"date": "2020-07-01", "basis": "computed"}
    for relation in ("delay", "repeats"):
        timing = {"relation": relation, "duration_max": "P30D", "resolved_on": given, "at": None}
        assert (await client.patch("/v1/demands/plan-1", json={"timing": timing})).status_code == 200
        later = await client.patch("/v1/demands/plan-1", json={"summary": f"after {relation}"})
        assert later.json()["timing"]["resolved_on"] == resolved(**given)


async def test_a_new_record_mentions_none_that_was_withdrawn_and_a_stored_one_may_go_on(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.delete("/v1/parties/delta?reason=x")).status_code == 204
    body = {"proposal": "plan", "text": "Delta pays", "addressees": ["boria", "delta"]}
    refused = await client.post("/v1/demands", json=body)
    assert [violation["pointer"] for violation in refused.json()["errors"]] == ["/addressees/1"]
    assert (await client.patch("/v1/demands/plan-6", json={"summary": "the port"})).status_code == 200


async def test_preconditions_of_a_put(client: httpx.AsyncClient) -> None:
    body = {"name": "Ever", "kind": "state"}
    assert (await client.put("/v1/parties/ever", json=body, headers={"If-Match": "*"})).status_code == 412
    assert (await client.put("/v1/parties/ever", json=body, headers={"If-None-Match": "*"})).status_code == 201
    assert (await client.put("/v1/parties/ever", json=body, headers={"If-None-Match": "*"})).status_code == 412
    assert (await client.put("/v1/parties/ever", json=body, headers={"If-Match": "*"})).status_code == 200


async def test_a_flood_of_faults_is_answered_by_the_first_hundred(client: httpx.AsyncClient) -> None:
    flood = await client.post("/v1/parties", json={f"x{number}": 1 for number in range(50_000)})
    assert flood.status_code == 422
    assert len(flood.json()["errors"]) == 101
    body = {"process": "alba-boria", "title": "x", "kind": "plan", "authors": [f"x{n}" for n in range(500)]}
    assert len((await client.post("/v1/proposals", json=body)).json()["errors"]) == 101


async def test_wrong_values_do_not_hide_what_the_rules_say_of_the_rest(client: httpx.AsyncClient) -> None:
    body = {
        "proposal": "plan", "text": "x", "part": "zz", "addressees": ["boria"], "is_mutual": True, "claimants": ["boria"],
        "act": "tea", "exception": "", "nonsense": 1,
    }  # fmt: skip
    got = await client.post("/v1/demands", json=body)
    assert {violation["pointer"] for violation in got.json()["errors"]} == {
        "/act", "/exception", "/nonsense", "/part", "/is_mutual",
    }  # fmt: skip
    assert got.status_code == 422


async def test_a_put_creates_at_a_slug_alone(world_client: httpx.AsyncClient) -> None:
    """An address that can be no slug is a 422 that says so; a slug in the body that is another is told once."""
    body = {"name": "Esria", "kind": "state"}
    for key in ("Bad_Slug!", "esria-", "Esria Land"):
        refused = await world_client.put(f"/v1/parties/{quote(key)}", json=body)
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert error["parameter"] == "key" and key in error["message"] and "Create the party at" in error["hint"]
    for key in ("alba", "esria"):
        refused = await world_client.put(f"/v1/parties/{key}", json={**body, "slug": "boria"})
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/slug"]
    alba = (await world_client.get("/v1/parties/alba")).json()["id"]
    by_id = await world_client.put(f"/v1/parties/{alba}", json={**body, "slug": "boria"})
    assert [error["pointer"] for error in by_id.json()["errors"]] == ["/slug"]
    # Keys that lead to a record lead to none.
    for key in ("wikidata:Q1", str(uuid4())):
        assert (await world_client.put(f"/v1/parties/{key}", json=body)).status_code == 404
    absent = await world_client.put("/v1/parties/esria", json=body, headers={"If-Match": '"v1"'})
    assert absent.status_code == 412
    assert (await world_client.put("/v1/parties/esria", json=body)).status_code == 201


async def test_unknown_names_come_with_all_else_that_is_wrong(world_client: httpx.AsyncClient) -> None:
    """What has the wrong shape, what is missing, what leads nowhere and what a rule forbids: one answer."""
    for method, path, body, expected in (
        ("POST", "/v1/demands", {"proposal": "nope", "addressees": ["nobody", "alba"], "issues": ["XX"], "act": "x"},
         {"/text", "/act", "/proposal", "/addressees/0", "/issues/0"}),
        ("POST", "/v1/talks", {"process": "nope", "title": "T", "start": "2020-13", "colour": 1, "place": "nowhere",
                               "delegations": [{"party": "nope", "size": -1, "members": [{"function": "head"}]}]},
         {"/process", "/start", "/colour", "/place", "/delegations/0/party", "/delegations/0/size",
          "/delegations/0/members/0/person"}),
        ("PATCH", "/v1/talks/round-1", {"place": "nowhere", "title": None, "kind": "x"}, {"/place", "/title", "/kind"}),
        ("PUT", "/v1/demands/plan-1", {"proposal": "plan", "text": "", "part": "zz", "addressees": ["nobody"]},
         {"/text", "/part", "/addressees/0"}),
        ("POST", "/v1/citations", {"source": "nope", "target": "talks/nope", "verdict": "x"},
         {"/source", "/target", "/verdict"}),
        ("POST", "/v1/parties/alba/merge", {"into": "nope", "colour": 1}, {"/into", "/colour"}),
    ):  # fmt: skip
        refused = await world_client.request(method, path, json=body)
        assert refused.status_code == 422, (path, refused.text)
        assert {error["pointer"] for error in refused.json()["errors"]} >= expected, (path, refused.text)


async def test_a_dry_run_of_a_withdrawal_tells_what_refers_to_the_record(world_client: httpx.AsyncClient) -> None:
    async def told(path: str) -> dict[str, tuple[int, list[str]]]:
        got = await world_client.delete(f"/v1/{path}?reason=x&dry_run=true")
        assert got.status_code == 200, got.text
        return {one["collection"]: (one["count"], one["slugs"]) for one in got.json()["referring"]}

    assert await told("issues/WDRW.TROOPS") == {"demands": (2, ["plan-1", "plan-2"])}
    assert await told("people/bela") == {"delegations": (1, ["round-1-boria"])}
    boria = await told("parties/boria")
    assert boria["people"] == (2, ["bela", "boris"]) and boria["proposals"] == (1, ["plan"])
    assert boria["demands"] == (4, ["plan-1", "plan-2", "plan-3", "plan-5"])
    # What is withdrawn with it does not count.
    assert "demands" not in await told("proposals/plan")
    assert (await world_client.delete("/v1/issues/WDRW.TROOPS?reason=x")).status_code == 204
    for slug in ("plan-1", "plan-2"):
        assert (await world_client.delete(f"/v1/demands/{slug}?reason=x")).status_code == 204
    created = await world_client.post("/v1/parties?dry_run=true", json={"name": "Eria", "kind": "state"})
    assert created.json()["referring"] == []


async def test_proposals_that_supersede_each_other_are_refused_and_other_relations_are_not(
    world_client: httpx.AsyncClient,
) -> None:
    def body(slug: str, kind: str, other: str) -> dict[str, Any]:
        relation = {"kind": kind, "proposal": other}
        return {"slug": slug, "process": "alba-boria", "title": slug, "kind": "plan", "relations": [relation]}

    for slug, kind, other, status in (
        ("first", "responds_to", "plan", 201), ("second", "supersedes", "first", 201), ("third", "supersedes", "second", 201),
    ):  # fmt: skip
        got = await world_client.post("/v1/proposals", json=body(slug, kind, other))
        assert got.status_code == status, got.text
    got = await world_client.put("/v1/proposals/first", json=body("first", "responds_to", "third"))
    assert got.status_code == 200, got.text
    got = await world_client.put("/v1/proposals/first", json=body("first", "supersedes", "third"))
    (error,) = got.json()["errors"]
    assert (got.status_code, error["pointer"]) == (422, "/relations/0")
    assert error["message"] == "`relations` would create a cycle: first → third → second → first"


async def test_errors_suggest_what_was_probably_meant(still_world_client: httpx.AsyncClient) -> None:
    countries = ["UK", "de", "Germany"]
    got = await still_world_client.post("/v1/parties", json={"name": "X", "kind": "state", "countries": countries})
    assert [error["message"].rpartition(": ")[2] for error in got.json()["errors"]] == [
        "write 'GB'", "write 'DE'", "write 'DE'"
    ]  # fmt: skip
    got = await still_world_client.post("/v1/talks", json={**TALK, "start": "44 BC", "ordinal": 10**20})
    assert "2147483647" in got.json()["errors"][0]["hint"]
    got = await still_world_client.post("/v1/talks", json={**TALK, "start": "44 BC"})
    assert "here -0043" in got.json()["errors"][0]["message"]
    got = await still_world_client.get("/v1/responses?country.succession=DE")
    assert got.json()["errors"][0]["hint"].startswith("No parameter here begins with `country`; /docs lists all")
