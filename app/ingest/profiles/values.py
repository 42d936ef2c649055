"""Builds the values of a record from the cells of a row. Unknown values are left out, never guessed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.ingest.profiles.cells import (
    CellError,
    build_date,
    country_code,
    country_codes,
    country_name,
    parse_date,
    parse_number,
    parse_truth_value,
    parse_web_address,
    parse_whole_number,
)
from app.ingest.profiles.expressions import LONGEST_MATCHED, cut_out, find
from app.ingest.profiles.schema import Codes
from app.ingest.profiles.value_forms import (
    FORMS,
    PLACEHOLDER,
    Cell,
    Each,
    First,
    Greatest,
    If,
    Joined,
    ReadAs,
    names_in,
)
from app.ingest.report import LineWarning
from app.writing.slugs import slug_part

_PLAIN_READS: dict[ReadAs, Callable[[str], Any]] = {
    ReadAs.TEXT: str,
    ReadAs.NUMBER: parse_number,
    ReadAs.WHOLE: parse_whole_number,
    ReadAs.TRUTH: parse_truth_value,
    ReadAs.COUNTRY: country_code,
    ReadAs.COUNTRIES: country_codes,
    ReadAs.COUNTRY_NAME: country_name,
    ReadAs.ADDRESS: parse_web_address,
}
_IGNORED = "The value is ignored; correct the file and import it again."


@dataclass(frozen=True, slots=True)
class CellContent:
    """The content of a row in one column: a text, several texts if the cell holds a list, or None if it is unknown."""

    header: str
    value: str | tuple[str | None, ...] | None
    headers: tuple[str, ...] = ()
    """For a family, the header of each value."""

    def header_of(self, place: int) -> str:
        """Return the header of the column that holds this value of the list."""
        return self.headers[place] if self.headers else self.header


Cells = Mapping[str, CellContent]


@dataclass(slots=True)
class RowEvaluator:
    """Evaluates the value forms of a profile for one row, and collects warnings about its cells."""

    line: int
    codes: Mapping[str, Codes]
    row: Cells = field(default_factory=dict)
    """The cells of the whole row. (Methods take `cells`, which may hold the values of a single entry of `each`.)"""
    warnings: dict[tuple[str | None, str, str], LineWarning] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """The source columns of the current record, by JSON Pointer."""
    coded_from: dict[str, str] = field(default_factory=dict)
    truncated: frozenset[str] = frozenset()
    """Columns of which the current record uses only the first characters (`until`) and nothing uses the rest."""
    records: int = 0
    """The number of records that the row has produced."""

    def warn(self, rule: str, header: str | None, message: str, hint: str | None = None, pointer: str = "") -> None:
        """Add a warning. The same warning about a cell is added once, however many records use the cell."""
        warning = LineWarning(line=self.line, column=header, pointer=pointer, message=message, hint=hint, rule=rule)
        self.warnings.setdefault((header, rule, message), warning)

    def column_at(self, pointer: str) -> str | None:
        """Return the source column of the value at this pointer; None if it has none."""
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        return self.columns.get(pointer)

    def warn_of_none(self, collection: str, slug: Any, cells: Cells) -> None:
        """Warn that the row produces no record for a rule, unless the rule's own condition excludes the row."""
        if isinstance(slug, If) and slug.else_ is None and self.value(slug.if_, cells) in (None, False):
            return
        # The cause was reported already, such as an unknown code or a name without letters.
        headers = {cells[name].header for name in names_in(slug)}
        if any(column in headers and rule in ("not-read", "unmapped", "no-slug") for column, rule, _ in self.warnings):
            return
        message = f"The row produces no record in {collection}: no slug can be made without this value"
        self.warn("no-record", self.unknown_in(slug, cells), message, "Fill in the cell and import the file again.")

    def unknown_in(self, form: Any, cells: Cells) -> str | None:
        """Return the header of the cell to blame for a null value: the first null cell on which the value depends.

        If none of them is null, it is the first cell; None if the value depends on no cell."""
        contents = [cells[name] for name in names_in(form)]
        return next((one.header for one in contents if one.value is None), contents[0].header if contents else None)

    def value(self, form: Any, cells: Cells, pointer: str = "") -> Any:
        """Evaluate a value form; None if all of it is unknown."""
        match form:
            case str():
                return self._text(form, cells, pointer)
            case Cell():
                return self._cell(form, cells, pointer)
            case First():
                return self._first(form.first, cells, pointer)
            case Each():
                return self._each(form, cells, pointer)
            case Joined():
                return self._join(form.joined, cells, pointer)
            case Greatest():
                return self._greatest(form, cells, pointer)
            case If():
                condition = self.value(form.if_, cells, pointer)
                return self.value(form.else_ if condition in (None, False) else form.then, cells, pointer)
            case list():
                return self._list(form, cells, pointer)
            case dict():
                return self._object(form, cells, pointer)
            case _:
                return form

    def _first(self, ways: Sequence[Any], cells: Cells, pointer: str) -> Any:
        known = len(self.columns)
        for way in ways:
            if len(self.columns) != known:
                self._forget(pointer)
            if (value := self.value(way, cells, pointer)) is not None:
                return value
        return None

    def _list(self, forms: Sequence[Any], cells: Cells, pointer: str) -> list[Any] | None:
        made: list[Any] = []
        for form in forms:
            known = len(self.columns)
            entry = self.value(form, cells, f"{pointer}/{len(made)}")
            if entry is not None or len(self.columns) != known:
                self._add(made, entry, pointer)
        return made or None

    def _join(self, parts: Sequence[Any], cells: Cells, pointer: str) -> list[Any] | None:
        made: list[Any] = []
        for part in parts:
            # Each list is built on its own, from index 0; the pointers in `columns` are then shifted behind the others.
            before, self.columns = self.columns, {}
            entries = self.value(part, cells, pointer) or []
            own, self.columns = self.columns, before
            for place, entry in enumerate(entries if isinstance(entries, list) else [entries]):
                here = f"{pointer}/{place}"
                moved = {at: header for at, header in own.items() if f"{at}/".startswith(f"{here}/")}
                self.columns |= {f"{pointer}/{len(made)}{at.removeprefix(here)}": one for at, one in moved.items()}
                self._add(made, entry, pointer)
            if pointer in own:
                self.columns.setdefault(pointer, own[pointer])
        return made or None

    def _add(self, made: list[Any], entry: Any, pointer: str) -> None:
        """Append an entry to a list. A null or duplicate entry is dropped, together with its pointers in `columns`."""
        if entry is not None and entry not in made:
            made.append(entry)
            return
        here = f"{pointer}/{len(made)}"
        if entry is not None:
            inner = (header for at, header in self.columns.items() if f"{at}/".startswith(f"{here}/"))
            word = entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
            self.warn("twice", next(inner, None), f"{word[:60]!r} is a duplicate; it is used once")
        self._forget(here)

    def _forget(self, pointer: str) -> None:
        """Remove the source columns of a value that is not used."""
        for place in [place for place in self.columns if f"{place}/".startswith(f"{pointer}/")]:
            del self.columns[place]

    def _object(self, form: Mapping[str, Any], cells: Cells, pointer: str) -> dict[str, Any] | None:
        made = {name: self.value(one, cells, f"{pointer}/{name}") for name, one in form.items()}
        known = {name: value for name, value in made.items() if value is not None}
        # If only constants are left, the object is meaningless: a scheme without its id, a role without its party.
        variable = [name for name in form if not _is_constant(form[name])]
        return None if variable and not any(name in known for name in variable) else known or None

    def _text(self, form: str, cells: Cells, pointer: str) -> str | None:
        parts: list[str] = []
        end = 0
        for found in PLACEHOLDER.finditer(form):
            content = cells[found[1]]
            word = _joined(content.value)
            if word is not None and found[2] in self.codes:
                word = self._coded(self.codes[found[2]], content, word, "")
            filtered = _filtered(word, found[2]) if word is not None else None
            if word is not None and filtered is None:
                # All such names would be merged into one record (test_a_name_without_letters_makes_no_record).
                message = f"{word[:60]!r} has neither letters nor digits; no slug can be made from it"
                self.warn("no-slug", content.header, message)
            if filtered is None:
                return None
            self.columns.setdefault(pointer, content.header)
            parts += [form[end : found.start()], filtered]
            end = found.end()
        return "".join([*parts, form[end:]])

    def _cell(self, cell: Cell, cells: Cells, pointer: str) -> Any:
        contents = [cells[name] for name in cell.from_]
        self.columns[pointer] = contents[-1].header
        texts = [_joined(one.value) for one in contents]
        if all(text is None for text in texts):
            return None
        try:
            if cell.read is ReadAs.DATE:
                return self._date(cell, contents, texts, pointer)
            return self._read(cell, contents[0], str(texts[0]), pointer)
        except CellError as error:
            self.warn("not-read", contents[-1].header, str(error), _IGNORED)
            return None

    def _read(self, cell: Cell, content: CellContent, text: str, pointer: str) -> Any:
        text = _cut(cell, text)
        if cell.until is not None or cell.after is not None:
            if cell.until is not None and len(text) > cell.until and cell.from_[0] in self.truncated:
                message = f"The text has {len(text):,} characters; only the first {cell.until:,} are used"
                self.warn("cut-off", content.header, message, f"It ends with {text[: cell.until][-40:]!r}.", pointer)
            text = text[cell.after or 0 : cell.until].strip()
            return text or None
        if cell.codes is not None:
            return self._coded(self.codes[cell.codes], content, text, pointer)
        return _PLAIN_READS[cell.read](text)

    def _coded(self, codes: Codes, content: CellContent, text: str, pointer: str) -> str | None:
        is_known, word = _word(codes, text)
        # Store no original code if it was deliberately translated to null, or a partial list does not mention it.
        is_stored = pointer.count("/") == 1
        if is_stored and (word is not None or not (is_known or codes.is_partial)):
            self.coded_from[pointer[1:]] = text
        if is_known or codes.is_partial:
            return word
        instead = f"{codes.otherwise!r} is used instead" if codes.otherwise is not None else "the field is null"
        known = [*codes.words, *codes.patterns]
        listed = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        hint = f"The code list has {listed}" + ("; the original code is stored in `coded_from`." if is_stored else ".")
        self.warn("unmapped", content.header, f"{text[:60]!r} is not in the code list; {instead}", hint, pointer)
        return codes.otherwise

    def _greatest(self, form: Greatest, cells: Cells, pointer: str) -> int | None:
        found: int | None = None
        for content in (cells[name] for name in form.greatest):
            for place, text in enumerate(_listed(content)):
                header = content.header_of(place)
                if text is None:
                    continue
                try:
                    value = form.words[text] if text in form.words else parse_whole_number(text)
                    if not form.at_least <= value <= form.at_most:
                        raise CellError(f"{text[:60]!r} is not between {form.at_least} and {form.at_most}")
                except CellError as error:
                    self.warn("not-read", header, str(error), _IGNORED)
                    continue
                if found is None or value > found:
                    found, self.columns[pointer] = value, header
        return found

    def _date(self, cell: Cell, contents: Sequence[CellContent], texts: Sequence[str | None], pointer: str) -> str:
        if len(contents) == 1:
            patterns = cell.pattern or ["YYYY-MM-DD"]
            date, missing = parse_date(_cut(cell, str(texts[0])), patterns, cell.years_from or 0)
        else:
            date, missing = build_date(texts)
        if missing is not None:
            header = contents[-1 if missing == "day" else len(contents) // 2].header
            self.warn(f"no-{missing}", header, f"The {missing} is unknown; the date is stored as {date}", None, pointer)
        return date

    def _each(self, form: Each, cells: Cells, pointer: str) -> list[Any] | None:
        if form.only_if_one is not None and len(_listed(self.row[form.only_if_one])) != 1:
            return None
        made: list[Any] = []
        for inner in self.side_by_side(form.each, cells):
            one = self.value(form.make, inner, f"{pointer}/{len(made)}")
            if one is not None and one in made:
                content = inner[form.each[0]]
                self.warn("twice", content.header, f"{_joined(content.value)!r} is a duplicate; it is used once")
                one = None
            self._add(made, one, pointer)
        return made or None

    def side_by_side(self, names: Sequence[str], cells: Cells) -> Iterator[Cells]:
        """Yield the cells of the row once for each entry of parallel lists, with the entry's values in place of the lists.

        The first list determines the number of entries. A list of another length cannot be aligned: its values are None."""
        leading = cells[names[0]]
        entries = _listed(leading)
        sides: dict[str, tuple[str | None, ...]] = {}
        for name in names[1:]:
            other = _listed(cells[name])
            if other and len(other) != len(entries):
                message = f"This cell has {len(other)} values, but {leading.header!r} has {len(entries)}"
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


def _listed(content: CellContent) -> tuple[str | None, ...]:
    if content.value is None:
        return ()
    return content.value if isinstance(content.value, tuple) else (content.value,)


def _joined(value: str | tuple[str | None, ...] | None) -> str | None:
    if isinstance(value, tuple):
        return "; ".join(one for one in value if one is not None) or None
    return value


def _cut(cell: Cell, text: str) -> str:
    """Return the part of a cell that `cut` selects."""
    if cell.cut is None:
        return text
    if len(text) > LONGEST_MATCHED:
        raise CellError(f"The cell has more than {LONGEST_MATCHED} characters, too many to match {cell.cut}")
    found = cut_out(cell.cut, text)
    if found is None:
        raise CellError(f"{text[:60]!r} does not match {cell.cut}")
    return found


def _word(codes: Codes, text: str) -> tuple[bool, str | None]:
    """Return whether the code list covers a code, and its translation."""
    if text in codes.words:
        return True, codes.words[text]
    for pattern, word in codes.patterns.items() if len(text) <= LONGEST_MATCHED else ():
        if find(pattern, text) is not None:
            return True, word
    return (True, text) if codes.keeps_others else (False, None)


def _filtered(word: str, name: str | None) -> str | None:
    if name == "slug":
        return slug_part(word)
    if name == "digest":
        return hashlib.sha256(word.encode()).hexdigest()[:12]
    return word.lower() if name == "lower" else word


def _is_constant(form: Any) -> bool:
    if isinstance(form, str):
        return PLACEHOLDER.search(form) is None
    if isinstance(form, list):
        return all(map(_is_constant, form))
    if isinstance(form, dict):
        return all(map(_is_constant, form.values()))
    return type(form) not in FORMS.values()
