"""What the language of profiles offers for files that nobody has seen before: each word of it with a small hard file."""

import copy
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.errors import ApiError
from app.ingest.cells import CellError
from app.ingest.countries import CountryError, countries, country
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.lint.places import OUTSIDE_COUNTRY
from app.ingest.lint.rule import RuleContext
from app.ingest.lint.values import MOJIBAKE
from app.ingest.local_files import import_file
from app.ingest.profiles.catalog import parse_profile, profile_at
from app.ingest.profiles.cell_contents import CellContent
from app.ingest.profiles.cells import parse_date
from app.ingest.profiles.encodings import UTF_16, Encoding
from app.ingest.profiles.value_forms import Value
from app.ingest.profiles.values import RowEvaluator
from app.ingest.report import Summary
from app.ingest.workbooks.archive import SheetBounds
from app.runtime.bootstrap import writer_over
from app.writing.intents import Intent, Mode
from tests.ingest.test_profiles import SAMPLES, SHOWN, SMALL, WRITE_SPECS, made, taken

#: A profile with which a test begins: an agreement a row.
PACTS = """
format: parley-profile/1
name: pacts
title: Pacts
about: Agreements of Ruritania, one a row.
columns:
  id: {header: [Id], is_needed: true}
  title: {header: [Title], is_needed: true}
  day: {header: [Day]}
  who: {header: [Who]}
  role: {header: [Role]}
  text: {header: [Text]}
records:
  - collection: processes
    body: {slug: pacts-ruritania, title: Ruritanian peace process, kind: peace}
  - collection: parties
    needs: [who]
    body: {slug: "pacts-{who|slug}", name: "{who}", kind: other}
  - collection: agreements
    is_the_row: true
    needs: [id, title]
    body:
      slug: "pacts-{id|slug}"
      process: pacts-ruritania
      title: "{title}"
      kind: other
      status: signed
      agreed_on: {from: day, read: date, pattern: [YYYY-MM-DD, DD/MM/YYYY]}
      parties: ["pacts-{who|slug}"]
      summary: "{text}"
      external_ids: [{scheme: pacts, value: "{id}"}]
"""


@pytest.fixture
async def engine(database_url: str) -> Any:
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


def changed(profile: str, **keys: Any) -> str:
    """A profile with other values at places, as `records__2__gathers`."""
    said = yaml.safe_load(profile)
    for path, value in keys.items():
        place: Any = said
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        for step in steps:
            place = place[step]
        place[last] = value
    return str(yaml.safe_dump(said, allow_unicode=True, sort_keys=False))


async def read(engine: AsyncEngine, folder: Path, profile: str, content: str | bytes) -> Summary:
    (folder / "pacts.yaml").write_text(profile)
    (folder / "pacts.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return await taken(engine, folder / "pacts.csv", str(folder / "pacts.yaml"))


def told(summary: Summary) -> list[tuple[int, str | None, str]]:
    usual = ("missing-column", "unknown-code")
    return [(one.line, one.column, one.rule) for one in summary.warnings if one.rule not in usual]


async def rows(engine: AsyncEngine, query: str) -> list[Any]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.exec_driver_sql(query)]


# --- signs for unknown, ids, whole numbers


async def test_signs_for_unknown_of_a_profile_go_for_all_columns_but_those_that_say_otherwise(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    profile = changed(
        PACTS, unknown=["x", "-99"], whole_numbers=True, columns__text__known=["x"], columns__id__like="^[0-9]+$"
    )
    table = "Id,Title,Day,Who,Role,Text\n1113.0,One,-99.0,x,,x\nA7,Two,,,,\n"
    summary = await read(engine, tmp_path, profile, table)
    assert (summary.ending, summary.faulty) == ("aborted", 1)
    assert [(one.line, one.column) for one in summary.faults] == [(3, "Id")]
    assert (3, "Id", "not-like") in told(summary)
    summary = await read(engine, tmp_path, profile, table.replace("A7,Two,,,,\n", ""))
    assert told(summary) == []
    assert await rows(engine, "SELECT slug, agreed_on, summary FROM agreement") == [("pacts-1113", None, "x")]
    assert await rows(engine, "SELECT value FROM external_id") == [("1113",)]


# --- headers


async def test_a_header_that_was_renamed_is_found_by_its_likeness(engine: AsyncEngine, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        await read(engine, tmp_path, PACTS, "Agreement,Titles,Days\n1,One,2001-01-02\n")
    by_column = {violation.message.split("'")[1]: str(violation.hint) for violation in refused.value.violations}
    assert "'Titles'" in by_column["Title"] and "The file has" not in by_column["Id"]
    summary = await read(engine, tmp_path, PACTS, "Id,Title,Days,Whom\n1,One,2001-01-02,x\n")
    hints = {(one.column, one.rule): str(one.hint) for one in summary.warnings}
    assert "'Days'" in hints["Day", "missing-column"] and "'Day'" in hints["Days", "unknown-column"]


# --- dates


@pytest.mark.parametrize(
    ("cell", "patterns", "years_from", "date"),
    [
        ("2001-05-04", ["YYYY-MM-DD", "DD/MM/YYYY"], 0, "2001-05-04"),
        ("04/05/2001", ["YYYY-MM-DD", "DD/MM/YYYY"], 0, "2001-05-04"),
        # The first pattern in which it is a day of the calendar.
        ("05/25/2001", ["DD/MM/YYYY", "MM/DD/YYYY"], 0, "2001-05-25"),
        ("04/05/49", ["DD/MM/YY"], 1950, "2049-05-04"),
        ("04/05/50", ["DD/MM/YY"], 1950, "1950-05-04"),
        ("4 July 1999", ["DD MON YYYY"], 0, "1999-07-04"),
        ("Sept. 1999", ["DD MON YYYY", "MON YYYY"], 0, "1999-09"),
    ],
)
def test_a_date_is_read_by_the_first_pattern_that_fits(
    cell: str, patterns: list[str], years_from: int, date: str
) -> None:
    assert parse_date(cell, patterns, years_from)[0] == date


@pytest.mark.parametrize("cell", ["31/02/2001", "4 Foo 1999", "2001/05", "1_1/2/2001"])
def test_a_date_by_no_pattern_is_one_error(cell: str) -> None:
    with pytest.raises(CellError, match="DD/MM/YYYY or DD MON YYYY"):
        parse_date(cell, ["DD/MM/YYYY", "DD MON YYYY"])


async def test_one_warning_tells_of_a_date_that_fits_no_pattern(engine: AsyncEngine, tmp_path: Path) -> None:
    table = "Id,Title,Day,Who,Role,Text\n1,One,04/05/2001,,,\n2,Two,2001-13-45,,,\n"
    assert told(await read(engine, tmp_path, PACTS, table)) == [(3, "Day", "not-read")]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"from": "day", "read": "date", "pattern": ["DD/MM/YY"]}, "years_from"),
        ({"from": "day", "read": "date", "pattern": ["DD/MM/YYYY"], "years_from": 1950}, "years_from"),
        ({"from": "day", "read": "date", "pattern": ["YYYY-MM-DD", "DD/QQ/YYYY"]}, "'DD/QQ/YYYY'"),
        ({"from": "day", "read": "date", "pattern": ["DD/YY/YYYY"]}, "'DD/YY/YYYY'"),
    ],
)
def test_a_pattern_that_is_none_is_refused(form: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_profile(changed(PACTS, records__2__body__agreed_on=form).encode())
    assert said in refused.value.violations[0].message


# --- encodings


@pytest.mark.parametrize("name", sorted(set(get_args(Encoding)) - UTF_16))
def test_an_encoding_leaves_ascii_where_it_is(name: str) -> None:
    """Lines, quotes and delimiters are found before a row is decoded."""
    ascii_ = bytes(range(128))
    assert ascii_.decode(name) == ascii_.decode("ascii")
    high = bytes([0xC3, 0xA9])
    assert not any(one.isascii() for one in high.decode(name, "ignore"))


@pytest.mark.parametrize(
    ("encodings", "codec", "line"),
    [
        (["mac-roman"], "mac-roman", None),
        (["utf-8", "mac-roman"], "mac-roman", 2),
        (["cp1250"], "cp1250", None),
        (["utf-16"], "utf-16", None),
        (["utf-8", "utf-16"], "utf-16", None),
        (["utf-16"], "utf-16-be", None),
        (["utf-16-le", "utf-8"], "utf-16-le", None),
        (["utf-16", "utf-8"], "utf-8-sig", 1),
    ],
)
async def test_a_file_in_another_encoding_is_read(
    engine: AsyncEngine, tmp_path: Path, encodings: list[str], codec: str, line: int | None
) -> None:
    table = "Id,Title,Day,Who,Role,Text\r\n1,Über Ödön,2001-05-04,Ödön,,\r\n"
    summary = await read(engine, tmp_path, changed(PACTS, encodings=encodings), table.encode(codec))
    assert told(summary) == ([(line, None, "encoding")] if line else [])
    assert await rows(engine, "SELECT title FROM agreement") == [("Über Ödön",)]


async def test_a_broken_file_in_utf_16_is_refused_and_no_failure(engine: AsyncEngine, tmp_path: Path) -> None:
    profile = changed(PACTS, encodings=["utf-16"])
    broken = "Id,Title\n1,One\n".encode("utf-16")[:-1], b"\xff\xfe\x00\xd8\x00\x00", b"\xff\xfe"
    for content, status in zip(broken, (422, 422, 400), strict=True):
        with pytest.raises(ApiError) as refused:
            await read(engine, tmp_path, profile, content)
        assert refused.value.kind.status == status


# --- countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UA", "UA"),
        ("ukr", "UA"),
        ("804", "UA"),
        ("8", "AL"),
        ("Russia", "RU"),
        ("the  gambia", "GM"),
        ("Cote d’Ivoire", "CI"),
        ("Islamic Republic of Iran", "IR"),
        ("Myanmar (Burma)", "MM"),
        ("Kosovo", "XK"),
        ("Bosnia & Herzegovina", "BA"),
    ],
)
def test_a_country_is_read_by_code_or_name(text: str, code: str) -> None:
    assert country(text)[0] == code and countries(text) == [code]


@pytest.mark.parametrize(
    ("text", "said"),
    [("Congo", "CD.*CG"), ("Korea", "KR.*KP"), ("Yugoslavia", "RS"), ("625", "neither"), ("", "neither")],
)
def test_what_is_no_one_country_is_not_guessed(text: str, said: str) -> None:
    with pytest.raises(CountryError, match=said):
        country(text)


def test_a_former_state_is_the_countries_on_its_territory_now() -> None:
    assert made({"from": "a", "read": "countries"}, {"a": "SUN"})[0][:3] == ["AM", "AZ", "BY"]
    assert made({"from": "a", "read": "country_name"}, {"a": "CSK"}) == ("Czechoslovakia", [])
    assert made({"from": "a", "read": "country"}, {"a": "YUG"}) == (None, [("A", "not-read")])


@pytest.mark.parametrize(
    ("code", "odd"), [(("iso3166", "YUG"), False), (("gw", "345"), False), (("gw", "346"), True), (None, True)]
)
def test_a_place_of_a_former_state_may_lie_in_any_of_its_countries(code: tuple[str, str] | None, odd: bool) -> None:
    ids = [{"scheme": code[0], "value": code[1]}] if code else []
    sarajevo = {"slug": "s", "name": "S", "countries": ["RS"], "lon": 18.4, "lat": 43.85, "external_ids": ids}
    intent = Intent("places", sarajevo, Mode.PUT)
    assert bool(list(OUTSIDE_COUNTRY.check(intent, RuleContext()))) is odd


# --- lists and texts


def test_what_stands_twice_in_a_joined_list_is_taken_once_and_told() -> None:
    form = {"joined": [["{a}"], {"each": ["b"], "make": "{b}"}, ["{c}"]]}
    assert made(form, {"a": "UN", "b": ("AU", "UN"), "c": "AU"}) == (["UN", "AU"], [("B", "twice"), ("C", "twice")])


def test_each_entry_of_a_list_knows_the_column_that_it_came_from() -> None:
    evaluator = RowEvaluator(2)
    cells = {
        name: CellContent(name.upper(), value)
        for name, value in {"a": None, "b": "x", "c": ("y", "z"), "d": "w"}.items()
    }
    form = {
        "l": {"joined": [["{a}", {"n": "{b}"}], {"each": ["c"], "make": {"n": "{c}"}}]},
        "t": {"first": ["{a}{d}", "{d}{a}", "{d}"]},
    }
    body = evaluator.value(TypeAdapter(Value).validate_python(form), cells)
    assert body == {"l": [{"n": "x"}, {"n": "y"}, {"n": "z"}], "t": "w"}
    assert evaluator.columns == {"/l/0/n": "B", "/l/1/n": "C", "/l/2/n": "C", "/t": "D"}


async def test_line_breaks_stay_in_prose_and_long_texts_are_cut_with_a_warning(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    out = io.StringIO()
    long = "word " * 120
    csv.writer(out).writerows(
        [
            ["Id", "Title", "Day", "Who", "Role", "Text"],
            ["1", "One \r\n and two", "", "A\nB", "", "first\n\nsecond"],
            ["2", long, "", "", "", ""],
        ]
    )
    summary = await read(engine, tmp_path, PACTS, out.getvalue())
    assert told(summary) == [(7, "Title", "cut-off")]
    found = await rows(engine, "SELECT title, summary FROM agreement ORDER BY slug")
    assert found[0] == ("One and two", "first\n\nsecond")
    assert len(found[1][0]) <= 500 and found[1][0].endswith("word…")
    assert await rows(engine, "SELECT name FROM party") == [("A B",)]


@pytest.mark.parametrize(
    ("rest", "warned"), [({}, True), ({"notes": [{"from": "text", "after": 5}]}, False), ({"notes": ["{text}"]}, False)]
)
async def test_what_until_leaves_out_is_told_unless_it_goes_elsewhere(
    engine: AsyncEngine, tmp_path: Path, rest: dict[str, Any], warned: bool
) -> None:
    said = yaml.safe_load(PACTS)
    said["records"][2]["body"] |= {"summary": {"from": "text", "until": 5}, **rest}
    summary = await read(engine, tmp_path, yaml.safe_dump(said), "Id,Title,Text\n1,One,seven words\n")
    assert told(summary) == ([(2, "Text", "cut-off")] if warned else [])


# --- records of several rows


GATHERS = {
    "records__2__gathers": ["parties", "signatures"],
    "records__2__body__signatures": [{"key": "{who|slug}", "party": "pacts-{who|slug}", "capacity": "{role}"}],
}
LONG = """Id,Title,Day,Who,Role,Text
1,One,2001-05-04,Rur,party,
1,One,2001-05-04,Alb,,
1,Won,2001-05-04,Rur,party,
2,Two,,Rur,party,
1,One,,Alb,witness,
1,One,,Alb,guarantor,
"""


async def test_rows_of_a_long_table_add_to_the_lists_of_one_record(engine: AsyncEngine, tmp_path: Path) -> None:
    profile = changed(PACTS, **GATHERS)
    summary = await read(engine, tmp_path, profile, LONG)
    assert (summary.faulty, summary.created) == (0, 5), summary.faults
    assert told(summary) == [(4, "Title", "differs"), (7, "Role", "differs")]
    signed = "SELECT a.slug, s.key, s.capacity FROM agreement_signature s JOIN agreement a ON a.id = s.agreement_id ORDER BY 1, 2"
    assert await rows(engine, signed) == [
        ("pacts-1", "alb", "witness"),
        ("pacts-1", "rur", "party"),
        ("pacts-2", "rur", "party"),
    ]
    again = await read(engine, tmp_path, profile, LONG)
    assert (again.created, again.changed, again.last_revision) == (0, 0, None)


async def test_rows_of_one_record_may_lie_batches_apart(engine: AsyncEngine, tmp_path: Path) -> None:
    """A batch must not write over what the one before has added: the same file again changes nothing."""
    table = "Id,Title,Day,Who,Role,Text\n" + "".join(f"{number % 3},One,,P{number},party,\n" for number in range(450))
    said = yaml.safe_load(changed(PACTS, **GATHERS))
    # A record that mentions those that wait for the last row waits, too.
    assessment = {
        "slug": "pacts-about-{id|slug}",
        "about": ["agreements/pacts-{id|slug}"],
        "text": "Signed.",
        "kind": "other",
    }
    said["records"].append({"collection": "assessments", "body": assessment})
    profile = yaml.safe_dump(said)
    for number, created in enumerate((1 + 450 + 3 + 3, 0)):
        summary = await read(engine, tmp_path, profile, table)
        assert (summary.faulty, summary.created, summary.changed) == (0, created, 0), summary.faults[:3]
        assert (summary.last_revision is None) is bool(number)
    assert await rows(engine, "SELECT count(*) FROM agreement_signature GROUP BY agreement_id") == [(150,)] * 3


@pytest.mark.parametrize(
    ("names", "said"),
    [(["title"], "is not a list"), (["issues"], "There is no body field"), (["partes"], "There is no body field")],
)
def test_what_is_gathered_must_be_a_list_of_the_body(tmp_path: Path, names: list[str], said: str) -> None:
    (tmp_path / "pacts.yaml").write_text(changed(PACTS, records__2__gathers=names))
    with pytest.raises(ApiError) as refused:
        profile_at(str(tmp_path / "pacts.yaml"), WRITE_SPECS)
    assert said in refused.value.violations[0].message and refused.value.violations[0].pointer == "/records/2/gathers/0"


# --- what is told


async def test_blank_rows_are_one_warning_with_their_number(engine: AsyncEngine, tmp_path: Path) -> None:
    table = "Id,Title,Day\n1,One,\n,,\n" + "2,Two,\n" * 1 + ',"",\n' * 250 + " , ,\n"
    summary = await read(engine, tmp_path, PACTS, table)
    assert (summary.ending, summary.faulty, told(summary)) == ("complete", 0, [(3, None, "blank-rows")])
    (warning,) = [one for one in summary.warnings if one.rule == "blank-rows"]
    assert warning.message.startswith("252 rows are blank")


async def test_warnings_and_faults_are_counted_by_column_also_beyond_those_that_are_listed(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    table = "Id,Title,Day\n" + "".join(f"{number},One,soon\n" for number in range(1_100)) + "x,,\n"
    summary = await read(engine, tmp_path, PACTS, table)
    assert summary.ending == "aborted"
    counts = {(one.rule, one.column): one.count for one in summary.warning_counts}
    assert counts["not-read", "Day"] == 1_100 and len(summary.warnings) == 1_000
    assert sum(counts.values()) == summary.warned == summary.warnings_not_listed + 1_000
    assert [(one.column, one.pointer, one.count) for one in summary.fault_counts] == [("Title", "", 1)]


async def test_an_unknown_issue_says_how_issues_are_loaded(engine: AsyncEngine, tmp_path: Path) -> None:
    profile = changed(PACTS, records__2__body__issues=[{"issue": "{text}"}])
    summary = await read(engine, tmp_path, profile, "Id,Title,Text\n1,One,CEAS\n")
    (violation,) = summary.faults
    assert (violation.column, violation.pointer) == ("Text", "/issues/0/issue") and "parley load issues" in str(
        violation.hint
    )


@pytest.mark.parametrize(
    ("meant", "written", "read_as"),
    [
        ("Montréal", "utf-8", "windows-1252"),
        ("Montréal", "mac-roman", "windows-1252"),
        ("São Tomé and Príncipe", "mac-roman", "iso-8859-1"),
        ("Москва", "koi8-r", "windows-1252"),
        ("Montréal", "cp850", "mac-roman"),
    ],
)
def test_a_text_in_the_wrong_encoding_is_told_with_the_right_one(meant: str, written: str, read_as: str) -> None:
    odd = MOJIBAKE.check("name", meant.encode(written).decode(read_as))
    assert odd is not None and repr(meant) in str(odd.hint) and f"its bytes are {written}" in str(odd.hint)
    assert MOJIBAKE.check("name", meant) is None


# --- the checker answers whatever a profile says

VALUES: list[Any] = [
    None, True, -1, 1.5, 10**30, "", "2001", "{id}", "{id|slug}", "{", [], {}, ["a"], [[1]], {"from": "id"}, {"from": 5},
    {"from": "day", "read": "date", "pattern": 5}, {"from": "role", "read": "code", "codes": "kind"}, {"first": []},
    {"first": ["2001", "{day}"]}, {"each": ["id"], "make": "x"}, {"joined": [[1], "x"]}, {"if": 1, "then": "2001"},
    {"greatest": ["id"], "at_least": 1, "at_most": 3}, {"a": {"b": [None]}}, "x" * 600,
]  # fmt: skip
FULL = changed(
    PACTS,
    codes={"kind": {"words": {"a": "party", "b": "2001"}, "otherwise": "witness"}},
    families={"strength": {"headers": ["A", "B"], "unknown": ["0"]}},
    passed_over={"Else": "Nothing."},
    doubts=[{"when": {"who": ["x"]}, "column": "who", "message": "Odd."}],
    **GATHERS,
)
#: Names under which somebody may put anything.
NAMES = [
    "end",
    "start",
    "valid_from",
    "from",
    "first",
    "demands",
    "external_ids",
    "posts",
    "like",
    "pattern",
    "gathers",
    "x",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*path, step)
        yield from places(one, (*path, step))


@st.composite
def edited(draw: st.DrawFn) -> dict[str, Any]:
    """A profile with some random edits."""
    said: dict[str, Any] = copy.deepcopy(yaml.safe_load(draw(st.sampled_from([FULL, SMALL]))))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(places(said))))
        owner: Any = said
        for step in path[:-1]:
            owner = owner[step]
        match draw(st.sampled_from(["put", "put", "drop", "add", "collection"])):
            case "put":
                owner[path[-1]] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            case "drop":
                del owner[path[-1]]
            case "add" if isinstance(owner, dict):
                owner[draw(st.sampled_from(NAMES))] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            case "collection" if isinstance(said.get("records"), list) and said["records"]:
                if isinstance(said["records"][-1], dict):
                    said["records"][-1]["collection"] = draw(st.sampled_from(sorted(WRITE_SPECS)))
            case _:
                pass
    return said


def refusal_of(profile: Path) -> ApiError | None:
    """A profile is right, or refused with its faults; anything else is an error of the checker."""
    try:
        profile_at(str(profile), WRITE_SPECS)
    except ApiError as refused:
        return refused
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=edited())
def test_whatever_a_profile_says_the_checker_answers(said: dict[str, Any], tmp_path: Path) -> None:
    """Constants where a date stands beside others, code lists where none fits, forms in each other's places."""
    (tmp_path / "pacts.yaml").write_text(json.dumps(said))
    refused = refusal_of(tmp_path / "pacts.yaml")
    assert refused is None or refused.violations


@pytest.mark.parametrize(
    ("collection", "field", "value", "wrong"),
    [
        ("people", "posts", [{"title": "x", "valid_to": "2001"}], set()),
        (
            "talks",
            "end",
            {"from": "role", "read": "code", "codes": "kind"},
            {"/codes/kind/otherwise", "/codes/kind/words/a"},
        ),
        ("issues", "broader", "2001", set()),
        ("proposals", "demands", [{"is_mutual": True}], set()),
    ],
)
def test_a_constant_is_checked_without_the_fields_beside_it(
    tmp_path: Path, collection: str, field: str, value: Any, wrong: set[str]
) -> None:
    said = yaml.safe_load(FULL)
    said["records"] = [{"collection": collection, "body": {"slug": "pacts-x", field: value}}]
    (tmp_path / "pacts.yaml").write_text(json.dumps(said))
    refused = refusal_of(tmp_path / "pacts.yaml")
    assert {violation.pointer for violation in (refused.violations if refused else ())} == wrong


# --- the real table of MEND's actors, where it is at hand

ACTORS = """
format: parley-profile/1
name: actors
title: MEND actors
about: Actors of MEND, one a row.
encodings: [utf-8, mac-roman]
unknown: [NA, "NULL"]
columns:
  id: {header: [MEND_ID], is_needed: true, like: "^[A-Z]+[_-][0-9]+$"}
  gw: {header: [GW_ID], like: "^[0-9]+$", whole_numbers: true}
  name: {header: [ActorName], is_needed: true}
passed_over:
  PAAX_ID: The same.
  actor_classification_mend: The kind.
  actor_classification: The kind.
records:
  - collection: parties
    is_the_row: true
    needs: [id, name]
    body:
      slug: "actors-{id|slug}"
      name: "{name}"
      kind: other
      notes: ["Country: {gw}"]
      external_ids: [{scheme: mend, value: "{id}"}]
"""


async def test_the_real_table_of_actors_is_read(engine: AsyncEngine, tmp_path: Path) -> None:
    if not SAMPLES or not (path := Path(SAMPLES) / "mend_all_actors.csv").exists():
        pytest.skip("PARLEY_SAMPLES names no folder with mend_all_actors.csv")
    (tmp_path / "actors.yaml").write_text(ACTORS)
    order = Order(
        ImportMode.MERGE, OnError.SKIP, False, "test", profile=profile_at(str(tmp_path / "actors.yaml"), WRITE_SPECS)
    )
    bounds = SheetBounds(10_000_000_000, 1_000_000)
    summary = await import_file(writer_over(engine), SHOWN, path, None, order, bounds, lambda *_: None)
    assert summary.ending == "complete" and summary.faulty == 0 and summary.created > 900
    odd = [one for one in summary.warnings if one.rule == "mojibake"]
    assert odd and all("Its bytes are" in str(one.hint) for one in odd if "\ufffd" not in one.message)
    assert {one.column for one in odd} == {"ActorName"}
