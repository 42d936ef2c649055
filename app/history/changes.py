"""The feed of changes: what each revision did to which record, in one order, with the record as it was then.

A position is the whole state of a follower: `12` = revision 12 and all before it are known; `12.<id>` = of revision 12
the records up to this id. The order is that of the revisions, and inside one that of the records' ids.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from app.db.vocabulary import Action
from app.domain.types import instant, refusal
from app.errors import ApiError, ProblemType, Violation
from app.history.change_filter import ALL, Wanted
from app.history.feed import fetch_changes
from app.reading.as_of import Moment
from app.reading.batch_get import gather
from app.reading.reader import Reader

_POSITION = re.compile(r"(\d{1,19})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?", re.ASCII)
#: No id comes after it: all of a revision lies before.
_END = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the feed: a revision, and the last record of it that is known."""

    revision: int
    record: UUID = _END

    def __str__(self) -> str:
        return str(self.revision) if self.record == _END else f"{self.revision}.{self.record}"


def position(text: str) -> Position:
    """The position that a text names. Raises ValueError."""
    found = _POSITION.fullmatch(text)
    if found is None or int(found[1]) >= 2**63:
        raise ValueError(text)
    return Position(int(found[1]), UUID(found[2]) if found[2] else _END)


def _check(text: str) -> str:
    try:
        position(text)
    except ValueError:
        message = "This is neither a revision's number (12) nor the `position` of a change."
        raise refusal("position", message) from None
    return text


PositionText = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_check)]
"""A position as it is written."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision did to a record. `body`: the record as it was read alone then, as JSON; None where it was gone."""

    row: Mapping[str, Any]
    body: str | None
    reason: str | None

    @property
    def position(self) -> Position:
        return Position(self.row["revision"], self.row["record_id"])

    def told(self) -> str:
        """As JSON has it, on one line."""
        row = self.row
        told = {
            "position": str(self.position),
            "revision": row["revision"],
            "at": instant(row["at"]),
            "editor": row["editor"],
            "message": row["message"],
            "action": row["action"],
            "collection": row["collection"],
            "id": str(row["record_id"]),
            "slug": row["slug"],
            "former_slug": row["former_slug"],
            "reason": self.reason,
        }
        # PostgreSQL made the record's JSON; a line break in it stands between values, never in one.
        record = self.body.replace("\n", " ") if self.body else "null"
        return f'{json.dumps(told, ensure_ascii=False, separators=(",", ":"))[:-1]},"record":{record}}}'


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes in their order. `next`: where to go on, and `more`: whether there is something by now."""

    changes: Sequence[Change]
    next: Position
    more: bool
    head: int
    head_at: datetime

    def told(self, limit: int, **before: str) -> str:
        """As JSON has it; `limit`: how many were asked for, `before`: what stands before the changes."""
        where = {"limit": limit, "next": str(self.next), "more": self.more, "head": self.head}
        beginning = "".join(f"{json.dumps(name)}:{json.dumps(value)}," for name, value in before.items())
        return (
            f'{{{beginning}"data":[{",".join(change.told() for change in self.changes)}],"page":{json.dumps(where)}}}'
        )


@dataclass(frozen=True, slots=True)
class Feed:
    """The changes that are wanted, as a reader has them."""

    reader: Reader
    wanted: Wanted = ALL

    async def page(self, after: Position, limit: int) -> ChangePage:
        """The first `limit` changes after a position: one statement for the page, and one a revision and collection.

        Raises ApiError where no revision of that number was made yet."""
        rows = await fetch_changes(self.reader, after.revision, after.record, self.wanted, limit + 1)
        head = rows[0]["head"]
        if after.revision > head:
            hint = f"The newest is {head}. A ledger that was set back to a backup is followed from the beginning."
            violation = Violation(f"There is no revision {after.revision}", parameter="after", hint=hint)
            raise ApiError(ProblemType.INVALID, "1 validation error.", [violation])
        found = [row for row in rows if row["revision"] is not None]
        shown, more = found[:limit], len(found) > limit
        if more:
            last = shown[-1]
            is_split = found[limit]["revision"] == last["revision"]
            end = Position(last["revision"], last["record_id"]) if is_split else Position(last["revision"])
        elif rows[0]["is_cut"]:
            more, end = True, Position(rows[0]["seen_revision"], rows[0]["seen_record"])
        else:
            end = Position(head)
        return ChangePage(await self._whole(shown), end, more, head, rows[0]["head_at"])

    async def _whole(self, rows: Sequence[Mapping[str, Any]]) -> list[Change]:
        """The changes with their records, in the order of the rows."""
        states: dict[tuple[int, UUID], tuple[str | None, str | None]] = {}
        for revision, members in groupby(rows, key=lambda row: row["revision"]):
            of_revision = list(members)
            then = self.reader.then(Moment(revision, of_revision[0]["at"], True))
            for name in dict.fromkeys(row["collection"] for row in of_revision):
                # What was erased by hand is not looked for.
                ids = [
                    row["record_id"]
                    for row in of_revision
                    if row["collection"] == name and row["action"] != Action.DELETE
                ]
                for record, state in await _states(then, name, ids):
                    states[revision, record] = state
        gone = (None, None)
        return [Change(row, *states.get((row["revision"], row["record_id"]), gone)) for row in rows]


async def _states(
    reader: Reader, name: str, ids: Sequence[UUID]
) -> Iterable[tuple[UUID, tuple[str | None, str | None]]]:
    """Each record as it is read alone at the reader's moment, or why it was withdrawn."""
    if not ids:
        return ()
    query = reader.collections[name].detail_query()
    found = await gather(reader, name, [str(record) for record in ids], query, is_whole=True)
    # The id of one that was merged away leads to the record that took it up, which is told by a change of its own: a
    # copy that kept it under both would hold it twice (tests/history/test_following.py).
    moved = {ids[one["position"]] for one in found.moved}
    reasons = {ids[one["position"]]: one["reason"] for one in found.withdrawn}
    absent = reasons.keys() | {ids[one["position"]] for one in found.missing}
    bodies = iter(found.data)
    states = [(record, (None, reasons.get(record)) if record in absent else (next(bodies), None)) for record in ids]
    return [(record, (None, None) if record in moved else state) for record, state in states]
