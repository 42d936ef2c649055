"""Describes query parameters: orders and groups them, adds the allowed values of each resource, and shares equal
parameters."""

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
#: Groups of general parameters and their members. They follow the parameters of the subject, in this order.
GROUPS = {
    "shape": ("format", "rows", "bom", "include", "fields"),
    "paging": ("sort", "limit", "cursor", "after", "before", "count", "facets"),
    "clock": ("as_of", "known_by", "known_to"),
}
SUBJECT = "subject"
_GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
_ORDER = {name: n for n, name in enumerate(_GROUP_OF, 1)}
_SORT = "Field to sort by; a leading `-` reverses the order."
_GENERAL = frozenset(field.alias or name for name, field in ListQuery.model_fields.items())


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation with its path and its method."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def describe_parameters(document: Document, collections: Iterable[Resource]) -> None:
    """Order, group and type the parameters of all operations."""
    collections = list(collections)
    summaries = {collection.name: collection.read_spec.row for collection in collections}
    for collection in collections:
        _describe_values(document, collection, summaries.__getitem__)
    for _, _, operation in operations(document):
        if "parameters" in operation:
            declared = [_parameter(parameter) for parameter in operation["parameters"]]
            operation["parameters"] = sorted(declared, key=_rank)


def _parameter(declared: Document) -> Document:
    """A parameter with its example and its group, but without a default, and without null because a URL cannot express
    null."""
    schema = _without_null(declared.get("schema", {}))
    examples = schema.pop("examples", [])
    # The description states the default. Generated clients would send a default that is in the schema, and some
    # parameters (`bom`, `limit`) have an effect whenever they are sent.
    schema = tidy({**schema, "description": declared.get("description", "")})
    result = {**declared, "description": schema.pop("description"), "schema": schema}
    if "example" not in result and examples and examples[0] is not None:
        result["example"] = examples[0]
    if declared["in"] == "query":
        result["x-group"] = _GROUP_OF.get(declared["name"], SUBJECT)
        if schema.get("type") == "array":
            result |= {"style": "form", "explode": True}
    return result


def _rank(parameter: Document) -> tuple[int, int]:
    """The sort key of a parameter: path parameters first, then those of the resource, the filters that all lists
    have, the general groups in their order, and headers."""
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


# --- the allowed values of each resource


def _describe_values(document: Document, collection: Resource, summaries: Summaries) -> None:
    """Add the allowed values of `sort`, `facets`, `has`, `missing`, `include` and `format` to the list and the single
    read of a resource, and examples that work there."""
    read_spec, title = collection.read_spec, collection.title
    schemas, paths = document["components"]["schemas"], document["paths"]

    def enum(kind: str, values: Sequence[str], about: str) -> Document:
        schemas[f"{title}{kind}"] = {"type": "string", "enum": list(values), "description": about}
        return {"$ref": f"{REF}{title}{kind}"}

    def orders() -> Document:
        reference = enum("Sort", [f"{sign}{name}" for name in read_spec.sorts for sign in ("", "-")], _SORT)
        # For values that begin with a hyphen, generators would invent names such as `VALUE_1`.
        names = [f"{name.upper()}{end}" for name in read_spec.sorts for end in ("", "_DESCENDING")]
        schemas[f"{title}Sort"]["x-enum-varnames"] = names
        return reference

    in_list, alone = branch_names(read_spec.row, summaries), branch_names(read_spec.detail, summaries)
    branch = enum("Branch", in_list, f"Branches that `include=` adds to {collection.name} in lists.")
    presence = enum(
        "Presence", presence_words(read_spec), f"Fields and branches that {collection.name} may have or lack."
    )
    items: dict[str, Document] = {
        "sort": orders(),
        "facets": enum(
            "Facet", list(facets_of(read_spec.query)), f"Filters by which {collection.name} can be counted."
        ),
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
    _set_values(paths[f"/v1/{collection.name}"]["get"], items, examples, single)
    if alone != in_list:
        branch = enum(
            "DetailBranch", alone, f"Branches that `include=` can add to a single record in {collection.name}."
        )
    _set_values(paths[f"/v1/{collection.name}/{{key}}"]["get"], {"include": _dotted(branch, alone)},
               {"include": alone[:1], "fields": ["slug", _own_field(read_spec.detail)]}, single)  # fmt: skip
    for path, item in paths.items():
        if path.startswith(f"/v1/{collection.name}/{{key}}"):
            for method in METHODS:
                _set_examples(item.get(method, {}), {"key": collection.record})


def _set_values(
    operation: Document,
    items: Mapping[str, Document],
    examples: Mapping[str, object],
    values: Mapping[str, Sequence[str]],
) -> None:
    """Type the parameters of an operation: lists by the schemas of their `items`, scalars by their allowed `values`."""
    for parameter in operation["parameters"]:
        name, schema = parameter["name"], _without_null(parameter["schema"])
        if name in items:
            parameter["schema"] = {**schema, "items": items[name]}
        # `format` of talks is both a filter and an output format; it stays as declared.
        elif name in values and schema.get("type") != "array":
            parameter["schema"] = {"type": "string", "enum": list(values[name]), "examples": schema["examples"]}
    _set_examples(operation, examples)


def _set_examples(operation: Document, examples: Mapping[str, object]) -> None:
    for parameter in operation.get("parameters", ()):
        if examples.get(parameter["name"]):
            parameter["example"] = examples[parameter["name"]]


def _dotted(branch: Document, names: Sequence[str]) -> Document:
    """A branch, or a dotted path that begins with one."""
    return {"anyOf": [branch, {"type": "string", "pattern": rf"^({'|'.join(names)})(\.[a-z_]+)+$"}]}


def _own_field(schema: type[BaseModel]) -> str:
    """The first field of a schema other than id and slug."""
    return next(name for name in schema.model_fields if name not in ("id", "slug"))


def share_parameters(document: Document) -> None:
    """Move parameters that are equal in several operations to `components`. If parameters with the same name differ, the
    most frequent one is moved."""
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
    """`KnownBy` for `known_by`, `PartyMembers` for `party.members`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
