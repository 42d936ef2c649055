"""Speculative batches: compute the changes of a write before it has the write lock, and validate them afterwards.

The changes depend only on the drafts and on the results of SELECT statements. So the statements are recorded with their
results, and executed again under the write lock: if all results are the same, the changes are still valid. An import uses
this to prepare the next batch while the database stores the previous one. In tests/writing/test_ahead.py, rows that
were read are changed between the two steps.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from app.errors import ProblemType
from app.writing.batch import Batch
from app.writing.write_spec import WriteSpec

_NOW = text("SELECT revision, clock_timestamp() FROM head WHERE id = 1")


class SpeculationError(Exception):
    """Raised if a speculative batch is no longer valid, or cannot be prepared."""


class RecordingConnection(AsyncConnection):
    """A connection for reading that records the statements and their results."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.recorded: list[tuple[Executable, Any, Sequence[Any]]] = []

    async def execute(
        self, statement: Executable, parameters: Any = None, *, execution_options: Any = None
    ) -> CursorResult[Any]:
        answer = (await super().execute(statement, parameters, execution_options=execution_options)).freeze()
        self.recorded.append((statement, parameters, answer.data))
        # A result like any other, except that all rows are already fetched.
        return answer()  # type: ignore[return-value]


class SpeculativeBatch(Batch):
    """A batch that is prepared without the write lock. `revision` is the newest revision before its first statement."""

    def __init__(
        self, connection: RecordingConnection, kinds: dict[str, WriteSpec], revision: int, at: datetime
    ) -> None:
        super().__init__(connection, kinds, revision, at)
        # Discard what was recorded until now: the query for the current time never returns the same result twice.
        self._recorded = connection.recorded = []

    def violation(
        self, message: str, pointer: str, hint: str | None = None, kind: ProblemType = ProblemType.INVALID
    ) -> None:
        """Give up. If the error still exists under the write lock, it is reported then."""
        raise SpeculationError(message)

    async def take_over(self, batch: Batch) -> Batch:
        """Continue the write of `batch`, which has the write lock, with the changes of this speculative batch. Raises
        `SpeculationError` if the changes may no longer be valid.
        """
        # Revisions are numbered consecutively: if this is the next number, nobody has written, and the check is not needed.
        if batch.revision != self.revision + 1:
            for statement, parameters, answer in self._recorded:
                if not _is_same((await batch.connection.execute(statement, parameters)).all(), answer):
                    raise SpeculationError("Another write changed rows that this batch depends on.")
        self.connection, self.revision, self.at = batch.connection, batch.revision, batch.at
        self._recorded = []
        return self


async def now(connection: AsyncConnection) -> tuple[int, datetime]:
    """The newest revision and the current time of the database."""
    revision, at = (await connection.execute(_NOW)).one()
    return revision, at


def _is_same(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether two results have the same rows. The order is ignored, because statements without ORDER BY have none."""
    return one == other or (len(one) == len(other) and sorted(map(repr, one)) == sorted(map(repr, other)))
