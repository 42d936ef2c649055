"""Builds the values of a record from the cells of a row. Unknown values are left out, never guessed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import quoted
from app.ingest.profiles.cell_contents import CellContent, Cells, joined_text, list_entries
from app.ingest.profiles.cell_values import CellEvaluator
from app.ingest.profiles.value_forms import (
    FORMS,
    PLACEHOLDER,
    Cell,
    Each,
    First,
    Greatest,
    If,
    Joined,
    names_in,
)


@dataclass(slots=True)
class RowEvaluator(CellEvaluator):
    """Evaluates the value forms of a profile for one row, and collects warnings about its cells."""

    row: Cells = field(default_factory=dict)
    """The cells of the whole row. (Methods take `cells`, which may hold the values of a single entry of `each`.)"""

    def warn_of_none(self, collection: str, slug: object, cells: Cells) -> None:
        """Warn that the row produces no record for a rule, unless the rule's own condition excludes the row."""
        if isinstance(slug, If) and slug.else_ is None and self.value(slug.if_, cells) in (None, False):
            return
        # The cause was reported already, such as an unknown code or a name without letters.
        headers = {cells[name].header for name in names_in(slug)}
        if any(column in headers and rule in ("not-read", "unmapped", "no-slug") for column, rule, _ in self.warnings):
            return
        message = f"The row produces no record in {collection}: no slug can be made without this value"
        self.warn("no-record", self.unknown_in(slug, cells), message, "Fill in the cell and import the file again.")

    def unknown_in(self, form: object, cells: Cells) -> str | None:
        """Return the header of the cell that causes a null value, that is, the first null cell on which the value
        depends.

        If none of these cells is null, return the header of the first one; if the value depends on no cell, return
        None."""
        contents = [cells[name] for name in names_in(form)]
        return next((one.header for one in contents if one.value is None), contents[0].header if contents else None)

    def value(self, form: object, cells: Cells, pointer: str = "") -> Any:
        """Evaluate a value form; None if all its parts are unknown."""
        match form:
            case str():
                return self.text(form, cells, pointer)
            case Cell():
                return self.cell(form, cells, pointer)
            case First():
                return self._first(form.first, cells, pointer)
            case Each():
                return self._each(form, cells, pointer)
            case Joined():
                return self._join(form.joined, cells, pointer)
            case Greatest():
                return self.greatest(form, cells, pointer)
            case If():
                condition = self.value(form.if_, cells, pointer)
                return self.value(form.else_ if condition in (None, False) else form.then, cells, pointer)
            case list():
                return self._list(form, cells, pointer)
            case dict():
                return self._object(form, cells, pointer)
            case _:
                return form

    def _first(self, ways: Sequence[object], cells: Cells, pointer: str) -> object:
        known = len(self.columns)
        for way in ways:
            if len(self.columns) != known:
                self.forget(pointer)
            if (value := self.value(way, cells, pointer)) is not None:
                return value
        return None

    def _list(self, forms: Sequence[object], cells: Cells, pointer: str) -> list[Any] | None:
        entries: list[object] = []
        for form in forms:
            known = len(self.columns)
            entry = self.value(form, cells, f"{pointer}/{len(entries)}")
            if entry is not None or len(self.columns) != known:
                self._add(entries, entry, pointer)
        return entries or None

    def _join(self, parts: Sequence[object], cells: Cells, pointer: str) -> list[object] | None:
        joined: list[object] = []
        for part in parts:
            # Each list is built separately, from index 0. The pointers in `columns` are then shifted by the length of
            # the preceding lists.
            before, self.columns = self.columns, {}
            entries = self.value(part, cells, pointer) or []
            own, self.columns = self.columns, before
            for place, entry in enumerate(entries if isinstance(entries, list) else [entries]):
                here = f"{pointer}/{place}"
                moved = {at: header for at, header in own.items() if f"{at}/".startswith(f"{here}/")}
                self.columns |= {f"{pointer}/{len(joined)}{at.removeprefix(here)}": one for at, one in moved.items()}
                self._add(joined, entry, pointer)
            if pointer in own:
                self.columns.setdefault(pointer, own[pointer])
        return joined or None

    def _add(self, entries: list[Any], entry: object, pointer: str) -> None:
        """Append an entry to a list. A null or duplicate entry is dropped, together with its pointers in `columns`."""
        if entry is not None and entry not in entries:
            entries.append(entry)
            return
        here = f"{pointer}/{len(entries)}"
        if entry is not None:
            inner = (header for at, header in self.columns.items() if f"{at}/".startswith(f"{here}/"))
            word = entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
            self.warn("twice", next(inner, None), f"{quoted(word, 60)} is a duplicate; it is used once")
        self.forget(here)

    def _object(self, form: Mapping[str, object], cells: Cells, pointer: str) -> dict[str, object] | None:
        values = {name: self.value(one, cells, f"{pointer}/{name}") for name, one in form.items()}
        known = {name: value for name, value in values.items() if value is not None}
        # If only constants are left, the object is meaningless: a scheme without its id, a role without its party.
        variable = [name for name in form if not _is_constant(form[name])]
        return None if variable and not any(name in known for name in variable) else known or None

    def _each(self, form: Each, cells: Cells, pointer: str) -> list[object] | None:
        if form.only_if_one is not None and len(list_entries(self.row[form.only_if_one])) != 1:
            return None
        entries: list[object] = []
        for inner in self.side_by_side(form.each, cells):
            one = self.value(form.make, inner, f"{pointer}/{len(entries)}")
            if one is not None and one in entries:
                content = inner[form.each[0]]
                self.warn(
                    "twice", content.header, f"{quoted(joined_text(content.value))} is a duplicate; it is used once"
                )
                one = None
            self._add(entries, one, pointer)
        return entries or None

    def side_by_side(self, names: Sequence[str], cells: Cells) -> Iterator[Cells]:
        """Yield the cells of the row once for each entry of parallel lists, with the entry's values in place of the lists.

        The first list determines the number of entries. A list of another length cannot be aligned: its values are None."""
        leading = cells[names[0]]
        entries = list_entries(leading)
        sides: dict[str, tuple[str | None, ...]] = {}
        for name in names[1:]:
            other = list_entries(cells[name])
            if other and len(other) != len(entries):
                message = f"This cell has {len(other)} values, but {quoted(leading.header)} has {len(entries)}"
                hint = "The values cannot be matched, so these are ignored."
                self.warn("lists-differ", cells[name].header, message, hint)
                other = ()
            sides[name] = other or (None,) * len(entries)
        for place, entry in enumerate(entries):
            if entry is None:
                self.warn("blank-entry", leading.header, f"Entry {place + 1} of the list is empty or means unknown")
                continue
            inner = {name: CellContent(cells[name].header_of(place), values[place]) for name, values in sides.items()}
            yield {**cells, names[0]: CellContent(leading.header_of(place), entry), **inner}


def _is_constant(form: object) -> bool:
    if isinstance(form, str):
        return PLACEHOLDER.search(form) is None
    if isinstance(form, list):
        return all(map(_is_constant, form))
    if isinstance(form, dict):
        return all(map(_is_constant, form.values()))
    return type(form) not in FORMS.values()
