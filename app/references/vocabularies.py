"""Routes that document the closed lists, with the meaning of each word, and the terms of the linked data."""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Response as HttpResponse
from pydantic import BaseModel, Field

from app.db import vocabulary, vocabulary_derived, vocabulary_values
from app.db.dates import DatePrecision
from app.db.term import Term
from app.db.vocabulary import Scope
from app.errors import ApiError, ProblemType, quoted
from app.reading.formats.jsonld import VOCABULARIES_AT
from app.reading.streams import open_stream
from app.references.filters import IssueQuery
from app.references.linked_data import HTML, JSON_LD, TURTLE, respond_with_nodes
from app.references.read_schemas import IssueDetail
from app.references.skos import concept_of_code, meanings_of, scheme_of, scheme_of_issues, term_node
from app.resources.resource import Resource
from app.resources.state import reader_of
from app.web.access import Principal, require
from app.web.html import page, wants_html
from app.web.markdown import inline_markdown
from app.web.media_types import JSON
from app.web.problem_responses import problems
from app.web.read_response import base_of


class Word(BaseModel):
    """One word of a closed list."""

    value: str = Field(description="The word as stored and sent.", examples=["no_comment"])
    meaning: str = Field(
        description="The meaning of the word.", examples=["reported as silent up to that day; not a rejection"]
    )


class Vocabulary(BaseModel):
    """A closed list."""

    name: str = Field(description="The name of the list, as used in the schemas.", examples=["Stance"])
    about: str | None = Field(
        description="The subject of the list; null = the name is self-explanatory.", examples=[None]
    )
    words: list[Word] = Field(description="The words of the list, in their usual order.")


class Vocabularies(BaseModel):
    """All closed lists."""

    data: list[Vocabulary] = Field(description="The lists, by name.")


def _lists() -> Iterator[type[Term]]:
    for module in (vocabulary, vocabulary_derived, vocabulary_values):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Term) and found is not Term:
                yield found
    yield DatePrecision


def _vocabulary_of(term: type[Term]) -> Vocabulary:
    about = " ".join((term.__doc__ or "").split()) or None
    return Vocabulary(
        name=term.__name__,
        about=None if about is None or about.startswith("One word") else about,
        words=[Word(value=word.value, meaning=word.meaning) for word in term],
    )


VOCABULARIES = {one.name: one for one in sorted(map(_vocabulary_of, set(_lists())), key=lambda one: one.name)}

router = APIRouter(prefix="/v1/vocabularies", tags=["vocabularies"])


@router.get(
    "",
    operation_id="listVocabularies",
    summary="List the vocabularies",
    response_model=Vocabularies,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def list_vocabularies(request: Request) -> HttpResponse:
    """Returns all closed lists of the domain, with the meaning of each word. With `Accept: text/html`, the response is
    a page that links to each list."""
    if not wants_html(request):
        vocabularies = Vocabularies(data=list(VOCABULARIES.values()))
        return HttpResponse(vocabularies.model_dump_json(), media_type=JSON, headers={"Vary": "Accept"})
    at = f"{base_of(request)}{VOCABULARIES_AT}"
    listed = [(one.name, one.about or "", [word.value for word in one.words]) for one in VOCABULARIES.values()]
    listed.append(("issues", "The taxonomy of issues, that is, the subjects of negotiations.", []))
    rows = "\n".join(
        f'<tr><th scope="row"><a href="{escape(at + name)}"><code>{escape(name)}</code></a></th>'
        f"<td>{inline_markdown(about)}<p><small>{escape(', '.join(words))}</small></p></td></tr>"
        for name, about, words in listed
    )
    content = (
        '<h1>Vocabularies</h1>\n<p class="lead">The closed lists of the domain. A field with a closed list accepts only the words of this list.</p>\n'
        '<table class="words"><thead><tr><th scope="col">List</th><th scope="col">Subject and words</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table>"
    )
    return page(request, title="Vocabularies · Parley", summary="The closed lists of the domain.", content=content)


_NODES = {"type": "array", "items": {"type": "object"}, "description": "The nodes, in expanded JSON-LD."}
_FORMS: dict[str, object] = {
    JSON_LD: {"schema": _NODES},
    **{kind: {"schema": {"type": "string"}} for kind in (TURTLE, HTML)},
}
_FOUND = problems(ProblemType.NOT_FOUND, ProblemType.NOT_ACCEPTABLE, ProblemType.INVALID, ProblemType.UNAVAILABLE)
Name = Annotated[str, Path(description="The name of the list (case-insensitive), or `issues`.", examples=["Stance"])]
Reads = Annotated[Principal, Depends(require(Scope.READ))]


@router.get(
    "/{name}",
    operation_id="getVocabulary",
    summary="Read a vocabulary",
    response_model=Vocabulary,
    responses={**_FOUND, 200: {"content": _FORMS}},
)
async def get_vocabulary(request: Request, name: Name, _: Reads) -> HttpResponse:
    """Returns the words of one closed list, each with its meaning. The name of the list is case-insensitive. With
    `Accept`, the list is also available as a SKOS concept scheme in JSON-LD, Turtle or HTML. `issues` is the taxonomy
    of issues with its labels in all languages; the labels of the bundled issues are this project's own translations of
    the English labels."""
    base = base_of(request)
    if name.lower() == "issues":
        issues = await _issues(request)
        words = [Word(value=one["code"], meaning=one["definition"] or one["label"]) for one in issues]
        closed_list = Vocabulary(
            name="issues", about="The subjects of negotiations; `/v1/issues` returns all fields.", words=words
        )
        nodes = scheme_of_issues(base, issues)
    else:
        closed_list = _named(name)
        nodes = scheme_of(
            base, closed_list.name, closed_list.about, ((word.value, word.meaning) for word in closed_list.words)
        )
    return respond_with_nodes(request, closed_list.name, nodes, closed_list.model_dump_json().encode())


@router.get(
    "/{name}/{word}",
    operation_id="getVocabularyWord",
    summary="Read a word of a vocabulary",
    response_model=Word,
    responses={**_FOUND, 200: {"content": _FORMS}},
)
async def get_word(
    request: Request,
    name: Annotated[str, Path(description="Name of the list (case-insensitive).", examples=["Stance"])],
    word: Annotated[str, Path(description="The word.", examples=["no_comment"])],
) -> HttpResponse:
    """Returns one word of a closed list with its meaning. With `Accept`, the word is also available as a SKOS concept
    in JSON-LD, Turtle or HTML."""
    closed_list = _named(name)
    found = next((one for one in closed_list.words if one.value == word), None)
    if found is None:
        known = ", ".join(one.value for one in closed_list.words)
        raise ApiError(ProblemType.NOT_FOUND, f"{closed_list.name} has no word {quoted(word)}. Its words are {known}.")
    _, concept = scheme_of(base_of(request), closed_list.name, closed_list.about, [(found.value, found.meaning)])
    return respond_with_nodes(request, f"{closed_list.name}: {word}", [concept], found.model_dump_json().encode())


def _named(name: str) -> Vocabulary:
    for known, found in VOCABULARIES.items():
        if known.lower() == name.lower():
            return found
    raise ApiError(
        ProblemType.NOT_FOUND, f"There is no list {quoted(name)}. The lists are {', '.join(VOCABULARIES)} and issues."
    )


async def _issues(request: Request) -> list[dict[str, object]]:
    """Return the detail records of all issues, ordered by code."""
    stream = await open_stream(reader_of(request), "issues", IssueQuery(sort=["code"]), IssueDetail)
    try:
        return [json.loads(text) async for batch in stream.batches for text in batch]
    finally:
        await stream.close()


def make_terms(collections: Iterable[Resource]) -> APIRouter:
    """Return the routes that explain Parley's own terms, that is, the names of fields and classes of these
    collections."""
    terms = APIRouter(prefix="/v1/terms", tags=["vocabularies"])
    meanings = meanings_of(one.read_spec.detail for one in collections)

    @terms.get(
        "",
        operation_id="listTerms",
        summary="List the terms of the linked data",
        responses={**_FOUND, 200: {"content": {**_FORMS}}},
        response_class=HttpResponse,
    )
    async def list_terms(request: Request) -> HttpResponse:
        """Returns the classes and properties (RDF Schema) that Parley's JSON-LD uses and no other vocabulary
        defines."""
        base = base_of(request)
        return respond_with_nodes(request, "Terms of Parley", [term_node(base, *one) for one in meanings.items()])

    @terms.get(
        "/{name}",
        operation_id="getTerm",
        summary="Read one term of the linked data",
        responses={**_FOUND, 200: {"content": {**_FORMS}}},
        response_class=HttpResponse,
    )
    async def get_term(
        request: Request,
        name: Annotated[
            str,
            Path(
                description="The term, or a code from another data set as `scheme:code`.",
                examples=["stance"],
                max_length=200,
            ),
        ],
        _: Reads,
    ) -> HttpResponse:
        """Returns the meaning of a term in Parley's JSON-LD. For a code from another data set (`pax:Ce`), returns the
        issues that match the code."""
        base = base_of(request)
        if name in meanings:
            return respond_with_nodes(request, name, [term_node(base, name, meanings[name])])
        concept = concept_of_code(base, name, await _issues(request)) if ":" in name else None
        if concept is None:
            raise ApiError(ProblemType.NOT_FOUND, f"There is no term {quoted(name)}; /v1/terms lists all terms.")
        return respond_with_nodes(request, name, [concept])

    return terms
