"""Rule of writing: a sitting is a talk below the talk of the delegation."""

from typing import Any
from uuid import UUID

from app.db.talks import Talk
from app.errors import quoted
from app.writing.batch import Batch, Draft, by

TALK = Talk.metadata.tables[Talk.__tablename__]


async def check_sittings(batch: Batch, drafts: list[Draft]) -> None:
    """Add an error for each sitting that is not a talk below the talk of its delegation."""
    rows = [
        (draft, row)
        for draft in drafts
        for member in draft.rows.get("members", ())
        for row in member.below.get("attendance", ())
        if row.values["talk_id"] is not None and draft.values.get("talk_id") is not None
    ]
    talks: dict[UUID, Any] = {}
    missing = {row.values["talk_id"] for _, row in rows}
    while missing:
        found = by(await batch.rows(TALK, "id", missing), "id")
        talks |= {talk: found.get(talk) for talk in missing}
        missing = {talk["parent_id"] for talk in found.values()} - talks.keys() - {None}
    for draft, row in rows:
        above = talks[row.values["talk_id"]]
        passed: set[UUID] = set()
        while above is not None and above["parent_id"] != draft.values["talk_id"] and above["id"] not in passed:
            passed.add(above["id"])
            above = talks.get(above["parent_id"])
        if above is None or above["parent_id"] != draft.values["talk_id"]:
            sitting = talks[row.values["talk_id"]]
            batch.violation(
                f"The talk {quoted(sitting['slug'] if sitting else row.values['talk_id'])} is not below the talk of the delegation",
                f"{row.pointer}/talk",
                "Name a talk whose `parent` is the talk of the delegation, at any depth, or give only the day `on`.",
            )
