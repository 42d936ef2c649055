"""What can be worked out of a write before its turn comes, and how it is known that it still holds then.

From drafts to changes, everything follows from the drafts and from what the database answers. So its answers are noted
beside the questions, which are asked once more when the turn has come and nobody else writes: where each has the same
answer, the changes would be the same too. While one batch of a file is stored, the next is worked out like this.
tests/writing/test_ahead.py changes what was asked in between.
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


class DoubtfulError(Exception):
    """What was worked out does not hold, or nothing can be worked out before its turn."""


class NotingConnection(AsyncConnection):
    """A connection for reading that notes what it is asked, and the answers."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.noted: list[tuple[Executable, Any, Sequence[Any]]] = []

    async def execute(
        self, statement: Executable, parameters: Any = None, *, execution_options: Any = None
    ) -> CursorResult[Any]:
        answer = (await super().execute(statement, parameters, execution_options=execution_options)).freeze()
        self.noted.append((statement, parameters, answer.data))
        # Read as the result of any statement is; only that it is all there already.
        return answer()  # type: ignore[return-value]


class Ahead(Batch):
    """A write that is worked out before its turn. `revision` is the newest one before its first question."""

    def __init__(self, connection: NotingConnection, kinds: dict[str, WriteSpec], revision: int, at: datetime) -> None:
        super().__init__(connection, kinds, revision, at)
        # From here on: what time it is is none of its questions.
        self._noted = connection.noted = []

    def violation(
        self, message: str, pointer: str, hint: str | None = None, kind: ProblemType = ProblemType.INVALID
    ) -> None:
        """Give up: it may be right by then, and else the faults are told of what stands there then."""
        raise DoubtfulError(message)

    async def taken_over(self, batch: Batch) -> Batch:
        """It, in the place of `batch`, whose turn it is. Raises `DoubtfulError` where its changes may be others now."""
        # A revision has the number after the newest: if this one has the next, nobody has written, and nothing is asked.
        if batch.revision != self.revision + 1:
            for statement, parameters, answer in self._noted:
                if not _is_same((await batch.connection.execute(statement, parameters)).all(), answer):
                    raise DoubtfulError("Somebody wrote what this leans on.")
        self.connection, self.revision, self.at = batch.connection, batch.revision, batch.at
        self._noted = []
        return self


async def now(connection: AsyncConnection) -> tuple[int, datetime]:
    """The newest revision, and the time."""
    revision, at = (await connection.execute(_NOW)).one()
    return revision, at


def _is_same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two answers are of the same rows. Their order is nobody's, where a question asks for none."""
    return one == other or (len(one) == len(other) and sorted(map(repr, one)) == sorted(map(repr, other)))
