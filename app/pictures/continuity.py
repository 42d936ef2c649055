"""The picture of continuity: for each party, a table of people and sittings that says who stayed, joined and left."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.pictures.canvas import GREY, INK, PAPER, Canvas
from app.pictures.no_rows import reason_words
from app.pictures.phrases import count_of, day_words, in_words
from app.pictures.picture import Drawing, LegendEntry, Picture, PictureInput, Row, swatch
from app.pictures.text_width import isolate, wrap_text

_IS_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: The rows do not say how many people this leaves out.
_WITHOUT_ANNOUNCED = "People who were only announced are not counted; announced=true shows them."
_STAYED, _JOINED, _THERE = "#8fc1e3", "#c5e8d9", "#dcebf5"


@dataclass(frozen=True, slots=True)
class _Sitting:
    slug: str
    start: str
    is_complete: bool
    named: int
    size: int | None
    head: str | None


@dataclass(slots=True)
class _Delegation:
    """A party's delegations in one series: its sittings in order, and the word of each person at each of them."""

    party: str
    name: str
    series: str
    sittings: list[_Sitting] = field(default_factory=list)
    #: Person → number of the sitting → `there`, `stayed`, `joined`, `joined?`, `back` or `left`.
    words: dict[str, dict[int, str]] = field(default_factory=dict)
    implied: set[tuple[str, int]] = field(default_factory=set)

    def add(self, row: Row) -> None:
        """Add a comparison. Its earlier sitting is the later one of the comparison before."""
        if not self.sittings or self.sittings[-1].slug != row["earlier"]:
            self.sittings.append(_Sitting(row["earlier"], row["earlier_start"], row["joined_is_certain"], row["earlier_named"], row["earlier_size"], row["earlier_head"]))  # fmt: skip
            self._set((*row["kept"], *row["left"]), "there")
        self.sittings.append(_Sitting(row["later"], row["later_start"], row["left_is_certain"], row["later_named"], row["later_size"], row["later_head"]))  # fmt: skip
        self._set(row["kept"], "stayed")
        # Someone who sat at a sitting before the two that are compared did not join at the later one.
        before = {person for person in self.words if any(word != "left" for word in self.words[person].values())}
        self._set((person for person in row["joined"] if person in before), "back")
        joined = "joined" if row["joined_is_certain"] else "joined?"
        self._set((person for person in row["joined"] if person not in before), joined)
        if row["left_is_certain"]:
            self._set(row["left"], "left")
        # A row does not say at which of its two sittings the presence is implied.
        self.implied.update(
            (person, at) for person in row["implied"] for at in (len(self.sittings) - 2, len(self.sittings) - 1)
        )

    def _set(self, people: Iterable[str], word: str) -> None:
        for person in people:
            self.words.setdefault(person, {})[len(self.sittings) - 1] = word

    def is_named(self, person: str, at: int) -> bool:
        return self.words[person].get(at, "left") != "left"


def _delegations(rows: Sequence[Row]) -> list[_Delegation]:
    found: dict[tuple[str, str, str], _Delegation] = {}
    for row in rows:
        key = row["process"], row["series"], row["party"]
        found.setdefault(key, _Delegation(row["party"], isolate(row["name"]), row["series"])).add(row)
    return list(found.values())


def find_continuity(rows: Sequence[Row], name: Callable[[str, str], str] = lambda collection, slug: slug) -> str:
    """The finding in words, for up to three delegations in the series with the most sittings: between two sittings, how many
    stayed, joined and left; over more, how many people were named, and who most often. `name` returns the name of a record."""
    if not rows:
        return "No two delegations to compare"
    found = sorted(_delegations(rows), key=lambda one: -len(one.sittings))
    series = found[0].series
    shown = [one for one in found if one.series == series][:3]
    clauses = (f"{one.name}: {_change(one) if len(one.sittings) == 2 else _presence(one, name)}" for one in shown)
    return f"{_series_words(series)}: {'; '.join(clauses)}"


def _series_words(series: str) -> str:
    return "Talks of all kinds" if series == "all" else f"Talks of the kind “{in_words(series)}”"


def _change(one: _Delegation) -> str:
    stayed, joined, may_have_joined = (
        sum(words.get(1) == word for words in one.words.values()) for word in ("stayed", "joined", "joined?")
    )
    left = sum(not one.is_named(person, 1) for person in one.words)
    arrived = f"up to {may_have_joined}" if may_have_joined else str(joined)
    return f"{stayed} stayed, {arrived} joined, {left if one.sittings[1].is_complete or not left else f'up to {left}'} left"


def _presence(one: _Delegation, name: Callable[[str, str], str]) -> str:
    sittings = len(one.sittings)
    often = {person: sum(one.is_named(person, at) for at in range(sittings)) for person in one.words}
    named = f"{count_of(len(often), 'person', 'people')} named at {count_of(sittings, 'sitting')}"
    most = max(often.values(), default=0)
    top = [name("people", person) for person, count in often.items() if count == most]
    if not top:
        return named
    return f"{named}, most often {top[0] if len(top) == 1 else f'{len(top)} of them'} ({count_of(most, 'sitting')})"


def draw_continuity(source: PictureInput) -> str:
    """Draw a table for each delegation."""
    drawing = Drawing(source)
    notes = [] if source.options.get("announced") else [_WITHOUT_ANNOUNCED]
    drawing.head(find_continuity(source.rows, source.name), notes)
    if not source.rows:
        drawing.nothing(reason_words(source.extra))
        return drawing.finish()
    drawing.legend(
        [
            LegendEntry(swatch(_STAYED), "named, as at the sitting before"),
            LegendEntry(swatch(_JOINED), "joined (joined? = the earlier list is incomplete)"),
            LegendEntry(swatch(_JOINED), "back: named earlier, not at the sitting before"),
            LegendEntry(swatch(_THERE), "there: first sitting shown"),
            LegendEntry(swatch(PAPER), "left, or – = not in a complete list"),
            LegendEntry(swatch("hatch"), "? = not named in an incomplete list"),
        ]
    )
    for one in _delegations(source.rows):
        _draw_delegation(drawing, source, one)
    return drawing.finish()


def _draw_delegation(drawing: Drawing, source: PictureInput, one: _Delegation) -> None:
    canvas = drawing.canvas
    label_wide = min(drawing.inner * 0.36, canvas.size * 16)
    least = canvas.size * 5.2
    at_once = max(1, min(int((drawing.inner - label_wide) // least), len(one.sittings)))
    wide = min((drawing.inner - label_wide) / at_once, canvas.size * 8)
    # Tables below one another share their columns evenly, and each but the first repeats the last sitting of the one above.
    begin = 0
    while True:
        end = min(begin + at_once, len(one.sittings))
        _draw_table(drawing, source, one, range(begin, end), label_wide, wide)
        if end == len(one.sittings):
            break
        begin = end - 1 if at_once > 1 else end
    drawing.y += canvas.size * 0.5


def _draw_table(
    drawing: Drawing, source: PictureInput, one: _Delegation, shown: range, label_wide: float, wide: float
) -> None:
    canvas, left = drawing.canvas, drawing.left + label_wide
    title = f"{one.name}: {_series_words(one.series)[0].lower()}{_series_words(one.series)[1:]}"
    drawing.y = (
        canvas.lines(
            drawing.left,
            drawing.y,
            wrap_text(title, drawing.inner, canvas.size * 1.15),
            size=canvas.size * 1.1,
            weight="bold",
        )
        + 2
    )
    heads = [
        wrap_text(_date_words(one.sittings[at].start), wide - 4, canvas.size, 3)
        + wrap_text(source.name("talks", one.sittings[at].slug), wide - 4, canvas.size, 3)
        for at in shown
    ]
    for column, lines in enumerate(heads):
        canvas.lines(left + column * wide + 2, drawing.y, lines, fill=GREY)
    drawing.y += max(map(len, heads)) * canvas.line + 4
    for person in one.words:
        if not any(one.is_named(person, at) for at in shown):
            continue
        cells = [_cell(one, person, at) for at in shown]
        label = wrap_text(source.name("people", person), label_wide - 6, canvas.size, 3)
        high = max(len(label), *(len(lines) for lines, _ in cells)) * canvas.line + 5
        canvas.lines(drawing.left, drawing.y + 2, label)
        for column, (lines, fill) in enumerate(cells):
            _draw_cell(canvas, lines, fill, left + column * wide, drawing.y, wide - 2, high - 2)
        drawing.y += high
    canvas.lines(drawing.left, drawing.y, ["Named / size"], fill=GREY)
    for column, at in enumerate(shown):
        sitting = one.sittings[at]
        canvas.text(
            left + column * wide + 4,
            drawing.y + canvas.size,
            f"{sitting.named} / {'?' if sitting.size is None else sitting.size}",
            fill=GREY,
        )
    drawing.y += canvas.line * 1.6


def _date_words(start: str) -> str:
    """A day in words; a date that is no day stays as it is."""
    return (
        day_words(date.fromisoformat(start), is_short=True) if _IS_DAY.fullmatch(start) else start.replace("/", " / ")
    )


def _cell(one: _Delegation, person: str, at: int) -> tuple[list[str], str]:
    """The lines and the fill of a cell."""
    word = one.words[person].get(at)
    sitting = one.sittings[at]
    if word is None:
        return (["–"], PAPER) if sitting.is_complete else (["?"], "hatch")
    lines = [word]
    if word != "left":
        lines += ["head"] if sitting.head == person else []
        lines += ["implied"] if (person, at) in one.implied else []
    fill = {"stayed": _STAYED, "there": _THERE, "left": PAPER}.get(word, _JOINED)
    return lines, fill


def _draw_cell(canvas: Canvas, lines: list[str], fill: str, x: float, y: float, wide: float, high: float) -> None:
    canvas.rect(x, y, wide, high, fill=canvas.hatch if fill == "hatch" else fill, stroke=INK, stroke_width=0.6)
    if fill == "hatch":
        canvas.rect(x + 2, y + 1, canvas.size * 1.1, canvas.line + 1, fill=PAPER)
    canvas.lines(x + 4, y + 1, lines)


def _mentions(rows: Sequence[Row], extra: Row) -> Iterable[str]:
    people = {f"people/{slug}" for row in rows for key in ("kept", "joined", "left") for slug in row[key]}
    return people | {f"talks/{row[key]}" for row in rows for key in ("earlier", "later")}


CONTINUITY_PICTURE = Picture(
    draw=draw_continuity,
    most=60,
    narrow_by="Use `series`, `party` or `talk`, or `limit`.",
    mentions=_mentions,
)
