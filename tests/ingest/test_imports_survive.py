"""Imports that are cut: a killed server, a killed database, a client that goes away. What is left are whole batches, and
the same file again completes them.

`PARLEY_KILLS=50 pytest tests/ingest/test_imports_survive.py` kills more often than the suite has time for.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.postgres import embedded
from tests.processes import Process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the embedded server needs Linux or macOS")

KILLS = int(os.environ.get("PARLEY_KILLS", "1"))
RECORDS, BATCH = 4_000, 1_000


def file_of(records: int) -> bytes:
    """Parties; each tenth has a citation, so that a record is more than one row."""
    source = {"collection": "sources", "slug": "src", "title": "Source"}
    made = [
        {"collection": "parties", "slug": f"p-{n}", "name": f"Party {n}", "kind": "state", "names": [{"text": f"P{n}"}],
         **({"citations": [{"source": "src", "quote": f"q{n}"}]} if n % 10 == 0 else {})}
        for n in range(records - 1)
    ]  # fmt: skip
    return b"".join(json.dumps(one).encode() + b"\n" for one in (source, *made))


class Place:
    """A data folder with its embedded server, and a Parley over it that may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: Process | None = None
        self.base = ""

    def start(self) -> None:
        self.process = Process(
            "serve", "--empty", "--port", "0", PARLEY_DATA_DIR=str(self.folder), PARLEY_LOG_LEVEL="critical"
        )
        for line in self.process.stdout:
            if line.startswith("API "):
                self.base = line.split()[1].removesuffix("/v1/processes")
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError("the server did not start")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)

    @property
    def headers(self) -> dict[str, str]:
        key = (self.folder / "admin-key").read_text().strip()
        return {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}

    def send(self, body: bytes) -> list[dict[str, object]]:
        """The lines that are told before the answer ends, or breaks off."""
        told: list[dict[str, object]] = []
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.Client(timeout=120) as client,
            client.stream("POST", f"{self.base}/v1/imports", content=body, headers=self.headers) as answer,
        ):
            told.extend(json.loads(line) for line in answer.iter_lines())
        return told

    def sql(self, query: str) -> list[str]:
        with embedded.start(self.folder) as handle:
            import asyncio

            import asyncpg

            async def ask() -> list[str]:
                for _ in range(600):
                    # A server of which a process was killed ends all its connections, refuses new ones until it has
                    # recovered, and may do both to one that it has just accepted.
                    with contextlib.suppress(
                        asyncpg.exceptions.OperatorInterventionError, asyncpg.ConnectionDoesNotExistError, OSError
                    ):
                        connection = await asyncpg.connect(handle.url)
                        try:
                            return [str(row[0]) for row in await connection.fetch(query)]
                        finally:
                            connection.terminate()
                    await asyncio.sleep(0.1)
                raise AssertionError("the database did not recover within a minute")

            return asyncio.run(ask())


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    base = Path(tempfile.mkdtemp(prefix="parley-kill-", dir="/tmp")).resolve()
    found = Place(base / "data")
    found.start()
    yield found
    if found.process is not None and found.process.poll() is None:
        found.kill(signal.SIGTERM)
    if embedded.status(found.folder).is_running:
        embedded.stop(found.folder)
    shutil.rmtree(base, ignore_errors=True)


def empty(place: Place) -> None:
    # Past the triggers, which let nothing be forgotten.
    place.sql("""
        DO $$ DECLARE kept text; BEGIN
            SET LOCAL session_replication_role = replica;
            TRUNCATE entry, revision, revision_change CASCADE;
            FOR kept IN SELECT name FROM history.kept LOOP EXECUTE format('TRUNCATE history.%I', kept); END LOOP;
            UPDATE head SET revision = 0, xact = NULL;
        END $$
    """)


def check_whole_batches(place: Place, told: list[dict[str, object]]) -> int:
    """What is stored is whole: batches, their records' rows, their revisions; nothing acknowledged is missing."""
    (stored,) = place.sql("SELECT count(*) FROM entry WHERE collection <> 'citations'")
    assert int(stored) % BATCH == 0
    acknowledged = max((int(str(one["lines"])) for one in told if one["type"] == "progress"), default=0)
    assert int(stored) >= acknowledged
    (revisions, numbers, head) = place.sql(
        "SELECT count(*) FROM revision UNION ALL SELECT coalesce(max(number), 0) FROM revision"
        " UNION ALL SELECT revision FROM head"
    )
    assert revisions == numbers == head == str(int(stored) // BATCH)
    (lacking,) = place.sql(
        "SELECT count(*) FROM entry e WHERE collection = 'parties' AND (NOT EXISTS (SELECT FROM party WHERE id = e.id)"
        " OR NOT EXISTS (SELECT FROM party_name WHERE owner_id = e.id)"
        " OR NOT EXISTS (SELECT FROM revision_change WHERE record_id = e.id))"
    )
    assert lacking == "0"
    return int(stored)


def check_completed(place: Place, body: bytes, stored: int) -> None:
    """The same file again writes what is missing, and no more; and once more, nothing."""
    (*_, summary) = place.send(body)
    assert (summary["ending"], summary["created"], summary["unchanged"]) == ("complete", RECORDS - stored, stored)
    (*_, summary) = place.send(body)
    assert (summary["created"], summary["changed"], summary["last_revision"]) == (0, 0, None)
    (cited,) = place.sql("SELECT count(*) FROM citation")
    assert int(cited) == len(range(0, RECORDS - 1, 10))


def in_the_middle(place: Place, body: bytes, cut: "threading.Timer") -> list[dict[str, object]]:
    cut.start()
    try:
        return place.send(body)
    finally:
        cut.cancel()
        cut.join()


def test_a_killed_server_leaves_whole_batches_and_the_same_file_completes_them(place: Place) -> None:
    body, chance = file_of(RECORDS), random.Random(7)  # noqa: S311 - moments, no secrets
    for _ in range(KILLS):
        empty(place)
        told = in_the_middle(place, body, threading.Timer(chance.uniform(0.2, 2), place.kill))
        if place.process is not None and place.process.poll() is None:
            place.kill()
        place.start()
        check_completed(place, body, check_whole_batches(place, told))


def test_a_killed_database_leaves_whole_batches_and_the_same_file_completes_them(place: Place) -> None:
    body, chance = file_of(RECORDS), random.Random(8)  # noqa: S311
    for _ in range(KILLS):
        empty(place)
        pid = embedded.status(place.folder).pid
        assert pid is not None
        told = in_the_middle(place, body, threading.Timer(chance.uniform(0.2, 2), os.kill, (pid, signal.SIGKILL)))
        place.kill()
        place.start()
        check_completed(place, body, check_whole_batches(place, told))


def test_a_backend_that_is_killed_costs_one_try_at_most(place: Place) -> None:
    """PostgreSQL ends all its backends when one is killed, and comes back: the import waits for it, or says that it
    could not go on."""
    body = file_of(RECORDS)
    empty(place)

    def kill_writer() -> None:
        for pid in place.sql(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'parley writer' AND state = 'active'"
        ):
            os.kill(int(pid), signal.SIGKILL)

    told = in_the_middle(place, body, threading.Timer(0.7, kill_writer))
    assert told[-1]["type"] == "summary" and told[-1]["ending"] in ("complete", "interrupted")
    check_completed(place, body, check_whole_batches(place, told))


def test_a_client_that_goes_away_leaves_whole_batches(place: Place) -> None:
    body = file_of(RECORDS)
    empty(place)

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        raise ConnectionError("gone")

    with contextlib.suppress(httpx.HTTPError, ConnectionError), httpx.Client(timeout=60) as client:
        client.post(f"{place.base}/v1/imports", content=half(), headers=place.headers)
    # What was read before the client went is written still; on a busy machine that takes a while.
    stored, before = check_whole_batches(place, []), -1
    while stored != before:
        time.sleep(1.5)
        stored, before = check_whole_batches(place, []), stored
    assert stored < RECORDS
    check_completed(place, body, stored)
