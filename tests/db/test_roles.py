"""The roles with which the server works: what they may do, and that it is enough."""

import asyncio
import contextlib
import os
import sys

import asyncpg
import pytest
from sqlalchemy import make_url

from app.cli import main
from app.db.roles import READER, WRITER
from app.registry import RESOURCES
from app.runtime.roles import provide_roles
from app.settings import get_settings
from tests.conftest import serving_as

# Roles belong to a whole server: on a server that others use, the tests would change the passwords of its roles.
pytestmark = pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ, reason="roles are tested on a server of the tests' own"
)


async def test_the_server_works_as_a_writer_and_a_reader(own_loaded_url: str) -> None:
    # A database of a version before has no roles, and is started twice at the same time.
    writer, reader = await provide_roles(own_loaded_url)
    assert (writer, reader) == await provide_roles(own_loaded_url)
    assert [make_url(url).username for url in (writer, reader)] == [WRITER, READER]
    async with serving_as(writer, reader) as client:
        for resource in RESOURCES:
            for query in ("", "&as_of=1", "&known_by=2024-01-01", "&known_to=russia&known_by=2023-01-01", "&q=a"):
                got = await client.get(f"/v1/{resource.name}?limit=1{query}")
                assert got.status_code < 500 and got.status_code != 401, (resource.name, query, got.text)
        for path in (
            "/v1/reports",
            "/v1/changes",
            "/v1/revisions",
            "/v1/webhooks",
            "/v1/keys",
            "/v1/keys/events",
            "/v1/duplicates",
            "/readyz",
            "/v1/me",
        ):
            assert (await client.get(path)).status_code == 200, path
        made = await client.post("/v1/keys", json={"name": "roles", "scopes": ["read"]})
        assert made.status_code == 201, made.text
        assert (await client.post("/v1/keys/roles/rotate")).status_code == 200
        party = {"name": "Roles", "kind": "state"}
        once = {"Idempotency-Key": "roles-once"}
        made = await client.put("/v1/parties/roles", json=party, headers=once)
        assert made.status_code == 201, made.text
        assert (await client.patch("/v1/parties/roles", json={"name": "Roles again"})).status_code == 200
        assert (await client.delete("/v1/parties/roles?reason=test")).status_code == 204
        assert (await client.get("/v1/parties/roles/history")).status_code == 200


def test_the_command_creates_the_roles_of_a_server(
    own_loaded_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    writer, reader = map(make_url, asyncio.run(provide_roles(own_loaded_url)))
    # The roles belong to the whole server of these tests: they get the passwords that they have.
    monkeypatch.setenv("DATABASE_URL", own_loaded_url)
    monkeypatch.setenv("PARLEY_WRITER_PASSWORD", str(writer.password))
    monkeypatch.setenv("PARLEY_READER_PASSWORD", str(reader.password))
    for url, words in ((own_loaded_url, "have their rights"), (writer.render_as_string(False), "cannot create roles")):
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setattr(sys, "argv", ["parley", "db", "roles"])
        with contextlib.suppress(SystemExit):
            main()
        said = capsys.readouterr()
        assert words in said.out + said.err and str(writer.password) not in said.out + said.err
    get_settings.cache_clear()


async def test_neither_role_may_do_more(own_loaded_url: str) -> None:
    writer, reader = await provide_roles(own_loaded_url)
    beyond = {
        writer: (
            "CREATE TABLE more (n int)", "DROP TABLE party", "ALTER TABLE party ADD n int", "CREATE ROLE more",
            "UPDATE alembic_version SET version_num = 'x'", "SELECT pg_read_file('/etc/passwd')",
            "COPY party TO PROGRAM 'true'", "SET session_replication_role = replica", "TRUNCATE party",
            "UPDATE admin_event SET actor = 'x'", "DELETE FROM admin_event",
        ),
        reader: (
            "INSERT INTO issue DEFAULT VALUES", "UPDATE head SET revision = 0", "DELETE FROM party", "CREATE TABLE more (n int)",
            *(f"SELECT * FROM {name}" for name in ("api_key", "admin_event", "webhook", "webhook_delivery", "ledger_setting", "receipt")),
        ),
    }  # fmt: skip
    for url, statements in beyond.items():
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET default_transaction_read_only = off")
            for statement in statements:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
            assert await connection.fetchval("SELECT count(*) FROM party")
        finally:
            await connection.close()
