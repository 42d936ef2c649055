"""The schema: what the models say is what the migrations make, and both ways are open."""

import asyncio
import json
import re

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import TypeAdapter
from sqlalchemy import CheckConstraint

from app.db.tables import metadata
from app.runtime.ledger import MIGRATIONS, migration_config
from app.schemas.deadlines import Deadlines
from tests import world
from tests.conftest import Client, application
from tests.db.newer_values import forget_newer_values
from tests.loops import nonempty


async def test_the_models_and_the_migrated_schema_are_the_same(database_url: str) -> None:
    await asyncio.to_thread(command.check, migration_config(database_url))


async def test_up_down_up_leaves_the_same_schema(database_url: str) -> None:
    before = await schema(database_url)
    await asyncio.to_thread(command.downgrade, migration_config(database_url), "base")
    assert await schema(database_url) == []
    await asyncio.to_thread(command.upgrade, migration_config(database_url), "head")
    assert await schema(database_url) == before


async def test_rows_of_before_history_count_from_the_revision_that_made_their_record(database_url: str) -> None:
    config = migration_config(database_url)
    await asyncio.to_thread(command.downgrade, config, "words_in_their_languages")
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "INSERT INTO entry (id, collection, slug) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'parties',"
            " 'p-' || n FROM generate_series(1, 3) n;"
            "INSERT INTO party (id, slug, name, kind) SELECT id, slug, slug, 'state' FROM entry;"
            "INSERT INTO party_name (id, owner_id, position, text) SELECT gen_random_uuid(), id, 1, slug FROM party;"
            "INSERT INTO revision (number, editor) VALUES (1, 'e'), (2, 'e'), (3, 'e'); UPDATE head SET revision = 3;"
            "INSERT INTO revision_change (revision, record_id, collection, slug, action)"
            " SELECT revision, id, 'parties', slug, action FROM party JOIN (VALUES (1, 'p-1', 'create'), (2, 'p-2', 'create'),"
            " (3, 'p-1', 'change')) AS known(revision, slug, action) USING (slug)"
        )
        await asyncio.to_thread(command.upgrade, config, "head")
        for table in ("entry", "party", "party_name"):
            found = await connection.fetchval(f"SELECT array_agg(rev_from ORDER BY rev_from) FROM {table}")
            # Of p-3 nothing is known.
            assert found == [1, 1, 2], table
        await connection.execute("UPDATE party SET name = 'P' WHERE slug = 'p-1'")
        with pytest.raises(RuntimeError, match="earlier states"):
            await asyncio.to_thread(command.downgrade, config, "words_in_their_languages")
    finally:
        await connection.close()


async def test_a_printed_day_that_was_called_computed_is_stated(own_loaded_url: str) -> None:
    config = migration_config(own_loaded_url)
    by_basis = (
        "SELECT timing #>> '{resolved_on,basis}' AS basis, count(*) FROM demand"
        " WHERE timing ? 'resolved_on' AND timing ? 'at' GROUP BY 1"
    )
    connection = await asyncpg.connect(own_loaded_url)
    try:
        await forget_newer_values(connection)
        # Labels in other languages are not thrown away: the way back is open where there are none.
        with pytest.raises(RuntimeError, match="labels in other languages"):
            await asyncio.to_thread(command.downgrade, config, "uncertain_days")
        await connection.execute("UPDATE issue SET labels = '{}'")
        await asyncio.to_thread(command.downgrade, config, "uncertain_days")
        assert [tuple(row) for row in await connection.fetch(by_basis)] == [("computed", 2)]
        await asyncio.to_thread(command.upgrade, config, "head")
        assert [tuple(row) for row in await connection.fetch(by_basis)] == [("stated", 2)]
        (*_, last) = await connection.fetch("SELECT editor, message FROM revision ORDER BY number")
        assert tuple(last) == ("parley", "the basis of dates that are printed in the text")
    finally:
        await connection.close()


async def test_a_process_of_a_new_kind_bars_the_way_back(database_url: str) -> None:
    """Also if only an earlier version of it is of that kind."""
    config = migration_config(database_url)
    await asyncio.to_thread(command.downgrade, config, "labels_in_the_search")
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(
                "SET CONSTRAINTS ALL DEFERRED; INSERT INTO entry (id, collection, slug)"
                " VALUES ('00000000-0000-0000-0000-000000000001', 'processes', 'p');"
                "INSERT INTO process (id, slug, title, kind) SELECT id, slug, 'P', 'other' FROM entry"
            )
        with pytest.raises(asyncpg.CheckViolationError, match="ck_process_kind"):
            await connection.execute("UPDATE process SET kind = 'exit'")
        await asyncio.to_thread(command.upgrade, config, "head")
        for kind in ("exit", "other"):
            await connection.execute("UPDATE process SET kind = $1", kind)
            with pytest.raises(RuntimeError, match="of a new kind"):
                await asyncio.to_thread(command.downgrade, config, "labels_in_the_search")
    finally:
        await connection.close()


async def test_the_deadlines_of_talks_get_the_keys_that_the_writer_makes(database_url: str) -> None:
    """Also in earlier versions; back, they lose them, but not what the schema before has no place for."""
    config = migration_config(database_url)
    await asyncio.to_thread(command.downgrade, config, "kinds_of_processes")
    before: list[dict[str, str]] = [{"on": "2015"}, {"on": "2015-06-30~", "note": "n"}, {"on": ".."}, {"on": "2015"}]
    written = TypeAdapter(Deadlines).validate_python(before)
    connection = await asyncpg.connect(database_url)
    read = "SELECT deadlines FROM talk UNION ALL SELECT deadlines FROM history.talk"
    try:
        async with connection.transaction():
            await connection.execute(
                "SET CONSTRAINTS ALL DEFERRED; INSERT INTO entry (id, collection, slug)"
                " VALUES ('00000000-0000-0000-0000-000000000001', 'processes', 'p'),"
                " ('00000000-0000-0000-0000-000000000002', 'talks', 't');"
                "INSERT INTO process (id, slug, title, kind) SELECT id, slug, 'P', 'other' FROM entry WHERE slug = 'p';"
                "INSERT INTO talk (id, slug, title, sort_on, process_id) SELECT t.id, 't', 'T', '0001-01-01', p.id"
                " FROM entry t, entry p WHERE t.slug = 't' AND p.slug = 'p'"
            )
        for title in ("earlier", "newest"):
            await connection.execute("UPDATE talk SET title = $1, deadlines = $2", title, json.dumps(before))
        await asyncio.to_thread(command.upgrade, config, "head")
        rows = [json.loads(row["deadlines"]) for row in await connection.fetch(read)]
        keyed = [row.model_dump(exclude_none=True) for row in written]
        assert [row for row in rows if row] == [keyed, keyed]
        assert [row["key"] for row in keyed] == ["deadline-2015", "deadline-2015-06-30", "deadline", "deadline-2015-2"]
        await asyncio.to_thread(command.downgrade, config, "kinds_of_processes")
        assert [row for row in await connection.fetch(read) if json.loads(row["deadlines"]) not in ([], before)] == []
        await asyncio.to_thread(command.upgrade, config, "head")
        for more in ({"set_on": "2014"}, {"key": "given"}):
            await connection.execute("UPDATE talk SET deadlines = $1", json.dumps([keyed[0] | more]))
            with pytest.raises(RuntimeError, match="cannot store"):
                await asyncio.to_thread(command.downgrade, config, "kinds_of_processes")
    finally:
        await connection.close()


async def schema(url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i') AND a.attnum > 0 AND NOT a.attisdropped"
            " AND c.relname NOT LIKE '%alembic_version%' ORDER BY 1, 2"
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def test_states_by_several_approvals_are_derived_anew(world_client: Client) -> None:
    for slug in ("lower-house", "upper-house"):
        mandate = {"party": "boria", "role": "approves"}
        body = {"slug": slug, "name": slug, "kind": "assembly", "speaks_for": [mandate]}
        assert (await world_client.post("/v1/parties", json=body)).status_code == 201
    for responder, stance, day in (
        ("boria", "accepted", "2021-01-05"),
        ("upper-house", "rejected", "2021-03-01"),
        ("lower-house", "accepted", "2021-04-01"),
    ):
        await world.answer(world_client, demand="plan-1", responder=responder, stance=stance, said_on=day)
    url = str(world_client.state.ledger.url)
    state = (
        "SELECT s.value FROM demand_span AS s JOIN demand AS d ON d.id = s.demand_id"
        " WHERE d.slug = 'plan-1' AND s.aspect = 'state' AND s.until_on = 'infinity'"
    )
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval(state) == "rejected"
        await asyncio.to_thread(command.downgrade, migration_config(url), "acts_of_signatures")
        assert await connection.fetchval(state) == "accepted"
        assert await connection.fetch("SELECT * FROM state.differences()") == []
        await asyncio.to_thread(command.upgrade, migration_config(url), "head")
        assert await connection.fetchval(state) == "rejected"
        assert await connection.fetch("SELECT * FROM state.differences()") == []
        (*_, last) = await connection.fetch("SELECT editor, message FROM revision ORDER BY number")
        assert tuple(last) == ("parley", "the states of demands that several bodies approve")
    finally:
        await connection.close()


async def test_the_text_of_every_check_is_the_models(database_url: str) -> None:
    """`alembic check` compares CHECKs by name alone; a word added to a closed list would pass it unseen."""
    connection = await asyncpg.connect(database_url)
    try:
        stored = {
            row["conname"]: row["text"]
            for row in await connection.fetch(
                "SELECT conname, pg_get_constraintdef(oid) AS text FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        }
        declared: dict[str, str] = {}
        for table in metadata.sorted_tables:
            for constraint in table.constraints:
                if isinstance(constraint, CheckConstraint):
                    declared[str(constraint.name)] = await as_stored(connection, table.name, str(constraint.sqltext))
    finally:
        await connection.close()
    assert stored == declared


async def as_stored(connection: "asyncpg.Connection[asyncpg.Record]", table: str, sqltext: str) -> str:
    """The expression in PostgreSQL's own spelling: it is asked to store it once more, and to forget it."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT once_more CHECK ({sqltext}) NOT VALID')
        text = await connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'once_more'"
        )
    finally:
        await transaction.rollback()
    return str(text).removesuffix(" NOT VALID")


async def test_every_constraint_has_a_name_that_says_what_it_is(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT conname, contype::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            # A constraint trigger has the name of its trigger.
            " AND contype NOT IN ('n', 't') AND conname NOT LIKE 'alembic%'"
        )
    finally:
        await connection.close()
    kinds = {"p": "pk_", "f": "fk_", "u": "uq_", "c": "ck_"}
    assert [row["conname"] for row in rows if not row["conname"].startswith(kinds[row["contype"]])] == []


def test_migrations_are_named_by_date_and_deed_and_know_no_model() -> None:
    for script in nonempty(ScriptDirectory(str(MIGRATIONS)).walk_revisions()):
        path = script.path
        assert re.search(r"/\d{4}-\d{2}-\d{2}_[a-z0-9_]+\.py$", path), path
        with open(path) as file:
            assert "from app" not in file.read(), path


async def test_lists_of_before_positions_keep_the_order_in_which_they_were_read(database_url: str) -> None:
    """Also at an earlier revision, of which some rows are in history alone; and it is no change of any record."""
    config = migration_config(database_url)
    made = ScriptDirectory(str(MIGRATIONS)).get_revision("order_as_sent")
    assert made is not None
    await asyncio.to_thread(command.downgrade, config, str(made.down_revision))
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("""
                SET CONSTRAINTS ALL DEFERRED;
                CREATE FUNCTION pg_temp.n(n int) RETURNS uuid LANGUAGE sql
                    AS $$ SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid $$;
                INSERT INTO entry (id, collection, slug) VALUES (pg_temp.n(1), 'parties', 'delta'),
                    (pg_temp.n(2), 'parties', 'alba'), (pg_temp.n(3), 'parties', 'caria'), (pg_temp.n(4), 'parties', 'boria'),
                    (pg_temp.n(5), 'processes', 'process'), (pg_temp.n(6), 'proposals', 'paper');
                INSERT INTO party (id, slug, name, kind) SELECT id, slug, slug, 'state' FROM entry WHERE collection = 'parties';
                INSERT INTO process (id, slug, title, kind) VALUES (pg_temp.n(5), 'process', 'P', 'peace');
                INSERT INTO process_party (process_id, party_id, role) VALUES (pg_temp.n(5), pg_temp.n(1), 'mediator'),
                    (pg_temp.n(5), pg_temp.n(3), 'negotiating'), (pg_temp.n(5), pg_temp.n(2), 'negotiating');
                INSERT INTO proposal (id, slug, process_id, title, kind, sort_on)
                    VALUES (pg_temp.n(6), 'paper', pg_temp.n(5), 'P', 'paper', '0001-01-01');
                INSERT INTO proposal_author (proposal_id, party_id)
                    SELECT pg_temp.n(6), id FROM party WHERE slug IN ('delta', 'caria', 'boria')
            """)
        await connection.execute("""
            BEGIN; DELETE FROM proposal_author WHERE party_id = (SELECT id FROM party WHERE slug = 'caria');
            INSERT INTO proposal_author (proposal_id, party_id) SELECT pg_temp.n(6), id FROM party WHERE slug = 'alba'; COMMIT
        """)
        await asyncio.to_thread(command.upgrade, config, "head")
        async with application(database_url) as client:

            async def listed(path: str, name: str) -> list[str]:
                return [(row.get("party") or row)["slug"] for row in (await client.get(path)).json()[name]]

            assert await listed("/v1/proposals/paper", "authors") == ["alba", "boria", "delta"]
            assert await listed("/v1/proposals/paper?as_of=1", "authors") == ["boria", "caria", "delta"]
            assert await listed("/v1/processes/process", "parties") == ["alba", "caria", "delta"]
        assert await connection.fetchval("SELECT revision FROM head") == 2
        assert await connection.fetchval("SELECT count(*) FROM revision") == 2
        await asyncio.to_thread(command.downgrade, config, str(made.down_revision))
        await asyncio.to_thread(command.upgrade, config, "head")
        await connection.execute("UPDATE proposal_author SET position = 9 WHERE party_id = pg_temp.n(2)")
        with pytest.raises(RuntimeError, match="an order of their own"):
            await asyncio.to_thread(command.downgrade, config, str(made.down_revision))
    finally:
        await connection.close()
