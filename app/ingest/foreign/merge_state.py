"""The state that is passed from batch to batch while one file is merged."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from app.ingest.foreign.ownership import Body
from app.ingest.foreign.record import ForeignRecord
from app.writing.data_set_statements import Named, Stated, Statement, as_taken


class PreviousStatement(NamedTuple):
    """What the data set stated last about a record. `body` is None if the data set stated nothing."""

    body: Body | None
    untaken: Mapping[str, Any]
    """Fields whose values were not applied, with the values that were applied before."""

    @property
    def applied(self) -> Body | None:
        """The body as it was applied."""
        return None if self.body is None else as_taken(self.body, self.untaken)


class MergeState:
    """What earlier batches of the file did. A dry run also keeps what a real run would have stored by now."""

    def __init__(self, *, is_dry_run: bool) -> None:
        self.is_dry_run = is_dry_run
        self.settled: set[Named] = set()
        """Records that need no more work: the stored statement matches the file so far, and was applied completely."""
        self.restoring: set[UUID] = set()
        """Withdrawn records that are in the file again."""
        self.bodies: dict[UUID, dict[str, object]] = {}
        """On a dry run: bodies that a real run would have written by now."""
        self._statements: dict[Named, PreviousStatement] = {}
        """On a dry run: statements that a real run would have stored by now."""

    def previous(self, record: ForeignRecord, statement: Statement | None) -> PreviousStatement:
        """Return what the data set stated last about a record. `statement` is the stored statement, if there is one."""
        if (planned := self._statements.get(record.named)) is not None:
            return planned
        return (
            PreviousStatement(None, {}) if statement is None else PreviousStatement(statement.last, statement.untaken)
        )

    def settle(self, record: ForeignRecord, statement: Statement | None) -> bool:
        """Return whether a record needs no more work, because the data set has already stated the same about it."""
        last = self._statements.get(record.named)
        if last is None and statement is not None and statement.body is not None and not statement.has_withdrawn:
            last = PreviousStatement(statement.body, statement.untaken)
        if last is None or last.body != record.intent.body or last.untaken:
            self.settled.discard(record.named)
            return False
        self.settled.add(record.named)
        return True

    def note_statement(self, record: ForeignRecord, stated: Stated) -> None:
        """Note a statement that is to be stored."""
        if stated.body == record.intent.body and not stated.untaken:
            self.settled.add(record.named)
        if self.is_dry_run:
            self._statements[record.named] = PreviousStatement(stated.body or {}, dict(stated.untaken))
