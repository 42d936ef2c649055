"""Nodes of linked data, and their formats: HTML, JSON-LD or Turtle, by `Accept`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final
from urllib.parse import unquote

from fastapi import Request
from fastapi import Response as HttpResponse

from app.errors import ApiError, ProblemType
from app.reading.formats.sheet import compact
from app.resources.negotiation import preferred
from app.web.html import page
from app.web.markdown import inline_markdown
from app.web.media_types import JSON

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
JSON_LD, TURTLE, HTML = "application/ld+json", "text/turtle", "text/html"
#: The language of Parley's own words.
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language; without one where it is a code."""

    value: str
    lang: str | None = None


@dataclass(slots=True)
class Node:
    """Something with an address, and its properties, each with texts or with addresses of others."""

    address: str
    kind: str
    properties: dict[str, list[Text | str]] = field(default_factory=dict)

    def add(self, term: str, *values: Text | str) -> "Node":
        """Add statements."""
        if values:
            self.properties.setdefault(term, []).extend(values)
        return self


def as_json_ld(nodes: Iterable[Node]) -> bytes:
    """The nodes in JSON-LD, expanded: every name is an address."""
    graph = [
        {
            "@id": node.address,
            "@type": [node.kind],
            **{term: [_value(value) for value in values] for term, values in node.properties.items()},
        }
        for node in nodes
    ]
    return (compact(graph) + "\n").encode()


def _value(value: Text | str) -> dict[str, str]:
    if isinstance(value, str):
        return {"@id": value}
    return {"@value": value.value, **({"@language": value.lang} if value.lang else {})}


def as_turtle(nodes: Iterable[Node]) -> bytes:
    """The nodes in Turtle: one statement a line, with whole addresses (N-Triples, which every Turtle reader reads)."""
    lines = []
    for node in nodes:
        properties: dict[str, list[Text | str]] = {f"{RDF}type": [node.kind], **node.properties}
        for term, values in properties.items():
            lines += [f"<{node.address}> <{term}> {_spelt(value)} .\n" for value in values]
    return "".join(lines).encode()


_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def _spelt(value: Text | str) -> str:
    if isinstance(value, str):
        return f"<{value}>"
    return f'"{value.value.translate(_ESCAPED)}"' + (f"@{value.lang}" if value.lang else "")


def respond_with_nodes(
    request: Request, title: str, nodes: Sequence[Node], as_json: bytes | None = None
) -> HttpResponse:
    """The nodes in the format that `Accept` prefers. `as_json`: what plain JSON says, which `*/*` gets where there is
    such. Raises `ApiError` (406) where `Accept` takes none."""
    offers = [*([JSON] if as_json is not None else []), JSON_LD, TURTLE, HTML]
    wanted = request.headers.get("accept", "").strip() or "*/*"
    chosen = preferred(wanted, offers)
    if chosen is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"This can be had as {', '.join(offers)}.")
    if chosen == HTML:
        return as_page(request, title, nodes)
    body = {JSON_LD: as_json_ld, TURTLE: as_turtle}.get(chosen, lambda _: as_json or b"")(nodes)
    return HttpResponse(body, headers={"Vary": "Accept", "Cache-Control": "public, no-cache"}, media_type=chosen)


def as_page(request: Request, title: str, nodes: Sequence[Node]) -> HttpResponse:
    """The nodes as a page for people."""
    return page(request, title=f"{title} · Parley", summary=title, content=_shown(title, nodes))


#: Properties that a page leaves out: they are the same in every row of a list, or part of the address.
_FORMAL: Final = frozenset({f"{SKOS}{one}" for one in ("inScheme", "topConceptOf", "hasTopConcept", "notation")})
#: The texts that say what something means.
_MEANINGS: Final = (f"{SKOS}definition", f"{RDFS}comment", f"{SKOS}scopeNote")
_LABELS: Final = (f"{SKOS}prefLabel", f"{RDFS}label")


def _shown(title: str, nodes: Sequence[Node]) -> str:
    """A table of the nodes, word and meaning, below the description of their scheme."""
    scheme = next((node for node in nodes if node.kind == f"{SKOS}ConceptScheme"), None)
    about = "".join(
        f'<p class="lead">{_linked(text)}</p>' for text in (scheme.properties.get(_MEANINGS[0], ()) if scheme else ())
    )
    above = nodes[0].properties.get(f"{SKOS}inScheme", ()) if scheme is None and nodes else ()
    up = "".join(f'<p class="tag">{_linked(address)}</p>' for address in above)
    own = escape(scheme.address) if scheme else ""
    address = f'The address of this list is <a href="{own}">{own}</a>. ' if own else ""
    rows = "\n".join(_row(node) for node in nodes if node is not scheme)
    return (
        f"{up}<h1>{escape(title)}</h1>{about}\n"
        '<table class="words"><thead><tr><th scope="col">Word</th><th scope="col">Meaning</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table>\n"
        f'<p class="also">{address}Programs get this as {JSON_LD} or {TURTLE}, by <code>Accept</code>.</p>'
    )


def _row(node: Node) -> str:
    word = next((one.value for one in node.properties.get(f"{SKOS}notation", ()) if isinstance(one, Text)), None)
    word = word or unquote(node.address.rpartition("/")[2])
    labels = [one for term in _LABELS for one in node.properties.get(term, ()) if isinstance(one, Text)]
    # A label that only spells the word again says nothing to a reader.
    names = [one for one in labels if one.value.casefold() != word.replace("_", " ").casefold()]
    name = f"<p><b>{escape(names[0].value)}</b></p>" if names else ""
    texts = "".join(f"<p>{_linked(text)}</p>" for term in _MEANINGS for text in node.properties.get(term, ()))
    others: list[tuple[str, Sequence[Text | str]]] = [("in other languages", names[1:])] if names[1:] else []
    others += [
        (re.sub("(?=[A-Z])", " ", term.rpartition("#")[2]).lower(), values)
        for term, values in node.properties.items()
        if term not in (*_FORMAL, *_MEANINGS, *_LABELS)
    ]
    more = "".join(f"<p><small>{label}: {', '.join(map(_linked, values))}</small></p>" for label, values in others)
    return (
        f'<tr><th scope="row"><a href="{escape(node.address)}"><code>{escape(word)}</code></a></th>'
        f"<td>{name}{texts}{more}</td></tr>"
    )


def _linked(value: Text | str) -> str:
    if isinstance(value, str):
        return f'<a href="{escape(value)}">{escape(unquote(value.rstrip("/").rpartition("/")[2]))}</a>'
    lang = f" <small>({escape(value.lang)})</small>" if value.lang and value.lang != ENGLISH else ""
    return inline_markdown(value.value) + lang
