"""What the linter finds odd, and what it does not."""

from typing import Any

import pytest

from tests.ingest.test_imports import ALBA, Desk, lines
from tests.ingest.test_imports import desk as desk
from tests.ingest.test_imports import shared_desk as shared_desk

PROCESS = {"collection": "processes", "slug": "pro", "title": "P", "kind": "peace", "started": "2020-05"}
TALK = {"collection": "talks", "slug": "t", "title": "T", "process": "pro"}
PLACE = {"collection": "places", "slug": "p", "name": "P", "kind": "city"}
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
        ({**PLACE, "lon": 41.01, "lat": 28.98, "countries": ["TR"]}, "outside-country", "/lon"),
        ({**PLACE, "lon": -30, "lat": 1, "countries": ["TR"]}, "outside-country", "/lon"),
        ({**ALBA, "slug": "other", "external_ids": OUTER}, "duplicate-id", "/external_ids/0"),
        (
            {**ALBA, "slug": "o", "external_ids": [{"scheme": "wikidat", "value": "Q9"}]},
            "unknown-code",
            "/external_ids/0/scheme",
        ),
        ({**TALK, "event_codes": ["camoe:057"]}, "unknown-code", "/event_codes/0"),
    ],
)
async def test_what_is_odd_is_told_and_taken(desk: Desk, record: dict[str, Any], rule: str, pointer: str) -> None:
    await desk.told(lines({**ALBA, "external_ids": OUTER}, PROCESS))
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
    ],
)
async def test_what_is_in_order_is_not_spoken_of(shared_desk: Desk, record: dict[str, Any]) -> None:
    await shared_desk.told(lines({**ALBA, "external_ids": OUTER}, PROCESS))
    assert (await shared_desk.told(lines(record), dry_run=True))["warnings"] == []


async def test_two_lines_with_one_identifier_are_told(desk: Desk) -> None:
    boria = {**ALBA, "slug": "boria", "external_ids": OUTER}
    summary = await desk.told(lines({**ALBA, "external_ids": OUTER}, boria), dry_run=True)
    assert [(one["line"], one["rule"]) for one in summary["warnings"]] == [
        (1, "unknown-code"), (2, "duplicate-id"), (2, "unknown-code")
    ]  # fmt: skip
    assert "Line 1" in summary["warnings"][1]["message"]


async def test_the_bundled_dossiers_are_in_order(client: Any) -> None:
    """What the rules find in real records is either a fault of the records or of the rules: there is none."""
    from app.ingest.lint import Linter
    from app.writing.intents import Intent
    from tests.dossier_rows import SHIPPED

    linter = Linter(client.app.state.writer)
    found = []
    for name, dossier in SHIPPED.items():
        for collection, bodies in dossier["records"].items():
            intents = [Intent(collection, body, pointer=f"/{n}") for n, body in enumerate(bodies, 1)]
            found += [(name, collection, bodies[one.line - 1]["slug"], one) for one in await linter.look(intents)]
    assert [one for one in found if one[-1].rule not in ("unknown-code", "before-process")] == []
