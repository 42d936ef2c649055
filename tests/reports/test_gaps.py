"""`/v1/processes/{key}/gaps`: every row is computed a second time from the dossier files, point by point."""

from datetime import date
from typing import Any

import httpx
import pytest

from app.reports.distances import range_of
from tests import world
from tests.conftest import Client
from tests.demands import oracle
from tests.dossier_rows import every
from tests.reports.plain import SCORES, Plain

TODAY = date.today().isoformat()
RUSSIA_UKRAINE = ("russia-ukraine", ("russia", "ukraine"))
CASES = [
    *((*RUSSIA_UKRAINE, day) for day in ("2022-04-16", "2025-06-03", "2025-06-05", TODAY)),
    *(("russia-ukraine", (), day) for day in ("2025-06-05", "2025-12-24", TODAY)),
    *(("colombia-farc", (), day) for day in ("2012-08-26", "2016-10-03", TODAY)),
    *(("iran-nuclear", (), day) for day in ("2013-11-25", "2015-04-02", TODAY)),
    *(("israel-hamas", (), day) for day in ("2025-10-04", TODAY)),
]


async def read(client: httpx.AsyncClient, process: str, query: str, status: int = 200) -> dict[str, Any]:
    got = await client.get(f"/v1/processes/{process}/gaps?{query}")
    assert got.status_code == status, got.text
    return dict(got.json())


class Gaps:
    """The gaps of a process on a day, as the guide defines them."""

    def __init__(self, plain: Plain, process: str, day: date, parties: tuple[str, ...]) -> None:
        self.plain, self.day, self.parties = plain, day, set(parties)
        self.tabled = [point for point in plain.points(process) if plain.first_day(point) <= day]
        self.points = [one for one in self.tabled if not parties or plain.owners(one) & self.parties]
        inside = plain.processes_below(process)
        self.agreements = [
            row
            for row in plain.world.agreements.values()
            if (row["process"] in inside or self.incorporated(row)) and self.in_force(row)
        ]

    def incorporated(self, agreement: dict[str, Any]) -> set[str]:
        """The points that the agreement incorporates."""
        adopted = set(agreement.get("proposals", ()))
        found = set()
        for point in self.tabled:
            targets = [link["demand"] for link in point["links"] if link["kind"] == "incorporated_in"]
            proposals = {point["proposal"], *(self.plain.world.demands[one]["proposal"] for one in targets)}
            found |= {point["slug"]} if proposals & adopted else set()
        return found

    def in_force(self, agreement: dict[str, Any]) -> bool:
        world, status = self.plain.world, agreement.get("status")
        if status in ("rejected", "lapsed", "disputed", "breached", "announced"):
            return False
        start = oracle.last_day(agreement.get("in_force_on") or agreement.get("agreed_on")) or self.plain.today
        until = agreement.get("until")
        if start > self.day or (until and (oracle.last_day(until) or date.max) < self.day):
            return False
        if status != "superseded":
            return True
        ends = []
        for proposal in world.proposals.values():
            for relation in proposal.get("relations", ()):
                targets = (relation.get("agreement"), relation.get("proposal"))
                if relation["kind"] == "supersedes" and (
                    targets[0] == agreement["slug"] or targets[1] in agreement.get("proposals", ())
                ):
                    for later in world.agreements.values():
                        is_other = later["slug"] != agreement["slug"]
                        if is_other and proposal["slug"] in later.get("proposals", ()) and later.get("agreed_on"):
                            ends.append(oracle.last_day(later["agreed_on"]) or date.max)
        return bool(ends) and self.day < min(ends)

    def taken_up(self, agreement: dict[str, Any]) -> set[str]:
        """The demands that outcomes in which something was agreed name with the agreement."""
        return {
            one["demand"]
            for row in [*every("talks"), *every("processes")]
            for one in row.get("outcomes", ())
            if one.get("agreement") == agreement["slug"] and "demand" in one and "agree" in one["kind"]
        }

    def is_on_table(self, point: dict[str, Any]) -> bool:
        world, plain = self.plain.world, self.plain
        for how in ("superseded", "withdrawn", "lapsed"):
            if how in self.closings(point):
                return False
        return not any(
            plain.primary(other) is not None
            and plain.primary(other) == plain.primary(point)
            and set(other["claimants"]) & set(point["claimants"])
            and plain.first_day(other) > plain.first_day(point)
            for other in self.tabled
            if world.demands[other["slug"]]
        )

    def closings(self, point: dict[str, Any]) -> set[str]:
        """How the point was closed by the day, by all events and not only the first."""
        plain, world, found = self.plain, self.plain.world, set()
        proposal = world.proposals[point["proposal"]]

        def has_come(text: str | None) -> bool:
            return (oracle.last_day(text) or plain.today) <= self.day

        for later in world.proposals.values():
            for relation in later.get("relations", ()):
                if (relation["kind"], relation.get("proposal")) == ("supersedes", proposal["slug"]):
                    found |= {"superseded"} if has_come(world.tabling(later["slug"])) else set()
        for field, how in (("withdrawn_on", "withdrawn"), ("lapsed_on", "lapsed")):
            found |= {how} if proposal.get(field) and has_come(proposal[field]) else set()
        for kind, other in world.linking.get(point["slug"], ()):
            on = world.tabling(other["proposal"])
            if (
                kind in ("withdraws", "strikes_out")
                and other["proposal"] != point["proposal"]
                and set(other["claimants"]) & set(point["claimants"])
                and on is not None
                and (oracle.last_day(on) or date.max) >= plain.first_day(point)
            ):
                found |= {"withdrawn"} if has_come(on) else set()
        return found

    def answers(self, point: dict[str, Any]) -> dict[str, str]:
        """The words of the identifiable parties whose answers count or are awaited."""
        world = self.plain.world
        state = oracle.state(world, point["slug"], self.day)
        counted = {one["party"]: one["counted_as"] for one in state["answers"]}
        asked = set() if point["act"] == "step" else oracle.respondents(world, point)
        return {
            party: counted.get(party, "silent")
            for party in asked | counted.keys()
            if not world.is_group(party) and (not self.parties or party in self.parties)
        }

    def rows(self) -> dict[str | None, dict[str, Any]]:
        codes: set[str | None] = {self.plain.primary(point) for point in self.points}
        codes |= {
            row["issue"] if isinstance(row, dict) else row for one in self.agreements for row in one.get("issues", ())
        }
        return {code: self.row(code) for code in codes}

    def row(self, code: str | None) -> dict[str, Any]:
        points = [point for point in self.points if self.plain.primary(point) == code]
        shown = [point for point in points if self.is_on_table(point)]
        gaps: dict[str, tuple[float, float]] = {}
        objects: dict[str, set[str]] = {}
        movers: dict[str, list[str]] = {}
        answered = False
        for point in shown:
            words = {party: word for party, word in self.answers(point).items() if word != "declared_moot"}
            if not words:
                continue
            scores = {party: SCORES.get(word) for party, word in words.items()}
            slug = point["slug"]
            gaps[slug] = (
                max((2 - (2 if score is None else score)) / 4 for score in scores.values()),
                max((2 - (-2 if score is None else score)) / 4 for score in scores.values()),
            )
            objects[slug] = {party for party, score in scores.items() if score is not None and score < 0}
            movers[slug] = sorted(party for party, score in scores.items() if score is None or score < 1)
            answered |= any(score is not None for score in scores.values())
        best = [slug for slug in gaps if gaps[slug][::-1] == min(gap[::-1] for gap in gaps.values())]
        low, high = gaps[best[0]] if best else (None, None)
        objecting = {party for slug in best for party in objects[slug]}
        accepted = {slug for slug, (_, high) in gaps.items() if high == 0}
        agreed = [
            row["slug"]
            for row in self.agreements
            if self.incorporated(row) & {one["slug"] for one in shown} or self.taken_up(row) & accepted
        ]
        if not shown:
            status = "unspoken"
        elif agreed:
            status = "agreed"
        elif best and (low, high) == (0, 0):
            status = "declared_zone"
        elif len({party for one in shown for party in one["claimants"]}) == 1 and not answered:
            status = "one_sided"
        elif len(objecting) == 1:
            status = "one_objects"
        else:
            status = "contested" if objecting else "unsettled"
        fewest = min((len(parties) for parties in movers.values()), default=0)
        return {
            "status": status, "low": low, "high": high, "best": set(best), "objecting": sorted(objecting),
            "move": {slug: parties for slug, parties in movers.items() if fewest and len(parties) == fewest},
            "on_table": len(shown), "off_table": {one["slug"] for one in points} - {one["slug"] for one in shown},
            "agreements": sorted(agreed),
        }  # fmt: skip


def shown(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: row[name] for name in ("status", "low", "high", "objecting", "on_table", "agreements")}
    move = {one["demand"]: one["parties"] for one in row["move"]}
    return {**plain, "best": set(row["best"]), "off_table": set(row["off_table"]), "move": move}


@pytest.mark.parametrize(("process", "parties", "day"), CASES)
async def test_each_row_is_what_the_files_say(
    client: httpx.AsyncClient, plain: Plain, process: str, parties: tuple[str, ...], day: str
) -> None:
    answer = await read(client, process, f"on={day}" + (f"&parties={','.join(parties)}" if parties else ""))
    found = {row["issue"] and row["issue"]["code"]: shown(row) for row in answer["data"]}
    expected = Gaps(plain, process, date.fromisoformat(day), parties).rows()
    assert found.keys() == expected.keys()
    assert {code: (found[code], row) for code, row in expected.items() if found[code] != row} == {}
    order = [(row["high"] is None, row["high"], row["low"]) for row in answer["data"]]
    known = [one for one in order if not one[0]]
    assert known == sorted(known) and order[: len(known)] == known


async def test_where_russia_and_ukraine_were_closest_and_who_would_have_had_to_move(client: httpx.AsyncClient) -> None:
    after = (await read(client, "russia-ukraine", "on=2025-06-05&parties=russia,ukraine"))["data"]
    before = (await read(client, "russia-ukraine", "known_by=2025-06-03&parties=russia,ukraine"))["data"]
    assert [(row["issue"]["code"], row["status"], row["high"]) for row in after[:3]] == [
        ("DETN.REMAINS", "agreed", 0), ("DETN.CHILDREN", "unsettled", 0.25), ("DETN.EXCHANGE", "unsettled", 0.25),
    ]  # fmt: skip
    both = [{row["issue"]["code"]: row for row in rows} for rows in (after, before)]
    neutrality = [rows["EXTL.NEUTRALITY"] for rows in both]
    # On 3 June, Ukraine was studying the memorandum; on 4 June it rejected it.
    assert [(row["status"], row["low"], row["objecting"]) for row in neutrality] == [
        ("contested", 1, ["russia", "ukraine"]), ("unsettled", 0.5, []),
    ]  # fmt: skip
    assert {one["demand"]: one["parties"] for one in neutrality[1]["move"]} == {
        "ukrainian-memorandum-2025-05-28-5a": ["russia"],
        "russian-memorandum-2025-06-02-i-2a": ["ukraine"],
        "russian-memorandum-2025-06-02-i-3": ["ukraine"],
    }
    # The bodies were agreed on as the memorandum offered; of the exchange of all prisoners, only a part was.
    assert [rows["DETN.REMAINS"]["agreements"] for rows in both] == [["return-of-bodies-2025-06-02"]] * 2
    exchange = [rows["DETN.EXCHANGE"] for rows in both]
    assert [(row["status"], row["agreements"]) for row in exchange] == [("unsettled", [])] * 2
    assert all("prisoner-exchange-2025-06-02" in row["agreements_on_issue"] for row in exchange)
    law = [rows["GOVN.MARTIAL_LAW"] for rows in both]
    assert [(row["high"], row["move"][0]["parties"]) for row in law] == [(1, ["ukraine"]), (0.5, ["ukraine"])]


async def test_categories_name_their_widest_issue(client: httpx.AsyncClient) -> None:
    leaves = (await read(client, "russia-ukraine", "on=2025-06-05"))["data"]
    tops = (await read(client, "russia-ukraine", "on=2025-06-05&level=top"))["data"]
    assert {row["issue"]["level"] for row in tops if row["issue"]} == {0}
    assert sum(row["on_table"] for row in tops) == sum(row["on_table"] for row in leaves)
    for row in tops:
        below = [one for one in leaves if one["issue"]["code"].partition(".")[0] == row["issue"]["code"]]
        known = [one for one in below if one["high"] is not None]
        if known:
            assert row["high"] == min(one["high"] for one in known)
            widest = max(known, key=lambda one: (one["high"], one["low"]))
            of = next(one for one in below if one["issue"] == row["widest_leaf"])
            assert (of["high"], of["low"]) == (widest["high"], widest["low"])
        else:
            assert (row["widest_leaf"], row["high"]) == (None, None) and row["reason"]


async def test_how_far_apart_the_ceilings_on_forces_were(client: httpx.AsyncClient) -> None:
    rows = (await read(client, "russia-ukraine", "issue=EXTL.FORCELIMITS&on=2025-12-01"))["data"]
    stated = {one["demand"]: one for row in rows for compared in row["quantities"] for one in compared["stated"]}
    assert rows[0]["issue"]["code"] == "EXTL.FORCELIMITS"
    # The US plan limits "military personnel", the E3 plan "military personnel in peacetime": not the same thing.
    assert stated == {}


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": 5}, (5, 5)),
        ({"value": 5, "bound": "at_most"}, (None, 5)),
        ({"value": 5, "bound": "at_least"}, (5, None)),
        ({"min": 3, "max": 6}, (3, 6)),
        ({"min": 3}, (3, None)),
        ({"min": 3, "max": 6, "text": "three or six"}, None),
        ({"text": "to be agreed"}, None),
    ],
)
def test_what_a_quantity_allows(quantity: dict[str, Any], expected: object) -> None:
    assert range_of(quantity) == expected


# --- edge cases


async def test_a_small_process_from_silence_to_agreement(world_client: Client) -> None:
    async def gap(query: str = "issue=WDRW.TROOPS") -> dict[str, Any]:
        return dict((await read(world_client, "alba-boria", query))["data"][0])

    silent = await gap()
    assert (silent["status"], silent["low"], silent["high"]) == ("one_sided", 0, 1)
    assert silent["move"] == [{"demand": "plan-1", "parties": ["boria"]}]
    other = {"demand": "plan-1", "responder": "boria"}
    await world.answer(world_client, **other, stance="rejected", said_on="2020-03-03")
    refused = await gap()
    assert (refused["status"], refused["low"], refused["high"], refused["objecting"]) == (
        "one_objects",
        1,
        1,
        ["boria"],
    )
    await world.answer(world_client, **other, stance="declared_moot", said_on="2020-03-04")
    moot = await gap()
    assert (moot["low"], moot["reason"], moot["points"][0]["reason"]) == (None, "declared_moot", "declared_moot")
    await world.answer(world_client, **other, stance="accepted", said_on="2020-03-05")
    assert (await gap())["status"] == "declared_zone"
    # An agreement without a text took the point up, as an outcome of the process says.
    oral = {
        "slug": "oral",
        "process": "alba-boria",
        "title": "Oral",
        "kind": "partial",
        "agreed_on": "2020-03-05",
        "status": "agreed",
    }
    assert (await world_client.post("/v1/agreements", json=oral)).status_code == 201
    outcome = {"kind": "agreement", "text": "Boria withdraws", "agreement": "oral", "demand": "plan-1"}
    headers = {"Content-Type": "application/merge-patch+json"}
    patched = await world_client.patch("/v1/processes/alba-boria", json={"outcomes": [outcome]}, headers=headers)
    assert patched.status_code == 200, patched.text
    assert ((await gap())["status"], (await gap())["agreements"]) == ("agreed", ["oral"])
    assert (await gap("issue=WDRW.TROOPS&on=2020-03-04"))["status"] != "agreed"
    lineage = (await world_client.get("/v1/demands/plan-1/lineage")).json()["data"]
    assert [(row["kind"], row["target"]) for row in lineage] == [("taken_up_by", "agreements/oral")]
    assert (await world_client.delete("/v1/agreements/oral?reason=made+up")).status_code == 204
    agreement = {"slug": "peace", "process": "alba-boria", "title": "Peace", "kind": "final", "proposals": ["plan"],
                 "parties": ["alba", "boria"], "agreed_on": "2020-03-06", "status": "signed"}  # fmt: skip
    assert (await world_client.post("/v1/agreements", json=agreement)).status_code == 201
    agreed = await gap()
    assert (agreed["status"], agreed["agreements"]) == ("agreed", ["peace"])
    assert (await gap("issue=WDRW.TROOPS&on=2020-03-05"))["status"] == "declared_zone"
    # Two points without an issue are addressed to parties beyond the talks, the offer to nobody but Alba itself.
    rows = (await read(world_client, "alba-boria", "on=2020-03-02"))["data"]
    assert None in [row["issue"] for row in rows]


async def test_processes_that_have_nothing_to_compare(world_client: Client) -> None:
    created = {
        "slug": "quiet",
        "title": "Quiet",
        "kind": "peace",
        "parties": [{"party": "alba", "role": "negotiating"}],
    }
    assert (await world_client.post("/v1/processes", json=created)).status_code == 201
    for address in ("/v1/processes/quiet/gaps", "/v1/reports/positions?process=quiet"):
        got = await world_client.get(address)
        assert (got.status_code, got.json()["data"], got.json()["reason"]) == (200, [], "no_points"), got.text
    nobody = {"slug": "nobody", "title": "Nobody", "kind": "peace"}
    assert (await world_client.post("/v1/processes", json=nobody)).status_code == 201
    assert (await world_client.get("/v1/reports/positions?process=nobody")).json()["reason"] == "no_negotiating_parties"
    # One party, an oral demand without a date that addresses nobody.
    body = {"slug": "wish", "process": "quiet", "title": "A wish", "kind": "oral", "authors": ["alba"],
            "demands": [{"slug": "wish-1", "text": "Peace", "issues": ["CEAS"]}]}  # fmt: skip
    assert (await world_client.post("/v1/proposals", json=body)).status_code == 201
    row = (await world_client.get("/v1/processes/quiet/gaps")).json()["data"][0]
    assert (row["status"], row["low"], row["reason"], row["move"]) == ("one_sided", None, "nobody_asked", [])
    early = await world_client.get("/v1/processes/alba-boria/gaps?known_by=1900-01-01")
    assert (early.status_code, early.json()["data"]) == (200, [])


async def test_records_that_are_withdrawn_or_unknown(world_client: Client) -> None:
    assert (await read(world_client, "alba-borio", "", 404))["status"] == 404
    for query, parameter in (("parties=nobody", "parties"), ("issue=NOTHING", "issue"), ("level=all", "level")):
        got = await read(world_client, "alba-boria", query, 422)
        assert [error["parameter"] for error in got["errors"]] == [parameter]
    before = (await read(world_client, "alba-boria", ""))["data"]
    assert "delta" in {one["party"] for row in before for point in row["points"] for one in point["answers"]}
    # A claimant that was withdrawn is still named, as in lists.
    assert (await world_client.delete("/v1/parties/alba?reason=made+up")).status_code == 204
    after = (await read(world_client, "alba-boria", ""))["data"]
    assert [row["points"] for row in after] == [row["points"] for row in before]
    assert (await world_client.get("/v1/reports/positions?process=alba-boria")).status_code == 200
    assert (
        await world_client.post("/v1/processes", json={"slug": "q", "title": "Q", "kind": "peace"})
    ).status_code == 201
    assert (await world_client.delete("/v1/processes/q?reason=made+up")).status_code == 204
    for address in ("/v1/processes/q/gaps", "/v1/reports/positions?process=q"):
        assert (await world_client.get(address)).status_code == 410
