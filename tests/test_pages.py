"""Pages that a browser gets in the place of JSON."""

import re
from html import unescape

import httpx

from tests.web.test_docs import HTML, References


async def test_what_is_not_there_is_a_page_in_a_browser_and_a_problem_elsewhere(client: httpx.AsyncClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for address in ("/foo", "/v1/talks/nope", "/v1/vocabularies/Stance/loud"):
        problem = await client.get(address)
        assert problem.status_code == 404 and problem.headers["content-type"] == "application/problem+json"
        page = await client.get(address, headers=browser)
        assert page.status_code == 404 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store" and "Accept" in page.headers["vary"].split(", ")
        text = unescape(page.text)
        assert all(str(problem.json()[name]) in text for name in ("title", "status", "detail", "instance", "type"))
        assert 'href="/docs"' in page.text
        found = References()
        found.feed(page.text)
        assert not found.inline
        for accept in ("application/json", "application/problem+json, text/html;q=0.5", "*/*"):
            again = await client.get(address, headers={"Accept": accept})
            assert again.headers["content-type"] == "application/problem+json", accept
        assert (await client.post(address, headers=browser)).headers["content-type"] == "application/problem+json"


async def test_the_vocabularies_are_a_page_in_a_browser(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/vocabularies")).json()["data"]
    page = await client.get("/v1/vocabularies", headers=HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8" and "Accept" in page.headers["vary"].split(", ")
    for name in (*(one["name"] for one in listed), "issues"):
        assert f'/v1/vocabularies/{name}"' in page.text
    assert all(word["value"] in page.text for one in listed for word in one["words"])


async def test_filters_that_leave_out_are_folded_in_those_that_they_turn_round(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs/listDemands", headers=HTML)).text
    document = (await client.get("/openapi.json")).json()
    shared = document["components"]["parameters"]
    names = [
        (shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one)["name"]
        for one in document["paths"]["/v1/demands"]["get"]["parameters"]
    ]
    nones = [name for name in names if name.endswith(".none")]
    assert len(nones) > 10
    for name in nones:
        folded = re.search(rf"<details><summary><code[^>]*>{re.escape(name)}</code></summary>", page)
        assert folded and page.index(f'id="p-{name.removesuffix(".none")}"') < folded.start()
        assert page.count(f'id="p-{name}"') == 1
