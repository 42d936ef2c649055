"""Whether the current request is expensive, for the connection pools.

A context variable, because the pools are far below the code that knows the request, and because every task that a
request starts inherits it.
"""

from contextvars import ContextVar

#: Whether the current task serves a request of an expensive class (search, report, export). Such requests never take
#: the last connection of a pool (`app.db.pool.ReadPool`).
IS_EXPENSIVE: ContextVar[bool] = ContextVar("is_expensive", default=False)
