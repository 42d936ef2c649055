"""The tally of an import: what became of its lines, what is wrong with some, and how that is told."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from app.db.vocabulary import Action
from app.errors import ApiError, Violation
from app.ingest.items import CellViolation
from app.ingest.report import (
    MOST_LISTED,
    Counts,
    Ending,
    ErrorCount,
    LineError,
    LineWarning,
    Removed,
    RemovedHow,
    Summary,
    WarningCount,
)

T = TypeVar("T")
#: Places in lists, inside a JSON Pointer.
_PLACES = re.compile(r"/[0-9]+(?=/|$)")


class Tally:
    """Counts lines, and lists the first of their faults and warnings: however long a file is, the list is short."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.counts = Counts(lines=0)
        self.faults: list[LineError] = []
        self.warnings: list[LineWarning] = []
        self.fault_count = 0
        self._violations_at: Counter[tuple[str | None, str | None]] = Counter()
        self._warnings_at: Counter[tuple[str, str | None]] = Counter()
        self.first: int | None = None
        self.last: int | None = None
        self.removal: str | None = None
        self.removed: list[Removed] = []
        self.removed_count = 0
        self.refused: ApiError | None = None
        """Why the file, or the database, went no further."""

    def count(self, action: Action | None) -> None:
        """Count a line that was taken, by what it did."""
        if action is Action.CREATE:
            self.counts.created += 1
        elif action is None:
            self.counts.unchanged += 1
        else:
            self.counts.changed += 1

    def note_revision(self, revision: int | None) -> None:
        """Note the revision of a batch, if it made one."""
        if revision:
            self.first, self.last = self.first or revision, revision

    def note(self, last_line: int, faulty: Mapping[int, Sequence[Violation]], warnings: Sequence[LineWarning]) -> None:
        """Note what was found in the lines up to this one."""
        self.counts.lines = last_line
        self.counts.faulty += len(faulty)
        for line, faults in sorted(faulty.items()):
            for violation in dict.fromkeys(faults):
                self._note_violation(line, violation, MOST_LISTED)
        self.counts.warned += len(warnings)
        for warning in warnings:
            _count(self._warnings_at, (warning.rule, warning.column), (warning.rule, None))
        self.warnings += warnings[: MOST_LISTED - len(self.warnings)]

    def note_removed(self, removed: Sequence[Removed]) -> None:
        """Note what became of records that the file no longer has."""
        self.removed_count += len(removed)
        self.removed += removed[: MOST_LISTED - len(self.removed)]
        self.counts.withdrawn += sum(one.how is RemovedHow.WITHDRAWN for one in removed)

    def _note_violation(self, line: int, violation: Violation, most: int) -> None:
        told = _told(line, violation)
        self.fault_count += 1
        _count(self._violations_at, (told.column, _PLACES.sub("/*", told.pointer)), (None, None))
        if len(self.faults) < most:
            self.faults.append(told)

    def summary(self, ending: Ending, detail: str | None = None) -> Summary:
        """The last line of an answer."""
        return Summary(
            **self.counts.model_dump(),
            ending=ending,
            detail=detail or self._detail(ending),
            dry_run=self.dry_run,
            first_revision=self.first,
            last_revision=self.last,
            removal=self.removal,
            removed=self.removed,
            removed_not_listed=self.removed_count - len(self.removed),
            faults=self.faults,
            faults_not_listed=self.fault_count - len(self.faults),
            fault_counts=[
                ErrorCount(column=column, pointer=pointer, count=count)
                for (column, pointer), count in self._violations_at.most_common()
            ],
            warnings=self.warnings,
            warnings_not_listed=self.counts.warned - len(self.warnings),
            warning_counts=[
                WarningCount(rule=rule, column=column, count=count)
                for (rule, column), count in self._warnings_at.most_common()
            ],
        )

    def broken_off(self, refused: ApiError) -> Summary:
        """The last line where the file, or the database, goes no further."""
        self.refused = refused
        for violation in refused.violations:
            # Why it ends is told, however many faults there were before.
            self._note_violation(self.counts.lines + 1, violation, len(self.faults) + 1)
        # Of one batch it is true that nothing was written; of the file it need not be.
        why = refused.detail.removesuffix(".").removesuffix("; nothing was written")
        return self.summary(Ending.INTERRUPTED, f"{why}. {self._kept()}")

    def _detail(self, ending: Ending) -> str:
        faulty = _counted(self.counts.faulty, "line")
        if ending is Ending.COMPLETE:
            taken = _counted(self._taken, "record") + (" would be taken" if self.dry_run else " taken")
            return f"{taken}, {faulty} left out." if self.counts.faulty else f"{taken}."
        return f"{faulty} cannot be taken. {self._kept()}"

    @property
    def _taken(self) -> int:
        return self.counts.created + self.counts.changed + self.counts.unchanged

    def _kept(self) -> str:
        if not self._taken or self.dry_run:
            return "Nothing was written."
        records = _counted(self._taken, "record")
        return f"What the batches before hold is written ({records}); send the whole file again when it is mended."


def _count(counter: Counter[T], key: T, rest: T) -> None:
    """Count a key; those beyond the first thousand as one: names in a file must not fill the memory."""
    counter[key if key in counter or len(counter) < MOST_LISTED else rest] += 1


def _told(line: int, violation: Violation) -> LineError:
    column = violation.column if isinstance(violation, CellViolation) else None
    return LineError(
        line=line, column=column, pointer=violation.pointer or "", message=violation.message, hint=violation.hint
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
