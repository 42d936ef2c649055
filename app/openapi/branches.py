"""Types of what `include=` adds: branches (lists of records of another collection) and mentions expanded to summaries.

A read schema declares a branch by `Included("talks")` and a mention by `opens`. It does not know the schemas of those
collections; this module knows all resources.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from app.openapi.schemas import REF, references
from app.reading.markers import Included
from app.reading.selection import marker_of, model_in
from app.resources.resource import Resource


def type_branches(document: dict[str, Any], collections: Iterable[Resource]) -> None:
    """Add the types of branches and expanded mentions to the schemas of all resources."""
    collections = list(collections)
    schemas = document["components"]["schemas"]
    summaries = {collection.name: collection.read_spec.row.__name__ for collection in collections}
    waiting: list[type[BaseModel]] = []
    for collection in collections:
        waiting += [collection.read_spec.row, collection.read_spec.detail]
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model in seen or model.__name__ not in schemas:
            continue
        seen.add(model)
        fields = schemas[model.__name__].get("properties", {})
        for name, info in model.model_fields.items():
            field = fields.get(info.alias or name)
            if field is None:
                continue
            if included := marker_of(info, Included):
                # In a single record the branch contains mentions unless `include=` expands them.
                mentions = [{"$ref": target} for target in sorted(references(field.pop("anyOf", ())))]
                summary = {"$ref": REF + summaries[included.collection]}
                field |= {"type": "array", "items": {"anyOf": [summary, *mentions]} if mentions else summary}
            elif nested := model_in(info.annotation):
                if opens := getattr(nested, "opens", None):
                    fields[info.alias or name] = _with_summary(field, REF + nested.__name__, REF + summaries[opens])
                else:
                    waiting.append(nested)


def _with_summary(schema: object, mention: str, summary: str) -> Any:
    """Return the schema in which a union of summary and mention replaces the mention. The summary comes first for
    clients that try the members in order, because every summary is also a valid mention."""
    if isinstance(schema, list):
        return [_with_summary(part, mention, summary) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == mention:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {"anyOf": [{"$ref": summary}, {"$ref": mention}], **rest}
    changed = {
        key: value if key == "examples" else _with_summary(value, mention, summary) for key, value in schema.items()
    }
    if any("anyOf" in member for member in changed.get("anyOf", ())):
        changed["anyOf"] = [inner for member in changed["anyOf"] for inner in member.get("anyOf", [member])]
    return changed
