"""Errors of a bibliography as a whole."""

from app.errors import ApiError, ProblemType, Violation


def malformed_bibliography(detail: str, hint: str) -> ApiError:
    """Return the error for a request body that is not a valid bibliography in the declared format."""
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
