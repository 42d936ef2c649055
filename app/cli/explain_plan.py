"""`parley explain`: the SQL with which an address is answered, its values, and PostgreSQL's plan for it.

The application answers the address in this process, and what it sends to the database is noted; nothing is known here
of lists, details or searches, so that whatever can be asked can be explained. The plans are made on the same
connections, with the settings of the reader's sessions: read-only, planned once for all values, given up in time.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import asyncpg
from fastapi import FastAPI

from app.main import create_app, serve_from
from app.reading.as_of import TURN
from app.reading.known_by import TURN_BOTH, TURN_KNOWN
from app.registry import RESOURCES
from app.runtime.ledger import connect
from app.settings import Settings

#: Bytes of the answer that are kept: a problem is short, and the rest is not wanted.
_KEPT = 65_536
#: Milliseconds for planning, which counts for the statement that it plans no more than once.
_PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement of an answer: text, values in the order of `$1`, `$2` …, and the plan's lines (None: no plan)."""

    sql: str
    values: list[str | None]
    plan: list[str] | None
    #: Why there is no plan, or not the one that was asked for.
    note: str | None = None
    #: Where the names of tables lead in its session, and the moment and day of which they are views, as SQL: without it
    #: psql would read today's tables.
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an address is answered. `problem` is the refusal, where it is one."""

    address: str
    status: int
    size: int
    statements: list[Explained]
    problem: dict[str, Any] | None = None

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """For people: SQL that psql takes, the values and the plan as comments under it."""
        number = len(self.statements)
        lines = [f"-- GET {self.address} → {self.status}, {self.size:,} bytes, {number} statement{'s' * (number != 1)}"]
        session: tuple[str, ...] = ()
        for one in self.statements:
            lines.append("")
            if one.session != session:
                session = one.session
                lines += session or _AS_PSQL_BEGINS
            lines.append(f"{one.sql.strip()};")
            values = enumerate(one.values, 1)
            lines += [f"-- ${place} = {'NULL' if value is None else value}" for place, value in values]
            lines += [f"-- {line}" for line in ("", *((one.note,) if one.note else ()), *(one.plan or ()))]
        return "\n".join(lines)


#: What makes a session of the past, or of what is known.
_TURNED = ("search_path", "parley.as_of", "parley.as_of_day", "parley.known_by")
_AS_PSQL_BEGINS = tuple(f"RESET {name};" for name in _TURNED)


async def explain(url: str, settings: Settings, address: str, *, analyze: bool) -> Explanation:
    """Ask the ledger at this database for an address (whole, or from its path on) and explain each statement.

    With `analyze` the statements run once more and the plans tell times and buffers; without it they are estimates.
    """
    path, query = _path_and_query(address)
    # Who can run this command reads the database anyway; whether others need a key is no matter here.
    chosen = settings.model_copy(update={"database_url": url, "pool_size": 1, "read_access": "public"})
    app = create_app(chosen)
    async with connect(url, chosen, RESOURCES) as ledger:
        reader, sent = ledger.reader, list[_Sent]()
        assert reader.past is not None
        # The past, and what is known, have connections of their own; what was asked of them is explained on them, at the
        # same moment and day.
        now, then = reader.pool, reader.past.pool
        reader.pool, reader.past.pool = _Noted(now, sent), _Noted(then, sent)
        known = reader.known
        assert known is not None
        known.now, known.then = _Noted(known.now, sent), _Noted(known.then, sent)
        serve_from(app, ledger)
        status, size, start = await _get(app, path, query)
        explained = []
        for pool, sql, values in sent:
            async with pool.acquire() as connection:
                if sql in (TURN, TURN_KNOWN, TURN_BOTH):
                    await connection.fetchrow(sql, *values)
                else:
                    one = await _explained(connection, sql, values, analyze)
                    session = await _session(connection) if pool is not now else ()
                    explained.append(replace(one, session=session))
    problem = json.loads(start) if status >= 400 else None
    shown = path + (f"?{query}" if query else "")
    return Explanation(shown, status, size, explained, problem)


def _path_and_query(address: str) -> tuple[str, str]:
    parts = urlsplit(address.strip())
    path = parts.path or "/"
    # What was typed as it is read, Cyrillic and all, is sent as a browser would send it.
    path, query = quote(path, safe="/%:,;@!$&'()*+=~"), quote(parts.query, safe="%:,;@!$&'()*+=~/?")
    return path if path.startswith("/") else f"/{path}", query


async def _get(app: FastAPI, path: str, query: str) -> tuple[int, int, bytes]:
    """Status, length and beginning of the answer to a GET; a long one is not kept."""
    status = size = 0
    start = b""

    is_read = False

    async def receive() -> dict[str, Any]:
        nonlocal is_read
        if is_read:
            # A stream listens for the end of the connection while it sends; this one does not end before the answer.
            await asyncio.Event().wait()
        is_read = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, size, start
        status = message.get("status", status)
        body = message.get("body", b"")
        size += len(body)
        start += body[: _KEPT - len(start)]

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"accept", b"application/json"), (b"accept-encoding", b"identity")],
        "server": ("127.0.0.1", 80),
        "client": None,
        "root_path": "",
        "state": {},
    }
    await app(scope, receive, send)
    return status, size, start


#: A statement, its values, and the pool whose connection it was sent on.
_Sent = tuple["asyncpg.Pool[asyncpg.Record]", str, tuple[Any, ...]]


class _Noted:
    """A pool whose connections note what they are sent."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", sent: list[_Sent]) -> None:
        self._pool = pool
        self._sent = sent

    @asynccontextmanager
    async def acquire(self, **options: Any) -> AsyncIterator[Any]:
        async with self._pool.acquire(**options) as connection:
            yield _NotedConnection(connection, self._pool, self._sent)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


class _NotedConnection:
    def __init__(self, connection: Any, pool: "asyncpg.Pool[asyncpg.Record]", sent: list[_Sent]) -> None:
        self._connection = connection
        self._pool = pool
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute", "cursor"):
            return method

        def noted(sql: str, *values: Any, **options: Any) -> Any:
            self._sent.append((self._pool, sql, values))
            return method(sql, *values, **options)

        return noted


async def _session(connection: Any) -> tuple[str, ...]:
    """What sets a session of psql as this one is set."""
    return tuple([row[0] for row in await connection.fetch(_SESSION, list(_TURNED))])


_SESSION = """
SELECT 'SET ' || name || ' = ' || CASE name WHEN 'search_path' THEN setting ELSE quote_literal(setting) END || ';'
FROM unnest($1::text[]) WITH ORDINALITY AS given(name, place), current_setting(name, true) AS setting
WHERE setting <> '' ORDER BY place
"""


async def _explained(connection: Any, sql: str, values: tuple[Any, ...], analyze: bool) -> Explained:
    texts = [_text(value) for value in values]
    if not sql.lstrip().upper().startswith(("SELECT", "WITH", "VALUES", "(")):
        return Explained(sql, texts, None, "Not a question, so it has no plan.")
    # EXPLAIN with parameters would plan for these values alone; the reader's statements are planned once for all. A
    # prepared statement is too, but EXECUTE takes no parameters here: PostgreSQL itself quotes the values for it.
    timeout = await connection.fetchval("SELECT current_setting('statement_timeout')")
    await connection.execute(f"SET statement_timeout = {_PATIENCE_MS}")
    quoted = await connection.fetchval(_QUOTED, texts)
    execute = f"EXECUTE explained({quoted})" if quoted else "EXECUTE explained"
    await connection.execute(f"PREPARE explained AS {sql}")
    note = None
    try:
        rows = await connection.fetch(f"EXPLAIN {execute}")
        await connection.execute("SELECT set_config('statement_timeout', $1, false)", timeout)
        if analyze:
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {execute}")
    except asyncpg.QueryCanceledError:
        note = "It ran longer than the server may spend on one statement; this is the estimate."
    finally:
        await connection.execute("DEALLOCATE explained")
    return Explained(sql, texts, [row[0] for row in rows], note)


_QUOTED = """
SELECT string_agg(quote_nullable(value), ', ' ORDER BY place)
FROM unnest($1::text[]) WITH ORDINALITY AS given(value, place)
"""


def _text(value: Any) -> str | None:
    """A value as PostgreSQL reads it from text; None = NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(one) for one in value) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _element(value: Any) -> str:
    text = _text(value)
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
