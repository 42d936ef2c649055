"""What data sets state about one stored record, in the order of precedence that `ownership` compares."""

from collections.abc import Callable, Iterable
from typing import Any

from app.ingest.data_sets import DataSet
from app.ingest.foreign import ownership
from app.ingest.foreign.merge_state import PreviousStatement
from app.ingest.foreign.ownership import Body, Claims
from app.ingest.foreign.record import ForeignRecord
from app.writing.data_set_statements import Statement
from app.writing.write_spec import WriteSpec


def claims_about(
    record: ForeignRecord,
    statements: Iterable[Statement],
    data_set: DataSet,
    kind: WriteSpec,
    statement: Statement | None,
    previous: PreviousStatement,
    resolve: Callable[[Body], dict[str, Any]],
) -> Claims:
    """Return the claims of all data sets about the stored record.

    `statement` is the stored statement of this data set, under the current or a former key. `previous` is what the data
    set stated last; a dry run does not store it. `resolve` returns a body with current slugs.
    """
    statements = list(statements)
    keys = (record.named, *((statement.named,) if statement is not None else ()))
    own = next((one for one in statements if one.data_set == data_set.name and one.named in keys), None)
    others = [one for one in statements if one is not own and one.body is not None]
    preceding = [one for one in others if own is None or _precedes(one, own)]
    applied = previous.applied
    return Claims(
        None if applied is None else ownership.normalized(kind, resolve(applied)),
        [resolve(one.body or {}) for one in others],
        [resolve(one.body or {}) for one in preceding],
        is_returning=statement is not None and statement.body is None,
    )


def _precedes(statement: Statement, own: Statement) -> bool:
    """Return whether another data set has precedence over this data set (`own`), because it created the record or
    stated it first."""
    if statement.is_native != own.is_native:
        return statement.is_native
    return (statement.first_since, statement.first_at, statement.data_set) < (
        own.first_since,
        own.first_at,
        own.data_set,
    )
