"""Implementation of `parley explain`: prints the SQL statements of a GET request, their values and their PostgreSQL
plans.

The application handles the request in this process, and every statement that it sends to the database is recorded.
Therefore any URL can be explained. The plans are made on the same connections, with the session settings of the reader:
read-only, generic plans, and a statement timeout.
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

from app.db.pool import ReadPool
from app.main import create_app, serve_from
from app.reading.as_of import SET_SNAPSHOT
from app.reading.known_by import SET_BOTH, SET_BOTH_TO, SET_KNOWN_BY, SET_KNOWN_TO, KnownByPools
from app.registry import RESOURCES
from app.runtime.ledger import connect
from app.settings import Settings

#: Maximum number of response bytes that are kept. Only a problem document is needed, and it is shorter.
_STORED_BYTES = 65_536
#: Statement timeout while planning, in milliseconds. It is longer than the reader's timeout, because the reader plans a
#: statement only once and then reuses the plan.
_PLANNING_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement of a request: its SQL, the values of `$1`, `$2` …, and the lines of the plan (None = no plan)."""

    sql: str
    values: list[str | None]
    plan: list[str] | None
    #: Why there is no plan, or only an estimate.
    note: str | None = None
    #: The `SET` statements for a psql session: the search path, and the revision and day of `as_of` and `known_by`.
    #: Without these statements psql would read the current tables.
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of a request. `problem`: the problem document, if the response is an error."""

    address: str
    status: int
    size: int
    statements: list[Explained]
    problem: dict[str, Any] | None = None

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """SQL for psql, with the values and plans as comments."""
        number = len(self.statements)
        lines = [f"-- GET {self.address} → {self.status}, {self.size:,} bytes, {number} statement{'s' * (number != 1)}"]
        session: tuple[str, ...] = ()
        for one in self.statements:
            lines.append("")
            if one.session != session:
                session = one.session
                lines += session or _RESET
            lines.append(f"{one.sql.strip()};")
            values = enumerate(one.values, 1)
            lines += [f"-- ${place} = {'NULL' if value is None else value}" for place, value in values]
            lines += [f"-- {line}" for line in ("", *((one.note,) if one.note else ()), *(one.plan or ()))]
        return "\n".join(lines)


#: The settings that determine which data a session with `as_of`, `known_by` or `known_to` reads.
_SESSION_SETTINGS = (
    "search_path",
    "parley.as_of",
    "parley.as_of_day",
    "parley.known_by",
    "parley.known_to",
    "parley.known_to_slug",
)
#: The statements that set these.
_SETTING = (SET_SNAPSHOT, SET_KNOWN_BY, SET_BOTH, SET_KNOWN_TO, SET_BOTH_TO)
_RESET = tuple(f"RESET {name};" for name in _SESSION_SETTINGS)


async def explain(url: str, settings: Settings, address: str, *, analyze: bool) -> Explanation:
    """Request a URL (complete, or starting with its path) from the database at `url`, and explain each statement.

    If `analyze` is true, the statements run once more, and the plans include times and buffers. Otherwise, the plans
    are estimates.
    """
    path, query = _path_and_query(address)
    # Everybody who can run this command can read the database anyway, so no API key is needed.
    chosen = settings.model_copy(update={"database_url": url, "pool_size": 1, "read_access": "public"})
    app = create_app(chosen)
    async with connect(url, chosen, RESOURCES) as ledger:
        reader, sent = ledger.reader, list[_SentStatement]()
        connections = reader.connections
        assert connections.snapshots is not None
        # Requests with `as_of` or `known_by` use their own pools. Their statements are explained on connections of
        # those pools, at the same revision and day.
        now, then = connections.pool, connections.snapshots.pool
        connections.pool, connections.snapshots.pool = _RecordingPool(now, sent), _RecordingPool(then, sent)
        known = connections.known_by_sessions
        assert known is not None
        known.public, known.party = (
            KnownByPools(_RecordingPool(pools.now, sent), _RecordingPool(pools.then, sent))
            for pools in (known.public, known.party)
        )
        serve_from(app, ledger)
        status, size, start = await _get(app, path, query)
        explained = []
        for pool, sql, values in sent:
            async with pool.acquire() as connection:
                if sql in _SETTING:
                    await connection.fetchrow(sql, *values)
                else:
                    one = await _explain_statement(connection, sql, values, analyze)
                    session = await _session(connection) if pool is not now else ()
                    explained.append(replace(one, session=session))
    problem = json.loads(start) if status >= 400 else None
    shown = path + (f"?{query}" if query else "")
    return Explanation(shown, status, size, explained, problem)


def _path_and_query(address: str) -> tuple[str, str]:
    parts = urlsplit(address.strip())
    path = parts.path or "/"
    # Percent-encode characters that were typed literally, such as Cyrillic, as a browser does.
    path, query = quote(path, safe="/%:,;@!$&'()*+=~"), quote(parts.query, safe="%:,;@!$&'()*+=~/?")
    return path if path.startswith("/") else f"/{path}", query


async def _get(app: FastAPI, path: str, query: str) -> tuple[int, int, bytes]:
    """Send a GET request. Return the status, the length and the first bytes of the response."""
    status = size = 0
    start = b""

    is_read = False

    async def receive() -> dict[str, object]:
        nonlocal is_read
        if is_read:
            # A streaming response waits here for a disconnect while it sends; this client never disconnects.
            await asyncio.Event().wait()
        is_read = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, size, start
        status = message.get("status", status)
        body = message.get("body", b"")
        size += len(body)
        start += body[: _STORED_BYTES - len(start)]

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
_SentStatement = tuple[ReadPool, str, tuple[Any, ...]]


class _RecordingPool(ReadPool):
    """A pool whose connections record the statements that are sent on them."""

    def __init__(self, pool: ReadPool, sent: list[_SentStatement]) -> None:
        self._recorded = pool
        self._sent = sent

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._recorded.acquire() as connection:
            yield _RecordingConnection(connection, self._recorded, self._sent)


class _RecordingConnection:
    def __init__(self, connection: object, pool: ReadPool, sent: list[_SentStatement]) -> None:
        self._connection = connection
        self._pool = pool
        self._sent = sent

    def __getattr__(self, name: str) -> object:
        method = getattr(self._connection, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute", "cursor"):
            return method

        def record(sql: str, *values: object, **options: object) -> Any:
            self._sent.append((self._pool, sql, values))
            return method(sql, *values, **options)

        return record


async def _session(connection: Any) -> tuple[str, ...]:
    """The `SET` statements that give psql the settings of this session."""
    return tuple([row[0] for row in await connection.fetch(_SESSION, list(_SESSION_SETTINGS))])


_SESSION = """
SELECT 'SET ' || name || ' = ' || CASE name WHEN 'search_path' THEN setting ELSE quote_literal(setting) END || ';'
FROM unnest($1::text[]) WITH ORDINALITY AS given(name, place), current_setting(name, true) AS setting
WHERE setting <> '' ORDER BY place
"""


async def _explain_statement(connection: Any, sql: str, values: tuple[Any, ...], analyze: bool) -> Explained:
    texts = [_text(value) for value in values]
    if not sql.lstrip().upper().startswith(("SELECT", "WITH", "VALUES", "(")):
        return Explained(sql, texts, None, "This statement is not a query, so it has no plan.")
    # The reader uses generic plans, but EXPLAIN with parameters would plan for these values. A prepared statement gets
    # a generic plan, too. EXECUTE takes no parameters inside EXPLAIN, so PostgreSQL first quotes the values as
    # literals.
    await connection.execute(f"SET statement_timeout = {_PLANNING_TIMEOUT_MS}")
    quoted = await connection.fetchval(_QUOTED, texts)
    execute = f"EXECUTE explained({quoted})" if quoted else "EXECUTE explained"
    await connection.execute(f"PREPARE explained AS {sql}")
    note = None
    try:
        rows = await connection.fetch(f"EXPLAIN {execute}")
        # Restore the value that the session had at its start, which comes from the settings.
        await connection.execute("RESET statement_timeout")
        if analyze:
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {execute}")
    except asyncpg.QueryCanceledError:
        note = "The statement exceeded the statement timeout; this is the estimate."
    finally:
        await connection.execute("DEALLOCATE explained")
    return Explained(sql, texts, [row[0] for row in rows], note)


_QUOTED = """
SELECT string_agg(quote_nullable(value), ', ' ORDER BY place)
FROM unnest($1::text[]) WITH ORDINALITY AS given(value, place)
"""


def _text(value: object) -> str | None:
    """A value as text input for PostgreSQL; None = NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(one) for one in value) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _element(value: object) -> str:
    text = _text(value)
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
