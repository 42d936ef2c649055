"""Collects the lines of an entry, up to a limit in bytes."""

from dataclasses import dataclass, field

from app.web.upload_stream import Line


@dataclass(slots=True)
class EntryLines:
    """Collects the lines of one entry."""

    most_bytes: int
    number: int = 0
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    is_too_long: bool = False

    def add(self, line: Line) -> None:
        if not self.lines and not self.is_too_long:
            self.number = line.number
        self.size += len(line.text or b"") + 1
        if line.text is None or self.size > self.most_bytes:
            self.is_too_long = True
            self.lines.clear()
        elif not self.is_too_long:
            self.lines.append(line.text)

    @property
    def is_begun(self) -> bool:
        return bool(self.lines) or self.is_too_long

    def finish(self) -> Line:
        line = Line(self.number, None if self.is_too_long else b"\n".join(self.lines))
        self.lines, self.size, self.is_too_long = [], 0, False
        return line
