"""Warnings about the records of a file, each reported once per file, and the result of a batch that collects them."""

from dataclasses import dataclass, field

from app.errors import quoted
from app.ingest.foreign.ownership import Body, UnappliedValue
from app.ingest.foreign.record import ForeignRecord
from app.ingest.items import line_of
from app.ingest.report import LineWarning
from app.writing.data_set_statements import Named, Stated
from app.writing.intents import Intent


@dataclass(slots=True)
class MergeResult:
    """The changes that the records of a batch make."""

    revision: int
    """The newest revision before the stored records were read."""
    changed: list[Intent] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    warnings: list[LineWarning] = field(default_factory=list)


class RecordWarnings:
    """Adds warnings to the results of the batches, unless the file has already caused the same warning."""

    def __init__(self) -> None:
        self._reported: set[tuple[Named, str, str]] = set()
        """Warnings that were reported already, by record, rule and message."""

    def add(self, result: MergeResult, record: ForeignRecord, warning: LineWarning) -> None:
        """Add a warning about a record."""
        report_key = (record.named, warning.rule, warning.message)
        if report_key not in self._reported:
            self._reported.add(report_key)
            result.warnings.append(warning)


def warning_about(record: ForeignRecord, rule: str, message: str, hint: str | None, pointer: str) -> LineWarning:
    """Return a warning with the line and the column of the file. `pointer` is relative to the record, even if the
    record is nested."""
    nested = f"/{record.intent.pointer.split('/', 2)[2]}" if record.nested is not None else ""
    column = record.item.column(nested + pointer) if record.item is not None else None
    line = line_of(record.intent.pointer)
    return LineWarning(line=line, column=column, pointer=nested + pointer, message=message, hint=hint, rule=rule)


def difference_warning(record: ForeignRecord, stored: Body, difference: UnappliedValue) -> LineWarning:
    """Return the warning about a value of the file that is not applied."""
    hint = "The stored value is kept" + (
        f"; the other is added to its `{difference.names}`." if difference.names is not None else "."
    )
    message = f"`{difference.field}` of {quoted(stored['slug'])} is {quoted(str(difference.value), 60)} in the file but {quoted(str(difference.stored), 60)} in the database"
    return warning_about(record, "differs", message, hint, f"/{difference.field}")
