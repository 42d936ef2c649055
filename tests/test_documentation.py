"""The documentation of the real application: what it leads to is there."""

import html
import re

import httpx

HTML = {"Accept": "text/html,*/*;q=0.8"}


async def test_each_address_on_the_documentation_answers(client: httpx.AsyncClient) -> None:
    # A search waits for the document; the page itself shows without the list of operations until it is made.
    assert (await client.get("/docs?q=demands", headers=HTML)).status_code == 200
    page = (await client.get("/docs", headers=HTML)).text
    addresses = {html.unescape(href) for href in re.findall(r'href="(/[^"#]*)"', page)}
    quick = {
        html.unescape(one).removeprefix("http://parley.test")
        for one in re.findall(r"http://parley\.test[^&']*(?:&amp;[^&']*)*", page)
    }
    assert any("include=talks.delegations,proposals.demands.state" in address for address in addresses)
    assert quick
    for address in sorted(addresses | quick):
        answer = await client.get(address, headers=HTML)
        assert answer.status_code == 200, address


async def test_every_operation_has_a_page_that_shows_all_of_its_parameters(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    shared = document["components"].get("parameters", {})
    for operations in document["paths"].values():
        for operation in operations.values():
            page = (await client.get(f"/docs/{operation['operationId']}", headers=HTML)).text
            for parameter in operation.get("parameters", ()):
                name = (
                    shared[parameter["$ref"].rpartition("/")[2]]["name"] if "$ref" in parameter else parameter["name"]
                )
                assert f'name="{name}"' in page, operation["operationId"]
    lost = await client.get("/docs/listDemand", headers=HTML)
    assert (lost.status_code, "listDemands" in lost.text) == (404, True)
