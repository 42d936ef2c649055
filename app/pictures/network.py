"""The picture of the network of parties: a circle of parties, and lines for agreement and difference."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.pictures.canvas import INK, PAPER, Canvas
from app.pictures.no_rows import reason_words
from app.pictures.phrases import count_of, day_of, day_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row
from app.pictures.text_width import isolate, text_width, wrap_text

#: The colour and the dashes of an edge, and what they mean.
_AGREE, _DIFFER, _EVEN = ("#0072b2", None), ("#b35806", "7 4"), (INK, "1 4")
_MEANINGS = {_AGREE: "more often on the same side", _DIFFER: "more often apart", _EVEN: "equally often"}

#: The number of equally close pairs that the heading names.
_TIED = 6
_WEIGHT = (
    "Weight: points on the same side less points apart, divided by the average number of points on which the two have a side;"
    " from −1 to 1. It is also the width of the line."
)
_MEMBERS = "* A coalition and its member, which share the points of the coalition; the heading leaves them out."


def find_network(rows: Sequence[Row], names: dict[str, str]) -> str:
    """The finding in words: who agrees most and who differs most, in the last slice. A coalition and its member are left out:
    the points of the coalition are those of its members, so that they agree by definition."""
    if not rows:
        return "No two parties have a side on the same point"
    last = max(row["slice"]["on"] for row in rows)
    day = day_of(last)
    on = f"On {day_words(day)}, " if day else ""
    edges = [row for row in rows if row["slice"]["on"] == last and not row["is_membership"]]
    if not edges:
        return f"{on}only coalitions and their members have a side on the same point"

    def extreme(best: Row, word: str) -> str:
        numbers = (best["weight"], best["agree"], best["differ"])
        tied = [row for row in edges if (row["weight"], row["agree"], row["differ"]) == numbers]
        pairs = [
            f"{names.get(row['source'], row['source'])} and {names.get(row['target'], row['target'])}"
            for row in tied[:_TIED]
        ]
        if len(tied) > _TIED:
            pairs.append(count_of(len(tied) - _TIED, "other pair"))
        each = " each" if len(tied) > 1 else ""
        points = f"{count_of(best['agree'], 'point')} on the same side, {best['differ']} apart"
        return f"{', '.join(pairs)} are {word}: {points}{each}"

    closest = max(edges, key=lambda row: (row["weight"], row["agree"]))
    furthest = min(edges, key=lambda row: (row["weight"], -row["differ"]))
    found = [extreme(closest, "closest")] if closest["weight"] > 0 else []
    found += [extreme(furthest, "furthest apart")] if furthest["weight"] < 0 else []
    even = f"{count_of(len(edges), 'pair')} of parties agree and differ on equally many points"
    return on + ("; ".join(found) or even)


def draw_network(source: PictureInput) -> str:
    """Draw a network for each slice, and the numbers of all edges below it."""
    drawing = Drawing(source)
    parties = {party["slug"]: isolate(party["name"]) for party in source.extra.get("parties", ())}
    notes = [_WEIGHT] if source.rows else []
    notes += [_MEMBERS] if any(row["is_membership"] for row in source.rows) else []
    drawing.head(find_network(source.rows, parties), notes)
    if not source.rows:
        drawing.nothing(reason_words(source.extra))
        if parties:
            words = f"Parties with a side: {', '.join(parties.values())}."
            drawing.y = drawing.canvas.lines(
                drawing.left, drawing.y, wrap_text(words, drawing.inner, drawing.canvas.size)
            )
        return drawing.finish()
    signs = {_stroke(row["weight"]) for row in source.rows}
    drawing.legend([LegendEntry(_sign(*stroke), meaning) for stroke, meaning in _MEANINGS.items() if stroke in signs])
    slices: dict[str, list[Row]] = {}
    for row in source.rows:
        slices.setdefault(row["slice"]["key"], []).append(row)
    for edges in slices.values():
        if len(slices) > 1:
            one = edges[0]["slice"]
            title = wrap_text(one["title"] or one["key"], drawing.inner, drawing.canvas.size * 1.06)
            drawing.y = drawing.canvas.lines(drawing.left, drawing.y, title, weight="bold")
        in_slice = {slug for row in edges for slug in (row["source"], row["target"])}
        # Parties without an edge are shown too; if there are several slices, only those with an edge.
        shown = {slug: name for slug, name in parties.items() if len(slices) == 1 or slug in in_slice}
        _draw_circle(drawing, shown, edges)
        _draw_numbers(drawing, shown, edges)
    return drawing.finish()


@dataclass(frozen=True, slots=True)
class _Label:
    """The name of a party beside its place on the circle."""

    lines: list[str]
    x: float
    top: float
    anchor: str
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]

    def overlaps(self, other: "_Label") -> bool:
        is_beside = self.left + self.width < other.left or other.left + other.width < self.left
        return not (is_beside or self.top + self.height < other.top or other.top + other.height < self.top)


def _draw_circle(drawing: Drawing, parties: dict[str, str], edges: Sequence[Row]) -> None:
    """Draw the parties and edges, with names if they have space on the circle, otherwise with numbers and a list."""
    canvas = drawing.canvas
    label_wide = min(drawing.inner * 0.26, canvas.size * 13)
    radius = max(min((drawing.inner - 2 * label_wide) / 2 - 14, canvas.size * 16), canvas.size * 5)
    space = max(len(wrap_text(name, label_wide, canvas.size, 3)) for name in parties.values()) * canvas.line + 14
    turns = {slug: 2 * math.pi * (n + 0.5) / len(parties) for n, slug in enumerate(parties)}

    def places(radius: float, space: float) -> dict[str, tuple[float, float]]:
        centre = drawing.y + space + radius
        return {
            slug: (canvas.width / 2 + radius * math.sin(turn), centre - radius * math.cos(turn))
            for slug, turn in turns.items()
        }

    found = places(radius, space)
    labels = [_label(canvas, parties[slug], label_wide, found[slug], turn) for slug, turn in turns.items()]
    is_named = not any(one.overlaps(other) for one, other in combinations(labels, 2))
    if not is_named:
        radius, space = min(drawing.inner / 2 - 2 * canvas.size, canvas.size * 20), canvas.size * 1.5
        found = places(radius, space)
    for row in sorted(edges, key=lambda row: abs(row["weight"])):
        (x1, y1), (x2, y2) = found[row["source"]], found[row["target"]]
        stroke, dashes = _stroke(row["weight"])
        canvas.rule(x1, y1, x2, y2, stroke, stroke_width=1 + 6 * abs(row["weight"]), stroke_dasharray=dashes or "none")
    for number, (x, y) in enumerate(found.values(), 1):
        canvas.add("circle", cx=x, cy=y, r=7 if is_named else canvas.size, fill=PAPER, stroke=INK, stroke_width=2)
        if not is_named:
            canvas.text(x, y + canvas.size * 0.36, str(number), anchor="middle", weight="bold")
    drawing.y += 2 * (space + radius) + canvas.size
    if is_named:
        for label in labels:
            canvas.lines(label.x, label.top, label.lines, anchor=label.anchor, weight="bold")
        return
    for number, name in enumerate(parties.values(), 1):
        canvas.text(drawing.left, drawing.y + canvas.size, str(number), weight="bold")
        indent = canvas.size * 2
        drawing.y = canvas.lines(drawing.left + indent, drawing.y, wrap_text(name, drawing.inner - indent, canvas.size))
    drawing.y += canvas.size


def _label(canvas: Canvas, name: str, width: float, place: tuple[float, float], turn: float) -> _Label:
    """The name of a party outside the circle."""
    (x, y), right, up = place, math.sin(turn), math.cos(turn)
    lines = wrap_text(name, width, canvas.size * 1.06, 3)
    wide = max(text_width(line, canvas.size * 1.06) for line in lines)
    high = len(lines) * canvas.line
    if abs(right) < 0.2:
        return _Label(lines, x, y - 12 - high if up > 0 else y + 12, "middle", wide, high)
    anchor = "start" if right > 0 else "end"
    return _Label(lines, x + 13 if right > 0 else x - 13, y - high / 2, anchor, wide, high)


def _draw_numbers(drawing: Drawing, parties: dict[str, str], edges: Sequence[Row]) -> None:
    """The numbers of each edge, the most similar pair first."""
    canvas = drawing.canvas
    whole = min(drawing.inner, canvas.size * 48)
    left = (canvas.width - whole) / 2
    columns = [left + whole - canvas.size * shift for shift in (12, 6.5, 0)]
    for x, word in zip(columns, ("agree", "differ", "weight"), strict=True):
        canvas.text(x, drawing.y + canvas.size, word, anchor="end", weight="bold")
    drawing.y += canvas.line + 2
    wide = columns[0] - left - text_width("agree ", canvas.size) - canvas.size
    for row in sorted(edges, key=lambda row: (-row["weight"], row["source"], row["target"])):
        canvas.rule(left, drawing.y, left + whole, drawing.y, stroke_width=0.6)
        pair = f"{parties[row['source']]} – {parties[row['target']]}{' *' if row['is_membership'] else ''}"
        values = (str(row["agree"]), str(row["differ"]), f"{row['weight']:+.2f}".replace("-", "−"))
        for x, value in zip(columns, values, strict=True):
            canvas.text(x, drawing.y + 2 + canvas.size, value, anchor="end")
        drawing.y = canvas.lines(left, drawing.y + 2, wrap_text(pair, wide, canvas.size)) + 3
    drawing.y += canvas.size


def _stroke(weight: float) -> tuple[str, str | None]:
    """The colour and the dashes of an edge."""
    return _EVEN if weight == 0 else _AGREE if weight > 0 else _DIFFER


def _sign(stroke: str, dashes: str | None) -> Callable[[Canvas, float, float, float, float], None]:
    def draw(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        middle = y + height / 2
        canvas.rule(x, middle, x + width, middle, stroke, stroke_width=3.5, stroke_dasharray=dashes or "none")

    return draw


NETWORK_PICTURE = Picture(draw=draw_network, most=200, narrow_by="Use `rows=party`, `issue` or `slice=none`.")
