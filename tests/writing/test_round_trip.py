"""What a read gives, a write accepts: of every collection, for the bundled records."""

import json
from typing import Any

import httpx
import pytest

from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.branches import includable
from tests.loops import nonempty

#: Records of each collection that are tried, spread over the whole list.
SAMPLE = 12


async def sampled(client: httpx.AsyncClient, collection: str) -> list[str]:
    """Slugs of some records of a collection; of issues their codes, too, are slugs."""
    answer = await client.get(f"/v1/{collection}?format=ndjson&fields=slug")
    slugs = [httpx.Response(200, text=line).json()["slug"] for line in answer.text.splitlines()]
    return slugs[:: -(-len(slugs) // SAMPLE)]


async def head(client: httpx.AsyncClient) -> int:
    return int((await client.get("/v1/revisions?limit=1")).json()["head"])


def content(record: Any, write: set[str]) -> Any:
    """What a record says in the fields that a write takes, without slugs of its own and of what is inside it."""

    def unnamed(one: Any) -> Any:
        # An account, a delegation or a citation has a slug of its own; a mention of another record has little else.
        is_inside = isinstance(one, dict) and not one.keys() <= {"slug", "name", "title", "kind", "number", "text"}
        return {name: value for name, value in one.items() if name != "slug"} if is_inside else one

    said = {name: value for name, value in record.items() if name in write and name != "slug"}
    return {name: [unnamed(one) for one in value] if isinstance(value, list) else value for name, value in said.items()}


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_a_record_that_was_read_is_put_back_unchanged_and_posted_as_a_copy(
    own_client: httpx.AsyncClient, own_admin: dict[str, str], collection: Resource
) -> None:
    name, write = collection.name, set(collection.kind.schema.model_fields)
    included = f"?include={','.join(includable(collection.read_spec.summary))}"
    slugs = await sampled(own_client, name)
    before = await head(own_client)
    for query in ("", included):
        for slug in nonempty(slugs):
            read = await own_client.get(f"/v1/{name}/{slug}{query}")
            answer = await own_client.put(f"/v1/{name}/{slug}", json=read.json(), headers=own_admin)
            assert answer.status_code == 200, f"{slug}: {answer.text}"
            assert await head(own_client) == before, f"{slug}: {answer.text}"
    for slug in slugs:
        read = await own_client.get(f"/v1/{name}/{slug}")
        copy = {**(await own_client.get(f"/v1/{name}/{slug}{included}")).json(), "slug": f"zz-twin-{slug}"[:200]}
        for account in copy.get("accounts", ()):
            # It has an address of its own, so that its slug is for whoever makes the copy to choose.
            former, account["slug"] = account["slug"], f"zz-twin-{account['slug']}"
            for citation in copy["citations"]:
                if citation["field"]:
                    citation["field"] = citation["field"].replace(f"/accounts/{former}", f"/accounts/{account['slug']}")
        answer = await own_client.post(f"/v1/{name}", json=copy, headers=own_admin)
        if collection.kind.identity:
            assert answer.status_code == 409, "what tells it from others is the same"
            continue
        assert answer.status_code == 201, f"{slug}: {answer.text}"
        # A coalition that is copied after its members has their copies as members, too.
        made, was = (json.loads(one.text.replace("zz-twin-", "")) for one in (answer, read))
        assert content(made, write) == content(was, write)


async def test_what_no_read_shows_is_refused_and_a_mention_needs_a_key(world_client: httpx.AsyncClient) -> None:
    body = {
        "id": "x",
        "updated_at": "y",
        "name": "Eria",
        "kind": "state",
        "nmae": "z",
        "member_of": [{"party": {"name": "L"}}],
    }
    refused = await world_client.post("/v1/parties", json=body)
    assert refused.status_code == 422
    hints = {error["pointer"]: error["hint"] for error in refused.json()["errors"]}
    assert hints.keys() == {"/nmae", "/member_of/0/party"}
    assert "Did you mean `name`?" in hints["/nmae"] and "`slug`" in hints["/member_of/0/party"]


async def test_what_a_read_of_a_talk_does_not_show_of_its_delegations_is_kept(world_client: httpx.AsyncClient) -> None:
    address = "/v1/delegations/round-1-alba"
    await world_client.patch(address, json={"summary": "Two came late.", "confidence": "low", "notes": ["x"]})
    talk = (await world_client.get("/v1/talks/round-1")).json()
    talk["delegations"][0]["size"] = 7
    put = await world_client.put("/v1/talks/round-1", json=talk)
    assert put.status_code == 200, put.text
    after = (await world_client.get(address)).json()
    assert [after[name] for name in ("size", "summary", "confidence", "notes")] == [7, "Two came late.", "low", ["x"]]
    patched = await world_client.patch("/v1/talks/round-1", json={"delegations": talk["delegations"][:1]})
    assert patched.status_code == 200, patched.text
    assert (await world_client.get(address)).json()["summary"] == "Two came late."
