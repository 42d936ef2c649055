"""Imports of files of this machine, through the same writer: for the command line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from app.errors import ApiError, ProblemType
from app.ingest.bibliography import FORMATS
from app.ingest.files import source_of
from app.ingest.import_options import Order
from app.ingest.import_run import Import
from app.ingest.report import Progress, Summary
from app.ingest.workbook import SheetBounds
from app.web.upload_stream import Unpacking
from app.writing.writer import Writer

_CHUNK = 262_144


class FileForm(StrEnum):
    """A form of files of records."""

    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSLJSON = "csljson"


_GZIP = b"\x1f\x8b"
#: The form of a file by the end of its name, `.gz` taken off; another tells it itself.
_FORMS = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    **{suffix: name for name, format_ in FORMATS.items() for suffix in format_.suffixes},
}

AnswerContext = Callable[[int, Progress | Summary], None]


def is_bibliography(name: str) -> bool:
    """Whether a file is a bibliography by its name; one in JSON, by what it begins with: a dossier is no array."""
    path = Path(name)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if _FORMS.get(suffix) not in FORMATS:
        return False
    if suffix != ".json" or not path.is_file():
        return suffix != ".json"
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if start.startswith(_GZIP):
        start = next(Unpacking().pieces(start), b"")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


async def import_file(
    writer: Writer,
    shown: Mapping[str, type[BaseModel]],
    path: Path | None,
    collection: str | None,
    order: Order,
    bounds: SheetBounds,
    told: AnswerContext,
    form: str | None = None,
) -> Summary:
    """Import a file of NDJSON or CSV, or a bibliography, packed with gzip or not, or a workbook; with a profile, a table of another data set.
    Without a path it is standard input. `form` is a `FileForm`; without it the end of the name, or the first signs, tell it.

    Tells the bytes that were read and what came of them after each batch. Raises `ApiError` where the file as a whole is not right, `OSError` where it cannot be read."""
    reading = _Reading(path)
    name = path.name if path is not None else ""
    form = form or _FORMS.get(Path(name.removesuffix(".gz")).suffix.lower())
    source, blocks = await source_of(form, reading.chunks(), collection, writer.kinds, shown, bounds, order.profile)
    async with aclosing(Import(writer, shown, order, source.data_set).run(blocks, source)) as events:
        async for event in events:
            told(reading.size, event)
            if isinstance(event, Summary):
                return event
    raise ApiError(ProblemType.INTERNAL, "The import ended without a summary.")


class _Reading:
    """A file on its way in; `size` is how many of its bytes were read."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.size = 0

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return self.path.open("rb") if self.path is not None else nullcontext(sys.stdin.buffer)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes, unpacked where they are packed."""
        with await asyncio.to_thread(self._open) as file:
            chunk = await asyncio.to_thread(file.read, _CHUNK)
            unpacking = Unpacking() if chunk.startswith(_GZIP) else None
            while chunk:
                self.size += len(chunk)
                for piece in unpacking.pieces(chunk) if unpacking else (chunk,):
                    yield piece
                chunk = await asyncio.to_thread(file.read, _CHUNK)
            if unpacking:
                unpacking.end()
