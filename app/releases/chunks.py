"""Compresses a file and splits it into chunks while it is written, so that memory use does not grow with the file size."""

import hashlib
import zlib
from collections.abc import Iterator

#: Size of a stored chunk in bytes. Only the last chunk of a file may be shorter.
CHUNK_SIZE = 1_048_576
_LEVEL = 6


class Packing:
    """Compressor of one file. `feed` and `end` return the chunks that are ready to be stored."""

    def __init__(self, *, is_packed: bool) -> None:
        self.is_packed = is_packed
        self.size = self.stored_size = self.crc32 = 0
        self._sha256 = hashlib.sha256()
        # Both zip and gzip wrap raw deflate data, so a file can be sent in either format without compressing it again.
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if is_packed else None
        self._buffer = bytearray()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def feed(self, data: bytes) -> list[bytes]:
        """Compress the next bytes of the file."""
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self._sha256.update(data)
        self._buffer += self._deflate.compress(data) if self._deflate else data
        return list(self._complete_chunks())

    def end(self) -> list[bytes]:
        """Finish the file."""
        if self._deflate:
            self._buffer += self._deflate.flush()
        chunks = list(self._complete_chunks())
        if self._buffer:
            chunks.append(self._cut(len(self._buffer)))
        return chunks

    def _complete_chunks(self) -> Iterator[bytes]:
        while len(self._buffer) >= CHUNK_SIZE:
            yield self._cut(CHUNK_SIZE)

    def _cut(self, size: int) -> bytes:
        chunk = bytes(self._buffer[:size])
        del self._buffer[:size]
        self.stored_size += size
        return chunk
