"""The picture of concessions: one line for each step, to the right if it softens a position, to the left if it hardens it."""

from app.pictures.canvas import GREY, INK, LINE, Canvas
from app.pictures.phrases import day_of, day_words, in_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, wrap_text

_SOFT, _HARD = "#8fc1e3", "#f2a58a"
#: Below this width, the bar of a step is under its text instead of beside it.
_BESIDE = 560
_REASONS = {
    "no_points": "The process has no points on this day.",
    "no_second_statement": "No party made a second statement on the same thread.",
}


def find_concessions(extra: Row) -> str:
    """The finding in words: the steps of each party, by direction."""
    clauses = []
    for total in extra["totals"]:
        words = (("softer", "n_plus"), ("harder", "n_minus"), ("unchanged", "n_zero"), ("unordered", "n_unordered"))
        counts = [f"{total[key]} {word}" for word, key in words if total[key]]
        clauses.append(f"{isolate(total['party']['name'])}: {list_words(counts)}")
    return f"Statements with a step: {'; '.join(clauses)}" if clauses else "No steps"


def draw_concessions(source: PictureInput) -> str:
    """Draw one line for each row, in the order of the rows."""
    drawing = Drawing(source)
    drawing.head(find_concessions(source.extra))
    if not source.rows:
        drawing.nothing(_REASONS.get(str(source.extra.get("reason")), "No step matches the request."))
        return drawing.finish()
    canvas = drawing.canvas
    drawing.legend(
        [
            LegendEntry(swatch(_HARD), "harder, to the left"),
            LegendEntry(swatch(_SOFT), "softer, to the right"),
            LegendEntry(_unchanged, "unchanged"),
            LegendEntry(swatch("hatch"), "cannot be ordered"),
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
    for row in source.rows:
        canvas.rule(
            drawing.left, drawing.y, drawing.left + drawing.inner, drawing.y, stroke="#e3e3e3", stroke_width=0.7
        )
        top = drawing.y + canvas.size * 0.3
        # In the order of time: what was said before, then what was said later.
        said = f"{_statement(row, 'before')} → {_statement(row, 'after')}"
        words = f"{_days(row)} · {names.get(row['party'], row['party'])}: {said}"
        after = canvas.lines(drawing.left, top, wrap_text(words, text_wide, canvas.size * 1.06), weight="bold")
        on_what = row["thread"] + (f", part {row['part']}" if row["part"] else "")
        after = canvas.lines(drawing.left, after, wrap_text(on_what, text_wide, canvas.size), fill=GREY)
        bar = top + canvas.size * 0.2 if is_beside else after + canvas.size * 0.5
        _draw_step(canvas, row["size"], middle, bar, scale)
        drawing.y = (after if is_beside else bar + canvas.size * 1.1) + canvas.size * 0.4
    drawing.y += canvas.size
    return drawing.finish()


def _days(row: Row) -> str:
    """The day of a step in words; if it is uncertain, its first and last possible day."""
    first, last = (day_of(row[key]) for key in ("on_min", "on_max"))
    if first == last and first is not None:
        return day_words(first, is_short=True)
    return " to ".join(day_words(day, is_short=True) if day else "?" for day in (first, last))


def _statement(row: Row, key: str) -> str:
    """A stance in words. The slug of an earlier point stays as it is."""
    return row[key] if row["kind"] == "link" and key == "before" else in_words(row[key])


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


CONCESSIONS_PICTURE = Picture(
    draw=draw_concessions,
    most=150,
    narrow_by="Use `parties`, `rows=party` or an earlier `on`.",
)
