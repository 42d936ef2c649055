"""Reads the entries of a bibliography as sources, and reports what cannot be read."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from app.bibliography import bibtex
from app.bibliography.reference import Reference
from app.bibliography.source_bodies import source_body
from app.errors import ApiError, Violation, quoted
from app.ingest.bibliographies.formats import BibliographyFormat
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import NameNumbers
from app.ingest.items import Block, CellViolation, Item, blocks_of, too_long
from app.ingest.report import LineWarning
from app.web.upload_stream import Line

COLLECTION: Final = "sources"
#: Maximum number of strings (`@string`) that a BibTeX file may define.
_MOST_STRINGS: Final = 10_000


class Bibliography:
    """Reads the entries of a bibliography as items. `format` defines how to split the file and how to read an entry."""

    def __init__(self, format_: BibliographyFormat, most_bytes: int) -> None:
        self.format = format_
        self.most_bytes = most_bytes
        self.data_set: DataSet | None = DataSet(format_.name, format_.prefix, format_.name, has_whole_entries=True)
        self.macros = bibtex.new_macros()
        self._names = NameNumbers()
        self._reported: set[str] = set()
        self._last, self._part = 0, 0

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        return blocks_of(lines, most)

    def read(self, block: Block) -> list[Item]:
        """Read the entries as sources. String definitions of BibTeX apply to the entries that follow."""
        return [item for line in block.lines if (item := self._item(line)) is not None]

    def _item(self, line: Line) -> Item | None:
        self._part = self._part + 1 if line.number == self._last else 0
        self._last = line.number
        if line.text is None:
            return replace(too_long(line, self.most_bytes), part=self._part)
        try:
            reference = self.format.read(line.text.decode(), self.macros)
        except UnicodeDecodeError as error:
            hint = "Save the file as UTF-8."
            return self._invalid(
                line, Violation(f"The entry is not UTF-8 (byte 0x{error.object[error.start]:02x})", "", hint=hint)
            )
        except bibtex.Broken as error:
            return self._invalid(
                line,
                Violation(f"The entry cannot be read: {error}", "", hint="Check for a missing brace, quote or comma."),
            )
        except ApiError as api_error:
            violations = api_error.violations or (Violation(api_error.detail, ""),)
            return self._invalid(
                line,
                *(
                    replace(violation, message=re.sub(r"^Line \d+, ", "", violation.message))
                    for violation in violations
                ),
            )
        if reference is None:
            if len(self.macros) > _MOST_STRINGS:
                return self._invalid(
                    line,
                    Violation(
                        f"The file defines more than {_MOST_STRINGS} strings",
                        "",
                        hint="Replace the string names in the entries with their text.",
                    ),
                )
            return None
        return self._to_item(line, reference)

    def _to_item(self, line: Line, reference: Reference) -> Item:
        converted = source_body(reference, self.format.prefix)
        warnings = tuple(self._warnings(line, reference))
        violations = [
            CellViolation(
                violation.message,
                violation.pointer,
                hint=violation.hint,
                column=converted.columns.get(violation.pointer or ""),
            )
            for violation in converted.violations
        ]
        slug = str(converted.body.get("slug"))
        if not violations and (before := self._names.put(COLLECTION, slug, line.number)) is not None:
            hint = "Entries with the same DOI or key are one source: remove one of them, or correct its DOI or key."
            violations.append(
                CellViolation(
                    f"The entry of line {before} already defines the source {quoted(slug)}", "/slug", hint=hint
                )
            )
        if violations:
            return replace(self._invalid(line, *violations), warnings=warnings)
        return Item(line.number, COLLECTION, converted.body, (), warnings, self._part, converted.columns, line.number)

    def _warnings(self, line: Line, reference: Reference) -> Iterator[LineWarning]:
        for issue in reference.odd:
            if issue.once is not None and issue.once in self._reported:
                continue
            message = issue.message
            if issue.once is not None:
                self._reported.add(issue.once)
                message += "; later entries with this issue are not reported"
            yield LineWarning(
                line=line.number, column=issue.field, pointer="", message=message, hint=issue.hint, rule=issue.rule
            )

    def _invalid(self, line: Line, *violations: Violation) -> Item:
        return Item(line.number, "", None, violations, part=self._part)
