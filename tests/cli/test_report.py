"""`parley report`: the reports on the command line, as a table or a file."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pyarrow.parquet
import pytest

from app.cli.report_tables import as_blocks, as_table, compact
from app.cli.reports import COMMANDS_OF_REPORTS, OWN_OPTIONS, example_of, formats_of
from app.registry import REPORTS
from app.web.validation import field_names
from tests.cli.test_cli import Call, Done, call, data_dir

__all__ = ["call", "data_dir"]

Report = Callable[..., Awaitable[Done]]


@pytest.fixture
def report(call: Call, loaded_url: str, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Run the command over the bundled dossiers, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    async def run(*arguments: str) -> Done:
        return await asyncio.to_thread(call, "report", *arguments, DATABASE_URL=loaded_url)

    return run


def test_each_report_has_a_command_made_from_its_declaration(call: Call) -> None:
    assert len(COMMANDS_OF_REPORTS) == len(REPORTS)
    for one in REPORTS:
        assert not OWN_OPTIONS.keys() & field_names(one.query).keys(), one.path
        assert {"json", "csv", "ndjson", "parquet"} <= set(formats_of(one)), one.path
    listed = call("report", "--list")
    assert listed.code == 0
    for name, one in COMMANDS_OF_REPORTS.items():
        assert name in listed.out and one.summary.split()[0] in listed.out
    gaps = COMMANDS_OF_REPORTS["gaps"]
    assert example_of(gaps) == "parley report gaps russia-ukraine --on 2025-06-05 --parties russia,ukraine"
    shown = call("report", "gaps", "--help")
    assert (shown.code, shown.err) == (0, "") and example_of(gaps) in " ".join(shown.out.split())
    for name in field_names(gaps.query):
        assert f"--{name.replace('_', '-')}" in shown.out
    assert {"history", "talks-history"} & COMMANDS_OF_REPORTS.keys() == {"talks-history"}
    assert call("report").out == call("report", "--help").out


async def test_a_report_is_a_table_that_fits(report: Report, client: httpx.AsyncClient) -> None:
    done = await report("gaps", "russia-ukraine", "--on", "2025-06-05", "--parties", "russia,ukraine")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:4] == ["issue", "status", "low", "high"]
    got = (await client.get("/v1/processes/russia-ukraine/gaps?on=2025-06-05&parties=russia,ukraine")).json()
    printed = [line.split()[:2] for line in lines[2 : 2 + len(got["data"])]]
    assert printed == [[row["issue"]["code"], row["status"]] for row in got["data"]]
    assert f"{len(got['data'])} rows." in lines and "on      2025-06-05" in lines
    # Filters of the counted list, which the report does not declare, and columns by choice.
    chosen = await report(
        "counts",
        "--of=demands",
        "--by",
        "state",
        "--proposal",
        "russian-memorandum-2025-06-02",
        "--show",
        "count,first",
    )
    assert chosen.out.splitlines()[0].split() == ["count", "first"], chosen
    paged = await report("sources", "--limit", "2")
    assert "2 rows. More follow: add --limit, or --format csv for all." in paged.out


async def test_a_report_is_written_in_its_formats(report: Report, tmp_path: Path) -> None:
    to_stdout = await report("sources", "--contradicted", "true", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(to_stdout.out)))
    assert rows and not to_stdout.out.startswith("\ufeff")
    for suffix in ("json", "ndjson", "parquet"):
        path = tmp_path / f"sources.{suffix}"
        done = await report("sources", "--contradicted", "true", "--output", str(path))
        assert done.code == 0 and str(path) in done.out, done
        if suffix == "json":
            found = json.loads(path.read_text())["data"]
        elif suffix == "ndjson":
            found = [json.loads(line) for line in path.read_text().splitlines()]
        else:
            found = pyarrow.parquet.read_table(path).to_pylist()
        assert [row["who"] for row in found] == [row["who"] for row in rows]


async def test_errors_are_those_of_the_request(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for arguments, message in (
        (("gaps", "russia-ukraine", "--on", "31.2.2023"), "on: '31.2.2023' is neither a day"),
        (("gaps", "russia-ukraine", "--level", "middle", "--output", str(path)), "level: "),
        (("gaps", "nowhere"), "Not found: 'nowhere' in processes."),
        (("counts", "--of", "demands"), "by: "),
        (("counts", "--of", "demands", "--by", "act", "--colour", "red"), "colour: "),
        (("counts", "--of", "demands", "--by", "act", "--colour"), "'--colour' is no option with a value"),
        (("gaps", "russia-ukraine", "--show", "isue"), "there is no column 'isue'. Did you mean `issue`?"),
        (("gaps", "russia-ukraine", "--output", "gaps.docx"), "Add --format: json, csv"),
        (("gaps", "russia-ukraine", "--url", "http://127.0.0.1:1"), "No answer from 'http://127.0.0.1:1'"),
        (("gaps", "russia-ukraine", "--url", "nowhere"), "No answer from 'nowhere'"),
    ):
        done = await report(*arguments)
        assert (done.code, done.out) == (1, ""), (arguments, done)
        assert message in done.err and "Traceback" not in done.err, done.err
    assert not path.exists()
    unknown = await report("gap")
    assert unknown.code == 2 and "gaps" in unknown.err


async def test_another_server_is_asked_with_the_key(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": [{"scheme": "wikidata", "count": 3, "example": None}]})

    client = httpx.AsyncClient
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: client(transport=transport, **options))
    done = await asyncio.to_thread(
        call, "report", "schemes", "--known-by", "2025", "--url", "https://parley.example/", PARLEY_API_KEY="k"
    )
    assert done.code == 0 and "scheme" in done.out and "wikidata" in done.out, done
    (request,) = asked
    assert str(request.url) == "https://parley.example/v1/schemes?known_by=2025"
    assert request.headers["authorization"] == "Bearer k"


def test_values_in_few_words() -> None:
    assert compact({"slug": "russia", "name": "Russia"}) == "russia"
    assert compact({"facet": "year", "value": 2025, "label": None}) == "2025"
    assert compact([{"code": "TERR", "label": "Territory"}, None, True]) == "TERR, –, yes"
    nested = [{"first": {"coder": "anna", "value": "a"}, "count": 1, "records": ["x", "y"], "none": None}]
    assert compact(nested) == "first=(coder=anna value=a) count=1 records=(x, y)"
    assert (compact([]), compact({}), compact(None)) == ("–", "–", "–")


def test_rows_as_blocks_and_tables() -> None:
    rows = [
        {"a": f"word {number} " * 30, "b": number, "c": "same", "d": None, "e": f"{number}{'x' * 90}"}
        for number in range(3)
    ]
    for width in (20, 40, 80):
        table = as_table(rows, ["b", "a", "c", "d", "e"], width, all_columns=False)
        assert max(map(len, table.text.splitlines())) <= width
        assert table.same == {"c": "same"}
    assert table.left_out == () and "word 2 word 2" in table.text and "…" in table.text
    assert as_table([rows[0], rows[0]], ["b", "c"], 80, all_columns=False).text.splitlines()[-1].split() == [
        "0",
        "same",
    ]
    assert max(map(len, as_blocks(rows, ["a", "b"], 40).splitlines())) <= 40
    assert as_blocks([], [], 80) == "" and as_blocks([{}], [], 80) == ""
