"""Turns Pydantic's errors into violations: what is wrong, where, and how to fix it.

Pydantic reports errors for every member of a union, and its `loc` mixes names of union members with names of fields.
`violations_from` follows the declared type and the sent value in parallel, so that the JSON Pointer contains only fields that exist,
and errors of a union are reported only for the member that was probably meant.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from typing_extensions import TypeAliasType

from app.errors import Violation, quoted
from app.web.validation_messages import allowed_values, describe_error

_WRONG_TYPE = frozenset(
    [
        "string_type",
        "int_type",
        "float_type",
        "bool_type",
        "list_type",
        "tuple_type",
        "set_type",
        "dict_type",
        "model_type",
        "model_attributes_type",
        "dataclass_type",
        "date_type",
        "datetime_type",
        "decimal_type",
        "none_required",
    ]
)


def escape_pointer(part: str | int) -> str:
    """One step of a JSON Pointer, escaped (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def pointer(*parts: str | int) -> str:
    """A JSON Pointer from its steps."""
    return "".join("/" + escape_pointer(part) for part in parts)


def violations_of_body(error: ValidationError, model: object, body: object) -> list[Violation]:
    """All errors of a JSON body that is not a valid `model` (a class or any annotation), with JSON Pointers."""
    return violations_from(error.errors(include_url=False), model, body)


@dataclass(frozen=True)
class _Placed:
    """A Pydantic error with its place in the value."""

    error: Mapping[str, Any]
    pointer: str
    #: The union members on the path to the place: JSON Pointer of the union, and Pydantic's label of the member.
    members: tuple[tuple[str, str], ...]
    #: The types declared at the place.
    declared: tuple[object, ...]
    #: The models that declare the last field.
    owner: tuple[type[BaseModel], ...]


#: Maximum number of reported errors. Without a limit, a megabyte of unknown names would get a response of 15 megabytes.
MAX_ERRORS = 100


def violations_from(
    errors: Iterable[Mapping[str, object]], declared: object, value: object, *, parameter: str | None = None
) -> list[Violation]:
    """Pydantic's errors as violations, each with a JSON Pointer or, if `parameter` is given, with that parameter."""
    first = list(islice(errors, MAX_ERRORS + 1))
    placed = [_place(error, declared, value) for error in first[:MAX_ERRORS]]
    violations: dict[Violation, None] = {}
    for item, expected in _select_members(placed):
        message, hint = describe_error(
            item.error, allowed_values(item.declared), _known_names(item), expected, _description_of(item)
        )
        if parameter is None:
            violations.setdefault(Violation(message, pointer=item.pointer, hint=hint))
        else:
            violations.setdefault(Violation(message, parameter=parameter, hint=hint))
    if len(first) > MAX_ERRORS:
        rest = Violation(
            f"More than {MAX_ERRORS} errors; the others are not listed",
            pointer=None if parameter else "",
            parameter=parameter,
        )
        violations.setdefault(rest)
    return list(violations)


def field_names(model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a model by their JSON names."""
    names: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
        names[alias or name] = info
    return names


def is_repeatable(declared: object) -> bool:
    """Whether a query parameter with this annotation may be repeated."""
    return any(
        get_origin(declared_type) in (list, set, frozenset, tuple, Sequence, Collection)
        or declared_type in (list, set, tuple)
        for declared_type in _members_of(declared)
    )


def _members_of(declared: object) -> list[Any]:
    """The members of a union, or the annotation itself. None is omitted; `Annotated` and type aliases are unwrapped."""
    if isinstance(declared, TypeAliasType):
        return _members_of(declared.__value__)
    origin = get_origin(declared)
    if isinstance(origin, TypeAliasType):
        return _members_of(origin.__value__)
    if origin is Annotated:
        return _members_of(get_args(declared)[0])
    if origin in (Union, UnionType):
        return [declared_type for arg in get_args(declared) for declared_type in _members_of(arg)]
    return [] if declared is type(None) or declared is None else [declared]


def _is_model(declared: object) -> bool:
    return isinstance(declared, type) and issubclass(declared, BaseModel)


def _has_label(declared_type: Any, label: str) -> bool:
    """Whether Pydantic calls this union member `label`: its name, or the value of its discriminator."""
    if label in (getattr(declared_type, "__name__", ""), str(declared_type)):
        return True
    if _is_model(declared_type):
        tags = (value for info in declared_type.model_fields.values() for value in _literals(info.annotation))
        return label in map(str, tags)
    return label.startswith(
        {str: "str", int: "int", float: "float", bool: "bool", list: "list"}.get(declared_type, "\0")
    )


def _literals(declared: object) -> tuple[object, ...]:
    return get_args(declared) if get_origin(declared) is Literal else ()


def _place(error: Mapping[str, Any], declared: Any, value: Any) -> _Placed:
    """Find the place of an error by following its `loc` through the declared type and the value."""
    pointer = ""
    members: list[tuple[str, str]] = []
    owner: tuple[type[BaseModel], ...] = ()
    here = _members_of(declared)
    loc = list(error["loc"])
    narrowed = False
    for index, step in enumerate(loc):
        is_last = index == len(loc) - 1
        if isinstance(step, str) and len(here) > 1 and not narrowed:
            members.append((pointer, step))
            here = [declared_type for declared_type in here if _has_label(declared_type, step)] or here
            narrowed = True
            continue
        below = _below(here, step)
        if below is None and not _contains(value, step, is_last, error):
            members.append((pointer, str(step)))
            continue
        owner = tuple(declared_type for declared_type in here if _is_model(declared_type))
        pointer += "/" + escape_pointer(step)
        value = _child(value, step)
        here = below if below is not None else []
        narrowed = False
    return _Placed(error, pointer, tuple(members), tuple(here), owner)


def _below(here: Sequence[Any], step: str | int) -> list[Any] | None:
    """The types declared at `step` inside one of the types `here`; None if none of them has that step."""
    for declared_type in here:
        if _is_model(declared_type) and isinstance(step, str):
            info = field_names(declared_type).get(step)
            if info is not None:
                return _members_of(info.annotation)
        args = get_args(declared_type)
        origin = get_origin(declared_type)
        if isinstance(step, int) and args and origin is not Literal and not _is_mapping(origin):
            return _members_of(args[0] if step >= len(args) or args[-1] is Ellipsis else args[step])
        if isinstance(step, str) and len(args) == 2 and _is_mapping(origin):
            return _members_of(args[1])
    return None


def _is_mapping(origin: object) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _contains(value: object, step: str | int, is_last: bool, error: Mapping[str, object]) -> bool:
    if isinstance(value, Mapping):
        return step in value or (is_last and error["type"] == "missing")
    return isinstance(value, list | tuple) and isinstance(step, int) and -1 < step < len(value)


def _child(value: object, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _select_members(placed: Sequence[_Placed]) -> list[tuple[_Placed, str | None]]:
    """Keep, for each union, only the errors of the member that was probably meant. If no member matches, keep one error,
    with the types of all members.

    A member does not match if it reports a wrong type for the value itself. Among the other members, the member with
    the fewest errors was probably meant.
    """
    result: list[tuple[_Placed, str | None]] = [(item, None) for item in placed]
    for depth_pointer in sorted({member[0] for item in placed for member in item.members}, key=len):
        by_member: dict[str, list[_Placed]] = {}
        for item, _ in result:
            for at, label in item.members:
                if at == depth_pointer:
                    by_member.setdefault(label, []).append(item)
                    break
        if len(by_member) < 2:
            continue
        matching = {
            label: items
            for label, items in by_member.items()
            if not any(i.pointer == depth_pointer and i.error["type"] in _WRONG_TYPE for i in items)
        }
        everything = [id(item) for items in by_member.values() for item in items]
        if matching:
            meant = min(matching.values(), key=lambda items: (len(items), -max(len(i.pointer) for i in items)))
            drop = set(everything) - {id(item) for item in meant}
            result = [entry for entry in result if id(entry[0]) not in drop]
        else:
            first = next(iter(by_member.values()))[0]
            expected = " or ".join(dict.fromkeys(_type_name(items[0].error) for items in by_member.values()))
            position = next(number for number, entry in enumerate(result) if id(entry[0]) in everything)
            rest = [entry for entry in result if id(entry[0]) not in everything]
            result = [*rest[:position], (first, expected), *rest[position:]]
    return result


def _type_name(error: Mapping[str, object]) -> str:
    kind = str(error["type"])
    return {
        "model": "an object",
        "dict": "an object",
        "string": "text",
        "list": "a list",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "date": "a date",
        "datetime": "an instant",
    }.get(kind.split("_")[0], quoted(str(error["msg"]), 60))


def _known_names(item: _Placed) -> list[str]:
    names = dict.fromkeys(name for model in item.owner for name in field_names(model))
    return list(names)


def _description_of(item: _Placed) -> str | None:
    """The first line of the description of a missing field."""
    name = item.error["loc"][-1] if item.error["loc"] else None
    for model in item.owner:
        info = field_names(model).get(str(name))
        if info is not None and info.description:
            return str(info.description).split("\n", 1)[0]
    return None
