"""Rules that a merge of parties or people must keep for demands and responses.

They cover withdrawn records as well, because undoing a withdrawal restores a record without checking it again.
"""

from uuid import UUID

from sqlalchemy import text

from app.errors import quoted
from app.writing.batch import Batch
from app.writing.merge_checks import correction_hint

_ONE_SIDED = text("""
    SELECT d.slug, d.withdrawn_at IS NOT NULL FROM demand d
    WHERE d.is_mutual
      AND d.id IN (SELECT demand_id FROM demand_party WHERE party_id = :lost AND role IN ('claimant', 'addressee'))
      AND d.id IN (SELECT demand_id FROM demand_party WHERE party_id = :kept AND role IN ('claimant', 'addressee'))
      AND NOT EXISTS (
        SELECT FROM demand_party other
        WHERE other.demand_id = d.id AND other.role IN ('claimant', 'addressee') AND other.party_id NOT IN (:lost, :kept)
      )
    ORDER BY d.slug
""")


_BACKED_BY_ITSELF = text("""
    SELECT d.slug, d.withdrawn_at IS NOT NULL FROM demand d
    JOIN demand_party claimant ON claimant.demand_id = d.id AND claimant.role = 'claimant'
    JOIN demand_party backer ON backer.demand_id = d.id AND backer.role = 'backer'
    WHERE claimant.party_id IN (:lost, :kept) AND backer.party_id IN (:lost, :kept)
    ORDER BY d.slug
""")


async def check_merged_parties(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Reject a merge of two parties if a mutual demand between them would then bind only one party, or if a demand that
    one of them makes and the other backs would then be backed by its claimant."""
    if collection == "parties":
        for slug, is_withdrawn in await batch.connection.execute(_BACKED_BY_ITSELF, {"lost": lost, "kept": kept}):
            batch.conflict(
                f"The demand {quoted(slug)} would be backed by the party that makes it",
                "/into",
                correction_hint("demand", slug, "correct its claimants or its backers.", is_withdrawn=is_withdrawn),
            )
        for slug, is_withdrawn in await batch.connection.execute(_ONE_SIDED, {"lost": lost, "kept": kept}):
            batch.conflict(
                f"The mutual demand {quoted(slug)} would bind only one party",
                "/into",
                correction_hint(
                    "demand",
                    slug,
                    "correct its claimants and addressees, or set its `is_mutual` to false.",
                    is_withdrawn=is_withdrawn,
                ),
            )


async def check_merged_voters(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Check that two parties or people to be merged are not both in the roll of one vote."""
    if (kind := {"parties": "party", "people": "person"}.get(collection)) is None:
        return
    rows = await batch.connection.execute(
        _BOTH_VOTED, {"kind": kind, "collection": collection, "one": lost, "other": kept}
    )
    for slug, is_withdrawn in batch.first_rows(rows, 20):
        batch.conflict(
            f"Both voted in the response {quoted(slug)}",
            "/into",
            correction_hint(
                "response",
                slug,
                "remove one of the entries from `votes.roll` of this response, if they are the same voter.",
                is_withdrawn=is_withdrawn,
            ),
        )


#: The body may refer to parties and people by former slugs.
_BOTH_VOTED = text("""
    WITH named AS (
        SELECT id, slug FROM entry WHERE id IN (:one, :other)
        UNION SELECT record_id, slug FROM slug_alias WHERE collection = :collection AND record_id IN (:one, :other)
    )
    SELECT slug, withdrawn_at IS NOT NULL FROM response WHERE votes IS NOT NULL AND 1 < (
        SELECT count(DISTINCT named.id) FROM jsonb_array_elements(votes -> 'roll') AS voter(entry)
        JOIN named ON named.slug = voter.entry ->> :kind
    ) ORDER BY slug
""")
