"""Reads the table of another data set with its profile. Implements the same interface as the other import formats."""

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
from app.ingest.profiles.cells import drop_zero_fraction
from app.ingest.profiles.encodings import UTF_16
from app.ingest.profiles.expressions import LONGEST_MATCHED, find
from app.ingest.profiles.fields import Fields
from app.ingest.profiles.row_merging import RowMerger
from app.ingest.profiles.schema import Column, Family, Profile, Rule, normalize_header
from app.ingest.profiles.value_forms import PLACEHOLDER, Cell, names_in, parts_of
from app.ingest.profiles.values import CellContent, Cells, RowEvaluator
from app.web.upload_stream import Line
from app.writing.write_spec import WriteSpec

#: Maximum number of rows per batch. A row produces several records, so batches are about as large as those of other files.
MOST_ROWS = 200


class Table:
    """A CSV file of another data set, read with its profile."""

    def __init__(self, profile: Profile, most_bytes: int, kinds: Mapping[str, WriteSpec]) -> None:
        self.profile = profile
        self.data_set: DataSet | None = profile.data_set
        self.most_bytes = most_bytes
        # A file in UTF-16 was converted to UTF-8 before.
        self.encodings = [one for one in profile.encodings if one not in UTF_16] or ["utf-8"]
        self.fields = Fields(kinds)
        self.merger = RowMerger(self.fields, profile.records)
        self.truncated = [_cut_columns(rule) for rule in profile.records]
        """The columns that each rule truncates."""
        self.places: dict[str, int] = {}
        self.families: dict[str, list[int]] = {name: [] for name in profile.families}
        """The positions of each family's columns, in the order of the file."""
        self.headers: list[str] = []
        self._header_evaluator: RowEvaluator | None = None
        self._unspoken_of: dict[int, frozenset[str]] = {}
        self._blank = BlankRows(profile.delimiter)
        self._unknown = {
            name: frozenset(profile.unknown_in(one))
            for name, one in (*profile.columns.items(), *profile.families.items())
        }

    async def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """Yield the rows in blocks, then blocks for the records that are held back until the last row.

        Raises `ApiError` if the header lacks a required column."""
        last: list[Line] = []
        rows = blocks_of(rows_of(lines, self.most_bytes), min(most, MOST_ROWS), self._take_header)
        async for block in to_the_last(rows):
            last = block.lines[-1:]
            yield block
        # The caller reads each block before it requests the next, so `is_waiting` is up to date.
        while self.merger.is_waiting:
            yield Block(last, is_tail=True)

    def read(self, block: Block) -> list[Item]:
        """Return the records of these rows, each once however many rows describe it, and the warnings about the rows."""
        if block.is_tail:
            return self.merger.take_waiting(MOST_ROWS, self._unspoken)
        items: list[Item] = []
        if self._header_evaluator is not None:
            items.append(_report_of(self._header_evaluator))
            self._header_evaluator = None
        for line in self._blank.without(block):
            items += self._row(line)
        return [*items, *self._blank.told(block), *self.merger.take(self._unspoken)]

    def whole(self) -> Iterator[Item]:
        return self.merger.whole(self._unspoken)

    def silent(self) -> frozenset[str]:
        """Return the collections whose records may be incomplete because the file lacks columns."""
        return frozenset(rule.collection for rule in self.profile.records if self._is_silent(rule))

    def _is_silent(self, rule: Rule) -> bool:
        needed = {*rule.needs, *rule.each, *rule.when}
        named = set(names_in(rule.body["slug"]))
        return any(self._is_missing(name) for name in needed) or (bool(named) and all(map(self._is_missing, named)))

    def _unspoken(self, rule: Rule) -> frozenset[str]:
        """Return the fields of a rule's body for which the file has no column."""
        if (found := self._unspoken_of.get(id(rule))) is None:
            columns = {name: set(names_in(form)) for name, form in rule.body.items()}
            missing = (name for name, needed in columns.items() if needed and all(map(self._is_missing, needed)))
            found = self._unspoken_of[id(rule)] = frozenset(missing)
        return found

    def _is_missing(self, name: str) -> bool:
        """Whether the file lacks this column, or all columns of this family."""
        if name in self.profile.columns:
            return name not in self.places
        families = (own for own, family in self.profile.families.items() if name in (own, family.header_as))
        return not any(self.families[own] for own in families)

    # --- the header

    def _take_header(self, row: Line) -> None:
        if row.text is None:
            raise refused(f"The header has more than {self.most_bytes} bytes", "Check that the file is a CSV file.")
        evaluator = RowEvaluator(row.number, self.profile.codes)
        try:
            self.headers = self._cells(row.text, evaluator)
        except (UnicodeDecodeError, csv.Error) as error:
            raise refused(
                f"The header cannot be read: {said(error)}", f"Save the file as CSV in {self.encodings[0]}."
            ) from None
        profile = self.profile
        if self.encodings[0] != profile.encodings[0]:
            evaluator.warn(
                "encoding", None, f"The file is not in {profile.encodings[0]}; it is read as {self.encodings[0]}"
            )
        known = {normalize_header(header): name for name, column in profile.columns.items() for header in column.header}
        alike = {
            normalize_header(header): name for name, family in profile.families.items() for header in family.headers
        }
        passed_over = {normalize_header(header) for header in profile.passed_over}
        first_headers = {
            normalize_header(one): column.header[0] for column in profile.columns.values() for one in column.header
        }
        first_headers |= {normalize_header(one): one for family in profile.families.values() for one in family.headers}
        found: set[str] = set()
        unread: list[str] = []
        for place, header in enumerate(self.headers):
            name = known.get(normalize_header(header))
            if (family := alike.get(normalize_header(header))) is not None:
                if normalize_header(header) in found:
                    evaluator.warn(
                        "unknown-column", header, "An earlier column has the same header; this one is ignored"
                    )
                    continue
                found.add(normalize_header(header))
                self.families[family].append(place)
            elif name is None and normalize_header(header) not in passed_over:
                near = nearest(normalize_header(header), [*known, *alike])
                suggestion = first_headers[near] if near else None
                hint = f"If it is {suggestion!r}, add this header to that column." if suggestion else None
                evaluator.warn(
                    "unknown-column", header, "The profile does not mention this column; it is ignored", hint
                )
                unread.append(header)
            elif name is not None and name in self.places:
                earlier = self.headers[self.places[name]]
                message = f"The earlier column {earlier!r} is the same column of the profile; this one is ignored"
                evaluator.warn("unknown-column", header, message)
            elif name is not None:
                self.places[name] = place
        self._report_missing(row, unread, evaluator)
        self._report_families(evaluator)
        self._header_evaluator = evaluator

    def _report_missing(self, row: Line, unread: Sequence[str], evaluator: RowEvaluator) -> None:
        """Report the columns that the file lacks, with a similar header among those that the profile does not mention."""
        violations: list[Violation] = []
        for name, column in self.profile.columns.items():
            if name in self.places:
                if column.caution is not None:
                    evaluator.warn("misleading-column", self.headers[self.places[name]], column.caution)
                continue
            near = _nearest_header(column.header, unread)
            suggestion = (
                f"The file has {near!r}: if that is the column, add it to the headers of {name!r}." if near else None
            )
            if column.is_needed:
                expected = f"Its header in {self.profile.title} is {' or '.join(map(repr, column.header))}."
                message = f"The required column {column.header[0]!r} is missing"
                violations.append(
                    Violation(message, pointer="", hint=f"{expected} {suggestion}" if suggestion else expected)
                )
            elif column.comes_with is None or column.comes_with in self.places:
                message = "The file lacks this column; its values are null"
                evaluator.warn("missing-column", column.header[0], message, suggestion)
        if violations:
            if other := other_delimiter(self.headers, self.profile.delimiter):
                raise refused(*wrong_delimiter(other, self.profile.delimiter))
            detail = f"Line {row.number}, the header: the file lacks columns that {self.profile.title} must have."
            raise ApiError(ProblemType.INVALID, detail, violations)

    def _report_families(self, evaluator: RowEvaluator) -> None:
        families = self.profile.families
        if len(families) > 1 and not any(self.families.values()):
            # A release without any of these columns: one warning, not one per family.
            first = next(iter(families.values())).headers[0]
            count = sum(len(family.headers) for family in families.values())
            message = f"The file lacks this column and all similar ones, {count} in total; their values are null"
            evaluator.warn("missing-column", first, message)
            return
        for name, family in families.items():
            found = {normalize_header(self.headers[place]) for place in self.families[name]}
            missing = [header for header in family.headers if normalize_header(header) not in found]
            if missing:
                listed = ", ".join(missing[:20]) + (f" and {len(missing) - 20} more" if len(missing) > 20 else "")
                message = f"The file lacks {len(missing)} of {len(family.headers)} similar columns: {listed}"
                evaluator.warn("missing-column", missing[0], message)
            if family.caution is not None and found:
                evaluator.warn("misleading-column", self.headers[self.families[name][0]], family.caution)

    # --- rows

    def _cells(self, text: bytes, evaluator: RowEvaluator) -> list[str]:
        """Split a row into cells, in the first of the profile's encodings that can decode it."""
        first, *others = self.encodings
        try:
            return cells_of(text, self.profile.delimiter, first)
        except UnicodeDecodeError:
            for encoding in others:
                try:
                    cells = cells_of(text, self.profile.delimiter, encoding)
                except UnicodeDecodeError:
                    continue
                evaluator.warn("encoding", None, f"The row is not valid {first}; it was read as {encoding}")
                return cells
            raise

    def _row(self, line: Line) -> list[Item]:
        if line.text is None:
            return [too_long(line, self.most_bytes)]
        evaluator = RowEvaluator(line.number, self.profile.codes)
        try:
            texts = self._cells(line.text, evaluator)
        except (UnicodeDecodeError, csv.Error) as error:
            return [_invalid_row(line, Violation(f"The row cannot be read: {said(error)}", pointer=""))]
        if len(texts) != len(self.headers):
            message, hint = ragged(len(texts), len(self.headers), self.profile.delimiter)
            return [_invalid_row(line, Violation(message, pointer="", hint=hint))]
        reasons = zip(self.headers, map(why_unstorable, texts), strict=True)
        if damaged := [CellViolation(why, "", column=header) for header, why in reasons if why is not None]:
            # Reject the whole row: its other cells may be damaged too.
            return [_invalid_row(line, *damaged)]
        cells = {name: self._content(name, column, texts, evaluator) for name, column in self.profile.columns.items()}
        profile = self.profile
        for name, family in profile.families.items():
            cells |= self._family_contents(name, family, texts, evaluator)
        evaluator.row = cells
        violations: list[CellViolation] = []
        for rule, truncated in zip(profile.records, self.truncated, strict=True):
            evaluator.truncated = truncated
            if (violation := self._record(rule, cells, evaluator)) is not None:
                violations.append(violation)
        for doubt in profile.doubts:
            if _matches(doubt.when, cells):
                evaluator.warn("doubt", cells[doubt.column].header, doubt.message, doubt.hint)
        if not (evaluator.records or evaluator.warnings or violations):
            lacking = next((cells[name].header for one in profile.records for name in one.needs
                            if cells[name].value is None), None)  # fmt: skip
            hint = "Values that the profile needs are missing from the row."
            evaluator.warn("no-record", lacking, "The row produces no record", hint)
        return [_report_of(evaluator, *violations)] if evaluator.warnings or violations else []

    def _content(self, name: str, column: Column, texts: list[str], evaluator: RowEvaluator) -> CellContent:
        place = self.places.get(name)
        if place is None:
            return CellContent(column.header[0], None)
        header, text = self.headers[place], texts[place].strip()
        if column.split is None or not text:
            return CellContent(header, self._text(name, column, header, text, evaluator))
        parts = (part.strip() for part in split_at(text, column.split, column.whole))
        return CellContent(header, tuple(self._text(name, column, header, part, evaluator) for part in parts))

    def _family_contents(
        self, name: str, family: Family, texts: list[str], evaluator: RowEvaluator
    ) -> dict[str, CellContent]:
        """Return the non-null cells of a family, and their headers."""
        found = [
            (self.headers[place].strip(), value)
            for place in self.families[name]
            if (value := self._text(name, family, self.headers[place], texts[place].strip(), evaluator)) is not None
        ]
        headers, first = tuple(header for header, _ in found), family.headers[0]
        given = {name: CellContent(first, tuple(value for _, value in found) or None, headers)}
        if family.header_as is not None:
            given[family.header_as] = CellContent(first, headers or None, headers)
        return given

    def _text(self, name: str, column: Column | Family, header: str, text: str, evaluator: RowEvaluator) -> str | None:
        if self.profile.whole_numbers if column.whole_numbers is None else column.whole_numbers:
            text = drop_zero_fraction(text)
        if text in column.odd:
            evaluator.warn("misplaced", header, column.odd[text], f"{text!r} is ignored.")
            return None
        if not text or text in self._unknown[name]:
            return None
        if column.like is not None and (len(text) > LONGEST_MATCHED or find(column.like, text) is None):
            message = f"{text[:60]!r} does not match the pattern of this column, {column.like}"
            evaluator.warn("not-like", header, message, "The value is ignored.")
            return None
        if text in column.doubtful:
            evaluator.warn("doubt", header, column.doubtful[text], f"{text!r} is imported unchanged.")
        for sign in column.doubtful_signs:
            if sign in text:
                evaluator.warn("doubt", header, column.doubtful_signs[sign], f"{text[:60]!r} is imported unchanged.")
        return text

    def _record(self, rule: Rule, cells: Cells, evaluator: RowEvaluator) -> CellViolation | None:
        """Add the records that a rule produces from a row. Return a violation if `is_the_row` requires one and there is none."""
        if not _matches(rule.when, cells):
            return None
        for inner in evaluator.side_by_side(rule.each, cells) if rule.each else (cells,):
            lacking = [inner[name].header for name in rule.needs if inner[name].value is None]
            if lacking and rule.is_the_row:
                return _missing_value(rule, lacking[0])
            if lacking:
                continue
            evaluator.columns, evaluator.coded_from = {}, {}
            body: dict[str, Any] | None = evaluator.value(rule.body, inner)
            if body is None or "slug" not in body:
                if rule.is_the_row:
                    return _missing_value(rule, evaluator.unknown_in(rule.body["slug"], inner))
                evaluator.warn_of_none(rule.collection, rule.body["slug"], inner)
                continue
            evaluator.records += 1
            body = self.fields.fit(rule.collection, body, evaluator)
            if evaluator.coded_from:
                body["coded_from"] = {**evaluator.coded_from, **body.get("coded_from", {})}
            is_alone = rule.is_the_row and not rule.gathers
            earlier = self.merger.line_of(rule.collection, body) if is_alone else None
            if earlier is None:
                self.merger.add(rule, body, evaluator.columns, evaluator)
            else:
                message = f"Line {earlier} already describes {body['slug']!r}; this row is skipped"
                hint = "If these are two different records, give one of them another id and import the file again."
                evaluator.warn("same-key", evaluator.columns.get("/slug"), message, hint)
        return None


def _missing_value(rule: Rule, header: str | None) -> CellViolation:
    message = f"A value is required here: without it the row produces no record in {rule.collection}"
    return CellViolation(message, "", hint="Fill in the cell.", column=header)


def _nearest_header(headers: Sequence[str], there: Sequence[str]) -> str | None:
    """Return the header of the file that is most similar to one of these."""
    by_normalized = {normalize_header(one): one for one in there}
    near = next(
        (found for header in headers if (found := nearest(normalize_header(header), by_normalized)) is not None), None
    )
    return by_normalized[near] if near is not None else None


def _cut_columns(rule: Rule) -> frozenset[str]:
    """Return the columns of which a record uses only the first characters (`until`), and neither the rest nor the whole."""
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
    """Split a cell at the separator; the values in `whole`, which contain it, stay in one piece."""
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


def _matches(when: Mapping[str, list[str]], cells: Cells) -> bool:
    return all(cells[name].value in values for name, values in when.items())


def _invalid_row(line: Line, *violations: Violation) -> Item:
    return Item(line.number, "", None, violations)


def _report_of(evaluator: RowEvaluator, *violations: Violation) -> Item:
    return Item(evaluator.line, "", None, violations, tuple(evaluator.warnings.values()))
