"""Cells of a table: texts that stand for numbers, truths, lists and JSON."""

import json
from collections.abc import Callable
from typing import Any

from app.domain.types import why_unstorable
from app.errors import Violation
from app.reading.formats.csv_table import BETWEEN
from app.web.validation import pointer


class CellError(ValueError):
    """A cell that cannot be read; the message says what would be right."""


def _truth(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise CellError(f"{cell[:40]!r} is neither true nor false")
    return cell.lower() == "true"


def _whole(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise CellError(f"{cell[:40]!r} is not a whole number") from None


def _number(cell: str) -> int | float:
    try:
        value = float(cell)
    except ValueError:
        raise CellError(f"{cell[:40]!r} is not a number; write it with a point, as in 3.67") from None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise CellError(f"{cell[:40]!r} is not JSON; this column takes a list or an object as JSON text") from None


def anything(cell: str) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def unstorable(value: Any, at: str) -> list[Violation]:
    """The texts of a cell that no record holds, wherever JSON has put them: they cannot be looked for either, and
    records are, before anything else is known of their texts."""
    if isinstance(value, str):
        why = why_unstorable(value)
        return [Violation(why, pointer=at)] if why is not None else []
    if isinstance(value, list):
        return [violation for place, one in enumerate(value) for violation in unstorable(one, f"{at}/{place}")]
    if isinstance(value, dict):
        names = [violation for name in value for violation in unstorable(name, at)]
        return names + [violation for name, one in value.items() for violation in unstorable(one, at + pointer(name))]
    return []


#: How a cell of each kind of column is read; each raises `CellError`.
READS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "instant": str,
    "date": str,
    "boolean": _truth,
    "integer": _whole,
    "number": _number,
    "json": _json,
}


def listed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Reads a list: joined with `; `, or JSON text."""

    def read_list(cell: str) -> Any:
        return _json(cell) if cell.startswith("[") else [read(part) for part in cell.split(BETWEEN)]

    return read_list
