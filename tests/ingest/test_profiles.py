"""Tables of other data sets, read by their profiles: what rows become, what is told of them, what is refused."""

import csv
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.errors import ApiError
from app.ingest.cells import CellError
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.local_files import import_file
from app.ingest.profiles.catalog import parse_profile, profile_at, profiles
from app.ingest.profiles.cell_contents import CellContent
from app.ingest.profiles.cell_splitting import split_at
from app.ingest.profiles.cells import build_date, split_date
from app.ingest.profiles.code_lists import Codes
from app.ingest.profiles.expressions import find_match
from app.ingest.profiles.value_forms import Value
from app.ingest.profiles.values import RowEvaluator
from app.ingest.report import Summary
from app.ingest.workbooks.archive import SheetBounds
from app.registry import RESOURCES
from app.runtime.bootstrap import writer_over
from tests.guide import GUIDES
from tests.ingest.test_imports import CSV, Desk, counts, desk, shared_desk

__all__ = ["desk", "shared_desk"]

SHOWN = {collection.name: collection.read_spec.detail for collection in RESOURCES}
WRITE_SPECS = {collection.name: collection.kind for collection in RESOURCES}

#: Folder of real files; read before the tests clear the settings of the environment.
SAMPLES = os.environ.get("PARLEY_SAMPLES")
#: An event that did not happen, in a country that there is.
EVENT = {
    "med_event_ID": "ALB202301-1",
    "conflict_country": "Albania",
    "med_location - MULTISELECT": "Tirana, Albania",
    "med_loc_cty": "ALB",
    "med_loc_x": "19.8187",
    "med_loc_y": "41.3275",
    "Day": "7",
    "Month": "1",
    "Year": "2023",
    "third_party": "Ruritania; League of Nations",
    "third_party_id_MEND": "CON_901;IGO_902",
    "med_scope": "indnam9001",
    "individual_med_named": "Ana Anić",
    "local_parties": "Northern Council",
    "local_party_id": "77",
    "agmt_name": "",
    "Summary": "The envoys met the council.",
    "source_urls": "https://example.org/one;https://example.org/two",
    "shuttle": "1",
    "med_type": "M",
}


def table(*rows: dict[str, str], header: list[str] | None = None) -> bytes:
    """MEND's table with rows that differ from EVENT in some cells."""
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(header or EVENT)
    written.writerows([{**EVENT, **row}.values() for row in rows])
    return text.getvalue().encode()


async def told(desk: Desk, *rows: dict[str, str], **query: Any) -> dict[str, Any]:
    return await desk.told(table(*rows), CSV, profile="mend", **query)


def rules(summary: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    """The warnings without those of every such small file: columns that it has not, and the header that misleads."""
    usual = ("missing-column", "misleading-column")
    return [(one["line"], one["column"], one["rule"]) for one in summary["warnings"] if one["rule"] not in usual]


# --- what rows become


async def test_a_row_becomes_a_talk_with_all_that_it_names(desk: Desk) -> None:
    summary = await told(desk, {"third_party": "Ruritania", "third_party_id_MEND": "CON_901"})
    assert (summary["ending"], summary["faulty"], rules(summary)) == ("complete", 0, [])
    talk = (await desk.client.get("/v1/talks/mend-event:ALB202301-1?include=delegations.members.person")).json()
    assert (talk["slug"], talk["start"], talk["format"], talk["status"]) == (
        "mend-alb202301-1",
        "2023-01-07",
        "shuttle",
        "held",
    )
    assert talk["coded_from"] == {"format": "1"}
    assert talk["process"]["title"] == "Albania: mediation recorded by MEND"
    assert sorted((one["party"]["name"], one["party"]["kind"], *one["roles"]) for one in talk["delegations"]) == [
        ("Northern Council", "other", "negotiating"),
        ("Ruritania", "state", "mediator"),
    ]
    seats = [seat["person"]["name"] for one in talk["delegations"] for seat in one["members"]]
    assert seats == ["Ana Anić"]
    place = (await desk.client.get("/v1/places/mend-tirana-albania")).json()
    assert (place["countries"], place["lon"], place["lat"]) == (["AL"], 19.8187, 41.3275)
    person = (await desk.client.get("/v1/people/mend-person:indnam9001")).json()
    assert person["name"] == "Ana Anić"
    cited = {one["source"]["slug"] for one in talk["citations"]}
    assert "mend-dataset" in cited and len(cited) == 3


async def test_of_several_third_parties_nobody_is_given_the_persons(desk: Desk) -> None:
    await told(desk, {})
    talk = (await desk.client.get("/v1/talks/mend-alb202301-1?include=delegations.members")).json()
    assert len(talk["delegations"]) == 3
    assert not any(one["members"] for one in talk["delegations"])
    assert "Persons named: Ana Anić" in talk["notes"]


async def test_the_same_file_again_makes_no_revision(desk: Desk) -> None:
    rows = [{"med_event_ID": f"ALB202301-{number}", "Day": str(number)} for number in range(1, 28)]
    first = await told(desk, *rows)
    again = await told(desk, *rows)
    assert first["created"] > len(rows) and (first["changed"], first["unchanged"]) == (0, 0)
    assert counts(again) == (0, 0, first["created"], 0) and again["last_revision"] is None


async def test_identifiers_that_somebody_added_stay(desk: Desk) -> None:
    await told(desk, {})
    address = "/v1/people/mend-person:indnam9001"
    (own,) = (await desk.client.get(address)).json()["external_ids"]
    ids = [{**own, "uri": "https://mend.example/indnam9001"}, {"scheme": "wikidata", "value": "Q159"}]
    changed = await desk.client.patch(address, json={"external_ids": ids}, headers=desk.headers)
    assert changed.status_code == 200, changed.text
    again = await told(desk, {"Day": "9"})
    borne = (await desk.client.get(address)).json()["external_ids"]
    assert [(one["value"], one["uri"]) for one in borne] == [("indnam9001", ids[0]["uri"]), ("Q159", None)]
    assert counts(again)[1] == 1  # the talk alone


async def test_a_dry_run_foresees_what_is_made_over_several_batches(desk: Desk) -> None:
    rows = [{"med_event_ID": f"ALB202301-{number}", "med_scope": "NL" if number < 300 else "indnam9001"}
            for number in range(450)]  # fmt: skip
    foreseen = await told(desk, *rows, dry_run=True)
    assert await desk.revision() == 0
    done = await told(desk, *rows)
    assert counts(done) == counts(foreseen) and done["changed"] == 1


async def test_later_rows_fill_what_earlier_ones_left_open_and_differences_are_told(desk: Desk) -> None:
    rows = [
        {"med_scope": ""},
        {"med_event_ID": "ALB202301-2", "third_party": "Ruritania (Kingdom of); League of Nations"},
    ]
    summary = await told(desk, *rows)
    assert rules(summary) == [(3, "third_party", "differs")]
    assert "line 2" in summary["warnings"][-1]["message"]
    person = (await desk.client.get("/v1/people/mend-ana-anic")).json()
    assert [one["value"] for one in person["external_ids"]] == ["indnam9001"]
    assert (await desk.client.get("/v1/parties/mend:CON_901")).json()["name"] == "Ruritania"


# --- what is odd is told with its row and column, and nothing is guessed


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"med_scope": "indnam1;indnam2"}, [("med_scope", "lists-differ")]),
        ({"local_party_id": "77;78"}, [("local_party_id", "lists-differ")]),
        ({"Day": ""}, [("Day", "no-day")]),
        ({"Day": "31", "Month": "2"}, [("Day", "not-read")]),
        ({"med_loc_cty": "XQQ"}, [("med_loc_cty", "not-read")]),
        ({"med_loc_x": "-40.5"}, [("med_loc_x", "outside-country")]),
        ({"source_urls": "NEWSLINK"}, [("source_urls", "not-read")]),
        ({"source_urls": "https://example.org/1;;https://example.org/1"}, [("source_urls", "blank-entry"),
                                                                          ("source_urls", "twice")]),
        ({"shuttle": "7"}, [("shuttle", "unmapped")]),
        ({"Summary": "CafÃ© talks"}, [("Summary", "mojibake")]),
        ({"conflict_country": "Albania; Ruritania"}, [("conflict_country", "doubt")]),
        ({"conflict_country": "Libya", "med_location - MULTISELECT": "Tripoli, Lebanon", "med_loc_cty": "",
          "med_loc_x": "", "med_loc_y": ""}, [("med_location - MULTISELECT", "doubt")]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
async def test_what_is_odd_in_a_row_is_told_and_the_row_is_taken(
    shared_desk: Desk, row: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    summary = await told(shared_desk, row, dry_run=True)
    assert summary["created"] > 3 and summary["faulty"] == 0
    assert rules(summary) == [(2, *one) for one in expected]


async def test_a_virtual_meeting_lies_nowhere(desk: Desk) -> None:
    virtual = dict.fromkeys(("med_location - MULTISELECT", "med_loc_x", "med_loc_y"), "Virtual") | {"med_loc_cty": "0"}
    summary = await told(desk, virtual)
    assert rules(summary) == [(2, "med_loc_x", "misplaced")]
    place = (await desk.client.get("/v1/places/mend-virtual")).json()
    assert (place["kind"], place["lon"], place["lat"]) == ("virtual", None, None)
    assert (await desk.client.get("/v1/talks/mend-alb202301-1")).json()["format"] == "virtual"


async def test_lists_that_differ_in_length_give_no_ids(desk: Desk) -> None:
    await told(desk, {"third_party_id_MEND": "CON_901;IGO_902;IGO_903"})
    parties = (await desk.client.get("/v1/parties?fields=name")).json()["data"]
    assert {one["name"] for one in parties} == {"Ruritania", "League of Nations", "Northern Council"}
    for key in ("CON_901", "IGO_902", "IGO_903"):
        assert (await desk.client.get(f"/v1/parties/mend:{key}")).status_code == 404


async def test_a_second_row_of_one_id_is_told_and_not_mixed_with_the_first(desk: Desk) -> None:
    summary = await told(desk, {"agmt_name": ""}, {"agmt_name": "Accord", "Day": "9"})
    assert rules(summary) == [(3, "med_event_ID", "same-key")]
    talk = (await desk.client.get("/v1/talks/mend-alb202301-1")).json()
    assert (talk["start"], talk["outcomes"]) == ("2023-01-07", [])


async def test_a_row_that_cannot_be_taken_names_its_column(desk: Desk) -> None:
    rows = ({"med_event_ID": ""}, {"med_event_ID": "ALB202301-3", "third_party": "R", "third_party_id_MEND": "I" * 501})
    summary = await told(desk, *rows, on_error="skip")
    assert summary["ending"] == "complete"
    found = {(one["line"], one["column"], one["pointer"]) for one in summary["faults"]}
    assert {(2, "med_event_ID", ""), (3, "third_party_id_MEND", "/external_ids/0/value")} <= found


async def test_a_long_summary_goes_on_in_a_note(desk: Desk) -> None:
    summary = await told(desk, {"Summary": "a" * 20_000 + "b" * 5_000})
    assert summary["faulty"] == 0
    talk = (await desk.client.get("/v1/talks/mend-alb202301-1")).json()
    assert (len(talk["summary"]), "b" * 5_000 in talk["notes"]) == (20_000, True)


async def test_a_damaged_row_is_told_with_its_column_and_the_others_are_taken(desk: Desk) -> None:
    rows: tuple[dict[str, str], ...] = ({}, {"med_event_ID": "ALB202301-2", "third_party_id_MEND": "CON_9\0\0"})
    for dry_run in (True, False):
        summary = await told(desk, *rows, on_error="skip", dry_run=dry_run)
        assert (summary["ending"], summary["faulty"]) == ("complete", 1)
        (violation,) = summary["faults"]
        assert (violation["line"], violation["column"]) == (3, "third_party_id_MEND") and "NUL" in violation["message"]


async def test_a_row_in_another_encoding_is_read_and_told(desk: Desk) -> None:
    body = table({}).replace("Anić".encode(), "Añez".encode("windows-1252"))
    summary = await desk.told(body, CSV, profile="mend")
    assert rules(summary) == [(2, None, "encoding")]
    assert (await desk.client.get("/v1/people/mend-ana-anez")).json()["name"] == "Ana Añez"


# --- headers drift


async def test_headers_may_drift_and_what_nobody_knows_is_told(desk: Desk) -> None:
    drifted = [" MED_EVENT_ID ", *list(EVENT)[1:-1], "med_sort"]
    summary = await desk.told(table({}, header=drifted), CSV, profile="mend")
    assert rules(summary) == [(1, "med_sort", "unknown-column")]
    assert (1, "med_type", "missing-column") in [(w["line"], w["column"], w["rule"]) for w in summary["warnings"]]
    assert (1, "med_scope", "misleading-column") in [(w["line"], w["column"], w["rule"]) for w in summary["warnings"]]


async def test_a_file_without_needed_columns_is_refused_with_all_of_them(desk: Desk) -> None:
    problem = await desk.refused(b"a,b\n1,2\n", CSV, profile="mend")
    assert problem["status"] == 422
    missing = [one["detail"] if "detail" in one else one["message"] for one in problem["errors"]]
    assert len(missing) == 5 and "med_event_ID" in missing[0]


# --- what is refused


@pytest.mark.parametrize(
    ("query", "kind", "status", "said"),
    [
        ({"profile": "mand"}, CSV, 422, "mend"),
        ({"profile": "mend", "collection": "talks"}, CSV, 422, "collection"),
        ({"profile": "mend", "mode": "replace"}, CSV, 422, "mode"),
        ({"profile": "mend"}, "application/x-ndjson", 400, "JSON"),
    ],
)
async def test_what_does_not_go_with_a_profile_is_refused(
    shared_desk: Desk, query: dict[str, str], kind: str, status: int, said: str
) -> None:
    problem = await shared_desk.refused(table({}), kind, **query)
    assert problem["status"] == status and said in str(problem)


# --- profiles themselves


async def test_profiles_are_listed_and_each_tells_its_columns_and_its_text(desk: Desk) -> None:
    listed = (await desk.client.get("/v1/profiles")).json()["data"]
    assert [one["name"] for one in listed] == sorted(profiles())
    for one in listed:
        detail = (await desk.client.get(f"/v1/profiles/{one['name']}")).json()
        assert parse_profile(detail["yaml"].encode()) == profiles()[one["name"]]
        assert {column["name"] for column in detail["columns"]} == set(profiles()[one["name"]].columns)
        assert {family["name"] for family in detail["families"]} == set(profiles()[one["name"]].families)
    missing = await desk.client.get("/v1/profiles/mand")
    assert missing.status_code == 404 and "mend" in missing.json()["detail"]


#: The profile of the guide.
SMALL = next(
    block.partition("```")[0]
    for block in re.split(r"```yaml [\w.]+\n", (GUIDES / "profiles.md").read_text("utf-8"))[1:]
    if block.startswith("format: parley-profile/1")
)


def test_all_faults_of_a_profile_come_at_once_with_their_places() -> None:
    wrong = SMALL.replace("is_needed: true", "is_needed: true, splt: x").replace("read: date", "read: dat")
    with pytest.raises(ApiError) as refused:
        parse_profile(wrong.encode())
    pointers = {violation.pointer for violation in refused.value.violations}
    assert "/columns/minister/splt" in pointers
    assert any(pointer and pointer.endswith("/valid_from/read") for pointer in pointers)


def test_faults_of_every_kind_come_in_one_answer(tmp_path: Path) -> None:
    """Of shape, of names that lead nowhere, of fields and words: each kind leans on the one before, and waits for none."""
    profile = tmp_path / "tour.yaml"
    profile.write_text("""
format: parley-profile/1
name: tour
title: Tour
about: Talks.
columns:
  id: {header: [Id], is_needed: perhaps}
  day: {header: [Day], splt: x}
codes:
  kind: {words: {a: rond}}
records:
  - collection: tlks
    needs: [id, qq]
    body:
      slug: "tuor-{id|slug}"
      title: {from: day, read: dat}
      kind: {from: id, read: code, codes: kind}
      startt: "{day|slugg}"
      delegations: 5
      summary: {from: id, cut: "("}
""")
    with pytest.raises(ApiError) as refused:
        profile_at(str(profile), WRITE_SPECS)
    assert sorted(str(violation.pointer) for violation in refused.value.violations) == sorted(
        [
            "/columns/id/is_needed",
            "/columns/day/splt",
            "/codes/kind/words/a",
            "/records/0/collection",
            "/records/0/needs/1",
            "/records/0/body/slug",
            "/records/0/body/title/read",
            "/records/0/body/startt",
            "/records/0/body/startt",
            "/records/0/body/delegations",
            "/records/0/body/summary",
        ]
    )


@pytest.mark.parametrize(
    ("right", "wrong", "pointers"),
    [
        # Where a whole section is lost, nobody says that its names are missing.
        ("codes: # their words and ours\n  confidence: {words: {sure: high, rumour: low}}", "codes: 5", ["/codes"]),
        ("name: gazette", "name: Gazette", ["/name"]),
        ("records: #", "records: 5\nrest: #", ["/records", "/rest"]),
    ],
)
def test_what_follows_from_a_fault_is_not_told_as_another(
    right: str, wrong: str, pointers: list[str], tmp_path: Path
) -> None:
    profile = tmp_path / "gazette.yaml"
    profile.write_text(SMALL.replace(right, wrong))
    with pytest.raises(ApiError) as refused:
        profile_at(str(profile), WRITE_SPECS)
    assert [violation.pointer for violation in refused.value.violations] == pointers


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('name: "{minister}"', 'name: "{ministre}"', "There is no column 'ministre'"),
        ("pattern: DD/MM/YYYY", "pattern: DD/QQ/YYYY", "is not a date pattern"),
        ("pattern: DD/MM/YYYY", 'cut: "a(?=b)"', "not a valid RE2 regular expression"),
        ("pattern: DD/MM/YYYY", 'cut: "(.?.?.?.?){250}="', "pattern too large"),
        ('"gazette-{minister|slug}"', '"gazette-{minister|slug"', "has an unmatched brace"),
        ('"gazette-{minister|slug}"', '"{minister|slug}"', "must begin with gazette-"),
        ('"gazette-{minister|slug}"', '{first: ["gazette-{minister|slug}", "x-{since}"]}', "must begin with gazette-"),
        ("name: gazette", "nmae: gazette", "Unknown field 'nmae'"),
        ("{minister|slug}", "{minister|slugg}", "There is no filter 'slugg'"),
        ("header: [Since]", "header: [minister]", "under both 'minister' and 'since'"),
        ("read: date, pattern: DD/MM/YYYY", "read: code, codes: x", "There is no code list 'x'"),
        ('slug: "gazette-{minister|slug}"', 'summary: "{minister}"', "`slug` is required"),
        ("pattern: DD/MM/YYYY", "cut: '('", "not a valid RE2 regular expression"),
        ("sure: high, rumour: low}", "sure: high}, patterns: {'(': low}", "not a valid RE2 regular expression"),
        ("sure: high, rumour: low}", "sure: high}, is_partial: true, otherwise: low", "`is_partial` is allowed"),
        ('name: "{minister}"', "name: {greatest: [rank], at_least: 0, at_most: 3}", "There is no column 'rank'"),
        ('name: "{minister}"', 'name: {if: "{since}", then: {from: rank}}', "There is no column 'rank'"),
        ('name: "{minister}"', 'name: {if: "{since}"}', "then"),
    ],
)
def test_a_profile_that_leads_nowhere_is_refused(right: str, wrong: str, said: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_profile(SMALL.replace(right, wrong).encode())
    assert any(said in violation.message or said in str(violation.pointer) for violation in refused.value.violations)


async def taken(engine: AsyncEngine, path: Path, profile: str) -> Summary:
    order = Order(ImportMode.MERGE, OnError.ABORT, False, "test", profile=profile_at(profile, WRITE_SPECS))
    return await import_file(
        writer_over(engine), SHOWN, path, None, order, SheetBounds(10_000_000_000, 1_000_000), lambda *_: None
    )


async def test_a_data_set_is_added_by_a_yaml_file_alone(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "gazette.yaml").write_text(SMALL)
    (tmp_path / "gazette.csv").write_text("Name|Since|Said\nAna Anić|XX/05/2019|sure\nBo|-|hearsay\n")
    engine = make_engine(database_url)
    summary = await taken(engine, tmp_path / "gazette.csv", str(tmp_path / "gazette.yaml"))
    await engine.dispose()
    assert (summary.created, [one.rule for one in summary.warnings]) == (2, ["no-day", "unmapped"])


@pytest.mark.parametrize("expression", [".*.*.*.*.*.*.*.*=x", "^(a+)+$", "(a|a)*$", "(x?){500}y"])
def test_no_expression_hangs_on_a_cell(expression: str) -> None:
    """With expressions that go back each of these takes longer than anybody waits: the suite would not end."""
    assert find_match(expression, "a" * 1_989 + "!") in (None, "")


def test_a_file_that_is_no_profile_of_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match=r"nope\.yaml cannot be read: no such file"):
        profile_at(str(tmp_path / "nope.yaml"), WRITE_SPECS)
    (tmp_path / "mine.yaml").write_text(SMALL.replace("name: gazette", "name: mend\nprefix: gazette"))
    with pytest.raises(ApiError) as refused:
        profile_at(str(tmp_path / "mine.yaml"), WRITE_SPECS)
    assert refused.value.violations[0].pointer == "/name"


async def gazette(database_url: str, folder: Path, rows: str, yaml: str = SMALL) -> Summary:
    """What is told of rows that the profile of the guide takes, or another."""
    (folder / "gazette.yaml").write_text(yaml)
    (folder / "gazette.csv").write_text(rows)
    engine = make_engine(database_url)
    try:
        return await taken(engine, folder / "gazette.csv", str(folder / "gazette.yaml"))
    finally:
        await engine.dispose()


async def test_a_row_that_makes_no_record_is_told(database_url: str, tmp_path: Path) -> None:
    rows = "Minister|Since|Said\n|01/01/2000|sure\nNew One|02/01/2000|sure\n||\n"
    summary = await gazette(database_url, tmp_path, rows)
    found = [(one.line, one.column, one.rule) for one in summary.warnings]
    assert (summary.created, found) == (1, [(2, "Minister", "no-record"), (4, None, "blank-rows")])
    needing = SMALL.replace("collection: people", "collection: people\n    needs: [since]")
    summary = await gazette(database_url, tmp_path, "Minister|Since|Said\nOld One||sure\n", needing)
    assert [(one.line, one.column, one.rule) for one in summary.warnings] == [(2, "Since", "no-record")]


async def test_a_file_of_old_line_ends_is_read(database_url: str, tmp_path: Path) -> None:
    summary = await gazette(database_url, tmp_path, "Minister|Since|Said\rBo|01/01/2000|sure\rCy|x\r")
    assert (summary.faulty, summary.faults[0].line) == (1, 3)
    assert "A cell with a bar or a quote" in str(summary.faults[0].hint)


async def test_another_delimiter_is_called_by_its_name(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        await gazette(database_url, tmp_path, "Minister;Since;Said\nBo;01/01/2000;sure\n")
    assert "contains a semicolon" in refused.value.violations[0].message


@pytest.mark.parametrize(
    ("right", "wrong", "pointer", "hint"),
    [
        ('name: "{minister}"', 'naem: "{minister}"', "/records/0/body/naem", "Did you mean 'name'?"),
        ("title: Minister", "titel: Minister", "/records/0/body/posts/0/titel", "Did you mean 'title'?"),
        ("sure: high", "sure: hgih", "/codes/confidence/words/sure", "Did you mean `high`?"),
        ('name: "{minister}"', "name: {frm: since}", "/records/0/body/name", "Send text."),
        ('name: "{minister}"', "name: 5", "/records/0/body/name", "Send text."),
    ],
)
def test_what_would_be_wrong_in_every_row_is_found_in_the_profile(
    right: str, wrong: str, pointer: str, hint: str, tmp_path: Path
) -> None:
    profile = tmp_path / "gazette.yaml"
    profile.write_text(SMALL.replace(right, wrong))
    with pytest.raises(ApiError) as refused:
        profile_at(str(profile), WRITE_SPECS)
    (violation,) = refused.value.violations
    assert violation.pointer == pointer and str(violation.hint).startswith(hint)


async def test_a_name_without_letters_makes_no_record(database_url: str, tmp_path: Path) -> None:
    summary = await gazette(database_url, tmp_path, "Minister|Since|Said\n***|01/01/2000|sure\n???|01/01/2000|sure\n")
    assert summary.created == 0
    assert {(one.line, one.column) for one in summary.warnings} == {(2, "Minister"), (3, "Minister")}
    assert "'***' has neither letters nor digits" in summary.warnings[0].message


async def test_a_profile_for_a_collection_that_there_is_not_is_refused(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "gazette.yaml").write_text(SMALL.replace("collection: people", "collection: peoples"))
    (tmp_path / "gazette.csv").write_text("Name\nBo\n")
    engine = make_engine(database_url)
    with pytest.raises(ApiError) as refused:
        await taken(engine, tmp_path / "gazette.csv", str(tmp_path / "gazette.yaml"))
    await engine.dispose()
    assert [(one.pointer, one.hint) for one in refused.value.violations] == [
        ("/records/0/collection", "Did you mean 'people'?")
    ]


@pytest.mark.parametrize(
    ("cell", "pattern", "date", "missing"),
    [
        ("2019-05-31", "YYYY-MM-DD", "2019-05-31", None),
        ("00/05/2019", "DD/MM/YYYY", "2019-05", "day"),
        ("2019XXXX", "YYYYMMDD", "2019", "month"),
        ("1/2/2019", "DD/MM/YYYY", "2019-02-01", None),
        ("2019", "YYYY", "2019", "month"),
    ],
)
def test_dates_keep_what_is_known_of_them(cell: str, pattern: str, date: str, missing: str | None) -> None:
    assert build_date(split_date(cell, pattern)) == (date, missing)


def made(
    form: Any, cells: Mapping[str, str | tuple[str, ...] | None], **codes: Any
) -> tuple[Any, list[tuple[str | None, str]]]:
    """What a form makes of a row, and what is told of it."""
    lists = {name: Codes.model_validate(given) for name, given in codes.items()}
    evaluator = RowEvaluator(2, codes=lists)
    row = {name: CellContent(name.upper(), value) for name, value in cells.items()}
    value = evaluator.value(TypeAdapter(Value).validate_python(form), row)
    return value, [(one.column, one.rule) for one in evaluator.warnings.values()]


@pytest.mark.parametrize(
    ("form", "cells", "value", "told"),
    [
        ({"from": "a", "read": "truth"}, {"a": "TRUE"}, True, []),
        ({"from": "a", "read": "truth"}, {"a": "perhaps"}, None, [("A", "not-read")]),
        ({"from": "a", "read": "country_name"}, {"a": "BOL"}, "Bolivia", []),
        ({"if": {"from": "a", "read": "truth"}, "then": "yes", "else": "no"}, {"a": "0"}, "no", []),
        ({"if": "{a}", "then": {"from": "b"}}, {"a": "x", "b": "y"}, "y", []),
        ({"if": "{a}", "then": "yes"}, {"a": None}, None, []),
        ({"greatest": ["a", "b"], "at_least": 0, "at_most": 3}, {"a": "1", "b": "2.0"}, 2, []),
        ({"greatest": ["a"], "words": {"True": 1}, "at_least": 0, "at_most": 3}, {"a": "True"}, 1, []),
        ({"greatest": ["a", "b"], "at_least": 0, "at_most": 3}, {"a": "4", "b": "x"}, None, [("A", "not-read"), ("B", "not-read")]),
        ("{a|place}, {b}", {"a": "2", "b": "y"}, "two, y", []),
        ({"from": "a", "cut": "^x+"}, {"a": "x" * 2001}, None, [("A", "not-read")]),
        ("{a|place}", {"a": "3"}, None, [("A", "unmapped")]),
        ({"from": "a", "read": "code", "codes": "kind"}, {"a": "Government of X"}, "government", []),
        ({"from": "a", "read": "code", "codes": "kept"}, {"a": "7101"}, "7101", []),
    ],
)  # fmt: skip
def test_what_a_value_may_be_made_of(
    form: Any, cells: dict[str, str | None], value: Any, told: list[tuple[str, str]]
) -> None:
    codes = {
        "place": {"words": {"2": "two"}},
        "kind": {"patterns": {"^Government of ": "government"}},
        "kept": {"words": {"5201": None}, "keeps_others": True},
    }
    assert made(form, cells, **codes) == (value, told)


def test_a_cell_is_not_split_inside_a_value_that_is_whole() -> None:
    assert split_at("a, b; c, d;e", ";", []) == ["a, b", " c, d", "e"]
    assert split_at("x, P, J, y,P, J and Q", ",", ["P, J", "P, J and Q"]) == ["x", " P, J", " y", "P, J and Q"]


@pytest.mark.parametrize("cell", ["2019-02-30", "2019-13-01", "19-05-01", "2019-00-07", "soon"])
def test_a_date_that_is_none_is_not_guessed(cell: str) -> None:
    with pytest.raises(CellError):
        build_date(split_date(cell, "YYYY-MM-DD"))


# --- the real file, where it is at hand


async def test_the_real_file_is_taken_whole_with_its_known_faults(database_url: str) -> None:
    if not SAMPLES or not (path := Path(SAMPLES) / "mend_events.csv").exists():
        pytest.skip("PARLEY_SAMPLES names no folder with mend_events.csv")
    engine = make_engine(database_url)
    summary = await taken(engine, path, "mend")
    again = await taken(engine, path, "mend")
    await engine.dispose()
    assert (summary.ending, summary.faulty) == ("complete", 0)
    found = {one.rule for one in summary.warnings}
    assert {"lists-differ", "misplaced", "doubt", "no-day", "same-key", "misleading-column"} <= found
    assert (again.created, again.changed, again.last_revision) == (0, 0, None)
