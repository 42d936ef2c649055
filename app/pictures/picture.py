"""What a picture is drawn from, and what all pictures have: heading, subject, legend and source."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.pictures.canvas import GREY, INK, LINE, PAPER, Canvas
from app.pictures.phrases import day_words
from app.pictures.text_width import isolate, text_width, wrap_text

Row = Mapping[str, Any]

#: The width of a picture for which the request gives none, in pixels.
WIDTH = 640
NARROWEST, WIDEST = 320, 2000
#: The width of a phone, and the smallest text that is readable on it.
_PHONE, _READABLE = 390, 9
#: Up to this width, a picture may be shown on a phone.
_FOR_PHONES = 700
MARGIN = 16.0


@dataclass(frozen=True, slots=True)
class PictureInput:
    """Everything that a picture is drawn from."""

    rows: Sequence[Row]
    #: The fields of the answer besides its rows.
    extra: Row
    #: Names of records by `collection/slug`. Records without a name are shown by their slugs.
    names: Mapping[str, str]
    #: What the picture is about, such as the title of the process.
    subject: str
    #: The address of the answer, the revision that it shows, and when that revision was written.
    address: str
    revision: int
    at: datetime | None
    #: The clocks and the day of the request, in words.
    clocks: Sequence[str] = ()
    width: float = WIDTH
    #: The beginning of ids in the picture.
    prefix: str = "picture"
    #: Whether `limit` truncated the rows.
    is_truncated: bool = False
    #: The record that the picture is about, as `collection/slug`; None = no single one.
    record: str | None = None
    #: The query parameters.
    options: Row = field(default_factory=dict)

    def name(self, collection: str, slug: str) -> str:
        """The name of a record, or its slug if the name is unknown."""
        return isolate(self.names.get(f"{collection}/{slug}", slug))


@dataclass(frozen=True, slots=True)
class Picture:
    """Declares the picture of a report."""

    draw: Callable[[PictureInput], str]
    #: The number of rows from which the picture would not be readable, and how to request fewer.
    most: int
    narrow_by: str
    #: The records whose names the picture shows, as `collection/slug`.
    mentions: Callable[[Sequence[Row], Row], Iterable[str]] = lambda rows, extra: ()
    #: The number that must not exceed `most`.
    count: Callable[[Sequence[Row], Row], int] = lambda rows, extra: len(rows)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """An entry of the legend: a function that draws the sign in a box (canvas, x, y, width, height), and its meaning."""

    draw: Callable[[Canvas, float, float, float, float], None]
    meaning: str


@dataclass(slots=True)
class Drawing:
    """A picture while it is drawn, from top to bottom."""

    source: PictureInput
    canvas: Canvas = field(init=False)
    #: Where the next part begins.
    y: float = field(init=False, default=MARGIN)
    _finding: str = field(init=False, default="")
    _about: str = field(init=False, default="")

    def __post_init__(self) -> None:
        width = float(self.source.width)
        size = max(11.0, _READABLE * width / _PHONE) if width <= _FOR_PHONES else 13.0
        self.canvas = Canvas(width, size, self.source.prefix)

    @property
    def left(self) -> float:
        return MARGIN

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.canvas.width - 2 * MARGIN

    def head(self, finding: str, notes: Sequence[str] = ()) -> None:
        """The finding as the heading, then what the picture is about and the clocks, then notes."""
        canvas, source = self.canvas, self.source
        self._finding = finding
        size = canvas.size * 1.3
        self.y = canvas.lines(MARGIN, self.y, wrap_text(finding, self.inner, size * 1.06), size=size, weight="bold") + 4
        about = " · ".join((isolate(source.subject), *source.clocks))
        truncated = (f"Only {len(source.rows)} rows are shown; there are more.",) if source.is_truncated else ()
        self._about = " ".join((f"{about}.", *notes, *truncated))
        for words in (about, *notes, *truncated):
            self.y = canvas.lines(MARGIN, self.y, wrap_text(words, self.inner, canvas.size), fill=GREY)
        self.y += canvas.size

    def legend(self, entries: Sequence[LegendEntry]) -> None:
        """The signs of the picture and their meanings, in as many lines as they need."""
        canvas = self.canvas
        box, gap = canvas.size * 2.2, canvas.size * 0.5
        x = MARGIN
        for entry in entries:
            lines = wrap_text(entry.meaning, self.inner - box - gap, canvas.size)
            wide = box + gap + max(text_width(line, canvas.size) for line in lines)
            if x > MARGIN and x + wide > MARGIN + self.inner:
                x, self.y = MARGIN, self.y + canvas.line * 1.25
            entry.draw(canvas, x, self.y, box, canvas.size * 1.15)
            after = canvas.lines(x + box + gap, self.y, lines)
            if len(lines) > 1:
                x, self.y = MARGIN, after + canvas.line * 0.25
            else:
                x += wide + canvas.size
        self.y += canvas.line * 1.25 if x > MARGIN else 0
        self.y += canvas.size * 0.6

    def nothing(self, reason: str) -> None:
        """The place of a picture that has no rows: hatched, with the reason."""
        canvas = self.canvas
        lines = wrap_text(reason, self.inner - 4 * canvas.size, canvas.size)
        high = canvas.size * 6 + len(lines) * canvas.line
        canvas.rect(MARGIN, self.y, self.inner, high, fill=canvas.hatch, stroke=LINE)
        top = self.y + canvas.size * 3
        wide = max(text_width(line, canvas.size) for line in lines) + 2 * canvas.size
        middle = canvas.width / 2
        canvas.rect(middle - wide / 2, top - canvas.size / 2, wide, len(lines) * canvas.line + canvas.size, fill=PAPER)
        canvas.lines(middle, top, lines, anchor="middle")
        self.y += high + canvas.size

    def finish(self) -> str:
        """Add the line with the source, and return the picture."""
        canvas, source = self.canvas, self.source
        written = f" of {day_words(source.at.astimezone(UTC).date())}" if source.at else ""
        canvas.rule(MARGIN, self.y, MARGIN + self.inner, self.y)
        words = f"Source: Parley, revision {source.revision}{written}. {source.address}"
        self.y = canvas.lines(MARGIN, self.y + 6, wrap_text(words, self.inner, canvas.size), fill=GREY)
        return canvas.render(self.y + MARGIN, self._finding, f"{self._about} {words}")


def swatch(fill: str, stroke: str = INK) -> Callable[[Canvas, float, float, float, float], None]:
    """A filled box for a legend; the fill `hatch` is the hatching of the picture."""

    def draw(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        canvas.rect(
            x, y, width, height, fill=canvas.hatch if fill == "hatch" else fill, stroke=stroke, stroke_width=0.8
        )

    return draw
