"""Rejects a write with all errors of its batch."""

from collections.abc import Sequence

from sqlalchemy import text

from app.errors import ApiError, ProblemType, Violation, quoted
from app.writing.batch import Batch, Known
from app.writing.write_spec import WriteSpec


async def check_not_merged(batch: Batch, kind: WriteSpec, key: str, known: Known, verb: str) -> None:
    """Reject a key of a record that was merged into `known`, so that a write to the duplicate never changes the
    remaining record. A former slug of the remaining record itself is accepted.
    """
    if not kind.is_mergeable or ":" in key or key.lower() in (known.slug, str(known.id)):
        return
    had_slug = text("SELECT EXISTS (SELECT FROM history.entry WHERE id = :id AND slug = :slug)")
    if not (await batch.connection.execute(had_slug, {"id": known.id, "slug": key.lower()})).scalar_one():
        batch.conflict(
            f"The {kind.singular} {quoted(key, 120)} was merged into {quoted(known.slug)}",
            "",
            f"To {verb} the remaining record, use {quoted(known.slug)}. To restore both records, undo the merge.",
        )
        raise_errors(batch)


def raise_errors(batch: Batch) -> None:
    """Raise `ApiError` with all errors of the batch, if there are any."""
    if batch.violations:
        kind, violations = _combined_errors(batch.violations)
        raise ApiError(kind, _detail(violations), violations)


def _detail(violations: Sequence[Violation]) -> str:
    return (
        f"{violations[0].message.rstrip('.')}."
        if len(violations) == 1
        else f"{len(violations)} errors were found; nothing was written."
    )


def _combined_errors(violations: list[tuple[ProblemType, Violation]]) -> tuple[ProblemType, list[Violation]]:
    """The problem type of a response with several errors, and the errors without duplicates."""
    kinds = {kind for kind, _ in violations}
    for kind in (
        ProblemType.PRECONDITION, ProblemType.NOT_FOUND, ProblemType.GONE, ProblemType.INVALID, ProblemType.CONFLICT
    ):  # fmt: skip
        if kind in kinds:
            return kind, list(dict.fromkeys(violation for _, violation in violations))
    return ProblemType.INVALID, list(dict.fromkeys(violation for _, violation in violations))
