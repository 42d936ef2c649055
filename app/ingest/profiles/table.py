"""Reads the table of another data set with its profile. Implements the same interface as the other import formats."""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from typing import Any

from app.domain.texts import why_unstorable
from app.errors import Violation, quoted
from app.ingest.csv_rows import (
    BlankRows,
    explain_parse_error,
    join_lines,
    ragged,
    split_cells,
    table_error,
    to_the_last,
)
from app.ingest.data_sets import DataSet
from app.ingest.items import Block, CellViolation, Item, blocks_of, too_long
from app.ingest.profiles.cell_contents import Cells
from app.ingest.profiles.encodings import UTF_16
from app.ingest.profiles.fields import Fields
from app.ingest.profiles.header import Header
from app.ingest.profiles.row_cells import CellReader
from app.ingest.profiles.row_merging import RowMerger
from app.ingest.profiles.row_report import RowReport
from app.ingest.profiles.rule_schema import Rule
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import PLACEHOLDER, Cell, names_in, nested_values
from app.ingest.profiles.values import RowEvaluator
from app.web.upload_stream import Line
from app.writing.write_spec import WriteSpec

#: Maximum number of rows per batch. A row produces several records, so batches are about as large as for other files.
MOST_ROWS = 200


class Table:
    """A CSV file of another data set, read with its profile."""

    def __init__(self, profile: Profile, most_bytes: int, kinds: Mapping[str, WriteSpec]) -> None:
        self.profile = profile
        self.data_set: DataSet | None = profile.data_set
        self.most_bytes = most_bytes
        # A file in UTF-16 has already been converted to UTF-8.
        self.encodings = [one for one in profile.encodings if one not in UTF_16] or ["utf-8"]
        self.fields = Fields(kinds)
        self.merger = RowMerger(self.fields, profile.records)
        self.truncated = [_cut_columns(rule) for rule in profile.records]
        """The columns that each rule truncates."""
        self.header = Header(profile)
        self.cells = CellReader(profile, self.header)
        self._header_report: RowReport | None = None
        self._unspoken_of: dict[int, frozenset[str]] = {}
        self._blank = BlankRows(profile.delimiter)

    async def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        """Yield the rows in blocks, then blocks for the records that are held back until the last row.

        Raises `ApiError` if the header lacks a required column."""
        last: list[Line] = []
        rows = blocks_of(join_lines(lines, self.most_bytes), min(most, MOST_ROWS), self._take_header)
        async for block in to_the_last(rows):
            last = block.lines[-1:]
            yield block
        # The caller reads each block before it requests the next, so `is_waiting` is up to date.
        while self.merger.is_waiting:
            yield Block(last, is_tail=True)

    def read(self, block: Block) -> list[Item]:
        """Return the records of these rows, and the warnings about the rows. A record is returned once, even if several
        rows describe it."""
        if block.is_tail:
            return self.merger.take_waiting(MOST_ROWS, self._unspoken)
        items: list[Item] = []
        if self._header_report is not None:
            items.append(_report_of(self._header_report))
            self._header_report = None
        for line in self._blank.without(block):
            items += self._row(line)
        return [*items, *self._blank.warnings(block), *self.merger.take(self._unspoken)]

    def whole(self) -> Iterator[Item]:
        return self.merger.whole(self._unspoken)

    def silent(self) -> frozenset[str]:
        """Return the collections whose records may be incomplete because the file lacks columns."""
        return frozenset(rule.collection for rule in self.profile.records if self._is_silent(rule))

    def _is_silent(self, rule: Rule) -> bool:
        needed = {*rule.needs, *rule.each, *rule.when}
        named = set(names_in(rule.body["slug"]))
        return any(self.header.is_missing(name) for name in needed) or (
            bool(named) and all(map(self.header.is_missing, named))
        )

    def _unspoken(self, rule: Rule) -> frozenset[str]:
        """Return the fields of a rule's body for which the file has no column."""
        if (found := self._unspoken_of.get(id(rule))) is None:
            columns = {name: set(names_in(form)) for name, form in rule.body.items()}
            missing = (name for name, needed in columns.items() if needed and all(map(self.header.is_missing, needed)))
            found = self._unspoken_of[id(rule)] = frozenset(missing)
        return found

    def _take_header(self, row: Line) -> None:
        if row.text is None:
            raise table_error(f"The header has more than {self.most_bytes} bytes", "Check that the file is a CSV file.")
        report = RowReport(row.number)
        try:
            headers = self._cells(row.text, report)
        except (UnicodeDecodeError, csv.Error) as error:
            raise table_error(
                f"The header cannot be read: {explain_parse_error(error)}",
                f"Save the file as CSV in {self.encodings[0]}.",
            ) from None
        if self.encodings[0] != self.profile.encodings[0]:
            report.warn(
                "encoding", None, f"The file is not in {self.profile.encodings[0]}; it is read as {self.encodings[0]}"
            )
        self.header.take(headers, row.number, report)
        self._header_report = report

    def _cells(self, text: bytes, report: RowReport) -> list[str]:
        """Split a row into cells, in the first of the profile's encodings that can decode it."""
        first, *others = self.encodings
        try:
            return split_cells(text, self.profile.delimiter, first)
        except UnicodeDecodeError:
            for encoding in others:
                try:
                    cells = split_cells(text, self.profile.delimiter, encoding)
                except UnicodeDecodeError:
                    continue
                report.warn("encoding", None, f"The row is not valid {first}; it was read as {encoding}")
                return cells
            raise

    def _row(self, line: Line) -> list[Item]:
        if line.text is None:
            return [too_long(line, self.most_bytes)]
        evaluator = RowEvaluator(line.number, codes=self.profile.codes)
        try:
            texts = self._cells(line.text, evaluator)
        except (UnicodeDecodeError, csv.Error) as error:
            return [_invalid_row(line, Violation(f"The row cannot be read: {explain_parse_error(error)}", pointer=""))]
        if len(texts) != len(self.header.headers):
            message, hint = ragged(len(texts), len(self.header.headers), self.profile.delimiter)
            return [_invalid_row(line, Violation(message, pointer="", hint=hint))]
        reasons = zip(self.header.headers, map(why_unstorable, texts), strict=True)
        if damaged := [CellViolation(why, "", column=header) for header, why in reasons if why is not None]:
            # Reject the whole row: its other cells may be damaged too.
            return [_invalid_row(line, *damaged)]
        profile, cells = self.profile, self.cells.read(texts, evaluator)
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
                message = f"Line {earlier} already describes {quoted(body['slug'])}; this row is skipped"
                hint = "If these are two different records, give one of them another id and import the file again."
                evaluator.warn("same-key", evaluator.columns.get("/slug"), message, hint)
        return None


def _missing_value(rule: Rule, header: str | None) -> CellViolation:
    message = f"A value is required here: without it the row produces no record in {rule.collection}"
    return CellViolation(message, "", hint="Fill in the cell.", column=header)


def _cut_columns(rule: Rule) -> frozenset[str]:
    """Return the columns of which a record uses only the first characters (`until`), but neither the rest nor the whole
    cell."""
    cut: set[str] = set()
    whole: set[str] = set()
    for _, part in nested_values(rule.body):
        if isinstance(part, Cell) and part.until is not None and part.after is None:
            cut.add(part.from_[0])
        elif isinstance(part, Cell) and part.cut is None and part.codes is None:
            whole |= {*part.from_}
        elif isinstance(part, str):
            whole |= {found[1] for found in PLACEHOLDER.finditer(part) if found[2] is None}
    return frozenset(cut - whole)


def _matches(when: Mapping[str, list[str]], cells: Cells) -> bool:
    return all(cells[name].value in values for name, values in when.items())


def _invalid_row(line: Line, *violations: Violation) -> Item:
    return Item(line.number, "", None, violations)


def _report_of(report: RowReport, *violations: Violation) -> Item:
    return Item(report.line, "", None, violations, tuple(report.warnings.values()))
