"""Request bodies of writes in the OpenAPI document.

Write routes parse their JSON themselves, strictly and with all errors at once, so FastAPI does not know the schemas.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.openapi.schemas import REF
from app.resources.batch_get import keys_schema
from app.resources.resource import Resource


def add_write_schemas(document: dict[str, Any], collections: Iterable[Resource], *wholes: type[BaseModel]) -> None:
    """Add schemas such as `TalkWrite` (POST, PUT) and `TalkChange` (PATCH: nothing required) for each resource, and the
    schemas in `wholes`, whose bodies contain records of several resources."""
    known: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    collections = list(collections)
    add_schemas(document, *(keys_schema(collection.read_spec, collection.title) for collection in collections))
    declared = {collection.title: collection.kind.schema for collection in collections}
    _, definitions = models_json_schema(
        [(schema, "validation") for schema in (*declared.values(), *wholes)], ref_template=REF + "{model}"
    )
    bodies: dict[str, Any] = definitions["$defs"]
    # A schema that is the same in reads and writes is shared. A schema that differs (by defaults) gets a separate name
    # for writes.
    renamed = {name: f"{name}Write" for name, body in bodies.items() if name in known and known[name] != body}
    for name, body in bodies.items():
        known[renamed.get(name, name)] = _rename_refs(body, renamed)
    for noun, schema in declared.items():
        change = deepcopy(known[renamed.get(schema.__name__, schema.__name__)])
        change.pop("required", None)
        known[f"{noun}Change"] = change


def add_schemas(document: dict[str, Any], *models: type[BaseModel]) -> None:
    """Add the schemas of bodies that routes parse themselves."""
    known: dict[str, object] = document.setdefault("components", {}).setdefault("schemas", {})
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=REF + "{model}")
    for name, schema in definitions["$defs"].items():
        known.setdefault(name, schema)


def type_records(
    document: dict[str, Any], holder: type[BaseModel], field: str, collections: Iterable[Resource]
) -> None:
    """Type a field that contains a record of any collection as the union of the schemas of all collections, which only
    this module knows.

    The schema that matches the example of the sibling field `collection` comes first, so that the examples of the two
    fields fit together."""
    fields = document["components"]["schemas"][holder.__name__]["properties"]
    (example,) = fields["collection"]["examples"]
    ordered = sorted(collections, key=lambda collection: collection.name != example)
    # The declared union is any JSON object or null. The first member is replaced by one schema per resource.
    rest = fields[field]["anyOf"][1:]
    fields[field]["anyOf"] = [*({"$ref": REF + each.read_spec.detail.__name__} for each in ordered), *rest]


def _rename_refs(body: object, renamed: dict[str, str]) -> object:
    """Return a copy of a schema in which the references use the new names of renamed schemas."""
    if isinstance(body, list):
        return [_rename_refs(part, renamed) for part in body]
    if not isinstance(body, dict):
        return body
    changed = {key: _rename_refs(value, renamed) for key, value in body.items()}
    target = changed.get("$ref")
    if isinstance(target, str) and (name := target.removeprefix(REF)) in renamed:
        changed["$ref"] = REF + renamed[name]
    return changed
