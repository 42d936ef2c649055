"""Two real negotiations, the exit of a state from a union and a congress, coded as dossiers that are not part of Parley.

`PARLEY_SAMPLES` names the folder of the samples. The dossiers there were coded before Parley knew votes, deadlines, heads by day,
disclosures and successions, and bent them into notes; `_exit` and `_congress` code them anew. Each question has the answer that
is known from history.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

SAMPLES = os.environ.get("PARLEY_SAMPLES")
Dossier = dict[str, Any]


def _by_slug(dossier: Dossier, collection: str) -> dict[str, dict[str, Any]]:
    return {body["slug"]: body for body in dossier["records"][collection]}


def _exit(dossier: Dossier) -> None:
    """Votes, deadlines that move, ratification, and an instant that is two days in two cities."""
    parties, answers = _by_slug(dossier, "parties"), _by_slug(dossier, "responses")
    agreements = _by_slug(dossier, "agreements")
    (process,) = dossier["records"]["processes"]
    parties["house-of-commons"]["speaks_for"] = [
        {"party": "united-kingdom", "role": "approves", "valid_from": "2018-06-26"}
    ]
    parties["european-parliament"]["speaks_for"] = [{"party": "european-union", "role": "approves"}]
    process["kind"] = "exit"
    del process["coded_from"], process["caveats"]
    terms = (
        ("notification", "2019-03-29", "2017-03-29"),
        ("first-extension", "2019-04-12", "2019-03-22"),
        ("second-extension", "2019-10-31", "2019-04-11"),
        ("third-extension", "2020-01-31", "2019-10-29"),
    )
    process["deadlines"] = [
        {"key": key, "on": on, "set_on": set_on, **({"replaces": terms[n - 1][0]} if n else {})}
        for n, (key, on, set_on) in enumerate(terms)
    ]
    for number, (_, until, _) in enumerate(terms[1:], 1):
        agreements[f"article-50-extension-{number}"] |= {"until": until, "notes": []}
    # The divisions of the Commons were coded as a talk, so that their figures had a place.
    dossier["records"]["talks"] = [
        talk for talk in dossier["records"]["talks"] if talk["slug"] != "commons-brexit-votes-2019"
    ]
    divisions = {
        "commons-wa-2018-1": (202, 432, None),
        "commons-wa-2018-2": (242, 391, None),
        "commons-wa-2018-3": (286, 344, None),
        "commons-wa-2019": (330, 231, None),
        "ep-wa-2019": (621, 49, 13),
    }
    for slug, (in_favour, against, abstained) in divisions.items():
        answers[slug].pop("talk", None)
        answers[slug]["votes"] = {"for": in_favour, "against": against, "abstained": abstained}
    final = agreements["withdrawal-agreement-2019"]
    final["signatures"] = [
        *({**one, "act": "signed"} for one in final["signatures"]),
        {"party": "united-kingdom", "act": "ratified", "on": "2020-01-29"},
        {"party": "european-union", "act": "ratified", "on": "2020-01-30"},
    ]
    final |= {"in_force_time": "00:00", "in_force_zone": "Europe/Brussels"}
    for demand in (one for proposal in dossier["records"]["proposals"] for one in proposal.get("demands", ())):
        for issue in demand["issues"]:
            if issue["issue"] == "EXTL.EU_MEMBERSHIP":
                issue["issue"] = "EXTL.LEAVING_UNION"
            if issue["issue"] == "ECON.FUNDS":
                issue["issue"] = "ECON.BUDGET"


def _congress(dossier: Dossier) -> None:
    """Heads by day, an accession, a secret treaty and who came to know it, states that have other names today."""
    talks, proposals = _by_slug(dossier, "talks"), _by_slug(dossier, "proposals")
    agreements, parties = _by_slug(dossier, "agreements"), _by_slug(dossier, "parties")
    (process,) = dossier["records"]["processes"]
    process["kind"] = "congress"
    del process["caveats"]
    congress = talks["congress-of-vienna-1814"]
    british = next(one for one in congress["delegations"] if one["party"] == "united-kingdom-1801")
    # He handed over on 15 February; two heads on one day would be refused.
    british["members"][0]["valid_to"] = "1815-02-14"
    for member in british["members"][1:]:
        member["function"] = "head"
        del member["note"]
    congress["deadlines"] = [
        {"key": "two-months", "on": "1814-07-30", "set_on": "1814-05-30", "set_by": "eight-powers-of-paris"},
        {"key": "october", "on": "1814-10-01", "set_on": "1814-06", "replaces": "two-months"},
        {"key": "november", "on": "1814-11-01", "set_on": "1814-10-08", "set_by": "eight-powers-of-paris",
         "replaces": "october"},
    ]  # fmt: skip
    for record in (proposals["secret-treaty-text-1815-01-03"], agreements["secret-treaty-of-vienna-1815"]):
        record["visibility"] = "secret"
        record["disclosed"] = [{"to": "russian-empire", "on": "1815-04~", "note": "A copy left in Paris."}]
    final = agreements["final-act-of-vienna"]
    final["signatures"] = [
        {**one, "capacity": "party", "act": "acceded" if one["party"] == "kingdom-of-spain-1814" else "signed"}
        for one in final["signatures"]
    ]
    del final["notes"]
    parties["kingdom-of-prussia"]["succeeded_by"] = [{"party": "germany", "kind": "merged_into", "on": "1871-01-18"}]
    parties["kingdom-of-saxony"]["succeeded_by"] = [{"party": "germany", "kind": "merged_into", "on": "1871-01-18"}]
    parties["austrian-empire"]["members"] = []
    for demand in (one for proposal in dossier["records"]["proposals"] for one in proposal.get("demands", ())):
        if unmapped := demand.pop("unmapped", None):
            code = {"slave trade": "RIGH.SLAVERY", "free navigation of international rivers": "ECON.NAVIGATION"}
            demand["issues"] = [{"issue": code[unmapped[0]], "is_primary": True}]


RECODED: dict[str, Callable[[Dossier], None]] = {"brexit-2017": _exit, "vienna-1814": _congress}

#: Question → the answers, each read by `_read`.
QUESTIONS: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "brexit-2017": (
        ("responses?process=brexit-withdrawal&has_votes=true&stance=rejected&sort=said_on&fields=votes", "votes.against", [432, 391, 344]),
        ("responses?responder=european-parliament&process=brexit-withdrawal&fields=votes", "votes.abstained", [13]),
        ("deadlines?process=brexit-withdrawal&in_force_on=2019-04-01", "on", ["2019-04-12"]),
        ("deadlines?process=brexit-withdrawal&in_force_on=2019-11-01", "on", ["2020-01-31"]),
        ("deadlines?process=brexit-withdrawal&in_force_on=2019-11-01", "moved_days_in_all", [308]),
        ("agreements?process=brexit-withdrawal&until_from=2019-10&until_to=2019-10", "slug", ["article-50-extension-2"]),
        ("demands/wa-2018-backstop?state_on=2018-12-31", "state.word", "conditional"),
        ("agreements/withdrawal-agreement-2019", "in_force_at", "2020-01-31T23:00:00+00:00"),
        ("agreements/withdrawal-agreement-2019?state_on=2020-01-29", "standing.word", "partly_ratified"),
        ("demands?issue=EXTL.LEAVING_UNION&process=brexit-withdrawal&limit=0&count=exact", "page.count.value", 4),
        ("demands?issue=ECON.BUDGET&process=brexit-withdrawal", "slug", ["wa-2018-settlement"]),
        ("demands?process=brexit-withdrawal&quantity.unit=billion GBP", "slug", ["wa-2018-settlement"]),
        ("processes/brexit-withdrawal", "kind", "exit"),
    ),
    "vienna-1814": (
        ("delegations?head=duke-of-wellington", "party.slug", ["united-kingdom-1801"]),
        ("delegations?head=lord-clancarty", "talk.slug", ["congress-of-vienna-1814"]),
        ("agreements?act=acceded&process=congress-of-vienna", "slug", ["final-act-of-vienna"]),
        ("agreements?visibility=secret&process=congress-of-vienna", "slug", ["secret-treaty-of-vienna-1815"]),
        ("agreements?disclosed_to=russian-empire", "slug", ["secret-treaty-of-vienna-1815"]),
        ("proposals/secret-treaty-text-1815-01-03?known_to=kingdom-of-france-1814&known_by=1815-01-04", "visibility", "secret"),
        ("proposals/secret-treaty-text-1815-01-03?known_to=russian-empire&known_by=1815-03-01", "status", 404),
        ("proposals/secret-treaty-text-1815-01-03?known_to=russian-empire&known_by=1815-05-01", "visibility", "secret"),
        ("deadlines?owner=talks/congress-of-vienna-1814&in_force_on=1814-09-15", "on", ["1814-10-01"]),
        ("deadlines?owner=talks/congress-of-vienna-1814&in_force_on=1814-10-31", "on", ["1814-11-01"]),
        ("parties?country.succession=DE&q=kingdom&sort=slug", "slug", ["kingdom-of-prussia", "kingdom-of-saxony"]),
        ("demands?issue=RIGH.SLAVERY&process=congress-of-vienna", "slug", ["final-act-1815-118-15"]),
        ("demands?issue=ECON.NAVIGATION&process=congress-of-vienna", "slug", ["final-act-1815-108"]),
        ("demands?claimant.members=four-allied-powers&process=congress-of-vienna&act=demand&limit=0&count=exact", "page.count.value", 4),
    ),
}  # fmt: skip


def _read(answer: Any, path: str) -> Any:
    """The value at a dotted path, or the values of all rows of a list."""
    if isinstance(answer, dict) and "data" in answer and not path.startswith("page."):
        return [_read(row, path) for row in answer["data"]]
    for name in path.split("."):
        answer = answer[name]
    return answer


@pytest.mark.parametrize("name", RECODED)
async def test_a_real_negotiation_answers_as_history_does(
    own_client: httpx.AsyncClient, own_admin: dict[str, str], name: str
) -> None:
    if not SAMPLES or not (path := Path(SAMPLES) / "dossiers" / f"{name}.json").exists():
        pytest.skip(f"PARLEY_SAMPLES names no folder with dossiers/{name}.json")
    dossier = json.loads(path.read_text())
    RECODED[name](dossier)
    taken = await own_client.post("/v1/dossiers", json=dossier, headers=own_admin)
    assert taken.status_code == 200, taken.text
    again = await own_client.post("/v1/dossiers", json=dossier, headers=own_admin)
    assert again.json()["counts"]["unchanged"] == sum(taken.json()["counts"].values())
    wrong = []
    for question, value, expected in QUESTIONS[name]:
        response = await own_client.get(f"/v1/{question}")
        found = (
            response.status_code if value == "status" or response.status_code != 200 else _read(response.json(), value)
        )
        if found != expected:
            wrong.append((question, found, expected))
    assert not wrong
