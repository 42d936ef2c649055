"""Datasette over the same ledger: a SQLite file with the indexes that the questions need, opened immutable, and canned
queries that make the nested answer with `json_group_array`, unwrapped by Datasette's own `_json`."""

import asyncio
import json
import sqlite3
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

#: Table → columns; what the answers need, and no more.
TABLES = {
    "process": "id slug title",
    "party": "id slug name kind",
    "person": "id slug name",
    "place": "id slug name",
    "issue": "id code label",
    "source": "id slug title",
    "talk": "id slug process_id title kind format start duration_minutes place_id status summary sort_on",
    "talk_outcome": "id talk_id key kind text party_id position",
    "delegation": "id slug talk_id party_id is_seated size",
    "delegation_member": "id delegation_id person_id position function post",
    "proposal": "id slug talk_id title tabled_on sort_on",
    "account": "id slug kind is_reference",
    "part": "id key kind label title",
    "demand": "id slug process_id proposal_id account_id part_id position number title text quote act is_mutual"
    " is_reference confidence review updated_at sort_on",
    "demand_party": "demand_id party_id role position",
    "demand_issue": "demand_id issue_id is_primary position",
    "demand_place": "demand_id place_id position",
    "response": "id slug demand_id responder_id stance said_on text sort_on position",
    "citation": "id slug target_id source_id verdict locator",
}
INDEXES = (
    "CREATE INDEX newest ON demand (sort_on DESC, id DESC) WHERE is_reference",
    "CREATE UNIQUE INDEX demand_slug ON demand (slug)",
    "CREATE UNIQUE INDEX talk_slug ON talk (slug)",
    "CREATE INDEX party_of ON demand_party (demand_id, role, position, party_id)",
    "CREATE INDEX issue_of ON demand_issue (demand_id, position, issue_id)",
    "CREATE INDEX place_of ON demand_place (demand_id, position, place_id)",
    "CREATE INDEX response_of ON response (demand_id)",
    "CREATE INDEX citation_of ON citation (target_id)",
    "CREATE INDEX delegation_of ON delegation (talk_id)",
    "CREATE INDEX member_of ON delegation_member (delegation_id, position)",
    "CREATE INDEX proposal_of ON proposal (talk_id, sort_on)",
    "CREATE INDEX outcome_of ON talk_outcome (talk_id, position)",
)

_PARTY = "json_object('slug', p.slug, 'name', p.name, 'kind', p.kind)"
_TALK = "json_object('slug', t.slug, 'title', t.title, 'start', t.start)"


def _listed(one: str, rest: str) -> str:
    """A nested list in order: SQLite's aggregate takes the order of what it is given."""
    return f"(SELECT json_group_array(json(one)) FROM (SELECT {one} AS one {rest}))"


def _in_role(role: str) -> str:
    rest = "FROM demand_party l JOIN party p ON p.id = l.party_id"
    return (
        _listed(_PARTY, f"{rest} WHERE l.demand_id = d.id AND l.role = '{role}' ORDER BY l.position") + f" AS {role}s"
    )


_CITED = _listed(
    "json_object('source', json_object('slug', s.slug, 'title', s.title), 'verdict', c.verdict, 'locator', c.locator)",
    "FROM citation c JOIN source s ON s.id = c.source_id WHERE c.target_id = {} ORDER BY c.id",
)
_ISSUES = _listed(
    "json_object('code', i.code, 'label', i.label, 'is_primary', l.is_primary)",
    "FROM demand_issue l JOIN issue i ON i.id = l.issue_id WHERE l.demand_id = d.id ORDER BY l.position",
)
_SUMMARY = f"""d.slug, d.number, d.title, d.text, d.act, d.is_mutual, {_in_role("claimant")}, {_in_role("addressee")},
    {_in_role("beneficiary").replace("beneficiarys", "beneficiaries")}, {_ISSUES} AS issues, q.tabled_on,
    json_object('slug', r.slug, 'title', r.title) AS process,
    json_object('slug', q.slug, 'title', q.title, 'tabled_on', q.tabled_on) AS proposal,
    json_object('slug', a.slug, 'kind', a.kind, 'is_reference', a.is_reference) AS account,
    CASE WHEN x.id IS NOT NULL THEN json_object('key', x.key, 'kind', x.kind, 'label', x.label, 'title', x.title) END
    AS part, d.position, d.confidence, d.review, d.updated_at"""
_FROM = """FROM demand d JOIN process r ON r.id = d.process_id JOIN proposal q ON q.id = d.proposal_id
    JOIN account a ON a.id = d.account_id LEFT JOIN part x ON x.id = d.part_id"""
_ANSWERS = _listed(
    f"json_object('slug', e.slug, 'responder', {_PARTY}, 'stance', e.stance, 'said_on', e.said_on, 'text', e.text,"
    f" 'citations', json({_CITED.format('e.id')}))",
    "FROM response e JOIN party p ON p.id = e.responder_id WHERE e.demand_id = d.id"
    " ORDER BY e.sort_on, e.position, e.id",
)
_PLACES = _listed(
    "json_object('slug', w.slug, 'name', w.name)",
    "FROM demand_place l JOIN place w ON w.id = l.place_id WHERE l.demand_id = d.id ORDER BY l.position",
)
_MEMBERS = _listed(
    "json_object('person', json_object('slug', h.slug, 'name', h.name), 'function', m.function, 'post', m.post)",
    "FROM delegation_member m JOIN person h ON h.id = m.person_id WHERE m.delegation_id = g.id ORDER BY m.position",
)
_DELEGATIONS = _listed(
    f"json_object('slug', g.slug, 'party', {_PARTY}, 'is_seated', g.is_seated, 'size', g.size,"
    f" 'members', json({_MEMBERS}))",
    "FROM delegation g JOIN party p ON p.id = g.party_id WHERE g.talk_id = t.id ORDER BY g.is_seated DESC, g.id",
)
_OUTCOMES = _listed(
    "json_object('key', o.key, 'kind', o.kind, 'text', o.text)",
    "FROM talk_outcome o WHERE o.talk_id = t.id ORDER BY o.position",
)
_PROPOSALS = _listed(
    "json_object('slug', q.slug, 'title', q.title, 'tabled_on', q.tabled_on)",
    "FROM proposal q WHERE q.talk_id = t.id ORDER BY q.sort_on, q.id",
)
QUERIES = {
    "demands": f"SELECT {_SUMMARY} {_FROM} WHERE d.is_reference ORDER BY d.sort_on DESC, d.id DESC LIMIT 50",
    "demand": f"SELECT {_SUMMARY}, d.quote, {_ANSWERS} AS responses, {_PLACES} AS places,"
    f" {_CITED.format('d.id')} AS citations {_FROM} WHERE d.slug = :slug",
    "talk": f"""SELECT t.slug, t.title, t.kind, t.format, t.start, t.duration_minutes, t.status, t.summary,
        json_object('slug', r.slug, 'title', r.title) AS process, json_object('slug', w.slug, 'name', w.name) AS place,
        {_OUTCOMES} AS outcomes, {_DELEGATIONS} AS delegations, {_PROPOSALS} AS proposals,
        {_CITED.format("t.id")} AS citations
        FROM talk t JOIN process r ON r.id = t.process_id LEFT JOIN place w ON w.id = t.place_id WHERE t.slug = :slug""",
}
_NESTED = {
    "demands": "claimants addressees beneficiaries issues process proposal account part",
    "demand": "claimants addressees beneficiaries issues process proposal account part responses places citations",
    "talk": "process place outcomes delegations proposals citations",
}


def address(path: str) -> str:
    """Where Datasette answers what Parley answers at the path."""
    _, _, collection, *slug = path.split("/")
    name = collection if not slug else collection.removesuffix("s")
    unwrapped = "".join(f"&_json={column}" for column in _NESTED[name].split())
    return f"/ledger/{name}.json?_shape=array{unwrapped}" + (f"&slug={slug[0]}" if slug else "")


def command(python: Path, file: Path, port: int) -> list[str]:
    metadata = file.with_suffix(".json")
    metadata.write_text(json.dumps({"databases": {"ledger": {"queries": {n: {"sql": q} for n, q in QUERIES.items()}}}}))
    served = [str(python), "-m", "datasette", "serve", "-i", str(file), "--metadata", str(metadata)]
    return [
        *served,
        "--port",
        str(port),
        "--setting",
        "sql_time_limit_ms",
        "60000",
        "--setting",
        "cache_size_kb",
        "262144",
    ]


def export(url: str, file: Path) -> None:
    """Write the ledger into a SQLite file, unless it is there already."""
    if file.exists():
        return
    began = time.perf_counter()
    half = file.with_suffix(".half")
    half.unlink(missing_ok=True)
    here = sqlite3.connect(half)
    here.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;")
    asyncio.run(_copy(url, here))
    for index in INDEXES:
        here.execute(index)
    here.execute("ANALYZE")
    here.commit()
    here.close()
    half.rename(file)
    print(f"The same ledger as a SQLite file: {time.perf_counter() - began:.0f} s", flush=True)


async def _copy(url: str, here: sqlite3.Connection) -> None:
    there = await asyncpg.connect(url)
    for table, text in TABLES.items():
        columns = text.split()
        key = ("id BLOB PRIMARY KEY", *columns[1:]) if columns[0] == "id" else columns
        here.execute(f"CREATE TABLE {table} ({', '.join(key)})")
        holders = ", ".join("?" * len(columns))
        async with there.transaction(readonly=True):
            cursor = await there.cursor(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")
            while batch := await cursor.fetch(20_000):
                rows = [[_stored(value) for value in row.values()] for row in batch]
                here.executemany(f"INSERT INTO {table} VALUES ({holders})", rows)
    await there.close()


def _stored(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    return value if value is None or isinstance(value, int | str) else str(value)
