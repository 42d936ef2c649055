"""The writer of formats that need all rows of a report before the first byte."""

from collections.abc import Mapping
from typing import Any

from app.reading.formats.format import AnswerContext
from app.reading.formats.sheet import RowBatch


class WholeWriter:
    """Collects the rows, and writes the answer after the last one."""

    def __init__(self, context: AnswerContext) -> None:
        assert context.write_whole is not None, "only reports have this format"
        self._write = context.write_whole
        self._rows: list[Mapping[str, Any]] = []

    def head(self) -> bytes:
        return b""

    def rows(self, batch: RowBatch) -> bytes:
        self._rows += batch.rows
        return b""

    def tail(self) -> bytes:
        return self._write(self._rows)
