"""The part of the document with the operations of one tag, and the components that they refer to."""

from typing import Any

from app.openapi.parameters import METHODS
from app.openapi.schemas import remove_unused

Document = dict[str, Any]


def tags_of(document: Document) -> list[str]:
    """The tags, in the order of the document."""
    return [tag["name"] for tag in document["tags"]]


def document_part(document: Document, tag: str) -> Document:
    """A document with only the operations of this tag, and the components that they refer to."""
    paths = {path: _operations(item, tag) for path, item in document["paths"].items()}
    webhooks = {name: _operations(item, tag) for name, item in document.get("webhooks", {}).items()}
    part = {
        **document,
        "info": {**document["info"], "title": f"{document['info']['title']}: {tag}"},
        "paths": {path: item for path, item in paths.items() if item},
        "webhooks": {name: item for name, item in webhooks.items() if item},
        "tags": [one for one in document["tags"] if one["name"] == tag],
        "components": {kind: dict(named) for kind, named in document["components"].items()},
    }
    if not part["webhooks"]:
        del part["webhooks"]
    remove_unused(part)
    return part


def _operations(item: Document, tag: str) -> Document:
    return {method: item[method] for method in METHODS if tag in item.get(method, {}).get("tags", ())}
