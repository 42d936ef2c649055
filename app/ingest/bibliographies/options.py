"""Checks the options of an import of a bibliography."""

from app.errors import ApiError, ProblemType, Violation
from app.ingest.bibliographies.source import COLLECTION


def check_options(collection: str | None, profile: object) -> None:
    """Check that the other options of the import can be used with a bibliography. Raises `ApiError` (422)."""
    if profile is not None:
        violation = Violation(
            "A profile reads tables, but this file is a bibliography", parameter="profile", hint="Omit `profile`."
        )
        raise ApiError(ProblemType.INVALID, "`profile` cannot be used with a bibliography.", [violation])
    if collection not in (None, COLLECTION):
        violation = Violation(
            f"A bibliography contains sources, not {collection}", parameter="collection", hint="Omit `collection`."
        )
        raise ApiError(ProblemType.INVALID, "`collection` cannot be used with a bibliography.", [violation])
