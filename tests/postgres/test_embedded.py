"""The embedded server: made whole, shared, closed to others, and gone with its last user, however killed."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.postgres import embedded
from app.postgres.backup import back_up
from app.postgres.cluster import Cluster, program
from app.postgres.folder import EmbeddedError
from app.postgres.unprivileged import unprivileged
from tests.conftest import MEMORY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the embedded server needs Linux or macOS")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user of the machine")

PROJECT = Path(__file__).parents[2]
SHORT = MEMORY if MEMORY.is_dir() else Path("/tmp")  # noqa: S108 - the folder that is made in it is closed to others
USER = """
import sys
from pathlib import Path
from app.postgres import embedded
from app.postgres.backup import back_up
with embedded.start(Path(sys.argv[1]), durable="durable" in sys.argv) as handle:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path (pytest's own are too long for a socket), in memory where Linux has such a folder, with nothing running
    there afterwards."""
    base = Path(tempfile.mkdtemp(prefix="parley-test-", dir=SHORT)).resolve()
    yield base / "data"
    if (base / "data" / "start.lock").exists():
        embedded.stop(base / "data")
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="module")
def finished() -> Iterator[Path]:
    """A data folder whose first start is over; made once."""
    base = Path(tempfile.mkdtemp(prefix="parley-test-", dir=SHORT)).resolve()
    embedded.start(base / "data", durable=False).close()
    yield base / "data"
    shutil.rmtree(base)


@pytest.fixture
def made(folder: Path, finished: Path) -> Path:
    """A data folder of the test's own, in which the database exists already."""
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns("socket"))
    return folder


@contextmanager
def another_process(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own that has joined the server; leaves when its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def soon(fact: Callable[[], bool], seconds: float = 8) -> bool:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def watcher_of(folder: Path) -> int:
    found = subprocess.run(
        ["pgrep", "-f", f"app.postgres.watcher {folder}"], capture_output=True, text=True, check=True
    )
    return int(found.stdout)


def ask(url: str, sql: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(answer())


@contextmanager
def staying(url: str) -> Iterator[Callable[[], bool]]:
    """A connection that stays open; the value tells whether the server has closed it."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url))

        def is_cut() -> bool:
            runner.run(asyncio.sleep(0.05))
            return bool(connection.is_closed())

        yield is_cut
        connection.terminate()


def test_the_first_start_makes_the_database_and_the_second_finds_it_as_it_was(folder: Path) -> None:
    said: list[str] = []
    with embedded.start(folder, progress=said.append) as handle:
        assert handle.was_created
        assert said == ["First start: creating the database.", "Starting PostgreSQL."]
        ask(handle.url, "CREATE TABLE kept AS SELECT 41 + 1 AS n")
        facts = "current_setting('fsync'), current_setting('data_checksums'), current_setting('TimeZone')"
        collation = "(SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'parley')"
        assert ask(handle.url, f"SELECT concat_ws(' ', {facts}, {collation})") == "on on UTC bC.UTF-8"
    assert embedded.status(folder) == embedded.ServerStatus(pid=None, in_use=False)
    with embedded.start(folder) as handle:
        assert not handle.was_created
        assert ask(handle.url, "SELECT n FROM kept") == 42


def test_the_server_stays_until_the_last_of_two_users_leaves(made: Path) -> None:
    with embedded.start(made, durable=False) as first:
        with embedded.start(made) as second:
            assert second.url == first.url
        with another_process(made) as other:
            first.close()
            assert embedded.status(made).is_running
            other.communicate(timeout=20)
            assert not embedded.status(made).is_running


def test_a_server_whose_users_were_all_killed_stops_and_keeps_the_data(made: Path) -> None:
    with another_process(made) as one, another_process(made) as two:
        url = Cluster.at(made).url
        ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
        one.kill()
        time.sleep(0.3)
        assert embedded.status(made).is_running
        two.kill()
        assert soon(lambda: not embedded.status(made).is_running)
    with embedded.start(made, durable=False) as handle:
        assert ask(handle.url, "SELECT n FROM kept") == 7


def test_users_who_come_and_go_while_the_server_stops_all_get_one(made: Path) -> None:
    hurried = (
        "import sys; from pathlib import Path; from app.postgres import embedded\n"
        "for turn in range(6):\n"
        "    with embedded.start(Path(sys.argv[1]), durable=False) as handle:\n"
        "        assert embedded.status(Path(sys.argv[1])).is_running"
    )
    command = [sys.executable, "-c", hurried, str(made)]
    crowd = [subprocess.Popen(command, cwd=PROJECT) for _ in range(3)]
    assert [process.wait(timeout=60) for process in crowd] == [0, 0, 0]
    assert soon(lambda: not embedded.status(made).is_running)


def test_a_server_that_crashed_or_was_stopped_by_others_is_started_again_for_its_users(made: Path) -> None:
    with embedded.start(made) as handle, staying(handle.url) as is_cut:
        ask(handle.url, "CREATE TABLE kept AS SELECT 7 AS n")
        # SIGTERM is an orderly end that waits until all clients have left; one of them never does. SIGINT does not wait.
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            pid = embedded.status(made).pid
            assert pid is not None
            os.kill(pid, number)
            assert soon(lambda: embedded.status(made).pid not in (pid, None) and Cluster.at(made).is_ready())  # noqa: B023
            assert ask(handle.url, "SELECT n FROM kept") == 7
            assert is_cut()
    assert not embedded.status(made).is_running


def test_a_server_that_cannot_be_started_comes_back_once_it_can(made: Path) -> None:
    settings = made / "postgres" / "postgresql.auto.conf"
    right = settings.read_text()
    with embedded.start(made) as handle:
        ask(handle.url, "CREATE TABLE kept AS SELECT 7 AS n")
        settings.write_text(f"{right}\nno_such_setting = 1\n")
        pid = embedded.status(made).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        # Its first start, and one after a pause.
        assert soon(lambda: Cluster.at(made).log.read_text(errors="replace").count("did not start") >= 2)
        settings.write_text(right)
        assert soon(lambda: Cluster.at(made).is_ready())
        assert ask(handle.url, "SELECT n FROM kept") == 7
    assert not embedded.status(made).is_running


def test_a_server_that_cannot_be_started_is_let_go_with_its_last_user(made: Path) -> None:
    settings = made / "postgres" / "postgresql.auto.conf"
    with embedded.start(made):
        watcher = watcher_of(made)
        settings.write_text("no_such_setting = 1\n")
        pid = embedded.status(made).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert soon(lambda: "did not start" in Cluster.at(made).log.read_text(errors="replace"))
    assert soon(lambda: not Path(f"/proc/{watcher}").exists())


def test_after_a_crash_of_the_machine_the_old_process_number_may_be_anybodys(made: Path) -> None:
    with another_process(made, "durable") as user:
        ask(Cluster.at(made).url, "CREATE TABLE kept AS SELECT 7 AS n")
        pid = embedded.status(made).pid
        assert pid is not None
        for victim in (user.pid, watcher_of(made), pid):
            os.kill(victim, signal.SIGKILL)
    assert soon(lambda: not embedded.status(made).is_running)
    pid_file = made / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with embedded.start(made, durable=False) as handle:
        assert ask(handle.url, "SELECT n FROM kept") == 7


def test_a_server_whose_watcher_was_killed_is_kept_and_still_stops_with_its_last_user(
    made: Path,
) -> None:
    with embedded.start(made, durable=False) as handle:
        pid = embedded.status(made).pid
        os.kill(watcher_of(made), signal.SIGKILL)
        with embedded.start(made):
            assert embedded.status(made).pid == pid
        assert ask(handle.url, "SELECT 1") == 1
    assert not embedded.status(made).is_running


def test_a_first_start_that_was_killed_leaves_nothing_half_made(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
    )
    assert soon(lambda: any(folder.glob("postgres.new-*/base")))
    process.kill()
    process.communicate()
    assert not (folder / "postgres").exists()
    with embedded.start(folder, durable=False) as handle:
        assert handle.was_created
        assert ask(handle.url, "SELECT 1") == 1
    # The orphaned initdb may have written on for a while; what it left goes with a later start.
    time.sleep(0.5)
    embedded.start(folder, durable=False).close()
    assert not any(folder.glob("postgres.new-*"))


def test_stop_ends_the_server_under_its_users(made: Path) -> None:
    with embedded.start(made, durable=False):
        assert embedded.status(made).in_use
        assert embedded.stop(made)
        assert not embedded.stop(made)
        assert soon(lambda: embedded.is_free(Cluster.at(made).watch_lock)) and not embedded.status(made).is_running
        with embedded.start(made, durable=False) as again:
            assert ask(again.url, "SELECT 1") == 1
    assert not embedded.status(made).is_running


def test_without_the_password_even_the_owner_is_refused(made: Path) -> None:
    with embedded.start(made, durable=False) as handle:
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert stat.S_IMODE((made / "password").stat().st_mode) == 0o600
        secret = handle.url.split(":")[2].split("@")[0]
        assert secret not in repr(handle.server)
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(handle.url.replace(secret, "guessed"), "SELECT 1")


@as_root
@pytest.mark.parametrize("user", [1, 65534])
def test_another_user_of_the_machine_gets_in_neither_by_socket_nor_by_file(made: Path, user: int) -> None:
    with embedded.start(made, durable=False):
        door = Cluster.at(made).socket_dir / ".s.PGSQL.5432"
        with socket.socket(socket.AF_UNIX) as own:
            own.connect(str(door))
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            refusals = 0
            for attempt in (
                lambda: socket.socket(socket.AF_UNIX).connect(str(door)),
                lambda: os.listdir(made),
                lambda: (made / "password").read_text(),
                lambda: (made / "postgres" / "PG_VERSION").read_text(),
            ):
                try:
                    attempt()
                except PermissionError:
                    refusals += 1
            os._exit(refusals)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4


@as_root
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces and capabilities are Linux's")
def test_root_lends_a_program_another_face_with_and_without_a_namespace(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    for options in ([], ["--no-namespace"]):
        cluster = folder / f"cluster{len(options)}"
        cluster.mkdir()
        initdb = [str(program("initdb")), "-D", str(cluster), "-U", "parley", "--no-sync"]
        command = unprivileged(initdb, owned=[cluster])
        at = command.index(str(cluster))
        subprocess.run([*command[:at], *options, *command[at:]], check=True, capture_output=True)
        # Where namespaces are forbidden, the launcher falls back to the second way by itself.
        nobody = pwd.getpwnam("nobody").pw_uid
        assert (cluster / "PG_VERSION").stat().st_uid in ({nobody} if options else {0, nobody})


def test_a_folder_that_others_can_open_is_closed_if_it_is_ours_and_refused_if_it_is_not(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    assert stat.S_IMODE(Cluster.at(folder).root.stat().st_mode) == 0o700
    folder.chmod(0o755)
    (folder / "letter.txt").write_text("not Parley's")
    with pytest.raises(EmbeddedError, match="contains files that are not Parley's"):
        embedded.start(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@as_root
def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(EmbeddedError, match="belongs to user 65534"):
        embedded.start(folder)


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere(folder: Path) -> None:
    data = folder / ("long-" * 20) / "with space, comma and é"
    cluster = Cluster.at(data)
    try:
        with embedded.start(data, durable=False) as handle:
            outer = cluster.socket_dir.parent
            assert stat.S_IMODE(outer.stat().st_mode) == 0o700
            assert ask(handle.url, "SELECT 1") == 1
            first = handle.url
        with embedded.start(data, durable=False) as handle:
            assert handle.url == first
    finally:
        shutil.rmtree(cluster.socket_dir.parent)


def test_a_path_with_spaces_works(folder: Path) -> None:
    data = folder / "Application Support" / "parley"
    with embedded.start(data, durable=False) as handle:
        assert Cluster.at(data).socket_dir == data / "socket"
        assert ask(handle.url, "SELECT 1") == 1


def test_a_backup_from_a_path_with_spaces_shows_no_password_among_the_arguments(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, commands = subprocess.run, []

    def noted(command: list[str], **options: Any) -> "subprocess.CompletedProcess[bytes]":
        commands.append(command)
        return run(command, **options)

    data = folder / "Application Support" / "a+b"
    with embedded.start(data, durable=False) as handle:
        monkeypatch.setattr(subprocess, "run", noted)
        back_up(handle.url, tmp_path / "copy.dump")
    assert (tmp_path / "copy.dump").read_bytes().startswith(b"PGDMP")
    (command,) = [one for one in commands if one[0].endswith("pg_dump")]
    assert (data / "password").read_text() not in " ".join(command)


def test_data_of_another_major_version_is_refused_with_the_way_out(made: Path) -> None:
    (made / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 17.*pg_dump"):
        embedded.start(made)


def test_asking_for_the_status_makes_no_folder(folder: Path) -> None:
    assert embedded.status(folder) == embedded.ServerStatus(pid=None, in_use=False)
    assert not embedded.stop(folder)
    assert not folder.exists()
