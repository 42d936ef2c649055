"""The cells of a row, as the value forms of a profile use them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellContent:
    """The content of a row in one column: a text, several texts if the cell holds a list, or None if the value is
    unknown."""

    header: str
    value: str | tuple[str | None, ...] | None
    headers: tuple[str, ...] = ()
    """For a family, the header of each value."""

    def header_of(self, place: int) -> str:
        """Return the header of the column that holds this value of the list."""
        return self.headers[place] if self.headers else self.header


Cells = Mapping[str, CellContent]


def list_entries(content: CellContent) -> tuple[str | None, ...]:
    """Return the entries of a list; a cell with one text has one entry, and an unknown cell has no entries."""
    if content.value is None:
        return ()
    return content.value if isinstance(content.value, tuple) else (content.value,)


def joined_text(value: str | tuple[str | None, ...] | None) -> str | None:
    """Return the text of a cell, with the entries of a list joined by `; `."""
    if isinstance(value, tuple):
        return "; ".join(one for one in value if one is not None) or None
    return value
