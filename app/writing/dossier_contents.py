"""Keep track of the contents of dossiers, so that sending a dossier again removes exactly what the dossier no longer
contains.

A row or citation is removed only if this dossier contributed it, no longer contains it, and no other dossier contains it.
Rows that were written by hand, or that another dossier added to a record of this dossier, stay.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.vocabulary import Action
from app.writing.additions import CITATIONS, AddedRow, Additions, Place, check_content, keep, key_text
from app.writing.batch import Batch, Draft, StatedRow, Values
from app.writing.dossier_statements import (
    BEFORE,
    BEGIN,
    END,
    FORGET,
    OTHERS,
    OWN,
    ContentRow,
    arrays_of,
    fetch_collections,
    fetch_rows,
    fetch_slugs,
)
from app.writing.intents import Intent


@dataclass
class DossierContents:
    """The state of writing one dossier."""

    dossier: str
    additions: Additions = field(default_factory=Additions)
    before: dict[Place, list[ContentRow]] = field(default_factory=dict)
    """What the dossier contained when it was last written."""
    others: dict[Place, bool] = field(default_factory=dict)
    """What other dossiers contain of the same records. The value is `is_own`, that is, whether the item is stored
    because of those dossiers.
    """
    kept: list[Place] = field(default_factory=list)
    """Rows that stay in rewritten records because other dossiers add them."""
    stated: list[Place] = field(default_factory=list)
    """Rows of the dossier's own records that other dossiers add as well."""

    async def begin(self, batch: Batch, drafts: Iterable[Draft]) -> list[Intent]:
        """Read what the dossier contained when it was last written, and return its additions as intents.

        `drafts` are the dossier's own records.
        """
        for content_row in await fetch_rows(batch.connection, BEFORE, {"dossier": self.dossier}):
            self.before.setdefault(content_row.place, []).append(content_row)
        restated = {(draft.kind.collection, draft.slug) for draft in drafts}
        rows = {
            content_row.record: content_row.collection
            for several in self.before.values()
            for content_row in several
            if content_row.stored[1] not in ("", CITATIONS)
        }
        slugs = await fetch_slugs(batch.connection, rows)
        added = {(addition.collection, addition.slug) for addition in self.additions.several}
        emptied = {
            record: collection
            for record, collection in rows.items()
            if record in slugs and (collection, slugs[record]) not in restated | added
        }
        return await self.additions.intents(batch, emptied)

    async def read_others(self, connection: AsyncConnection, records: Iterable[UUID]) -> None:
        """Read what other dossiers contain of these records."""
        requested = {"dossier": self.dossier, "records": list(records)}
        for content_row in await fetch_rows(connection, OTHERS, requested):
            self.others[content_row.place] = self.others.get(content_row.place, False) or content_row.is_own

    def is_own(self, place: Place) -> bool:
        """Whether a row or record is stored because this dossier contributed it."""
        return any(content_row.is_own for content_row in self.before.get(place, ()))

    async def adjust_lists(self, batch: Batch, drafts: Sequence[Draft]) -> None:
        """Adjust the lists of the drafts before they are compared with the stored rows.

        Rows that other dossiers contributed are added to the lists, so that these rows stay. Rows that this dossier
        added earlier and no longer contains are removed.
        """
        for draft in drafts:
            self.additions.mark(draft)
        stored = [draft for draft in drafts if not draft.is_new]
        if not stored:
            return
        await self.read_others(batch.connection, [draft.id for draft in stored])
        others = _by_list(self.others)
        mine = _by_list(place for place in self.before if self.is_own(place))
        for draft in stored:
            if draft.pointer in self.additions.pointers:
                self.additions.settle(batch, draft, mine, others)
            else:
                kept, stated = keep(batch, draft, others)
                self.kept += kept
                self.stated += stated

    async def note_rows(self, batch: Batch, rows: Sequence[StatedRow]) -> None:
        """Note rows that other records of the dossier state for the drafts. If a draft is not one of the dossier's own
        records, its rows are additions.
        """
        pointers = self.additions.pointers
        added = [one for one in rows if one[0].pointer in pointers or one[0].plan.schema is not one[0].kind.schema]
        await self.read_others(batch.connection, {draft.id for draft, _, _ in added})
        for draft, row, was in added:
            pointers.add(draft.pointer)
            one = AddedRow(draft, row.plan.name, row, was is None)
            is_own = was is None or self.is_own((draft.id, one.field, one.key))
            self.additions.sent.append(replace(one, is_own=is_own))
            if was is not None and not is_own:
                check_content(batch, draft, row, was)

    async def left_out(self, batch: Batch, table: Table, sent: Collection[UUID]) -> list[Values]:
        """The citations to be withdrawn: those that only this dossier contributed and that it no longer contains.

        If the dossier no longer contains one of its own records, the record's citations stay with it: a dossier never
        withdraws records.
        """
        contributed = {
            content_row.record
            for several in self.before.values()
            for content_row in several
            if content_row.collection == CITATIONS
        }
        rows = await batch.select(table, "id", contributed - set(sent))
        await self.read_others(batch.connection, [*(row["id"] for row in rows), *sent])
        here = {draft.id for draft in batch.drafts}
        return [
            row
            for row in rows
            if row["withdrawn_at"] is None
            and self.is_own((row["id"], "", ""))
            and (row["id"], "", "") not in self.others
            and (row["target_id"] in here or not self._is_inside(row))
        ]

    def _is_inside(self, citation: Values) -> bool:
        """Whether the dossier contributed a citation together with its record, and not as an addition to it."""
        target = citation["target_id"]
        return (target, "", "") in self.before and (target, CITATIONS, key_text([citation["id"]])) not in self.before

    async def store(self, batch: Batch) -> None:
        """Store what the dossier contains now."""
        now: dict[Place, bool] = {}
        for draft in batch.drafts:
            if draft.action is not Action.WITHDRAW and draft.pointer not in self.additions.pointers:
                now[(draft.id, "", "")] = self._is_stored_for_dossiers(draft)
            if draft.kind.collection == CITATIONS and draft.pointer.startswith("/additions/"):
                now[(draft.values["target_id"], CITATIONS, key_text([draft.id]))] = True
        for row in self.additions.sent:
            place = (row.draft.id, row.field, row.key)
            now[place] = row.is_own or self.others.get(place, False)
        parameters: dict[str, Any] = {"dossier": self.dossier, "here": batch.revision}
        ended = [
            content_row.stored for place, several in self.before.items() if place not in now for content_row in several
        ]
        for statement in (FORGET, END) if ended else ():
            await batch.connection.execute(statement, {**parameters, **arrays_of(ended)})
        if new := [place for place in now if place not in self.before]:
            targets = await fetch_collections(batch.connection, [place[0] for place in new])
            more = {"collections": [targets[place[0]] for place in new], "owned": [now[place] for place in new]}
            await batch.connection.execute(BEGIN, {**parameters, **arrays_of(new), **more})
        # If a record's own dossier omits a row, the row is stored because of the dossiers that add it. Otherwise it is
        # not.
        for places, is_own in ((self.kept, True), (self.stated, False)):
            if places:
                requested = {"dossier": self.dossier, "is_own": is_own, **arrays_of(places)}
                await batch.connection.execute(OWN, requested)

    def _is_stored_for_dossiers(self, draft: Draft) -> bool:
        """Whether a record is stored because of dossiers.

        Only citations need the exact answer, so the result for other records is True.
        """
        is_back = draft.found is None or draft.found["withdrawn_at"] is not None
        return draft.kind.collection != CITATIONS or is_back or self.others.get((draft.id, "", ""), False)


def _by_list(places: Iterable[Place]) -> dict[tuple[UUID, str], set[str]]:
    found: dict[tuple[UUID, str], set[str]] = {}
    for record, name, key in places:
        found.setdefault((record, name), set()).add(key)
    return found
