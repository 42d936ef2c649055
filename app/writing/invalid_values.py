"""Explain the invalid values of a body, and remove them, so that the rules can check the rest."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ValidationError

from app.errors import Violation

#: Translates a Pydantic error: (error, schema, body) → violations with pointers relative to the body.
Explain = Callable[[ValidationError, Any, Any], list[Violation]]


def pydantic_violations(error: ValidationError, schema: object, body: object) -> list[Violation]:
    """Pydantic's own messages. The HTTP layer has better messages (`app.web.validation.violations_of_body`)."""
    return [
        Violation(str(item["msg"]), pointer="".join(f"/{step}" for step in item["loc"]))
        for item in error.errors(include_url=False)
    ]


#: Fields on which the rules for other fields depend. If one of them is removed, the rules report false errors.
_FIELDS_OF_RULES = frozenset({"slug", "key", "process", "proposal", "account", "part", "parent", "talk", "party"})
#: A body with more errors than this is not validated a second time.
_MOST_ERRORS = 100


def without_invalid_values(schema: type[BaseModel], raw: Any, error: ValidationError) -> BaseModel | None:
    """The body without its invalid scalar values, so that the rules can check the rest in the same request.

    None if an error concerns a list, an object, a field on which rules depend, or a required field that is not a
    string.
    """
    if error.error_count() > _MOST_ERRORS:
        return None
    rest = deepcopy(raw)
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        *path, last = item["loc"] or (None,)
        here = rest
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        if not isinstance(here, dict) or last in _FIELDS_OF_RULES or isinstance(here.get(last), list | dict):
            return None
        here.pop(last, None)
    try:
        return schema.model_validate(rest)
    except ValidationError as lacking:
        return _with_stand_ins(schema, rest, lacking)


#: Replaces an invalid required string, so that the rest of the body can be checked. Such a body is never written.
_STAND_IN = "-"


def _with_stand_ins(schema: type[BaseModel], rest: Any, lacking: ValidationError) -> BaseModel | None:
    """The body with stand-ins for its missing required strings; None if the body has any other error."""
    for item in lacking.errors(include_url=False, include_context=False, include_input=False):
        *path, last = item["loc"] or (None,)
        here = rest
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        if item["type"] != "missing" or not isinstance(here, dict) or last in _FIELDS_OF_RULES:
            return None
        here[last] = _STAND_IN
    try:
        return schema.model_validate(rest)
    except ValidationError:
        return None
