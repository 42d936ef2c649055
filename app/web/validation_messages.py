"""Texts of validation errors: one message and one hint for each error type of Pydantic."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from app.errors import allowed_hint, quoted

#: Maximum length of a value in a message.
_SHOWN = 60

_EXPECTED = {
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
    "uuid_parsing": "a UUID",
    "uuid_type": "a UUID",
    "url_parsing": "an absolute URL, such as https://example.org/page",
    "url_type": "an absolute URL, such as https://example.org/page",
    "url_scheme": "a URL that starts with https:// or http://",
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


def allowed_values(declared: Iterable[object]) -> list[str]:
    """The values of the enums and literals in an annotation; empty if it allows any value."""
    values: list[str] = []
    for declared_type in declared:
        if isinstance(declared_type, type) and issubclass(declared_type, Enum):
            values += [str(member.value) for member in declared_type]
        elif get_origin(declared_type) is Literal:
            values += [str(value.value if isinstance(value, Enum) else value) for value in get_args(declared_type)]
        elif get_origin(declared_type) in (list, set, frozenset, tuple):
            values += allowed_values(get_args(declared_type))
    return list(dict.fromkeys(values))


def describe_error(
    error: Mapping[str, Any],
    allowed: Sequence[str],
    names: Sequence[str],
    expected: str | None,
    description: str | None,
    *,
    noun: str = "Fields here",
) -> tuple[str, str | None]:
    """Message and hint of one Pydantic error.

    `allowed`: the allowed values; `names`: the allowed field names, which the hint calls `noun`; `expected`: the types of
    all members of a union, if the value matches none of them; `description`: the description of a missing field."""
    kind = str(error["type"])
    context = error.get("ctx") or {}
    given = error.get("input")
    if expected is not None:
        return f"{_subject(given)} is not {expected}", f"Send {expected}."
    if kind == "missing":
        return "This is required", description
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        name = str(error["loc"][-1]) if error["loc"] else ""
        return f"Unknown field {quoted(name, _SHOWN)}", allowed_hint(name, names, noun)
    if kind in ("enum", "literal_error"):
        if not allowed:
            return (
                f"{quoted(given, _SHOWN)} is not an allowed value",
                f"Allowed: {context.get('expected')}.",
            )
        return f"{quoted(given, _SHOWN)} is not an allowed value", allowed_hint(str(given), allowed)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = str(context.get("discriminator", "")).strip("'\"")
        return f"`{key}` is missing or has an unknown value", (
            f"Allowed: {context['expected_tags']}." if "expected_tags" in context else f"Add `{key}`."
        )
    if kind in ("value_error", "assertion_error"):
        cause = context.get("error")
        return _sentence(str(cause) if cause is not None else str(error["msg"])), getattr(cause, "hint", None)
    if kind == "string_type" and isinstance(given, Mapping):
        return "Expected text; got an object", "Send text. An object can refer to a record by its `slug`."
    if kind in _EXPECTED:
        return f"{_subject(given)} is not {_EXPECTED[kind].split(', ')[0]}", f"Send {_EXPECTED[kind]}."
    return _bounds(kind, context, given) or (_sentence(str(error["msg"])), _text(context.get("hint")))


def _bounds(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str | None] | None:
    limits = {"greater_than": ("gt", "greater than"), "greater_than_equal": ("ge", "at least"),
              "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most"),
              "multiple_of": ("multiple_of", "a multiple of")}  # fmt: skip
    if kind in limits:
        key, words = limits[kind]
        return f"{quoted(given, _SHOWN)} is out of range", f"It must be {words} {context.get(key)}."
    length = len(given) if isinstance(given, str | list | tuple | dict) else context.get("actual_length", "?")
    match kind:
        case "string_too_long":
            return f"The text has {length} characters", _at_most(context["max_length"])
        case "string_too_short" if context["min_length"] == 1:
            return "The text is empty", "Send a string, or omit the field if the value is unknown."
        case "string_too_short":
            return f"The text has {length} characters", _at_least(context["min_length"])
        case "too_long" if isinstance(given, str):
            return f"The text has {length} characters", _at_most(context["max_length"])
        case "too_long":
            return (
                f"The list has {context.get('actual_length', length)} entries",
                _at_most(context["max_length"]),
            )
        case "too_short":
            return (
                f"The list has {context.get('actual_length', length)} entries",
                _at_least(context["min_length"]),
            )
        case "decimal_max_digits":
            most = context["max_digits"]
            return (
                f"{quoted(given, _SHOWN)} has more than {most} digits",
                f"Send a number of at most {most} digits, such as 900.",
            )
        case "string_pattern_mismatch":
            return f"{quoted(given, _SHOWN)} does not match the required pattern", f"Pattern: {context['pattern']}"
    return None


def _at_least(count: int) -> str:
    return "At least one is required." if count == 1 else f"At least {count} are required."


def _at_most(count: int) -> str:
    return "At most one is allowed." if count == 1 else f"At most {count} are allowed."


def _sentence(text: str) -> str:
    text = text.strip() or "This is not valid"
    return text[0].upper() + text[1:]


def _subject(given: object) -> str:
    """The value as the subject of a sentence: "A list", "An object", or the value itself as it was sent."""
    shown = quoted(given, _SHOWN)
    return _sentence(shown) if isinstance(given, Mapping | list | tuple | set) else shown


def _text(value: object) -> str | None:
    return None if value is None else str(value)
