"""The counts of an import: what happened to its lines, and the errors and warnings that the summary lists."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from app.db.vocabulary import Action
from app.errors import ApiError, Violation
from app.ingest.items import CellViolation, line_of
from app.ingest.report import (
    MOST_LISTED,
    Ending,
    ErrorCount,
    LineChange,
    LineCounts,
    LineError,
    LineWarning,
    Removed,
    RemovedHow,
    Summary,
    WarningCount,
)
from app.resources.differences import planned_changes
from app.writing.batch import Draft

T = TypeVar("T")
#: Array indexes in a JSON Pointer.
_PLACES = re.compile(r"/[0-9]+(?=/|$)")


class Tally:
    """Counts lines, and collects the first of their errors and warnings. The lists are bounded, however long the file is."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.counts = LineCounts(lines=0)
        self.faults: list[LineError] = []
        self.warnings: list[LineWarning] = []
        self.error_count = 0
        self._violations_at: Counter[tuple[str | None, str | None]] = Counter()
        self._warnings_at: Counter[tuple[str, str | None]] = Counter()
        self.first: int | None = None
        self.last: int | None = None
        self.changes: list[LineChange] = []
        self.change_count = 0
        self.removal: str | None = None
        self.removed: list[Removed] = []
        self.removed_count = 0
        self.error: ApiError | None = None
        """Why the import was interrupted."""

    def count(self, action: Action | None) -> None:
        """Count a valid line by what was done to its record."""
        if action is Action.CREATE:
            self.counts.created += 1
        elif action is None:
            self.counts.unchanged += 1
        else:
            self.counts.changed += 1

    def note_revision(self, revision: int | None) -> None:
        """Note the revision of a batch, if it created one."""
        if revision:
            self.first, self.last = self.first or revision, revision

    def note(self, last_line: int, faulty: Mapping[int, Sequence[Violation]], warnings: Sequence[LineWarning]) -> None:
        """Note the errors and warnings in the lines up to `last_line`."""
        self.counts.lines = last_line
        self.counts.faulty += len(faulty)
        for line, violations in sorted(faulty.items()):
            for violation in dict.fromkeys(violations):
                self._note_violation(line, violation, MOST_LISTED)
        self.counts.warned += len(warnings)
        for warning in warnings:
            _count_key(self._warnings_at, (warning.rule, warning.column), (warning.rule, None))
        self.warnings += warnings[: MOST_LISTED - len(self.warnings)]

    @property
    def lists_more_changes(self) -> bool:
        """Whether this is a dry run whose list of changes is not full."""
        return self.dry_run and len(self.changes) < MOST_LISTED

    def note_changes(self, drafts: Sequence[Draft]) -> None:
        """Note the stored records that the drafts of a dry run change."""
        if not self.dry_run:
            return
        changing = [draft for draft in drafts if draft.action is Action.CHANGE]
        self.change_count += len(changing)
        for draft in changing:
            changes = planned_changes(draft.bodies) if len(self.changes) < MOST_LISTED else None
            if changes is not None:
                line, slug = line_of(draft.pointer), draft.slug or ""
                self.changes.append(LineChange(line=line, collection=draft.kind.collection, slug=slug, changes=changes))

    def note_removed(self, removed: Sequence[Removed]) -> None:
        """Note what happened to records that the file lacks."""
        self.removed_count += len(removed)
        self.removed += removed[: MOST_LISTED - len(self.removed)]
        self.counts.withdrawn += sum(one.how is RemovedHow.WITHDRAWN for one in removed)

    def _note_violation(self, line: int, violation: Violation, most: int) -> None:
        entry = _line_error(line, violation)
        self.error_count += 1
        _count_key(self._violations_at, (entry.column, _PLACES.sub("/*", entry.pointer)), (None, None))
        if len(self.faults) < most:
            self.faults.append(entry)

    def summary(self, ending: Ending, detail: str | None = None) -> Summary:
        """Return the summary, which is the last line of the response."""
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
            changes=self.changes,
            changes_not_listed=self.change_count - len(self.changes),
            faults=self.faults,
            faults_not_listed=self.error_count - len(self.faults),
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

    def interrupted(self, error: ApiError) -> Summary:
        """Return the summary of an import that was interrupted by an error of the file or the database."""
        self.error = error
        for violation in error.violations:
            # The cause is always listed, even if the list of errors is full.
            self._note_violation(self.counts.lines + 1, violation, len(self.faults) + 1)
        # "Nothing was written" is true for the batch, but may be false for the file.
        why = error.detail.removesuffix(".").removesuffix("; nothing was written")
        return self.summary(Ending.INTERRUPTED, f"{why}. {self._describe_written()}")

    def _detail(self, ending: Ending) -> str:
        faulty = _plural(self.counts.faulty, "line")
        if ending is Ending.COMPLETE:
            imported = _plural(self._imported, "record") + (" would be imported" if self.dry_run else " imported")
            return f"{imported}, {faulty} skipped." if self.counts.faulty else f"{imported}."
        return f"{faulty} {'is' if self.counts.faulty == 1 else 'are'} invalid. {self._describe_written()}"

    @property
    def _imported(self) -> int:
        return self.counts.created + self.counts.changed + self.counts.unchanged

    def _describe_written(self) -> str:
        if not self._imported or self.dry_run:
            return "Nothing was written."
        records = _plural(self._imported, "record")
        return f"Earlier batches were written ({records}). Fix the problem, then import the whole file again."


def _count_key(counter: Counter[T], key: T, rest: T) -> None:
    """Increment a key. Keys beyond the first thousand are counted as `rest`, so that their number does not exhaust memory."""
    counter[key if key in counter or len(counter) < MOST_LISTED else rest] += 1


def _line_error(line: int, violation: Violation) -> LineError:
    column = violation.column if isinstance(violation, CellViolation) else None
    return LineError(
        line=line, column=column, pointer=violation.pointer or "", message=violation.message, hint=violation.hint
    )


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
