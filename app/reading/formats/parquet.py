"""Parquet: the columns of CSV with their types, in row groups of 10,000, written while the rows are read."""

import os
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.db.dates import parse_edtf
from app.domain.types import instant
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch, SheetColumn, sheet

if TYPE_CHECKING:
    import pyarrow

#: Rows per row group: enough for good compression, few enough to limit memory use.
GROUP = 10_000
_EPOCH = date(1970, 1, 1).toordinal()


class _Sink:
    """A write-only file object. Written bytes are removed after each batch."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        self._written.append(chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        """Return and remove the bytes written so far."""
        found = b"".join(self._written)
        self._written.clear()
        return found


class ParquetWriter:
    """Writes row groups with pyarrow."""

    def __init__(self, context: AnswerContext) -> None:
        # The default memory pool of Arrow does not return freed memory (25 MiB) and is no faster. Arrow reads the
        # variable on import. To save memory and start-up time, Arrow is imported only when the first file is written.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        self._arrow = arrow
        self._columns = sheet(context.schema, context.selection)
        about = {
            "parley.collection": context.collection,
            "parley.revision": str(context.revision),
            "parley.revised_at": instant(context.at),
            "parley.address": context.address,
        }
        fields = [
            arrow.field(column.name, self._type(column), metadata={"description": column.about})
            for column in self._columns
        ]
        self._schema = arrow.schema(fields, metadata=about)
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(arrow.PythonFile(self._sink, mode="w"), self._schema, compression="zstd")
        #: The batches of the next row group, as Arrow arrays, which need less memory than rows.
        self._waiting: list[object] = []
        self._count = 0

    def head(self) -> bytes:
        return self._sink.take()

    def rows(self, batch: RowBatch) -> bytes:
        if batch.rows:
            arrays = [self._array(column, batch.values(column)) for column in self._columns]
            self._waiting.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._count += len(batch.rows)
        if self._count >= GROUP:
            self._write()
        return self._sink.take()

    def tail(self) -> bytes:
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        self._writer.write_table(self._arrow.Table.from_batches(self._waiting, self._schema), row_group_size=GROUP)
        self._waiting, self._count = [], 0

    def _array(self, column: SheetColumn, values: Sequence[object]) -> "pyarrow.Array":
        if column.kind in ("instant", "date"):
            # Arrow parses the texts faster than Python.
            if column.kind == "date" and any(_is_early(value) for value in values):
                return self._arrow.array([_day_numbers(value) for value in values], self._type(column))
            texts = self._arrow.string()
            return self._arrow.array(values, self._arrow.list_(texts) if column.is_list else texts).cast(
                self._type(column)
            )
        return self._arrow.array(values, self._type(column))

    def _type(self, column: SheetColumn) -> "pyarrow.DataType":
        arrow = self._arrow
        plain = {
            "integer": arrow.int64(),
            "number": arrow.float64(),
            "boolean": arrow.bool_(),
            "instant": arrow.timestamp("us", tz="UTC"),
            "date": arrow.date32(),
        }.get(column.kind, arrow.string())
        return arrow.list_(plain) if column.is_list else plain


def _is_early(value: object) -> bool:
    """Whether a day, or one of a list of days, is before the year 1. Arrow does not parse such days."""
    if isinstance(value, list):
        return any(_is_early(one) for one in value)
    return isinstance(value, str) and value < "0001"


def _day_numbers(value: object) -> object:
    """A day, or each of a list of days, as the number of days since 1970."""
    if isinstance(value, list):
        return [_day_numbers(one) for one in value]
    return (parse_edtf(value).earliest.toordinal() - _EPOCH) if isinstance(value, str) else None


PARQUET = Format(
    name="parquet",
    media_type="application/vnd.apache.parquet",
    suffix="parquet",
    about="Apache Parquet with the columns of CSV and their types: lists are lists, EDTF dates are texts, their first and last"
    " possible days are dates, instants are timestamps.",
    make=ParquetWriter,
    takes_rows=True,
)
