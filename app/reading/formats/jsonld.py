"""JSON-LD 1.1: the records as linked data. The `@id` of a record, and of each record that it mentions, is its URL.

Terms are taken from schema.org, SKOS, Dublin Core and PROV if these vocabularies have a term with the same meaning. The
other terms are Parley's own, and the server describes them at `/v1/terms`. Values of closed lists are concepts,
described at `/v1/vocabularies`. EDTF dates have the datatype of the Library of Congress.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args
from urllib.parse import quote

from pydantic import BaseModel

from app.db.term import Term
from app.domain.keys import Ref, RefAny
from app.reading.formats.datatypes import JSON, datatype_of
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch, compact
from app.reading.markers import Included, Urls
from app.reading.selection import ALL, Selection, is_list, marker_of, model_in, summary_of_mention

#: Terms from other vocabularies. Datatypes are derived from the schemas of an answer (`_Nodes.context`).
TERMS: Final[dict[str, Any]] = {
    "@version": 1.1,
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "dcterms:identifier",
    "name": "schema:name",
    "title": "dcterms:title",
    "text": "schema:text",
    "summary": "dcterms:abstract",
    "label": "skos:prefLabel",
    "labels": {"@id": "skos:prefLabel", "@container": "@language"},
    "definition": "skos:definition",
    "scope_note": "skos:scopeNote",
    "exact_match": {"@id": "skos:exactMatch", "@type": "@id"},
    "close_match": {"@id": "skos:closeMatch", "@type": "@id"},
    "code": "skos:notation",
    "broader": "skos:broader",
    "narrower": "skos:narrower",
    "parent": "dcterms:isPartOf",
    "children": "dcterms:hasPart",
    "place": "schema:location",
    "part_of": "schema:containedInPlace",
    "lon": {"@id": "schema:longitude", "@type": "xsd:double"},
    "lat": {"@id": "schema:latitude", "@type": "xsd:double"},
    "source": "dcterms:source",
    "publisher": "dcterms:publisher",
    "published": "dcterms:issued",
    "lang": "dcterms:language",
    "url": {"@id": "schema:url", "@type": "@id"},
    "updated_at": "dcterms:modified",
    "asserted_value": {"@type": JSON},
    "attribution": {"@container": "@list"},
}

#: URL path of Parley's own terms and of codes from other data sets (`pax:Ce`); URL path of closed lists and their
#: values.
TERMS_AT: Final = "/v1/terms/"
VOCABULARIES_AT: Final = "/v1/vocabularies/"
#: The property that refers to a code, in rows that connect a record with a code. The code becomes a separate node.
CODE_FIELD: Final = "issue"
#: Fields that contain codes of other data sets.
_MATCHES: Final = ("exact_match", "close_match")

Convert = Callable[[Any], Any]


def is_own_term(name: str) -> bool:
    """Whether a name is one of Parley's own terms."""
    term = TERMS.get(name, {})
    return isinstance(term, dict) and "@id" not in term


def closed_list(annotation: object) -> str | None:
    """The name of the closed list that defines the values of a field; None if there is none."""
    if isinstance(annotation, type):
        return annotation.__name__ if issubclass(annotation, Term) else None
    return next((found for one in get_args(annotation) if (found := closed_list(one))), None)


class _Nodes:
    """Makes functions that convert the rows of a schema to nodes, once per answer."""

    def __init__(self, context: AnswerContext) -> None:
        self._base = context.base
        self._summaries = context.summaries
        #: The datatypes of the fields of all converted schemas.
        self.datatypes: dict[str, str] = {}

    def node(
        self,
        schema: type[BaseModel],
        selection: Selection = ALL,
        collection: str | None = None,
    ) -> Convert:
        """A function that converts a row to a node. `collection`: set if the row is a record or a mention of a
        record."""
        model = getattr(schema, "model", None)
        types = list(getattr(schema, "linked_as", ())) if model else []
        collection = collection or (model.__collection__ if model else None)
        inner: dict[str, Convert] = {}
        left_out: set[str] = set()
        for name, info in schema.model_fields.items():
            if marker_of(info, Urls):
                left_out.add(name)
            elif name in _MATCHES:
                inner[name] = _mapped(lambda code: f"{self._base}{TERMS_AT}{quote(code, safe=':')}", True)
            elif (words := closed_list(info.annotation)) is not None:
                inner[name] = _mapped(self._concept(words), is_list(info.annotation))
            elif convert := self._field(name, info, selection):
                inner[name] = convert
            elif datatype := datatype_of(info):
                self.datatypes[name] = datatype
        is_of_any = {"collection", "slug"} <= schema.model_fields.keys()

        def converted(row: Mapping[str, Any]) -> dict[str, object]:
            node: dict[str, object] = {}
            where = row["collection"] if is_of_any else collection
            key = row.get("code") or row.get("slug") if where == "issues" else row.get("slug")
            if where and key:
                node["@id"] = self.address(where, key)
            if types:
                node["@type"] = types
            for name, value in row.items():
                if value is not None and name not in left_out:
                    convert = inner.get(name)
                    node[name] = value if convert is None else convert(value)
            return node

        code_collection = getattr(schema, "code_collection", None)
        return self._with_code_node(code_collection, converted) if code_collection else converted

    def _concept(self, words: str) -> Convert:
        return lambda word: {"@id": f"{self._base}{VOCABULARIES_AT}{words}/{word}"}

    def address(self, collection: str, key: str) -> str:
        return f"{self._base}/v1/{collection}/{quote(key, safe=':')}"

    def context(self) -> dict[str, Any]:
        """The `@context`: the terms with the datatypes of the converted schemas."""
        typed: dict[str, Any] = {}
        for name, datatype in sorted(self.datatypes.items()):
            term = TERMS.get(name, {})
            typed[name] = {**({"@id": term} if isinstance(term, str) else term), "@type": datatype}
        return {"@vocab": self._base + TERMS_AT, **TERMS, **typed}

    def _field(self, name: str, info: Any, selection: Selection) -> Convert | None:
        below = (selection.fields or {}).get(name) or selection.include.get(name) or ALL
        is_many = is_list(info.annotation)
        if reference := marker_of(info, Ref):
            return _mapped(lambda key: {"@id": self.address(reference.collection, key)}, is_many)
        if marker_of(info, RefAny):
            return _mapped(lambda path: {"@id": self.address(*path.split("/", 1))}, is_many)
        nested = model_in(info.annotation)
        collection = getattr(nested, "opens", None) or getattr(nested, "belongs_to", None)
        if included := marker_of(info, Included):
            collection, is_many = included.collection, True
            if self._summaries and name in selection.include:
                nested = self._summaries(collection)
        elif self._summaries and (name in selection.include or below.fields is not None):
            nested = summary_of_mention(nested, self._summaries)
        if nested is None:
            return None
        return _mapped(self.node(nested, below, collection), is_many)

    def _with_code_node(self, collection: str, convert: Convert) -> Convert:
        """Return a function that converts rows which connect a record with a code. The fields of the code become a
        separate node."""

        def with_code_node(row: Mapping[str, Any]) -> dict[str, object]:
            node = convert(row)
            code = {name: node.pop(name) for name in ("code", "label") if name in node}
            return {CODE_FIELD: {"@id": self.address(collection, row["code"]), **code}, **node} if code else node

        return with_code_node


def _mapped(convert: Convert, is_many: bool) -> Convert:
    if not is_many:
        return convert
    return lambda values: [convert(value) for value in values]


class JsonLdWriter:
    """Writes the `@context` and a `@graph` with a node for each row."""

    def __init__(self, context: AnswerContext) -> None:
        nodes = _Nodes(context)
        self._convert = nodes.node(context.schema, context.selection, context.collection)
        self.context = nodes.context()
        self._is_first = True

    def head(self) -> bytes:
        return f'{{"@context":{compact(self.context)},"@graph":['.encode()

    def rows(self, batch: RowBatch) -> bytes:
        nodes = ",\n".join(compact(self._convert(row)) for row in batch.rows)
        if not nodes:
            return b""
        before, self._is_first = ("\n" if self._is_first else ",\n"), False
        return (before + nodes).encode()

    def tail(self) -> bytes:
        return b"\n]}\n"


JSONLD = Format(
    name="jsonld",
    media_type="application/ld+json",
    suffix="jsonld",
    about="JSON-LD 1.1: the records as linked data, with terms of schema.org, SKOS, Dublin Core and PROV."
    " `slug` is always returned, because the URL is made from it.",
    make=JsonLdWriter,
    always=("slug", "code"),
    is_open=True,
)
