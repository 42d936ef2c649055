"""The standing of agreements: worked examples, a brute-force comparison over generated acts, filters and both clocks."""

import copy
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.demands.oracle import first_day, last_day
from tests.made_up import read
from tests.proposals.standing_oracle import BINDING, Row, standing
from tests.proposals.test_signatures import DOSSIER, agreement, hillside, own_hillside, slugs

__all__ = ["hillside", "own_hillside"]

LISTS = ("initialled_by", "signed_by", "bound_by", "withdrew")
ALBA, BORIA, CARIA, DELTA = "hill-alba", "hill-boria", "hill-caria", "hill-delta"


def plain(found: Row) -> Row:
    """A standing of the API in the shape of the oracle's."""
    for end, day_of in (("min", first_day), ("max", last_day)):
        day = day_of(found["in_force_on"])
        assert found[f"in_force_on_{end}"] == (day and day.isoformat())
    rest = {name: value for name, value in found.items() if not name.startswith("in_force_on_")}
    return rest | {name: [party["slug"] for party in found[name]] for name in LISTS}


async def on(client: httpx.AsyncClient, slug: str, day: str) -> Row:
    return plain((await read(client, f"agreements/{slug}", state_on=day))["standing"])


@pytest.mark.parametrize(
    ("slug", "day", "expected"),
    [
        ("hill-convention", "2030-05-31", {"word": "none", "signed_by": [], "share_counted": None}),
        ("hill-convention", "2030-06-01", {"word": "initialled", "initialled_by": [ALBA, BORIA]}),
        ("hill-convention", "2030-07-11", {"word": "signed", "signed_by": [ALBA, BORIA, CARIA], "bound_by": []}),
        ("hill-convention", "2031-01-15", {"word": "partly_ratified", "bound_by": [BORIA], "share_counted": 20.25}),
        # Caria accepted in March: it counts from the last day of the month.
        ("hill-convention", "2031-03-30", {"bound_by": [BORIA]}),
        ("hill-convention", "2031-03-31", {"bound_by": [BORIA, CARIA], "share_counted": 35.75}),
        # Three parties, but neither Alba nor 55 percent.
        (
            "hill-convention",
            "2031-09-29",
            {"word": "partly_ratified", "parties_counted": 3, "share_counted": 45.75, "rule_met_on": None},
        ),
        (
            "hill-convention",
            "2031-09-30",
            {"word": "ratified", "parties_counted": 4, "share_counted": 84.25, "rule_met_on": "2031-09-30",
             "computed_in_force_on": "2031-10-30", "in_force_on": "2031-10-30"},
        ),
        ("hill-convention", "2031-10-29", {"word": "ratified"}),
        ("hill-convention", "2031-10-30", {"word": "in_force"}),
        # It stays in force when Boria leaves; Boria is bound again, with another share, after its accession.
        ("hill-convention", "2033-05-01", {"word": "in_force", "withdrew": [BORIA], "share_counted": 64}),
        (
            "hill-convention",
            "2035-02-01",
            {"withdrew": [], "bound_by": [ALBA, BORIA, CARIA, DELTA], "share_counted": 83},
        ),
        # Without a rule, all parties must be bound.
        ("hill-trade-agreement", "2030-01-19", {"word": "initialled"}),
        ("hill-trade-agreement", "2030-05-05", {"word": "partly_ratified", "rule_met_on": None}),
        ("hill-trade-agreement", "2030-08-31", {"word": "ratified", "in_force_on": None}),
        # A day that is coded counts; a rule in words alone computes nothing.
        ("hill-wages", "2031-03-02", {"word": "none", "in_force_on": "2031-03-03"}),
        ("hill-wages", "2031-03-03", {"word": "in_force", "signed_by": ["hill-council", "hill-fabric"],
                                      "computed_in_force_on": None}),
    ],
)  # fmt: skip
async def test_the_standing_is_as_the_rules_say(
    hillside: httpx.AsyncClient, slug: str, day: str, expected: Row
) -> None:
    found = await on(hillside, slug, day)
    assert {name: found[name] for name in expected} == expected


async def test_the_coded_day_wins_and_both_are_shown(own_hillside: httpx.AsyncClient) -> None:
    body = agreement("hill-convention") | {"in_force_on": "2032-01", "status": "ratified"}
    assert (await own_hillside.put("/v1/agreements/hill-convention", json=body)).status_code == 200
    found = await on(own_hillside, "hill-convention", "2032-01-30")
    assert (found["word"], found["in_force_on"], found["computed_in_force_on"]) == ("ratified", "2032-01", "2031-10-30")
    assert (await on(own_hillside, "hill-convention", "2032-01-31"))["word"] == "in_force"
    assert (await read(own_hillside, "agreements/hill-convention"))["status"] == "ratified"


async def test_lists_show_filter_and_count_standings(hillside: httpx.AsyncClient) -> None:
    asked = {"state_on": "2030-06-15"}
    page = await read(hillside, "agreements", include="standing", facets="standing", **asked)
    words = {row["slug"]: row["standing"]["word"] for row in page["data"]}
    assert words == {"hill-convention": "initialled", "hill-trade-agreement": "partly_ratified", "hill-wages": "none"}
    assert page["state_on"] == "2030-06-15"
    assert {one["value"]: one["count"] for one in page["facets"]["standing"]["values"]} == dict.fromkeys(
        words.values(), 1
    )
    for slug, word in words.items():
        assert await slugs(hillside, "agreements", standing=word, **asked) == {slug}
    assert "standing" not in (await read(hillside, "agreements"))["data"][0]
    rows = await hillside.get(
        "/v1/agreements", params={"rows": "bound_party", "format": "csv", "state_on": "2031-02-01"}
    )
    assert rows.status_code == 200, rows.text
    assert rows.text.count("\n") == 4  # the head, Boria for the convention, and both for the trade agreement
    picked = await read(hillside, "agreements", fields="slug,standing.word", **asked)
    assert {row["slug"]: row["standing"]["word"] for row in picked["data"]} == words


async def test_the_clocks_move_the_standing(own_hillside: httpx.AsyncClient) -> None:
    """A day without `state_on` is that of the snapshot; a snapshot has the acts that were stored then."""
    before = (await own_hillside.get("/v1/revisions")).json()["data"][0]["number"]
    body = agreement("hill-convention")
    body["signatures"] = [row for row in body["signatures"] if row["party"] != ALBA]
    body["entry_into_force"]["needs"] = []
    assert (await own_hillside.put("/v1/agreements/hill-convention", json=body)).status_code == 200
    now = await read(own_hillside, "agreements/hill-convention", state_on="2032-01-01")
    then = await read(own_hillside, "agreements/hill-convention", state_on="2032-01-01", as_of=before)
    assert (now["standing"]["word"], then["standing"]["word"]) == ("partly_ratified", "in_force")
    assert now["entry_into_force"]["needs"] == []
    assert then["entry_into_force"]["needs"] == [ALBA]
    known = await read(own_hillside, "agreements", known_by="2031-12-31")
    assert known["data"] == []  # no source says when it was known
    cited = body | {"citations": [{"source": "hill-gazette"}]}
    source = {"slug": "hill-gazette", "title": "The convention", "kind": "news", "published": "2030-06-02"}
    assert (await own_hillside.put("/v1/sources/hill-gazette", json=source)).status_code in (200, 201)
    assert (await own_hillside.put("/v1/agreements/hill-convention", json=cited)).status_code == 200
    found = (await read(own_hillside, "agreements/hill-convention", known_by="2030-06-30"))["standing"]
    assert found["on"] == min("2030-06-30", datetime.now(UTC).date().isoformat())


async def test_a_renamed_or_merged_party_is_still_needed(own_hillside: httpx.AsyncClient) -> None:
    alba = next(row for row in DOSSIER["records"]["parties"] if row["slug"] == ALBA)
    renamed = await own_hillside.put(f"/v1/parties/{ALBA}", json={**alba, "slug": "albania-of-the-hills"})
    if renamed.status_code >= 400:
        renamed = await own_hillside.patch(
            f"/v1/parties/{ALBA}", json={"slug": "albania-of-the-hills"},
            headers={"Content-Type": "application/merge-patch+json"},
        )  # fmt: skip
    assert renamed.status_code == 200, renamed.text
    assert (await on(own_hillside, "hill-convention", "2031-09-30"))["rule_met_on"] == "2031-09-30"
    merged = await own_hillside.post("/v1/parties/albania-of-the-hills/merge", json={"into": "hill-euria"})
    assert merged.status_code == 200, merged.text
    assert (await on(own_hillside, "hill-convention", "2031-09-30"))["rule_met_on"] == "2031-09-30"
    assert (await read(own_hillside, "agreements/hill-convention"))["entry_into_force"]["needs"] == ["hill-euria"]


async def test_a_needed_party_that_is_named_twice_is_needed_once(own_hillside: httpx.AsyncClient) -> None:
    """Named by slug and id, or because two needed parties were merged."""

    async def needed(*keys: str) -> list[str]:
        body = {**agreement("hill-convention"), "entry_into_force": {"parties": 2, "needs": list(keys)}}
        put = await own_hillside.put("/v1/agreements/hill-convention", json=body)
        assert put.status_code == 200, put.text
        return list((await read(own_hillside, "agreements/hill-convention"))["entry_into_force"]["needs"])

    identifier = (await read(own_hillside, f"parties/{CARIA}"))["id"]
    assert await needed(CARIA, identifier) == [CARIA]
    assert (await on(own_hillside, "hill-convention", "2031-03-31"))["rule_met_on"] == "2031-03-31"
    assert await needed(CARIA, DELTA) == [CARIA, DELTA]
    merged = await own_hillside.post(f"/v1/parties/{DELTA}/merge", json={"into": CARIA})
    assert merged.status_code == 200, merged.text
    found = await read(own_hillside, "agreements/hill-convention")
    assert found["entry_into_force"]["needs"] == [CARIA]
    assert (await on(own_hillside, "hill-convention", "2031-03-31"))["rule_met_on"] == "2031-03-31"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "needs `parties`, `share`, `needs` or `text`"),
        ({"after": "P30D"}, "needs `parties`, `share`, `needs` or `text`"),
        ({"parties": 0}, "It must be at least 1"),
        ({"share": 101}, "between 0 and 100; got 101"),
        ({"share": 0}, "greater than 0"),
        ({"parties": 3, "share_of": "votes"}, "`share_of` requires `share`"),
        ({"parties": 3, "after": "PT36H"}, "whole days"),
        ({"parties": 3, "after": "P101Y"}, "longer than 100 years"),
        ({"parties": 3, "after": "30 days"}, "P30D"),
        ({"needs": [ALBA, ALBA]}, "duplicates"),
        ({"needs": ["hill-nobody"]}, "hill-nobody"),
        ({"parties": 3, "percent": 55}, "percent"),
    ],
)
async def test_a_rule_that_says_nothing_is_rejected(hillside: httpx.AsyncClient, rule: Row, says: str) -> None:
    body = agreement("hill-convention") | {"entry_into_force": rule}
    got = await hillside.put("/v1/agreements/hill-convention", params={"dry_run": True}, json=body)
    assert got.status_code == 422, got.text
    assert all(error["pointer"].lstrip("#").startswith("/entry_into_force") for error in got.json()["errors"])
    assert says in got.text


TODAY = datetime.now(UTC).date()
#: Days before and after today, so that undated acts are seen on both sides.
START = TODAY - timedelta(days=1500)


def made_up(chance: random.Random) -> Row:
    """An agreement with random acts. The order of the acts of a party is that of the days, so that most are allowed."""
    parties = [ALBA, BORIA, CARIA, DELTA][: chance.randint(1, 4)]

    def day() -> str | None:
        found = START + timedelta(days=chance.randint(0, 2000))
        shape = chance.random()
        if shape < 0.1:
            return None
        return f"{found.year}" if shape < 0.2 else f"{found:%Y-%m}" if shape < 0.35 else found.isoformat()

    rows: list[Row] = []
    for party in parties:
        for _ in range(chance.randint(0, 5)):
            row: Row = {"party": party, "act": chance.choice([None, "initialled", "signed", "ratified", "accepted",
                                                             "acceded", "acceded", "withdrew", "other"]), "on": day()}  # fmt: skip
            if row["act"] in BINDING and chance.random() < 0.7:
                row["share"] = chance.choice([5, 12.25, 20, 25])
            if chance.random() < 0.1:
                row["capacity"] = chance.choice(["party", "witness"])
            rows.append(row)
    chance.shuffle(rows)
    rule: Row | None = None
    if chance.random() < 0.75:
        rule = {"parties": chance.choice([None, 1, 2, 3]), "share": chance.choice([None, 17.25, 40, 60]),
                "needs": chance.sample(parties, chance.choice([0, 0, 1])), "text": "A rule.",
                "after": chance.choice([None, "P30D", "P1M", "P2W", "P1Y"])}  # fmt: skip
    return {
        "process": "hill-climate", "kind": "treaty", "parties": chance.choice([parties, []]), "signatures": rows,
        "in_force_on": chance.choice([None, None, None, day()]), "entry_into_force": rule,
    }  # fmt: skip


def allowed(rows: list[Row]) -> list[Row]:
    """The rows without withdrawals of parties that were never bound and acts before the signature, which are rejected."""
    signed = {row["party"] for row in rows if row["act"] in (None, "signed")}
    kept = [row for row in rows if not (row["act"] in BINDING and row["party"] in signed and row["party"] != ALBA)]

    def was_bound(row: Row) -> bool:
        last = last_day(row["on"])
        return any(
            one["party"] == row["party"] and one["act"] in BINDING
            and (last is None or one["on"] is None or (first_day(one["on"]) or date.min) <= last)
            for one in kept
        )  # fmt: skip

    return [row for row in kept if row["act"] != "withdrew" or was_bound(row)]


async def test_generated_acts_stand_as_the_oracle_says(own_hillside: httpx.AsyncClient) -> None:
    chance = random.Random(16)  # noqa: S311 - the same agreements in every run
    bodies: dict[str, Row] = {}
    for number in range(150):
        body = made_up(chance)
        body["signatures"] = allowed(body["signatures"])
        # Alba's acts are not filtered above: its signatures must not be certain.
        for row in body["signatures"]:
            if row["party"] == ALBA and row["act"] in (None, "signed"):
                row["on"] = None
        bodies[f"made-up-{number}"] = {"slug": f"made-up-{number}", "title": f"Made up {number}", **body}
    dossier = {"format": "parley-dossier/1", "slug": "made-up", "title": "Made up",
               "records": {"agreements": list(copy.deepcopy(bodies).values())}}  # fmt: skip
    written = await own_hillside.post("/v1/dossiers", json=dossier)
    assert written.status_code == 200, written.text
    seen: set[str] = set()
    for step in (-10, 200, 500, 800, 1100, 1400, 1499, 1500, 1501, 1700, 2100, 2600):
        day = START + timedelta(days=step)
        page = await read(own_hillside, "agreements", process="hill-climate", include="standing", limit=500,
                          fields="slug,standing", state_on=day.isoformat())  # fmt: skip
        found: dict[str, Any] = {row["slug"]: plain(row["standing"]) for row in page["data"] if row["slug"] in bodies}
        assert found.keys() == bodies.keys()
        for slug, body in bodies.items():
            assert found[slug] == standing(body, day, TODAY), (slug, day, body)
            seen.add(found[slug]["word"])
    assert seen == {"none", "initialled", "signed", "partly_ratified", "ratified", "in_force", "other"}
