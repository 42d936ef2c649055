"""The pages for people need nothing from elsewhere."""

import re
from html.parser import HTMLParser

import httpx

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
    for address in ("/", "/docs", "/problems", "/problems/invalid"):
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


async def test_bundled_styles_and_start_script_name_no_other_server(client: httpx.AsyncClient) -> None:
    for name in ("parley.css", "docs/theme.css", "docs/start.js", "docs/swagger-ui.css"):
        text = (await client.get(f"/static/{name}")).text
        assert "@import" not in text
        fetched = re.findall(r"url\((?![\"']?data:)[^)]{0,40}", text)
        assert not fetched
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    # Swagger UI would ask validator.swagger.io for a badge unless told not to.
    assert 'validatorUrl: "none"' in (await client.get("/static/docs/start.js")).text


async def test_bundled_files_are_compressed_and_revalidated(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/docs/swagger-ui-bundle.js")
    assert first.headers["content-encoding"] == "gzip" and "SwaggerUIBundle" in first.text
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/static/docs/swagger-ui-bundle.js", headers=known)).status_code == 304
    assert "Apache License" in (await client.get("/static/docs/LICENSE")).text
    assert (await client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_the_front_door_points_the_way_for_people_and_programs(client: httpx.AsyncClient) -> None:
    said = (await client.get("/")).json()
    assert said["links"]["docs"] == "/docs" and said["examples"][0]["href"].startswith("/v1/demands?")
    page = (await client.get("/", headers=HTML)).text
    for href in ("/docs", "/openapi.json", "/v1/processes", "/v1/demands"):
        assert f'href="{href}"' in page
    assert "GET /v1/demands?party=russia&amp;issue=territory" in page
