"""The data sets whose profiles come with Parley: what a row of each becomes. The rows are made up."""

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.session import make_engine
from app.faults import Refused
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.shipped import profile_of, profiles
from app.ingest.workbook import XLSX
from tests.ingest.test_imports import CSV, Desk, counts
from tests.ingest.test_profiles import SAMPLES, SMALL, rules, taken
from tests.ingest.workbooks import sheet, workbook


@pytest.fixture
def desk(own_client: httpx.AsyncClient, own_admin: dict[str, str]) -> Desk:
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
    assert await send("ucdp-peace-agreements", agreements) == (1, [(3, "actor_name", "differs")])
    before = await desk.revision()
    for _ in range(2):
        assert await send("ucdp-issues", issues) == (0, [(2, "side_b", "differs")])
        assert await send("ucdp-peace-agreements", agreements) == (0, [(3, "actor_name", "differs")])
    assert await desk.revision() == before
    party = await got(desk, "parties/ucdp-actor:9164")
    assert (party["name"], [one["text"] for one in party["names"]]) == ("RLF-Unity", ["РОФ", "RLF", "RLF (Unity)"])
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
    "PPName": "Ruritanian peace process",
    "Reg": "Europe and Eurasia",
    "AgtId": "9700",
    "Ver": "2",
    "Agt": "Strelsau Accord",
    "Dat": "1999-07-08",
    "Status": "Multiparty signed/agreed",
    "Lgt": "7",
    "Agtp": "Intra",
    "Stage": "SubComp",
    "Part": "Government of Ruritania; Ruritanian Liberation Front; For the militias: F. von Tarlenheim",
    "ThrdPart": "United Nations",
    "Loc1ISO": "SDN",
    "Loc1GWNO": "625",
    "UcdpCon": "9309",
    "UcdpAgr": "9001",
    "PamAgr": "91",
    "CowWar": "995",
    "CeProv": "2",
    "CeGen": "1",
    "StRef": "0",
    "GeWom": "True",
    "PpsGe:St": "3",
    "TjAm": "7",
    "TjVet": "1",
}


async def test_an_agreement_of_pax_has_the_greatest_of_the_columns_of_each_issue(desk: Desk) -> None:
    rows = [AGREEMENT, {**AGREEMENT, "AgtId": "9701", "Interim": "True", "Status": "Odd", "Dat": "07/08/1999"}]
    body = as_csv("pax", *rows)
    summary = await desk.told(body, CSV, profile="pax")
    told = [one for one in rules(summary) if one[2] != "duplicate-id"]
    assert sorted(told) == [
        (2, "TjAm", "not-read"),
        (3, "Dat", "not-read"),
        (3, "Status", "unmapped"),
        (3, "TjAm", "not-read"),
    ]
    again = await desk.told(body, CSV, profile="pax")
    assert counts(again) == (0, 0, summary["created"], 0) and again["last_revision"] is None

    accord = await got(desk, "agreements/pax-agreement:9700")
    assert {one["code"]: one["intensity"] for one in accord["issues"]} == {"CEAS": 2, "GRPS": 1, "POWR": 3, "JUST": 1}
    assert (accord["kind"], accord["status"], accord["agreed_on"]) == ("final", "agreed", "1999-07-08")
    assert accord["coded_from"] == {"kind": "SubComp", "status": "Multiparty signed/agreed"}
    assert sorted((one["name"], one["kind"]) for one in accord["parties"]) == [
        ("Government of Ruritania", "government"),
        ("Ruritanian Liberation Front", "other"),
    ]
    assert [one["party"]["name"] for one in accord["signatures"]] == ["United Nations"]
    assert any("F. von Tarlenheim" in note for note in accord["notes"])
    assert {(one["scheme"], one["value"]) for one in accord["external_ids"]} == {
        ("pax-agreement", "9700"),
        ("ucdp-agreement", "9001"),
        ("pam", "91"),
    }
    assert (await got(desk, "places/gw:625"))["countries"] == ["SD"]
    process = await got(desk, "processes/pax-process:900")
    assert {one["scheme"] for one in process["conflicts"][0]["external_ids"]} == {"ucdp-conflict", "cow"}
    other = await got(desk, "agreements/pax-agreement:9701")
    assert (other["kind"], other["status"], other["agreed_on"]) == ("interim", "other", None)


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


#: The columns of PA-X, version 9: what they say of the agreement itself.
ABOUT = (
    "Con Contp PP PPName Reg AgtId Ver Agt Dat Status Lgt N_characters Agtp Stage StageSub Part ThrdPart OthAgr Loc1ISO"
    " Loc2ISO Loc1GWNO Loc2GWNO UcdpCon UcdpAgr PamAgr CowWar Interim"
)


def test_what_becomes_of_each_column_of_pax_is_decided() -> None:
    pax = profiles()["pax"]
    of_issues = [header for family in pax.families.values() for header in family.headers]
    assert set(headers(pax)) - set(of_issues) == set(ABOUT.split())
    assert (len(of_issues), len(set(of_issues))) == (251, 251)
    # Each family is the list of an issue, and of no other.
    (agreements,) = [rule for rule in pax.records if rule.collection == "agreements"]
    read = [one["intensity"].greatest for one in agreements.body["issues"]]
    assert read == [[name] for name in pax.families]


# --- what profiles may say, and what they may not


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("families: {minister: {headers: [A]}}", "name of two"),
        ("families: {posts: {headers: [A], header_as: since}}", "name of two"),
        ("families: {posts: {headers: [Since]}}", "stands at"),
        ("families: {posts: {headers: []}}", "has 0 entries"),
        ("sheet: One", "Nothing is called “sheet”"),
    ],
)
def test_families_that_lead_nowhere_are_refused(extra: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        profile_of(f"{SMALL}\n{extra}\n".encode())
    assert any(said in fault.message for fault in refused.value.faults), refused.value.faults


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
