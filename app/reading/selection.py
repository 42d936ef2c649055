"""`include=` and `fields=`: select parts of the tree of a read schema, and report names that are not in it."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.errors import Violation, allowed_hint, quoted
from app.reading.markers import Included, OnRequest

Marker = TypeVar("Marker")
#: Requested names, each with the names requested below it.
_Tree = dict[str, "_Tree"]

#: The value of `fields=` that means every field of the record.
WHOLE = "*"

#: Returns the schema of a collection's rows in lists. Records that `include=` adds have the same schema.
Summaries = Callable[[str], type[BaseModel]]


@dataclass(frozen=True)
class Selection:
    """A tree of names. `fields`: the requested fields, None = all; `include`: the requested branches."""

    include: dict[str, "Selection"] = field(default_factory=dict)
    fields: dict[str, "Selection"] | None = None


ALL = Selection()


def marker_of(info: FieldInfo, kind: type[Marker]) -> Marker | None:
    """Return the marker of this class on a field, also inside a union; None if there is none."""
    for entry in info.metadata:
        if isinstance(entry, kind):
            return entry
    for argument in get_args(info.annotation):
        for entry in getattr(argument, "__metadata__", ()):
            if isinstance(entry, kind):
                return entry
    return None


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that the type of a field contains, also inside lists, unions and `Annotated`; None if there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if found := model_in(argument):
            return found
    return None


def is_list(annotation: object) -> bool:
    """Whether the type is a list, also inside a union."""
    if get_origin(annotation) is list or annotation is list:
        return True
    return any(is_list(argument) for argument in get_args(annotation) if get_origin(argument) is list)


def branch(schema: type[BaseModel], name: str, summaries: Summaries) -> type[BaseModel] | None:
    """The nested schema of a field; None if the field has none. For a mention, the summary of the
    mentioned record."""
    info = schema.model_fields[name]
    if included := marker_of(info, Included):
        return summaries(included.collection)
    return summary_of_mention(model_in(info.annotation), summaries)


def summary_of_mention(nested: type[BaseModel] | None, summaries: Summaries) -> type[BaseModel] | None:
    """The summary of the record, if the nested schema is a mention; otherwise the nested schema itself."""
    collection = getattr(nested, "opens", None)
    return summaries(collection) if collection else nested


def select(
    schema: type[BaseModel],
    include: Sequence[str] | None,
    fields: Sequence[str] | None,
    summaries: Summaries,
    depth: int,
) -> tuple[Selection, list[Violation]]:
    """Return the tree of the requested names, and a violation for each name that is not in the schema. `fields=*`
    selects every field of the schema; fields that are returned only on request must be named in addition."""
    selection, violations = _selected(schema, tuple(include or ()), tuple(fields or ()), summaries, depth)
    return selection, list(violations)


# Selections are cached, because most requests use the same few selections, and walking the schemas takes as long as
# all other work before the statement runs (0.1 ms).
@lru_cache(maxsize=1_000)
def _selected(
    schema: type[BaseModel], include: tuple[str, ...], fields: tuple[str, ...], summaries: Summaries, depth: int
) -> tuple[Selection, tuple[Violation, ...]]:
    violations: list[Violation] = []
    branches: _Tree = {}
    for path in include:
        _add_branch(schema, path, branches, summaries, depth, violations)
    leaves: _Tree = {}
    for path in (path for path in fields if path != WHOLE):
        path_to_marker = _add_field(
            schema, path, leaves, summaries, violations, Included, *([OnRequest] if WHOLE in fields else [])
        )
        if path_to_marker:
            # A field that is returned only on request is requested by naming it in `fields=`.
            _add_branch(schema, path_to_marker, branches, summaries, depth, violations, "fields")
    return _merge_trees(branches, leaves if fields and WHOLE not in fields else None), tuple(violations)


def _add_branch(
    schema: type[BaseModel],
    path: str,
    tree: _Tree,
    summaries: Summaries,
    depth: int,
    violations: list[Violation],
    parameter: str = "include",
) -> None:
    steps = path.split(".")
    if len(steps) > depth:
        violations.append(
            Violation(f"{quoted(path)} is {len(steps)} levels deep; at most {depth} are allowed.", parameter=parameter)
        )
        return
    here: type[BaseModel] | None = schema
    for step in steps:
        info = here.model_fields.get(step) if here else None
        known = info is not None and here is not None and _is_branch(here, step, summaries)
        if not known or here is None:
            names = branch_names(here, summaries) if here else []
            violations.append(
                Violation(
                    f"{quoted(path)} cannot be included: there is no {quoted(step)} to include here.",
                    None,
                    parameter,
                    _hint(step, names),
                )
            )
            return
        tree = tree.setdefault(step, {})
        here = branch(here, step, summaries)


def branch_names(schema: type[BaseModel], summaries: Summaries) -> list[str]:
    """The names that a path of `include=` may begin with."""
    return [name for name in schema.model_fields if _is_branch(schema, name, summaries)]


def _is_branch(schema: type[BaseModel], name: str, summaries: Summaries) -> bool:
    """Whether `include=` may name the field. This is allowed if the field has a nested schema or is returned only on
    request."""
    return branch(schema, name, summaries) is not None or marker_of(schema.model_fields[name], OnRequest) is not None


def _add_field(
    schema: type[BaseModel],
    path: str,
    tree: _Tree,
    summaries: Summaries,
    violations: list[Violation],
    *kinds: type[Included | OnRequest],
) -> str | None:
    """Add a path given in `fields=` to the tree. Returns the path up to its last step with a marker of these
    classes."""
    here: type[BaseModel] | None = schema
    walked: list[str] = []
    path_to_marker: str | None = None
    for step in path.split("."):
        if here is None or step not in here.model_fields:
            names = list(here.model_fields) if here else []
            violations.append(
                Violation(
                    f"There is no field {quoted(path)}.",
                    None,
                    "fields",
                    _hint(step, [WHOLE, *names] if here is schema else names),
                )
            )
            return None
        info = here.model_fields[step]
        walked.append(step)
        if any(marker_of(info, kind) for kind in kinds):
            path_to_marker = ".".join(walked)
        tree = tree.setdefault(step, {})
        here = branch(here, step, summaries)
    return path_to_marker


#: The estimated number of records in a to-many branch for which no estimate is declared.
MANY = 10


def cost(schema: type[BaseModel], selection: Selection, summaries: Summaries) -> int:
    """The estimated number of records in the answer for one record of this schema: the record itself and the records in
    its branches."""
    total = 1
    for name, below in selection.include.items():
        info = schema.model_fields[name]
        inner = branch(schema, name, summaries)
        if inner is None or not _is_read(inner):
            continue
        included = marker_of(info, Included)
        is_many = included is not None or get_origin(info.annotation) is list
        total += (included.about if included else MANY if is_many else 1) * cost(inner, below, summaries)
    return total


def _is_read(nested: type[BaseModel]) -> bool:
    """Whether the nested objects are rows of a table, as opposed to a JSON value in the record (a quantity, a
    caveat)."""
    return hasattr(nested, "opens") or hasattr(nested, "model")


def check_cost(
    schema: type[BaseModel], selection: Selection, summaries: Summaries, limit: int | None, most: int
) -> list[Violation]:
    """A violation if a page of this size may contain more than `most` records. A stream (`limit` None) produces its
    rows one by one, so each row may cost as much as a row in a page of 500."""
    each = cost(schema, selection, summaries)
    rows = limit if limit is not None else 500
    if each == 1 or each * rows <= most:
        return []
    message = f"These branches contain about {each:,} records per row; one answer may contain {most:,}."
    fitting = most // each
    hint = f"Use limit={fitting} or fewer branches." if fitting and limit else "Use fewer branches."
    return [Violation(message, parameter="include", hint=hint)]


def _hint(word: str, names: list[str]) -> str | None:
    return allowed_hint(word, names) if names else "It has no nested fields."


def _merge_trees(include: _Tree, fields: _Tree | None) -> Selection:
    """Both trees merged into one. A field without nested names is returned completely."""
    names = set(include) | set(fields or {})
    below = {name: _merge_trees(include.get(name, {}), (fields or {}).get(name) or None) for name in sorted(names)}
    return Selection(
        include={name: below[name] for name in sorted(include)},
        fields=None if fields is None else {name: below[name] for name in sorted({*fields, *include})},
    )


def selection_key(selection: Selection) -> Hashable:
    """The selection as a part of a statement key: equal trees have equal keys."""
    fields = None if selection.fields is None else tuple((k, selection_key(v)) for k, v in selection.fields.items())
    return tuple((k, selection_key(v)) for k, v in selection.include.items()), fields
