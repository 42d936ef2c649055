"""The cache of compiled statements: one SQL text for each statement key."""

import asyncio
from collections.abc import Callable, Mapping

from app.db.alias import AnySelect
from app.reading.binding import Context
from app.reading.compiler import Compiled, compile_statement
from app.reading.preparation import Prepared, StatementKey
from app.reading.read_spec import ReadSpec
from app.reading.selection import Summaries

#: A function of (statement key, collection, context) that builds a statement. Each function accepts one class of keys.
Build = Callable[..., AnySelect]

#: Maximum number of statements in the cache. A statement takes about 6 ms to compile and a few kilobytes to store.
MAX_STATEMENTS = 2_000
#: (statement key, builder) → statement. Shared by all readers of a process: statements depend on the declarations only.
_COMPILED: dict[tuple[StatementKey, Build], Compiled] = {}


class StatementCache:
    """Compiles the statements of prepared queries, each once per statement key."""

    def __init__(self, collections: Mapping[str, ReadSpec], summaries: Summaries) -> None:
        self._collections = collections
        self._summaries = summaries
        self._lock = asyncio.Lock()

    async def get(self, prepared: Prepared, build: Build) -> Compiled:
        """The statement that the function `build` makes for a prepared query. The statement is taken from the cache or
        compiled now.

        Statements are compiled in a thread, because a search through all collections takes half a second, and one at a
        time, so that many new statements do not starve the event loop.
        """
        key = (prepared.statement_key, build)
        if found := _COMPILED.get(key):
            return found
        async with self._lock:
            found = _COMPILED.get(key)
            return found if found is not None else await asyncio.to_thread(self.compile, prepared, build)

    def compile(self, prepared: Prepared, build: Build) -> Compiled:
        """Compile the statement and store it in the cache."""
        key = (prepared.statement_key, build)
        context = Context(self._summaries, dict(prepared.bound), dict(prepared.variants))
        collection = self._collections[prepared.statement_key.collection]
        statement = compile_statement(build(prepared.statement_key, collection, context))
        if len(_COMPILED) >= MAX_STATEMENTS:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[key] = statement
        return statement
