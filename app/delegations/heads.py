"""Rule of writing: a person heads only one delegation of a talk on any day.

That a delegation has only one head on any day is checked in the body (`one_head_per_day`). The database has both rules as
well, for writes that restore rows.
"""

from itertools import combinations
from typing import NamedTuple

from app.db.delegations import Delegation, DelegationMember
from app.db.periods import Period, shared_days
from app.db.vocabulary import MemberFunction
from app.errors import quoted
from app.writing.batch import Batch, Draft, Values, by, grouped

DELEGATION = Delegation.metadata.tables[Delegation.__tablename__]
MEMBER = DelegationMember.metadata.tables[DelegationMember.__tablename__]
ONE_SIDE = "A person can head only one delegation of a talk on a day: change the `function` in one of them, or give `valid_from` and `valid_to` in both."


class Head(NamedTuple):
    """A head of a delegation of a talk."""

    delegation: Values
    row: Values
    period: Period


async def check_heads(batch: Batch, drafts: list[Draft]) -> None:
    """Add an error for each head who also heads another delegation of the talk on the same day."""
    drafted = {draft.id: draft for draft in drafts if draft.action is not None and draft.withdrawn is None}
    talks = {draft.values["talk_id"] for draft in drafted.values()}
    in_use = [row for row in await batch.rows(DELEGATION, "talk_id", talks) if row.get("withdrawn_at") is None]
    delegations = by(in_use, "id")
    members = await batch.rows(MEMBER, "delegation_id", delegations)
    heads = [
        {**row, "talk_id": delegations[row["delegation_id"]]["talk_id"]}
        for row in members
        if row["function"] == MemberFunction.HEAD and row["person_id"] is not None
    ]
    for rows in grouped(heads, "person_id").values():
        found = [Head(delegations[row["delegation_id"]], row, Period.of_row(row)) for row in rows]
        for one, other in combinations(found, 2):
            if _conflict(one, other):
                # The error points to the delegation that is in the request; if both are in the request, to the later
                # one.
                here, there = (one, other) if one.delegation["id"] in drafted else (other, one)
                if there.delegation["id"] in drafted:
                    here, there = other, one
                if here.delegation["id"] in drafted:
                    _report(batch, drafted[here.delegation["id"]], here, there)


def _conflict(one: Head, other: Head) -> bool:
    # A second delegation of the party is another error, which is reported as such.
    return (
        one.delegation["talk_id"] == other.delegation["talk_id"]
        and one.delegation["party_id"] != other.delegation["party_id"]
        and one.period.certainly_overlaps(other.period)
    )


def _report(batch: Batch, draft: Draft, here: Head, there: Head) -> None:
    place = next(
        (row.pointer for row in draft.rows.get("members", ()) if row.values.get("id") == here.row["id"]), draft.pointer
    )
    slugs = {known.id: known.slug for known in batch.known.values()}
    person = slugs.get(here.row["person_id"], str(here.row["person_id"]))
    batch.violation(
        f"The person {quoted(person)} would head two delegations of the talk {shared_days(here.period, there.period)}:"
        f" {quoted(here.delegation['slug'])} and {quoted(there.delegation['slug'])}",
        place,
        ONE_SIDE,
    )
