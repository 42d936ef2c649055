"""The sentences of validation faults: one message and one hint for each kind of error that Pydantic knows."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from app.errors import allowed_hint

_SHOWN = 60

_SHOULD_BE = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number, without a fraction",
    "int_parsing_size": "a whole number of at most 64 bits",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "decimal_type": "a decimal number",
    "decimal_parsing": "a decimal number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "uuid_parsing": "an id (UUID)",
    "uuid_type": "an id (UUID)",
    "url_parsing": "an absolute address, such as https://example.org/page",
    "url_type": "an absolute address, such as https://example.org/page",
    "url_scheme": "an address that starts with https:// or http://",
    "date_type": "a day, such as 2025-06-02",
    "date_parsing": "a day, such as 2025-06-02",
    "date_from_datetime_parsing": "a day, such as 2025-06-02",
    "date_from_datetime_inexact": "a day without a time, such as 2025-06-02",
    "datetime_type": "an instant, such as 2025-06-02T14:00:00Z",
    "datetime_parsing": "an instant, such as 2025-06-02T14:00:00Z",
    "datetime_from_date_parsing": "an instant, such as 2025-06-02T14:00:00Z",
    "timezone_aware": "an instant with its offset, such as 2025-06-02T14:00:00+03:00",
    "time_parsing": "a time of day, such as 14:00",
    "time_delta_parsing": "a duration, such as P30D",
    "none_required": "null",
}


def shorten(value: Any) -> str:
    """A value as shown in a message: JSON-like, and never longer than a line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple | set):
        return "a list"
    text = str(value)
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"“{text}”" if isinstance(value, str) else text


def allowed_values(declared: Iterable[Any]) -> list[str]:
    """The closed list of values that an annotation allows, or nothing when it is open."""
    values: list[str] = []
    for arm in declared:
        if isinstance(arm, type) and issubclass(arm, Enum):
            values += [str(member.value) for member in arm]
        elif get_origin(arm) is Literal:
            values += [str(value.value if isinstance(value, Enum) else value) for value in get_args(arm)]
        elif get_origin(arm) in (list, set, frozenset, tuple):
            values += allowed_values(get_args(arm))
    return list(dict.fromkeys(values))


def word(
    error: Mapping[str, Any],
    allowed: Sequence[str],
    names: Sequence[str],
    expected: str | None,
    description: str | None,
    *,
    noun: str = "Fields here",
) -> tuple[str, str | None]:
    """(message, hint) for one error; `expected` names all arms of a union of which none fits."""
    kind = str(error["type"])
    context = error.get("ctx") or {}
    given = error.get("input")
    if expected is not None:
        return f"{shorten(given)} does not fit here", f"Send {expected}."
    if kind == "missing":
        return "This is required", description
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        name = str(error["loc"][-1]) if error["loc"] else ""
        return f"Nothing is called {shorten(name)} here", allowed_hint(name, names, noun)
    if kind in ("enum", "literal_error"):
        if not allowed:
            return (
                f"{shorten(given)} is not one of the values it can take",
                f"Allowed: {context.get('expected')}.",
            )
        return f"{shorten(given)} is not one of the values it can take", allowed_hint(str(given), allowed)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = str(context.get("discriminator", "")).strip("'\"")
        return f"`{key}` says of which kind this is, and it is missing or unknown", (
            f"Allowed: {context['expected_tags']}." if "expected_tags" in context else f"Add `{key}`."
        )
    if kind in ("value_error", "assertion_error"):
        cause = context.get("error")
        return _sentence(str(cause) if cause is not None else str(error["msg"])), getattr(cause, "hint", None)
    if kind == "string_type" and isinstance(given, Mapping):
        return "An object stands where text is expected", "Send text. An object may mention a record by its `slug`."
    if kind in _SHOULD_BE:
        return f"{shorten(given)} is not {_SHOULD_BE[kind].split(', ')[0]}", f"Send {_SHOULD_BE[kind]}."
    return _bounds(kind, context, given) or (_sentence(str(error["msg"])), _text(context.get("hint")))


def _bounds(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str | None] | None:
    limits = {"greater_than": ("gt", "greater than"), "greater_than_equal": ("ge", "at least"),
              "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most"),
              "multiple_of": ("multiple_of", "a multiple of")}  # fmt: skip
    if kind in limits:
        key, words = limits[kind]
        return f"{shorten(given)} is out of range", f"It must be {words} {context.get(key)}."
    length = len(given) if isinstance(given, str | list | tuple | dict) else context.get("actual_length", "?")
    match kind:
        case "string_too_long":
            return f"The text has {length} characters", _most(context["max_length"])
        case "string_too_short" if context["min_length"] == 1:
            return "The text is empty", "Write something, or leave it out where it may be unknown."
        case "string_too_short":
            return f"The text has {length} characters", _least(context["min_length"])
        case "too_long" if isinstance(given, str):
            return f"The text has {length} characters", _most(context["max_length"])
        case "too_long":
            return (
                f"The list has {context.get('actual_length', length)} entries",
                _most(context["max_length"]),
            )
        case "too_short":
            return (
                f"The list has {context.get('actual_length', length)} entries",
                _least(context["min_length"]),
            )
        case "string_pattern_mismatch":
            return f"{shorten(given)} has not the form that is asked for", f"Pattern: {context['pattern']}"
    return None


def _least(count: int) -> str:
    return "At least one is needed." if count == 1 else f"At least {count} are needed."


def _most(count: int) -> str:
    return "One is taken." if count == 1 else f"At most {count} are taken."


def _sentence(text: str) -> str:
    text = text.strip() or "This is not valid"
    return text[0].upper() + text[1:]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
