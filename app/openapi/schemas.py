"""Normalizes component schemas for client generators.

- The `title` of a component is its name. openapi-python-client names classes by titles, and drops operations with two
  schemas of the same title. Titles of single fields only repeat their names and are removed.
- Schemas have no `default`: openapi-typescript makes fields with a default required. The description states the default
  instead.
- A nullable scalar is `type: ["string", "null"]`.
"""

import json
from typing import Any

Document = dict[str, Any]

REF = "#/components/schemas/"
NULL = {"type": "null"}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
#: Names of bounds that Pydantic leaves in a schema if a validator precedes them.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
#: Inside these keys, names are field names and not keywords.
_NAMED = frozenset({"properties", "$defs", "patternProperties"})
#: These keywords contain values and not schemas.
_VALUES = frozenset({"examples", "example", "default", "enum", "const", "required"})


def tidy_schemas(document: Document) -> None:
    """Normalize all component schemas, and use their names as titles."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        tidied = tidy(schema)
        schemas[name] = {"title": name, **tidied}


def tidy(schema: object) -> Any:
    """Return the schema without titles and defaults. Bounds get their JSON Schema names, and a nullable scalar becomes
    one type."""
    if isinstance(schema, list):
        return [tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result: Document = {}
    for key, value in schema.items():
        if key in _NAMED:
            result[key] = {name: tidy(part) for name, part in value.items()}
        elif key in _VALUES:
            result[key] = value
        elif key != "title":
            result[str(_BOUNDS.get(key, key))] = tidy(value)
    _describe_default(result)
    return _nullable(result)


def _describe_default(schema: Document) -> None:
    default = schema.pop("default", None)
    if default is None or default in ([], {}, ""):
        return
    text = default if isinstance(default, str) else json.dumps(default)
    schema["description"] = f"{schema.get('description', '')} Default: `{text}`.".lstrip()


def _nullable(schema: Document) -> Document:
    """Turn a union of a scalar and null into one schema with two types, and a union that contains `{}` (any value) into
    a schema that accepts any value."""
    members = schema.get("anyOf", ())
    if {} in members:
        return {key: value for key, value in schema.items() if key != "anyOf"}
    if len(members) != 2 or NULL not in members:
        return schema
    (member,) = (member for member in members if member != NULL)
    if member.get("type") not in _SCALARS or "enum" in member or "const" in member:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**member, **rest, "type": [member["type"], "null"]}


def references(value: object) -> set[str]:
    """Every `$ref` in a value."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(target := part.get("$ref"), str):
                found.add(target)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found


def reached(document: Document, start: object) -> set[str]:
    """Every component that `start` refers to, directly or through other components."""
    found: set[str] = set()
    waiting = references(start)
    while waiting:
        target = waiting.pop()
        found.add(target)
        waiting |= references(component(document, target)) - found
    return found


def component(document: Document, reference: str) -> Any:
    """The component that a reference points to."""
    _, _, kind, name = reference.split("/")
    return document["components"][kind][name]


def remove_unused(document: Document) -> None:
    """Remove the components that nothing refers to."""
    used = reached(document, {name: part for name, part in document.items() if name != "components"})
    components = document["components"]
    for kind, parts in list(components.items()):
        if kind == "securitySchemes":
            continue
        components[kind] = {name: part for name, part in sorted(parts.items()) if f"#/components/{kind}/{name}" in used}
        if not components[kind]:
            del components[kind]
