"""The database keeps the history itself: whoever writes, with whatever client, makes a revision, and nothing is lost."""

import asyncio
from datetime import timedelta

import asyncpg
import httpx
import pytest

from app.db.history import HEAD_CHANNEL
from app.db.versioned import versioned_tables
from tests.history.conftest import Session, head
from tests.loops import nonempty

EVERY_TRIGGER = {
    f"history_{name}" for name in ("begin", "1_redundant", "2_stamp", "refuse", "insert", "update", "delete")
}


# --- what is kept


async def test_every_table_of_the_domain_is_kept_as_it_is_declared(psql: Session) -> None:
    """A new table is registered in `history.kept` by its migration; this test misses one that was forgotten."""
    stored = {tuple(row) for row in await psql.fetch("SELECT name, collection, inside, owner FROM history.kept")}
    assert stored == {(one.table, one.collection, one.inside, one.owner) for one in versioned_tables()}


async def test_twin_and_view_of_each_table_have_its_columns_and_the_twin_its_indexes(psql: Session) -> None:
    for table in nonempty(one.table for one in versioned_tables()):
        own = await columns(psql, f"public.{table}")
        assert await columns(psql, f"history.{table}") == own | {("rev_to", "bigint")}, table
        assert await columns(psql, f"past.{table}") == own, table
        found = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal"
        assert {row["tgname"] for row in await psql.fetch(found, f"public.{table}")} >= EVERY_TRIGGER, table
        indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2"
        there = {row["indexname"] for row in await psql.fetch(indexes, "history", table)}
        lacking = [
            row["indexdef"] for row in await psql.fetch(indexes, "public", table) if row["indexname"] not in there
        ]
        # A unique index that begins with the key is no better than the twin's own key.
        assert all(made.startswith("CREATE UNIQUE INDEX") for made in lacking), lacking


async def columns(psql: Session, relation: str) -> set[tuple[str, str]]:
    """Names and types of the columns of a table or view."""
    rows = await psql.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        relation,
    )
    return {(row["attname"], row["type"]) for row in rows}


# --- what a plain statement does


async def test_a_plain_update_is_a_revision_of_its_own(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    seen = (await world_client.get("/v1/parties/alba")).headers["etag"]
    heard: asyncio.Queue[str] = asyncio.Queue()
    await psql.add_listener(HEAD_CHANNEL, lambda *_: heard.put_nowait("moved"))
    await psql.execute("UPDATE party SET summary = 'A state.' WHERE slug = 'alba'")
    assert await asyncio.wait_for(heard.get(), 5) == "moved"
    told = (await world_client.get(f"/v1/revisions/{before + 1}")).json()
    user = await psql.fetchval("SELECT session_user")
    assert (told["editor"], told["message"]) == (user, None)
    assert told["changes"] == [{"collection": "parties", "slug": "alba", "action": "change"}]
    late = await world_client.patch("/v1/parties/alba", json={"summary": "Another."}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert (await world_client.get("/v1/parties/alba")).json()["updated_at"] == told["at"]


@pytest.mark.parametrize(
    ("statement", "touched"),
    [
        ("DELETE FROM party_name", []),
        ("DELETE FROM person_name", [("people", "ana")]),
        ("UPDATE party_membership SET valid_from = NULL, valid_from_min = NULL, valid_from_max = NULL,"
         " valid_from_precision = NULL WHERE valid_from IS NOT NULL", [("parties", "delta")]),
        ("INSERT INTO external_id (record_id, scheme, value) SELECT id, 'gw', '1' FROM entry WHERE slug = 'alba'",
         [("parties", "alba")]),
        ("DELETE FROM demand_dependency", None),
        ("UPDATE part SET label = 'C' WHERE key = 'a'", [("proposals", "plan")]),
    ],
)  # fmt: skip
async def test_a_row_inside_a_record_changes_the_record(
    world_client: httpx.AsyncClient, psql: Session, statement: str, touched: list[tuple[str, str]] | None
) -> None:
    before = await head(psql)
    outcome = await psql.execute(statement)
    if touched is None:
        touched = [] if outcome.endswith(" 0") else [("demands", "plan-2")]
    if not touched:
        assert await head(psql) == before
        return
    assert await head(psql) == before + 1
    changes = (await world_client.get(f"/v1/revisions/{before + 1}")).json()["changes"]
    assert [(one["collection"], one["slug"], one["action"]) for one in changes] == [(*it, "change") for it in touched]


async def test_what_changes_nothing_makes_no_revision(psql: Session) -> None:
    before = await head(psql)
    await psql.execute("UPDATE party SET name = name")
    await psql.execute("UPDATE party SET name = 'Nobody' WHERE slug = 'nobody'")
    await psql.execute("DELETE FROM party_name WHERE false")
    await psql.execute(
        "INSERT INTO slug_alias (collection, slug, record_id) SELECT 'parties', 'x', id FROM entry LIMIT 0"
    )
    assert await head(psql) == before
    assert await psql.fetchval("SELECT count(*) FROM history.party") == 0


async def test_a_transaction_is_one_revision_of_one_instant(psql: Session) -> None:
    before = await head(psql)
    async with psql.transaction():
        await psql.execute(
            "SELECT set_config('parley.editor', 'ines', true), set_config('parley.message', 'twice', true)"
        )
        await psql.execute("UPDATE party SET summary = 'once' WHERE slug = 'alba'")
        await psql.execute("SELECT pg_sleep(0.01)")
        await psql.execute("UPDATE party SET summary = 'twice' WHERE slug = 'alba'")
        await psql.execute("UPDATE party SET summary = 'twice' WHERE slug = 'boria'")
    assert await head(psql) == before + 1
    told = await psql.fetchrow("SELECT editor, message, at FROM revision WHERE number = $1", before + 1)
    assert (told["editor"], told["message"]) == ("ines", "twice")
    rows = await psql.fetch("SELECT row_version, updated_at, rev_from FROM party WHERE summary = 'twice'")
    assert {tuple(row) for row in rows} == {(2, told["at"], before + 1)}
    kept = await psql.fetch("SELECT slug, summary, rev_to FROM history.party ORDER BY slug")
    assert [tuple(row) for row in kept] == [("alba", None, before + 1), ("boria", None, before + 1)]


async def test_a_rollback_leaves_no_gap_and_nothing_else(psql: Session) -> None:
    before = await head(psql)
    for undone in ("a transaction", "a savepoint"):
        outer = psql.transaction()
        await outer.start()
        inner = psql.transaction()
        await inner.start()
        await psql.execute("UPDATE party SET summary = 'undone' WHERE slug = 'alba'")
        await inner.rollback()
        await (outer.commit() if undone == "a savepoint" else outer.rollback())
    assert await head(psql) == before
    await psql.execute("UPDATE party SET summary = 'done' WHERE slug = 'alba'")
    assert await head(psql) == before + 1
    numbers = await psql.fetchval("SELECT array_agg(number ORDER BY number) FROM revision")
    assert numbers == list(range(1, before + 2))
    assert await psql.fetchval("SELECT count(*) FROM history.party") == 1


async def test_an_insert_writes_no_history_row(psql: Session) -> None:
    async with psql.transaction():
        await psql.execute("INSERT INTO entry (id, collection, slug) VALUES (gen_random_uuid(), 'parties', 'eria')")
        await psql.execute(
            "INSERT INTO party (id, slug, name, kind) SELECT id, slug, 'Eria', 'state' FROM entry WHERE slug = 'eria'"
        )
    made = await psql.fetchrow(
        "SELECT p.*, r.at FROM party p JOIN revision r ON r.number = p.rev_from WHERE slug = 'eria'"
    )
    assert made["created_at"] == made["updated_at"] == made["at"]
    assert await psql.fetchval("SELECT count(*) FROM history.party") == 0
    action = await psql.fetchval("SELECT action FROM revision_change WHERE record_id = $1", made["id"])
    assert action == "create"


async def test_copies_that_follow_by_foreign_key_are_kept_too(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    moved = await world_client.patch("/v1/proposals/plan", json={"tabled_on": "2020-03-05"})
    assert moved.status_code == 200, moved.text
    demands = await psql.fetchval("SELECT count(*) FROM demand")
    kept = "SELECT count(*) FROM history.{} WHERE rev_to = $1 AND sort_on = DATE '2020-03-01'"
    assert await psql.fetchval(kept.format("demand"), before + 1) == demands
    links = await psql.fetchval("SELECT count(*) FROM demand_party")
    assert await psql.fetchval(kept.format("demand_party"), before + 1) == links > demands
    assert await psql.fetchval("SELECT min(rev_from) FROM demand_party") == before + 1


async def test_what_was_erased_by_hand_stays_in_history(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    async with psql.transaction():
        await psql.execute("DELETE FROM person_name WHERE owner_id IN (SELECT id FROM person WHERE slug = 'ana')")
        await psql.execute(
            "DELETE FROM delegation_member WHERE person_id IN (SELECT id FROM person WHERE slug = 'ana')"
        )
        await psql.execute("DELETE FROM person WHERE slug = 'ana'")
        await psql.execute("DELETE FROM entry WHERE collection = 'people' AND slug = 'ana'")
    told = (await world_client.get(f"/v1/revisions/{before + 1}")).json()["changes"]
    assert {"collection": "people", "slug": "ana", "action": "delete"} in told
    assert await psql.fetchval("SELECT rev_to FROM history.person WHERE slug = 'ana'") == before + 1


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE demand_link",
        "DELETE FROM history.party",
        "UPDATE history.party SET name = 'X'",
        "INSERT INTO entry (id, collection, slug, rev_from) VALUES (gen_random_uuid(), 'parties', 'x', 1)",
        "DELETE FROM revision WHERE number = 1",
        "UPDATE revision SET editor = 'somebody else'",
        "TRUNCATE revision CASCADE",
        "DELETE FROM revision_change WHERE revision = 1",
        "UPDATE revision_change SET action = 'delete' WHERE revision = 1",
        "UPDATE head SET revision = revision - 1",
        "DELETE FROM head",
    ],
)
async def test_history_cannot_be_rewritten(psql: Session, statement: str) -> None:
    with pytest.raises(asyncpg.RaiseError):
        await psql.execute(statement)


async def test_a_revision_or_an_instant_of_ones_own_choice_is_not_taken(psql: Session) -> None:
    before = await head(psql)
    await psql.execute("SET parley.revision = '1'; SET parley.at = '1999-01-01T00:00:00Z'")
    await psql.execute("UPDATE party SET summary = 'late' WHERE slug = 'alba'")
    told = await psql.fetchrow("SELECT number, now() - at AS ago FROM revision ORDER BY number DESC LIMIT 1")
    assert told["number"] == before + 1 == await psql.fetchval("SELECT rev_from FROM party WHERE slug = 'alba'")
    assert told["ago"] < timedelta(seconds=30)


# --- many at once


async def test_numbers_are_in_the_order_of_commits_and_without_gaps(url: str, psql: Session) -> None:
    """Eight sessions, fifty writes each, every fifth undone, in opposite orders of rows: nobody waits for ever."""
    before = await head(psql)
    seen: list[int] = []

    async def write(session: Session, writer: int, turn: int) -> None:
        async with session.transaction():
            # Each session locks the tables in an order of its own.
            for table in ("party", "place")[:: 1 if writer % 2 else -1]:
                slug = {"party": "alba", "place": "lake-town"}[table]
                await session.execute(f"UPDATE {table} SET summary = $1 WHERE slug = $2", f"{writer}.{turn}", slug)
            seen.append(await session.fetchval("SELECT revision FROM head"))
            if turn % 5 == 0:
                seen.pop()
                raise asyncpg.UniqueViolationError

    async def work(writer: int) -> None:
        session = await asyncpg.connect(url)
        for turn in range(50):
            try:
                await write(session, writer, turn)
            except asyncpg.UniqueViolationError:
                continue
        await session.close()

    await asyncio.gather(*(work(writer) for writer in range(8)))
    made = 8 * 40
    # Whoever holds the head notes its number before it commits: the order of notes is that of the commits.
    assert seen == list(range(before + 1, before + made + 1))
    assert await psql.fetchval("SELECT count(*) FROM revision WHERE number > $1", before) == made
    assert await psql.fetchval("SELECT count(*) FROM history.party WHERE slug = 'alba'") == made
    behind = "SELECT count(*) FROM (SELECT at <= lag(at) OVER (ORDER BY number) AS back FROM revision) r WHERE back"
    assert await psql.fetchval(behind) == 0
    broken = (
        "SELECT count(*) FROM (SELECT rev_from, lag(rev_to) OVER (ORDER BY rev_from) AS ended FROM"
        " (SELECT rev_from, rev_to FROM history.party WHERE slug = 'alba'"
        "  UNION ALL SELECT rev_from, NULL FROM party WHERE slug = 'alba') v) w WHERE ended <> rev_from"
    )
    assert await psql.fetchval(broken) == 0


async def test_a_session_that_is_killed_leaves_nothing(url: str, psql: Session) -> None:
    before = await head(psql)
    session = await asyncpg.connect(url)
    await session.execute("BEGIN")
    await session.execute("UPDATE party SET summary = 'killed'")
    process = session.get_server_pid()
    assert await psql.fetchval("SELECT pg_terminate_backend($1, 5000)", process)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError)):
        await session.execute("COMMIT")
    await psql.execute("UPDATE party SET summary = 'alive' WHERE slug = 'alba'")
    assert await head(psql) == before + 1
    assert await psql.fetchval("SELECT count(*) FROM history.party") == 1


async def test_a_revision_that_somebody_noted_beyond_the_head_is_none(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    await psql.execute("INSERT INTO revision (number, editor) VALUES (9999, 'somebody')")
    for moment in ("9999", "2999-01-01"):
        got = await world_client.get("/v1/parties", params={"as_of": moment})
        told = (got.status_code, got.headers.get("parley-revision"))
        assert told == ((422, None) if moment == "9999" else (200, str(await head(psql))))
