"""Builds the response models of pairs in the list of possible duplicates."""

from uuid import UUID

from app.reconcile.duplicate_schemas import (
    DuplicatePair,
    PairReason,
    PairRecord,
)
from app.reconcile.duplicates import Compared
from app.reconcile.entities import Entity


def pair_view(pair: Compared) -> DuplicatePair:
    """Return the response model of a pair of records, with the reasons for the score."""
    return DuplicatePair(
        collection=pair.collection,
        score=pair.score,
        left=_record(pair.left, pair.left_id),
        right=_record(pair.right, pair.right_id),
        reasons=[
            PairReason(
                fact=reason.fact,
                supports=reason.supports,
                text=reason.text,
                left=list(reason.left),
                right=list(reason.right),
            )
            for reason in pair.reasons
        ],
    )


def _record(entity: Entity, identifier: str) -> PairRecord:
    return PairRecord(
        id=UUID(identifier),
        slug=entity.slug,
        name=entity.name,
        names=list(dict.fromkeys(entity.names)),
        external_ids=[f"{scheme}:{value}" for scheme, values in sorted(entity.identifiers.items()) for value in values],
        url=f"/v1/{entity.id}",
    )
