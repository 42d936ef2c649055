"""Imports of local files through the writer, for the command line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from app.errors import ApiError, ProblemType
from app.ingest.bibliographies.formats import FORMATS
from app.ingest.files import source_of
from app.ingest.import_options import Order
from app.ingest.import_run import Import
from app.ingest.report import Progress, Summary
from app.ingest.workbooks.archive import SheetBounds
from app.web.upload_stream import Decompressor
from app.writing.writer import Writer

_CHUNK = 262_144


class LocalFileFormat(StrEnum):
    """The format of a file of records."""

    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSLJSON = "csljson"


_GZIP = b"\x1f\x8b"
#: Formats by file extension, without `.gz`. For any other extension, the format is detected from the content.
_FORMS = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    **{suffix: name for name, bibliography_format in FORMATS.items() for suffix in bibliography_format.suffixes},
}

OnEvent = Callable[[int, Progress | Summary], None]


def is_bibliography(name: str) -> bool:
    """Return whether the file is a bibliography, judging by its extension.

    A `.json` file is a bibliography if it begins with `[`: a dossier is an object, not an array.
    """
    path = Path(name)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if _FORMS.get(suffix) not in FORMATS:
        return False
    if suffix != ".json" or not path.is_file():
        return suffix != ".json"
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if start.startswith(_GZIP):
        start = next(Decompressor().decompress(start), b"")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


async def import_file(
    writer: Writer,
    read_schemas: Mapping[str, type[BaseModel]],
    path: Path | None,
    collection: str | None,
    order: Order,
    bounds: SheetBounds,
    on_event: OnEvent,
    form: str | None = None,
) -> Summary:
    """Import a file of NDJSON or CSV, a bibliography, or a workbook; with a profile, a table of another data set.

    The file may be compressed with gzip. If no path is given, standard input is read. `form` is a value of
    `LocalFileFormat`; if it is None, the format is detected from the file extension, or else from the content. After
    each batch, `on_event` is called with the number of bytes read and the progress. Raises `ApiError` if the file as a
    whole is invalid, and `OSError`.
    """
    input_file = _InputFile(path)
    name = path.name if path is not None else ""
    form = form or _FORMS.get(Path(name.removesuffix(".gz")).suffix.lower())
    source, blocks = await source_of(
        form, input_file.chunks(), collection, writer.kinds, read_schemas, bounds, order.profile
    )
    async with aclosing(Import(writer, read_schemas, order, source.data_set).run(blocks, source)) as events:
        async for event in events:
            on_event(input_file.size, event)
            if isinstance(event, Summary):
                return event
    raise ApiError(ProblemType.INTERNAL, "The import ended without a summary.")


class _InputFile:
    """The file while it is read. `size` is the number of bytes read."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.size = 0

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return self.path.open("rb") if self.path is not None else nullcontext(sys.stdin.buffer)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the content of the file. A compressed file is decompressed."""
        with await asyncio.to_thread(self._open) as file:
            chunk = await asyncio.to_thread(file.read, _CHUNK)
            unpacking = Decompressor() if chunk.startswith(_GZIP) else None
            while chunk:
                self.size += len(chunk)
                for piece in unpacking.decompress(chunk) if unpacking else (chunk,):
                    yield piece
                chunk = await asyncio.to_thread(file.read, _CHUNK)
            if unpacking:
                unpacking.end()
