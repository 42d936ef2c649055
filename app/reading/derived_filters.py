"""Filters that are derived from the declared filters of a query model: `<name>.blocs`, `<name>.none` and the value `null`.

`<name>.blocs` exists for each filter `<name>.members`. It leads the other way: from a party to the coalitions that it was a
member of, by the same rule about the days of memberships and records (`app.reading.membership_days`).

`<name>.none` exists for each filter with several values. `null` is accepted by each filter that `facets=` counts, and
by `Built` filters with `has_value`. Both are exact complements: `party=x` and `party.none=x` together find each record
once, and `party=null` finds the records that no value of `party=` finds (tests/reading/test_excluding.py).
"""

from copy import copy
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from app.domain.texts import refusal
from app.reading.filters import Built, Equal, Listed, Overlaps, To


class Null(StrEnum):
    """The value of a filter that finds records without a value."""

    NULL = "null"


class OrNull:
    """Accepts `null` besides the values of a type. `missing`: set if `null` could also be an ordinary value. Then `null` is
    rejected, and the error message recommends `missing=` with this name."""

    def __init__(self, missing: str | None = None) -> None:
        self.missing = missing

    def _read(self, value: Any, handler: Any) -> object:
        if value != Null.NULL:
            return handler(value)
        if self.missing is None:
            return Null.NULL
        raise refusal(
            "null",
            f"'null' could be an ordinary value here. To find records without a value, use missing={self.missing}.",
        )

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        inner = handler(core)
        is_open = inner.get("type") == "string" and not {"enum", "pattern", "format"} & set(inner)
        return inner if self.missing or is_open else {"anyOf": [inner, {"type": "string", "const": "null"}]}


def values_without_null(value: object) -> list[Any]:
    """The values of a parameter as a list, without `null`."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [one for one in values if one is not Null.NULL]


def has_null(value: object) -> bool:
    """Whether `null` is among the values of a parameter."""
    return value is Null.NULL or (isinstance(value, list) and any(one is Null.NULL for one in value))


def with_null(name: str, info: FieldInfo) -> FieldInfo:
    """A copy of the field that accepts `null`."""
    item = _item(info.annotation)
    if item is None:
        changed = copy(info)
        changed.annotation = Annotated[bool, OrNull()] | None
        return changed
    is_key = any(isinstance(entry, To) for entry in info.metadata)
    # A filter that searches for part of a text does not need the ordinary value `null`.
    is_part = any(isinstance(entry, Built) and entry.has_value for entry in info.metadata)
    could_be = not is_key and not is_part and _takes_null(item)
    changed = copy(info)
    changed.annotation = _many(info.annotation, Annotated[item, OrNull(info.alias or name if could_be else None)])
    return changed


#: The part of a description that says when a party is treated as a member.
_DATES = "A party is treated as a member"


def through_blocs(name: str, info: FieldInfo) -> tuple[str, FieldInfo] | None:
    """The name and the field of `<name>.blocs`. Returns None unless the field is a filter `<name>.members`."""
    marker = next((entry for entry in info.metadata if isinstance(entry, To) and entry.members), None)
    if marker is None:
        return None
    plain = str(info.alias).removesuffix(".members")
    _, dates, rest = str(info.description).partition(_DATES)
    field = copy(info)
    upward = replace(marker, members=False, blocs=True)
    field.metadata = [upward if entry is marker else entry for entry in info.metadata]
    field.alias = field.validation_alias = field.serialization_alias = f"{plain}.blocs"
    field.description = (
        f"A party. Matches what `{plain}` finds for the party or for a coalition that it was a member of."
        f" {dates}{rest}" if dates else
        f"A party. Matches what `{plain}` finds for the party or for any coalition that it was ever a member of."
    )  # fmt: skip
    field.examples = [["germany"]]
    changed = {"alias": field.alias, "description": field.description, "examples": field.examples}
    field._attributes_set = {**info._attributes_set, **changed}
    return f"{name.removesuffix('_members')}_blocs", field


def excluding(name: str, info: FieldInfo) -> FieldInfo | None:
    """The field of `<name>.none`. Returns None for filters with a single value, filters that must match all values,
    and filters that match through memberships."""
    marker = next((entry for entry in info.metadata if isinstance(entry, Equal | Overlaps | Listed | To | Built)), None)
    if marker is None or _item(info.annotation) is None or name == "id":
        return None
    match marker:
        case To(every=False, members=False, blocs=False):
            none: object = replace(marker, newest=None, looked_up=False, is_none=True)
        case Equal() | Overlaps(every=False):
            none = replace(marker, column=marker.column or name, looked_up=False, is_none=True)
        case Listed():
            none = replace(marker, is_none=True)
        case Built(vary=vary, facet=facet) if vary is None or facet is not None:
            none = replace(marker, vary=None, lead=None, is_none=True)
        case _:
            return None
    known_as = info.alias or name
    field = copy(info)
    field.metadata = [none if entry is marker else entry for entry in info.metadata]
    field.alias = field.validation_alias = field.serialization_alias = f"{known_as}.none"
    field.description = f"Excludes exactly the records that `{known_as}` with these values finds."
    field._attributes_set = {**info._attributes_set, "alias": field.alias, "description": field.description}
    return field


def _takes_null(item: Any) -> bool:
    try:
        TypeAdapter(item).validate_python("null")
    except ValidationError:
        return False
    return True


def _list_in(annotation: object) -> object:
    """`Many[T]` inside `Many[T] | None`: an annotated list."""
    for arm in get_args(annotation):
        if get_origin(arm) is Annotated and get_origin(get_args(arm)[0]) is list:
            return arm
    return None


def _item(annotation: object) -> Any:
    found = _list_in(annotation)
    return None if found is None else get_args(get_args(found)[0])[0]


def _many(annotation: Any, item: Any) -> Any:
    _, *metadata = get_args(_list_in(annotation))
    return Annotated[list[item], *metadata] | None
