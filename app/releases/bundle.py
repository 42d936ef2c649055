"""A zip archive of already compressed files, streamed while they are read from the database.

The libraries that stream zips (zipstream-ng, stream-zip, zipfile) compress their input themselves, and write the sizes
after the data because they do not know them earlier. Here each file is already stored compressed, with its size and
CRC. Nothing is compressed again, the headers are complete, and `Content-Length` is known before the first byte. The
same release always gives the same bytes (tests/releases/test_bundle.py).
"""

import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

#: Sizes and offsets from this value on are written to a ZIP64 extra field. The regular field is then set to this value.
LIMIT = _FULL = 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x0800
_UNIX = 3 << 8
_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip: the values for its headers, and its bytes as stored in the zip."""

    name: str
    crc32: int
    size: int
    stored_size: int
    is_packed: bool
    chunks: Callable[[], AsyncIterator[bytes]]


def uncompressed_member(name: str, content: bytes) -> Member:
    """A member that stores `content` uncompressed, for small files."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return Member(name, zlib.crc32(content), len(content), len(content), False, chunks)


class Zip:
    """A zip of these members, all with the same timestamp."""

    def __init__(self, members: Sequence[Member], at: datetime) -> None:
        self._members = members
        at = at.astimezone(UTC)
        self._day = (at.year - 1980) << 9 | at.month << 5 | at.day
        self._time = at.hour << 11 | at.minute << 5 | at.second // 2
        self._offsets: list[int] = []
        offset = 0
        for member in members:
            self._offsets.append(offset)
            offset += len(self._local_header(member)) + member.stored_size
        self._directory_at = offset
        self.size = offset + len(self._directory())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for member in self._members:
            yield self._local_header(member)
            async for chunk in member.chunks():
                yield chunk
        yield self._directory()

    async def chunks(self, start: int) -> AsyncIterator[bytes]:
        """The bytes of the zip from offset `start` on."""
        async for chunk in self:
            yield chunk[start:]
            start = max(start - len(chunk), 0)

    def _local_header(self, member: Member) -> bytes:
        extra = _zip64_extra(member.size, member.stored_size) if _needs_zip64(member) else b""
        sizes = (_FULL, _FULL) if extra else (member.stored_size, member.size)
        name = member.name.encode()
        return (
            struct.pack("<4sHHHHHLLLHH", b"PK\3\4", *self._common_fields(member, extra), *sizes, len(name), len(extra))
            + name
            + extra
        )

    def _common_fields(self, member: Member, extra: bytes) -> tuple[int, ...]:
        method = _DEFLATED if member.is_packed else _STORED
        return (45 if extra else 20, _UTF8, method, self._time, self._day, member.crc32)

    def _central_header(self, member: Member, offset: int) -> bytes:
        wide = [size for size in (member.size, member.stored_size) if _needs_zip64(member)]
        wide += [offset] if offset >= LIMIT else []
        extra = _zip64_extra(*wide) if wide else b""
        sizes = (_FULL, _FULL) if _needs_zip64(member) else (member.stored_size, member.size)
        name = member.name.encode()
        about = self._common_fields(member, extra)
        return (
            struct.pack(
                "<4sHHHHHHLLLHHHHHLL",
                b"PK\1\2",
                _UNIX | about[0],
                *about,
                *sizes,
                len(name),
                len(extra),
                0,
                0,
                0,
                _MODE,
                _clamp(offset),
            )
            + name
            + extra
        )

    def _directory(self) -> bytes:
        parts = [self._central_header(member, at) for member, at in zip(self._members, self._offsets, strict=True)]
        directory, count, at = b"".join(parts), len(parts), self._directory_at
        wide = b""
        if at >= LIMIT or len(directory) >= LIMIT:
            after = at + len(directory)
            wide = struct.pack(
                "<4sQHHLLQQQQ", b"PK\6\6", 44, _UNIX | 45, 45, 0, 0, count, count, len(directory), at
            ) + struct.pack("<4sLQL", b"PK\6\7", 0, after, 1)
        last = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, count, count, len(directory), _clamp(at), 0)
        return directory + wide + last


def _clamp(at: int) -> int:
    return at if at < LIMIT else _FULL


def _needs_zip64(member: Member) -> bool:
    return max(member.size, member.stored_size) >= LIMIT


def _zip64_extra(*sizes: int) -> bytes:
    return struct.pack(f"<HH{len(sizes)}Q", 1, 8 * len(sizes), *sizes)


def checksums(files: Iterable[tuple[str, str]]) -> str:
    """A list of file names and SHA-256 hashes in the format of `sha256sum -c`."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in files)
