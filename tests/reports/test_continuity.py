"""Continuity, silences and co-presence: the rows of a second computation over the dossiers, and the questions."""

from datetime import date
from itertools import combinations, pairwise
from statistics import median
from typing import Any

import httpx
import pytest

from tests.demands.oracle import first_day, last_day
from tests.reports.bundled import RECORDS, WORLD, report, rows

TALKS = {talk["slug"]: talk for talk in RECORDS["talks"]}
NOT_HELD = {"announced", "postponed", "cancelled"}
PROCESSES = sorted(WORLD.processes)


def sittings(process: str, on: date) -> list[dict[str, Any]]:
    found = [
        {**talk, "first": first_day(talk["start"]), "last": min(last_day(talk.get("end") or talk["start"]) or on, on)}
        for talk in TALKS.values()
        if talk["process"] == process
        and not talk.get("parent")
        and talk.get("status") not in NOT_HELD
        and talk.get("start")
        and (last_day(talk["start"]) or on) <= on
    ]
    return sorted(
        found, key=lambda talk: (talk["first"], last_day(talk["start"]), talk.get("ordinal") or 99, talk["slug"])
    )


def seats(talk: str) -> dict[str, dict[str, Any]]:
    return {row["party"]: row for row in WORLD.delegations if row["talk"] == talk}


def named(seat: dict[str, Any], announced: bool) -> dict[str, dict[str, Any]]:
    out = {"absent"} if announced else {"absent", "announced"}
    return {row["person"]: row for row in seat.get("members", ()) if row.get("presence") not in out}


def without_experts(members: dict[str, dict[str, Any]]) -> int:
    return sum(row.get("function") != "expert" for row in members.values())


def head(members: dict[str, dict[str, Any]]) -> str | None:
    return next((person for person, row in members.items() if row.get("function") == "head"), None)


def compared(one: Any, two: Any, announced: bool) -> dict[str, Any]:
    before, after = named(one, announced), named(two, announced)
    sized = without_experts(before), without_experts(after)
    kept = before.keys() & after.keys()
    sizes: Any = (one.get("size"), two.get("size"))
    low = high = single = None
    if None not in sizes:
        hidden = max(sizes[0] - sized[0], 0), max(sizes[1] - sized[1], 0)
        all_before, all_after = len(before) + hidden[0], len(after) + hidden[1]
        # Try every number of unnamed members who may be somebody of the other list.
        most = max(
            len(kept) + known_after + known_before + both
            for known_after in range(min(len(before) - len(kept), hidden[1]) + 1)
            for known_before in range(min(len(after) - len(kept), hidden[0]) + 1)
            for both in range(min(hidden[0] - known_before, hidden[1] - known_after) + 1)
        )
        if all_before + all_after:
            low = round(len(kept) / (all_before + all_after - len(kept)), 6)
            high = round(most / (all_before + all_after - most), 6)
            single = low if hidden == (0, 0) else None
    return {
        "kept": sorted(kept),
        "joined": sorted(after.keys() - kept),
        "left": sorted(before.keys() - kept),
        "earlier_named": sized[0],
        "later_named": sized[1],
        "earlier_experts": len(before) - sized[0],
        "joined_is_certain": sizes[0] is not None and sized[0] >= sizes[0],
        "left_is_certain": sizes[1] is not None and sized[1] >= sizes[1],
        "earlier_head": head(before),
        "later_head": head(after),
        "jaccard": single,
        "jaccard_low": low,
        "jaccard_high": high,
    }


@pytest.mark.parametrize("announced", [False, True])
@pytest.mark.parametrize("series", ["", "all"])
async def test_continuity_is_what_a_second_computation_finds(
    client: httpx.AsyncClient, series: str, announced: bool
) -> None:
    on, expected, got = date(2026, 2, 20), {}, {}
    for process in PROCESSES:
        taken: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for talk in sittings(process, on):
            for party, seat in seats(talk["slug"]).items():
                if seat.get("is_seated", True) and (series or talk.get("kind")):
                    taken.setdefault((party, series or talk["kind"]), []).append({**talk, "seat": seat})
        for (party, kind), talks in taken.items():
            for one, two in pairwise(talks):
                expected[party, kind, one["slug"], two["slug"]] = {
                    **compared(one["seat"], two["seat"], announced),
                    "days": max((two["first"] - one["last"]).days, 0),
                }
        query = f"on={on}&announced={announced}{'&series=all' if series else ''}"
        for row in await rows(client, f"/v1/processes/{process}/continuity?{query}"):
            got[row["party"], row["series"], row["earlier"], row["later"]] = row
    assert got.keys() == expected.keys() and len(got) > 25
    for pair, row in expected.items():
        assert {name: got[pair][name] for name in row} == row, pair


def present(process: str, on: date, of: str) -> list[tuple[str, frozenset[str]]]:
    """Who was at each sitting and at each of its parts, with the slug of the sitting."""
    roots = {talk["slug"] for talk in sittings(process, on)}
    found = []
    for slug, talk in TALKS.items():
        if slug not in roots and talk.get("status") in NOT_HELD:
            continue
        root = slug
        while TALKS[root].get("parent"):
            root = TALKS[root]["parent"]
        group: set[str] = set()
        for party, seat in seats(slug).items() if root in roots else ():
            if of == "people":
                group |= named(seat, False).keys()
            elif seat.get("is_seated", True) or {"mediator", "facilitator"} & set(seat.get("roles", ())):
                group.add(party)
        found.append((root, frozenset(group)))
    return found


def pairs(process: str, on: date, of: str) -> dict[tuple[str, str], set[str]]:
    """The sittings at which two sat together: at the sitting itself, or at the same part of it."""
    found: dict[tuple[str, str], set[str]] = {}
    for root, group in present(process, on, of):
        for pair in combinations(sorted(group), 2):
            found.setdefault(pair, set()).add(root)
    return found


@pytest.mark.parametrize("process", PROCESSES)
async def test_silences_are_what_a_second_computation_finds(client: httpx.AsyncClient, process: str) -> None:
    on = date(2026, 3, 1)
    in_order = sittings(process, on)
    met = {
        pair: [talk for talk in in_order if talk["slug"] in roots]
        for pair, roots in pairs(process, on, "parties").items()
    }
    ended = WORLD.processes[process].get("ended")
    until = min(on, last_day(ended) or on) if ended else on
    expected = {}
    for pair, talks in met.items():
        gaps = [
            max((two["first"] - max(t["last"] for t in talks[: number + 1])).days, 0)
            for number, two in enumerate(talks[1:])
        ]
        last = max(talk["last"] for talk in talks)
        expected[pair] = (
            len(talks), max(gaps, default=None), median(gaps) if gaps else None, max((until - last).days, 0)
        )  # fmt: skip
    found = await rows(client, f"/v1/processes/{process}/silences?on={on}")
    got = {
        (row["party"], row["other"]): (row["sittings"], row["longest_days"], row["median_days"], row["since_last"])
        for row in found
    }
    assert got == expected
    # The longest silence is first; pairs that sat together once are last.
    lengths = [-1 if row["longest_days"] is None else row["longest_days"] for row in found]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("of", ["people", "parties"])
@pytest.mark.parametrize("process", PROCESSES)
async def test_co_presence_is_what_a_second_computation_finds(client: httpx.AsyncClient, process: str, of: str) -> None:
    on = date(2026, 3, 1)
    places: dict[str, set[str]] = {}
    for root, group in present(process, on, of):
        for one in group:
            places.setdefault(one, set()).add(root)
    together = {pair: len(roots) for pair, roots in pairs(process, on, of).items()}
    got = {}
    for row in await rows(client, f"/v1/processes/{process}/co-presence?on={on}&of={of}"):
        got[row["one"], row["other"]] = row["together"]
        union = len(places[row["one"]]) + len(places[row["other"]]) - row["together"]
        assert row["jaccard"] == round(row["together"] / union, 6) and len(row["talks"]) == row["together"]
    assert got == together


async def test_questions_that_have_one_address(client: httpx.AsyncClient) -> None:
    found = await rows(
        client,
        "/v1/processes/russia-ukraine/continuity?party=ukraine&announced=true&talk=istanbul-2025-05-16,istanbul-2025-06-02",
    )
    assert [(row["left"], row["joined"], row["jaccard_reason"]) for row in found] == [
        (["oleksii-malovatskyi"], ["yevhenii-ostrianskyi", "yurii-kovbasa"], "incomplete")
    ]
    found = await rows(client, "/v1/processes/russia-ukraine/continuity?series=all&party=ukraine&on=2026-02")
    replaced = [one for row in found for one in row["replaced"]]
    assert {(one["left"], one["joined"], one["at"]) for one in replaced} >= {
        ("andrii-yermak", "kyrylo-budanov", "geneva-2025-11-23")
    }
    assert {one["basis"] for one in replaced} == {"computed"}
    found = await rows(client, "/v1/processes/russia-ukraine/continuity?series=all&party=russia,ukraine")
    assert {(row["earlier_head"], row["later_head"]) for row in found if row["is_head_changed"]} >= {
        ("vladimir-medinsky", "igor-kostyukov")
    }
    longest = (await rows(client, "/v1/processes/russia-ukraine/silences?party=russia"))[0]
    assert (longest["party"], longest["longest_days"], longest["silent_from"], longest["silent_to"]) == (
        "russia", 1144, "istanbul-2022-03-29", "istanbul-2025-05-16"
    )  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES)
async def test_silences_and_co_presence_name_the_same_pairs(client: httpx.AsyncClient, process: str) -> None:
    silences = await rows(client, f"/v1/processes/{process}/silences")
    edges = await rows(client, f"/v1/processes/{process}/co-presence?of=parties")
    assert {(row["party"], row["other"], *row["talks"]) for row in silences} == {
        (row["one"], row["other"], *row["talks"]) for row in edges
    }


def had_post(process: str, party: str, person: str, post: str) -> list[str]:
    return [
        row["talk"]
        for row in WORLD.delegations
        if row["party"] == party and TALKS[row["talk"]]["process"] == process and not TALKS[row["talk"]].get("parent")
        for member in row.get("members", ())
        if (member["person"], member.get("post")) == (person, post)
    ]


@pytest.mark.parametrize("series", ["", "?series=all"])
async def test_nobody_replaces_a_person_who_is_still_there_or_a_post_held_before(
    client: httpx.AsyncClient, series: str
) -> None:
    claims = 0
    for process in PROCESSES:
        order = [talk["slug"] for talk in sittings(process, date.today())]
        for row in await rows(client, f"/v1/processes/{process}/continuity{series}"):
            sitting = {one["person"] for seat in seats(row["later"]).values() for one in seat.get("members", ())}
            both = [named(seats(row[name])[row["party"]], False) for name in ("earlier", "later")]
            unsure = {person for each in both for person, member in each.items() if member.get("confidence") == "low"}
            assert row["uncertain"] == sorted(unsure)
            for one in row["replaced"]:
                claims += 1
                assert one["left"] not in sitting
                own = had_post(process, row["party"], one["joined"], one["post"])
                until = order.index(one["at"]) if not series else order.index(row["later"]) - 1
                assert not {*order[: until + 1]} & set(own), one
                again = had_post(process, row["party"], one["left"], one["post"])
                assert not set(order[order.index(row["later"]) :]) & set(again), one
                held = seats(one["at"])[row["party"]]["members"]
                assert [each["person"] for each in held if each.get("post") == one["post"]] == [one["left"]]
    assert claims


def participants(process: str, on: date, announced: bool) -> dict[tuple[str, str], dict[str, Any]]:
    """By party and person: the sittings, and the posts and functions at each talk."""
    order = {talk["slug"]: talk for talk in sittings(process, on)}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for slug, talk in TALKS.items():
        root = slug
        while TALKS[root].get("parent"):
            root = TALKS[root]["parent"]
        if root not in order or (slug != root and talk.get("status") in NOT_HELD):
            continue
        for party, seat in seats(slug).items():
            for person, member in named(seat, announced).items():
                one = found.setdefault((party, person), {"roots": set(), "at": set()})
                one["roots"].add(root)
                one["at"].add((slug, member.get("post"), member.get("function"), member.get("presence")))
    for one in found.values():
        one["first"] = min(order[root]["first"] for root in one["roots"])
        one["last"] = max(order[root]["last"] for root in one["roots"])
    return found


@pytest.mark.parametrize(("process", "announced"), [(process, process != PROCESSES[0]) for process in PROCESSES])
async def test_participants_are_what_a_second_computation_finds(
    client: httpx.AsyncClient, process: str, announced: bool
) -> None:
    on = date(2026, 2, 20)
    expected = participants(process, on, announced)
    got = await rows(client, f"/v1/processes/{process}/participants?on={on}&announced={announced}")
    assert {(row["party"], row["person"]) for row in got} == expected.keys()
    answer = await report(client, f"/v1/processes/{process}/participants?on={on}&announced={announced}&limit=1")
    only = participants(process, on, True).keys() - participants(process, on, False).keys()
    assert answer["announced_only"] == len(only)
    for row in got:
        one = expected[row["party"], row["person"]]
        assert (row["sittings"], row["first_day"], row["last_day"]) == (
            len(one["roots"]),
            str(one["first"]),
            str(one["last"]),
        )
        at = [(each["talk"], each["post"], each["function"], each["presence"]) for each in row["appearances"]]
        assert len(at) == len(one["at"]) and set(at) == one["at"]
        days = [each["start_min"] for each in row["appearances"]]
        assert days == sorted(days)
        if row["person"] == "josh-gruenbaum":
            (unsure,) = [each for each in row["appearances"] if each["talk"] == "abu-dhabi-2026-01-23"]
            assert unsure["confidence"] == "low" and "not stated" in unsure["note"]
        assert row["posts"] == list(dict.fromkeys(each["post"] for each in row["appearances"] if each["post"]))


async def test_who_sat_both_in_2022_and_in_2025_and_2026_with_their_posts(client: httpx.AsyncClient) -> None:
    address = "/v1/processes/russia-ukraine/participants?during=2022,2025/2026"
    years = {talk["slug"]: {talk["first"].year, talk["last"].year} for talk in sittings("russia-ukraine", date.today())}
    for announced in (False, True):
        expected = set()
        for key, one in participants("russia-ukraine", date.today(), announced).items():
            when = set().union(*(years[root] for root in one["roots"]))
            if 2022 in when and {2025, 2026} & when:
                expected.add(key)
        found = {(row["party"], row["person"]): row for row in await rows(client, f"{address}&announced={announced}")}
        assert found.keys() == expected
    assert {key: row["posts"] for key, row in found.items()} == {
        ("russia", "alexander-fomin"): ["Deputy defence minister"],
        ("russia", "sergey-lavrov"): ["Foreign minister"],
        # In the words of the sources: the article of 2 June 2025 writes "Head Russian negotiator" and "Defense Minister".
        ("russia", "vladimir-medinsky"): ["Presidential aide", "Head Russian negotiator"],
        ("ukraine", "davyd-arakhamia"): ["Head of the Servant of the People group"],
        ("ukraine", "rustem-umerov"): [
            "Member of parliament", "Defence minister", "Defense Minister", "Secretary of the National Security and Defence Council",
        ],
    }  # fmt: skip
    days = [(row["first_day"], row["last_day"]) for row in found.values() if row["person"] == "rustem-umerov"]
    assert days == [("2022-02-28", "2026-02-26")]
    assert {row["person"] for row in await rows(client, f"{address}&party=ukraine")} == {
        "davyd-arakhamia",
        "rustem-umerov",
    }
    wrong = await client.get("/v1/processes/russia-ukraine/participants?during=2022/..&party=ukrain")
    assert wrong.status_code == 422
    assert {error["parameter"].split(".")[0] for error in wrong.json()["errors"]} <= {"during", "party"}


async def test_no_sittings_are_no_rows(client: httpx.AsyncClient) -> None:
    for name in ("continuity", "silences", "co-presence", "participants"):
        assert not await rows(client, f"/v1/processes/iran-nuclear/{name}?on=1900")
        assert not await rows(client, f"/v1/processes/iran-nuclear/{name}?known_by=1900-01-01")
        assert (await client.get(f"/v1/processes/atlantis/{name}")).status_code == 404
    wrong = await client.get("/v1/processes/iran-nuclear/continuity?party=nobody&talk=nowhere")
    assert [error["parameter"] for error in wrong.json()["errors"]] == ["party", "talk"]
