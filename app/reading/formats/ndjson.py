"""NDJSON: a JSON object a line, as PostgreSQL made it."""

from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import Batch


class NdjsonWriter:
    def __init__(self, context: AnswerContext) -> None:
        pass

    def head(self) -> bytes:
        return b""

    def rows(self, batch: Batch) -> bytes:
        # Inside a JSON object PostgreSQL may break a line between values; inside a text it is always `\n`.
        return ("\n".join(row.replace("\n", " ") for row in batch.texts) + "\n").encode() if batch.texts else b""

    def tail(self) -> bytes:
        return b""


NDJSON = Format(
    name="ndjson",
    media_type="application/x-ndjson",
    suffix="ndjson",
    about="A JSON object a line, the same as in the list.",
    make=NdjsonWriter,
    is_open=True,
    takes_rows=True,
)
