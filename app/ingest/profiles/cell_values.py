"""Reads cells as values: texts, numbers, dates, codes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import quoted
from app.ingest.cells import CellError
from app.ingest.profiles.cell_contents import CellContent, Cells, joined_text, list_entries
from app.ingest.profiles.cells import (
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
from app.ingest.profiles.code_lists import Codes
from app.ingest.profiles.expressions import LONGEST_MATCHED, cut_out
from app.ingest.profiles.row_report import RowReport
from app.ingest.profiles.value_forms import (
    PLACEHOLDER,
    Cell,
    Greatest,
    ReadAs,
)
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


def _cut(cell: Cell, text: str) -> str:
    """Return the part of a cell that `cut` selects."""
    if cell.cut is None:
        return text
    if len(text) > LONGEST_MATCHED:
        raise CellError(f"The cell has more than {LONGEST_MATCHED} characters, too many to match {cell.cut}")
    found = cut_out(cell.cut, text)
    if found is None:
        raise CellError(f"{quoted(text, 60)} does not match {cell.cut}")
    return found


def _filtered(word: str, name: str | None) -> str | None:
    if name == "slug":
        return slug_part(word)
    if name == "digest":
        return hashlib.sha256(word.encode()).hexdigest()[:12]
    return word.lower() if name == "lower" else word


@dataclass(slots=True)
class CellEvaluator(RowReport):
    """Evaluates the value forms that read cells. Warnings go to the report of the row."""

    codes: Mapping[str, Codes] = field(default_factory=dict, kw_only=True)
    """The code lists of the profile, by name."""

    def text(self, form: str, cells: Cells, pointer: str) -> str | None:
        """Fill the placeholders of a text; None if the value of a placeholder is unknown."""
        parts: list[str] = []
        end = 0
        for found in PLACEHOLDER.finditer(form):
            content = cells[found[1]]
            word = joined_text(content.value)
            if word is not None and found[2] in self.codes:
                word = self._coded(self.codes[found[2]], content, word, "")
            filtered = _filtered(word, found[2]) if word is not None else None
            if word is not None and filtered is None:
                # All such names would be merged into one record (test_a_name_without_letters_makes_no_record).
                message = f"{quoted(word, 60)} has neither letters nor digits; no slug can be made from it"
                self.warn("no-slug", content.header, message)
            if filtered is None:
                return None
            self.columns.setdefault(pointer, content.header)
            parts += [form[end : found.start()], filtered]
            end = found.end()
        return "".join([*parts, form[end:]])

    def cell(self, cell: Cell, cells: Cells, pointer: str) -> object:
        """Read a cell, or a date from several cells; None if the value is unknown or cannot be read."""
        contents = [cells[name] for name in cell.from_]
        self.columns[pointer] = contents[-1].header
        texts = [joined_text(one.value) for one in contents]
        if all(text is None for text in texts):
            return None
        try:
            if cell.read is ReadAs.DATE:
                return self._date(cell, contents, texts, pointer)
            return self._read(cell, contents[0], str(texts[0]), pointer)
        except CellError as error:
            self.warn("not-read", contents[-1].header, str(error), _IGNORED)
            return None

    def _read(self, cell: Cell, content: CellContent, text: str, pointer: str) -> object:
        text = _cut(cell, text)
        if cell.until is not None or cell.after is not None:
            if cell.until is not None and len(text) > cell.until and cell.from_[0] in self.truncated:
                message = f"The text has {len(text):,} characters; only the first {cell.until:,} are used"
                self.warn(
                    "cut-off", content.header, message, f"It ends with {quoted(text[: cell.until][-40:])}.", pointer
                )
            text = text[cell.after or 0 : cell.until].strip()
            return text or None
        if cell.codes is not None:
            return self._coded(self.codes[cell.codes], content, text, pointer)
        return _PLAIN_READS[cell.read](text)

    def _coded(self, codes: Codes, content: CellContent, text: str, pointer: str) -> str | None:
        is_known, word = codes.translate(text)
        # Store no original code if the code was deliberately translated to null, or is absent from a partial list.
        is_stored = pointer.count("/") == 1
        if is_stored and (word is not None or not (is_known or codes.is_partial)):
            self.coded_from[pointer[1:]] = text
        if is_known or codes.is_partial:
            return word
        instead = f"{quoted(codes.otherwise)} is used instead" if codes.otherwise is not None else "the field is null"
        known = [*codes.words, *codes.patterns]
        listed = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        hint = f"The code list has {listed}" + ("; the original code is stored in `coded_from`." if is_stored else ".")
        self.warn("unmapped", content.header, f"{quoted(text, 60)} is not in the code list; {instead}", hint, pointer)
        return codes.otherwise

    def greatest(self, form: Greatest, cells: Cells, pointer: str) -> int | None:
        """Return the greatest number in the cells; None if none can be read."""
        found: int | None = None
        for content in (cells[name] for name in form.greatest):
            for place, text in enumerate(list_entries(content)):
                header = content.header_of(place)
                if text is None:
                    continue
                try:
                    value = form.words[text] if text in form.words else parse_whole_number(text)
                    if not form.at_least <= value <= form.at_most:
                        raise CellError(f"{quoted(text, 60)} is not between {form.at_least} and {form.at_most}")
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
