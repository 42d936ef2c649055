"""The picture of a timeline: one line for each event, with its possible days on an axis."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from app.pictures.canvas import GREY, PAPER, Canvas
from app.pictures.days import DayAxis, axis_of
from app.pictures.marks import draw_span, draw_unknown
from app.pictures.no_rows import reason_words
from app.pictures.phrases import count_of, day_of, day_words, in_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, wrap_text
from app.reading.formats.news import shorten_text

#: The colour of each type (Okabe and Ito), which also differ in brightness.
_FILLS = {
    "deadline": "#000000",
    "talk": "#0072b2",
    "proposal": "#e69f00",
    "response": "#56b4e9",
    "agreement": "#009e73",
    "assessment": "#cc79a7",
}
#: Below this width, the axis of an event is under its text instead of beside it.
_BESIDE = 560
#: The height of a mark in font sizes, and the number of rows after which the days of the axis are repeated.
_BAR = 0.95
#: The longest text of what was answered, in characters.
_ABOUT = 90
_ROWS_BETWEEN = 20


def find_timeline(rows: Sequence[Row]) -> str:
    """The finding in words: how many events of each type, in which period, and how many days are uncertain."""
    if not rows:
        return "No events"
    counts = Counter(row["type"] for row in rows)
    parts = list_words([count_of(counts[kind], kind) for kind in _FILLS if counts[kind]])
    earliest = [day for row in rows if (day := day_of(row["date_min"]))]
    latest = [day for row in rows for key in ("until_max", "date_max") if (day := day_of(row[key]))]
    period = ""
    if earliest and latest:
        first, last = min(earliest), max(latest)
        period = f" on {day_words(first)}" if first == last else f" from {day_words(first)} to {day_words(last)}"
    undated = sum(row["date"] is None for row in rows)
    uncertain = sum(row["date"] is not None and row["date_min"] != row["date_max"] for row in rows)
    notes = [count_of(uncertain, "uncertain date")] if uncertain else []
    notes += [f"{undated} without a date"] if undated else []
    events = f"{count_of(len(rows), 'event')}{period}"
    return f"{events}: {parts}" + (f"; {list_words(notes)}" if notes else "")


def draw_timeline(source: PictureInput) -> str:
    """Draw one line for each row, in the order of the rows."""
    drawing, rows = Drawing(source), source.rows
    drawing.head(find_timeline(rows))
    if not rows:
        drawing.nothing(reason_words(source.extra))
        return drawing.finish()
    drawing.legend(_legend(rows))
    canvas = drawing.canvas
    is_beside = canvas.width >= _BESIDE
    text_wide = drawing.inner * 0.54 if is_beside else drawing.inner
    left = drawing.left + (text_wide + canvas.size if is_beside else 0)
    dated = axis_of(_days(rows), left, drawing.left + drawing.inner)
    # If all days are unknown, there is no axis to draw, but its place is hatched.
    axis = dated or DayAxis(date.min, date.min, left, drawing.left + drawing.inner)
    texts = [_texts(source, row, text_wide, canvas.size) for row in rows]
    bar = canvas.size * _BAR
    heights = [
        max(len(title) + len(meta), 1) * canvas.line + (0 if is_beside else bar * 1.5) + canvas.size * 0.9
        for title, meta in texts
    ]
    events = list(zip(rows, texts, heights, strict=True))
    for begin in range(0, len(events), _ROWS_BETWEEN):
        section = events[begin : begin + _ROWS_BETWEEN]
        drawing.y += canvas.line
        if dated is not None:
            axis.draw(canvas, drawing.y, drawing.y + sum(high for *_, high in section))
        for number, (row, text, high) in enumerate(section):
            if number:
                canvas.rule(
                    drawing.left, drawing.y, drawing.left + drawing.inner, drawing.y, stroke="#e3e3e3", stroke_width=0.7
                )
            _draw_row(drawing, axis, row, text, is_beside=is_beside)
            drawing.y += high
    drawing.y += canvas.size
    return drawing.finish()


def _draw_row(drawing: Drawing, axis: DayAxis, row: Row, text: tuple[list[str], list[str]], *, is_beside: bool) -> None:
    canvas, (title, meta) = drawing.canvas, text
    pad, bar = canvas.size * 0.3, canvas.size * _BAR
    if not is_beside:
        # The lines of the axis must not cross the text.
        canvas.rect(
            drawing.left, drawing.y + 1, drawing.inner, (len(title) + len(meta)) * canvas.line + pad, fill=PAPER
        )
    after = canvas.lines(drawing.left, drawing.y + pad, title, weight="bold")
    after = canvas.lines(drawing.left, after, meta, fill=GREY)
    _draw_event(canvas, axis, row, drawing.y + pad + canvas.size * 0.2 if is_beside else after + bar * 0.25, bar)


def _days(rows: Iterable[Row]) -> Iterable[date]:
    for row in rows:
        for key in ("date_min", "date_max", "until_min", "until_max"):
            if day := day_of(row[key]):
                yield day


def _texts(source: PictureInput, row: Row, width: float, size: float) -> tuple[list[str], list[str]]:
    """The lines of the title, and of the facts below it."""
    parties = ", ".join(source.name("parties", slug) for slug in row["parties"])
    words = isolate(row["title"] or row["text"] or "") or _untitled(source, row, parties)
    until = f" to {row['until']}" if row["until"] not in (None, row["date"]) else ""
    kind = in_words(row["kind"]) if row["kind"] else None
    status = in_words(row["status"]) if row["status"] not in (None, "held", "agreed") else None
    type_ = f"{row['type']} ({kind})" if kind and kind != row["type"] else row["type"]
    facts = (f"{row['date'] or 'no date'}{until}", type_, status, parties, _answered(source, row))
    return wrap_text(words, width, size * 1.08, 4), wrap_text(" · ".join(filter(None, facts)), width, size)


def _untitled(source: PictureInput, row: Row, parties: str) -> str:
    """Words for a row without title and text: who said what about which record."""
    said = ": ".join(filter(None, (parties, row["kind"] and in_words(row["kind"]))))
    about = row["about"] and _name(source, row["about"])
    return f"{said or row['record'].partition('/')[2]}{f' ({about})' if about else ''}"


def _answered(source: PictureInput, row: Row) -> str | None:
    """What a response with a text of its own answers."""
    if row["type"] != "response" or not row["about"] or not (row["title"] or row["text"]):
        return None
    return f"answers “{_name(source, row['about'])}”"


def _name(source: PictureInput, address: str) -> str:
    """The name or text of a record, shortened; without one, its slug."""
    return isolate(shorten_text(source.names.get(address, address.partition("/")[2]), _ABOUT))


def _draw_event(canvas: Canvas, axis: DayAxis, row: Row, y: float, height: float) -> None:
    if row["date"] is None:
        draw_unknown(canvas, axis, y, height)
        return
    start = day_of(row["date_min"]), day_of(row["date_max"])
    # What happened on one of several days ends on the day on which it begins: no day is certain, so there is no core.
    end = (day_of(row["until_min"]), day_of(row["until_max"])) if row["until"] else start
    draw_span(canvas, axis, y, height, start=start, end=end, fill=_FILLS[row["type"]])


def _legend(rows: Sequence[Row]) -> list[LegendEntry]:
    shown = {row["type"] for row in rows}
    entries = [LegendEntry(swatch(fill), kind) for kind, fill in _FILLS.items() if kind in shown]
    if any(row["date_min"] != row["date_max"] or row["until_min"] != row["until_max"] for row in rows):
        entries.append(LegendEntry(_hull, "possible days"))
    is_open = any(row["date"] and None in (row["date_min"], row["date_max"]) for row in rows)
    if is_open or any(row["until"] and None in (row["until_min"], row["until_max"]) for row in rows):
        entries.append(LegendEntry(_open_end, "open on this side"))
    if any(row["date"] is None for row in rows):
        entries.append(LegendEntry(swatch("hatch"), "date unknown"))
    return entries


def _hull(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width, height, fill="#0072b2", fill_opacity=0.22, stroke="#1a1a1a", stroke_width=0.8, stroke_dasharray="3 2")  # fmt: skip


def _open_end(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    tip, middle = x + width, y + height / 2
    canvas.add("path", d=f"M{tip:.1f} {middle:.1f}L{x + width / 3:.1f} {y:.1f}L{x + width / 3:.1f} {y + height:.1f}Z")


def _mentions(rows: Sequence[Row], extra: Row) -> Iterable[str]:
    parties = {f"parties/{slug}" for row in rows for slug in row["parties"]}
    return parties | {row["about"] for row in rows if row["type"] == "response" and row["about"]}


TIMELINE_PICTURE = Picture(
    draw=draw_timeline,
    most=200,
    narrow_by="Use `on_from` and `on_to`, `type` or `party`, or `limit`.",
    mentions=_mentions,
)
