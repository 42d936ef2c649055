"""Nodes of linked data, written as HTML, JSON-LD or Turtle. The `Accept` header selects the format."""

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
#: The language of the texts that Parley itself provides.
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A literal. `lang` is the language of the text; None for codes."""

    value: str
    lang: str | None = None


@dataclass(slots=True)
class Node:
    """A resource: its IRI, its type, and its properties. A property value is a literal or the IRI of another node."""

    address: str
    kind: str
    properties: dict[str, list[Text | str]] = field(default_factory=dict)

    def add(self, term: str, *values: Text | str) -> "Node":
        """Add values to a property, and return the node."""
        if values:
            self.properties.setdefault(term, []).extend(values)
        return self


def as_json_ld(nodes: Iterable[Node]) -> bytes:
    """The nodes as expanded JSON-LD, in which every term is a full IRI."""
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
    """The nodes in Turtle. Each line is one statement with full IRIs (N-Triples, a subset of Turtle)."""
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
    """Respond with the nodes in the format that `Accept` prefers.

    `as_json` is the plain JSON document, if there is one; requests that accept any format get it. Raises `ApiError`
    (406) if `Accept` allows none of the formats.
    """
    offers = [*([JSON] if as_json is not None else []), JSON_LD, TURTLE, HTML]
    wanted = request.headers.get("accept", "").strip() or "*/*"
    chosen = preferred(wanted, offers)
    if chosen is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"The available formats are {', '.join(offers)}.")
    if chosen == HTML:
        return as_page(request, title, nodes)
    body = {JSON_LD: as_json_ld, TURTLE: as_turtle}.get(chosen, lambda _: as_json or b"")(nodes)
    return HttpResponse(body, headers={"Vary": "Accept", "Cache-Control": "public, no-cache"}, media_type=chosen)


def as_page(request: Request, title: str, nodes: Sequence[Node]) -> HttpResponse:
    """The nodes as an HTML page."""
    return page(request, title=f"{title} · Parley", summary=title, content=_shown(title, nodes))


#: Properties that the HTML page omits, because they are the same in every row of a list or part of the IRI.
_FORMAL: Final = frozenset({f"{SKOS}{one}" for one in ("inScheme", "topConceptOf", "hasTopConcept", "notation")})
#: The properties whose text explains the meaning of a term.
_MEANINGS: Final = (f"{SKOS}definition", f"{RDFS}comment", f"{SKOS}scopeNote")
_LABELS: Final = (f"{SKOS}prefLabel", f"{RDFS}label")


def _shown(title: str, nodes: Sequence[Node]) -> str:
    """The description of the concept scheme, and a table with the word and the meaning of each node."""
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
        f'<p class="also">{address}Programs can request this page as {JSON_LD} or {TURTLE} with the header <code>Accept</code>.</p>'
    )


def _row(node: Node) -> str:
    word = next((one.value for one in node.properties.get(f"{SKOS}notation", ()) if isinstance(one, Text)), None)
    word = word or unquote(node.address.rpartition("/")[2])
    labels = [one for term in _LABELS for one in node.properties.get(term, ()) if isinstance(one, Text)]
    # A label that only repeats the word is omitted.
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
