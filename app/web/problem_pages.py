"""Pages about problems: the explanation of each problem type, as HTML or JSON, and the HTML page of a single problem."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.errors import ProblemType
from app.web.html import page, path_prefix, wants_html
from app.web.markdown import inline_markdown
from app.web.problem_responses import MEDIA_TYPE, example_problem, problem_type

router = APIRouter(include_in_schema=False)


@router.get("/problems")
async def list_problems(request: Request) -> Response:
    """List all problem types."""
    if not wants_html(request):
        return JSONResponse({"data": [_json(kind) for kind in ProblemType]}, headers={"Vary": "Accept"})
    root = path_prefix(request)
    rows = "\n".join(
        f'<dt>{kind.status}</dt><dd><a href="{root}{problem_type(kind)}">{escape(kind.title)}</a>'
        f"<span>{inline_markdown(kind.meaning)}</span></dd>"
        for kind in ProblemType
    )
    content = (
        "<h1>Problems</h1>\n"
        '<p class="lead">Every error response is a JSON object as defined by RFC 9457. Its '
        "<code>type</code> is the path of one of these pages, and <code>errors</code> lists all errors at once, "
        "each with its place and a hint.</p>\n"
        f"<h2>Problem types</h2>\n<dl>{rows}</dl>"
    )
    return page(request, title="Problems · Parley", summary="All problem types, with their meanings.", content=content)


@router.get("/problems/{slug}")
async def get_problem(slug: str, request: Request) -> Response:
    """One problem type: its meaning and an example."""
    kind = next((kind for kind in ProblemType if kind.slug == slug), None)
    if kind is None:
        raise HTTPException(404)
    if not wants_html(request):
        return JSONResponse(_json(kind), headers={"Vary": "Accept"})
    example = escape(json.dumps(example_problem(kind), indent=2, ensure_ascii=False), quote=False)
    content = (
        f'<p class="tag">{kind.status} · {escape(kind.slug)}</p>\n<h1>{escape(kind.title)}</h1>\n'
        f'<p class="lead">{inline_markdown(kind.meaning)}</p>\n'
        f"<h2>Example</h2>\n<pre>{example}</pre>"
    )
    return page(request, title=f"{kind.title} · Parley", summary=kind.meaning, content=content)


def _json(kind: ProblemType) -> dict[str, object]:
    return {
        "type": problem_type(kind), "title": kind.title, "status": kind.status, "meaning": kind.meaning,
        "example": example_problem(kind),
    }  # fmt: skip


def problem_page(request: Request, problem: Mapping[str, Any]) -> Response | None:
    """A problem as an HTML page; None if the request prefers JSON."""
    if not wants_html(request) or not wants_html(request, MEDIA_TYPE):
        return None
    root = path_prefix(request)
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
        + f'<p class="also"><a href="{root}/docs">The documentation</a> lists all paths.'
        f' <a href="{root}{problem["type"]}">About this problem type</a>. Send <code>Accept: {MEDIA_TYPE}</code> to get'
        " JSON.</p>"
    )
    shown = page(request, title=f"{title} · Parley", summary=detail, content=content)
    shown.status_code = problem["status"]
    return shown
