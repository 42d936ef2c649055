"""Long tables: `rows=issue` returns one row for each entry of a list in the records, instead of one for each record.

A row has the keys of the record, the place of the entry in the list, the fields of the entry, and the fields of the
record that `fields=` selects. A record without entries has no row, as in an SQL inner join.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.errors import Violation, quoted
from app.reading.markers import Included
from app.reading.selection import ALL, Selection, Summaries, is_list, marker_of, model_in, select

#: The column with the place of the entry in the list, counted from 1.
PLACE: Final = "entry"
#: The keys of a record, which come first in each row; some schemas lack some of them.
KEYS: Final = ("id", "slug", "code")


@dataclass(frozen=True, slots=True)
class LongTableRows:
    """A long table of a collection."""

    #: The dotted path of the list in a single record.
    path: str
    #: For a list inside another list: the column for the entry of the outer list, and the fields of that entry to
    #: include.
    within: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class LongTable:
    """A long table of one request: the fields to read, and the function that turns records into rows."""

    #: Paths of the fields to read.
    reads: tuple[str, ...]
    #: The schema of the rows, for the format writers.
    schema: type[BaseModel]
    selection: Selection
    explode: Callable[[Iterable[Mapping[str, Any]]], Iterator[dict[str, Any]]]


def long_table(
    detail: type[BaseModel], name: str, rows: LongTableRows, fields: list[str], summaries: Summaries, depth: int
) -> tuple[LongTable | None, list[Violation]]:
    """Return the long table `name` of records with the schema `detail`, or the errors in `fields`. `fields`: the
    fields of the record to include besides its keys."""
    for path in fields:
        if f"{rows.path}.".startswith(f"{path}.") or path.startswith(f"{rows.path}."):
            hint = "Leave the list out: the columns of its entries are always included."
            return None, [
                Violation(f"{quoted(path)} is the list that rows={name} turns into rows", None, "fields", hint)
            ]
    schema, entries = _schema(detail, name, rows)
    keys = [key for key in KEYS if key in detail.model_fields]
    selection, violations = select(detail, None, [*keys, *fields], summaries, depth)
    if violations:
        return None, violations
    outer, *_ = rows.within or ("",)
    own: dict[str, Selection] = {**(selection.fields or {}), PLACE: ALL, name: ALL, **({outer: ALL} if outer else {})}
    reads = [*keys, *fields, *entries]
    if rows.within:
        reads += [f"{rows.path.rpartition('.')[0]}.{one}" for one in rows.within[1]]
    first, shown = rows.path.partition(".")[0], tuple(selection.fields or ())
    steps = rows.path.split(".")

    def explode(records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, object]]:
        for record in records:
            head: dict[str, object] = {key: record[key] for key in keys}
            rest = {key: record[key] for key in shown if key not in head}
            if rest.get(first):
                rest[first] = {key: value for key, value in rest[first].items() if key != steps[1]}
            for place, (outer_entry, value) in enumerate(_entries(record, steps), 1):
                about = {outer: {key: outer_entry[key] for key in rows.within[1]}} if rows.within else {}
                yield {**head, PLACE: place, **about, name: value, **rest}

    return LongTable(tuple(dict.fromkeys(reads)), schema, Selection(selection.include, own), explode), []


def _entries(record: Mapping[str, Any], steps: list[str]) -> Iterator[tuple[Mapping[str, object], object]]:
    """Each entry of the list at the end of a path, with the object that contains the list."""
    step, *further = steps
    value = record.get(step)
    for entry in value if isinstance(value, list) else () if value is None else (value,):
        if further:
            yield from _entries(entry, further)
        else:
            yield record, entry


@cache
def _schema(detail: type[BaseModel], name: str, rows: LongTableRows) -> tuple[type[BaseModel], list[str]]:
    """The schema of the rows, and the paths of `fields=` that select the entries."""
    *steps, last = rows.path.split(".")
    holder: type[BaseModel] | None = detail
    for step in steps:
        assert holder is not None, rows.path
        holder = model_in(holder.model_fields[step].annotation)
    assert holder is not None, rows.path
    info = holder.model_fields[last]
    assert is_list(info.annotation), f"{detail.__name__}.{rows.path} is no list"
    entry = model_in(info.annotation) or _item(info.annotation)
    columns: dict[str, object] = {
        PLACE: (int, Field(description="Place of the entry in the record's list, counted from 1.", examples=[1]))
    }
    if rows.within:
        outer, wanted = rows.within
        outer_entry = {one: (holder.model_fields[one].annotation, holder.model_fields[one]) for one in wanted}
        model: Any = create_model(f"{holder.__name__}Around", __config__=ConfigDict(extra="forbid"), **outer_entry)  # type: ignore[call-overload]
        columns[outer] = (model, Field(description=holder.__doc__ or ""))
    columns[name] = (entry, Field(description=info.description))
    conflicts = set(columns) & set(detail.model_fields)
    assert not conflicts, f"{detail.__name__} has fields of its own called {conflicts}: give rows={name} another name"
    fields = {one: (info.annotation, info) for one, info in detail.model_fields.items()}
    keys = {one: fields.pop(one) for one in KEYS if one in fields}
    title = f"{detail.__name__}By{name.title().replace('_', '')}"
    schema: Any = create_model(title, __config__=ConfigDict(extra="forbid"), **keys, **columns, **fields)  # type: ignore[call-overload]
    # If `fields=` named only the branch, whole summaries would be read, so the fields of the entry are named.
    is_branch = marker_of(info, Included) is not None
    return schema, [f"{rows.path}.{one}" for one in entry.model_fields] if is_branch else [rows.path]


def _item(annotation: object) -> Any:
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    return next(_item(argument) for argument in get_args(annotation) if is_list(argument))
