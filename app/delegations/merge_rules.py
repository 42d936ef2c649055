"""Rules that a merge of two people must keep for the members of delegations."""

from uuid import UUID

from sqlalchemy import text

from app.delegations.heads import ONE_SIDE
from app.errors import quoted
from app.writing.batch import Batch

_TWO_SIDES = text("""
    SELECT here.slug, there.slug FROM delegation_member AS one
    JOIN delegation AS here ON here.id = one.delegation_id
    JOIN delegation AS there ON there.talk_id = here.talk_id AND there.id <> here.id
    JOIN delegation_member AS other ON other.delegation_id = there.id AND other.person_id = :kept
    WHERE one.person_id = :lost AND one.function = 'head' AND other.function = 'head'
      AND here.withdrawn_at IS NULL AND there.withdrawn_at IS NULL AND parley_certainly_overlap(one, other)
    ORDER BY 1, 2
""")
#: Entries that the merge keeps apart (`app.writing.merged_rows`), although a person may not have both.
_TWO_ENTRIES = text("""
    SELECT DISTINCT d.slug FROM delegation_member AS one
    JOIN delegation_member AS other ON other.delegation_id = one.delegation_id AND other.person_id = :kept
    JOIN delegation AS d ON d.id = one.delegation_id
    WHERE one.person_id = :lost AND one.function IS NOT DISTINCT FROM other.function
      AND parley_certainly_overlap(one, other)
      AND NOT (
        one.key IS NOT DISTINCT FROM other.key
        AND (
          0 IN (num_nonnulls(one.valid_from, one.valid_to), num_nonnulls(other.valid_from, other.valid_to))
          OR (one.valid_from, one.valid_to) IS NOT DISTINCT FROM (other.valid_from, other.valid_to)
        )
        AND NOT (
          EXISTS (SELECT FROM attendance AS a WHERE a.member_id = one.id)
          AND EXISTS (SELECT FROM attendance AS a WHERE a.member_id = other.id)
        )
      )
    ORDER BY 1
""")


async def check_merged_members(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Check that two people to be merged do not head two delegations of a talk on one day, and have no entries in one
    delegation that contradict each other."""
    if collection != "people":
        return
    two = {"lost": lost, "kept": kept}
    for here, there in batch.first_rows(await batch.connection.execute(_TWO_SIDES, two), 20):
        batch.conflict(
            f"The merged person would head two delegations of a talk on one day: {quoted(here)} and {quoted(there)}",
            "/into",
            f"Either they are different people, or correct one of the delegations first. {ONE_SIDE}",
        )
    for (slug,) in batch.first_rows(await batch.connection.execute(_TWO_ENTRIES, two), 20):
        batch.conflict(
            f"Both have entries in the delegation {quoted(slug)} with the same function and common days, but different contents",
            "/into",
            "Either they are different people, or first correct the `valid_from`, `valid_to` or `attendance` of one entry.",
        )
