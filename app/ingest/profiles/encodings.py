"""The file encodings that a profile may name, and the conversion of UTF-16 to UTF-8.

Except for UTF-16, each encoding is a superset of ASCII: lines, quotes and delimiters can be found before a row is decoded
(`test_an_encoding_leaves_ascii_where_it_is`). A file in UTF-16 is converted as a whole, before it is split into lines.
"""

import codecs
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from app.errors import ApiError, ProblemType, Violation

Encoding = Literal[
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "ascii",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "mac-roman",
    "mac-latin2",
    "mac-cyrillic",
    "mac-greek",
    "mac-turkish",
    "mac-iceland",
    "cp437",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp858",
    "cp866",
]

UTF_16 = frozenset({"utf-16", "utf-16-le", "utf-16-be"})
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: Number of leading bytes that are examined to recognize UTF-16 without a byte order mark.
_EXAMINED_BYTES = 4
#: Number of bytes within which a table in UTF-16 has a NUL byte, because every delimiter contains one.
_NUL_WITHIN_BYTES = 256


def wide_encoding(start: bytes, encodings: Sequence[str]) -> str | None:
    """Return the UTF-16 variant of a file, by its byte order mark or by the NUL bytes at its start; None if the file is
    not in UTF-16.

    `encodings` are the encodings of the profile. UTF-16 is only recognized if `encodings` includes UTF-16."""
    if UTF_16.isdisjoint(encodings) or start.startswith(codecs.BOM_UTF8[: len(start)]):
        return None
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    first = start[:_EXAMINED_BYTES]
    if len(first) == _EXAMINED_BYTES and first[1] == first[3] == 0 and first[0] and first[2]:
        return "utf-16-le"
    if len(first) == _EXAMINED_BYTES and first[0] == first[2] == 0 and first[1] and first[3]:
        return "utf-16-be"
    if encodings[0] in UTF_16 and (b"\0" in start or len(start) < _NUL_WITHIN_BYTES):
        # The first characters are not ASCII: trust the profile.
        return "utf-16-be" if encodings[0] == "utf-16-be" else "utf-16-le"
    return None


async def in_utf_8(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Convert a file from UTF-16 to UTF-8 without a byte order mark. Raises `ApiError` if the file is not valid
    UTF-16."""
    decoder, is_first = codecs.getincrementaldecoder(encoding)(), True
    async for text in _decoded(chunks, decoder):
        if text and is_first:
            text, is_first = text.removeprefix("\ufeff"), False
        if text:
            yield text.encode()


async def _decoded(chunks: AsyncIterator[bytes], decoder: codecs.IncrementalDecoder) -> AsyncIterator[str]:
    size = 0
    try:
        async for chunk in chunks:
            yield decoder.decode(chunk)
            size += len(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = f"The file is not valid UTF-16: the bytes after byte {size:,} cannot be decoded ({error.reason})"
        hint = "Save the file as UTF-8, or add its encoding to the profile's `encodings`."
        raise ApiError(ProblemType.INVALID, f"{message}.", [Violation(message, pointer="", hint=hint)]) from None
