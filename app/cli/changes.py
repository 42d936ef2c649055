"""Print what a dry run would change."""

import json
from collections.abc import Iterable

from app.runtime.console import print_line
from app.schemas.differences import DifferenceView

#: Longest value that is printed in full.
_LONGEST = 60


def print_changes(record: str, changes: Iterable[DifferenceView]) -> None:
    """Print the changes of a record, one value per line."""
    for change in changes:
        before, after = _shorten(change.from_), _shorten(change.to)
        what = {
            "add": f"add {after}",
            "remove": f"remove {before}",
            "replace": f"replace {before} by {after}",
            "reorder": f"reorder {before} as {after}",
        }[change.op]
        print_line(f"  {record} {change.pointer}: {what}")


def _shorten(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
