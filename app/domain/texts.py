"""Scalar types for strings (lines, prose, slugs, URLs, JSON Pointers), and the error for an invalid value.

Every error message says in one sentence what is wrong and what a valid value looks like.
"""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.errors import quoted


def refusal(kind: str, sentence: str) -> PydanticCustomError:
    """Return the error for an invalid value of this `kind`. Its message is `sentence`, without the prefix "Value error, "."""
    # The sentence is passed as context: in the template, braces in a user's text would be read as placeholders.
    return PydanticCustomError("invalid_" + kind, "{sentence}", {"sentence": sentence})


def checked(kind: str, parse: Callable[[str], object]) -> AfterValidator:
    """Return a validator that calls `parse` and reports its ValueError. The text itself is not changed."""

    def check(text: str) -> str:
        try:
            parse(text)
        except ValueError as violation:
            raise refusal(kind, str(violation)) from None
        return text

    return AfterValidator(check)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can store the text, that is, whether the text contains no NUL and no lone surrogate."""
    return (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text)


def why_unstorable(text: str) -> str | None:
    """Return the reason why PostgreSQL cannot store a string or search for it, or None if it can."""
    if is_storable(text) or (found := _UNSTORABLE.search(text)) is None:
        return None
    name = "NUL (U+0000)" if found[0] == "\x00" else f"a lone surrogate (U+{ord(found[0]):04X})"
    return f"Character {found.start() + 1} is {name}, which cannot be stored; remove it."


def storable(value: object) -> object:
    """Reject text that PostgreSQL cannot store, before Pydantic does so with a less helpful message."""
    if isinstance(value, str) and (why := why_unstorable(value)) is not None:
        raise refusal("text", why)
    return value


#: Control characters that a line, and a longer text, must not contain. They are invisible, and can hide or fake content in
#: terminals, logs and files. Patterns of the JSON Schema say the same.
_LINE_CONTROLS, _PROSE_CONTROLS = r"\x00-\x1f\x7f-\x9f", r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"


def _without(controls: str) -> BeforeValidator:
    """Return a validator that rejects text with one of these characters, or that PostgreSQL cannot store."""
    pattern = re.compile(f"[{controls}]")

    def check(value: object) -> object:
        if not isinstance(value, str) or value.isprintable():
            return value
        storable(value)
        if (found := pattern.search(value)) is not None:
            name = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}.get(found[0], "a control character")
            sentence = f"Character {found.start() + 1} is {name} (U+{ord(found[0]):04X}); remove it or use a space."
            raise refusal("text", sentence)
        return value

    return BeforeValidator(check)


def says_something(text: str) -> str:
    if not text.strip():
        raise refusal("text", "The text is empty or blank; give a text, or omit the field if it is optional.")
    return text


# Each text type declares its maximum length directly after `str`, where Pydantic checks it in Rust. After a Python
# validator, the check would cost two more function calls for each text. `says_something` rejects empty texts;
# `NOT_EMPTY` only adds `minLength` to the JSON Schema.
NOT_EMPTY = Field(json_schema_extra={"minLength": 1})
_LINE_SCHEMA = Field(json_schema_extra={"minLength": 1, "pattern": f"^[^{_LINE_CONTROLS}]*$"})
_PROSE_SCHEMA = Field(json_schema_extra={"minLength": 1, "pattern": f"^[^{_PROSE_CONTROLS}]*$"})

#: Maximum number of characters of a short text, and of a long one.
LONGEST_LINE, LONGEST_PROSE = 500, 20_000

Line = Annotated[
    str,
    StringConstraints(max_length=LONGEST_LINE),
    _without(_LINE_CONTROLS),
    AfterValidator(says_something),
    _LINE_SCHEMA,
]
"""A text of up to 500 characters without line breaks and other control characters, stored as sent."""

Prose = Annotated[
    str,
    StringConstraints(max_length=LONGEST_PROSE),
    _without(_PROSE_CONTROLS),
    AfterValidator(says_something),
    _PROSE_SCHEMA,
]
"""A text of up to 20,000 characters, stored as sent. It may contain line breaks and tabs, but no other control
characters."""

_ID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_no_id(slug: str) -> str:
    if _ID_FORM.fullmatch(slug):
        raise refusal("slug", "The slug looks like a UUID and would be looked up as an id; use words instead.")
    return slug


_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Slug = Annotated[
    str,
    StringConstraints(pattern=_SLUG, min_length=1, max_length=160),
    BeforeValidator(storable),
    AfterValidator(_is_no_id),
]
"""The readable key of a record: lowercase letters a–z and digits, separated by single hyphens."""

#: Only http and https: clients show these URLs as links, and `javascript:` must never become one.
_WEB_ADDRESS = r"^https?://[^\s]+$"

WebAddress = Annotated[
    str,
    BeforeValidator(storable),
    StringConstraints(pattern=_WEB_ADDRESS, max_length=4_000),
    Field(json_schema_extra={"pattern": _WEB_ADDRESS}),
]
"""An http or https URL."""


def _check_pointer(text: str) -> None:
    if not re.fullmatch(r"(/[^/]+)+", text):
        raise ValueError(
            f"{quoted(text, 60)} is not a JSON Pointer: write '/' before each step, such as /duration_minutes "
            "or /members/rustem-umerov/post, or use null for the whole record"
        )


FieldPointer = Annotated[
    str,
    BeforeValidator(storable),
    checked("pointer", _check_pointer),
    Field(max_length=500, json_schema_extra={"pattern": "^(/[^/]+)+$"}),
]
"""A JSON Pointer to a field of a record. Nested records are addressed by key, not by position."""
