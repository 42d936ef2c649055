"""Builds a profile from the valid parts of an invalid profile, so that all violations can be reported at once.

Types, names and fields are checked in three steps, each of which needs the result of the previous step. When the first
step fails, the later steps check what remains without the invalid values. Keys of mappings remain even if their values
are invalid: a column with an error is still a defined column.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import FORMS, Value, form_of
from app.reading.selection import model_in
from app.web.validation import field_names


def valid_parts(given: Mapping[str, object]) -> Profile:
    """Return the profile without its invalid values. It can be used only for further checks, not for reading a file."""
    profile = _model(Profile, given)
    assert isinstance(profile, Profile)
    return profile


def _model(model: type[BaseModel], given: object) -> BaseModel:
    given = given if isinstance(given, Mapping) else {}
    if model is FORMS["from"]:
        given = {**given, **{name: [given[name]] for name in ("from", "pattern") if isinstance(given.get(name), str)}}
    values: dict[str, Any] = {}
    for name, info in field_names(model).items():
        values[name] = _value(info, given[name]) if name in given else _empty(info)
    return model.model_construct(**values)


def _value(info: FieldInfo, given: object) -> Any:
    declared = info.annotation
    try:
        whole: Any = Annotated[declared, *info.metadata] if info.metadata else declared
        return TypeAdapter(whole).validate_python(given)
    except ValidationError:
        pass
    if declared is Value:
        return _form(given)
    inner, origin = get_args(declared), get_origin(declared)
    if origin is list and isinstance(given, list):
        return [one for one in _entries(inner[0], given) if one is not None or inner[0] is Value]
    if origin is dict and isinstance(given, Mapping):
        return dict(zip(map(str, given), _entries(inner[1], list(given.values())), strict=True))
    if (model := model_in(declared)) is not None and origin is None:
        return _model(model, given)
    return _empty(info)


def _entries(declared: object, given: Sequence[object]) -> list[object]:
    """Return the valid parts of the entries of a list, or of the values of a mapping.

    The position of an entry must not change, because JSON Pointers contain it. An invalid model therefore becomes an
    empty model."""
    model = model_in(declared)
    entries: list[object] = []
    for one in given:
        if declared is Value:
            entries.append(_form(one))
        elif model is not None:
            entries.append(_model(model, one))
        else:
            entries.append(one if _is_valid(declared, one) else None)
    return entries


def _is_valid(declared: Any, given: Any) -> bool:
    try:
        TypeAdapter(declared).validate_python(given)
    except ValidationError:
        return False
    return True


def _form(given: object) -> object:
    if _is_valid(Value, given):
        return TypeAdapter(Value).validate_python(given)
    if (model := FORMS.get(form_of(given)[1:])) is not None:
        return _model(model, given)
    if isinstance(given, Mapping):
        return {str(name): _form(one) for name, one in given.items()}
    return [_form(one) for one in given] if isinstance(given, list) else None


def _empty(info: FieldInfo) -> Any:
    """Return the default of a field, or an empty value of its type."""
    if not info.is_required():
        return info.get_default(call_default_factory=True)
    empty = get_origin(info.annotation)
    return empty() if empty in (list, dict) else "" if info.annotation is not Value else None
