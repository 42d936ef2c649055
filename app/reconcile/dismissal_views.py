"""Builds the response models of dismissals."""

from uuid import UUID

from fastapi import Request

from app.errors import ApiError, ProblemType
from app.reading.connections import Row
from app.reconcile.dismissals import read_dismissal
from app.reconcile.duplicate_schemas import DismissalView, DismissedRecord
from app.resources.state import reader_of


async def dismissal_view(request: Request, identifier: UUID) -> DismissalView:
    """Read a dismissal. Raises `ApiError` (404) if there is none."""
    row = await read_dismissal(reader_of(request), str(identifier))
    if row is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no dismissal {identifier}.")
    return view_of_row(row)


def view_of_row(row: Row) -> DismissalView:
    """Convert a row to the response model of a dismissal."""

    def record(side: str) -> DismissedRecord:
        slug = row[f"{side}_slug"]
        return DismissedRecord(id=row[f"{side}_id"], slug=slug, url=f"/v1/{row['collection']}/{slug}")

    return DismissalView(
        id=row["id"],
        collection=row["collection"],
        left=record("left"),
        right=record("right"),
        message=row["message"],
        dismissed_by=row["dismissed_by"],
        dismissed_at=row["dismissed_at"],
    )


def dismissal_address(identifier: UUID) -> str:
    """Return the URL path of a dismissal."""
    return f"/v1/duplicates/dismissals/{identifier}"
