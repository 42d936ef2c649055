"""NDJSON: one JSON object per line, as PostgreSQL made it."""

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch


class NdjsonWriter:
    """Writes one line for each row."""

    def __init__(self, context: AnswerContext) -> None:
        pass

    def head(self) -> bytes:
        return b""

    def rows(self, batch: RowBatch) -> bytes:
        # PostgreSQL may put line breaks between the values of an object; line breaks inside texts are always escaped.
        return ("\n".join(row.replace("\n", " ") for row in batch.texts) + "\n").encode() if batch.texts else b""

    def tail(self) -> bytes:
        return b""


NDJSON = Format(
    name="ndjson",
    media_type="application/x-ndjson",
    suffix="ndjson",
    about="One JSON object per line, with the same fields as in the list.",
    make=NdjsonWriter,
    is_open=True,
    takes_rows=True,
)
