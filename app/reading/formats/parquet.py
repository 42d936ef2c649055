"""Parquet: the sheet's columns with their types, in row groups of 10,000, written as the rows come."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.domain.types import instant
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import Batch, Column, sheet

if TYPE_CHECKING:
    import pyarrow

#: Rows of a row group: enough to pack well, few enough to be held.
GROUP = 10_000


class _Sink:
    """A file that only grows: what was written is taken away between two batches."""

    def __init__(self) -> None:
        self._number_as_text: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._number_as_text.append(taken)
        return len(taken)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        found = b"".join(self._number_as_text)
        self._number_as_text.clear()
        return found


class ParquetWriter:
    def __init__(self, context: AnswerContext) -> None:
        # Arrow's own pool keeps what is freed: 25 MiB of a server's memory, and no faster. Read when Arrow is loaded,
        # which is when the first file is written: a server that writes none starts faster and stays smaller.
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
        #: Arrays of Arrow, which are smaller than rows; each batch is read when it comes, so that none waits long.
        self._waiting: list[Any] = []
        self._count = 0

    def head(self) -> bytes:
        return self._sink.taken()

    def rows(self, batch: Batch) -> bytes:
        if batch.rows:
            arrays = [self._array(column, batch.values(column)) for column in self._columns]
            self._waiting.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._count += len(batch.rows)
        if self._count >= GROUP:
            self._write()
        return self._sink.taken()

    def tail(self) -> bytes:
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.taken()

    def _write(self) -> None:
        self._writer.write_table(self._arrow.Table.from_batches(self._waiting, self._schema), row_group_size=GROUP)
        self._waiting, self._count = [], 0

    def _array(self, column: Column, values: list[Any]) -> "pyarrow.Array":
        if column.kind in ("instant", "date"):
            # Arrow reads the texts faster than Python makes datetimes of them.
            texts = self._arrow.string()
            return self._arrow.array(values, self._arrow.list_(texts) if column.is_list else texts).cast(
                self._type(column)
            )
        return self._arrow.array(values, self._type(column))

    def _type(self, column: Column) -> "pyarrow.DataType":
        arrow = self._arrow
        plain = {
            "integer": arrow.int64(),
            "number": arrow.float64(),
            "boolean": arrow.bool_(),
            "instant": arrow.timestamp("us", tz="UTC"),
            "date": arrow.date32(),
        }.get(column.kind, arrow.string())
        return arrow.list_(plain) if column.is_list else plain


PARQUET = Format(
    name="parquet",
    media_type="application/vnd.apache.parquet",
    suffix="parquet",
    about="Apache Parquet with the columns of CSV, typed: lists are lists, EDTF dates are texts, their"
    " first and last possible days are dates, instants are timestamps.",
    make=ParquetWriter,
    takes_rows=True,
)
