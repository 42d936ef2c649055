"""What `include=` adds, typed: lists of records of another collection, and mentions that become summaries.

A read schema declares a branch by `Included("talks")` and a mention by `opens`; which schemas those collections have is
known only where all collections are.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from app.openapi.schemas import REF, references
from app.reading.markers import Included
from app.reading.selection import marker_of, model_in
from app.resources.resource import Resource


def type_branches(document: dict[str, Any], collections: Iterable[Resource]) -> None:
    """Say in the schemas of all collections what their branches and opened mentions hold."""
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
                # Of a record read alone the branch holds mentions until `include=` asks for more.
                mentions = [{"$ref": target} for target in sorted(references(field.pop("anyOf", ())))]
                summary = {"$ref": REF + summaries[included.collection]}
                field |= {"type": "array", "items": {"anyOf": [summary, *mentions]} if mentions else summary}
            elif nested := model_in(info.annotation):
                if opens := getattr(nested, "opens", None):
                    fields[info.alias or name] = _opened(field, REF + nested.__name__, REF + summaries[opens])
                else:
                    waiting.append(nested)


def _opened(schema: Any, mention: str, summary: str) -> Any:
    """The schema with both forms in the place of the mention: the summary first, since a client that tries one after the
    other would take any summary for a mention."""
    if isinstance(schema, list):
        return [_opened(part, mention, summary) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == mention:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {"anyOf": [{"$ref": summary}, {"$ref": mention}], **rest}
    told = {key: value if key == "examples" else _opened(value, mention, summary) for key, value in schema.items()}
    if any("anyOf" in arm for arm in told.get("anyOf", ())):
        told["anyOf"] = [inner for arm in told["anyOf"] for inner in arm.get("anyOf", [arm])]
    return told
