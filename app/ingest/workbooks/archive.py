"""Opens the archive of a workbook, within limits that keep out ZIP bombs."""

import io
import zipfile
from dataclasses import dataclass
from typing import IO

from app.errors import ApiError, ProblemType, Violation
from app.ingest.workbooks.xml_parts import malformed_file

#: First bytes of a ZIP archive, and of an OLE file: an old (.xls) or password-protected workbook.
ZIP_SIGNATURE, OLE_SIGNATURE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Maximum size of the directory of the archive, in bytes.
_MAX_DIRECTORY_BYTES = 1_048_576
#: Maximum compression ratio of parts above a size. Sheets have ratios of ten or twenty, ZIP bombs of a thousand.
_MAX_RATIO, _SMALL_PART = 100, 4_194_304
_END, _END_SIZE, _END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"


@dataclass(frozen=True, slots=True)
class SheetBounds:
    """Limits for a workbook: uncompressed bytes in total, and per row."""

    total_bytes: int
    row_bytes: int


def open_archive(file: IO[bytes], bounds: SheetBounds) -> zipfile.ZipFile:
    """Open the archive, after checking that its directory and its parts are within the limits."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_536 - _END_SIZE))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or not tail.startswith(_END, at) or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise malformed_file("The file is not a workbook, or it is incomplete.", "Send a file in the .xlsx format.")
    if (
        tail.startswith(_END_64, max(0, at - 20))
        or int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY_BYTES
    ):
        raise malformed_file("The workbook has too many parts.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise malformed_file(f"The file is not a workbook: {error}.") from None
    parts = archive.infolist()
    if any(
        part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise malformed_file("The workbook is password-protected or uses an unsupported compression method.")
    # `file_size` can be trusted: `zipfile` reads no more bytes than this from a part, and reports a wrong checksum if
    # the part is longer.
    if sum(part.file_size for part in parts) > bounds.total_bytes:
        raise ApiError(
            ProblemType.TOO_LARGE, f"The workbook has more than {bounds.total_bytes} bytes when uncompressed."
        )
    # A part with such a ratio needs little memory, but minutes of CPU time for a few bytes.
    for part in parts:
        if part.file_size > max(_SMALL_PART, part.compress_size * _MAX_RATIO):
            detail = (
                f"The part {part.filename[:100]} of the workbook is compressed to less than 1/{_MAX_RATIO} of its size."
            )
            violation = Violation(detail.rstrip("."), pointer="", hint="Save the sheet as CSV.")
            raise ApiError(ProblemType.TOO_LARGE, detail, [violation])
    return archive
