"""One revision for each write, in the order of the commits, without gaps; a failed write leaves nothing."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from app.db.session import make_engine
from app.domain.types import instant
from app.errors import ApiError, ProblemType
from app.registry import WRITE_SPECS
from app.writing.intents import Intent
from app.writing.writer import Writer
from tests.writing.conftest import Desk, small_world


async def test_eight_writers_make_revisions_without_gaps_in_commit_order(desk: Desk) -> None:
    async def write(writer: int) -> list[int]:
        numbers = []
        for turn in range(8):
            result = await desk.post("parties", slug=f"party-{writer}-{turn}", name="P", kind="state")
            assert result.revision is not None
            numbers.append(result.revision)
            await desk.put("parties", f"party-{writer}-{turn}", name="P", kind="state")
        return numbers

    numbers = await asyncio.gather(*(write(writer) for writer in range(8)))
    assert sorted(number for mine in numbers for number in mine) == list(range(1, 65))
    assert all(mine == sorted(mine) for mine in numbers)
    assert (
        await desk.one(
            "SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY number) AS back FROM revision) r WHERE back"
        )
        == 0
    )


async def test_a_failing_commit_leaves_nothing(desk: Desk) -> None:
    await small_world(desk)
    await desk.ask("SELECT 1")
    async with desk.engine.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE foreign_key_violation USING CONSTRAINT = 'fk_talk_process_id'; END $$"
        )
        await connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON talk DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    with pytest.raises(ApiError) as caught:
        await desk.post("talks", title="T", process="russia-ukraine")
    assert caught.value.kind is ProblemType.CONFLICT
    assert "process" in caught.value.detail
    assert await desk.ask(
        "SELECT revision, (SELECT count(*) FROM talk), (SELECT max(number) FROM revision) FROM head"
    ) == [(1, 1, 1)]


async def test_a_writer_that_waits_too_long_is_told_to_come_back(desk: Desk, database_url: str) -> None:
    engine = make_engine(database_url, lock_timeout_ms=50)
    async with desk.engine.begin() as connection:
        await connection.exec_driver_sql("SELECT 1 FROM head FOR UPDATE")
        with pytest.raises(ApiError) as caught:
            await Writer(engine, WRITE_SPECS).write([Intent("parties", {"name": "P", "kind": "state"})], editor="test")
    await engine.dispose()
    assert caught.value.kind is ProblemType.UNAVAILABLE
    assert caught.value.headers["Retry-After"] == "1"


async def test_a_dry_run_says_what_would_happen(desk: Desk) -> None:
    intent = Intent("parties", {"name": "P", "kind": "state"})
    result = await desk.writer.write([intent], editor="test", dry_run=True)
    assert (result.revision, result.record.action, result.record.slug) == (None, "create", "p")
    assert await desk.one("SELECT count(*) FROM entry") == 0


async def test_a_dossier_of_any_size_takes_few_statements(desk: Desk) -> None:
    await small_world(desk)
    demands = [
        {"slug": f"d-{number}", "proposal": "memorandum", "part": "option-1", "number": str(number), "text": "X" * 200,
         "issues": ["TERR.LINE", "TERR"], "addressees": ["ukraine"],
         "depends_on": [f"d-{number + 1}"] if number % 2 == 0 else [],
         "citations": [{"source": "moscow-times", "locator": "paragraph 9"}]}
        for number in range(500)
    ]  # fmt: skip
    responses = [
        {"demand": f"d-{number}", "responder": "ukraine", "stance": "rejected", "said_on": "2025-06-04"}
        for number in range(500)
    ]
    statements: list[str] = []
    event.listen(
        desk.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: statements.append(statement),
    )
    result = await desk.batch(responses=responses, demands=demands)
    assert len(result.records) + len(result.others) == 1_500
    assert len(statements) < 40, statements
    again = await desk.batch(responses=responses, demands=demands)
    assert again.revision is None
    statements.clear()
    await desk.post("demands", proposal="memorandum", text="Y", number="n", addressees=["ukraine"])
    assert len(statements) < 20, statements


async def test_an_instant_is_the_same_text_beside_a_record_as_in_it(desk: Desk) -> None:
    for micros in (0, 1, 20, 247_430, 500_000, 999_999):
        at = datetime(2026, 11, 26, 8, 3, 11, micros, UTC)
        assert await desk.one(f"SELECT to_json(timestamptz '{at.isoformat()}')") == instant(at)
