"""`include=` and `fields=`: which branches of a schema's tree are wanted, checked against the tree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.errors import Violation, allowed_hint
from app.reading.markers import Included, OnRequest

#: In `fields=`: every field of the record.
WHOLE = "*"

#: A collection's name → the schema of its rows in lists; how the reader finds what `include=` adds.
Summaries = Callable[[str], type[BaseModel]]


@dataclass(frozen=True)
class Selection:
    """A tree of names. `fields` None means all; `include` holds the branches that were asked for."""

    include: dict[str, "Selection"] = field(default_factory=dict)
    fields: dict[str, "Selection"] | None = None


ALL = Selection()


def marker_of(info: FieldInfo, kind: Any) -> Any | None:
    """The field's marker of this kind, also where it stands inside a union."""
    for entry in info.metadata:
        if isinstance(entry, kind):
            return entry
    for argument in get_args(info.annotation):
        for entry in getattr(argument, "__metadata__", ()):
            if isinstance(entry, kind):
                return entry
    return None


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The nested model of a field's type, through lists, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if found := model_in(argument):
            return found
    return None


def is_list(annotation: Any) -> bool:
    """Whether the type is a list, perhaps inside a union."""
    if get_origin(annotation) is list or annotation is list:
        return True
    return any(is_list(argument) for argument in get_args(annotation) if get_origin(argument) is list)


def branch(schema: type[BaseModel], name: str, summaries: Summaries) -> type[BaseModel] | None:
    """The schema that stands under a field, or None where the field is a leaf. A mention opens into the summary of
    the record that it mentions."""
    info = schema.model_fields[name]
    if included := marker_of(info, Included):
        return summaries(included.collection)
    return summary_of_mention(model_in(info.annotation), summaries)


def summary_of_mention(nested: type[BaseModel] | None, summaries: Summaries) -> type[BaseModel] | None:
    """The summary that a mention stands for; another nested form as it is."""
    collection = getattr(nested, "opens", None)
    return summaries(collection) if collection else nested


def select(
    schema: type[BaseModel],
    include: Sequence[str] | None,
    fields: Sequence[str] | None,
    summaries: Summaries,
    depth: int,
) -> tuple[Selection, list[Violation]]:
    """The tree for the asked names, and an error for each name that is not in it. `fields=*` takes every field of the
    schema, and what comes only when asked where it is named beside it."""
    selection, violations = _selected(schema, tuple(include or ()), tuple(fields or ()), summaries, depth)
    return selection, list(violations)


# The same few are asked for again and again, and walking the schemas takes as long as all else that comes before the
# statement (0.1 ms).
@lru_cache(maxsize=1_000)
def _selected(
    schema: type[BaseModel], include: tuple[str, ...], fields: tuple[str, ...], summaries: Summaries, depth: int
) -> tuple[Selection, tuple[Violation, ...]]:
    violations: list[Violation] = []
    branches: dict[str, Any] = {}
    for path in include:
        _add_branch(schema, path, branches, summaries, depth, violations)
    leaves: dict[str, Any] = {}
    for path in (path for path in fields if path != WHOLE):
        wanted = _add_field(
            schema, path, leaves, summaries, violations, Included | OnRequest if WHOLE in fields else Included
        )
        if wanted:
            # Whoever picks what comes only when it is asked for has asked for it.
            _add_branch(schema, wanted, branches, summaries, depth, violations, "fields")
    return _merge_trees(branches, leaves if fields and WHOLE not in fields else None), tuple(violations)


def _add_branch(
    schema: type[BaseModel],
    path: str,
    tree: dict[str, Any],
    summaries: Summaries,
    depth: int,
    violations: list[Violation],
    parameter: str = "include",
) -> None:
    steps = path.split(".")
    if len(steps) > depth:
        violations.append(Violation(f"'{path}' is {len(steps)} steps deep; {depth} are allowed.", parameter=parameter))
        return
    here: type[BaseModel] | None = schema
    for step in steps:
        info = here.model_fields.get(step) if here else None
        known = info is not None and here is not None and _is_branch(here, step, summaries)
        if not known or here is None:
            names = branch_names(here, summaries) if here else []
            violations.append(
                Violation(
                    f"'{path}' cannot be included: '{step}' is no branch here.", None, parameter, _hint(step, names)
                )
            )
            return
        tree = tree.setdefault(step, {})
        here = branch(here, step, summaries)


def branch_names(schema: type[BaseModel], summaries: Summaries) -> list[str]:
    """What `include=` may name first."""
    return [name for name in schema.model_fields if _is_branch(schema, name, summaries)]


def _is_branch(schema: type[BaseModel], name: str, summaries: Summaries) -> bool:
    """Whether `include=` may name the field: something stands below it, or it comes only when asked for."""
    return branch(schema, name, summaries) is not None or marker_of(schema.model_fields[name], OnRequest) is not None


def _add_field(
    schema: type[BaseModel],
    path: str,
    tree: dict[str, Any],
    summaries: Summaries,
    violations: list[Violation],
    kinds: Any,
) -> str | None:
    """Note the path; answers its beginning, down to the last step with a marker of these kinds."""
    here: type[BaseModel] | None = schema
    walked: list[str] = []
    wanted: str | None = None
    for step in path.split("."):
        if here is None or step not in here.model_fields:
            names = list(here.model_fields) if here else []
            violations.append(
                Violation(
                    f"There is no field '{path}'.",
                    None,
                    "fields",
                    _hint(step, [WHOLE, *names] if here is schema else names),
                )
            )
            return None
        info = here.model_fields[step]
        walked.append(step)
        if marker_of(info, kinds):
            wanted = ".".join(walked)
        tree = tree.setdefault(step, {})
        here = branch(here, step, summaries)
    return wanted


#: How many records a branch to many is thought to hold, where its declaration does not say.
MANY = 10


def cost(schema: type[BaseModel], selection: Selection, summaries: Summaries) -> int:
    """Records that one record of this form leads to, itself included, as the declarations estimate them."""
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
    """Whether it is made of rows of their own, and not one JSON value of its record (a quantity, a caveat)."""
    return hasattr(nested, "opens") or hasattr(nested, "model")


def check_cost(
    schema: type[BaseModel], selection: Selection, summaries: Summaries, limit: int | None, most: int
) -> list[Violation]:
    """A fault where a page of this size may lead to more records than one answer may hold. A stream makes its rows
    one by one: there each may cost as much as in a page of 500."""
    each = cost(schema, selection, summaries)
    rows = limit if limit is not None else 500
    if each == 1 or each * rows <= most:
        return []
    message = f"These branches lead to about {each:,} records for each one listed; {most:,} in one answer are allowed."
    fitting = most // each
    hint = f"Ask for limit={fitting}, or for fewer branches." if fitting and limit else "Ask for fewer branches."
    return [Violation(message, parameter="include", hint=hint)]


def _hint(word: str, names: list[str]) -> str | None:
    return allowed_hint(word, names) if names else "Nothing can be named below this."


def _merge_trees(include: dict[str, Any], fields: dict[str, Any] | None) -> Selection:
    """Both trees as one. A field that is picked without naming what is below comes whole."""
    names = set(include) | set(fields or {})
    below = {name: _merge_trees(include.get(name, {}), (fields or {}).get(name) or None) for name in sorted(names)}
    return Selection(
        include={name: below[name] for name in sorted(include)},
        fields=None if fields is None else {name: below[name] for name in sorted({*fields, *include})},
    )


def selection_key(selection: Selection) -> Any:
    """A selection as a key for the cache of statements: the same tree, the same key."""
    fields = None if selection.fields is None else tuple((k, selection_key(v)) for k, v in selection.fields.items())
    return tuple((k, selection_key(v)) for k, v in selection.include.items()), fields
