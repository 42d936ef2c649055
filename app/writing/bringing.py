"""What a dossier brings: noted as it is written, so that a later sending withdraws what it left out, and no more.

Withdrawn is what this dossier brought, does not bring any more, and no other dossier brings. What somebody wrote by hand,
or another dossier added to a record of this one, stays.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.vocabulary import Action
from app.writing.batch import Batch, Draft, Values

#: What is brought: the record's id, the list and the row's key in it; both are empty where it is the record itself.
Place = tuple[UUID, str, str]
CITATIONS = "citations"


@dataclass(frozen=True, slots=True)
class Brought:
    """One row of `dossier_content` that holds now; `record` is the one that its id leads to after merges."""

    stored_id: UUID
    record: UUID
    field: str
    key: str
    collection: str
    is_own: bool

    @property
    def place(self) -> Place:
        return self.record, self.field, self.key


@dataclass
class Bringing:
    """One dossier on its way into the ledger."""

    dossier: str
    before: dict[Place, list[Brought]] = field(default_factory=dict)
    """What it brought when it was last taken."""
    others: dict[Place, bool] = field(default_factory=dict)
    """What other dossiers bring, as far as it was asked for; whether it is there because of them."""

    async def begin(self, connection: AsyncConnection) -> None:
        """Read what the dossier brought when it was last taken."""
        for one in await _fetch(connection, _BEFORE, {"dossier": self.dossier}):
            self.before.setdefault(one.place, []).append(one)

    async def ask_others(self, connection: AsyncConnection, records: Iterable[UUID]) -> None:
        """Read what other dossiers bring of these records."""
        asked = {"dossier": self.dossier, "records": list(records)}
        for one in await _fetch(connection, _OTHERS, asked):
            self.others[one.place] = self.others.get(one.place, False) or one.is_own

    def is_own(self, place: Place) -> bool:
        """Whether the dossier brought it, and it is in the ledger for that."""
        return any(one.is_own for one in self.before.get(place, ()))

    async def left_out(self, batch: Batch, table: Any, given: Collection[UUID]) -> list[Values]:
        """The citations that are to be withdrawn: those that only this dossier brought, and that it leaves out.

        A citation of a record that the dossier itself brought and leaves out stays with that record: a dossier withdraws
        no records.
        """
        brought = {one.record for several in self.before.values() for one in several if one.collection == CITATIONS}
        rows = await batch.select(table, "id", brought - set(given))
        await self.ask_others(batch.connection, [*(row["id"] for row in rows), *given])
        here = {draft.id for draft in batch.drafts}
        return [
            row
            for row in rows
            if row["withdrawn_at"] is None
            and self.is_own((row["id"], "", ""))
            and (row["id"], "", "") not in self.others
            and (row["target_id"] in here or (row["target_id"], "", "") not in self.before)
        ]

    async def note(self, batch: Batch) -> None:
        """Remember what the dossier brings now."""
        now = {(draft.id, "", ""): self._makes(draft) for draft in batch.drafts if draft.action is not Action.WITHDRAW}
        collections = {draft.id: draft.kind.collection for draft in batch.drafts}
        ended = [one for place, several in self.before.items() if place not in now for one in several]
        if ended:
            values = _arrays([(one.stored_id, one.field, one.key) for one in ended])
            for statement in (_FORGET, _END):
                await batch.connection.execute(statement, {"dossier": self.dossier, "here": batch.revision, **values})
        if new := [place for place in now if place not in self.before]:
            values = {
                **_arrays(new),
                "collections": [collections[record] for record, _, _ in new],
                "owned": [now[place] for place in new],
            }
            await batch.connection.execute(_BEGIN, {"dossier": self.dossier, "here": batch.revision, **values})

    def _makes(self, draft: Draft) -> bool:
        """Whether a record is in the ledger because of dossiers; nobody asks that of one that is no citation."""
        is_back = draft.found is None or draft.found["withdrawn_at"] is not None
        return draft.kind.collection != CITATIONS or is_back or self.others.get((draft.id, "", ""), False)


async def _fetch(connection: AsyncConnection, statement: Any, values: dict[str, Any]) -> list[Brought]:
    return [Brought(*row) for row in await connection.execute(statement, values)]


def _arrays(places: Iterable[Place]) -> dict[str, list[Any]]:
    """The places as three arrays."""
    rows = list(places)
    return {name: [row[column] for row in rows] for column, name in enumerate(("ids", "fields", "keys"))}


#: The id of a record that was merged away redirects to the one that stayed.
_BEFORE = text("""
    SELECT c.record_id, coalesce(a.record_id, c.record_id), c.field, c.key, c.collection, c.is_own
    FROM dossier_content c LEFT JOIN slug_alias a ON a.collection = c.collection AND a.slug = c.record_id::text
    WHERE c.until IS NULL AND c.dossier = :dossier
""")
_OTHERS = text("""
    WITH merged AS MATERIALIZED (
        SELECT CASE WHEN slug ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN slug::uuid END AS id, record_id
        FROM slug_alias WHERE record_id = ANY(:records)
    ), asked AS (SELECT id, id AS record_id FROM unnest(:records) AS one(id) UNION ALL SELECT id, record_id FROM merged)
    SELECT c.record_id, asked.record_id, c.field, c.key, c.collection, c.is_own
    FROM asked JOIN dossier_content c ON c.record_id = asked.id
    WHERE c.until IS NULL AND c.dossier <> :dossier
""").bindparams(bindparam("records", type_=ARRAY(Uuid)))
_PLACES = (
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("fields", type_=ARRAY(Text)),
    bindparam("keys", type_=ARRAY(Text)),
)
#: What began with this very revision was never seen by anybody: a dossier that made none may be sent again.
_FORGET = text("""
    DELETE FROM dossier_content WHERE dossier = :dossier AND until IS NULL AND since = :here
    AND (record_id, field, key) IN (SELECT * FROM unnest(:ids, :fields, :keys))
""").bindparams(*_PLACES)
_END = text("""
    UPDATE dossier_content SET until = :here WHERE dossier = :dossier AND until IS NULL
    AND (record_id, field, key) IN (SELECT * FROM unnest(:ids, :fields, :keys))
""").bindparams(*_PLACES)
_BEGIN = text("""
    INSERT INTO dossier_content (dossier, record_id, field, key, since, collection, is_own)
    SELECT :dossier, id, field, key, :here, collection, is_own
    FROM unnest(:ids, :fields, :keys, :collections, :owned) AS new(id, field, key, collection, is_own)
""").bindparams(*_PLACES, bindparam("collections", type_=ARRAY(Text)), bindparam("owned", type_=ARRAY(Boolean)))
