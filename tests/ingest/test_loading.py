"""The bundled dossiers: read, put in order, loaded once."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import ApiError
from app.ingest.dossiers import Loaded, load_dossiers, read_bundled, select_dossiers
from app.runtime.bootstrap import engine_at, writer_over
from tests.conftest import Statements


def write(folder: Path, slug: str, *needs: str, **records: object) -> None:
    dossier = {"format": "parley-dossier/1", "slug": slug, "title": slug, "summary": "", "needs": needs}
    (folder / f"{slug}.json").write_text(json.dumps({**dossier, "records": records}))


async def change(engine: AsyncEngine, slug: str) -> None:
    """As if the dossier had been loaded by a version of Parley that had another file."""
    async with engine.begin() as connection:
        statement = text('UPDATE ledger_setting SET value = \'{"sha256": "another"}\' WHERE name = :name')
        assert (await connection.execute(statement, {"name": f"dossier:{slug}"})).rowcount == 1


async def ask(engine: AsyncEngine, sql: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.exec_driver_sql(sql)).scalar_one()


def test_a_dossier_comes_after_those_that_it_needs() -> None:
    order = list(read_bundled())
    for slug, bundled in read_bundled().items():
        assert all(order.index(need) < order.index(slug) for need in bundled.dossier.needs)
    assert set(select_dossiers(read_bundled(), ["istanbul-2025-06-02"])) == {
        "issues",
        "russia-ukraine",
        "istanbul-2025-06-02",
    }


def test_a_name_that_no_dossier_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ApiError, match=r"no dossier named 'no-such'\. The dossiers are: .*russia-ukraine"):
        select_dossiers(read_bundled(), ["no-such"])


def test_dossiers_that_need_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "one", "two")
    write(tmp_path, "two", "one")
    with pytest.raises(ApiError, match="cycle"):
        read_bundled(tmp_path)


def test_a_dossier_that_needs_an_absent_one_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "one", "two")
    with pytest.raises(ApiError, match="needs 'two'"):
        read_bundled(tmp_path)


def test_a_file_that_is_no_dossier_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text('{"format": "parley-dossier/1"}')
    with pytest.raises(ApiError, match=r"wrong\.json is not a dossier"):
        read_bundled(tmp_path)


async def test_each_dossier_is_one_revision_and_a_second_load_makes_none(own_loaded_url: str) -> None:
    async with engine_at(own_loaded_url) as engine:
        assert await load_dossiers(writer_over(engine)) == []
        async with engine.connect() as connection:
            asked = await connection.exec_driver_sql("SELECT number, editor, message FROM revision ORDER BY number")
            slugs = list(read_bundled())
            wanted = [(number, "parley", f"dossier {slug}") for number, slug in enumerate(slugs, 1)]
            assert [tuple(row) for row in asked] == wanted


async def test_a_changed_dossier_is_not_loaded_again_at_a_start(own_loaded_url: str) -> None:
    async with engine_at(own_loaded_url) as engine:
        await change(engine, "colombia-farc")
        assert await load_dossiers(writer_over(engine), only_new=True) == []


async def test_a_changed_dossier_that_says_the_same_makes_no_revision(own_loaded_url: str) -> None:
    async with engine_at(own_loaded_url) as engine:
        await change(engine, "israel-hamas")
        assert (await load_dossiers(writer_over(engine)))[0] == Loaded("israel-hamas", None)
        assert await load_dossiers(writer_over(engine)) == []


async def test_what_a_dossier_adds_to_records_of_another_outlives_a_new_load_of_the_other(own_loaded_url: str) -> None:
    counting = "SELECT count(*) FROM citation WHERE withdrawn_at IS NULL"
    async with engine_at(own_loaded_url) as engine:
        before = await ask(engine, counting)
        await change(engine, "russia-ukraine")
        assert await load_dossiers(writer_over(engine), names=["russia-ukraine"]) == [Loaded("russia-ukraine", None)]
        assert await ask(engine, counting) == before


async def test_what_is_loaded_is_read_with_one_statement(client: httpx.AsyncClient, statements: Statements) -> None:
    answer = await client.get("/v1/demands", params={"limit": 5})
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 5
    assert len(statements) == 1


async def test_an_empty_ledger_takes_a_write_with_a_key(
    empty_client: httpx.AsyncClient, admin: dict[str, str], statements: Statements
) -> None:
    body = {"slug": "norway", "name": "Norway", "kind": "state"}
    assert (await empty_client.post("/v1/parties", json=body)).status_code == 401
    answer = await empty_client.post("/v1/parties", json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    assert any(sql.startswith("INSERT INTO party") for sql in statements)
