"""What the README says is so."""

import json
import re
from pathlib import Path

import httpx
import pytest

from app.openapi.introduction import EXAMPLES
from app.settings import Settings
from tests.cli.test_cli import Parley

README = (Path(__file__).parent.parent / "README.md").read_text()
ASKED = re.findall(r"```console\n\$ curl -s 'http://127\.0\.0\.1:8000(/[^']+)'\n(\{.*?\n\})\n```", README, re.DOTALL)


def test_it_opens_with_two_commands_of_one_line_each() -> None:
    blocks = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
    assert [language for language, _ in blocks[:2]] == ["sh", "sh"]
    assert all(command.strip().count("\n") == 0 for _, command in blocks[:2])
    assert blocks[0][1].strip().endswith("parley serve")
    assert "pytest" in blocks[1][1]


def test_it_asks_three_questions() -> None:
    assert len(ASKED) == 3


@pytest.mark.parametrize(("address", "answer"), ASKED)
async def test_its_questions_have_the_answers_that_it_shows(
    client: httpx.AsyncClient, address: str, answer: str
) -> None:
    assert (await client.get(address)).json() == json.loads(answer)


def test_its_python_example_does_what_it_says(
    database_url: str, admin: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The other one is tried on every message in tests/history/test_webhooks.py.
    program, _ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    parley = Parley(tmp_path, "serve", "--port", "0", "--empty", DATABASE_URL=database_url)
    try:
        key = admin["Authorization"].removeprefix("Bearer ")
        exec(program.replace("http://127.0.0.1:8000", parley.base), {"KEY": key})  # noqa: S102 - it is our own
    finally:
        parley.end()
    assert capsys.readouterr().out.splitlines() == [
        "{'created': 5, 'changed': 0, 'withdrawn': 0, 'unchanged': 0}",
        "2020-03-02",
        "change proposals albas-plan 2020-03-02",
        "change demands albas-plan-1 2020-03-02",
    ]


async def test_its_additions_are_taken(own_client: httpx.AsyncClient, own_admin: dict[str, str]) -> None:
    (example,) = (text for text in re.findall(r"```json\n(.*?)```", README, re.DOTALL) if '"additions"' in text)
    taken = await own_client.post("/v1/dossiers", json=json.loads(example), headers=own_admin)
    assert taken.json()["counts"] == {"created": 0, "changed": 1, "withdrawn": 0, "unchanged": 0}, taken.text


async def test_its_other_addresses_and_the_front_page_s_find_something(client: httpx.AsyncClient) -> None:
    asked = [*re.findall(r"`(/v1/[^`]+\?[^`]+)`", README), *(example.href for example in EXAMPLES)]
    for address in asked:
        got = await client.get(address)
        assert got.status_code == 200, address
        if "format=" not in address:
            assert got.json()["data"], address
        else:
            # Another form: what stands in its answer for one record, by its kind.
            record = {"csv": "\r\n", "ics": "BEGIN:VEVENT", "geojson": '"Feature"', "atom": "<entry>", "bibtex": "\n@"}
            assert got.text.count(record[address.rpartition("format=")[2]]) > 1, address


def test_its_table_of_settings_is_the_code_s() -> None:
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", README, re.MULTILINE))
    wanted = {
        "DATABASE_URL" if name == "database_url" else f"PARLEY_{name.upper()}": field
        for name, field in Settings.model_fields.items()
    }
    assert set(told) == set(wanted)
    for name, field in wanted.items():
        if field.default_factory is None and field.default is not None and not isinstance(field.default, tuple):
            assert told[name] == f"`{field.default}`", name
        assert str(field.description) in README, name


def test_every_dependency_has_a_reason() -> None:
    table = README.partition("## What it stands on")[2].partition("## Speed")[0]
    declared = (
        (Path(__file__).parent.parent / "pyproject.toml")
        .read_text()
        .partition("dependencies = [")[2]
        .partition("\n]")[0]
    )
    for name in re.findall(r'"([a-zA-Z0-9_-]+)', declared):
        assert name in table, name
