"""The operations of an OpenAPI document: look-up, search, and descriptions of their schemas in words."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Node = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_TYPES = {
    "any": "anything",
    "string": "text",
    "integer": "whole number",
    "boolean": "yes or no",
    "date": "day",
    "date-time": "instant",
    "uuid": "id",
    "uri": "URL",
}


@dataclass(frozen=True)
class ClosedList:
    """The allowed values of a field or parameter, with the names of the schemas that list them."""

    values: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    #: Whether no other value is allowed.
    is_complete: bool = True


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    tag: str
    node: Node
    parameters: tuple[Node, ...]
    needs_key: bool
    #: The closed lists of the parameters, by parameter name, and the values of the closed lists in the body.
    lists: Mapping[str, ClosedList]
    body_values: tuple[str, ...]

    @property
    def summary(self) -> str:
        return str(self.node.get("summary", self.id))

    @cached_property
    def heading_text(self) -> str:
        """The most important text for the search, in lower case."""
        return f"{self.method} {self.path} {self.summary} {self.id} {self.tag}".lower()

    @cached_property
    def search_text(self) -> str:
        """All text for the search, in lower case."""
        texts = [self.heading_text, str(self.node.get("description", ""))]
        texts += [f"{one['name']} {one.get('description', '')}" for one in self.parameters]
        texts += [" ".join(found.values) for found in self.lists.values()]
        return " ".join([*texts, *self.body_values]).lower()

    def matching(self, words: Sequence[str]) -> list[str]:
        """The names of the parameters that contain one of the words in their name or their allowed values."""
        texts = {name: " ".join((name, *found.values)).lower() for name, found in self.lists.items()}
        return [name for name, text in texts.items() if any(word in text for word in words)]


class Operations:
    """All operations of a document, and access to its schemas."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.tags: list[Node] = list(document.get("tags", ()))
        self.by_id = {one.id: one for one in self._all()}

    def _all(self) -> Iterator[Operation]:
        default_security = self.document.get("security", ())
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if (node := item.get(method)) is not None:
                    declared = [*item.get("parameters", ()), *node.get("parameters", ())]
                    security = node.get("security", default_security)
                    parameters = tuple(self.resolve(one) for one in declared)
                    in_body = self.lists_inside(node.get("requestBody", {}))
                    yield Operation(
                        node["operationId"],
                        method.upper(),
                        path,
                        (node.get("tags") or ["other"])[0],
                        node,
                        parameters,
                        bool(security) and {} not in security,
                        {str(one["name"]): self.closed_list(one.get("schema", {})) for one in parameters},
                        tuple(value for found in in_body for value in found.values),
                    )

    def search(self, text: str) -> list[Operation]:
        """The operations that contain all words. Operations with the words in path or summary come first, then those
        with a word in a parameter."""
        words = text.lower().split()
        found = [one for one in self.by_id.values() if all(word in one.search_text for word in words)]
        return sorted(
            found, key=lambda one: (-sum(word in one.heading_text for word in words), not one.matching(words))
        )

    def resolve(self, node: Node) -> Node:
        """A node of the document, with its `$ref` replaced by the target."""
        while "$ref" in node:
            found: Any = self.document
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[step]
            node = {**found, **{name: value for name, value in node.items() if name != "$ref"}}
        return node

    def closed_list(self, schema: Node) -> ClosedList:
        """The allowed values of a schema, or of the items of an array. For a union, the values of all members
        together."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        schema = self.resolve(schema)
        if "enum" in schema:
            return ClosedList(tuple(text_of(value) for value in schema["enum"]), (name,) if name else ())
        if "const" in schema:
            return ClosedList((text_of(schema["const"]),))
        if schema.get("type") == "boolean":
            return ClosedList(("true", "false"))
        if schema.get("type") == "array":
            return self.closed_list(schema.get("items", {}))
        members = [self.closed_list(one) for one in _union_members(schema) if one.get("type") != "null"]
        values = tuple(dict.fromkeys(value for one in members for value in one.values))
        names = tuple(dict.fromkeys(name for one in members for name in one.names))
        return ClosedList(values, names, bool(members) and all(one.is_complete for one in members))

    def lists_inside(self, *nodes: object) -> Iterator[ClosedList]:
        """Every closed list in these nodes and in the schemas that they refer to, each schema once."""
        seen: set[str] = set()
        waiting = list(reversed(nodes))
        while waiting:
            node = waiting.pop()
            if isinstance(node, Mapping):
                reference = node.get("$ref")
                if isinstance(reference, str):
                    if reference in seen:
                        continue
                    seen.add(reference)
                if isinstance(node.get("enum", self.resolve(node).get("enum")), list):
                    yield self.closed_list(node)
                else:
                    waiting += reversed(list(self.resolve(node).values()))
            elif isinstance(node, list):
                waiting += reversed(node)

    def objects(self, schema: Node) -> Iterator[Node]:
        """The object schema inside a schema: for an array, that of the items; for a union or `allOf`, the first one in
        it."""
        schema = self.resolve(schema)
        if "properties" in schema:
            yield schema
        elif "items" in schema:
            yield from self.objects(schema["items"])
        else:
            found = [list(self.objects(one)) for one in (*_union_members(schema), *schema.get("allOf", ()))]
            yield from next((several for several in found if several), [])

    def type_of(self, schema: Node) -> str:
        """The type of a value in a few words."""
        schema = self.resolve(schema)
        if members := _union_members(schema):
            return _join_types(self.type_of(one) for one in members)
        values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        if len(values) > 1:
            return f"one of {len(values)} values"
        if values:
            return f"'{text_of(values[0])}'" if values[0] != "null" else "null"
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return _join_types(_TYPES.get(str(one), str(one)) for one in kind)
        if kind == "array":
            inner = self.type_of(schema.get("items", {}))
            return f"one or more of {inner[7:]}" if inner.startswith("one of ") else f"list of {inner}"
        name = _TYPES.get(str(schema.get("format")), _TYPES.get(str(kind), str(kind)))
        return name + _range_of(schema)


def _range_of(schema: Node) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {least}–{most}"
    if least is not None:
        return f", at least {least}"
    return f", at most {most}" if most is not None else ""


def _union_members(schema: Node) -> list[Node]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _join_types(names: Iterable[str]) -> str:
    """The types of a union, each named once."""
    return " or ".join(dict.fromkeys(names)).replace("yes or no or ", "yes, no or ")


def first_example(node: Node, schema: Node) -> object:
    """The first example of a parameter, a body or their schema."""
    if "example" in node:
        return node["example"]
    if examples := node.get("examples"):
        first = next(iter(examples.values())) if isinstance(examples, Mapping) else examples[0]
        return first.get("value") if isinstance(first, Mapping) and "value" in first else first
    return schema.get("example", next(iter(schema.get("examples", ())), ""))


def text_of(value: object) -> str:
    """A value as it is written in a URL."""
    if isinstance(value, list):
        return ",".join(text_of(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
