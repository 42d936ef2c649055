"""The doors for people and for watchmen: `/`, `/docs`, `/guide`, `/healthz`, `/readyz`, and the bundled files.

Nothing here asks anything of another server: styles and scripts are bundled under `static/docs/`, fonts are the
system's, and the Content-Security-Policy of every page forbids the rest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from app.errors import ApiError, ProblemType, nearest
from app.web.guides import guide_links
from app.web.guides import router as guide_pages
from app.web.html import page, root_of, static_response, wants_html
from app.web.problem_responses import problems
from app.web.read_response import base_of
from app.web.reference import Reference, markdown, quick_start, search_form

log = logging.getLogger("parley.error")
_READY_SECONDS = 5.0
#: Seconds that the first reader of the documentation waits for the list of operations; the page asks for it again.
_FIRST_SECONDS = 0.8
_COMING = '<p id="coming" role="status">The list of operations is being made …</p>'


@dataclass(frozen=True, slots=True)
class Example:
    """A question that Parley answers, and the address that asks it (a path with its query)."""

    question: str
    href: str


class Health(BaseModel):
    """That the server, or what it needs, is there."""

    status: Literal["ok"] = Field(description="Always `ok`; when it is not, a problem is sent.", examples=["ok"])


def make_router(
    *,
    sentence: str,
    examples: Sequence[Example],
    ready: Callable[[], Awaitable[object]],
    version: str = "",
    name: str = "Parley",
    whole: Example | None = None,
    collections: Collection[str] = (),
    vocabularies: Collection[str] = (),
) -> APIRouter:
    """The router of the landing page, the docs, the guides, the static files, and the two health checks.

    The first of the `examples` is the quick start's; `whole` is one more on the docs page, that reads much in one request.
    `collections` are the lists below `/v1` that `/` links, and `vocabularies` the closed lists that have a page there.
    `ready` is awaited by `/readyz`, at most five seconds; what it raises becomes 503 and is only logged.
    """
    router = APIRouter()
    router.include_router(guide_pages)
    made: list[Reference] = []
    waiting: set[asyncio.Task[Reference]] = set()

    async def make(request: Request) -> Reference:
        made.append(await asyncio.to_thread(lambda: Reference(request.app.openapi(), vocabularies)))
        return made[0]

    def ahead(request: Request) -> asyncio.Task[Reference] | None:
        """Begin to make the reference beside the loop, if nobody has: the document takes two seconds of the processor."""
        if not made and not waiting:
            task = asyncio.create_task(make(request))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        return next(iter(waiting), None)

    async def reference_of(request: Request) -> Reference:
        task = ahead(request)
        return made[0] if task is None else await asyncio.shield(task)

    @router.get("/", include_in_schema=False)
    async def welcome(request: Request) -> Response:
        links = {"docs": "/docs", "openapi": "/openapi.json", **{one: f"/v1/{one}" for one in collections},
                 "vocabularies": "/v1/vocabularies", "terms": "/v1/terms",
                 "changes": "/v1/changes", "revisions": "/v1/revisions", "releases": "/v1/releases",
                 "datapackage": "/v1/datapackage.json", "croissant": "/v1/croissant.json", "dcat": "/v1/dcat.jsonld",
                 "guides": "/guide", "problems": "/problems"}  # fmt: skip
        if not wants_html(request):
            asks = [{"question": example.question, "href": example.href} for example in examples]
            answer = {
                "name": name,
                "description": sentence,
                "version": version,
                "links": links,
                "examples": asks,
            }
            return JSONResponse(answer, headers={"Vary": "Accept"})
        ahead(request)
        content = _welcome(name, sentence, examples, str(request.scope.get("root_path", "")))
        foot = f"<footer>{escape(name)} {escape(version)} · Programs get JSON from every address.</footer>"
        return page(request, title=name, summary=sentence, content=content, kind="welcome", end=foot)

    @router.get("/docs", include_in_schema=False)
    async def docs(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
        root = root_of(request)
        task = ahead(request)
        if task is not None:
            await asyncio.wait({task}, timeout=None if q else _FIRST_SECONDS)
        reference = made[0] if made else None
        guide = markdown(str(reference.document["info"].get("description", ""))) if reference else ""
        listing = reference.listing(root, q) if reference else _COMING
        content = (
            f'<h1>Documentation</h1><p class="lead">{escape(sentence)}</p>'
            f"<h2>Quick start</h2><p>{escape(examples[0].question) if examples else ''}</p>"
            f"{quick_start(examples[0].href, base_of(request)) if examples else ''}"
            f'<ul class="asks">{_asks((whole,) if whole is not None else (), root)}</ul>'
            f'<details class="guide"><summary>More questions</summary><ul class="asks">{_asks(examples, root)}</ul></details>'
            f"{f'<details class=guide><summary>How it works: filters, dates, the past, formats, writing</summary>{guide}</details>' if guide else ''}"
            f"<h2>Guides</h2>{guide_links(root)}"
            f"<h2>All operations</h2>{search_form(root, q)}"
            f'<div id="operations">{listing}</div>'
        )
        return _docs_page(request, f"{name} · Documentation", sentence, content)

    @router.get("/docs/{operation}", include_in_schema=False)
    async def docs_of_one(operation: str, request: Request) -> Response:
        reference = await reference_of(request)
        if (found := reference.operations.get(operation)) is None:
            near = nearest(operation, reference.operations)
            hint = f" Did you mean /docs/{near}?" if near else " /docs lists all operations."
            raise ApiError(ProblemType.NOT_FOUND, f"There is no operation {operation[:100]!r}.{hint}")
        content = reference.operation(found, root_of(request))
        return _docs_page(request, f"{found.summary} · {name}", found.summary, content)

    @router.get("/favicon.svg", include_in_schema=False)
    @router.get("/favicon.ico", include_in_schema=False)
    async def favicon(request: Request) -> Response:
        return static_response(request, "favicon.svg")

    @router.get("/static/{file:path}", include_in_schema=False)
    async def static(file: str, request: Request) -> Response:
        return static_response(request, file)

    @router.get("/healthz", tags=["service"], operation_id="getHealth", summary="Is the process alive?")
    async def healthz() -> Health:
        """Answers as long as the process runs; asks nothing of the database."""
        return Health(status="ok")

    @router.get(
        "/readyz", tags=["service"], operation_id="getReadiness", summary="Can it answer questions?",
        responses=problems(ProblemType.UNAVAILABLE),
    )  # fmt: skip
    async def readyz() -> Health:
        """Answers `ok` when the database answers; 503 when it does not."""
        try:
            await asyncio.wait_for(ready(), _READY_SECONDS)
        except Exception as error:
            log.warning("not ready: %s: %s", type(error).__name__, error)
            raise ApiError(
                ProblemType.UNAVAILABLE, "The database does not answer.", headers={"Retry-After": "5"}
            ) from None
        return Health(status="ok")

    return router


def _docs_page(request: Request, title: str, summary: str, content: str) -> Response:
    script = f'<script src="{root_of(request)}/static/docs/docs.js" defer></script>'
    return page(
        request, title=title, summary=summary, content=content, kind="docs", styles=("docs/docs.css",), end=script
    )


def _asks(examples: Sequence[Example], root: str) -> str:
    return "\n".join(
        f'<li><a href="{escape(root + example.href)}"><b>{escape(example.question)}</b>'
        f"<code>GET {escape(example.href)}</code></a></li>"
        for example in examples
    )


def _welcome(name: str, sentence: str, examples: Sequence[Example], root: str) -> str:
    doors = (
        ("/docs", "Documentation", "Every address, field and value, to read and to try."),
        ("/guide", "Guides", "How to do common tasks, with examples that run."),
        ("/v1/processes", "Processes", "The negotiations, with their talks and parties."),
        ("/v1/demands", "Demands", "Who asked what of whom, and what came back."),
        ("/v1/changes", "Changes", "What was written, in its order, for those who keep a copy."),
        ("/v1/releases", "Releases", "States with a name for ever, to cite and to download."),
        ("/openapi.json", "OpenAPI 3.1", "The same as the documentation, for programs."),
    )
    cards = "\n".join(
        f'<li><a href="{escape(root + href)}"><b>{title}</b><span>{said}</span></a></li>' for href, title, said in doors
    )
    asked = f'<h2>Ask it something</h2>\n<ul class="asks">{_asks(examples, root)}</ul>' if examples else ""
    head = f'<h1>{escape(name)}</h1>\n<p class="lead">{escape(sentence)}</p>'
    return f'{head}\n<ul class="cards">{cards}</ul>\n{asked}'
