"""HTML pages: their common layout, content negotiation, and static files."""

import functools
import gzip
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from app.web.middleware import PAGE_CSP

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    "": "text/plain; charset=utf-8",
}
_LAYOUT = Template((_HERE / "templates" / "layout.html").read_text("utf-8"))


@dataclass(frozen=True)
class StaticFile:
    """A bundled file: media type, strong ETag, and its bytes, plain and compressed with gzip."""

    media_type: str
    etag: str
    plain: bytes
    gzipped: bytes


# The files are listed once, at import. Names from requests are only looked up here and never reach the file system.
_FILES = {
    path.relative_to(_STATIC).as_posix(): path
    for path in sorted(_STATIC.rglob("*"))
    if path.is_file() and path.suffix in _MEDIA_TYPES
}


@functools.cache
def static_file(name: str) -> StaticFile:
    """The file with this name under `static/`. Raises KeyError if there is none."""
    path = _FILES[name]
    content = path.read_bytes()
    return StaticFile(
        _MEDIA_TYPES[path.suffix],
        hashlib.sha256(content).hexdigest()[:20],
        content,
        gzip.compress(content, 6, mtime=0),
    )


def static_response(request: Request, name: str) -> Response:
    """A bundled file as a response: compressed with gzip if accepted, 304 if the client has the file already. Raises
    404 if there is no such file."""
    if name not in _FILES:
        raise HTTPException(404)
    file = static_file(name)
    zipped = "gzip" in request.headers.get("accept-encoding", "") and len(file.gzipped) < len(file.plain)
    etag = f'"{file.etag}{"-gz" if zipped else ""}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(file.gzipped if zipped else file.plain, headers=headers, media_type=file.media_type)


def wants_html(request: Request, other: str = "application/json") -> bool:
    """Whether `Accept` prefers HTML to the other media type. False if `Accept` does not name HTML, as with curl."""
    best = {"text/html": 0.0, other: 0.0}
    for part in request.headers.get("accept", "").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        if media_type in best:
            try:
                best[media_type] = float(quality)
            except ValueError:
                best[media_type] = 0.0
    return best["text/html"] > 0 and best["text/html"] >= best[other]


def path_prefix(request: Request) -> str:
    """The path prefix under which a proxy serves this application, escaped for HTML; usually empty."""
    return escape(str(request.scope.get("root_path", "")).rstrip("/"))


def page(
    request: Request,
    *,
    title: str,
    content: str,
    summary: str = "",
    kind: str = "text",
    styles: tuple[str, ...] = (),
    end: str = "",
) -> HTMLResponse:
    """A page in Parley's layout. `content` and `end` are HTML; the other texts are escaped here."""
    root = path_prefix(request)
    links = "\n".join(f'<link rel="stylesheet" href="{root}/static/{name}">' for name in (*styles, "parley.css"))
    html = _LAYOUT.substitute(
        title=escape(title),
        summary=escape(summary),
        kind=escape(kind),
        styles=links,
        content=content,
        end=end,
        root=root,
    )
    headers = {"Content-Security-Policy": PAGE_CSP, "Cache-Control": "no-cache", "Vary": "Accept"}
    return HTMLResponse(html, headers=headers)
