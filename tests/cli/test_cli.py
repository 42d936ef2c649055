"""The command as a person calls it: a process of its own, a data folder of its own."""

import asyncio
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli import main
from app.postgres import embedded
from app.settings import get_settings
from app.version import VERSION
from tests.ingest.workbooks import sheet, workbook
from tests.processes import Process, started_cold

PATIENCE = 90.0


class Parley:
    """A running command, and all that it has said on either channel."""

    process: "Process | subprocess.Popen[str]"

    def __init__(self, data_dir: Path, *arguments: str, cold: bool = False, **environment: str) -> None:
        environment = {"PARLEY_DATA_DIR": str(data_dir), **environment}
        begin = started_cold if cold else Process
        self.process = begin(*arguments, **environment)
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.append(line.rstrip("\n"))

    def wait_for(self, pattern: str) -> "re.Match[str]":
        """The first match of `pattern` in what the command says."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := re.search(pattern, "\n".join(self.said)):
                return found
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was never said:\n" + "\n".join(self.said))

    @property
    def base(self) -> str:
        """The address under which it serves, once it does."""
        base = self.wait_for(r"API +(http\S+)/v1/processes")[1]
        self.wait_for(r"Ctrl-C to stop")
        return base

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, wait, and answer the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(5)
        assert not any("Traceback" in line for line in self.said), "\n".join(self.said)
        return code


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data of mine"


Start = Callable[..., Parley]


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    running: list[Parley] = []

    def started(*arguments: str, cold: bool = False, **environment: str) -> Parley:
        running.append(Parley(data_dir, *arguments, cold=cold, **environment))
        return running[-1]

    yield started
    for parley in running:
        if parley.process.poll() is None:
            parley.process.kill()
            parley.process.wait()
    embedded.stop(data_dir)


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def call(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run a command to its end, in this process: a process of its own takes seconds to begin."""
    monkeypatch.setenv("PARLEY_DATA_DIR", str(data_dir))
    monkeypatch.setenv("COLUMNS", "120")

    def called(*arguments: str, **environment: str) -> Done:
        capsys.readouterr()
        code = 0
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["parley", *arguments])
            for name, value in environment.items():
                patch.setenv(name, value)
            # What options put into the environment goes with the patch.
            patch.setenv("PARLEY_PORT", os.environ.get("PARLEY_PORT", "8000"))
            patch.setenv("PARLEY_HOST", os.environ.get("PARLEY_HOST", "127.0.0.1"))
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield called
    get_settings.cache_clear()


def test_the_first_start_fills_the_ledger_and_the_second_finds_it_filled(data_dir: Path, start: Start) -> None:
    first = start("serve", "--port", "0")
    base = first.base
    assert any("Loading dossier 1 of" in line for line in first.said)
    assert len(httpx.get(f"{base}/v1/processes").json()["data"]) == 4
    assert httpx.get(f"{base}/docs").status_code == 200

    key = data_dir / "admin-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert any(str(key) in line for line in first.said)
    secret = key.read_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"slug": "norway-test", "name": "Norway", "kind": "state"}
    assert httpx.post(f"{base}/v1/parties", json=body, headers=headers).status_code == 201
    # The answer may be here before the line has come through the pipe.
    first.wait_for(r"parley\.access method=POST path=/v1/parties .*status=201")

    assert first.end(signal.SIGINT) == 0
    assert first.said[-1] == "Stopped."
    assert not embedded.status(data_dir).is_running
    password = (data_dir / "password").read_text()
    assert not any(secret in line or password in line for line in first.said)

    second = start("serve", "--port", "0")
    base = second.base
    assert not any("Loading" in line or "schema" in line for line in second.said)
    assert httpx.get(f"{base}/v1/parties/norway-test").status_code == 200
    assert key.read_text().strip() == secret
    assert second.end(signal.SIGTERM) == 0
    assert not embedded.status(data_dir).is_running


def test_commands_work_beside_a_server_with_two_workers_and_killed_workers_do_not_outlive_it(
    data_dir: Path, start: Start, call: Call
) -> None:
    # New interpreters, as a person starts them: all other tests of servers fork one that has imported the application.
    server = start("serve", "--port", "0", "--empty", "--workers", "2", cold=True)
    base = server.base
    assert httpx.get(f"{base}/v1/processes").json()["data"] == []

    port = base.rpartition(":")[2]
    taken = call("serve", "--port", port)
    assert (taken.code, taken.out) == (1, "")
    assert taken.err == f"parley: Port {port} is in use. Choose another with --port (0 = any free port).\n"

    made = call("keys", "create", "coder", "--scope", "read", "--scope", "write", "--expires-in", "52w")
    assert made.code == 0, made.err
    secret = made.out.strip()
    assert re.fullmatch(r"parley_[\w-]{43}", secret)
    headers = {"X-API-Key": secret}
    body = {"slug": "norway", "name": "Norway", "kind": "state"}
    assert httpx.post(f"{base}/v1/parties", json=body, headers=headers).status_code == 201

    again = call("keys", "create", "coder", "--scope", "read")
    assert again.code == 1
    assert again.err.startswith("parley: A key named 'coder' already exists or was revoked")
    listed = call("keys", "list").out
    assert re.search(r"coder +read write", listed)
    assert re.search(r"local-admin +admin", listed)
    assert secret not in listed
    (times,) = re.findall(r"coder +read write +(.+)", listed)
    created, expires = (datetime.fromisoformat(one) for one in re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", times)[:2])
    assert expires - created == timedelta(weeks=52)
    turned = call("keys", "rotate", "coder", "--overlap", "1h").out.strip()
    assert turned != secret and {
        httpx.get(f"{base}/v1/me", headers={"X-API-Key": one}).status_code for one in (secret, turned)
    } == {200}
    for wrong in ("90", "0d", "9999w", "1.5h"):
        refused = call("keys", "create", "x", "--scope", "read", "--expires-in", wrong)
        assert (refused.code, "such as 90d" in refused.err) == (1, True), refused.err
    assert call("keys", "revoke", "coder").code == 0
    assert call("keys", "revoke", "coder").code == 1

    copy = data_dir.parent / "copy.dump"
    assert call("db", "backup", str(copy)).code == 0
    assert copy.read_bytes().startswith(b"PGDMP")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    status = call("db", "status").out
    assert re.search(r"is running \(process \d+\), in use", status)
    # The way inside that it names leads inside.
    (command,) = re.findall(r"^  (PGPASSWORD=.+)$", status, re.MULTILINE)
    counted = subprocess.run(f"{command} -Atc 'SELECT count(*) FROM party'", shell=True, capture_output=True, text=True)  # noqa: S602
    assert counted.stdout == "1\n", counted.stderr

    # `kill -9` lets nobody say goodbye: the workers see their parent gone, the database's watcher sees them gone.
    assert httpx.get(f"{base}/readyz").status_code == 200
    server.process.kill()
    server.process.wait()
    until = time.monotonic() + PATIENCE
    while embedded.status(data_dir).is_running or is_answering(base):
        assert time.monotonic() < until, "the workers or the server are still there"
        time.sleep(0.2)


def is_answering(base: str) -> bool:
    try:
        httpx.get(f"{base}/healthz", timeout=2)
    except httpx.TransportError:
        return False
    return True


def test_an_empty_database_of_ones_own_is_not_touched_by_serve(
    data_dir: Path, bare_database_url: str, call: Call
) -> None:
    own = {"DATABASE_URL": bare_database_url}
    refused = call("serve", "--port", "0", **own)
    assert refused.code == 1
    assert "run `parley migrate`, and `parley load`" in refused.err
    assert "Traceback" not in refused.err
    assert call("load", **own).code == 1
    assert call("migrate", **own).code == 0
    loaded = call("load", "colombia-farc", **own)
    assert [line for line in loaded.out.splitlines() if "revision" in line] == [
        "issues: revision 1",
        "colombia-farc: revision 2",
    ]
    assert "Nothing to load" in call("load", "colombia-farc", **own).out
    assert not data_dir.exists()


async def test_a_process_is_carried_over_by_two_commands(
    database_url: str, loaded_url: str, tmp_path: Path, call: Call
) -> None:
    here, there = {"DATABASE_URL": loaded_url}, {"DATABASE_URL": database_url}
    file, hand = tmp_path / "iran.json", tmp_path / "iran.yaml"
    out = await asyncio.to_thread(call, "export", "iran-nuclear", **here)
    assert out.code == 0, out.err
    assert (await asyncio.to_thread(call, "export", "iran-nuclear", "-o", str(file), **here)).out == ""
    assert file.read_text() == out.out
    assert (await asyncio.to_thread(call, "export", "iran-nuclear", "--output", str(hand), **here)).code == 0
    assert hand.read_text().startswith("format: parley-dossier/1\nslug: iran-nuclear\n")

    tried = await asyncio.to_thread(call, "import", "--dry-run", str(hand), **there)
    assert "iran-nuclear: dry run (" in tried.out
    taken = await asyncio.to_thread(call, "import", str(file), "--message", "carried over", **there)
    assert re.search(r"^iran-nuclear: revision 1 \(\d+ created\)$", taken.out, re.MULTILINE), taken.err
    again = await asyncio.to_thread(call, "import", str(hand), **there)
    assert re.search(r"^iran-nuclear: nothing new \(\d+ unchanged\)$", again.out, re.MULTILINE)
    back = await asyncio.to_thread(call, "export", "iran-nuclear", "--format", "json", **there)
    assert back.out == out.out

    unknown = await asyncio.to_thread(call, "export", "no-such", **there)
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == "parley: There is no process 'no-such', or it is withdrawn.\n"


async def test_a_whole_ledger_is_carried_over_by_two_commands(
    database_url: str, loaded_url: str, tmp_path: Path, call: Call
) -> None:
    here, there, file = {"DATABASE_URL": loaded_url}, {"DATABASE_URL": database_url}, tmp_path / "all.yaml"
    assert (await asyncio.to_thread(call, "export", "--all", "-o", str(file), **here)).out == ""
    taken = await asyncio.to_thread(call, "import", str(file), **there)
    assert re.search(r"^all: revision 1 \(\d+ created\)$", taken.out, re.MULTILINE), taken.err
    back = await asyncio.to_thread(call, "export", "--all", "--format", "yaml", **there)
    assert back.out == file.read_text()
    for arguments in ((), ("iran-nuclear", "--all")):
        refused = await asyncio.to_thread(call, "export", *arguments, **here)
        assert (refused.code, refused.err) == (1, "parley: Give either a process or --all.\n")


async def test_a_file_that_cannot_be_imported_is_told_fault_by_fault(
    database_url: str, tmp_path: Path, call: Call
) -> None:
    own = {"DATABASE_URL": database_url}
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "format: parley-dossier/1\nslug: x\ntitle: X\nrecords:\n  people: [{slug: p, name: P, party: q}]\n"
    )
    refused = await asyncio.to_thread(call, "import", str(wrong), **own)
    assert refused.code == 1
    assert refused.err.splitlines()[1:] == ["  /records/people/0/party: No party has the slug 'q'"]
    wrong.write_text("a: &a [b]\n")
    refused = await asyncio.to_thread(call, "import", str(wrong), **own)
    assert refused.err.startswith(f"parley: {wrong}: The body is not valid YAML")
    missing = await asyncio.to_thread(call, "import", str(tmp_path / "none.json"), **own)
    assert (missing.code, missing.err.count("\n")) == (1, 1)


async def test_a_table_of_another_data_set_is_imported_by_its_profile(
    database_url: str, tmp_path: Path, call: Call
) -> None:
    own = {"DATABASE_URL": database_url}
    profile, table, book = tmp_path / "ports.yaml", tmp_path / "ports.csv", tmp_path / "ports.xlsx"
    profile.write_text(
        "format: parley-profile/1\nname: ports\ntitle: Ports\nabout: Ports.\nsheets: [Ports]\n"
        "columns: {name: {header: [Name], is_needed: true}, lon: {header: [Lon]}, lat: {header: [Lat]}}\n"
        'records: [{collection: places, body: {slug: "ports-{name|slug}", name: "{name}", kind: city,'
        " lon: {from: lon, read: number}, lat: {from: lat, read: number}}}]\n"
    )
    table.write_text("Name,Lon,Lat\nPiraeus,23.6,37.9\nOdesa,east,46.5\n")
    book.write_bytes(workbook({"Ports": sheet(["Name", "Lon", "Lat"], ["Piraeus", "23.6", "37.9"])}))
    by = ("import", "--profile", str(profile))
    tried = await asyncio.to_thread(call, *by, "--dry-run", "--on-error", "skip", str(table), **own)
    assert tried.out.splitlines()[-1] == "1 created, 0 changed, 0 unchanged, 1 invalid."
    assert "  line 3 Lon: 'east' is not a number" in tried.err
    done = await asyncio.to_thread(call, *by, "--on-error", "skip", str(table), str(book), **own)
    assert [line for line in done.out.splitlines() if "created" in line] == [
        "1 created, 0 changed, 0 unchanged, 1 invalid.",
        "0 created, 0 changed, 1 unchanged, 0 invalid.",
    ]
    wrong = await asyncio.to_thread(call, "import", "--on-error", "skip", str(table), **own)
    assert (wrong.code, "--profile" in wrong.err) == (1, True)
    unknown = await asyncio.to_thread(call, "import", "--profile", "mand", str(table), **own)
    assert (unknown.code, "mend" in unknown.err) == (1, True)


async def test_tables_come_from_standard_input_and_faults_of_the_whole_are_told_once(
    database_url: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"DATABASE_URL": database_url}
    profile = tmp_path / "ports.yaml"
    profile.write_text(
        "format: parley-profile/1\nname: ports\ntitle: Ports\nabout: Ports.\ncolumns: {name: {header: [Name]}}\n"
        'records: [{collection: places, body: {slug: "ports-{name|slug}", name: "{name}", kind: city}}]\n'
    )

    async def sent(content: bytes, *arguments: str) -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return await asyncio.to_thread(call, *arguments, **own)

    by_profile = await sent(b"Name\nPiraeus\n", "import", "--profile", str(profile), "-")
    assert by_profile.out.splitlines()[-1] == "1 created, 0 changed, 0 unchanged, 0 invalid.", by_profile.err
    bulk = await sent(b"slug,name,kind\nodesa,Odesa,city\n", "bulk", "-", "--collection", "places")
    assert bulk.out.splitlines()[-1] == "1 created, 0 changed, 0 unchanged, 0 invalid.", bulk.err
    entries = {
        "bibtex": b"% from Zotero\n@article{one, title = {One}, year = {2020}}\n",
        "ris": b"TY  - NEWS\nTI  - Two\nPY  - 2020\nER  - \n",
        "csljson": b'[{"id": "three", "type": "book", "title": "Three"}]',
    }
    for form, content in entries.items():
        named = await sent(content, "bulk", "-", "--format", form)
        assert named.out.splitlines()[-1] == "1 created, 0 changed, 0 unchanged, 0 invalid.", named.err
        if form != "csljson":
            recognised = await sent(content, "bulk", "-")
            assert recognised.out.splitlines()[-1] == "0 created, 0 changed, 1 unchanged, 0 invalid.", recognised.err
    empty = await sent(b"", "import", "--profile", str(profile), "-")
    assert empty.err == "parley: The body is empty.\n  Send one record per line, or a table with a header.\n"
    profile.write_text("- ports\n")
    wrong = await sent(b"Name\n", "import", "--profile", str(profile), "-")
    assert wrong.err == (
        "parley: The profile must be a mapping.\n  The profile is not a mapping (Send one mapping, such as `slug: …`.)\n"
    )


def test_what_is_wrong_is_one_line(call: Call) -> None:
    def complaint(*arguments: str, **environment: str) -> str:
        done = call(*arguments, **environment)
        assert done.code == 1
        assert done.err.count("\n") == 1, done.err
        return done.err

    nowhere = {"DATABASE_URL": "postgresql://me:s3cret@127.0.0.1:9/none"}
    assert "s3cret" not in complaint("migrate", **nowhere)
    assert "PARLEY_PORT" in complaint("db", "status", PARLEY_PORT="many")
    assert "DATABASE_URL" in complaint("keys", "list", DATABASE_URL="mysql://here")
    for command in ("import", "bulk"):
        for name in ("nofile.bib", "nofile.yaml"):
            assert complaint(command, name) == f"parley: The file '{name}' does not exist.\n"
    assert "no-such.test" in complaint("serve", "--host", "no-such.test", "--port", "0")


def test_the_command_is_a_module_too() -> None:
    done = subprocess.run([sys.executable, "-m", "app.cli", "version"], capture_output=True, text=True, check=True)
    assert done.stdout


def test_the_openapi_document_is_written_without_a_database(data_dir: Path, tmp_path: Path, call: Call) -> None:
    target = tmp_path / "openapi.json"
    assert call("openapi", str(target)).code == 0
    document: dict[str, Any] = json.loads(target.read_text())
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == VERSION
    assert call("version").out == f"parley {VERSION}\n"
    assert not data_dir.exists()
