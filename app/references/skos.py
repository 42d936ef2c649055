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
from app.reading.formats.jsonld import CODE_FIELD, TERMS_AT, VOCABULARIES_AT, closed_list, is_own
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
    """Something with an address, and what is said of it: property → texts, or addresses of others."""

    address: str
    kind: str
    said: dict[str, list[Text | str]] = field(default_factory=dict)

    def say(self, term: str, *values: Text | str) -> "Node":
        """Add statements."""
        if values:
            self.said.setdefault(term, []).extend(values)
        return self


def as_json_ld(nodes: Iterable[Node]) -> bytes:
    """The nodes in JSON-LD, expanded: every name is an address."""
    graph = [
        {
            "@id": node.address,
            "@type": [node.kind],
            **{term: [_value(value) for value in values] for term, values in node.said.items()},
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
        said: dict[str, list[Text | str]] = {f"{RDF}type": [node.kind], **node.said}
        for term, values in said.items():
            lines += [f"<{node.address}> <{term}> {_spelt(value)} .\n" for value in values]
    return "".join(lines).encode()


_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def _spelt(value: Text | str) -> str:
    if isinstance(value, str):
        return f"<{value}>"
    return f'"{value.value.translate(_ESCAPED)}"' + (f"@{value.lang}" if value.lang else "")


def answer(request: Request, title: str, nodes: Sequence[Node], as_json: bytes | None = None) -> HttpResponse:
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
    """A table of the nodes, word and meaning, below what is said of the scheme that they are in."""
    scheme = next((node for node in nodes if node.kind == f"{SKOS}ConceptScheme"), None)
    about = "".join(
        f'<p class="lead">{_linked(text)}</p>' for text in (scheme.said.get(_MEANINGS[0], ()) if scheme else ())
    )
    above = nodes[0].said.get(f"{SKOS}inScheme", ()) if scheme is None and nodes else ()
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
    word = next((one.value for one in node.said.get(f"{SKOS}notation", ()) if isinstance(one, Text)), None)
    word = word or unquote(node.address.rpartition("/")[2])
    labels = [one for term in _LABELS for one in node.said.get(term, ()) if isinstance(one, Text)]
    # A label that only spells the word again says nothing to a reader.
    names = [one for one in labels if one.value.casefold() != word.replace("_", " ").casefold()]
    name = f"<p><b>{escape(names[0].value)}</b></p>" if names else ""
    texts = "".join(f"<p>{_linked(text)}</p>" for term in _MEANINGS for text in node.said.get(term, ()))
    others: list[tuple[str, Sequence[Text | str]]] = [("in other languages", names[1:])] if names[1:] else []
    others += [
        (re.sub("(?=[A-Z])", " ", term.rpartition("#")[2]).lower(), values)
        for term, values in node.said.items()
        if term not in (*_FORMAL, *_MEANINGS, *_LABELS)
    ]
    more = "".join(f"<p><small>{said}: {', '.join(map(_linked, values))}</small></p>" for said, values in others)
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
    scheme = Node(address, f"{SKOS}ConceptScheme").say(f"{SKOS}prefLabel", Text(name, ENGLISH))
    if about:
        scheme.say(f"{SKOS}definition", Text(about, ENGLISH))
    concepts = []
    for word, meaning in words:
        concept = Node(f"{address}/{word}", f"{SKOS}Concept")
        concept.say(f"{SKOS}prefLabel", Text(word.replace("_", " "), ENGLISH)).say(f"{SKOS}notation", Text(word))
        concept.say(f"{SKOS}definition", Text(meaning, ENGLISH)).say(f"{SKOS}inScheme", address)
        concepts.append(concept.say(f"{SKOS}topConceptOf", address))
    return [scheme.say(f"{SKOS}hasTopConcept", *(concept.address for concept in concepts)), *concepts]


# --- issues


def scheme_of_issues(base: str, issues: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The issues as a concept scheme. `issues`: as a single record shows them."""
    address = f"{base}{VOCABULARIES_AT}issues"
    scheme = Node(address, f"{SKOS}ConceptScheme").say(f"{SKOS}prefLabel", Text("Issues of negotiations", ENGLISH))
    scheme.say(f"{SKOS}hasTopConcept", *(issue_at(base, issue["code"]) for issue in issues if not issue["broader"]))
    return [scheme, *(concept_of_issue(base, issue) for issue in issues)]


def concept_of_issue(base: str, issue: Mapping[str, Any]) -> Node:
    """An issue as a concept. `issue`: as a single record shows it."""
    scheme = f"{base}{VOCABULARIES_AT}issues"
    concept = Node(issue_at(base, issue["code"]), f"{SKOS}Concept")
    lang = issue["lang"] or ENGLISH
    concept.say(f"{SKOS}prefLabel", Text(issue["label"], lang))
    concept.say(f"{SKOS}prefLabel", *(Text(text, of) for of, text in issue["labels"].items() if of != lang))
    concept.say(f"{SKOS}notation", Text(issue["code"])).say(f"{SKOS}inScheme", scheme)
    for name, term in (("definition", "definition"), ("scope_note", "scopeNote")):
        if issue[name]:
            concept.say(SKOS + term, Text(issue[name], lang))
    if issue["broader"]:
        concept.say(f"{SKOS}broader", issue_at(base, issue["broader"]["code"]))
    else:
        concept.say(f"{SKOS}topConceptOf", scheme)
    concept.say(f"{SKOS}narrower", *(issue_at(base, below["code"]) for below in issue["narrower"]))
    for name, term in (("exact_match", "exactMatch"), ("close_match", "closeMatch")):
        concept.say(SKOS + term, *(code_at(base, code) for code in issue[name]))
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
    concept = Node(code_at(base, code), f"{SKOS}Concept").say(f"{SKOS}notation", Text(value))
    concept.say(f"{SKOS}prefLabel", Text(f"{CODE_SCHEMES.get(scheme, scheme)}: {value}", ENGLISH))
    before = len(concept.said)
    for issue in issues:
        for name, term in (("exact_match", "exactMatch"), ("close_match", "closeMatch")):
            if code in issue[name]:
                concept.say(SKOS + term, issue_at(base, issue["code"]))
    return concept if len(concept.said) > before else None


# --- the terms


@dataclass(slots=True)
class Meaning:
    """A term of Parley's own: what it is, and in which schemas it stands with which meaning."""

    is_class: bool
    told: dict[str, str] = field(default_factory=dict)
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
            found.setdefault(name, Meaning(True)).told.setdefault(name, (schema.__doc__ or "").strip())
        if getattr(schema, "code_collection", None):
            found.setdefault(CODE_FIELD, Meaning(False)).told.setdefault(
                schema.__name__, (schema.__doc__ or "").strip()
            )
        for name, info in schema.model_fields.items():
            if is_own(name):
                meaning = found.setdefault(name, Meaning(False))
                meaning.told.setdefault(schema.__name__, info.description or "")
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
    node.say(f"{RDFS}label", Text(name.replace("_", " "), ENGLISH))
    for text, places in _by_text(meaning.told).items():
        where = "" if meaning.is_class else f" ({', '.join(places)})"
        node.say(f"{RDFS}comment", Text(text + where, ENGLISH))
    return node.say(f"{RDFS}seeAlso", *(f"{base}{VOCABULARIES_AT}{words}" for words in sorted(meaning.words)))


def _by_text(told: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, text in told.items():
        if text:
            found.setdefault(text, []).append(place)
    return found
