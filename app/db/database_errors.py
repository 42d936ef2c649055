"""What each error of the database driver means for a request: one table, by class of the driver's exceptions.

A subclass without an entry has the meaning of its nearest superclass. tests/db/test_database_errors.py goes through all
classes of `asyncpg.exceptions`, so that a new class in a later version of the driver is decided and not overlooked.
"""

from enum import Enum

from asyncpg import exceptions as driver


class Meaning(Enum):
    """What an error of the database says about the request."""

    #: The database is starting, stopping, overloaded or out of reach; the same request may succeed later (503).
    UNAVAILABLE = 503
    #: The statement was cut off because it took too long (503).
    CANCELED = "canceled"
    #: A value of the request cannot be stored or compared (422).
    INVALID = 422
    #: The write contradicts stored data (409).
    CONFLICT = 409
    #: The statement itself, or the installation, is wrong: a bug (500).
    INTERNAL = 500


_U, _I = Meaning.UNAVAILABLE, Meaning.INTERNAL

MEANINGS: dict[type[BaseException], Meaning] = {
    # --- the driver's own errors
    driver.InterfaceError: _U,  # the connection or the pool was closed while it was in use
    driver.ClientConfigurationError: _I,
    driver.UnsupportedClientFeatureError: _I,
    driver.UnsupportedServerFeatureError: _I,
    driver.InterfaceWarning: _I,
    driver.InternalClientError: _I,
    driver.ProtocolError: _U,  # the connection broke in the middle of a message
    driver.OutdatedSchemaCacheError: _U,  # another server migrated the schema; the next attempt reads the types again
    driver.TargetServerAttributeNotMatched: _U,  # no server of the URL accepts writes now
    # --- errors that PostgreSQL sends; the comment is the class of the SQLSTATE
    driver.PostgresError: _I,
    driver.FatalPostgresError: _U,  # a FATAL message ends the connection
    driver.UnknownPostgresError: _I,
    driver.PostgresWarning: _I,  # 01, 02
    driver.PostgresConnectionError: _U,  # 08
    driver.FeatureNotSupportedError: _I,  # 0A
    driver.InvalidCachedStatementError: _U,  # 0A: the schema changed; the next attempt prepares the statement again
    driver.DataError: Meaning.INVALID,  # 22
    driver.DivisionByZeroError: _I,
    driver.IntegrityConstraintViolationError: Meaning.CONFLICT,  # 23
    driver.NotNullViolationError: Meaning.INVALID,
    driver.CheckViolationError: Meaning.INVALID,
    driver.InvalidTransactionStateError: _I,  # 25
    driver.ReadOnlySQLTransactionError: _U,  # 25006: a write reached a standby; the primary has moved
    driver.IdleInTransactionSessionTimeoutError: _U,  # 25P03
    driver.InvalidAuthorizationSpecificationError: _I,  # 28
    driver.TransactionRollbackError: _U,  # 40: deadlock, serialization failure
    driver.TransactionIntegrityConstraintViolationError: Meaning.CONFLICT,
    driver.SyntaxOrAccessError: _I,  # 42
    driver.InvalidCatalogNameError: _I,  # 3D
    driver.InsufficientResourcesError: _U,  # 53: disk full, out of memory, too many connections
    driver.ProgramLimitExceededError: _I,  # 54
    driver.StatementTooComplexError: Meaning.INVALID,  # 54001: the request combines too many conditions
    driver.ObjectNotInPrerequisiteStateError: _I,  # 55
    driver.ObjectInUseError: _U,
    driver.LockNotAvailableError: _U,  # 55P03
    driver.OperatorInterventionError: _U,  # 57: starting up, shutting down, terminated by an administrator
    driver.QueryCanceledError: Meaning.CANCELED,  # 57014
    driver.DatabaseDroppedError: _U,
    driver.PostgresSystemError: _U,  # 58: the operating system of the database failed
    driver.SnapshotTooOldError: _U,  # 72
    driver.InternalServerError: _I,  # XX
}


def meaning_of(error: BaseException) -> Meaning | None:
    """The meaning of a driver's or system's error for the request; None = it is not an error of the database."""
    for kind in type(error).__mro__:
        if kind in MEANINGS:
            return MEANINGS[kind]
    # A refused, cut or unresponsive connection. `TimeoutError` is an `OSError`.
    return Meaning.UNAVAILABLE if isinstance(error, OSError) else None
