"""What the README says is so; so is what `pyproject.toml` and app/DECISIONS.md promise beside it."""

import json
import re
from pathlib import Path

import httpx

from tests.guide import SERVER, commands_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
#: Words in app/README.md that are no modules of the package.
NO_MODULES = {"q", "type", "state", "history", "past", "courier", "sender", "addresses"}
DECISIONS = (ROOT / "app" / "DECISIONS.md").read_text("utf-8")


def test_it_is_one_screen_that_opens_with_two_commands_of_one_line_each() -> None:
    assert README.count("\n") <= 120
    blocks = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
    assert [language for language, _ in blocks] == ["sh", "sh", "console"]
    assert all(command.strip().count("\n") == 0 for _, command in blocks[:2])
    assert blocks[0][1].strip().endswith("parley serve")
    assert "pytest" in blocks[1][1]


async def test_its_question_has_the_answer_that_it_shows(client: httpx.AsyncClient) -> None:
    ((command, answer),) = commands_of(re.findall(r"```console\n(.*?)```", README, re.DOTALL)[0])
    (address,) = re.findall(rf"^curl -s '{SERVER}([^']+)'$", command)
    assert (await client.get(address)).json() == json.loads(answer)


def test_its_code_map_names_what_is_there() -> None:
    named = set(re.findall(r"`((?:app|tests|migrations)/[\w./]*)`", README))
    assert len(named) > 15
    inside = (ROOT / "app" / "README.md").read_text("utf-8")
    for package, text in re.findall(r"^- \*\*`(\w+)/`\*\*(.*?)(?=^- |^## |\Z)", inside, re.MULTILINE | re.DOTALL):
        named |= {f"app/{package}/{name}.py" for name in re.findall(r"`([a-z_]+)`", text) if name not in NO_MODULES}
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_each_decision_says_what_would_violate_it() -> None:
    titles = re.findall(r"^## .+$", DECISIONS, re.MULTILINE)
    assert len(titles) >= 20
    assert len(re.findall(r"^\*\*Violated by:\*\* .+", DECISIONS, re.MULTILINE)) == len(titles)


def test_every_dependency_has_a_reason() -> None:
    declared = (ROOT / "pyproject.toml").read_text("utf-8")
    groups = re.findall(r"^(?:dependencies|build|dev) = \[(.*?)\]$", declared, re.MULTILINE | re.DOTALL)
    lines = [line for group in groups for line in group.splitlines() if '"' in line]
    assert len(lines) > 40
    assert [line for line in lines if not re.search(r"\",?\s+# \w.+\.$", line)] == []
