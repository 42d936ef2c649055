"""Rows of a report as text for a terminal: a table of the columns that fit, or one block of lines for each row."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]

#: Shown for null.
NULL: Final = "–"
#: Columns between two cells.
_GAP = 2
#: The least width of a column whose cells are wrapped, the width from which a column is long, and the most lines of a cell.
_NARROW, _LONG, _LINES = 12, 36, 4
#: Longer cells of a table are cut. Blocks are not cut.
_LONGEST_CELL = 120
#: Fields that name the record that an object mentions.
_NAMES = ("slug", "code")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text, the columns that it leaves out because all rows have the same value, with this value, and those that do
    not fit."""

    text: str
    same: Mapping[str, str]
    left_out: tuple[str, ...]


def compact(value: object) -> str:
    """A value in few words: a mentioned record by its slug or code, other objects as `name=value`, lists with commas."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        name = next((value[one] for one in _NAMES if value.get(one) is not None), None)
        if name is not None:
            return str(name)
        if value.keys() >= {"value", "label"}:
            return compact(value["value"])
        inside = ((key, inner) for key, inner in value.items() if not _is_empty(inner))
        return " ".join(f"{key}={_bracketed(inner)}" for key, inner in inside) or NULL
    if isinstance(value, list):
        return ("; " if any(map(_is_plain_object, value)) else ", ").join(map(compact, value)) or NULL
    return str(value)


def _bracketed(value: object) -> str:
    text = compact(value)
    return f"({text})" if isinstance(value, list) or _is_plain_object(value) else text


def _is_plain_object(value: object) -> bool:
    """Whether the value is an object that `compact` writes as `name=value`."""
    return isinstance(value, Mapping) and not any(value.get(one) is not None for one in _NAMES)


def _is_empty(value: object) -> bool:
    return value is None or value == [] or value == {}


def as_blocks(rows: Iterable[Row], columns: Sequence[str], width: int) -> str:
    """Each row as lines `column  value`. Long values continue on further lines."""
    indent = max((len(name) for name in columns), default=0) + _GAP
    blocks = []
    for row in rows:
        lines = []
        for name in columns:
            parts = textwrap.wrap(compact(row.get(name)), max(width - indent, _NARROW)) or [""]
            lines += [f"{name if place == 0 else '':<{indent}}{part}".rstrip() for place, part in enumerate(parts)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_table(rows: Sequence[Row], columns: Sequence[str], width: int, *, all_columns: bool) -> Table:
    """A table of the columns that fit into `width`, in their order.

    Short columns come before long ones, and the first and last days of uncertain dates after everything else. `all_columns`:
    whether to show all columns, whether or not they fit."""
    cells = {name: [_cut(compact(row.get(name))) for row in rows] for name in columns}
    same = {} if all_columns else {name: texts[0] for name, texts in cells.items() if len(set(texts)) == 1}
    if len(same) == len(columns):
        same = {}
    varied = [name for name in columns if name not in same]
    natural = {name: max(map(len, (name, *cells[name]))) for name in varied}
    least = {
        name: min(natural[name], max(_NARROW, natural[name] // _LINES, _longest_word(name, cells[name])))
        for name in varied
    }
    shown = list(varied) if all_columns else _fitting(varied, natural, least, width)
    widths = _widths(shown, natural, least, width)
    right = {name for name in shown if all(isinstance(row.get(name), int | float | None) for row in rows)}
    lines = _lines(shown, widths, right)
    lines.append((" " * _GAP).join("-" * widths[name] for name in shown))
    for place in range(len(rows)):
        lines += _lines([cells[name][place] for name in shown], widths, right)
    left_out = tuple(name for name in varied if name not in shown and not _is_bound(name, columns))
    return Table("\n".join(lines), {name: text for name, text in same.items() if text != NULL}, left_out)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _longest_word(name: str, cells: Sequence[str]) -> int:
    """The width below which a column would break its words, at most `_LONG`."""
    words = (word for text in (name, *cells) for word in re.split(r"\s|(?<=-)", text))
    return min(max(map(len, words)), _LONG)


def _fitting(columns: Sequence[str], natural: Mapping[str, int], least: Mapping[str, int], width: int) -> list[str]:
    """The columns that fit: the first one, then short ones, then long ones."""
    order = sorted(columns[1:], key=lambda name: (_is_bound(name, columns), natural[name] > _LONG))
    chosen = set(columns[:1])
    space = width - sum(least[name] for name in chosen)
    for name in order:
        if least[name] + _GAP <= space:
            chosen.add(name)
            space -= least[name] + _GAP
    return [name for name in columns if name in chosen]


def _is_bound(name: str, columns: Sequence[str]) -> bool:
    """Whether a column is the first or last possible value of another column, as of an uncertain date."""
    stem, _, end = name.rpartition("_")
    return end in ("min", "max") and stem in columns


def _widths(shown: Sequence[str], natural: Mapping[str, int], least: Mapping[str, int], width: int) -> dict[str, int]:
    """The width of each column: the narrowest that it can have, and a share of what is left."""
    widths = {name: least[name] for name in shown}
    space = width - sum(widths.values()) - _GAP * (len(shown) - 1)
    for name in sorted(shown, key=lambda name: natural[name] - least[name]):
        more = min(natural[name] - least[name], max(space, 0))
        widths[name] += more
        space -= more
    return widths


def _lines(texts: Sequence[str], widths: Mapping[str, int], right: set[str]) -> list[str]:
    """The lines of one row; the texts are in the order of `widths`."""
    wrapped = [
        textwrap.wrap(text, widths[name], break_on_hyphens=True) or [""]
        for text, name in zip(texts, widths, strict=True)
    ]
    lines = []
    for place in range(max(map(len, wrapped), default=0)):
        parts = []
        for parts_of_cell, name in zip(wrapped, widths, strict=True):
            part = parts_of_cell[place] if place < len(parts_of_cell) else ""
            parts.append(part.rjust(widths[name]) if name in right else part.ljust(widths[name]))
        lines.append((" " * _GAP).join(parts).rstrip())
    return lines
