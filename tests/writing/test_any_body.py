"""Whatever is sent: it is written, or it is refused; nothing else happens."""

import random
from typing import Any

import pytest

from app.errors import ApiError, ProblemType
from app.registry import WRITE_SPECS
from app.writing.intents import Intent, Mode
from tests.odd_values import ODD, places_in, with_value
from tests.writing.conftest import Desk, small_world

BODIES: dict[str, dict[str, Any]] = {
    "processes": {"title": "P", "kind": "peace", "parties": [{"party": "russia", "role": "host"}], "started": "2022"},
    "parties": {
        "name": "P",
        "kind": "state",
        "names": [{"text": "N", "lang": "en"}],
        "member_of": [{"party": "russia"}],
    },
    "people": {"name": "P", "party": "russia", "posts": [{"title": "T", "party": "ukraine"}]},
    "places": {"name": "P", "kind": "city", "lon": 1.5, "lat": 2, "part_of": None},
    "talks": {
        "title": "T",
        "process": "russia-ukraine",
        "start": "2025",
        "deadlines": [
            {"key": "a", "on": "2025-06-02", "time": "23:00", "zone": "UTC", "set_on": "2025", "set_by": "russia"},
            {"on": "2025", "replaces": "a", "note": "N", "confidence": "low"},
        ],
        "outcomes": [{"kind": "agreement", "text": "X", "quantities": [{"value": 1, "by": "russia"}]}],
        "delegations": [{"party": "russia", "members": [{"person": "igor-kostyukov", "function": "head"}]}],
        "citations": [{"source": "moscow-times", "asserted_value": {"a": [1]}}],
    },
    "delegations": {"talk": "istanbul", "party": "russia", "members": [{"person": "igor-kostyukov"}]},
    "proposals": {
        "title": "P",
        "process": "russia-ukraine",
        "kind": "paper",
        "authors": ["russia"],
        "tabled_on": "2025",
        "accounts": [{"slug": "p-text", "parts": [{"key": "a"}, {"key": "b", "parent": "a"}]}],
        "relations": [{"kind": "cites", "proposal": "memorandum"}],
        "demands": [{"text": "X", "part": "b"}],
    },
    "demands": {
        "proposal": "memorandum",
        "text": "X",
        "part": "option-1",
        "issues": ["TERR"],
        "addressees": ["ukraine"],
        "timing": {"relation": "by_date", "at": "2025"},
        "claimants": ["russia"],
        "is_mutual": True,
        "depends_on": [],
    },
    "responses": {"proposal": "memorandum", "responder": "ukraine", "stance": "rejected", "said_on": "2025"},
    "agreements": {
        "title": "A",
        "process": "russia-ukraine",
        "kind": "final",
        "signatures": [{"party": "russia"}],
        "issues": [{"issue": "TERR", "intensity": 1}],
        "proposals": ["memorandum"],
    },
    "assessments": {"kind": "claim", "text": "X", "about": ["talks/istanbul"]},
    "issues": {"code": "CEAS", "label": "L", "broader": "TERR"},
    "sources": {"title": "S", "published": "2025", "via": "moscow-times"},
    "citations": {"target": "talks/istanbul", "source": "moscow-times", "field": "/title"},
}


@pytest.mark.parametrize("seed", range(3))
async def test_any_body_is_written_or_refused(desk: Desk, seed: int) -> None:
    await small_world(desk)
    dice = random.Random(seed)  # noqa: S311
    fields = {kind.collection: [(name,) for name in kind.schema.model_fields] for kind in WRITE_SPECS}
    outcomes = {"written": 0, "refused": 0}
    for _ in range(150):
        collection = dice.choice(list(BODIES))
        body = BODIES[collection]
        for _ in range(dice.choice((0, 1, 1, 2))):
            body = with_value(body, dice.choice(places_in(body) + fields[collection]), dice.choice(ODD))
        address = dice.choice([None, None, None, "some-slug", "some-slug", str(dice.choice(ODD))])
        mode = Mode.PUT if address else Mode.CREATE
        try:
            await desk.writer.write([Intent(collection, body, mode, address)], editor="test")
            outcomes["written"] += 1
        except ApiError as refused:
            outcomes["refused"] += 1
            if refused.kind is ProblemType.INTERNAL or not all(
                violation.pointer is not None or violation.parameter for violation in refused.violations
            ):
                pytest.fail(f"{collection}: {body}")
    assert min(outcomes.values()) > 10
    assert await desk.one("SELECT count(*) = max(number) FROM revision")
