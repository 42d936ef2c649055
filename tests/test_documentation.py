"""The documentation of the real application: what it leads to is there."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from app.registry import RESOURCES

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture(scope="module")
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


@pytest.fixture(scope="module")
async def pages(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, str]:
    """The page of each operation, by its id."""
    operations = [operation for one in document["paths"].values() for operation in one.values()]
    addresses = {operation["operationId"]: f"/docs/{operation['operationId']}" for operation in operations}
    return {name: (await client.get(address, headers=HTML)).text for name, address in addresses.items()}


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


async def test_every_operation_has_a_page_that_shows_all_of_its_parameters(
    client: httpx.AsyncClient, document: dict[str, Any], pages: dict[str, str]
) -> None:
    shared = document["components"].get("parameters", {})
    for operations in document["paths"].values():
        for operation in operations.values():
            page = pages[operation["operationId"]]
            for parameter in operation.get("parameters", ()):
                name = (
                    shared[parameter["$ref"].rpartition("/")[2]]["name"] if "$ref" in parameter else parameter["name"]
                )
                assert f'name="{name}"' in page, operation["operationId"]
    lost = await client.get("/docs/listDemand", headers=HTML)
    assert (lost.status_code, "listDemands" in lost.text) == (404, True)


def closed_lists(document: Mapping[str, Any], node: Any, seen: set[str]) -> Iterator[list[str]]:
    """The words of each closed list in a node of the document and in all schemas below it."""
    if isinstance(node, list):
        for one in node:
            yield from closed_lists(document, one, seen)
    elif isinstance(node, Mapping):
        for name, below in node.items():
            if name == "$ref" and below not in seen:
                seen.add(below)
                _, _, kind, referred = below.split("/")
                yield from closed_lists(document, document["components"][kind][referred], seen)
            elif name == "enum" and isinstance(below, list):
                yield below
            else:
                yield from closed_lists(document, below, seen)


async def test_every_closed_list_of_every_operation_shows_its_words_on_its_page(
    client: httpx.AsyncClient, document: dict[str, Any], pages: dict[str, str]
) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            page = pages[operation["operationId"]]
            shown = html.unescape(re.sub(r"</?(?:code|option)[^>]*>", "|", page))
            for place in ("parameters", "requestBody", "responses"):
                for words in closed_lists(document, operation.get(place), set()):
                    run = "|, |".join(words)
                    assert f"|{run}|" in shown or "||".join(words) in shown, (operation["operationId"], place, words)
    page = (await client.get("/docs/listDemands", headers=HTML)).text
    assert 'href="/v1/vocabularies/DemandState">' in page and "whole number, 0–500" in page
    assert "<option>rejected</option>" in page
    assert 'href="/docs/listDemands"' in (await client.get("/docs?q=reject", headers=HTML)).text


async def test_the_example_of_an_invalid_request_is_what_the_server_answers(client: httpx.AsyncClient) -> None:
    example = (await client.get("/problems/invalid")).json()["example"]
    query = {violation["parameter"]: "russia" for violation in example["errors"]}
    assert (await client.get(example["instance"], params=query)).json() == example


async def test_the_first_page_links_every_collection_and_each_link_answers(client: httpx.AsyncClient) -> None:
    links = (await client.get("/")).json()["links"]
    assert {collection.name for collection in RESOURCES} <= set(links)
    for link in links.values():
        assert (await client.get(link)).status_code == 200, link


async def test_a_vocabulary_is_a_table_of_its_words_and_their_meanings(client: httpx.AsyncClient) -> None:
    told = (await client.get("/v1/vocabularies/DemandState")).json()
    page = (await client.get("/v1/vocabularies/DemandState", headers=HTML)).text
    rows = re.findall(r'<th scope="row"><a href="([^"]*)"><code>(.*?)</code></a></th><td><p>(.*?)</p>', page)
    assert [(word, html.unescape(meaning)) for _, word, meaning in rows] == [
        (one["value"], one["meaning"]) for one in told["words"]
    ]
    assert (await client.get(rows[0][0], headers=HTML)).status_code == 200


async def test_short_code_in_descriptions_stays_on_one_line(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs/listDemands", headers={"Accept": "text/html"})).text
    assert "<code class=short>-tabled_on</code>" in page
    # Longer code may break anywhere, or a telephone would scroll sideways.
    assert "<code>GET /v1/demands?" in page
