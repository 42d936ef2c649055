"""Regular expressions of profiles. A profile is somebody's file: however an expression is written, a cell must not hang on it.

RE2 looks at each character once, and remembers no more than it is given; so nothing has to be guessed from how an
expression is written. What needs to go back, as `(?=…)` and `\\1` do, it does not know.
"""

from functools import lru_cache
from typing import Any

import re2

#: Bytes that an expression may take: with `LONGEST_MATCHED` it bounds the time of the worst to a few tenths of a second.
_MOST_BYTES = 32_768
#: Characters of a cell in which an expression is looked for.
LONGEST_MATCHED = 2_000


class ExpressionError(ValueError):
    """What is no regular expression, or one that could not be bounded; the message says why."""


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MOST_BYTES
    return re2.compile(expression, options)


def check(expression: str) -> None:
    """Raises `ExpressionError` where it is none that is taken here."""
    try:
        _compiled(expression)
    except re2.error as error:
        told = error.args[0] if error.args else error
        said = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise ExpressionError(f"{expression[:60]!r} is no regular expression of RE2: {said}") from None


def find(expression: str, text: str) -> str | None:
    """The first part of the text that the expression matches; None where there is none."""
    found = _compiled(expression).search(text)
    return None if found is None else str(found[0])


def cut_out(expression: str, text: str) -> str | None:
    """The first part of the text that the expression matches, or what its first group matches there; None where there is
    none."""
    found = _compiled(expression).search(text)
    if found is None:
        return None
    return str(found[1] if found.re.groups and found[1] is not None else found[0])
