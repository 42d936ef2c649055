"""`POST /v1/dossiers`: a whole negotiation in one body, one transaction and one revision."""

import copy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.ingest.dossier_schema import EXAMPLE
from app.ingest.dossiers import FOLDER
from app.web.yaml_text import as_yaml
from tests.conftest import Client, application


def bundled(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{slug}.json").read_text())
    return found


def dossier(slug: str = "small", needs: tuple[str, ...] = (), **records: Any) -> dict[str, Any]:
    return {"format": "parley-dossier/1", "slug": slug, "title": slug, "needs": needs, "records": records}


async def test_a_dossier_is_taken_in_one_revision_and_sent_again_makes_none(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    first = await empty_client.post("/v1/dossiers?message=why", json=EXAMPLE, headers=admin)
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["dossier"], told["dry_run"], told["revision"]) == ("aceh-2005", False, 1)
    assert told["counts"] == {"created": 7, "changed": 0, "withdrawn": 0, "unchanged": 0}
    assert {"collection": "demands", "slug": "aceh-local-parties-1", "done": "created", "changes": None} in told[
        "records"
    ]
    assert first.headers["parley-revision"] == "1"
    revision = (await empty_client.get("/v1/revisions/1")).json()
    assert (revision["message"], revision["change_count"]) == ("why", 7)

    again = (await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)).json()
    assert again["revision"] is None
    assert again["counts"]["unchanged"] == 7
    assert (await empty_client.get("/v1/revisions")).json()["head"] == 1


async def test_a_dossier_with_a_key_is_taken_once_and_told_again(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    keyed = {**admin, "Idempotency-Key": "dossier-1"}
    first = await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=keyed)
    again = await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=keyed)
    assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"
    other = await empty_client.post("/v1/dossiers", json=dossier("other"), headers=keyed)
    assert other.status_code == 422


async def test_the_documented_example_works_on_the_bundled_ledger(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    told = await own_client.post("/v1/dossiers", json=EXAMPLE, headers=own_admin)
    assert told.status_code == 200, told.text
    assert told.json()["counts"]["created"] == 7


async def test_a_changed_record_is_told_and_the_others_are_left(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)
    other = copy.deepcopy(EXAMPLE)
    other["records"]["responses"][0]["stance"] = "conditional"
    told = (await empty_client.post("/v1/dossiers", json=other, headers=admin)).json()
    assert told["counts"] == {"created": 0, "changed": 1, "withdrawn": 0, "unchanged": 6}
    assert [one["slug"] for one in told["records"] if one["done"] == "changed"] == ["aceh-local-parties-indonesia"]


async def test_a_dry_run_tells_all_and_writes_nothing(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    told = (await empty_client.post("/v1/dossiers?dry_run=true", json=EXAMPLE, headers=admin)).json()
    assert (told["dry_run"], told["revision"], told["counts"]["created"]) == (True, None, 7)
    assert (await empty_client.get("/v1/parties")).json()["data"] == []
    needing = dossier(needs=("aceh-2005",), parties=[{"slug": "x", "name": "X", "kind": "state"}])
    assert (await empty_client.post("/v1/dossiers", json=needing, headers=admin)).status_code == 409


async def test_records_mention_each_other_before_either_exists(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = dossier(
        processes=[{"slug": "p", "title": "P", "kind": "peace"}],
        talks=[
            {"slug": "t", "process": "p", "title": "T",
             "outcomes": [{"kind": "proposal_made", "text": "A plan", "proposal": "q"}]},
        ],
        proposals=[{"slug": "q", "process": "p", "talk": "t", "title": "Q", "kind": "plan", "authors": ["ext:7"]}],
        parties=[{"slug": "a", "name": "A", "kind": "state", "external_ids": [{"scheme": "ext", "value": "7"}]}],
    )  # fmt: skip
    told = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert told.status_code == 200, told.text
    talk = (await empty_client.get("/v1/talks/t")).json()
    assert talk["outcomes"][0]["proposal"]["slug"] == "q"
    assert (await empty_client.get("/v1/proposals/q")).json()["authors"][0]["slug"] == "a"


async def test_a_bundled_file_is_taken_over_http_after_what_it_needs(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    slug = "colombia-farc"
    lacking = await empty_client.post("/v1/dossiers", json=bundled(slug), headers=admin)
    assert lacking.status_code == 409
    assert [violation["pointer"] for violation in lacking.json()["errors"]] == ["/needs/0"]
    assert "'issues'" in lacking.json()["detail"]
    for name in ("issues", slug):
        taken = await empty_client.post("/v1/dossiers", json=bundled(name), headers=admin)
        assert taken.status_code == 200, taken.text
    again = await empty_client.post("/v1/dossiers", json=bundled(slug), headers=admin)
    assert again.json()["revision"] is None


async def test_a_dossier_needs_a_key_that_may_write(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/dossiers", json=EXAMPLE)).status_code == 401


async def test_a_record_that_was_withdrawn_elsewhere_comes_as_a_tombstone(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = dossier(
        parties=[{"slug": "old", "name": "Old", "kind": "state"}],
        people=[{"slug": "x", "name": "X", "party": "old"}],
    )
    body["withdrawn"] = {"parties": {"old": "coded twice"}}
    told = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert told.json()["counts"]["created"] == 2, told.text
    gone = await empty_client.get("/v1/parties/old")
    assert (gone.status_code, "coded twice" in gone.text) == (410, True)
    assert (await empty_client.get("/v1/people/x")).json()["party"]["slug"] == "old"
    body["records"]["people"].append({"slug": "y", "name": "Y", "party": "old"})
    again = (await empty_client.post("/v1/dossiers", json=body, headers=admin)).json()
    assert (again["counts"]["created"], again["counts"]["unchanged"]) == (1, 2)


async def test_a_dossier_does_not_withdraw_what_is_in_use(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = dossier(parties=[{"slug": "a", "name": "A", "kind": "state"}])
    await empty_client.post("/v1/dossiers", json=body, headers=admin)
    body["withdrawn"] = {"parties": {"a": "not wanted"}}
    got = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert got.status_code == 409
    assert got.json()["errors"][0]["pointer"] == "/records/parties/0"
    body["withdrawn"] = {"parties": {"b": "who?"}, "people": 1, "talk": {"t": "x"}}
    got = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert got.status_code == 422
    places = {violation["pointer"] for violation in got.json()["errors"]}
    assert places == {"/withdrawn/parties/b", "/withdrawn/people", "/withdrawn/talk/t"}


# --- YAML


@pytest.mark.parametrize("media_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
async def test_a_dossier_in_yaml_is_the_same_dossier(
    empty_client: httpx.AsyncClient, admin: dict[str, str], media_type: str
) -> None:
    sent = {"Content-Type": media_type, **admin}
    told = await empty_client.post("/v1/dossiers", content=as_yaml(EXAMPLE), headers=sent)
    assert told.json()["counts"]["created"] == 7, told.text
    again = await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)
    assert again.json()["revision"] is None


async def test_faults_in_yaml_have_their_place_in_the_body(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    text = """
        format: parley-dossier/1
        slug: norway
        title: Norway
        records:
          parties:
          - {slug: norway, name: Norway, kind: state, countries: [NO]}
          - {slug: nowhere, name: 7, kind: land}
          people:
          - {slug: x, name: X, party: norwai}
    """
    sent = {"Content-Type": "application/yaml", **admin}
    got = await empty_client.post("/v1/dossiers", content=text.encode(), headers=sent)
    assert got.status_code == 422
    assert {violation["pointer"] for violation in got.json()["errors"]} == {
        "/records/parties/1/name",
        "/records/parties/1/kind",
        "/records/people/0/party",
    }
    bomb = b"a: &a [x]\nb: [*a, *a]\n"
    got = await empty_client.post("/v1/dossiers", content=bomb, headers=sent)
    assert (got.status_code, len(got.json()["errors"])) == (400, 3)


# --- What is refused


async def refusal(client: httpx.AsyncClient, headers: dict[str, str], body: Any, status: int) -> dict[str, str]:
    """The messages of a refusal by their pointers."""
    got = await client.post("/v1/dossiers", json=body, headers=headers)
    assert got.status_code == status, got.text
    assert (await client.get("/v1/revisions")).json()["head"] == 0
    return {
        violation["pointer"]: f"{violation['message']} {violation.get('hint', '')}"
        for violation in got.json()["errors"]
    }


async def test_all_faults_of_document_and_records_come_in_one_answer(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = {
        "format": "parley-dossier/2",
        "slug": "Not A Slug",
        "extra": 1,
        "records": {
            "parties": [
                {"slug": "a", "name": "A", "kind": "stat"},
                {"slug": "b", "name": "B", "kind": "state"},
                {"slug": "b", "name": "B again", "kind": "state"},
                7,
            ],
            "talk": [],
            "talks": [{"slug": "t", "title": "T", "process": "nowhere", "start": "2025-13", "outcomes": [{}]}],
        },
    }
    told = await refusal(empty_client, admin, body, 422)
    assert set(told) >= {
        "/format", "/slug", "/title", "/extra", "/records/talk", "/records/parties/0/kind", "/records/parties/2/slug",
        "/records/parties/3", "/records/talks/0/process", "/records/talks/0/start", "/records/talks/0/outcomes/0/kind",
    }  # fmt: skip
    assert "'parley-dossier/1'" in told["/format"] or "parley-dossier/1" in told["/format"]
    assert "'talks'" in told["/records/talk"]


async def test_a_dossier_without_records_is_refused(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    for body in (dossier(), dossier(parties=[])):
        assert "no record" in (await refusal(empty_client, admin, body, 422))["/records"]
    assert "/records" in await refusal(empty_client, admin, {"format": "parley-dossier/1"}, 422)
    assert "/records" in await refusal(empty_client, admin, {**dossier(), "records": [1]}, 422)
    assert "/records/parties" in await refusal(empty_client, admin, dossier(parties={"slug": "a"}), 422)


async def test_many_faults_are_counted_and_the_first_are_told(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = dossier(parties=[{"slug": f"p{n}", "kind": "state"} for n in range(250)])
    got = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert got.status_code == 422
    assert len(got.json()["errors"]) == 100
    assert got.json()["detail"].startswith("250 validation errors; the first 100")


async def test_a_former_slug_or_a_withdrawn_record_is_a_conflict(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)
    await empty_client.patch("/v1/parties/free-aceh-movement", json={"slug": "gam"}, headers=admin)
    got = await empty_client.post("/v1/dossiers", json=EXAMPLE, headers=admin)
    assert got.status_code == 409
    assert "former slug of 'gam'" in got.text
    await empty_client.delete("/v1/parties/indonesia?reason=coded+twice", headers=admin)
    body = dossier(parties=[{"slug": "indonesia", "name": "Indonesia", "kind": "state"}])
    got = await empty_client.post("/v1/dossiers", json=body, headers=admin)
    assert got.status_code == 409
    assert "withdrawn" in got.text
    mentioning = dossier(people=[{"slug": "x", "name": "X", "party": "indonesia"}])
    got = await empty_client.post("/v1/dossiers", json=mentioning, headers=admin)
    assert got.status_code == 422
    assert got.json()["errors"][0]["pointer"] == "/records/people/0/party"


@pytest.mark.parametrize(
    ("content", "headers", "status", "words"),
    [
        (b"", {}, 400, "empty"),
        (b'{"format": "\xff"}', {}, 400, "not UTF-8"),
        (b"[]", {}, 422, "not a JSON object"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "application/json"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "compressed"),
        (b'{"a": 1, "a": 2}', {}, 400, "Duplicate"),
    ],
)
async def test_a_body_that_cannot_be_read_says_why(
    empty_client: httpx.AsyncClient,
    admin: dict[str, str],
    content: bytes,
    headers: dict[str, str],
    status: int,
    words: str,
) -> None:
    sent = {"Content-Type": "application/json", **admin, **headers}
    got = await empty_client.post("/v1/dossiers", content=content, headers=sent)
    assert got.status_code == status, got.text
    assert words in got.text


async def test_a_dossier_may_be_larger_than_other_bodies_and_has_a_bound_of_its_own(
    empty_client: Client, admin: dict[str, str]
) -> None:
    settings = empty_client.state
    large = dossier(parties=[{"slug": f"p{n}", "name": "N" * 400, "kind": "state"} for n in range(2_800)])
    content = json.dumps(large).encode()
    assert settings.max_body_bytes < len(content) < settings.max_dossier_bytes
    sent = {"Content-Type": "application/json", **admin}
    got = await empty_client.post("/v1/dossiers?dry_run=true", content=content, headers=sent)
    assert got.json()["counts"]["created"] == 2_800
    settings.max_dossier_bytes = len(content) - 1
    got = await empty_client.post("/v1/dossiers", content=content, headers=sent)
    assert got.status_code == 413


async def test_a_dossier_of_too_many_records_is_refused_before_they_are_read(
    database_url: str, admin: dict[str, str]
) -> None:
    async with application(database_url, dossier_records_max=6) as client:
        got = await client.post("/v1/dossiers", json=dossier(parties=[7] * 7), headers=admin)
        assert got.status_code == 413
        assert "contains 7 records, more than the limit of 6" in got.json()["detail"]


async def test_a_response_to_a_demand_of_another_proposal_of_the_same_dossier_is_refused(
    empty_client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = copy.deepcopy(EXAMPLE)
    other = {"slug": "other", "process": "aceh-2005", "title": "Other", "kind": "oral"}
    body["records"]["proposals"].append(other)
    body["records"]["responses"][0]["proposal"] = "other"
    told = await refusal(empty_client, admin, body, 422)
    assert "'aceh-local-parties-1' does not belong to the proposal 'other'" in told["/records/responses/0/proposal"]


def test_the_example_is_small_enough_to_be_read() -> None:
    assert len(json.dumps(EXAMPLE)) < 2_500
    assert Path(FOLDER / "issues.json").exists()


async def test_a_dossier_is_checked_by_the_linter(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    parties = [
        {"slug": "alba", "name": "Alba", "kind": "state"},
        {"slug": "alba-2", "name": "alba", "kind": "state", "summary": "N/A"},
    ]
    body = {**dossier("names"), "records": {"parties": parties}}
    expected = [
        ("/records/parties/1/summary", "sentinel", "'N/A'"),
        ("/records/parties/1/name", "equal-name", "/records/parties/0 has the name 'alba' too"),
    ]
    for path in ("/v1/dossiers?dry_run=true", "/v1/dossiers", "/v1/dossiers"):
        answer = (await empty_client.post(path, json=body, headers=admin)).json()
        found = [(one["pointer"], one["rule"], one["message"]) for one in answer["warnings"]]
        assert [one[:2] for one in found] == [one[:2] for one in expected]
        assert all(part in message for (*_, part), (*_, message) in zip(expected, found, strict=True))
        assert answer["warnings_not_listed"] == 0
