"""The last net: what the database refuses, in words. The writer finds faults before; this is for what it missed.

A constraint's name leads to a sentence; one that has none of its own gets a true one from its kind, so that no text
of the driver ever reaches an answer (tests/writing/test_constraints.py goes through all of them).
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
from app.errors import ApiError, ProblemType, Violation

_SENTENCES = {
    "fk_demand_account_id_proposal_id_is_reference": "A demand's account belongs to the demand's proposal",
    "fk_demand_part_id_account_id": "A demand's part belongs to its account; what is left out has no demands",
    "fk_response_demand_id_proposal_id": "The demand that is answered belongs to the proposal that is answered",
    "fk_response_part_id_proposal_id": "The part that is answered belongs to the proposal, and stays in it",
    "fk_part_parent_id_account_id": "A part lies in a part of the same account",
    "uq_delegation_talk_id_party_id": "A party has one delegation at a talk",
    "uq_delegation_member_head": "A delegation has at most one head",
    "uq_account_reference": "A proposal has exactly one reference account",
    "uq_account_slug": "No two accounts have the same slug",
    "uq_demand_issue_primary": "A demand has at most one primary issue",
    "uq_entry_collection_slug": "No two records of a collection have the same slug",
    "uq_issue_code": "No two issues have the same code",
    "uq_citation_target_id_key": "No two citations of a record have the same key",
    "ck_process_start_before_end": "A process does not end before it starts",
    "ck_talk_start_before_end": "A talk does not end before it starts",
    "ck_talk_duration": "A duration is longer than nothing",
    "ck_talk_bound_of_a_duration": "`duration_bound` says how `duration_minutes` is meant; give that, too",
    "ck_place_coordinates": "Longitudes lie between -180 and 180, latitudes between -90 and 90",
    "ck_place_whole_point": "A point has a longitude and a latitude",
    "ck_place_virtual_has_no_point": "A virtual place has no coordinates",
    "ck_response_one_target": "A response answers one demand, one part or the whole proposal",
    "ck_proposal_relation_one_target": "A relation leads to one proposal or to one agreement",
    "ck_agreement_signature_by_someone": "A signature is by a party, a person or both",
    "ck_agreement_issue_intensity": "Intensity lies between 0 and 3",
    "ck_part_options_exclude": "Only options exclude each other",
    "ck_source_basis_of_a_date": "`published_basis` says what `published` rests on; give that, too",
    "ck_citation_field_is_a_pointer": "`field` is a JSON Pointer, as in /duration_minutes",
    "ck_party_membership_not_of_itself": "A party is no member of itself",
    "ck_demand_dependency_not_on_itself": "A demand does not depend on itself",
    "ck_demand_link_not_to_itself": "A demand is not linked to itself",
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


def sentence_of(name: str) -> str:
    """What a constraint demands, for people; true of every constraint, known or not."""
    if name in _SENTENCES:
        return _SENTENCES[name]
    rule, table = _constraints().get(name, (None, None))
    if rule is None or table is None:
        return "The write would break a rule of the ledger"
    what = str(table.name).replace("_", " ")
    columns = ", ".join(f"`{str(column.name).removesuffix('_id')}`" for column in rule.columns)
    if isinstance(rule, ForeignKeyConstraint):
        there = str(rule.referred_table.name).replace("_", " ")
        return f"The {there} that {columns} of a {what} names must exist, and stays as long as it is named"
    if isinstance(rule, CheckConstraint):
        about = name.removeprefix(f"ck_{table.name}_").replace("_", " ")
        return f"The rule “{about}” of a {what} does not hold"
    if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint) or getattr(rule, "unique", False):
        return f"No two rows of {what} have the same {columns}"
    return "The write would break a rule of the ledger"


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database refuses into `ApiError`."""
    try:
        yield
    except DBAPIError as error:
        raise refusal_of(error) from error
    except asyncpg.PostgresError as error:
        # The driver's own errors come unwrapped where COPY writes, and where no connection could be had.
        raise _refusal(error, is_lost=not str(error.sqlstate or "").startswith(("22", "23"))) from error
    except (OSError, TimeoutError, QueueTimeout, asyncpg.InterfaceError) as error:
        raise _unavailable("The database is out of reach.") from error


def refusal_of(error: DBAPIError) -> ApiError:
    """The refusal that an error of the database stands for."""
    cause = getattr(error.orig, "__cause__", None)
    # A connection that breaks in the middle of an answer is refused the next question by the driver itself, in words of
    # its own that name no state.
    is_lost = error.connection_invalidated or isinstance(cause, asyncpg.InterfaceError)
    return _refusal(cause if hasattr(cause, "sqlstate") else error.orig, is_lost=is_lost)


def _refusal(cause: object, *, is_lost: bool) -> ApiError:
    state = str(getattr(cause, "sqlstate", None) or "")
    name = getattr(cause, "constraint_name", None)
    if state.startswith("23"):
        column = getattr(cause, "column_name", None)
        if name is None and column:
            violation = Violation(f"`{str(column).removesuffix('_id')}` must not be empty")
        else:
            violation = Violation(sentence_of(str(name or "")))
        kind = ProblemType.INVALID if state in ("23502", "23514") else ProblemType.CONFLICT
        return ApiError(kind, f"{violation.message}.", [violation])
    if state.startswith("22"):
        return ApiError(
            ProblemType.INVALID, "A value is out of the range, or not of the form, that the ledger can hold."
        )
    if state == "53100":
        return _unavailable("The disk of the database is full; nothing was written.")
    if state == "55P03":
        return _unavailable("Another write holds the ledger; nothing was written. Send it again.")
    if state in _UNAVAILABLE or state.startswith("08") or is_lost:
        return _unavailable("The database is out of reach or busy; nothing was written.")
    return ApiError(ProblemType.INTERNAL, "The database refused the write; nothing was written.")


def _unavailable(detail: str) -> ApiError:
    return ApiError(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": "1"})
