"""The picture of positions: a table of issues and parties, with words in every cell and colours for the answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.pictures.canvas import GREY, INK, LINE, PAPER, Canvas
from app.pictures.no_rows import reason_words
from app.pictures.phrases import count_of, day_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, text_width, wrap_text

#: The words of the answers with a place on the scale, from refusal to acceptance, each with its colour and the stances that it
#: stands for. All colours are light enough for black text.
ANSWERS = {
    "rejects": ("#f2a58a", ("rejected", "opposed")),
    "counters": ("#fbd9c6", ("countered",)),
    "open": ("#f2f2f2", ("under_study", "deferred", "undetermined")),
    "conditional": ("#efe3b0", ("conditional",)),
    "in part": ("#d3e6f3", ("accepted_in_part",)),
    "accepts": ("#8fc1e3", ("accepted", "supported")),
}
#: The other answers, and the word for a missing one.
_OTHERS = {
    "moot": "declared_moot",
    "said nothing": "no_comment",
    "not reviewed": "unreviewed",
    "silent": "silent",
}
_SILENT = ("silent", "no_comment")
#: What a party does with how many points of others, in a sentence.
_SENTENCE = (
    ("accepts {}", ("accepted", "supported")),
    ("accepts {} in part", ("accepted_in_part",)),
    ("sets conditions for {}", ("conditional",)),
    ("rejects or counters {}", ("countered", "rejected", "opposed")),
    ("leaves {} open", ("under_study", "deferred", "undetermined")),
    ("declared {} moot", ("declared_moot",)),
    ("is reported to have said nothing on {}", ("no_comment",)),
    ("has an unreviewed answer to {}", ("unreviewed",)),
    ("is silent on {}", ("silent",)),
)


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
    parts = [
        sentence.format(number) for sentence, group in _SENTENCE if (number := sum(word in group for word in words))
    ]
    return len(words), f"of {count_of(len(words), 'point')} of others, {name} {list_words(parts)}"


def draw_positions(source: PictureInput) -> str:
    """Draw a table for each slice."""
    drawing = Drawing(source)
    notes = ["Each cell: how it answers points of others, then its own points."] if source.rows else []
    undated = source.extra.get("without_day") or []
    notes += [f"Without a day, and therefore without a table: {', '.join(undated)}."] if undated else []
    drawing.head(find_positions(source.rows, source.extra), notes)
    if not source.rows:
        drawing.nothing(reason_words(source.extra))
        return drawing.finish()
    drawing.legend(
        [
            *(LegendEntry(swatch(fill), word) for word, (fill, _) in ANSWERS.items()),
            LegendEntry(_several, "several answers, each as wide as its share"),
            LegendEntry(swatch("hatch"), "silent or said nothing"),
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
    strip = canvas.size * 0.8
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
    return [*_wrapped(_answers(cell), width, size), *_wrapped(own, width, size)]


def _wrapped(parts: Sequence[str], width: float, size: float) -> list[str]:
    """The parts, separated by commas, in lines. A word and its number are in one line if they fit."""
    lines: list[str] = []
    for number, part in enumerate(parts, 1):
        words = part if number == len(parts) else f"{part},"
        if lines and text_width(f"{lines[-1]} {words}", size) <= width:
            lines[-1] += f" {words}"
        else:
            lines += wrap_text(words, width, size)
    return lines


def _answers(cell: Row) -> list[str]:
    """The answers in words, each with the number of points."""
    counts: dict[str, Any] = cell["counts"]
    found = _scored(counts) | {word: counts[stance] for word, stance in _OTHERS.items()}
    return [f"{word} {number}" for word, number in found.items() if number]


def _scored(counts: Row) -> dict[str, int]:
    """The number of points with each answer that has a place on the scale, from refusal to acceptance."""
    found = {word: sum(counts[stance] for stance in stances) for word, (_, stances) in ANSWERS.items()}
    return {word: number for word, number in found.items() if number}


def _draw_cell(
    canvas: Canvas, cell: Row | None, lines: list[str], x: float, y: float, wide: float, high: float, strip: float
) -> None:
    if cell is None:
        canvas.rect(x, y, wide, high, fill=PAPER, stroke=LINE, stroke_width=0.6, stroke_dasharray="2 3")
        canvas.lines(x + 4, y + 2, lines)
        return
    shares = _shares(canvas, cell["counts"])
    if list(shares) == [canvas.hatch]:
        canvas.rect(x, y, wide, high, fill=canvas.hatch, stroke=INK, stroke_width=0.6)
        inside = max(text_width(line, canvas.size) for line in lines) + 6
        canvas.rect(x + 2, y + 2, min(inside, wide - 4), len(lines) * canvas.line + 2, fill=PAPER)
    else:
        canvas.rect(x, y, wide, high, fill=next(iter(shares)) if len(shares) == 1 else PAPER)
        if len(shares) > 1:
            left, unit = x, wide / sum(shares.values())
            for fill, number in shares.items():
                canvas.rect(left, y + high - strip, unit * number, strip, fill=fill)
                left += unit * number
            canvas.rule(x, y + high - strip, x + wide, y + high - strip, INK, stroke_width=0.6)
        canvas.rect(x, y, wide, high, fill="none", stroke=INK, stroke_width=0.6)
    canvas.lines(x + 4, y + 2, lines)


def _shares(canvas: Canvas, counts: Row) -> dict[str, int]:
    """The fills of a cell, each with its number of points, from refusal to acceptance, then what has no place on the scale."""
    found = {ANSWERS[word][0]: number for word, number in _scored(counts).items()}
    found[PAPER] = counts["declared_moot"] + counts["unreviewed"]
    found[canvas.hatch] = sum(counts[word] for word in _SILENT)
    return {fill: number for fill, number in found.items() if number}


def _several(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width * 0.7, height, fill=ANSWERS["rejects"][0])
    canvas.rect(x + width * 0.7, y, width * 0.3, height, fill=ANSWERS["accepts"][0])
    canvas.rect(x, y, width, height, fill="none", stroke=INK, stroke_width=0.8)


def _absent(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width, height, fill=PAPER, stroke=LINE, stroke_width=0.6, stroke_dasharray="2 3")
    canvas.text(x + width / 2, y + height * 0.8, "–", anchor="middle")


POSITIONS_PICTURE = Picture(
    draw=draw_positions,
    most=250,
    narrow_by="Use `issue`, `level=top`, `rows=party` or `slice=none`.",
)
