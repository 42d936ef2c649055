"""Every guide is a page whose links lead somewhere, and its examples do what it says."""

import asyncio
import contextlib
import html
import re
import shlex
import shutil
from itertools import zip_longest
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.openapi.introduction import EXAMPLES
from app.settings import Settings
from app.web.guides import guides
from app.web.middleware import PAGE_CSP
from tests.cli.test_cli import Call, call, data_dir
from tests.guide import (
    GUIDES,
    SECOND_SERVER,
    SERVER,
    Block,
    blocks_of,
    commands_of,
    examples_of,
    is_shown,
    run_command,
    run_node,
    run_python,
    served,
)
from tests.ingest.test_data_sets import ACCORD, YEAR, cells
from tests.ingest.test_profiles import table as mend_table
from tests.ingest.workbooks import sheet, workbook
from tests.loops import nonempty

__all__ = ["call", "data_dir"]

HTML = {"Accept": "text/html,*/*;q=0.8"}
CLIENTS = blocks_of("clients")


NAMES = sorted(path.stem for path in GUIDES.glob("*.md") if path.stem != "index")
#: Guides whose examples have tests of their own: below, and in tests/test_guide_of_tables.py.
APART = {"clients", "tables"}
#: Blocks that are not run, and why.
NOT_RUN = {
    ("bibliographies", "sh network"): "asks doi.org",
    ("operations", "sh server"): "starts the server, as tests/cli/test_cli.py does",
    ("operations", "sh metrics"): "reads the metrics of a server on port 8000, as tests/runtime/test_metrics.py does",
    ("operations", "sh roles"): "creates roles of a server, as tests/db/test_roles.py does",
}


async def test_each_guide_is_a_page_and_its_links_lead_somewhere(client: httpx.AsyncClient) -> None:
    listing = await client.get("/guide", headers=HTML)
    index = (await client.get("/guide/index.md")).text
    listed = (await client.get("/guide")).json()["data"]
    assert sorted(one["name"] for one in listed) == NAMES
    assert re.findall(r"\(([a-z-]+)\.md\)", index) == [one["name"] for one in listed]
    for entrance in ("/", "/docs"):
        assert 'href="/guide"' in (await client.get(entrance, headers=HTML)).text
    linked: set[str] = set()
    for name in NAMES:
        assert f'href="/guide/{name}"' in listing.text
        assert f"[{guides()[name].title}]({name}.md): " in index
        page = await client.get(f"/guide/{name}", headers=HTML)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"] == PAGE_CSP
        title = guides()[name].title
        assert f"<title>{html.escape(title)} · Parley</title>" in page.text
        assert page.text.count(f"<h1>{html.escape(title)}</h1>") == 1
        anchors = set(re.findall(r' id="([^"]+)"', page.text))
        for href in map(html.unescape, re.findall(r'(?:href|src)="([^"]+)"', page.text)):
            if href.startswith("#"):
                assert href[1:] in anchors, href
            elif href.startswith("/v1/") and "?" in href:
                linked.add(href)  # asked by the test of addresses
            elif not href.startswith(("https://", "http://")):
                assert (await client.get(href, headers=HTML)).is_success, href
        text = guides()[name].text
        if name != "operations":  # its table of settings is made when it is served
            assert text == (GUIDES / f"{name}.md").read_text("utf-8")
        for answer in (
            await client.get(f"/guide/{name}.md", headers=HTML),
            await client.get(f"/guide/{name}", headers={"Accept": "text/markdown, text/html;q=0.5"}),
        ):
            assert (answer.text, answer.headers["content-type"]) == (text, "text/markdown; charset=utf-8")
    assert len(linked) > 40 and "/v1/processes/israel-hamas/network?width=390&format=svg" in linked


def test_links_lead_to_files_of_the_repository() -> None:
    found = [
        (path, target)
        for path in (GUIDES / f"{name}.md" for name in ("../../README", *NAMES))
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
        if not target.startswith(("https://", "/", "#"))
    ]
    assert found
    assert [one for one in found if not (one[0].parent / one[1].partition("#")[0]).is_file()] == []


async def test_addresses_in_the_text_and_on_the_front_page_find_something(client: httpx.AsyncClient) -> None:
    texts = "\n".join(guides()[name].text for name in NAMES)
    asked = {one for one in re.findall(r"`(/v1/[^`\s]+)`", texts) if not re.search(r"[{…]|releases/\d", one)}
    assert len(asked) > 40
    asked |= {example.href for example in EXAMPLES}
    #: Of an answer in another format: what stands in it for one record.
    record = {"csv": "\r\n", "ics": "BEGIN:VEVENT", "geojson": '"Feature"', "atom": "<entry>", "bibtex": "\n@",
              "ris": "\nTY  - ", "csljson": '"type":', "graphml": "<edge ", "svg": "<text "}  # fmt: skip
    for address in sorted(asked):
        if address.startswith(("/v1/parties/alba", "/v1/releases")):
            continue  # made by the examples
        answer = await client.get(address)
        assert answer.status_code == 200, address
        form = address.partition("format=")[2]
        if form:
            assert answer.text.count(record[form]) > 1, address
        elif "?" in address:
            assert answer.json()["data"], address


async def test_the_table_of_settings_is_that_of_the_code(client: httpx.AsyncClient) -> None:
    text = (await client.get("/guide/operations.md")).text
    shown = {name: (default, said) for name, default, said in
             re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", text, re.MULTILINE)}  # fmt: skip
    wanted = {
        name.upper() if name.startswith("database_") else f"PARLEY_{name.upper()}": field
        for name, field in Settings.model_fields.items()
    }
    assert list(shown) == list(wanted)
    for name, field in wanted.items():
        assert shown[name][1] == field.description
        if field.default_factory is None and field.default is not None and not isinstance(field.default, tuple):
            assert shown[name][0] == f"`{field.default}`", name


def files_of_other_data_sets(folder: Path) -> None:
    """The files that the guide of profiles imports, with made-up rows."""
    (folder / "mend_events.csv").write_bytes(mend_table({}))
    for name, file, row in (
        ("ucdp-issues", "ucdp_issues.xlsx", YEAR),
        ("ucdp-peace-agreements", "ucdp-peace-agreements.xlsx", {key.strip(): cell for key, cell in ACCORD.items()}),
    ):
        header, *rows = cells(name, {key: cell for key, cell in row.items() if key})
        columns = [place for place, title in enumerate(header) if title]
        (folder / file).write_bytes(
            workbook({"Dataset": sheet(*([one[place] for place in columns] for one in (header, *rows)))})
        )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in APART and examples_of(name)])
async def test_the_examples_of_a_guide_do_what_it_shows(
    name: str,
    own_loaded_url: str,
    own_admin: dict[str, str],
    database_url: str,
    admin: dict[str, str],
    tmp_path: Path,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    examples = examples_of(name)
    keys = {"KEY": own_admin["Authorization"].removeprefix("Bearer "),
            "OTHER_KEY": admin["Authorization"].removeprefix("Bearer ")}  # fmt: skip
    monkeypatch.chdir(tmp_path)
    files_of_other_data_sets(tmp_path)
    left: list[str] = []
    async with contextlib.AsyncExitStack() as running:
        servers = {SERVER: await running.enter_async_context(served(own_loaded_url))}
        if any(SECOND_SERVER in example.content for example in examples):
            servers[SECOND_SERVER] = await running.enter_async_context(served(database_url))
        for example, following in nonempty(zip_longest(examples, examples[1:])):
            where = f"{name}.md, line {example.line}"
            if example.language == "console":
                for command, shown in commands_of(example.content):
                    if "curl " in command and not shutil.which("curl"):
                        left.append(where)
                        continue
                    for address, base in servers.items():
                        command = command.replace(address, base)
                    if command.startswith("parley "):  # in this process: a process of its own takes seconds to begin
                        done = await asyncio.to_thread(call, *shlex.split(command)[1:], DATABASE_URL=own_loaded_url)
                        assert done.code == 0, f"{where}\n{done.out}\n{done.err}"
                        out, err = done.out, done.err
                    else:
                        out, err = await asyncio.to_thread(run_command, command, tmp_path, **keys)
                    assert not shown or is_shown(shown, out, err), f"{where}\n{command}\n{out}\n{err}"
            elif example.language == "python":
                block = Block(example.language, "", example.content, "", example.line, "")
                (printed,) = await asyncio.to_thread(run_python, [block], servers[SERVER], KEY=keys["KEY"])
                assert printed == (following.content if following and following.language == "text" else ""), where
            elif example.language in ("json", "csv", "yaml") and example.label:
                (tmp_path / example.label).write_text(example.content, "utf-8")
            elif example.language == "sql":
                connection = await asyncpg.connect(own_loaded_url)
                assert await connection.fetch(example.content)
                await connection.close()
            elif example.language != "text":
                assert (name, f"{example.language} {example.label}") in NOT_RUN, where
    if left:
        pytest.skip(f"not run, since curl is not there: {', '.join(left)}")


async def test_a_guide_that_is_not_there_is_not_found_and_the_nearest_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/guide/client")
    assert (answer.status_code, "/guide/clients" in answer.json()["detail"]) == (404, True)


def test_every_step_is_shown_in_every_language() -> None:
    steps: dict[str, set[str]] = {}
    for block in CLIENTS:
        if block.needs != "browser":
            steps.setdefault(block.step, set()).add(block.language)
    assert steps
    assert all(languages == {"python", "js", "r"} for languages in steps.values()), steps


@pytest.mark.parametrize("language", ["python", "js"])
async def test_its_code_prints_what_it_shows(
    language: str, own_loaded_url: str, own_admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if language == "js" and not shutil.which("node"):
        pytest.skip("JavaScript blocks were not run: needs Node 20 or later")
    blocks = [block for block in CLIENTS if block.language == language and not block.needs]
    run = {"python": run_python, "js": run_node}[language]
    monkeypatch.setenv("PARLEY_KEY", own_admin["Authorization"].removeprefix("Bearer "))
    async with served(own_loaded_url) as base:
        printed = await asyncio.to_thread(run, blocks, base)
    told = {f"line {block.line}": said for block, said in zip(blocks, printed, strict=True)}
    assert told == {f"line {block.line}": block.output for block in blocks}


def test_blocks_that_are_not_run_are_named() -> None:
    def is_run(block: Block) -> bool:
        return block.language in ("python", "js") and block.needs in ("", "browser")

    left = [
        f"{block.language} {block.needs}".strip() + f" (line {block.line})" for block in CLIENTS if not is_run(block)
    ]
    assert {(block.language, block.needs) for block in CLIENTS if not is_run(block)} == {("r", ""), ("js", "hyparquet")}
    assert "They do not run the R blocks and the Parquet block in JavaScript." in " ".join(
        guides()["clients"].text.split()
    )
    pytest.skip(f"not run, since R and npm packages are not there: clients.md, {', '.join(left)}")
