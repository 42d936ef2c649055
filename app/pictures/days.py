"""The axis of days."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.pictures.canvas import GREY, LINE, Canvas
from app.pictures.phrases import day_words
from app.pictures.text_width import text_width

#: Distances between ticks, in months.
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)
_DAY_STEPS = (1, 2, 5, 7, 14)


@dataclass(frozen=True, slots=True)
class DayAxis:
    """Days from `first` to `last`, both inclusive, between `left` and `right`."""

    first: date
    last: date
    left: float
    right: float

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def start(self, day: date) -> float:
        """Where a day begins; days before or after the axis are at its ends."""
        shift = min(max((day - self.first).days, 0), self.days)
        return self.left + (self.right - self.left) * shift / self.days

    def end(self, day: date) -> float:
        """Where a day ends."""
        shift = min(max((day - self.first).days + 1, 0), self.days)
        return self.left + (self.right - self.left) * shift / self.days

    def middle(self, day: date) -> float:
        return (self.start(day) + self.end(day)) / 2

    def ticks(self, size: float) -> list[tuple[date, str]]:
        """Days to mark, with labels that have space between them."""
        space = (self.right - self.left) / (self.days / 30.44)
        for step in _DAY_STEPS:
            if (
                self.days <= 62
                and (self.right - self.left) / self.days * step > text_width("30 Sep 2026 ", size) * 1.15
            ):
                days = [self.first + timedelta(shift) for shift in range(0, self.days, step)]
                return [(day, day_words(day, is_short=True)) for day in days]
        for step in _MONTH_STEPS:
            if space * step > text_width("Sep 2026 " if step < 12 else "2026 ", size) * 1.15:
                marks = list(_month_marks(self.first, self.last, step))
                found = [(day, f"{day.year:04d}" if step >= 12 else day_words(day, is_short=True)[2:]) for day in marks]
                return found or [(self.first, day_words(self.first, is_short=True))]
        return [(self.first, day_words(self.first, is_short=True))]

    def draw(self, canvas: Canvas, top: float, bottom: float) -> None:
        """Draw the labels above `top`, and lines from `top` to `bottom`."""
        end = -1.0
        for day, label in self.ticks(canvas.size):
            x = self.start(day)
            canvas.rule(x, top, x, bottom, stroke_width=0.7)
            half = text_width(label, canvas.size) / 2
            middle = min(max(x, self.left + half), self.right - half)
            if middle - half > end:
                canvas.text(middle, top - canvas.size * 0.45, label.strip(), anchor="middle", fill=GREY)
                end = middle + half
        canvas.rule(self.left, top, self.right, top, stroke=LINE)


def axis_of(days: Iterable[date], left: float, right: float) -> DayAxis | None:
    """An axis with space for these days; None = there are no days. The years 1 and 9999 are the ends of open dates."""
    known = sorted(day for day in days if 1 < day.year < 9999)
    if not known:
        return None
    spare = timedelta(max(1, (known[-1] - known[0]).days // 20))
    return DayAxis(known[0] - spare, known[-1] + spare, left, right)


def _month_marks(first: date, last: date, step: int) -> Iterable[date]:
    years = step // 12
    months = [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13, max(1, step) if step < 12 else 12)
        if step < 12 or year % years == 0
    ]
    return [month for month in months[bisect_left(months, first) :] if month <= last]
