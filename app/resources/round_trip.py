"""Turns a record as a read shows it into a body that a write accepts, so that it can be edited and sent back.

A read shows more than a write accepts: mentions with their names, derived fields, times. A mention (an object where a key is
expected) becomes its key; a field that only the read schema knows is left out. A field that neither schema knows stays, and
the writer refuses it. POST, PUT, PATCH and imports all use this module (tests/writing/test_round_trip.py).
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

Take = Callable[[Any], Any]
#: By what a mention in an answer names its record; the last tells only where it is.
KEYS = ("slug", "code", "key", "collection")


@lru_cache(maxsize=64)
def body_maker(write: type[BaseModel], read: type[BaseModel]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that makes a body of the schema `write` from a record as `read` shows it. A body comes out unchanged."""
    takes = {name: take for name, info in write.model_fields.items() if (take := _take(info.annotation, name, read))}
    only_read = frozenset(read.model_fields) - frozenset(write.model_fields)
    mention = _mention_of(write, read)
    repeated = _repeated(write)

    def take_object(value: dict[str, Any]) -> dict[str, Any]:
        for name, inside in repeated:
            if value.get(name) and _is_among(value[name], value.get(inside), name):
                value = {other: item for other, item in value.items() if other != name}
        if not value.keys().isdisjoint(only_read):
            given = value
            value = {name: item for name, item in given.items() if name not in only_read}
            if mention is not None and mention not in value and (key := key_of(given)) is not None:
                value[mention] = key
        for name in value.keys() & takes.keys():
            taken = takes[name](value[name])
            if taken is not value[name]:
                value = {**value, name: taken}
        return value

    return take_object


def make_body(write: type[BaseModel], read: type[BaseModel], value: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    """A body of the schema `write` from a body or a record as `read` shows it, without what `include=` has added.

    Of a new record that copies a stored one (`is_new`, and the value has an `id`), what is inside it gets slugs of its own.
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
    """The lists whose entries have slugs that are made where they are left out. An account's slug must be given."""
    entries = {name: model_in(item_of(info.annotation) or str) for name, info in write.model_fields.items()}
    return frozenset(
        name
        for name, entry in entries.items()
        if entry is not None and "slug" in entry.model_fields and not entry.model_fields["slug"].is_required()
    )


def _without_slug(value: Any) -> Any:
    return {name: item for name, item in value.items() if name != "slug"} if isinstance(value, dict) else value


@lru_cache(maxsize=64)
def hidden_fields(write: type[BaseModel], read: type[BaseModel]) -> dict[str, frozenset[str]]:
    """By the name of a list of nested records that a read always shows: the fields that it does not show of them."""
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
    """The fields of a body that hold records of their own: a proposal's demands, a talk's delegations."""
    return tuple(
        name for name, info in write.model_fields.items() if any(isinstance(one, Nested) for one in info.metadata)
    )


def is_shown(value: Any) -> bool:
    """Whether a list of records is as an answer shows it (`include=`): less than they hold, and so no body of theirs.
    Only an answer tells their ids."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "id" in one for one in value)


def key_of(value: dict[str, Any]) -> str | None:
    """By what an object that mentions a record names it; with its collection, where it tells that."""
    key = next((value[name] for name in KEYS[:3] if isinstance(value.get(name), str)), None)
    collection = value.get("collection")
    return f"{collection}/{key}" if key is not None and isinstance(collection, str) else key


def _take(annotation: Any, name: str, read: type[BaseModel]) -> Take | None:
    """How the value of one field is taken; None where it is taken as it is."""
    info = read.model_fields.get(name)
    shown = model_in(info.annotation) if info is not None else None
    item = item_of(annotation)
    if item is None:
        return _take_one(annotation, shown)
    inner = _take_one(item, shown)
    if inner is None:
        return None

    def take_each(value: Any) -> Any:
        if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
            return value
        return [inner(one) for one in value]

    return take_each


def _take_one(annotation: Any, shown: type[BaseModel] | None) -> Take | None:
    model = model_in(annotation)
    if model is None:
        return _take_key if shown is not None or not node_of(annotation).is_empty() else None
    below = body_maker(model, shown or model)
    return lambda value: below(value) if isinstance(value, dict) else value


def _take_key(value: Any) -> Any:
    return (key_of(value) or value) if isinstance(value, dict) else value


def _repeated(write: type[BaseModel]) -> list[tuple[str, str]]:
    """Fields that an answer shows at the record and once more inside the entries of a list: a proposal's parts are those
    of its reference account. A body has them in one of the two places."""
    lists = {name: item for name, info in write.model_fields.items() if (item := item_of(info.annotation)) is not None}
    return [
        (name, inside)
        for name, item in lists.items()
        for inside, entry in lists.items()
        # What records of their own have is theirs, also where it is the same.
        if inside not in own_records(write)
        and (model := model_in(entry)) is not None
        and name in model.model_fields
        and model_in(item) is not None
        and item_of(model.model_fields[name].annotation) is item
    ]


def _is_among(value: Any, entries: Any, name: str) -> bool:
    """Whether one of the entries has this very value in its field. One that differs stays, for the writer to refuse."""
    return isinstance(entries, list) and any(isinstance(one, dict) and one.get(name) == value for one in entries)


def _mention_of(write: type[BaseModel], read: type[BaseModel]) -> str | None:
    """The one field of an entry that mentions a record, where the answer shows the record itself in its place."""
    fields = [
        name for name, info in write.model_fields.items() if _is_key(node_of(info.annotation, tuple(info.metadata)))
    ]
    return fields[0] if len(fields) == 1 and fields[0] not in read.model_fields else None


def _is_key(node: Mentioned) -> bool:
    return node.collection is not None
