"""Marks on an axis of days: a solid core, a faded hull for what is uncertain, and arrows for open ends."""

from datetime import date

from app.pictures.canvas import INK, Canvas
from app.pictures.days import DayAxis

#: The smallest width of a mark, so that a day is visible on an axis of years.
_LEAST = 6.0


def draw_span(
    canvas: Canvas,
    axis: DayAxis,
    y: float,
    height: float,
    *,
    start: tuple[date | None, date | None],
    end: tuple[date | None, date | None],
    fill: str,
) -> None:
    """Draw a span whose first day is one of `start` and whose last day is one of `end`, each as the first and the last
    possible day; None = open on that side.

    The core runs from the latest start to the earliest end, the hull from the earliest start to the latest end."""
    earliest, latest_start = start
    earliest_end, latest = end
    left = axis.left if earliest is None else axis.start(earliest)
    right = axis.right if latest is None else axis.end(latest)
    is_solid = None not in (earliest, latest) and earliest == latest_start and earliest_end == latest
    if right - left < _LEAST:
        middle = min(max((left + right) / 2, axis.left + _LEAST / 2), axis.right - _LEAST / 2)
        left, right = middle - _LEAST / 2, middle + _LEAST / 2
        if is_solid:
            canvas.rect(left, y, right - left, height, fill=fill, stroke=INK, stroke_width=0.6)
            return
    if not is_solid:
        canvas.rect(left, y, right - left, height, fill=fill, fill_opacity=0.22, stroke=INK, stroke_width=0.8, stroke_dasharray="3 2")  # fmt: skip
    if earliest_end is None and earliest == latest_start:
        # What began on a known day and has no end lasted for that day at least.
        earliest_end = latest_start
    if latest_start is not None and earliest_end is not None and latest_start <= earliest_end:
        core, core_end = axis.start(latest_start), axis.end(earliest_end)
        canvas.rect(core, y, max(core_end - core, 2.5), height, fill=fill, stroke=INK, stroke_width=0.6)
    middle, half = y + height / 2, height / 2
    if earliest is None:
        canvas.add("path", d=_arrow(axis.left, middle, half, -1), fill=INK)
    if latest is None:
        canvas.add("path", d=_arrow(axis.right, middle, half, 1), fill=INK)


def _arrow(x: float, y: float, half: float, way: int) -> str:
    """A triangle whose point is at (x, y). `way`: 1 = it points right, −1 = left."""
    back = x - way * half * 1.6
    return f"M{x:.1f} {y:.1f}L{back:.1f} {y - half:.1f}L{back:.1f} {y + half:.1f}Z"


def draw_unknown(canvas: Canvas, axis: DayAxis, y: float, height: float) -> None:
    """Hatch the whole axis: the day is unknown."""
    canvas.rect(axis.left, y, axis.right - axis.left, height, fill=canvas.hatch, stroke=INK, stroke_width=0.5)
