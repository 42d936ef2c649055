"""Splits the text of a JSON array into its objects, while the text arrives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.errors import quoted
from app.ingest.bibliographies.errors import malformed_bibliography
from app.web.upload_stream import Line

_TOKEN = re.compile(rb'[\\"{}\[\]\n]')


@dataclass(slots=True)
class ObjectSplitter:
    """Splits an array into its objects, or reads one object. `top` is the nesting depth at which the objects begin."""

    most_bytes: int
    top: int
    depth: int = 0
    line_number: int = 1
    is_string: bool = False
    is_escaped: bool = False
    first_line: int = 0
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    is_finished: bool = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the objects that end in this chunk."""
        start = 0 if self.depth > self.top else None
        last = 0
        for found in _TOKEN.finditer(chunk):
            at, token = found.start(), found[0]
            if self.is_escaped:
                self.is_escaped = False
                if at == last and self.is_string:
                    last = at + 1
                    continue
            if self.depth <= self.top:
                self._check_separator(chunk[last:at])
            last = at + 1
            if token == b"\n":
                self.line_number += 1
            elif token == b"\\":
                self.is_escaped = self.is_string
            elif token == b'"':
                if self.depth <= self.top and not self.is_finished:
                    self._reject(b'"')
                self.is_string = not self.is_string
            elif self.is_string:
                continue
            elif token in b"{[":
                if self.depth == self.top and not self.is_finished:
                    if token == b"[":
                        self._reject(token)
                    start, self.first_line = at, self.line_number
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth == self.top and start is not None:
                    self._add(chunk[start : at + 1])
                    yield Line(self.first_line, b"".join(self.parts) if self.size <= self.most_bytes else None)
                    self.parts, self.size, start = [], 0, None
                    self.is_finished = self.top == 0
                elif self.depth < self.top:
                    self.is_finished = True
        if self.is_escaped and last < len(chunk):
            # The character after the backslash was not a token.
            self.is_escaped = False
        if start is not None:
            self._add(chunk[start:])
        elif self.depth <= self.top:
            self._check_separator(chunk[last:])

    def _add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= self.most_bytes:
            self.parts.append(piece)
        else:
            self.parts.clear()

    def _check_separator(self, piece: bytes) -> None:
        if not self.is_finished and piece.strip(b" \t\r\n,"):
            self._reject(piece.strip(b" \t\r\n,"))

    def _reject(self, piece: bytes) -> None:
        shown = piece[:40].decode(errors="replace")
        raise malformed_bibliography(
            f"Line {self.line_number}: expected the beginning of an entry; got {quoted(shown)}.",
            "Send an array of objects, or one object.",
        )

    def end(self) -> None:
        """Check that the file is complete. Raises `ApiError` if the file ends too early."""
        if not self.is_finished:
            raise malformed_bibliography(
                "The JSON ends before it is complete.", "The file may be truncated; send it again."
            )
