"""Every error of the driver has a meaning for the request, decided here a second time from PostgreSQL's manual."""

import inspect

import asyncpg
import pytest
from asyncpg import exceptions

from app.db.database_errors import Meaning, meaning_of
from app.db.pool import ReadPool
from app.errors import ApiError, ProblemType
from app.reading.connections import Connections

#: SQLSTATEs after which the same request may succeed (appendix A of the manual): classes by two characters, and others.
_PASSING = ("08", "40", "53", "57", "58", "72")
_PASSING_STATES = {"25006", "25P03", "55006", "55P03"}
#: The driver's own errors without SQLSTATE that a broken or closed connection causes.
_OF_A_CONNECTION = {
    "InterfaceError", "ProtocolError", "OutdatedSchemaCacheError", "TargetServerAttributeNotMatched",
    "FatalPostgresError", "InvalidCachedStatementError",
}  # fmt: skip
_SPECIAL = {
    "57014": Meaning.CANCELED,
    "22012": Meaning.INTERNAL,
    "40002": Meaning.CONFLICT,
    "23502": Meaning.INVALID,
    "23514": Meaning.INVALID,
    "54001": Meaning.INVALID,
}
EVERY = [one for one in vars(exceptions).values() if inspect.isclass(one) and issubclass(one, Exception)]


def wanted(kind: type[Exception]) -> Meaning:
    state = getattr(kind, "sqlstate", None)
    if kind.__name__ in _OF_A_CONNECTION:
        return Meaning.UNAVAILABLE
    if state is None:
        return Meaning.INTERNAL
    if state in _SPECIAL:
        return _SPECIAL[state]
    if state[:2] in _PASSING or state in _PASSING_STATES:
        return Meaning.UNAVAILABLE
    return {"22": Meaning.INVALID, "23": Meaning.CONFLICT}.get(state[:2], Meaning.INTERNAL)


def test_every_error_of_the_driver_is_decided() -> None:
    assert len(EVERY) > 200
    found = {kind.__name__: meaning_of(kind.__new__(kind)) for kind in EVERY}
    assert found == {kind.__name__: wanted(kind) for kind in EVERY}
    assert meaning_of(ConnectionResetError()) is meaning_of(TimeoutError()) is Meaning.UNAVAILABLE
    assert meaning_of(ValueError()) is None


class _FailingPool:
    """A pool whose database answers each attempt to connect with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_max_size(self) -> int:
        return 2

    async def acquire(self, **_: float) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        ConnectionRefusedError(111),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_read_while_the_database_starts_or_stops_is_a_503(error: Exception) -> None:
    connections = Connections(ReadPool(_FailingPool(error), 1.0), 1)
    with pytest.raises(ApiError) as raised:
        async with connections.connection():
            pass
    assert raised.value.kind is ProblemType.UNAVAILABLE
    assert "Retry-After" in raised.value.headers
    assert str(error) not in raised.value.detail


async def test_a_bug_in_a_statement_is_not_hidden_behind_a_503() -> None:
    connections = Connections(ReadPool(_FailingPool(asyncpg.UndefinedColumnError("x")), 1.0), 1)
    with pytest.raises(asyncpg.UndefinedColumnError):
        async with connections.connection():
            pass


class _StoppingConnection:
    """A connection on which a statement fails after the server's last message; `checks`: looks until it is closed."""

    def __init__(self, checks: float) -> None:
        self.checks = checks

    def is_closed(self) -> bool:
        self.checks -= 1
        return self.checks < 0


class _StoppingPool(_FailingPool):
    def __init__(self, checks: float) -> None:
        self.connection = _StoppingConnection(checks)

    async def acquire(self, **_: float) -> _StoppingConnection:  # type: ignore[override]
        return self.connection

    async def release(self, *_: object, **__: float) -> None: ...


@pytest.mark.parametrize(("checks", "wanted_error"), [(2, ApiError), (float("inf"), asyncpg.InternalClientError)])
async def test_an_internal_error_of_the_driver_is_a_503_only_if_the_server_closes_the_connection(
    checks: float, wanted_error: type[Exception]
) -> None:
    connections = Connections(ReadPool(_StoppingPool(checks), 1.0), 1)
    with pytest.raises(wanted_error) as raised:
        async with connections.connection():
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    if isinstance(raised.value, ApiError):
        assert raised.value.kind is ProblemType.UNAVAILABLE and "Retry-After" in raised.value.headers
