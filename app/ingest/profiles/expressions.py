"""Regular expressions of profiles, matched with RE2 in linear time.

Profiles come from users, and Python's `re` would let an expression with catastrophic backtracking block an import. RE2 does not
backtrack and bounds its memory; it therefore does not support lookaround such as `(?=…)` or backreferences such as `\\1`.
"""

from functools import lru_cache
from typing import Any

import re2

from app.errors import quoted

#: Memory limit of a compiled expression in bytes. Together with `LONGEST_MATCHED`, this limit bounds the slowest match
#: to a few tenths of a second.
_MOST_BYTES = 32_768
#: Maximum number of characters in a cell; expressions are not matched against longer cells.
LONGEST_MATCHED = 2_000


class ExpressionError(ValueError):
    """The text is not a regular expression, or needs more memory than allowed; the message says why."""


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MOST_BYTES
    return re2.compile(expression, options)


def check_expression(expression: str) -> None:
    """Raise `ExpressionError` if RE2 does not accept the expression."""
    try:
        _compiled(expression)
    except re2.error as error:
        cause = error.args[0] if error.args else error
        reason = cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
        raise ExpressionError(f"{quoted(expression, 60)} is not a valid RE2 regular expression: {reason}") from None


def find_match(expression: str, text: str) -> str | None:
    """Return the first match in the text; None if there is no match."""
    found = _compiled(expression).search(text)
    return None if found is None else str(found[0])


def cut_out(expression: str, text: str) -> str | None:
    """Return the first group of the first match, or the whole match if there is no group; None if nothing matches."""
    found = _compiled(expression).search(text)
    if found is None:
        return None
    return str(found[1] if found.re.groups and found[1] is not None else found[0])
