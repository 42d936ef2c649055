"""Long tables: `rows=issue` gives a row for each entry of a list of a record, in place of a row for each record.

A row has the record's keys, the place of the entry in the list, the entry's fields, and what `fields=` adds of the
record. A record without entries has no row, as with a JOIN in SQL.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.errors import Violation
from app.reading.markers import Included
from app.reading.selection import ALL, Selection, Summaries, is_list, marker_of, model_in, select

#: The column that holds the place of an entry in its record's list, from 1.
PLACE: Final = "entry"
#: The record's keys, as far as its schema has them: they begin each row.
KEYS: Final = ("id", "slug", "code")


@dataclass(frozen=True, slots=True)
class Rows:
    """A long table of a collection."""

    #: Where the list is found in a whole record; dotted where it lies deeper.
    path: str
    #: Of a list inside another one: the name of the other's entry in a row, and its fields that come along.
    within: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class LongTable:
    """A long table of one request: what is read, and how a record becomes rows."""

    #: Paths to read of each record.
    reads: tuple[str, ...]
    #: What its rows are made from, for the formats.
    schema: type[BaseModel]
    selection: Selection
    explode: Callable[[Iterable[Mapping[str, Any]]], Iterator[dict[str, Any]]]


def long_table(
    detail: type[BaseModel], name: str, rows: Rows, fields: list[str], summaries: Summaries, depth: int
) -> tuple[LongTable | None, list[Violation]]:
    """The long table `name` of records of this schema, with these fields of the record besides its keys; or what is
    wrong with the fields."""
    for path in fields:
        if f"{rows.path}.".startswith(f"{path}.") or path.startswith(f"{rows.path}."):
            hint = "Leave it out: the columns of its entries are there."
            return None, [Violation(f"'{path}' is the list that rows={name} opens", None, "fields", hint)]
    schema, entries = _schema(detail, name, rows)
    keys = [key for key in KEYS if key in detail.model_fields]
    asked, violations = select(detail, None, [*keys, *fields], summaries, depth)
    if violations:
        return None, violations
    outer, *_ = rows.within or ("",)
    own: dict[str, Selection] = {**(asked.fields or {}), PLACE: ALL, name: ALL, **({outer: ALL} if outer else {})}
    reads = [*keys, *fields, *entries]
    if rows.within:
        reads += [f"{rows.path.rpartition('.')[0]}.{one}" for one in rows.within[1]]
    first, shown = rows.path.partition(".")[0], tuple(asked.fields or ())
    steps = rows.path.split(".")

    def explode(records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in records:
            head: dict[str, Any] = {key: record[key] for key in keys}
            rest = {key: record[key] for key in shown if key not in head}
            if first in rest:
                rest[first] = {key: value for key, value in rest[first].items() if key != steps[1]}
            for place, (around, value) in enumerate(_entries(record, steps), 1):
                about = {outer: {key: around[key] for key in rows.within[1]}} if rows.within else {}
                yield {**head, PLACE: place, **about, name: value, **rest}

    return LongTable(tuple(dict.fromkeys(reads)), schema, Selection(asked.include, own), explode), []


def _entries(record: Mapping[str, Any], steps: list[str]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Each entry of the list at the end of a path, with what it lies in."""
    step, *further = steps
    value = record.get(step)
    for one in value if isinstance(value, list) else () if value is None else (value,):
        if further:
            yield from _entries(one, further)
        else:
            yield record, one


@cache
def _schema(detail: type[BaseModel], name: str, rows: Rows) -> tuple[type[BaseModel], list[str]]:
    """The schema of the rows, and the paths by which a record is asked for the entries."""
    *steps, last = rows.path.split(".")
    holder: type[BaseModel] | None = detail
    for step in steps:
        assert holder is not None, rows.path
        holder = model_in(holder.model_fields[step].annotation)
    assert holder is not None, rows.path
    info = holder.model_fields[last]
    assert is_list(info.annotation), f"{detail.__name__}.{rows.path} is no list"
    entry = model_in(info.annotation) or _item(info.annotation)
    made: dict[str, Any] = {
        PLACE: (int, Field(description="The place of the entry in the record's list, from 1.", examples=[1]))
    }
    if rows.within:
        outer, wanted = rows.within
        around = {one: (holder.model_fields[one].annotation, holder.model_fields[one]) for one in wanted}
        model: Any = create_model(f"{holder.__name__}Around", __config__=ConfigDict(extra="forbid"), **around)  # type: ignore[call-overload]
        made[outer] = (model, Field(description=holder.__doc__ or ""))
    made[name] = (entry, Field(description=info.description))
    taken = set(made) & set(detail.model_fields)
    assert not taken, f"{detail.__name__} has fields of its own called {taken}: give rows={name} another name"
    fields = {one: (info.annotation, info) for one, info in detail.model_fields.items()}
    keys = {one: fields.pop(one) for one in KEYS if one in fields}
    title = f"{detail.__name__}By{name.title().replace('_', '')}"
    schema: Any = create_model(title, __config__=ConfigDict(extra="forbid"), **keys, **made, **fields)  # type: ignore[call-overload]
    # Named alone, a branch of `include=` would be read as whole summaries.
    is_branch = marker_of(info, Included) is not None
    return schema, [f"{rows.path}.{one}" for one in entry.model_fields] if is_branch else [rows.path]


def _item(annotation: Any) -> Any:
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    return next(_item(argument) for argument in get_args(annotation) if is_list(argument))
