"""The picture of concessions: one bar for each step, to the right if it softens a position, to the left if it hardens it. The same
step of a party on several points on one day is one bar, with the first points in words."""

from collections.abc import Iterable, Sequence

from app.pictures.canvas import GREY, INK, LINE, Canvas
from app.pictures.no_rows import reason_words
from app.pictures.phrases import day_of, day_words, in_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, wrap_text
from app.reading.formats.news import shorten_text

_SOFT, _HARD = "#8fc1e3", "#f2a58a"
#: Below this width, the bar of a step is under its text instead of beside it.
_BESIDE = 560
#: How many points of a group are shown in words, and the longest text of a point, in characters.
_POINTS, _LONGEST = 3, 60
_UNORDERED = (
    "Unordered: the later statement is neither softer nor harder, for example because it amends a point or has no place on the"
    " scale from rejection to acceptance."
)


def find_concessions(extra: Row) -> str:
    """The finding in words: the steps of each party, by direction."""
    clauses = []
    for total in extra["totals"]:
        words = (("softer", "n_plus"), ("harder", "n_minus"), ("unchanged", "n_zero"), ("unordered", "n_unordered"))
        counts = [f"{total[key]} {word}" for word, key in words if total[key]]
        clauses.append(f"{isolate(total['party']['name'])}: {list_words(counts)}")
    return f"Statements with a step: {'; '.join(clauses)}" if clauses else "No steps"


def draw_concessions(source: PictureInput) -> str:
    """Draw one bar for each group of equal steps, in the order of the rows."""
    drawing = Drawing(source)
    is_unordered = any(total["n_unordered"] for total in source.extra["totals"])
    drawing.head(find_concessions(source.extra), [_UNORDERED] if is_unordered else [])
    if not source.rows:
        drawing.nothing(reason_words(source.extra))
        return drawing.finish()
    canvas = drawing.canvas
    drawing.legend(
        [
            LegendEntry(swatch(_HARD), "harder, to the left"),
            LegendEntry(swatch(_SOFT), "softer, to the right"),
            LegendEntry(_unchanged, "unchanged"),
            LegendEntry(swatch("hatch"), "unordered"),
        ]
    )
    is_beside = canvas.width >= _BESIDE
    text_wide = drawing.inner * 0.58 if is_beside else drawing.inner
    left = drawing.left + (text_wide + canvas.size if is_beside else 0)
    middle = (left + drawing.left + drawing.inner) / 2
    largest = max((abs(row["size"]) for row in source.rows if row["size"] is not None), default=0) or 1
    # The number of a step stands beyond the end of its bar.
    scale = (drawing.left + drawing.inner - middle - canvas.size * 3) / largest
    names = {total["party"]["slug"]: isolate(total["party"]["name"]) for total in source.extra["totals"]}
    for group in _groups(source.rows):
        row = group[0]
        canvas.rule(
            drawing.left, drawing.y, drawing.left + drawing.inner, drawing.y, stroke="#e3e3e3", stroke_width=0.7
        )
        top = drawing.y + canvas.size * 0.3
        words = f"{_days(row)} · {names.get(row['party'], row['party'])}{_step(row, len(group))}"
        after = canvas.lines(drawing.left, top, wrap_text(words, text_wide, canvas.size * 1.06), weight="bold")
        shown = [_points(source, one) for one in group[:_POINTS]]
        shown += [f"and {len(group) - _POINTS} more"] if len(group) > _POINTS else []
        for text in shown:
            after = canvas.lines(drawing.left, after, wrap_text(text, text_wide, canvas.size), fill=GREY)
        bar = top + canvas.size * 0.2 if is_beside else after + canvas.size * 0.5
        _draw_step(canvas, row["size"], middle, bar, scale)
        drawing.y = (after if is_beside else bar + canvas.size * 1.1) + canvas.size * 0.4
    drawing.y += canvas.size
    return drawing.finish()


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows with the same step of a party on one day. The sizes of a group are equal."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        before = row["before"] if row["kind"] == "answer" else None
        key = (*(row[name] for name in ("party", "on_min", "on_max", "kind", "after", "size")), before)
        found.setdefault(key, []).append(row)
    return list(found.values())


def _step(row: Row, number: int) -> str:
    """What follows the party: what it said before and later, or how its later point continues an earlier one."""
    if row["kind"] == "link":
        earlier = "an earlier point" if number == 1 else f"earlier points, {number} times"
        return f" {in_words(row['after'])} {earlier}"
    said = f": {in_words(row['before'])} → {in_words(row['after'])}"
    return said if number == 1 else f"{said}, {number} points"


def _points(source: PictureInput, row: Row) -> str:
    """The point that was answered, or the earlier point and the later one."""
    if row["kind"] == "link":
        return f"“{_text(source, row['thread'])}” → “{_text(source, row['after_record'])}”"
    return f"“{_text(source, row['thread'])}”" + (f", part {row['part']}" if row["part"] else "")


def _text(source: PictureInput, address: str) -> str:
    """The text of a demand or the title of a proposal, shortened; without one, its slug."""
    return isolate(shorten_text(source.names.get(address, address.partition("/")[2]), _LONGEST))


def _days(row: Row) -> str:
    """The day of a step in words; if it is uncertain, its first and last possible day."""
    first, last = (day_of(row[key]) for key in ("on_min", "on_max"))
    if first == last and first is not None:
        return day_words(first, is_short=True)
    return " to ".join(day_words(day, is_short=True) if day else "?" for day in (first, last))


def _draw_step(canvas: Canvas, size: float | None, middle: float, y: float, scale: float) -> None:
    """Draw a bar from the middle, with its number; hatched on both sides if the step cannot be ordered."""
    high, gap = canvas.size, canvas.size * 0.4
    base = y + canvas.size * 0.88
    if size is None:
        canvas.rect(middle - high * 2, y, high * 4, high, fill=canvas.hatch, stroke=INK, stroke_width=0.6)
    elif size > 0:
        canvas.rect(middle, y, size * scale, high, fill=_SOFT, stroke=INK, stroke_width=0.6)
        canvas.text(middle + size * scale + gap, base, f"+{size:.3g}")
    elif size < 0:
        canvas.rect(middle + size * scale, y, -size * scale, high, fill=_HARD, stroke=INK, stroke_width=0.6)
        canvas.text(middle + size * scale - gap, base, f"−{-size:.3g}", anchor="end")
    else:
        canvas.text(middle + gap, base, "0")
    canvas.rule(middle, y - gap, middle, y + high + gap, LINE if size is None else INK, stroke_width=1)


def _unchanged(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rule(x + width / 3, y, x + width / 3, y + height, INK)
    canvas.text(x + width / 2, y + height * 0.85, "0")


def _mentions(rows: Sequence[Row], extra: Row) -> Iterable[str]:
    return {row["thread"] for row in rows} | {row["after_record"] for row in rows if row["kind"] == "link"}


CONCESSIONS_PICTURE = Picture(
    draw=draw_concessions,
    most=150,
    narrow_by="Use `parties`, `rows=party` or an earlier `on`.",
    mentions=_mentions,
)
