"""The picture of positions: a table of issues and parties, with words in every cell and colours for the answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.pictures.canvas import GREY, INK, LINE, PAPER, Canvas
from app.pictures.phrases import count_of, day_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, text_width, wrap_text

#: The colour and the word of each place on the scale. All colours are light enough for black text.
SCALE = {
    2: ("#8fc1e3", "accepts"),
    1: ("#d3e6f3", "partly"),
    0: ("#f2f2f2", "open"),
    -1: ("#fbd9c6", "counters"),
    -2: ("#f2a58a", "rejects"),
}
_REASONS = {
    "no_points": "The process has no points on this day.",
    "no_negotiating_parties": "The process names no negotiating parties; rows=all shows the others.",
}
_ACCEPTED = ("accepted", "accepted_in_part", "conditional", "supported")
_REFUSED = ("countered", "rejected", "opposed")
_OPEN = ("under_study", "deferred", "undetermined")
_SILENT = ("silent", "no_comment")


@dataclass(frozen=True, slots=True)
class _Table:
    """The cells of one slice, by issue and party."""

    title: str
    parties: dict[str, str]
    issues: dict[str | None, str]
    cells: dict[tuple[str | None, str], Row]


def find_positions(rows: Sequence[Row], extra: Row) -> str:
    """The finding in words: for up to three parties, what became of the points of others that they were asked about.

    A point on several issues is counted once. Parties that were asked about fewer points than a tenth of those of the first are left out."""
    if not rows:
        return "No positions"
    last = max(row["slice"]["on"] for row in rows)
    words: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["slice"]["on"] == last and row["others"]:
            said = words.setdefault(isolate(row["party"]["name"]), {})
            said.update((point["demand"], point["word"]) for point in row["others"])
    on = day_words(date.fromisoformat(last))
    clauses = [_clause(name, list(said.values())) for name, said in words.items()]
    clauses.sort(key=lambda clause: -clause[0])
    shown = [clause for clause in clauses[:3] if clause[0] * 10 >= clauses[0][0]]
    if not shown:
        parties = len({row["party"]["slug"] for row in rows})
        return f"On {on}, {count_of(parties, 'party', 'parties')} had own points and answered none of others"
    return f"On {on}, {'; '.join(text for _, text in shown)}"


def _clause(name: str, words: list[str]) -> tuple[int, str]:
    accepted, refused, still_open, moot, silent = (
        sum(word in group for word in words) for group in (_ACCEPTED, _REFUSED, _OPEN, ("declared_moot",), _SILENT)
    )
    parts = [f"accepts {accepted} of {count_of(len(words), 'point')} of others at least in part"]
    parts += [f"rejects or counters {refused}"] if refused else []
    parts += [f"leaves {still_open} open"] if still_open else []
    parts += [f"declared {moot} moot"] if moot else []
    parts += [f"is silent on {silent}"] if silent else []
    return len(words), f"{name} {list_words(parts)}"


def draw_positions(source: PictureInput) -> str:
    """Draw a table for each slice."""
    drawing = Drawing(source)
    notes = ["Each cell: the range of its answers to points of others, then its own points."] if source.rows else []
    undated = source.extra.get("without_day") or []
    notes += [f"Without a day, and therefore without a table: {', '.join(undated)}."] if undated else []
    drawing.head(find_positions(source.rows, source.extra), notes)
    if not source.rows:
        reason = source.extra.get("reason")
        drawing.nothing(_REASONS.get(str(reason), "No point matches the request."))
        return drawing.finish()
    drawing.legend(
        [
            *(LegendEntry(swatch(fill), word) for fill, word in SCALE.values()),
            LegendEntry(_range, "from the left to the right answer"),
            LegendEntry(swatch("hatch"), "silent, the share of its points"),
            LegendEntry(_absent, "no point"),
        ]
    )
    for table in _tables(source.rows):
        _draw_table(drawing, table)
    return drawing.finish()


def _tables(rows: Sequence[Row]) -> Iterable[_Table]:
    slices: dict[str, list[Row]] = {}
    for row in rows:
        slices.setdefault(row["slice"]["key"], []).append(row)
    for found in slices.values():
        one = found[0]["slice"]
        title = isolate(one["title"] or one["key"]) if len(slices) > 1 else ""
        codes = sorted(
            {row["issue"]["code"] if row["issue"] else None for row in found},
            key=lambda code: (code is None, code or ""),
        )
        labels = {row["issue"]["code"]: isolate(row["issue"]["label"]) for row in found if row["issue"]}
        yield _Table(
            title,
            {row["party"]["slug"]: isolate(row["party"]["name"]) for row in found},
            {code: labels.get(code or "", "(no issue)") for code in codes},
            {(row["issue"] and row["issue"]["code"], row["party"]["slug"]): row for row in found},
        )


def _draw_table(drawing: Drawing, table: _Table) -> None:
    """Draw the parties as columns, in as many tables below one another as the width needs."""
    canvas = drawing.canvas
    label_wide = min(drawing.inner * 0.34, canvas.size * 20)
    at_once = max(1, int((drawing.inner - label_wide) // (canvas.size * 7.5)))
    parties = list(table.parties.items())
    tables = -(-len(parties) // at_once)
    at_once = -(-len(parties) // tables)
    if table.title:
        drawing.y = canvas.lines(
            drawing.left, drawing.y, wrap_text(table.title, drawing.inner, canvas.size * 1.1), weight="bold"
        )
    for begin in range(0, len(parties), at_once):
        shown = parties[begin : begin + at_once]
        wide = min((drawing.inner - label_wide) / at_once, canvas.size * 16)
        heads = [wrap_text(name, wide - 6, canvas.size * 1.06, 8) for _, name in shown]
        for column, lines in enumerate(heads):
            canvas.lines(drawing.left + label_wide + column * wide + 3, drawing.y, lines, weight="bold")
        drawing.y += max(map(len, heads)) * canvas.line + 4
        omitted = 0
        for code, label in table.issues.items():
            cells = [table.cells.get((code, slug)) for slug, _ in shown]
            if any(cells):
                _draw_row(drawing, label, cells, label_wide, wide)
            else:
                omitted += 1
        if omitted:
            note = f"No points of these parties, or put to them, on {count_of(omitted, 'more issue')}."
            drawing.y = canvas.lines(drawing.left, drawing.y, wrap_text(note, drawing.inner, canvas.size), fill=GREY)
        drawing.y += canvas.size


def _draw_row(drawing: Drawing, label: str, cells: Sequence[Row | None], label_wide: float, wide: float) -> None:
    canvas = drawing.canvas
    lines = wrap_text(label, label_wide - 8, canvas.size, 8)
    texts = [_cell_lines(cell, wide - 8, canvas.size) for cell in cells]
    strip = canvas.size * 0.5
    high = max(len(lines), *(len(text) for text in texts)) * canvas.line + strip + 8
    canvas.lines(drawing.left, drawing.y + 3, lines)
    for column, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        x = drawing.left + label_wide + column * wide
        _draw_cell(canvas, cell, text, x, drawing.y, wide - 2, high - 2, strip)
    drawing.y += high


def _cell_lines(cell: Row | None, width: float, size: float) -> list[str]:
    if cell is None:
        return ["–"]
    counts = cell["counts"]
    own = [f"{word} {counts[word]}" for word in ("asks", "offers") if counts[word]]
    own += ["firm"] if cell["is_firm"] else []
    lines = wrap_text(_answers(cell), width, size) if cell["others"] else []
    return lines + (wrap_text(", ".join(own), width, size) if own else [])


def _answers(cell: Row) -> str:
    """The range of the answers in words, with the number of points."""
    counts: dict[str, Any] = cell["counts"]
    silent = sum(counts[word] for word in _SILENT)
    moot = counts["declared_moot"]
    parts: list[str] = []
    if cell["lowest"] is not None:
        ends = dict.fromkeys((SCALE[cell["lowest"]][1], SCALE[cell["highest"]][1]))
        parts.append(f"{' to '.join(ends)} {len(cell['others']) - silent - moot}")
    parts += [f"moot {moot}"] if moot else []
    parts += [f"silent {silent}"] if silent else []
    return ", ".join(parts)


def _draw_cell(
    canvas: Canvas, cell: Row | None, lines: list[str], x: float, y: float, wide: float, high: float, strip: float
) -> None:
    if cell is None:
        canvas.rect(x, y, wide, high, fill=PAPER, stroke=LINE, stroke_width=0.6, stroke_dasharray="2 3")
        canvas.lines(x + 4, y + 2, lines)
        return
    silent = sum(cell["counts"][word] for word in _SILENT)
    share = silent / len(cell["others"]) if silent else 0
    if cell["lowest"] is None:
        canvas.rect(x, y, wide, high, fill=canvas.hatch if share == 1 else PAPER, stroke=INK, stroke_width=0.6)
        if share == 1:
            inside = max(text_width(line, canvas.size) for line in lines) + 6
            canvas.rect(x + 2, y + 2, min(inside, wide - 4), len(lines) * canvas.line + 2, fill=PAPER)
    else:
        low, high_fill = SCALE[cell["lowest"]][0], SCALE[cell["highest"]][0]
        canvas.rect(x, y, wide, high, fill=low, stroke=INK, stroke_width=0.6)
        if high_fill != low:
            canvas.rect(x + wide / 2, y + 0.3, wide / 2 - 0.3, high - 0.6, fill=high_fill)
    if 0 < share < 1:
        canvas.rect(x, y + high - strip, wide * share, strip, fill=canvas.hatch, stroke=INK, stroke_width=0.6)
    canvas.lines(x + 4, y + 2, lines)


def _range(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width / 2, height, fill=SCALE[-2][0])
    canvas.rect(x + width / 2, y, width / 2, height, fill=SCALE[1][0])
    canvas.rect(x, y, width, height, fill="none", stroke=INK, stroke_width=0.8)


def _absent(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width, height, fill=PAPER, stroke=LINE, stroke_width=0.6, stroke_dasharray="2 3")
    canvas.text(x + width / 2, y + height * 0.8, "–", anchor="middle")


POSITIONS_PICTURE = Picture(
    draw=draw_positions,
    most=250,
    narrow_by="Use `issue`, `level=top`, `rows=party` or `slice=none`.",
)
