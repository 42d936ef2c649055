"""A made-up ledger in the shape of a real one, the same for the same number of demands.

    python -m tests.benchmarks.generate DATABASE_URL 500000

PostgreSQL draws and writes the rows itself (`made_up.sql`), from the words of `words.py` and the true list of issues.
Parties, issues, places, processes and words follow Zipf's law; talks come in bursts. Secondary indexes and foreign keys
are taken away meanwhile and made again from the catalogue's own text, so that a migration's new ones are kept.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from tests.benchmarks import words

HERE = Path(__file__).parent
ISSUES = HERE.parents[1] / "app" / "ingest" / "dossiers" / "issues.json"
#: All that a made-up ledger depends on; the name of its database has their digest.
SOURCES = (HERE / "generate.py", HERE / "made_up.sql", HERE / "words.py", ISSUES)
NAMES = 9_000
"""Names of places that occur in texts; the last ones are rare words."""

_WITHOUT = """
SELECT pg_get_indexdef(i.indexrelid) AS make, format('DROP INDEX %s', i.indexrelid::regclass) AS drop
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
"""
_KEYS = """
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make,
    format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
#: Days of `known_by` are looked up by the indexes: without these the triggers would read a whole table for each row.
_DAYS = "ALTER TABLE {table} {action} TRIGGER known_insert"
#: As the migration gave days to what was there, kind by kind: `known.kind` has them in the order of their dependence.
_KINDS = "SELECT collection, name FROM known.kind ORDER BY ctid"
_FILL = """
INSERT INTO known_day (id, collection, sort_on, known_on, rev_from)
SELECT id, '{collection}', sort_on, known_on, 1 FROM known.found('{collection}', ARRAY(SELECT id FROM {name}))
"""
#: Tables whose new rows queue proposals for their demands' states to be derived; here that is done once, at the end.
_STATE_TRIGGERS = """
SELECT format('ALTER TABLE %s DISABLE TRIGGER state_insert', tgrelid::regclass) AS off,
    format('ALTER TABLE %s ENABLE TRIGGER state_insert', tgrelid::regclass) AS on
FROM pg_trigger WHERE tgname = 'state_insert' AND NOT tgisinternal
"""
_FILL_STATES = """
WITH derived AS MATERIALIZED (
    SELECT d.spans, d.answers
    FROM (
        SELECT array_agg(id) AS proposals
        FROM (SELECT id, row_number() OVER () / 500 AS part FROM proposal) AS numbered GROUP BY part
    ) AS batch
    CROSS JOIN LATERAL state.derive(ARRAY(SELECT p FROM state.points_of(batch.proposals) AS p)) AS d
), spans AS (
    INSERT INTO demand_span (demand_id, aspect, applies, from_on, until_on, value, sort_on, rev_from)
    SELECT s.demand_id, s.aspect, s.applies, s.from_on, s.until_on, s.value, s.sort_on, 1
    FROM derived CROSS JOIN LATERAL unnest(derived.spans) AS s
)
INSERT INTO demand_answer SELECT a.* FROM derived CROSS JOIN LATERAL unnest(derived.answers) AS a
"""
_SETTINGS = {
    "synchronous_commit": "off",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "temp_buffers": "256MB",
    # Rows in a fixed order, so that each gets the same random numbers in every run.
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
    "jit": "off",
}


def counts(demands: int) -> dict[str, int]:
    """How many of everything: what grows with the ledger, and what hardly does."""
    return {
        "demands": demands,
        "proposals": demands // 9 + 10,
        "talks": demands // 25 + 2,
        "processes": 60 + demands // 2_500,
        "parties": min(400 + demands // 1_000, NAMES),
        "people": 2_000 + demands // 100,
        "places": 3_000,
        "sources": 200 + demands // 25,
        "names": NAMES,
        "leaves": sum("broader" in issue for issue in _issues()),
        "tails": len(words.TAILS),
        "quotes": len(words.QUOTES),
        "stances": len(words.STANCES),
        "publishers": len(words.PUBLISHERS) * 6,
    }


async def generate(url: str, demands: int) -> float:
    """Fill an empty, migrated database; seconds that it took. Raises if any of its records is there already."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url, server_settings=_SETTINGS)
    try:
        indexes, keys = await connection.fetch(_WITHOUT), await connection.fetch(_KEYS)
        for taken in (*keys, *indexes):
            await connection.execute(taken["drop"])
        kinds = await connection.fetch(_KINDS)
        for kind in kinds:
            await connection.execute(_DAYS.format(table=kind["name"], action="DISABLE"))
        state_triggers = await connection.fetch(_STATE_TRIGGERS)
        for trigger in state_triggers:
            await connection.execute(trigger["off"])
        numbers = counts(demands)
        await _tell_words(connection, numbers)
        async with connection.transaction():
            for statement in (HERE / "made_up.sql").read_text().format(**numbers).split(";\n"):
                if statement.strip():
                    await connection.execute(statement)
        drawn = time.perf_counter() - began
        # Foreign keys need only the unique indexes, which stayed; the others are made two at a time.
        await _make(url, [index["make"] for index in indexes])
        for key in keys:
            await connection.execute(key["make"])
        await connection.execute("ANALYZE")
        await connection.execute("ALTER TABLE known_day DISABLE TRIGGER USER")
        for kind in kinds:
            await connection.execute(_FILL.format(**kind))
            await connection.execute("ANALYZE known_day")
            await connection.execute(_DAYS.format(table=kind["name"], action="ENABLE"))
        await connection.execute("ALTER TABLE known_day ENABLE TRIGGER USER")
        await connection.execute("ALTER TABLE demand_span DISABLE TRIGGER USER")
        await connection.execute(_FILL_STATES)
        await connection.execute("ALTER TABLE demand_span ENABLE TRIGGER USER")
        for trigger in state_triggers:
            await connection.execute(trigger["on"])
        await connection.execute("DISCARD TEMP")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    took = time.perf_counter() - began
    print(f"{demands:,} demands in {took:.0f} s, of which {drawn:.0f} s rows, the rest indexes and foreign keys")
    return took


async def _make(url: str, statements: list[str]) -> None:
    waiting = sorted(statements, key=lambda make: "USING gin" not in make)

    async def work() -> None:
        connection = await asyncpg.connect(url, server_settings=_SETTINGS)
        while waiting:
            await connection.execute(waiting.pop(0))
        await connection.close()

    await asyncio.gather(work(), work())


async def _tell_words(connection: Any, numbers: dict[str, int]) -> None:
    phrases = [(top, k, len(said), text) for top, said in words.PHRASES.items() for k, text in enumerate(said, start=1)]
    issues = [
        (n, i["slug"], i["code"], i["label"], i.get("definition"), i.get("broader")) for n, i in enumerate(_issues(), 1)
    ]
    named = words.places(NAMES + 60)
    publishers = [f"{place} {kind}" for place in named[:6] for kind in words.PUBLISHERS]
    tables: dict[str, tuple[str, list[Any]]] = {
        "word_issue": ("n int, slug text, code text, label text, definition text, broader text", issues),
        "word_place": ("n int, name text", list(enumerate(named, start=1))),
        "word_person": (
            "n int, usual text, cyrillic text, other text",
            [(n, *person) for n, person in enumerate(words.people(numbers["people"]), start=1)],
        ),
        "word_phrase": ("top text, k int, most int, text text", phrases),
        "word_tail": ("k int, text text", list(enumerate(words.TAILS, start=1))),
        "word_quote": ("k int, text text", list(enumerate(words.QUOTES, start=1))),
        "word_stance": ("k int, stance text, text text", [(k, *s) for k, s in enumerate(words.STANCES, start=1)]),
        "word_party": ("k int, kind text, pattern text", [(k, *p) for k, p in enumerate(words.PARTY_NAMES, start=1)]),
        "word_publisher": ("k int, text text", list(enumerate(publishers, start=1))),
    }
    for name, (columns, rows) in tables.items():
        await connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
        await connection.copy_records_to_table(name, records=rows)
        await connection.execute(f"ANALYZE {name}")


def _issues() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ISSUES.read_text())["records"]["issues"]
    return found


if __name__ == "__main__":
    asyncio.run(generate(sys.argv[1], int(sys.argv[2])))
