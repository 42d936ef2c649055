"""What the linter finds odd, and what it does not."""

from typing import Any

import pytest

from tests.ingest.test_imports import ALBA, Desk, lines
from tests.ingest.test_imports import desk as desk
from tests.ingest.test_imports import shared_desk as shared_desk

PROCESS = {"collection": "processes", "slug": "pro", "title": "P", "kind": "peace", "started": "2020-05"}
TALK = {"collection": "talks", "slug": "t", "title": "T", "process": "pro"}
PLACE = {"collection": "places", "slug": "p", "name": "P", "kind": "city"}
SOVIET = {"collection": "places", "slug": "sovietsk", "name": "Sovietsk", "kind": "city", "countries": ["SU"]}
MONEY = {"collection": "agreements", "slug": "a", "title": "A", "process": "pro", "kind": "other"}
PAPER = {"collection": "proposals", "slug": "prop", "title": "P", "process": "pro", "kind": "paper"}
POINT = {"collection": "demands", "slug": "point-1", "proposal": "first", "text": "x", "addressees": ["boria"]}
ANSWER = {"collection": "responses", "slug": "no", "responder": "boria", "demand": "point-0", "stance": "rejected"}
TABLED = (
    {**PAPER, "slug": "first", "authors": ["alba"]},
    {**POINT, "slug": "point-0", "act": "step"},
)
TWO_SIDES = {
    **TALK, "slug": "t2", "start": "2020-06-01", "end": "2020-06-03",
    "delegations": [
        {"party": "alba", "members": [{"person": "ana"}]},
        {"party": "boria", "members": [{"person": "ana", "attendance": [{"on": "2020-06-04"}]}]},
    ],
}  # fmt: skip
PEOPLE = [{"collection": "people", "slug": one, "name": one} for one in ("ana", "boris")]
BORIA = {**ALBA, "slug": "boria", "name": "Boria"}
OUTER = [{"scheme": "wikidata", "value": "Q1"}]


@pytest.mark.parametrize(
    ("record", "rule", "pointer"),
    [
        ({**ALBA, "summary": "N/A"}, "sentinel", "/summary"),
        ({**ALBA, "notes": ["fine", "Unknown"]}, "sentinel", "/notes/1"),
        ({**TALK, "start": "1000-01-01"}, "sentinel", "/start"),
        ({**PLACE, "lon": -99, "lat": 1}, "sentinel", "/lon"),
        ({**ALBA, "name": "PerÃº"}, "mojibake", "/name"),
        ({**ALBA, "name": "Per\ufffd"}, "mojibake", "/name"),
        ({**TALK, "start": "2019-12-31"}, "before-process", "/start"),
        ({**TALK, "start": "1995", "place": "sovietsk"}, "former-code", "/place"),
        ({**PLACE, "lon": 41.01, "lat": 28.98, "countries": ["TR"]}, "outside-country", "/lon"),
        ({**PLACE, "lon": -30, "lat": 1, "countries": ["TR"]}, "outside-country", "/lon"),
        ({**ALBA, "slug": "other", "external_ids": OUTER}, "duplicate-id", "/external_ids/0"),
        (
            {**ALBA, "slug": "o", "external_ids": [{"scheme": "wikidat", "value": "Q9"}]},
            "unknown-code",
            "/external_ids/0/scheme",
        ),
        ({**ALBA, "slug": "other", "name": "Álba"}, "equal-name", "/name"),
        ({**ALBA, "slug": "other", "name": "Albania"}, "equal-name", "/name"),
        ({**TALK, "event_codes": ["camoe:057"]}, "unknown-code", "/event_codes/0"),
        ({**MONEY, "quantities": [{"value": 5, "unit": "EUE"}]}, "unknown-currency", "/quantities/0/unit"),
        (
            {
                **PAPER,
                "document_date": "2021-03",
                "tabled_on": "2021-05",
                "disclosed": [{"to": "alba", "on": "2021-02"}],
            },
            "early-disclosure",
            "/disclosed/0/on",
        ),
        ({**PAPER, "authors": ["alba"], "disclosed": [{"to": "alba"}]}, "needless-disclosure", "/disclosed/0/to"),
        ({**MONEY, "agreed_on": "2021-05", "in_force_on": "2021-04-30"}, "early-force", "/in_force_on"),
        (
            {**ANSWER, "votes": {"for": 2, "needed": 12, "entitled": 11}},
            "impossible-vote",
            "/votes/needed",
        ),
        (
            {**POINT, "act": "offer", "links": [{"kind": "retaliates", "demand": "point-0"}]},
            "link-of-no-step",
            "/links/0/kind",
        ),
        (TWO_SIDES, "two-delegations", "/delegations/1/members/0/person"),
        (TWO_SIDES, "outside-talk", "/delegations/1/members/0/attendance/0/on"),
    ],
)
async def test_what_is_odd_is_told_and_taken(desk: Desk, record: dict[str, Any], rule: str, pointer: str) -> None:
    await desk.told(
        lines({**ALBA, "external_ids": OUTER, "names": [{"text": "Albania"}]}, PROCESS, SOVIET, BORIA, *PEOPLE, *TABLED)
    )
    for dry_run in (True, False):
        summary = await desk.told(lines(record), dry_run=dry_run)
        found = {(one["rule"], one["pointer"]) for one in summary["warnings"]}
        assert (rule, pointer) in found
        assert summary["faulty"] == 0


@pytest.mark.parametrize(
    "record",
    [
        {**ALBA, "name": "Perú – Côte d’Ivoire – Київ – 中国", "summary": "It is unknown who came."},
        {**TALK, "start": "2020-05-01"},
        {**TALK, "start": "2020"},
        {**PLACE, "lon": 28.98, "lat": 41.01, "countries": ["TR"]},
        {**PLACE, "lon": 37.8, "lat": 48.0},
        {**ALBA, "external_ids": OUTER},
        {**MONEY, "quantities": [{"value": 5, "unit": "EUR"}, {"value": 5, "unit": "km"}]},
        {**PAPER, "document_date": "2021-03", "tabled_on": "2021-05", "disclosed": [{"to": "alba", "on": "2021"}]},
        {**PAPER, "demands": [{"text": "Recalls the first conference", "force": "none"}]},
    ],
)
async def test_what_is_in_order_is_not_spoken_of(shared_desk: Desk, record: dict[str, Any]) -> None:
    await shared_desk.told(lines({**ALBA, "external_ids": OUTER}, PROCESS))
    assert (await shared_desk.told(lines(record), dry_run=True))["warnings"] == []


async def test_two_lines_with_one_identifier_are_told(desk: Desk) -> None:
    boria = {**ALBA, "slug": "boria", "name": "Boria", "external_ids": OUTER}
    summary = await desk.told(lines({**ALBA, "external_ids": OUTER}, boria), dry_run=True)
    assert [(one["line"], one["rule"]) for one in summary["warnings"]] == [
        (1, "unknown-code"), (2, "duplicate-id")
    ]  # fmt: skip
    assert "Line 1" in summary["warnings"][1]["message"]


async def test_two_lines_with_one_name_are_told(desk: Desk) -> None:
    file = lines(ALBA, {**ALBA, "slug": "boria", "name": "ÁLBA"}, {**ALBA, "slug": "caria", "name": "Caria"})
    for dry_run in (True, False, False):
        summary = await desk.told(file, dry_run=dry_run)
        assert told_of(summary, "equal-name") == [2]
        assert summary["warnings"][0]["message"] == "Line 1 has the name 'ÁLBA' too"


FILLING = [{"collection": "people", "slug": f"p-{n}", "name": f"P {n}"} for n in range(2_100)]
OF_2001 = [
    {**TALK, "start": "2001"},
    {"collection": "agreements", "slug": "a", "title": "A", "kind": "partial", "process": "pro", "agreed_on": "2001"},
    {"collection": "proposals", "slug": "o", "title": "O", "kind": "paper", "process": "pro", "tabled_on": "2001"},
]


def told_of(summary: dict[str, Any], rule: str) -> list[int]:
    assert (summary["ending"], summary["faulty"]) == ("complete", 0), summary
    return [one["line"] for one in summary["warnings"] if one["rule"] == rule]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_process_of_the_file_counts_from_its_batch_on(desk: Desk, dry_run: bool) -> None:
    body = lines(OF_2001[0], PROCESS, OF_2001[1], *FILLING, OF_2001[2])
    assert told_of(await desk.told(body, dry_run=dry_run), "before-process") == [1, 3, 2_104]


@pytest.mark.parametrize(
    ("process", "mode", "found"),
    [
        ({**PROCESS, "started": "2000"}, "merge", []),
        ({**PROCESS, "started": None}, "merge", []),
        ({name: value for name, value in PROCESS.items() if name != "started"}, "merge", [1]),
        ({name: value for name, value in PROCESS.items() if name != "started"}, "replace", []),
    ],
)
async def test_what_the_file_says_of_a_stored_process_is_what_holds(
    desk: Desk, process: dict[str, Any], mode: str, found: list[int]
) -> None:
    await desk.told(lines(PROCESS))
    summary = await desk.told(lines(OF_2001[0], process), mode=mode, dry_run=True)
    assert told_of(summary, "before-process") == found


async def test_more_processes_than_are_kept_are_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch in which they become too many was once looked at without any of them."""
    monkeypatch.setattr("app.ingest.lint.linter._MOST_CACHED", 1)
    processes = [{**PROCESS, "slug": f"pro-{n}"} for n in range(3)]
    await desk.told(lines(*processes))
    talks = [{**OF_2001[0], "slug": f"t-{n}", "process": f"pro-{n}"} for n in range(3)]
    body = lines(*talks, *FILLING[:1_000], {**talks[0], "slug": "t"})
    assert told_of(await desk.told(body, dry_run=True), "before-process") == [1, 2, 3, 1_004]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_one_identifier_of_two_lines_is_told_however_far_apart_they_are(desk: Desk, dry_run: bool) -> None:
    one, other = {**ALBA, "external_ids": OUTER}, {**ALBA, "slug": "boria", "name": "Boria", "external_ids": OUTER}
    summary = await desk.told(lines(one, *FILLING, other), dry_run=dry_run)
    assert told_of(summary, "duplicate-id") == [2_102]
    assert "Line 1 has the identifier" in summary["warnings"][-1]["message"]


async def test_a_gathered_record_that_comes_again_is_no_other(client: Any) -> None:
    from app.ingest.items import Item
    from app.ingest.lint import Linter
    from app.writing.intents import Intent

    linter = Linter(client.state.writer)
    found = []
    for line, slug, first in ((2, "alba", 2), (1_200, "alba", 2), (2_300, "boria", 2_300)):
        item = Item(line, "parties", {"slug": slug, "external_ids": OUTER}, part=1, first_line=first)
        intent = Intent(item.collection, item.body, pointer=item.pointer)
        found += await linter.look([intent], {item.pointer: item})
    assert [one.line for one in found if one.rule == "duplicate-id"] == [2_300]


async def test_a_new_scheme_is_told_where_it_stands_first(desk: Desk) -> None:
    parties = [
        {**ALBA, "slug": f"s-{n}", "external_ids": [{"scheme": scheme, "value": f"{n}"}]}
        for n, scheme in enumerate(["mine", "mine", "yours"] * 500)
    ]
    summary = await desk.told(lines(*parties, {**TALK, "event_codes": ["mine:1"]}, PROCESS), dry_run=True)
    assert told_of(summary, "unknown-code") == [1, 3]
    assert "reported once per file" in summary["warnings"][0]["message"]


async def test_the_bundled_dossiers_are_in_order(client: Any) -> None:
    """What the rules find in real records is either a fault of the records or of the rules: there is none."""
    from app.ingest.lint import Linter
    from app.writing.intents import Intent
    from tests.dossier_rows import SHIPPED

    found = []
    for name, dossier in SHIPPED.items():
        linter = Linter(client.state.writer)
        for collection, bodies in dossier["records"].items():
            intents = [Intent(collection, body, pointer=f"/{n}") for n, body in enumerate(bodies, 1)]
            found += [(name, collection, bodies[one.line - 1]["slug"], one) for one in await linter.look(intents)]
    assert [one for one in found if one[-1].rule not in ("unknown-code", "before-process")] == []


async def test_two_holders_of_a_post_at_the_same_time_are_told(desk: Desk) -> None:
    post = {"title": "Envoy", "party": "alba", "valid_from": "2020-01", "valid_to": "2020-06"}
    holders = [
        {**PEOPLE[0], "posts": [post]},
        {**PEOPLE[1], "posts": [{**post, "title": "envoy", "valid_from": "2020-06"}]},
        {**PEOPLE[1], "slug": "bela", "name": "Bela", "posts": [{**post, "valid_from": "2020-05"}]},
        {**PEOPLE[1], "slug": "cora", "name": "Cora", "posts": [{**post, "valid_to": None}, {**post, "party": None}]},
    ]
    summary = await desk.told(lines(ALBA, *holders))
    assert told_of(summary, "shared-post") == [4]
    assert "'ana' holds the post 'Envoy' at the same time" in summary["warnings"][0]["message"]
