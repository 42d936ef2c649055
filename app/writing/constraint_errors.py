"""Translate database errors into `ApiError`. The writer validates first; this module handles the errors that the writer
does not detect.

The name of a violated constraint is mapped to a message. A constraint without its own message gets one that is generated
from its type, so that no text from the driver reaches a response (tests/writing/test_constraints.py checks every
constraint).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as QueueTimeout

from app.db.tables import metadata
from app.errors import ApiError, ProblemType, Violation, quoted

_MESSAGES = {
    "fk_demand_account_id_proposal_id_is_reference": "The account of a demand must belong to the demand's proposal",
    "fk_demand_part_id_account_id": "The part of a demand must exist in the demand's account",
    "fk_response_demand_id_proposal_id": "The demand of a response must belong to the proposal of the response",
    "fk_response_part_id_proposal_id": "The part of a response must exist in the proposal of the response",
    "fk_part_parent_id_account_id": "The parent of a part must belong to the same account",
    "uq_delegation_talk_id_party_id": "A party can have only one delegation at a talk",
    "one_head_per_day": "A delegation can have only one head on any day",
    "head_of_one_side": "A person can head only one delegation of a talk on any day",
    "uq_account_reference": "A proposal must have exactly one reference account",
    "uq_account_slug": "Two accounts cannot have the same `slug`",
    "uq_demand_issue_primary": "A demand can have only one primary issue",
    "uq_entry_collection_slug": "Two records of a collection cannot have the same `slug`",
    "uq_issue_code": "Two issues cannot have the same `code`",
    "uq_citation_target_id_key": "Two citations of a record cannot have the same `key`",
    "ck_process_start_before_end": "A process cannot end before it starts",
    "ck_talk_start_before_end": "A talk cannot end before it starts",
    "ck_talk_duration": "A duration must be greater than zero",
    "ck_talk_bound_of_a_duration": "`duration_bound` requires `duration_minutes`",
    "ck_place_coordinates": "The longitude must be between -180 and 180, the latitude between -90 and 90",
    "ck_place_whole_point": "A point needs both a longitude and a latitude",
    "ck_place_virtual_has_no_point": "A virtual place cannot have coordinates",
    "ck_response_one_target": "A response must answer exactly one demand, one part or the whole proposal",
    "ck_proposal_relation_one_target": "A relation must refer to either one proposal or one agreement",
    "ck_agreement_signature_by_someone": "A signature must name a party, a person or both",
    "ck_agreement_signature_share": "The share of a signature must be between 0 and 100 percent",
    "ck_agreement_issue_intensity": "The intensity must be between 0 and 3",
    "ck_part_options_exclude": "Only parts of the kind option can belong to an alternative group",
    "ck_source_basis_of_a_date": "`published_basis` requires `published`",
    "ck_citation_field_is_a_pointer": "`field` must be a JSON Pointer such as /duration_minutes",
    "ck_attendance_of_a_sitting": "The attendance at a sitting must name a talk, a day or both",
    "ck_party_membership_not_of_itself": "A party cannot be a member of itself",
    "ck_delegation_bloc_is_another_party": "A party cannot attend through itself as its bloc",
    "ck_demand_dependency_not_on_itself": "A demand cannot depend on itself",
    "ck_demand_link_not_to_itself": "A demand cannot be linked to itself",
}

_UNAVAILABLE = frozenset({"55P03", "57014", "40001", "40P01", "57P01", "57P02", "57P03", "53200", "53300", "25P03"})


@lru_cache(maxsize=1)
def _constraints() -> dict[str, Any]:
    named: dict[str, Any] = {}
    for table in metadata.tables.values():
        rules: list[Any] = [*table.constraints, *table.indexes]
        for rule in rules:
            if rule.name is not None:
                named[str(rule.name)] = (rule, table)
    return named


def message_of(name: str) -> str:
    """A readable message for a violated constraint, even if the name of the constraint is unknown."""
    if name in _MESSAGES:
        return _MESSAGES[name]
    rule, table = _constraints().get(name, (None, None))
    if rule is None or table is None:
        return "The write would break a rule of the database"
    what = str(table.name).replace("_", " ")
    columns = ", ".join(f"`{str(column.name).removesuffix('_id')}`" for column in rule.columns)
    if isinstance(rule, ForeignKeyConstraint):
        there = str(rule.referred_table.name).replace("_", " ")
        return f"{columns} of a {what} must refer to an existing {there}, which cannot be deleted while it is in use"
    if isinstance(rule, CheckConstraint):
        about = name.removeprefix(f"ck_{table.name}_").replace("_", " ")
        return f"A {what} does not satisfy the rule {quoted(about)}"
    if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint) or getattr(rule, "unique", False):
        return f"Two rows of {what} cannot have the same {columns}"
    return "The write would break a rule of the database"


#: The driver's error for a statement that was not sent, because the server has ended the session with a message (state 2)
#: and its connection is about to close.
_AFTER_LAST_MESSAGE = "another operation (2) is in progress"


@contextmanager
def translated() -> Iterator[None]:
    """Raise database errors as `ApiError`."""
    try:
        yield
    except DBAPIError as error:
        raise api_error_of(error) from error
    except asyncpg.PostgresError as error:
        # SQLAlchemy does not wrap the driver's errors during COPY, nor when a connection cannot be opened.
        raise _api_error(error, is_lost=not str(error.sqlstate or "").startswith(("22", "23"))) from error
    except (OSError, TimeoutError, QueueTimeout, asyncpg.InterfaceError) as error:
        raise _unavailable("The database cannot be reached.") from error
    except asyncpg.InternalClientError as error:
        if _AFTER_LAST_MESSAGE not in str(error):
            raise
        raise _unavailable("The database cannot be reached.") from error


def api_error_of(error: DBAPIError) -> ApiError:
    """The `ApiError` for a database error."""
    cause = getattr(error.orig, "__cause__", None)
    # After a connection breaks during a response, the driver itself rejects the next statement with an InterfaceError, which
    # has no SQLSTATE.
    is_lost = error.connection_invalidated or isinstance(cause, asyncpg.InterfaceError)
    return _api_error(cause if hasattr(cause, "sqlstate") else error.orig, is_lost=is_lost)


def _api_error(cause: object, *, is_lost: bool) -> ApiError:
    state = str(getattr(cause, "sqlstate", None) or "")
    name = getattr(cause, "constraint_name", None)
    if state.startswith("23"):
        column = getattr(cause, "column_name", None)
        if name is None and column:
            violation = Violation(f"`{str(column).removesuffix('_id')}` must not be empty")
        else:
            violation = Violation(message_of(str(name or "")))
        kind = ProblemType.INVALID if state in ("23502", "23514") else ProblemType.CONFLICT
        return ApiError(kind, f"{violation.message}.", [violation])
    if state.startswith("22"):
        return ApiError(
            ProblemType.INVALID, "A value is outside the range, or not in the format, that the database can store."
        )
    if state == "53100":
        return _unavailable("The disk of the database is full; nothing was written.")
    if state == "55P03":
        return _unavailable("Another write is in progress; nothing was written. Send the request again.")
    if state in _UNAVAILABLE or state.startswith("08") or is_lost:
        return _unavailable("The database is busy or cannot be reached; nothing was written.")
    return ApiError(ProblemType.INTERNAL, "The database rejected the write; nothing was written.")


def _unavailable(detail: str) -> ApiError:
    return ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "1"})
