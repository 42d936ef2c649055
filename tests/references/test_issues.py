"""The bundled issues in use: written, filtered by, and suggested for a code that does not exist."""

import httpx
import pytest

PROPOSAL = "russian-memorandum-2025-06-02"


@pytest.mark.parametrize(
    ("category", "code", "near"),
    [
        ("TRAD", "TRAD.TARIFFS", "TRADE.TARIFFS"),
        ("CLIM", "CLIM.FINANCE", "CLIM.FINANCES"),
        ("LABO", "LABO.WAGES", "LABO.WAGE"),
        ("EXTL", "EXTL.LEAVING_UNION", "EXTL.LEAVE_UNION"),
    ],
)
async def test_a_demand_about_any_subject_has_an_issue(
    own_client: httpx.AsyncClient, own_admin: dict[str, str], category: str, code: str, near: str
) -> None:
    slug = code.lower().replace(".", "-").replace("_", "-")
    body = {"slug": f"about-{slug}", "proposal": PROPOSAL, "text": "X", "addressees": ["ukraine"], "issues": [near]}
    refused = await own_client.post("/v1/demands", json=body, headers=own_admin)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["hint"]) == ("/issues/0", f"Did you mean {slug!r}?")

    made = await own_client.post("/v1/demands", json=body | {"issues": [code.lower()]}, headers=own_admin)
    assert made.status_code == 201, made.text
    assert [one["code"] for one in made.json()["issues"]] == [code]
    listed = (
        await own_client.get("/v1/demands", params={"issue": category, "proposal": PROPOSAL, "limit": 500})
    ).json()
    assert f"about-{slug}" in [one["slug"] for one in listed["data"]]
    below = (await own_client.get("/v1/issues", params={"broader": category, "limit": 100})).json()["data"]
    assert code in [one["code"] for one in below]
