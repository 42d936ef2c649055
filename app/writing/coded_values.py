"""Check codings: the field must be one that can be coded, and the value one that the field accepts."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from sqlalchemy import Boolean, Integer, Numeric, Text, inspect

from app.db.base import Record
from app.db.columns import TermText
from app.errors import allowed_hint, quoted
from app.writing.batch import Batch, Draft, Row
from app.writing.plan import plan_of
from app.writing.write_spec import WriteSpec

CODINGS = "codings"
#: Fields about the record itself, which say nothing about a negotiation.
_ABOUT_RECORDS = frozenset({"lang", "review"})
#: What a value must be, by the type of the column.
_KINDS: tuple[tuple[type[Any], tuple[type, ...], str], ...] = (
    (Boolean, (bool,), "true or false"),
    (Integer, (int, float), "a number"),
    (Numeric, (int, float), "a number"),
    (Text, (str,), "a text"),
    (TermText, (str,), "a term of the closed list"),
)


@lru_cache(maxsize=64)
def codable_fields(kind: WriteSpec) -> Mapping[str, type[BaseModel]]:
    """The fields whose values coders can code, each with a model that checks a value of the field: those that have a term
    of a closed list, a text, a number, or true or false."""
    columns = plan_of(kind.model, kind.schema).table.columns
    found = {}
    for scalar in plan_of(kind.model, kind.schema).scalars:
        if (
            scalar.name in _ABOUT_RECORDS
            or scalar.collection is not None
            or _kind_of(columns[scalar.column].type) is None
        ):
            continue
        info = kind.schema.model_fields[scalar.name]
        annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        fields: dict[str, Any] = {scalar.name: (annotation, ...)}
        found[scalar.name] = create_model(f"Coded_{scalar.name}", __config__=ConfigDict(extra="forbid"), **fields)
    return MappingProxyType(found)


def terms_of(model: type[Record], field: str) -> tuple[str, ...] | None:
    """The closed list of a field, in its order; None = the field has none."""
    kind = inspect(model).local_table.columns[field].type
    return tuple(map(str, kind.term_class)) if isinstance(kind, TermText) else None


def check_codings(batch: Batch, drafts: Iterable[Draft]) -> None:
    """Add an error for each coding of a field that cannot be coded, and for each value that its field does not accept."""
    for draft in drafts:
        for row in draft.rows.get(CODINGS, ()):
            _check(batch, draft, row)


def _check(batch: Batch, draft: Draft, row: Row) -> None:
    kind, field, value = draft.kind, str(row.values["field"]), row.values["value"]
    known = codable_fields(kind)
    name = field.removeprefix("/")
    if name not in known:
        message = f"{quoted(field)} of a {kind.singular} cannot be coded"
        pointers = [f"/{one}" for one in known]
        batch.violation(message, f"{row.pointer}/field", allowed_hint(field, pointers, "Fields that can be coded"))
        return
    place = f"{row.pointer}/value"
    column = plan_of(kind.model, kind.schema).table.columns[name]
    types, wanted = _kind_of(column.type) or ((), "")
    terms = terms_of(kind.model, name)
    if value is None:
        batch.violation("A coding needs a `value`", place, "If the coder found no value, omit the coding.")
    elif terms is not None and value not in terms:
        message = f"{quoted(value)} is not a value of `{name}` of a {kind.singular}"
        batch.violation(message, place, allowed_hint(str(value), terms))
    elif not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        batch.violation(f"`{name}` of a {kind.singular} is {wanted}; got {quoted(value)}", place)
    elif (reason := _why_invalid(known[name], name, value)) is not None:
        batch.violation(reason, place)


def _why_invalid(schema: type[BaseModel], name: str, value: object) -> str | None:
    """The reason why the field does not accept the value; None = it does."""
    try:
        schema.model_validate({name: value})
    except ValidationError as error:
        return str(error.errors(include_url=False, include_input=False)[0]["msg"])
    return None


def _kind_of(column: object) -> tuple[tuple[type, ...], str] | None:
    """The JSON types of the values of a column, and their name; None = the values cannot be coded."""
    return next(((types, name) for kind, types, name in _KINDS if isinstance(column, kind)), None)
