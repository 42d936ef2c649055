"""Pictures of made-up rows: uncertain days, silence, one party, nothing at all, long names and other scripts."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from app.pictures.concessions import CONCESSIONS_PICTURE, find_concessions
from app.pictures.continuity import CONTINUITY_PICTURE, find_continuity
from app.pictures.days import axis_of
from app.pictures.lineage import LINEAGE_PICTURE
from app.pictures.network import NETWORK_PICTURE, find_network
from app.pictures.no_rows import reason_words
from app.pictures.picture import Picture, PictureInput
from app.pictures.positions import ANSWERS, POSITIONS_PICTURE, find_positions
from app.pictures.text_width import isolate, text_width, wrap_text
from app.pictures.timeline import TIMELINE_PICTURE, find_timeline
from app.reports.positions_schemas import PositionCounts
from app.resources.empty_answers import NoRows
from tests.pictures.looking import SVG, fills_of, read_picture, words_of

WIDTHS = pytest.mark.parametrize("width", [320, 390, 640, 1280])
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC, UKRAINIAN = "جمهورية ألبا الديمقراطية", "Рада національної безпеки і оборони України"
NAMES = {"parties/alba": ARABIC, "parties/boria": UKRAINIAN, "parties/long": LONG, "people/ann": ARABIC}


def draw(
    picture: Picture, rows: list[dict[str, Any]], extra: dict[str, Any] | None = None, width: int = 640, **more: Any
) -> Any:
    source = PictureInput(
        rows=rows, extra=extra or {}, names=more.pop("names", NAMES), subject=f"Timeline · {ARABIC}", address="https://parley.example/v1/x",
        revision=12, at=datetime(2026, 12, 1, tzinfo=UTC), clocks=("known by 3 June 2025",), width=width, **more,
    )  # fmt: skip
    root = read_picture(picture.draw(source))
    words = " ".join(words_of(root))
    assert "revision 12 of 1 December 2026" in words and "known by 3 June 2025" in words
    return root


# --- text


def test_lines_fit_and_nothing_is_lost() -> None:
    for text in (f"{LONG} said", f"a {UKRAINIAN} b", "one two three", "2025-05-16/2025-06-02"):
        lines = wrap_text(text, 120, 12)
        assert all(text_width(line, 12) <= 120 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrap_text("one two three four", 40, 12, 2)[-1].endswith("…") and wrap_text("", 40, 12) == []


def test_right_to_left_names_stay_apart_from_the_words_beside_them() -> None:
    assert isolate(UKRAINIAN) == UKRAINIAN
    lines = wrap_text(f"{isolate(ARABIC)} accepts 3", 90, 14)
    assert len(lines) > 1
    assert all(line.count("\u2068") == line.count("\u2069") for line in lines)


def test_ticks_of_an_axis_have_space_and_are_inside() -> None:
    for first, last in (("2025-06-02", "2025-06-02"), ("2022-02-28", "2026-02-26"), ("1648-01-01", "2020-01-01")):
        for right in (150.0, 900.0):
            axis = axis_of(map(date.fromisoformat, (first, last)), 0, right)
            assert axis is not None
            ticks = axis.ticks(13)
            assert ticks and all(axis.first <= day <= axis.last for day, _ in ticks)
            places = [axis.start(day) for day, _ in ticks]
            assert all(two - one > text_width("2026", 13) for one, two in pairwise(places))
    assert axis_of([], 0, 100) is None


# --- timeline


def event(day: str | None, first: str | None, last: str | None, **more: Any) -> dict[str, Any]:
    return {
        "date": day, "date_min": first, "date_max": last, "until": None, "until_min": None, "until_max": None, "type": "talk",
        "kind": "round", "status": "held", "record": "talks/x", "deadline": None, "title": "Talk", "text": None,
        "parties": ["alba"], "about": None, "process": "p", **more,
    }  # fmt: skip


EVENTS = [
    event("2020-01", "2020-01-01", "2020-01-31", parties=["alba", "boria", "long"], title=ARABIC),
    event("2020-01-05~", "2020-01-03", "2020-01-08", until="2020-02", until_min="2020-02-01", until_max="2020-02-29"),
    event("2020-02-01", "2020-02-01", "2020-02-01", until="..", title="Still going on"),
    event("../2020-03-01", None, "2020-03-01", type="proposal", title="Open at the start"),
    event("2020-03-01/..", "2020-03-01", None, type="agreement", title="Open at the end"),
    event(None, None, None, type="assessment", kind=None, status=None, title=None, text=f"{LONG} & <b>", parties=[]),
    event("2020-02-20", "2020-02-20", "2020-02-20", type="response", kind="accepted", title=None, about="demands/d"),
]


@WIDTHS
def test_uncertain_days_are_drawn(width: int) -> None:
    root = draw(TIMELINE_PICTURE, EVENTS, width=width)
    hulls = [one for one in root.iter(f"{SVG}rect") if one.get("fill-opacity")]
    # Five rows are uncertain or open, and one sign is in the legend.
    assert len(hulls) == 6
    # An arrow for each of the three open ends, and one in the legend.
    assert len(list(root.iter(f"{SVG}path"))) == 4
    # Hatched: the row without a date, and the sign in the legend.
    assert sum("hatch" in fill for fill in fills_of(root)) == 2
    assert find_timeline(EVENTS).endswith("4 uncertain dates and 1 without a date")
    text = "".join(words_of(root)).replace(" ", "")
    assert "accepted(d)" in text and "&<b>" in text


def test_a_core_is_what_is_certain() -> None:
    root = draw(TIMELINE_PICTURE, EVENTS[1:2])
    [hull] = [one for one in root.iter(f"{SVG}rect") if one.get("fill-opacity") and float(one.get("x", 0)) > 300]
    [core] = [one for one in root.iter(f"{SVG}rect") if one.get("fill") == "#0072b2" and not one.get("fill-opacity")
              and float(one.get("x", 0)) > 300]  # fmt: skip
    # Possible: 3 January to 29 February, 58 days; certain: 8 January to 1 February, 25 days.
    assert float(core.get("width", 0)) / float(hull.get("width", 0)) == pytest.approx(25 / 58, abs=0.01)
    only = draw(TIMELINE_PICTURE, [event(None, None, None)], width=390)
    assert sum("hatch" in fill for fill in fills_of(only)) == 2


# --- positions


def cell(party: str, issue: str | None, scores: list[int], answers: dict[str, int], **own: Any) -> dict[str, Any]:
    counts = (
        dict.fromkeys(PositionCounts.model_fields, 0) | answers | {key: own[key] for key in own if key != "is_firm"}
    )
    words = [word for word, number in answers.items() for _ in range(number)]
    return {
        "slice": {"key": "2025", "title": None, "on": "2025-12-31"}, "party": {"slug": party, "name": NAMES[f"parties/{party}"]},
        "issue": issue and {"code": issue, "label": f"{issue} {UKRAINIAN}"}, "counts": counts,
        "lowest": min(scores, default=None), "highest": max(scores, default=None), "is_firm": own.get("is_firm", False),
        "others": [{"demand": f"{party}-{issue}-{n}", "word": word} for n, word in enumerate(words)],
    }  # fmt: skip


CELLS = [
    cell("alba", "NEUT", [-2, 2], {"rejected": 2, "accepted": 1, "silent": 1}, asks=2, is_firm=True),
    cell("boria", "NEUT", [], {"silent": 1, "no_comment": 2}, offers=22),
    cell("boria", ARABIC, [0], {"under_study": 1}),
    cell("long", None, [], {"declared_moot": 1}),
]


@WIDTHS
def test_each_cell_has_words_and_silence_is_hatched(width: int) -> None:
    root = draw(POSITIONS_PICTURE, CELLS, {"without_day": ["talk-x"]}, width)
    text = "".join(words_of(root)).replace(" ", "")
    for words in (
        "rejects2,accepts1,silent1",
        "asks2,firm",
        "saidnothing2,silent1",
        "offers22",
        "open1",
        "moot1",
        "talk-x",
    ):
        assert words in text, words
    # The legend, the silent part of the first cell, and the silent cell.
    assert sum("hatch" in fill for fill in fills_of(root)) == 3
    # The colours of a cell are as wide as the shares of its answers.
    wide = {
        word: float(one.get("width", 0))
        for word in ("rejects", "accepts")
        for one in root.iter(f"{SVG}rect")
        if one.get("fill") == ANSWERS[word][0] and not one.get("stroke")
    }
    assert wide["rejects"] == pytest.approx(2 * wide["accepts"], abs=0.2)


def test_a_finding_counts_each_point_once() -> None:
    twice = {**CELLS[0], "issue": {"code": "TERR", "label": "Territory"}}
    found = find_positions([CELLS[0], twice], {})
    assert (
        "of 4 points of others, \u2068" + ARABIC + "\u2069 accepts 1, rejects or counters 2 and is silent on 1" in found
    )
    answers = {"conditional": 22, "accepted_in_part": 2, "rejected": 1, "no_comment": 1}
    found = find_positions([cell("boria", "NEUT", [1], answers)], {})
    assert found.endswith(
        "accepts 2 in part, sets conditions for 22, rejects or counters 1 and is reported to have said nothing on 1"
    )
    assert find_positions([cell("alba", "NEUT", [], {}, asks=3)], {}) == (
        "On 31 December 2025, 1 party had own points and answered none of others"
    )


# --- lineage


@WIDTHS
def test_nodes_are_numbered_and_links_are_listed(width: int) -> None:
    nodes = [
        {"record": f"demands/d{n}", "number": f"II.{n}", "text": f"{LONG} {n}", "day": None if n == 5 else f"2025-0{1 + n // 3}-11",
         "parties": ["alba", "boria"][: 1 + n % 2], "proposal": "p", "account": "a", "is_reference": n > 1}
        for n in range(7)
    ]  # fmt: skip
    nodes.append({"record": "agreements/x", "number": None, "text": ARABIC, "day": "2025-06-01", "parties": [],
                  "proposal": None, "account": None, "is_reference": None})  # fmt: skip
    links = [("d1", "repeats", "demands/d0"), ("d3", "narrows", "demands/d5"), ("d3", "adopted_by", "agreements/x")]
    edges = [{"origin": f"demands/{one}", "kind": kind, "target": two, "note": None} for one, kind, two in links]
    root = draw(LINEAGE_PICTURE, edges, {"nodes": nodes, "circles": []}, width, record="demands/d1")
    words = words_of(root)
    assert "→ repeats (1)" in words and "→ narrows (6), adopted by (8)" in words
    assert "7 demands and 1 agreement from 11 January 2025 to 1 June 2025, with 3 links" in str(
        root.findtext(f"{SVG}title")
    )
    assert "1 × repeats, 1 × narrows, 1 × adopted by" in str(root.findtext(f"{SVG}title"))
    # The demand that was asked for is filled, here and in the legend, and named in the list.
    fills = [one.get("fill") for one in root.iter(f"{SVG}circle")]
    assert sum(fill != "#ffffff" for fill in fills) == 2 and any(line.startswith("asked for") for line in words)
    # Seven demands, of which two are from another account; three signs in the legend.
    circles = [one.get("stroke-dasharray") for one in root.iter(f"{SVG}circle")]
    assert (len(circles), sum(one is not None for one in circles)) == (10, 3)
    # Two paths for each link, and one in the legend. The place of what has no day is hatched.
    assert len(list(root.iter(f"{SVG}path"))) == 2 * len(edges) + 1
    assert sum("hatch" in fill for fill in fills_of(root)) == 1
    draw(LINEAGE_PICTURE, [], {"nodes": nodes[5:6], "circles": []}, width)


# --- continuity


def change(earlier: str, later: str, kept: str, joined: str, left: str, **more: Any) -> dict[str, Any]:
    return {
        "process": "p", "series": "round", "party": "alba", "name": ARABIC, "earlier": earlier, "earlier_start": "2025-05",
        "later": later, "later_start": "2025-06-02", "earlier_named": 1, "earlier_size": 1, "later_named": 1,
        "later_size": None, "kept": kept.split(), "joined": joined.split(), "joined_is_certain": True, "left": left.split(),
        "left_is_certain": False, "implied": [], "earlier_head": None, "later_head": "ann", **more,
    }  # fmt: skip


@WIDTHS
def test_who_stayed_joined_and_left(width: int) -> None:
    first = change("one", "two", "ann", "bob", "cid")
    root = draw(CONTINUITY_PICTURE, [first], width=width)
    words = words_of(root)
    assert words.count("there") == 2 and words.count("stayed") == 1 and words.count("joined") == 1
    assert words.count("–") == 1 and words.count("?") == 1 and words.count("head") == 1
    assert find_continuity([first]).endswith(": 1 stayed, 1 joined, up to 1 left")
    second = change("two", "three", "bob", "cid", "ann", left_is_certain=True, joined_is_certain=False)
    root = draw(CONTINUITY_PICTURE, [first, second], width=width)
    # Cid sat at the first sitting, so he is back.
    assert {"back", "left"} <= set(words_of(root)) and "joined?" not in words_of(root)
    lone = draw(CONTINUITY_PICTURE, [first, {**second, "joined": ["dan"]}], width=width)
    assert "joined?" in words_of(lone) and "announced=true" in " ".join(words_of(lone))
    all_kinds = change("one", "two", "ann bob cid", "", "", series="all")
    assert find_continuity([first, second, all_kinds]).startswith("Talks of the kind “round”: ")
    assert "4 people" not in find_continuity([first, second, all_kinds])
    assert "3 people named at 3 sittings, most often" in find_continuity([first, second])


# --- network


@WIDTHS
@pytest.mark.parametrize("count", [2, 5, 14])
def test_parties_and_numbers_of_all_edges(width: int, count: int) -> None:
    parties = [{"slug": f"p{n}", "name": f"{(ARABIC, UKRAINIAN, LONG, 'E3')[n % 4]} {n}"} for n in range(count)]
    edges = [
        {"slice": {"key": "2025", "title": None, "on": "2025-12-31"}, "source": f"p{n}", "target": f"p{n + 1}",
         "weight": (-0.5, 0, 1.0)[n % 3], "agree": n, "differ": 3 * n, "is_membership": n == 1}
        for n in range(count - 1)
    ]  # fmt: skip
    root = draw(NETWORK_PICTURE, edges, {"parties": parties, "reason": None}, width)
    assert len(list(root.iter(f"{SVG}circle"))) == count
    words = words_of(root)
    assert all(str(edge["agree"]) in words and str(edge["differ"]) in words for edge in edges)
    assert sum(one.get("stroke-dasharray") == "7 4" for one in root.iter(f"{SVG}line")) == 1 + len(edges[::3])


def test_a_finding_says_how_many_pairs_are_equally_close() -> None:
    edges = [
        {
            "slice": {"on": "2025-12-31"},
            "source": "a",
            "target": target,
            "weight": weight,
            "agree": agree,
            "differ": 1,
            "is_membership": target == "e",
        }
        for target, weight, agree in (("b", 0.5, 8), ("c", 0.5, 8), ("d", -0.2, 0), ("e", 1, 20))
    ]
    assert find_network(edges, {}) == (
        "On 31 December 2025, a and b, a and c are closest: 8 points on the same side, 1 apart each; a and d are furthest apart:"
        " 0 points on the same side, 1 apart"
    )
    assert find_network(edges[3:], {}).startswith("On 31 December 2025, only coalitions")


# --- concessions


@WIDTHS
def test_steps_go_left_and_right(width: int) -> None:
    totals = [{"party": {"slug": "alba", "name": ARABIC}, "n_plus": 1, "n_minus": 1, "n_zero": 1, "n_unordered": 1}]
    rows = [
        {"on": "2025-06-04", "on_min": "2025-06-01", "on_max": "2025-06-04", "party": "alba", "kind": "answer", "before": "under_study", "after": "rejected", "size": size,
         "thread": f"proposals/{LONG}", "part": "I", "after_record": "responses/r"}
        for size in (-4, 0.333333, 0, None)
    ]  # fmt: skip
    root = draw(CONCESSIONS_PICTURE, rows, {"totals": totals, "reason": None}, width)
    assert {"−4", "+0.333", "0"} <= set(words_of(root))
    assert "1Jun2025to4Jun2025" in "".join(words_of(root)).replace(" ", "")
    assert sum("hatch" in fill for fill in fills_of(root)) == 2
    bars = [one for one in root.iter(f"{SVG}rect") if one.get("stroke-width") == "0.6"]
    hard, soft, _ = bars
    assert float(hard.get("width", 0)) == pytest.approx(12 * float(soft.get("width", 0)), rel=0.05)
    assert float(hard.get("x", 0)) + float(hard.get("width", 0)) == pytest.approx(float(soft.get("x", 0)), abs=0.2)
    # The same step on four points on one day is one bar, with three of the points in words.
    link = {**rows[0], "kind": "link", "before": "a", "after": "narrows", "thread": "demands/a", "size": 1}
    links = [{**link, "after_record": f"demands/{name}"} for name in "bcde"]
    names = NAMES | {"demands/a": "Leave", "demands/b": "Leave soon"}
    grouped = " ".join(words_of(draw(CONCESSIONS_PICTURE, links, {"totals": totals}, width, names=names)))
    assert "“Leave” → “Leave soon”" in grouped and "and 1 more" in grouped
    assert grouped.count("+1") == 1
    assert find_concessions({"totals": totals}).endswith(": 1 softer, 1 harder, 1 unchanged and 1 unordered")


# --- nothing


@pytest.mark.parametrize(
    ("picture", "extra", "reason"),
    [
        (TIMELINE_PICTURE, {"reason": "no_match"}, "Nothing matches the filters"),
        (POSITIONS_PICTURE, {"reason": "too_early"}, "Nothing was recorded yet on this day"),
        (POSITIONS_PICTURE, {"reason": "no_negotiating_parties"}, "The process names no negotiating parties"),
        (NETWORK_PICTURE, {"reason": "no_common_points", "parties": []}, "No two parties have a side"),
        (CONTINUITY_PICTURE, {"reason": "no_second_talk"}, "No party has delegations"),
        (CONCESSIONS_PICTURE, {"totals": [], "reason": "no_points"}, "The process has no points"),
    ],
)
def test_without_rows_a_picture_says_why(picture: Picture, extra: dict[str, Any], reason: str) -> None:
    for width in (320, 1280):
        root = draw(picture, [], extra, width)
        assert reason in " ".join(words_of(root)) and any("hatch" in fill for fill in fills_of(root))


def test_every_reason_has_words() -> None:
    assert all(reason_words({"reason": reason}).endswith(".") for reason in NoRows)


def test_a_truncated_picture_says_so() -> None:
    assert "Only 7 rows are shown; there are more." in words_of(draw(TIMELINE_PICTURE, EVENTS, is_truncated=True))
