"""The state of one batch of an import, and the places of its errors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from app.errors import ApiError, Violation
from app.ingest.items import CellViolation, Item, line_of
from app.ingest.report import LineWarning
from app.writing.data_set_statements import Stated
from app.writing.drafting import Drafting
from app.writing.intents import Intent


@dataclass(slots=True)
class ImportBatch:
    """A block during the import: what to write, and the errors and warnings found so far."""

    last_line: int
    intents: list[Intent] = field(default_factory=list)
    sent: dict[str, Intent] = field(default_factory=dict)
    """The intents as read from the file, by pointer."""
    items: dict[str, Item] = field(default_factory=dict)
    """The items of the file, by the same pointers."""
    drafting: Drafting | None = None
    unchanged: int = 0
    merged_at: int | None = None
    """The newest revision when the records were merged with stored records; None = not merged."""
    faulty: dict[int, list[Violation]] = field(default_factory=dict)
    warnings: list[LineWarning] = field(default_factory=list)
    end: ApiError | None = None
    """Why the import cannot continue after this batch."""
    stated: list[Stated] = field(default_factory=list)
    """For a foreign file: the statements to store."""
    retracted: dict[str, str] = field(default_factory=dict)
    """Keys of records that the data set no longer states, by the pointers of their empty intents."""
    is_final: bool = False
    """Whether all rows of the file were read, so that values that the file no longer states are removed."""

    def reject_lines(self, violations: Sequence[Violation]) -> bool:
        """Remove the lines with these errors from the batch. Returns False if the errors belong to no line."""
        places = {record_pointer(intent.pointer) for intent in self.intents}
        rejected: set[str] = set()
        for violation in violations:
            place = record_pointer(violation.pointer or "")
            if place in places:
                self.faulty.setdefault(line_of(place), []).append(localize(violation, self.items.get(place)))
                rejected.add(place)
        self.drop(rejected)
        return bool(rejected)

    def drop(self, pointers: Collection[str]) -> None:
        """Remove these records from the batch."""
        self.intents = [intent for intent in self.intents if record_pointer(intent.pointer) not in pointers]
        self.stated = [one for one in self.stated if record_pointer(one.pointer) not in pointers]
        for pointer in pointers:
            self.sent.pop(pointer, None)


def record_pointer(pointer: str) -> str:
    """Return the pointer of the record that contains this position of the file."""
    return "/" + pointer.removeprefix("/").partition("/")[0]


def localize(violation: Violation, item: Item | None) -> Violation:
    """Convert an error whose pointer begins with the line to an error whose pointer begins with the record."""
    _, _, rest = (violation.pointer or "").removeprefix("/").partition("/")
    pointer = f"/{rest}" if rest else ""
    column = item.column(pointer) if item is not None else None
    if column is None:
        return Violation(violation.message, pointer, hint=violation.hint)
    return CellViolation(violation.message, pointer, hint=violation.hint, column=column)
