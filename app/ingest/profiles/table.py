"""A foreign table as a form of files: the source that a profile makes."""

import csv
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from app.domain.types import why_unstorable
from app.errors import ApiError, ProblemType, Violation, nearest
from app.ingest.csv_rows import (
    BlankRows,
    cells_of,
    other_delimiter,
    ragged,
    refused,
    rows_of,
    said,
    to_the_last,
    wrong_delimiter,
)
from app.ingest.data_sets import DataSet
from app.ingest.items import Block, CellViolation, Item, blocks_of, too_long
from app.ingest.profiles.cells import without_zeros
from app.ingest.profiles.encodings import UTF_16
from app.ingest.profiles.expressions import LONGEST_MATCHED, find
from app.ingest.profiles.fields import Fields
from app.ingest.profiles.row_merging import Gathering
from app.ingest.profiles.schema import Column, Family, Profile, Rule, plain
from app.ingest.profiles.value_forms import PLACEHOLDER, Cell, names_in, parts_of
from app.ingest.profiles.values import Cells, Given, Making
from app.web.upload_stream import Line
from app.writing.write_spec import WriteSpec

#: Rows of a batch: each makes several records, and a batch should be about as large as those of other files.
MOST_ROWS = 200


class Table:
    """CSV of another data set, read by its profile."""

    def __init__(self, profile: Profile, most_bytes: int, kinds: Mapping[str, WriteSpec]) -> None:
        self.profile = profile
        self.data_set: DataSet | None = profile.data_set
        self.most_bytes = most_bytes
        # A file in UTF-16 comes here as UTF-8.
        self.encodings = [one for one in profile.encodings if one not in UTF_16] or ["utf-8"]
        self.fields = Fields(kinds)
        self.gathering = Gathering(self.fields, profile.records)
        self.lossy = [_cut_columns(rule) for rule in profile.records]
        """Of each rule the columns whose beginning alone is taken."""
        self.places: dict[str, int] = {}
        self.families: dict[str, list[int]] = {name: [] for name in profile.families}
        """The places of each family's columns, in the order of the file."""
        self.headers: list[str] = []
        self._about_header: Making | None = None
        self._unspoken_of: dict[int, frozenset[str]] = {}
        self._blank = BlankRows(profile.delimiter)
        self._unknown = {
            name: frozenset(profile.unknown_in(one))
            for name, one in (*profile.columns.items(), *profile.families.items())
        }

    async def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """The rows, and then the records that had to wait for the last row. Raises `ApiError` where the header has not the
        columns that the profile needs."""
        last: list[Line] = []
        rows = blocks_of(rows_of(lines, self.most_bytes), min(most, MOST_ROWS), self._take_header)
        async for block in to_the_last(rows):
            last = block.lines[-1:]
            yield block
        # A block is read before the next is asked for.
        while self.gathering.is_waiting:
            yield Block(last, is_tail=True)

    def read(self, block: Block) -> list[Item]:
        """The records of the rows, each once however many rows speak of it; and what is odd about the rows."""
        if block.is_tail:
            return self.gathering.take_waiting(MOST_ROWS, self._unspoken)
        items: list[Item] = []
        if self._about_header is not None:
            items.append(_said_of(self._about_header))
            self._about_header = None
        for line in self._blank.without(block):
            items += self._row(line)
        return [*items, *self._blank.told(block), *self.gathering.take(self._unspoken)]

    def whole(self) -> Iterator[Item]:
        return self.gathering.whole(self._unspoken)

    def silent(self) -> frozenset[str]:
        """The collections of which the file may lack records for want of columns."""
        return frozenset(rule.collection for rule in self.profile.records if self._is_silent(rule))

    def _is_silent(self, rule: Rule) -> bool:
        needed = {*rule.needs, *rule.each, *rule.when}
        named = set(names_in(rule.body["slug"]))
        return any(self._is_missing(name) for name in needed) or (bool(named) and all(map(self._is_missing, named)))

    def _unspoken(self, rule: Rule) -> frozenset[str]:
        """The fields of a rule's body of which the file has no column."""
        if (found := self._unspoken_of.get(id(rule))) is None:
            columns = {name: set(names_in(form)) for name, form in rule.body.items()}
            missing = (name for name, needed in columns.items() if needed and all(map(self._is_missing, needed)))
            found = self._unspoken_of[id(rule)] = frozenset(missing)
        return found

    def _is_missing(self, name: str) -> bool:
        """Whether the file has no column, and no column of the family, of this name."""
        if name in self.profile.columns:
            return name not in self.places
        families = (own for own, family in self.profile.families.items() if name in (own, family.header_as))
        return not any(self.families[own] for own in families)

    # --- the header

    def _take_header(self, row: Line) -> None:
        if row.text is None:
            raise refused(f"The header has more than {self.most_bytes} bytes", "Is this a CSV file?")
        making = Making(row.number, self.profile.codes)
        try:
            self.headers = self._cells(row.text, making)
        except (UnicodeDecodeError, csv.Error) as error:
            raise refused(
                f"The header cannot be read: {said(error)}", f"Save the file as CSV in {self.encodings[0]}."
            ) from None
        profile = self.profile
        if self.encodings[0] != profile.encodings[0]:
            making.warn(
                "encoding", None, f"The file is not in {profile.encodings[0]}; it is read as {self.encodings[0]}"
            )
        known = {plain(header): name for name, column in profile.columns.items() for header in column.header}
        alike = {plain(header): name for name, family in profile.families.items() for header in family.headers}
        passed_over = {plain(header) for header in profile.passed_over}
        first_headers = {plain(one): column.header[0] for column in profile.columns.values() for one in column.header}
        first_headers |= {plain(one): one for family in profile.families.values() for one in family.headers}
        found: set[str] = set()
        unread: list[str] = []
        for place, header in enumerate(self.headers):
            name = known.get(plain(header))
            if (family := alike.get(plain(header))) is not None:
                if plain(header) in found:
                    making.warn("unknown-column", header, "There is such a column already; this one is not read")
                    continue
                found.add(plain(header))
                self.families[family].append(place)
            elif name is None and plain(header) not in passed_over:
                near = nearest(plain(header), [*known, *alike])
                meant = first_headers[near] if near else None
                hint = f"Is it {meant!r}? Add this name to its headers." if meant else None
                making.warn("unknown-column", header, "The profile does not know this column; it is not read", hint)
                unread.append(header)
            elif name is not None and name in self.places:
                making.warn("unknown-column", header, f"{self.headers[self.places[name]]!r} is this column already")
            elif name is not None:
                self.places[name] = place
        self._look_for_missing(row, unread, making)
        self._look_at_families(making)
        self._about_header = making

    def _look_for_missing(self, row: Line, unread: Sequence[str], making: Making) -> None:
        """Tell of columns that the file lacks, with the header that may be meant among those that are not read."""
        violations: list[Violation] = []
        for name, column in self.profile.columns.items():
            if name in self.places:
                if column.caution is not None:
                    making.warn("misleading-column", self.headers[self.places[name]], column.caution)
                continue
            near = _nearest_header(column.header, unread)
            meant = f"The file has {near!r}: if that is it, add it to the headers of {name!r}." if near else None
            if column.is_needed:
                told = f"{self.profile.title} has it as {' or '.join(map(repr, column.header))}."
                message = f"The column {column.header[0]!r} is missing"
                violations.append(Violation(message, pointer="", hint=f"{told} {meant}" if meant else told))
            elif column.comes_with is None or column.comes_with in self.places:
                message = "The file has no such column: what it tells is unknown"
                making.warn("missing-column", column.header[0], message, meant)
        if violations:
            if other := other_delimiter(self.headers, self.profile.delimiter):
                raise refused(*wrong_delimiter(other, self.profile.delimiter))
            detail = f"Line {row.number}, the header: this is not a file of {self.profile.title}."
            raise ApiError(ProblemType.INVALID, detail, violations)

    def _look_at_families(self, making: Making) -> None:
        families = self.profile.families
        if len(families) > 1 and not any(self.families.values()):
            # A release without them: that is one thing to be said, not one for each family.
            first = next(iter(families.values())).headers[0]
            count = sum(len(family.headers) for family in families.values())
            making.warn("missing-column", first, f"The file has none of {count} such columns: what they say is unknown")
            return
        for name, family in families.items():
            found = {plain(self.headers[place]) for place in self.families[name]}
            missing = [header for header in family.headers if plain(header) not in found]
            if missing:
                told = ", ".join(missing[:20]) + (f" and {len(missing) - 20} more" if len(missing) > 20 else "")
                message = f"The file has no such column, of {len(family.headers)} like it these are missing: {told}"
                making.warn("missing-column", missing[0], message)
            if family.caution is not None and found:
                making.warn("misleading-column", self.headers[self.families[name][0]], family.caution)

    # --- rows

    def _cells(self, text: bytes, making: Making) -> list[str]:
        """The cells of a row in the first of the profile's encodings in which it can be read."""
        first, *others = self.encodings
        try:
            return cells_of(text, self.profile.delimiter, first)
        except UnicodeDecodeError:
            for encoding in others:
                try:
                    cells = cells_of(text, self.profile.delimiter, encoding)
                except UnicodeDecodeError:
                    continue
                making.warn("encoding", None, f"The row is not in {first}; it was read as {encoding}")
                return cells
            raise

    def _row(self, line: Line) -> list[Item]:
        if line.text is None:
            return [too_long(line, self.most_bytes)]
        making = Making(line.number, self.profile.codes)
        try:
            texts = self._cells(line.text, making)
        except (UnicodeDecodeError, csv.Error) as error:
            return [_wrong(line, Violation(f"The row cannot be read: {said(error)}", pointer=""))]
        if len(texts) != len(self.headers):
            message, hint = ragged(len(texts), len(self.headers), self.profile.delimiter)
            return [_wrong(line, Violation(message, pointer="", hint=hint))]
        told = zip(self.headers, map(why_unstorable, texts), strict=True)
        if damaged := [CellViolation(why, "", column=header) for header, why in told if why is not None]:
            # Nobody knows what else of such a row is not as it was.
            return [_wrong(line, *damaged)]
        cells = {name: self._given(name, column, texts, making) for name, column in self.profile.columns.items()}
        profile = self.profile
        for name, family in profile.families.items():
            cells |= self._alike(name, family, texts, making)
        making.row = cells
        violations: list[CellViolation] = []
        for rule, lossy in zip(profile.records, self.lossy, strict=True):
            making.lossy = lossy
            if (violation := self._record(rule, cells, making)) is not None:
                violations.append(violation)
        for doubt in profile.doubts:
            if _holds(doubt.when, cells):
                making.warn("doubt", cells[doubt.column].header, doubt.message, doubt.hint)
        if not (making.records or making.found or violations):
            lacking = next((cells[name].header for one in profile.records for name in one.needs
                            if cells[name].value is None), None)  # fmt: skip
            making.warn("no-record", lacking, "The row makes no record", "The profile asks for what it has not.")
        return [_said_of(making, *violations)] if making.found or violations else []

    def _given(self, name: str, column: Column, texts: list[str], making: Making) -> Given:
        place = self.places.get(name)
        if place is None:
            return Given(column.header[0], None)
        header, text = self.headers[place], texts[place].strip()
        if column.split is None or not text:
            return Given(header, self._known(name, column, header, text, making))
        parts = (part.strip() for part in split_at(text, column.split, column.whole))
        return Given(header, tuple(self._known(name, column, header, part, making) for part in parts))

    def _alike(self, name: str, family: Family, texts: list[str], making: Making) -> dict[str, Given]:
        """The known cells of a family, and their headers."""
        found = [
            (self.headers[place].strip(), value)
            for place in self.families[name]
            if (value := self._known(name, family, self.headers[place], texts[place].strip(), making)) is not None
        ]
        headers, first = tuple(header for header, _ in found), family.headers[0]
        given = {name: Given(first, tuple(value for _, value in found) or None, headers)}
        if family.header_as is not None:
            given[family.header_as] = Given(first, headers or None, headers)
        return given

    def _known(self, name: str, column: Column | Family, header: str, text: str, making: Making) -> str | None:
        if self.profile.whole_numbers if column.whole_numbers is None else column.whole_numbers:
            text = without_zeros(text)
        if text in column.odd:
            making.warn("misplaced", header, column.odd[text], f"{text!r} is left out.")
            return None
        if not text or text in self._unknown[name]:
            return None
        if column.like is not None and (len(text) > LONGEST_MATCHED or find(column.like, text) is None):
            message = f"{text[:60]!r} does not look like what the column holds, {column.like}"
            making.warn("not-like", header, message, "It is not read.")
            return None
        if text in column.doubtful:
            making.warn("doubt", header, column.doubtful[text], f"{text!r} is taken as it stands.")
        for sign in column.doubtful_signs:
            if sign in text:
                making.warn("doubt", header, column.doubtful_signs[sign], f"{text[:60]!r} is taken as it stands.")
        return text

    def _record(self, rule: Rule, cells: Cells, making: Making) -> CellViolation | None:
        """Gather the records that a rule makes of a row; a fault where it had to make one and cannot."""
        if not _holds(rule.when, cells):
            return None
        for inner in making.side_by_side(rule.each, cells) if rule.each else (cells,):
            lacking = [inner[name].header for name in rule.needs if inner[name].value is None]
            if lacking and rule.is_the_row:
                return _none_of(rule, lacking[0])
            if lacking:
                continue
            making.columns, making.coded_from = {}, {}
            body: dict[str, Any] | None = making.value(rule.body, inner)
            if body is None or "slug" not in body:
                if rule.is_the_row:
                    return _none_of(rule, making.unknown_in(rule.body["slug"], inner))
                making.warn_of_none(rule.collection, rule.body["slug"], inner)
                continue
            making.records += 1
            body = self.fields.fit(rule.collection, body, making)
            if making.coded_from:
                body["coded_from"] = {**making.coded_from, **body.get("coded_from", {})}
            is_alone = rule.is_the_row and not rule.gathers
            before = self.gathering.line_of(rule.collection, body) if is_alone else None
            if before is None:
                self.gathering.add(rule, body, making.columns, making)
            else:
                message = f"Line {before} has made {body['slug']!r} already; of this row it is not made again"
                hint = "Are these two? Give one of them another id, and send the file again."
                making.warn("same-key", making.columns.get("/slug"), message, hint)
        return None


def _none_of(rule: Rule, header: str | None) -> CellViolation:
    message = f"Without this the row makes none of the {rule.collection}"
    return CellViolation(message, "", hint="Fill the cell.", column=header)


def _nearest_header(headers: Sequence[str], there: Sequence[str]) -> str | None:
    """The header of the file that one of these may have become."""
    plainly = {plain(one): one for one in there}
    near = next((found for header in headers if (found := nearest(plain(header), plainly)) is not None), None)
    return plainly[near] if near is not None else None


def _cut_columns(rule: Rule) -> frozenset[str]:
    """The columns of whose cells a record takes the first characters (`until`), and neither the rest nor the whole."""
    cut: set[str] = set()
    whole: set[str] = set()
    for _, part in parts_of(rule.body):
        if isinstance(part, Cell) and part.until is not None and part.after is None:
            cut.add(part.from_[0])
        elif isinstance(part, Cell) and part.cut is None and part.codes is None:
            whole |= {*part.from_}
        elif isinstance(part, str):
            whole |= {found[1] for found in PLACEHOLDER.finditer(part) if found[2] is None}
    return frozenset(cut - whole)


def split_at(text: str, sign: str, whole: Sequence[str]) -> list[str]:
    """The values of a cell; those in which the sign stands, too, stay whole."""
    inside = [one for one in whole if one in text]
    if not inside:
        return text.split(sign)
    pattern = "|".join(re.escape(one) for one in sorted(inside, key=len, reverse=True))
    parts, at = [""], 0
    for found in re.finditer(f"({pattern})|{re.escape(sign)}", text):
        parts[-1] += text[at : found.start()] + (found[1] or "")
        if found[1] is None:
            parts.append("")
        at = found.end()
    parts[-1] += text[at:]
    return parts


def _holds(when: Mapping[str, list[str]], cells: Cells) -> bool:
    return all(cells[name].value in values for name, values in when.items())


def _wrong(line: Line, *violations: Violation) -> Item:
    return Item(line.number, "", None, violations)


def _said_of(making: Making, *violations: Violation) -> Item:
    return Item(making.line, "", None, violations, tuple(making.found.values()))
