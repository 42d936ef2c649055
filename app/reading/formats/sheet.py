"""The columns of a schema in CSV and Parquet, and how to read their values from a row.

The columns follow from the schema and from `fields=` and `include=`, never from the rows, so the same query always has
the same columns:

- a plain value is a column of the same name; a date (EDTF) is followed by its first and last possible day, `start_min`
  and `start_max`;
- a nested object becomes a column for each of its values, named by the path: `process.slug`, `timing.duration_max`;
- a list of plain values becomes one column with a list;
- a list of mentions becomes one list column for each field of a mention: `claimants.slug`,
  `claimants.name`. If one mention is marked as primary, a column such as `issues.primary` contains its key;
- deeper values and included branches become one column of JSON text.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.reading.markers import AsJson, Included, OnRequest
from app.reading.selection import ALL, Selection, is_list, marker_of, model_in

Row = Mapping[str, Any]
Kind = Literal["text", "integer", "number", "boolean", "instant", "date", "json"]

_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (datetime, "instant"),
    (date, "date"),
)

#: The field that marks the primary one of several nested rows.
_IS_PRIMARY = "is_primary"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column. The name is the path of its value."""

    name: str
    kind: Kind
    about: str
    #: Reads the value from a row: None, a plain value, a list of plain values, or for the kind `json` any JSON value.
    get: Callable[[Row], Any]
    is_list: bool = False
    #: Whether the texts in the column are slugs, terms or ids, which cannot be formulas.
    is_safe: bool = False

    @property
    def type(self) -> str:
        """The name of the type for the documentation."""
        word = {"instant": "date and time", "json": "JSON text"}.get(self.kind, self.kind)
        return f"list of {word}" if self.is_list else word


def schema_columns(schema: type[BaseModel]) -> list[tuple[str, str, str]]:
    """Name, type and description of each column of a schema, without `fields=` and `include=`."""
    return [(column.name, column.type, column.about) for column in sheet(schema)]


def schema_fields(schema: type[BaseModel]) -> list[tuple[str, str, str]]:
    """Name, type and description of each field of a schema in NDJSON. The type is the kind of a column, or
    `object`, `array`, `any`."""
    found: list[tuple[str, str, str]] = []
    for name, info in schema.model_fields.items():
        if marker_of(info, OnRequest) or (marker_of(info, Included) and model_in(info.annotation) is None):
            continue
        annotation: object = info.annotation
        if is_list(annotation):
            kind = "array"
        elif model_in(annotation) is not None or dict in _types(annotation):
            kind = "object"
        else:
            plain, _ = _plain(annotation, name)
            kind = "any" if plain == "json" else plain
        found.append((info.serialization_alias or info.alias or name, kind, info.description or ""))
    return found


def sheet(schema: type[BaseModel], selection: Selection = ALL) -> list[SheetColumn]:
    """The columns of a schema, in the order of its fields."""
    found: list[SheetColumn] = []
    for name, info in schema.model_fields.items():
        if selection.fields is not None and name not in selection.fields:
            continue
        requested = name in selection.include
        if marker_of(info, OnRequest) and not requested and selection.fields is None:
            continue
        included = marker_of(info, Included)
        if included and not requested and model_in(info.annotation) is None:
            continue
        below = (selection.fields or {}).get(name) or selection.include.get(name) or ALL
        key = info.serialization_alias or info.alias or name
        nested = model_in(info.annotation)
        opened = requested and nested is not None and getattr(nested, "opens", None) is not None
        if (included and requested) or (opened and not is_list(info.annotation)):
            found.append(_json(key, info))
        else:
            found += _flat(key, info, below)
    return found


def _flat(key: str, info: FieldInfo, below: Selection) -> list[SheetColumn]:
    """The columns of one field."""
    about = info.description or ""
    many = is_list(info.annotation)
    nested = model_in(info.annotation)
    if nested is None:
        item = _item(info.annotation) if many else info.annotation
        kind, safe = _plain(item, key)
        if kind == "json":
            return [_json(key, info)]
        return [SheetColumn(key, kind, about, _getter(key), many, safe)]
    if not many:
        return [_below(key, about, column) for column in _columns_below(nested, below)]
    as_json = {name: field for name, field in nested.model_fields.items() if marker_of(field, AsJson)}
    inner = [one for one in _columns_below(nested, below) if one.name.partition(".")[0] not in as_json]
    if any(column.is_list or column.kind == "json" for column in inner):
        return [_json(key, info)]
    inner += [_json(name, field) for name, field in as_json.items() if below.fields is None or name in below.fields]
    found = [_each(key, about, column) for column in inner if column.name != _IS_PRIMARY]
    if len(found) < len(inner) and found:
        found.append(_primary(key, inner[0]))
    return found


def _columns_below(nested: type[BaseModel], below: Selection) -> list[SheetColumn]:
    """The columns of a nested object. For a mention, `fields=` may name fields that only the complete record has."""
    found = sheet(nested, below)
    known = {column.name.partition(".")[0] for column in found}
    further = [name for name in below.fields or () if name not in known and name not in nested.model_fields]
    return found + [SheetColumn(name, "json", "", _getter(name)) for name in further]


def _getter(key: str) -> Callable[[Row], Any]:
    return lambda row: row.get(key)


def _json(key: str, info: FieldInfo) -> SheetColumn:
    return SheetColumn(key, "json", info.description or "", _getter(key))


def _below(key: str, about: str, column: SheetColumn) -> SheetColumn:
    get, name = column.get, column.name
    if "." in name or column.is_list:

        def reach(row: Row) -> object:
            inner = row.get(key)
            return None if inner is None else get(inner)
    else:
        # Return a faster function for the most common case: a field of a mention.
        def reach(row: Row) -> object:
            inner = row.get(key)
            return None if inner is None else inner.get(name)

    return replace(column, name=f"{key}.{name}", about=f"{about} {column.about}".strip(), get=reach)


def _each(key: str, about: str, column: SheetColumn) -> SheetColumn:
    get, name = column.get, column.name
    if "." in name:

        def reach(row: Row) -> object:
            return [get(item) for item in row.get(key) or ()]
    else:
        value = itemgetter(name)

        def reach(row: Row) -> object:
            items = row.get(key)
            if not items:
                return items
            try:
                return [value(item) for item in items]
            except KeyError:
                # Objects in JSON columns omit fields without a value.
                return [item.get(name) for item in items]

    named = replace(column, name=f"{key}.{name}", about=f"{about} {column.about}".strip(), get=reach, is_list=True)
    # One JSON text for all objects; without objects, the cell is empty.
    return replace(named, get=lambda row: reach(row) or None, is_list=False) if column.kind == "json" else named


def _primary(key: str, first: SheetColumn) -> SheetColumn:
    name = first.name

    def reach(row: Row) -> object:
        return next((item[name] for item in row.get(key) or () if item[_IS_PRIMARY]), None)

    return replace(first, name=f"{key}.primary", about=f"The primary one: {first.about}", get=reach)


def _item(annotation: object) -> Any:
    if get_origin(annotation) is list:
        return (*get_args(annotation), Any)[0]
    return next((_item(argument) for argument in get_args(annotation) if get_origin(argument) is list), Any)


def _plain(annotation: object, key: str) -> tuple[Kind, bool]:
    """The kind of a type (`json` if the type is not plain), and whether its strings cannot be formulas."""
    found = _types(annotation)
    if len(found) == 1:
        (only,) = found
        for type_, kind in _KINDS:
            if issubclass(only, type_):
                return kind, True
        if issubclass(only, (str, UUID)):
            return "text", issubclass(only, (Enum, UUID)) or key in ("slug", "code")
    if found == {int, float}:
        return "number", True
    return "json", False


@lru_cache(maxsize=1024)
def _types(annotation: object) -> frozenset[type]:
    if isinstance(annotation, type):
        return frozenset() if annotation is type(None) else frozenset({annotation})
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if origin is not None and hasattr(annotation, "__metadata__"):
        return _types(arguments[0])
    if isinstance(origin, type) and issubclass(origin, (dict, list, tuple, set)):
        return frozenset({origin})
    return frozenset().union(*(_types(argument) for argument in arguments)) if arguments else frozenset({object})


#: The encoder is made once, because `json.dumps` would make a new one for each value.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def compact(value: object) -> str:
    """Compact JSON on one line, without escaping non-ASCII characters."""
    return _COMPACT.encode(value)


class RowBatch:
    """Some rows of an answer, each a JSON object as text. The rows are parsed once and each column is extracted once, even if
    they are written to several files."""

    def __init__(self, texts: Sequence[str] | None = None, *, rows: list[dict[str, Any]] | None = None) -> None:
        """Pass the rows as strings or as parsed objects."""
        if texts is not None:
            self.texts = texts
        if rows is not None:
            self.rows = rows
        self._values: dict[str, list[object]] = {}

    @cached_property
    def texts(self) -> Sequence[str]:
        """The rows as strings. Parsed rows are converted to strings only for a format that needs strings."""
        return [compact(row) for row in self.rows]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The parsed rows. They are parsed as one array, which is twice as fast as parsing row by row."""
        found: list[dict[str, Any]] = json.loads("[" + ",".join(self.texts) + "]")
        return found

    def values(self, column: SheetColumn) -> list[Any]:
        """The values of a column. Values of the kind `json` are JSON text."""
        found = self._values.get(column.name)
        if found is None:
            found = [column.get(row) for row in self.rows]
            if column.kind == "json":
                found = [one if one is None or isinstance(one, str) else compact(one) for one in found]
            self._values[column.name] = found
        return found
