"""Converts a record as returned by a read into a body that a write accepts, so that it can be edited and sent back.

A read returns more than a write accepts: mentions with names, derived fields, timestamps. A mention (an object where a
key is expected) is replaced by its key, and a field that exists only in the read schema is dropped. A field that neither
schema has is kept, so that the writer rejects it. POST, PUT, PATCH and imports all use this module
(tests/writing/test_round_trip.py).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from app.reading.markers import Included
from app.reading.selection import marker_of, model_in
from app.writing.markers import Nested
from app.writing.mentions import Mentioned, node_of
from app.writing.plan import item_of

Converter = Callable[[Any], Any]
#: The fields of a mention that identify its record; `collection` only qualifies the key.
KEYS = ("slug", "code", "key", "collection")


@lru_cache(maxsize=64)
def body_maker(write: type[BaseModel], read: type[BaseModel]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that converts a record of the schema `read` to a body of `write`. A body is returned unchanged."""
    converters = {
        name: converter
        for name, info in write.model_fields.items()
        if (converter := _converter_of(info.annotation, name, read))
    }
    only_read = frozenset(read.model_fields) - frozenset(write.model_fields)
    mention = _mention_of(write, read)
    repeated = _repeated(write)

    def convert(value: dict[str, Any]) -> dict[str, object]:
        for name, inside in repeated:
            if value.get(name) and _is_among(value[name], value.get(inside), name):
                value = {other: item for other, item in value.items() if other != name}
        if not value.keys().isdisjoint(only_read):
            given = value
            value = {name: item for name, item in given.items() if name not in only_read}
            if mention is not None and mention not in value and (key := mention_key(given)) is not None:
                value[mention] = key
        for name in value.keys() & converters.keys():
            converted = converters[name](value[name])
            if converted is not value[name]:
                value = {**value, name: converted}
        return value

    return convert


def make_body(
    write: type[BaseModel], read: type[BaseModel], value: dict[str, Any], *, is_new: bool
) -> dict[str, object]:
    """Convert a body, or a record of the schema `read`, to a body of `write`; records added by `include=` are dropped.

    If a new record copies a stored one (`is_new`, and the value has an `id`), the slugs of its nested records are dropped,
    so that they get new ones.
    """
    body = body_maker(write, read)(value)
    shown = [name for name in own_records(write) if is_shown(body.get(name))]
    body = {name: item for name, item in body.items() if name not in shown}
    if is_new and "id" in value and "id" not in body:
        body = {
            name: [_without_slug(one) for one in item]
            if name in _named_lists(write) and isinstance(item, list)
            else item
            for name, item in body.items()
        }
    return body


@lru_cache(maxsize=64)
def _named_lists(write: type[BaseModel]) -> frozenset[str]:
    """Return the lists whose entries have an optional slug. The slug of an account is required, so it is kept."""
    entries = {name: model_in(item_of(info.annotation) or str) for name, info in write.model_fields.items()}
    return frozenset(
        name
        for name, entry in entries.items()
        if entry is not None and "slug" in entry.model_fields and not entry.model_fields["slug"].is_required()
    )


def _without_slug(value: object) -> object:
    return {name: item for name, item in value.items() if name != "slug"} if isinstance(value, dict) else value


@lru_cache(maxsize=64)
def hidden_fields(write: type[BaseModel], read: type[BaseModel]) -> dict[str, frozenset[str]]:
    """Return, for each list of nested records that a read always shows, the fields of these records that the read
    omits."""
    hidden = {}
    for name in (*own_records(write), "citations"):
        item = item_of(write.model_fields[name].annotation) if name in write.model_fields else None
        info = read.model_fields.get(name)
        entry = model_in(item) if item is not None else None
        shown = model_in(info.annotation) if info is not None and marker_of(info, Included) is None else None
        if entry is not None and shown is not None:
            hidden[name] = frozenset(entry.model_fields) - frozenset(shown.model_fields)
    return hidden


@lru_cache(maxsize=64)
def own_records(write: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a body that contain nested records: the demands of a proposal, the delegations of a talk."""
    return tuple(
        name for name, info in write.model_fields.items() if any(isinstance(one, Nested) for one in info.metadata)
    )


def is_shown(value: object) -> bool:
    """Whether a list of records comes from a response with `include=`: such summaries are incomplete, so they are not
    bodies. They are recognized by their ids, which only responses have."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "id" in one for one in value)


def mention_key(value: dict[str, Any]) -> str | None:
    """Return the key in an object that mentions a record, with the collection if the object has it."""
    key = next((value[name] for name in KEYS[:3] if isinstance(value.get(name), str)), None)
    collection = value.get("collection")
    return f"{collection}/{key}" if key is not None and isinstance(collection, str) else key


def _converter_of(annotation: object, name: str, read: type[BaseModel]) -> Converter | None:
    """Return the function that converts the value of one field; None if it needs no conversion."""
    info = read.model_fields.get(name)
    shown = model_in(info.annotation) if info is not None else None
    item = item_of(annotation)
    if item is None:
        return _item_converter(annotation, shown)
    inner = _item_converter(item, shown)
    if inner is None:
        return None

    def convert_each(value: object) -> object:
        if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
            return value
        return [inner(one) for one in value]

    return convert_each


def _item_converter(annotation: object, shown: type[BaseModel] | None) -> Converter | None:
    model = model_in(annotation)
    if model is None:
        return _to_key if shown is not None or not node_of(annotation).is_empty() else None
    below = body_maker(model, shown or model)
    return lambda value: below(value) if isinstance(value, dict) else value


def _to_key(value: object) -> object:
    return (mention_key(value) or value) if isinstance(value, dict) else value


def _repeated(write: type[BaseModel]) -> list[tuple[str, str]]:
    """Return fields that a response shows twice: in the record and in the entries of a list. The parts of a proposal, for
    example, are those of its reference account. A body contains these fields in only one of the two places."""
    lists = {name: item for name, info in write.model_fields.items() if (item := item_of(info.annotation)) is not None}
    return [
        (name, inside)
        for name, item in lists.items()
        for inside, entry in lists.items()
        # Nested records have these fields in their own right, even if the values are the same.
        if inside not in own_records(write)
        and (model := model_in(entry)) is not None
        and name in model.model_fields
        and model_in(item) is not None
        and item_of(model.model_fields[name].annotation) is item
    ]


def _is_among(value: object, entries: object, name: str) -> bool:
    """Whether an entry has the same value in this field. A value that differs is kept, so that the writer rejects it."""
    return isinstance(entries, list) and any(isinstance(one, dict) and one.get(name) == value for one in entries)


def _mention_of(write: type[BaseModel], read: type[BaseModel]) -> str | None:
    """Return the field of an entry that refers to a record, if a response shows the fields of that record instead."""
    fields = [
        name for name, info in write.model_fields.items() if _is_key(node_of(info.annotation, tuple(info.metadata)))
    ]
    return fields[0] if len(fields) == 1 and fields[0] not in read.model_fields else None


def _is_key(node: Mentioned) -> bool:
    return node.collection is not None
