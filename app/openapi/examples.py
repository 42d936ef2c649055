"""Examples of request bodies and of scalar fields. They are consistent with the bundled records.

tests/openapi/test_examples.py sends all of them."""

from collections.abc import Iterable
from typing import Any

from app.resources.resource import Resource
from app.web.media_types import JSON

Document = dict[str, Any]


def describe_examples(document: Document, collections: Iterable[Resource]) -> None:
    """Add an example to each request body of a resource. Remove the examples of fields that are objects, because the
    fields of these objects have examples."""
    schemas = document["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if "enum" not in schema}
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if _is_composed(field, objects):
                field.pop("examples", None)
    for collection in collections:
        listing = document["paths"][f"/v1/{collection.name}"]
        single = document["paths"][f"/v1/{collection.name}/{{key}}"]
        batch_get = document["paths"][f"/v1/{collection.name}/batch-get"]
        for operation, example in (
            (listing["post"], dict(collection.draft)),
            (single["put"], dict(collection.draft)),
            (single["patch"], {"notes": ["Checked against the source."]}),
            (batch_get["post"], {"keys": [collection.record], "fields": ["slug", "updated_at"]}),
        ):
            operation["requestBody"]["content"][JSON]["example"] = example


def _is_composed(field: Document, objects: set[str]) -> bool:
    """Whether the field is an object with its own schema, or a list of such objects."""
    if target := field.get("$ref"):
        return target.rpartition("/")[2] in objects
    inner = [*field.get("anyOf", ()), *([field["items"]] if isinstance(field.get("items"), dict) else [])]
    return any(_is_composed(part, objects) for part in inner)
