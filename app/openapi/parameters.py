"""Query parameters: in a fixed order and in groups, with the values that each collection knows, shared where equal."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.openapi.schemas import NULL, REF, tidy
from app.reading.preparation import presence_words
from app.reading.query import ListQuery, facets_of
from app.reading.selection import Summaries, branch_names
from app.resources.negotiation import formats_of
from app.resources.resource import Resource

Document = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
#: Groups of general parameters, in the order in which they follow those of the subject; and what is in them.
GROUPS = {
    "shape": ("format", "rows", "bom", "include", "fields"),
    "paging": ("sort", "limit", "cursor", "after", "before", "count", "facets"),
    "clock": ("as_of", "known_by"),
}
SUBJECT = "subject"
_GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
_ORDER = {name: n for n, name in enumerate(_GROUP_OF, 1)}
_SORT = "An order; `-` before a name turns it round."
_GENERAL = frozenset(field.alias or name for name, field in ListQuery.model_fields.items())


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation with its path and its method."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def describe_parameters(document: Document, collections: Iterable[Resource]) -> None:
    """Order, group and type the parameters of all operations, and share those that are the same in several."""
    collections = list(collections)
    summaries = {collection.name: collection.read_spec.row for collection in collections}
    for collection in collections:
        _describe_words(document, collection, summaries.__getitem__)
    for _, _, operation in operations(document):
        if "parameters" in operation:
            declared = [_parameter(parameter) for parameter in operation["parameters"]]
            operation["parameters"] = sorted(declared, key=_rank)


def _parameter(declared: Document) -> Document:
    """A parameter with its example beside the schema, its group, no default, and no null, which no address can say."""
    schema = _without_null(declared.get("schema", {}))
    examples = schema.pop("examples", [])
    # The description says the default: clients would send one that stands in the schema, and some parameters mean something
    # when they are sent (`bom`, `limit`).
    schema = tidy({**schema, "description": declared.get("description", "")})
    told = {**declared, "description": schema.pop("description"), "schema": schema}
    if "example" not in told and examples and examples[0] is not None:
        told["example"] = examples[0]
    if declared["in"] == "query":
        told["x-group"] = _GROUP_OF.get(declared["name"], SUBJECT)
        if schema.get("type") == "array":
            told |= {"style": "form", "explode": True}
    return told


def _rank(parameter: Document) -> tuple[int, int]:
    """Path, subject, what every list filters by, the general groups in their order, headers."""
    name = parameter["name"]
    filtered = name.removesuffix(".none")
    if parameter["in"] != "query":
        return (0 if parameter["in"] == "path" else 9), 0
    if name in _ORDER:
        return 3, _ORDER[name]
    return (2 if filtered in _GENERAL and filtered not in _ORDER else 1), 0


def _without_null(schema: Document) -> Document:
    arms = [arm for arm in schema.get("anyOf", ()) if arm != NULL]
    if "default" in schema and schema["default"] is None:
        schema = {key: value for key, value in schema.items() if key != "default"}
    if not arms or len(arms) == len(schema["anyOf"]):
        return dict(schema)
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**arms[0], **rest} if len(arms) == 1 else {**rest, "anyOf": arms}


# --- the words that each collection knows


def _describe_words(document: Document, collection: Resource, summaries: Summaries) -> None:
    """Give the list and the single read of a collection the words that `sort`, `facets`, `has`, `missing`, `include` and
    `format` take there, and examples that are true there."""
    read_spec, title = collection.read_spec, collection.title
    schemas, paths = document["components"]["schemas"], document["paths"]

    def words(kind: str, known: Sequence[str], about: str) -> Document:
        schemas[f"{title}{kind}"] = {"type": "string", "enum": list(known), "description": about}
        return {"$ref": f"{REF}{title}{kind}"}

    def orders() -> Document:
        told = words("Sort", [f"{sign}{name}" for name in read_spec.sorts for sign in ("", "-")], _SORT)
        # A generator makes names of its own of words that begin with a hyphen: `VALUE_1`.
        names = [f"{name.upper()}{end}" for name in read_spec.sorts for end in ("", "_DESCENDING")]
        schemas[f"{title}Sort"]["x-enum-varnames"] = names
        return told

    in_list, alone = branch_names(read_spec.row, summaries), branch_names(read_spec.detail, summaries)
    branch = words("Branch", in_list, f"What `include=` adds to {collection.name} in lists.")
    presence = words("Presence", presence_words(read_spec), f"What {collection.name} may have or lack.")
    items: dict[str, Document] = {
        "sort": orders(),
        "facets": words("Facet", list(facets_of(read_spec.query)), f"What {collection.name} can be counted by."),
        "has": presence,
        "missing": presence,
        "include": _dotted(branch, in_list),
    }
    examples: dict[str, Any] = {
        "id": [collection.record],
        "sort": [read_spec.default_sort],
        "facets": [next(iter(facets_of(read_spec.query)))],
        "include": in_list[:1],
        "fields": ["slug", _own_field(read_spec.summary)],
    }
    single = {"format": ["json", *formats_of(read_spec)], "rows": list(read_spec.rows)}
    _put_words(paths[f"/v1/{collection.name}"]["get"], items, examples, single)
    if alone != in_list:
        branch = words("DetailBranch", alone, f"What `include=` adds to one of the {collection.name}, read alone.")
    _put_words(paths[f"/v1/{collection.name}/{{key}}"]["get"], {"include": _dotted(branch, alone)},
               {"include": alone[:1], "fields": ["slug", _own_field(read_spec.detail)]}, single)  # fmt: skip
    for path, item in paths.items():
        if path.startswith(f"/v1/{collection.name}/{{key}}"):
            for method in METHODS:
                _put_example(item.get(method, {}), {"key": collection.record})


def _put_words(
    operation: Document,
    items: Mapping[str, Document],
    examples: Mapping[str, Any],
    words: Mapping[str, Sequence[str]],
) -> None:
    """Type the parameters of an operation: `items` of lists, `words` of single values."""
    for parameter in operation["parameters"]:
        name, schema = parameter["name"], _without_null(parameter["schema"])
        if name in items:
            parameter["schema"] = {**schema, "items": items[name]}
        # The format of a talk is both a filter and a format, and stays as it is declared.
        elif name in words and schema.get("type") != "array":
            parameter["schema"] = {"type": "string", "enum": list(words[name]), "examples": schema["examples"]}
    _put_example(operation, examples)


def _put_example(operation: Document, examples: Mapping[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if examples.get(parameter["name"]):
            parameter["example"] = examples[parameter["name"]]


def _dotted(branch: Document, names: Sequence[str]) -> Document:
    """A branch, or a path that begins with one."""
    return {"anyOf": [branch, {"type": "string", "pattern": rf"^({'|'.join(names)})(\.[a-z_]+)+$"}]}


def _own_field(schema: type[BaseModel]) -> str:
    """The first field that a record of this kind has beside its id and its slug."""
    return next(name for name in schema.model_fields if name not in ("id", "slug"))


def share_parameters(document: Document) -> None:
    """Put parameters that several operations take in the same words into `components`, each under its own name: of those
    that bear one name, the one that most operations take."""
    texts = Counter(
        (parameter["name"], json.dumps(parameter, sort_keys=True))
        for _, _, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if "$ref" not in parameter
    )
    named: dict[str, str] = {}
    for (name, text), times in texts.most_common():
        if times > 1:
            named.setdefault(_component_name(name), text)
    shared = document["components"].setdefault("parameters", {})
    shared |= {name: json.loads(text) for name, text in named.items()}
    known = {text: name for name, text in named.items()}
    for _, _, operation in operations(document):
        operation["parameters"] = [
            {"$ref": f"#/components/parameters/{name}"}
            if (name := known.get(json.dumps(parameter, sort_keys=True)))
            else parameter
            for parameter in operation.get("parameters", ())
        ]
        if not operation["parameters"]:
            del operation["parameters"]


def _component_name(name: str) -> str:
    """`known_by` is `KnownBy`, `party.members` is `PartyMembers`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
