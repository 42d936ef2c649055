"""Parse the cells of a table: text that stands for a number, a boolean, a list or JSON."""

import json
from collections.abc import Callable
from typing import Any

from app.domain.texts import why_unstorable
from app.errors import Violation, quoted
from app.reading.formats.csv_table import BETWEEN
from app.web.validation import pointer


class CellError(ValueError):
    """A cell that cannot be parsed. The message says what is wrong."""


def _parse_boolean(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise CellError(f"The value must be true or false; got {quoted(cell, 40)}")
    return cell.lower() == "true"


def _parse_integer(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise CellError(f"The value must be a whole number; got {quoted(cell, 40)}") from None


def _parse_number(cell: str) -> int | float:
    try:
        value = float(cell)
    except ValueError:
        raise CellError(
            f"The value must be a number with a decimal point, such as 3.67; got {quoted(cell, 40)}"
        ) from None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _parse_json(cell: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise CellError(f"The value must be a list or an object as JSON text; got {quoted(cell, 40)}") from None


def parse_json_or_text(cell: str) -> object:
    """Parse the cell as JSON; return the text itself if it is not JSON."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def find_unstorable(value: object, at: str) -> list[Violation]:
    """Return an error for each text in the value that PostgreSQL cannot store (see `why_unstorable`).

    This must run before the rows are looked up in the database, because a query with such a text would fail, too.
    """
    if isinstance(value, str):
        why = why_unstorable(value)
        return [Violation(why, pointer=at)] if why is not None else []
    if isinstance(value, list):
        return [violation for place, one in enumerate(value) for violation in find_unstorable(one, f"{at}/{place}")]
    if isinstance(value, dict):
        names = [violation for name in value for violation in find_unstorable(name, at)]
        return names + [
            violation for name, one in value.items() for violation in find_unstorable(one, at + pointer(name))
        ]
    return []


#: The parser for each type of column. Each raises `CellError`.
PARSERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "instant": str,
    "date": str,
    "boolean": _parse_boolean,
    "integer": _parse_integer,
    "number": _parse_number,
    "json": _parse_json,
}


def list_parser(parse_item: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser for lists: items joined with `; `, or JSON text."""

    def parse_list(cell: str) -> object:
        return _parse_json(cell) if cell.startswith("[") else [parse_item(part) for part in cell.split(BETWEEN)]

    return parse_list
