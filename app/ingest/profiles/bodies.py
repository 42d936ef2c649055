"""Whether the bodies that a profile makes fit the collections: what is wrong in every row is told once, before the first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError, create_model

from app.errors import Violation, nearest
from app.ingest.profiles.checks import no_such
from app.ingest.profiles.schema import Profile, Rule
from app.ingest.profiles.value_forms import PLACEHOLDER, Cell, Each, First, Greatest, If, Joined
from app.reading.selection import is_list, model_in
from app.web.validation import explain, field_names, pointer
from app.writing.write_spec import WriteSpec


def violations_of_bodies(profile: Profile, kinds: Mapping[str, WriteSpec]) -> list[Violation]:
    """Collections and fields that there are not, constants and words of code lists that a field does not take."""
    violations: dict[Violation, None] = {}
    for number, rule in enumerate(profile.records):
        at = pointer("records", number)
        kind = kinds.get(rule.collection)
        if kind is None:
            violations.setdefault(no_such("collection", rule.collection, kinds, f"{at}/collection"))
            # Its body is looked at as one of the collection that was probably meant.
            if (near := nearest(rule.collection, kinds)) is None:
                continue
            kind = kinds[near]
        violations |= dict.fromkeys(_of_object(profile, rule.body, kind.schema, f"{at}/body"))
        violations |= dict.fromkeys(_of_kept(rule, kind.schema, f"{at}/keeps"))
        violations |= dict.fromkeys(_of_gathered(rule, kind.schema, f"{at}/gathers"))
    return list(violations)


def _of_kept(rule: Rule, model: type[BaseModel], at: str) -> Iterator[Violation]:
    """Fields to be kept, and the lists of names that take other words for them."""
    fields = field_names(model)
    lists = [name for name, info in fields.items() if is_list(info.annotation) and _has_text(info.annotation)]
    for name, names in rule.keeps.items():
        if name not in fields:
            yield no_such("field", name, fields, at + pointer(name))
        if names is not None and names not in lists:
            yield no_such("list of names", names, lists, at + pointer(name))


def _of_gathered(rule: Rule, model: type[BaseModel], at: str) -> Iterator[Violation]:
    """Fields to which rows add, and which are no lists."""
    fields = field_names(model)
    lists = [name for name, info in fields.items() if is_list(info.annotation)]
    for place, name in enumerate(rule.gathers):
        if name in fields and name not in lists:
            hint = f"Lists are {', '.join(lists)}."
            yield Violation(f"`{name}` is no list, to which rows could add", pointer=at + pointer(place), hint=hint)


def _has_text(declared: Any) -> bool:
    entry = model_in(declared)
    return entry is not None and "text" in entry.model_fields


def _of_object(profile: Profile, form: Mapping[str, Any], model: type[BaseModel], at: str) -> Iterator[Violation]:
    fields = field_names(model)
    for name, value in form.items():
        here = at + pointer(name)
        if (info := fields.get(name)) is None:
            yield no_such("field", name, fields, here)
        else:
            whole = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            yield from _of_value(profile, value, _Place(whole), here)


@dataclass(frozen=True, slots=True)
class _Place:
    """What a field takes: its type, with all that is said of it, and whether an entry of its list is spoken of."""

    declared: Any
    is_entry: bool = False


def _of_value(profile: Profile, form: Any, place: _Place, at: str) -> Iterator[Violation]:
    entry = _Place(place.declared, is_list(place.declared) or place.is_entry)
    match form:
        case First() | Joined():
            name = "first" if isinstance(form, First) else "joined"
            ways = form.first if isinstance(form, First) else form.joined
            for number, way in enumerate(ways):
                yield from _of_value(profile, way, place, f"{at}/{name}/{number}")
        case If():
            yield from _of_value(profile, form.then, place, f"{at}/then")
            yield from _of_value(profile, form.else_, place, f"{at}/else")
        case Each():
            yield from _of_value(profile, form.make, entry, f"{at}/make")
        case list():
            for number, one in enumerate(form):
                yield from _of_value(profile, one, entry, f"{at}/{number}")
        case dict():
            if (model := model_in(place.declared)) is None:
                yield from _of_constant({}, place, at)
            # An object where a list belongs is told by the first row.
            elif place.is_entry or not is_list(place.declared):
                yield from _of_object(profile, form, model, at)
        case Cell():
            for word, where in _words(profile, form):
                yield from _of_constant(word, place, where)
        case Greatest():
            yield from _of_constant(form.at_least, place, f"{at}/at_least")
            yield from _of_constant(form.at_most, place, f"{at}/at_most")
        case _ if not isinstance(form, str) or PLACEHOLDER.search(form) is None:
            yield from _of_constant(form, place, at)


def _words(profile: Profile, cell: Cell) -> Iterator[tuple[str | None, str]]:
    """Our words of a cell's code list, and where they stand."""
    if cell.codes is None or (codes := profile.codes.get(cell.codes)) is None:
        return
    at = pointer("codes", cell.codes)
    yield from ((word, at + pointer("words", raw)) for raw, word in codes.words.items())
    yield from ((word, at + pointer("patterns", raw)) for raw, word in codes.patterns.items())
    yield codes.otherwise, f"{at}/otherwise"


def _of_constant(value: Any, place: _Place, at: str) -> Iterator[Violation]:
    if value is None:
        return
    # An entry is looked at in its list: what a list takes beside its type (a key for an object) is said of the list.
    given = [value] if place.is_entry else value
    # A field of a model of its own: validators compare it with those before it, of which nothing is known here.
    alone = create_model("Alone", value=(place.declared, ...))
    try:
        alone.__pydantic_validator__.validate_python({"value": given})
    except ValidationError as error:
        errors = [{**one, "loc": one["loc"][1:]} for one in error.errors(include_url=False)]
        for violation in explain(errors, place.declared, given):
            below = (violation.pointer or "").removeprefix("/0") if place.is_entry else violation.pointer or ""
            yield Violation(violation.message, pointer=at + below, hint=violation.hint)
