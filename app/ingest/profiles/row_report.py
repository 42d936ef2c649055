"""The result of reading a row: warnings about its cells, and the source columns of the current record."""

from dataclasses import dataclass, field

from app.ingest.report import LineWarning


@dataclass(slots=True)
class RowReport:
    """The warnings about one row, the number of its records, and the columns from which the current record is made."""

    line: int
    warnings: dict[tuple[str | None, str, str], LineWarning] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """The source columns of the current record, by JSON Pointer."""
    coded_from: dict[str, str] = field(default_factory=dict)
    """The original codes of the current record, by field."""
    truncated: frozenset[str] = frozenset()
    """Columns of which the current record uses only the first characters (`until`), and never the rest."""
    records: int = 0
    """The number of records that the row has produced."""

    def warn(self, rule: str, header: str | None, message: str, hint: str | None = None, pointer: str = "") -> None:
        """Add a warning. The same warning about a cell is added once, however many records use the cell."""
        warning = LineWarning(line=self.line, column=header, pointer=pointer, message=message, hint=hint, rule=rule)
        self.warnings.setdefault((header, rule, message), warning)

    def column_at(self, pointer: str) -> str | None:
        """Return the source column of the value at this pointer; None if there is no such column."""
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        return self.columns.get(pointer)

    def forget(self, pointer: str) -> None:
        """Remove the source columns of a value that is not used."""
        for place in [place for place in self.columns if f"{place}/".startswith(f"{pointer}/")]:
            del self.columns[place]
