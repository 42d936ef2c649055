"""Checks the record bodies of a profile against the write schemas, so that an error common to all rows is reported once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError, create_model

from app.errors import Violation, nearest
from app.ingest.profiles.checks import undefined_name
from app.ingest.profiles.rule_schema import Rule
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import PLACEHOLDER, Cell, Each, First, Greatest, If, Joined
from app.reading.selection import is_list, model_in
from app.web.validation import field_names, pointer, violations_from
from app.writing.write_spec import WriteSpec


def violations_of_bodies(profile: Profile, kinds: Mapping[str, WriteSpec]) -> list[Violation]:
    """Find unknown collections and fields, and constants and code list values that a field does not accept."""
    violations: dict[Violation, None] = {}
    for number, rule in enumerate(profile.records):
        at = pointer("records", number)
        kind = kinds.get(rule.collection)
        if kind is None:
            violations.setdefault(undefined_name("collection", rule.collection, kinds, f"{at}/collection"))
            # Check the body against the collection that was probably meant.
            if (near := nearest(rule.collection, kinds)) is None:
                continue
            kind = kinds[near]
        violations |= dict.fromkeys(_check_object(profile, rule.body, kind.schema, f"{at}/body"))
        violations |= dict.fromkeys(_check_keeps(rule, kind.schema, f"{at}/keeps"))
        violations |= dict.fromkeys(_check_gathers(rule, kind.schema, f"{at}/gathers"))
    return list(violations)


def _check_keeps(rule: Rule, model: type[BaseModel], at: str) -> Iterator[Violation]:
    """Check `keeps`: the fields must exist, and each must name a list of further names."""
    fields = field_names(model)
    lists = [name for name, info in fields.items() if is_list(info.annotation) and _has_text(info.annotation)]
    for name, names in rule.keeps.items():
        if name not in fields:
            yield undefined_name("field", name, fields, at + pointer(name))
        if names is not None and names not in lists:
            yield undefined_name("list of names", names, lists, at + pointer(name))


def _check_gathers(rule: Rule, model: type[BaseModel], at: str) -> Iterator[Violation]:
    """Check `gathers`: the fields must be lists."""
    fields = field_names(model)
    lists = [name for name, info in fields.items() if is_list(info.annotation)]
    for place, name in enumerate(rule.gathers):
        if name in fields and name not in lists:
            hint = f"The lists of this collection are {', '.join(lists)}."
            yield Violation(
                f"`{name}` is not a list; rows can only add to lists", pointer=at + pointer(place), hint=hint
            )


def _has_text(declared: object) -> bool:
    entry = model_in(declared)
    return entry is not None and "text" in entry.model_fields


def _check_object(profile: Profile, form: Mapping[str, object], model: type[BaseModel], at: str) -> Iterator[Violation]:
    fields = field_names(model)
    for name, value in form.items():
        here = at + pointer(name)
        if (info := fields.get(name)) is None:
            yield undefined_name("field", name, fields, here)
        else:
            whole = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            yield from _check_value(profile, value, _Declared(whole), here)


@dataclass(frozen=True, slots=True)
class _Declared:
    """The declared type of a field with its constraints, and whether the value is one entry of its list."""

    declared: Any
    is_entry: bool = False


def _check_value(profile: Profile, form: object, place: _Declared, at: str) -> Iterator[Violation]:
    entry = _Declared(place.declared, is_list(place.declared) or place.is_entry)
    match form:
        case First() | Joined():
            name = "first" if isinstance(form, First) else "joined"
            ways = form.first if isinstance(form, First) else form.joined
            for number, way in enumerate(ways):
                yield from _check_value(profile, way, place, f"{at}/{name}/{number}")
        case If():
            yield from _check_value(profile, form.then, place, f"{at}/then")
            yield from _check_value(profile, form.else_, place, f"{at}/else")
        case Each():
            yield from _check_value(profile, form.make, entry, f"{at}/make")
        case list():
            for number, one in enumerate(form):
                yield from _check_value(profile, one, entry, f"{at}/{number}")
        case dict():
            if (model := model_in(place.declared)) is None:
                yield from _check_constant({}, place, at)
            # An object in place of a list is reported when the first row is read.
            elif place.is_entry or not is_list(place.declared):
                yield from _check_object(profile, form, model, at)
        case Cell():
            for word, where in _translations(profile, form):
                yield from _check_constant(word, place, where)
        case Greatest():
            yield from _check_constant(form.at_least, place, f"{at}/at_least")
            yield from _check_constant(form.at_most, place, f"{at}/at_most")
        case _ if not isinstance(form, str) or PLACEHOLDER.search(form) is None:
            yield from _check_constant(form, place, at)


def _translations(profile: Profile, cell: Cell) -> Iterator[tuple[str | None, str]]:
    """The target values of a cell's code list, each with its JSON Pointer."""
    if cell.codes is None or (codes := profile.codes.get(cell.codes)) is None:
        return
    at = pointer("codes", cell.codes)
    yield from ((word, at + pointer("words", raw)) for raw, word in codes.words.items())
    yield from ((word, at + pointer("patterns", raw)) for raw, word in codes.patterns.items())
    yield codes.otherwise, f"{at}/otherwise"


def _check_constant(value: object, place: _Declared, at: str) -> Iterator[Violation]:
    if value is None:
        return
    # Validate an entry inside a list, because the list declares what it accepts besides its declared type, such as a
    # key in place of an object.
    given = [value] if place.is_entry else value
    # Validate the field in a separate model, because validators compare the field with earlier fields, which have no
    # values here.
    alone = create_model("Alone", value=(place.declared, ...))
    try:
        alone.__pydantic_validator__.validate_python({"value": given})
    except ValidationError as error:
        errors = [{**one, "loc": one["loc"][1:]} for one in error.errors(include_url=False)]
        for violation in violations_from(errors, place.declared, given):
            below = (violation.pointer or "").removeprefix("/0") if place.is_entry else violation.pointer or ""
            yield Violation(violation.message, pointer=at + below, hint=violation.hint)
