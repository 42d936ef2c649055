"""Reads the cells of a row as declared by the columns and families of the profile."""

from app.errors import quoted
from app.ingest.profiles.cell_contents import CellContent
from app.ingest.profiles.cell_splitting import split_at
from app.ingest.profiles.cells import drop_zero_fraction
from app.ingest.profiles.column_schema import Column, Family
from app.ingest.profiles.expressions import LONGEST_MATCHED, find_match
from app.ingest.profiles.header import Header
from app.ingest.profiles.row_report import RowReport
from app.ingest.profiles.schema import Profile


class CellReader:
    """Reads the cells of a table with this profile and this header."""

    def __init__(self, profile: Profile, header: Header) -> None:
        self.profile = profile
        self.header = header
        self._unknown = {
            name: frozenset(profile.unknown_in(one))
            for name, one in (*profile.columns.items(), *profile.families.items())
        }

    def read(self, texts: list[str], report: RowReport) -> dict[str, CellContent]:
        """Return the contents of a row, by the names in the profile."""
        cells = {name: self._content(name, column, texts, report) for name, column in self.profile.columns.items()}
        for name, family in self.profile.families.items():
            cells |= self._family_contents(name, family, texts, report)
        return cells

    def _content(self, name: str, column: Column, texts: list[str], report: RowReport) -> CellContent:
        place = self.header.places.get(name)
        if place is None:
            return CellContent(column.header[0], None)
        header, text = self.header.headers[place], texts[place].strip()
        if column.split is None or not text:
            return CellContent(header, self._text(name, column, header, text, report))
        parts = (part.strip() for part in split_at(text, column.split, column.whole))
        return CellContent(header, tuple(self._text(name, column, header, part, report) for part in parts))

    def _family_contents(
        self, name: str, family: Family, texts: list[str], report: RowReport
    ) -> dict[str, CellContent]:
        """Return the non-null cells of a family, and their headers."""
        found = [
            (self.header.headers[place].strip(), value)
            for place in self.header.family_places[name]
            if (value := self._text(name, family, self.header.headers[place], texts[place].strip(), report)) is not None
        ]
        headers, first = tuple(header for header, _ in found), family.headers[0]
        given = {name: CellContent(first, tuple(value for _, value in found) or None, headers)}
        if family.header_as is not None:
            given[family.header_as] = CellContent(first, headers or None, headers)
        return given

    def _text(self, name: str, column: Column | Family, header: str, text: str, report: RowReport) -> str | None:
        if self.profile.whole_numbers if column.whole_numbers is None else column.whole_numbers:
            text = drop_zero_fraction(text)
        if text in column.odd:
            report.warn("misplaced", header, column.odd[text], f"{quoted(text)} is ignored.")
            return None
        if not text or text in self._unknown[name]:
            return None
        if column.like is not None and (len(text) > LONGEST_MATCHED or find_match(column.like, text) is None):
            message = f"{quoted(text, 60)} does not match the pattern of this column, {column.like}"
            report.warn("not-like", header, message, "The value is ignored.")
            return None
        if text in column.doubtful:
            report.warn("doubt", header, column.doubtful[text], f"{quoted(text)} is imported unchanged.")
        for sign in column.doubtful_signs:
            if sign in text:
                report.warn("doubt", header, column.doubtful_signs[sign], f"{quoted(text, 60)} is imported unchanged.")
        return text
