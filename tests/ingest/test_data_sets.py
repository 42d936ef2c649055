"""The data sets whose profiles come with Parley: what a row of each becomes. The rows are made up."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from app.db.session import make_engine
from app.errors import ApiError
from app.ingest.profiles.catalog import parse_profile, profiles
from app.ingest.profiles.column_schema import normalize_header
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import names_in
from app.ingest.workbooks.lines import XLSX
from tests.conftest import Client
from tests.ingest.headers import (
    ABOUT,
    ACTORS,
    CODED,
    DESCRIBED,
    EARLIER,
    MEND_30,
    MEND_31,
    MEND_32,
    SIGNATORIES,
    VERSION_9,
    VERSION_10,
)
from tests.ingest.test_imports import CSV, Desk, counts
from tests.ingest.test_profiles import SAMPLES, SMALL, rules, taken
from tests.ingest.workbooks import sheet, workbook


@pytest.fixture
def desk(own_client: Client, own_admin: dict[str, str]) -> Desk:
    """A desk of a ledger that knows the issues, to which the profiles lead."""
    return Desk(own_client, own_admin)


def headers(profile: Profile) -> list[str]:
    """All headers of the files, each in its first form."""
    columns = [column.header[0] for column in profile.columns.values()]
    return [*columns, *(header for one in profile.families.values() for header in one.headers), *profile.passed_over]


def cells(name: str, *rows: dict[str, str]) -> list[list[str]]:
    """The whole table of a data set: what a row does not say is empty."""
    header = headers(profiles()[name])
    unknown = {key for row in rows for key in row} - set(header)
    assert not unknown, unknown
    return [header, *([row.get(key, "") for key in header] for row in rows)]


def as_csv(name: str, *rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(cells(name, *rows))
    return text.getvalue().encode()


async def got(desk: Desk, address: str) -> dict[str, Any]:
    answer = await desk.client.get(f"/v1/{address}")
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


# --- UCDP Peace Agreements

ACCORD = {
    "paid": "9001",
    "gwno": "999",
    "conflict_id": "9309",
    "conflict_name": "Ruritania: Government",
    "dyad_id": "9663",
    "dyad_name": "Government of Ruritania - RLF",
    "actor_id": "7052, 9112, 9154",
    "actor_name": "United Nations, Government of Ruritania, Military faction (forces of Honasan, Abenina & Zumel)",
    "incompatibility": "2, 1",
    "pa_name": "Strelsau Accord",
    "year": "1999",
    "pa_date": "1999-07-08",
    "pa_comment": "Full agreement.",
    "pa_sign": "For the Government: R. Rassendyll",
    "ended": "True",
    "duration": "2001-05-01",
    "cease": "1",
    "ddr": "1",
    "amn": "0",
    "ref ": "1",
    "termdur": "-99",
    "linktofulltextagreement": "https://example.org/texts/Rur%2019990708.pdf",
    "inclusive": "1",
    "pa_type": "1",
    "procID": "901",
    "version": "22.1",
}


async def test_a_peace_agreement_of_ucdp_comes_from_its_workbook(desk: Desk) -> None:
    row = {key.strip() if key == "ref " else key: value for key, value in ACCORD.items()}
    table = cells("ucdp-peace-agreements", row, {**row, "paid": "9002", "ended": "False", "pa_date": "1999-99-08"})
    # The real header has blanks at its ends.
    table[0] = [f"{header} " if header == "ref" else header for header in table[0]]
    book = workbook({"Readme": sheet(["See the codebook"]), "Dataset": sheet(*table)})
    summary = await desk.told(book, XLSX, profile="ucdp-peace-agreements")
    assert sorted(rules(summary)) == [(3, "ended", "doubt"), (3, "pa_date", "not-read")]
    again = await desk.told(book, XLSX, profile="ucdp-peace-agreements")
    assert counts(again) == (0, 0, summary["created"], 0) and again["last_revision"] is None

    accord = await got(desk, "agreements/ucdp-agreement:9001")
    assert (accord["title"], accord["kind"], accord["agreed_on"], accord["status"], accord["is_signed"]) == (
        "Strelsau Accord",
        "final",
        "1999-07-08",
        "lapsed",
        True,
    )
    assert {(one["name"], one["kind"]) for one in accord["parties"]} == {
        ("United Nations", "igo"),
        ("Government of Ruritania", "government"),
        ("Military faction (forces of Honasan, Abenina & Zumel)", "armed_group"),
    }
    assert {one["code"] for one in accord["issues"]} == {
        "CEAS",
        "TERR.REFERENDUM",
        "SECT.DISARM",
        "SECT.DEMOB",
        "SECT.REINTEG",
    }
    assert {one["source"]["url"] for one in accord["citations"]} >= {"https://example.org/texts/Rur%2019990708.pdf"}
    assert "Who signed: For the Government: R. Rassendyll" in accord["notes"]
    assert not any("-99" in note for note in accord["notes"])
    process = await got(desk, "processes/ucdp-process:901")
    assert process["conflicts"][0]["external_ids"][0]["value"] == "9309"
    other = await got(desk, "agreements/ucdp-agreement:9002")
    assert (other["agreed_on"], other["status"]) == (None, "signed")


async def test_two_files_that_name_a_party_differently_settle_and_nothing_is_lost(desk: Desk) -> None:
    row = {key.strip(): value for key, value in ACCORD.items()} | {"actor_id": "9164", "actor_name": "RLF-Unity"}
    agreements = as_csv("ucdp-peace-agreements", row, {**row, "paid": "9002", "actor_name": "RLF (Unity)"})
    issues = as_csv("ucdp-issues", YEAR)

    async def send(profile: str, body: bytes) -> tuple[int, list[tuple[int, str | None, str]]]:
        summary = await desk.told(body, CSV, profile=profile)
        return summary["changed"], [one for one in rules(summary) if one[2] == "differs"]

    assert await send("ucdp-peace-agreements", agreements) == (0, [(3, "actor_name", "differs")])
    await desk.client.patch(
        "/v1/parties/ucdp-actor-9164", json={"names": [{"text": "РОФ", "lang": "ru"}]}, headers=desk.headers
    )
    assert await send("ucdp-issues", issues) == (1, [(2, "side_b", "differs")])
    # The file says what it said before: a name that somebody took out since stays out.
    assert await send("ucdp-peace-agreements", agreements) == (0, [(3, "actor_name", "differs")])
    before = await desk.revision()
    for _ in range(2):
        assert await send("ucdp-issues", issues) == (0, [(2, "side_b", "differs")])
        assert await send("ucdp-peace-agreements", agreements) == (0, [(3, "actor_name", "differs")])
    assert await desk.revision() == before
    party = await got(desk, "parties/ucdp-actor:9164")
    assert (party["name"], [one["text"] for one in party["names"]]) == ("RLF-Unity", ["РОФ", "RLF"])
    (kept,) = [one for one in party["names"] if one["lang"]]
    assert kept["text"] == "РОФ"


async def test_what_was_renamed_and_merged_since_is_found_by_the_ids_of_the_data_set(desk: Desk) -> None:
    table = as_csv("ucdp-peace-agreements", {key.strip(): value for key, value in ACCORD.items()})
    await desk.told(table, CSV, profile="ucdp-peace-agreements")
    for address, slug in (
        ("agreements/ucdp-agreement:9001", "strelsau-accord"),
        ("parties/ucdp-actor:9154", "honasan"),
    ):
        renamed = await desk.client.patch(f"/v1/{address}", json={"slug": slug}, headers=desk.headers)
        assert renamed.status_code == 200, renamed.text
    kept = {"slug": "un", "name": "UN", "kind": "igo"}
    assert (await desk.client.post("/v1/parties", json=kept, headers=desk.headers)).status_code == 201
    double = (await got(desk, "parties/ucdp-actor:7052"))["slug"]
    merged = await desk.client.post(f"/v1/parties/{double}/merge", json={"into": "un"}, headers=desk.headers)
    assert merged.status_code == 200, merged.text
    again = await desk.told(table, CSV, profile="ucdp-peace-agreements")
    assert (again["created"], again["faulty"]) == (0, 0), again["faults"]
    accord = await got(desk, "agreements/strelsau-accord")
    assert accord["id"] == (await got(desk, "agreements/ucdp-agreement:9001"))["id"]
    assert {one["slug"] for one in accord["parties"]} >= {"un", "honasan"}
    assert (await desk.told(table, CSV, profile="ucdp-peace-agreements"))["last_revision"] is None


async def test_an_agreement_is_known_from_the_year_in_which_its_version_came_out(desk: Desk) -> None:
    row = {key.strip(): value for key, value in ACCORD.items()}
    rows = (row, {**row, "paid": "9002", "version": "99.1"}, {**row, "paid": "9003", "version": ""})
    await desk.told(as_csv("ucdp-peace-agreements", *rows), CSV, profile="ucdp-peace-agreements")
    for day, known in (("2021-12-31", []), ("2022-12-31", ["ucdp-agreement-9001"])):
        listed = await got(desk, f"agreements?process=ucdp-process:901&known_by={day}")
        assert [one["slug"] for one in listed["data"]] == known
        assert listed["hidden_undated"]["value"] == 2


# --- UCDP Conflict Issues

YEAR = {
    "": "1",
    "dyad_id": "9406",
    "conflict_id": "309",
    "side_b_id": "9164",
    "side_b": "RLF",
    "year": "1991",
    "active_year": "1",
    "ethnicity_1": "Ethnicity: Ruritanian",
    "ethnicity_2": "NA",
    "geography_1": "3000",
    "geography_2": "4000",
    "1301": "0",
    "5201": "1",
    "7101": "1",
    "9101": "2",
    "version": "23.2",
}


async def test_a_year_of_a_dyad_becomes_a_proposal_of_demands_and_no_code_is_lost(desk: Desk) -> None:
    rows = [YEAR, {**YEAR, "year": "1000"}, {**YEAR, "dyad_id": "9407", "conflict_id": "999999"}]
    summary = await desk.told(as_csv("ucdp-issues", *rows), CSV, profile="ucdp-issues")
    assert sorted(rules(summary)) == [
        (2, "9101", "doubt"),
        (3, "9101", "doubt"),
        (3, "year", "misplaced"),
        (4, "9101", "doubt"),
        (4, "conflict_id", "unmapped"),
    ]
    proposal = await got(desk, "proposals/ucdp-issues-9406-1991")
    assert (proposal["kind"], proposal["tabled_on"]) == ("other", "1991")
    assert [one["slug"] for one in proposal["authors"]] == ["ucdp-actor-9164"]
    assert [(one["name"], one["kind"]) for one in proposal["addressees"]] == [("Government of Sudan", "government")]
    assert "UCDP's codes of geography: 3000; 4000" in proposal["notes"]
    demands = (await got(desk, "demands?proposal=ucdp-issues-9406-1991"))["data"]
    issues = {one["number"]: [issue["code"] for issue in one["issues"]] for one in demands}
    assert issues == {"5201": ["RESO.LAND"], "7101": [], "9101": []}
    known, unknown = [await got(desk, f"demands/ucdp-issues-9406-1991-{code}") for code in ("5201", "7101")]
    assert (known["text"], known["unmapped"], known["coded_from"]) == ("Land reform", [], {"issues": "5201"})
    assert (unknown["unmapped"], unknown["coded_from"]) == (["7101"], {})
    assert (await got(desk, "proposals/ucdp-issues-9406-no-year"))["tabled_on"] is None
    assert (await got(desk, "proposals/ucdp-issues-9407-1991"))["addressees"] == []


# --- PA-X


AGREEMENT = {
    "Con": "Ruritania",
    "Contp": "Government",
    "PP": "900",
    "PPName": "Ruritania: royal process",
    "Reg": "Europe and Eurasia",
    "AgtId": "9700",
    "Ver": "2",
    "Agt": "Strelsau Accord",
    "Dat": "1999-07-08",
    "Status": "Multiparty signed/agreed",
    "Lgt": "7",
    "N_characters": "12345",
    "Agtp": "Intra",
    "Stage": "SubComp",
    "Part": "Government of Ruritania; Ruritanian Liberation Front; Annex 3 signed on behalf of the militias: F. von Tarlenheim",
    "ThrdPart": "United Nations",
    "Loc1ISO": "SDN",
    "Loc1GWNO": "625",
    "UcdpCon": "333",
    "UcdpAgr": "1502",
    "PamAgr": "N/A",
    "CowWar": "225",
    "Interim": "Yes",
}
CODING = {
    **dict.fromkeys(CODED, "0"),
    "CeProv": "1",
    "Ce": "2",
    "TjAm": "7",
    "GeWom": "1",
    "PolPar": "3",
    "PolParTrans": "1",
    "SsrDdr": "3",
    "DdrProg": "1",
    "EpsRes": "1",
    "ImSrc": "1",
}


def written(header: list[str], *rows: dict[str, str]) -> bytes:
    """A table with the very header of a release; what a row does not say is empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, header, restval="", extrasaction="ignore")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


async def settled(desk: Desk, body: bytes, profile: str) -> list[tuple[int, str | None, str]]:
    """Import a file twice: what is told of its rows, where the second time changes nothing."""
    summary = await desk.told(body, CSV, profile=profile)
    assert (summary["ending"], summary["faulty"]) == ("complete", 0), summary["faults"]
    again = await desk.told(body, CSV, profile=profile)
    assert (again["created"], again["changed"], again["faulty"], again["last_revision"]) == (0, 0, 0, None)
    return [one for one in rules(summary) if one[2] != "leads-elsewhere"]


async def test_an_agreement_of_pax_has_the_issues_of_its_columns(desk: Desk) -> None:
    rows = [
        {**AGREEMENT, **CODING},
        {**AGREEMENT, **CODING, "AgtId": "9701", "Stage": "Odd", "Dat": "8 July", "UcdpCon": "169170", "PamAgr": "-99"},
    ]
    told = await settled(desk, written(VERSION_9, *rows), "pax")
    assert sorted(told) == [
        (2, "TjAm", "not-read"),
        (3, "Dat", "not-read"),
        (3, "Stage", "unmapped"),
        (3, "TjAm", "not-read"),
        (3, "UcdpCon", "not-like"),
    ]
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert {one["code"]: one["intensity"] for one in accord["issues"]} == {
        "CEAS": 2,
        "GOVN.PARTIES": 3,
        "GOVN.REBELTOPARTY": None,
        "GRPS.WOMEN": None,
        "JUST.AMNESTY": None,
        "RESO.REVENUESHARE": None,
        "SECT": 3,
        "SECT.DISARM": 3,
        "SECT.DEMOB": 3,
        "SECT.REINTEG": 3,
    }
    raw = accord["coded_from"]
    assert (raw["kind"], raw["issues/CEAS"], raw["issues/JUST.AMNESTY"]) == ("SubComp", "Ce; CeProv = 2; 1", "TjAm = 7")
    assert (accord["kind"], accord["status"], accord["agreed_on"]) == ("final", "agreed", "1999-07-08")
    assert {(one["scheme"], one["value"]) for one in accord["external_ids"]} == {
        ("pax-agreement", "9700"),
        ("ucdp-agreement", "1502"),
    }
    assert {f"Parties (Part of PA-X): {AGREEMENT['Part']}", "Interim arrangement in PA-X: Yes"} <= set(accord["notes"])
    assert (await got(desk, "places/iso3166:SDN"))["countries"] == ["SD"]
    process = await got(desk, "processes/pax-process:900")
    ids = [(one["scheme"], one["value"]) for conflict in process["conflicts"] for one in conflict["external_ids"]]
    assert ids == [("ucdp-conflict", "333"), ("cow", "225")]
    other = await got(desk, "agreements/pax-agreement:9701")
    assert (other["kind"], other["agreed_on"]) == ("other", None)
    assert not any("169170" in note for note in other["notes"])


async def test_no_party_is_made_of_the_free_texts_of_pax(desk: Desk) -> None:
    summary = await desk.told(written(ABOUT, AGREEMENT), CSV, profile="pax")
    assert summary["created"] == 4  # a source, a place, a process and the agreement
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert (accord["parties"], accord["signatures"]) == ([], [])


async def test_the_columns_that_describe_agreements_are_read_alone_and_the_coding_is_added_later(desk: Desk) -> None:
    summary = await desk.told(written(ABOUT, AGREEMENT), CSV, profile="pax")
    missing = [one for one in summary["warnings"] if one["rule"] == "missing-column"]
    assert [one["column"] for one in missing] == ["ImSrc", "Ce"] and "251" in missing[1]["message"]
    assert await settled(desk, written(ABOUT, AGREEMENT), "pax") == []
    assert (await got(desk, "agreements/pax-agreement:9700"))["issues"] == []
    whole = await desk.told(written(VERSION_9, {**AGREEMENT, **CODING}), CSV, profile="pax")
    assert (whole["created"], whole["changed"]) == (0, 1)
    assert len((await got(desk, "agreements/pax-agreement:9700"))["issues"]) == 10


async def test_version_10_of_pax_means_the_same_records_as_version_9(desk: Desk) -> None:
    row = {**AGREEMENT, **CODING, "TjAm": "1"}
    assert await settled(desk, written(VERSION_9, row), "pax") == []
    ids = {name: f"{row[name]}.0" for name in ("PP", "AgtId", "Loc1GWNO", "UcdpCon", "CowWar", "UcdpAgr")}
    assert await settled(desk, written(VERSION_10, {**row, **ids, "Dat": "08/07/1999", "PamAgr": "0"}), "pax") == []
    revised = await desk.told(written(VERSION_10, {**row, **ids, "Ce": "3.0"}), CSV, profile="pax")
    assert (revised["created"], revised["changed"]) == (0, 1)
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert {one["code"]: one["intensity"] for one in accord["issues"]}["CEAS"] == 3


async def test_a_table_of_pax_with_descriptions_adds_them(desk: Desk) -> None:
    await desk.told(written(ABOUT, AGREEMENT), CSV, profile="pax")
    row = {**AGREEMENT, "AgtId": "9700.0", "Dat": "08/07/1999", "description": "Ends the war.", "stage_short": "Pre"}
    summary = await desk.told(written(DESCRIBED, row), CSV, profile="pax")
    assert (summary["created"], summary["changed"], rules(summary)) == (0, 1, [])
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert (accord["summary"], accord["agreed_on"], accord["kind"]) == ("Ends the war.", "1999-07-08", "final")
    assert await settled(desk, written(ABOUT, AGREEMENT), "pax") == []


async def test_a_long_text_of_pax_stays_whole_over_two_notes(desk: Desk) -> None:
    row = {**AGREEMENT, "OthAgr": "a" * 19_900 + "b" * 5_000}
    assert await settled(desk, written(ABOUT, row), "pax") == [(2, "OthAgr", "cut-off")]
    notes = (await got(desk, "agreements/pax-agreement:9700"))["notes"]
    assert "b" * 5_000 in notes and any(note.count("a") >= 19_900 for note in notes)


# --- PAA-X

FRONT = {
    "actor_id": "9001",
    "id_paax": "ARM_9001",
    "actor_name": "Ruritanian Liberation Front",
    "actor_type": "Armed Organization",
    "actor_iso3c": "SDN",
    "abbreviation": "RLF",
    "actor_country": "Sudan",
    "actor_gwno": "625.0",
    "actor_region": "Africa",
    "ucdp_id": "9154.0",
    "ucdp_name": "RLF",
}
LEAGUE = {
    "actor_id": "9002",
    "id_paax": "IGO_9002",
    "actor_name": "League of Nations",
    "actor_type": "Intergovernmental Organization",
    "sub_type": "Regional",
    "international": "1.0",
}
SIGNED = {
    "AgtId": "9700",
    "agt_name": "Strelsau Accord (08/07/1999)",
    "PPName": "Ruritania: royal process",
    "Dat": "1999-07-08",
    "stage_process": "Framework-substantive, comprehensive",
    "UcdpAgr": "1502",
    "Con": "Ruritania",
}
SIGNATURES = [
    {**SIGNED, **FRONT, "signatory_id": "0", "signatory_type": "party"},
    {**SIGNED, **LEAGUE, "signatory_id": "1", "signatory_type": "third party"},
    {**SIGNED, **LEAGUE, "signatory_id": "2", "signatory_type": "party", "practical_third": "1.0", "condition": "C4"},
]


async def test_the_actors_of_paax_become_parties(desk: Desk) -> None:
    summary = await desk.told(written(ACTORS, FRONT), CSV, profile="paax")
    assert [(one["column"], one["rule"]) for one in summary["warnings"]] == [("signatory_id", "missing-column")]
    community = {
        "id_paax": "NGO_9003",
        "actor_name": "Old Believers",
        "actor_type": "Civil Society",
        "sub_type": "Religious",
    }
    assert await settled(desk, written(ACTORS, FRONT, LEAGUE, community), "paax") == []
    front = await got(desk, "parties/paax:ARM_9001")
    assert (front["name"], front["kind"], front["countries"]) == ("Ruritanian Liberation Front", "armed_group", ["SD"])
    assert [(one["text"], one["kind"]) for one in front["names"]] == [("RLF", "short")]
    assert {(one["scheme"], one["value"]) for one in front["external_ids"]} == {
        ("paax", "ARM_9001"),
        ("ucdp-actor", "9154"),
    }
    assert "PAA-X counts it as an international actor." in (await got(desk, "parties/paax:IGO_9002"))["notes"]
    assert (await got(desk, "parties/paax:NGO_9003"))["kind"] == "religious_body"


async def test_the_signatories_of_paax_sign_the_agreements_of_pax(desk: Desk) -> None:
    tables = {
        "pax": written(VERSION_9, {**AGREEMENT, **CODING, "TjAm": "1"}),
        "paax": written(SIGNATORIES, *SIGNATURES),
    }
    assert await settled(desk, tables["pax"], "pax") == []
    summary = await desk.told(tables["paax"], CSV, profile="paax")
    assert (summary["created"], summary["changed"], rules(summary)) == (
        3,
        1,
        [],
    )  # a source and two parties; the agreement
    assert await settled(desk, tables["paax"], "paax") == []
    actors = await desk.told(written(ACTORS, FRONT, LEAGUE), CSV, profile="paax")
    before = await desk.told(tables["pax"], CSV, profile="pax")
    assert (actors["last_revision"], before["last_revision"]) == (None, None)
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert (accord["title"], accord["process"]["title"]) == ("Strelsau Accord", "Ruritania: royal process")
    assert accord["coded_from"]["kind"] == "SubComp"
    signed = [(one["key"], one["party"]["name"], one["capacity"]) for one in accord["signatures"]]
    assert signed == [
        ("signatory-0", "Ruritanian Liberation Front", "party"),
        ("signatory-1", "League of Nations", "other"),
        ("signatory-2", "League of Nations", "party"),
    ]
    assert sorted(one["name"] for one in accord["parties"]) == ["League of Nations", "Ruritanian Liberation Front"]
    (caveat,) = accord["caveats"]
    assert caveat["field"] == "/signatures/signatory-2" and "condition C4" in caveat["text"]
    assert len(accord["issues"]) == 10


async def test_pax_adds_to_agreements_that_paax_named_first(desk: Desk) -> None:
    assert await settled(desk, written(SIGNATORIES, *SIGNATURES), "paax") == []
    assert (await got(desk, "agreements/pax-agreement:9700"))["kind"] == "final"
    table = written(VERSION_9, {**AGREEMENT, **CODING, "TjAm": "1"})
    summary = await desk.told(table, CSV, profile="pax")
    assert (summary["created"], summary["changed"]) == (1, 2)  # the place; the process and the agreement
    assert await settled(desk, table, "pax") == []
    assert (await desk.told(written(SIGNATORIES, *SIGNATURES), CSV, profile="paax"))["last_revision"] is None
    accord = await got(desk, "agreements/pax-agreement:9700")
    assert (len(accord["signatures"]), len(accord["issues"]), accord["status"]) == (3, 10, "agreed")
    assert accord["process"]["slug"] == (await got(desk, "processes/pax-process:900"))["slug"]


async def test_a_process_of_pax_that_is_renamed_stays_the_same(desk: Desk) -> None:
    await desk.told(written(ABOUT, AGREEMENT), CSV, profile="pax")
    renamed = {**AGREEMENT, "PPName": "Ruritania: republican process"}
    summary = await desk.told(written(ABOUT, renamed), CSV, profile="pax")
    assert (summary["created"], summary["changed"]) == (0, 1)
    process = await got(desk, "processes/pax-process:900")
    assert process["title"] == renamed["PPName"]
    assert process["slug"] == "pax-process-ruritania-royal-process"
    assert process["id"] == (await got(desk, "processes/pax-process-name:ruritania-republican-process"))["id"]
    # What the file says no longer, it takes back.
    gone = await desk.client.get("/v1/processes/pax-process-name:ruritania-royal-process")
    assert gone.status_code == 404


# --- MEND: tables of three sizes

EVENT = {
    "med_event_ID": "ALB202301-1",
    "conflict_country": "Albania",
    "conflict_counry_ID": "339",
    "med_location - MULTISELECT": "Tirana, Albania",
    "med_loc_cty": "ALB",
    "med_loc_x": "19.8187",
    "med_loc_y": "41.3275",
    "Day": "7",
    "Month": "1",
    "Year": "2023",
    "third_party": "Ruritania; Border Commission",
    "third_party_id_MEND": "CON_901;MEND-92",
    "third_party_id_PAAX": "CON_901;",
    "third_party_id_GW": "999;",
    "num_med": "2",
    "med_scope": "indnam9001",
    "individual_med_named": "Ana Anić",
    "local_parties": "Northern Council; Rebels (Generic); Albania (2013-) Rama; Sudan",
    "local_party_id": "77;MEND;ACLED;NL",
    "num_local": "2+",
    "if_loc_belig": "1",
    "agmt": "1",
    "agmt_name": "Tirana Declaration",
    "agmt_id_PAX": "169170",
    "Summary": "The envoys met the council.",
    "source_urls": "https://example.org/one",
    "shuttle": "0",
    "med_type": "M",
}


@pytest.mark.parametrize(
    ("header", "row", "person_ids"),
    [
        (MEND_32, {}, ["indnam9001"]),
        (MEND_31, {"med_location - MULTISELECT": "Tirana", "med_loc_cty": "Albania", "med_scope": "P"}, []),
        (MEND_30, {"med_location - MULTISELECT": "Tirana", "med_loc_cty": "ALB"}, []),
    ],
    ids=["32", "31", "30"],
)
async def test_the_tables_of_mend_of_all_sizes_are_read(
    desk: Desk, header: list[str], row: dict[str, str], person_ids: list[str]
) -> None:
    event = {**EVENT, **row}
    event |= {new: event[old] for old, new in EARLIER.items()}
    told = await settled(desk, written(header, event), "mend")
    assert told == [(2, "agmt_id_PAX", "not-like")]
    third = await got(desk, "parties/mend:CON_901")
    assert {(one["scheme"], one["value"]) for one in third["external_ids"]} == {
        ("mend", "CON_901"),
        ("paax", "CON_901"),
    }
    other = await got(desk, "parties/mend:MEND-92")
    assert [one["scheme"] for one in other["external_ids"]] == ["mend"]
    talk = await got(desk, "talks/mend-event:ALB202301-1?include=delegations")
    kinds = {one["party"]["name"]: one["party"]["kind"] for one in talk["delegations"]}
    assert kinds == {
        "Ruritania": "state",
        "Border Commission": "other",
        "Northern Council": "other",
        "Rebels (Generic)": "unspecified_group",
        "Albania (2013-) Rama": "government",
        "Sudan": "state",
    }
    person = await got(desk, "people/mend-ana-anic")
    assert [one["value"] for one in person["external_ids"]] == person_ids
    place = await got(desk, f"places/{talk['place']['slug']}")
    assert place["countries"] == ["AL"] and place["slug"].startswith("mend-tirana-alb")


async def test_the_names_that_mend_has_of_one_actor_are_its_names(desk: Desk) -> None:
    names = ("UN", "United Nations (General)")
    rows = [
        {**EVENT, "med_event_ID": f"ALB202301-{number}", "third_party": name, "third_party_id_MEND": "IGO_49",
         "third_party_id_PAAX": "IGO_49", "agmt_id_PAX": ""}
        for number, name in enumerate(names)
    ]  # fmt: skip
    assert await settled(desk, written(MEND_32, *rows), "mend") == [(3, "third_party", "differs")]
    party = await got(desk, "parties/mend:IGO_49")
    assert (party["name"], [one["text"] for one in party["names"]]) == (names[0], [names[1]])


async def test_a_name_of_mend_that_is_cut_off_makes_no_party(desk: Desk) -> None:
    event = {**EVENT, "local_parties": "rael; Northern Council", "local_party_id": "NL;77", "agmt_id_PAX": "2124"}
    assert await settled(desk, written(MEND_32, event), "mend") == [
        (2, "local_parties", "misplaced"),
        (2, "local_parties", "blank-entry"),
    ]
    assert "rael" not in {one["name"] for one in (await got(desk, "parties"))["data"]}


#: The columns of UCDP Peace Agreements, version 22.1, and of UCDP Conflict Issues, version 23.2, but for the codes of issues.
PEACE = (
    "paid region gwno conflict_id conflict_name dyad_id dyad_name actor_id actor_name incompatibility pa_name year pa_date"
    " pa_comment pa_sign c_sign pa_3rd c_3rd ended duration c_duration cease intarmy ddr withd mil_prov pp intgov intciv"
    " elections interim natalks shagov pol_prov aut fed ind ref shaloc regdev cul demarcation locgov terr_prov amn pris recon"
    " return justice_prov reaffirm outlin pko gender co_impl termdur noconf17 txt linktofulltextagreement inclusive no_dyad"
    " pa_type out_iss procID frame version dateintervalstart_meta dateintervalend_meta"
)
GOALS = (
    "dyad_id conflict_id side_b_id side_b year active_year ethnicity_1 ethnicity_2 ethnicity_3 ethnicity_4 geography_1"
    " geography_2 geography_3 geography_4 ideology_1 ideology_2 ideology_3 ideology_4 religion_1 religion_2 religion_3 version"
)


def test_what_becomes_of_each_column_of_ucdp_is_decided() -> None:
    assert set(headers(profiles()["ucdp-peace-agreements"])) == set(PEACE.split())
    issues = profiles()["ucdp-issues"]
    codes = issues.families["strength"].headers
    assert (len(codes), len(set(codes)), all(code.isdigit() for code in codes)) == (121, 121, True)
    assert set(headers(issues)) - set(codes) == {"", *GOALS.split()}


def test_what_becomes_of_each_column_of_pax_is_decided() -> None:
    pax = profiles()["pax"]
    of_issues = [header for family in pax.families.values() for header in family.headers]
    assert (len(ABOUT), len(CODED), len(VERSION_9), len(VERSION_10)) == (27, 252, 279, 279)
    assert set(headers(pax)) - {*DESCRIBED, "Year"} | {*ABOUT} == set(VERSION_9) == set(VERSION_10)
    assert (len(of_issues), set(of_issues)) == (251, set(CODED) - {"ImSrc"})
    # Each list of columns leads to an issue, and what it says is kept.
    (agreements,) = [rule for rule in pax.records if rule.collection == "agreements"]
    assert {*names_in(agreements.body["issues"])} == {*pax.families}
    assert {*names_in(agreements.body["coded_from"])} == {*pax.families} | {f"{name}_by" for name in pax.families}


@pytest.mark.parametrize(
    ("name", "tables", "sizes"),
    [
        ("pax", [DESCRIBED], [38]),
        ("paax", [ACTORS, SIGNATORIES], [20, 45]),
        ("mend", [MEND_32, MEND_31, MEND_30], [32, 31, 30]),
    ],
)
def test_what_becomes_of_each_column_of_a_table_is_decided(
    name: str, tables: list[list[str]], sizes: list[int]
) -> None:
    profile = profiles()[name]
    read = [header for column in profile.columns.values() for header in column.header]
    known = {normalize_header(header) for header in (*read, *profile.passed_over)}
    for table in tables:
        assert {*map(normalize_header, table)} <= known
    assert [len(table) for table in tables] == sizes


# --- what profiles may say, and what they may not


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("families: {minister: {headers: [A]}}", "is defined twice"),
        ("families: {posts: {headers: [A], header_as: since}}", "is defined twice"),
        ("families: {posts: {headers: [Since]}}", "is listed under both"),
        ("families: {posts: {headers: []}}", "has 0 entries"),
        ("sheet: One", "Unknown field 'sheet'"),
    ],
)
def test_families_that_lead_nowhere_are_refused(extra: str, said: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_profile(f"{SMALL}\n{extra}\n".encode())
    assert any(said in violation.message for violation in refused.value.violations), refused.value.violations


def test_a_column_that_comes_with_none_is_refused() -> None:
    with pytest.raises(ApiError) as refused:
        parse_profile(
            SMALL.replace("since: {header: [Since]", "since: {header: [Since], comes_with: ministre").encode()
        )
    (violation,) = refused.value.violations
    assert (violation.pointer, violation.hint) == ("/columns/since/comes_with", "Did you mean 'minister'?")


async def test_a_family_may_be_there_in_part_and_its_columns_are_told(desk: Desk) -> None:
    header, row = cells("ucdp-issues", YEAR)
    kept = [place for place, name in enumerate(header) if name not in ("5202", "geography_2")]
    text = io.StringIO()
    csv.writer(text).writerows(
        [[*(one[place] for place in kept), extra] for one, extra in ((header, "5201"), (row, "1"))]
    )
    summary = await desk.told(text.getvalue().encode(), CSV, profile="ucdp-issues")
    missing = [one for one in summary["warnings"] if one["rule"] == "missing-column"]
    assert [one["column"] for one in missing] == ["5202", "geography_2"]
    assert (1, "5201", "unknown-column") in rules(summary)
    assert (await got(desk, "demands/ucdp-issues-9406-1991-5201"))["text"] == "Land reform"


# --- the real files, where they are at hand


@pytest.mark.parametrize(
    ("profile", "file", "expected"),
    [
        ("ucdp-peace-agreements", "ucdp-peace-agreements-221.xlsx", {"differs", "doubt", "twice"}),
        ("ucdp-issues", "ucdp_issues.xlsx", {"misplaced", "doubt", "differs", "unmapped", "misleading-column"}),
    ],
)
async def test_the_real_file_is_taken_whole(own_loaded_url: str, profile: str, file: str, expected: set[str]) -> None:
    if not SAMPLES or not (path := Path(SAMPLES) / file).exists():
        pytest.skip(f"PARLEY_SAMPLES names no folder with {file}")
    engine = make_engine(own_loaded_url)
    summary = await taken(engine, path, profile)
    again = await taken(engine, path, profile)
    await engine.dispose()
    assert (summary.ending, summary.faulty) == ("complete", 0)
    assert expected <= {one.rule for one in summary.warnings}
    assert not any(one.rule in ("unknown-column", "missing-column") for one in summary.warnings)
    assert (again.created, again.changed, again.last_revision) == (0, 0, None)


async def test_the_real_files_of_ucdp_settle(own_loaded_url: str) -> None:
    files = {"ucdp-peace-agreements": "ucdp-peace-agreements-221.xlsx", "ucdp-issues": "ucdp_issues.xlsx"}
    if not SAMPLES or not all((Path(SAMPLES) / file).exists() for file in files.values()):
        pytest.skip("PARLEY_SAMPLES names no folder with both files")
    engine = make_engine(own_loaded_url)
    summaries = [await taken(engine, Path(SAMPLES) / file, name) for _ in range(2) for name, file in files.items()]
    await engine.dispose()
    # The second file adds its spellings to parties of the first; the first then finds nothing to change.
    assert [one.changed > 0 for one in summaries] == [False, True, False, False]
    assert all(one.last_revision is None for one in summaries[2:])
