"""From the cells of a row to the values of a record. What is unknown is left out, and nothing is guessed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.ingest.profiles.cells import (
    CellError,
    address_of,
    countries_of,
    country_name_of,
    country_of,
    date_by,
    date_of,
    number_of,
    truth_of,
    whole_of,
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
    ReadAs.NUMBER: number_of,
    ReadAs.WHOLE: whole_of,
    ReadAs.TRUTH: truth_of,
    ReadAs.COUNTRY: country_of,
    ReadAs.COUNTRIES: countries_of,
    ReadAs.COUNTRY_NAME: country_name_of,
    ReadAs.ADDRESS: address_of,
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a row has in one column: a text, several of a cell that holds a list, or None where it is unknown."""

    header: str
    value: str | tuple[str | None, ...] | None
    headers: tuple[str, ...] = ()
    """Of a family the header of each value."""

    def header_of(self, place: int) -> str:
        """The column in which a value of the list stands."""
        return self.headers[place] if self.headers else self.header


Cells = Mapping[str, Given]


@dataclass(slots=True)
class Making:
    """The values of one row on their way, and what is odd about its cells."""

    line: int
    codes: Mapping[str, Codes]
    row: Cells = field(default_factory=dict)
    """The cells as they stand, where those of an entry of a list are looked at."""
    found: dict[tuple[str | None, str, str], LineWarning] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """Column by JSON Pointer, of the record that is being made."""
    coded_from: dict[str, str] = field(default_factory=dict)
    lossy: frozenset[str] = frozenset()
    """Columns of which the record takes the beginning (`until`), and nothing takes the rest."""
    records: int = 0
    """How many records the row has made."""

    def warn(self, rule: str, header: str | None, message: str, hint: str | None = None, pointer: str = "") -> None:
        """Note what is odd; the same of one cell is told once, however many records read it."""
        told = LineWarning(line=self.line, column=header, pointer=pointer, message=message, hint=hint, rule=rule)
        self.found.setdefault((header, rule, message), told)

    def column_at(self, pointer: str) -> str | None:
        """The column from which the value at this place came; None where it is no column's."""
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        return self.columns.get(pointer)

    def warn_of_none(self, collection: str, slug: Any, cells: Cells) -> None:
        """Tell that a row makes none of the records of a rule, unless that is what the rule's own condition says."""
        if isinstance(slug, If) and slug.else_ is None and self.value(slug.if_, cells) in (None, False):
            return
        # A word that no code list knows, a name without letters: the cell was told already, and why.
        headers = {cells[name].header for name in names_in(slug)}
        if any(column in headers and rule in ("not-read", "unmapped", "no-slug") for column, rule, _ in self.found):
            return
        message = f"Its slug is unknown: the row makes none of the {collection}"
        self.warn("no-record", self.unknown_in(slug, cells), message, "Fill the cell and send the file again.")

    def unknown_in(self, form: Any, cells: Cells) -> str | None:
        """The header of the cell for which a value is unknown: of those it is made of one that is, or the first."""
        given = [cells[name] for name in names_in(form)]
        return next((one.header for one in given if one.value is None), given[0].header if given else None)

    def value(self, form: Any, cells: Cells, pointer: str = "") -> Any:
        """The value; None where nothing of it is known."""
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
            # Each list is made by itself, from its entry 0 on; what its entries come from is moved behind the others.
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
        """Add an entry to a list; one that is unknown, or that the list has, leaves no trace in `columns`."""
        if entry is not None and entry not in made:
            made.append(entry)
            return
        here = f"{pointer}/{len(made)}"
        if entry is not None:
            inner = (header for at, header in self.columns.items() if f"{at}/".startswith(f"{here}/"))
            word = entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
            self.warn("twice", next(inner, None), f"{word[:60]!r} stands twice; it is taken once")
        self._forget(here)

    def _forget(self, pointer: str) -> None:
        """Forget from which columns a value came that is not taken."""
        for place in [place for place in self.columns if f"{place}/".startswith(f"{pointer}/")]:
            del self.columns[place]

    def _object(self, form: Mapping[str, Any], cells: Cells, pointer: str) -> dict[str, Any] | None:
        made = {name: self.value(one, cells, f"{pointer}/{name}") for name, one in form.items()}
        known = {name: value for name, value in made.items() if value is not None}
        # A scheme without its id, a role without its party: where only constants are left, nothing is said.
        told = [name for name in form if not _is_constant(form[name])]
        return None if told and not any(name in known for name in told) else known or None

    def _text(self, form: str, cells: Cells, pointer: str) -> str | None:
        parts: list[str] = []
        end = 0
        for found in PLACEHOLDER.finditer(form):
            given = cells[found[1]]
            word = _joined(given.value)
            if word is not None and found[2] in self.codes:
                word = self._coded(self.codes[found[2]], given, word, "")
            filtered = _filtered(word, found[2]) if word is not None else None
            if word is not None and filtered is None:
                # All such names would be one record; test_a_name_without_letters_makes_no_record holds it.
                message = f"{word[:60]!r} has neither letters nor digits; no slug can be made of it"
                self.warn("no-slug", given.header, message)
            if filtered is None:
                return None
            self.columns.setdefault(pointer, given.header)
            parts += [form[end : found.start()], filtered]
            end = found.end()
        return "".join([*parts, form[end:]])

    def _cell(self, cell: Cell, cells: Cells, pointer: str) -> Any:
        given = [cells[name] for name in cell.from_]
        self.columns[pointer] = given[-1].header
        texts = [_joined(one.value) for one in given]
        if all(text is None for text in texts):
            return None
        try:
            if cell.read is ReadAs.DATE:
                return self._date(cell, given, texts, pointer)
            return self._read(cell, given[0], str(texts[0]), pointer)
        except CellError as error:
            self.warn("not-read", given[-1].header, str(error), "It is left out; mend the file and send it again.")
            return None

    def _read(self, cell: Cell, given: Given, text: str, pointer: str) -> Any:
        text = _cut(cell, text)
        if cell.until is not None or cell.after is not None:
            if cell.until is not None and len(text) > cell.until and cell.from_[0] in self.lossy:
                message = f"The text has {len(text):,} characters, and the first {cell.until:,} are taken"
                self.warn("cut-off", given.header, message, f"It ends with {text[: cell.until][-40:]!r}.", pointer)
            text = text[cell.after or 0 : cell.until].strip()
            return text or None
        if cell.codes is not None:
            return self._coded(self.codes[cell.codes], given, text, pointer)
        return _PLAIN_READS[cell.read](text)

    def _coded(self, codes: Codes, given: Given, text: str, pointer: str) -> str | None:
        is_known, word = _word(codes, text)
        # A word that says nothing here, and one of which the list does not speak, are no source of the field.
        is_kept = pointer.count("/") == 1
        if is_kept and (word is not None or not (is_known or codes.is_partial)):
            self.coded_from[pointer[1:]] = text
        if is_known or codes.is_partial:
            return word
        instead = f"{codes.otherwise!r} stands for it" if codes.otherwise is not None else "the field is left out"
        known = [*codes.words, *codes.patterns]
        told = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        hint = f"The profile knows {told}" + ("; the word itself is kept in `coded_from`." if is_kept else ".")
        self.warn("unmapped", given.header, f"{text[:60]!r} is no word of the code list; {instead}", hint, pointer)
        return codes.otherwise

    def _greatest(self, form: Greatest, cells: Cells, pointer: str) -> int | None:
        found: int | None = None
        for given in (cells[name] for name in form.greatest):
            for place, text in enumerate(_listed(given)):
                header = given.header_of(place)
                if text is None:
                    continue
                try:
                    value = form.words[text] if text in form.words else whole_of(text)
                    if not form.at_least <= value <= form.at_most:
                        raise CellError(f"{text[:60]!r} is not between {form.at_least} and {form.at_most}")
                except CellError as error:
                    self.warn("not-read", header, str(error), "It is left out; mend the file and send it again.")
                    continue
                if found is None or value > found:
                    found, self.columns[pointer] = value, header
        return found

    def _date(self, cell: Cell, given: Sequence[Given], texts: Sequence[str | None], pointer: str) -> str:
        if len(given) == 1:
            patterns = cell.pattern or ["YYYY-MM-DD"]
            date, missing = date_by(_cut(cell, str(texts[0])), patterns, cell.years_from or 0)
        else:
            date, missing = date_of(texts)
        if missing is not None:
            header = given[-1 if missing == "day" else len(given) // 2].header
            self.warn(f"no-{missing}", header, f"The {missing} is unknown; the date is kept as {date}", None, pointer)
        return date

    def _each(self, form: Each, cells: Cells, pointer: str) -> list[Any] | None:
        if form.only_if_one is not None and len(_listed(self.row[form.only_if_one])) != 1:
            return None
        made: list[Any] = []
        for inner in self.side_by_side(form.each, cells):
            one = self.value(form.make, inner, f"{pointer}/{len(made)}")
            if one is not None and one in made:
                given = inner[form.each[0]]
                self.warn("twice", given.header, f"{_joined(given.value)!r} stands twice; it is taken once")
                one = None
            self._add(made, one, pointer)
        return made or None

    def side_by_side(self, names: Sequence[str], cells: Cells) -> Iterator[Cells]:
        """The cells of a row for each entry of lists that belong together, of which the first leads.

        Where another is not of its length, nobody knows which entry belongs to which: its entries are unknown then."""
        leading = cells[names[0]]
        entries = _listed(leading)
        sides: dict[str, tuple[str | None, ...]] = {}
        for name in names[1:]:
            other = _listed(cells[name])
            if other and len(other) != len(entries):
                message = f"{len(other)} values stand here, and {len(entries)} in {leading.header!r}"
                hint = "Which belongs to which is not known: these are left out."
                self.warn("lists-differ", cells[name].header, message, hint)
                other = ()
            sides[name] = other or (None,) * len(entries)
        for place, entry in enumerate(entries):
            if entry is None:
                self.warn("blank-entry", leading.header, f"Entry {place + 1} of the list is empty, or unknown")
                continue
            inner = {name: Given(cells[name].header_of(place), values[place]) for name, values in sides.items()}
            yield {**cells, names[0]: Given(leading.header_of(place), entry), **inner}


def _listed(given: Given) -> tuple[str | None, ...]:
    if given.value is None:
        return ()
    return given.value if isinstance(given.value, tuple) else (given.value,)


def _joined(value: str | tuple[str | None, ...] | None) -> str | None:
    if isinstance(value, tuple):
        return "; ".join(one for one in value if one is not None) or None
    return value


def _cut(cell: Cell, text: str) -> str:
    """The part of a cell that is read."""
    if cell.cut is None:
        return text
    if len(text) > LONGEST_MATCHED:
        raise CellError(f"The cell has more than {LONGEST_MATCHED} characters, too many to look for {cell.cut}")
    found = cut_out(cell.cut, text)
    if found is None:
        raise CellError(f"{text[:60]!r} is not of the form {cell.cut}")
    return found


def _word(codes: Codes, text: str) -> tuple[bool, str | None]:
    """Whether a code list knows a word, and ours for it."""
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
