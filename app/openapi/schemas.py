"""Component schemas in the form that client generators take.

- A component's `title` is its name. openapi-python-client names classes by titles and drops every operation that reaches
  two schemas of one title; titles of single fields only repeat their names.
- A schema has no `default`: openapi-typescript makes fields with a default required. The description says it instead.
- A scalar that may be null is `type: ["string", "null"]`.
"""

import json
from typing import Any

Document = dict[str, Any]

REF = "#/components/schemas/"
NULL = {"type": "null"}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
#: Names of bounds that Pydantic leaves in a schema where a validator stands before them.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
#: Below these keys names are names of fields, not keywords.
_NAMED = frozenset({"properties", "$defs", "patternProperties"})
#: These hold values.
_VALUES = frozenset({"examples", "example", "default", "enum", "const", "required"})


def tidy_schemas(document: Document) -> None:
    """Bring all component schemas into this form, each with its name as its title."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        tidied = tidy(schema)
        schemas[name] = {"title": name, **tidied}


def tidy(schema: Any) -> Any:
    """The schema without titles and defaults, bounds under their JSON Schema names, nullable scalars as one type."""
    if isinstance(schema, list):
        return [tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told: Document = {}
    for key, value in schema.items():
        if key in _NAMED:
            told[key] = {name: tidy(part) for name, part in value.items()}
        elif key in _VALUES:
            told[key] = value
        elif key != "title":
            told[str(_BOUNDS.get(key, key))] = tidy(value)
    _tell_default(told)
    return _nullable(told)


def _tell_default(schema: Document) -> None:
    default = schema.pop("default", None)
    if default is None or default in ([], {}, ""):
        return
    said = default if isinstance(default, str) else json.dumps(default)
    schema["description"] = f"{schema.get('description', '')} Default: `{said}`.".lstrip()


def _nullable(schema: Document) -> Document:
    """`anyOf` of a scalar and null as one schema of both types; of anything and null, as anything."""
    arms = schema.get("anyOf", ())
    if {} in arms:
        return {key: value for key, value in schema.items() if key != "anyOf"}
    if len(arms) != 2 or NULL not in arms:
        return schema
    (arm,) = (arm for arm in arms if arm != NULL)
    if arm.get("type") not in _SCALARS or "enum" in arm or "const" in arm:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**arm, **rest, "type": [arm["type"], "null"]}


def references(value: Any) -> set[str]:
    """Every `$ref` inside."""
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


def reached(document: Document, start: Any) -> set[str]:
    """Every reference that leads out of `start`, directly or through other components."""
    found: set[str] = set()
    waiting = references(start)
    while waiting:
        target = waiting.pop()
        found.add(target)
        waiting |= references(component(document, target)) - found
    return found


def component(document: Document, reference: str) -> Any:
    """What a reference into the components leads to."""
    _, _, kind, name = reference.split("/")
    return document["components"][kind][name]


def without_unused(document: Document) -> None:
    """Take away the components that nothing leads to."""
    used = reached(document, {name: part for name, part in document.items() if name != "components"})
    components = document["components"]
    for kind, parts in list(components.items()):
        if kind == "securitySchemes":
            continue
        components[kind] = {name: part for name, part in sorted(parts.items()) if f"#/components/{kind}/{name}" in used}
        if not components[kind]:
            del components[kind]
