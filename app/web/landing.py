"""The landing page `/`: links and example questions, as HTML or JSON."""

from collections.abc import Collection, Sequence
from html import escape

from fastapi import Request
from starlette.responses import JSONResponse, Response

from app.web.examples import Example, example_items
from app.web.html import page, wants_html

_CARDS = (
    ("/docs", "Documentation", "Every path, field and value, to read and to try."),
    ("/guide", "Guides", "How to do common tasks, with examples that run."),
    ("/v1/processes", "Processes", "The negotiations, with their talks and parties."),
    ("/v1/demands", "Demands", "Who demanded what of whom, and how it was answered."),
    ("/v1/changes", "Changes", "All writes in order, for everybody who keeps a copy."),
    ("/v1/releases", "Releases", "Named states of the data that never change, to cite and to download."),
    ("/openapi.json", "OpenAPI 3.1", "The documentation for programs."),
)


def links_of(collections: Collection[str]) -> dict[str, str]:
    """The paths to which the JSON version of the landing page links."""
    return {"docs": "/docs", "openapi": "/openapi.json", **{one: f"/v1/{one}" for one in collections},
            "vocabularies": "/v1/vocabularies", "terms": "/v1/terms",
            "changes": "/v1/changes", "revisions": "/v1/revisions", "releases": "/v1/releases",
            "datapackage": "/v1/datapackage.json", "croissant": "/v1/croissant.json", "dcat": "/v1/dcat.jsonld",
            "guides": "/guide", "problems": "/problems"}  # fmt: skip


def landing_page(
    request: Request, *, name: str, sentence: str, version: str, examples: Sequence[Example], links: dict[str, str]
) -> Response:
    """The landing page, as HTML or JSON, whichever the client prefers."""
    if not wants_html(request):
        content = {
            "name": name,
            "description": sentence,
            "version": version,
            "links": links,
            "examples": [{"question": example.question, "href": example.href} for example in examples],
        }
        return JSONResponse(content, headers={"Vary": "Accept"})
    root = str(request.scope.get("root_path", ""))
    cards = "\n".join(
        f'<li><a href="{escape(root + href)}"><b>{title}</b><span>{about}</span></a></li>'
        for href, title, about in _CARDS
    )
    html = f'<h1>{escape(name)}</h1>\n<p class="lead">{escape(sentence)}</p>\n<ul class="cards">{cards}</ul>\n'
    if examples:
        html += f'<h2>Example questions</h2>\n<ul class="asks">{example_items(examples, root)}</ul>'
    foot = f"<footer>{escape(name)} {escape(version)} · Programs get JSON from every URL.</footer>"
    return page(request, title=name, summary=sentence, content=html, kind="welcome", end=foot)
