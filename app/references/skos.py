"""Terms, closed lists and issues as linked data: SKOS concept schemes and the meaning of Parley's own terms.

Each has an address at this server that answers with HTML, JSON-LD or Turtle, by `Accept`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel

from app.errors import ApiError, ProblemType
from app.reading.formats.jsonld import CODE_FIELD, TERMS_AT, VOCABULARIES_AT, closed_list, is_own_term
from app.reading.formats.sheet import compact
from app.reading.selection import model_in
from app.resources.negotiation import preferred
from app.web.html import page
from app.web.markdown import inline_markdown
from app.web.read_response import base_of

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
    offers = [*(["application/json"] if as_json is not None else []), JSON_LD, TURTLE, HTML]
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


# --- closed lists


def scheme_of(base: str, name: str, about: str | None, words: Iterable[tuple[str, str]]) -> list[Node]:
    """A closed list as a concept scheme, with its words as concepts."""
    address = f"{base}{VOCABULARIES_AT}{name}"
    scheme = Node(address, f"{SKOS}ConceptScheme").add(f"{SKOS}prefLabel", Text(name, ENGLISH))
    if about:
        scheme.add(f"{SKOS}definition", Text(about, ENGLISH))
    concepts = []
    for word, meaning in words:
        concept = Node(f"{address}/{word}", f"{SKOS}Concept")
        concept.add(f"{SKOS}prefLabel", Text(word.replace("_", " "), ENGLISH)).add(f"{SKOS}notation", Text(word))
        concept.add(f"{SKOS}definition", Text(meaning, ENGLISH)).add(f"{SKOS}inScheme", address)
        concepts.append(concept.add(f"{SKOS}topConceptOf", address))
    return [scheme.add(f"{SKOS}hasTopConcept", *(concept.address for concept in concepts)), *concepts]


# --- issues


def scheme_of_issues(base: str, issues: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The issues as a concept scheme. `issues`: as a single record shows them."""
    address = f"{base}{VOCABULARIES_AT}issues"
    scheme = Node(address, f"{SKOS}ConceptScheme").add(f"{SKOS}prefLabel", Text("Issues of negotiations", ENGLISH))
    scheme.add(f"{SKOS}hasTopConcept", *(issue_at(base, issue["code"]) for issue in issues if not issue["broader"]))
    return [scheme, *(concept_of_issue(base, issue) for issue in issues)]


def concept_of_issue(base: str, issue: Mapping[str, Any]) -> Node:
    """An issue as a concept. `issue`: as a single record shows it."""
    scheme = f"{base}{VOCABULARIES_AT}issues"
    concept = Node(issue_at(base, issue["code"]), f"{SKOS}Concept")
    lang = issue["lang"] or ENGLISH
    concept.add(f"{SKOS}prefLabel", Text(issue["label"], lang))
    concept.add(f"{SKOS}prefLabel", *(Text(text, of) for of, text in issue["labels"].items() if of != lang))
    concept.add(f"{SKOS}notation", Text(issue["code"])).add(f"{SKOS}inScheme", scheme)
    for name, term in (("definition", "definition"), ("scope_note", "scopeNote")):
        if issue[name]:
            concept.add(SKOS + term, Text(issue[name], lang))
    if issue["broader"]:
        concept.add(f"{SKOS}broader", issue_at(base, issue["broader"]["code"]))
    else:
        concept.add(f"{SKOS}topConceptOf", scheme)
    concept.add(f"{SKOS}narrower", *(issue_at(base, below["code"]) for below in issue["narrower"]))
    for name, term in (("exact_match", "exactMatch"), ("close_match", "closeMatch")):
        concept.add(SKOS + term, *(code_at(base, code) for code in issue[name]))
    return concept


def issue_as(request: Request, media_type: str, issue: Mapping[str, Any]) -> HttpResponse:
    """One issue in Turtle or HTML."""
    concept = concept_of_issue(base_of(request), issue)
    if media_type == HTML:
        return as_page(request, f"{issue['code']}: {issue['label']}", [concept])
    return HttpResponse(as_turtle([concept]), media_type=media_type)


def issue_at(base: str, code: str) -> str:
    """The address of an issue, which is its concept."""
    return f"{base}/v1/issues/{quote(code, safe=':')}"


#: What other data sets are called whose codes issues match.
CODE_SCHEMES: Final = {"pax": "PA-X Peace Agreements Database", "ucdp": "Uppsala Conflict Data Program",
                       "cameo": "CAMEO", "plover": "PLOVER"}  # fmt: skip


def code_at(base: str, code: str) -> str:
    """The address at this server of a code of another data set, written `scheme:code`."""
    return f"{base}{TERMS_AT}{quote(code, safe=':')}"


def concept_of_code(base: str, code: str, issues: Iterable[Mapping[str, Any]]) -> Node | None:
    """A code of another data set, with the issues that match it; None where none does."""
    scheme, _, value = code.partition(":")
    concept = Node(code_at(base, code), f"{SKOS}Concept").add(f"{SKOS}notation", Text(value))
    concept.add(f"{SKOS}prefLabel", Text(f"{CODE_SCHEMES.get(scheme, scheme)}: {value}", ENGLISH))
    before = len(concept.properties)
    for issue in issues:
        for name, term in (("exact_match", "exactMatch"), ("close_match", "closeMatch")):
            if code in issue[name]:
                concept.add(SKOS + term, issue_at(base, issue["code"]))
    return concept if len(concept.properties) > before else None


# --- the terms


@dataclass(slots=True)
class Meaning:
    """A term of Parley's own: what it is, and in which schemas it stands with which meaning."""

    is_class: bool
    descriptions: dict[str, str] = field(default_factory=dict)
    #: The closed list of its words.
    words: set[str] = field(default_factory=set)


def meanings_of(schemas: Iterable[type[BaseModel]]) -> dict[str, Meaning]:
    """The terms that these schemas use in linked data and that no other vocabulary has, by name."""
    found: dict[str, Meaning] = {}
    seen: set[type[BaseModel]] = set()

    def look(schema: type[BaseModel]) -> None:
        if schema in seen:
            return
        seen.add(schema)
        for name in (one for one in getattr(schema, "linked_as", ()) if ":" not in one):
            found.setdefault(name, Meaning(True)).descriptions.setdefault(name, (schema.__doc__ or "").strip())
        if getattr(schema, "code_collection", None):
            found.setdefault(CODE_FIELD, Meaning(False)).descriptions.setdefault(
                schema.__name__, (schema.__doc__ or "").strip()
            )
        for name, info in schema.model_fields.items():
            if is_own_term(name):
                meaning = found.setdefault(name, Meaning(False))
                meaning.descriptions.setdefault(schema.__name__, info.description or "")
                if words := closed_list(info.annotation):
                    meaning.words.add(words)
            if (below := model_in(info.annotation)) is not None:
                look(below)

    for schema in schemas:
        look(schema)
    return dict(sorted(found.items()))


def term_node(base: str, name: str, meaning: Meaning) -> Node:
    """A term as a class or a property."""
    node = Node(f"{base}{TERMS_AT}{name}", f"{RDFS}Class" if meaning.is_class else f"{RDF}Property")
    node.add(f"{RDFS}label", Text(name.replace("_", " "), ENGLISH))
    for text, places in _by_text(meaning.descriptions).items():
        where = "" if meaning.is_class else f" ({', '.join(places)})"
        node.add(f"{RDFS}comment", Text(text + where, ENGLISH))
    return node.add(f"{RDFS}seeAlso", *(f"{base}{VOCABULARIES_AT}{words}" for words in sorted(meaning.words)))


def _by_text(descriptions: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, text in descriptions.items():
        if text:
            found.setdefault(text, []).append(place)
    return found
