"""The encodings of files that a profile may name, and how a file in UTF-16 becomes one in UTF-8.

Except UTF-16 each has the characters of ASCII at their places, one byte a character (or UTF-8), so that lines, quotes and
delimiters can be found before a row is decoded; `test_an_encoding_leaves_ascii_where_it_is` holds it. UTF-16 is
converted as a whole, before lines are looked for.
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
#: Bytes by which UTF-16 is told from other encodings where it has no mark.
_TELLING = 4
#: Bytes in which a table in UTF-16 has a NUL: that of a delimiter, if no other.
_SURE = 256


def wide_encoding(start: bytes, encodings: Sequence[str]) -> str | None:
    """The byte order of a file in UTF-16, by its mark or by where its first bytes are NUL; None where it is none.

    `encodings` are those of the profile: without one of UTF-16 among them none is looked for."""
    if UTF_16.isdisjoint(encodings) or start.startswith(codecs.BOM_UTF8[: len(start)]):
        return None
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    first = start[:_TELLING]
    if len(first) == _TELLING and first[1] == first[3] == 0 and first[0] and first[2]:
        return "utf-16-le"
    if len(first) == _TELLING and first[0] == first[2] == 0 and first[1] and first[3]:
        return "utf-16-be"
    if encodings[0] in UTF_16 and (b"\0" in start or len(start) < _SURE):
        # A file whose first characters are not ASCII: the profile says how it is written.
        return "utf-16-be" if encodings[0] == "utf-16-be" else "utf-16-le"
    return None


async def in_utf_8(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The bytes of a file in UTF-16 as UTF-8, without a mark. Raises `ApiError` where it is none."""
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
        message = f"The file is not in UTF-16: its bytes after {size:,} cannot be read ({error.reason})"
        hint = "Save the file as UTF-8, or name its encoding among the profile's `encodings`."
        raise ApiError(ProblemType.INVALID, f"{message}.", [Violation(message, pointer="", hint=hint)]) from None
