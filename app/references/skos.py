"""Linked data about the data model: closed lists and issues as SKOS concept schemes, and Parley's own terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel

from app.reading.formats.jsonld import CODE_FIELD, TERMS_AT, VOCABULARIES_AT, closed_list, is_own_term
from app.reading.selection import model_in
from app.references.linked_data import ENGLISH, HTML, RDF, RDFS, SKOS, Node, Text, as_page, as_turtle
from app.web.read_response import base_of

# --- closed lists


def scheme_of(base: str, name: str, about: str | None, words: Iterable[tuple[str, str]]) -> list[Node]:
    """Return a closed list as a concept scheme whose concepts are the words of the list."""
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
    """Return the issues as a concept scheme. `issues` are detail records."""
    address = f"{base}{VOCABULARIES_AT}issues"
    scheme = Node(address, f"{SKOS}ConceptScheme").add(f"{SKOS}prefLabel", Text("Issues of negotiations", ENGLISH))
    scheme.add(f"{SKOS}hasTopConcept", *(issue_at(base, issue["code"]) for issue in issues if not issue["broader"]))
    return [scheme, *(concept_of_issue(base, issue) for issue in issues)]


def concept_of_issue(base: str, issue: Mapping[str, Any]) -> Node:
    """Return an issue as a concept. `issue` is a detail record."""
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


def issue_as(request: Request, media_type: str, issue: Mapping[str, object]) -> HttpResponse:
    """Respond with one issue in Turtle or HTML."""
    concept = concept_of_issue(base_of(request), issue)
    if media_type == HTML:
        return as_page(request, f"{issue['code']}: {issue['label']}", [concept])
    return HttpResponse(as_turtle([concept]), media_type=media_type)


def issue_at(base: str, code: str) -> str:
    """The IRI of an issue's concept, which is the URL of the issue."""
    return f"{base}/v1/issues/{quote(code, safe=':')}"


#: Names of the data sets whose codes the issues are mapped to, by scheme.
CODE_SCHEMES: Final = {"pax": "PA-X Peace Agreements Database", "ucdp": "Uppsala Conflict Data Program",
                       "cameo": "CAMEO", "plover": "PLOVER"}  # fmt: skip


def code_at(base: str, code: str) -> str:
    """The IRI on this server for a code from another data set. `code` is written as `scheme:code`."""
    return f"{base}{TERMS_AT}{quote(code, safe=':')}"


def concept_of_code(base: str, code: str, issues: Iterable[Mapping[str, Any]]) -> Node | None:
    """Return a code from another data set as a concept, with the issues that match it. None if no issue matches."""
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
    """One of Parley's own terms: whether it is a class or a property, and its description in each schema that uses
    it."""

    is_class: bool
    descriptions: dict[str, str] = field(default_factory=dict)
    #: The names of the closed lists that contain the allowed words of the property.
    words: set[str] = field(default_factory=set)


def meanings_of(schemas: Iterable[type[BaseModel]]) -> dict[str, Meaning]:
    """Return Parley's own terms by name: those that these schemas use in linked data and no other vocabulary
    defines."""
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
    """Return a term as an RDF class or property."""
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
