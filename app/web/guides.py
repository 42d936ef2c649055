"""The guides: the Markdown files of `app/guides/`, as HTML pages for browsers and as Markdown for everybody else.

In a guide, an address that begins with `/` is one of this server, and `other.md` is another guide, so that its links
work in the repository's files too. What a guide says is tested in tests/test_guides.py.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

from fastapi import APIRouter, Request
from slugify import slugify
from starlette.responses import JSONResponse, Response

from app.errors import ApiError, ProblemType, nearest
from app.web.html import page, root_of, wants_html
from app.web.reference import MARKDOWN

_FOLDER = Path(__file__).parent.parent / "guides"
_MARKDOWN_TYPE = "text/markdown"
#: Readers of a guide that is written for all of these choose the one that they want to see.
_LANGUAGES = {"python": "Python", "js": "JavaScript", "r": "R"}
_LEAD = "How to do common tasks, with code that runs."

router = APIRouter(prefix="/guide", include_in_schema=False)


@dataclass(frozen=True)
class Guide:
    """One guide: its Markdown, and the page made of it."""

    name: str
    text: str
    title: str
    summary: str
    content: str

    @property
    def href(self) -> str:
        return f"/guide/{self.name}"


def read_guide(path: Path) -> Guide:
    """The guide in this file. It begins with a heading of the first level and a paragraph, its summary."""
    text = path.read_text("utf-8")
    tokens = MARKDOWN.parse(text)
    title, summary = (token.content for token in tokens[1:5] if token.type == "inline")
    contents = []
    for opening, heading in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            anchor = slugify(heading.content)
            opening.attrSet("id", anchor)
            contents.append(f'<li><a href="#{anchor}">{MARKDOWN.renderInline(heading.content)}</a></li>')
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    # Code that is wider than the page scrolls: by keyboard too.
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<div class="wide"><table>')
    html = html.replace("</table>", "</table></div>")
    html = re.sub(r'href="([a-z0-9-]+)\.md(?=["#])', r'href="/guide/\1', html)
    listed = f'<nav aria-label="On this page"><ul class="contents">{"".join(contents)}</ul></nav>'
    used = {token.info.partition(" ")[0] for token in tokens if token.type == "fence"}
    chosen = _choice() if used >= set(_LANGUAGES) else ""
    head, end, rest = html.partition("</h1>")
    return Guide(path.stem, text, title, " ".join(summary.split()), f"{head}{end}{listed}{chosen}{rest}")


def _choice() -> str:
    """Which language to show; the style sheet hides the others."""
    shown = {"all": "All", **_LANGUAGES}
    radios = "".join(
        f'<label><input type="radio" name="language" id="show-{name}"{" checked" if name == "all" else ""}> {title}</label>'
        for name, title in shown.items()
    )
    return f'<fieldset class="languages"><legend>Show code in</legend>{radios}</fieldset>'


@cache
def guides() -> dict[str, Guide]:
    """All guides by name."""
    return {path.stem: read_guide(path) for path in sorted(_FOLDER.glob("*.md"))}


def guide_list(root: str) -> str:
    """Links to all guides, as HTML."""
    return "".join(
        f'<li><a href="{root}{guide.href}"><b>{escape(guide.title)}</b><span>{MARKDOWN.renderInline(guide.summary)}</span>'
        "</a></li>"
        for guide in guides().values()
    )


@router.get("")
async def list_guides(request: Request) -> Response:
    """All guides: HTML for browsers, JSON for programs."""
    if not wants_html(request):
        listed = [
            {"name": guide.name, "title": guide.title, "summary": guide.summary, "href": guide.href}
            for guide in guides().values()
        ]
        return JSONResponse({"data": listed}, headers={"Vary": "Accept"})
    content = f'<h1>Guides</h1><p class="lead">{_LEAD}</p><ul class="cards">{guide_list(root_of(request))}</ul>'
    return page(request, title="Guides · Parley", summary=_LEAD, content=content)


@router.get("/{name}")
async def get_guide(name: str, request: Request) -> Response:
    """One guide: HTML for browsers; Markdown for everybody else, and where the name ends in `.md`."""
    stem = name.removesuffix(".md")
    if (guide := guides().get(stem)) is None:
        near = nearest(stem, guides())
        hint = f"Did you mean /guide/{near}?" if near else "/guide lists all guides."
        raise ApiError(ProblemType.NOT_FOUND, f"There is no guide {stem[:100]!r}. {hint}")
    if name != stem or not wants_html(request, _MARKDOWN_TYPE):
        return Response(guide.text, media_type=_MARKDOWN_TYPE, headers={"Cache-Control": "no-cache", "Vary": "Accept"})
    root = root_of(request)
    content = f'<p class="crumbs"><a href="/guide">Guides</a></p>{guide.content}'.replace('href="/', f'href="{root}/')
    return page(
        request, title=f"{guide.title} · Parley", summary=guide.summary, content=content,
        kind="docs guide-page", styles=("docs/docs.css",),
    )  # fmt: skip
