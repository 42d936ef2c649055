"""The pages behind every problem's `type`: what it means. HTML for people, JSON for programs. And the page of a problem itself,
for browsers."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.errors import ProblemType
from app.web.html import page, root_of, wants_html
from app.web.problem_responses import MEDIA_TYPE, example_of, problem_type
from app.web.reference import inline_markdown

router = APIRouter(include_in_schema=False)


@router.get("/problems")
async def list_problems(request: Request) -> Response:
    """All ways to be refused."""
    if not wants_html(request):
        return JSONResponse({"data": [_said(kind) for kind in ProblemType]}, headers={"Vary": "Accept"})
    root = root_of(request)
    rows = "\n".join(
        f'<dt>{kind.status}</dt><dd><a href="{root}{problem_type(kind)}">{escape(kind.title)}</a>'
        f"<span>{inline_markdown(kind.meaning)}</span></dd>"
        for kind in ProblemType
    )
    content = (
        "<h1>Problems</h1>\n"
        '<p class="lead">Every refusal is one JSON object in the form of RFC 9457. Its '
        "<code>type</code> leads here, and <code>errors</code> lists all faults at once, "
        "each with its place and what would be right.</p>\n"
        f"<h2>All of them</h2>\n<dl>{rows}</dl>"
    )
    return page(request, title="Problems · Parley", summary="Every way to be refused, explained.", content=content)


@router.get("/problems/{slug}")
async def get_problem(slug: str, request: Request) -> Response:
    """One way to be refused: its meaning and an example."""
    kind = next((kind for kind in ProblemType if kind.slug == slug), None)
    if kind is None:
        raise HTTPException(404)
    if not wants_html(request):
        return JSONResponse(_said(kind), headers={"Vary": "Accept"})
    example = escape(json.dumps(example_of(kind), indent=2, ensure_ascii=False), quote=False)
    content = (
        f'<p class="tag">{kind.status} · {escape(kind.slug)}</p>\n<h1>{escape(kind.title)}</h1>\n'
        f'<p class="lead">{inline_markdown(kind.meaning)}</p>\n'
        f"<h2>What such an answer looks like</h2>\n<pre>{example}</pre>"
    )
    return page(request, title=f"{kind.title} · Parley", summary=kind.meaning, content=content)


def _said(kind: ProblemType) -> dict[str, Any]:
    return {
        "type": problem_type(kind), "title": kind.title, "status": kind.status, "meaning": kind.meaning,
        "example": example_of(kind),
    }  # fmt: skip


def page_of_problem(request: Request, problem: Mapping[str, Any]) -> Response | None:
    """A problem as a page that says the same; None where the request prefers JSON."""
    if not wants_html(request) or not wants_html(request, MEDIA_TYPE):
        return None
    root = root_of(request)
    errors = "".join(
        "<li>"
        + (f"<code>{escape(where)}</code>: " if (where := error.get("parameter") or error.get("pointer")) else "")
        + inline_markdown(f"{error['message']}. {error.get('hint', '')}".strip())
        + "</li>"
        for error in problem["errors"]
    )
    detail, title = str(problem["detail"]), str(problem["title"])
    content = (
        f'<p class="tag">{problem["status"]} · <code>{escape(problem["instance"])}</code></p>\n<h1>{escape(title)}</h1>\n'
        f'<p class="lead">{escape(detail)}</p>\n'
        + (f"<ul>{errors}</ul>\n" if errors else "")
        + f'<p class="also"><a href="{root}/docs">The documentation</a> lists all addresses;'
        f' <a href="{root}{problem["type"]}">what this problem means</a>. Programs get it as {MEDIA_TYPE}, by'
        " <code>Accept</code>.</p>"
    )
    shown = page(request, title=f"{title} · Parley", summary=detail, content=content)
    shown.status_code = problem["status"]
    return shown
