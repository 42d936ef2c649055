"""Find the places in a request body where other records are mentioned, by walking the schema and the JSON in parallel.

The schema's markers (`Ref`) declare which strings are keys of records. The walk reads the raw JSON, not the validated
model, so that an unknown slug is reported together with an invalid date in the same body.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypeAliasType

from app.domain.keys import Ref, RefAny
from app.domain.texts import is_storable

#: The collection of a mention whose text includes the collection, such as "proposals/russian-memorandum".
ANY = "*"


@dataclass(slots=True)
class Mentioned:
    """The mentions at or below one node of a schema: a key (`collection`), an object (`fields`), or a list or mapping
    (`each`).
    """

    collection: str | None = None
    fields: dict[str, "Mentioned"] = field(default_factory=dict)
    each: "Mentioned | None" = None

    def is_empty(self) -> bool:
        return self.collection is None and not self.fields and self.each is None


class Mention(NamedTuple):
    """One key in a body: its JSON Pointer, its collection, and the key as written."""

    pointer: str
    collection: str
    key: str


def collection_of(metadata: object) -> str | None:
    """The collection that a marker names; `ANY` if the text includes the collection; None if the metadata is not a
    marker.
    """
    if isinstance(metadata, Ref):
        return metadata.collection
    return ANY if isinstance(metadata, RefAny) else None


def mentioned_collection(annotation: object, metadata: Sequence[object] = ()) -> str | None:
    """The collection of a field that is a single key (`PartyKey`, `PartyKey | None`), else None."""
    for item in metadata:
        if found := collection_of(item):
            return found
    if isinstance(annotation, TypeAliasType):
        return mentioned_collection(annotation.__value__)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *rest = get_args(annotation)
        return mentioned_collection(inner, rest)
    if origin in (Union, UnionType):
        return next((found for arm in get_args(annotation) if (found := mentioned_collection(arm))), None)
    return None


@lru_cache(maxsize=512)
def mentioned_in(schema: type[BaseModel]) -> Mentioned:
    """The places in a schema where records are mentioned."""
    node = Mentioned()
    for name, info in schema.model_fields.items():
        below = node_of(info.annotation, tuple(info.metadata))
        if not below.is_empty():
            node.fields[name] = below
    return node


def node_of(annotation: object, metadata: tuple[object, ...] = ()) -> Mentioned:
    """The places in an annotation where records are mentioned. The places in the members of a union are combined."""
    if found := mentioned_collection(annotation, metadata):
        return Mentioned(found)
    if isinstance(annotation, TypeAliasType):
        return node_of(annotation.__value__)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return node_of(args[0], tuple(args[1:]))
    if origin in (Union, UnionType):
        return _combined([node_of(arm) for arm in args])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return mentioned_in(annotation)
    if args and isinstance(origin, type) and issubclass(origin, list | tuple | set | Mapping):
        below = node_of(args[-1] if issubclass(origin, Mapping) else args[0])
        return Mentioned(each=None if below.is_empty() else below)
    return Mentioned()


def _combined(nodes: list[Mentioned]) -> Mentioned:
    full = [node for node in nodes if not node.is_empty()]
    if len(full) < 2:
        return full[0] if full else Mentioned()
    joined = Mentioned()
    for node in full:
        joined.collection = joined.collection or node.collection
        joined.fields.update(node.fields)
        joined.each = joined.each or node.each
    return joined


def walk(node: Mentioned, value: object, pointer: str) -> Iterator[Mention]:
    """All mentions in raw JSON. Values that do not match the schema are skipped, since Pydantic reports them."""
    if node.collection is not None and isinstance(value, str) and _is_key(value):
        collection, key = address(node.collection, value)
        if collection is not None:
            yield Mention(pointer, collection, key)
    elif isinstance(value, dict | Mapping):
        for name, below in node.fields.items():
            # Fast paths: most fields of most bodies are empty, and most of the others are keys or lists of keys.
            if not (inner := value.get(name)):
                continue
            place, each = f"{pointer}/{name}", below.each
            if isinstance(inner, str) and below.collection not in (None, ANY):
                if _is_key(inner):
                    yield Mention(place, str(below.collection), inner)
            elif isinstance(inner, list) and each is not None and each.collection not in (None, ANY):
                for index, item in enumerate(inner):
                    if isinstance(item, str) and _is_key(item):
                        yield Mention(f"{place}/{index}", str(each.collection), item)
            else:
                yield from walk(below, inner, place)
        if node.each is not None:
            for name, item in value.items():
                yield from walk(node.each, item, f"{pointer}/{step(name)}")
    elif isinstance(value, list) and node.each is not None:
        for index, item in enumerate(value):
            yield from walk(node.each, item, f"{pointer}/{index}")
    elif isinstance(value, str) and len(node.fields) == 1:
        # A string in place of an object is short for an object with only this mention: `issues: ["TERR"]`.
        (below,) = node.fields.values()
        yield from walk(below, value, pointer)


def _is_key(text: str) -> bool:
    return bool(text.strip()) and is_storable(text)


def address(collection: str, text: str) -> tuple[str | None, str]:
    """The collection and key of a mention. With `ANY`, the text includes both ("talks/istanbul"); if it does not, the
    collection is None.
    """
    if collection != ANY:
        return collection, text
    named, slash, key = text.strip("/").removeprefix("v1/").partition("/")
    return (named, key) if slash and key else (None, text)


def rewritten(node: Mentioned | None, value: object, slug_of: Callable[[str, str], str]) -> Any:
    """Return the value as it is stored in JSON columns: each key is replaced by the slug of its record, and a list of mentions
    has each record once, also if two keys or merged records become the same slug."""
    if node is None or value is None:
        return value
    if node.collection is not None and isinstance(value, str):
        collection, key = address(node.collection, value)
        slug = slug_of(collection or "", key)
        return f"{collection}/{slug}" if node.collection == ANY else slug
    if isinstance(value, Mapping):
        return {name: rewritten(node.fields.get(name) or node.each, item, slug_of) for name, item in value.items()}
    if isinstance(value, list):
        items = [rewritten(node.each, item, slug_of) for item in value]
        is_list_of_mentions = node.each is not None and node.each.collection is not None
        return (
            list(dict.fromkeys(items))
            if is_list_of_mentions and all(isinstance(item, str) for item in items)
            else items
        )
    return value


def step(name: object) -> str:
    """One step of a JSON Pointer, escaped (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")
