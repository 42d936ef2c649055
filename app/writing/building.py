"""Build column values from a valid body: keys become ids, dates become ranges, objects become JSON."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel

from app.db.base import Record
from app.db.dates import parse_edtf
from app.db.instants import Timed, instant_of
from app.writing.batch import Batch, Draft, Row, Values
from app.writing.mentions import ANY, address, rewritten
from app.writing.plan import Rows, Scalar, as_decimal

NEVER = date(1, 1, 1)


def fill(batch: Batch, draft: Draft) -> None:
    """Fill the draft's values and rows from its body. Unresolved mentions become null; they are reported elsewhere."""
    body, plan = draft.body, draft.plan
    draft.values = scalars(batch, plan.scalars, body)
    if draft.owner is not None and draft.nested is not None:
        draft.values[draft.nested.owner_column] = draft.owner.id
    dated(draft.values, plan.model.__dated__)
    timed(draft.values, plan.model.__timed__)
    sort(draft.values, plan.model)
    for rows in plan.rows:
        items = getattr(body, rows.name)
        if items is not None:
            draft.rows[rows.name] = rows_of(batch, rows, items, f"{draft.pointer}/{rows.name}") if items else []


def keep_hidden(draft: Draft) -> None:
    """Keep the stored values of the hidden fields that the body omits."""
    if draft.found is None:
        return
    omitted = draft.hidden - draft.body.model_fields_set
    for field in draft.plan.scalars if omitted else ():
        if field.name in omitted:
            draft.values[field.column] = draft.found[field.column]
    for rows in draft.plan.rows if omitted else ():
        if rows.name in omitted:
            draft.rows.pop(rows.name, None)


def scalars(batch: Batch, fields: Iterable[Scalar], body: BaseModel) -> Values:
    """The column values of the scalar fields of a body."""
    values: Values = {}
    fields_sent = body.__dict__
    for field in fields:
        value = fields_sent[field.name]
        if value is None:
            pass
        elif field.collection is not None:
            value = batch.id_of(*_address(field.collection, value))
        elif field.is_json:
            # Most lists and objects are empty and need no conversion.
            value = rewritten(field.mentioned, to_json_data(value), batch.slug_of) if value else value
        elif field.is_decimal:
            value = as_decimal(value)
        elif type(value) is not str:
            value = plain(value)
        values[field.column] = value
    return values


def rows_of(batch: Batch, plan: Rows, items: Iterable[Any], pointer: str) -> list[Row]:
    """The rows for one list in a body."""
    if plan.link is not None:
        return _links_of(batch, plan, plan.link, items, pointer)
    rows: list[Row] = []
    for index, item in enumerate(items):
        place = f"{pointer}/{index}"
        values = {**scalars(batch, plan.scalars, item), **plan.constants}
        dated(values, plan.dated)
        if plan.has_position and values.get("position") is None:
            values["position"] = index + 1
        below = {
            inner.name: rows_of(batch, inner, getattr(item, inner.name), f"{place}/{inner.name}") for inner in plan.rows
        }
        if plan.sibling is not None:
            # Store the key of the other row for now. `row_changes.match_rows` replaces the key by an id when the rows
            # have ids.
            values[f"{plan.sibling}_id"] = getattr(item, plan.sibling)
        rows.append(Row(plan, values, place, below))
    return rows


def _links_of(batch: Batch, plan: Rows, link: Scalar, items: Iterable[str], pointer: str) -> list[Row]:
    """The rows for a plain list of keys."""
    collection, column, constants = link.collection, link.column, plan.constants
    assert collection is not None
    rows: list[Row] = []
    for index, item in enumerate(items):
        found = batch.id_of(*_address(collection, item)) if collection == ANY else batch.id_of(collection, item)
        if found is not None:
            values = {column: found, "position": index + 1, **constants}
            # Passing the empty dict is faster than the default factory, and most rows of an import are links.
            rows.append(Row(plan, values, f"{pointer}/{index}", {}))
    return rows


def dated(values: Values, names: Iterable[str]) -> None:
    """Fill the columns with the first day, last day and precision of EDTF dates."""
    for name in names:
        if name not in values:
            continue
        span = parse_edtf(values[name]) if values[name] is not None else None
        values[f"{name}_min"] = span.earliest if span else None
        values[f"{name}_max"] = span.latest if span else None
        values[f"{name}_precision"] = str(span.precision) if span else None


def timed(values: Values, columns: Iterable[Timed]) -> None:
    """Fill the instants of dates with a time of day."""
    for one in columns:
        day, clock, zone = values[f"{one.date}_min"], values[one.time], values[one.zone]
        # A body that was found invalid may lack a part of the three. It is never written.
        is_known = clock is not None and zone is not None and day is not None
        values[one.instant] = instant_of(day, clock, zone) if is_known else None


def sort(values: Values, model: type[Record]) -> None:
    """Fill `sort_on`: the first possible day of the first known date, or the year 1 if none is known."""
    if model.__sorted_by__:
        days = (values.get(f"{name}_min") for name in model.__sorted_by__)
        values["sort_on"] = next((day for day in days if day is not None), NEVER)


def to_json_data(value: object) -> object:
    """The JSON data of a typed value, without null members."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, list):
        return [to_json_data(item) for item in value]
    if isinstance(value, dict):
        return {str(name): to_json_data(item) for name, item in value.items()}
    return plain(value)


def plain(value: object) -> object:
    """Convert terms (subclasses of `str`) to plain strings, also inside lists."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _address(collection: str, text: str) -> tuple[str, str]:
    if collection != ANY:
        return collection, text
    named, key = address(collection, text)
    return named or collection, key
