"""The guides: the Markdown files of `app/guides/`, served as HTML pages to browsers and as Markdown to other clients.

`index.md` lists them in reading order, each with a one-line summary. In a guide, a link that begins with `/` refers to this
server, `other.md` to another guide, and `../web/static/…` to a bundled image, so the same links work in the repository.
tests/test_guides.py runs the examples.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

from fastapi import APIRouter, Request
from slugify import slugify
from starlette.responses import JSONResponse, Response

from app.errors import ApiError, ProblemType, nearest, quoted
from app.settings import Settings
from app.web.html import page, path_prefix, wants_html
from app.web.markdown import MARKDOWN

_FOLDER = Path(__file__).parent.parent / "guides"
#: The files that guides offer for download, with their media types.
_FILES = {"parley-alerts.yaml": "application/yaml", "parley-dashboard.json": "application/json"}
_MARKDOWN_TYPE = "text/markdown"
#: A guide with examples in all of these languages lets the reader choose which to show.
_LANGUAGES = {"python": "Python", "js": "JavaScript", "r": "R"}
_INDEX = "index"
#: An entry of the index: title, name, summary.
_ENTRY = re.compile(r"^- \[(.+?)\]\(([a-z0-9-]+)\.md\): (.+)$", re.MULTILINE)
#: The line that is replaced by the table of settings. In the repository, the line is a link to the module that defines
#: the settings.
_SETTINGS = "[All settings, with their defaults](../settings/__init__.py)"
#: The address of a list or report with parameters in the HTML of a guide. It is a link to this server, unless a part of it is
#: left open.
_EXAMPLE = re.compile(r'<code(?: class=short)?>(/v1/[^<>\s?{}…"]+\?[^<>\s{}…"]+)</code>(?!</a>)')

router = APIRouter(prefix="/guide", include_in_schema=False)


@dataclass(frozen=True)
class Guide:
    """One guide: its Markdown, and the HTML generated from it."""

    name: str
    text: str
    title: str
    summary: str
    content: str

    @property
    def href(self) -> str:
        return f"/guide/{self.name}"


def settings_table() -> str:
    """All settings with their defaults, as a Markdown table."""
    lines = ["| variable | default | effect |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if field.default_factory is not None:
            shown = "the platform's data folder"
        elif default is None:
            shown = "none"
        else:
            shown = f"`{','.join(default) if isinstance(default, tuple) else default}`"
        variable = name.upper() if name.startswith("database_") else f"PARLEY_{name.upper()}"
        lines.append(f"| `{variable}` | {shown} | {field.description} |")
    return "\n".join(lines)


def read_guide(path: Path, summary: str) -> Guide:
    """Read the guide in this file, which begins with a first-level heading. `summary`: its summary in the index."""
    text = path.read_text("utf-8").replace(_SETTINGS, settings_table())
    tokens = MARKDOWN.parse(text)
    title = next(token.content for token in tokens if token.type == "inline")
    contents = []
    for opening, heading in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            anchor = slugify(heading.content)
            opening.attrSet("id", anchor)
            contents.append(f'<li><a href="#{anchor}">{MARKDOWN.renderInline(heading.content)}</a></li>')
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    # Wide code and tables scroll, by keyboard too.
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<div class="wide"><table>')
    html = html.replace("</table>", "</table></div>")
    html = html.replace('href="index.md"', 'href="/guide"').replace('src="../web/static/', 'src="/static/')
    html = re.sub(r'href="([a-z0-9-]+)\.md(?=["#])', r'href="/guide/\1', html)
    html = _EXAMPLE.sub(r'<a href="\1">\g<0></a>', html)
    listed = f'<nav aria-label="On this page"><ul class="contents">{"".join(contents)}</ul></nav>'
    used = {token.info.partition(" ")[0] for token in tokens if token.type == "fence"}
    choice = _language_choice() if used >= set(_LANGUAGES) else ""
    head, end, rest = html.partition("</h1>")
    return Guide(path.stem, text, title, summary, f"{head}{end}{listed}{choice}{rest}")


def _language_choice() -> str:
    """Radio buttons for the language of the examples; the style sheet hides examples in other languages."""
    shown = {"all": "All", **_LANGUAGES}
    radios = "".join(
        f'<label><input type="radio" name="language" id="show-{name}"{" checked" if name == "all" else ""}> {title}</label>'
        for name, title in shown.items()
    )
    return f'<fieldset class="languages"><legend>Show code in</legend>{radios}</fieldset>'


@cache
def index_text() -> str:
    """The Markdown of the index."""
    return (_FOLDER / f"{_INDEX}.md").read_text("utf-8")


@cache
def guides() -> dict[str, Guide]:
    """All guides by name, in the order of the index."""
    return {
        name: read_guide(_FOLDER / f"{name}.md", summary[0].upper() + summary[1:])
        for _, name, summary in _ENTRY.findall(index_text())
    }


def _cards(root: str, names: Iterable[str]) -> str:
    listed = "".join(
        f'<li><a href="{root}{guide.href}"><b>{escape(guide.title)}</b>'
        f"<span>{MARKDOWN.renderInline(guide.summary)}</span></a></li>"
        for guide in map(guides().__getitem__, names)
    )
    return f'<ul class="cards">{listed}</ul>'


def guide_links(root: str) -> str:
    """Links to all guides, as one HTML paragraph."""
    links = (f'<a href="{root}{guide.href}">{escape(guide.title)}</a>' for guide in guides().values())
    return f"<p>{' · '.join(links)}</p>"


@router.get("")
async def list_guides(request: Request) -> Response:
    """List all guides: HTML for browsers, JSON for other clients."""
    head, *groups = index_text().split("\n## ")
    title, _, lead = head.removeprefix("# ").partition("\n")
    summary = " ".join(lead.split())
    if not wants_html(request):
        listed = [
            {"name": guide.name, "title": guide.title, "summary": guide.summary, "href": guide.href}
            for guide in guides().values()
        ]
        return JSONResponse({"data": listed}, headers={"Vary": "Accept"})
    content = f'<h1>{escape(title)}</h1><p class="lead">{escape(summary)}</p>'
    for group in groups:
        heading, _, entries = group.partition("\n")
        names = [name for _, name, _ in _ENTRY.findall(entries)]
        content += f"<h2>{escape(heading)}</h2>{_cards(path_prefix(request), names)}"
    return page(request, title=f"{title} · Parley", summary=summary, content=content)


@router.get("/files/{name}")
async def get_file(name: str) -> Response:
    """Download a file that a guide mentions."""
    if name not in _FILES:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no file {quoted(name, 100)}; there are {', '.join(_FILES)}.")
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response((_FOLDER / "files" / name).read_bytes(), media_type=_FILES[name], headers=headers)


@router.get("/{name}")
async def get_guide(name: str, request: Request) -> Response:
    """Get one guide: HTML for browsers; Markdown for other clients, and if the name ends with `.md`."""
    stem = name.removesuffix(".md")
    if stem == _INDEX:
        return Response(index_text(), media_type=_MARKDOWN_TYPE, headers={"Cache-Control": "no-cache"})
    if (guide := guides().get(stem)) is None:
        near = nearest(stem, guides())
        hint = f"Did you mean /guide/{near}?" if near else "/guide lists all guides."
        raise ApiError(ProblemType.NOT_FOUND, f"There is no guide {quoted(stem, 100)}. {hint}")
    if name != stem or not wants_html(request, _MARKDOWN_TYPE):
        return Response(guide.text, media_type=_MARKDOWN_TYPE, headers={"Cache-Control": "no-cache", "Vary": "Accept"})
    root = path_prefix(request)
    content = f'<p class="crumbs"><a href="/guide">Guides</a></p>{guide.content}'
    content = content.replace('href="/', f'href="{root}/').replace('src="/', f'src="{root}/')
    return page(
        request, title=f"{guide.title} · Parley", summary=guide.summary, content=content,
        kind="docs guide-page", styles=("docs/docs.css",),
    )  # fmt: skip
