"""Files on their way in: measured, packed and cut into pieces as they are made, so that memory stays flat."""

import hashlib
import zlib
from collections.abc import Iterator

#: Bytes of a stored piece; all but the last of a file are exactly so long.
PIECE = 1_048_576
_LEVEL = 6


class Packing:
    """One file. `feed` and `end` answer the pieces that are ready to be stored."""

    def __init__(self, *, is_packed: bool) -> None:
        self.is_packed = is_packed
        self.size = self.stored_size = self.crc32 = 0
        self._sha256 = hashlib.sha256()
        # Raw deflate is what both a zip and a gzip hold: neither needs to be packed again when it is sent.
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if is_packed else None
        self._waiting = bytearray()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the file."""
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self._sha256.update(data)
        self._waiting += self._deflate.compress(data) if self._deflate else data
        return list(self._whole())

    def end(self) -> list[bytes]:
        """The file is at its end."""
        if self._deflate:
            self._waiting += self._deflate.flush()
        pieces = list(self._whole())
        if self._waiting:
            pieces.append(self._taken(len(self._waiting)))
        return pieces

    def _whole(self) -> Iterator[bytes]:
        while len(self._waiting) >= PIECE:
            yield self._taken(PIECE)

    def _taken(self, size: int) -> bytes:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self.stored_size += size
        return piece
