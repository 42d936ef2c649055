"""Former countries, and states that were succeeded by others. The congress is made up:
tests/material/any_negotiation/states.json."""

import csv
import random
from collections.abc import Iterable
from typing import Any

import pycountry
import pytest

from app.domain.countries import FORMER_COUNTRIES, is_present_code, present_successors
from tests.conftest import Client
from tests.reading.test_rare import way as way
from tests.talks.test_outcomes import congress as congress
from tests.talks.test_outcomes import found, slugs
from tests.talks.test_outcomes import own_congress as own_congress

VARN = "/v1/parties/kingdom-of-varn"


def test_every_former_country_has_present_successors() -> None:
    assert {one.four_letters for one in FORMER_COUNTRIES.values()} == {
        one.alpha_4 for one in pycountry.historic_countries
    }
    for code, one in FORMER_COUNTRIES.items():
        assert not is_present_code(code)
        assert present_successors(code), code
        assert all(is_present_code(later) or later in FORMER_COUNTRIES for later in one.successors), code


async def test_successions_are_read_from_both_ends(congress: Client) -> None:
    osk = await found(congress, "/v1/parties/duchy-of-osk")
    assert [(row["party"]["slug"], row["kind"], row["on"], row["note"]) for row in osk["succeeded_by"]] == [
        ("kingdom-of-varn", "merged_into", "1834-05-01", None),
        ("free-city-of-pell", "split_into", None, "Only the harbour."),
    ]
    varn = await found(congress, VARN)
    assert [(row["party"]["slug"], row["kind"], row["on"]) for row in varn["predecessors"]] == [
        ("duchy-of-osk", "merged_into", "1834-05-01")
    ]
    assert [row["slug"] for row in (await found(congress, "/v1/parties/east-varn"))["successors"]] == ["varnian-union"]
    table = (await congress.get("/v1/parties?rows=succession&format=csv&sort=slug")).text
    assert [(row["slug"], row["succession.party.slug"]) for row in csv.DictReader(table.splitlines())] == [
        ("duchy-of-osk", "kingdom-of-varn"), ("duchy-of-osk", "free-city-of-pell"), ("kingdom-of-varn", "east-varn")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("collection", "query", "expected"),
    [
        ("parties", "country=DE", ["varnia"]),
        ("parties", "country.succession=DE", ["duchy-of-osk", "east-varn", "kingdom-of-varn", "varnia"]),
        ("parties", "country.succession=DD", ["duchy-of-osk", "east-varn", "kingdom-of-varn"]),
        ("parties", "country.succession=SK", ["tamar"]),
        ("parties", "country.succession=PL", []),
        ("parties", "country.succession.none=DE,CZ", ["diet-of-varn", "free-city-of-pell", "varnian-union"]),
        ("people", "country.succession=DE", ["envoy-of-osk"]),
        ("people", "country=DE", []),
        ("places", "country.succession=RU", ["orvell-town"]),
        ("talks", "country.succession=UA", ["orvell-session"]),
        ("talks", "country=SU", ["orvell-session"]),
        ("processes", "country.succession=DE", ["congress-of-orvell"]),
        ("agreements", "country.succession=DE", ["act-of-orvell"]),
        ("agreements", "country.succession=SK", []),
    ],
)
async def test_a_country_finds_what_it_succeeded_only_if_asked(
    congress: Client, collection: str, query: str, expected: list[str]
) -> None:
    for clock in ("", "&as_of=1", "&known_by=2030"):
        # Under `known_by`, claims without a source are hidden.
        if not clock.startswith("&known") or collection in ("parties", "people", "places", "processes"):
            assert await slugs(congress, collection, query + clock) == expected, clock


async def test_facets_label_former_countries(congress: Client) -> None:
    facet = (await found(congress, "/v1/parties?limit=0&facets=country"))["facets"]["country"]["values"]
    assert {row["value"]: row["label"] for row in facet} == {
        "DD": "German Democratic Republic", "DE": None, "CSHH": "Czechoslovakia, Czechoslovak Socialist Republic",
        None: None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("CS", ["CSHH for Czechoslovakia", "1993-06-15", "CSXX for Serbia and Montenegro", "2006-09-26"]),
        ("DDDE", ["German Democratic Republic", "'DD'"]),
        ("UK", ["'UK'", "ISO 3166"]),
        ("SUN", ["'SUN'", "SU"]),
    ],
)
async def test_a_code_with_several_meanings_or_none_is_refused(congress: Client, code: str, words: list[str]) -> None:
    written = await congress.patch(VARN, json={"countries": ["DE", code]})
    read = await congress.get(f"/v1/parties?country.succession={code}")
    for got, place in ((written, {"pointer": "/countries/1"}), (read, {"parameter": "country.succession"})):
        assert got.status_code == 422
        (error,) = got.json()["errors"]
        assert error.items() >= place.items()
        assert all(word in error["message"] for word in words), error


@pytest.mark.parametrize(
    ("slug", "body", "pointer", "path"),
    [
        ("kingdom-of-varn", {"succeeded_by": [{"party": "kingdom-of-varn"}]}, "/succeeded_by", "itself"),
        (
            "east-varn", {"succeeded_by": [{"party": "varnia"}, {"party": "duchy-of-osk"}]}, "/succeeded_by",
            "east-varn → duchy-of-osk → kingdom-of-varn → east-varn",
        ),
        (
            "duchy-of-osk", {"successor_of": "varnian-union"}, "/succeeded_by",
            "duchy-of-osk → kingdom-of-varn → east-varn → varnian-union → duchy-of-osk",
        ),
        ("varnian-union", {"succeeded_by": [{"party": "east-varn"}]}, "/succeeded_by", "varnian-union → east-varn"),
        ("varnia", {"succeeded_by": [{"party": "tamar"}] * 2}, "/succeeded_by", "duplicates"),
        ("varnia", {"succeeded_by": [{"party": "tamer"}]}, "/succeeded_by/0/party", "tamer"),
        ("varnia", {"succeeded_by": [{"party": "tamar", "kind": "won"}]}, "/succeeded_by/0/kind", "merged_into"),
        ("varnia", {"succeeded_by": [{"party": "tamar", "on": "18"}]}, "/succeeded_by/0/on", "18"),
    ],
)  # fmt: skip
async def test_what_a_succession_cannot_be_is_named(
    congress: Client, slug: str, body: dict[str, Any], pointer: str, path: str
) -> None:
    got = await congress.patch(f"/v1/parties/{slug}", json=body)
    assert got.status_code == 422, got.text
    (error,) = got.json()["errors"]
    assert error["pointer"] == pointer
    assert path in f"{error['message']} {error.get('hint')}"


async def test_a_cycle_inside_one_body_is_named_once(congress: Client) -> None:
    ring = [("ring-a", "ring-b"), ("ring-b", "ring-c"), ("ring-c", "ring-a")]
    parties = [{"slug": slug, "name": slug, "kind": "state", "succeeded_by": [{"party": to}]} for slug, to in ring]
    body = {"format": "parley-dossier/1", "slug": "ring", "title": "Ring", "records": {"parties": parties}}
    got = await congress.post("/v1/dossiers", json=body)
    assert got.status_code == 422
    (error,) = got.json()["errors"]
    assert "ring-a → ring-b → ring-c → ring-a" in error["message"]


async def test_a_merge_that_makes_a_state_succeed_itself_is_refused(own_congress: Client) -> None:
    for lost, kept in (("duchy-of-osk", "east-varn"), ("duchy-of-osk", "varnian-union"), ("varnia", "tamar")):
        got = await own_congress.post(f"/v1/parties/{lost}/merge", json={"into": kept})
        if kept == "tamar":
            assert got.status_code == 200, got.text
        else:
            assert got.status_code == 409, got.text
            (error,) = got.json()["errors"]
            assert "itself" in error["message"]
    # The successions of a merged party belong to the other one, which undo reverses.
    merged = await own_congress.post("/v1/parties/free-city-of-pell/merge", json={"into": "tamar"})
    assert merged.status_code == 200, merged.text
    address = "/v1/parties/duchy-of-osk"
    assert [row["party"]["slug"] for row in (await found(own_congress, address))["succeeded_by"]][1] == "tamar"
    assert (await own_congress.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")).status_code == 201
    assert [row["party"]["slug"] for row in (await found(own_congress, address))["succeeded_by"]][1] == (
        "free-city-of-pell"
    )


async def test_a_party_can_be_sent_back_as_it_was_read(own_congress: Client) -> None:
    read = await own_congress.get("/v1/parties/duchy-of-osk")
    sent = await own_congress.put(
        "/v1/parties/duchy-of-osk", json=read.json(), headers={"If-Match": read.headers["etag"]}
    )
    assert (sent.status_code, sent.headers.get("etag")) == (200, read.headers["etag"]), sent.text


def earlier(parties: dict[str, Any], codes: Iterable[str]) -> set[str]:
    """The parties of these countries and all that came before them: repeated until nothing is added."""
    wanted = set(codes)
    while more := {code for code, one in FORMER_COUNTRIES.items() if wanted & set(one.successors)} - wanted:
        wanted |= more
    reached = {slug for slug, body in parties.items() if wanted & set(body["countries"])}
    while True:
        more = {
            slug
            for slug, body in parties.items()
            if slug not in reached
            and (
                {row["party"] for row in body["succeeded_by"]} & reached
                or any(parties[later].get("successor_of") == slug for later in reached)
            )
        }
        if not more:
            return reached
        reached |= more


async def test_successions_are_those_of_a_search_through_all_parties(own_congress: Client, way: str) -> None:
    dice = random.Random(16)  # noqa: S311 - made-up states
    codes = ["DE", "DD", "RU", "SU", "UA", "CZ", "CSHH", "RS", "CSXX", "YU", "PL"]
    names = [f"any-{place}" for place in range(60)]
    parties: dict[str, Any] = {}
    for place, slug in enumerate(names):
        after = dice.sample(names[place + 1 :], min(dice.choice([0, 0, 1, 2]), len(names) - place - 1))
        parties[slug] = {
            "slug": slug, "name": slug, "kind": "state", "countries": dice.sample(codes, dice.choice([0, 0, 0, 1])),
            "succeeded_by": [{"party": other} for other in after],
        } | ({"successor_of": dice.choice(names[:place])} if place and dice.random() < 0.3 else {})  # fmt: skip
    processes: list[dict[str, Any]] = [
        {
            "slug": f"of-{slug}", "title": slug, "kind": "other",
            "parties": [{"party": slug, "role": dice.choice(["negotiating", "negotiating", "host"])}],
        }
        for slug in names
    ]  # fmt: skip
    records = {"parties": list(parties.values()), "processes": processes}
    made = {"format": "parley-dossier/1", "slug": "any", "title": "Any", "records": records}
    assert (await own_congress.post("/v1/dossiers", json=made)).status_code == 200
    many = 0
    for wanted in (*([code] for code in codes), ["DE", "CZ"]):
        query = f"country.succession={','.join(wanted)}"
        expected = earlier(parties, wanted)
        listed = [slug for slug in await slugs(own_congress, "parties", query) if slug in parties]
        assert set(listed) == expected, (way, wanted)
        of = {one["slug"] for one in processes for row in one["parties"]
              if row["role"] == "negotiating" and row["party"] in expected}  # fmt: skip
        assert {slug for slug in await slugs(own_congress, "processes", query) if slug.startswith("of-")} == of
        many += len(expected)
    assert many > 60
