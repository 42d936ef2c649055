"""Cells of a table: texts that stand for numbers, truths, lists and JSON."""

import json
from collections.abc import Callable
from typing import Any

from app.reading.forms.tables import BETWEEN


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


#: How a cell of each kind of column is read; each raises `CellError`.
READS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "instant": str,
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
