"""Properties of write schema fields that matter for rows: single-line or prose, maximum length, keys of list entries."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel

from app.domain.texts import LONGEST_LINE, LONGEST_PROSE
from app.errors import quoted
from app.ingest.profiles.row_report import RowReport
from app.reading.selection import model_in
from app.web.validation import field_names
from app.writing.plan import Rows, plan_of
from app.writing.write_spec import WriteSpec

#: Line breaks with the whitespace around them.
_BREAKS = re.compile(r"[^\S\r\n]*[\r\n\v\f\x85\u2028\u2029]\s*")
#: Fields with short texts that identify something. If such a text were truncated, it would mean something else.
_NEVER_CUT = frozenset(
    [
        "alternative_group",
        "close_match",
        "event_codes",
        "exact_match",
        "field",
        "key",
        "number",
        "parent",
        "part",
        "scheme",
        "statement",
        "unit",
        "value",
    ]
)
#: A text is truncated at a space instead of inside a word, if this number of characters at its end includes a space.
_LAST_WORD = 40


@dataclass(frozen=True, slots=True)
class _Text:
    """The maximum length of a field's text (0 = no text), and the schema of the objects in it."""

    longest: int
    below: type[BaseModel] | None


class Fields:
    """The fields of all collections, from their write specs."""

    def __init__(self, kinds: Mapping[str, WriteSpec]) -> None:
        self._kinds = kinds

    def entry_key(self, collection: str, name: str) -> tuple[str, ...]:
        """Return the fields that identify an entry of a list; empty if the entries have no key, so that only equal
        entries are duplicates."""
        if (kind := self._kinds.get(collection)) is None:
            return ()
        plan = plan_of(kind.model, kind.schema)
        for rows in plan.rows:
            if rows.name == name:
                return _key_of(rows)
        for nested in plan.nested:
            if nested.name == name and nested.collection in self._kinds:
                other = self._kinds[nested.collection]
                inner = {one.column: one.name for one in plan_of(other.model, other.schema).scalars}
                names = [inner.get(column) for column in other.identity if column != nested.owner_column]
                return tuple(one for one in names if one) if all(names) else ()
        return ()

    def fit(self, collection: str, body: dict[str, Any], report: RowReport) -> dict[str, Any]:
        """Return the body with single-line texts on one line and long texts truncated, with a warning (`cut-off`)."""
        kind = self._kinds.get(collection)
        return body if kind is None else _fitted_object(body, kind.schema, "", report)


def _key_of(rows: Rows) -> tuple[str, ...]:
    names = {one.column: one.name for one in rows.scalars}
    return tuple(names[column] for column in rows.key) if all(column in names for column in rows.key) else ()


@lru_cache(maxsize=256)
def _texts_of(model: type[BaseModel]) -> dict[str, _Text]:
    """Return the fields that hold texts, or objects with texts, by name."""
    found: dict[str, _Text] = {}
    for name, info in field_names(model).items():
        lengths = {one for one in _lengths((info.annotation, *info.metadata)) if one}
        longest = next(iter(lengths)) if len(lengths) == 1 else 0
        below = model_in(info.annotation)
        if below is not None or longest in (LONGEST_LINE, LONGEST_PROSE):
            found[name] = _Text(longest if longest in (LONGEST_LINE, LONGEST_PROSE) else 0, below)
    return found


def _lengths(declared: tuple[object, ...]) -> Iterator[int]:
    """Find the `max_length` constraints of a type, at any depth except inside models."""
    for one in declared:
        if isinstance(one, type) and issubclass(one, BaseModel):
            continue
        length = getattr(one, "max_length", None)
        if isinstance(length, int):
            yield length
        if args := get_args(one):
            yield from _lengths(args)


def _fitted_object(body: dict[str, Any], model: type[BaseModel], at: str, report: RowReport) -> dict[str, object]:
    texts = _texts_of(model)
    return {
        name: _fitted(value, name, texts[name], f"{at}/{name}", report) if name in texts else value
        for name, value in body.items()
    }


def _fitted(value: object, name: str, text: _Text, at: str, report: RowReport) -> object:
    if isinstance(value, list):
        return [_fitted(one, name, text, f"{at}/{place}", report) for place, one in enumerate(value)]
    if isinstance(value, dict):
        return value if text.below is None else _fitted_object(value, text.below, at, report)
    if not isinstance(value, str) or not text.longest:
        return value
    if text.longest == LONGEST_LINE and not value.isprintable():
        value = _BREAKS.sub(" ", value)
    if len(value) <= text.longest or name in _NEVER_CUT:
        return value
    short = _shortened(value, text.longest)
    message = f"The text has {len(value):,} characters but `{name}` at most {text.longest:,}; it was truncated"
    hint = f"It ends with {quoted(short[-40:])}. The profile can put the rest into a note: {{from: …, after: {text.longest}}}."
    report.warn("cut-off", report.column_at(at), message, hint, at)
    return short


def _shortened(text: str, longest: int) -> str:
    head = text[: longest - 1]
    blank = max(head.rfind(" ", longest - _LAST_WORD), head.rfind("\n", longest - _LAST_WORD))
    return f"{head[:blank] if blank > 0 else head}…"
