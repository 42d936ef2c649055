"""Which source reads a file: by its media type, or, where that does not tell it, by its first sign."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import TypeVar

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, nearest
from app.ingest.bibliography import FORMATS, Bibliography, check
from app.ingest.csv_rows import with_line_feeds
from app.ingest.csv_tables import Sheet
from app.ingest.items import Block, JsonLines, Source
from app.ingest.profiles.encodings import in_utf_8, wide_encoding
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.table import Table
from app.ingest.workbook import OLD, ZIP, SheetBounds, workbook_lines
from app.ingest.workbook_xml import malformed
from app.web.upload_stream import Line, lines
from app.writing.write_spec import WriteSpec

T = TypeVar("T")
#: How bibliographies begin that no name and no media type tells: BibTeX with an entry or a comment, RIS with a type.
_BEGINNINGS = {
    "bibtex": re.compile(rb"(\xef\xbb\xbf)?\s*(%[^\n]*\n\s*)*@\s*\w+\s*[{(]"),
    "ris": re.compile(rb"(\xef\xbb\xbf)?\s*TY  - "),
}
#: Bytes of a file that are looked at for it.
_ENOUGH = 4_096
#: Records of a batch: enough that its transaction costs little, few enough that others wait for it but shortly.
BATCH = 1_000


async def source_of(
    form: str | None,
    chunks: AsyncIterator[bytes],
    collection: str | None,
    kinds: Mapping[str, WriteSpec],
    shown: Mapping[str, type[BaseModel]],
    bounds: SheetBounds,
    profile: Profile | None = None,
) -> tuple[Source, AsyncIterator[Block]]:
    """The source of a file, and its blocks. `form` is `ndjson`, `csv`, `xlsx`, a format of bibliographies, or None where the
    file itself must tell; a `profile` reads a table of another data set.

    Raises `ApiError` for what is wrong with the whole: nothing in it, no such collection, a JSON array, a wrong header.
    """
    if collection is not None and collection not in kinds:
        near = nearest(collection, kinds)
        hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(kinds)}."
        violation = Violation(f"There is no collection {collection[:100]!r}", parameter="collection", hint=hint)
        raise ApiError(ProblemType.INVALID, "There is no such collection.", [violation])
    start, chunks = await _start(chunks, _ENOUGH if form is None else len(ZIP))
    if form is None and profile is None:
        form = next((name for name, pattern in _BEGINNINGS.items() if pattern.match(start)), None)
    if form in FORMATS:
        return await _bibliography(form, chunks, collection, bounds, profile)
    if start.startswith(OLD):
        raise malformed("The file is a workbook in an older form, or with a password.", "Save it as .xlsx, or as CSV.")
    if form == "csv" and start.startswith(ZIP):
        raise malformed("The file is no CSV.", "A workbook (.xlsx) is sent as such, by its own media type.")
    if form == "xlsx" or (form is None and start.startswith(ZIP)):
        coming, form = workbook_lines(chunks, profile.sheets if profile is not None else (), bounds), "csv"
        # Rows of a sheet come as the CSV that everybody writes, whatever the data set's own is like.
        profile = profile and profile.model_copy(update={"delimiter": ",", "encodings": ["utf-8"]})
    else:
        if profile is not None and form != "ndjson" and (wide := wide_encoding(start, profile.encodings)) is not None:
            chunks = in_utf_8(chunks, wide)
            profile = profile.model_copy(update={"encodings": ["utf-8"]})
        coming = lines(with_line_feeds(chunks), bounds.row_bytes)
    first, beginning = await _beginning(coming)
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in beginning[:4]:
        named = "" if profile is None else ", or name utf-16 among the `encodings` of the profile"
        raise malformed("The file is in UTF-16.", f"Save it as UTF-8{named}.")
    if profile is not None:
        if form == "ndjson" or beginning.startswith((b"{", b"[")):
            raise malformed("A profile reads tables, and this is JSON.", "Send CSV, or leave `profile` out.")
        source: Source = Table(profile, bounds.row_bytes, kinds)
    elif (form or ("ndjson" if beginning.startswith((b"{", b"[")) else "csv")) == "csv":
        if collection is None:
            hint = "Name the collection, as in ?collection=parties."
            violation = Violation("A CSV file does not say what its rows are", parameter="collection", hint=hint)
            raise ApiError(ProblemType.INVALID, "`collection` is missing.", [violation])
        source = Sheet(collection, kinds[collection].schema, shown[collection], bounds.row_bytes)
    else:
        if beginning.startswith(b"["):
            hint = "Send a record a line: jq -c '.[]' file.json makes that. CSL-JSON has a media type, the ending .json, and `--format csljson`."
            raise malformed("The body is a JSON array.", hint)
        source = JsonLines(tuple(kinds), collection, bounds.row_bytes)
    blocks = source.blocks(_again(first, coming), BATCH)
    try:
        block = await anext(blocks)
    except StopAsyncIteration:
        raise malformed("There is a header, and no row.", "Send the rows too.") from None
    return source, _again(block, blocks)


async def _bibliography(
    form: str, chunks: AsyncIterator[bytes], collection: str | None, bounds: SheetBounds, profile: Profile | None
) -> tuple[Source, AsyncIterator[Block]]:
    """The entries of a bibliography. Raises `ApiError` where it has none, or is of another format."""
    check(collection, profile)
    format_ = FORMATS[form]
    start, chunks = await _start(chunks)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise malformed("The file is in UTF-16.", "Save it as UTF-8.")
    source = Bibliography(format_, bounds.row_bytes)
    blocks = source.blocks(format_.split(chunks, bounds.row_bytes), BATCH)
    try:
        block = await anext(blocks)
    except StopAsyncIteration:
        raise malformed("The file has no entry.", "Send the entries too.") from None
    return source, _again(block, blocks)


async def _start(chunks: AsyncIterator[bytes], enough: int = len(ZIP)) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes, as many as tell one form from another, and all of them."""
    start = b""
    async for chunk in chunks:
        start += chunk
        if len(start) >= enough:
            break
    return start, _again(start, chunks)


async def _beginning(lines: AsyncIterator[list[Line]]) -> tuple[list[Line], bytes]:
    """The first lines that say something, and how the first of them begins."""
    async for several in lines:
        for line in several:
            text = b"{" if line.text is None else line.text.lstrip()
            if text:
                return several, text
    raise malformed("The body is empty.", "Send a record a line, or a table with a header.")


async def _again(first: T, others: AsyncIterator[T]) -> AsyncIterator[T]:
    """What was read already, then what follows."""
    yield first
    async for other in others:
        yield other
