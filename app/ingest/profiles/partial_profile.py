"""A profile as far as it is right: what is wrong in it must not keep the rest from being looked at.

Shapes, names and fields are checked one after the other, since each leans on the one before. So that all faults come in
one answer, the later checks look at what is left when each wrong value is put aside. Names stay, whatever stands under
them: a column with a fault is still a column.
"""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import FORMS, Value, form_of
from app.reading.selection import model_in
from app.web.validation import field_names


def partly(given: Mapping[str, Any]) -> Profile:
    """The profile without what is wrong. Not to be read by: only to be looked at."""
    profile = _model(Profile, given)
    assert isinstance(profile, Profile)
    return profile


def _model(model: type[BaseModel], given: Any) -> BaseModel:
    given = given if isinstance(given, Mapping) else {}
    if model is FORMS["from"]:
        given = {**given, **{name: [given[name]] for name in ("from", "pattern") if isinstance(given.get(name), str)}}
    values: dict[str, Any] = {}
    for name, info in field_names(model).items():
        values[name] = _value(info, given[name]) if name in given else _nothing(info)
    return model.model_construct(**values)


def _value(info: FieldInfo, given: Any) -> Any:
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
    return _nothing(info)


def _entries(declared: Any, given: list[Any]) -> list[Any]:
    """The entries of a list, or the values of a mapping. Where one stands must not change: models are kept, empty."""
    model = model_in(declared)
    kept: list[Any] = []
    for one in given:
        if declared is Value:
            kept.append(_form(one))
        elif model is not None:
            kept.append(_model(model, one))
        else:
            kept.append(one if _is(declared, one) else None)
    return kept


def _is(declared: Any, given: Any) -> bool:
    try:
        TypeAdapter(declared).validate_python(given)
    except ValidationError:
        return False
    return True


def _form(given: Any) -> Any:
    if _is(Value, given):
        return TypeAdapter(Value).validate_python(given)
    if (model := FORMS.get(form_of(given)[1:])) is not None:
        return _model(model, given)
    if isinstance(given, Mapping):
        return {str(name): _form(one) for name, one in given.items()}
    return [_form(one) for one in given] if isinstance(given, list) else None


def _nothing(info: FieldInfo) -> Any:
    """What a field is while nothing right is said of it."""
    if not info.is_required():
        return info.get_default(call_default_factory=True)
    empty = get_origin(info.annotation)
    return empty() if empty in (list, dict) else "" if info.annotation is not Value else None
