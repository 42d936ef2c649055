"""What a revision did that can be undone."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, text

from app.db.vocabulary import Action
from app.errors import ApiError, ProblemType
from app.writing.batch import Batch
from app.writing.undo_statements import numbered


@dataclass(frozen=True, slots=True)
class Undoable:
    """What a revision did that can be undone."""

    #: The merged or withdrawn records. They come first in the result.
    main: list[UUID]
    #: The records that were merged away or withdrawn, and that are restored.
    gone: list[UUID]
    collections: set[str]


async def find_undoable(batch: Batch, number: int) -> Undoable:
    """Find the records to restore.

    Raises `ApiError` if the revision does not exist, is neither a merge nor a withdrawal, or was already undone.
    """
    touched = numbered("""
        SELECT record_id, collection, action, action = 'merge' AND EXISTS (
            SELECT FROM history.entry WHERE id = record_id AND rev_to = :number) AS is_lost
        FROM revision_change WHERE revision = :number
    """)
    rows = (await batch.connection.execute(touched, {"number": number})).all()
    if not rows:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no revision {number}.")
    main = [row.record_id for row in rows if row.action == Action.MERGE]
    gone = [row.record_id for row in rows if row.is_lost]
    if not main:
        main = gone = [row.record_id for row in rows if row.action == Action.WITHDRAW]
    # A PUT may withdraw citations among other changes. Only a revision that did nothing but withdraw can be undone.
    if not main or (main is gone and any(row.action in (Action.CREATE, Action.DELETE) for row in rows)):
        message = f"Revision {number} is neither a merge nor a withdrawal; only these can be undone."
        raise ApiError(ProblemType.CONFLICT, message)
    since = (await batch.connection.execute(_UNDONE, {"number": number, "ids": gone})).scalar()
    if since is not None:
        raise ApiError(ProblemType.CONFLICT, f"Revision {number} was already undone by revision {since}.")
    return Undoable(main, gone, {row.collection for row in rows})


#: The revision that undid this one: only an undo restores records that were merged away or withdrawn.
_UNDONE = text("""
    SELECT min(revision) FROM revision_change WHERE record_id = ANY(:ids) AND revision > :number AND action = 'restore'
""").bindparams(bindparam("number", type_=BigInteger()), bindparam("ids", type_=ARRAY(Uuid)))
