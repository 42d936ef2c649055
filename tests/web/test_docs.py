"""The pages for people need nothing from elsewhere."""

import re
from html.parser import HTMLParser

import httpx

from app.web.reference import ApiReference

HTML = {"Accept": "text/html"}


class References(HTMLParser):
    """Every address that a page makes a browser ask for, and whether it holds script or style of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.loaded += [given[name] for name in ("src", "srcset", "data-openapi") if name in given]
        if "href" in given:
            (self.loaded if tag == "link" else self.linked).append(given["href"])
        if (tag == "script" and "src" not in given) or tag == "style" or "style" in given:
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on")]


async def test_pages_load_only_bundled_files_and_have_no_inline_code(client: httpx.AsyncClient) -> None:
    for address in ("/", "/docs", "/guide", "/guide/clients", "/problems", "/problems/invalid"):
        page = await client.get(address, headers=HTML)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        found = References()
        found.feed(page.text)
        assert found.loaded and not found.inline
        for loaded in found.loaded:
            assert re.fullmatch(r"/[a-z][a-z./-]*", loaded), loaded
            assert (await client.get(loaded)).status_code == 200
        outside = [href for href in found.linked if not href.startswith(("/", "#"))]
        assert not outside


async def test_bundled_files_name_no_other_server(client: httpx.AsyncClient) -> None:
    for name in ("parley.css", "docs/docs.css", "docs/docs.js"):
        text = (await client.get(f"/static/{name}")).text
        assert "@import" not in text
        assert not re.findall(r"url\((?![\"']?data:)[^)]{0,40}", text)
        assert not re.findall(r"https?://[\w.]+", text)


async def test_bundled_files_are_compressed_and_revalidated(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/docs/docs.js")
    assert first.headers["content-encoding"] == "gzip"
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/static/docs/docs.js", headers=known)).status_code == 304
    assert (await client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


def parameter(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


#: A document with every turn that the pages take.
DOCUMENT = {
    "security": [],
    "tags": [{"name": "demands", "description": "A **demand** <script>."}],
    "components": {
        "parameters": {"limit": parameter("limit", **{"x-group": "paging"})},
        "schemas": {
            "Demand": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "description": "What is `asked`.", "examples": ["Peace"]},
                    "part_of": {"anyOf": [{"$ref": "#/components/schemas/Demand"}, {"type": "null"}]},
                },
            },
        },
    },
    "paths": {
        "/v1/demands": {
            "get": {
                "operationId": "listDemands", "summary": "List demands", "tags": ["demands"],
                "parameters": [
                    {"$ref": "#/components/parameters/limit"},
                    parameter("issue", description="Of this issue.", example="TERR", **{"x-group": "subject"}),
                    {"name": "act", "in": "query", "schema": {"enum": ["demand", "offer"]}, "x-group": "subject"},
                ],
                "responses": {"200": {"description": "The demands.", "content": {
                    "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Demand"}}},
                }}},
            },
            "post": {
                "operationId": "createDemand", "summary": "Create a demand", "tags": ["demands"],
                "security": [{"bearer": []}], "responses": {},
                "requestBody": {"content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Demand"}},
                }},
            },
        },
    },
}  # fmt: skip


def test_subject_parameters_come_first_and_the_others_are_folded() -> None:
    reference = ApiReference(DOCUMENT)
    shown = reference.operation(reference.operations["listDemands"], "")
    assert shown.index('name="issue"') < shown.index('name="limit"')
    opened, folded = shown.split("Order, paging and counts")
    assert 'name="act"' in opened and '<details class="group" open>' in opened
    assert 'name="limit"' in folded and "<option>offer</option>" in opened
    assert 'placeholder="TERR"' in opened


def test_only_what_needs_a_key_says_so_and_its_body_is_an_example() -> None:
    reference = ApiReference(DOCUMENT)
    listing = reference.listing("/root")
    assert listing.count('class="lock"') == 1
    assert 'href="/root/docs/createDemand"' in listing
    assert "<strong>demand</strong> &lt;script&gt;" in listing
    created = reference.operation(reference.operations["createDemand"], "")
    assert "Needs an API key" in created and "&quot;text&quot;: &quot;Peace&quot;" in created
    assert "Needs no API key" in reference.operation(reference.operations["listDemands"], "")


def test_a_search_looks_through_paths_parameters_and_texts() -> None:
    reference = ApiReference(DOCUMENT)
    found = {q: [one.id for one in reference.search(q)] for q in ("/v1/demands POST", "issue", "of this", "nothing")}
    assert found == {
        "/v1/demands POST": ["createDemand"], "issue": ["listDemands"], "of this": ["listDemands"], "nothing": [],
    }  # fmt: skip
    assert "issue</code></small>" in reference.listing("", "issue")
    assert "&lt;b&gt;" in reference.listing("", "<b>")


async def test_the_front_door_points_the_way_for_people_and_programs(client: httpx.AsyncClient) -> None:
    said = (await client.get("/")).json()
    assert said["links"]["docs"] == "/docs" and said["examples"][0]["href"].startswith("/v1/demands?")
    page = (await client.get("/", headers=HTML)).text
    for href in ("/docs", "/openapi.json", "/v1/processes", "/v1/demands"):
        assert f'href="{href}"' in page
    assert "GET /v1/demands?party=russia&amp;issue=territory" in page
