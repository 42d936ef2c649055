"""The picture of a lineage: demands and agreements by day and party, numbered, with arrows for the links."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.pictures.canvas import GREY, INK, PAPER, Canvas
from app.pictures.days import DayAxis, axis_of
from app.pictures.phrases import count_of, day_of, day_words, in_words, list_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, text_width, wrap_text

_NOBODY = "no party"
_AGREEMENT = "#c5e8d9"
#: The fill of the demand that was asked for.
_ASKED = "#f2d36b"
#: The outline of demands that are not of the reference account.
_DASHES = "3 2"


@dataclass(slots=True)
class _Node:
    number: int
    row: Row
    lane: str
    x: float = 0.0
    #: The line within its lane, the top one first.
    line: int = 0
    y: float = 0.0


def find_lineage(nodes: Sequence[Row], edges: Sequence[Row], circles: Sequence[object]) -> str:
    """The finding in words: how many demands and agreements, in which period, and the kinds of their links."""
    demands = sum(row["record"].startswith("demands/") for row in nodes)
    agreements = len(nodes) - demands
    days = sorted(day for row in nodes if (day := day_of(row["day"])))
    period = ""
    if days:
        first, last = day_words(days[0]), day_words(days[-1])
        period = f" of {first}" if first == last else f" from {first} to {last}"
    records = list_words(
        [count_of(number, noun) for number, noun in ((demands, "demand"), (agreements, "agreement")) if number]
    )
    if not edges:
        return f"{records}{period}, without links"
    kinds = Counter(edge["kind"] for edge in edges)
    links = ", ".join(f"{number} × {in_words(kind)}" for kind, number in kinds.most_common())
    found = f"{records}{period}, with {count_of(len(edges), 'link')}: {links}"
    return found + (f"; {count_of(len(circles), 'circle')}" if circles else "")


def draw_lineage(source: PictureInput) -> str:
    """Draw the nodes and links, and a list of the nodes below."""
    drawing, edges = Drawing(source), source.rows
    rows: Sequence[Row] = source.extra["nodes"]
    drawing.head(find_lineage(rows, edges, source.extra["circles"]))
    drawing.legend(_legend(rows, edges, source.record))
    nodes = [_Node(number, row, _lane(source, row)) for number, row in enumerate(rows, 1)]
    _draw_lanes(drawing, nodes, edges, source.record)
    _draw_list(drawing, source, nodes, edges)
    return drawing.finish()


def _legend(rows: Sequence[Row], edges: Sequence[Row], asked: str | None) -> list[LegendEntry]:
    """The signs that the picture has. `asked`: the demand whose lineage was asked for."""
    entries = [LegendEntry(_circle(None), "demand")]
    if any(row["record"] == asked for row in rows):
        entries.append(LegendEntry(_circle(None, _ASKED), "the demand that was asked for"))
    if any(row["is_reference"] is False for row in rows):
        entries.append(LegendEntry(_circle(_DASHES), "demand in another account of the text"))
    if any(row["record"].startswith("agreements/") for row in rows):
        entries.append(LegendEntry(swatch(_AGREEMENT), "agreement"))
    return [*entries, LegendEntry(_link_sign, "link, read in the direction of the arrow")] if edges else entries


def _circle(dashes: str | None, fill: str = PAPER) -> Callable[[Canvas, float, float, float, float], None]:
    def draw(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
        radius = height / 2
        attributes = {"stroke_width": 1.5, "stroke_dasharray": dashes}
        canvas.add("circle", cx=x + width / 2, cy=y + radius, r=radius, fill=fill, stroke=INK, **attributes)

    return draw


def _lane(source: PictureInput, row: Row) -> str:
    """The lane of a node: its first party, or all parties of an agreement."""
    parties = [source.name("parties", slug) for slug in row["parties"]]
    return list_words(parties) or _NOBODY


def _draw_lanes(drawing: Drawing, nodes: list[_Node], edges: Sequence[Row], asked: str | None) -> None:
    canvas = drawing.canvas
    radius = max(canvas.size * 0.85, text_width(str(len(nodes)), canvas.size) / 2 + 3)
    label_wide = min(drawing.inner * 0.27, canvas.size * 12)
    undated = [node for node in nodes if node.row["day"] is None]
    beside = max(radius * 4, text_width("no day  ", canvas.size))
    right = drawing.left + drawing.inner - (beside if undated else radius)
    left = drawing.left + label_wide + radius
    axis = axis_of((day for node in nodes if (day := day_of(node.row["day"]))), left, right)
    lanes: dict[str, list[_Node]] = {}
    for node in nodes:
        lanes.setdefault(node.lane, []).append(node)
    labels = {lane: wrap_text(lane, label_wide - 4, canvas.size, 5) for lane in lanes}
    for found in lanes.values():
        _place(found, axis, right + radius * 2, radius)
    heights = {
        lane: max((max(node.line for node in found) + 1) * radius * 3, len(labels[lane]) * canvas.line) + radius
        for lane, found in lanes.items()
    }
    top = drawing.y + canvas.line
    bottom = top + sum(heights.values())
    if axis is not None:
        axis.draw(canvas, top, bottom)
    if undated:
        canvas.rect(right + radius * 0.6, top, radius * 2.8, bottom - top, fill=canvas.hatch)
        canvas.text(drawing.left + drawing.inner, top - canvas.size * 0.45, "no day", anchor="end", fill=GREY)
    y = top
    for lane, found in lanes.items():
        canvas.rule(drawing.left, y, drawing.left + drawing.inner, y, stroke_width=0.7)
        canvas.lines(drawing.left, y + radius * 0.5, labels[lane], weight="bold")
        for node in found:
            node.y = y + radius * 1.6 + node.line * radius * 3
        y += heights[lane]
    canvas.rule(drawing.left, y, drawing.left + drawing.inner, y, stroke_width=0.7)
    places = {node.row["record"]: node for node in nodes}
    for edge in edges:
        _draw_link(canvas, places[edge["origin"]], places[edge["target"]], radius)
    for node in nodes:
        _draw_node(canvas, node, radius, _ASKED if node.row["record"] == asked else PAPER)
    drawing.y = y + canvas.size


def _place(nodes: list[_Node], axis: DayAxis | None, beside: float, radius: float) -> None:
    """Place the nodes of a lane at their days, on lines below one another if they would overlap."""
    ends: list[float] = []
    for node in nodes:
        day: date | None = day_of(node.row["day"])
        node.x = beside if day is None or axis is None else axis.middle(day)
        node.line = next((n for n, end in enumerate(ends) if node.x - end >= radius * 2.3), len(ends))
        ends[node.line : node.line + 1] = [node.x]


def _draw_link(canvas: Canvas, origin: _Node, target: _Node, radius: float) -> None:
    """A curved arrow from one node to another."""
    if origin is target:
        return
    away = math.hypot(target.x - origin.x, target.y - origin.y)
    across, down = (target.x - origin.x) / away, (target.y - origin.y) / away
    # A link between nodes that are one above the other goes around the nodes between them.
    is_upright = abs(target.x - origin.x) < radius
    bend = 2.6 * radius + away * 0.12 if is_upright else min(away * 0.16, 26.0)
    cx, cy = (origin.x + target.x) / 2 - down * bend, (origin.y + target.y) / 2 + across * bend

    def edge_of(node: _Node, gap: float) -> tuple[float, float]:
        reach = math.hypot(cx - node.x, cy - node.y) or 1.0
        return node.x + (cx - node.x) / reach * gap, node.y + (cy - node.y) / reach * gap

    (x1, y1), (x2, y2) = edge_of(origin, radius), edge_of(target, radius + 2)
    canvas.add(
        "path",
        d=f"M{x1:.1f} {y1:.1f}Q{cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}",
        fill="none",
        stroke="#404040",
        stroke_width=1.6,
    )
    turn = math.atan2(target.y - cy, target.x - cx)
    tip = [(x2 - 9 * math.cos(turn + side), y2 - 9 * math.sin(turn + side)) for side in (0.45, -0.45)]
    corners = "".join(f"L{x:.1f} {y:.1f}" for x, y in tip)
    canvas.add("path", d=f"M{x2:.1f} {y2:.1f}{corners}Z", fill="#404040")


def _draw_node(canvas: Canvas, node: _Node, radius: float, fill: str) -> None:
    if node.row["record"].startswith("agreements/"):
        canvas.rect(
            node.x - radius, node.y - radius, radius * 2, radius * 2, fill=_AGREEMENT, stroke=INK, stroke_width=1.5
        )
    else:
        dashes = None if node.row["is_reference"] else _DASHES
        canvas.add(
            "circle", cx=node.x, cy=node.y, r=radius, fill=fill, stroke=INK, stroke_width=1.5, stroke_dasharray=dashes
        )
    canvas.text(node.x, node.y + canvas.size * 0.36, str(node.number), anchor="middle", weight="bold")


def _draw_list(drawing: Drawing, source: PictureInput, nodes: Sequence[_Node], edges: Sequence[Row]) -> None:
    """The number, day, parties and text of each node, and its links."""
    canvas = drawing.canvas
    numbers = {node.row["record"]: node.number for node in nodes}
    indent = text_width(f"{len(nodes)}  ", canvas.size) + canvas.size * 0.5
    wide = drawing.inner - indent
    for node in nodes:
        row = node.row
        canvas.text(drawing.left, drawing.y + canvas.size, str(node.number), weight="bold")
        day = day_of(row["day"])
        place = row["number"] and f"no. {row['number']}"
        # Titles are read for the proposals; a proposal without a title is named by its slug.
        proposal = source.name("proposals", row["proposal"]) if row["proposal"] else "agreement"
        asked = "asked for" if row["record"] == source.record else None
        facts = (asked, day_words(day) if day else "no day", node.lane, place, proposal)
        drawing.y = canvas.lines(
            drawing.left + indent, drawing.y, wrap_text(" · ".join(filter(None, facts)), wide, canvas.size), fill=GREY
        )
        drawing.y = canvas.lines(
            drawing.left + indent, drawing.y, wrap_text(isolate(row["text"]), wide, canvas.size, 6)
        )
        links = [
            f"{in_words(edge['kind'])} ({numbers[edge['target']]})" for edge in edges if edge["origin"] == row["record"]
        ]
        if links:
            drawing.y = canvas.lines(
                drawing.left + indent,
                drawing.y,
                wrap_text(f"→ {', '.join(links)}", wide, canvas.size * 1.06),
                weight="bold",
            )
        drawing.y += canvas.size * 0.5
    drawing.y += canvas.size * 0.3


def _link_sign(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    middle = y + height / 2
    canvas.rule(x, middle, x + width - 6, middle, "#404040", stroke_width=1.6)
    canvas.add(
        "path",
        d=f"M{x + width:.1f} {middle:.1f}L{x + width - 9:.1f} {middle - 4:.1f}L{x + width - 9:.1f} {middle + 4:.1f}Z",
        fill="#404040",
    )


def _mentions(rows: Sequence[Row], extra: Row) -> Iterable[str]:
    parties = {f"parties/{slug}" for node in extra["nodes"] for slug in node["parties"]}
    return parties | {f"proposals/{node['proposal']}" for node in extra["nodes"] if node["proposal"]}


LINEAGE_PICTURE = Picture(
    draw=draw_lineage,
    most=80,
    narrow_by="Use `kind` to follow fewer kinds of links.",
    mentions=_mentions,
    count=lambda rows, extra: len(extra["nodes"]),
)
