"""`members` of a coalition is the other side of `member_of`: it adds and replaces memberships, and removes none.

The conference is made up: tests/material/any_negotiation/blocs.json.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import made_up
from tests.conftest import Client, Server, Templates, keyed

DOSSIER = made_up.dossier("blocs")
LATE = {"party": "coral-isle", "valid_from": "2029-05", "valid_to": None}


@pytest.fixture
async def blocs(server: Server, templates: Templates) -> AsyncIterator[Client]:
    async with keyed(server, templates.empty) as client:
        await send(client, "POST", "dossiers", DOSSIER)
        yield client


async def send(client: Client, method: str, path: str, body: Any, status: int = 0) -> Any:
    got = await client.request(method, f"/v1/{path}", json=body)
    assert got.status_code == status or (not status and got.status_code in (200, 201, 204)), got.text
    return got.json() if got.content else None


async def read(client: Client, path: str) -> Any:
    return await send(client, "GET", path, None, 200)


async def members(client: Client, coalition: str, **clock: Any) -> dict[str, tuple[str | None, str | None]]:
    query = "".join(f"?{name}={value}" for name, value in clock.items())
    rows = (await read(client, f"parties/{coalition}{query}"))["members"]
    return {row["party"]["slug"]: (row["valid_from"], row["valid_to"]) for row in rows}


async def revision(client: Client) -> int:
    return int((await client.get("/v1/parties?limit=1")).headers["Parley-Revision"])


async def test_a_list_of_members_adds_and_replaces_and_removes_nothing(blocs: Client) -> None:
    at = await revision(blocs)
    before = {"low-isle": (None, None), "coral-isle": ("2029-05", None), "deltaland": (None, "2029-12-31")}
    assert await members(blocs, "low-shores") == before
    # What was read changes nothing when it is sent back, and neither does an empty list.
    whole = await read(blocs, "parties/low-shores")
    await send(blocs, "PUT", "parties/low-shores", whole)
    await send(blocs, "PUT", "parties/low-shores", {**whole, "members": []})
    await send(blocs, "PATCH", "parties/low-shores", {"members": [LATE]})
    await send(blocs, "POST", "dossiers", DOSSIER)
    assert await revision(blocs) == at
    more = [{"party": "coral-isle", "valid_from": "2029-06"}, {"party": "northmark", "valid_from": "2031"}]
    await send(blocs, "PATCH", "parties/low-shores", {"members": more})
    after = {**before, "coral-isle": ("2029-06", None), "northmark": ("2031", None)}
    assert await members(blocs, "low-shores") == after
    assert await members(blocs, "low-shores", as_of=at) == before
    assert await members(blocs, "river-union") == {
        "deltaland": ("2028", None), "northmark": ("2028", None), "eastmark": ("2030-01-01", None),
    }  # fmt: skip
    # The revision is in the history of the members that changed and of the coalition, and of nobody else.
    for slug, fields in (
        ("low-shores", "members"),
        ("coral-isle", "member_of"),
        ("low-isle", None),
        ("deltaland", None),
    ):
        newest = (await read(blocs, f"parties/{slug}/history"))["data"][0]
        assert (newest["number"] == at + 1) == (fields is not None), slug
        if fields:
            assert {change["pointer"].split("/")[1] for change in newest["changes"]} == {fields}
    # A membership is removed in the member.
    await send(blocs, "PATCH", "parties/northmark", {"member_of": [{"party": "river-union", "valid_from": "2028"}]})
    assert "northmark" not in await members(blocs, "low-shores")
    assert "members" in str((await read(blocs, "parties/low-shores/history"))["data"][0]["changes"])


async def test_both_sides_of_one_request_are_joined_or_refused(blocs: Client) -> None:
    def batch(own: Any, listed: Any) -> dict[str, Any]:
        far = {"slug": "farland", "name": "Farland", "kind": "state", "member_of": own}
        union = {"slug": "river-union", "name": "River Union", "kind": "coalition", "members": listed}
        return {"format": "parley-dossier/1", "slug": "far", "title": "Far", "records": {"parties": [far, union]}}

    both = {"valid_from": "2030", "valid_to": "2032"}
    got = await send(
        blocs, "POST", "dossiers",
        batch([{"party": "river-union", **both}], [{"party": "farland", "valid_from": "2031"}]), 422,
    )  # fmt: skip
    [error] = got["errors"]
    assert error["pointer"] == "/records/parties/1/members/0", error
    for word in ("'farland'", "'river-union'", "/records/parties/0/member_of/0"):
        assert word in error["message"], error
    await send(blocs, "POST", "dossiers", batch([{"party": "low-shores"}], [{"party": "farland", **both}]))
    assert (await members(blocs, "river-union"))["farland"] == ("2030", "2032")
    assert (await members(blocs, "low-shores"))["farland"] == (None, None)


async def test_refused_members(blocs: Client) -> None:
    at = await revision(blocs)
    cases = [
        ("river-union", {"party": "low-shores"}, None),
        ("low-shores", {"party": "low-shores"}, "cannot be a member of itself"),
        ("low-shores", {"party": "river-union"}, "river-union → low-shores → river-union"),
        ("low-shores", {"party": "nobody"}, "'nobody'"),
        ("low-shores", {"party": "low-isle", "valid_from": "2030", "valid_to": "2029"}, "before `valid_from`"),
        ("low-shores", {"party": "low-isle", "from": "2030"}, "from"),
        ("low-shores", {"party": "low-isle", "is_bound": "yes"}, "true or false"),
    ]
    for coalition, entry, message in cases:
        status = 422 if message else 200
        got = await send(blocs, "PATCH", f"parties/{coalition}", {"members": [entry]}, status)
        if message:
            [error] = got["errors"]
            assert message in error["message"], error
            assert error["pointer"].startswith("/members"), error
    twice = {"members": [{"party": "low-isle"}, {"party": "low-isle", "valid_from": "2031"}]}
    got = await send(blocs, "PATCH", "parties/low-shores", twice, 422)
    assert "duplicates" in got["errors"][0]["message"]
    assert await revision(blocs) == at + 1


async def test_dossiers_add_members_of_other_dossiers(blocs: Client) -> None:
    """A membership that a dossier adds to a party of another dossier goes when the dossier no longer contains it."""

    def guest(*entries: Any) -> dict[str, Any]:
        club = {"slug": "club", "name": "Club", "kind": "coalition", "members": list(entries)}
        process = {
            "slug": "guest",
            "title": "Guest",
            "kind": "climate",
            "parties": [{"party": "club", "role": "negotiating"}],
        }
        records = {"parties": [club], "processes": [process]}
        return {"format": "parley-dossier/1", "slug": "guest", "title": "Guest", "records": records}

    await send(blocs, "POST", "dossiers", guest({"party": "low-isle", "valid_from": "2030"}, {"party": "eastmark"}))
    at = await revision(blocs)
    await send(blocs, "POST", "dossiers", guest({"party": "low-isle", "valid_from": "2030"}, {"party": "eastmark"}))
    assert await revision(blocs) == at
    exported = await read(blocs, "processes/guest/dossier")
    assert "members" not in json.dumps(exported["records"]["parties"])
    assert exported["additions"]["parties"] == [
        {"slug": "eastmark", "member_of": [{"party": "club"}]},
        {"slug": "low-isle", "member_of": [{"party": "club", "valid_from": "2030"}]},
    ]
    await send(blocs, "POST", "dossiers", exported)
    assert await revision(blocs) == at
    await send(blocs, "POST", "dossiers", DOSSIER)
    await send(blocs, "POST", "dossiers", guest({"party": "eastmark"}))
    assert set(await members(blocs, "club")) == {"eastmark"}
    assert "low-isle" in await members(blocs, "low-shores")


async def test_members_from_tables(blocs: Client) -> None:
    """In a CSV file, members are in parallel columns; read tables have one row for each member."""
    bound = {
        row["party"]["slug"]: row["is_bound"] for row in (await read(blocs, "parties/tidal-conference"))["members"]
    }
    assert bound == {"low-isle": True, "coral-isle": True, "deltaland": None, "northmark": False}
    csv = "slug,name,kind,members.party.slug,members.valid_from\nclub,Club,coalition,low-isle; eastmark,2030; \n"
    got = await blocs.post("/v1/imports?collection=parties", content=csv, headers={"Content-Type": "text/csv"})
    assert got.status_code == 200, got.text
    assert await members(blocs, "club") == {"low-isle": ("2030", None), "eastmark": (None, None)}
    table = (await blocs.get("/v1/parties?rows=member&format=csv&kind=conference")).text
    assert len(table.splitlines()) == 5


async def test_attendance_by_bloc(blocs: Client) -> None:
    async def slugs(address: str) -> set[str]:
        return {row["slug"] for row in (await read(blocs, address))["data"]}

    assert await slugs("talks?bloc=low-shores") == {"tidal-session-1"}
    assert await slugs("talks?bloc.none=low-shores") == {"tidal-session-2"}
    own = {"tidal-session-1-low-isle", "tidal-session-1-deltaland"}
    assert await slugs("delegations?bloc=low-shores") == own
    assert await slugs("delegations?bloc=null") == {"tidal-session-1-northmark", "tidal-session-2-deltaland"}
    counted = (await read(blocs, "delegations?facets=bloc&limit=0"))["facets"]["bloc"]["values"]
    assert {row["value"]: row["count"] for row in counted} == {"low-shores": 2, "river-union": 1, None: 2}
    at = await revision(blocs)
    talk = await read(blocs, "talks/tidal-session-1")
    assert [row["bloc"] and row["bloc"]["slug"] for row in talk["delegations"]] == ["low-shores", "low-shores", None]
    await send(blocs, "PUT", "talks/tidal-session-1", talk)
    assert await revision(blocs) == at
    for bloc, message in (("low-isle", "'low-isle' is the party itself"), ("nobody", "'nobody'")):
        [error] = (await send(blocs, "PATCH", "delegations/tidal-session-1-low-isle", {"bloc": bloc}, 422))["errors"]
        assert error["pointer"] == "/bloc" and message in error["message"], error
    await send(blocs, "PATCH", "delegations/tidal-session-1-deltaland", {"bloc": None})
    assert await slugs("delegations?bloc=low-shores") == {"tidal-session-1-low-isle"}
    assert await slugs(f"delegations?bloc=low-shores&as_of={at}") == own
