"""The change feed: what each revision changed in each record, with the record as it was at that revision.

Changes are ordered by revision number, then by record id. A position marks how far a client has read: `12` means
everything up to and including revision 12; `12.<id>` means everything before revision 12, and the records of revision
12 up to this id.
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
from app.domain.texts import refusal
from app.domain.types import instant
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.history.change_filter import ALL, ChangeFilter
from app.history.feed import fetch_changes
from app.reading.as_of import Snapshot
from app.reading.batch_get import read_batch
from app.reading.reader import Reader

_POSITION = re.compile(r"(\d{1,19})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?", re.ASCII)
#: The largest id. A position with this id includes the whole revision.
_END = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in the feed: a revision number, and the last record that was read in this revision."""

    revision: int
    record: UUID = _END

    def __str__(self) -> str:
        return str(self.revision) if self.record == _END else f"{self.revision}.{self.record}"


def parse_position(text: str) -> Position:
    """Parse a position such as `12` or `12.<id>`. Raises ValueError."""
    found = _POSITION.fullmatch(text)
    if found is None or int(found[1]) >= 2**63:
        raise ValueError(text)
    return Position(int(found[1]), UUID(found[2]) if found[2] else _END)


def _check(text: str) -> str:
    try:
        parse_position(text)
    except ValueError:
        message = f"{quoted(text)} is neither a revision number such as 12 nor the `position` of a change."
        raise refusal("position", message) from None
    return text


PositionText = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_check)]
"""A position as text."""


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A change that one revision made to one record. `body` is the JSON that a detail read returns for the record at
    that revision, or None if the record was withdrawn, merged away or erased.
    """

    row: Mapping[str, Any]
    body: str | None
    reason: str | None

    @property
    def position(self) -> Position:
        return Position(self.row["revision"], self.row["record_id"])

    def to_json(self) -> str:
        """The change as JSON on one line."""
        row = self.row
        fields = {
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
        # PostgreSQL generated this JSON. It puts line breaks only between values, never inside a value.
        record = self.body.replace("\n", " ") if self.body else "null"
        return f'{json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[:-1]},"record":{record}}}'


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes. `next` is the position from which to continue; `more` tells whether further changes exist now."""

    changes: Sequence[LoggedChange]
    next: Position
    more: bool
    head: int
    head_at: datetime

    def to_json(self, limit: int, **first_fields: str) -> str:
        """The page as JSON. `limit` is the requested page size; `first_fields` are members to put before `data`."""
        place = {"limit": limit, "next": str(self.next), "more": self.more, "head": self.head}
        beginning = "".join(f"{json.dumps(name)}:{json.dumps(value)}," for name, value in first_fields.items())
        return f'{{{beginning}"data":[{",".join(change.to_json() for change in self.changes)}],"page":{json.dumps(place)}}}'


@dataclass(frozen=True, slots=True)
class Feed:
    """The changes that match a filter, read through a reader (which may be limited to a snapshot)."""

    reader: Reader
    change_filter: ChangeFilter = ALL

    async def page(self, after: Position, limit: int) -> ChangePage:
        """Read the first `limit` changes after a position: one statement for the page, and one for each combination of
        revision and collection on the page.

        Raises ApiError if the position is after the newest revision."""
        rows = await fetch_changes(self.reader, after.revision, after.record, self.change_filter, limit + 1)
        head = rows[0]["head"]
        if after.revision > head:
            hint = f"The newest revision is {head}. If the database was restored from a backup, start again with `after=0`."
            violation = Violation(f"Revision {after.revision} does not exist", parameter="after", hint=hint)
            raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
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
        return ChangePage(await self._with_records(shown), end, more, head, rows[0]["head_at"])

    async def _with_records(self, rows: Sequence[Mapping[str, Any]]) -> list[LoggedChange]:
        """Add the record to each change, in the order of the rows."""
        states: dict[tuple[int, UUID], tuple[str | None, str | None]] = {}
        for revision, members in groupby(rows, key=lambda row: row["revision"]):
            of_revision = list(members)
            then = self.reader.at_snapshot(Snapshot(revision, of_revision[0]["at"], True))
            for name in dict.fromkeys(row["collection"] for row in of_revision):
                # Records erased directly in the database cannot be read.
                ids = [
                    row["record_id"]
                    for row in of_revision
                    if row["collection"] == name and row["action"] != Action.DELETE
                ]
                for record, state in await _read_states(then, name, ids):
                    states[revision, record] = state
        gone = (None, None)
        return [LoggedChange(row, *states.get((row["revision"], row["record_id"]), gone)) for row in rows]


async def _read_states(
    reader: Reader, name: str, ids: Sequence[UUID]
) -> Iterable[tuple[UUID, tuple[str | None, str | None]]]:
    """Return for each record either the JSON of a detail read at the reader's snapshot or the reason for the
    withdrawal."""
    if not ids:
        return ()
    query = reader.collections[name].detail_query()
    found = await read_batch(reader, name, [str(record) for record in ids], query, is_whole=True)
    # The id of a merged record redirects to the record it was merged into. That record has a change of its own. If it
    # were also reported here, a copy would contain it twice (tests/history/test_following.py).
    moved = {ids[one["position"]] for one in found.moved}
    reasons = {ids[one["position"]]: one["reason"] for one in found.withdrawn}
    absent = reasons.keys() | {ids[one["position"]] for one in found.missing}
    bodies = iter(found.data)
    states = [(record, (None, reasons.get(record)) if record in absent else (next(bodies), None)) for record in ids]
    return [(record, (None, None) if record in moved else state) for record, state in states]
