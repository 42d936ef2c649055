"""Examples: of bodies at the media type, true to the bundled records; of fields in the schema, where they are values.

tests/openapi/test_examples.py sends every one of them."""

from collections.abc import Iterable
from typing import Any

from app.resources.resource import JSON, Resource

Document = dict[str, Any]


def describe_examples(document: Document, collections: Iterable[Resource]) -> None:
    """Put an example beside each body that a collection takes, and take those of composed fields out of the schemas: the
    fields of what they are composed of have their own."""
    schemas = document["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if "enum" not in schema}
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if _is_composed(field, objects):
                field.pop("examples", None)
    for collection in collections:
        listed = document["paths"][f"/v1/{collection.name}"]
        alone = document["paths"][f"/v1/{collection.name}/{{key}}"]
        reading = document["paths"][f"/v1/{collection.name}/batch-get"]
        for operation, example in (
            (listed["post"], dict(collection.draft)),
            (alone["put"], dict(collection.draft)),
            (alone["patch"], {"notes": ["Checked against the source."]}),
            (reading["post"], {"keys": [collection.record], "fields": ["slug", "updated_at"]}),
        ):
            operation["requestBody"]["content"][JSON]["example"] = example


def _is_composed(field: Document, objects: set[str]) -> bool:
    """Whether the field is an object with a schema of its own, or a list of such."""
    if target := field.get("$ref"):
        return target.rpartition("/")[2] in objects
    inner = [*field.get("anyOf", ()), *([field["items"]] if isinstance(field.get("items"), dict) else [])]
    return any(_is_composed(part, objects) for part in inner)
