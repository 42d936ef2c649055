"""The routes of the HTML pages (`/`, `/docs`, `/guide`) and of the bundled files, and the health checks.

Pages load nothing from other servers: styles and scripts are bundled under `static/docs/`, fonts are those of the system,
and the Content-Security-Policy of every page forbids everything else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from html import escape
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import ApiError, ProblemType, nearest, quoted
from app.web.examples import Example, example_items
from app.web.guides import guide_links
from app.web.guides import router as guide_pages
from app.web.health import make_health_router
from app.web.html import page, path_prefix, static_response
from app.web.landing import landing_page, links_of
from app.web.markdown import markdown
from app.web.read_response import base_of
from app.web.reference import ApiReference, quick_start, search_form

#: Seconds for which the first request for the documentation waits for the list of operations. After that, the page is
#: sent without the list, and the page requests the list again.
_FIRST_SECONDS = 0.8
_LOADING = '<p id="coming" role="status">Loading the list of operations …</p>'


def make_docs_router(
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
    """The routes of the HTML pages, and the health checks.

    `sentence`: what the API is; `examples`: example questions, of which the first is the quick start; `whole`: one more
    example for /docs, which reads many records with one request; `collections`: the lists under `/v1` that `/` links
    to;
    `vocabularies`: the closed lists that have a page; `ready`: see `make_health_router`.
    """
    router = APIRouter()
    router.include_router(guide_pages)
    loader = _ReferenceLoader(vocabularies)

    @router.get("/", include_in_schema=False)
    async def landing(request: Request) -> Response:
        response = landing_page(
            request, name=name, sentence=sentence, version=version, examples=examples, links=links_of(collections)
        )
        if response.media_type == "text/html":
            loader.start(request)
        return response

    @router.get("/docs", include_in_schema=False)
    async def docs(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
        reference = await loader.wait(request, None if q else _FIRST_SECONDS)
        content = _docs_content(request, reference, q, sentence, examples, whole)
        return _docs_page(request, f"{name} · Documentation", sentence, content)

    @router.get("/docs/{operation}", include_in_schema=False)
    async def docs_of_operation(operation: str, request: Request) -> Response:
        reference = await loader.get(request)
        if (found := reference.operations.get(operation)) is None:
            near = nearest(operation, reference.operations)
            hint = f" Did you mean /docs/{near}?" if near else " /docs lists all operations."
            raise ApiError(ProblemType.NOT_FOUND, f"There is no operation {quoted(operation, 100)}.{hint}")
        content = reference.operation(found, path_prefix(request))
        return _docs_page(request, f"{found.summary} · {name}", found.summary, content)

    @router.get("/favicon.svg", include_in_schema=False)
    @router.get("/favicon.ico", include_in_schema=False)
    async def favicon(request: Request) -> Response:
        return static_response(request, "favicon.svg")

    @router.get("/static/{file:path}", include_in_schema=False)
    async def static(file: str, request: Request) -> Response:
        return static_response(request, file)

    router.include_router(make_health_router(ready))
    return router


class _ReferenceLoader:
    """Generates the reference once, in a thread: the OpenAPI document takes two seconds of CPU time."""

    def __init__(self, vocabularies: Collection[str]) -> None:
        self._vocabularies = vocabularies
        self._reference: ApiReference | None = None
        self._task: asyncio.Task[ApiReference] | None = None

    def start(self, request: Request) -> asyncio.Task[ApiReference] | None:
        """Start to generate the reference, unless it is being generated or complete. Returns the running task."""
        if self._reference is None and self._task is None:
            self._task = asyncio.create_task(self._generate(request))
            self._task.add_done_callback(self._forget)
        return self._task

    async def wait(self, request: Request, seconds: float | None) -> ApiReference | None:
        """The reference; None if it is not ready within this time (None = no limit)."""
        if (task := self.start(request)) is not None:
            await asyncio.wait({task}, timeout=seconds)
        return self._reference

    async def get(self, request: Request) -> ApiReference:
        """The reference. If generating it fails, the exception is raised here."""
        if (task := self.start(request)) is not None:
            return await asyncio.shield(task)
        assert self._reference is not None
        return self._reference

    async def _generate(self, request: Request) -> ApiReference:
        self._reference = await asyncio.to_thread(lambda: ApiReference(request.app.openapi(), self._vocabularies))
        return self._reference

    def _forget(self, task: asyncio.Task[ApiReference]) -> None:
        self._task = None


def _docs_content(
    request: Request,
    reference: ApiReference | None,
    q: str,
    sentence: str,
    examples: Sequence[Example],
    whole: Example | None,
) -> str:
    root = path_prefix(request)
    guide = markdown(str(reference.document["info"].get("description", ""))) if reference else ""
    introduction = (
        "<details class=guide><summary>How it works: filters, dates, past states, formats, writing</summary>"
        f"{guide}</details>"
        if guide
        else ""
    )
    listing = reference.listing(root, q) if reference else _LOADING
    return (
        f'<h1>Documentation</h1><p class="lead">{escape(sentence)}</p>'
        f"<h2>Quick start</h2><p>{escape(examples[0].question) if examples else ''}</p>"
        f"{quick_start(examples[0].href, base_of(request)) if examples else ''}"
        f'<ul class="asks">{example_items((whole,) if whole is not None else (), root)}</ul>'
        f'<details class="guide"><summary>More questions</summary><ul class="asks">{example_items(examples, root)}</ul></details>'
        f"{introduction}"
        f"<h2>Guides</h2>{guide_links(root)}"
        f"<h2>All operations</h2>{search_form(root, q)}"
        f'<div id="operations">{listing}</div>'
    )


def _docs_page(request: Request, title: str, summary: str, content: str) -> Response:
    script = f'<script src="{path_prefix(request)}/static/docs/docs.js" defer></script>'
    return page(
        request, title=title, summary=summary, content=content, kind="docs", styles=("docs/docs.css",), end=script
    )
